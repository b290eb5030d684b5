// SPDX-License-Identifier: GPL-2.0-or-later
/* trace_poll.c - `nswatch trace --poll MS`: without BPF, from snapshots of /proc. */
#include <errno.h>
#include <linux/capability.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/trace_loop.h"
#include "lib/caps.h"
#include "lib/log.h"
#include "ns/poll.h"

#define LAST_LOOK_NS 50000000 /* for what is seen after the signal that ends the trace */

struct polled {
	struct loop loop;
	struct ns_poll *poll;
	uint64_t stop_ns; /* when a look first heard of that signal; 0: not yet */
	bool cut;         /* and had to end before it had seen everything */
};

/* A look that takes longer than a user waits for the end of the trace is given up. */
static bool polled_stopped(void *ctx)
{
	struct polled *p = ctx;

	if (!p->stop_ns && loop_stopped(&p->loop))
		p->stop_ns = loop_now();
	return p->stop_ns && loop_now() - p->stop_ns > LAST_LOOK_NS;
}

static int polled_take(void *ctx, source_sink sink, void *sink_ctx, struct err *err)
{
	struct polled *p = ctx;
	int r;

	p->loop.show.wall_offset = event_wall_offset();
	r = poll_step(p->poll, sink, sink_ctx, err);
	p->cut |= r == -ECANCELED;
	return r;
}

static void polled_say_start(const struct polled *p)
{
	size_t all, hidden = poll_unreadable(p->poll, &all);

	log_say("differences of /proc every %g ms, all inferred; what is shorter is not seen",
		(double)p->loop.o->poll / 1e6);
	if (hidden)
		log_say("%zu of %zu processes may not be read; root sees all", hidden, all);
}

static int polled_run(struct polled *p, char **argv, struct err *err)
{
	struct loop *l = &p->loop;
	int r = show_open(&l->show, l->o, "poll", event_wall_offset(), err);

	if (r)
		return r;
	show_stops(&l->show, loop_stopped, l);
	if (!l->o->quiet)
		polled_say_start(p);
	r = caps_keep(CAP_BIT(CAP_SYS_PTRACE) | (argv ? CAP_BIT(CAP_KILL) : 0), err);
	if (r) {
		show_close(&l->show);
		return r;
	}
	l->begin_ns = loop_now();
	if (l->o->has_duration)
		l->end_ns = l->begin_ns + l->o->duration;
	if (argv) {
		r = child_run(&l->child, err);
		if (r)
			return err_set(err, r, "%s", argv[0]);
	}
	r = loop_run(l);
	if (p->cut && !l->o->quiet)
		log_say("the last look at /proc was given up for the signal: what changed since "
			"the one before is not told");
	if (!r)
		r = show_close(&l->show);
	if (r)
		*err = l->show.err;
	return r;
}

int trace_poll(struct trace_opts *o, char **argv)
{
	struct polled p = {.loop = {.o = o, .signals = -1}};
	struct feed feed = {.ctx = &p, .take = polled_take, .tick_ms = 1000};
	struct err err = {0};
	struct poll_opts po = {.interval_ns = o->poll, .follow = o->follow || argv};
	uint32_t pid;
	sigset_t old;
	int r;

	p.loop.feed = &feed;
	r = p.loop.signals = loop_signals(&old, &err);
	if (r >= 0 && argv)
		r = child_fork(argv, &old, &err, &p.loop.child);
	po.stopped = polled_stopped;
	po.stop_ctx = &p;
	po.pids = o->pick.pids;
	po.npids = o->pick.npids;
	if (r >= 0 && argv) {
		pid = (uint32_t)p.loop.child.pid;
		po.pids = &pid;
		po.npids = 1;
	}
	if (r >= 0) {
		loop_signals_deadly(true);
		r = poll_open(&po, &p.poll, &err);
		loop_signals_deadly(false);
	}
	if (r < 0) {
		if (p.loop.child.pid)
			child_cancel(&p.loop.child);
		log_err(&err);
		return EXIT_FAIL;
	}
	feed.fd = poll_fd(p.poll);
	r = polled_run(&p, argv, &err);
	poll_close(p.poll);
	loop_signals_end(p.loop.signals, &old);
	if (r < 0) {
		log_err(&err);
		return r == -ENOENT && argv ? 127 : EXIT_FAIL;
	}
	return argv && p.loop.child.ended ? child_exit_status(&p.loop.child) : EXIT_OK;
}
