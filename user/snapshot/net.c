// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fd.h"
#include "lib/caps.h"
#include "lib/child.h"
#include "kernel/devtype.h"
#include "snapshot/fate.h"
#include "kernel/link.h"
#include "snapshot/net.h"
#include "kernel/nsfd.h"
#include "kernel/nsid.h"
#include "kernel/nstype.h"
#include "lib/array.h"

void netview_free(struct net_view *v)
{
	devs_free(&v->devs);
	free(v->spaces);
	free(v->peers);
	free(v->space_of);
	memset(v, 0, sizeof(*v));
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

/* It, open: -errno. */
static int space_fd(const struct tour *t, const struct net_space *s)
{
	return s->inum == t->own ? open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)
				 : node_open(t->v->graph, s->node);
}

static bool is_gone(int code)
{
	return code == -ENOENT || code == -ESRCH || code == -ESTALE;
}

/* Those that are no hardware although they have no link operations. */
static void space_types(struct tour *t, struct net_space *s)
{
	struct net_dev *rows = t->v->devs.rows + s->first;
	auto_fd int ns = -1;

	for (uint32_t i = 0; i < s->n && ns < 0; i++)
		if (devtype_doubtful(&rows[i]))
			ns = space_fd(t, s);
	if (ns >= 0)
		devtype_ask(rows, s->n, ns);
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
	if (!s->state)
		space_types(t, s);
	for (uint32_t i = s->first; i < d->n; i++)
		s->foreign |= d->rows[i].link_nsid >= 0;
	return s->state == -ENOMEM ? -ENOMEM : 0;
}

static int spaces_read(struct tour *t)
{
	struct net_view *v = t->v;
	const struct ns_graph *g = v->graph;
	uint32_t initial = graph_initial(g, NS_NET);
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
	bool all;       /* all were asked, not only those with a device of the number */
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

/* Whether IFLA_LINK of d is the number of another device. */
static bool link_is_dev(const struct net_dev *d, const struct net_kind *k)
{
	if (!d->link)
		return false;
	if (d->link != d->index)
		return true;
	/* Two ends of a pair, or what one stands on, may have the same number elsewhere. */
	return d->link_nsid >= 0 && k && (!k->own_number || d->lower);
}

/*
 * The namespace that is called id here, guessed by the device: it holds one of the index
 * that the device links to, and of a pair one that links back. The kernel is asked
 * whether it is the one.
 */
static uint32_t meaning_guess(struct asking *q, const struct net_dev *d, bool pair)
{
	struct net_view *v = q->t->v;

	for (size_t i = by_index_first(q->all, q->n, d->link);
		i < q->n && q->all[i].index == d->link; i++) {
		uint32_t dev = q->all[i].dev;
		const struct net_dev *o = &v->devs.rows[dev];

		if (pair && (strcmp(o->kind, d->kind) != 0 || o->link != d->index))
			continue;
		if (space_is(q, v->space_of[dev], d->link_nsid))
			return v->space_of[dev];
	}
	return NET_NONE;
}

/* The same where no device tells: the initial one first, then all. */
static uint32_t meaning_all(struct asking *q, const struct net_dev *d)
{
	struct net_view *v = q->t->v;

	for (uint32_t i = 0; i < v->n; i++)
		if (v->spaces[i].initial && space_is(q, i, d->link_nsid))
			return i;
	for (uint32_t i = 0; i < v->n; i++)
		if (!v->spaces[i].initial && space_is(q, i, d->link_nsid))
			return i;
	return NET_NONE;
}

static struct meaning *meaning_at(struct asking *q, int32_t id)
{
	for (size_t i = 0; i < q->nknown; i++)
		if (q->known[i].id == id)
			return &q->known[i];
	if (ARRAY_ROOM(q->known, q->cap, q->nknown))
		return NULL;
	q->known[q->nknown] = (struct meaning){id, NET_NONE, false};
	return &q->known[q->nknown++];
}

static int meaning_get(struct asking *q, const struct net_dev *d, bool is_dev, uint32_t *ret)
{
	const struct net_kind *k = netkind_find(d->kind);
	bool pair = k && k->link == LINK_PEER;
	struct meaning *m = meaning_at(q, d->link_nsid);

	if (!m)
		return -ENOMEM;
	if (m->space == NET_NONE && q->last != NET_NONE && !pair &&
		space_is(q, q->last, d->link_nsid))
		m->space = q->last;
	if (m->space == NET_NONE && is_dev)
		m->space = meaning_guess(q, d, pair);
	if (m->space == NET_NONE && !is_dev && !m->all) {
		m->space = meaning_all(q, d);
		m->all = true;
	}
	*ret = m->space;
	if (m->space != NET_NONE)
		q->last = m->space;
	return 0;
}

/* What the kernel does not place: the lower device has the same address where it is that one. */
static bool is_same(const struct net_dev *d, const struct net_dev *o)
{
	return d->mac_len && d->mac_len == o->mac_len && !memcmp(d->mac, o->mac, d->mac_len);
}

static void peer_set(struct net_view *v, uint32_t dev, uint32_t space, bool is_dev)
{
	const struct net_space *s = space == NET_NONE ? NULL : &v->spaces[space];
	const struct net_dev *d = &v->devs.rows[dev], *o = NULL;
	const struct net_kind *k = netkind_find(d->kind);

	if (is_dev && s)
		o = devs_by_index(v->devs.rows + s->first, s->n, d->link);
	if (o && k && k->unplaced && !is_same(d, o)) {
		o = NULL;
		space = NET_NONE;
	}
	v->peers[dev].state = o ? PEER_FOUND : is_dev ? PEER_UNSEEN : PEER_UNDERLAY;
	v->peers[dev].dev = o ? (uint32_t)(o - v->devs.rows) : NET_NONE;
	v->peers[dev].space = space;
}

static int space_peers(struct asking *q, uint32_t at)
{
	struct net_view *v = q->t->v;
	const struct net_space *s = &v->spaces[at];
	auto_netlink struct netlink there = NETLINK_NONE;
	int ret = 0;

	q->nknown = 0;
	if (!s->foreign || space_open(q->t, s->node, &there, &q->nl))
		q->nl = NULL;
	for (uint32_t i = s->first; !ret && i < s->first + s->n; i++) {
		const struct net_dev *d = &v->devs.rows[i];
		bool is_dev = link_is_dev(d, netkind_find(d->kind));
		uint32_t where = d->link_nsid < 0 ? at : NET_NONE;

		v->peers[i] = (struct net_peer){PEER_NONE, NET_NONE, NET_NONE};
		if (!is_dev && d->link_nsid < 0)
			continue;
		if (d->link_nsid >= 0 && q->nl)
			ret = meaning_get(q, d, is_dev, &where);
		peer_set(v, i, where, is_dev);
	}
	return ret;
}

/* --- l2tp: the namespace of the tunnel ------------------------------------------------------- */

static bool is_l2tp(const struct net_dev *d)
{
	return d->software && !strcmp(d->devtype, DEVTYPE_L2TP);
}

/* The device of that name in a namespace, else one whose tunnel is not known yet anywhere. */
static struct net_dev *l2tp_dev(struct net_view *v, const struct net_space *s, const char *name)
{
	struct net_dev *far = NULL;

	for (uint32_t i = 0; i < s->n; i++) {
		struct net_dev *d = &v->devs.rows[s->first + i];

		if (is_l2tp(d) && !strcmp(d->name, name))
			return d;
	}
	for (size_t i = 0; i < v->devs.n; i++) {
		struct net_dev *d = &v->devs.rows[i];

		if (!is_l2tp(d) || d->maker != NET_UNKNOWN || strcmp(d->name, name) != 0)
			continue;
		if (far) /* two of the name: neither is known to be the one */
			return NULL;
		far = d;
	}
	return far;
}

/* A session keeps the name that its device had at first: one that was renamed is not found. */
static void l2tp_place(struct tour *t, uint32_t at, const struct buf *names)
{
	struct net_view *v = t->v;

	for (size_t pos = 0; pos < names->len; pos += strlen(names->s + pos) + 1) {
		struct net_dev *d = l2tp_dev(v, &v->spaces[at], names->s + pos);
		uint32_t i;

		if (!d)
			continue;
		i = (uint32_t)(d - v->devs.rows);
		d->maker = v->space_of[i] == at ? NET_YES : NET_NO;
		if (v->peers && d->maker == NET_NO)
			v->peers[i] = (struct net_peer){PEER_UNDERLAY, NET_NONE, at};
	}
}

static void l2tp_find(struct tour *t)
{
	struct net_view *v = t->v;
	size_t left = 0;

	for (size_t i = 0; i < v->devs.n; i++)
		left += is_l2tp(&v->devs.rows[i]);
	for (uint32_t i = 0; left && i < v->n; i++) {
		auto_buf struct buf names = {0};
		auto_fd int ns = v->spaces[i].state ? -1 : space_fd(t, &v->spaces[i]);

		if (ns >= 0 && !devtype_l2tp(ns, &names))
			l2tp_place(t, i, &names);
	}
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

/* --- ends ------------------------------------------------------------------------------------ */

static size_t end_add(const struct net_view *v, uint32_t own, struct net_end e,
	struct net_end ret[NET_ENDS_MAX], size_t n)
{
	if (e.space == NET_NONE || e.space == own || v->spaces[e.space].initial ||
		n == NET_ENDS_MAX)
		return n;
	for (size_t i = 0; i < n; i++)
		if (ret[i].space == e.space)
			return n;
	ret[n] = e;
	return n + 1;
}

/* Whether the end of its own namespace takes the lower device away from the upper one. */
static bool takes_along(const struct net_kind *k, const struct net_dev *lower)
{
	return dev_fate(lower, false) != FATE_RETURNS || k->follows;
}

size_t netview_ends(const struct net_view *v, uint32_t dev, struct net_end ret[NET_ENDS_MAX])
{
	uint32_t own = v->space_of[dev], from = NET_NONE;
	size_t n = 0;

	for (int depth = 0; depth < 2 * NET_ENDS_MAX; depth++) {
		const struct net_dev *d = &v->devs.rows[dev];
		const struct net_peer *p = &v->peers[dev];
		const struct net_kind *k = netkind_find(d->software ? d->devtype : d->kind);

		if (!k || p->state == PEER_NONE)
			break;
		if (k->link == LINK_UNDERLAY) {
			n = end_add(v, own, (struct net_end){p->space, NET_NONE}, ret, n);
			if (!k->follows)
				break;
		}
		if (k->link == LINK_HIDDEN || k->link == LINK_LOOSE || p->state != PEER_FOUND ||
			p->dev == from)
			break;
		if (takes_along(k, &v->devs.rows[p->dev]))
			n = end_add(v, own, (struct net_end){v->space_of[p->dev], p->dev}, ret, n);
		from = dev;
		dev = p->dev;
	}
	return n;
}

bool netview_hidden(const struct net_view *v, uint32_t dev)
{
	const struct net_kind *k = netkind_find(v->devs.rows[dev].kind);

	return k && (k->link == LINK_HIDDEN || (k->unplaced && v->peers[dev].state != PEER_FOUND));
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
	if (!ret && t->what & NETVIEW_PEERS)
		ret = peers_find(t);
	if (!ret)
		l2tp_find(t);
	return ret;
}

int netview_read(struct net_view *v, const struct ns_graph *g, uint32_t only, unsigned int what,
	struct err *err)
{
	auto_filecaps filecaps_was was = filecaps_use();
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
