/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fsmount.h - look into a pseudo filesystem that is mounted nowhere. */
#ifndef NSWATCH_KERNEL_FSMOUNT_H
#define NSWATCH_KERNEL_FSMOUNT_H

/*
 * A read-only mount of the type that is in no mount namespace and ends with the
 * descriptor returned. -ENODEV: this kernel has no such filesystem; -EPERM:
 * CAP_SYS_ADMIN in the initial user namespace is missing.
 */
int fsmount_detached(const char *type);

#endif
