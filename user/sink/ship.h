/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ship.h - the sink of `nswatch ship`: events of a history to a stream of NATS JetStream.
 *
 * It is none of --to, since it needs the numbers that events have in a history. Delivery is at
 * least once: the cursor moves when the stream has acknowledged, and what is behind it is sent
 * again after a restart.
 */
#ifndef NSWATCH_SINK_SHIP_H
#define NSWATCH_SINK_SHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/broker.h"
#include "stream/sink.h"

struct cursor;
struct hist_reader;
struct stream;

/* The ctx of stream_add(): what it is told, and what it tells in the end. */
struct ship {
	const struct broker_opts *broker;
	struct broker_stream make; /* where there is no such stream */
	const char *id;            /* of the database */
	struct cursor *cursor;
	struct hist_reader *reader; /* of the stream's source */
	struct stream *stream;      /* for signals while it waits */
	uint64_t max_rate;          /* events a second, 0: no limit */
	uint64_t window;            /* events that may wait for their acknowledgement */
	bool once;  /* give up where the stream takes nothing, instead of waiting for it */
	bool notes; /* are part of the JSON */
	bool quiet;
	bool began; /* a stream took, or could have */
	uint64_t shipped, duplicates, again, held;
};

extern const struct sink_ops sink_ship;

#endif
