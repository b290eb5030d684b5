// SPDX-License-Identifier: GPL-2.0-or-later
/* poll.c - events without BPF, from snapshots of /proc. */
#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdlib.h>

#include "event/decode.h"
#include "lib/caps.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "source/cgroups.h"
#include "source/namer.h"
#include "source/poll_look.h"
#include "source/rights.h"
#include "source/poll.h"

#define LAST_LOOK_NS 50000000 /* for what is seen after the signal that ends the trace */

struct polled {
	struct poll_opts o;
	uint32_t command; /* its pid */
	bool quiet;
	struct poll_whose whose;
	struct namer *namer;     /* NULL: nobody is asked for a name */
	struct cgroups *cgroups; /* NULL: nobody wants containers */
	source_sink sink;        /* of the call that is on */
	void *sink_ctx;
	struct ns_poll *poll;
	uint64_t stop_ns; /* when a look first heard of that signal; 0: not yet */
	bool cut;         /* and had to end before it had seen everything */
};

static void polled_free(struct polled *p)
{
	poll_close(p->poll);
	cgroups_free(p->cgroups);
	namer_end(p->namer);
	free(p);
}

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

static void polled_answer(void *ctx, uint64_t id, const struct whose *w)
{
	const struct polled *p = ctx;

	cgroups_answer(p->cgroups, id, w);
}

/* Nothing is lost while it waits: the next look comes later. */
static void polled_wait(struct polled *p, uint64_t id)
{
	const struct namer_answers answers = {.whose = polled_answer, .ctx = p};
	uint64_t until = clock_ns(CLOCK_MONOTONIC) + p->whose.wait_ns, now;

	namer_take(p->namer, &answers);
	while (!cgroups_settled(p->cgroups, id) && (now = clock_ns(CLOCK_MONOTONIC)) < until) {
		struct pollfd fd = {.fd = namer_fd(p->namer), .events = POLLIN};

		if (poll(&fd, 1, (int)((until - now) / 1000000) + 1) <= 0)
			break;
		namer_take(p->namer, &answers);
	}
	cgroups_give_up(p->cgroups, id);
}

/* A source_sink. */
static int polled_record(void *ctx, const void *data, size_t size)
{
	struct polled *p = ctx;
	const struct ev_hdr *hdr = data;
	int r;

	if (p->namer)
		polled_wait(p, hdr->cgroup_id);
	cgroups_learn(p->cgroups, hdr, size);
	r = p->sink(p->sink_ctx, data, size);
	cgroups_unlearn(p->cgroups, hdr, size);
	return r;
}

static const struct whose *polled_whose(void *source, uint64_t cgroup_id)
{
	struct polled *p = source;

	return p->cgroups ? cgroups_whose(p->cgroups, cgroup_id) : NULL;
}

static uint64_t polled_owner(void *source, uint32_t inum)
{
	struct polled *p = source;

	return p->cgroups ? cgroups_owner(p->cgroups, inum) : 0;
}

static int polled_take(void *source, source_sink sink, void *ctx, struct err *err)
{
	struct polled *p = source;
	int r;

	p->sink = sink;
	p->sink_ctx = ctx;
	r = p->cgroups ? poll_step(p->poll, polled_record, p, err)
		       : poll_step(p->poll, sink, ctx, err);

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
	polled_free(p);
}

static const struct source_ops polled_ops = {
	.say_start = polled_say_start,
	.rights = polled_rights,
	.fd = polled_fd,
	.take = polled_take,
	.wall_offset = polled_wall_offset,
	.whose = polled_whose,
	.owner = polled_owner,
	.close = polled_close,
};

static int polled_whose_begin(struct polled *p, struct err *err)
{
	int r = p->whose.on ? namer_start(&p->namer, err) : 0;

	if (r || !p->whose.on)
		return r;
	p->cgroups = cgroups_new(p->namer);
	return p->cgroups ? 0 : err_set(err, -ENOMEM, "name containers");
}

int polled_open(const struct poll_opts *o, const struct poll_whose *whose, uint32_t command,
	bool quiet, struct source *ret, struct err *err)
{
	struct polled *p = calloc(1, sizeof(*p));
	struct poll_opts po = *o;
	int r;

	if (!p)
		return err_set(err, -ENOMEM, "read the processes");
	p->o = *o;
	p->quiet = quiet;
	p->command = command;
	p->whose = *whose;
	if (command) {
		po.pids = &p->command;
		po.npids = 1;
		po.follow = true;
	}
	po.stopped = polled_stopped;
	po.stop_ctx = p;
	r = polled_whose_begin(p, err);
	po.cgroups = p->cgroups;
	if (!r)
		r = poll_open(&po, &p->poll, err);
	if (r) {
		polled_free(p);
		return r;
	}
	*ret = (struct source){.ops = &polled_ops, .self = p, .live = true};
	return 0;
}
