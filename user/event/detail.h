/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * detail.h - the sentence of an event, from the template in its schema row.
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
#ifndef NSWATCH_EVENT_DETAIL_H
#define NSWATCH_EVENT_DETAIL_H

#include "event/decode.h"
#include "lib/buf.h"

/* Appends the sentence. */
void detail_text(struct buf *b, const struct event *ev);

/* Whether the template of a kind can be read: 0 or -EINVAL and the reason. */
int detail_check(const struct ev_schema *s, struct err *err);

#endif
