/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devtype.h - network devices without link operations that are no hardware: the
 * kernel's sysfs, mounted for a moment in their net namespace and visible to
 * nobody else, says whether a device is behind one and of which type it is
 * (net/core/net-sysfs.c netdev_uevent()). l2tp's sessions are asked of
 * generic netlink, since their devices go with the tunnel (net/l2tp/l2tp_core.c
 * l2tp_exit_net()).
 */
#ifndef NSWATCH_KERNEL_DEVTYPE_H
#define NSWATCH_KERNEL_DEVTYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "kernel/link.h"

/* Whether a device may be software without link operations: only then there is anything to ask. */
bool devtype_doubtful(const struct net_dev *d);

/*
 * Fills in has_parent, software and devtype of n rows of the net namespace that is open
 * as ns; -1: that of this thread. Where it can't be known they stay as they are.
 */
void devtype_ask(struct net_dev *rows, size_t n, int ns);

#define DEVTYPE_L2TP "l2tpeth"

/*
 * The names of the devices that l2tp's tunnels in the open net namespace ns (-1: that of
 * this thread) gave when they made them, each ended by NUL: 0 or -errno.
 */
int devtype_l2tp(int ns, struct buf *ret);

#endif
