/* SPDX-License-Identifier: GPL-2.0-or-later */
/* notes.h - what the rules of explain/ say about the events of a stream, made once for all sinks.
 */
#ifndef NSWATCH_STREAM_NOTES_H
#define NSWATCH_STREAM_NOTES_H

#include <stdbool.h>
#include <stddef.h>

#include "event/decode.h"
#include "why/rule.h"
#include "out/json.h"

struct notes;

/* Called with each finding about an event; ctx is that of notes_make(). */
typedef void (*notes_fn)(void *ctx, const struct event *ev, const struct finding *f);

/* live: what /proc says now may be asked. NULL without memory. */
struct notes *notes_new(bool live);
void notes_free(struct notes *n); /* NULL allowed */
/* To be called with every event, wanted or not, in order. */
void notes_take(struct notes *n, const struct event *ev);
/*
 * The notes about the event that was taken last: how many. They are valid until the next call.
 * fn (NULL: none) gets the findings that they are made of.
 */
size_t notes_make(struct notes *n, const struct event *ev, notes_fn fn, void *ctx,
	const struct event_note **ret);

#endif
