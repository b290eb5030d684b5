/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fold.h - what repeats, told once: between the stream and a sink that asks for it (--fold).
 *
 * Of a thread that enters a namespace and soon comes back both calls become one unit; of a call
 * that was refused and that the same thread soon repeats with success the first is marked so.
 * Both have to wait for what comes next, WAIT_MS at most, and with them what the thread does
 * meanwhile. What the same process does again is counted, and told once in PERIOD_S seconds.
 *
 * Each sink has a fold of its own, of the events that its selection lets through.
 */
#ifndef NSWATCH_SINK_FOLD_H
#define NSWATCH_SINK_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "stream/sink.h"

#define FOLD_WAIT_MS  100
#define FOLD_PERIOD_S 10

/* What is told. */
struct fold_unit {
	const struct observed *o; /* the event; of a pair the call that went in; of many the last */
	bool pair;                /* it went in and back, and stayed so long: */
	uint64_t stayed_ns;
	uint64_t repeated_ns; /* refused, and after so long the same was done; 0: not seen */
	uint64_t count;       /* times in within_ns; 1: this is told as it comes */
	uint64_t within_ns;
};

typedef int (*fold_tell)(void *ctx, const struct fold_unit *u, struct err *err);

struct fold;

/* NULL: no memory. */
struct fold *fold_new(fold_tell tell, void *ctx);
void fold_free(struct fold *f); /* NULL allowed */
/* Takes an event; 0 or what tell said. Without memory it is told as it is. */
int fold_event(struct fold *f, const struct observed *o, struct err *err);
/* Tells what need not wait any longer; to be called now and then. */
int fold_tick(struct fold *f, struct err *err);
/* In how many ms at the latest. */
int fold_tick_ms(const struct fold *f);
/* The end: tells all that waits or was counted. */
int fold_end(struct fold *f, struct err *err);
/* Events that were told as they are, since there was no room to compare them with others. */
uint64_t fold_passed(const struct fold *f);

#endif
