// SPDX-License-Identifier: GPL-2.0-or-later
/* enter.c - nswatch enter, and nsenter. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "act/enter.h"
#include "act/find.h"
#include "act/launch.h"
#include "act/plan.h"
#include "act/target.h"
#include "cmd/actions.h"
#include "cmd/cmd.h"
#include "kernel/nstype.h"
#include "lib/err.h"
#include "snapshot/named.h"
#include "lib/fd.h"
#include "lib/parse.h"
#include "lib/util.h"
#include "why/step.h"

/* An id to become. */
struct enter_id {
	bool set, follow; /* follow: the target's */
	uint32_t id;
};

/* A directory: that of the target, or a path. */
struct enter_dir {
	bool set;
	const char *path; /* NULL: the target's */
};

struct enter_opts {
	uint32_t types;             /* asked for, bit per type */
	const char *file[NS_TYPES]; /* FILE or :NSID, NULL: the target's */
	bool all, has_socket, user_parent;
	pid_t pid;               /* 0: no --target, or by a name: */
	const char *target_name; /* NULL: none */
	uint64_t inode;
	uint64_t socket;
	const char *name; /* TARGET, NULL: none */
	struct enter_id uid, gid;
	bool preserve, keep_caps;
	struct enter_dir root, wd;
	const char *wdns;
	bool env, no_fork, join_cgroup, follow_context;
	bool explain, trace, dry_run;
	const char *trace_opts;
	bool alias; /* called as nsenter */
};

/* --- options ---------------------------------------------------------------------------------- */

/* --- readers --- */

/* "-m=FILE", as people write it. */
static const char *plain(const char *arg)
{
	return arg && *arg == '=' ? arg + 1 : arg;
}

static int take_type(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct enter_opts *o = opts;
	int type = ns_type_by_name(opt->name, strlen(opt->name));

	o->types |= 1u << type;
	if (arg)
		o->file[type] = plain(arg);
	return 0;
}

static int take_target(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct enter_opts *o = opts;

	if (o->pid || o->target_name)
		return err_say(err, -EINVAL, "--target may be given only once");
	if (!named_is_name(arg) || !strcmp(log_name(), "nsenter"))
		return target_parse(arg, &o->pid, &o->inode);
	o->target_name = arg;
	return 0;
}

static int take_setuid(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct enter_opts *o = opts;

	o->uid = (struct enter_id){.set = true, .follow = !strcmp(arg, "follow")};
	return o->uid.follow || !parse_user(arg, &o->uid.id) ? 0 : -EINVAL;
}

static int take_setgid(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct enter_opts *o = opts;

	o->gid = (struct enter_id){.set = true, .follow = !strcmp(arg, "follow")};
	return o->gid.follow || !parse_group(arg, &o->gid.id) ? 0 : -EINVAL;
}

static int take_root(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct enter_opts *o = opts;

	o->root = (struct enter_dir){true, plain(arg)};
	return 0;
}

static int take_wd(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct enter_opts *o = opts;

	o->wd = (struct enter_dir){true, plain(arg)};
	return 0;
}

static int take_wdns(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct enter_opts *o = opts;

	o->wdns = plain(arg);
	return 0;
}

static int take_trace(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct enter_opts *o = opts;

	o->trace = true;
	o->trace_opts = arg;
	return 0;
}

/* --- the table --- */

#define S struct enter_opts
#define TYPE(letter, name, text)                                                                   \
	letter, name, "FILE", OPT_CALL(take_type), .arg_optional = true, .complete = OPT_C_FILE,   \
						   .help = text

static const char *const follow_words[] = {"follow", NULL};

static const struct opt rows[] = {
	{'t', "target", "PID", OPT_CALL(take_target), .group = "Target", .complete = OPT_C_PROCESS,
		.expect = "PID, or PID:INODE with the inode number of its pidfd",
		.help = "take the namespaces (and root, ...) of this process; with PID:INODE only "
			"while the pid's pidfd has this inode number; also a container (web), or a "
			"pid in it (web:7)"},
	{'a', "all", NULL, OPT_FLAG(S, all),
		.help = "all its namespaces, without the user namespace if that is nswatch's own"},
	{TYPE('m', "mount", "mounts"), .group = "Namespaces (of the target, or =FILE, or =:NSID)"},
	{TYPE('u', "uts", "host name and domain name")},
	{TYPE('i', "ipc", "System V IPC, POSIX message queues")},
	{TYPE('n', "net", "devices, addresses, routes, sockets")},
	{'N', "net-socket", "FD", OPT_U64(S, socket), .max = INT_MAX, .has = OPT_HAS(S, has_socket),
		.help = "the net namespace of a socket that the target has open"},
	{TYPE('p', "pid", "process ids; the program is run as a child")},
	{TYPE('C', "cgroup", "the root of the cgroup tree")},
	{TYPE('U', "user", "user and group ids, capabilities")},
	{0, "user-parent", NULL, OPT_FLAG(S, user_parent),
		.help = "the parent of that user namespace"},
	{TYPE('T', "time", "boot and monotonic clocks")},
	{'S', "setuid", "USER", OPT_CALL(take_setuid), .group = "Process", .choices = follow_words,
		.complete = OPT_C_USER, .expect = "a user's name or number, or follow",
		.help = "become this user, as the entered user namespace numbers it; follow: the "
			"target's user (with --user the default is 0)"},
	{'G', "setgid", "GROUP", OPT_CALL(take_setgid), .choices = follow_words,
		.complete = OPT_C_GROUP, .expect = "a group's name or number, or follow",
		.help = "the same for the group; all other groups are dropped"},
	{0, "preserve-credentials", NULL, OPT_FLAG(S, preserve),
		.help = "with --user: leave user and groups as they are"},
	{0, "keep-caps", NULL, OPT_FLAG(S, keep_caps),
		.help = "let the program keep the capabilities that --user gives"},
	{'r', "root", "DIR", OPT_CALL(take_root), .arg_optional = true, .complete = OPT_C_DIR,
		.help = "change the root directory to the target's, or DIR"},
	{'w', "wd", "DIR", OPT_CALL(take_wd), .arg_optional = true, .complete = OPT_C_DIR,
		.exclude = 1,
		.help = "change the working directory to the target's, or DIR as seen outside"},
	{'W', "wdns", "DIR", OPT_CALL(take_wdns), .arg_optional = true, .complete = OPT_C_DIR,
		.exclude = 1, .help = "change the working directory to DIR as seen inside"},
	{'e', "env", NULL, OPT_FLAG(S, env), .help = "take the target's environment"},
	{'F', "no-fork", NULL, OPT_FLAG(S, no_fork),
		.help = "with --pid: do not fork; only children enter the PID namespace"},
	{'c', "join-cgroup", NULL, OPT_FLAG(S, join_cgroup),
		.help = "join the target's cgroup (version 2)"},
	{'Z', "follow-context", NULL, OPT_FLAG(S, follow_context),
		.help = "take the target's SELinux context, where SELinux is on"},
	{0, "explain", NULL, OPT_FLAG(S, explain), .group = "Messages",
		.help = "report every step, and all known reasons for one that fails"},
	{0, "trace", "OPTIONS", OPT_CALL(take_trace), .arg_optional = true,
		.help = "show the events of the steps and the program, as nswatch trace does with "
			"OPTIONS"},
	OPT_HELP_ROWS,
	/* The last one, which nsenter does not have. */
	{0, "dry-run", NULL, OPT_FLAG(S, dry_run),
		.help = "print the steps that would be taken, one in a line, and do nothing"},
};

#undef S

static const struct opts_pair exits[] = {
	{"126", "the program was found, but could not be run"},
	{"127", "the program was not found"},
	{"1", "a step before the program failed (called as nsenter: wrong usage too)"},
	{"2", "wrong usage"},
	{"any", "otherwise the status of the program; a signal that ended it ends nswatch too"},
	{0},
};

static const struct opts_pair examples[] = {
	{"nswatch enter -t 4711 -a", "a shell where process 4711 is"},
	{"nswatch enter -t 4711 -m -p ps -ef", "the processes there, by their pids inside"},
	{"nswatch enter lab ip addr", "in the net namespace /run/netns/lab"},
	{"nswatch enter docker:web ip -br addr", "in all namespaces of a container"},
	{"nswatch enter -t docker:web:7 -m sh",
		"in the mount namespace of the process that is 7 there"},
	{"nswatch enter 'net:[4026532938]' ss -tlnp",
		"in a namespace, opened through what keeps it: fd, thread, mount"},
	{"nswatch enter -t 4711 -n --net-socket 7 ip addr",
		"in the net namespace of the socket that is its fd 7"},
	{"nswatch enter --explain -t 4711 -m true", "which calls, and why one fails"},
	{0},
};

const struct opts_spec enter_spec = {
	.name = "nswatch enter",
	.summary = "Run a program in namespaces that exist, as nsenter(1) does.",
	.usage = (const char *const[]){"[OPTION...] TARGET [--] [PROGRAM [ARG...]]",
		"[OPTION...] -t PID [PROGRAM [ARG...]]",
		"[OPTION...] --TYPE=FILE [PROGRAM [ARG...]]", NULL},
	.rows = rows,
	.operand = OPT_C_CONTAINER,
	.nrows = ARRAY_SIZE(rows),
	.notes = "TARGET is a namespace ('net:[4026532938]', a bare inode number, a file), a name "
		 "in /run/netns, a container as nswatch ls names it, or with a pid (web:7) the "
		 "process that has it there. TARGET is needed where "
		 "neither --target nor a type with =FILE is given. All namespaces of a container "
		 "are entered if no type is given.\n\nWithout PROGRAM it runs a login shell: "
		 "$SHELL, that of the passwd entry, or /bin/sh. Options and exit statuses are "
		 "those of nsenter of util-linux; called by that name it takes no TARGET. A pidfd "
		 "holds the target process from the start, so that a new process with the same pid "
		 "is never entered.",
	.examples = examples,
	.exits = exits,
};

/* --- what they need --- */

static int enter_settle(const struct enter_opts *o, struct err *err)
{
	bool more = o->root.set || o->wd.set || o->wdns || o->env || o->join_cgroup || o->uid.set ||
		    o->gid.set;

	if (o->name || o->types || o->all || o->has_socket || o->user_parent || (more && !o->alias))
		return 0;
	err_say(err, -EINVAL, "no namespace to enter is given");
	if (o->pid)
		err_hint(err, "--all enters all of process %d", (int)o->pid);
	else if (o->target_name)
		err_hint(err, "--all enters all of %s", o->target_name);
	else
		err_hint(err, "%s",
			o->alias ? "see --help"
				 : "name one, or a process: TARGET, --target PID --all");
	return -EINVAL;
}

/* --- the steps, in their order ---------------------------------------------------------------- */

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
	if (o->target_name)
		return find_target(o->target_name, &r->target, err);
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

WANTED(has_target, o->pid || o->target_name || o->name)
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
		buf_puts(b, o->target_name ? o->target_name : o->name);
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
	buf_puts(b, actions_program(((const struct run *)job)->argv));
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

	r->types = r->o->types;
	r->all = r->o->all;
	return actions_dry(all, ARRAY_SIZE(all), r);
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

static int enter_run(const struct enter_opts *o, char **argv)
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

/* --- the command ------------------------------------------------------------------------------ */

static bool has_file(const struct enter_opts *o)
{
	for (unsigned int i = 0; i < NS_TYPES; i++)
		if (o->file[i])
			return true;
	return false;
}

/*
 * The program and its arguments. Before them stands the target, if no option names one.
 * nsenter knows no such thing.
 */
static char **program(struct enter_opts *o, const struct opts_rest *rest)
{
	char **argv = rest->argv;

	if (o->alias || o->pid || o->target_name || has_file(o) || rest->dashes || !rest->argc)
		return argv;
	o->name = *argv++;
	if (*argv && !strcmp(*argv, "--"))
		argv++;
	return argv;
}

struct enter_job {
	struct enter_opts *o;
	char **program;
};

static int enter_main(void *ctx)
{
	const struct enter_job *job = ctx;
	int r = actions_begin(job->o->explain);

	if (r)
		return r;
	return enter_run(job->o, job->program);
}

int cmd_enter(int argc, char **argv)
{
	bool alias = !strcmp(log_name(), "nsenter");
	int usage = alias ? EXIT_FAIL : EXIT_USAGE, ret;
	struct enter_opts o = {.alias = alias};
	struct opts_spec spec = enter_spec;
	struct opts_rest rest = {0};
	struct err err = {0};
	struct enter_job job = {.o = &o};

	step_speak_as(STEP_BY_ENTER);
	if (alias) {
		spec.name = "nsenter";
		spec.nrows--; /* --dry-run */
		spec.usage = (const char *const[]){"[OPTION...] [PROGRAM [ARG...]]", NULL};
	}
	ret = opts_parse(&spec, argc, argv, &o, &rest, &err);
	if (ret == OPTS_VERSION && alias) {
		printf("nsenter from nswatch %s\n", NSWATCH_VERSION);
		return EXIT_OK;
	}
	if (cmd_opts_done(&spec, ret, &err, &ret))
		return ret == EXIT_USAGE ? usage : ret;
	job.program = program(&o, &rest);
	if (enter_settle(&o, &err)) {
		log_err(&err);
		return usage;
	}
	if (o.trace && !o.dry_run)
		return actions_trace(o.trace_opts, argv, enter_main, &job);
	return enter_main(&job);
}
