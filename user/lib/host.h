/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host.h - how this host is called, for what is read elsewhere later. */
#ifndef NSWATCH_LIB_HOST_H
#define NSWATCH_LIB_HOST_H

#include <stddef.h>

/* Longer names are cut: the kernel's have at most 64 bytes (__NEW_UTS_LEN), those of files any. */
#define HOST_NAME_LEN 64

/* That of the uts namespace nswatch is in, as it was at the first call; "" if the kernel won't say.
 */
const char *host_name(void);

#endif
