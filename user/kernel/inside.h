/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inside.h - what can only be asked from within a namespace; a thread or a process goes there. */
#ifndef NSWATCH_KERNEL_INSIDE_H
#define NSWATCH_KERNEL_INSIDE_H

#include "lib/buf.h"

/* The host name of an open uts namespace. -EPERM without CAP_SYS_ADMIN there. */
int inside_host(int fd, struct buf *b);
/* The network devices of an open net namespace, "lo,eth0", in the order of their indices. */
int inside_devs(int fd, struct buf *b);
/* Those of them that are up. */
int inside_devs_up(int fd, struct buf *b);
/*
 * The texts of uid_map and gid_map of an open user namespace, with the numbers that this process
 * has for the ids outside. A process of its own goes there: threads may not. -EPERM without
 * CAP_SYS_ADMIN there.
 */
int inside_maps(int fd, struct buf *uid, struct buf *gid);

#endif
