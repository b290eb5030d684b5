/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statefile.h - JSON that a container runtime left in a file. What stands below a directory may
 * belong to anybody: no link is followed there, nothing but a regular file is opened, and neither
 * the size of a file nor what it unfolds to in memory is without a limit.
 */
#ifndef NSWATCH_SNAPSHOT_STATEFILE_H
#define NSWATCH_SNAPSHOT_STATEFILE_H

#include <json-c/json.h>
#include <stddef.h>

#include "lib/buf.h"

#define STATE_FILE_MAX (4 << 20)
#define STATE_DEPTH    32    /* of nested values */
#define STATE_VALUES   65536 /* objects and arrays of one file */
#define STATE_MEMBERS  (1 << 19)

/* The directory root + path, whose links are followed: the system's own. A descriptor or -errno. */
int state_dir(const char *root, const char *path);

/* Adds the file at path below dir; 0, or -ENOENT, or another -errno: -ELOOP for a link. */
int state_read(int dir, const char *path, struct buf *b);

/* The same as a value, which the caller puts. -EBADMSG: it is no JSON, -E2BIG: it is too much. */
int state_json(int dir, const char *path, struct json_object **ret);
/* A text as a value. */
int state_parse(const char *s, size_t len, struct json_object **ret);

static inline void state_putp(struct json_object **v)
{
	json_object_put(*v);
	*v = NULL;
}
#define auto_state __attribute__((cleanup(state_putp)))

/* A member of an object; NULL where there is none, or where v is NULL or no object. */
struct json_object *state_member(struct json_object *v, const char *key);

#endif
