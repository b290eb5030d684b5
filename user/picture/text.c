// SPDX-License-Identifier: GPL-2.0-or-later
/* text.c - a picture drawn with characters: a box below the other, and in it those of the
 * namespaces below. */
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "out/color.h"
#include "out/escape.h"
#include "picture/format.h"

#define DEPTH_MAX  40 /* namespaces nest less deep */
#define LEAST      24 /* columns of a box, however narrow the terminal */
#define NAME_MOST  20 /* columns that names are filled up to */
#define TREE_DEPTH 12 /* rows deeper in are drawn at this depth */

/* Characters of lines. */
struct strokes {
	const char *across, *down, *corners[4], *fork, *last, *on;
	const char *peer, *out, *in, *times;
};

static const struct strokes drawn = {
	"─", "│", {"┌", "┐", "└", "┘"}, "├─", "└─", "│ ", "↔ ", "→ ", "← ", "×"};
static const struct strokes plain = {
	"-", "|", {"+", "+", "+", "+"}, "|-", "`-", "| ", "<-> ", "-> ", "<- ", "x"};

/* A line of a box: its bytes may hold colours, which take no column. */
struct line {
	size_t off, len, width;
};

struct page {
	const struct picture *p;
	const struct picture_style *style;
	const struct strokes *with;
	struct buf text;
	struct line *lines;
	size_t n, cap;
	uint32_t *child, *next; /* by box: boxes below it */
};

static void line_end(struct page *g, size_t off, size_t width)
{
	if (ARRAY_ROOM(g->lines, g->cap, g->n))
		return;
	g->lines[g->n++] = (struct line){off, g->text.len - off, width};
}

static enum color_role role_of(enum picture_tone tone)
{
	static const enum color_role roles[PICTURE_TONES] = {
		[PICTURE_PLAIN] = ROLE_PLAIN,
		[PICTURE_DIM] = ROLE_DIM,
		[PICTURE_GOOD] = ROLE_PLAIN,
		[PICTURE_WARN] = ROLE_WARN,
		[PICTURE_BAD] = ROLE_FAIL,
	};

	return roles[tone];
}

static enum color_role role_changed(enum picture_change change, enum color_role otherwise)
{
	return change == PICTURE_NEW ? ROLE_GOOD : change == PICTURE_GONE ? ROLE_FAIL : otherwise;
}

/*
 * A text that is safe already, in as many lines as it takes in so many columns; before stands
 * before the first, after before the others: both of the same width.
 */
static void lines_add(struct page *g, const struct buf *s, size_t columns, const char *before,
	const char *after, enum color_role role)
{
	size_t at = 0, indent = text_width(before, strlen(before));

	columns = columns > indent + 8 ? columns - indent : 8;
	do {
		size_t step = g->style->width ? picture_fit(s->s + at, s->len - at, columns)
					      : s->len - at;
		size_t off = g->text.len;

		buf_puts(&g->text, at ? after : before);
		buf_puts(&g->text, color_on(g->style->color, role));
		buf_add(&g->text, s->s + at, step);
		buf_puts(&g->text, color_off(g->style->color, role));
		line_end(g, off, indent + text_width(s->s + at, step));
		at += step;
	} while (at < s->len);
}

/* --- rows ------------------------------------------------------------------------------------- */

/* What stands before a row in its tree, and before its further lines. */
static void tree_put(struct page *g, const uint8_t *open, uint32_t depth, bool last,
	struct buf *first, struct buf *other)
{
	for (uint32_t i = 1; i < depth; i++) {
		buf_puts(first, open[i] ? g->with->on : "  ");
		buf_puts(other, open[i] ? g->with->on : "  ");
	}
	if (depth) {
		buf_puts(first, last ? g->with->last : g->with->fork);
		buf_puts(other, last ? "  " : g->with->on);
	}
}

static void end_put(struct page *g, const struct picture_link *l, bool from, struct buf *b)
{
	const struct picture_words *w = &picture_words[l->kind];
	auto_buf struct buf end = {0};

	picture_end_say(g->p, from ? &l->to : &l->from, &end);
	buf_puts(b, !w->arrow ? g->with->peer : from ? g->with->out : g->with->in);
	buf_puts(b, from ? w->out : w->in);
	escape_text(b, end.s, end.len);
}

/* The links of a row or, with PICTURE_NONE, of a box as a whole, one after the other. */
static void links_put(struct page *g, uint32_t box, uint32_t row, struct buf *b, size_t shown)
{
	size_t n = 0;

	for (uint32_t i = 0; i < g->p->boxes[box].nlinks; i++) {
		const struct picture_link *l =
			&g->p->links[g->p->ends[g->p->boxes[box].first_link + i]];
		bool from = l->from.box == box && l->from.row == row,
		     to = l->to.box == box && l->to.row == row;

		if ((!from && !to) || n++ >= shown)
			continue;
		buf_puts(b, b->len ? "  " : "");
		end_put(g, l, from, b);
	}
	if (n > shown)
		buf_printf(b, "  and %zu more", n - shown);
}

static void row_say(struct page *g, uint32_t row, size_t fill, struct buf *b)
{
	const struct picture_row *r = &g->p->rows[row];
	const char *name = picture_say(g->p, r->name), *note = picture_say(g->p, r->note);
	size_t width;

	escape_text(b, name, strlen(name));
	if (r->count > 1)
		buf_printf(b, " %s%u", g->with->times, r->count);
	picture_change_say(r->change, b);
	width = text_width(b->s ? b->s : "", b->len);
	if (*note) {
		buf_pad(b, ' ', (width < fill ? fill - width : 0) + 1);
		escape_text(b, note, strlen(note));
	}
	if (r->links) {
		auto_buf struct buf links = {0};

		links_put(g, r->box, row, &links, 4);
		buf_puts(b, "  ");
		buf_add(b, links.s, links.len);
	}
}

static void row_draw(struct page *g, uint32_t row, size_t columns, size_t fill, const char *before,
	const char *other)
{
	const struct picture_row *r = &g->p->rows[row];
	auto_buf struct buf b = {0};

	row_say(g, row, fill, &b);
	lines_add(g, &b, columns, before, other, role_changed(r->change, role_of(r->tone)));
	for (const char *s = picture_say(g->p, r->more), *end; *s; s = end + (*end == '\n')) {
		end = strchrnul(s, '\n');
		buf_reset(&b);
		buf_puts(&b, "  ");
		escape_text(&b, s, (size_t)(end - s));
		lines_add(g, &b, columns, other, other, ROLE_DIM);
	}
}

/* Names stand above each other; long ones need not. */
static size_t names_width(const struct picture *p, const struct picture_box *b)
{
	size_t most = 0;

	for (uint32_t i = 0; i < b->nrows; i++) {
		const struct picture_row *r = &p->rows[p->order[b->first + i]];
		auto_buf struct buf name = {0};
		const char *s = picture_say(p, r->name);
		size_t width;

		escape_text(&name, s, strlen(s));
		picture_change_say(r->change, &name);
		width = text_width(name.s ? name.s : "", name.len) + 2 * (size_t)r->depth;
		if (r->what != PICTURE_MORE && width <= NAME_MOST && width > most)
			most = width;
	}
	return most;
}

static void rows_draw(struct page *g, const struct picture_box *b, size_t columns)
{
	size_t most = names_width(g->p, b);
	uint8_t open[TREE_DEPTH + 1] = {0};

	for (uint32_t i = 0; i < b->nrows; i++) {
		uint32_t row = g->p->order[b->first + i], depth = g->p->rows[row].depth;
		auto_buf struct buf before = {0}, other = {0};
		bool more = g->p->rows[row].next;

		depth = depth < TREE_DEPTH ? depth : TREE_DEPTH;
		tree_put(g, open, depth, !more, &before, &other);
		open[depth] = more;
		row_draw(g, row, columns, most > 2 * depth ? most - 2 * depth : 0,
			before.s ? before.s : "", other.s ? other.s : "");
	}
}

/* --- boxes ------------------------------------------------------------------------------------ */

static void said(
	struct page *g, const char *what, const char *s, size_t columns, enum color_role role)
{
	auto_buf struct buf b = {0};

	if (!*s)
		return;
	buf_puts(&b, what);
	escape_text(&b, s, strlen(s));
	lines_add(g, &b, columns, "", "", role);
}

static void box_links(struct page *g, uint32_t box, size_t columns)
{
	auto_buf struct buf b = {0};

	links_put(g, box, PICTURE_NONE, &b, 4);
	if (b.len)
		lines_add(g, &b, columns, "", "", ROLE_PLAIN);
}

/* The name is in the frame where there is room for it. */
static void title_say(struct page *g, uint32_t box, size_t columns, struct buf *b)
{
	const char *name = picture_say(g->p, g->p->boxes[box].name);
	auto_buf struct buf safe = {0};

	picture_box_id(g->p, box, b);
	escape_text(&safe, name, strlen(name));
	if (g->p->boxes[box].count > 1)
		buf_printf(b, " %s%u", g->with->times, g->p->boxes[box].count);
	picture_change_say(g->p->boxes[box].change, b);
	if (!safe.len)
		return;
	if (g->style->width && b->len + 1 + text_width(safe.s, safe.len) > columns) {
		lines_add(g, &safe, columns, "", "", ROLE_HEADING);
		return;
	}
	buf_putc(b, ' ');
	buf_add(b, safe.s, safe.len);
}

static void across(struct page *g, size_t n)
{
	while (n--)
		buf_puts(&g->text, g->with->across);
}

static void frame_top(struct page *g, const struct buf *title, size_t width, enum color_role role)
{
	buf_puts(&g->text, g->with->corners[0]);
	buf_putc(&g->text, ' ');
	buf_puts(&g->text, color_on(g->style->color, role));
	buf_add(&g->text, title->s, title->len);
	buf_puts(&g->text, color_off(g->style->color, role));
	buf_putc(&g->text, ' ');
	across(g, width - text_width(title->s, title->len));
	buf_puts(&g->text, g->with->corners[1]);
}

/* Draws a frame around the lines from first on; the first is a place for its upper edge. */
static void frame_draw(struct page *g, size_t first, const struct buf *title, enum color_role role)
{
	size_t width = text_width(title->s, title->len), off = g->text.len;

	for (size_t i = first + 1; i < g->n; i++)
		if (g->lines[i].width > width)
			width = g->lines[i].width;
	frame_top(g, title, width, role);
	g->lines[first] = (struct line){off, g->text.len - off, width + 4};
	for (size_t i = first + 1; i < g->n; i++) {
		struct line *l = &g->lines[i];

		off = g->text.len;
		buf_reserve(&g->text, l->len + width + 32);
		buf_puts(&g->text, g->with->down);
		buf_putc(&g->text, ' ');
		buf_add(&g->text, g->text.s + l->off, l->len);
		buf_pad(&g->text, ' ', width - l->width + 1);
		buf_puts(&g->text, g->with->down);
		*l = (struct line){off, g->text.len - off, width + 4};
	}
	off = g->text.len;
	buf_puts(&g->text, g->with->corners[2]);
	across(g, width + 2);
	buf_puts(&g->text, g->with->corners[3]);
	line_end(g, off, width + 4);
}

static void box_draw(struct page *g, uint32_t box, size_t columns, int depth)
{
	const struct picture_box *b = &g->p->boxes[box];
	size_t first = g->n, inner = columns > LEAST ? columns - 4 : LEAST - 4;
	auto_buf struct buf title = {0};

	line_end(g, g->text.len, 0);
	title_say(g, box, inner, &title);
	said(g, "", picture_say(g->p, b->note), inner, role_of(b->tone));
	rows_draw(g, b, inner);
	box_links(g, box, inner);
	said(g, "kept by ", picture_say(g->p, b->kept), inner, ROLE_DIM);
	for (uint32_t at = g->child[box]; at != PICTURE_NONE && depth < DEPTH_MAX; at = g->next[at])
		box_draw(g, at, inner, depth + 1);
	frame_draw(g, first, &title,
		role_changed(b->change, b->tone == PICTURE_BAD ? ROLE_FAIL : ROLE_HEADING));
}

/* Who is below whom, among those that are shown. */
static bool children_find(struct page *g)
{
	const struct picture *p = g->p;
	size_t size = (p->nboxes + 1) * sizeof(*g->child);

	g->child = malloc(size);
	g->next = malloc(size);
	if (!g->child || !g->next)
		return false;
	memset(g->child, 0xff, size);
	memset(g->next, 0xff, size);
	for (uint32_t i = (uint32_t)p->nboxes; i--;) {
		uint32_t up = p->boxes[i].up;

		if (p->boxes[i].state != PICTURE_SHOWN || up == PICTURE_NONE ||
			p->boxes[up].state != PICTURE_SHOWN)
			continue;
		g->next[i] = g->child[up];
		g->child[up] = i;
	}
	return true;
}

void picture_write_text(const struct picture *p, const struct picture_style *style, struct buf *b)
{
	struct page g = {.p = p, .style = style, .with = style->ascii ? &plain : &drawn};
	bool can = children_find(&g);

	for (uint32_t i = 0; can && i < p->nboxes; i++) {
		uint32_t up = p->boxes[i].up;

		if (p->boxes[i].state != PICTURE_SHOWN ||
			(up != PICTURE_NONE && p->boxes[up].state == PICTURE_SHOWN))
			continue;
		box_draw(&g, i, style->width ? style->width : SIZE_MAX / 2, 0);
		for (size_t k = 0; k < g.n; k++) {
			buf_add(b, g.text.s + g.lines[k].off, g.lines[k].len);
			buf_putc(b, '\n');
		}
		g.n = 0;
		buf_reset(&g.text);
	}
	free(g.child);
	free(g.next);
	free(g.lines);
	buf_free(&g.text);
}
