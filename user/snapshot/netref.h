/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netref.h - net namespaces as people write and read them. */
#ifndef NSWATCH_SNAPSHOT_NETREF_H
#define NSWATCH_SNAPSHOT_NETREF_H

#include "lib/buf.h"
#include "lib/err.h"
#include "snapshot/snapshot.h"

/* What the others need: processes, mounts, descriptors and names; once. */
int netref_read(struct snapshot *s, struct err *err);
/* The same for a table: of the processes in one set of namespaces only the first is a row. */
int netref_read_briefly(struct snapshot *s, struct err *err);

/*
 * A net namespace as people write it, open: a name, a path (with '/'), the pid of
 * a process, its number (4026532938, net:[4026532938]), or a process by a name of named.h, in
 * this order. -errno and the reason.
 */
int netref_open(struct snapshot *s, const char *ref, uint32_t *ret_inum, struct err *err);

/*
 * The number of one that is known without being opened, as one of the past: by its name or its
 * number. -ENOENT.
 */
int netref_known(struct snapshot *s, const char *ref, uint32_t *ret, struct err *err);

/*
 * netns_open() that also knows of names whose namespace is mounted in another mount namespace
 * alone: the error says in which, and how it can be entered.
 */
int netref_name_open(struct snapshot *s, const char *name, struct err *err);

/*
 * What it is called: its names, "(initial)", else the container of its first
 * process, else the path of a mount. False where nothing is known.
 */
bool netref_label(struct snapshot *s, const struct ns_node *node, struct buf *b);
/* "net:[4026532938]", with its label in parentheses where it has one. */
void netref_say(struct snapshot *s, uint32_t inum, struct buf *b);

/* The node of a net namespace, NULL where none is in sight. */
const struct ns_node *netref_node(const struct snapshot *s, uint32_t inum);

#endif
