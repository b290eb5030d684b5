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

struct net_seen {
	u32 inum;
	u32 seq;
	u64 look; /* the last look that met it */
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

/* Set by user space: tell all devices again, changed or not. */
__u64 netscan_all = 0;

#define NET_OF(at) ((struct net *)((char *)(at)-bpf_core_field_offset(struct net, list)))
#define DEV_OF(at)                                                                                 \
	((struct net_device *)((char *)(at)-bpf_core_field_offset(struct net_device, dev_list)))

struct dev_walk {
	struct list_head *at, *head;
	u32 net;
	u32 n;
	bool failed;
};

static long dev_look(u32 i, struct dev_walk *w)
{
	struct list_head *at = w->at;
	struct net_device *dev = DEV_OF(at);
	struct nsw_dev *e;

	if (!at || at == w->head)
		return 1;
	w->at = BPF_CORE_READ(at, next);
	if (netdev_is_loopback(dev))
		return 0;
	e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);
	if (!e) {
		w->failed = true;
		return 1;
	}
	__builtin_memset(e, 0, sizeof(*e));
	e->hdr.kind = NSW_DEV;
	e->hdr.size = sizeof(*e);
	e->dev = (u64)dev;
	e->net = w->net;
	e->ifindex = BPF_CORE_READ(dev, ifindex);
	BPF_CORE_READ_STR_INTO(&e->name, dev, name);
	netdev_kind(dev, e->dev_kind);
	bpf_ringbuf_submit(e, 0);
	w->n++;
	return 0;
}

static __always_inline bool net_tell(u32 kind, u32 inum, u32 devs)
{
	struct nsw_net *e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);

	if (!e)
		return false;
	__builtin_memset(e, 0, sizeof(*e));
	e->hdr.kind = kind;
	e->hdr.size = sizeof(*e);
	e->net = inum;
	e->devs = devs;
	bpf_ringbuf_submit(e, 0);
	return true;
}

/* Tells the devices of a namespace; false: there was no room, or they moved underneath. */
static __always_inline bool net_devs(struct net *net, u32 inum, u32 seq)
{
	struct list_head *head =
		(void *)((char *)net + bpf_core_field_offset(struct net, dev_base_head));
	struct dev_walk w = {.net = inum, .head = head};

	w.at = BPF_CORE_READ(head, next);
	bpf_loop(DEVS_MAX, dev_look, &w, 0);
	if (w.failed || BPF_CORE_READ(net, dev_base_seq) != seq)
		return false;
	return net_tell(NSW_NET, inum, w.n);
}

struct net_walk {
	struct list_head *at, *first;
};

static long net_look(u32 i, struct net_walk *w)
{
	struct list_head *at = w->at;
	struct net *net = NET_OF(at);
	u64 key = (u64)net;
	struct net_seen seen = {}, *old;

	/* The head of the list is in no namespace: what stands there is none. */
	if (ns_flag(NS_OF(net)) == CLONE_NEWNET) {
		seen.inum = ns_inum(NS_OF(net));
		seen.seq = BPF_CORE_READ(net, dev_base_seq);
		seen.look = look;
		old = bpf_map_lookup_elem(&nets, &key);
		if (!old || old->inum != seen.inum || old->seq != seen.seq || netscan_all) {
			if (!net_devs(net, seen.inum, seen.seq)) {
				seen.seq = ~seen.seq; /* look again next time */
				unfinished++;
			}
			if (old && old->inum != seen.inum)
				net_tell(NSW_NET_GONE, old->inum, 0);
			bpf_map_update_elem(&nets, &key, &seen, BPF_ANY);
		} else {
			old->look = look;
		}
	}
	w->at = BPF_CORE_READ(at, next);
	return !w->at || w->at == w->first;
}

static long net_gone(struct bpf_map *map, const u64 *key, struct net_seen *seen, void *ctx)
{
	u64 k = *key;

	if (seen->look != look && net_tell(NSW_NET_GONE, seen->inum, 0))
		bpf_map_delete_elem(&nets, &k);
	return 0;
}

SEC("?raw_tp/nswatch_netscan")
int netscan_look(void *ctx)
{
	struct net *own = BPF_CORE_READ(current_task(), nsproxy, net_ns);
	struct net_walk w;

	look++;
	unfinished = 0;
	w.first = w.at = (void *)((char *)own + bpf_core_field_offset(struct net, list));
	bpf_loop(NETS_MAX, net_look, &w, 0);
	bpf_for_each_map_elem(&nets, net_gone, 0, 0);
	netscan_all = 0;
	return unfinished;
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
