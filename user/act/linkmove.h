/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linkmove.h - a network device from one net namespace to another. The kernel
 * takes it down on the way; its addresses and routes are lost, and so is its
 * master. What is asked to be kept is set anew.
 */
#ifndef NSWATCH_ACT_LINKMOVE_H
#define NSWATCH_ACT_LINKMOVE_H

#include <stdbool.h>

#include "kernel/link.h"
#include "kernel/netlink.h"

struct link_move {
	const char *dev;                 /* its name or an altname where it is */
	const char *name;                /* and where it goes; NULL: the same */
	int from, to;                    /* net namespaces, open, not the same one */
	struct netlink *nl_from, *nl_to; /* sockets of these */
	bool keep_up, keep_addr;
};

/* What the move has taken away, and what the device was. */
struct link_was {
	struct net_dev dev;
	char master[IFNAMSIZ], master_kind[NET_KIND_MAX]; /* what it was a port of; "": nothing */
	/* Devices of the namespace it left that went because it left: names, a line each;
	 * untrusted. */
	struct buf gone;
};

void link_was_free(struct link_was *w);

/*
 * 0, or -errno and the reason, what to do included. Nothing is half done: when a
 * later step fails the device is moved back, under its name, with its state and
 * addresses; its master and what stood on it are not restored. *ret_was (may be
 * NULL, else zeroed) is what it was before, and is filled in on success only.
 */
int link_move(const struct link_move *m, struct link_was *ret_was, struct err *err);

#endif
