// SPDX-License-Identifier: GPL-2.0-or-later
/* at_ops.c - a system of the past, as snapshots ask for it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "history/at.h"
#include "history/state.h"
#include "kernel/nstype.h"
#include "lib/array.h"
#include "lib/fd.h"
#include "snapshot/snapshot.h"

/* The functions of struct snapshot_ops have no context: there is one past at a time. */
static const struct at *at;

/* --- processes -------------------------------------------------------------------------------- */

static const struct at_process *process_of(uint32_t pid)
{
	const struct inum_entry *e = pid ? inums_find(&at->pids, 0, pid) : NULL;

	return e && e->a ? &at->procs[e->a - 1] : NULL;
}

/* Processes in the order of pids, each in the namespaces whose first process it was. */
static int past_tasks(struct snapshot *s, uint32_t types, unsigned int needs, struct err *err)
{
	auto_tasks struct ns_tasks tasks = {0};
	int r;

	(void)types;
	(void)needs;
	buf_add(&tasks.text, at->text.s ? at->text.s : "", at->text.len);
	for (size_t i = 0; i < at->nprocs; i++) {
		struct ns_task *t = tasks_add(&tasks);

		if (!t)
			return err_set(err, -ENOMEM, "processes");
		*t = at->procs[i].task;
	}
	r = tasks_index(&tasks);
	for (size_t i = 0; i < at->n && !r; i++) {
		const struct at_node *n = &at->nodes[i];
		const struct ns_task *t = n->pid && !n->gone ? tasks_find(&tasks, n->pid) : NULL;

		if (t)
			tasks.rows[t - tasks.rows].ns.inum[n->node.type] = n->node.inum;
	}
	if (!r)
		r = tasks_finish(&tasks, &s->tasks);
	s->has_holds = true;
	return r ? err_set(err, r, "processes") : 0;
}

static int past_text(const struct ns_task *t, const char *name, size_t max, struct buf *b)
{
	(void)t;
	(void)name;
	(void)max;
	(void)b;
	return -ESRCH;
}

static int past_nspids(const struct ns_task *t, uint32_t *ret, size_t max)
{
	(void)t;
	(void)ret;
	(void)max;
	return 0;
}

static int past_whose(const struct ns_task *t, struct whose *ret)
{
	const struct at_process *p = process_of(t->pid);
	const struct whose *w = p && p->box ? whoses_find(&at->boxes, p->box) : NULL;

	if (!w)
		return -ENOENT;
	*ret = *w;
	return 0;
}

/* --- namespaces ------------------------------------------------------------------------------- */

static int past_mounts(struct snapshot *s, bool all, struct err *err)
{
	(void)all;
	s->own_mnt = at->own_mnt;
	s->mounts.rows = calloc(at->mounts.n + 1, sizeof(*s->mounts.rows));
	if (!s->mounts.rows)
		return err_set(err, -ENOMEM, "mounts");
	s->mounts.cap = at->mounts.n + 1;
	for (size_t i = 0; i < at->mounts.n; i++) {
		const struct ns_mount *m = &at->mounts.rows[i];
		const struct at_node *n = at_node(at, m->type, m->inum);

		if (n && !n->gone)
			s->mounts.rows[s->mounts.n++] = *m;
	}
	buf_add(&s->mounts.text, at->mounts.text.s ? at->mounts.text.s : "", at->mounts.text.len);
	return 0;
}

static void node_fill(struct ns_node *n, const struct at_node *of)
{
	const struct ns_node *was = &of->node;

	n->id = was->id;
	n->rel[REL_OWNER] = was->rel[REL_OWNER];
	n->rel[REL_PARENT] = was->rel[REL_PARENT];
	n->level = was->level;
	n->has_uid = was->has_uid;
	n->owner_uid = was->owner_uid;
	n->plain = was->plain;
	n->nprocs = n->keep[KEEP_PROC].n ? was->nprocs : 0;
	n->uncounted = was->uncounted;
	n->related = true;
}

/* What was counted then is as it was counted, whatever the rows that are left of it show. */
static int past_graph(struct snapshot *s, struct err *err)
{
	struct ns_graph *g = &s->graph;
	int r = graph_tasks(g, &s->tasks);

	if (!r)
		r = graph_holds(g, &s->holds);
	if (!r)
		r = graph_mounts(g, &s->mounts, s->own_mnt);
	for (size_t i = 0; i < at->n && !r; i++) {
		const struct at_node *of = &at->nodes[i];
		struct ns_node *n;

		if (of->gone || (g->types && !(g->types & 1u << of->node.type)))
			continue;
		r = graph_put(g, of->node.type, of->node.inum, &n);
		if (!r)
			node_fill(n, of);
	}
	if (!r)
		r = graph_finish(g);
	return r ? err_set(err, r, "namespaces") : 0;
}

static void past_kept(const struct ns_node *n, struct buf *b)
{
	const struct at_node *of = at_node(at, n->type, n->inum);

	if (of && of->kept)
		buf_puts(b, at->text.s + of->kept - 1);
	else
		buf_puts(b, "unseen");
}

static int past_ids(uint32_t types, struct ns_ids *ret)
{
	(void)types;
	(void)ret;
	return 0;
}

static int past_ask(const struct ns_graph *g, struct ns_node *n)
{
	(void)g;
	(void)n;
	return 0;
}

static int past_by_id(uint64_t id, uint32_t *ret_type, uint32_t *ret_inum)
{
	(void)id;
	(void)ret_type;
	(void)ret_inum;
	return -ENOENT;
}

static int past_nsid(struct snapshot *s, const struct ns_node *n, int32_t *ret)
{
	(void)s;
	(void)n;
	(void)ret;
	return -EOPNOTSUPP;
}

static int past_host(const struct ns_graph *g, const struct ns_node *n, struct buf *b)
{
	(void)g;
	(void)n;
	(void)b;
	return -EOPNOTSUPP;
}

/* --- net namespaces --------------------------------------------------------------------------- */

/* Names are files in one directory, whichever mount namespace shows it. */
static int past_names(struct netns_names *ret, struct err *err)
{
	static const char *const dirs[] = {NETNS_DIR "/", "/var" NETNS_DIR "/"};

	for (size_t i = 0; i < at->mounts.n; i++) {
		const struct ns_mount *m = &at->mounts.rows[i];
		const struct at_node *n = at_node(at, m->type, m->inum);
		const char *path = mounts_path(&at->mounts, m);

		for (size_t d = 0; d < 2 && m->type == NS_NET && n && !n->gone; d++) {
			size_t len = strlen(dirs[d]);

			if (strncmp(path, dirs[d], len) != 0 || !path[len] ||
				strchr(path + len, '/'))
				continue;
			if (netns_names_put(ret, path + len, m->inum))
				return err_set(err, -ENOMEM, "names of net namespaces");
			break;
		}
	}
	return netns_names_finish(ret) ? err_set(err, -ENOMEM, "names of net namespaces") : 0;
}

static int device_order(const void *a, const void *b)
{
	const struct at_device *const *x = a, *const *y = b;

	if ((*x)->ns != (*y)->ns)
		return (*x)->ns < (*y)->ns ? -1 : 1;
	return (*x)->dev.index < (*y)->dev.index ? -1 : (*x)->dev.index > (*y)->dev.index;
}

/* Those that were there, in the order of namespaces and indices; *ret is the caller's to free. */
static size_t devices_sort(const struct at_device ***ret)
{
	const struct at_device **v = calloc(at->ndevs + 1, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; v && i < at->ndevs; i++)
		if (!at->devs[i].gone)
			v[n++] = &at->devs[i];
	if (v)
		qsort(v, n, sizeof(*v), device_order);
	*ret = v;
	return n;
}

static int spaces_make(struct net_view *v, const struct ns_graph *g, uint32_t only)
{
	v->spaces = calloc(g->n + 1, sizeof(*v->spaces));
	if (!v->spaces)
		return -ENOMEM;
	for (size_t i = 0; i < g->n; i++) {
		const struct ns_node *n = &g->nodes[g->order[i]];

		if (n->type == NS_NET && (!only || n->inum == only))
			v->spaces[v->n++] = (struct net_space){.node = n,
				.inum = n->inum,
				.initial = n->inum == graph_initial(g, NS_NET)};
	}
	return 0;
}

static int space_fill(struct net_view *v, struct net_space *s, const struct at_device *const *devs,
	size_t n, const struct at_device **of)
{
	struct net_devs *d = &v->devs;

	s->first = (uint32_t)d->n;
	for (size_t i = 0; i < n; i++) {
		if (devs[i]->ns != s->inum)
			continue;
		if (ARRAY_ROOM(d->rows, d->cap, d->n))
			return -ENOMEM;
		of[d->n] = devs[i];
		d->rows[d->n++] = devs[i]->dev;
		s->initial |= TRAIT_INITIAL(devs[i]->traits);
		s->n++;
	}
	return 0;
}

static void peer_fill(struct net_view *v, size_t i, const struct at_device *of)
{
	const struct net_space *s = of->peer_ns ? netview_space(v, of->peer_ns) : NULL;
	const struct net_dev *d =
		s ? devs_by_index(v->devs.rows + s->first, s->n, of->dev.link) : NULL;
	struct net_peer *p = &v->peers[i];

	p->state = (enum net_peer_state)TRAIT_PEER(of->traits);
	p->space = s ? (uint32_t)(s - v->spaces) : NET_NONE;
	p->dev = d && p->state == PEER_FOUND ? (uint32_t)(d - v->devs.rows) : NET_NONE;
	if (p->state == PEER_FOUND && !d)
		p->state = PEER_UNSEEN;
}

static int view_fill(struct net_view *v, const struct at_device *const *devs, size_t n,
	const struct at_device **of)
{
	int r = 0;

	for (size_t i = 0; i < v->n && !r; i++)
		r = space_fill(v, &v->spaces[i], devs, n, of);
	v->peers = calloc(v->devs.n + 1, sizeof(*v->peers));
	v->space_of = calloc(v->devs.n + 1, sizeof(*v->space_of));
	v->devs.addrs = calloc(at->naddrs + 1, sizeof(*v->devs.addrs));
	if (r || !v->peers || !v->space_of || !v->devs.addrs)
		return -ENOMEM;
	v->devs.naddrs = at->naddrs;
	v->devs.addr_cap = at->naddrs + 1;
	if (at->naddrs)
		memcpy(v->devs.addrs, at->addrs, at->naddrs * sizeof(*at->addrs));
	for (uint32_t i = 0; i < v->n; i++)
		for (uint32_t d = 0; d < v->spaces[i].n; d++)
			v->space_of[v->spaces[i].first + d] = i;
	for (size_t i = 0; i < v->devs.n; i++)
		peer_fill(v, i, of[i]);
	return 0;
}

static int past_devices(struct net_view *v, const struct ns_graph *g, uint32_t only,
	unsigned int what, struct err *err)
{
	auto_free const struct at_device **devs = NULL, **of = NULL;
	size_t n = devices_sort(&devs);
	int r;

	(void)what;
	v->graph = g;
	of = calloc(n + 1, sizeof(*of));
	r = devs && of ? spaces_make(v, g, only) : -ENOMEM;
	if (!r)
		r = view_fill(v, devs, n, of);
	if (!r)
		return 0;
	netview_free(v);
	return err_set(err, r, "read net namespaces");
}

static int past_devs(const struct ns_graph *g, const struct ns_node *n, struct buf *b)
{
	auto_free const struct at_device **devs = NULL;
	size_t all = devices_sort(&devs), said = 0;

	(void)g;
	for (size_t i = 0; i < all; i++)
		if (devs[i]->ns == n->inum)
			buf_printf(b, "%s%s", said++ ? "," : "", devs[i]->dev.name);
	return said ? 0 : -ENOENT;
}

/* --- the machine ------------------------------------------------------------------------------ */

static int past_user(uint32_t uid, char *ret, size_t size)
{
	const char *name = NULL;

	if (!users_find(&at->users, uid, &name) || !name)
		return -ENOENT;
	snprintf(ret, size, "%s", name);
	return 0;
}

static const char *past_host_name(void)
{
	return at->host.len ? at->host.s : "";
}

/* The clocks as they stood at that moment. */
static uint64_t past_clock(clockid_t id)
{
	return (uint64_t)(id == CLOCK_REALTIME ? at->when : at->when - at->clock);
}

/* --- in place of the system at hand ----------------------------------------------------------- */

static const struct snapshot_ops past[] = {
	{
		.source = SNAPSHOT_BPF,
		.tasks = past_tasks,
		.mounts = past_mounts,
		.graph = past_graph,
		.kept = past_kept,
		.whose = past_whose,
		.ids = past_ids,
		.names = past_names,
		.devices = past_devices,
		.ask = past_ask,
		.by_id = past_by_id,
		.nsid = past_nsid,
		.host = past_host,
		.devs = past_devs,
		.text = past_text,
		.nspids = past_nspids,
		.user = past_user,
		.host_name = past_host_name,
		.clock = past_clock,
	},
	{0},
};

void at_use(const struct at *a)
{
	static const struct snapshot_ops *here;

	if (!here)
		here = snapshot_system;
	at = a;
	snapshot_system = a ? past : here;
}
