/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linkmove.h - a network device from one net namespace to another. The kernel
 * takes it down on the way; its addresses and routes are lost, and so is its
 * master. What is asked to be kept is set anew.
 */
#ifndef NSWATCH_NS_LINKMOVE_H
#define NSWATCH_NS_LINKMOVE_H

#include <stdbool.h>

#include "ns/links.h"
#include "ns/netlink.h"

struct link_move {
	const char *dev;                 /* its name where it is */
	const char *name;                /* and where it goes; NULL: the same */
	int from, to;                    /* net namespaces, open, not the same one */
	struct netlink *nl_from, *nl_to; /* sockets of these */
	bool keep_up, keep_addr;
};

/*
 * 0, or -errno and the reason, what to do included. Nothing is half done: when a
 * later step fails the device is moved back, under its name, with its state and
 * addresses. *ret_was (may be NULL) is what it was before.
 */
int link_move(const struct link_move *m, struct net_dev *ret_was, struct err *err);

#endif
