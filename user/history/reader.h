/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reader.h - the events of a history, in their order.
 *
 * A transaction lasts for one block, or for the events that are not in a block yet: who reads
 * keeps neither the recorder waiting nor its log from being emptied.
 */
#ifndef NSWATCH_HISTORY_READER_H
#define NSWATCH_HISTORY_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/source.h"
#include "event/whose.h"
#include "history/db.h"
#include "lib/buf.h"
#include "lib/err.h"

/* Which events may be wanted: blocks that have none are passed over. */
struct hist_want {
	int64_t since, until; /* ns since 1970, both included */
	uint64_t kinds;       /* bit per enum ev_kind */
	/* Q_NS_NEXT, Q_PID_NEXT, Q_CGROUP_NEXT: of the keys only; Q_DEV_NEXT: of the device. 0: all
	 */
	enum db_query by;
	const int64_t *keys;
	size_t nkeys;
	const char *device;
	/*
	 * Of one that goes on where it ended: only events behind this number, and a lost event for
	 * those that were removed before they were read. 0: from `since` on. Without `by`.
	 */
	int64_t after;
};

struct hist_reader;

/* path NULL: db_default(). */
int hist_open(const char *path, struct hist_reader **ret, struct err *err);
/* To be called once, before the others: what is to be read. Its keys live as long as the reader. */
int hist_start(struct hist_reader *r, const struct hist_want *want, struct err *err);
void hist_end(struct hist_reader *r); /* NULL: nothing */
struct db *hist_db(struct hist_reader *r);

/*
 * Gives the next events to the sink. 1: there may be more; 0: there is nothing more for now; what
 * the sink returned; -errno.
 */
int hist_take(struct hist_reader *r, source_sink sink, void *ctx, struct err *err);
/* Whether something was recorded since the last call. */
bool hist_changed(struct hist_reader *r);

/* Of the event that was given out last. */
int64_t hist_clock(const struct hist_reader *r);
int64_t hist_id(const struct hist_reader *r);
const char *hist_host(struct hist_reader *r, size_t *len);
/* The id of the boot that it is of, untrusted, "" where that is not known. */
const char *hist_boot_id(struct hist_reader *r);
const char *hist_user(struct hist_reader *r, uint32_t uid);
const struct whose *hist_whose(struct hist_reader *r, uint64_t cgroup);
uint64_t hist_owner(struct hist_reader *r, uint32_t inum);
const char *hist_ns_name(struct hist_reader *r, uint32_t inum);

/* The text of a recording (event/recfile.h): what is known of the host, as it was booted last. */
void hist_meta(struct hist_reader *r, struct buf *meta);

/* Each span of the time that is wanted which was not recorded. why is untrusted. */
typedef void (*hist_gap_fn)(
	void *ctx, int64_t since, int64_t until, const char *why, uint64_t events);
int hist_gaps(struct hist_reader *r, hist_gap_fn fn, void *ctx);

/* "2026-11-29 03:00:00", local. */
void hist_time_say(struct buf *b, int64_t ns);
/* A sentence of such a span, without the full stop. */
void hist_gap_say(struct buf *b, int64_t since, int64_t until, const char *why, uint64_t events);

/*
 * The cgroups whose container or unit a pattern of whose_matches() means, in *ret, which is the
 * caller's to free.
 */
int hist_cgroups(struct db *db, char *const *patterns, size_t n, int64_t **ret, size_t *ret_n,
	struct err *err);

#endif
