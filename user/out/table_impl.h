/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table_impl.h - what the forms of a table share; only table*.c include it. */
#ifndef NSWATCH_TABLE_IMPL_H
#define NSWATCH_TABLE_IMPL_H

#include "out/table.h"

static inline const struct table_cell *table_cell(const struct table *t, size_t row, size_t col)
{
	return &t->cells[row * t->ncols + col];
}

/* The row behind this one, children before siblings; TABLE_ROOT behind the last. */
uint32_t table_next(const struct table *t, uint32_t at);

void table_print_text(const struct table *t, const struct table_style *style, struct buf *b);
void table_print_json(const struct table *t, const struct table_style *style, struct buf *b);

#endif
