/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * at.h - the system as it was at a moment of the past, for snapshot/snapshot.h: the last snapshot
 * before that moment, and what the lives of namespaces, pins and devices say of the time between.
 */
#ifndef NSWATCH_HISTORY_AT_H
#define NSWATCH_HISTORY_AT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/db.h"
#include "kernel/link.h"
#include "kernel/mountinfo.h"
#include "kernel/tasks.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/inums.h"
#include "lib/users.h"
#include "event/whose.h"
#include "snapshot/graph.h"

struct at_node {
	struct ns_node node; /* type, inum, rel, level, id, uid, nprocs; the rest is empty */
	uint32_t pid;        /* of its first process, 0: none */
	size_t kept;         /* what keeps it: place in text + 1, 0: not known */
	bool gone;           /* since the snapshot */
	bool over;           /* it has ended after that time, and its number may be another's */
};

struct at_device {
	struct net_dev dev; /* addr: place in at.addrs */
	uint32_t ns, peer_ns;
	int64_t traits;
	bool gone;
};

struct at_process {
	struct ns_task task;
	uint64_t box; /* of at.boxes, 0: none */
};

/* All of it; times are ns since 1970. */
struct at {
	int64_t when, snapshot, clock;
	int64_t boot, id, whole;
	uint32_t own_mnt;
	struct buf host, text;
	struct at_node *nodes; /* by type and number */
	size_t n, cap;
	struct inums index; /* of nodes: a is 1 + the place */
	struct at_process *procs;
	size_t nprocs, procs_cap;
	struct inums pids; /* of procs, likewise */
	struct at_device *devs;
	size_t ndevs, devs_cap;
	struct net_addr *addrs;
	size_t naddrs, addrs_cap;
	struct ns_mounts mounts;
	struct users users;
	struct whoses boxes;
};

/*
 * Reads it: path NULL is db_default(). -ENOENT: the history has no snapshot of so early a time.
 * What was not recorded of the time between, or at that time, is told to gap, one line each.
 */
int at_read(const char *path, int64_t when, void (*gap)(const char *text), struct at *ret,
	struct err *err);
void at_free(struct at *a);

/*
 * From now on snapshot_read() and all that snapshots ask gives what is in a; NULL: the system at
 * hand again.
 */
void at_use(const struct at *a);
/* Whether the namespace of that number and that time has ended since. */
bool at_is_over(const struct at *a, uint32_t inum);

/* --- for at.c and at_ops.c -------------------------------------------------------------------- */

struct at_node *at_node(const struct at *a, uint32_t type, uint32_t inum);

#endif
