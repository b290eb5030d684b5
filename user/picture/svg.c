// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svg.c - a picture as SVG that stands alone: no script, no font, no other file. Colours follow
 * what the reader prefers, and nothing is said by colour alone.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "out/escape.h"
#include "picture/format.h"
#include "picture/layout.h"

#define COLUMN  8 /* pixels that a character of 13 pixels takes in any fixed font */
#define LINE    18
#define PAD     14 /* within a box */
#define INDENT  18 /* of a row below another */
#define ROW_GAP 6
#define MARGIN  28
#define HEAD    40 /* of the title */
#define COLUMNS 46 /* characters of a line */
#define DEPTH   8  /* rows deeper in are drawn at this depth */
#define DOT     16 /* before a row */
#define BEND    44 /* of a link whose ends are in one column */
#define STACKED 5  /* sheets of a box that stands for several */
#define LEAST   860

/* A class: what of it is coloured, by day and by night. */
static const struct {
	const char *name, *property, *day, *night;
} colors[] = {
	{"paper", "fill", "#ffffff", "#0d1117"},
	{"box", "fill", "#f6f8fa", "#161b22"},
	{"box", "stroke", "#afb8c1", "#4d5661"},
	{"asked", "stroke", "#0969da", "#4493f8"},
	{"bad-box", "stroke", "#cf222e", "#f85149"},
	{"new-box", "stroke", "#1a7f37", "#3fb950"},
	{"gone-box", "stroke", "#cf222e", "#f85149"},
	{"rule", "stroke", "#d1d9e0", "#30363d"},
	{"tree", "stroke", "#afb8c1", "#4d5661"},
	{"ink", "fill", "#1f2328", "#f0f6fc"},
	{"soft", "fill", "#59636e", "#9da7b3"},
	{"plain", "fill", "#59636e", "#9da7b3"},
	{"dim", "fill", "#8c959f", "#6e7681"},
	{"good", "fill", "#1a7f37", "#3fb950"},
	{"warn", "fill", "#9a6700", "#d29922"},
	{"bad", "fill", "#cf222e", "#f85149"},
	{"new", "fill", "#1a7f37", "#3fb950"},
	{"gone", "fill", "#cf222e", "#f85149"},
	{"peer", "stroke", "#0969da", "#4493f8"},
	{"lower", "stroke", "#8250df", "#ab7df8"},
	{"underlay", "stroke", "#bc4c00", "#db6d28"},
	{"child", "stroke", "#1a7f37", "#3fb950"},
	{"children", "stroke", "#cf222e", "#f85149"},
	{"below", "stroke", "#818b98", "#656c76"},
};

static const char *const tones[PICTURE_TONES] = {
	[PICTURE_PLAIN] = "plain",
	[PICTURE_DIM] = "dim",
	[PICTURE_GOOD] = "good",
	[PICTURE_WARN] = "warn",
	[PICTURE_BAD] = "bad",
};

/* Of names: what is new or gone is said in words, too. */
static const char *const names[PICTURE_CHANGES] = {
	[PICTURE_SAME] = "ink name",
	[PICTURE_NEW] = "new name",
	[PICTURE_GONE] = "gone name",
};
static const char *const heads[PICTURE_CHANGES] = {
	[PICTURE_SAME] = "ink head",
	[PICTURE_NEW] = "new head",
	[PICTURE_GONE] = "gone head",
};
static const char *const frames[PICTURE_CHANGES] = {
	[PICTURE_SAME] = "",
	[PICTURE_NEW] = " new-box",
	[PICTURE_GONE] = " gone-box",
};

struct sheet {
	const struct picture *p;
	struct buf *b;
	uint32_t *box;   /* by box: its place in the layout */
	uint32_t *shown; /* the other way round */
	int *row_y;      /* by row: middle of its first line, from the upper edge of the box */
	struct layout at;
	struct layout_link *links;
	const struct picture_link **drawn; /* by link of the layout */
	struct picture_link *below;        /* those that the picture has no link for */
	bool measure;                      /* nothing is written */
	int x, y, width;                   /* the pen; the width that a box needs so far */
};

/* --- text ------------------------------------------------------------------------------------- */

static void xml_put(struct buf *b, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		switch (s[i]) {
		case '&':
			buf_puts(b, "&amp;");
			break;
		case '<':
			buf_puts(b, "&lt;");
			break;
		case '>':
			buf_puts(b, "&gt;");
			break;
		case '"':
			buf_puts(b, "&quot;");
			break;
		case '\'':
			buf_puts(b, "&#39;");
			break;
		default:
			buf_putc(b, s[i]);
		}
}

static void xml_text(struct buf *b, const char *s)
{
	auto_buf struct buf safe = {0};

	escape_text(&safe, s, strlen(s));
	xml_put(b, safe.s ? safe.s : "", safe.len);
}

/* A line whose text is safe already, from the pen on. */
static void text_put(struct sheet *d, const char *class, int x, const char *s, size_t len)
{
	int end = x + (int)text_width(s, len) * COLUMN;

	if (end > d->width)
		d->width = end;
	if (d->measure)
		return;
	buf_printf(d->b, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, d->x + x, d->y + 13);
	xml_put(d->b, s, len);
	buf_puts(d->b, "</text>\n");
}

/* As many lines as the text takes; the pen is below them then. */
static void lines_put(struct sheet *d, const char *class, int x, const struct buf *safe)
{
	for (size_t at = 0; at < safe->len;) {
		size_t step = picture_fit(safe->s + at, safe->len - at, COLUMNS);

		text_put(d, class, x, safe->s + at, step);
		d->y += LINE;
		at += step;
	}
}

static void said_put(struct sheet *d, const char *class, int x, const char *before, const char *s)
{
	auto_buf struct buf safe = {0};

	if (!*s)
		return;
	buf_puts(&safe, before);
	escape_text(&safe, s, strlen(s));
	lines_put(d, class, x, &safe);
}

static void count_say(struct buf *b, uint32_t count)
{
	if (count > 1)
		buf_printf(b, " \303\227%u", count);
}

/* --- boxes ------------------------------------------------------------------------------------ */

static int indent_of(const struct picture_row *r)
{
	return PAD + INDENT * (int)(r->depth < DEPTH ? r->depth : DEPTH);
}

/* From the row that it hangs below, down and to it. */
static void elbow_put(struct sheet *d, uint32_t row, int top)
{
	const struct picture_row *r = &d->p->rows[row];
	int x = d->x + indent_of(r) - INDENT + 4, y = d->y + LINE / 2;

	if (d->measure || !r->depth || r->depth > DEPTH)
		return;
	buf_printf(d->b, "<path class=\"tree\" d=\"M%d %dV%dH%d\"/>\n", x,
		top + d->row_y[r->up] + LINE / 2 - 2, y, x + INDENT - 8);
}

static void row_put(struct sheet *d, uint32_t row, int top)
{
	const struct picture_row *r = &d->p->rows[row];
	const char *note = picture_say(d->p, r->note);
	auto_buf struct buf name = {0}, safe = {0};
	const char *text = picture_say(d->p, r->name);
	int x = indent_of(r) + (r->what == PICTURE_MORE ? 0 : DOT);
	size_t width;

	d->row_y[row] = d->y + LINE / 2 - top;
	elbow_put(d, row, top);
	if (!d->measure && r->what != PICTURE_MORE)
		buf_printf(d->b, "<circle class=\"%s\" cx=\"%d\" cy=\"%d\" r=\"4\"/>\n",
			tones[r->tone], d->x + indent_of(r) + 4, d->y + LINE / 2);
	escape_text(&name, text, strlen(text));
	count_say(&name, r->count);
	picture_change_say(r->change, &name);
	escape_text(&safe, note, strlen(note));
	width = text_width(name.s ? name.s : "", name.len);
	if (safe.len && width + 1 + text_width(safe.s, safe.len) <= COLUMNS) {
		text_put(d, "soft", x + (int)(width + 1) * COLUMN, safe.s, safe.len);
		buf_reset(&safe);
	}
	lines_put(d, r->what == PICTURE_MORE ? "soft" : names[r->change], x, &name);
	lines_put(d, "soft", x, &safe);
	for (const char *s = picture_say(d->p, r->more), *end; *s; s = end + (*end == '\n')) {
		auto_buf struct buf one = {0};

		end = strchrnul(s, '\n');
		buf_add(&one, s, (size_t)(end - s));
		said_put(d, "soft", x, "", one.s);
	}
	d->y += ROW_GAP;
}

static void head_put(struct sheet *d, uint32_t box)
{
	const struct picture_box *b = &d->p->boxes[box];
	const char *name = picture_say(d->p, b->name);
	auto_buf struct buf id = {0}, head = {0};

	picture_box_id(d->p, box, &id);
	if (*name)
		escape_text(&head, name, strlen(name));
	else
		buf_add(&head, id.s, id.len);
	count_say(&head, b->count);
	picture_change_say(b->change, &head);
	lines_put(d, heads[b->change], PAD, &head);
	if (*name)
		lines_put(d, "soft", PAD, &id);
	said_put(d, b->tone == PICTURE_BAD ? "bad" : "warn", PAD, "",
		*picture_say(d->p, b->note) && b->tone != PICTURE_PLAIN ? picture_say(d->p, b->note)
									: "");
	said_put(d, "soft", PAD, "", b->tone == PICTURE_PLAIN ? picture_say(d->p, b->note) : "");
}

/* What is in the box, or only how much room it takes. */
static void inner_put(struct sheet *d, uint32_t box, struct layout_box *l)
{
	const struct picture_box *b = &d->p->boxes[box];
	int top = d->y;

	d->width = 0;
	d->y += PAD - 4;
	head_put(d, box);
	if (b->nrows) {
		if (!d->measure)
			buf_printf(d->b, "<path class=\"rule\" d=\"M%d %dh%d\"/>\n", d->x, d->y + 4,
				l->width);
		d->y += 12;
	}
	for (uint32_t i = 0; i < b->nrows; i++)
		row_put(d, d->p->order[b->first + i], top);
	if (b->kept) {
		if (!d->measure)
			buf_printf(d->b, "<path class=\"rule\" d=\"M%d %dh%d\"/>\n", d->x, d->y + 2,
				l->width);
		d->y += 8;
		said_put(d, "soft", PAD, "kept by ", picture_say(d->p, b->kept));
	}
	d->y += PAD - 8;
	l->width = d->width + PAD;
	l->height = d->y - top;
}

static void frame_put(struct sheet *d, const struct picture_box *b, const struct layout_box *l)
{
	for (int sheet = b->count > 1 ? 2 : 0; sheet >= 0; sheet--)
		buf_printf(d->b,
			"<rect class=\"box%s%s%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
			"rx=\"10\"/>\n",
			b->asked ? " asked" : "", b->tone == PICTURE_BAD ? " bad-box" : "",
			frames[b->change], l->x + sheet * STACKED, l->y + sheet * STACKED, l->width,
			l->height);
}

static void boxes_put(struct sheet *d)
{
	for (size_t i = 0; i < d->at.nboxes; i++) {
		const struct layout_box *l = &d->at.boxes[i];
		struct layout_box same = *l;

		d->x = l->x;
		d->y = l->y;
		frame_put(d, &d->p->boxes[d->shown[i]], l);
		inner_put(d, d->shown[i], &same);
	}
}

/* --- links ------------------------------------------------------------------------------------ */

static int end_y(const struct sheet *d, const struct picture_end *e)
{
	return e->row == PICTURE_NONE ? PAD - 4 + LINE / 2 : d->row_y[e->row];
}

static void link_add(struct sheet *d, const struct picture_link *l)
{
	d->drawn[d->at.nlinks] = l;
	d->links[d->at.nlinks++] = (struct layout_link){
		d->box[l->from.box], d->box[l->to.box], end_y(d, &l->from), end_y(d, &l->to)};
}

static void links_make(struct sheet *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->p->nlinks; i++)
		if (picture_link_shown(d->p, &d->p->links[i]))
			link_add(d, &d->p->links[i]);
	for (uint32_t i = 0; i < d->p->nboxes; i++) {
		if (!picture_below_shown(d->p, i))
			continue;
		d->below[n] = (struct picture_link){
			{d->p->boxes[i].up, PICTURE_NONE}, {i, PICTURE_NONE}, PICTURE_BELOW};
		link_add(d, &d->below[n++]);
	}
}

static void link_put(struct sheet *d, size_t i)
{
	const struct layout_link *l = &d->links[i];
	const struct layout_box *from = &d->at.boxes[l->from], *to = &d->at.boxes[l->to];
	const struct picture_words *w = &picture_words[d->drawn[i]->kind];
	bool right = from->column <= to->column, left = from->column < to->column;
	int x1 = from->x + (right ? from->width : 0), x2 = to->x + (left ? 0 : to->width);
	int y1 = from->y + l->from_y, y2 = to->y + l->to_y, bend = (x2 - x1) / 2;
	int c1 = x1 + bend, c2 = x2 - bend;

	if (from->column == to->column) {
		c1 = c2 = (x1 > x2 ? x1 : x2) + BEND;
		if (w->arrow)
			x2 += 2;
	}
	buf_printf(d->b, "<path class=\"link %s%s\" d=\"M%d %dC%d %d %d %d %d %d\"", w->name,
		w->dashed ? " dashed" : "", x1, y1, c1, y1, c2, y2, x2, y2);
	if (w->arrow)
		buf_printf(d->b, " marker-end=\"url(#%s)\"", w->name);
	buf_puts(d->b, "/>\n");
	if (w->arrow)
		return;
	buf_printf(
		d->b, "<circle class=\"end %s\" cx=\"%d\" cy=\"%d\" r=\"3\"/>\n", w->name, x1, y1);
	buf_printf(
		d->b, "<circle class=\"end %s\" cx=\"%d\" cy=\"%d\" r=\"3\"/>\n", w->name, x2, y2);
}

/* What the lines mean, of those that there are. */
static void legend_put(struct sheet *d, int y)
{
	int x = MARGIN;

	for (unsigned int kind = 0; kind < PICTURE_KINDS; kind++) {
		const struct picture_words *w = &picture_words[kind];
		size_t i;

		for (i = 0; i < d->at.nlinks && d->drawn[i]->kind != kind; i++)
			;
		if (i == d->at.nlinks)
			continue;
		buf_printf(d->b, "<path class=\"link %s%s\" d=\"M%d %dh36\"", w->name,
			w->dashed ? " dashed" : "", x, y);
		if (w->arrow)
			buf_printf(d->b, " marker-end=\"url(#%s)\"", w->name);
		buf_printf(d->b, "/>\n<text class=\"soft\" x=\"%d\" y=\"%d\">%s</text>\n", x + 46,
			y + 4, w->says);
		x += 46 + (int)(strlen(w->says) + 3) * COLUMN;
		if (x - 3 * COLUMN + MARGIN > d->at.width)
			d->at.width = x - 3 * COLUMN + MARGIN;
	}
}

/* --- the sheet -------------------------------------------------------------------------------- */

static void colors_put(struct buf *b, bool night)
{
	for (size_t i = 0; i < ARRAY_SIZE(colors); i++)
		buf_printf(b, ".%s{%s:%s}", colors[i].name, colors[i].property,
			night ? colors[i].night : colors[i].day);
	for (unsigned int kind = 0; kind < PICTURE_KINDS; kind++)
		for (size_t i = 0; i < ARRAY_SIZE(colors); i++)
			if (!strcmp(colors[i].name, picture_words[kind].name))
				buf_printf(b, ".end.%s,.head-%s{fill:%s}", colors[i].name,
					colors[i].name, night ? colors[i].night : colors[i].day);
}

static void style_put(struct buf *b)
{
	buf_puts(b, "<style>\n"
		    "text{font:13px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;"
		    "white-space:pre;unicode-bidi:isolate}\n"
		    ".title{font-size:16px;font-weight:600}.head,.name{font-weight:600}\n"
		    ".box{stroke-width:1.2}.asked{stroke-width:2.4}"
		    ".bad-box{stroke-dasharray:7 4}\n"
		    ".rule,.tree,.link{fill:none}.rule{stroke-width:1}.tree{stroke-width:1.2}"
		    ".link{stroke-width:2}.dashed{stroke-dasharray:6 4}.end{stroke:none}\n");
	colors_put(b, false);
	buf_puts(b, "\n@media (prefers-color-scheme:dark){");
	colors_put(b, true);
	buf_puts(b, "}\n</style>\n<defs>\n");
	for (unsigned int kind = 0; kind < PICTURE_KINDS; kind++)
		if (picture_words[kind].arrow)
			buf_printf(b,
				"<marker id=\"%s\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" "
				"markerWidth=\"10\" markerHeight=\"10\" "
				"markerUnits=\"userSpaceOnUse\" orient=\"auto\">"
				"<path class=\"head-%s\" d=\"M0 0L10 5L0 10z\"/></marker>\n",
				picture_words[kind].name, picture_words[kind].name);
	buf_puts(b, "</defs>\n");
}

static void title_say(const struct sheet *d, struct buf *b)
{
	xml_text(b, d->p->title);
	buf_puts(b, " of ");
	xml_text(b, d->p->host);
	if (d->p->since)
		buf_printf(b, ", new and gone since %s", d->p->since);
}

static void sheet_put(struct sheet *d, struct buf *b, struct buf *inner)
{
	auto_buf struct buf title = {0};
	int width, height = d->at.height + HEAD + 2 * MARGIN + (d->at.nlinks ? 44 : 0);

	title_say(d, &title);
	width = d->at.width;
	if ((int)title.len * 10 + 2 * MARGIN > width)
		width = (int)title.len * 10 + 2 * MARGIN;
	buf_printf(b,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
		"height=\"%d\" role=\"img\" aria-labelledby=\"title\">\n"
		"<title id=\"title\">%s</title>\n",
		width, height, width, height, title.s);
	style_put(b);
	buf_printf(b,
		"<rect class=\"paper\" width=\"%d\" height=\"%d\" rx=\"12\"/>\n"
		"<text class=\"ink title\" x=\"%d\" y=\"%d\">%s</text>\n",
		width, height, MARGIN, MARGIN + 14, title.s);
	buf_add(b, inner->s ? inner->s : "", inner->len);
	buf_puts(b, "</svg>\n");
}

static void sheet_draw(struct sheet *d, struct buf *b)
{
	auto_buf struct buf inner = {0};

	d->b = &inner;
	d->measure = true;
	for (size_t i = 0; i < d->at.nboxes; i++) {
		d->y = 0;
		inner_put(d, d->shown[i], &d->at.boxes[i]);
	}
	links_make(d);
	d->at.links = d->links;
	if (layout_make(&d->at))
		return;
	for (size_t i = 0; i < d->at.nboxes; i++) {
		d->at.boxes[i].x += MARGIN;
		d->at.boxes[i].y += MARGIN + HEAD;
	}
	d->at.width += 2 * MARGIN + (d->at.nlinks ? BEND : 0);
	d->measure = false;
	boxes_put(d);
	for (size_t i = 0; i < d->at.nlinks; i++)
		link_put(d, i);
	legend_put(d, d->at.height + HEAD + MARGIN + 34);
	sheet_put(d, b, &inner);
}

void picture_write_svg(const struct picture *p, const struct picture_style *style, struct buf *b)
{
	struct sheet d = {.p = p, .at = {.gap_x = 110, .gap_y = 26, .least = LEAST}};

	d.box = calloc(p->nboxes + 1, sizeof(*d.box));
	d.shown = calloc(p->nboxes + 1, sizeof(*d.shown));
	d.row_y = calloc(p->nrows + 1, sizeof(*d.row_y));
	d.at.boxes = calloc(p->nboxes + 1, sizeof(*d.at.boxes));
	d.links = calloc(p->nlinks + p->nboxes + 1, sizeof(*d.links));
	d.drawn = calloc(p->nlinks + p->nboxes + 1, sizeof(*d.drawn));
	d.below = calloc(p->nboxes + 1, sizeof(*d.below));
	for (uint32_t i = 0; d.box && d.shown && i < p->nboxes; i++) {
		if (p->boxes[i].state != PICTURE_SHOWN)
			continue;
		d.box[i] = (uint32_t)d.at.nboxes;
		d.shown[d.at.nboxes++] = i;
	}
	if (d.box && d.shown && d.row_y && d.at.boxes && d.links && d.drawn && d.below)
		sheet_draw(&d, b);
	free(d.box);
	free(d.shown);
	free(d.row_y);
	free(d.at.boxes);
	free(d.links);
	free(d.drawn);
	free(d.below);
}
