// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "ns/fate.h"

/* Physical devices that have rtnl_link_ops with netns_refund. */
static const char *const refunded[] = {"can", "dsa", "ipoib"};

/* Kinds that set the flag on every device since it is there. */
static const struct {
	const char *kind, *why;
} immutable_kinds[] = {
	{"bond", "a bond belongs to its namespace"},
	{"bridge", "a bridge belongs to its namespace"},
	{"team", "a team belongs to its namespace"},
	{"vrf", "a vrf belongs to its namespace"},
	{"hsr", "an hsr device belongs to its namespace"},
	{"batadv", "a batman-adv mesh belongs to its namespace"},
};

static bool is_refunded(const struct net_dev *d)
{
	for (size_t i = 0; i < sizeof(refunded) / sizeof(refunded[0]); i++)
		if (!strcmp(d->kind, refunded[i]))
			return true;
	return false;
}

static const char *kind_why(const struct net_dev *d)
{
	if (d->flags & IFF_LOOPBACK)
		return "every namespace has its own loopback";
	for (size_t i = 0; i < sizeof(immutable_kinds) / sizeof(immutable_kinds[0]); i++)
		if (!strcmp(d->kind, immutable_kinds[i].kind))
			return immutable_kinds[i].why;
	return NULL;
}

static bool is_physical(const struct net_dev *d)
{
	return !(d->flags & IFF_LOOPBACK) && (!d->kind[0] || is_refunded(d));
}

enum net_flag dev_movable(const struct net_dev *d, const char **ret_why)
{
	const char *why = kind_why(d);

	*ret_why = NULL;
	if (d->immutable == NET_NO)
		return NET_YES;
	if (d->immutable == NET_YES && !why)
		why = !is_physical(d) ? "the kernel made it immutable"
		      : d->has_parent ? "it moves with its phy or devlink instance only"
				      : "its driver made it immutable";
	if (d->immutable == NET_YES || why) {
		*ret_why = why;
		return NET_NO;
	}
	*ret_why = "this kernel does not say so";
	return NET_UNKNOWN;
}

enum net_fate dev_fate(const struct net_dev *d, bool in_initial)
{
	if (in_initial)
		return FATE_STAYS;
	return is_physical(d) ? FATE_RETURNS : FATE_DESTROYED;
}

const char *fate_name(enum net_fate f)
{
	static const char *const names[FATES] = {
		[FATE_STAYS] = "stays",
		[FATE_RETURNS] = "returns",
		[FATE_DESTROYED] = "destroyed",
	};

	return names[f];
}

void fate_return_name(
	const struct net_dev *d, const struct net_dev *there, size_t n, char ret[IFNAMSIZ])
{
	memcpy(ret, d->name, IFNAMSIZ);
	if (!devs_by_name(there, n, ret))
		return;
	snprintf(ret, IFNAMSIZ, "dev%u", d->index);
	if (devs_by_name(there, n, ret))
		*ret = '\0';
}

const char *fate_why(const struct net_dev *d, bool in_initial)
{
	const char *why;

	switch (dev_fate(d, in_initial)) {
	case FATE_STAYS:
		return "the initial net namespace never ends";
	case FATE_RETURNS:
		if (dev_movable(d, &why) == NET_NO)
			return "hardware: it goes back to the initial namespace with its phy or "
			       "devlink instance";
		return "hardware: the kernel moves it to the initial namespace, down, without its "
		       "addresses, as dev<ifindex> or dev%d where its name is taken";
	default:
		if (d->flags & IFF_LOOPBACK)
			return "every namespace has its own loopback";
		if (!strcmp(d->kind, "veth"))
			return "virtual: the kernel removes it, and its peer with it";
		return "virtual: the kernel removes it with its namespace";
	}
}
