// SPDX-License-Identifier: GPL-2.0-or-later
/* rules_dev.c - what holds of network devices and of how net namespaces know each other, now. */
#include <fcntl.h>

#include "why/evidence.h"
#include "why/kmsg.h"
#include "why/rules.h"
#include "lib/fd.h"
#include "snapshot/fate.h"
#include "kernel/nsid.h"
#include "snapshot/net.h"
#include "kernel/nsfd.h"
#include "kernel/nstype.h"

static void put_dev(struct finding *f, uint32_t net, const struct net_dev *d)
{
	finding_ns(f, "ns", NS_NET, net);
	finding_text(f, "dev", d->name);
	finding_text(f, "kind", dev_kind(d));
}

static bool rule_dev_immutable(
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

	if (netview_read(&v, e->graph, graph_initial(e->graph, NS_NET), 0, NULL))
		return;
	s = netview_space(&v, graph_initial(e->graph, NS_NET));
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

static bool rule_dev_trapped(struct evidence *e, const struct ns_node *n, struct finding *f)
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

static bool rule_net_nsid(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	auto_netlink struct netlink nl = NETLINK_NONE;
	auto_fd int fd = -1;
	int32_t id = 0;

	if (n->type != NS_NET)
		return false;
	fd = node_open(e->graph, n);
	if (fd < 0 || is_own(fd) || netlink_open(&nl, NULL) || nsid_get(&nl, fd, &id) ||
		id != NSID_NONE || !has_devices(e, n))
		return false;
	finding_ns(f, "ns", NS_NET, n->inum);
	finding_num(f, "inum", n->inum);
	return true;
}

/* --- devices that the kernel can't get rid of ------------------------------------------------ */

/* The log does not say in which namespace: it is told of the initial one, once. */
static bool rule_dev_unregister(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	struct kmsg_wait w;

	if (n->type != NS_NET || n->inum != graph_initial(e->graph, NS_NET) || !kmsg_waiting(&w))
		return false;
	finding_text(f, "dev", w.dev);
	finding_num(f, "refs", w.refs < 0 ? 0 : (uint64_t)w.refs);
	return true;
}

/* --- devices --------------------------------------------------------------------------------- */

static void put_device(struct finding *f, const struct ev_netdev *e)
{
	finding_textn(f, "dev", e->old_name, strnlen(e->old_name, EV_DEV_LEN));
	if (e->dev_kind[0])
		finding_textn(f, "kind", e->dev_kind, strnlen(e->dev_kind, EV_DEV_LEN));
	/* The one that ended: of the peer of a veth another than its own. */
	finding_ns(f, "ns", NS_NET, e->cause ? e->cause : e->from);
	if (!strncmp(e->dev_kind, "veth", EV_DEV_LEN))
		finding_text(f, "pair", "yes");
}

static bool rule_ev_dev_returned(struct story *s, const struct event *ev, struct finding *f)
{
	const struct ev_netdev *e = ev->rec;

	if (ev->schema->kind != EV_NETDEV || e->why != EV_WHY_NETNS_EXIT)
		return false;
	put_device(f, e);
	finding_ns(f, "to", NS_NET, e->to);
	finding_num(f, "ifindex", e->new_ifindex);
	if (strncmp(e->old_name, e->new_name, EV_DEV_LEN) != 0)
		finding_textn(f, "new_name", e->new_name, strnlen(e->new_name, EV_DEV_LEN));
	else
		finding_text(f, "same", "yes");
	return true;
}

static bool rule_ev_dev_destroyed(struct story *s, const struct event *ev, struct finding *f)
{
	const struct ev_netdev *e = ev->rec;

	if (ev->schema->kind != EV_NETDEV_DEL || e->why != EV_WHY_NETNS_EXIT)
		return false;
	put_device(f, e);
	if (e->cause && e->cause != e->from)
		finding_ns(f, "far", NS_NET, e->from);
	else
		finding_text(f, "own", "yes");
	return true;
}

/* --- the rules -------------------------------------------------------------------------------- */

/* clang-format off */
static const struct rule rows[] = {
	{
		.code = "device-trapped", .weight = RULE_TROUBLE,
		.title = "A device is in a net namespace that no process is in, and does not come back.",
		.evidence = "no process or thread is in the net namespace; its devices, and what keeps "
			    "it. Of devices made by software only where no mount here names it",
		.text = "{dev} ({kind}) is in {ns}[, with {more} other {more|device|devices}], where "
			"nobody lives any more. [Descriptor {fd} of {comm} ({pid}) keeps the "
			"namespace][{what} {socket} of {comm} ({pid}) keeps the namespace][The mount "
			"{path}[ in {mnt}] keeps the namespace], and the device in it. When that goes, "
			"{dev} [{?returns}returns to the initial net namespace, down][{?same_name}, under "
			"its name][, as {new_name} because its name is taken there][{?destroyed}is "
			"destroyed][{?unsure}is destroyed, or returns where its tunnel is elsewhere].",
		.remedy = "[To get it back now: `nswatch netdev move {dev} --from {from} --to {to} "
			  "--name {as}`. Or end][{?alone}End] what keeps the namespace: "
			  "[{?fd}process {pid}][{?socket}process {pid}][umount {path}[ in {mnt}]].",
		.facts = FACTS({"cleanup_net(), default_device_exit_net()", NULL,
			"devices leave a net namespace only when its last reference is gone, "
			"whether anybody lives in it or not"}),
		.ns = rule_dev_trapped,
	}, {
		.code = "device-waits", .weight = RULE_TROUBLE,
		.title = "The kernel can't get rid of a device: something still refers to it.",
		.evidence = "\"unregister_netdevice: waiting for\" in the kernel's own log (/dev/kmsg) of "
			    "the last 25 seconds",
		.text = "The kernel is removing the device {dev}, of some net namespace, and waits for "
			"what still refers to it (usage count {refs}). If that namespace has ended, no "
			"other net namespace can be cleaned up meanwhile: one worker does it.",
		.remedy = "End what may still use it: sockets, routes or other devices of its namespace "
			  "(dmesg may name who holds it, with CONFIG_NET_DEV_REFCNT_TRACKER). If it "
			  "lasts for minutes, it is a bug of the kernel, and only a reboot helps.",
		.facts = FACTS({"netdev_wait_allrefs_any()", NULL,
			"waits for the last reference and logs it every 10 s "
			"(net.core.netdev_unregister_timeout_secs)"},
			{"cleanup_net()", NULL, "net namespaces are taken down by one worker"}),
		.ns = rule_dev_unregister,
	}, {
		.code = "device-immutable", .weight = RULE_NOTE,
		.title = "A device can't be moved to another net namespace.",
		.evidence = "IFLA_NETNS_IMMUTABLE of the device, before 6.15 its feature netns-local, "
			    "or its kind",
		.text = "{dev} ({kind}) of {ns} can't change its net namespace: {why}. ip link set {dev} "
			"netns fails with EINVAL.",
		.remedy = "Make one of its kind in the other net namespace, or move the devices it "
			  "stands on; wireless devices move with their phy (iw phy NAME set netns).",
		.facts = FACTS({"__dev_change_net_namespace()", "6.15",
			"EINVAL for a device with netns_immutable (netns_local from 6.12, before that "
			"NETIF_F_NETNS_LOCAL)"}),
		.dev = rule_dev_immutable,
	}, {
		.code = "nsid-unassigned", .weight = RULE_NOTE,
		.title = "A net namespace has no number (nsid) here: rtnetlink is silent about it.",
		.evidence = "RTM_GETNSID for a net namespace other than this one that has devices "
			    "besides lo",
		.text = "This net namespace has no number for {ns}: ip monitor all-nsid tells nothing of "
			"its devices, and lsns shows it as unassigned.",
		.remedy = "Give it one: `nswatch netns set {inum} auto`. A device that has its other end there "
			  "gets it one too.",
		.facts = FACTS({"do_one_broadcast()", "4.2",
			"a socket with NETLINK_LISTEN_ALL_NSID hears other net namespaces only where "
			"peernet_has_id()"}),
		.ns = rule_net_nsid,
	}, {
		.code = "device-returned", .weight = RULE_NOTE,
		.title = "A device came back because its net namespace ended.",
		.evidence = "a move of a device by the end of its net namespace",
		.text = "{dev} came back to {to} because {ns} ended: it is down there[, and is called "
			"{new_name} now, because its name was taken]. Its addresses are lost.",
		.remedy = "Name it as you want (ip link set {dev} name NAME), and bring it up.",
		.facts = FACTS({"default_device_exit_net()", NULL,
			"moves what is not made by software (no rtnl_link_ops) to the initial net "
			"namespace; where the name is taken there, as dev%d"}),
		.event = rule_ev_dev_returned, .kinds = K(NETDEV),
	}, {
		.code = "device-destroyed", .weight = RULE_NOTE,
		.title = "A device was destroyed with its net namespace.",
		.evidence = "the removal of a device by the end of its net namespace",
		.text = "[{dev}[ ({kind})] of {far} was destroyed because {ns} ended, where its other end was, "
			"what it stood on, or where its packets went][{?own}{dev}[ ({kind})] was destroyed "
			"because {ns} ended][{?pair}; of a veth, the other end too].",
		.remedy = "[{?own}Move it out before the namespace ends, if it is to stay.][{?far}What it needs "
			  "must be in a namespace that stays: nswatch netdev where DEV says which end a "
			  "device shares (gone if).]",
		.facts = FACTS({"default_device_exit_batch()", NULL,
			"devices made by software (rtnl_link_ops) are unregistered with their net "
			"namespace"}),
		.event = rule_ev_dev_destroyed, .kinds = K(NETDEV_DEL),
	},
};
/* clang-format on */

const struct rule_set rules_dev = RULE_SET(rows);
