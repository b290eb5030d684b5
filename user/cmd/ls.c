// SPDX-License-Identifier: GPL-2.0-or-later
/* ls.c - nswatch ls, and lsns: the options. */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/ls.h"
#include "lib/fd.h"
#include "lib/err.h"
#include "lib/text.h"
#include "lib/parse.h"
#include "snapshot/from_proc.h"
#include "snapshot/named.h"
#include "kernel/nstype.h"
#include "lib/util.h"

/* Bits of options that exclude each other. */
enum {
	EXCL_FORM = 1,  /* --json, --raw */
	EXCL_BARE = 2,  /* --persistent, --task */
	EXCL_SCOPE = 4, /* --all, --hidden, --visible */
	EXCL_WATCH = 8, /* --watch, --diff */
};

static const char *const sources[] = {"auto", "bpf", "proc", NULL};
static const char *const trees[] = {"none", "process", "owner", "parent", NULL};

static int take_type(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct ls_opts *o = opts;
	int type = ns_type_by_name(arg, strlen(arg));

	if (type < 0) {
		err_say(err, -EINVAL, "unknown namespace type: %.64s", arg);
		err_hint(err, "there are mnt, net, ipc, user, pid, uts, cgroup, time");
		return -EINVAL;
	}
	o->types |= 1u << type;
	return 0;
}

static int take_tree(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct ls_opts *o = opts;

	o->has_tree = true;
	o->tree = LS_TREE_OWNER;
	if (!arg)
		return 0;
	if (*arg == '=') /* -T=parent */
		arg++;
	for (int i = LS_TREE_PROCESS; trees[i]; i++) {
		if (!strcmp(arg, trees[i])) {
			o->tree = i;
			return 0;
		}
	}
	err_say(err, -EINVAL, "unknown tree type: %.64s", arg);
	err_hint(err, "there are process, owner, parent");
	return -EINVAL;
}

static int take_by(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct ls_opts *o = opts;

	for (int i = GROUP_CONTAINER; ls_bys[i]; i++) {
		if (!strcmp(arg, ls_bys[i])) {
			o->by = i;
			return 0;
		}
	}
	err_say(err, -EINVAL, "--by: '%.64s' is none of container, unit, user", arg);
	return -EINVAL;
}

static int take_task(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct ls_opts *o = opts;

	o->has_task = true;
	if (!parse_u64(arg, 1, INT32_MAX, &o->task))
		return 0;
	if (named_is_name(arg) && strcmp(log_name(), "lsns") != 0) {
		o->task_name = arg;
		return 0;
	}
	return err_say(err, -EINVAL, "invalid PID argument: '%.64s'", arg);
}

static int take_watch(const struct opt *opt, const char *arg, void *opts, struct err *err)
{
	struct ls_opts *o = opts;

	o->has_watch = true;
	o->watch_ns = 2000000000;
	if (!arg)
		return 0;
	if (parse_duration(arg, &o->watch_ns) || o->watch_ns < 50000000)
		return -EINVAL;
	return 0;
}

#define S struct ls_opts

static const struct opt rows[] = {
	{'t', "type", "TYPE", OPT_CALL(take_type), .complete = OPT_C_TYPE,
		.group = "Which namespaces",
		.help = "only of this type: mnt, net, ipc, user, pid, uts, cgroup, time; may be "
			"given more than once"},
	{'p', "task", "PROCESS", OPT_CALL(take_task), .exclude = EXCL_BARE,
		.complete = OPT_C_PROCESS,
		.help = "only namespaces that this process is in: a pid, a container (web), or a "
			"pid "
			"in it (web:7)"},
	{0, "container", "NAME,...", OPT_LIST(S, containers), .commas = true,
		.complete = OPT_C_BOXES,
		.help = "only namespaces with processes of these containers or units, by name, id "
			"or pod; * and ? as in a "
			"shell"},
	{'P', "persistent", NULL, OPT_FLAG(S, persistent), .exclude = EXCL_BARE,
		.help = "only namespaces without a process"},
	FORM_FILTER_ROW(S, "USER != \"root\" and NPROCS > 1", .group = NULL),
	{0, "visible", NULL, OPT_FLAG(S, visible), .exclude = EXCL_SCOPE,
		.help = "only namespaces that lsns sees"},
	{0, "hidden", NULL, OPT_FLAG(S, hidden), .exclude = EXCL_SCOPE,
		.help = "only namespaces that lsns does not see: kept by threads, by "
			"*_for_children, by bind mounts in other mount namespaces, or only as "
			"parents and owners"},
	{0, "all", NULL, OPT_FLAG(S, all), .exclude = EXCL_SCOPE,
		.help = "both, as without an option (called as lsns: --visible is the default), "
			"and column KEPT in full"},
	{0, "by", "WHAT", OPT_CALL(take_by), .choices = ls_bys + 1, .group = "Who has which",
		.help = "instead of namespaces, a row for each container, systemd unit or user "
			"(WHAT "
			"is container, unit or user) and a column for each type: what it has for "
			"itself (own), with the host, with which other one (=NAME)"},
	FORM_COLUMN_ROWS(S, .group = "What is shown"),
	{0, "output-all", NULL, OPT_FLAG(S, output_all), .help = "all columns"},
	{'l', "list", NULL, OPT_FLAG(S, list), .group = "Form",
		.help = "a list, not a tree; together with --tree the tree is shown, as by lsns"},
	{'T', "tree", "REL", OPT_CALL(take_tree), .arg_optional = true, .choices = trees + 1,
		.help = "a tree by process, parent or owner (the default of REL)"},
	FORM_JSON_ROW(S, EXCL_FORM, .help = "one JSON document"),
	FORM_TEXT_ROWS(S, EXCL_FORM),
	{'W', "nowrap", NULL, OPT_FLAG(S, nowrap),
		.help = "one line per row: mounts joined by ','"},
	FORM_COLOR_ROW(S),
	{0, "watch", "SECONDS", OPT_CALL(take_watch), .arg_optional = true, .exclude = EXCL_WATCH,
		.expect = "a time of 0.05 seconds or more", .group = "Changes",
		.help = "show the list again every SECONDS (2 by default) with changes marked: + "
			"new, - gone, * changed; on a terminal only as many rows as fit"},
	{0, "diff", "FILE", OPT_STR(S, diff), .exclude = EXCL_WATCH, .complete = OPT_C_FILE,
		.help = "only what changed since --json wrote FILE ('-': standard input)"},
	{0, "diff-since", "WHEN", OPT_STR(S, diff_since), .exclude = EXCL_WATCH,
		.help = "only what changed since WHEN, by what `nswatch record` recorded: what "
			"was left behind"},
	LOOKBACK_ROWS(S, past, "the list"),
	{0, "source", "SOURCE", OPT_CHOICE(S, source), .choices = sources, .group = "Source",
		.help = "bpf (a BPF iterator, fast), proc (/proc), or auto: bpf where it works"},
	OPT_HELP_ROWS,
};

#undef S

static const struct opts_pair exits[] = {
	{"0", "done, even if the list is empty"},
	{"1", "failed while running (called as lsns: wrong usage too)"},
	{"2", "wrong usage (called as lsns: see 3)"},
	{"3", "owners or parents were asked for, and the kernel has no NS_GET_USERNS"},
	{0},
};

static const struct opts_pair examples[] = {
	{"nswatch ls",
		"all namespaces, those included that lsns does not show, and what keeps these"},
	{"nswatch ls --visible", "all that lsns shows, at once"},
	{"nswatch ls --hidden -o NS,TYPE,KEPT",
		"namespaces that lsns does not show, and what keeps them"},
	{"nswatch ls --tree=parent -t pid -t user", "nested pid and user namespaces"},
	{"nswatch ls -t net -o NS,DEVS,NSFS,COMMAND", "net namespaces and their devices"},
	{"nswatch ls --json >before; ...; nswatch ls --diff before", "what was left behind"},
	{"nswatch ls --diff-since '1h ago'", "the same by what was recorded"},
	{"nswatch ls --at 'yesterday 03:00'", "namespaces that there were at that time"},
	{"nswatch ls -p docker:web:7",
		"the process that is 7 in that container: its pid here, and its "
		"namespaces"},
	{"nswatch ls --container 'web*'", "namespaces of the containers that are called so"},
	{"nswatch ls --by container", "what each container shares with the host and with others"},
	{"nswatch ls -Q 'USER != \"root\"' --json", "as JSON, for jq"},
	{0},
};

const struct opts_spec ls_spec = {
	.name = "nswatch ls",
	.summary = "List the namespaces of this system, as lsns(8) does, and those that lsns does "
		   "not see.",
	.usage = (const char *const[]){"[OPTION...] [NS]", NULL},
	.rows = rows,
	.nrows = ARRAY_SIZE(rows),
	.permute = true,
	.columns = ls_cols,
	.notes =
		"With NS, the inode number of a namespace (4026532938 or net:[4026532938]), the "
		"processes in that namespace are listed. Columns, order and JSON are those of "
		"lsns of util-linux, and the options mean the same; --visible leaves out what lsns "
		"does not show. Without root the list has what the user may see.",
	.examples = examples,
	.exits = exits,
};

/* Nothing is shown of a process that is hidden, which is told; of one that is not there, as of
 * lsns. */
static int task_hidden(const struct ls *l)
{
	struct err err = {0};

	if (l->o->has_task && !tasks_find(&l->d->tasks, (uint32_t)l->o->task) &&
		procfs_absent((uint32_t)l->o->task, &err) == -EACCES)
		log_err(&err);
	return 0;
}

static int ls_once(struct ls *l, struct err *err)
{
	auto_table struct table t = {0};
	auto_buf struct buf out = {0};
	struct table_style style;
	int ret = ls_table(l, &t, err);

	if (ret)
		return ret;
	ls_style(l, &style);
	if (l->o->has_task && !l->o->form.noheadings && style.form == TABLE_FORM_TEXT &&
		strcmp(log_name(), "lsns") != 0)
		ls_heading(l, &out);
	table_print(&t, &style, &out);
	ret = output_write(&out, err);
	return ret ? ret : task_hidden(l);
}

/* Of namespaces as rows. */
static int by_check(const struct ls_opts *o, const struct opts_rest *rest, struct err *err)
{
	const char *other = rest->argc      ? "a namespace"
			    : o->has_task   ? "--task"
			    : o->persistent ? "--persistent"
			    : o->all        ? "--all"
			    : o->hidden     ? "--hidden"
			    : o->visible    ? "--visible"
			    : o->has_tree   ? "--tree"
			    : o->diff       ? "--diff"
					    : NULL;

	if (!o->by || !other)
		return 0;
	return err_say(err, -EINVAL, "--by %s does not go with %s", ls_bys[o->by], other);
}

/* Of the past only the first process of each set of namespaces is known, and nobody is asked. */
static int past_check(const struct ls_opts *o, const struct opts_rest *rest, struct err *err)
{
	const char *option = o->past.at ? "at" : o->diff_since ? "diff-since" : NULL;
	const char *other = rest->argc                    ? "a namespace"
			    : o->has_task                 ? "--task"
			    : o->by                       ? "--by"
			    : o->source                   ? "--source"
			    : o->past.at && o->has_watch  ? "--watch"
			    : o->past.at && o->diff_since ? "--diff-since"
							  : NULL;

	if (o->past.db && !option)
		return err_say(err, -EINVAL, "--db goes with --at or --diff-since");
	if (!option || !other)
		return 0;
	return err_say(err, -EINVAL, "--%s does not go with %s", option, other);
}

static int operand_take(struct ls_opts *o, const struct opts_rest *rest, struct err *err)
{
	struct ns_ref ref;

	if (!rest->argc)
		return 0;
	if (rest->argc > 1)
		return err_say(err, -EINVAL, "unexpected operand '%.64s'", rest->argv[1]);
	if (o->has_task)
		return err_say(err, -EINVAL, "--task is mutually exclusive with <namespace>");
	if (ns_ref_parse(rest->argv[0], &ref, err)) {
		err_say(err, -EINVAL, "invalid namespace argument: '%.64s'", rest->argv[0]);
		err_hint(err, "4026532938 or net:[4026532938], as `ls -l /proc/PID/ns` shows them");
		return -EINVAL;
	}
	o->ns = ref.inum;
	return 0;
}

/*
 * Tables and buffers grow on the heap, which is neither given back to the kernel
 * nor cut into mappings of their own: faults are a good part of a short run.
 */
static void heap_tune(void)
{
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	mallopt(M_TOP_PAD, 1 << 20);
}

/* lsns has statuses of its own. */
static int usage_status(bool alias)
{
	return alias ? EXIT_FAIL : EXIT_USAGE;
}

static int run_status(int ret, bool alias)
{
	if (ret == -ENOTTY)
		return alias ? 2 : EXIT_CANT;
	return ret ? EXIT_FAIL : EXIT_OK;
}

static int task_find(struct ls_opts *o, struct err *err)
{
	auto_named struct named n = {0};
	int r = named_find(o->task_name, false, &n, err);

	o->task = n.task.pid;
	return r;
}

static int ls_run(const struct ls_opts *o, bool alias, struct err *err)
{
	struct snapshot data = {0};
	struct ls l = {.d = &data};
	int ret;
	int (*run)(struct ls *, struct err *) = o->has_watch    ? ls_watch
						: o->diff       ? ls_diff
						: o->diff_since ? ls_diff_since
								: ls_once;

	heap_tune();
	ret = ls_prepare(&l, o, err) ? usage_status(alias) : run_status(run(&l, err), alias);
	if (ret)
		log_err(err);
	ls_free(&l);
	return ret;
}

static int ls_do(struct ls_opts *o, const struct opts_rest *rest, bool alias)
{
	struct err err = {0};

	if (by_check(o, rest, &err) || past_check(o, rest, &err) || operand_take(o, rest, &err)) {
		log_err(&err);
		return usage_status(alias);
	}
	if (!alias && !o->by && !o->all && !o->visible && !o->hidden)
		o->all = o->unasked = true;
	if (o->task_name && task_find(o, &err)) {
		log_err(&err);
		return EXIT_FAIL;
	}
	if (o->past.at) {
		int r = lookback_begin(&o->past, &err);

		if (r) {
			log_err(&err);
			return r == -EINVAL ? usage_status(alias) : EXIT_FAIL;
		}
	}
	return ls_run(o, alias, &err);
}

int cmd_ls(int argc, char **argv)
{
	bool alias = !strcmp(log_name(), "lsns");
	int ret;
	struct opts_spec spec = ls_spec;
	struct ls_opts o = {0};
	struct opts_rest rest = {0};
	struct err err = {0};

	if (alias)
		spec.name = "lsns";
	ret = opts_parse(&spec, argc, argv, &o, &rest, &err);
	if (ret == OPTS_VERSION && alias) {
		printf("lsns from nswatch %s\n", NSWATCH_VERSION);
		return EXIT_OK;
	}
	if (cmd_opts_done(&spec, ret, &err, &ret))
		return ret == EXIT_USAGE ? usage_status(alias) : ret;
	if (o.form.list_columns)
		return o.by ? output_columns(&o.form, ls_by_cols, "COLUMN", "columns")
			    : output_columns(&o.form, ls_cols, "HOLDER", "lsns-columns");
	ret = ls_do(&o, &rest, alias);
	lookback_end();
	opts_free(&ls_spec, &o);
	return ret;
}
