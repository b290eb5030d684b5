// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <string.h>

#include "out/escape.h"
#include "out/table_impl.h"

#define STEP 3

static void key_add(struct buf *b, size_t depth, const char *name)
{
	buf_pad(b, ' ', depth * STEP);
	buf_putc(b, '"');
	for (; *name; name++)
		buf_putc(b, (char)tolower((unsigned char)*name));
	buf_puts(b, "\": ");
}

/* A cell that is no number all the same becomes a string, so that the document is valid. */
static bool is_number(const char *s, size_t len)
{
	size_t i = len && *s == '-';

	if (i == len || (s[i] == '0' && len > i + 1))
		return false;
	while (i < len && isdigit((unsigned char)s[i]))
		i++;
	return i == len;
}

static void value_add(const struct table *t, const struct table_col *col,
	const struct table_cell *c, struct buf *b)
{
	const char *s = c->len ? t->text.s + c->off : "";

	if (!c->is) {
		buf_puts(b, "null");
	} else if (col->type == TABLE_BOOL || (col->type == TABLE_NUMBER && is_number(s, c->len))) {
		buf_add(b, s, c->len);
	} else {
		buf_putc(b, '"');
		escape_json(b, s, c->len);
		buf_putc(b, '"');
	}
}

static void members_add(const struct table *t, uint32_t row, size_t depth, struct buf *b)
{
	for (size_t c = 0; c < t->ncols; c++) {
		if (c)
			buf_puts(b, ",\n");
		key_add(b, depth, t->cols[c].name);
		value_add(t, &t->cols[c], table_cell(t, row, c), b);
	}
}

/* Ends the row, and those above it whose last descendant it was; the next row, if any. */
static uint32_t row_end(const struct table *t, uint32_t row, size_t *depth, struct buf *b)
{
	for (;;) {
		buf_putc(b, '\n');
		buf_pad(b, ' ', (*depth - 1) * STEP);
		buf_putc(b, '}');
		if (t->rows[row].next != TABLE_ROOT) {
			buf_puts(b, ",{\n");
			return t->rows[row].next;
		}
		buf_putc(b, '\n');
		*depth -= 2;
		buf_pad(b, ' ', *depth * STEP);
		buf_putc(b, ']');
		row = t->rows[row].parent;
		if (row == TABLE_ROOT)
			return row;
	}
}

static void text_add(struct buf *b, const char *key, const char *text)
{
	if (!text)
		return;
	key_add(b, 1, key);
	buf_putc(b, '"');
	escape_json(b, text, strlen(text));
	buf_puts(b, "\",\n");
}

void table_print_json(const struct table *t, const struct table_style *style, struct buf *b)
{
	size_t depth = 3;
	uint32_t row = t->first;

	buf_puts(b, "{\n");
	text_add(b, "host", style->host);
	text_add(b, "at", style->at);
	text_add(b, "snapshot", style->snapshot);
	buf_printf(b, "%*s\"%s\": [\n", STEP, "", style->name);
	if (row == TABLE_ROOT)
		buf_printf(b, "\n%*s]", STEP, "");
	else
		buf_printf(b, "%*s{\n", 2 * STEP, "");
	while (row != TABLE_ROOT) {
		members_add(t, row, depth, b);
		if (t->rows[row].first == TABLE_ROOT) {
			row = row_end(t, row, &depth, b);
			continue;
		}
		buf_puts(b, ",\n");
		key_add(b, depth, "children");
		buf_puts(b, "[\n");
		buf_pad(b, ' ', (depth + 1) * STEP);
		buf_puts(b, "{\n");
		depth += 2;
		row = t->rows[row].first;
	}
	buf_puts(b, "\n}\n");
}
