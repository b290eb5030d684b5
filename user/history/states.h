/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * states.h - when snapshots are taken, and how they come into the database: whole ones every hour,
 * and every minute what differs. Another process looks; here its rows are written, few at a time.
 */
#ifndef NSWATCH_HISTORY_STATES_H
#define NSWATCH_HISTORY_STATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/db.h"
#include "history/look.h"
#include "history/state.h"
#include "lib/err.h"
#include "lib/looker.h"

struct states {
	struct looker looker;
	struct look look;
	uint64_t max;     /* bytes of one, more are not taken */
	uint64_t due_ns;  /* of the next; CLOCK_MONOTONIC */
	uint64_t full_ns; /* of the next whole one; 0: the next is whole */
	struct buf rows;  /* that are being written */
	struct state_head head;
	size_t at;         /* in rows, 0: none are being written */
	int64_t id, whole; /* of the one that is being written, and the newest whole one */
	sqlite3_stmt *add[STATE_TABLES];
	bool said; /* that one was too large */
};

/* Forks the process that looks: before the database is opened. 0 or -errno. */
int states_start(struct states *s, bool args, uint64_t max, struct err *err);
void states_end(struct states *s);
/* What an earlier recorder did not finish is removed. */
int states_open(struct states *s, struct db *db, struct err *err);

/*
 * Whether there are rows to be written: then states_write() is to be called within a transaction.
 * Asks for the next look when that is due. A snapshot that is not taken is told in say.
 */
bool states_ready(struct states *s, struct err *say);
/* Writes some; boot and clock are those of the recorder. 0 or -errno, and the transaction ends. */
int states_write(struct states *s, struct db *db, int64_t boot, int64_t clock, struct err *err);
/* The transaction was committed, or given up: then the next snapshot is a whole one, at once. */
void states_written(struct states *s, bool failed);
/* How many ms from now states_ready() may have something to do, at most `most`. */
int states_wait_ms(const struct states *s, int most);

/* Of snapshots that are gone, the rows of one; 1: there may be more. */
int states_sweep(struct db *db, struct err *err);

#endif
