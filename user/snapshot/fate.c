// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "kernel/devtype.h"
#include "snapshot/fate.h"
#include "kernel/link.h"

static bool is_refunded(const struct net_dev *d)
{
	const struct net_kind *k = netkind_find(d->kind);

	return k && k->refunded;
}

static const char *kind_why(const struct net_dev *d)
{
	const struct net_kind *k = netkind_find(d->kind);

	if (d->flags & IFF_LOOPBACK)
		return "every namespace has its own loopback";
	return k ? k->immutable : NULL;
}

static bool is_physical(const struct net_dev *d)
{
	return !(d->flags & IFF_LOOPBACK) && !d->software && (!d->kind[0] || is_refunded(d));
}

static bool is_l2tp(const struct net_dev *d)
{
	return d->software && !strcmp(d->devtype, DEVTYPE_L2TP);
}

/* Software that has no link operations: where its maker is decides, or whether it is bound. */
static enum net_fate software_fate(const struct net_dev *d)
{
	if (is_l2tp(d))
		return d->maker == NET_YES  ? FATE_DESTROYED
		       : d->maker == NET_NO ? FATE_RETURNS
					    : FATE_UNKNOWN;
	return d->immutable == NET_YES ? FATE_DESTROYED : FATE_RETURNS;
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
	if (d->software)
		return software_fate(d);
	return is_physical(d) ? FATE_RETURNS : FATE_DESTROYED;
}

const char *fate_name(enum net_fate f)
{
	static const char *const names[FATES] = {
		[FATE_STAYS] = "stays",
		[FATE_RETURNS] = "returns",
		[FATE_DESTROYED] = "destroyed",
		[FATE_UNKNOWN] = "unknown",
	};

	return names[f];
}

void fate_return_name(const struct net_dev *d, const struct net_devs *there, size_t first, size_t n,
	char ret[IFNAMSIZ])
{
	memcpy(ret, d->name, IFNAMSIZ);
	if (!devs_by_any(there, first, n, ret))
		return;
	snprintf(ret, IFNAMSIZ, "dev%u", d->index);
	if (devs_by_any(there, first, n, ret))
		*ret = '\0';
}

static const char *software_why(const struct net_dev *d)
{
	switch (software_fate(d)) {
	case FATE_RETURNS:
		if (is_l2tp(d))
			return "its tunnel is in another namespace: the kernel moves it to the "
			       "initial one, as it does with hardware";
		return "it has no link operations: the kernel moves it to the initial namespace, "
		       "as it does with hardware";
	case FATE_UNKNOWN:
		return "it is destroyed where its tunnel is in the same namespace, and returns to "
		       "the initial one otherwise; the tunnel is not in sight";
	default:
		return is_l2tp(d) ? "its tunnel is in this namespace and ends with it"
				  : "the kernel made it immutable and removes it with its "
				    "namespace";
	}
}

static const char *returns_why(const struct net_dev *d)
{
	const char *why;

	if (dev_movable(d, &why) == NET_NO)
		return "hardware: it goes back to the initial namespace with its phy or devlink "
		       "instance";
	return "hardware: the kernel moves it to the initial namespace, down, without its "
	       "addresses, as dev<ifindex> or dev%d where its name is taken";
}

const char *fate_why(const struct net_dev *d, bool in_initial)
{
	const struct net_kind *k = netkind_find(d->kind);

	if (in_initial)
		return "the initial net namespace never ends";
	if (d->software)
		return software_why(d);
	if (dev_fate(d, false) == FATE_RETURNS)
		return returns_why(d);
	if (d->flags & IFF_LOOPBACK)
		return "every namespace has its own loopback";
	if (k && k->link == LINK_PEER)
		return "virtual: the kernel removes it, and its peer with it";
	return "virtual: the kernel removes it with its namespace";
}
