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
#include "source/netnames.h"
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
	struct netnames *names;  /* NULL: nobody wants those of net namespaces */
	struct buf unit;         /* what polled_ns_name() gave last */
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
	netnames_free(p->names);
	namer_end(p->namer);
	buf_free(&p->unit);
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

static void polled_net_answer(void *ctx, uint32_t inum, const char *name, size_t len)
{
	const struct polled *p = ctx;

	netnames_answer(p->names, inum, name, len);
}

static void polled_nets_answered(void *ctx, uint64_t cost_ns)
{
	const struct polled *p = ctx;

	netnames_answered(p->names, cost_ns);
}

/* Whether all names of a record are known, or will not be. */
static bool polled_settled(struct polled *p, const struct ev_hdr *hdr, size_t size)
{
	bool named = !p->names || netnames_settled(p->names, hdr, size, false);

	return (!p->cgroups || cgroups_settled(p->cgroups, hdr->cgroup_id)) && named;
}

/* Nothing is lost while it waits: the next look comes later. */
static void polled_wait(struct polled *p, const struct ev_hdr *hdr, size_t size)
{
	const struct namer_answers answers = {
		.whose = p->cgroups ? polled_answer : NULL,
		.net = p->names ? polled_net_answer : NULL,
		.nets_end = p->names ? polled_nets_answered : NULL,
		.ctx = p,
	};
	uint64_t until = clock_ns(CLOCK_MONOTONIC) + p->whose.wait_ns, now;

	namer_take(p->namer, &answers);
	while (!polled_settled(p, hdr, size) && (now = clock_ns(CLOCK_MONOTONIC)) < until) {
		struct pollfd fd = {.fd = namer_fd(p->namer), .events = POLLIN};

		if (poll(&fd, 1, (int)((until - now) / 1000000) + 1) <= 0)
			break;
		namer_take(p->namer, &answers);
	}
	if (p->cgroups)
		cgroups_give_up(p->cgroups, hdr->cgroup_id);
}

/* A source_sink. */
static int polled_record(void *ctx, const void *data, size_t size)
{
	struct polled *p = ctx;
	const struct ev_hdr *hdr = data;
	int r;

	if (p->namer)
		polled_wait(p, hdr, size);
	if (p->cgroups)
		cgroups_learn(p->cgroups, hdr, size);
	if (p->names)
		netnames_learn(p->names, hdr, size);
	r = p->sink(p->sink_ctx, data, size);
	if (p->cgroups)
		cgroups_unlearn(p->cgroups, hdr, size);
	if (p->names)
		netnames_unlearn(p->names, hdr, size);
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

/* As of the live source: a file's name, else the service that has it. */
static const char *polled_ns_name(void *source, uint32_t inum)
{
	struct polled *p = source;
	const char *name = p->names ? netnames_find(p->names, inum) : NULL;
	const char *unit = name || !p->cgroups ? NULL : cgroups_unit(p->cgroups, inum);

	if (!unit)
		return name;
	buf_reset(&p->unit);
	buf_printf(&p->unit, "unit:%s", unit);
	return p->unit.s;
}

static int polled_take(void *source, source_sink sink, void *ctx, struct err *err)
{
	struct polled *p = source;
	int r;

	p->sink = sink;
	p->sink_ctx = ctx;
	r = p->cgroups || p->names ? poll_step(p->poll, polled_record, p, err)
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
	.ns_name = polled_ns_name,
	.close = polled_close,
};

static int polled_whose_begin(struct polled *p, struct err *err)
{
	struct netnames_opts no = {0};
	int r = p->whose.on || p->whose.names ? namer_start(&p->namer, err) : 0;

	if (r)
		return r;
	no.namer = p->namer;
	p->cgroups = p->whose.on ? cgroups_new(p->namer) : NULL;
	p->names = p->whose.names ? netnames_new(&no) : NULL;
	if ((p->whose.on && !p->cgroups) || (p->whose.names && !p->names))
		return err_set(err, -ENOMEM, "name containers");
	return 0;
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
