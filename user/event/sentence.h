/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sentence.h - an event, and what is missing or was refused, in words that are safe for a terminal.
 */
#ifndef NSWATCH_EVENT_SENTENCE_H
#define NSWATCH_EVENT_SENTENCE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/wire/event.h"
#include "event/decode.h"
#include "lib/buf.h"

/* What the DETAIL column says of it. */
static inline void event_detail(struct buf *b, const struct event *ev)
{
	ev->schema->say_detail(b, ev);
}

/*
 * Its sentence in a story: who did what, and to what end. Returns false, with nothing to be kept
 * in b, for an event that others tell already.
 */
static inline bool event_story(struct buf *b, const struct event *ev)
{
	return ev->schema->say_story && ev->schema->say_story(b, ev);
}

/* Of a setns that went in and came back: "net initial -> 4026532612 (blue) and back". */
void pair_text(struct buf *b, const struct event *ev);

/* "record": of an enum ev_lost_why. */
const char *loss_name(uint32_t why);
/*
 * "17 records lost". why is an enum ev_lost_why; where is the call or the program, len of it (0:
 * all are meant), and may be of a recording: it is escaped.
 */
void loss_text(struct buf *b, uint32_t why, uint64_t count, const char *where, size_t len);

/* What a refused call was to do: "mount proc on /proc", "open /proc/1/ns/net". */
void refusal_text(struct buf *b, const struct event *ev);

/* "RTM_NEWLINK"; its number where it has no name here. */
void refusal_request(struct buf *b, uint32_t type);

/* The text that was written, without its last newline. */
void refusal_written(struct buf *b, const struct ev_refused *e);

#endif
