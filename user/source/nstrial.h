/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nstrial.h - which system calls for namespaces the kernel has. */
#ifndef NSWATCH_SOURCE_NSTRIAL_H
#define NSWATCH_SOURCE_NSTRIAL_H

#include "source/features.h"

/*
 * FEAT_PIDFD_SETNS, FEAT_NS_ID, FEAT_MNT_NEXT, FEAT_NS_HANDLE or FEAT_LISTNS: 0,
 * -EOPNOTSUPP: not in this kernel, -EACCES: something (seccomp, no /proc) does
 * not let us try.
 */
int nstrial_run(enum feature f);

#endif
