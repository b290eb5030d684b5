/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * idhelper.h - newuidmap and newgidmap, which write ranges of ids for users without
 * rights: where they are, and what keeps one of them from doing it. The checks are those
 * of shadow-utils (newuidmap.c, newgidmap.c) and of the kernel's map_write(); what can't
 * be known is not said.
 */
#ifndef NSWATCH_KERNEL_IDHELPER_H
#define NSWATCH_KERNEL_IDHELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/idmap.h"

/* In the order in which they are looked for. */
enum idhelper_lack {
	IDHELPER_NOTHING,
	IDHELPER_RANGE_EMPTY,
	IDHELPER_INNER_TWICE, /* two ranges have an id of the new namespace */
	IDHELPER_OUTER_TWICE,
	IDHELPER_MANY,     /* more ranges than the kernel takes */
	IDHELPER_LONG,     /* more text than it takes */
	IDHELPER_NO_X,     /* the caller may not execute the program */
	IDHELPER_NO_OWNER, /* its owner has no number in this user namespace */
	IDHELPER_NO_BIT,   /* neither set-user-ID root nor file capabilities */
	IDHELPER_NOSUID,   /* its mount is nosuid */
	IDHELPER_NO_NEW_PRIVS,
	IDHELPER_BOUNDED,     /* the caller's bounding set lacks the capability */
	IDHELPER_NO_NAME,     /* the caller has no line in passwd */
	IDHELPER_OTHER_GROUP, /* the caller's group is not that of its line */
	IDHELPER_NO_LINE,     /* no line of /etc/subuid is the caller's */
	IDHELPER_NOT_OURS,    /* its lines do not hold a range */
};

struct idhelper {
	const char *name; /* "newuidmap" or "newgidmap" */
	const struct idmap *map;
};

/* Looked for where systems have it, never in PATH; NULL where there is none. */
const char *idhelper_path(const char *name, char path[64]);
/* "/etc/subuid" or "/etc/subgid". */
const char *idhelper_file(const char *name);

/*
 * What will make it fail; detail: what of it, for people ("3 and 5", the path of the
 * program, a range of ids), and where that needs a second one (the user's name or group),
 * that behind a newline.
 */
enum idhelper_lack idhelper_lack(const struct idhelper *h, char *detail, size_t size);

/* nsswitch.conf(5) has the ranges come from elsewhere than these files: not known here. */
bool idhelper_asks_others(void);

/* What the kernel refuses in any map: one of the first kinds, or IDHELPER_NOTHING. */
enum idhelper_lack idmap_flaw(const struct idmap *m, char *detail, size_t size);

/*
 * The first id of at least 100000 from which on the text of /etc/subuid gives none to
 * anybody; 100000 where they are all given.
 */
uint32_t subids_free(const char *text);

#endif
