// SPDX-License-Identifier: GPL-2.0-or-later
/* enter_run.c - the order of things: target, what it has open, namespaces, ids, program. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "act/plan.h"
#include "cmd/enter.h"
#include "lib/fd.h"
#include "lib/err.h"
#include "act/enter.h"
#include "act/find.h"
#include "act/launch.h"
#include "why/step.h"
#include "lib/util.h"

#define CGROUP_DIR    "/sys/fs/cgroup"
#define CGROUP2_MAGIC 0x63677270
#define SELINUX_FS    "/sys/fs/selinux/enforce"

struct run {
	const struct enter_opts *o;
	char **argv;
	struct target target;
	struct entry entry;
	uint32_t types; /* all that are entered */
	bool all;
	int root, wd, env, procs; /* open, -1: not asked for */
	bool groups_kept;         /* they could not be dropped before the user namespace */
	struct launch_ids ids;
	struct sigaction chld; /* as it was */
	struct launch *tie;    /* in a child: its own */
};

/* --- what is opened before anything is entered --- */

static int need_target(const struct run *r, const char *what, struct err *err)
{
	if (r->target.pid)
		return 0;
	err_say(err, -EINVAL, "%s needs a target process", what);
	err_hint(err, "--target PID gives one");
	return -EINVAL;
}

static int get_target(struct run *r, struct err *err)
{
	const struct enter_opts *o = r->o;
	struct find_match f;
	int ret;

	if (o->pid)
		return target_hold(&r->target, o->pid, o->inode, err);
	if (!o->name)
		return 0;
	ret = find_name(o->name, &f, err);
	if (ret)
		return ret;
	r->target = f.target;
	if (f.fd >= 0)
		entry_set(&r->entry, f.type, f.fd);
	else if (!o->types && !o->has_socket && !o->user_parent)
		r->all = true;
	return 0;
}

static int get_namespaces(struct run *r, struct err *err)
{
	const struct enter_opts *o = r->o;
	int ret = 0;

	r->entry.types |= o->types;
	for (unsigned int i = 0; !ret && i < NS_TYPES; i++)
		if (o->file[i])
			ret = entry_open(&r->entry, i, o->file[i], err);
	if (!ret && r->all)
		ret = need_target(r, "--all", err);
	if (!ret && r->all)
		ret = entry_all(&r->entry, &r->target, err);
	if (!ret && (entry_of_target(&r->entry) || o->has_socket || o->user_parent))
		ret = need_target(r, "a namespace without =FILE", err);
	if (!ret && o->user_parent)
		ret = entry_user_parent(&r->entry, &r->target, err);
	if (!ret && o->has_socket) {
		ret = target_socket_ns(&r->target, (int)o->socket, err);
		if (ret >= 0) {
			entry_set(&r->entry, NS_NET, ret);
			ret = 0;
		}
	}
	r->types = r->entry.types;
	return ret;
}

static int get_dir(
	struct run *r, const struct enter_dir *d, const char *name, int *ret_fd, struct err *err)
{
	int fd;

	if (!d->set)
		return 0;
	if (d->path) {
		fd = launch_open_dir(AT_FDCWD, d->path, err);
	} else {
		fd = need_target(r, name, err);
		if (!fd)
			fd = target_open(&r->target, name, O_PATH | O_DIRECTORY, err);
	}
	*ret_fd = fd;
	return fd < 0 ? fd : 0;
}

/* cgroup.procs of the cgroup that the target is in, of version 2. */
static int get_cgroup(struct run *r, struct err *err)
{
	auto_buf struct buf text = {0}, path = {0};
	struct step s = STEP(OPEN);
	struct statfs fs;
	char *line;
	int ret = need_target(r, "--join-cgroup", err);

	if (ret)
		return ret;
	if (statfs(CGROUP_DIR, &fs) || fs.f_type != CGROUP2_MAGIC) {
		err_say(err, -EOPNOTSUPP, "--join-cgroup needs cgroup version 2 at " CGROUP_DIR);
		return -EOPNOTSUPP;
	}
	ret = target_text(&r->target, "cgroup", &text, err);
	if (ret)
		return ret;
	buf_putc(&text, '\0');
	line = text.s && !strncmp(text.s, "0::", 3) ? text.s : strstr(text.s, "\n0::");
	if (!line)
		return err_say(err, -ENOENT, "process %d is in no cgroup of version 2",
			(int)r->target.pid);
	line = strstr(line, "0::") + 3;
	line[strcspn(line, "\n")] = '\0';
	buf_printf(&path, CGROUP_DIR "%s/cgroup.procs", line);
	s.what = path.s;
	r->procs = open(path.s, O_WRONLY | O_CLOEXEC);
	return step_done(&s, r->procs < 0 ? -errno : 0, err);
}

/* The context that the program is to run in; without SELinux nothing, as nsenter does. */
static int set_context(struct run *r, struct err *err)
{
	auto_buf struct buf context = {0};
	struct step s = STEP(OPEN, .what = "/proc/thread-self/attr/exec");
	auto_fd int fd = -1;
	int ret;

	if (access(SELINUX_FS, F_OK))
		return 0;
	ret = need_target(r, "--follow-context", err);
	if (!ret)
		ret = target_text(&r->target, "attr/current", &context, err);
	if (ret)
		return ret;
	fd = open(s.what, O_WRONLY | O_CLOEXEC);
	return step_done(&s, fd < 0 ? -errno : fd_write_all(fd, context.s, context.len), err);
}

static int get_root(struct run *r, struct err *err)
{
	return get_dir(r, &r->o->root, "root", &r->root, err);
}

static int get_wd(struct run *r, struct err *err)
{
	return get_dir(r, &r->o->wd, "cwd", &r->wd, err);
}

static int get_env(struct run *r, struct err *err)
{
	int ret = need_target(r, "--env", err);

	if (!ret)
		ret = r->env = target_open(&r->target, "environ", O_RDONLY, err);
	return ret < 0 ? ret : 0;
}

static int get_ids(struct run *r, struct err *err)
{
	int ret = need_target(r, "follow", err);

	return ret ? ret : target_proc(&r->target, err);
}

/* --- inside --- */

static int set_dirs(struct run *r, struct err *err)
{
	const char *root = r->o->root.path ? r->o->root.path : "the target's root";
	const char *wd = r->o->wd.path ? r->o->wd.path : "the target's working directory";
	int ret = 0;

	/* nsenter keeps the working directory of a changed root, even one outside of it. */
	if (r->root >= 0 && r->wd < 0 && !r->o->wdns) {
		wd = "the old working directory";
		ret = r->wd = launch_open_dir(AT_FDCWD, ".", err);
		if (ret < 0)
			return ret;
	}
	ret = r->root < 0 ? 0 : launch_chroot(r->root, root, err);
	if (!ret && r->o->wdns) {
		wd = r->o->wdns;
		r->wd = launch_open_dir(AT_FDCWD, wd, err);
		ret = r->wd < 0 ? r->wd : 0;
	}
	return ret || r->wd < 0 ? ret : launch_chdir(r->wd, wd, err);
}

static int set_env(struct run *r, struct err *err)
{
	auto_buf struct buf text = {0};
	char part[4096];
	ssize_t n;

	while ((n = read(r->env, part, sizeof(part))))
		if (n > 0)
			buf_add(&text, part, (size_t)n);
		else if (errno != EINTR)
			return err_set(err, -errno, "read the target's environment");
	/* Of a process that has ended the kernel gives no more of it, without an error. */
	if (target_ended(&r->target))
		return err_say(err, -ESRCH, "the target has ended, and its environment with it");
	n = launch_env_set(text.s ? text.s : "", text.len);
	return n ? err_set(err, (int)n, "environment") : 0;
}

static int join_cgroup(struct run *r, struct err *err)
{
	struct step s = STEP(CGROUP);

	/* 0 is the writer: cgroup_procs_write_start() in kernel/cgroup/cgroup.c. */
	return step_done(&s, fd_write_all(r->procs, "0", 1), err);
}

/* Of the user namespace that is entered by now. */
static int ids_settle(struct run *r, struct err *err)
{
	const struct enter_opts *o = r->o;
	bool zero = r->types & 1u << NS_USER && !o->preserve;
	struct stat st = {0};

	if ((o->uid.follow || o->gid.follow) && fstat(r->target.proc, &st))
		return err_set(err, -errno, "stat of the target");
	r->ids = (struct launch_ids){
		.set_uid = o->uid.set || zero,
		.set_gid = o->gid.set || zero,
		.uid = o->uid.follow ? st.st_uid : o->uid.id,
		.gid = o->gid.follow ? st.st_gid : o->gid.id,
	};
	return 0;
}

/* --- the steps ------------------------------------------------------------------------------- */

/* It is enough if the groups can be dropped on one side of the user namespace. */
static int drop_groups(struct run *r, struct err *err)
{
	r->groups_kept = step_done(&STEP(SETGROUPS), setgroups(0, NULL) ? -errno : 0, NULL) != 0;
	return 0;
}

static int drop_groups_inside(struct run *r, struct err *err)
{
	int ret = step_done(
		&STEP(SETGROUPS), setgroups(0, NULL) ? -errno : 0, r->groups_kept ? err : NULL);

	return r->groups_kept ? ret : 0;
}

/* A line: what is asked for (o: the options, r: the run), or what is done. */
#define WANTED(fn, cond)                                                                           \
	static bool fn(const void *job)                                                            \
	{                                                                                          \
		const struct run *r = job;                                                         \
		const struct enter_opts *o = r->o;                                                 \
		(void)o, (void)r;                                                                  \
		return cond;                                                                       \
	}
#define RUN(fn, call)                                                                              \
	static int fn(void *job, struct err *err)                                                  \
	{                                                                                          \
		struct run *r = job;                                                               \
		(void)r;                                                                           \
		return call;                                                                       \
	}

WANTED(has_target, o->pid || o->name)
WANTED(follows_context, o->follow_context)
WANTED(has_root, o->root.set)
WANTED(has_wd, o->wd.set)
WANTED(has_env, o->env)
WANTED(follows_ids, o->uid.follow || o->gid.follow)
WANTED(joins, o->join_cgroup)
WANTED(enters_user, (r->types & 1u << NS_USER || o->user_parent) && !o->preserve)
WANTED(changes_place, o->root.set || o->wd.set || o->wdns)
WANTED(forks, (r->types & 1u << NS_PID || r->all) && !o->no_fork)
WANTED(sets_gid, o->gid.set || enters_user(job))
WANTED(sets_ids, o->uid.set || o->gid.set || enters_user(job))
WANTED(keeps_caps, o->keep_caps && r->types & 1u << NS_USER)
WANTED(is_child, r->tie)

RUN(do_target, get_target(r, err))
RUN(do_context, set_context(r, err))
RUN(do_namespaces, get_namespaces(r, err))
RUN(do_root, get_root(r, err))
RUN(do_wd, get_wd(r, err))
RUN(do_env, get_env(r, err))
RUN(do_ids, get_ids(r, err))
RUN(do_cgroup, get_cgroup(r, err))
RUN(do_drop, drop_groups(r, err))
RUN(do_enter, entry_enter(&r->entry, &r->target, err))
RUN(do_dirs, set_dirs(r, err))
RUN(do_environment, set_env(r, err))
RUN(do_join, join_cgroup(r, err))
RUN(do_settle, ids_settle(r, err))
RUN(do_drop_inside, drop_groups_inside(r, err))
RUN(do_become, launch_ids(&r->ids, err))
RUN(do_caps, launch_keep_caps(err))
RUN(do_tie, launch_tie(r->tie, err))

static void undo_target(void *job)
{
	target_close(&((struct run *)job)->target);
}

static void undo_namespaces(void *job)
{
	entry_close(&((struct run *)job)->entry);
}

static void tell_target(const void *job, struct buf *b)
{
	const struct enter_opts *o = ((const struct run *)job)->o;

	if (o->pid)
		buf_printf(b, "process %d", (int)o->pid);
	else
		buf_puts(b, o->name);
}

static void tell_types(const void *job, struct buf *b)
{
	const struct run *r = job;
	const struct enter_opts *o = r->o;
	bool whole = r->all || (o->name && !r->types && !o->has_socket && !o->user_parent);

	buf_puts(b, !whole   ? ""
		    : r->all ? "all of the target"
			     : "that of the target, or all of a container");
	for (unsigned int i = 0, n = 0; !whole && i < NS_TYPES; i++) {
		bool socket = i == NS_NET && o->has_socket, parent = i == NS_USER && o->user_parent;

		if (!(r->types & 1u << i) && !socket && !parent)
			continue;
		buf_printf(b, "%s%s", n++ ? ", " : "", ns_types[i].name);
		if (o->file[i])
			buf_printf(b, " (%s)", o->file[i]);
		if (socket || parent)
			buf_puts(b, socket ? " (of a socket)" : " (the one above)");
	}
}

static void tell_program(const void *job, struct buf *b)
{
	char **argv = ((const struct run *)job)->argv;

	buf_puts(b, argv && argv[0] ? argv[0] : "a login shell");
}

/* What is opened before anything is entered, by its old names and with the old rights. */
static const struct plan_step before[] = {
	{"hold the target", has_target, do_target, undo_target, tell_target},
	{"take the target's SELinux context", follows_context, do_context, NULL, NULL},
	{"open the namespaces", NULL, do_namespaces, undo_namespaces, tell_types},
	{"open the root directory", has_root, do_root, NULL, NULL},
	{"open the working directory", has_wd, do_wd, NULL, NULL},
	{"open the target's environment", has_env, do_env, NULL, NULL},
	{"look at the target's user and group", follows_ids, do_ids, NULL, NULL},
	{"open the target's cgroup", joins, do_cgroup, NULL, NULL},
};

/* This process is in them then, until it ends: nothing of it is undone but by that. */
static const struct plan_step enter[] = {
	{"drop the groups", enters_user, do_drop, NULL, NULL},
	{"enter the namespaces", NULL, do_enter, NULL, NULL},
	{"change the directory", changes_place, do_dirs, NULL, NULL},
	{"take the target's environment", has_env, do_environment, NULL, NULL},
	{"join the target's cgroup", joins, do_join, NULL, NULL},
	{"settle user and group", sets_ids, do_settle, NULL, NULL},
};

static const struct plan_step between[] = {
	{"fork, and wait for the child", forks, NULL, NULL, NULL}};

/* Of who becomes the program. */
static const struct plan_step inside[] = {
	{"drop the groups inside", sets_gid, do_drop_inside, NULL, NULL},
	{"become another user or group", sets_ids, do_become, NULL, NULL},
	{"keep capabilities", keeps_caps, do_caps, NULL, NULL},
	{"give the child its signals", is_child, do_tie, NULL, NULL},
};

static const struct plan_step last[] = {{"run", NULL, NULL, NULL, tell_program}};

static int run_dry(struct run *r)
{
	const struct plan all[] = {
		PLAN(before), PLAN(enter), PLAN(between), PLAN(inside), PLAN(last)};
	auto_buf struct buf b = {0};

	r->types = r->o->types;
	r->all = r->o->all;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		plan_tell(&all[i], r, &b);
	return output_put(&b) ? EXIT_FAIL : EXIT_OK;
}

static int go(struct launch *child, void *ctx)
{
	struct plan plan = PLAN(inside);
	struct run *r = ctx;
	struct err err = {0};
	int status = EXIT_FAIL;

	r->tie = child;
	if (!plan_run(&plan, r, &err))
		status = launch_exec(r->argv, &err);
	log_err(&err);
	return status;
}

/* --- the program --- */

static int run_forked(struct run *r)
{
	/* It stops when the program does; signals end it as they would without us. */
	struct launch_how how = {.signals = LAUNCH_AS_IS, .stop_along = true};
	struct err err = {0};
	struct launch child;
	int ret, status;

	/* Other ids would make the memory that is shared one that may not be looked at. */
	if (r->ids.set_uid || r->ids.set_gid) {
		ret = launch_fork(&how, &child, &err);
		if (!ret && !child.pid)
			return go(&child, r);
	} else {
		ret = launch_spawn(&how, go, r, &child, &err);
	}
	if (!ret)
		ret = launch_wait(&child, &status, &err);
	if (ret) {
		log_err(&err);
		return EXIT_FAIL;
	}
	return launch_exit_status(&child, status);
}

int enter_run(const struct enter_opts *o, char **argv)
{
	struct run r = {.o = o,
		.argv = argv,
		.target = TARGET_NONE,
		.all = o->all,
		.root = -1,
		.wd = -1,
		.env = -1,
		.procs = -1};
	struct plan opening = PLAN(before), entering = PLAN(enter);
	struct err err = {0};

	if (o->dry_run)
		return run_dry(&r);
	sigaction(SIGCHLD, NULL, &r.chld);
	launch_init();
	entry_init(&r.entry);
	if (plan_run(&opening, &r, &err) || plan_run(&entering, &r, &err)) {
		log_err(&err);
		return EXIT_FAIL;
	}
	if (r.types & 1u << NS_PID && !o->no_fork)
		return run_forked(&r);
	/* Without a child the program gets what we got, as from nsenter. */
	sigaction(SIGCHLD, &r.chld, NULL);
	return go(NULL, &r);
}
