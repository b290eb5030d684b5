// SPDX-License-Identifier: GPL-2.0-or-later
/* create.c - nswatch create, and unshare. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "act/init.h"
#include "act/launch.h"
#include "act/newns.h"
#include "act/pin.h"
#include "act/plan.h"
#include "cmd/actions.h"
#include "cmd/cmd.h"
#include "kernel/nstype.h"
#include "lib/err.h"
#include "lib/fd.h"
#include "lib/parse.h"
#include "lib/util.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

struct create_opts {
	struct newns ns;
	struct newmounts mounts;
	struct pins pins;
	struct launch_how how;
	struct launch_ids ids;
	struct opt_list keep_env;
	bool fork, forward, init, keep_caps, clear_env;
	bool mount_proc, mount_binfmt;
	bool no_warn, explain, trace, dry_run;
	const char *trace_opts;
	bool alias; /* called as unshare */
};

/* --- options ---------------------------------------------------------------------------------- */

/* --- readers --- */

static int take_type(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct create_opts *o = opts;
	int type = ns_type_by_name(opt->name, strlen(opt->name));

	o->ns.flags |= ns_types[type].flag;
	if (arg)
		pins_set(&o->pins, (unsigned int)type, arg);
	return 0;
}

static int take_user(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct create_opts *o = opts;

	o->ns.flags |= CLONE_NEWUSER;
	return parse_user(arg, &o->ns.map_user) ? -EINVAL : 0;
}

static int take_group(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct create_opts *o = opts;

	o->ns.flags |= CLONE_NEWUSER;
	return parse_group(arg, &o->ns.map_group) ? -EINVAL : 0;
}

static int take_root(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct create_opts *o = opts;

	o->ns.flags |= CLONE_NEWUSER;
	o->ns.map_user = o->ns.map_group = 0;
	return 0;
}

static int take_current(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct create_opts *o = opts;

	o->ns.flags |= CLONE_NEWUSER;
	o->ns.map_user = o->ns.euid;
	o->ns.map_group = o->ns.egid;
	return 0;
}

/* Of users and groups the same, but for the files. */
static int take_ranges(struct create_opts *o, int groups, const char *arg, struct err *err)
{
	struct idmap *m = groups ? &o->ns.groups : &o->ns.users;
	const char *file = groups ? "/etc/subgid" : "/etc/subuid";
	struct idmap_range r;

	o->ns.flags |= CLONE_NEWUSER;
	if (!strcmp(arg, "auto") || !strcmp(arg, "subids"))
		return idmap_add_subids(m, file, o->ns.euid, *arg == 's', err);
	if (!strcmp(arg, "all"))
		return idmap_add_all(m, groups ? "/proc/self/gid_map" : "/proc/self/uid_map", err);
	if (idmap_range_parse(arg, &r))
		return -EINVAL;
	return idmap_add(m, r);
}

static int take_users(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	return take_ranges(opts, 0, arg, err);
}

static int take_groups(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	return take_ranges(opts, 1, arg, err);
}

/* --map-auto, --map-subids */
static int take_both(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	const char *what = opt->name + strlen("map-");
	int r = take_ranges(opts, 0, what, err);

	return r ? r : take_ranges(opts, 1, what, err);
}

static int take_owner(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct create_opts *o = opts;
	const char *colon = strchr(arg, ':');
	char user[16];
	uint64_t u, g;

	if (!colon || (size_t)(colon - arg) >= sizeof(user))
		return -EINVAL;
	memcpy(user, arg, (size_t)(colon - arg));
	user[colon - arg] = '\0';
	if (parse_u64(user, 0, UINT32_MAX - 1, &u) || parse_u64(colon + 1, 0, UINT32_MAX - 1, &g))
		return -EINVAL;
	o->ns.flags |= CLONE_NEWUSER;
	o->ns.has_owner = true;
	o->ns.owner_user = (uint32_t)u;
	o->ns.owner_group = (uint32_t)g;
	return 0;
}

static const char *const propagations[] = {"private", "shared", "slave", "unchanged", NULL};

static int take_propagation(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	static const unsigned long flags[] = {
		MS_REC | MS_PRIVATE, MS_REC | MS_SHARED, MS_REC | MS_SLAVE, 0};
	struct create_opts *o = opts;

	for (int i = 0; propagations[i]; i++) {
		if (strcmp(propagations[i], arg) != 0)
			continue;
		o->mounts.propagation = flags[i];
		return 0;
	}
	return -EINVAL;
}

static const char *const setgroups_words[] = {"deny", "allow", NULL};

static int take_setgroups(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct create_opts *o = opts;

	for (int i = 0; setgroups_words[i]; i++) {
		if (strcmp(setgroups_words[i], arg) != 0)
			continue;
		o->ns.setgroups = i ? NEWNS_GROUPS_ALLOW : NEWNS_GROUPS_DENY;
		return 0;
	}
	return -EINVAL;
}

static int take_kill(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct create_opts *o = opts;

	o->fork = true;
	o->how.kill_child = SIGKILL;
	return arg ? launch_signal_parse(arg, &o->how.kill_child) : 0;
}

static int take_proc(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct create_opts *o = opts;

	o->ns.flags |= CLONE_NEWNS;
	o->mounts.proc = arg ? arg : "/proc";
	return 0;
}

static int take_binfmt(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct create_opts *o = opts;

	o->ns.flags |= CLONE_NEWNS | CLONE_NEWUSER;
	o->mounts.binfmt = arg;
	o->mount_binfmt = true;
	return 0;
}

static int take_interp(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct create_opts *o = opts;

	o->ns.flags |= CLONE_NEWNS | CLONE_NEWUSER;
	o->mounts.interp = arg;
	return 0;
}

static int take_setuid(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct create_opts *o = opts;

	o->ids.set_uid = true;
	return parse_user(arg, &o->ids.uid) ? -EINVAL : 0;
}

static int take_setgid(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct create_opts *o = opts;

	o->ids.set_gid = o->ids.drop_groups = true;
	return parse_group(arg, &o->ids.gid) ? -EINVAL : 0;
}

static int seconds(const char *arg, int64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoll(arg, &end, 10);
	return errno || end == arg || *end ? -EINVAL : 0;
}

static int take_monotonic(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct create_opts *o = opts;

	o->ns.has_monotonic = true;
	return seconds(arg, &o->ns.monotonic);
}

static int take_boottime(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct create_opts *o = opts;

	o->ns.has_boottime = true;
	return seconds(arg, &o->ns.boottime);
}

static int take_trace(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct create_opts *o = opts;

	o->trace = true;
	o->trace_opts = arg;
	return 0;
}

/* --- the table --- */

#define S struct create_opts
#define TYPE(letter, name, text)                                                                   \
	letter, name, "FILE", OPT_CALL(take_type), .arg_optional = true, .letter_plain = true,     \
						   .complete = OPT_C_FILE, .help = text

static const char *const ranges_words[] = {"auto", "subids", "all", NULL};

static const struct opt rows[] = {
	{TYPE('i', "ipc", "System V IPC, POSIX message queues"),
		.group = "New namespaces (with FILE, kept by a bind mount there)"},
	{TYPE('m', "mount", "mounts")},
	{TYPE('n', "net", "devices, addresses, routes, sockets")},
	{TYPE('p', "pid", "process ids of the children; see --fork")},
	{TYPE('u', "uts", "host name and domain name")},
	{TYPE('U', "user", "user and group ids, capabilities")},
	{TYPE('C', "cgroup", "the root of the cgroup tree")},
	{TYPE('T', "time", "boot and monotonic clocks")},
	{'f', "fork", NULL, OPT_FLAG(S, fork), .group = "Process",
		.help = "run the program as a child, which --pid needs: the first child is pid 1"},
	{0, "init", NULL, OPT_FLAG(S, init),
		.help = "with --pid: nswatch is pid 1, reaps orphans and passes on signals, and "
			"the program is pid 2 (implies --fork)"},
	{0, "kill-child", "SIGNAL", OPT_CALL(take_kill), .arg_optional = true,
		.expect = "a signal's name",
		.help = "send the program SIGKILL (or SIGNAL) when this process dies "
			"(implies --fork)"},
	{0, "forward-signals", NULL, OPT_FLAG(S, forward),
		.help = "pass SIGTERM and SIGINT on to the program (implies --fork)"},
	{'R', "root", "DIR", OPT_STR(S, mounts.root), .complete = OPT_C_DIR,
		.help = "change the root directory"},
	{'w', "wd", "DIR", OPT_STR(S, mounts.wd), .complete = OPT_C_DIR,
		.help = "change the working directory, after --root"},
	{'S', "setuid", "USER", OPT_CALL(take_setuid), .complete = OPT_C_USER,
		.expect = "a user's name or number",
		.help = "become this user, as the new namespace numbers it"},
	{'G', "setgid", "GROUP", OPT_CALL(take_setgid), .complete = OPT_C_GROUP,
		.expect = "a group's name or number",
		.help = "become this group and drop the others"},
	{0, "keep-caps", NULL, OPT_FLAG(S, keep_caps),
		.help = "let the program keep the capabilities that --user gives"},
	{0, "clear-env", NULL, OPT_FLAG(S, clear_env), .help = "start it without environment"},
	{0, "whitelist-env", "NAME,...", OPT_LIST(S, keep_env), .commas = true,
		.help = "start it with these environment variables only"},
	{0, "mount-proc", "DIR", OPT_CALL(take_proc), .arg_optional = true, .complete = OPT_C_DIR,
		.group = "Mounts (imply --mount)",
		.help = "mount a new proc at /proc or DIR, to match --pid"},
	{0, "mount-binfmt", "DIR", OPT_CALL(take_binfmt), .arg_optional = true,
		.complete = OPT_C_DIR,
		.help = "mount the binfmt_misc of the new user namespace at its usual place or DIR "
			"(implies --user)"},
	{'l', "load-interp", "STRING", OPT_CALL(take_interp),
		.help = "register this interpreter in that binfmt_misc: "
			":name:type:offset:magic:mask:interpreter:flags"},
	{0, "propagation", "MODE", OPT_CALL(take_propagation), .choices = propagations,
		.expect = "one of private, shared, slave, unchanged",
		.help = "set the propagation of all mounts: private (the default), shared, slave, "
			"unchanged"},
	{'r', "map-root-user", NULL, OPT_CALL(take_root), .group = "Ids (imply --user)",
		.help = "map the caller's user and group to root"},
	{'c', "map-current-user", NULL, OPT_CALL(take_current),
		.help = "map the caller's user and group to themselves"},
	{0, "map-user", "USER", OPT_CALL(take_user), .complete = OPT_C_USER,
		.expect = "a user's name or number", .help = "map the caller's user to this one"},
	{0, "map-group", "GROUP", OPT_CALL(take_group), .complete = OPT_C_GROUP,
		.expect = "a group's name or number", .help = "map the caller's group to this one"},
	{0, "map-users", "IN:OUT:COUNT", OPT_CALL(take_users), .choices = ranges_words,
		.expect = "IN:OUT:COUNT, auto, subids or all",
		.help = "map COUNT users, the first being OUT, to numbers from IN on; auto: the "
			"range of /etc/subuid to numbers from 0 on; subids: that range to itself; "
			"all: every user to itself; may be given more than once"},
	{0, "map-groups", "IN:OUT:COUNT", OPT_CALL(take_groups), .choices = ranges_words,
		.expect = "IN:OUT:COUNT, auto, subids or all",
		.help = "the same for groups, with /etc/subgid"},
	{0, "map-auto", NULL, OPT_CALL(take_both), .help = "--map-users=auto --map-groups=auto"},
	{0, "map-subids", NULL, OPT_CALL(take_both),
		.help = "--map-users=subids --map-groups=subids"},
	{0, "owner", "UID:GID", OPT_CALL(take_owner), .expect = "UID:GID",
		.help = "user and group that own the new user namespace"},
	{0, "setgroups", "WORD", OPT_CALL(take_setgroups), .choices = setgroups_words,
		.expect = "one of deny, allow",
		.help = "deny or allow setgroups(2) in the new user namespace"},
	{0, "monotonic", "SECONDS", OPT_CALL(take_monotonic), .expect = "a number of seconds",
		.group = "Clocks (with --time)", .help = "add to CLOCK_MONOTONIC"},
	{0, "boottime", "SECONDS", OPT_CALL(take_boottime), .expect = "a number of seconds",
		.help = "add to CLOCK_BOOTTIME"},
	{0, "explain", NULL, OPT_FLAG(S, explain), .group = "Messages",
		.help = "report every step, and all known reasons for one that fails"},
	{0, "trace", "OPTIONS", OPT_CALL(take_trace), .arg_optional = true,
		.help = "show the events of the steps and the program, as nswatch trace does with "
			"OPTIONS"},
	{0, "no-warn", NULL, OPT_FLAG(S, no_warn), .help = "no warning about --pid without --fork"},
	OPT_HELP_ROWS,
	/* The last one, which unshare does not have. */
	{0, "dry-run", NULL, OPT_FLAG(S, dry_run),
		.help = "print the steps that would be taken, one in a line, and do nothing"},
};

#undef S

static const struct opts_pair exits[] = {
	{"126", "the program was found, but could not be run"},
	{"127", "the program was not found"},
	{"1", "a step before the program failed (called as unshare: wrong usage too)"},
	{"2", "wrong usage"},
	{"any", "otherwise the status of the program; a signal that ended it ends nswatch too"},
	{0},
};

static const struct opts_pair examples[] = {
	{"nswatch create -p -f --mount-proc", "a shell that is pid 1, with a /proc to match"},
	{"nswatch create -r -n", "without root: a shell as root without network"},
	{"nswatch create --net=/run/netns/lab true", "a net namespace that stays"},
	{"nswatch create -p -f --init --mount-proc make", "with a pid 1 that reaps orphans"},
	{"nswatch create -T -f --boottime 86400 uptime", "the boot clock is a day ahead"},
	{"nswatch create --trace -u -p -i sh -c 'date; ls'", "what happens, and why ls fails"},
	{0},
};

const struct opts_spec create_spec = {
	.name = "nswatch create",
	.summary = "Run a program in new namespaces, as unshare(1) does.",
	.usage = (const char *const[]){"[OPTION...] [PROGRAM [ARG...]]", NULL},
	.rows = rows,
	.nrows = ARRAY_SIZE(rows),
	.notes = "Without PROGRAM it runs a login shell: $SHELL, that of the passwd entry, or "
		 "/bin/sh. Options, order and exit statuses are those of unshare of util-linux. If "
		 "a step fails, a message says why the kernel refused it and what to do, and the "
		 "mounts and files that earlier steps made are removed.",
	.examples = examples,
	.exits = exits,
};

/* --- what they imply --- */

static int create_settle(struct create_opts *o, struct err *err)
{
	if ((o->ns.has_monotonic || o->ns.has_boottime) && !(o->ns.flags & CLONE_NEWTIME))
		return err_say(err, -EINVAL, "--monotonic and --boottime need --time");
	if (o->init && !(o->ns.flags & CLONE_NEWPID))
		return err_say(err, -EINVAL, "--init needs --pid: pid 1 of what?");
	if (o->ns.setgroups == NEWNS_GROUPS_ALLOW && o->ns.map_group != IDMAP_NONE &&
		!o->ns.groups.n && !o->ns.has_owner) {
		err_say(err, -EINVAL, "--setgroups=allow and --map-group exclude each other");
		err_hint(err, "map ranges of groups: --map-groups, --map-auto");
		return -EINVAL;
	}
	if (o->mounts.interp)
		o->mount_binfmt = true;
	if (o->mount_binfmt && !o->mounts.binfmt) {
		o->mounts.binfmt = BINFMT_DIR;
		if (!o->mounts.proc)
			o->mounts.proc = "/proc";
	}
	o->mounts.mnt = o->ns.flags & CLONE_NEWNS;
	o->fork = o->fork || o->init || o->forward;
	o->how.signals = o->init ? LAUNCH_PASS_ALL : o->forward ? LAUNCH_PASS : LAUNCH_HOLD;
	return newns_prepare(&o->ns) ? err_set(err, -ENOMEM, "options") : 0;
}

/* --- the steps, in their order ---------------------------------------------------------------- */

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

static void tell_map(struct buf *b, size_t start, const char *what, const struct idmap *m)
{
	for (size_t i = 0; i < m->n; i++)
		buf_printf(b, "%s%s %u:%u:%u", b->len > start ? ", " : "", what, m->v[i].inner,
			m->v[i].outer, m->v[i].count);
}

static void tell_ranges(const void *job, struct buf *b)
{
	const struct newns *n = &((const struct run *)job)->o->ns;
	size_t start = b->len;

	tell_map(b, start, "users", &n->users);
	tell_map(b, start, "groups", &n->groups);
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
	buf_puts(b, actions_program(((const struct run *)job)->argv));
}

TELL(tell_owner, "user %u, group %u", o->ns.owner_user, o->ns.owner_group)
TELL(tell_user, "%u inside is %u outside", o->ns.map_user, o->ns.euid)
TELL(tell_group, "%u inside is %u outside", o->ns.map_group, o->ns.egid)
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
	{"keep the pins", pins_here, keep_pins, NULL, NULL},
};

static const struct plan_step last[] = {{"run", NULL, NULL, NULL, tell_program}};

static int run_dry(const struct run *r)
{
	const struct plan all[] = {PLAN(before), PLAN(between), PLAN(inside), PLAN(last)};

	return actions_dry(all, ARRAY_SIZE(all), r);
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
	int gate[2] = {-1, -1}, report[2] = {-1, -1}, ret = 0;
	struct err err = {0};

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

static int create_run(struct create_opts *o, char **argv)
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

/* --- the command ------------------------------------------------------------------------------ */

/*
 * pid 1 of the new pid namespace will be the first child of the program: a surprise that
 * most only understand after "fork: Cannot allocate memory".
 */
static void children_warn(const struct create_opts *o)
{
	if (!(o->ns.flags & CLONE_NEWPID) || o->fork || o->no_warn || !isatty(STDERR_FILENO))
		return;
	log_say("--pid without --fork: only children of the program enter the new PID namespace,");
	log_say("and when the first of them ends no other can be started; --fork helps");
}

static void opts_init(struct create_opts *o)
{
	*o = (struct create_opts){0};
	pins_init(&o->pins);
	o->ns.map_user = o->ns.map_group = IDMAP_NONE;
	o->ns.euid = geteuid();
	o->ns.egid = getegid();
	/* The kernel's own default, and unshare's. */
	o->mounts.propagation = MS_REC | MS_PRIVATE;
}

struct create_job {
	struct create_opts *o;
	char **program;
};

static int create_main(void *ctx)
{
	const struct create_job *job = ctx;
	int r = actions_begin(job->o->explain);

	if (r)
		return r;
	children_warn(job->o);
	return create_run(job->o, job->program);
}

int cmd_create(int argc, char **argv)
{
	bool alias = !strcmp(log_name(), "unshare");
	int usage = alias ? EXIT_FAIL : EXIT_USAGE, ret;
	struct opts_spec spec = create_spec;
	struct opts_rest rest = {0};
	struct create_opts o;
	struct create_job job = {.o = &o};
	struct err err = {0};

	opts_init(&o);
	o.alias = alias;
	if (alias) {
		spec.name = "unshare";
		spec.nrows--; /* --dry-run */
	}
	ret = opts_parse(&spec, argc, argv, &o, &rest, &err);
	if (ret == OPTS_VERSION && alias) {
		printf("unshare from nswatch %s\n", NSWATCH_VERSION);
		return EXIT_OK;
	}
	if (cmd_opts_done(&spec, ret, &err, &ret))
		return ret == EXIT_USAGE ? usage : ret;
	if (create_settle(&o, &err)) {
		log_err(&err);
		return usage;
	}
	job.program = rest.argv;
	if (o.trace && !o.dry_run)
		return actions_trace(o.trace_opts, argv, create_main, &job);
	return create_main(&job);
}
