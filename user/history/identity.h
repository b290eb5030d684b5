/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity.h - a random name of a database, by which its events are known wherever they go: the
 * numbers of events begin at 1 in each.
 */
#ifndef NSWATCH_HISTORY_IDENTITY_H
#define NSWATCH_HISTORY_IDENTITY_H

#include "history/db.h"
#include "lib/err.h"

#define IDENTITY_LEN 16 /* hexadecimal digits */

/* Gives a database one that has none. 0 or -errno. */
int identity_make(struct db *db, struct err *err);
/* -ENODATA: it has none, since no nswatch that gives one has recorded into it yet. */
int identity_get(struct db *db, char ret[IDENTITY_LEN + 1], struct err *err);

#endif
