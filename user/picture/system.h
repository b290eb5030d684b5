/* SPDX-License-Identifier: GPL-2.0-or-later */
/* system.h - pictures of the namespaces of a snapshot. */
#ifndef NSWATCH_PICTURE_SYSTEM_H
#define NSWATCH_PICTURE_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "picture/picture.h"
#include "snapshot/snapshot.h"

struct picture_wants {
	bool addresses; /* of devices */
	bool all;       /* threads of the kernel one by one */
};

/* Reads what a picture of that type needs; 0 or -errno. */
int picture_read(struct snapshot *s, uint32_t type, struct err *err);

/*
 * Of a snapshot read so, which must outlive it. net: namespaces with their devices; pid and user:
 * trees of namespaces with processes; of the other types: namespaces with processes.
 */
void picture_of_net(struct snapshot *s, const struct picture_wants *w, struct picture *ret);
void picture_of_processes(
	struct snapshot *s, uint32_t type, const struct picture_wants *w, struct picture *ret);

/* --- of both ---------------------------------------------------------------------------------- */

/* What keeps a namespace but for relations to others, as the box says it. */
void picture_kept(
	struct snapshot *s, const struct ns_node *n, bool procs, struct picture *p, uint32_t box);

#endif
