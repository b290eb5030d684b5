// SPDX-License-Identifier: GPL-2.0-or-later
/* explain_what.c - who is in a namespace, what keeps it, and what would go with it. */
#include <string.h>

#include "cmd/explain.h"
#include "out/escape.h"

#define DEPTH_MAX 64

static void add_task(struct buf *b, const struct ns_task *t)
{
	if (b->len)
		buf_puts(b, ", ");
	escape_text(b, t->comm, strlen(t->comm));
	buf_printf(b, " (%u)", t->pid);
}

/* The pid namespace is the node's, or below it. */
static bool is_below(const struct now *n, uint32_t pidns, const struct ns_node *node)
{
	const struct ns_node *at = graph_find(&n->data.graph, NS_PID, pidns);

	for (int depth = 0; at && depth < DEPTH_MAX; depth++) {
		if (at == node)
			return true;
		at = at->node[REL_PARENT] == NODE_NONE ? NULL
						       : &n->data.graph.nodes[at->node[REL_PARENT]];
	}
	return false;
}

size_t what_dies(struct now *n, const struct ns_node *node, struct buf *names)
{
	const struct ns_tasks *t = n->e.tasks;
	const struct ns_task *init = evidence_init(&n->e, node->inum);
	size_t dying = 0, max = 5;

	for (size_t i = 0; i < t->n; i++) {
		const struct ns_task *row = &t->rows[i];

		if (row->pid != row->tid || row == init || row->flags & TASK_DEAD ||
			!row->ns.inum[NS_PID] || !is_below(n, row->ns.inum[NS_PID], node))
			continue;
		if (dying++ < max)
			add_task(names, row);
	}
	if (dying > max)
		buf_printf(names, " and %zu more", dying - max);
	return dying;
}

size_t what_below(struct now *n, const struct ns_node *node)
{
	size_t below = 0;

	for (size_t i = 0; i < n->data.graph.n; i++) {
		const struct ns_node *at = &n->data.graph.nodes[i];

		below += at->type == NS_PID && at != node && is_below(n, at->inum, node);
	}
	return below;
}

void what_members(struct now *n, const struct ns_node *node, size_t max, struct buf *b)
{
	const struct ns_tasks *t = n->e.tasks;
	size_t members = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct ns_task *row = &t->rows[i];

		if (row->pid == row->tid && row->ns.inum[node->type] == node->inum &&
			members++ < max)
			add_task(b, row);
	}
	if (members > max)
		buf_printf(b, " and %zu more", members - max);
}

static void add_hold(struct now *n, const struct ns_hold *h, struct buf *b)
{
	const struct ns_task *t = tasks_find(n->e.tasks, h->pid);

	buf_printf(b, "%s%s %u of ", b->len ? ", " : "",
		h->tun      ? "open /dev/net/tun"
		: h->socket ? "socket"
			    : "descriptor",
		h->fd);
	if (t)
		escape_text(b, t->comm, strlen(t->comm));
	buf_printf(b, "%s(%u)", t ? " " : "", h->pid);
}

static void add_more(const struct ns_keep *k, struct buf *b)
{
	if (k->n > 1)
		buf_printf(b, " and %u more", k->n - 1);
}

static void add_thread(
	const struct now *n, const struct ns_keep *k, const char *what, struct buf *b)
{
	const struct ns_task *t = &n->e.tasks->rows[k->at];

	buf_printf(b, "%s%s ", b->len ? ", " : "", what);
	escape_text(b, t->comm, strlen(t->comm));
	buf_printf(b, " (%u)", t->tid);
	add_more(k, b);
}

static void add_mounts(struct now *n, const struct ns_node *node, struct buf *b)
{
	const struct ns_mounts *m = &n->data.mounts;
	size_t shown = 0, max = 5;

	for (size_t i = 0; i < m->n; i++) {
		const struct ns_mount *row = &m->rows[i];
		const char *path = mounts_path(m, row);

		if (row->type != node->type || row->inum != node->inum || shown++ >= max)
			continue;
		buf_printf(b, "%smount ", b->len ? ", " : "");
		escape_text(b, path, strlen(path));
		if (row->mnt_ns && row->mnt_ns != n->data.own_mnt)
			buf_printf(b, " in mnt:[%u]", row->mnt_ns);
	}
	if (shown > max)
		buf_printf(b, " and %zu more", shown - max);
}

void what_keeps(struct now *n, const struct ns_node *node, struct buf *b)
{
	const struct ns_keep *k = node->keep;

	if (k[KEEP_THREAD].n)
		add_thread(n, &k[KEEP_THREAD], "thread", b);
	if (k[KEEP_CHILD].n)
		add_thread(n, &k[KEEP_CHILD], "the children to come of", b);
	for (int kind = KEEP_FD; kind <= KEEP_SOCKET; kind++) {
		if (!k[kind].n)
			continue;
		add_hold(n, &n->data.holds.rows[k[kind].at], b);
		add_more(&k[kind], b);
	}
	if (k[KEEP_MOUNT].n)
		add_mounts(n, node, b);
	for (int kind = KEEP_PARENT; kind <= KEEP_OWNER; kind++) {
		const struct ns_node *other = &n->data.graph.nodes[k[kind].at];

		if (!k[kind].n)
			continue;
		buf_printf(b, "%s%s:[%u], %s", b->len ? ", " : "", ns_types[other->type].name,
			other->inum, kind == KEEP_PARENT ? "which is below it" : "which it owns");
		add_more(&k[kind], b);
	}
}
