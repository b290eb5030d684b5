// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fd.h"
#include "lib/thread.h"
#include "ns/netview.h"
#include "ns/nsfd.h"
#include "ns/nsid.h"
#include "ns/types.h"

void netview_free(struct net_view *v)
{
	devs_free(&v->devs);
	free(v->spaces);
	free(v->peers);
	free(v->space_of);
	memset(v, 0, sizeof(*v));
}

/* Threads of the kernel live in the initial namespaces; from 6.18 the number is fixed too. */
uint32_t netview_initial(const struct ns_graph *g)
{
	for (size_t i = 0; g->tasks && i < g->tasks->n; i++) {
		const struct ns_task *t = &g->tasks->rows[i];

		if (t->flags & TASK_KTHREAD && t->pid <= 2 && t->ns.inum[NS_NET])
			return t->ns.inum[NS_NET];
	}
	return graph_find(g, NS_NET, ns_types[NS_NET].initial) ? ns_types[NS_NET].initial : 0;
}

struct net_space *netview_space(const struct net_view *v, uint32_t inum)
{
	for (size_t lo = 0, hi = v->n; lo < hi;) {
		size_t mid = (lo + hi) / 2;

		if (v->spaces[mid].inum == inum)
			return &v->spaces[mid];
		if (v->spaces[mid].inum < inum)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* --- going there ----------------------------------------------------------------------------- */

/* By a thread made for it: it goes from one to the next and never comes back. */
struct tour {
	struct net_view *v;
	uint32_t only;
	unsigned int what;
	uint32_t own;        /* inum of the namespace where it sets out */
	struct netlink home; /* a socket of that */
	int home_state;      /* 0, or -errno: there is none */
};

/* *ret is a socket there: that of home, or nl, which the caller closes. */
static int space_open(
	struct tour *t, const struct ns_node *node, struct netlink *nl, struct netlink **ret)
{
	auto_fd int ns = -1;
	int code = t->home_state;

	if (node->inum == t->own) {
		*ret = &t->home;
		return code;
	}
	ns = node_open(t->v->graph, node);
	*ret = nl;
	return ns < 0 ? ns : netlink_open_there(ns, nl, NULL);
}

static bool is_gone(int code)
{
	return code == -ENOENT || code == -ESRCH || code == -ESTALE;
}

/* -ENOMEM ends all; what else goes wrong is the state of this one. */
static int space_read(struct tour *t, struct net_space *s)
{
	auto_netlink struct netlink there = NETLINK_NONE;
	struct net_devs *d = &t->v->devs;
	struct netlink *nl;

	s->first = (uint32_t)d->n;
	s->state = space_open(t, s->node, &there, &nl);
	if (!s->state)
		s->state = devs_read(d, nl, NULL);
	s->n = (uint32_t)d->n - s->first;
	for (uint32_t i = s->first; i < d->n; i++)
		s->foreign |= d->rows[i].link_nsid >= 0;
	return s->state == -ENOMEM ? -ENOMEM : 0;
}

static int spaces_read(struct tour *t)
{
	struct net_view *v = t->v;
	const struct ns_graph *g = v->graph;
	uint32_t initial = netview_initial(g);
	int ret;

	for (size_t i = 0; i < g->n; i++) {
		const struct ns_node *node = &g->nodes[g->order[i]];
		struct net_space *s = &v->spaces[v->n];

		if (node->type != NS_NET || (t->only && node->inum != t->only))
			continue;
		*s = (struct net_space){.node = node,
			.inum = node->inum,
			.initial = initial && node->inum == initial};
		ret = space_read(t, s);
		if (ret)
			return ret;
		if (is_gone(s->state))
			continue;
		v->unreadable += s->state != 0;
		v->n++;
	}
	return 0;
}

/* --- peers ----------------------------------------------------------------------------------- */

/* Devices by index, of all namespaces. */
struct by_index {
	uint32_t index, dev;
};

static int by_index_order(const void *a, const void *b)
{
	const struct by_index *x = a, *y = b;

	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return x->dev < y->dev ? -1 : x->dev > y->dev;
}

static size_t by_index_first(const struct by_index *all, size_t n, uint32_t index)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (all[mid].index < index)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* What the ids of one namespace mean. */
struct meaning {
	int32_t id;
	uint32_t space; /* NET_NONE: no namespace in sight */
};

struct asking {
	struct tour *t;
	struct netlink *nl;
	const struct by_index *all;
	size_t n;
	struct meaning *known;
	size_t nknown, cap;
	uint32_t last; /* where the one before was: mostly all are with one neighbour */
};

static bool space_is(struct asking *q, uint32_t space, int32_t id)
{
	const struct net_space *s = &q->t->v->spaces[space];
	auto_fd int fd = node_open(q->t->v->graph, s->node);
	int32_t got;

	return fd >= 0 && !nsid_get(q->nl, fd, &got) && got == id;
}

/*
 * The namespace that is called id here: it holds a device of the index that the
 * device links to, and of a veth pair one that links back. The kernel is asked
 * whether it is the one.
 */
static uint32_t meaning_find(struct asking *q, const struct net_dev *d)
{
	struct net_view *v = q->t->v;
	bool pair = !strcmp(d->kind, "veth");

	if (q->last != NET_NONE && !pair && space_is(q, q->last, d->link_nsid))
		return q->last;
	for (size_t i = by_index_first(q->all, q->n, d->link);
		i < q->n && q->all[i].index == d->link; i++) {
		uint32_t dev = q->all[i].dev;
		const struct net_dev *o = &v->devs.rows[dev];

		if (pair && (strcmp(o->kind, "veth") != 0 || o->link != d->index))
			continue;
		if (space_is(q, v->space_of[dev], d->link_nsid))
			return v->space_of[dev];
	}
	return NET_NONE;
}

static int meaning_get(struct asking *q, const struct net_dev *d, uint32_t *ret)
{
	for (size_t i = 0; i < q->nknown; i++) {
		if (q->known[i].id == d->link_nsid) {
			*ret = q->known[i].space;
			return 0;
		}
	}
	if (q->nknown == q->cap) {
		size_t cap = q->cap ? q->cap * 2 : 64;
		struct meaning *known = reallocarray(q->known, cap, sizeof(*known));

		if (!known)
			return -ENOMEM;
		q->known = known;
		q->cap = cap;
	}
	*ret = meaning_find(q, d);
	q->known[q->nknown++] = (struct meaning){d->link_nsid, *ret};
	if (*ret != NET_NONE)
		q->last = *ret;
	return 0;
}

static void peer_set(struct net_view *v, uint32_t dev, uint32_t space)
{
	const struct net_space *s = space == NET_NONE ? NULL : &v->spaces[space];
	const struct net_dev *o =
		s ? devs_by_index(v->devs.rows + s->first, s->n, v->devs.rows[dev].link) : NULL;

	v->peers[dev].state = o ? PEER_FOUND : PEER_UNSEEN;
	v->peers[dev].dev = o ? (uint32_t)(o - v->devs.rows) : NET_NONE;
}

static int space_peers(struct asking *q, uint32_t at)
{
	struct net_view *v = q->t->v;
	const struct net_space *s = &v->spaces[at];
	auto_netlink struct netlink there = NETLINK_NONE;
	uint32_t where;
	int ret = 0;

	q->nknown = 0;
	if (!s->foreign || space_open(q->t, s->node, &there, &q->nl))
		q->nl = NULL;
	for (uint32_t i = s->first; !ret && i < s->first + s->n; i++) {
		const struct net_dev *d = &v->devs.rows[i];

		if (!d->link || (d->link_nsid < 0 && d->link == d->index))
			continue;
		where = d->link_nsid < 0 ? at : NET_NONE;
		if (d->link_nsid >= 0 && q->nl)
			ret = meaning_get(q, d, &where);
		peer_set(v, i, where);
	}
	return ret;
}

static int peers_find(struct tour *t)
{
	struct net_view *v = t->v;
	auto_free struct by_index *all = calloc(v->devs.n + 1, sizeof(*all));
	struct asking q = {.t = t, .all = all, .n = v->devs.n, .last = NET_NONE};
	int ret = 0;

	if (!all)
		return -ENOMEM;
	for (uint32_t i = 0; i < v->devs.n; i++)
		all[i] = (struct by_index){v->devs.rows[i].index, i};
	qsort(all, v->devs.n, sizeof(*all), by_index_order);
	for (uint32_t i = 0; !ret && i < v->n; i++)
		ret = space_peers(&q, i);
	free(q.known);
	return ret;
}

/* --- all ------------------------------------------------------------------------------------- */

static int view_alloc(struct net_view *v)
{
	v->peers = calloc(v->devs.n + 1, sizeof(*v->peers));
	v->space_of = calloc(v->devs.n + 1, sizeof(*v->space_of));
	if (!v->peers || !v->space_of)
		return -ENOMEM;
	for (uint32_t i = 0; i < v->n; i++)
		for (uint32_t d = 0; d < v->spaces[i].n; d++)
			v->space_of[v->spaces[i].first + d] = i;
	return 0;
}

static int tour_main(void *ctx)
{
	struct tour *t = ctx;
	int ret = spaces_read(t);

	if (!ret)
		ret = view_alloc(t->v);
	return !ret && t->what & NETVIEW_PEERS ? peers_find(t) : ret;
}

int netview_read(struct net_view *v, const struct ns_graph *g, uint32_t only, unsigned int what,
	struct err *err)
{
	auto_fd int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	struct tour t = {.v = v, .only = only, .what = what};
	int ret;

	if (home < 0 || nsfd_inum(home, &t.own))
		return err_set(err, -errno, "open /proc/thread-self/ns/net");
	v->graph = g;
	v->spaces = calloc(g->n + 1, sizeof(*v->spaces));
	t.home_state = netlink_open(&t.home, NULL);
	ret = v->spaces ? thread_run(tour_main, &t) : -ENOMEM;
	netlink_close(&t.home);
	if (ret) {
		netview_free(v);
		return err_set(err, ret, "read net namespaces");
	}
	return 0;
}
