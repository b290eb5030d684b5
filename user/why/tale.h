/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tale.h - an event as a sentence of a story: who did what, and to what end. */
#ifndef NSWATCH_WHY_TALE_H
#define NSWATCH_WHY_TALE_H

#include <stdbool.h>

#include "event/decode.h"
#include "lib/buf.h"

/*
 * Appends the sentence, safe for a terminal; false for events that a story does
 * not need (what others tell already).
 */
bool tale_text(struct buf *b, const struct event *ev);

#endif
