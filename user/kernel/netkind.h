/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netkind.h - what the kernel's kinds of network devices have in common: what the
 * device that IFLA_LINK names is to them, whether they may change their net
 * namespace, and what becomes of them when a namespace ends.
 *
 * A row says what the driver does; `make kindtest` makes a device of each kind that
 * Debian's full kernels know, ends its namespaces and compares. What no row names is
 * judged by the rules that hold for all (see fate.h).
 */
#ifndef NSWATCH_KERNEL_NETKIND_H
#define NSWATCH_KERNEL_NETKIND_H

#include <stdbool.h>

/* What IFLA_LINK and IFLA_LINK_NETNSID say of a kind. */
enum kind_link {
	LINK_NOTHING,  /* no other device */
	LINK_PEER,     /* the other end of the pair: both go together */
	LINK_LOWER,    /* the device that it stands on: it goes when that goes */
	LINK_UNDERLAY, /* a tunnel: it goes when the namespace of its packets ends */
	LINK_HIDDEN,   /* the same, but the kernel does not tell which namespace that is */
	LINK_LOOSE,    /* a hidden namespace whose end only takes its sockets away */
};

struct net_kind {
	const char
		*kind; /* rtnl_link_ops.kind, or device_type.name where it has no link operations */
	enum kind_link link;
	bool own_number; /* its IFLA_LINK is its own number unless there is an underlying device */
	bool unplaced;   /* the kernel never says in which namespace the device of IFLA_LINK is */
	bool follows;    /* LINK_LOWER: it goes when the lower device changes its namespace, too */
	bool refunded;   /* rtnl_link_ops.netns_refund: hardware, which the kernel takes home */
	const char *immutable; /* why it can't change its net namespace, NULL: it can */
};

/* NULL: no row. */
const struct net_kind *netkind_find(const char *kind);

#endif
