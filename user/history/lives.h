/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lives.h - from events to lives: of namespaces, of their pins, and of devices in them. */
#ifndef NSWATCH_HISTORY_LIVES_H
#define NSWATCH_HISTORY_LIVES_H

#include <stddef.h>
#include <stdint.h>

#include "event/decode.h"
#include "history/db.h"
#include "lib/err.h"
#include "lib/inums.h"

struct life;

/* What is not written yet: most namespaces of a storm begin and end within one transaction. */
struct lives {
	struct inums at; /* by type and number: a is 1 + the place in rows of the living one */
	struct life *rows;
	size_t n, cap;
};

void lives_free(struct lives *l);

/* Takes an event, whose id and boot these are, within a transaction; 0 or -errno. */
int lives_take(struct lives *l, struct db *db, const struct event *ev, int64_t id, int64_t boot,
	struct err *err);
/* Writes what is left, before the transaction is committed; forgets it. */
int lives_flush(struct lives *l, struct db *db, struct err *err);
/* Forgets it: the transaction was given up. */
void lives_forget(struct lives *l);

/* What no event before `time` needs any more is removed: what ended until then. */
int lives_evict(struct db *db, const struct event *ev, struct err *err);
int lives_evict_before(struct db *db, int64_t time, struct err *err);

#endif
