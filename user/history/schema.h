/* SPDX-License-Identifier: GPL-2.0-or-later */
/* schema.h - the tables of the history: nswatch-history(5) is what they mean. */
#ifndef NSWATCH_HISTORY_SCHEMA_H
#define NSWATCH_HISTORY_SCHEMA_H

#include "history/db.h"

extern const char schema_sql[]; /* makes them in an empty database */
/* By version: what makes the next one of it. NULL: there was none. */
extern const char *const schema_steps[DB_VERSION];
extern const char *const schema_query[DB_QUERIES]; /* the text of each statement */

#endif
