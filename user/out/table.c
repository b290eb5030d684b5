// SPDX-License-Identifier: GPL-2.0-or-later
/* table.c - the rows, and their raw form; table_text.c and table_json.c have the others. */
#include <err.h>
#include <stdlib.h>

#include "out/escape.h"
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

static void cell_end(struct table *t, size_t row, size_t col, size_t off)
{
	size_t len = t->text.len - off;

	if (len > UINT32_MAX / 8)
		len = UINT32_MAX / 8;
	t->cells[row * t->ncols + col] =
		(struct table_cell){.off = off, .len = (uint32_t)len, .is = true};
}

void table_drop_empty(struct table *t, const char *name)
{
	size_t col = 0, to = 0;

	while (col < t->ncols && strcmp(t->cols[col].name, name) != 0)
		col++;
	for (size_t i = 0; col < t->ncols && i < t->n; i++)
		if (t->cells[i * t->ncols + col].is)
			return;
	if (col == t->ncols)
		return;
	for (size_t i = 0; i < t->n * t->ncols; i++)
		if (i % t->ncols != col)
			t->cells[to++] = t->cells[i];
	memmove(&t->cols[col], &t->cols[col + 1], (t->ncols - col - 1) * sizeof(*t->cols));
	t->ncols--;
}

void table_text_at(struct table *t, size_t row, size_t col, const char *s, size_t len)
{
	size_t off = t->text.len;

	buf_add(&t->text, s, len);
	cell_end(t, row, col, off);
}

void table_text(struct table *t, size_t col, const char *s, size_t len)
{
	table_text_at(t, t->n - 1, col, s, len);
}

void table_cell_end(struct table *t, size_t col, size_t off)
{
	cell_end(t, t->n - 1, col, off);
}

void table_item(struct buf *b, bool first, char separator, const char *s, size_t len)
{
	if (!first)
		buf_putc(b, separator);
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\n' || s[i] == separator ||
			(s[i] == '\\' && i + 1 < len && s[i + 1] == 'x'))
			buf_printf(b, "\\x%02x", (unsigned char)s[i]);
		else
			buf_putc(b, s[i]);
	}
}

uint32_t table_next(const struct table *t, uint32_t at)
{
	if (t->rows[at].first != TABLE_ROOT)
		return t->rows[at].first;
	while (at != TABLE_ROOT && t->rows[at].next == TABLE_ROOT)
		at = t->rows[at].parent;
	return at == TABLE_ROOT ? at : t->rows[at].next;
}

/* A line that is wider than the terminal goes on in the next one; colours take no room. */
static size_t line_height(const char *s, size_t len, size_t width)
{
	size_t wide = 0;

	while (len) {
		const char *esc = memchr(s, '\033', len);
		size_t n = esc ? (size_t)(esc - s) : len;

		wide += n ? text_width(s, n) : 0;
		s += n;
		len -= n;
		n = len ? strcspn(s, "m\n") + 1 : 0;
		n = n < len ? n : len;
		s += n;
		len -= n;
	}
	return width && wide > width ? (wide + width - 1) / width : 1;
}

static void room_measure(struct table_room *room)
{
	const char *s = room->b->s + room->measured, *end = room->b->s + room->b->len, *nl;

	for (; s < end && (nl = memchr(s, '\n', (size_t)(end - s))); s = nl + 1)
		room->used += line_height(s, (size_t)(nl - s), room->style->width);
	room->measured = room->b->len;
}

void table_room_begin(struct table_room *room, size_t from)
{
	room->measured = from;
	room->fit = room->b->len;
	room->rest = room->t->first;
	if (room->style->lines)
		room_measure(room);
}

bool table_room_for(struct table_room *room, uint32_t row)
{
	const struct table *t = room->t;
	size_t n = 0, marked = 0;

	if (!room->style->lines)
		return true;
	room_measure(room);
	if (room->used < room->style->lines) {
		room->fit = room->b->len;
		room->rest = table_next(t, row);
		return true;
	}
	if (room->used == room->style->lines && table_next(t, row) == TABLE_ROOT)
		return true;
	for (uint32_t r = room->rest; r != TABLE_ROOT; r = table_next(t, r), n++)
		marked += t->rows[r].mark != '\0';
	room->b->len = room->fit;
	buf_printf(room->b, "%zu more row%s", n, n == 1 ? "" : "s");
	if (marked)
		buf_printf(room->b, ", %zu of them marked", marked);
	buf_putc(room->b, '\n');
	return false;
}

/* Items of a list have their escapes already. */
static void raw_cell(struct buf *b, const char *s, size_t len, bool list)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (list && c == '\\' && i + 1 < len && s[i + 1] == 'x')
			buf_putc(b, '\\');
		else if (c <= ' ' || c == '\\' || c >= 0x7f)
			buf_printf(b, "\\x%02x", c);
		else
			buf_putc(b, s[i]);
	}
}

static void raw_print(const struct table *t, const struct table_style *style, struct buf *b)
{
	struct table_room room = {.t = t, .style = style, .b = b};
	size_t from = b->len;

	if (!style->noheadings) {
		for (size_t c = 0; c < t->ncols; c++)
			buf_printf(b, "%s%s", c ? " " : "", t->cols[c].name);
		buf_putc(b, '\n');
	}
	table_room_begin(&room, from);
	for (uint32_t r = t->first; r != TABLE_ROOT; r = table_next(t, r)) {
		for (size_t c = 0; c < t->ncols; c++) {
			const struct table_cell *cell = table_cell(t, r, c);

			if (c)
				buf_putc(b, ' ');
			if (cell->len)
				raw_cell(b, t->text.s + cell->off, cell->len,
					t->cols[c].flags & TABLE_LIST);
		}
		buf_putc(b, '\n');
		if (!table_room_for(&room, r))
			return;
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
