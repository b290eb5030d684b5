// SPDX-License-Identifier: GPL-2.0-only
/*
 * netscan.bpf.c - looks at the devices of all net namespaces without entering
 * one, and so without keeping one: for kernels where nothing can be attached to
 * the functions that move devices. Nothing here is attached; user space runs it
 * (BPF_PROG_TEST_RUN).
 *
 * Every net namespace is in a list from its birth until cleanup_net() takes it,
 * and counts in dev_base_seq what enters and leaves its list of devices
 * (net/core/dev.c), so that a look at namespaces where nothing happened costs
 * next to nothing.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "emit.h"
#include "idr.h"
#include "netdev.h"

#define NETS_MAX 65536
#define DEVS_MAX 4096

/*
 * How many net namespaces a look goes through, and how many devices of each: anybody can make
 * more. What is beyond is told as missing.
 */
const volatile __u32 netscan_nets_max = NETS_MAX;
const volatile __u32 netscan_devs_max = DEVS_MAX;

/*
 * Before bpf_loop() (5.17) the verifier follows each round of a loop: so there are
 * few rounds, of functions that go as many steps each, and are verified once for all.
 */
#define STEPS 64
#define TURNS (NETS_MAX / STEPS / STEPS)

/* Looks at the devices of a namespace that fail one after the other until that is told. */
#define TRIES_MAX 8

struct net_seen {
	u32 inum;
	u32 seq;
	u64 id;
	u64 look; /* the last look that met it */
	u32 tries;
	u32 pad;
};

/* By the address of its struct net. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, NETS_MAX);
	__type(key, u64);
	__type(value, struct net_seen);
} nets SEC(".maps");

static u64 look;
static u32 unfinished;

/*
 * Namespaces that the look could not remember, for want of room in the map or of memory; the
 * latter may be there a moment later. And what was told as missing of the look before.
 */
static u32 unkept, starved, starved_before, unseen_told;

/* Set by user space: tell all devices again, changed or not. */
__u64 netscan_all = 0;

#define NET_OF(at) ((struct net *)((char *)(at)-bpf_core_field_offset(struct net, list)))
#define DEV_OF(at)                                                                                 \
	((struct net_device *)((char *)(at)-bpf_core_field_offset(struct net_device, dev_list)))

#define ADJACENT_OF(at)                                                                            \
	((struct netdev_adjacent *)((char *)(at)-bpf_core_field_offset(                            \
		struct netdev_adjacent, list)))

/* Where the look is: not on the stack, so that functions of their own go on with it. */
static struct {
	struct list_head *at, *head;
	u32 net;
	u32 n;
	u32 left;
	u32 failed; /* no room in the ring buffer */
} dev_walk __attribute__((used));

static struct {
	struct list_head *at, *first;
	u32 left;
	u32 whole; /* the walk came back to where it began: who was not met is gone */
} net_walk __attribute__((used));

/* What a macvlan, a vlan and the like stand on; ports of a bridge are its lower devices, too. */
static __always_inline void dev_lower(struct net_device *dev, struct nsw_dev *e)
{
	struct list_head *head =
		(void *)((char *)dev + bpf_core_field_offset(struct net_device, adj_list.lower));
	struct list_head *first = BPF_CORE_READ(head, next);
	struct net_device *lower;

	if (!first || first == head)
		return;
	lower = BPF_CORE_READ(ADJACENT_OF(first), dev);
	e->lower = (u64)lower;
	e->lower_net = ns_inum(NS_OF(BPF_CORE_READ(lower, nd_net.net)));
	e->lower_ifindex = BPF_CORE_READ(lower, ifindex);
}

/* The next device: 1 at the end. */
static __always_inline int dev_step(void)
{
	struct list_head *at = dev_walk.at;
	struct net_device *dev = DEV_OF(at);
	struct nsw_dev *e;

	if (!at || at == dev_walk.head || !dev_walk.left)
		return 1;
	dev_walk.left--;
	dev_walk.at = BPF_CORE_READ(at, next);
	if (netdev_is_loopback(dev))
		return 0;
	e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);
	if (!e) {
		dev_walk.failed = 1;
		return 1;
	}
	__builtin_memset(e, 0, sizeof(*e));
	e->hdr.kind = NSW_DEV;
	e->hdr.size = sizeof(*e);
	e->dev = (u64)dev;
	e->net = dev_walk.net;
	e->ifindex = BPF_CORE_READ(dev, ifindex);
	dev_lower(dev, e);
	BPF_CORE_READ_STR_INTO(&e->name, dev, name);
	netdev_kind(dev, e->dev_kind);
	bpf_ringbuf_submit(e, 0);
	dev_walk.n++;
	return 0;
}

static long dev_look(u32 i, void *ctx)
{
	return dev_step();
}

__noinline int dev_steps(void)
{
	for (int i = 0; i < STEPS; i++)
		if (dev_step())
			return 1;
	return 0;
}

/* Unique from 6.18; before, memory that is used again for another one of the same number looks like
 * it. */
static __always_inline u64 net_id(struct net *net)
{
	u64 id = ns_id(NS_OF(net));

	return id ? id : (u64)net;
}

static __always_inline bool net_tell(u32 kind, u32 inum, u64 id, u32 devs, bool cut)
{
	struct nsw_net *e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);

	if (!e)
		return false;
	__builtin_memset(e, 0, sizeof(*e));
	e->hdr.kind = kind;
	e->hdr.size = sizeof(*e);
	e->net = inum;
	e->id = id;
	e->devs = devs;
	e->cut = cut;
	bpf_ringbuf_submit(e, 0);
	return true;
}

__noinline int devs_walk_old(void)
{
	for (int i = 0; i < STEPS; i++)
		if (dev_steps())
			return 1;
	return 0;
}

/* Tells the devices of a namespace; false: there was no room, or they moved underneath. */
static __always_inline bool net_devs(struct net *net, u32 inum, u32 seq, bool loops)
{
	struct list_head *head =
		(void *)((char *)net + bpf_core_field_offset(struct net, dev_base_head));

	dev_walk.net = inum;
	dev_walk.n = dev_walk.failed = 0;
	dev_walk.left = netscan_devs_max;
	dev_walk.head = head;
	dev_walk.at = BPF_CORE_READ(head, next);
	if (loops)
		bpf_loop(DEVS_MAX, dev_look, NULL, 0);
	else
		devs_walk_old();
	if (dev_walk.failed || BPF_CORE_READ(net, dev_base_seq) != seq)
		return false;
	return net_tell(NSW_NET, inum, net_id(net), dev_walk.n, dev_walk.at != head);
}

/* What is remembered of a namespace, which it may be from here on; NULL: it can't be. */
static __always_inline struct net_seen *net_seen_get(u64 key, u32 inum, u64 id, u32 seq)
{
	struct net_seen *seen = bpf_map_lookup_elem(&nets, &key), none = {};
	long r;

	if (seen)
		return seen;
	none.inum = inum;
	none.id = id;
	none.seq = ~seq;
	r = bpf_map_update_elem(&nets, &key, &none, BPF_NOEXIST);
	if (r == -7 /* E2BIG */)
		unkept++;
	else if (r)
		starved++;
	return bpf_map_lookup_elem(&nets, &key);
}

/*
 * The devices could not be told whole. It is tried again with the next look; but where it goes
 * on so, because they never stand still or are more than the ring buffer has room for, that
 * is told, and the latter must not fill it over and over.
 */
static __always_inline void net_failed(struct net_seen *seen, u32 seq)
{
	seen->seq = ~seq;
	unfinished++;
	if (++seen->tries < TRIES_MAX)
		return;
	seen->tries = 0;
	count_missing(EV_LOST_DEVICE);
	if (!dev_walk.failed)
		return;
	seen->seq = seq;
	unfinished--;
}

static __always_inline void net_visit(struct net *net, bool loops)
{
	u32 inum = ns_inum(NS_OF(net)), seq = BPF_CORE_READ(net, dev_base_seq);
	u64 id = net_id(net);
	struct net_seen *seen = net_seen_get((u64)net, inum, id, seq);

	if (!seen)
		return;
	seen->look = look;
	/* The same memory again: the one before it went unseen. */
	if (seen->inum != inum || seen->id != id) {
		if (!net_tell(NSW_NET_GONE, seen->inum, seen->id, 0, false)) {
			unfinished++;
			return;
		}
		seen->inum = inum;
		seen->id = id;
		seen->seq = ~seq;
		seen->tries = 0;
	}
	if (seen->seq == seq && !netscan_all)
		return;
	if (!net_devs(net, inum, seq, loops)) {
		net_failed(seen, seq);
		return;
	}
	seen->seq = seq;
	seen->tries = 0;
}

/* The next namespace: 1 at the end. */
static __always_inline int net_step(bool loops)
{
	struct list_head *at = net_walk.at;
	struct net *net = NET_OF(at);

	if (!net_walk.left)
		return 1;
	net_walk.left--;
	/* The head of the list is in no namespace: what stands there is none. */
	if (ns_flag(NS_OF(net)) == CLONE_NEWNET)
		net_visit(net, loops);
	net_walk.at = BPF_CORE_READ(at, next);
	net_walk.whole = net_walk.at == net_walk.first;
	return !net_walk.at || net_walk.whole;
}

static long net_look(u32 i, void *ctx)
{
	return net_step(true);
}

__noinline int net_steps(void)
{
	for (int i = 0; i < STEPS; i++)
		if (net_step(false))
			return 1;
	return 0;
}

__noinline int nets_walk_old(void)
{
	for (int i = 0; i < STEPS; i++)
		if (net_steps())
			return 1;
	return 0;
}

static __always_inline void look_begin(void)
{
	struct net *own = BPF_CORE_READ(current_task(), nsproxy, net_ns);

	look++;
	unfinished = unkept = starved = 0;
	net_walk.first = (void *)((char *)own + bpf_core_field_offset(struct net, list));
	net_walk.at = net_walk.first;
	net_walk.left = netscan_nets_max;
	net_walk.whole = 0;
}

/*
 * Tells what this look left out and the one before had not: how many namespaces are beyond the end
 * of a walk that was cut is not known. Returns how many looks are to be done again.
 */
static __always_inline u32 look_end(void)
{
	u32 lasting = starved < starved_before ? starved : starved_before;
	u32 unseen = unkept + lasting + !net_walk.whole;

	if (unseen > unseen_told)
		count_missing_more(EV_LOST_DEVICE, unseen - unseen_told);
	unseen_told = unseen;
	starved_before = starved;
	netscan_all = 0;
	return unfinished + starved - lasting;
}

static __always_inline void net_check(u64 key, const struct net_seen *seen)
{
	if (net_walk.whole && seen->look != look &&
		net_tell(NSW_NET_GONE, seen->inum, seen->id, 0, false))
		bpf_map_delete_elem(&nets, &key);
}

static long net_gone(struct bpf_map *map, const u64 *key, struct net_seen *seen, void *ctx)
{
	net_check(*key, seen);
	return 0;
}

SEC("?raw_tp/nswatch_netscan")
int netscan_look(void *ctx)
{
	look_begin();
	bpf_loop(NETS_MAX, net_look, NULL, 0);
	bpf_for_each_map_elem(&nets, net_gone, 0, 0);
	return look_end();
}

/* The same before 5.17; the second for each key of the map, by user space. */
SEC("?raw_tp/nswatch_netscan_old")
int netscan_look_old(void *ctx)
{
	look_begin();
	for (int i = 0; i < TURNS; i++)
		if (nets_walk_old())
			break;
	return look_end();
}

SEC("?raw_tp/nswatch_netscan_gone")
int netscan_gone(u64 *ctx)
{
	u64 key = ctx[0];
	struct net_seen *seen = bpf_map_lookup_elem(&nets, &key);

	if (seen)
		net_check(key, seen);
	return 0;
}

#define NETREG_REGISTERED 1 /* include/linux/netdevice.h */

struct moving_args {
	u64 dev;
	u64 ifindex;
};

/*
 * Whether a device that is in no list is on its way from one to another, which
 * may take long: there are waits for RCU between. Memory that was freed says no.
 */
SEC("?raw_tp/nswatch_moving")
int netscan_moving(struct moving_args *ctx)
{
	struct net_device *dev = (void *)ctx->dev;
	struct net_device___old *old = (void *)dev;
	u64 state = bpf_core_field_exists(dev->reg_state)
			    ? BPF_CORE_READ(dev, reg_state)
			    : BPF_CORE_READ_BITFIELD_PROBED(old, reg_state);

	return state == NETREG_REGISTERED && (u64)BPF_CORE_READ(dev, ifindex) == ctx->ifindex;
}

/* --- ids of net namespaces -------------------------------------------------------------------- */

static __always_inline struct net *net_by_id(struct net *net, s32 id)
{
	return idr_at(&net->netns_ids, id);
}

struct netid_args {
	u64 via; /* id here of the namespace whose ids are meant, or -1: ours */
	u64 id;
};

/* The inum of the net namespace that has this id, 0 where none has. */
SEC("?raw_tp/nswatch_netid")
int netscan_id(struct netid_args *ctx)
{
	struct net *net = BPF_CORE_READ(current_task(), nsproxy, net_ns);
	s32 via = ctx->via, id = ctx->id;

	if (via >= 0)
		net = net_by_id(net, via);
	if (net)
		net = net_by_id(net, id);
	return net && ns_flag(NS_OF(net)) == CLONE_NEWNET ? ns_inum(NS_OF(net)) : 0;
}
