/* SPDX-License-Identifier: GPL-2.0-or-later */
/* summary.h - what a trace says when it ends: events by kind, losses, hooks. */
#ifndef NSWATCH_SINK_SUMMARY_H
#define NSWATCH_SINK_SUMMARY_H

#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>

#include "event/decode.h"
#include "lib/buf.h"

#define SUMMARY_PROGS 32

/* Zeroed before the first event. */
struct summary {
	uint64_t by_kind[EV_KINDS]; /* as shown, without EV_LOST */
	uint64_t failed;            /* of these, calls that failed */
	uint64_t inferred;
	uint64_t lost[EV_LOST_WHYS]; /* what is missing, by reason */
	uint64_t damaged; /* records that could not be decoded: for the caller to count */
	struct summary_prog {
		char name[EV_WHERE_LEN];
		uint64_t runs;
	} skipped[SUMMARY_PROGS]; /* of EV_LOST_PROGRAM, those that were told first */
	uint64_t first_ns, last_ns;
};

/* Something is missing, whatever it is. */
bool summary_lost(const struct summary *s);
void summary_add(struct summary *s, const struct event *ev);

/*
 * Appends lines for stderr, each beginning with prefix ("nswatch: "):
 *
 *	41 events in 3.2 s: 3 unshare, 1 setns, 12 exec; 2 failed; 1 inferred
 *	no record lost
 *	(or a line for each reason why something is missing)
 *	the kernel left out 3 runs of hooks (exit_tp 2, clone_tp 1): events may be missing
 *	hooks: unshare by fentry, exec by tracepoint
 *
 * duration_ns is how long it was watched, 0 for "between the first event and
 * the last". hooks are ready strings ("unshare by fentry"), without any the
 * line is left out.
 */
void summary_text(struct buf *b, const struct summary *s, const char *prefix, uint64_t duration_ns,
	const char *const *hooks, size_t nhooks, bool color);
/* Of these, only the lines of what is missing or damaged: none where nothing is. */
void summary_losses(struct buf *b, const struct summary *s, const char *prefix, bool color);

#endif
