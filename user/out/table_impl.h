/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table_impl.h - what the forms of a table share; only table*.c include it. */
#ifndef NSWATCH_OUT_TABLE_IMPL_H
#define NSWATCH_OUT_TABLE_IMPL_H

#include "out/table.h"

static inline const struct table_cell *table_cell(const struct table *t, size_t row, size_t col)
{
	return &t->cells[row * t->ncols + col];
}

/* The row behind this one, children before siblings; TABLE_ROOT behind the last. */
uint32_t table_next(const struct table *t, uint32_t at);

/*
 * The lines that a table takes of a terminal: begin it behind the headings, then
 * ask after each row. False: there is no more room, and what is left out is said.
 */
struct table_room {
	const struct table *t;
	const struct table_style *style;
	struct buf *b;
	size_t measured, used;
	size_t fit;    /* length of what leaves a line for the rest */
	uint32_t rest; /* the first row that is not in it */
};

void table_room_begin(struct table_room *room, size_t from);
bool table_room_for(struct table_room *room, uint32_t row);

void table_print_text(const struct table *t, const struct table_style *style, struct buf *b);
void table_print_json(const struct table *t, const struct table_style *style, struct buf *b);

#endif
