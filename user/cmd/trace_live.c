// SPDX-License-Identifier: GPL-2.0-or-later
/* trace_live.c - `nswatch trace` from the kernel. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/trace_loop.h"
#include "cmd/trace_side.h"
#include "lib/buf.h"
#include "lib/caps.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "ns/procfs.h"
#include "ns/tasks.h"
#include "ns/tree.h"
#include "out/color.h"
#include "probe/compat.h"
#include "probe/rights.h"
#include "probe/session.h"

#define LOST_TICK_MS  500 /* how soon a loss is told */
#define SWEEP_TICK_MS 100 /* how late an end that no hook tells may be */

/* A pid of --pid, as the user gave it. */
struct held {
	uint32_t pid;
	int pidfd; /* -1: this kernel, or a thread, has none */
};

struct live {
	struct loop loop;
	struct session *session;
	struct side *side;
	struct held *held; /* the processes of --pid */
	size_t nheld;
};

static int live_take(void *ctx, source_sink sink, void *sink_ctx, struct err *err)
{
	struct live *lv = ctx;

	lv->loop.show.wall_offset = event_wall_offset();
	return side_take(lv->side, false, sink, sink_ctx);
}

static int live_tick(void *ctx, source_sink sink, void *sink_ctx)
{
	struct live *lv = ctx;
	int r = session_sweep(lv->session);

	session_compat_tick(lv->session);
	if (!r && side_ticks(lv->side))
		r = side_take(lv->side, true, sink, sink_ctx);
	return r < 0 ? r : session_losses(lv->session, sink, sink_ctx);
}

static bool live_settled(void *ctx)
{
	struct live *lv = ctx;

	return !session_tree_namespaces(lv->session) && side_settled(lv->side);
}

static int live_hold_pids(struct live *lv, struct err *err)
{
	const struct pick *pick = &lv->loop.o->pick;

	lv->held = calloc(pick->npids ? pick->npids : 1, sizeof(*lv->held));
	if (!lv->held)
		return err_set(err, -ENOMEM, "--pid");
	for (size_t i = 0; i < pick->npids; i++) {
		int fd = (int)syscall(SYS_pidfd_open, (pid_t)pick->pids[i], 0);

		if (fd < 0 && errno == ESRCH)
			return err_say(
				err, -ESRCH, "--pid %u: there is no such process", pick->pids[i]);
		lv->held[lv->nheld++] = (struct held){pick->pids[i], fd < 0 ? -1 : fd};
	}
	return 0;
}

/* What was held until the hooks are there is what they tell of: another one with its pid is not. */
static int live_check_pids(struct live *lv, struct err *err)
{
	for (size_t i = 0; i < lv->nheld; i++) {
		struct pollfd ended = {.fd = lv->held[i].pidfd, .events = POLLIN};

		if (poll(&ended, 1, 0) > 0)
			return err_say(
				err, -ESRCH, "--pid %u: the process has ended", lv->held[i].pid);
	}
	return 0;
}

static void live_free_pids(struct live *lv)
{
	for (size_t i = 0; i < lv->nheld; i++)
		fd_closep(&lv->held[i].pidfd);
	free(lv->held);
}

/* From here on they are called as records call them. */
static int live_add_pids(struct live *lv, struct err *err)
{
	for (size_t i = 0; i < lv->nheld; i++) {
		uint32_t pid = lv->held[i].pid;
		int r = session_tree_add(lv->session, pid);

		lv->loop.o->pick.pids[i] = session_pid(lv->session, pid);
		if (r == -ESRCH || (kill((pid_t)pid, 0) && errno == ESRCH))
			return err_say(err, -ESRCH, "--pid %u: there is no such process", pid);
		if (r)
			return err_set(err, r, "--pid");
	}
	return 0;
}

static int live_ready(struct session *s, void *ctx, struct err *err)
{
	struct live *lv = ctx;
	int r;

	lv->session = s;
	if (!lv->loop.child.pid)
		return live_add_pids(lv, err);
	r = session_tree_add(s, (uint32_t)lv->loop.child.pid);
	return r ? err_set(err, r, "trace the command") : 0;
}

/*
 * Descendants that are there already. After the hooks are attached, so that one
 * born meanwhile is in the snapshot or follows its parent into the map.
 */
static int live_add_descendants(struct live *lv, struct err *err)
{
	struct ns_tasks tasks = {0};
	auto_free uint8_t *marks = NULL;
	const struct pick *pick = &lv->loop.o->pick;
	const struct procfs_opts all = {.slots = 1U << NS_PID};
	int r = procfs_read(&all, &tasks, err);

	if (r)
		return r;
	marks = calloc(tasks.n ? tasks.n : 1, 1);
	if (!marks)
		r = err_set(err, -ENOMEM, "read the processes");
	for (size_t i = 0; i < tasks.n && !r; i++) {
		uint32_t pid = session_pid(lv->session, tasks.rows[i].pid);

		for (size_t k = 0; k < pick->npids; k++)
			marks[i] |= pid == pick->pids[k];
	}
	if (!r)
		tree_mark(&tasks, marks);
	for (size_t i = 0; i < tasks.n && !r; i++) {
		uint32_t pid = tasks.rows[i].pid;

		if (marks[i])
			r = session_tree_add(lv->session, pid);
		if (r == -ESRCH) /* it ended meanwhile */
			r = 0;
		if (r)
			err_set(err, r, "trace process %u", pid);
	}
	tasks_free(&tasks);
	return r;
}

/*
 * Programs at the exits of open, write and recvmsg are for a few processes, or for who asks: the
 * others of the system would pay for them.
 */
static uint64_t live_kinds(const struct trace_opts *o, bool command)
{
	bool asked = command || o->pick.npids || o->events.n;

	return asked ? o->pick.kinds : o->pick.kinds & ~(1ULL << EV_REFUSED);
}

static int live_open(struct live *lv, char **argv, struct err *err)
{
	const struct trace_opts *o = lv->loop.o;
	bool command = lv->loop.child.pid;
	struct session_opts so = {
		.kinds = live_kinds(o, command),
		.slots = o->pick.types,
		.uid_on = o->pick.uid_on,
		.uid = o->pick.uid,
		.tree = command || o->pick.npids,
		.tree_follow = command || (o->pick.npids && o->follow),
		.ring_size = o->ring_size,
		.forces = o->forces,
		.nforces = o->nforces,
		.compat = o->compat || (argv && compat_program(argv[0])),
		.debug = o->debug,
	};
	int r;

	if (so.slots & (1U << NS_PID))
		so.slots |= 1U << NS_PID_CHILD;
	if (so.slots & (1U << NS_TIME))
		so.slots |= 1U << NS_TIME_CHILD;
	r = live_hold_pids(lv, err);
	if (!r)
		r = session_open(&so, live_ready, lv, err, &lv->session);
	if (!r)
		r = live_check_pids(lv, err);
	if (!r && o->pick.npids && o->follow && !command) {
		r = live_add_descendants(lv, err);
		if (!r)
			r = session_learn(lv->session, err);
	}
	return r ? r : side_open(o, lv->session, so.tree, &lv->side, err);
}

/* "unshare by fentry", one per hook that gives what is wanted. */
static size_t hooks_words(struct session *s, const char *words[HOOKS_MAX], char text[HOOKS_MAX][64])
{
	const struct hook_set *set = session_hooks(s);
	size_t n = 0;

	for (size_t i = 0; i < set->count; i++) {
		const struct hook_choice *c = &set->of[i];

		if (!c->wanted || c->alt == ALT_NONE)
			continue;
		snprintf(text[n], sizeof(text[n]), "%s by %s", c->name, hook_choice_by(c));
		words[n] = text[n];
		n++;
	}
	return n;
}

/* What the user should know before the first event: a choice that had to be given up. */
static void live_say_start(struct live *lv)
{
	const struct hook_set *set = session_hooks(lv->session);

	for (size_t i = 0; i < set->count; i++) {
		const struct hook_choice *c = &set->of[i];

		for (int alt = 0; alt < ALT_COUNT; alt++)
			if (c->wanted && (c->refused & (1U << alt)))
				log_say("hook %s: %s %s; %s is used", c->name,
					hook_alt_name((enum hook_alt)alt), c->why[alt],
					c->alt == ALT_NONE ? "nothing" : hook_alt_name(c->alt));
	}
	if (side_is_deaf(lv->side))
		log_say("hook netdev: other net namespaces can't be heard without "
			"CAP_NET_BROADCAST; looks at them every 100 ms are all there is");
	if (!lv->loop.child.pid)
		log_say("tracing namespaces; Ctrl-C ends");
}

/* Without talk, what is missing is told all the same. */
static void live_say_end(struct live *lv)
{
	static char text[HOOKS_MAX][64];
	const char *words[HOOKS_MAX];
	auto_buf struct buf b = {0};
	size_t n = hooks_words(lv->session, words, text);
	bool color = color_enabled((enum color_when)lv->loop.o->color, STDERR_FILENO);

	if (lv->loop.o->quiet)
		summary_losses(&b, &lv->loop.show.sum, "nswatch: ", color);
	else
		summary_text(&b, &lv->loop.show.sum, "nswatch: ", loop_now() - lv->loop.begin_ns,
			words, n, color);
	fputs(b.s ? b.s : "", stderr);
}

static void hooks_line(struct session *s, struct buf *b)
{
	static char text[HOOKS_MAX][64];
	const char *words[HOOKS_MAX];
	size_t n = hooks_words(s, words, text);

	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s%s", i ? ", " : "", words[i]);
}

/* What comes of the last looks, and what they lost. */
static int live_finish(struct live *lv)
{
	int r = side_finish(lv->side, show_record, &lv->loop.show);

	return r < 0 ? r : session_losses(lv->session, show_record, &lv->loop.show);
}

/* From the first hook attached to the last record shown. */
static int live_run(struct live *lv, char **argv, struct err *err)
{
	auto_buf struct buf line = {0};
	struct loop *l = &lv->loop;
	struct rights_use use;
	int r;

	hooks_line(lv->session, &line);
	r = show_open(&l->show, l->o, line.s ? line.s : "", event_wall_offset(), err);
	if (r)
		return r;
	show_stops(&l->show, loop_stopped, l);
	r = side_start(lv->side, show_record, &l->show);
	/* Enough is shown, or nobody reads: the loop knows. */
	if (r < 0 && r != -ECANCELED && r != -EPIPE) {
		show_close(&l->show);
		return err_set(err, r, "learn what there is");
	}
	if (!l->o->quiet)
		live_say_start(lv);
	/* Whoever asked to be told goes on to look for himself. The command has its own. */
	use = (struct rights_use){.command = argv, .notes = l->show.notes};
	if (!l->o->tell)
		r = caps_keep(rights_needed(lv->session, &use), err);
	if (r) {
		show_close(&l->show);
		return r;
	}
	l->begin_ns = loop_now();
	if (l->o->has_duration)
		l->end_ns = l->begin_ns + l->o->duration;
	if (argv) {
		r = child_run(&l->child, err);
		if (r) {
			err_set(err, r, "%s", argv[0]);
			show_close(&l->show);
			return r;
		}
	}
	r = loop_run(l);
	if (!r && !(l->o->has_count && l->show.shown >= l->o->count))
		r = live_finish(lv);
	r = r < 0 && r != -ECANCELED && r != -EPIPE ? r : 0;
	if (r)
		*err = l->show.err;
	if (!r && show_close(&l->show) < 0) {
		*err = l->show.err;
		r = err->code;
	}
	return r;
}

static int live_status(struct live *lv, char **argv, int r, const struct err *err)
{
	struct loop *l = &lv->loop;

	if (r && argv && l->child.ended && l->begin_ns && !l->show.sum.first_ns &&
		(r == -ENOENT || r == -EACCES || r == -ENOEXEC)) {
		log_err(err);
		return r == -ENOENT ? 127 : 126;
	}
	if (r) {
		log_err(err);
		return EXIT_FAIL;
	}
	if (l->o->strict && summary_lost(&l->show.sum))
		return EXIT_LOST;
	return argv && l->child.ended ? child_exit_status(&l->child) : EXIT_OK;
}

int trace_live(struct trace_opts *o, char **argv)
{
	struct live lv = {.loop = {.o = o, .signals = -1}};
	struct feed feed = {.ctx = &lv, .take = live_take, .tick = live_tick};
	struct err err = {0};
	sigset_t old;
	int r, status;

	lv.loop.signals = loop_signals(&old, &err);
	r = lv.loop.signals < 0 ? lv.loop.signals : 0;
	if (!r && argv)
		r = child_fork(argv, &old, &err, &lv.loop.child);
	if (!r) {
		loop_signals_deadly(true);
		r = live_open(&lv, argv, &err);
		live_free_pids(&lv);
		loop_signals_deadly(false);
	}
	if (r) {
		if (lv.loop.child.pid)
			child_cancel(&lv.loop.child);
		log_err(&err);
		return err.code == -ESRCH ? EXIT_FAIL : EXIT_CANT;
	}
	lv.loop.feed = &feed;
	feed.fd = side_fd(lv.side);
	feed.tick_ms =
		session_sweeps(lv.session) || side_ticks(lv.side) ? SWEEP_TICK_MS : LOST_TICK_MS;
	feed.settled = argv ? live_settled : NULL;
	r = live_run(&lv, argv, &err);
	if (o->tell && !r && lv.loop.child.ended) {
		o->tell->ended = true;
		o->tell->status = lv.loop.child.status;
	}
	status = live_status(&lv, argv, r, &err);
	/* Whoever stops reading has seen enough. */
	if (!o->tell && !r && !lv.loop.show.gone && (!argv || summary_lost(&lv.loop.show.sum)))
		live_say_end(&lv);
	side_close(lv.side);
	session_close(lv.session);
	loop_signals_end(lv.loop.signals, &old);
	return status;
}
