/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * idmap.h - ranges of user or group ids for a new user namespace: reading them from
 * options, /etc/subuid and the kernel, and the text that uid_map takes. Which process
 * writes them is newns.h's matter.
 */
#ifndef NSWATCH_KERNEL_IDMAP_H
#define NSWATCH_KERNEL_IDMAP_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

#define IDMAP_NONE UINT32_MAX /* no id */

struct idmap_range {
	uint32_t inner; /* first id in the new namespace; IDMAP_NONE: from 0 on, as idmap_place
			   finds */
	uint32_t outer; /* first id in the caller's */
	uint32_t count;
};

struct idmap {
	struct idmap_range *v; /* NULL while empty */
	size_t n;
};

#define auto_idmap __attribute__((cleanup(idmap_free)))

void idmap_free(struct idmap *m);
/* 0 or -ENOMEM. */
int idmap_add(struct idmap *m, struct idmap_range r);

/* "INNER:OUTER:COUNT", and as before util-linux 2.39 "OUTER,INNER,COUNT"; 0 or -EINVAL. */
int idmap_range_parse(const char *s, struct idmap_range *ret);

/*
 * The first range that file ("/etc/subuid") gives a user, by name or number, mapped from
 * 0 on or, identity, to the same ids. 0 or -errno with err.
 */
int idmap_add_subids(
	struct idmap *m, const char *file, uint32_t uid, int identity, struct err *err);
/* The same from the text of such a file; -ENOENT where no line is the user's. */
int idmap_subids_parse(
	const char *text, const char *name, uint32_t uid, int identity, struct idmap_range *ret);

/* Every id that exists here, to itself: file is "/proc/self/uid_map". */
int idmap_add_all(struct idmap *m, const char *file, struct err *err);
int idmap_all_parse(struct idmap *m, const char *text);

/*
 * Puts the pair inner <-> outer first and takes both ids out of the ranges, which are
 * split around them and lose their highest id if either was within, as unshare(1) does
 * it; IDMAP_NONE as inner: no pair. Ranges with inner IDMAP_NONE get their place. 0 or
 * -ENOMEM.
 */
int idmap_place(struct idmap *m, uint32_t inner, uint32_t outer);

/*
 * The text of /proc/PID/uid_map: the outer ids are those of the reader's user namespace, IDMAP_NONE
 * where it has no number for them. 0, -EINVAL or -ENOMEM.
 */
int idmap_text_parse(struct idmap *m, const char *text);
/* What an id of the namespace is outside, and the way back; IDMAP_NONE: no range has it. */
uint32_t idmap_outer(const struct idmap *m, uint32_t inner);
uint32_t idmap_inner(const struct idmap *m, uint32_t outer);

/* Lines "INNER OUTER COUNT" for uid_map and gid_map. */
void idmap_text(const struct idmap *m, struct buf *b);

#endif
