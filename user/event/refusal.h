/* SPDX-License-Identifier: GPL-2.0-or-later */
/* refusal.h - what a refused call was to do, in words. */
#ifndef NSWATCH_EVENT_REFUSAL_H
#define NSWATCH_EVENT_REFUSAL_H

#include <linux/types.h>

#include "bpf/wire/event.h"
#include "lib/buf.h"

/* "mount proc on /proc", "open /proc/1/ns/net": behind "tries to". Texts of the caller are escaped.
 */
void refusal_text(struct buf *b, const struct ev_refused *e);

/* "RTM_NEWLINK"; its number where it has no name here. */
void refusal_request(struct buf *b, uint32_t type);

/* The text that was written, without its last newline, escaped. */
void refusal_written(struct buf *b, const struct ev_refused *e);

#endif
