/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mountinfo.h - the bind mounts of nsfs files: what keeps namespaces that have no process. */
#ifndef NSWATCH_KERNEL_MOUNTINFO_H
#define NSWATCH_KERNEL_MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/inums.h"
#include "kernel/tasks.h"

struct ns_mount {
	uint32_t type; /* enum ns_slot, one of the eight types */
	uint32_t inum;
	uint32_t mnt_ns; /* inum of the mount namespace it was seen in, 0: not said */
	uint32_t mnt_id; /* of that mount */
	size_t path;     /* where its path starts in the text of struct ns_mounts */
};

struct ns_mounts {
	struct ns_mount *rows; /* in the order of mountinfo */
	size_t n, cap;
	struct buf text;          /* paths, each ended by NUL, untrusted */
	const struct inums *only; /* the mount namespaces that have any; NULL: all may */
};

#define auto_mounts __attribute__((cleanup(mounts_free)))

void mounts_free(struct ns_mounts *m);

static inline const char *mounts_path(const struct ns_mounts *m, const struct ns_mount *row)
{
	return m->text.s + row->path;
}

/* Whether there may be any in that mount namespace. */
static inline bool mounts_in(const struct ns_mounts *m, uint32_t mnt_ns)
{
	return !m->only || inums_find(m->only, NS_MNT, mnt_ns);
}

/*
 * Adds the nsfs mounts of the text of a mountinfo file. Lines that are none or
 * that make no sense are passed over. 0 or -ENOMEM.
 */
int mounts_parse(struct ns_mounts *m, const char *text, size_t len, uint32_t mnt_ns);

/* Adds those of the mountinfo file at path ("/proc/self/mountinfo"). */
int mounts_read(struct ns_mounts *m, const char *path, uint32_t mnt_ns, struct err *err);

/*
 * Called between two pieces of a mountinfo file, which can be long: not 0 ends the reading
 * and is returned from it.
 */
typedef int (*mounts_between)(void *ctx, const struct ns_mounts *m);

/* Adds those of the mountinfo file at path; between may be NULL. */
int mounts_read_between(
	struct ns_mounts *m, const char *path, uint32_t mnt_ns, mounts_between between, void *ctx);

/* Adds those of an open mountinfo file; between may be NULL. */
int mounts_read_fd(struct ns_mounts *m, int fd, uint32_t mnt_ns, mounts_between between, void *ctx);

/*
 * Adds those of every mount namespace that a task of the snapshot lives in,
 * each read once; skip is the inum of one that is not wanted, or 0. Mount
 * namespaces that can't be read are counted in *ret_unreadable (may be NULL).
 */
int mounts_read_all(struct ns_mounts *m, const struct ns_tasks *t, uint32_t skip,
	size_t *ret_unreadable, struct err *err);

/* The same without err; -ECANCELED from between ends it. */
int mounts_read_all_between(struct ns_mounts *m, const struct ns_tasks *t, uint32_t skip,
	size_t *ret_unreadable, mounts_between between, void *ctx);

/* One line of a mountinfo file, of any filesystem. */
struct mount_line {
	uint32_t id, parent;
	uint64_t dev;           /* major << 32 | minor */
	struct buf root, point; /* in its filesystem, and where it is mounted; untrusted */
};

void mount_line_free(struct mount_line *l);
/* The line of the mount with that id: 0, -ENOENT where the file has none, or -errno. */
int mount_line_read(struct mount_line *ret, const char *path, uint32_t id);

#endif
