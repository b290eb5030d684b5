// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/array.h"
#include "snapshot/container.h"
#include "snapshot/groups.h"
#include "snapshot/snapshot.h"

#define MAP_TEXT_MAX 65536

void groups_free(struct groups *g)
{
	for (size_t i = 0; i < g->nuses; i++)
		idmap_free(&g->uses[i].map);
	free(g->uses);
	free(g->v);
	inums_free(&g->at);
	buf_free(&g->text);
	*g = (struct groups){0};
}

/* --- which processes belong together ---------------------------------------------------------- */

/* What a process belongs to, as text: equal texts are one group. */
struct member {
	size_t is; /* place in the text */
	const struct ns_task *task;
};

/* In the words of struct container, and with its path: two directories are two containers. */
static bool member_container(
	struct groups *g, const struct ns_task *t, bool unit, struct buf *cgroup)
{
	struct container c;

	if (container_of(snapshot_ops(g->s), t, cgroup, &c) || !strcmp(c.runtime, "unit") != unit)
		return false;
	buf_printf(&g->text, "%s:%s@", c.runtime, c.id);
	buf_add(&g->text, c.path, c.path_len);
	return true;
}

static bool member_of(
	struct groups *g, const struct ns_task *t, enum group_by by, struct buf *cgroup)
{
	if (t->flags & (TASK_KTHREAD | TASK_DEAD) || t->pid != t->tid)
		return false;
	if (by == GROUP_USER)
		buf_printf(&g->text, "%u", t->uid);
	else if (!member_container(g, t, by == GROUP_UNIT, cgroup))
		return false;
	buf_add(&g->text, "", 1);
	return true;
}

static int member_cmp(const void *a, const void *b, void *text)
{
	const struct member *x = a, *y = b;
	int r = strcmp((const char *)text + x->is, (const char *)text + y->is);

	if (r)
		return r;
	if (x->task->start_ns != y->task->start_ns)
		return x->task->start_ns < y->task->start_ns ? -1 : 1;
	return x->task->pid < y->task->pid ? -1 : x->task->pid > y->task->pid;
}

/* What container_format() says, the pod by itself: "docker:web,pod:shop/cart,user:1000". */
static void container_names(struct groups *g, struct group *group, const struct container *c)
{
	static const char pod_mark[] = ",pod:", user_mark[] = ",user:", in_mark[] = ",in:";
	auto_buf struct buf all = {0};
	const char *pod, *end;
	size_t skip = 0;

	container_format(c, "", &all);
	/* That it is a unit is known. */
	if (!strcmp(c->runtime, "unit"))
		skip = strlen("unit:");
	group->name = g->text.len;
	pod = strstr(all.s, pod_mark);
	end = pod ? strstr(pod, user_mark) : NULL;
	end = pod && !end ? strstr(pod, in_mark) : end;
	end = pod && !end ? all.s + all.len : end;
	buf_add(&g->text, all.s + skip, (pod ? (size_t)(pod - all.s) : all.len) - skip);
	if (pod)
		buf_puts(&g->text, end);
	buf_add(&g->text, "", 1);
	group->pod = g->text.len;
	if (pod) {
		pod += strlen(pod_mark);
		buf_add(&g->text, pod, (size_t)(end - pod));
	}
	buf_add(&g->text, "", 1);
}

static void names_add(
	struct groups *g, struct group *group, const struct ns_task *t, enum group_by by)
{
	auto_buf struct buf cgroup = {0};
	char user[256] = "?"; /* it has just ended */
	struct container c;

	if (by != GROUP_USER && !container_of(snapshot_ops(g->s), t, &cgroup, &c)) {
		container_names(g, group, &c);
		return;
	}
	if (by == GROUP_USER && snapshot_ops(g->s)->user(t->uid, user, sizeof(user)))
		snprintf(user, sizeof(user), "%u", t->uid);
	group->name = g->text.len;
	buf_add(&g->text, user, strlen(user) + 1);
	group->pod = g->text.len - 1;
}

static int group_cmp(const void *a, const void *b, void *text)
{
	const struct group *x = a, *y = b;
	int r = strcmp((const char *)text + x->name, (const char *)text + y->name);

	return r ? r : strcmp((const char *)text + x->is, (const char *)text + y->is);
}

/* --- where they are --------------------------------------------------------------------------- */

static int use_add(struct groups *g, struct inums *seen, uint32_t group, unsigned int type,
	const struct ns_task *t)
{
	uint32_t inum = t->ns.inum[type], *last = &g->v[group].last[type];
	struct inum_entry *e;

	if (!inum)
		return 0;
	e = inums_put(seen, group * NS_TYPES + type, inum);
	if (!e || ARRAY_ROOM(g->uses, g->uses_cap, g->nuses))
		return -ENOMEM;
	if (e->a)
		return 0;
	e->a = 1;
	e = inums_put(&g->at, type, inum);
	if (!e)
		return -ENOMEM;
	g->uses[g->nuses] = (struct group_use){.type = type,
		.inum = inum,
		.group = group,
		.next = USE_NONE,
		.also = e->a ? (uint32_t)e->a - 1 : USE_NONE,
		.task = t};
	if (*last == USE_NONE)
		g->v[group].uses[type] = (uint32_t)g->nuses;
	else
		g->uses[*last].next = (uint32_t)g->nuses;
	*last = (uint32_t)g->nuses;
	e->a = ++g->nuses;
	return 0;
}

static int group_take(struct groups *g, struct inums *seen, uint32_t at, const struct ns_task *t)
{
	struct group *group = &g->v[at];
	int r = 0;

	group->nprocs++;
	group->unreadable += t->flags & TASK_UNREADABLE;
	for (unsigned int type = 0; type < NS_TYPES && !r; type++)
		r = use_add(g, seen, at, type, t);
	return r;
}

/* Process 1 stands for the host, then the initial namespaces, then those of this process. */
static void host_find(struct groups *g)
{
	const struct ns_task *first = tasks_find(&g->s->tasks, 1);
	const struct ns_task *own = tasks_find(&g->s->tasks, (uint32_t)getpid());

	for (unsigned int type = 0; type < NS_TYPES; type++) {
		g->host[type] = first ? first->ns.inum[type] : 0;
		if (!g->host[type])
			g->host[type] = graph_initial(&g->s->graph, (enum ns_slot)type);
		if (!g->host[type] && own)
			g->host[type] = own->ns.inum[type];
	}
}

/* Processes of no group, in the namespaces that groups have. */
static void outsiders_find(struct groups *g, const bool *is_member)
{
	const struct ns_tasks *t = &g->s->tasks;

	for (size_t i = 0; i < t->n; i++) {
		const struct ns_task *row = &t->rows[i];

		if (is_member[i] || row->pid != row->tid)
			continue;
		for (unsigned int type = 0; type < NS_TYPES; type++) {
			uint32_t inum = row->ns.inum[type];
			struct inum_entry *e = inum ? inums_find(&g->at, type, inum) : NULL;

			if (e && !e->b)
				e->b = row->pid;
		}
	}
}

static int maps_read(struct groups *g)
{
	for (size_t i = 0; i < g->nuses; i++) {
		struct group_use *u = &g->uses[i];
		auto_buf struct buf text = {0};

		if (u->type != NS_USER || u->inum == g->host[NS_USER] ||
			snapshot_ops(g->s)->text(u->task, "uid_map", MAP_TEXT_MAX, &text))
			continue;
		if (idmap_text_parse(&u->map, text.s ? text.s : "") == -ENOMEM)
			return -ENOMEM;
	}
	return 0;
}

/* members are in the order of their groups, each with the oldest first. */
static int groups_fill(struct groups *g, const struct member *m, size_t n, enum group_by by)
{
	auto_inums struct inums seen = {0};
	int r = 0;

	g->v = calloc(n + 1, sizeof(*g->v));
	if (!g->v)
		return -ENOMEM;
	for (size_t i = 0; i < n && !r; i++) {
		if (i && !strcmp(g->text.s + m[i].is, g->text.s + m[i - 1].is))
			continue;
		g->v[g->n] = (struct group){.is = m[i].is, .first = m[i].task};
		memset(g->v[g->n].uses, 0xff, sizeof(g->v[g->n].uses));
		memset(g->v[g->n].last, 0xff, sizeof(g->v[g->n].last));
		names_add(g, &g->v[g->n], m[i].task, by);
		/* For the time of sorting, where its members begin. */
		g->v[g->n++].nprocs = (uint32_t)i;
	}
	if (!r)
		qsort_r(g->v, g->n, sizeof(*g->v), group_cmp, g->text.s);
	for (uint32_t k = 0; k < g->n && !r; k++) {
		size_t i = g->v[k].nprocs;

		g->v[k].nprocs = 0;
		for (; i < n && !r && !strcmp(g->text.s + m[i].is, g->text.s + g->v[k].is); i++)
			r = group_take(g, &seen, k, m[i].task);
	}
	return r;
}

int groups_make(struct snapshot *s, enum group_by by, struct groups *ret)
{
	auto_groups struct groups g = {.s = s};
	auto_buf struct buf cgroup = {0};
	struct member *m = calloc(s->tasks.n + 1, sizeof(*m));
	bool *is_member = calloc(s->tasks.n + 1, sizeof(*is_member));
	size_t n = 0;
	int r = m && is_member ? 0 : -ENOMEM;

	for (size_t i = 0; i < s->tasks.n && !r; i++) {
		size_t at = g.text.len;

		if (!member_of(&g, &s->tasks.rows[i], by, &cgroup))
			continue;
		is_member[i] = true;
		m[n++] = (struct member){at, &s->tasks.rows[i]};
	}
	if (!r && n)
		qsort_r(m, n, sizeof(*m), member_cmp, g.text.s);
	if (!r)
		r = groups_fill(&g, m, n, by);
	if (!r) {
		host_find(&g);
		outsiders_find(&g, is_member);
		r = maps_read(&g);
	}
	free(m);
	free(is_member);
	if (r)
		return r;
	*ret = g;
	g = (struct groups){0};
	return 0;
}

/* --- what they share -------------------------------------------------------------------------- */

/* The other groups in a namespace; the first of them in the order of names. */
static void cell_share(const struct groups *g, const struct group_use *u, struct group_cell *c)
{
	const struct inum_entry *e = inums_find(&g->at, u->type, u->inum);
	uint32_t others = 0;

	for (uint32_t i = e ? (uint32_t)e->a - 1 : USE_NONE; i != USE_NONE; i = g->uses[i].also) {
		const struct group *other = &g->v[g->uses[i].group];

		if (g->uses[i].group == u->group)
			continue;
		others++;
		if (!c->with || other < c->with)
			c->with = other;
	}
	c->shared += others;
	if (e && e->b && !c->outsider)
		c->outsider = (uint32_t)e->b;
	c->own += !others && !(e && e->b);
}

void groups_cell(const struct groups *g, const struct group *group, unsigned int type,
	struct group_cell *ret)
{
	*ret = (struct group_cell){0};
	for (uint32_t i = group->uses[type]; i != USE_NONE; i = g->uses[i].next) {
		if (g->uses[i].inum == g->host[type])
			ret->host = true;
		else
			cell_share(g, &g->uses[i], ret);
	}
}

static bool is_above(const struct groups *g, uint32_t above, uint32_t below)
{
	const struct ns_node *at = graph_find(&g->s->graph, NS_USER, below);

	while (at && at->inum != above)
		at = at->node[REL_PARENT] == NODE_NONE ? NULL
						       : &g->s->graph.nodes[at->node[REL_PARENT]];
	return at;
}

static bool maps_overlap(const struct idmap *a, const struct idmap *b)
{
	for (size_t i = 0; i < a->n; i++) {
		for (size_t k = 0; k < b->n; k++) {
			const struct idmap_range *x = &a->v[i], *y = &b->v[k];

			if (x->outer != IDMAP_NONE && y->outer != IDMAP_NONE &&
				(x->outer - y->outer < y->count || y->outer - x->outer < x->count))
				return true;
		}
	}
	return false;
}

static bool groups_collide(const struct groups *g, const struct group *a, const struct group *b)
{
	for (uint32_t i = a->uses[NS_USER]; i != USE_NONE; i = g->uses[i].next) {
		for (uint32_t k = b->uses[NS_USER]; k != USE_NONE; k = g->uses[k].next) {
			const struct group_use *x = &g->uses[i], *y = &g->uses[k];

			if (x->inum != y->inum && maps_overlap(&x->map, &y->map) &&
				!is_above(g, x->inum, y->inum) && !is_above(g, y->inum, x->inum))
				return true;
		}
	}
	return false;
}

const struct group *groups_overlap(
	const struct groups *g, const struct group *group, const struct group *after)
{
	for (const struct group *at = after ? after + 1 : g->v; at < g->v + g->n; at++)
		if (at != group && groups_collide(g, group, at))
			return at;
	return NULL;
}
