/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * feed.h - the messages of a stream, in its order, from some time on and without an end.
 *
 * A thread of libnats puts them into a queue of bounded length, which makes the server wait: who
 * reads slowly has no loss. The server forgets the consumer when it ends: it is made anew then,
 * behind the last message.
 */
#ifndef NSWATCH_BROKER_FEED_H
#define NSWATCH_BROKER_FEED_H

#include <stddef.h>
#include <stdint.h>

#include "broker/broker.h"
#include "lib/err.h"

struct feed;

struct feed_opts {
	const char *stream;  /* NULL: BROKER_STREAM */
	const char *subject; /* of those that are wanted */
	int64_t since;       /* ns since 1970: stored from then on; 0: from now on */
};

/* 0; -EREMOTEIO and why the servers refuse it. The signals as of broker_open(). */
int feed_open(struct broker *b, const struct feed_opts *o, struct feed **ret, struct err *err);
void feed_close(struct feed *f); /* NULL allowed */

/*
 * *data is valid until the next call; false: there is none now, or f is NULL. broker_fd() tells of
 * new ones.
 */
bool feed_next(struct feed *f, const char **data, size_t *len);

/* To be called now and then: makes the consumer anew where it is lost. NULL: nothing. */
void feed_look(struct feed *f);

#endif
