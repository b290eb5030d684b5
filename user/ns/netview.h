/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netview.h - the devices of all net namespaces of a graph, and which of them
 * belong together: the ends of a veth pair, a macvlan and what it stands on.
 *
 * Each namespace is read as one whole; a device that moves meanwhile may be seen
 * in two of them, or in none.
 */
#ifndef NSWATCH_NS_NETVIEW_H
#define NSWATCH_NS_NETVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ns/graph.h"
#include "ns/links.h"

#define NET_NONE UINT32_MAX

/* A net namespace. */
struct net_space {
	const struct ns_node *node;
	uint32_t inum;
	int state;         /* 0: its devices are there; -errno: why not (-EPERM) */
	bool initial;      /* the first of the system, to which hardware returns */
	bool foreign;      /* some device of it has its other end elsewhere */
	uint32_t first, n; /* its devices among those of the view */
};

/* Where the other end of a device is (IFLA_LINK). */
enum net_peer_state {
	PEER_NONE,
	PEER_FOUND,
	PEER_UNSEEN, /* in a namespace that could not be found: only its id is known */
};

struct net_peer {
	enum net_peer_state state;
	uint32_t dev; /* PEER_FOUND: place in devs */
};

struct net_view {
	const struct ns_graph *graph;
	struct net_devs devs;
	struct net_space
		*spaces; /* in the order of inode numbers; those that died meanwhile left out */
	size_t n;
	struct net_peer *peers; /* per device */
	uint32_t *space_of;     /* per device: place in spaces */
	size_t unreadable;      /* spaces with a state */
};

#define auto_view __attribute__((cleanup(netview_free)))

void netview_free(struct net_view *v);

enum {
	NETVIEW_PEERS = 1, /* find them: asks once more in each namespace that has any elsewhere */
};

/*
 * Reads the devices of all net namespaces of g, which must be finished, or only
 * (where only is not 0) of the one with this number. A thread of its own
 * goes into each; the caller's stays where it is. 0 or -errno.
 */
int netview_read(struct net_view *v, const struct ns_graph *g, uint32_t only, unsigned int what,
	struct err *err);

struct net_space *netview_space(const struct net_view *v, uint32_t inum);
/* The inode number of the initial net namespace; 0: it is not in sight. */
uint32_t netview_initial(const struct ns_graph *g);

#endif
