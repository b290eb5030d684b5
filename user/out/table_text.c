// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "lib/text.h"
#include "out/escape.h"
#include "out/table_impl.h"
#include "lib/array.h"

#define LEFT_OUT UINT32_MAX /* as width of a column */
#define CUT_TO   24         /* before a column is cut more than that, others are left out */

/* A cell made safe, its lines and how wide the widest is. */
struct safe {
	size_t off;
	uint32_t len;
	uint32_t width;
	uint32_t lines;
};

struct layout {
	const struct table *t;
	const struct table_style *style;
	struct buf text;  /* of the cells that are not plain */
	struct safe *odd; /* these cells */
	size_t nodd, cap;
	uint32_t *odd_at;  /* as the cells of the table: place in odd + 1, 0: plain */
	uint32_t *width;   /* of columns */
	struct buf prefix; /* of the tree, of the row being printed */
	bool marks;
};

static const char *const branches[2][4] = {
	{"├─", "└─", "│ ", "  "},
	{"|-", "`-", "| ", "  "},
};

/* What libsmartcols leaves as it is: printable, and no backslash that reads as the start of \x. */
static size_t plain_len(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len && s[i] >= ' ' && s[i] < 0x7f &&
		!(s[i] == '\\' && i + 1 < len && s[i + 1] == 'x'))
		i++;
	return i;
}

static void hex_add(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "\\x%02x", (unsigned char)s[i]);
}

/*
 * As hexadecimal what may not go to a terminal; escape.c knows what that is. Items of a list have
 * their backslashes escaped already.
 */
static void safe_add(struct buf *b, const char *s, size_t len, bool list)
{
	auto_buf struct buf one = {0};

	while (len) {
		size_t n = plain_len(s, len);
		uint32_t cp;

		if (n) {
			buf_add(b, s, n);
		} else if (list && *s == '\\') {
			n = 1;
			buf_putc(b, *s);
		} else if (*s == '\\' || (n = utf8_next(s, len, &cp)) <= 1) {
			n = 1;
			hex_add(b, s, 1);
		} else {
			buf_reset(&one);
			escape_text(&one, s, n);
			if (one.s[0] == '\\')
				hex_add(b, s, n);
			else
				buf_add(b, s, n);
		}
		s += n;
		len -= n;
	}
}

/* Lines of a cell that wraps are escaped one by one. */
static void cell_make(
	struct layout *l, const struct table_cell *c, unsigned int flags, struct safe *ret)
{
	const char *s = c->len ? l->t->text.s + c->off : "", *end = s + c->len;

	*ret = (struct safe){.off = l->text.len, .lines = 1};
	for (;;) {
		const char *nl = flags & TABLE_WRAP ? memchr(s, '\n', (size_t)(end - s)) : NULL;
		size_t line = l->text.len, width;

		safe_add(&l->text, s, (size_t)((nl ? nl : end) - s), flags & TABLE_LIST);
		width = l->text.len == line ? 0 : text_width(l->text.s + line, l->text.len - line);
		if (width > ret->width)
			ret->width = (uint32_t)width;
		if (!nl)
			break;
		buf_putc(&l->text, '\n');
		ret->lines++;
		s = nl + 1;
	}
	ret->len = (uint32_t)(l->text.len - ret->off);
}

static uint32_t depth_of(const struct table *t, uint32_t row)
{
	uint32_t n = 0;

	while (t->rows[row].parent != TABLE_ROOT) {
		row = t->rows[row].parent;
		n++;
	}
	return n;
}

/* Most cells are plain: only of the others more is kept than the table has. */
static struct safe *odd_add(struct layout *l, size_t at)
{
	const struct table *t = l->t;

	if (!l->odd_at)
		l->odd_at = calloc(t->n * t->ncols + 1, sizeof(*l->odd_at));
	if (ARRAY_ROOM(l->odd, l->cap, l->nodd))
		return NULL;
	if (!l->odd_at)
		return NULL;
	l->odd_at[at] = (uint32_t)++l->nodd;
	return &l->odd[l->nodd - 1];
}

/* As libsmartcols does it, of the widest cell. */
static uint32_t width_for(const struct layout *l, const struct table_col *col, uint32_t widest)
{
	uint32_t least = l->style->noheadings ? widest != 0 : (uint32_t)strlen(col->name);
	uint32_t hint = TABLE_HINT_OF(col->flags);

	if (widest <= least)
		return least;
	return widest < hint && least < hint ? hint : widest;
}

/* The cell has the row for itself. */
static bool spans(const struct table *t, uint32_t row, size_t c)
{
	if (!(t->cols[c].flags & TABLE_SPAN))
		return false;
	for (size_t i = 0; i < t->ncols; i++)
		if (i != c && table_cell(t, row, i)->len)
			return false;
	return true;
}

static int layout_measure(struct layout *l)
{
	const struct table *t = l->t;

	for (size_t r = 0; r < t->n; r++) {
		uint32_t indent = 2 * depth_of(t, (uint32_t)r);

		l->marks |= t->rows[r].mark != '\0';
		for (size_t c = 0; c < t->ncols; c++) {
			const struct table_cell *cell = table_cell(t, r, c);
			uint32_t w = cell->len;

			if (w && plain_len(t->text.s + cell->off, w) != w) {
				struct safe *s = odd_add(l, r * t->ncols + c);

				if (!s)
					return -ENOMEM;
				cell_make(l, cell, t->cols[c].flags, s);
				w = s->width;
			}
			w += t->cols[c].flags & TABLE_TREE ? indent : 0;
			if (w > l->width[c] && !spans(t, (uint32_t)r, c))
				l->width[c] = w;
		}
	}
	for (size_t c = 0; c < t->ncols; c++)
		l->width[c] = width_for(l, &t->cols[c], l->width[c]);
	return 0;
}

/* Columns of the terminal that all take, those that may be cut at most so many. */
static size_t layout_total(const struct layout *l, uint32_t most)
{
	size_t total = l->marks ? 2 : 0;
	bool any = false;

	for (size_t c = 0; c < l->t->ncols; c++) {
		uint32_t w = l->width[c];

		if (w == LEFT_OUT)
			continue;
		total += any + (l->t->cols[c].flags & TABLE_TRUNC && w > most ? most : w);
		any = true;
	}
	return total;
}

static bool column_says(const struct table *t, size_t c)
{
	for (size_t r = 0; r < t->n; r++)
		if (table_cell(t, r, c)->len)
			return true;
	return false;
}

static void layout_spare(struct layout *l)
{
	const struct table *t = l->t;

	for (int empty = 1; empty >= 0; empty--)
		for (size_t c = t->ncols; c-- && layout_total(l, CUT_TO) > l->style->width;)
			if (t->cols[c].flags & TABLE_SPARE && !(empty && column_says(t, c)))
				l->width[c] = LEFT_OUT;
}

/* The widest of those that may be cut gives first, none below its heading. */
static void layout_fit(struct layout *l)
{
	const struct table *t = l->t;
	size_t total;

	if (l->style->width)
		layout_spare(l);
	total = layout_total(l, UINT32_MAX);
	while (l->style->width && total > l->style->width) {
		size_t widest = t->ncols;

		for (size_t c = 0; c < t->ncols; c++) {
			if (!(t->cols[c].flags & TABLE_TRUNC) || l->width[c] == LEFT_OUT ||
				l->width[c] <= strlen(t->cols[c].name))
				continue;
			if (widest == t->ncols || l->width[c] > l->width[widest])
				widest = c;
		}
		if (widest == t->ncols)
			break;
		l->width[widest]--;
		total--;
	}
}

/* At most width columns of safe text. */
static size_t cut(const char *s, size_t len, uint32_t width, uint32_t *ret_width)
{
	size_t n, at = 0;
	uint32_t cp, w;

	*ret_width = 0;
	for (; at < len; at += n, *ret_width += w) {
		n = utf8_next(s + at, len - at, &cp);
		n = n ? n : 1;
		w = (uint32_t)text_width(s + at, n);
		if (*ret_width + w > width)
			break;
	}
	return at;
}

/* The cell as it is to be seen; of a plain one *plain, whose text is the table's. */
static const struct safe *cell_look(
	const struct layout *l, uint32_t row, size_t c, struct safe *plain)
{
	const struct table_cell *cell = table_cell(l->t, row, c);
	uint32_t odd = l->odd_at ? l->odd_at[row * l->t->ncols + c] : 0;

	if (odd)
		return &l->odd[odd - 1];
	*plain = (struct safe){cell->off, cell->len, cell->len, 1};
	return plain;
}

/* A cell's lines in pieces of at most width columns; a character that is wider stands alone. */
static void fold_add(struct layout *l, const char *s, size_t len, uint32_t width, struct safe *ret)
{
	while (len) {
		const char *nl = memchr(s, '\n', len);
		size_t line = nl ? (size_t)(nl - s) : len, n;
		uint32_t w, cp;

		n = cut(s, line, width, &w);
		if (!n && line) {
			n = utf8_next(s, line, &cp);
			n = n ? n : 1;
		}
		buf_add(&l->text, s, n);
		ret->width = w > ret->width ? w : ret->width;
		n += n == line && nl;
		s += n;
		len -= n;
		if (!len)
			return;
		buf_putc(&l->text, '\n');
		ret->lines++;
	}
}

static int cell_fold(struct layout *l, uint32_t row, size_t c)
{
	auto_buf struct buf was = {0};
	struct safe plain, *odd;
	const struct safe *cell = cell_look(l, row, c, &plain);
	size_t at = (size_t)row * l->t->ncols + c;

	if (cell->width <= l->width[c])
		return 0;
	buf_add(&was, (cell == &plain ? l->t->text.s : l->text.s) + cell->off, cell->len);
	odd = cell == &plain ? odd_add(l, at) : &l->odd[l->odd_at[at] - 1];
	if (!odd)
		return -ENOMEM;
	*odd = (struct safe){.off = l->text.len, .lines = 1};
	fold_add(l, was.s, was.len, l->width[c], odd);
	odd->len = (uint32_t)(l->text.len - odd->off);
	return 0;
}

/* Of columns that may fold, after all have their width; the tree's own is not among them. */
static void layout_fold(struct layout *l)
{
	const struct table *t = l->t;

	for (size_t c = 0; c < t->ncols; c++) {
		if (!(t->cols[c].flags & TABLE_FOLD) || t->cols[c].flags & TABLE_TREE ||
			l->width[c] == LEFT_OUT || !l->width[c])
			continue;
		for (uint32_t r = 0; r < t->n; r++)
			if (cell_fold(l, r, c))
				return;
	}
}

/* The tree before a row, and before its further lines. */
static void prefix_make(struct layout *l, uint32_t row, bool first_line)
{
	const struct table *t = l->t;
	const char *const *art = branches[l->style->ascii];
	uint32_t depth = depth_of(t, row), at = row;

	/* From the row up, so from right to left. */
	buf_reset(&l->prefix);
	for (uint32_t i = 0; i < depth; i++) {
		bool more = t->rows[at].next != TABLE_ROOT;
		const char *s = i == 0 && first_line ? art[!more] : art[more ? 2 : 3];
		size_t n = strlen(s);

		buf_pad(&l->prefix, ' ', n);
		memmove(l->prefix.s + n, l->prefix.s, l->prefix.len - n);
		memcpy(l->prefix.s, s, n);
		at = t->rows[at].parent;
	}
	/* Children stand under what follows. */
	if (!first_line && t->rows[row].first != TABLE_ROOT)
		buf_puts(&l->prefix, art[2]);
}

/* Line i of a cell, "" behind the last. */
static void line_of(
	const char *text, const struct safe *s, uint32_t i, const char **ret, size_t *ret_len)
{
	const char *p = text ? text + s->off : "", *end = p + s->len, *nl;

	*ret = "";
	*ret_len = 0;
	if (i >= s->lines)
		return;
	while (s->lines > 1 && i-- && (nl = memchr(p, '\n', (size_t)(end - p))))
		p = nl + 1;
	nl = s->lines > 1 ? memchr(p, '\n', (size_t)(end - p)) : NULL;
	*ret = p;
	*ret_len = (size_t)((nl ? nl : end) - p);
}

/* Blanks are owed until something follows: lines end with what is seen. */
struct line {
	struct buf *b;
	size_t owed;
};

static void line_add(struct line *line, const char *s, size_t len)
{
	if (!len)
		return;
	buf_pad(line->b, ' ', line->owed);
	line->owed = 0;
	buf_add(line->b, s, len);
}

/* In the colour of the cell, where it has one, which ends that of the row. */
static void line_add_as(const struct layout *l, struct line *line, const char *s, size_t len,
	uint32_t row, size_t c)
{
	enum color_role role = (enum color_role)table_cell(l->t, row, c)->role;
	bool on = l->style->color && len && role != ROLE_PLAIN;

	if (!on) {
		line_add(line, s, len);
		return;
	}
	line_add(line, color_on(on, role), strlen(color_on(on, role)));
	line_add(line, s, len);
	buf_puts(line->b, color_off(on, role));
	buf_puts(line->b, color_on(on, l->t->rows[row].role));
}

/* Of a tree, blanks at its end are owed like others. */
static uint32_t prefix_print(struct layout *l, struct line *line, uint32_t row, bool first_line)
{
	size_t len;

	prefix_make(l, row, first_line);
	for (len = l->prefix.len; len && l->prefix.s[len - 1] == ' '; len--)
		;
	line_add(line, l->prefix.s, len);
	line->owed += l->prefix.len - len;
	return l->prefix.len ? (uint32_t)text_width(l->prefix.s, l->prefix.len) : 0;
}

static void cell_print(struct layout *l, struct line *line, uint32_t row, size_t c, uint32_t i)
{
	const struct table_col *col = &l->t->cols[c];
	struct safe plain;
	const struct safe *cell = cell_look(l, row, c, &plain);
	uint32_t room = l->width[c], used, width;
	const char *s;
	size_t len;

	line_of(cell == &plain ? l->t->text.s : l->text.s, cell, i, &s, &len);
	if (col->flags & TABLE_TREE) {
		used = prefix_print(l, line, row, i == 0);
		room = used < room ? room - used : 0;
	}
	if (cell->width > room && spans(l->t, row, c))
		room = cell->width;
	if (cell->width > room)
		len = cut(s, len, room, &width);
	else
		width = cell->lines > 1 || i ? (uint32_t)text_width(s, len) : cell->width;
	if (col->flags & TABLE_RIGHT)
		line->owed += room - width;
	line_add_as(l, line, s, len, row, c);
	if (!(col->flags & TABLE_RIGHT))
		line->owed += room - width;
	line->owed++;
}

static uint32_t row_lines(const struct layout *l, uint32_t row)
{
	uint32_t most = 1;

	for (size_t c = 0; l->odd_at && c < l->t->ncols; c++) {
		uint32_t odd = l->odd_at[row * l->t->ncols + c];

		if (l->width[c] != LEFT_OUT && odd && l->odd[odd - 1].lines > most)
			most = l->odd[odd - 1].lines;
	}
	return most;
}

static void row_print(struct layout *l, uint32_t row, struct buf *b)
{
	const struct table_row *r = &l->t->rows[row];
	uint32_t lines = row_lines(l, row);

	for (uint32_t i = 0; i < lines; i++) {
		struct line line = {.b = b};

		buf_puts(b, color_on(l->style->color, r->role));
		if (l->marks) {
			if (r->mark && !i)
				buf_putc(b, r->mark);
			line.owed = r->mark && !i ? 1 : 2;
		}
		for (size_t c = 0; c < l->t->ncols; c++)
			if (l->width[c] != LEFT_OUT)
				cell_print(l, &line, row, c, i);
		buf_puts(b, color_off(l->style->color, r->role));
		buf_putc(b, '\n');
	}
}

static void headings_print(const struct layout *l, struct buf *b)
{
	struct line line = {.b = b, .owed = l->marks ? 2 : 0};

	buf_puts(b, color_on(l->style->color, ROLE_HEADING));
	for (size_t c = 0; c < l->t->ncols; c++) {
		const char *name = l->t->cols[c].name;
		size_t len = strlen(name);
		size_t room = l->width[c] > len ? l->width[c] - len : 0;
		bool right = l->t->cols[c].flags & TABLE_RIGHT;

		if (l->width[c] == LEFT_OUT)
			continue;
		line.owed += right ? room : 0;
		line_add(&line, name, len);
		line.owed += (right ? 0 : room) + 1;
	}
	buf_puts(b, color_off(l->style->color, ROLE_HEADING));
	buf_putc(b, '\n');
}

/* About what all lines need, so that the buffer need not grow piece by piece. */
static size_t layout_size(const struct layout *l)
{
	size_t n = l->t->ncols + 3;

	for (size_t c = 0; c < l->t->ncols; c++)
		n += c + 1 < l->t->ncols && l->width[c] != LEFT_OUT ? l->width[c] : 0;
	return n * l->t->n + l->t->text.len;
}

void table_print_text(const struct table *t, const struct table_style *style, struct buf *b)
{
	struct layout l = {.t = t, .style = style};
	struct table_room room = {.t = t, .style = style, .b = b};
	size_t from = b->len;

	l.width = calloc(t->ncols + 1, sizeof(*l.width));
	if (l.width && !layout_measure(&l)) {
		layout_fit(&l);
		layout_fold(&l);
		buf_reserve(b, layout_size(&l));
		if (!style->noheadings)
			headings_print(&l, b);
		table_room_begin(&room, from);
		for (uint32_t r = t->first; r != TABLE_ROOT; r = table_next(t, r)) {
			row_print(&l, r, b);
			if (!table_room_for(&room, r))
				break;
		}
	}
	free(l.odd);
	free(l.odd_at);
	free(l.width);
	buf_free(&l.text);
	buf_free(&l.prefix);
}
