/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mountsheld.h - mount namespaces in which no task is: a descriptor or a bind mount keeps
 * them, and the bind mounts in them keep other namespaces. A thread goes there to look,
 * which needs CAP_SYS_ADMIN and CAP_SYS_CHROOT (mntns_install() in fs/namespace.c).
 */
#ifndef NSWATCH_SNAPSHOT_MOUNTSHELD_H
#define NSWATCH_SNAPSHOT_MOUNTSHELD_H

#include <stddef.h>
#include <stdint.h>

#include "snapshot/holds.h"
#include "kernel/mountinfo.h"
#include "kernel/tasks.h"

/*
 * Adds the nsfs mounts of those that the descriptors of h or the mounts of own, this
 * process's mount namespace, keep. Those that can't be entered are added to
 * *ret_unreadable (may be NULL). 0 or -ENOMEM.
 */
int mounts_read_held(struct ns_mounts *m, const struct ns_tasks *t, const struct ns_holds *h,
	uint32_t own, size_t *ret_unreadable);

/* Opens a file of nsfs at path in an open mount namespace; the descriptor or -errno. */
int mounts_open_in(int mnt, const char *path);

#endif
