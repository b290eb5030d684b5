// SPDX-License-Identifier: GPL-2.0-or-later
/* dot.c - a picture in the language of Graphviz: a cluster for each box, a node for each row. */
#include <string.h>

#include "out/escape.h"
#include "picture/format.h"

/*
 * The inside of a quoted string: a backslash, which begins an escape there, a quote, and '&', which
 * begins an entity.
 */
static void quoted(struct buf *b, const char *s)
{
	auto_buf struct buf safe = {0};

	escape_text(&safe, s, strlen(s));
	for (size_t i = 0; i < safe.len; i++) {
		if (safe.s[i] == '&') {
			buf_puts(b, "&amp;");
			continue;
		}
		if (safe.s[i] == '\\' || safe.s[i] == '"')
			buf_putc(b, '\\');
		buf_putc(b, safe.s[i]);
	}
}

static void line(struct buf *b, const char *before, const char *s)
{
	if (!*s)
		return;
	buf_puts(b, before);
	quoted(b, s);
}

static void count_put(struct buf *b, uint32_t count)
{
	if (count > 1)
		buf_printf(b, " \303\227%u", count);
}

static const char *const tones[PICTURE_TONES] = {
	[PICTURE_PLAIN] = "",
	[PICTURE_DIM] = ", color=\"#8c959f\", fontcolor=\"#6e7781\"",
	[PICTURE_GOOD] = ", color=\"#1a7f37\"",
	[PICTURE_WARN] = ", color=\"#9a6700\"",
	[PICTURE_BAD] = ", color=\"#cf222e\"",
};

static const char *const changes[PICTURE_CHANGES] = {
	[PICTURE_NEW] = "color=\"#1a7f37\", fontcolor=\"#1a7f37\"",
	[PICTURE_GONE] = "color=\"#cf222e\", fontcolor=\"#cf222e\"",
};

static void row_put(const struct picture *p, uint32_t row, struct buf *b)
{
	const struct picture_row *r = &p->rows[row];

	buf_printf(b, "\t\tr%u [label=\"", row);
	quoted(b, picture_say(p, r->name));
	count_put(b, r->count);
	picture_change_say(r->change, b);
	line(b, "\\n", picture_say(p, r->note));
	for (const char *s = picture_say(p, r->more), *end; *s; s = end + (*end == '\n')) {
		auto_buf struct buf one = {0};

		end = strchrnul(s, '\n');
		buf_add(&one, s, (size_t)(end - s));
		line(b, "\\n", one.s);
	}
	if (r->change)
		buf_printf(b, "\", %s];\n", changes[r->change]);
	else
		buf_printf(b, "\"%s];\n", tones[r->tone]);
}

static void box_put(const struct picture *p, uint32_t box, struct buf *b)
{
	const struct picture_box *at = &p->boxes[box];

	buf_printf(b, "\tsubgraph cluster_%u {\n\t\tlabel=\"", box);
	picture_box_id(p, box, b);
	count_put(b, at->count);
	picture_change_say(at->change, b);
	line(b, "\\n", picture_say(p, at->name));
	line(b, "\\n", picture_say(p, at->note));
	line(b, "\\nkept by ", picture_say(p, at->kept));
	buf_printf(b, "\";\n\t\tstyle=%s;\n",
		at->tone == PICTURE_BAD ? "\"rounded,dashed\"" : "rounded");
	if (at->change)
		buf_printf(b, "\t\tgraph [%s];\n", changes[at->change]);
	/* Links to the box as a whole end at this point. */
	buf_printf(b, "\t\tb%u [shape=point, style=invis];\n", box);
	for (uint32_t i = 0; i < at->nrows; i++)
		row_put(p, p->order[at->first + i], b);
	for (uint32_t i = 0; i < at->nrows; i++) {
		uint32_t row = p->order[at->first + i];

		if (p->rows[row].up != PICTURE_NONE)
			buf_printf(b, "\t\tr%u -> r%u [dir=none, color=\"#8c959f\"];\n",
				p->rows[row].up, row);
	}
	buf_puts(b, "\t}\n");
}

static void end_put(const struct picture_end *e, struct buf *b)
{
	if (e->row == PICTURE_NONE)
		buf_printf(b, "b%u", e->box);
	else
		buf_printf(b, "r%u", e->row);
}

static void link_put(const struct picture_link *l, struct buf *b)
{
	const struct picture_words *w = &picture_words[l->kind];

	buf_putc(b, '\t');
	end_put(&l->from, b);
	buf_puts(b, " -> ");
	end_put(&l->to, b);
	buf_printf(b, " [dir=%s, style=%s", w->arrow ? "forward" : "none",
		w->dashed ? "dashed" : "solid");
	if (l->kind != PICTURE_PEER && l->kind != PICTURE_BELOW)
		buf_printf(b, ", label=\"%s\"", w->says);
	if (l->from.row == PICTURE_NONE)
		buf_printf(b, ", ltail=cluster_%u", l->from.box);
	if (l->to.row == PICTURE_NONE)
		buf_printf(b, ", lhead=cluster_%u", l->to.box);
	buf_puts(b, "];\n");
}

void picture_write_dot(const struct picture *p, const struct picture_style *style, struct buf *b)
{
	buf_puts(b, "digraph nswatch {\n\tlabel=\"");
	quoted(b, p->title);
	buf_puts(b, " of ");
	quoted(b, p->host);
	if (p->since)
		buf_printf(b, ", new and gone since %s", p->since);
	buf_puts(b, "\";\n\tlabelloc=t;\n\trankdir=LR;\n\tcompound=true;\n"
		    "\tfontname=monospace;\n"
		    "\tnode [shape=box, style=rounded, fontname=monospace, fontsize=11];\n"
		    "\tedge [fontname=monospace, fontsize=10];\n");
	for (uint32_t i = 0; i < p->nboxes; i++)
		if (p->boxes[i].state == PICTURE_SHOWN)
			box_put(p, i, b);
	for (size_t i = 0; i < p->nlinks; i++)
		if (picture_link_shown(p, &p->links[i]))
			link_put(&p->links[i], b);
	for (uint32_t i = 0; i < p->nboxes; i++)
		if (picture_below_shown(p, i))
			link_put(&(struct picture_link){{p->boxes[i].up, PICTURE_NONE},
					 {i, PICTURE_NONE}, PICTURE_BELOW},
				b);
	buf_puts(b, "}\n");
}
