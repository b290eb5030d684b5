// SPDX-License-Identifier: GPL-2.0-or-later
/* rules_dev.c - what holds of network devices and of how net namespaces know each other, now. */
#include <fcntl.h>

#include "why/evidence.h"
#include "why/kmsg.h"
#include "why/rules.h"
#include "lib/fd.h"
#include "snapshot/fate.h"
#include "kernel/netnsid.h"
#include "snapshot/net.h"
#include "kernel/nsfd.h"
#include "kernel/nstype.h"

static void put_dev(struct finding *f, uint32_t net, const struct net_dev *d)
{
	finding_ns(f, "ns", NS_NET, net);
	finding_text(f, "dev", d->name);
	finding_text(f, "kind", dev_kind(d));
}

bool rule_dev_immutable(
	struct evidence *e, const struct net_view *v, const struct net_dev *d, struct finding *f)
{
	const char *why;

	if (dev_movable(d, &why) != NET_NO)
		return false;
	put_dev(f, v->spaces[v->space_of[d - v->devs.rows]].inum, d);
	finding_text(f, "why", why);
	return true;
}

/* --- in a namespace where nobody lives ------------------------------------------------------- */

static void put_keeper(
	struct evidence *e, const struct ns_node *n, enum ns_keep_kind kind, struct finding *f)
{
	const struct ns_mount *m;

	if (kind == KEEP_FD || kind == KEEP_SOCKET) {
		const struct ns_hold *h = &e->graph->holds->rows[n->keep[kind].at];
		const struct ns_task *t = tasks_find(e->tasks, h->pid);

		finding_num(f, kind == KEEP_FD ? "fd" : "socket", h->fd);
		finding_num(f, "pid", h->pid);
		if (h->socket)
			finding_text(f, "what", h->tun ? "The open /dev/net/tun" : "Socket");
		finding_text(f, "comm", t ? t->comm : "a process");
	} else if (kind == KEEP_MOUNT) {
		m = &e->graph->mounts->rows[n->keep[kind].at];
		finding_text(f, "path", mounts_path(e->graph->mounts, m));
		if (e->graph->own_mnt && m->mnt_ns != e->graph->own_mnt)
			finding_ns(f, "mnt", NS_MNT, m->mnt_ns);
	}
}

/*
 * Hardware that nobody uses is missed by somebody. Other devices may wait in a
 * namespace that somebody gave a name to (a mount of ours), as those of routers do.
 */
static bool is_missed(struct evidence *e, const struct ns_node *n, enum ns_keep_kind kind,
	const struct net_dev *d)
{
	if (d->flags & IFF_LOOPBACK)
		return false;
	if (dev_fate(d, false) == FATE_RETURNS || kind != KEEP_MOUNT)
		return true;
	return e->graph->own_mnt &&
	       e->graph->mounts->rows[n->keep[kind].at].mnt_ns != e->graph->own_mnt;
}

/* Hardware first. */
static const struct net_dev *trapped_in(struct evidence *e, const struct ns_node *n,
	enum ns_keep_kind kind, const struct net_view *v, uint64_t *ret_more)
{
	const struct net_space *s = netview_space(v, n->inum);
	const struct net_dev *first = NULL;
	uint64_t missed = 0;

	for (uint32_t i = 0; s && !s->state && !s->initial && i < s->n; i++) {
		const struct net_dev *d = &v->devs.rows[s->first + i];

		if (!is_missed(e, n, kind, d))
			continue;
		missed++;
		if (!first || (dev_fate(first, false) != FATE_RETURNS &&
				      dev_fate(d, false) == FATE_RETURNS))
			first = d;
	}
	*ret_more = missed ? missed - 1 : 0;
	return first;
}

/* The name that it comes back under, or can be moved back under: where the initial namespace can
 * be read. */
static void put_return(struct evidence *e, const struct net_dev *d, struct finding *f)
{
	auto_view struct net_view v = {0};
	const struct net_space *s;
	char name[IFNAMSIZ];

	if (netview_read(&v, e->graph, netview_initial(e->graph), 0, NULL))
		return;
	s = netview_space(&v, netview_initial(e->graph));
	if (!s || s->state)
		return;
	fate_return_name(d, &v.devs, s->first, s->n, name);
	finding_num(f, "to", s->inum);
	finding_text(f, "as", *name ? name : d->name);
	if (dev_fate(d, false) != FATE_RETURNS)
		return;
	if (!strcmp(name, d->name))
		finding_text(f, "same_name", "yes");
	else
		finding_text(f, "new_name", *name ? name : "the first free dev%d");
}

bool rule_dev_trapped(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	auto_view struct net_view v = {0};
	const struct net_dev *d;
	enum ns_keep_kind kind;
	uint64_t more;

	if (n->type != NS_NET || !rule_ns_kept(e, n, &kind) || kind > KEEP_MOUNT ||
		netview_read(&v, e->graph, n->inum, 0, NULL))
		return false;
	d = trapped_in(e, n, kind, &v, &more);
	if (!d)
		return false;
	put_dev(f, n->inum, d);
	finding_num(f, "from", n->inum);
	put_keeper(e, n, kind, f);
	if (more)
		finding_num(f, "more", more);
	put_return(e, d, f);
	if (!finding_fact(f, "to"))
		finding_text(f, "alone", "yes");
	if (dev_fate(d, false) == FATE_RETURNS)
		finding_text(f, "returns", "yes");
	else
		finding_text(
			f, dev_fate(d, false) == FATE_DESTROYED ? "destroyed" : "unsure", "yes");
	return true;
}

/* --- numbers --------------------------------------------------------------------------------- */

static bool is_own(int fd)
{
	auto_fd int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	uint32_t a, b;

	/* Where that can't be told nothing is said of it. */
	return own < 0 || nsfd_inum(own, &a) || nsfd_inum(fd, &b) || a == b;
}

/* Nobody misses events of one that has lo alone. */
static bool has_devices(struct evidence *e, const struct ns_node *n)
{
	auto_view struct net_view v = {0};
	const struct net_space *s;

	if (netview_read(&v, e->graph, n->inum, 0, NULL))
		return false;
	s = netview_space(&v, n->inum);
	for (uint32_t i = 0; s && !s->state && i < s->n; i++)
		if (!(v.devs.rows[s->first + i].flags & IFF_LOOPBACK))
			return true;
	return false;
}

bool rule_net_nsid(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	auto_fd int fd = -1, sock = -1;
	int32_t id = 0;

	if (n->type != NS_NET)
		return false;
	fd = node_open(e->graph, n);
	sock = fd < 0 ? -1 : netnsid_open();
	if (sock < 0 || is_own(fd) || netnsid_get(sock, fd, &id) || id != -1 || !has_devices(e, n))
		return false;
	finding_ns(f, "ns", NS_NET, n->inum);
	finding_num(f, "inum", n->inum);
	return true;
}

/* --- devices that the kernel can't get rid of ------------------------------------------------ */

/* The log does not say in which namespace: it is told of the initial one, once. */
bool rule_dev_unregister(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	struct kmsg_wait w;

	if (n->type != NS_NET || n->inum != netview_initial(e->graph) || !kmsg_waiting(&w))
		return false;
	finding_text(f, "dev", w.dev);
	finding_num(f, "refs", w.refs < 0 ? 0 : (uint64_t)w.refs);
	return true;
}
