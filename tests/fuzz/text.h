/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text.h - what holds of everything that is shown. */
#ifndef NSWATCH_FUZZ_TEXT_H
#define NSWATCH_FUZZ_TEXT_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"

/* Lines without a byte that a terminal would obey. */
static inline void text_is_plain(const struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		if (((unsigned char)b->s[i] < 0x20 && b->s[i] != '\n') || b->s[i] == 0x7f)
			abort();
}

static inline void text_is_one_line(const struct buf *b)
{
	text_is_plain(b);
	if (!b->len || memchr(b->s, '\n', b->len) != b->s + b->len - 1)
		abort();
}

/* A refusal says why, on one line. */
static inline void err_is_said(const struct err *err)
{
	if (!err->code || !err->what[0] || strchr(err->what, '\n'))
		abort();
}

#endif
