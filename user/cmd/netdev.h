/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netdev.h - what the files of `nswatch netdev` share. */
#ifndef NSWATCH_CMD_NETDEV_H
#define NSWATCH_CMD_NETDEV_H

#include "cmd/cmd.h"
#include "cmd/lookback.h"
#include "snapshot/boxed.h"
#include "snapshot/netref.h"
#include "out/columns.h"

struct netdev_opts {
	struct form form;
	struct opt_list containers;
	struct lookback_opts past;
	bool tree, keep_up, keep_addr;
	const char *netns, *from, *to, *name;
};

struct netdev {
	const struct netdev_opts *o;
	struct snapshot d;
	struct boxed boxed; /* what --container chose */
	struct columns cols;
	bool tree;        /* to be read, not to be parsed */
	struct buf label; /* of the namespace of the rows at hand */
	bool has_label;
};

/* A row of the list: a device, or with --tree a namespace (dev NULL). */
struct netdev_row {
	const struct net_space *space;
	const struct net_dev *dev;
};

enum {
	NETDEV_NEED_PEERS = 1,
	NETDEV_NEED_LABEL = 2,
};

extern const struct column netdev_cols[];
#define NETDEV_SHOWN                                                                               \
	"NETNS,NAME,IFINDEX,IFNAME,KIND,STATE,MAC,ADDRESSES,PEER,MASTER,MOVABLE,ON-EXIT"

/* "eth0@net:[4026532938] (blue)" and the like: where the other end of a device is. */
bool netdev_peer_say(struct netdev *n, const struct net_dev *dev, struct buf *b);

/* The number of the net namespace that was named; 0 where ref is NULL. */
int netdev_place(struct netdev *n, const char *ref, uint32_t *ret, struct err *err);

/* The three commands; exit statuses. */
int netdev_list(struct netdev *n);
int netdev_where(struct netdev *n, const char *name);
int netdev_move(struct netdev *n, const char *name);

#endif
