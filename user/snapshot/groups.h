/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * groups.h - the processes of a snapshot by what they belong to (a container, a systemd unit, a
 * user), and which namespaces each of these groups has for itself or shares.
 */
#ifndef NSWATCH_SNAPSHOT_GROUPS_H
#define NSWATCH_SNAPSHOT_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/idmap.h"
#include "kernel/nstype.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/inums.h"
#include "kernel/tasks.h"

struct snapshot;

enum group_by {
	GROUP_NONE,
	GROUP_CONTAINER,
	GROUP_UNIT,
	GROUP_USER,
};

#define USE_NONE UINT32_MAX

/* A namespace in which processes of a group are. */
struct group_use {
	uint32_t type, inum, group;
	uint32_t next;              /* of the same type in this group, USE_NONE: the last */
	uint32_t also;              /* of another group in this namespace, USE_NONE: the last */
	const struct ns_task *task; /* the first process there */
	struct idmap map;           /* of users, where it is no user namespace of the host */
};

struct group {
	size_t name, pod, is; /* places in the text: as people call it; its pod or ""; what it is */
	const struct ns_task *first; /* the oldest process */
	uint32_t nprocs, unreadable;
	uint32_t uses[NS_TYPES]; /* the first of each type, and the last */
	uint32_t last[NS_TYPES];
};

struct groups {
	struct snapshot *s;
	struct group *v; /* in the order of their names */
	size_t n;
	struct group_use *uses;
	size_t nuses, uses_cap;
	struct inums at; /* by namespace: a: its first use + 1, b: pid of one outside of all */
	uint32_t host[NS_TYPES]; /* the namespaces of the host; 0: not in sight */
	struct buf text;
};

#define auto_groups __attribute__((cleanup(groups_free)))

/* Of a snapshot with SNAP_PROCS, SNAP_REL and SNAP_TREE, which must outlive it. 0 or -ENOMEM. */
int groups_make(struct snapshot *s, enum group_by by, struct groups *ret);
void groups_free(struct groups *g);

/* "docker:web", as `nswatch enter` takes it. */
static inline const char *group_name(const struct groups *g, const struct group *group)
{
	return g->text.s + group->name;
}

/* "shop/cart"; "" outside of pods. */
static inline const char *group_pod(const struct groups *g, const struct group *group)
{
	return g->text.s + group->pod;
}

/* How a group has its namespaces of a type. */
struct group_cell {
	bool host;                /* that of the host is among them */
	uint32_t own;             /* how many nobody else is in */
	uint32_t shared;          /* how many other groups are in one with it, */
	const struct group *with; /* the first of them */
	uint32_t outsider;        /* pid of a process of no group that is in one with it; 0: none */
};

void groups_cell(const struct groups *g, const struct group *group, unsigned int type,
	struct group_cell *ret);

/*
 * The next group (after: the one before, NULL at first) whose user namespaces have users of the
 * host that those of this one have, too, although none of both is above the other. NULL: no more.
 */
const struct group *groups_overlap(
	const struct groups *g, const struct group *group, const struct group *after);

#endif
