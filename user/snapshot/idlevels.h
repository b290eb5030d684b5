/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * idlevels.h - what each user namespace, from one up to that of this process, calls a user or a
 * group. The kernel keeps the map of a user namespace with the numbers of the initial one
 * (map_write() in kernel/user_namespace.c), so that two maps tell what a number of the one
 * namespace is in the other, whatever is between them.
 */
#ifndef NSWATCH_SNAPSHOT_IDLEVELS_H
#define NSWATCH_SNAPSHOT_IDLEVELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/idmap.h"
#include "kernel/tasks.h"

struct snapshot;

enum id_kind {
	ID_USER,
	ID_GROUP,
	ID_KINDS,
};

#define IDLEVELS_MAX 40 /* the kernel nests 33 */

/* A user namespace; its maps lead to the numbers of the last level. */
struct idlevel {
	uint32_t inum;              /* 0: not in sight */
	bool known;                 /* the maps could be read */
	struct idmap map[ID_KINDS]; /* of the last level: those ids that there are */
};

/* From the inside outwards; the last one is that of this process. */
struct idlevels {
	struct idlevel v[IDLEVELS_MAX];
	size_t n;
	uint32_t overflow[ID_KINDS]; /* what the kernel shows for an id that has no number */
};

#define auto_idlevels __attribute__((cleanup(idlevels_free)))

/*
 * Of a user namespace of the snapshot (SNAP_REL), or where userns is 0, of that of a process which
 * does not let it be seen. -EACCES: nothing tells its maps; -errno.
 */
int idlevels_read(
	struct snapshot *s, uint32_t userns, const struct ns_task *t, struct idlevels *ret);
void idlevels_free(struct idlevels *l);

/*
 * What the levels call an id of the first one (outside: of the last one): IDMAP_NONE where they
 * have no number for it, or none is known.
 */
void idlevels_ask(const struct idlevels *l, enum id_kind kind, uint32_t id, bool outside,
	uint32_t ret[IDLEVELS_MAX]);

#endif
