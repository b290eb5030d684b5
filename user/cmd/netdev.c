// SPDX-License-Identifier: GPL-2.0-or-later
/* netdev.c - nswatch netdev: the options, and the list. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/netdev.h"
#include "lib/err.h"
#include "lib/text.h"
#include "lib/util.h"

#define S struct netdev_opts

static const struct opt rows[] = {
	{0, "netns", "NS", OPT_STR(S, netns), .complete = OPT_C_NETNS, .group = "Which devices",
		.help = "only devices of this net namespace: a name, a path, a pid, its number, "
			"or a container (web, web:7)"},
	{0, "container", "NAME,...", OPT_LIST(S, containers), .commas = true,
		.complete = OPT_C_BOXES,
		.help = "list: only devices in net namespaces with processes of these containers "
			"or units, by name, id or pod; * and ? as in a "
			"shell"},
	FORM_FILTER_ROW(S, "KIND == \"veth\" and STATE != \"up\"", .group = NULL),
	{0, "from", "NS", OPT_STR(S, from), .complete = OPT_C_NETNS, .group = "Moving",
		.help = "net namespace that the device is in (default for move: nswatch's own; for "
			"where: any)"},
	{0, "to", "NS", OPT_STR(S, to), .complete = OPT_C_NETNS,
		.help = "net namespace that the device is moved to"},
	{0, "name", "NEW", OPT_STR(S, name), .help = "new name of the device there"},
	{0, "keep-up", NULL, OPT_FLAG(S, keep_up),
		.help = "set the device up again there if it was up: a move takes it down"},
	{0, "keep-addr", NULL, OPT_FLAG(S, keep_addr),
		.help = "give the device its addresses again, with all their attributes: a move "
			"drops them (routes are not kept)"},
	FORM_COLUMN_ROWS(S, .group = "What is shown"),
	{'T', "tree", NULL, OPT_FLAG(S, tree), .group = "Form",
		.help = "namespaces with their devices below them"},
	FORM_JSON_ROW(S, 1, .help = "one JSON document"),
	FORM_TEXT_ROWS(S, 1),
	FORM_COLOR_ROW(S),
	LOOKBACK_ROWS(S, past, "list: the devices"),
	OPT_HELP_ROWS,
};

#undef S

static const struct opts_pair exits[] = {
	{"0", "done"},
	{"1", "failed while running"},
	{"2", "wrong usage"},
	{"3", "the rights or the kernel do not allow it"},
	{0},
};

static const struct opts_pair examples[] = {
	{"nswatch netdev", "every network device of every net namespace"},
	{"nswatch netdev --tree -o IFNAME,KIND,STATE,ADDRESSES,PEER",
		"by namespace, with few columns"},
	{"nswatch netdev -Q 'KIND == \"veth\" and PEER-NETNS != NETNS'",
		"veths whose other end is in another net namespace"},
	{"nswatch netdev where eth1", "where the device is, what keeps that namespace, and what "
				      "happens to the device when it ends"},
	{"nswatch netdev move eth1 --to blue --keep-up --keep-addr",
		"to the net namespace with that name"},
	{"nswatch netdev move eth1 --from blue --to 1 --name lan0",
		"to the net namespace of process 1, with another name"},
	{"nswatch netdev --at '10m ago'", "the devices of ten minutes ago, as they were recorded"},
	{"nswatch netdev --json", "as JSON, for jq"},
	{0},
};

const struct opts_spec netdev_spec = {
	.name = "nswatch netdev",
	.summary = "Show the network devices of all net namespaces, and move them.",
	.usage = (const char *const[]){"[OPTION...] [list]", "[OPTION...] where DEV",
		"[OPTION...] move DEV [--from NS] --to NS [--name NEW]", NULL},
	.rows = rows,
	.nrows = ARRAY_SIZE(rows),
	.operand = OPT_C_NETDEV_DO,
	.columns = netdev_cols,
	.shown = NETDEV_SHOWN,
	.permute = true,
	.notes =
		"NS is the name of a net namespace (below /run/netns), a path with '/', the pid "
		"of a process, the number of a net namespace, 4026532938 or net:[4026532938], or a "
		"container as `nswatch ls` calls it, docker:web or web; web:7 is the process that "
		"is 7 in there. "
		"Listing enters every net namespace for a moment, which needs CAP_SYS_ADMIN; "
		"without this capability only nswatch's own net namespace is shown. ON-EXIT says "
		"what happens to a device when its namespace ends. On a terminal that is too "
		"narrow for all columns some are left out: MOVABLE, MASTER, MAC, IFINDEX; they "
		"stay with --notruncate, or where --output names them. NAME, ADDRESSES and PEER "
		"are folded, not cut.",
	.examples = examples,
	.exits = exits,
};

/* --- list ------------------------------------------------------------------------------------ */

int netdev_place(struct netdev *n, const char *ref, uint32_t *ret, struct err *err)
{
	int fd;

	*ret = 0;
	if (!ref)
		return 0;
	if (lookback_on())
		return netref_known(&n->d, ref, ret, err);
	/* Not kept open: it would be one of the reasons why the namespace is there. */
	fd = netref_open(&n->d, ref, ret, err);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int view_read(struct netdev *n, uint32_t *ret_only, struct err *err)
{
	bool peers = n->cols.needs & NETDEV_NEED_PEERS;
	int ret = netdev_place(n, n->o->netns, ret_only, err);

	if (!ret)
		ret = n->o->containers.n ? netref_read(&n->d, err)
					 : netref_read_briefly(&n->d, err);
	if (!ret)
		ret = boxed_make(&n->d, n->o->containers.v, n->o->containers.n, &n->boxed, err);
	/* Peers may be anywhere. */
	if (!ret)
		ret = snapshot_devices(
			&n->d, peers ? 0 : *ret_only, peers ? NETVIEW_PEERS : 0, err);
	return ret;
}

/* The filter asks a device for its namespace, too, which a tree shows above it. */
static bool device_wanted(struct netdev *n, const struct netdev_row *row)
{
	bool tree = n->tree, ret;

	n->tree = false;
	ret = columns_match(&n->cols, row);
	n->tree = tree;
	return ret;
}

static void space_show(struct netdev *n, struct table *t, const struct net_space *s)
{
	struct netdev_row row = {s, NULL};
	uint32_t parent = TABLE_ROOT, at;

	buf_reset(&n->label);
	n->has_label = n->cols.needs & NETDEV_NEED_LABEL && netref_label(&n->d, s->node, &n->label);
	if (n->o->tree && !n->cols.filter)
		parent = columns_row(&n->cols, t, TABLE_ROOT, &row);
	for (uint32_t i = 0; i < s->n; i++) {
		row.dev = &n->d.view.devs.rows[s->first + i];
		if (!device_wanted(n, &row))
			continue;
		/* Of a filtered tree, only the namespaces that have something to show. */
		if (n->o->tree && parent == TABLE_ROOT)
			parent =
				columns_row(&n->cols, t, TABLE_ROOT, &(struct netdev_row){s, NULL});
		at = columns_row(&n->cols, t, parent, &row);
		if (!(row.dev->flags & IFF_UP))
			t->rows[at].role = ROLE_DIM;
	}
}

int netdev_list(struct netdev *n)
{
	auto_table struct table t = {0};
	struct err err = {0};
	uint32_t only = 0;

	if (columns_choose(&n->cols, &n->o->form, netdev_cols, NETDEV_SHOWN, n, &err)) {
		log_err(&err);
		return EXIT_USAGE;
	}
	if (n->o->tree)
		n->cols.needs |= NETDEV_NEED_LABEL;
	n->tree = n->o->tree && !n->o->form.json && !n->o->form.raw;
	if (n->tree && (!n->o->form.output || n->o->form.output[0] == '+')) {
		columns_drop(&n->cols, "NETNS");
		columns_drop(&n->cols, "NAME");
		columns_move(&n->cols, "IFNAME", 0);
	}
	if (lookback_begin(&n->o->past, &err))
		return err.code == -EINVAL ? (log_err(&err), EXIT_USAGE) : output_fail(&err);
	if (view_read(n, &only, &err))
		return output_fail(&err);
	columns_begin(&n->cols, &t);
	if (n->o->tree) {
		t.cols[0].flags |= TABLE_TREE | TABLE_SPAN;
		t.cols[0].flags &= ~(unsigned int)(TABLE_RIGHT | TABLE_TRUNC);
	}
	for (size_t i = 0; i < n->d.view.n; i++)
		if ((!only || n->d.view.spaces[i].inum == only) &&
			boxed_has_ns(&n->boxed, NS_NET, n->d.view.spaces[i].inum))
			space_show(n, &t, &n->d.view.spaces[i]);
	output_unreadable(n->d.view.unreadable);
	if (!only)
		output_hidden(&n->d.tasks, "net");
	return output_table(&n->o->form, &t, "netdevs", snapshot_ops(&n->d)->host_name());
}

/* --- the command ----------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int operands;
	int (*one)(struct netdev *n, const char *operand);
} subs[] = {
	{"list", 0, NULL},
	{"show", 0, NULL},
	{"where", 1, netdev_where},
	{"move", 1, netdev_move},
};

static int wrong(const struct err *err)
{
	log_err(err);
	if (!err->hint[0])
		log_say("`nswatch netdev --help` says more");
	return EXIT_USAGE;
}

static int sub_run(struct netdev *n, const struct opts_rest *rest)
{
	const char *name = rest->argc ? rest->argv[0] : "list";
	struct near near = near_to(name, strlen(name));
	struct err err = {0};

	for (size_t i = 0; i < ARRAY_SIZE(subs); i++) {
		near_try(&near, subs[i].name);
		if (strcmp(name, subs[i].name) != 0)
			continue;
		if (rest->argc > 1 + subs[i].operands) {
			err_say(&err, -EINVAL, "unexpected operand '%.64s'",
				rest->argv[1 + subs[i].operands]);
			return wrong(&err);
		}
		if (!subs[i].one)
			return netdev_list(n);
		if (n->o->form.filter || n->o->containers.n || n->o->past.at || n->o->past.db) {
			err_say(&err, -EINVAL, "--%s goes with list",
				n->o->form.filter    ? "filter"
				: n->o->containers.n ? "container"
				: n->o->past.at      ? "at"
						     : "db");
			return wrong(&err);
		}
		if (rest->argc == 1) {
			err_say(&err, -EINVAL, "%s: which device?", name);
			return wrong(&err);
		}
		return subs[i].one(n, rest->argv[1]);
	}
	err_say(&err, -EINVAL, "netdev has no command '%.64s'", name);
	if (near.best)
		err_hint(&err, "did you mean '%s'?", near.best);
	else
		err_hint(&err, "there are list, where, move");
	return wrong(&err);
}

int cmd_netdev(int argc, char **argv)
{
	struct netdev_opts o = {0};
	struct netdev n = {.o = &o};
	struct opts_rest rest = {0};
	struct err err = {0};
	int ret = opts_parse(&netdev_spec, argc, argv, &o, &rest, &err);

	if (cmd_opts_done(&netdev_spec, ret, &err, &ret))
		return ret;
	if (o.form.list_columns)
		return output_columns(&o.form, netdev_cols, "COLUMN", "netdev-columns");
	ret = sub_run(&n, &rest);
	columns_free(&n.cols);
	boxed_free(&n.boxed);
	snapshot_free(&n.d);
	lookback_end();
	opts_free(&netdev_spec, &o);
	buf_free(&n.label);
	return ret;
}
