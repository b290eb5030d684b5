/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outbox.h - messages that were published and are not acknowledged yet.
 *
 * They are sent in order, many at a time. One that the stream refuses, or of which nothing is heard
 * for some seconds, is sent again, and so is every one after a connection was lost; until then
 * nothing new is sent, so that the stream has them in order but where a server failed. libnats
 * 3.4.1 tells of failures alone, so the acknowledgements are taken here, one by one.
 */
#ifndef NSWATCH_BROKER_OUTBOX_H
#define NSWATCH_BROKER_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/broker.h"
#include "lib/err.h"

struct outbox;

struct outbox_message {
	int64_t seq; /* ascending, over all messages */
	const char *subject, *id;
	const void *data;
	size_t len;
};

/* window: how many may wait for their acknowledgement, rounded up to a power of two. */
int outbox_open(struct broker *b, size_t window, struct outbox **ret, struct err *err);
void outbox_close(struct outbox *o); /* NULL allowed; what was not acknowledged is forgotten */

/* There is room for one more. */
bool outbox_has_room(const struct outbox *o);
/* Takes a copy, and sends it if nothing waits to be sent again. 0 or -errno. */
int outbox_put(struct outbox *o, const struct outbox_message *m, struct err *err);
/*
 * Takes what was acknowledged out of it, and sends again what is to be. What the user should know
 * is in *say, once; `say` is empty where that is nothing. -errno where no more can be sent at all.
 */
int outbox_tick(struct outbox *o, struct err *say, struct err *err);
/* Nothing waits for its acknowledgement. */
bool outbox_is_empty(const struct outbox *o);
/* The seq of the first that does; not of an empty one. */
int64_t outbox_first(const struct outbox *o);

/* Of all times. */
struct outbox_counts {
	uint64_t acked;      /* messages */
	uint64_t duplicates; /* of these, those that the stream had already */
	uint64_t again;      /* that were sent again */
};
struct outbox_counts outbox_counts(const struct outbox *o);
/* The stream refused the last one that was heard of, for instance since it has no room. */
bool outbox_is_refused(const struct outbox *o);

#endif
