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
