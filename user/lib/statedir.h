/* SPDX-License-Identifier: GPL-2.0-or-later */
/* statedir.h - where a program keeps what it is to know again after it has ended. */
#ifndef NSWATCH_LIB_STATEDIR_H
#define NSWATCH_LIB_STATEDIR_H

#include "lib/buf.h"
#include "lib/err.h"

/* The user's own directory for nswatch, $XDG_STATE_HOME/nswatch; -ENOENT: there is no place. */
int statedir_own(struct buf *ret, struct err *err);
/* That of the host for a service ($STATE_DIRECTORY, where that is one), else `usual`. */
const char *statedir_host(const char *usual);
/* Makes a directory and those above it, for their owner alone. */
int statedir_make(char *path, struct err *err);

#endif
