/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netnsid.h - the ids by which this net namespace calls others (RTM_GETNSID). */
#ifndef NSWATCH_KERNEL_NETNSID_H
#define NSWATCH_KERNEL_NETNSID_H

#include <stdint.h>

/* A socket to ask with, or -errno. */
int netnsid_open(void);
/* The id of an open net namespace: 0 or more, -1 where it has none; else -errno below that. */
int netnsid_get(int sock, int ns, int32_t *ret);

#endif
