/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mountsight.h - what the mounts of a process say of mounts that the kernel refuses it. */
#ifndef NSWATCH_WHY_MOUNTSIGHT_H
#define NSWATCH_WHY_MOUNTSIGHT_H

#include <stddef.h>

#include "why/subject.h"

/*
 * Whether a mount namespace that a user namespace owns may mount proc or sysfs:
 * mnt_already_visible() in fs/namespace.c wants one there already, with its own root and
 * with nothing mounted over a part of it but over directories that are always empty.
 */
enum fs_sight {
	SIGHT_UNKNOWN, /* its mounts can't be read */
	SIGHT_WHOLE,
	SIGHT_COVERED, /* detail: a mount that covers a part */
	SIGHT_NONE,    /* none is mounted */
};

/* fs: "proc" or "sysfs". */
enum fs_sight fs_in_sight(const struct subject *s, const char *fs, char *detail, size_t size);

/* The mount point that a path of this process is on: 0, or -ENOENT. */
int mount_point_of(const char *path, char *ret, size_t size);

#endif
