/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wrap.h - long text on a terminal: broken between words, and continued where
 * the reader looks for it.
 */
#ifndef NSWATCH_OUT_WRAP_H
#define NSWATCH_OUT_WRAP_H

#include <stddef.h>

#include "lib/buf.h"

struct wrap {
	size_t at;     /* the column that the text begins in, from 0 */
	size_t indent; /* of the lines after the first */
	size_t width;  /* columns that there are; 0: never broken */
	/* NULL, or what begins and ends every line: pagers forget a colour at its end. */
	const char *on, *off;
};

/*
 * Text that is safe already. Blanks between words stay unless the line is broken
 * there. A word that is longer than a line is left to the terminal. No newline at
 * the end.
 */
void wrap_text(struct buf *b, const char *s, const struct wrap *w);

/* Columns of the terminal that standard output is, 0 where it is none. */
unsigned int wrap_terminal(void);
/* Its lines, 0 where it is none. */
unsigned int wrap_terminal_lines(void);

#endif
