// SPDX-License-Identifier: GPL-2.0-or-later
/* enter_opts.c - the options of nswatch enter, those of nsenter(1) among them. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "cmd/enter.h"
#include "lib/parse.h"
#include "act/target.h"
#include "lib/util.h"

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

	if (o->pid)
		return err_say(err, -EINVAL, "--target may be given only once");
	return target_parse(arg, &o->pid, &o->inode);
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
	{'t', "target", "PID", OPT_CALL(take_target), .group = "Target", .complete = OPT_C_PID,
		.expect = "PID, or PID:INODE with the inode number of its pidfd",
		.help = "the process whose namespaces (and root, ...) these are; with PID:INODE "
			"only if the pid was not used again"},
	{'a', "all", NULL, OPT_FLAG(S, all),
		.help = "all its namespaces, but the user namespace one is in already"},
	{TYPE('m', "mount", "mounts"), .group = "Namespaces (of the target, or =FILE, or =:NSID)"},
	{TYPE('u', "uts", "host name and domain name")},
	{TYPE('i', "ipc", "System V IPC, POSIX message queues")},
	{TYPE('n', "net", "devices, addresses, routes, sockets")},
	{'N', "net-socket", "FD", OPT_U64(S, socket), .max = INT_MAX, .has = OPT_HAS(S, has_socket),
		.help = "the net namespace of a socket that the target has open"},
	{TYPE('p', "pid", "process ids: the program is run as a child")},
	{TYPE('C', "cgroup", "the root of the cgroup tree")},
	{TYPE('U', "user", "user and group ids, capabilities")},
	{0, "user-parent", NULL, OPT_FLAG(S, user_parent), .help = "the user namespace above that"},
	{TYPE('T', "time", "boot and monotonic clocks")},
	{'S', "setuid", "USER", OPT_CALL(take_setuid), .group = "Process", .choices = follow_words,
		.complete = OPT_C_USER, .expect = "a user's name or number, or follow",
		.help = "become this user, in the numbers of the namespace; follow: the target's "
			"(with --user the default is 0)"},
	{'G', "setgid", "GROUP", OPT_CALL(take_setgid), .choices = follow_words,
		.complete = OPT_C_GROUP, .expect = "a group's name or number, or follow",
		.help = "the same for the group, and drop the others"},
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
	{0, "explain", NULL, OPT_FLAG(S, explain), .group = "Talk",
		.help = "tell every step, and all known reasons of one that fails"},
	{0, "trace", "OPTIONS", OPT_CALL(take_trace), .arg_optional = true,
		.help = "show the events of all this, as nswatch trace does with OPTIONS"},
	OPT_HELP_ROWS,
	/* The last one, which nsenter does not have. */
	{0, "dry-run", NULL, OPT_FLAG(S, dry_run),
		.help = "print the steps that would be taken, one in a line, and do nothing"},
};

#undef S

static const struct opts_pair exits[] = {
	{"126", "the program was found, but could not be run"},
	{"127", "the program was not found"},
	{"1", "anything before that failed (called as nsenter: wrong usage too)"},
	{"2", "wrong usage"},
	{"any", "otherwise that of the program; a signal that ended it ends nswatch too"},
	{0},
};

static const struct opts_pair examples[] = {
	{"nswatch enter -t 4711 -a", "a shell where process 4711 is"},
	{"nswatch enter -t 4711 -m -p ps -ef", "the processes there, by their pids inside"},
	{"nswatch enter lab ip addr", "in the net namespace /run/netns/lab"},
	{"nswatch enter docker:web ip -br addr", "in all namespaces of a container"},
	{"nswatch enter 'net:[4026532938]' ss -tlnp", "in whatever holds it: fd, thread, mount"},
	{"nswatch enter -t 4711 -n --net-socket 7 ip addr", "in the net namespace of its socket 7"},
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
		 "in /run/netns, or a container as nswatch ls names it. It is expected where "
		 "neither --target nor a type with =FILE is given. A container is entered whole if "
		 "no type is given.\n\n"
		 "Without PROGRAM it runs a login shell: $SHELL, that of the passwd entry, or "
		 "/bin/sh. Options and exit statuses are those of nsenter of util-linux; called by "
		 "that name it takes no TARGET. The target process is held from the first look on, "
		 "so that no other that gets its pid is entered.",
	.examples = examples,
	.exits = exits,
};

/* --- what they need --- */

int enter_settle(const struct enter_opts *o, struct err *err)
{
	bool more = o->root.set || o->wd.set || o->wdns || o->env || o->join_cgroup || o->uid.set ||
		    o->gid.set;

	if (o->name || o->types || o->all || o->has_socket || o->user_parent || (more && !o->alias))
		return 0;
	err_say(err, -EINVAL, "no namespace to enter is given");
	if (o->pid)
		err_hint(err, "--all enters all of process %d", (int)o->pid);
	else
		err_hint(err, "%s",
			o->alias ? "see --help"
				 : "name one, or a process: TARGET, --target PID --all");
	return -EINVAL;
}
