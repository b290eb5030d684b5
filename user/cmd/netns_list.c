// SPDX-License-Identifier: GPL-2.0-or-later
/* netns_list.c - nswatch netns list, list-id, identify, pids: what there is. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/netns.h"
#include "lib/fd.h"
#include "lib/err.h"
#include "lib/parse.h"
#include "snapshot/kept.h"
#include "snapshot/named.h"
#include "snapshot/netnsheld.h"
#include "kernel/nsfd.h"
#include "kernel/nsid.h"
#include "snapshot/from_proc.h"
#include "kernel/nstype.h"
#include "out/escape.h"

/* --- list ------------------------------------------------------------------------------------ */

enum {
	NEED_LS = 1,   /* processes and mounts */
	NEED_DEVS = 2, /* what is inside */
};

struct list_row {
	const struct netns_name *name;
	const struct ns_node *node;    /* NULL: not read, or no namespace */
	const struct net_space *space; /* NULL: not read, or died */
};

static bool fill_name(void *ctx, const void *row, struct buf *b)
{
	const struct netns *n = ctx;

	return cell_text(b, netns_text(&n->d.names, ((const struct list_row *)row)->name));
}

static bool fill_netns(void *ctx, const void *row, struct buf *b)
{
	uint32_t inum = ((const struct list_row *)row)->name->inum;

	return inum && cell_u64(b, inum);
}

static bool fill_nsid(void *ctx, const void *row, struct buf *b)
{
	const struct list_row *r = row;
	char path[sizeof(NETNS_DIR) + 1 + NAME_MAX];
	struct netns *n = ctx;
	auto_fd int fd = -1;
	int32_t id;

	/* Ids of the past are not kept. */
	if (!r->name->inum || lookback_on() || netns_socket(n, NULL))
		return false;
	/* The kernel looks whether it is a net namespace. */
	snprintf(path, sizeof(path), NETNS_DIR "/%s", netns_text(&n->d.names, r->name));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd >= 0 && !nsid_get(&n->nl, fd, &id) && id >= 0 && cell_u64(b, (uint64_t)id);
}

static bool fill_nprocs(void *ctx, const void *row, struct buf *b)
{
	const struct ns_node *node = ((const struct list_row *)row)->node;

	return node && !node->uncounted && cell_u64(b, node->nprocs);
}

static bool fill_devs(void *ctx, const void *row, struct buf *b)
{
	const struct list_row *r = row;
	const struct netns *n = ctx;

	if (!r->space || r->space->state)
		return false;
	for (uint32_t i = 0; i < r->space->n; i++)
		buf_printf(b, "%s%s", i ? "," : "", n->d.view.devs.rows[r->space->first + i].name);
	return r->space->n;
}

static bool fill_addresses(void *ctx, const void *row, struct buf *b)
{
	const struct list_row *r = row;
	const struct netns *n = ctx;
	bool any = false;

	for (uint32_t i = 0; r->space && !r->space->state && i < r->space->n; i++) {
		const struct net_dev *d = &n->d.view.devs.rows[r->space->first + i];

		for (uint32_t a = 0; a < d->naddrs; a++) {
			if (any)
				buf_putc(b, ',');
			addr_format(&n->d.view.devs.addrs[d->addr + a], b);
			any = true;
		}
	}
	return any;
}

/* Why a name has no namespace. */
static void empty_say(struct netns *n, const struct netns_name *name, struct buf *b)
{
	const char *link = netns_link(&n->d.names, name);
	struct netns_held held;
	size_t more;

	if (link) {
		buf_printf(b, "link to %s, which is %s", link,
			name->code == -ENOENT ? "not there" : "no net namespace");
		return;
	}
	more = netns_held(&n->d.graph, netns_text(&n->d.names, name), &held, 1);
	if (!more) {
		buf_puts(b, "nothing is mounted on this file");
		return;
	}
	buf_puts(b, "not here: ");
	netns_held_say(&n->d.graph, &held, b);
	if (more > 1)
		buf_printf(b, " +%zu", more - 1);
}

static bool fill_link(void *ctx, const void *row, struct buf *b)
{
	const struct netns *n = ctx;

	return cell_text(b, netns_link(&n->d.names, ((const struct list_row *)row)->name));
}

static bool fill_kept(void *ctx, const void *row, struct buf *b)
{
	const struct list_row *r = row;
	struct netns *n = ctx;

	if (!r->name->inum) {
		empty_say(n, r->name, b);
		return true;
	}
	if (r->node)
		kept_words(&n->d.graph, r->node, b);
	return r->node;
}

const struct column netns_cols[] = {
	{{"NAME", TABLE_STRING, 0}, "name", 0, fill_name},
	{{"NSID", TABLE_NUMBER, TABLE_RIGHT}, "id by which this net namespace calls it", 0,
		fill_nsid},
	{{"NETNS", TABLE_NUMBER, TABLE_RIGHT}, "its inode number", 0, fill_netns},
	{{"NPROCS", TABLE_NUMBER, TABLE_RIGHT}, "processes in it", NEED_LS, fill_nprocs},
	{{"DEVS", TABLE_STRING, TABLE_TRUNC}, "network devices in it", NEED_LS | NEED_DEVS,
		fill_devs},
	{{"ADDRESSES", TABLE_STRING, TABLE_TRUNC}, "their addresses", NEED_LS | NEED_DEVS,
		fill_addresses},
	{{"KEPT", TABLE_STRING, TABLE_TRUNC},
		"what keeps it: proc, thread TID, fd PID:FD, socket PID:FD, tun PID:FD, mount "
		"PATH; '+N': and "
		"N more of these",
		NEED_LS, fill_kept},
	{{"LINK", TABLE_STRING, TABLE_TRUNC}, "where the name leads that is a link", 0, fill_link},
	{{0}, NULL, 0, NULL},
};

static int list_read(struct netns *n, struct err *err)
{
	int ret = 0;

	if (n->cols.needs & NEED_LS || n->o->containers.n)
		ret = n->o->containers.n ? netref_read(&n->d, err)
					 : netref_read_briefly(&n->d, err);
	if (!ret)
		ret = boxed_make(&n->d, n->o->containers.v, n->o->containers.n, &n->boxed, err);
	if (!ret && n->cols.needs & NEED_DEVS)
		ret = snapshot_devices(&n->d, 0, 0, err);
	return ret;
}

/*
 * With more names what is inside is shown on request: to look there takes longer
 * than to list them.
 */
#define INSIDE_MAX 100

static int list_choose(struct netns *n, struct err *err)
{
	bool all = n->o->details || n->o->form.json || n->d.names.n <= INSIDE_MAX;

	return columns_choose(&n->cols, &n->o->form, netns_cols,
		all ? NETNS_SHOWN ",NPROCS,DEVS,ADDRESSES,KEPT" : NETNS_SHOWN, n, err);
}

int netns_list(struct netns *n, char **args)
{
	auto_table struct table t = {0};
	struct err err = {0};
	size_t unreadable = 0;

	if (n->o->form.list_columns)
		return output_columns(&n->o->form, netns_cols, "COLUMN", "netns-columns");
	if (lookback_begin(&n->o->past, &err))
		return err.code == -EINVAL ? netns_wrong(&err) : output_fail(&err);
	if (snapshot_names(&n->d, &err))
		return output_fail(&err);
	if (list_choose(n, &err))
		return netns_wrong(&err);
	if (list_read(n, &err))
		return output_fail(&err);
	columns_begin(&n->cols, &t);
	for (size_t i = 0; i < n->d.names.n; i++) {
		struct list_row row = {.name = &n->d.names.rows[i]};

		if (!boxed_has_ns(&n->boxed, NS_NET, row.name->inum))
			continue;
		if (n->cols.needs & NEED_LS)
			row.node = netref_node(&n->d, row.name->inum);
		if (n->cols.needs & NEED_DEVS)
			row.space = netview_space(&n->d.view, row.name->inum);
		unreadable += row.space && row.space->state;
		if (columns_match(&n->cols, &row))
			columns_row(&n->cols, &t, TABLE_ROOT, &row);
	}
	output_unreadable(unreadable);
	return output_table(&n->o->form, &t, "netns", snapshot_ops(&n->d)->host_name());
}

/* --- list-id --------------------------------------------------------------------------------- */

struct id_names {
	int32_t id;
	const struct netns_name *name;
};

struct id_list {
	struct netns *n;
	struct id_names *names; /* in the order of ids */
	size_t nnames;
	bool target;
};

static bool id_fill_nsid(void *ctx, const void *row, struct buf *b)
{
	return cell_u64(b, (uint64_t)((const struct nsid *)row)->id);
}

static bool id_fill_current(void *ctx, const void *row, struct buf *b)
{
	const struct nsid *r = row;

	return r->current >= 0 && cell_u64(b, (uint64_t)r->current);
}

static bool id_fill_name(void *ctx, const void *row, struct buf *b)
{
	const struct id_list *l = ctx;
	const struct nsid *r = row;
	int32_t id = l->target ? r->current : r->id;
	bool any = false;

	for (size_t i = 0; id >= 0 && i < l->nnames && l->names[i].id <= id; i++) {
		if (l->names[i].id != id)
			continue;
		buf_printf(b, "%s%s", any ? "," : "", netns_text(&l->n->d.names, l->names[i].name));
		any = true;
	}
	return any;
}

static const struct column id_cols[] = {
	{{"NSID", TABLE_NUMBER, TABLE_RIGHT}, "id", 0, id_fill_nsid},
	{{"CURRENT-NSID", TABLE_NUMBER, TABLE_RIGHT}, "id of the same in this net namespace", 0,
		id_fill_current},
	{{"NAME", TABLE_STRING, 0}, "its names", 0, id_fill_name},
	{{0}, NULL, 0, NULL},
};

static int id_order(const void *a, const void *b)
{
	const struct id_names *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static int id_names_read(struct id_list *l, struct err *err)
{
	struct netns_names *s = &l->n->d.names;
	int ret = netns_names_read(s, err);

	if (ret)
		return ret;
	l->names = calloc(s->n + 1, sizeof(*l->names));
	if (!l->names)
		return err_set(err, -ENOMEM, "names of net namespaces");
	for (size_t i = 0; i < s->n; i++) {
		auto_fd int fd =
			s->rows[i].inum ? netns_open(netns_text(s, &s->rows[i]), NULL) : -1;
		struct id_names *r = &l->names[l->nnames];

		if (fd < 0 || nsid_get(&l->n->nl, fd, &r->id) || r->id < 0)
			continue;
		r->name = &s->rows[i];
		l->nnames++;
	}
	qsort(l->names, l->nnames, sizeof(*l->names), id_order);
	return 0;
}

static int id_args(char **args, int32_t *target, int32_t *id, struct err *err)
{
	for (; *args; args += 2) {
		int32_t *to = !strcmp(*args, "target-nsid") ? target
			      : !strcmp(*args, "nsid")      ? id
							    : NULL;
		uint64_t v;

		if (!to)
			return err_say(err, -EINVAL, "list-id: unexpected operand '%.64s'", *args);
		if (*to >= 0)
			return err_say(err, -EINVAL, "list-id: %s twice", *args);
		if (!args[1])
			return err_say(err, -EINVAL, "list-id: %s wants a number", *args);
		if (parse_u64(args[1], 0, INT32_MAX, &v))
			return err_say(err, -EINVAL, "list-id: %s is a number from 0, not '%.64s'",
				*args, args[1]);
		*to = (int32_t)v;
	}
	return 0;
}

static int id_show(struct netns *n, struct id_list *l, const struct nsids *ids)
{
	auto_table struct table t = {0};
	struct err err = {0};

	if (columns_choose(&n->cols, &n->o->form, id_cols,
		    l->target ? "NSID,CURRENT-NSID,NAME" : "NSID,NAME", l, &err))
		return netns_wrong(&err);
	columns_begin(&n->cols, &t);
	for (size_t i = 0; i < ids->n; i++)
		if (columns_match(&n->cols, &ids->rows[i]))
			columns_row(&n->cols, &t, TABLE_ROOT, &ids->rows[i]);
	return output_table(&n->o->form, &t, "nsids", snapshot_ops(&n->d)->host_name());
}

int netns_list_id(struct netns *n, char **args)
{
	int32_t target = NSID_NONE, id = NSID_NONE;
	auto_nsids struct nsids ids = {0};
	struct id_list l = {.n = n};
	struct err err = {0};
	int ret;

	if (n->o->form.list_columns)
		return output_columns(&n->o->form, id_cols, "COLUMN", "netns-columns");
	if (id_args(args, &target, &id, &err))
		return netns_wrong(&err);
	l.target = target >= 0;
	if (netns_socket(n, &err) || id_names_read(&l, &err))
		return output_fail(&err);
	if (id >= 0) {
		ids.rows = calloc(1, sizeof(*ids.rows));
		ids.n = ids.rows ? 1 : 0;
		ret = ids.rows ? nsid_find(&n->nl, target, id, ids.rows) : -ENOMEM;
	} else {
		ret = nsids_read(&n->nl, target, &ids);
	}
	if (ret == -ENOENT && id >= 0)
		err_say(&err, ret, "no net namespace has the id %d%s", id,
			l.target ? " there" : "");
	else if (ret)
		netlink_err(&n->nl, &err, ret,
			l.target ? "ids of the net namespace with id %d" : "ids", target);
	ret = ret ? output_fail(&err) : id_show(n, &l, &ids);
	free(l.names);
	return ret;
}

/* --- identify, pids -------------------------------------------------------------------------- */

/* A pid, or a process by a name; 0 or an exit status. */
static int identify_pid(const char *arg, uint64_t *ret)
{
	auto_named struct named n = {0};
	struct err err = {0};

	if (!parse_u64(arg, 1, INT32_MAX, ret))
		return 0;
	if (!named_is_name(arg)) {
		err_say(&err, -EINVAL, "'%.64s' is no pid", arg);
		return netns_wrong(&err);
	}
	if (named_find(arg, false, &n, &err))
		return output_fail(&err);
	*ret = n.task.pid;
	return 0;
}

int netns_identify(struct netns *n, char **args)
{
	const struct netns_name *row, *end;
	auto_buf struct buf out = {0};
	char path[64] = "/proc/thread-self/ns/net";
	struct err err = {0};
	struct stat st;
	uint64_t pid;
	uint32_t tid;

	if (args[0] && strcmp(args[0], "self") != 0) {
		int bad = identify_pid(args[0], &pid);

		if (bad)
			return bad;
		snprintf(path, sizeof(path), "/proc/%u/ns/net", (unsigned int)pid);
		tid = procfs_live_thread((uint32_t)pid);
		if (tid)
			snprintf(path, sizeof(path), "/proc/%u/task/%u/ns/net", (unsigned int)pid,
				tid);
	}
	if (stat(path, &st)) {
		int code = -errno;

		if (code == -ENOENT)
			procfs_absent((uint32_t)pid, &err);
		else
			err_set(&err, code, "%s", path);
		return output_fail(&err);
	}
	if (snapshot_names(&n->d, &err))
		return output_fail(&err);
	row = netns_names_of(&n->d.names, (uint32_t)st.st_ino);
	end = n->d.names.by_inum + n->d.names.n;
	for (; row && row < end && row->inum == st.st_ino; row++) {
		const char *name = netns_text(&n->d.names, row);

		escape_text(&out, name, strlen(name));
		buf_putc(&out, '\n');
	}
	return output_put(&out) ? EXIT_FAIL : EXIT_OK;
}

int netns_pids(struct netns *n, char **args)
{
	auto_buf struct buf out = {0};
	struct err err = {0};
	uint32_t inum;
	int fd = netref_name_open(&n->d, args[0], &err), ret;

	if (fd < 0)
		return output_fail(&err);
	ret = nsfd_inum(fd, &inum);
	close(fd);
	if (ret || netref_read(&n->d, &err))
		return output_fail(&err);
	for (size_t i = 0; i < n->d.tasks.n; i++) {
		const struct ns_task *leader = &n->d.tasks.rows[i];
		const struct ns_task *t = tasks_live(&n->d.tasks, leader);

		if (leader->pid == leader->tid && t->ns.inum[NS_NET] == inum)
			buf_printf(&out, "%u\n", t->pid);
	}
	return output_put(&out) ? EXIT_FAIL : EXIT_OK;
}
