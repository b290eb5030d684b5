// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <string.h>

#include "kernel/netkind.h"

static const struct net_kind kinds[] = {
	/* Pairs: veth_dellink() in drivers/net/veth.c and its like remove both ends. */
	{.kind = "veth", .link = LINK_PEER},
	{.kind = "netkit", .link = LINK_PEER},
	{.kind = "vxcan", .link = LINK_PEER},

	/* Upper devices: their notifiers hear NETDEV_UNREGISTER of the lower one. */
	{.kind = "macvlan", .link = LINK_LOWER},
	{.kind = "macvtap", .link = LINK_LOWER},
	{.kind = "ipvlan", .link = LINK_LOWER},
	{.kind = "ipvtap", .link = LINK_LOWER, .unplaced = true},
	{.kind = "vlan", .link = LINK_LOWER},
	/* macsec_notify() does not ask whether the device only moves. */
	{.kind = "macsec", .link = LINK_LOWER, .follows = true},
	{.kind = "virt_wifi", .link = LINK_LOWER, .follows = true},
	{.kind = "rmnet", .link = LINK_LOWER, .follows = true},
	{.kind = "lowpan",
		.link = LINK_LOWER,
		.follows = true,
		.immutable = "a 6LoWPAN device belongs to its namespace"},
	{.kind = "dsa", .link = LINK_LOWER, .refunded = true},
	{.kind = "ipoib", .link = LINK_LOWER, .refunded = true},
	{.kind = "can", .refunded = true},

	/* Tunnels: their pernet operations remove those that were made in the namespace. */
	/* vxlan_handle_lowerdev_unregister() asks as little as macsec_notify(). */
	{.kind = "vxlan", .link = LINK_UNDERLAY, .own_number = true, .follows = true},
	{.kind = "ipip", .link = LINK_UNDERLAY},
	{.kind = "sit", .link = LINK_UNDERLAY},
	{.kind = "gre", .link = LINK_UNDERLAY},
	{.kind = "gretap", .link = LINK_UNDERLAY},
	{.kind = "erspan", .link = LINK_UNDERLAY},
	{.kind = "ip6tnl", .link = LINK_UNDERLAY},
	{.kind = "ip6gre", .link = LINK_UNDERLAY},
	{.kind = "ip6gretap", .link = LINK_UNDERLAY},
	{.kind = "ip6erspan", .link = LINK_UNDERLAY},
	{.kind = "vti", .link = LINK_UNDERLAY},
	{.kind = "vti6", .link = LINK_UNDERLAY},
	{.kind = "xfrm", .link = LINK_UNDERLAY},
	{.kind = "geneve", .link = LINK_HIDDEN},
	{.kind = "bareudp", .link = LINK_HIDDEN},
	{.kind = "gtp", .link = LINK_HIDDEN},
	{.kind = "pfcp", .link = LINK_HIDDEN},
	/* wg_netns_pre_exit() in drivers/net/wireguard/device.c closes its sockets. */
	{.kind = "wireguard", .link = LINK_LOOSE},
	/* l2tp_exit_net() in net/l2tp/l2tp_core.c; it has no link operations. */
	{.kind = "l2tpeth", .link = LINK_UNDERLAY},

	/* Bound to their namespace. */
	{.kind = "bond", .immutable = "a bond belongs to its namespace"},
	{.kind = "bridge", .immutable = "a bridge belongs to its namespace"},
	{.kind = "team", .immutable = "a team belongs to its namespace"},
	{.kind = "vrf", .immutable = "a vrf belongs to its namespace"},
	{.kind = "hsr", .immutable = "an hsr device belongs to its namespace"},
	{.kind = "amt", .immutable = "an amt device belongs to its namespace"},
	{.kind = "ppp", .immutable = "a ppp device belongs to its namespace"},
	{.kind = "batadv", .immutable = "a batman-adv mesh belongs to its namespace"},
};

const struct net_kind *netkind_find(const char *kind)
{
	for (size_t i = 0; *kind && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].kind, kind))
			return &kinds[i];
	return NULL;
}
