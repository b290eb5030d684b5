// SPDX-License-Identifier: GPL-2.0-or-later
/* poll.c - events without BPF, from snapshots of /proc. */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>

#include "event/decode.h"
#include "lib/caps.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "source/poll_look.h"
#include "source/rights.h"
#include "source/poll.h"

#define LAST_LOOK_NS 50000000 /* for what is seen after the signal that ends the trace */

struct polled {
	struct poll_opts o;
	uint32_t command; /* its pid */
	bool quiet;
	struct ns_poll *poll;
	uint64_t stop_ns; /* when a look first heard of that signal; 0: not yet */
	bool cut;         /* and had to end before it had seen everything */
};

/* A look that takes longer than a user waits for the end of the trace is given up. */
static bool polled_stopped(void *source)
{
	struct polled *p = source;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (!p->stop_ns && p->o.stopped && p->o.stopped(p->o.stop_ctx))
		p->stop_ns = now;
	return p->stop_ns && now - p->stop_ns > LAST_LOOK_NS;
}

static void polled_say_start(void *source, bool command)
{
	const struct polled *p = source;
	size_t all, hidden = poll_unreadable(p->poll, &all);

	(void)command;
	log_say("differences of /proc every %g ms, all inferred; what is shorter is not seen",
		(double)p->o.interval_ns / 1e6);
	if (hidden)
		log_say("%zu of %zu processes may not be read; root sees all", hidden, all);
}

static uint64_t polled_rights(void *source, const struct rights_use *use)
{
	(void)source;
	return CAP_BIT(CAP_SYS_PTRACE) | (use->command ? CAP_BIT(CAP_KILL) : 0);
}

static int polled_fd(const void *source)
{
	const struct polled *p = source;

	return poll_fd(p->poll);
}

static int polled_take(void *source, source_sink sink, void *ctx, struct err *err)
{
	struct polled *p = source;
	int r = poll_step(p->poll, sink, ctx, err);

	p->cut |= r == -ECANCELED && p->stop_ns;
	return r;
}

static int64_t polled_wall_offset(const void *source)
{
	(void)source;
	return event_wall_offset();
}

static void polled_close(void *source)
{
	struct polled *p = source;

	if (p->cut && !p->quiet)
		log_say("the last look at /proc was given up for the signal: what changed since "
			"the one before is not told");
	poll_close(p->poll);
	free(p);
}

static const struct source_ops polled_ops = {
	.say_start = polled_say_start,
	.rights = polled_rights,
	.fd = polled_fd,
	.take = polled_take,
	.wall_offset = polled_wall_offset,
	.close = polled_close,
};

int polled_open(const struct poll_opts *o, uint32_t command, bool quiet, struct source *ret,
	struct err *err)
{
	struct polled *p = calloc(1, sizeof(*p));
	struct poll_opts po = *o;
	int r;

	if (!p)
		return err_set(err, -ENOMEM, "read the processes");
	p->o = *o;
	p->quiet = quiet;
	p->command = command;
	if (command) {
		po.pids = &p->command;
		po.npids = 1;
		po.follow = true;
	}
	po.stopped = polled_stopped;
	po.stop_ctx = p;
	r = poll_open(&po, &p->poll, err);
	if (r) {
		free(p);
		return r;
	}
	*ret = (struct source){.ops = &polled_ops, .self = p, .live = true};
	return 0;
}
