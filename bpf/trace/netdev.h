/* SPDX-License-Identifier: GPL-2.0-only */
/* netdev.h - readers of a struct net_device. */
#ifndef NSWATCH_NETDEV_H
#define NSWATCH_NETDEV_H

#include "task_ns.h"

#define IFF_LOOPBACK 0x8 /* include/uapi/linux/if.h */

static __always_inline bool netdev_is_loopback(struct net_device *dev)
{
	return BPF_CORE_READ(dev, flags) & IFF_LOOPBACK;
}

/* "veth"; "" for hardware, which has no rtnl_link_ops. ret has EV_DEV_LEN zeroed bytes. */
static __always_inline void netdev_kind(struct net_device *dev, char *ret)
{
	const char *kind = BPF_CORE_READ(dev, rtnl_link_ops, kind);

	if (kind)
		bpf_probe_read_kernel_str(ret, EV_DEV_LEN, kind);
}

#endif
