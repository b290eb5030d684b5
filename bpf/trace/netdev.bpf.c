// SPDX-License-Identifier: GPL-2.0-only
/*
 * netdev.bpf.c - network devices that change their net namespace, come to be or
 * are removed.
 *
 * Every move ends in __dev_change_net_namespace() (dev_change_net_namespace()
 * before 5.12): requests by rtnetlink, wireless devices that follow their phy,
 * and what default_device_exit() takes home from a namespace that ends. It takes
 * the device's old name and index away, so they are read when it begins. Whether
 * it succeeded shows in where the device is when it returns: the place of a
 * return value depends on the number of arguments, which changed twice.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "emit.h"
#include "known.h"
#include "netdev.h"

/*
 * A device on its way, by thread. All moves and registrations hold the RTNL mutex, so one entry
 * is in use at a time; what else there may be is of returns that were not seen, and gives way.
 */
struct netdev_move {
	u64 dev;
	u32 from;
	u32 ifindex;
	u32 dying;   /* the namespace it leaves is at its end */
	u32 in_tree; /* the same one is of the traced tree */
	char name[EV_DEV_LEN];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 256);
	__type(key, u64);
	__type(value, struct netdev_move);
} netdev_moves SEC(".maps");

/* The namespace whose end removed the last device: its peers elsewhere follow it. */
static u32 netdev_ended;
static bool ended_in_tree; /* it is of the traced tree */

/*
 * Net namespaces that are being taken down and whose loopback device, the last to go, is
 * still there: how many, how many of them are of the traced tree, and the sum of their inums,
 * which is that of the one where it is one. Drivers may remove devices elsewhere, tunnels and upper
 * devices, before any of the namespace's own. The function hooked is the first step of every end
 * that is called with the namespace and, through a pointer, never inlined (__put_net() is);
 * net/ipv4/ip_fragment.c has it since 5.3.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, u32);
	__type(value, u32); /* it is of the traced tree */
} nets_dying SEC(".maps");

static u64 dying_count, dying_sum, dying_in_tree;

/*
 * Of those how many found no room in the map: anybody can let many end at once. They are taken
 * down one batch after the other, so that one that is not in the map while there are such is
 * one of them.
 */
static u64 dying_over;

/* The worker of cleanup_net() acts for nobody. */
static __always_inline bool by_kernel(void)
{
	return BPF_CORE_READ(current_task(), flags) & PF_KTHREAD;
}

static __always_inline bool net_dying(struct net *net)
{
	return !ns_refs(NS_NET, NS_OF(net));
}

/* One whose making failed is taken down by its maker, and may have no loopback device yet. */
static __always_inline int netdev_net_ends(struct net *net)
{
	u32 inum = ns_inum(NS_OF(net)), in_tree = ns_in_tree(NS_OF(net));
	long r;

	if (!by_kernel())
		return 0;
	r = bpf_map_update_elem(&nets_dying, &inum, &in_tree, BPF_NOEXIST);
	if (r == -17 /* EEXIST */)
		return 0;
	if (r)
		__sync_fetch_and_add(&dying_over, 1);
	else if (in_tree)
		__sync_fetch_and_add(&dying_in_tree, 1);
	__sync_fetch_and_add(&dying_count, 1);
	__sync_fetch_and_add(&dying_sum, inum);
	return 0;
}

static __always_inline void netdev_net_ended(u32 inum)
{
	u32 *found = bpf_map_lookup_elem(&nets_dying, &inum), in_tree = found && *found;

	if (bpf_map_delete_elem(&nets_dying, &inum)) {
		if (!dying_over)
			return;
		__sync_fetch_and_add(&dying_over, -1);
	} else if (in_tree) {
		__sync_fetch_and_add(&dying_in_tree, -1);
	}
	__sync_fetch_and_add(&dying_count, -1);
	__sync_fetch_and_add(&dying_sum, -(u64)inum);
	if (!dying_count)
		dying_sum = 0;
	/* What goes next goes with another one. */
	else if (netdev_ended == inum)
		netdev_ended = 0;
}

/* Whose end it is that a worker removes a device of a namespace that goes on; 0: nobody's. */
static __always_inline u32 netdev_end_elsewhere(bool *in_tree)
{
	*in_tree |= dying_count == 1 ? dying_in_tree : ended_in_tree;
	return dying_count == 1 ? (u32)dying_sum : netdev_ended;
}

SEC("?fentry/ipv4_frags_pre_exit_net")
int BPF_PROG(netdev_end_fentry, struct net *net)
{
	return netdev_net_ends(net);
}

SEC("?kprobe/ipv4_frags_pre_exit_net")
int BPF_KPROBE(netdev_end_kprobe, struct net *net)
{
	return netdev_net_ends(net);
}

static __always_inline struct ev_netdev *netdev_begin(
	u32 kind, struct net_device *dev, bool in_tree)
{
	u32 flags = by_kernel() ? EVF_NO_ACTOR : 0;
	struct ev_netdev *e;

	if (cfg.tree_on && flags && !in_tree)
		return 0;
	if (!event_wanted(kind, BIT(NS_NET), in_tree))
		return 0;
	e = event_begin(ev_netdev, kind, flags);
	if (e)
		netdev_kind(dev, e->dev_kind);
	return e;
}

/* --- moves --- */

static __always_inline int netdev_note(struct net_device *dev)
{
	struct net *net = BPF_CORE_READ(dev, nd_net.net);
	u64 thread = bpf_get_current_pid_tgid();
	struct netdev_move m = {.dev = (u64)dev};

	m.from = ns_inum(NS_OF(net));
	m.ifindex = BPF_CORE_READ(dev, ifindex);
	m.dying = net_dying(net);
	m.in_tree = ns_in_tree(NS_OF(net));
	BPF_CORE_READ_STR_INTO(&m.name, dev, name);
	bpf_map_update_elem(&netdev_moves, &thread, &m, BPF_ANY);
	return 0;
}

static __always_inline void netdev_moved(struct netdev_move *m)
{
	struct net_device *dev = (void *)m->dev;
	struct net *net = BPF_CORE_READ(dev, nd_net.net);
	u32 to = ns_inum(NS_OF(net));
	struct ev_netdev *e;

	if (to == m->from)
		return;
	e = netdev_begin(EV_NETDEV, dev, m->in_tree || ns_in_tree(NS_OF(net)));
	if (!e)
		return;
	__builtin_memcpy(e->old_name, m->name, EV_DEV_LEN);
	BPF_CORE_READ_STR_INTO(&e->new_name, dev, name);
	e->old_ifindex = m->ifindex;
	e->new_ifindex = BPF_CORE_READ(dev, ifindex);
	e->from = m->from;
	e->to = to;
	if (m->dying && (e->hdr.flags & EVF_NO_ACTOR)) {
		e->why = EV_WHY_NETNS_EXIT;
		e->cause = m->from;
	}
	event_end(e);
}

static __always_inline int netdev_arrived(void)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct netdev_move *m = bpf_map_lookup_elem(&netdev_moves, &thread);

	if (!m)
		return 0;
	netdev_moved(m);
	bpf_map_delete_elem(&netdev_moves, &thread);
	return 0;
}

SEC("?fentry/__dev_change_net_namespace")
int BPF_PROG(netdev_fentry, struct net_device *dev)
{
	return netdev_note(dev);
}

SEC("?fexit/__dev_change_net_namespace")
int BPF_PROG(netdev_fexit)
{
	return netdev_arrived();
}

SEC("?fentry/dev_change_net_namespace")
int BPF_PROG(netdev_old_fentry, struct net_device *dev)
{
	return netdev_note(dev);
}

SEC("?fexit/dev_change_net_namespace")
int BPF_PROG(netdev_old_fexit)
{
	return netdev_arrived();
}

SEC("?kprobe/__dev_change_net_namespace")
int BPF_KPROBE(netdev_kprobe, struct net_device *dev)
{
	return netdev_note(dev);
}

SEC("?kretprobe/__dev_change_net_namespace")
int BPF_KRETPROBE(netdev_kretprobe)
{
	return netdev_arrived();
}

SEC("?kprobe/dev_change_net_namespace")
int BPF_KPROBE(netdev_old_kprobe, struct net_device *dev)
{
	return netdev_note(dev);
}

SEC("?kretprobe/dev_change_net_namespace")
int BPF_KRETPROBE(netdev_old_kretprobe)
{
	return netdev_arrived();
}

/* --- creation --- */

/* Every namespace has its loopback device for as long as it lives: that is no news. */
static __always_inline int netdev_added(struct net_device *dev, long ret)
{
	struct ev_netdev *e;
	struct net *net;

	if (ret || netdev_is_loopback(dev))
		return 0;
	net = BPF_CORE_READ(dev, nd_net.net);
	e = netdev_begin(EV_NETDEV_ADD, dev, ns_in_tree(NS_OF(net)));
	if (!e)
		return 0;
	BPF_CORE_READ_STR_INTO(&e->new_name, dev, name);
	e->new_ifindex = BPF_CORE_READ(dev, ifindex);
	e->to = ns_inum(NS_OF(net));
	event_end(e);
	return 0;
}

SEC("?fexit/register_netdevice")
int BPF_PROG(netdev_add_fexit, struct net_device *dev, int ret)
{
	return netdev_added(dev, ret);
}

SEC("?kprobe/register_netdevice")
int BPF_KPROBE(netdev_add_kprobe, struct net_device *dev)
{
	return netdev_note(dev);
}

SEC("?kretprobe/register_netdevice")
int BPF_KRETPROBE(netdev_add_kretprobe, int ret)
{
	u64 thread = bpf_get_current_pid_tgid();
	struct netdev_move *m = bpf_map_lookup_elem(&netdev_moves, &thread);

	if (!m)
		return 0;
	netdev_added((void *)m->dev, ret);
	bpf_map_delete_elem(&netdev_moves, &thread);
	return 0;
}

/* --- removal --- */

/*
 * unregister_netdevice_many() calls it for each device that goes, while the
 * device still has its name, its index and its namespace.
 */
static __always_inline int netdev_removed(struct net_device *dev)
{
	struct net *net = BPF_CORE_READ(dev, nd_net.net);
	u32 from = ns_inum(NS_OF(net)), cause = 0;
	bool in_tree = ns_in_tree(NS_OF(net));
	struct ev_netdev *e;

	/*
	 * A veth's peer goes right after it, upper devices and tunnels before: see
	 * veth_dellink() and cleanup_net(). Hardware that a worker removes was unplugged;
	 * what has neither link operations nor hardware may be an l2tp session's.
	 */
	if (by_kernel()) {
		if (net_dying(net)) {
			netdev_ended = cause = from;
			ended_in_tree = in_tree;
		} else if (BPF_CORE_READ(dev, rtnl_link_ops) || !BPF_CORE_READ(dev, dev.parent)) {
			cause = netdev_end_elsewhere(&in_tree);
		}
	}
	if (netdev_is_loopback(dev)) {
		if (by_kernel())
			netdev_net_ended(from);
		return 0;
	}
	e = netdev_begin(EV_NETDEV_DEL, dev, in_tree);
	if (!e)
		return 0;
	BPF_CORE_READ_STR_INTO(&e->old_name, dev, name);
	e->old_ifindex = BPF_CORE_READ(dev, ifindex);
	e->from = from;
	if (cause) {
		e->why = EV_WHY_NETNS_EXIT;
		e->cause = cause;
	}
	event_end(e);
	return 0;
}

SEC("?fentry/netdev_unregister_kobject")
int BPF_PROG(netdev_del_fentry, struct net_device *dev)
{
	return netdev_removed(dev);
}

SEC("?kprobe/netdev_unregister_kobject")
int BPF_KPROBE(netdev_del_kprobe, struct net_device *dev)
{
	return netdev_removed(dev);
}
