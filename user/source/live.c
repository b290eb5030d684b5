// SPDX-License-Identifier: GPL-2.0-or-later
/* live.c - events as the kernel tells them. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "event/decode.h"
#include "lib/buf.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "snapshot/from_proc.h"
#include "kernel/tasks.h"
#include "snapshot/tree.h"
#include "source/compat.h"
#include "source/rights.h"
#include "source/session.h"
#include "source/live.h"
#include "source/side.h"

#define LOST_TICK_MS  500 /* how soon a loss is told */
#define SWEEP_TICK_MS 100 /* how late an end that no hook tells may be */

/* A pid of the selection, as the user gave it. */
struct held {
	uint32_t pid;
	int pidfd; /* -1: this kernel, or a thread, has none */
};

struct live {
	struct live_opts o;
	struct session *session;
	struct side *side;
	struct held *held; /* the processes of the selection, while the hooks are attached */
	size_t nheld;
};

static int live_take(void *source, source_sink sink, void *ctx, struct err *err)
{
	struct live *lv = source;

	(void)err;
	return side_take(lv->side, false, sink, ctx);
}

static int live_tick(void *source, source_sink sink, void *ctx)
{
	struct live *lv = source;
	int r = session_sweep(lv->session);

	session_compat_tick(lv->session);
	if (!r && side_ticks(lv->side))
		r = side_take(lv->side, true, sink, ctx);
	return r < 0 ? r : session_losses(lv->session, sink, ctx);
}

static bool live_settled(void *source)
{
	struct live *lv = source;

	return !session_tree_namespaces(lv->session) && side_settled(lv->side);
}

static int live_hold_pids(struct live *lv, struct err *err)
{
	const struct pick *pick = lv->o.pick;

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
	lv->held = NULL;
	lv->nheld = 0;
}

/* From here on they are called as records call them. */
static int live_add_pids(struct live *lv, struct err *err)
{
	for (size_t i = 0; i < lv->nheld; i++) {
		uint32_t pid = lv->held[i].pid;
		int r = session_tree_add(lv->session, pid);

		lv->o.pick->pids[i] = session_pid(lv->session, pid);
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
	if (!lv->o.command_pid)
		return live_add_pids(lv, err);
	r = session_tree_add(s, (uint32_t)lv->o.command_pid);
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
	const struct pick *pick = lv->o.pick;
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
static uint64_t live_kinds(const struct live_opts *o)
{
	bool asked = o->command_pid || o->pick->npids || o->kinds_asked;

	return asked ? o->pick->kinds : o->pick->kinds & ~(1ULL << EV_REFUSED);
}

static int live_probe(struct live *lv, struct err *err)
{
	const struct live_opts *o = &lv->o;
	const struct pick *pick = o->pick;
	struct session_opts so = {
		.kinds = live_kinds(o),
		.slots = pick->types,
		.uid_on = pick->uid_on,
		.uid = pick->uid,
		.tree = o->command_pid || pick->npids,
		.tree_follow = o->command_pid || (pick->npids && o->follow),
		.ring_size = o->ring_size,
		.forces = o->forces,
		.nforces = o->nforces,
		.compat = o->compat || (o->command && compat_program(o->command)),
		.debug = o->debug,
	};
	const struct side_opts sd = {
		.kinds = pick->kinds, .tree = so.tree, .room = o->ring_size, .quiet = o->quiet};
	int r;

	if (so.slots & (1U << NS_PID))
		so.slots |= 1U << NS_PID_CHILD;
	if (so.slots & (1U << NS_TIME))
		so.slots |= 1U << NS_TIME_CHILD;
	r = live_hold_pids(lv, err);
	if (!r) {
		r = session_open(&so, live_ready, lv, err, &lv->session);
		if (r) /* live_ready() has set one that is gone */
			lv->session = NULL;
	}
	if (!r)
		r = live_check_pids(lv, err);
	if (!r && pick->npids && o->follow && !o->command_pid) {
		r = live_add_descendants(lv, err);
		if (!r)
			r = session_learn(lv->session, err);
	}
	return r ? r : side_open(&sd, lv->session, &lv->side, err);
}

/* What the user should know before the first event: a choice that had to be given up. */
static void live_say_start(void *source, bool command)
{
	struct live *lv = source;
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
	if (!command)
		log_say("tracing namespaces; Ctrl-C ends");
}

static void live_hooks(void *source, struct buf *b)
{
	struct live *lv = source;
	const struct hook_set *set = session_hooks(lv->session);
	const char *between = "";

	for (size_t i = 0; i < set->count; i++) {
		const struct hook_choice *c = &set->of[i];

		if (!c->wanted || c->alt == ALT_NONE)
			continue;
		buf_printf(b, "%s%s by %s", between, c->name, hook_choice_by(c));
		between = ", ";
	}
}

static int live_start(void *source, source_sink sink, void *ctx, struct err *err)
{
	struct live *lv = source;
	int r = side_start(lv->side, sink, ctx);

	return r < 0 ? err_set(err, r, "learn what there is") : 0;
}

static uint64_t live_rights(void *source, const struct rights_use *use)
{
	struct live *lv = source;

	return rights_needed(lv->session, use);
}

static int live_fd(const void *source)
{
	const struct live *lv = source;

	return side_fd(lv->side);
}

static int live_tick_ms(const void *source)
{
	const struct live *lv = source;

	return session_sweeps(lv->session) || side_ticks(lv->side) ? SWEEP_TICK_MS : LOST_TICK_MS;
}

/* What comes of the last looks, and what they lost. */
static int live_finish(void *source, source_sink sink, void *ctx, struct err *err)
{
	struct live *lv = source;
	int r = side_finish(lv->side, sink, ctx);

	(void)err;
	return r < 0 ? r : session_losses(lv->session, sink, ctx);
}

static int64_t live_wall_offset(const void *source)
{
	(void)source;
	return event_wall_offset();
}

static void live_close(void *source)
{
	struct live *lv = source;

	side_close(lv->side);
	session_close(lv->session);
	free(lv);
}

static const struct source_ops live_ops = {
	.start = live_start,
	.say_start = live_say_start,
	.rights = live_rights,
	.fd = live_fd,
	.take = live_take,
	.tick = live_tick,
	.tick_ms = live_tick_ms,
	.settled = live_settled,
	.finish = live_finish,
	.wall_offset = live_wall_offset,
	.hooks = live_hooks,
	.close = live_close,
};

int live_open(const struct live_opts *o, struct source *ret, struct err *err)
{
	struct live *lv = calloc(1, sizeof(*lv));
	int r;

	if (!lv)
		return err_set(err, -ENOMEM, "start the trace");
	lv->o = *o;
	r = live_probe(lv, err);
	live_free_pids(lv);
	if (r) {
		live_close(lv);
		return r;
	}
	*ret = (struct source){.ops = &live_ops, .self = lv, .live = true};
	return 0;
}
