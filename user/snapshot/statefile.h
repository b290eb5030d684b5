/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statefile.h - JSON that a container runtime left in a file. What stands below a directory may
 * belong to anybody: no link is followed there, nothing but a regular file is opened, and neither
 * the size of a file nor what it unfolds to in memory is without a limit.
 */
#ifndef NSWATCH_SNAPSHOT_STATEFILE_H
#define NSWATCH_SNAPSHOT_STATEFILE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "lib/buf.h"

#define STATE_FILE_MAX (4 << 20)
#define STATE_DEPTH    32    /* of nested values */
#define STATE_VALUES   65536 /* objects and arrays of one file */
#define STATE_MEMBERS  (1 << 19)

/* A directory below which files are read. */
struct state_dir {
	int fd;
	/*
	 * It belongs to this user: so must the files, and another file system below it, which may
	 * be one of the user's own that never answers, is not looked into.
	 */
	bool has_user;
	uint32_t user;
	uint64_t dev;
};

/* The directory root + path, whose links are followed: the system's own. 0 or -errno. */
int state_dir_open(const char *root, const char *path, struct state_dir *ret);
/* The same for one that is a user's. */
int state_dir_open_of(const char *root, const char *path, uint32_t user, struct state_dir *ret);

static inline void state_dir_close(struct state_dir *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}
#define auto_state_dir __attribute__((cleanup(state_dir_close)))

/*
 * The file at path below d as a value, which the caller puts. -ENOENT, or another -errno: -ELOOP
 * for a link, -EBADMSG: it is no JSON, -E2BIG: it is too much.
 */
int state_json(const struct state_dir *d, const char *path, struct json_object **ret);
/* The same for a file that is no JSON: its text is added, which may have any bytes in it. */
int state_raw(const struct state_dir *d, const char *path, struct buf *ret);
/*
 * The same for a file that many containers are in: what take is called with is kept until the file
 * is another one. take may not call this.
 */
int state_kept(const struct state_dir *d, const char *path,
	void (*take)(void *ctx, struct json_object *v), void *ctx);
/* A text as a value. */
int state_parse(const char *s, size_t len, struct json_object **ret);

/*
 * path has one component with a '*', like "*-containers/x.json": calls each with the path of every
 * name that fits, until it says true.
 */
int state_each(const struct state_dir *d, const char *path,
	bool (*each)(void *ctx, const struct state_dir *d, const char *path), void *ctx);

static inline void state_putp(struct json_object **v)
{
	json_object_put(*v);
	*v = NULL;
}
#define auto_state __attribute__((cleanup(state_putp)))

/* A member of an object; NULL where there is none, or where v is NULL or no object. */
struct json_object *state_member(struct json_object *v, const char *key);

#endif
