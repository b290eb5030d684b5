/* SPDX-License-Identifier: GPL-2.0-or-later */
/* detail.h - what is missing, in words: of a lost event, and in the summary of a trace. */
#ifndef NSWATCH_EVENT_DETAIL_H
#define NSWATCH_EVENT_DETAIL_H

#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/wire/event.h"
#include "event/decode.h"
#include "lib/buf.h"

/*
 * "17 records lost". why is an enum ev_lost_why; where is the call or the program, len of it (0:
 * all are meant), and may be of a recording: it is escaped.
 */
void loss_text(struct buf *b, uint32_t why, uint64_t count, const char *where, size_t len);

/* --- refusal ----------------------------------------------------------------------------- */

/* What a refused call was to do, in words. */

/* "mount proc on /proc", "open /proc/1/ns/net": behind "tries to". Texts of the caller are escaped.
 */
void refusal_text(struct buf *b, const struct ev_refused *e);

/* "RTM_NEWLINK"; its number where it has no name here. */
void refusal_request(struct buf *b, uint32_t type);

/* The text that was written, without its last newline, escaped. */
void refusal_written(struct buf *b, const struct ev_refused *e);

/* --- detail ------------------------------------------------------------------------------ */

/*
 * The sentence of an event, from the template in its schema row.
 *
 *	{field}		text of the field (event/value.h), safe for a terminal
 *	{field:how}	said in another way: a row of the table hows in detail.c
 *	{word}		something computed: a row of the table words in detail.c
 *	[...]		a section: left out when a field directly in it is empty (0,
 *			"", no namespace)
 *	[?COND:...]	a section that also needs COND: field, !field,
 *			field=VALUE, field!=VALUE; VALUE is a number, a name (of a
 *			slot or of a choice) or another field
 *
 * Sections nest. Everything else stands for itself.
 */

/* Appends the sentence. */
void detail_text(struct buf *b, const struct event *ev);

/* Whether the template of a kind can be read: 0 or -EINVAL and the reason. */
int detail_check(const struct ev_schema *s, struct err *err);

#endif
