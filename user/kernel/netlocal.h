/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netlocal.h - which devices can't change their net namespace, as kernels before
 * 6.12 tell it: by the feature "netns-local" of ethtool(8). Between 6.12 and 6.15
 * (IFLA_NETNS_IMMUTABLE) no kernel tells.
 */
#ifndef NSWATCH_KERNEL_NETLOCAL_H
#define NSWATCH_KERNEL_NETLOCAL_H

#include <stddef.h>

#include "kernel/link.h"
#include "kernel/netlink.h"

/* Fills in .immutable of those of the rows, of the namespace of nl, that do not know it. */
void netlocal_ask(struct net_dev *rows, size_t n, const struct netlink *nl);

#endif
