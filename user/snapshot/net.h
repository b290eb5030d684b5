/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net.h - the devices of all net namespaces of a graph, and which of them
 * belong together: the ends of a veth pair, a macvlan and what it stands on.
 *
 * Each namespace is read as one whole; a device that moves meanwhile may be seen
 * in two of them, or in none.
 */
#ifndef NSWATCH_SNAPSHOT_NET_H
#define NSWATCH_SNAPSHOT_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "snapshot/graph.h"
#include "kernel/link.h"

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

/* Where the other end of a device is (IFLA_LINK), by what netkind.h says of its kind. */
enum net_peer_state {
	PEER_NONE,
	PEER_FOUND,
	PEER_UNSEEN, /* not found: only its number and perhaps the id of its namespace are known */
	PEER_UNDERLAY, /* no device but a namespace, where the packets of a tunnel go */
};

struct net_peer {
	enum net_peer_state state;
	uint32_t dev;   /* PEER_FOUND: place in devs */
	uint32_t space; /* its namespace's place in spaces, NET_NONE: not known */
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

/* A namespace whose end takes a device in another one along. */
struct net_end {
	uint32_t space; /* place in spaces */
	uint32_t dev;   /* what is there: place in devs, NET_NONE: the underlay of a tunnel */
};

/* The farthest that a device's end may come from: a vlan on a macvlan on a veth, and so on. */
#define NET_ENDS_MAX 8

/*
 * Whose ends take the device along, but for its own namespace and the initial one, which
 * never ends; needs NETVIEW_PEERS. How many, at most NET_ENDS_MAX.
 */
size_t netview_ends(const struct net_view *v, uint32_t dev, struct net_end ret[NET_ENDS_MAX]);

/* There may be one more that the kernel does not name: where a tunnel was made and the like. */
bool netview_hidden(const struct net_view *v, uint32_t dev);

#endif
