// SPDX-License-Identifier: GPL-2.0-or-later
/* netns.c - nswatch netns: the options and its commands. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cmd/netns.h"
#include "lib/caps.h"
#include "lib/err.h"
#include "lib/text.h"
#include "lib/util.h"

#define S struct netns_opts

static const struct opt rows[] = {
	{'a', "all", NULL, OPT_FLAG(S, all), .group = "Which names",
		.help = "all names (delete, exec); -all is taken too, as by ip"},
	{'l', NULL, NULL, OPT_FLAG(S, l), .hidden = true, .help = "the rest of -all"},
	{'f', "force", NULL, OPT_FLAG(S, force),
		.help = "delete: also a name on whose file another mount namespace has mounted a "
			"net namespace, which loses that mount and may end"},
	{'d', "details", NULL, OPT_FLAG(S, details), .group = "What list shows",
		.help = "with more than 100 names too, show what is in each namespace and what "
			"keeps it: processes, devices, addresses, mounts"},
	{0, "container", "NAME,...", OPT_LIST(S, containers), .commas = true,
		.complete = OPT_C_BOXES,
		.help = "list: only names of net namespaces with processes of these containers or "
			"units, by name, id or pod; * and ? as in a "
			"shell"},
	FORM_FILTER_ROW(S, "NPROCS == 0 and KEPT =~ \"fd\"", .group = NULL),
	FORM_COLUMN_ROWS(S, .group = NULL),
	FORM_JSON_ROW(
		S, 1, .group = "Form", .help = "one JSON document; monitor: an object per line"),
	FORM_TEXT_ROWS(S, 1),
	FORM_COLOR_ROW(S),
	LOOKBACK_ROWS(S, past, "list: the names"),
	{0, "ip", NULL, OPT_FLAG(S, ip), .group = "As ip-netns(8)",
		.help = "as the first word: the words after it are read as by `ip netns`, and "
			"output and exit status are those of ip; the same when called as ip-netns"},
	OPT_HELP_ROWS,
};

#undef S

static const struct opts_pair exits[] = {
	{"0", "done; exec: the command ended with 0"},
	{"1", "failed while running"},
	{"2", "wrong usage"},
	{"3", "the rights or the kernel do not allow it"},
	{"126, 127", "exec: the command could not be run, or was not found"},
	{"others", "exec: the command's status; with --all the first that was not 0"},
	{0},
};

static const struct opts_pair examples[] = {
	{"nswatch netns", "the names and ids"},
	{"nswatch netns -d", "also what is in each namespace, and what keeps it"},
	{"nswatch netns add blue", "a new net namespace with that name"},
	{"nswatch netns attach bbox 4711", "a name for the net namespace of process 4711"},
	{"nswatch netns exec blue ip addr", "a command in that net namespace"},
	{"nswatch netns delete blue", "remove the name, and say what else keeps the namespace"},
	{"nswatch netns list --at '1h ago'", "the names of an hour ago, as they were recorded"},
	{"nswatch netns list -o NAME,NSID --json", "names and ids, as JSON"},
	{"nswatch netns list -Q 'NPROCS == 0 and DEVS =~ \"eth\"'",
		"net namespaces with devices but without processes"},
	{"nswatch netns --ip -j list", "the same as `ip -j netns list` prints it"},
	{0},
};

const struct opts_spec netns_spec = {
	.name = "nswatch netns",
	.summary = "Make, list, enter and remove named net namespaces, as ip-netns(8) does.",
	.usage = (const char *const[]){"[OPTION...] [list]", "add NAME", "attach NAME PID|NS",
		"delete NAME | --all delete", "exec NAME CMD [ARG...] | --all exec CMD [ARG...]",
		"identify [PID|CONTAINER]", "pids NAME", "set NAME NSID|auto",
		"list-id [target-nsid N] [nsid N]", "monitor",
		"--ip [OPTION...] [netns] [COMMAND [ARG...]]", NULL},
	.rows = rows,
	.operand = OPT_C_NETNS_DO,
	.columns = netns_cols,
	.nrows = ARRAY_SIZE(rows),
	.notes = "Names are files below /run/netns, on which the namespaces are mounted: the same "
		 "files that ip(8) makes and uses. Any unambiguous beginning of a command will do.",
	.examples = examples,
	.exits = exits,
};

static const struct {
	const char *name;
	const char *operands; /* for messages, "" where it takes none */
	int min, max;
	bool all;  /* --all instead of the first operand */
	bool acts; /* with the user's own rights alone */
	int (*run)(struct netns *n, char **args);
} subs[] = {
	{"list", "", 0, 0, false, false, netns_list},
	{"show", "", 0, 0, false, false, netns_list},
	{"lst", "", 0, 0, false, false, netns_list},
	{"list-id", "[target-nsid N] [nsid N]", 0, 4, false, false, netns_list_id},
	{"add", "NAME", 1, 1, false, true, netns_add},
	{"attach", "NAME PID", 2, 2, false, true, netns_attach},
	{"delete", "NAME", 1, 1, true, true, netns_delete},
	{"exec", "NAME CMD", 2, INT_MAX, true, true, netns_exec},
	{"identify", "[PID]", 0, 1, false, false, netns_identify},
	{"pids", "NAME", 1, 1, false, false, netns_pids},
	{"set", "NAME NSID", 2, 2, false, true, netns_set},
	{"monitor", "", 0, 0, false, false, netns_monitor},
};

#define NSUBS (ARRAY_SIZE(subs))

int netns_wrong(const struct err *err)
{
	log_err(err);
	if (!err->hint[0])
		log_say("`nswatch netns --help` says more");
	return EXIT_USAGE;
}

int netns_socket(struct netns *n, struct err *err)
{
	return n->nl.sock ? 0 : netlink_open(&n->nl, err);
}

/* As ip does it, a beginning is enough; the first in the table that fits. */
static int sub_find(const char *name)
{
	for (size_t i = 0; i < NSUBS; i++)
		if (!strcmp(subs[i].name, name))
			return (int)i;
	for (size_t i = 0; *name && i < NSUBS; i++)
		if (!strncmp(subs[i].name, name, strlen(name)))
			return (int)i;
	return -1;
}

static int sub_unknown(const char *name)
{
	struct near near = near_to(name, strlen(name));
	struct err err = {0};

	for (size_t i = 0; i < NSUBS; i++)
		near_try(&near, subs[i].name);
	err_say(&err, -EINVAL, "netns has no command '%.64s'", name);
	if (near.best)
		err_hint(&err, "did you mean '%s'?", near.best);
	return netns_wrong(&err);
}

static int sub_run(struct netns *n, int sub, const struct opts_rest *rest)
{
	bool all = n->o->all;
	int less = all && subs[sub].all;
	struct err err = {0};

	if (all && !subs[sub].all)
		err_say(&err, -EINVAL, "--all goes with delete and exec");
	else if (n->o->form.filter && subs[sub].run != netns_list && subs[sub].run != netns_list_id)
		err_say(&err, -EINVAL, "--filter goes with list and list-id");
	else if ((n->o->past.at || n->o->past.db) && subs[sub].run != netns_list)
		err_say(&err, -EINVAL, "--%s goes with list", n->o->past.at ? "at" : "db");
	else if (rest->argc < subs[sub].min - less)
		err_say(&err, -EINVAL, "%s wants %s", subs[sub].name,
			less ? strchr(subs[sub].operands, ' ') + 1 : subs[sub].operands);
	else if (subs[sub].max != INT_MAX && rest->argc > subs[sub].max - less)
		err_say(&err, -EINVAL, "%s: unexpected operand '%.64s'", subs[sub].name,
			rest->argv[subs[sub].max - less]);
	if (err.code)
		return netns_wrong(&err);
	if (subs[sub].acts && filecaps_limit(0, &err))
		return output_fail(&err);
	return subs[sub].run(n, rest->argv);
}

int cmd_netns(int argc, char **argv)
{
	static char *list[] = {(char *)"list", NULL};
	struct netns_opts o = {0};
	struct netns n = {.o = &o};
	struct opts_rest rest = {0};
	struct err err = {0};
	int ret, sub;

	if (argc > 1 && !strcmp(argv[1], "--ip"))
		return netns_ip(argc - 1, argv + 1);
	ret = opts_parse(&netns_spec, argc, argv, &o, &rest, &err);
	if (cmd_opts_done(&netns_spec, ret, &err, &ret))
		return ret;
	if (!rest.argc)
		rest = (struct opts_rest){1, list, false};
	sub = sub_find(rest.argv[0]);
	if (sub < 0)
		return sub_unknown(rest.argv[0]);
	/* Options may stand behind the command too; those of exec's command are its own. */
	ret = opts_parse(&netns_spec, rest.argc, rest.argv, &o, &rest, &err);
	if (cmd_opts_done(&netns_spec, ret, &err, &ret))
		return ret;
	if (o.ip) {
		err_say(&err, -EINVAL, "--ip is the first word behind netns, or none");
		return netns_wrong(&err);
	}
	ret = sub_run(&n, sub, &rest);
	columns_free(&n.cols);
	netlink_close(&n.nl);
	boxed_free(&n.boxed);
	snapshot_free(&n.d);
	lookback_end();
	opts_free(&netns_spec, &o);
	return ret;
}
