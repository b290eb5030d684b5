// SPDX-License-Identifier: GPL-2.0-or-later
/* create_opts.c - the options of nswatch create, those of unshare(1) among them. */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "cmd/create.h"
#include "lib/parse.h"
#include "kernel/nstype.h"
#include "lib/util.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

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
		.group = "New namespaces (each kept by a bind mount at FILE)"},
	{TYPE('m', "mount", "mounts")},
	{TYPE('n', "net", "devices, addresses, routes, sockets")},
	{TYPE('p', "pid", "process ids, of children: see --fork")},
	{TYPE('u', "uts", "host name and domain name")},
	{TYPE('U', "user", "user and group ids, capabilities")},
	{TYPE('C', "cgroup", "the root of the cgroup tree")},
	{TYPE('T', "time", "boot and monotonic clocks")},
	{'f', "fork", NULL, OPT_FLAG(S, fork), .group = "Process",
		.help = "run the program as a child, which --pid needs: the first child is pid 1"},
	{0, "init", NULL, OPT_FLAG(S, init),
		.help = "with --pid: be pid 1 oneself, with the program as pid 2; reap orphans, "
			"pass on signals (implies --fork)"},
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
		.help = "become this user, in the numbers of the new namespace"},
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
		.help = "mount a binfmt_misc of one's own at its usual place or DIR "
			"(implies --user)"},
	{'l', "load-interp", "STRING", OPT_CALL(take_interp),
		.help = "register this interpreter there: "
			":name:type:offset:magic:mask:interpreter:flags"},
	{0, "propagation", "MODE", OPT_CALL(take_propagation), .choices = propagations,
		.expect = "one of private, shared, slave, unchanged",
		.help = "of all mounts: private (the default), shared, slave, unchanged"},
	{'r', "map-root-user", NULL, OPT_CALL(take_root), .group = "Ids (imply --user)",
		.help = "map the user and group to root"},
	{'c', "map-current-user", NULL, OPT_CALL(take_current),
		.help = "map the user and group to themselves"},
	{0, "map-user", "USER", OPT_CALL(take_user), .complete = OPT_C_USER,
		.expect = "a user's name or number", .help = "map the user to this one"},
	{0, "map-group", "GROUP", OPT_CALL(take_group), .complete = OPT_C_GROUP,
		.expect = "a group's name or number", .help = "map the group to this one"},
	{0, "map-users", "IN:OUT:COUNT", OPT_CALL(take_users), .choices = ranges_words,
		.expect = "IN:OUT:COUNT, auto, subids or all",
		.help = "map COUNT users from OUT on to IN on; auto: the range of /etc/subuid to 0 "
			"on; subids: that range to itself; all: every user to itself; may be given "
			"more than once"},
	{0, "map-groups", "IN:OUT:COUNT", OPT_CALL(take_groups), .choices = ranges_words,
		.expect = "IN:OUT:COUNT, auto, subids or all",
		.help = "the same for groups, with /etc/subgid"},
	{0, "map-auto", NULL, OPT_CALL(take_both), .help = "--map-users=auto --map-groups=auto"},
	{0, "map-subids", NULL, OPT_CALL(take_both),
		.help = "--map-users=subids --map-groups=subids"},
	{0, "owner", "UID:GID", OPT_CALL(take_owner), .expect = "UID:GID",
		.help = "who owns the new user namespace"},
	{0, "setgroups", "WORD", OPT_CALL(take_setgroups), .choices = setgroups_words,
		.expect = "one of deny, allow", .help = "deny or allow setgroups(2) there"},
	{0, "monotonic", "SECONDS", OPT_CALL(take_monotonic), .expect = "a number of seconds",
		.group = "Clocks (with --time)", .help = "add to CLOCK_MONOTONIC"},
	{0, "boottime", "SECONDS", OPT_CALL(take_boottime), .expect = "a number of seconds",
		.help = "add to CLOCK_BOOTTIME"},
	{0, "explain", NULL, OPT_FLAG(S, explain), .group = "Talk",
		.help = "tell every step, and all known reasons of one that fails"},
	{0, "trace", "OPTIONS", OPT_CALL(take_trace), .arg_optional = true,
		.help = "show the events of all this, as nswatch trace does with OPTIONS"},
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
	{"1", "anything before that failed (called as unshare: wrong usage too)"},
	{"2", "wrong usage"},
	{"any", "otherwise that of the program; a signal that ended it ends nswatch too"},
	{0},
};

static const struct opts_pair examples[] = {
	{"nswatch create -p -f --mount-proc", "a shell that is pid 1, with a /proc to match"},
	{"nswatch create -r -n", "without root: a shell as root without network"},
	{"nswatch create --net=/run/netns/lab true", "a net namespace that stays"},
	{"nswatch create -p -f --init --mount-proc make", "with a pid 1 that reaps orphans"},
	{"nswatch create -T -f --boottime 86400 uptime", "a day later"},
	{"nswatch create --trace -u -p -i sh -c 'date; ls'", "what happens, and why ls fails"},
	{0},
};

const struct opts_spec create_spec = {
	.name = "nswatch create",
	.summary = "Run a program in new namespaces, as unshare(1) does.",
	.usage = (const char *const[]){"[OPTION...] [PROGRAM [ARG...]]", NULL},
	.rows = rows,
	.nrows = ARRAY_SIZE(rows),
	.notes =
		"Without PROGRAM it runs a login shell: $SHELL, that of the passwd entry, or "
		"/bin/sh. Options, order and exit statuses are those of unshare of util-linux. "
		"If a step fails, it says why the kernel refused it and what to do, and mounts and "
		"files that were made before are undone.",
	.examples = examples,
	.exits = exits,
};

/* --- what they imply --- */

int create_settle(struct create_opts *o, struct err *err)
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
