// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fd.h"
#include "lib/array.h"
#include "snapshot/graph.h"
#include "snapshot/snapshot.h"
#include "kernel/nsfd.h"
#include "kernel/nstype.h"

#define DEPTH_MAX 64 /* the kernel nests pid and user namespaces 32 deep */

void graph_free(struct ns_graph *g)
{
	free(g->nodes);
	free(g->order);
	inums_free(&g->index);
	memset(g, 0, sizeof(*g));
}

struct ns_node *graph_find(const struct ns_graph *g, uint32_t type, uint32_t inum)
{
	struct inum_entry *e = inum ? inums_find(&g->index, type, inum) : NULL;

	return e ? &g->nodes[e->a] : NULL;
}

/* Threads of the kernel live in the initial namespaces, whose numbers are not fixed everywhere. */
uint32_t graph_initial(const struct ns_graph *g, enum ns_slot type)
{
	for (size_t i = 0; g->tasks && i < g->tasks->n; i++) {
		const struct ns_task *t = &g->tasks->rows[i];

		if (t->flags & TASK_KTHREAD && t->pid <= 2 && t->ns.inum[type])
			return t->ns.inum[type];
	}
	return graph_find(g, type, ns_types[type].initial) ? ns_types[type].initial : 0;
}

struct ns_node *graph_find_inum(const struct ns_graph *g, uint32_t inum)
{
	for (uint32_t type = 0; type < NS_TYPES; type++) {
		struct ns_node *n = graph_find(g, type, inum);

		if (n)
			return n;
	}
	return NULL;
}

/* The node, made where there was none: *ret_at its place. */
static int node_put(struct ns_graph *g, uint32_t type, uint32_t inum, uint32_t *ret_at)
{
	struct inum_entry *e = inums_put(&g->index, type, inum);

	if (!e)
		return -ENOMEM;
	/* New entries are zeroed, and so is that of the first node: it says who it is. */
	if (!g->n || g->nodes[e->a].type != type || g->nodes[e->a].inum != inum) {
		struct ns_node *n;

		if (ARRAY_ROOM(g->nodes, g->cap, g->n))
			return -ENOMEM;
		n = memset(&g->nodes[g->n], 0, sizeof(*n));
		n->type = type;
		n->inum = inum;
		n->node[REL_PARENT] = n->node[REL_OWNER] = NODE_NONE;
		e->a = g->n++;
	}
	*ret_at = (uint32_t)e->a;
	return 0;
}

int graph_put(struct ns_graph *g, uint32_t type, uint32_t inum, struct ns_node **ret)
{
	uint32_t at;
	int r = node_put(g, type, inum, &at);

	if (!r)
		*ret = &g->nodes[at];
	return r;
}

static void node_keep_by(struct ns_node *n, enum ns_keep_kind kind, size_t at, uint32_t by)
{
	if (!n->keep[kind].n)
		n->keep[kind].at = (uint32_t)at;
	n->keep[kind].n += by;
}

static void node_keep(struct ns_node *n, enum ns_keep_kind kind, size_t at)
{
	node_keep_by(n, kind, at, 1);
}

static bool graph_wants(const struct ns_graph *g, uint32_t type)
{
	return !g->types || g->types & 1u << type;
}

/* Where the tasks before were: most are in the same namespaces. */
struct recent {
	uint32_t inum[NS_SLOTS], at[NS_SLOTS];
};

static int task_node(
	struct ns_graph *g, struct recent *r, unsigned int slot, uint32_t inum, uint32_t *ret_at)
{
	int ret;

	if (r->inum[slot] != inum) {
		ret = node_put(g, ns_types[slot].type, inum, &r->at[slot]);
		if (ret)
			return ret;
		r->inum[slot] = inum;
	}
	*ret_at = r->at[slot];
	return 0;
}

/* Rows of leaders come before those of their threads. */
static int task_put(struct ns_graph *g, struct recent *r, size_t i, const struct ns_task *leader)
{
	const struct ns_task *t = &g->tasks->rows[i];
	uint32_t at;

	for (unsigned int slot = 0; slot < NS_SLOTS; slot++) {
		uint32_t inum = t->ns.inum[slot], type = ns_types[slot].type;
		struct ns_node *n;

		if (!inum || !graph_wants(g, type))
			continue;
		if (slot >= NS_TYPES && inum == t->ns.inum[type])
			continue;
		if (task_node(g, r, slot, inum, &at))
			return -ENOMEM;
		n = &g->nodes[at];
		if (slot >= NS_TYPES) {
			node_keep_by(n, KEEP_CHILD, i, 1 + t->others);
		} else if (t->pid == t->tid) {
			node_keep(n, KEEP_PROC, i);
			n->nprocs += 1 + t->others;
			n->plain = true;
			if (g->tasks->rows[n->keep[KEEP_PROC].at].pid > t->pid)
				n->keep[KEEP_PROC].at = (uint32_t)i;
		} else if (!leader || leader->ns.inum[slot] != inum) {
			node_keep_by(n, KEEP_THREAD, i, 1 + t->others);
		}
		n->nthreads += slot < NS_TYPES;
	}
	return 0;
}

int graph_tasks(struct ns_graph *g, const struct ns_tasks *t)
{
	const struct ns_task *leader = NULL;
	struct recent r = {0};

	g->tasks = t;
	for (size_t i = 0; i < t->n; i++) {
		const struct ns_task *row = &t->rows[i];

		if (row->pid == row->tid)
			leader = row;
		if (task_put(g, &r, i, leader && leader->pid == row->pid ? leader : NULL))
			return -ENOMEM;
	}
	return 0;
}

int graph_holds(struct ns_graph *g, const struct ns_holds *h)
{
	uint32_t at;

	g->holds = h;
	for (size_t i = 0; i < h->n; i++) {
		const struct ns_hold *row = &h->rows[i];

		if (!graph_wants(g, row->type))
			continue;
		if (node_put(g, row->type, row->inum, &at))
			return -ENOMEM;
		node_keep(&g->nodes[at], row->socket ? KEEP_SOCKET : KEEP_FD, i);
		g->nodes[at].plain = true;
	}
	return 0;
}

int graph_mounts(struct ns_graph *g, const struct ns_mounts *m, uint32_t own_mnt)
{
	uint32_t at;

	g->mounts = m;
	g->own_mnt = own_mnt;
	for (size_t i = 0; i < m->n; i++) {
		const struct ns_mount *row = &m->rows[i];
		bool own = !own_mnt || row->mnt_ns == own_mnt;
		struct ns_node *n;

		if (!graph_wants(g, row->type))
			continue;
		if (node_put(g, row->type, row->inum, &at))
			return -ENOMEM;
		n = &g->nodes[at];
		node_keep(n, KEEP_MOUNT, i);
		/* One of this process's own can be opened with less ado. */
		if (own && own_mnt && m->rows[n->keep[KEEP_MOUNT].at].mnt_ns != own_mnt)
			n->keep[KEEP_MOUNT].at = (uint32_t)i;
		n->plain |= own;
	}
	return 0;
}

/* --- relations ------------------------------------------------------------------------------- */

/* What is known of it already; false: it has to be asked. */
static bool node_facts(const struct ns_facts *facts, struct ns_node *n)
{
	const struct ns_fact *f = facts ? facts_find(facts, n->type, n->inum) : NULL;

	if (!f)
		return false;
	n->id = f->id;
	n->rel[REL_OWNER] = f->owner;
	n->rel[REL_PARENT] = f->parent;
	n->level = f->level;
	if (n->type != NS_USER)
		f = facts_find(facts, NS_USER, f->owner);
	n->has_uid = f;
	n->owner_uid = f ? f->owner_uid : 0;
	return f;
}

static const struct snapshot_ops *graph_ops(const struct ns_graph *g)
{
	return g->ops ? g->ops : snapshot_system;
}

static void node_relate(struct ns_graph *g, size_t at)
{
	struct ns_node *n = &g->nodes[at];
	int ret;

	if (n->related)
		return;
	n->related = true;
	ret = node_facts(g->facts, n) ? 0 : graph_ops(g)->ask(g, n);
	if (ret == -ENOTTY || ret == -ENOSYS)
		g->lacks = ret;
}

/* Parents are of the same type; owners are user namespaces. */
static uint32_t rel_type(const struct ns_node *n, enum ns_rel rel)
{
	return rel == REL_PARENT ? n->type : NS_USER;
}

static bool node_bare(const struct ns_node *n)
{
	return !n->nprocs || n->keep[KEEP_FD].n;
}

/* The node is above others, which keep it and, where nothing else helps, lead to it. */
static int above_put(struct ns_graph *g, size_t from, enum ns_rel rel, enum graph_scope scope)
{
	uint32_t type = rel_type(&g->nodes[from], rel), inum = g->nodes[from].rel[rel], at;
	bool bare = node_bare(&g->nodes[from]), plain = g->nodes[from].plain;
	struct ns_node *n;

	if (!inum || !graph_wants(g, type))
		return 0;
	n = graph_find(g, type, inum);
	if (!n) {
		if (!bare && scope < GRAPH_TREE)
			return 0;
		if (node_put(g, type, inum, &at))
			return -ENOMEM;
		n = &g->nodes[at];
	}
	/* A user namespace is the owner of its children by being their parent. */
	if (rel == REL_OWNER && g->nodes[from].type == NS_USER)
		return 0;
	node_keep(n, rel == REL_PARENT ? KEEP_PARENT : KEEP_OWNER, from);
	if (plain && (bare || scope == GRAPH_TREE))
		n->plain = true;
	return 0;
}

int graph_relate(struct ns_graph *g, enum graph_scope scope)
{
	/* Nodes that are put in are at the end: the loop comes to them. */
	for (; g->nrelated < g->n; g->nrelated++) {
		size_t i = g->nrelated;

		if (scope == GRAPH_BARE && !node_bare(&g->nodes[i]))
			continue;
		node_relate(g, i);
		for (int rel = 0; rel < NS_RELS; rel++)
			if (above_put(g, i, (enum ns_rel)rel, scope))
				return -ENOMEM;
	}
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* One that another source has shown, but not by its id, stays as it is. */
static int id_put(struct ns_graph *g, uint64_t id)
{
	uint32_t type, inum, at;

	/* It may have ended since. */
	if (graph_ops(g)->by_id(id, &type, &inum) || !graph_wants(g, type))
		return 0;
	if (node_put(g, type, inum, &at))
		return -ENOMEM;
	g->nodes[at].id = id;
	return 0;
}

int graph_ids(struct ns_graph *g, const struct ns_ids *ids)
{
	uint64_t *known = ids->n ? calloc(g->n + 1, sizeof(*known)) : NULL;
	size_t n = g->n;
	int ret = 0;

	if (!known)
		return ids->n ? -ENOMEM : 0;
	for (size_t i = 0; i < n; i++)
		known[i] = g->nodes[i].id;
	qsort(known, n, sizeof(*known), by_id);
	for (size_t i = 0; i < ids->n && !ret; i++)
		if (!bsearch(&ids->rows[i], known, n, sizeof(*known), by_id))
			ret = id_put(g, ids->rows[i]);
	free(known);
	return ret;
}

static void node_level(struct ns_graph *g, struct ns_node *n)
{
	const struct ns_node *up = n;
	uint32_t level = 0;

	if (n->level || (n->type != NS_PID && n->type != NS_USER))
		return;
	while (up->node[REL_PARENT] != NODE_NONE && level < DEPTH_MAX) {
		up = &g->nodes[up->node[REL_PARENT]];
		level++;
	}
	/* One whose parent is in sight but in no row has one above it all the same. */
	n->level = level + (up->rel[REL_PARENT] != 0);
}

static int by_inum(const void *a, const void *b, void *nodes)
{
	const struct ns_node *x = (const struct ns_node *)nodes + *(const uint32_t *)a;
	const struct ns_node *y = (const struct ns_node *)nodes + *(const uint32_t *)b;

	return x->inum < y->inum ? -1 : x->inum > y->inum;
}

int graph_finish(struct ns_graph *g)
{
	free(g->order);
	g->order = calloc(g->n + 1, sizeof(*g->order));
	if (!g->order)
		return -ENOMEM;
	for (size_t i = 0; i < g->n; i++) {
		struct ns_node *n = &g->nodes[i];

		g->order[i] = (uint32_t)i;
		for (int rel = 0; rel < NS_RELS; rel++) {
			struct ns_node *up =
				graph_find(g, rel_type(n, (enum ns_rel)rel), n->rel[rel]);

			n->node[rel] = up && up != n ? (uint32_t)(up - g->nodes) : NODE_NONE;
		}
	}
	for (size_t i = 0; i < g->n; i++)
		node_level(g, &g->nodes[i]);
	qsort_r(g->order, g->n, sizeof(*g->order), by_inum, g->nodes);
	return 0;
}
