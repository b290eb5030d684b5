/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cursor.h - how far a database was shipped to a stream: a small file in a directory of its own,
 * which one process at a time holds.
 */
#ifndef NSWATCH_SINK_CURSOR_H
#define NSWATCH_SINK_CURSOR_H

#include <stdint.h>

#include "lib/err.h"

struct cursor;

/*
 * dir NULL: for root, and for a service, that of the host (/var/lib/nswatch-ship, or
 * $STATE_DIRECTORY), else $XDG_STATE_HOME/nswatch/ship; it is made. id is the database's. -EBUSY:
 * another process ships with this directory; -EBADMSG: the file has no number.
 */
int cursor_open(
	const char *dir, const char *stream, const char *id, struct cursor **ret, struct err *err);
void cursor_close(struct cursor *c); /* NULL allowed; does not save */
/* The number of the last event that is done; 0: none is. */
int64_t cursor_at(const struct cursor *c);
/* Writes it, unless it is the same: a reader finds the old number or the new one. 0 or -errno. */
int cursor_save(struct cursor *c, int64_t at, struct err *err);

#endif
