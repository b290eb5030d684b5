// SPDX-License-Identifier: GPL-2.0-or-later
/* create_run.c - the order of things: namespaces, pins, child, mounts, ids, program. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd/create.h"
#include "lib/fd.h"
#include "lib/err.h"
#include "act/init.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

struct run {
	struct create_opts *o;
	char **argv;
	struct helper helper;
	struct launch child;
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

/* --- the side that becomes the program --- */

static int program_prepare(struct run *r, struct launch *child, struct err *err)
{
	struct create_opts *o = r->o;
	int ret = newmounts_make(&o->mounts, err);

	if (!ret)
		ret = launch_ids(&o->ids, err);
	if (!ret && o->keep_caps && (o->ns.flags & CLONE_NEWUSER))
		ret = launch_keep_caps(err);
	if (!ret && o->fork)
		ret = launch_tie(child, err);
	if (!ret && (o->clear_env || o->keep_env.n))
		ret = launch_env_keep(o->keep_env.v, o->keep_env.n);
	if (!ret && o->init)
		ret = init_fork(r->report, r->gate, err);
	return ret;
}

/* The rest of the way in a child; its exit status where the program did not run. */
static int child_go(struct launch *child, void *ctx)
{
	struct run *r = ctx;
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
	if (!program_prepare(r, child, &err))
		status = launch_exec(r->argv, &err);
	/* Said before the parent is told, and goes on. */
	log_err(&err);
	if (r->gate >= 0)
		(void)!write(r->gate, "f", 1);
	return status;
}

static int run_here(struct run *r)
{
	struct err err = {0};
	int status = EXIT_FAIL, ret;

	ret = helper_ask(&r->helper, HELPER_PIN, &err);
	if (!ret)
		ret = program_prepare(r, NULL, &err);
	if (!ret)
		ret = helper_ask(&r->helper, HELPER_KEEP, &err);
	if (!ret)
		status = launch_exec(r->argv, &err);
	helper_ask(&r->helper, HELPER_UNDO, NULL);
	return fail(&err, status);
}

/* --- the side that waits --- */

/* Mounts the pins, lets the child go; 0 when the program runs. */
static int pins_settle(struct run *r, struct err *err)
{
	char byte;
	ssize_t n;
	int ret = helper_ask(&r->helper, HELPER_PIN, err);

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
			helper_ask(&r->helper, HELPER_UNDO, NULL);
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
		helper_ask(&r->helper, HELPER_UNDO, NULL);
		helper_end(&r->helper);
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

/* --- both --- */

static int helper_begin(struct run *r, struct err *err)
{
	struct create_opts *o = r->o;
	struct helper_job job = {
		&o->ns.users, &o->ns.groups, &o->pins, .orphan = o->pins.n && !o->fork};

	if (!o->pins.n && !newns_wants_helper(&o->ns))
		return 0;
	return helper_start(&job, &r->helper, err);
}

int create_run(struct create_opts *o, char **argv)
{
	struct run r = {.o = o, .argv = argv, .helper = HELPER_NONE, .gate = -1, .report = -1};
	struct err err = {0};
	int ret;

	launch_init();
	if (pins_open(&o->pins, !o->alias, &err))
		return fail(&err, EXIT_FAIL);
	if (helper_begin(&r, &err)) {
		pins_undo(&o->pins);
		return fail(&err, EXIT_FAIL);
	}
	ret = newns_make(&o->ns, &r.helper, &err);
	if (ret) {
		int status = r.helper.status;

		helper_ask(&r.helper, HELPER_UNDO, NULL);
		helper_end(&r.helper);
		return fail(&err, status);
	}
	/* What it was for is done; the program is not to find it among its children. */
	if (!o->pins.n)
		helper_end(&r.helper);
	if (!o->fork)
		return run_here(&r);
	return spawn_will_do(o) ? run_spawned(&r) : run_forked(&r);
}
