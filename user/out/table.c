// SPDX-License-Identifier: GPL-2.0-or-later
/* table.c - the rows, and their raw form; table_text.c and table_json.c have the others. */
#include <err.h>
#include <stdlib.h>

#include "out/table.h"
#include "out/table_impl.h"

static void *must(void *p)
{
	if (!p)
		errx(1, "out of memory");
	return p;
}

void table_init(struct table *t, size_t ncols)
{
	memset(t, 0, sizeof(*t));
	t->cols = must(calloc(ncols + 1, sizeof(*t->cols)));
	t->ncols = ncols;
	t->first = t->last = TABLE_ROOT;
}

void table_free(struct table *t)
{
	free(t->cols);
	free(t->rows);
	free(t->cells);
	buf_free(&t->text);
	memset(t, 0, sizeof(*t));
}

void table_reserve(struct table *t, size_t rows)
{
	size_t cap = t->cap * 2;

	if (t->cap - t->n >= rows)
		return;
	if (cap < t->n + rows)
		cap = t->n + rows;
	if (cap < 64)
		cap = 64;
	t->rows = must(reallocarray(t->rows, cap, sizeof(*t->rows)));
	t->cells = must(reallocarray(t->cells, cap * (t->ncols + 1), sizeof(*t->cells)));
	t->cap = cap;
}

uint32_t table_row(struct table *t, uint32_t parent)
{
	uint32_t at = (uint32_t)t->n;
	uint32_t *first, *last;

	table_reserve(t, 1);
	t->rows[at] = (struct table_row){parent, TABLE_ROOT, TABLE_ROOT, TABLE_ROOT, ROLE_PLAIN, 0};
	memset(&t->cells[at * t->ncols], 0, t->ncols * sizeof(*t->cells));
	first = parent == TABLE_ROOT ? &t->first : &t->rows[parent].first;
	last = parent == TABLE_ROOT ? &t->last : &t->rows[parent].last;
	if (*last == TABLE_ROOT)
		*first = at;
	else
		t->rows[*last].next = at;
	*last = at;
	t->n++;
	return at;
}

void table_text_at(struct table *t, size_t row, size_t col, const char *s, size_t len)
{
	struct table_cell *c = &t->cells[row * t->ncols + col];

	if (len > UINT32_MAX / 8)
		len = UINT32_MAX / 8;
	c->off = t->text.len;
	c->len = (uint32_t)len;
	c->is = true;
	buf_add(&t->text, s, len);
}

void table_text(struct table *t, size_t col, const char *s, size_t len)
{
	table_text_at(t, t->n - 1, col, s, len);
}

void table_u64(struct table *t, size_t col, uint64_t v)
{
	struct table_cell *c = &t->cells[(t->n - 1) * t->ncols + col];

	c->off = t->text.len;
	buf_u64(&t->text, v);
	c->len = (uint32_t)(t->text.len - c->off);
	c->is = true;
}

uint32_t table_next(const struct table *t, uint32_t at)
{
	if (t->rows[at].first != TABLE_ROOT)
		return t->rows[at].first;
	while (at != TABLE_ROOT && t->rows[at].next == TABLE_ROOT)
		at = t->rows[at].parent;
	return at == TABLE_ROOT ? at : t->rows[at].next;
}

static void raw_cell(struct buf *b, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c <= ' ' || c == '\\' || c >= 0x7f)
			buf_printf(b, "\\x%02x", c);
		else
			buf_putc(b, s[i]);
	}
}

static void raw_print(const struct table *t, const struct table_style *style, struct buf *b)
{
	if (!style->noheadings) {
		for (size_t c = 0; c < t->ncols; c++)
			buf_printf(b, "%s%s", c ? " " : "", t->cols[c].name);
		buf_putc(b, '\n');
	}
	for (uint32_t r = t->first; r != TABLE_ROOT; r = table_next(t, r)) {
		for (size_t c = 0; c < t->ncols; c++) {
			const struct table_cell *cell = table_cell(t, r, c);

			if (c)
				buf_putc(b, ' ');
			if (cell->len)
				raw_cell(b, t->text.s + cell->off, cell->len);
		}
		buf_putc(b, '\n');
	}
}

void table_print(const struct table *t, const struct table_style *style, struct buf *b)
{
	if (style->form == TABLE_FORM_JSON)
		table_print_json(t, style, b);
	else if (!t->n)
		return;
	else if (style->form == TABLE_FORM_RAW)
		raw_print(t, style, b);
	else
		table_print_text(t, style, b);
}
