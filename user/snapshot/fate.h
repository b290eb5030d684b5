/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fate.h - whether a network device can change its net namespace, and what
 * becomes of it when that namespace ends.
 *
 * The kernel's rules (cleanup_net() in net/core/net_namespace.c; net/core/dev.c,
 * default_device_exit_net and default_device_exit_batch; __dev_change_net_namespace):
 *
 * - first what the drivers do themselves: tunnels, l2tp and ppp remove the devices that
 *   belong to the namespace, cfg80211 gives wireless devices back with their phy
 *   (cfg80211_pernet_exit), devlink its instances (devlink_pernet_pre_exit);
 * - a device with netns_immutable (6.15; netns_local in 6.12, before that the
 *   feature NETIF_F_NETNS_LOCAL) is never moved, and unregistered with its
 *   namespace. Hardware that is immutable and not in the initial namespace got there
 *   with its phy or devlink instance, and goes back so;
 * - a device with rtnl_link_ops is unregistered with its namespace, unless these
 *   say netns_refund (5.12): can, dsa and ipoib, which are hardware all the same;
 * - any other is moved to the initial namespace, down, under its name or, where
 *   that is taken, as dev<ifindex> or, where that is taken too, as dev%d. It need not be
 *   hardware: an l2tp session's device away from its tunnel goes that way too.
 */
#ifndef NSWATCH_SNAPSHOT_FATE_H
#define NSWATCH_SNAPSHOT_FATE_H

#include <stdbool.h>

#include "kernel/link.h"

enum net_fate {
	FATE_STAYS,     /* its namespace is the initial one, which never ends */
	FATE_RETURNS,   /* to the initial namespace */
	FATE_DESTROYED, /* with its namespace */
	FATE_UNKNOWN,   /* one of the two: what decides is out of sight */
	FATES,
};

enum net_fate dev_fate(const struct net_dev *d, bool in_initial);
/* "stays", "returns", "destroyed", "unknown"; and a sentence that says why. */
const char *fate_name(enum net_fate f);
const char *fate_why(const struct net_dev *d, bool in_initial);

/*
 * The name that hardware returns under, where n devices of there, from first on, are in
 * the initial namespace: its own, or dev<ifindex>, or "" where that is taken too and it
 * becomes the first free dev%d; altnames take names, too. (default_device_exit_net())
 */
void fate_return_name(const struct net_dev *d, const struct net_devs *there, size_t first, size_t n,
	char ret[IFNAMSIZ]);

/*
 * Whether it can be moved: NET_UNKNOWN where a kernel from 6.12 to 6.14 does not say
 * so and the kind does not tell. *ret_why is a few words, NULL for NET_YES.
 */
enum net_flag dev_movable(const struct net_dev *d, const char **ret_why);

#endif
