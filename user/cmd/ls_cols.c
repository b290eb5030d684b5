// SPDX-License-Identifier: GPL-2.0-or-later
/* ls_cols.c - the columns that lsns has too. */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/ls.h"
#include "lib/ask.h"
#include "lib/fd.h"
#include "kernel/netnsid.h"
#include "snapshot/from_proc.h"
#include "kernel/nstype.h"

#define CMDLINE_MAX 8192

void ls_val_text(struct ls_val *v, const char *s)
{
	buf_puts(v->text, s);
	v->is = true;
}

void ls_val_u64(struct ls_val *v, uint64_t n)
{
	v->n = n;
	v->num = v->is = true;
}

static void fill_ns(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	ls_val_u64(v, r->node->inum);
}

static void fill_type(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	ls_val_text(v, ns_types[r->node->type].name);
}

static void fill_path(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	/* Where lsns says nothing, neither do we. */
	if (!r->proc && r->node->plain)
		return;
	if (r->proc)
		buf_printf(v->text, "/proc/%u/ns/%s", r->proc->pid, ns_types[r->node->type].name);
	v->is = r->proc || !node_path(&l->d->graph, r->node, v->text);
}

static void fill_nprocs(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	ls_val_u64(v, r->node->nprocs);
}

static void fill_pid(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	if (r->proc)
		ls_val_u64(v, r->proc->pid);
}

static void fill_ppid(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	if (r->proc)
		ls_val_u64(v, r->proc->ppid);
}

/* --- COMMAND --- */

/*
 * Every argument is ended by NUL; shown they are separated by blanks. Where the
 * process is gone, its pid may be another's by now: then comm has to do.
 */
static size_t cmdline_read(const struct ns_task *t, struct buf *b)
{
	size_t at = b->len;

	/*
	 * Workers of the kernel say in comm what they are at, and /proc has longer names of its
	 * threads than task->comm (from 5.17, proc_task_name() in fs/proc/array.c).
	 */
	if (t->flags & TASK_DEAD ||
		(t->flags & TASK_KTHREAD && strncmp(t->comm, "kworker/", 8) &&
			strlen(t->comm) < sizeof(t->comm) - 1) ||
		procfs_text(t, t->flags & TASK_KTHREAD ? "comm" : "cmdline", CMDLINE_MAX - 1, b)) {
		b->len = at;
		return 0;
	}
	if (b->len > at && (b->s[b->len - 1] == '\0' || b->s[b->len - 1] == '\n'))
		b->len--;
	for (size_t i = at; i < b->len; i++)
		if (!b->s[i])
			b->s[i] = ' ';
	return b->len - at;
}

static const char *ls_command(struct ls *l, const struct ns_task *t)
{
	size_t row = (size_t)(t - l->d->tasks.rows);

	if (t->cmd)
		return l->d->tasks.text.s + t->cmd - 1;
	if (!l->cmd_at)
		l->cmd_at = calloc(l->d->tasks.n + 1, sizeof(*l->cmd_at));
	if (!l->cmd_at)
		return t->comm;
	if (!l->cmd_at[row]) {
		l->cmd_at[row] = (uint32_t)l->cmds.len + 1;
		if (!cmdline_read(t, &l->cmds))
			buf_puts(&l->cmds, t->comm);
		buf_add(&l->cmds, "", 1);
	}
	return l->cmds.s + l->cmd_at[row] - 1;
}

static void fill_command(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	if (r->proc)
		ls_val_text(v, ls_command(l, r->proc));
}

/* --- users --- */

void ls_user_name(struct ls *l, uint32_t uid, struct buf *b)
{
	struct inum_entry *e = uid == UINT32_MAX ? NULL : inums_find(&l->user_at, NS_USER, uid + 1);
	char name[256];

	if (!e) {
		e = uid == UINT32_MAX ? NULL : inums_put(&l->user_at, NS_USER, uid + 1);
		if (!e) {
			buf_u64(b, uid);
			return;
		}
		e->a = l->users.len;
		if (!ask_user(uid, name, sizeof(name)))
			buf_puts(&l->users, name);
		else
			buf_u64(&l->users, uid);
		buf_add(&l->users, "", 1);
	}
	buf_puts(b, l->users.s + e->a);
}

/* Of a namespace without a process the user who owns it; as to lsns, root where nobody knows. */
static uint32_t row_uid(const struct ls_row *r)
{
	return r->proc ? r->proc->uid : r->node->has_uid ? r->node->owner_uid : 0;
}

static void fill_uid(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	ls_val_u64(v, row_uid(r));
}

static void fill_user(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	ls_user_name(l, row_uid(r), v->text);
	v->is = true;
}

/* --- net namespaces and their mounts --- */

static void fill_netnsid(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	auto_fd int fd = -1;
	int32_t id;

	if (r->node->type != NS_NET)
		return;
	if (l->netlink == -1)
		l->netlink = netnsid_open();
	if (l->netlink < 0) {
		l->netlink = -2;
		return;
	}
	fd = node_open(&l->d->graph, r->node);
	if (fd < 0 || netnsid_get(l->netlink, fd, &id))
		return;
	v->is = true;
	if (id < 0)
		buf_puts(v->text, "unassigned");
	else
		buf_u64(v->text, (uint64_t)id);
}

/* The bind mounts of this mount namespace, chained by namespace in their order. */
static bool mounts_chain(struct ls *l)
{
	const struct ns_mounts *m = &l->d->mounts;
	const struct ns_graph *g = &l->d->graph;

	if (l->mount_first)
		return true;
	l->mount_first = calloc(g->n + 1, sizeof(*l->mount_first));
	l->mount_next = calloc(m->n + 1, sizeof(*l->mount_next));
	if (!l->mount_first || !l->mount_next)
		return false;
	for (size_t i = m->n; i-- > 0;) {
		const struct ns_node *n = graph_find(g, m->rows[i].type, m->rows[i].inum);

		if (!n || (l->d->own_mnt && m->rows[i].mnt_ns != l->d->own_mnt))
			continue;
		l->mount_next[i] = l->mount_first[n - g->nodes];
		l->mount_first[n - g->nodes] = (uint32_t)i + 1;
	}
	return true;
}

/* Mounted twice at one place it is named once. */
static bool path_seen(struct ls *l, uint32_t first, uint32_t at)
{
	const struct ns_mounts *m = &l->d->mounts;
	const char *path = mounts_path(m, &m->rows[at - 1]);

	for (; first != at; first = l->mount_next[first - 1])
		if (!strcmp(mounts_path(m, &m->rows[first - 1]), path))
			return true;
	return false;
}

static void fill_nsfs(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	const struct ns_mounts *m = &l->d->mounts;
	bool lines = !l->o->nowrap && !l->o->form.raw;
	const char *path;
	uint32_t first, i;

	if (!mounts_chain(l))
		return;
	first = l->mount_first[r->node - l->d->graph.nodes];
	for (i = first; i; i = l->mount_next[i - 1]) {
		if (path_seen(l, first, i))
			continue;
		path = mounts_path(m, &m->rows[i - 1]);
		table_item(v->text, !v->is, lines ? '\n' : ',', path, strlen(path));
		v->is = true;
	}
}

static void fill_pns(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	ls_val_u64(v, r->node->rel[REL_PARENT]);
}

static void fill_ons(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	ls_val_u64(v, r->node->rel[REL_OWNER]);
}

const struct ls_col ls_lsns_cols[] = {
	{{"NS", TABLE_NUMBER, TABLE_RIGHT | TABLE_HINT(10)}, "namespace identifier (inode number)",
		0, fill_ns},
	{{"TYPE", TABLE_STRING, TABLE_HINT(5)}, "kind of namespace", 0, fill_type},
	{{"PATH", TABLE_STRING, 0}, "path to the namespace", 0, fill_path},
	{{"NPROCS", TABLE_NUMBER, TABLE_RIGHT | TABLE_HINT(5)},
		"number of processes in the namespace", 0, fill_nprocs},
	{{"PID", TABLE_NUMBER, TABLE_RIGHT | TABLE_HINT(5)}, "lowest pid in the namespace", 0,
		fill_pid},
	{{"PPID", TABLE_NUMBER, TABLE_RIGHT | TABLE_HINT(5)}, "parent of PID", 0, fill_ppid},
	{{"COMMAND", TABLE_STRING, TABLE_TRUNC}, "command line of PID", 0, fill_command},
	{{"UID", TABLE_NUMBER, TABLE_RIGHT}, "uid of PID, or of the owner where there is none", 0,
		fill_uid},
	{{"USER", TABLE_STRING, 0}, "name of that user", 0, fill_user},
	{{"NETNSID", TABLE_STRING, TABLE_RIGHT},
		"id of a net namespace in this one, or 'unassigned'", 0, fill_netnsid},
	{{"NSFS", TABLE_STRING, TABLE_WRAP | TABLE_LIST}, "bind mounts in this mount namespace", 0,
		fill_nsfs},
	{{"PNS", TABLE_NUMBER, TABLE_RIGHT | TABLE_HINT(10)},
		"parent namespace (of pid and user namespaces)", LS_NEED_REL, fill_pns},
	{{"ONS", TABLE_NUMBER, TABLE_RIGHT | TABLE_HINT(10)}, "user namespace that owns it",
		LS_NEED_REL, fill_ons},
	{{0}, NULL, 0, NULL},
};

/* --- all of them --- */

const struct ls_col *ls_col_at(size_t i)
{
	const struct ls_col *c = ls_lsns_cols;

	for (; c->col.name && i; c++)
		i--;
	if (!c->col.name)
		for (c = ls_more_cols; c->col.name && i; c++)
			i--;
	return c->col.name ? c : NULL;
}

const struct ls_col *ls_col_find(const char *name, size_t len)
{
	const struct ls_col *c;

	for (size_t i = 0; (c = ls_col_at(i)); i++)
		if (strlen(c->col.name) == len && !strncasecmp(c->col.name, name, len))
			return c;
	return NULL;
}

void ls_caches_free(struct ls *l)
{
	buf_free(&l->cmds);
	free(l->cmd_at);
	free(l->mount_first);
	free(l->mount_next);
	l->cmd_at = l->mount_first = l->mount_next = NULL;
}
