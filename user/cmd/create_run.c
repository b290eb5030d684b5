// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * create_run.c - the steps of create in their order: what the caller does, then who becomes the
 * program, and between them, where there are pins, the helper.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "act/plan.h"
#include "cmd/create.h"
#include "lib/fd.h"
#include "lib/err.h"
#include "act/init.h"
#include "lib/util.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

struct run {
	struct create_opts *o;
	char **argv;
	struct helper helper;
	struct launch child;
	struct launch *tie; /* in a child: its own */
	struct plan before;
	int status; /* to end with where a step before failed */
	/*
	 * With pins and a child: it starts when the parent says that all are there, and the
	 * parent learns that the program runs (end of file) or could not (a byte).
	 */
	int gate;
	int report; /* with --init: the program's status; each side has its end */
};

static int fail(const struct err *err, int status)
{
	log_err(err);
	return status;
}

/* --- the steps ------------------------------------------------------------------------------- */

/*
 * Each is a line of this list: what it is called, when it is wanted, what it does and what is
 * told of it. o: the options; r: the run; b: the text.
 */
#define WANTED(fn, cond)                                                                           \
	static bool fn(const void *job)                                                            \
	{                                                                                          \
		const struct create_opts *o = ((const struct run *)job)->o;                        \
		return cond;                                                                       \
	}
#define RUN(fn, call)                                                                              \
	static int fn(void *job, struct err *err)                                                  \
	{                                                                                          \
		struct run *r = job;                                                               \
		struct create_opts *o = r->o;                                                      \
		(void)o;                                                                           \
		return call;                                                                       \
	}
#define TELL(fn, ...)                                                                              \
	static void fn(const void *job, struct buf *b)                                             \
	{                                                                                          \
		const struct create_opts *o = ((const struct run *)job)->o;                        \
		buf_printf(b, __VA_ARGS__);                                                        \
	}

WANTED(has_pins, o->pins.n)
WANTED(has_helper, o->pins.n || newns_wants_helper(&o->ns))
WANTED(has_owner, o->ns.has_owner)
WANTED(has_flags, o->ns.flags) /* an empty unshare(2) does nothing */
WANTED(denies, newns_denies(&o->ns))
WANTED(has_ranges, newns_wants_helper(&o->ns))
WANTED(has_user, o->ns.map_user != IDMAP_NONE)
WANTED(has_group, o->ns.map_group != IDMAP_NONE)
WANTED(allows, o->ns.setgroups == NEWNS_GROUPS_ALLOW)
WANTED(has_boottime, o->ns.has_boottime)
WANTED(has_monotonic, o->ns.has_monotonic)
WANTED(has_maps_alone, !o->pins.n && newns_wants_helper(&o->ns))
WANTED(forks, o->fork)
WANTED(forks_with_pins, o->pins.n && o->fork)
WANTED(pins_here, o->pins.n && !o->fork)
WANTED(propagates, o->mounts.mnt && o->mounts.propagation)
WANTED(is_early, newmounts_is_early(&o->mounts))
WANTED(moves, o->mounts.root || o->mounts.wd)
WANTED(has_proc, o->mounts.proc)
WANTED(has_binfmt, o->mounts.binfmt)
WANTED(has_ids, o->ids.set_uid || o->ids.set_gid)
WANTED(keeps_caps, o->keep_caps && o->ns.flags & CLONE_NEWUSER)
WANTED(has_env, o->clear_env || o->keep_env.n)
WANTED(has_init, o->init)

RUN(open_pins, pins_open(&o->pins, !o->alias, err))
RUN(own, newns_own(&o->ns, err))
RUN(make, newns_unshare(&o->ns, err))
RUN(deny, newns_setgroups("deny", err))
RUN(map_user, newns_map(false, o->ns.map_user, o->ns.euid, err))
RUN(map_group, newns_map(true, o->ns.map_group, o->ns.egid, err))
RUN(allow, newns_setgroups("allow", err))
RUN(set_boottime, newns_clock(CLOCK_BOOTTIME, "boottime", o->ns.boottime, err))
RUN(set_monotonic, newns_clock(CLOCK_MONOTONIC, "monotonic", o->ns.monotonic, err))
RUN(pin, helper_ask(&r->helper, HELPER_PIN, err))
RUN(keep_pins, helper_ask(&r->helper, HELPER_KEEP, err))
RUN(propagate, newmounts_propagate(&o->mounts, err))
RUN(binfmt_early, newmounts_binfmt(BINFMT_DIR, o->mounts.interp, err))
RUN(move, newmounts_move(&o->mounts, err))
RUN(mount_proc, newmounts_proc(&o->mounts, err))
RUN(binfmt, newmounts_binfmt(o->mounts.binfmt,
		    newmounts_is_early(&o->mounts) ? NULL : o->mounts.interp, err))
RUN(become, launch_ids(&o->ids, err))
RUN(keep_caps, launch_keep_caps(err))
RUN(tie, r->tie ? launch_tie(r->tie, err) : 0)
RUN(keep_env,
	launch_env_keep(o->keep_env.v, o->keep_env.n) ? err_set(err, -ENOMEM, "environment") : 0)
RUN(serve, init_fork(r->report, r->gate, err))

static int map_ranges(void *job, struct err *err)
{
	struct run *r = job;
	int ret = helper_ask(&r->helper, HELPER_MAP, err);

	/* That of newuidmap, where it failed. */
	r->status = r->helper.status;
	return ret;
}

static int start_helper(void *job, struct err *err)
{
	struct run *r = job;
	struct helper_job of = {&r->o->ns.users, &r->o->ns.groups, &r->o->pins,
		.orphan = r->o->pins.n && !r->o->fork};

	return helper_start(&of, &r->helper, err);
}

/* What the helper was for is done; the program is not to find it among its children. */
static int end_helper(void *job, struct err *err)
{
	helper_end(&((struct run *)job)->helper);
	return 0;
}

static void undo_helper(void *job)
{
	struct run *r = job;

	helper_ask(&r->helper, HELPER_UNDO, NULL);
	helper_end(&r->helper);
}

static void undo_pins(void *job)
{
	pins_undo(&((struct run *)job)->o->pins);
}

static void tell_pins(const void *job, struct buf *b)
{
	const struct pins *p = &((const struct run *)job)->o->pins;

	for (unsigned int i = 0, n = 0; i < NS_TYPES; i++)
		if (p->v[i].path)
			buf_printf(
				b, "%s%s at %s", n++ ? ", " : "", ns_types[i].name, p->v[i].path);
}

static void tell_types(const void *job, struct buf *b)
{
	ns_flags_format(b, ((const struct run *)job)->o->ns.flags);
}

static void tell_map(struct buf *b, const char *what, const struct idmap *m)
{
	for (size_t i = 0; i < m->n; i++)
		buf_printf(b, "%s%s %u:%u:%u", b->s[b->len - 1] == ' ' ? "" : ", ", what,
			m->v[i].inner, m->v[i].outer, m->v[i].count);
}

static void tell_ranges(const void *job, struct buf *b)
{
	const struct newns *n = &((const struct run *)job)->o->ns;

	tell_map(b, "users", &n->users);
	tell_map(b, "groups", &n->groups);
}

static void tell_place(const void *job, struct buf *b)
{
	const struct newmounts *m = &((const struct run *)job)->o->mounts;

	buf_printf(b, "%s%s%s%s", m->root ? "root " : "", m->root ? m->root : "",
		m->root && m->wd ? ", then " : "", m->wd ? m->wd : "");
}

static void tell_ids(const void *job, struct buf *b)
{
	const struct launch_ids *i = &((const struct run *)job)->o->ids;

	if (i->set_gid)
		buf_printf(b, "group %u without others%s", i->gid, i->set_uid ? ", " : "");
	if (i->set_uid)
		buf_printf(b, "user %u", i->uid);
}

static void tell_program(const void *job, struct buf *b)
{
	const struct run *r = job;

	buf_puts(b, r->argv && r->argv[0] ? r->argv[0] : "a login shell");
}

TELL(tell_owner, "user %u, group %u", o->ns.owner_user, o->ns.owner_group)
TELL(tell_user, "%u, outside %u", o->ns.map_user, o->ns.euid)
TELL(tell_group, "%u, outside %u", o->ns.map_group, o->ns.egid)
TELL(tell_boottime, "%lld s", (long long)o->ns.boottime)
TELL(tell_monotonic, "%lld s", (long long)o->ns.monotonic)
TELL(tell_proc, "%s", o->mounts.proc)
TELL(tell_binfmt, "%s", o->mounts.binfmt)

/* Of the caller. What is made here has to be undone until the program runs. */
static const struct plan_step before[] = {
	{"make the files of pins", has_pins, open_pins, undo_pins, tell_pins},
	{"start a helper in the old namespaces", has_helper, start_helper, undo_helper, NULL},
	{"become the owner", has_owner, own, NULL, tell_owner},
	{"make namespaces", has_flags, make, NULL, tell_types},
	{"deny setgroups", denies, deny, NULL, NULL},
	{"let the helper map ids", has_ranges, map_ranges, NULL, tell_ranges},
	{"map the user", has_user, map_user, NULL, tell_user},
	{"map the group", has_group, map_group, NULL, tell_group},
	{"allow setgroups", allows, allow, NULL, NULL},
	{"set the boot clock forward", has_boottime, set_boottime, NULL, tell_boottime},
	{"set the monotonic clock forward", has_monotonic, set_monotonic, NULL, tell_monotonic},
	{"end the helper", has_maps_alone, end_helper, NULL, NULL},
};

/* Of the caller that waits: run_forked(), run_spawned(), pins_settle(). */
static const struct plan_step between[] = {
	{"fork, and wait for the child", forks, NULL, NULL, NULL},
	{"let the helper mount the pins", forks_with_pins, pin, NULL, NULL},
};

/* Of who becomes the program: the child, or without one the caller. Mounts go with their namespace.
 */
static const struct plan_step inside[] = {
	{"let the helper mount the pins", pins_here, pin, NULL, NULL},
	{"set the propagation of mounts", propagates, propagate, NULL, NULL},
	{"mount binfmt_misc early", is_early, binfmt_early, NULL, NULL},
	{"change the directory", moves, move, NULL, tell_place},
	{"mount proc", has_proc, mount_proc, NULL, tell_proc},
	{"mount binfmt_misc", has_binfmt, binfmt, NULL, tell_binfmt},
	{"become another user or group", has_ids, become, NULL, tell_ids},
	{"keep capabilities", keeps_caps, keep_caps, NULL, NULL},
	{"give the child its signals", forks, tie, NULL, NULL},
	{"set the environment", has_env, keep_env, NULL, NULL},
	{"serve as pid 1 for the program", has_init, serve, NULL, NULL},
	{"let the pins stay", pins_here, keep_pins, NULL, NULL},
};

static const struct plan_step last[] = {{"run", NULL, NULL, NULL, tell_program}};

static int run_dry(struct run *r)
{
	const struct plan all[] = {PLAN(before), PLAN(between), PLAN(inside), PLAN(last)};
	auto_buf struct buf b = {0};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		plan_tell(&all[i], r, &b);
	return output_put(&b) ? EXIT_FAIL : EXIT_OK;
}

/* --- the side that becomes the program ------------------------------------------------------- */

/* The rest of the way in a child; its exit status where the program did not run. */
static int child_go(struct launch *child, void *ctx)
{
	struct run *r = ctx;
	struct plan plan = PLAN(inside);
	struct err err = {0};
	int status = EXIT_FAIL;
	char byte;

	/* With a gate the memory is the child's own. */
	if (r->gate >= 0) {
		fd_closep(&r->helper.fd);
		pins_close(&r->o->pins);
		if (read(r->gate, &byte, 1) != 1)
			return EXIT_FAIL;
	}
	r->tie = child;
	if (!plan_run(&plan, r, &err))
		status = launch_exec(r->argv, &err);
	/* Said before the parent is told, and goes on. */
	log_err(&err);
	if (r->gate >= 0)
		(void)!write(r->gate, "f", 1);
	return status;
}

static int run_here(struct run *r)
{
	struct plan plan = PLAN(inside);
	struct err err = {0};
	int status = EXIT_FAIL;

	if (!plan_run(&plan, r, &err))
		status = launch_exec(r->argv, &err);
	plan_undo(&r->before, r);
	return fail(&err, status);
}

/* --- the side that waits --- */

/* Mounts the pins, lets the child go; 0 when the program runs. */
static int pins_settle(struct run *r, struct err *err)
{
	char byte;
	ssize_t n;
	struct plan plan = {.v = &between[1], .n = 1};
	int ret = plan_run(&plan, r, err);

	if (!ret)
		ret = fd_write_all(r->gate, "g", 1);
	if (ret)
		return ret;
	do
		n = read(r->gate, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n)
		return -ECANCELED;
	return helper_ask(&r->helper, HELPER_KEEP, err);
}

static int parent_wait(struct run *r)
{
	struct err err = {0};
	int status = 0, ret = 0;

	if (r->gate >= 0) {
		ret = pins_settle(r, &err);
		if (ret)
			plan_undo(&r->before, r);
		fd_closep(&r->gate);
		helper_end(&r->helper);
	}
	/* The child has said itself why it gave up. */
	if (ret && ret != -ECANCELED)
		log_err(&err);
	if (launch_wait(&r->child, &status, &err))
		return fail(&err, EXIT_FAIL);
	if (r->report >= 0)
		init_report(take_fd(&r->report), &status);
	if (ret && ret != -ECANCELED)
		return EXIT_FAIL;
	return launch_exit_status(&r->child, status);
}

static int run_forked(struct run *r)
{
	int gate[2] = {-1, -1}, report[2] = {-1, -1};
	struct err err = {0};

	int ret = 0;

	if ((r->o->pins.n && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gate)) ||
		(r->o->init && pipe2(report, O_CLOEXEC)))
		ret = err_set(&err, -errno, "make a pipe");
	if (!ret)
		ret = launch_fork(&r->o->how, &r->child, &err);
	if (ret) {
		plan_undo(&r->before, r);
		return fail(&err, EXIT_FAIL);
	}
	r->gate = gate[r->child.pid ? 0 : 1];
	r->report = report[r->child.pid ? 0 : 1];
	fd_closep(&gate[r->child.pid ? 1 : 0]);
	fd_closep(&report[r->child.pid ? 1 : 0]);
	return r->child.pid ? parent_wait(r) : child_go(&r->child, r);
}

static int run_spawned(struct run *r)
{
	struct err err = {0};

	if (launch_spawn(&r->o->how, child_go, r, &r->child, &err))
		return fail(&err, EXIT_FAIL);
	return parent_wait(r);
}

/*
 * Whether the child may use the parent's memory until it runs the program. Not if it has
 * to talk with the parent, stays as init, goes to another time namespace, or becomes
 * another user: that would make the parent, too, one that may not be looked at in /proc.
 */
static bool spawn_will_do(const struct create_opts *o)
{
	return !o->pins.n && !o->init && !(o->ns.flags & CLONE_NEWTIME) && !o->ids.set_uid &&
	       !o->ids.set_gid;
}

/* --- both ------------------------------------------------------------------------------------ */

int create_run(struct create_opts *o, char **argv)
{
	struct run r = {.o = o,
		.argv = argv,
		.helper = HELPER_NONE,
		.status = EXIT_FAIL,
		.before = PLAN(before),
		.gate = -1,
		.report = -1};
	struct err err = {0};

	if (o->dry_run)
		return run_dry(&r);
	launch_init();
	if (plan_run(&r.before, &r, &err))
		return fail(&err, r.status);
	if (!o->fork)
		return run_here(&r);
	return spawn_will_do(o) ? run_spawned(&r) : run_forked(&r);
}
