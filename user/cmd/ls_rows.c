// SPDX-License-Identifier: GPL-2.0-or-later
/* ls_rows.c - which namespaces are shown, in which order, and the table of them. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/lookback.h"
#include "cmd/ls.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/host.h"
#include "lib/err.h"
#include "snapshot/from_proc.h"
#include "kernel/nstype.h"
#include "lib/array.h"

/* --- columns --------------------------------------------------------------------------------- */

static const char *default_cols(const struct ls_opts *o)
{
	if (o->ns)
		return "PID,PPID,USER,COMMAND";
	if (o->types & 1u << NS_NET && o->unasked)
		return "NS,TYPE,NPROCS,PID,USER,NETNSID,NSFS,KEPT,COMMAND";
	if (o->hidden || o->all)
		return "NS,TYPE,NPROCS,PID,USER,KEPT,COMMAND";
	if (o->types & 1u << NS_NET)
		return "NS,TYPE,NPROCS,PID,USER,NETNSID,NSFS,COMMAND";
	return "NS,TYPE,NPROCS,PID,USER,COMMAND";
}

static int by_prepare(struct ls *l, const struct ls_opts *o, struct err *err)
{
	auto_buf struct buf shown = {0};

	l->tree = LS_TREE_NONE;
	l->needs = SNAP_PROCS | SNAP_REL | SNAP_TREE;
	return columns_choose(&l->cols, &o->form, ls_by_cols,
		o->output_all ? NULL : ls_by_shown(o, &shown), l, err);
}

/* In a table to read, whose columns and filter do not name KEPT. */
static bool kept_unasked(const struct form *f)
{
	return !f->json && !f->raw &&
	       (!f->output || (*f->output == '+' && !strcasestr(f->output, "KEPT"))) &&
	       (!f->filter || !strcasestr(f->filter, "KEPT"));
}

int ls_prepare(struct ls *l, const struct ls_opts *o, struct err *err)
{
	int ret;

	l->o = o;
	if (o->by)
		return by_prepare(l, o, err);
	l->tree = (enum ls_tree)o->tree;
	/* As lsns does it: a tree of processes unless columns or the form are chosen. */
	if (!o->has_tree && !o->list && (o->ns || !o->output_all))
		l->tree = LS_TREE_PROCESS;
	ret = columns_choose(
		&l->cols, &o->form, ls_cols, o->output_all ? NULL : default_cols(o), l, err);
	if (ret)
		return ret;
	l->kept_short = o->unasked && kept_unasked(&o->form) && !o->output_all && !o->diff;
	l->needs = l->cols.needs;
	if (o->hidden || o->all)
		l->needs |= SNAP_HIDDEN | (o->unasked ? 0 : SNAP_REL);
	if (l->tree == LS_TREE_OWNER || l->tree == LS_TREE_PARENT)
		l->needs |= SNAP_REL | SNAP_TREE;
	if (o->ns || o->has_task || o->containers.n)
		l->needs |= SNAP_PROCS;
	return 0;
}

void ls_free(struct ls *l)
{
	ls_caches_free(l);
	boxed_free(&l->boxed);
	users_free(&l->users);
	free(l->keys);
	columns_free(&l->cols);
	if (l->d)
		snapshot_free(l->d);
}

/* --- rows ------------------------------------------------------------------------------------ */

/* Rows of the table by node and by process, TABLE_ROOT: none. */
struct lines {
	struct ls *l;
	struct table *t;
	uint32_t *node, *proc;
	bool hang; /* a column draws the tree: without one lsns prints a list, and so do we */
};

static uint32_t *lines_make(size_t n)
{
	uint32_t *ret = malloc((n + 1) * sizeof(*ret));

	if (ret)
		memset(ret, 0xff, (n + 1) * sizeof(*ret));
	return ret;
}

static size_t proc_at(const struct ls *l, const struct ns_task *t)
{
	return (size_t)(t - l->d->tasks.rows);
}

static uint32_t node_line(const struct lines *s, const struct ns_node *n, enum ns_rel rel)
{
	return n->node[rel] == NODE_NONE ? TABLE_ROOT : s->node[n->node[rel]];
}

static const struct ns_task *proc_parent(const struct ls *l, const struct ns_task *t)
{
	const struct ns_task *up = t && t->ppid ? tasks_find(&l->d->tasks, t->ppid) : NULL;

	return up && up != t ? up : NULL;
}

static uint32_t line_parent(
	const struct lines *s, const struct ns_node *n, const struct ns_task *proc)
{
	const struct ns_task *up;

	if (!s->hang)
		return TABLE_ROOT;
	switch (s->l->tree) {
	case LS_TREE_PROCESS:
		up = proc_parent(s->l, proc);
		return up ? s->proc[proc_at(s->l, up)] : TABLE_ROOT;
	case LS_TREE_OWNER:
		return node_line(s, n, REL_OWNER);
	case LS_TREE_PARENT:
		return node_line(s, n, REL_PARENT);
	default:
		return TABLE_ROOT;
	}
}

static void line_add(struct lines *s, const struct ns_node *n, const struct ns_task *proc)
{
	struct ls_row row = {n, proc};
	uint32_t at;

	if (!columns_match(&s->l->cols, &row))
		return;
	at = columns_row(&s->l->cols, s->t, line_parent(s, n, proc), &row);
	if (ARRAY_ROOM(s->l->keys, s->l->nkeys, at))
		return;
	s->l->keys[at] = s->l->o->ns && proc ? proc->pid : n->inum;
	if (!n->plain)
		s->t->rows[at].role = ROLE_WARN;
	if (s->l->tree == LS_TREE_OWNER || s->l->tree == LS_TREE_PARENT)
		s->node[n - s->l->d->graph.nodes] = at;
	else if (proc)
		s->proc[proc_at(s->l, proc)] = at;
}

/* What a namespace hangs from comes first, even if the options do not ask for it. */
static void node_show(struct lines *s, const struct ns_node *n)
{
	const struct ns_graph *g = &s->l->d->graph;
	const struct ns_node *chain[64];
	size_t depth = 0;

	for (chain[depth++] = n; depth < 64; depth++) {
		enum ns_rel rel = s->l->tree == LS_TREE_OWNER ? REL_OWNER : REL_PARENT;

		if (s->l->tree != LS_TREE_OWNER && s->l->tree != LS_TREE_PARENT)
			break;
		if (rel == REL_PARENT && n->node[rel] == NODE_NONE)
			rel = REL_OWNER;
		if (n->node[rel] == NODE_NONE || s->node[n->node[rel]] != TABLE_ROOT)
			break;
		n = chain[depth] = &g->nodes[n->node[rel]];
	}
	while (depth--)
		line_add(s, chain[depth], node_proc(g, chain[depth]));
}

static bool node_wanted(const struct ls *l, const struct ns_node *n, const struct ns_task *of)
{
	if (l->o->hidden ? n->plain : !n->plain && !l->o->all)
		return false;
	if (l->o->persistent && (n->nprocs || n->uncounted))
		return false;
	if (!boxed_has_ns(&l->boxed, n->type, n->inum))
		return false;
	if (!l->o->has_task)
		return true;
	if (!of)
		return false;
	if (of->ns.inum[n->type] == n->inum)
		return true;
	return (l->o->all || l->o->hidden) &&
	       ((n->type == NS_PID && of->ns.inum[NS_PID_CHILD] == n->inum) ||
		       (n->type == NS_TIME && of->ns.inum[NS_TIME_CHILD] == n->inum));
}

static void nodes_show(struct lines *s)
{
	const struct ls *l = s->l;
	const struct ns_graph *g = &l->d->graph;
	const struct ns_task *of = NULL;

	if (l->o->has_task)
		of = tasks_find(&l->d->tasks, (uint32_t)l->o->task);
	for (size_t i = 0; i < g->n; i++) {
		const struct ns_node *n = &g->nodes[g->order[i]];

		if (node_wanted(l, n, of) && s->node[g->order[i]] == TABLE_ROOT)
			node_show(s, n);
	}
}

/* The processes of one namespace; parents in it come first. */
static void procs_show(struct lines *s, const struct ns_node *n)
{
	struct ls *l = s->l;
	const struct ns_tasks *t = &l->d->tasks;
	const struct ns_task **chain = calloc(t->n + 1, sizeof(*chain));

	for (size_t i = 0; chain && i < t->n; i++) {
		const struct ns_task *p = &t->rows[i];
		size_t depth = 0;

		if (p->pid != p->tid || p->ns.inum[n->type] != n->inum ||
			s->proc[i] != TABLE_ROOT || !boxed_has(&l->boxed, i))
			continue;
		do {
			chain[depth++] = p;
			p = l->tree == LS_TREE_PROCESS ? proc_parent(l, p) : NULL;
		} while (p && depth < t->n && p->ns.inum[n->type] == n->inum &&
			 s->proc[proc_at(l, p)] == TABLE_ROOT);
		while (depth--)
			line_add(s, n, chain[depth]);
	}
	free(chain);
}

static void cols_init(const struct ls *l, struct table *t)
{
	columns_begin(&l->cols, t);
	for (size_t i = 0; i < t->ncols; i++) {
		if (l->o->nowrap)
			t->cols[i].flags &= ~(unsigned int)TABLE_WRAP;
		if (l->tree == LS_TREE_PROCESS && !strcmp(t->cols[i].name, "COMMAND"))
			t->cols[i].flags |= TABLE_TREE;
		if ((l->tree == LS_TREE_OWNER || l->tree == LS_TREE_PARENT) &&
			!strcmp(t->cols[i].name, "NS")) {
			t->cols[i].flags |= TABLE_TREE;
			t->cols[i].flags &= ~(unsigned int)TABLE_RIGHT;
		}
	}
}

static int lines_show(struct lines *s, struct err *err)
{
	struct ls *l = s->l;
	const struct ns_node *n;

	s->node = lines_make(l->d->graph.n);
	s->proc = lines_make(l->d->tasks.n);
	if (!s->node || !s->proc)
		return err_set(err, -ENOMEM, "namespaces");
	if (!l->o->ns) {
		nodes_show(s);
		return 0;
	}
	n = graph_find_inum(&l->d->graph, l->o->ns);
	if (!n || (!n->plain && !l->o->all && !l->o->hidden)) {
		err_say(err, -ENOENT, "not found namespace: %u", l->o->ns);
		if (!l->o->all && !l->o->hidden)
			err_hint(err,
				"nswatch ls without --visible also looks at threads, other mount "
				"namespaces, pid_for_children and relations");
		return -ENOENT;
	}
	procs_show(s, n);
	return 0;
}

int ls_table(struct ls *l, struct table *t, struct err *err)
{
	struct lines s = {.l = l, .t = t};
	int ret;

	ls_caches_free(l);
	snapshot_free(l->d);
	/* What may be shared is asked of all types. */
	ret = snapshot_read(l->d, (enum snapshot_source)l->o->source, l->o->by ? 0 : l->o->types,
		l->needs, err);
	if (ret)
		return ret;
	ret = boxed_make(l->d, l->o->containers.v, l->o->containers.n, &l->boxed, err);
	if (ret)
		return ret;
	if (l->o->by)
		return ls_by_table(l, t, err);
	/* As to lsns, no reason to list nothing (emulators of user space). */
	if (l->d->graph.lacks == -ENOSYS && l->needs & SNAP_REL)
		log_say("owners and parents are not known: NS_GET_USERNS: %s", strerror(ENOSYS));
	l->now_ns = snapshot_ops(l->d)->clock(CLOCK_BOOTTIME);
	cols_init(l, t);
	for (size_t i = 0; i < t->ncols; i++)
		s.hang |= t->cols[i].flags & TABLE_TREE;
	table_reserve(t, l->o->ns ? 64 : l->d->graph.n);
	ret = lines_show(&s, err);
	/* From one look to the next the columns stay. */
	if (l->kept_short && !l->o->has_watch)
		table_drop_empty(t, "KEPT");
	free(s.node);
	free(s.proc);
	return ret;
}

/* --- around the table ------------------------------------------------------------------------ */

void ls_heading(struct ls *l, struct buf *b)
{
	const struct ns_task *t = tasks_find(&l->d->tasks, (uint32_t)l->o->task);
	uint32_t pids[64];
	int n = t ? snapshot_ops(l->d)->nspids(t, pids, 64) : 0;

	if (n < 2)
		return;
	buf_printf(b, "Process %u is", t->pid);
	for (int i = 0; i < n; i++)
		buf_printf(b, "%s %u%s", i ? "," : "", pids[i],
			i == 0       ? " outside"
			: i == n - 1 ? " inside"
				     : " between");
	buf_puts(b, "\n");
}

void ls_style(const struct ls *l, struct table_style *ret)
{
	*ret = form_style(&l->o->form, l->o->by ? ls_by_name(l->o) : "namespaces");
	/* That of lsns has nothing else. */
	if (strcmp(log_name(), "lsns") != 0)
		ret->host = snapshot_ops(l->d)->host_name();
	lookback_style(ret);
}
