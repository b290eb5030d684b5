/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * writer.h - records events into a history.
 *
 * What is put is committed 200 ms later, or with 2,000 events. Few events commit as rows of the
 * table event; 200 of them, or what is ten minutes old, become a block. A database that can't be
 * written to stops nothing: what happens meanwhile is counted, and becomes a gap.
 */
#ifndef NSWATCH_HISTORY_WRITER_H
#define NSWATCH_HISTORY_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "event/decode.h"
#include "lib/buf.h"
#include "lib/err.h"

#define HIST_KEEP_SIZE (256ULL << 20)                   /* bytes */
#define HIST_KEEP_AGE  (30 * 24 * 3600 * 1000000000ULL) /* ns */
#define HIST_SIZE_MIN  (2ULL << 20)

struct hist_keep {
	uint64_t size, age; /* bytes of the file and its log; ns. 0: the default */
	bool args;          /* arguments of programs, too */
};

struct hist_writer;

/*
 * path NULL: db_default(). meta is the text of a recording (event/recfile.h); live: events are of
 * now, so that time without events is recorded time, too.
 */
int hist_create(const char *path, const struct hist_keep *keep, const struct buf *meta, bool live,
	struct hist_writer **ret, struct err *err);
/* user: the name of the event's uid, NULL: none. host: where it happened, NULL: see meta. */
void hist_put(struct hist_writer *w, const struct event *ev, const char *user, const char *host,
	size_t host_len);
/* Commits what is due. What it has to say is in *say, once: `say` is empty where that is nothing.
 */
void hist_tick(struct hist_writer *w, struct err *say);
/* Events that are not in it, since this was asked last; 0 as long as it is paused. */
uint64_t hist_missed(struct hist_writer *w);
/* The process that looks for it (lib/looker.h); 0: none does. */
pid_t hist_looker(const struct hist_writer *w);
/* How many ms from now hist_tick() has something to do. */
int hist_wait_ms(const struct hist_writer *w);
/* Commits all, and closes; w is gone then. 0, or -errno where the last events are not in it. */
int hist_close(struct hist_writer *w, struct err *err);

#endif
