/* SPDX-License-Identifier: GPL-2.0-or-later */
/* losses_text.h - what is missing, in words: of a lost event, and in the summary of a trace. */
#ifndef NSWATCH_EVENT_LOSSES_TEXT_H
#define NSWATCH_EVENT_LOSSES_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

/*
 * "17 records lost". why is an enum ev_lost_why; where is the call or the program, len of it (0:
 * all are meant), and may be of a recording: it is escaped.
 */
void loss_text(struct buf *b, uint32_t why, uint64_t count, const char *where, size_t len);

#endif
