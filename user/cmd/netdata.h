/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netdata.h - what `nswatch netns` and `nswatch netdev` know of net namespaces. */
#ifndef NSWATCH_CMD_NETDATA_H
#define NSWATCH_CMD_NETDATA_H

#include "cmd/ls.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "kernel/netnsfs.h"
#include "snapshot/net.h"

struct netdata {
	struct ls_data ls; /* of net and mount namespaces, the hidden ones too */
	struct netns_names names;
	struct net_view view;
	uint32_t own; /* inum of the net namespace of this process */
	bool has_ls;
};

void netdata_free(struct netdata *d);

/* Processes, mounts, descriptors and names; once. */
int netdata_read(struct netdata *d, struct err *err);

/*
 * A net namespace as people write it, open: a name, a path (with '/'), the pid of
 * a process, or its number (4026532938, net:[4026532938]), in this order. -errno
 * and the reason.
 */
int netdata_open(struct netdata *d, const char *ref, uint32_t *ret_inum, struct err *err);

/*
 * netns_open() that also knows of names whose namespace is mounted in another mount namespace
 * alone: the error says in which, and how it can be entered.
 */
int netdata_name_open(struct netdata *d, const char *name, struct err *err);

/*
 * What it is called: its names, "(initial)", else the container of its first
 * process, else the path of a mount. False where nothing is known.
 */
bool netdata_label(struct netdata *d, const struct ns_node *node, struct buf *b);
/* "net:[4026532938]", with its label in parentheses where it has one. */
void netdata_say(struct netdata *d, uint32_t inum, struct buf *b);

/* The node of a net namespace, NULL where none is in sight. */
const struct ns_node *netdata_node(const struct netdata *d, uint32_t inum);

/* Exit status of a failure: EXIT_CANT where rights or the kernel are the reason. */
int netdata_fail(const struct err *err);
/* How many net namespaces could not be looked into; nothing where that is 0. */
void netdata_unreadable_say(size_t n);
/* How many processes do not let their net namespaces be seen; nothing where all do. */
void netdata_hidden_say(const struct netdata *d);

#endif
