/* SPDX-License-Identifier: GPL-2.0-or-later */
/* look.h - a look at this machine, as rows of a snapshot. */
#ifndef NSWATCH_HISTORY_LOOK_H
#define NSWATCH_HISTORY_LOOK_H

#include <stdbool.h>

#include "lib/buf.h"

struct look {
	bool args;       /* command lines whole, and not only the program */
	struct buf last; /* the rows of the look before */
};

/*
 * A looker_fn, whose ctx is a struct look: adds a struct state_head and rows of state.h to b. what
 * is 'w' for all rows, else for those that differ from the look before. Adds nothing where that
 * failed.
 */
void look_take(void *ctx, char what, struct buf *b);

#endif
