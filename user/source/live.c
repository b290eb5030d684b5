// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <linux/types.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf/wire/config.h"
#include "event/decode.h"
#include "kernel/mountinfo.h"
#include "kernel/tasks.h"
#include "lib/buf.h"
#include "lib/caps.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "lib/fd.h"
#include "snapshot/from_proc.h"
#include "snapshot/tree.h"
#include "source/cgroups.h"
#include "source/compat.h"
#include "source/hold.h"
#include "source/live.h"
#include "source/mount_watch.h"
#include "source/namer.h"
#include "source/netdev_watch.h"
#include "source/netnames.h"
#include "source/rights.h"
#include "source/session.h"

struct side {
	struct session *session;
	bool tree; /* only what the traced tree does or made */
	bool quiet;
	struct cgroups *cgroups;
	struct netnames *names;
	struct linkwatch *links;
	bool looking;                       /* not all that the look for devices told is taken */
	uint64_t look_due_ns, look_cost_ns; /* when the next may begin; of the one that is on */
	bool put_off;                       /* one that was not due then */
	bool said_late;
	struct mountwatch *mounts;
	uint32_t *made; /* net namespaces that the tree made, some of them gone */
	size_t nmade;
	int epoll;
};

static uint32_t side_inum_of(void *ctx, int32_t via, int32_t id)
{
	const struct side *side = ctx;

	return session_netid(side->session, via, id);
}

static bool side_moving(void *ctx, uint64_t dev, uint32_t ifindex)
{
	const struct side *side = ctx;

	return session_netdev_moving(side->session, dev, ifindex);
}

static uint32_t *made_find(const struct side *side, uint32_t inum)
{
	for (size_t i = 0; i < side->nmade; i++)
		if (side->made[i] == inum)
			return &side->made[i];
	return NULL;
}

/* What becomes of its devices is told when the session has forgotten the namespace. */
static int made_learn(struct side *side, uint32_t inum)
{
	uint32_t *known = made_find(side, inum), *more;
	bool made = session_tree_made(side->session, inum);

	if (known && !made)
		*known = side->made[--side->nmade];
	if (known || !made)
		return 0;
	more = reallocarray(side->made, side->nmade + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	side->made = more;
	side->made[side->nmade++] = inum;
	return 0;
}

static bool side_wanted(void *ctx, uint32_t inum)
{
	const struct side *side = ctx;

	return inum && (made_find(side, inum) || session_tree_made(side->session, inum));
}

static uint32_t side_mnt_ns_id(void *ctx, uint32_t tid)
{
	const struct side *side = ctx;

	return session_mnt_ns_id(side->session, tid);
}

static int side_mnt_each(void *ctx, look_each fn, void *fn_ctx)
{
	const struct side *side = ctx;

	return session_mnt_each(side->session, fn, fn_ctx);
}

#define LATE_SAY_NS 1000000 /* a look that took less is no reason to be late */

static void side_late(void *ctx, const struct mountwatch_late *l)
{
	char cost[64] = "";

	(void)ctx;
	if (l->cost_ns >= LATE_SAY_NS)
		snprintf(cost, sizeof(cost), ", the longest took %.1f ms, of mnt:[%u]",
			(double)l->cost_ns / 1e6, l->mnt_ns);
	log_say("%" PRIu64 " change%s of mounts not seen: %" PRIu64
		" look%s at mountinfo came late, in %s%zu mount namespace%s%s",
		l->changes, l->changes == 1 ? "" : "s", l->looks, l->looks == 1 ? "" : "s",
		l->namespaces == LATE_MAX ? "at least " : "", l->namespaces,
		l->namespaces == 1 ? "" : "s", cost);
}

static int side_note(void *ctx, const void *data, size_t size)
{
	const struct ev_hdr *hdr = data;
	struct side *side = ctx;
	int r = 0;

	if (hdr->kind >= NSW_CGROUP) {
		/* Without memory a name is missing. */
		if (side->cgroups)
			cgroups_note(side->cgroups, data, size);
		return 0;
	}
	if (hdr->kind == NSW_MOUNTED && size >= sizeof(struct nsw_mounted) && side->mounts)
		r = mountwatch_note(side->mounts, data);
	else if (side->links)
		r = linkwatch_note(side->links, data, size);
	if (!r && hdr->kind == NSW_NET && side->tree)
		r = made_learn(side, ((const struct nsw_net *)data)->net);
	return r < 0 ? r : 0;
}

/* The bind mounts that are there: their ends are events, too. */
static int side_pins(struct side *side, struct err *err)
{
	const struct procfs_opts all = {.slots = 1U << NS_MNT};
	auto_mounts struct ns_mounts mounts = {0};
	struct ns_tasks tasks = {0};
	struct nsw_pin pin;
	int r = procfs_read(&all, &tasks, err);

	if (!r)
		r = mounts_read_all(&mounts, &tasks, 0, NULL, err);
	for (size_t i = 0; i < mounts.n && !r; i++) {
		const struct ns_mount *m = &mounts.rows[i];

		pin = (struct nsw_pin){.ns_type = m->type, .inum = m->inum};
		pin.path_len = (uint32_t)strnlen(mounts_path(&mounts, m), EV_TEXT_MAX - 1);
		memcpy(pin.path, mounts_path(&mounts, m), pin.path_len);
		/* The session counts those that do not fit. */
		session_pin_add(side->session, m->mnt_id, &pin);
		if (side->names && m->type == NS_NET)
			netnames_pin(side->names, m->inum, pin.path, pin.path_len);
	}
	tasks_free(&tasks);
	return r;
}

static int side_add_fd(struct side *side, int fd)
{
	struct epoll_event ev = {.events = EPOLLIN};

	return epoll_ctl(side->epoll, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

static int side_links(struct side *side, const struct side_opts *o, struct err *err)
{
	struct linkwatch_opts lo = {
		.inum_of = side_inum_of,
		.wanted = o->tree ? side_wanted : NULL,
		.moving = side_moving,
		.ctx = side,
		.kinds = o->kinds,
		.looks = session_netscan(side->session, false) >= 0,
		.room = o->room,
	};
	int r = linkwatch_open(&lo, &side->links, err);

	return r ? r : side_add_fd(side, linkwatch_fd(side->links));
}

/* Of mount namespaces where no other process reads the directory of names. */
static void side_pin_is_there(void *ctx, uint32_t type, uint32_t inum, const char *path)
{
	const struct side *side = ctx;

	if (type == NS_NET)
		netnames_pin(side->names, inum, path, strlen(path));
}

static int side_mounts(struct side *side, const struct mountwatch_opts *mo, struct err *err)
{
	int r = mountwatch_open(mo, &side->mounts, err);

	return r ? r : side_add_fd(side, mountwatch_fd(side->mounts));
}

static int side_fill(struct side *side, const struct side_opts *o, struct err *err)
{
	const struct mountwatch_opts mo = {
		.wanted = o->tree ? side_wanted : NULL,
		.id_of = side_mnt_ns_id,
		.each = side_mnt_each,
		.late = o->quiet ? NULL : side_late,
		.there = side->names ? side_pin_is_there : NULL,
		.ctx = side,
		.kinds = o->kinds,
	};
	enum hook_alt pins = session_alt(side->session, "pin");
	int r = side_add_fd(side, session_fd(side->session));

	if (!r && session_alt(side->session, "netdev") == ALT_TP)
		r = side_links(side, o, err);
	if (!r && pins == ALT_TP)
		r = side_mounts(side, &mo, err);
	else if (!r && pins != ALT_NONE)
		r = side_pins(side, err);
	if (!r && pins != ALT_TP && pins != ALT_NONE && side->names && o->all_pins)
		netnames_hear_pins(side->names);
	return r;
}

int side_open(const struct side_opts *o, struct session *s, struct side **ret, struct err *err)
{
	auto_filecaps filecaps_was was = filecaps_use();
	struct side *side = calloc(1, sizeof(*side));
	int r;

	if (!side)
		return err_set(err, -ENOMEM, "start the trace");
	side->session = s;
	side->tree = o->tree;
	side->quiet = o->quiet;
	side->cgroups = o->cgroups;
	side->names = o->names;
	side->epoll = epoll_create1(EPOLL_CLOEXEC);
	r = side->epoll < 0 ? -errno : 0;
	session_on_note(s, side_note, side);
	if (!r)
		r = side_fill(side, o, err);
	if (r) {
		if (err && !err->code)
			err_set(err, r, "start the trace");
		side_close(side);
		return r;
	}
	*ret = side;
	return 0;
}

#define CONSUME_TRIES 100
#define START_TRIES   16 /* of looks one after the other that come no further */

/* In the beginning nothing else waits for its turn. */
static int side_consume(struct side *side, source_sink sink, void *ctx)
{
	int n, tries = 0;

	do
		n = session_consume(side->session, sink, ctx);
	while (n >= 0 && session_consumed_partly(side->session) && tries++ < CONSUME_TRIES);
	return n;
}

int side_start(struct side *side, source_sink sink, void *ctx)
{
	int left, least, n, tries = 0;

	if (!side->links)
		return 0;
	linkwatch_begin(side->links);
	least = left = session_netscan(side->session, true);
	n = side_consume(side, sink, ctx);
	/* What finds no room in the ring buffer. */
	while (n >= 0 && left > 0 && tries++ < START_TRIES) {
		left = session_netscan(side->session, false);
		if (left < least)
			tries = 0;
		least = left < least ? left : least;
		n = side_consume(side, sink, ctx);
	}
	return n < 0 ? n : linkwatch_end(side->links, sink, ctx);
}

#define FINISH_NS 50000000 /* for the last looks at mounts */

int side_finish(struct side *side, source_sink sink, void *ctx)
{
	int r = side->mounts ? mountwatch_finish(side->mounts, FINISH_NS, sink, ctx) : 0;

	if (!r && side->links && side->put_off && !side->looking) {
		session_netscan(side->session, linkwatch_begin(side->links));
		r = side_consume(side, sink, ctx);
		if (r >= 0)
			r = linkwatch_end(side->links, sink, ctx);
		r = r < 0 ? r : 0;
	}
	return !r && side->links ? linkwatch_finish(side->links, sink, ctx) : r;
}

void side_close(struct side *side)
{
	if (!side)
		return;
	linkwatch_close(side->links);
	mountwatch_close(side->mounts);
	if (side->epoll >= 0)
		close(side->epoll);
	free(side->made);
	free(side);
}

int side_fd(const struct side *side)
{
	return side->epoll;
}

bool side_ticks(const struct side *side)
{
	return side->links || side->mounts;
}

bool side_is_deaf(const struct side *side)
{
	return side->links && !linkwatch_hears_all(side->links);
}

bool side_settled(const struct side *side)
{
	return (!side->links || linkwatch_settled(side->links)) &&
	       (!side->mounts || mountwatch_settled(side->mounts));
}

/*
 * Anybody can make net namespaces and devices, and a look goes through all of them: it may use a
 * tenth of a processor. One that costs little may begin at any time.
 */
#define LOOK_FREE_NS 1000000ULL
#define LOOK_SHARE   9
#define LOOK_LATE_NS 100000000ULL /* from then on devices come and go between two looks */

static void side_look(struct side *side)
{
	uint64_t began = clock_ns(CLOCK_THREAD_CPUTIME_ID);

	side->put_off = clock_ns(CLOCK_MONOTONIC) < side->look_due_ns;
	if (side->put_off)
		return;
	session_netscan(side->session, linkwatch_begin(side->links));
	side->look_cost_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - began;
}

static int side_looked(struct side *side, source_sink sink, void *ctx)
{
	uint64_t began = clock_ns(CLOCK_THREAD_CPUTIME_ID), wait;
	int r = linkwatch_end(side->links, sink, ctx);

	if (!side->look_cost_ns)
		return r;
	side->look_cost_ns += clock_ns(CLOCK_THREAD_CPUTIME_ID) - began;
	wait = side->look_cost_ns > LOOK_FREE_NS ? LOOK_SHARE * side->look_cost_ns : 0;
	side->look_due_ns = clock_ns(CLOCK_MONOTONIC) + wait;
	linkwatch_late(side->links, wait > LOOK_LATE_NS ? wait : 0);
	if (wait > LOOK_LATE_NS && !side->said_late && !side->quiet) {
		side->said_late = true;
		log_say("a look at all network devices takes too long (%.1f ms) to be done after "
			"every event: devices that are in a net namespace for a short time are "
			"missed",
			(double)side->look_cost_ns / 1e6);
	}
	side->look_cost_ns = 0;
	return r;
}

int side_take(struct side *side, bool tick, source_sink sink, void *ctx)
{
	int n, r = 0;

	if (side->links && !side->looking)
		side_look(side);
	n = session_consume(side->session, sink, ctx);
	/* What the look told must have been taken before it is judged. */
	side->looking = side->links && session_consumed_partly(side->session);
	if (n >= 0 && side->links && !side->looking)
		r = side_looked(side, sink, ctx);
	/* After the notes: they say whose calls the looks came after. */
	if (n >= 0 && r >= 0 && side->mounts)
		r = mountwatch_take(side->mounts, session_taken_until(side->session), sink, ctx);
	if (n >= 0 && r >= 0 && side->mounts && tick)
		r = mountwatch_tick(side->mounts, sink, ctx);
	return n < 0 ? n : r < 0 ? r : n + r;
}

/* --- live -------------------------------------------------------------------------------- */

/* Events as the kernel tells them. */

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
	struct namer *namer;     /* NULL: nobody is asked for a name */
	struct cgroups *cgroups; /* NULL: nobody wants containers */
	struct netnames *names;  /* NULL: nobody wants those of net namespaces */
	struct buf unit;         /* what live_ns_name() gave last */
	struct hold *hold;       /* events that wait for a name */
	source_sink sink;        /* of the call that is on */
	void *sink_ctx;
};

/* A hold_ready_fn: the name of its container is known, or there will be none. */
static bool live_is_named(void *ctx, const void *data, size_t size, bool late)
{
	const struct ev_hdr *hdr = data;
	struct live *lv = ctx;

	bool named;

	if (size < sizeof(*hdr))
		return true;
	named = !lv->names || netnames_settled(lv->names, hdr, size, late);
	if (!lv->cgroups)
		return named;
	if (late)
		cgroups_give_up(lv->cgroups, hdr->cgroup_id);
	return cgroups_settled(lv->cgroups, hdr->cgroup_id) && named;
}

/* A source_sink: the namespaces of containers are learned on the way. */
static int live_named(void *ctx, const void *data, size_t size)
{
	struct live *lv = ctx;
	int r;

	if (lv->cgroups)
		cgroups_learn(lv->cgroups, data, size);
	if (lv->names)
		netnames_learn(lv->names, data, size);
	r = lv->sink(lv->sink_ctx, data, size);
	if (lv->cgroups)
		cgroups_unlearn(lv->cgroups, data, size);
	if (lv->names)
		netnames_unlearn(lv->names, data, size);
	return r;
}

/* A source_sink. */
static int live_record(void *ctx, const void *data, size_t size)
{
	struct live *lv = ctx;

	return lv->hold ? hold_take(lv->hold, data, size, live_named, lv)
			: live_named(lv, data, size);
}

static void live_whose_answer(void *ctx, uint64_t id, const struct whose *w)
{
	const struct live *lv = ctx;

	cgroups_answer(lv->cgroups, id, w);
}

static void live_net_answer(void *ctx, uint32_t inum, const char *name, size_t len)
{
	const struct live *lv = ctx;

	netnames_answer(lv->names, inum, name, len);
}

static void live_nets_answered(void *ctx, uint64_t cost_ns)
{
	const struct live *lv = ctx;

	netnames_answered(lv->names, cost_ns);
}

/* Answers, and the events that waited for them. */
static int live_names(struct live *lv, bool all)
{
	const struct namer_answers answers = {
		.whose = lv->cgroups ? live_whose_answer : NULL,
		.net = lv->names ? live_net_answer : NULL,
		.nets_end = lv->names ? live_nets_answered : NULL,
		.ctx = lv,
	};

	if (!lv->hold)
		return 0;
	namer_take(lv->namer, &answers);
	return hold_give(lv->hold, all, live_named, lv);
}

/* What records are handed to instead of the sink, with *ctx. */
static source_sink live_sink(struct live *lv, source_sink sink, void **ctx)
{
	if (!lv->cgroups && !lv->names)
		return sink;
	lv->sink = sink;
	lv->sink_ctx = *ctx;
	*ctx = lv;
	return live_record;
}

static int live_take(void *source, source_sink sink, void *ctx, struct err *err)
{
	struct live *lv = source;

	int r;

	(void)err;
	sink = live_sink(lv, sink, &ctx);
	r = live_names(lv, false);
	return r < 0 ? r : side_take(lv->side, false, sink, ctx);
}

static int live_tick(void *source, source_sink sink, void *ctx)
{
	struct live *lv = source;
	int r = session_sweep(lv->session);

	sink = live_sink(lv, sink, &ctx);
	session_compat_tick(lv->session);
	if (!r && side_ticks(lv->side))
		r = side_take(lv->side, true, sink, ctx);
	return r < 0 ? r : session_losses(lv->session, sink, ctx);
}

static bool live_settled(void *source)
{
	struct live *lv = source;

	return !session_tree_namespaces(lv->session) && side_settled(lv->side) &&
	       (!lv->hold || hold_is_empty(lv->hold));
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

/* Of net namespaces, whoever does it. */
static bool live_sees_all(const struct pick *pick)
{
	return !pick->uid_on && (!pick->types || pick->types >> NS_NET & 1);
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
		.own = o->command_pid && !pick->npids,
		.ring_size = o->ring_size,
		.forces = o->forces,
		.nforces = o->nforces,
		.cgroups = lv->cgroups,
		.compat = o->compat || (o->command && compat_program(o->command)),
		.debug = o->debug,
	};
	const struct side_opts sd = {
		.kinds = pick->kinds,
		.tree = so.tree,
		.room = o->ring_size,
		.quiet = o->quiet,
		.cgroups = lv->cgroups,
		.names = lv->names,
		.all_pins = live_sees_all(pick) && !so.tree,
	};
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
	int r;

	sink = live_sink(lv, sink, &ctx);
	r = side_start(lv->side, sink, ctx);

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

/* What still waits gets its time, and no more. */
static int live_wait_names(struct live *lv)
{
	int r = live_names(lv, false);

	while (r >= 0 && lv->hold && !hold_is_empty(lv->hold)) {
		struct pollfd p[] = {{.fd = namer_fd(lv->namer), .events = POLLIN},
			{.fd = hold_fd(lv->hold), .events = POLLIN}};

		if (poll(p, 2, (int)(lv->o.whose_wait_ns / 1000000) + 1) <= 0)
			return live_names(lv, true);
		r = live_names(lv, false);
	}
	return r;
}

/* What comes of the last looks, and what they lost. */
static int live_finish(void *source, source_sink sink, void *ctx, struct err *err)
{
	struct live *lv = source;
	int r;

	(void)err;
	sink = live_sink(lv, sink, &ctx);
	r = side_finish(lv->side, sink, ctx);
	if (r >= 0)
		r = live_wait_names(lv);
	return r < 0 ? r : session_losses(lv->session, sink, ctx);
}

static int64_t live_wall_offset(const void *source)
{
	(void)source;
	return event_wall_offset();
}

static const struct whose *live_whose(void *source, uint64_t cgroup_id)
{
	struct live *lv = source;

	return lv->cgroups ? cgroups_whose(lv->cgroups, cgroup_id) : NULL;
}

static uint64_t live_owner(void *source, uint32_t inum)
{
	struct live *lv = source;

	return lv->cgroups ? cgroups_owner(lv->cgroups, inum) : 0;
}

/* A file's name, else the service that has it. */
static const char *live_ns_name(void *source, uint32_t inum)
{
	struct live *lv = source;
	const char *name = lv->names ? netnames_find(lv->names, inum) : NULL;
	const char *unit = name || !lv->cgroups ? NULL : cgroups_unit(lv->cgroups, inum);

	if (!unit)
		return name;
	buf_reset(&lv->unit);
	buf_printf(&lv->unit, "unit:%s", unit);
	return lv->unit.s;
}

static void live_known(const void *source, bool *ret_owners, bool *ret_names)
{
	const struct live *lv = source;

	*ret_owners = lv->cgroups && cgroups_own(lv->cgroups);
	*ret_names = (lv->names && netnames_any(lv->names)) ||
		     (lv->cgroups && cgroups_have_units(lv->cgroups));
}

static void live_close(void *source)
{
	struct live *lv = source;

	side_close(lv->side);
	session_close(lv->session);
	hold_free(lv->hold);
	cgroups_free(lv->cgroups);
	netnames_free(lv->names);
	namer_end(lv->namer);
	buf_free(&lv->unit);
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
	.whose = live_whose,
	.owner = live_owner,
	.ns_name = live_ns_name,
	.known = live_known,
	.close = live_close,
};

/* Before anything is loaded, so that the process that is made here is small. */
static int live_whose_begin(struct live *lv, struct err *err)
{
	const uint64_t life = 1ULL << EV_NS_CREATE | 1ULL << EV_NS_FREE;
	struct netnames_opts no = {
		.lives = (lv->o.pick->kinds & life) == life && live_sees_all(lv->o.pick) &&
			 !lv->o.command_pid && !lv->o.pick->npids,
	};
	int r = lv->o.whose_wait_ns ? namer_start(&lv->namer, err) : 0;

	if (r)
		return r;
	no.namer = lv->namer;
	lv->cgroups = lv->o.whose ? cgroups_new(lv->namer) : NULL;
	lv->names = lv->namer && lv->o.names ? netnames_new(&no) : NULL;
	lv->hold = lv->namer ? hold_new(lv->o.whose_wait_ns, live_is_named, lv) : NULL;
	if ((lv->o.whose && !lv->cgroups) || (lv->namer && lv->o.names && !lv->names) ||
		(lv->namer && !lv->hold))
		return err_set(err, -ENOMEM, "name containers");
	return 0;
}

static int live_listen(struct live *lv, struct err *err)
{
	int r = side_add_fd(lv->side, namer_fd(lv->namer));

	if (!r)
		r = side_add_fd(lv->side, hold_fd(lv->hold));
	return r ? err_set(err, r, "name containers") : 0;
}

int live_open(const struct live_opts *o, struct source *ret, struct err *err)
{
	struct live *lv = calloc(1, sizeof(*lv));
	int r;

	if (!lv)
		return err_set(err, -ENOMEM, "start the trace");
	lv->o = *o;
	r = o->whose || o->names ? live_whose_begin(lv, err) : 0;
	if (!r)
		r = live_probe(lv, err);
	if (!r && lv->hold)
		r = live_listen(lv, err);
	live_free_pids(lv);
	if (r) {
		live_close(lv);
		return r;
	}
	*ret = (struct source){.ops = &live_ops, .self = lv, .live = true};
	return 0;
}
