// SPDX-License-Identifier: GPL-2.0-or-later
/* compare.c - a picture and an earlier one: what is new, and what is gone. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/inums.h"
#include "picture/picture.h"

struct comparing {
	struct picture *p;
	const struct picture *was;
	size_t nboxes, nrows;      /* of p, before anything was added */
	struct inums boxes, rows;  /* of p: a: the place + 1; b: it was there */
	uint32_t *box_of, *row_of; /* by those of was: the same in p, PICTURE_NONE: none */
};

/* One that an earlier picture has whenever it was there. */
static bool row_can(const struct picture_row *r)
{
	return (r->what == PICTURE_DEVICE || r->what == PICTURE_OWNED) && r->number;
}

static size_t text_take(struct comparing *c, size_t at)
{
	const char *s = picture_say(c->was, at);

	return picture_text(c->p, s, strlen(s));
}

static int index_make(struct comparing *c)
{
	for (size_t i = 0; i < c->nboxes; i++) {
		const struct picture_box *b = &c->p->boxes[i];
		struct inum_entry *e = b->inum ? inums_put(&c->boxes, b->type, b->inum) : NULL;

		if (b->inum && !e)
			return -ENOMEM;
		if (e)
			e->a = i + 1;
	}
	for (size_t i = 0; i < c->nrows; i++) {
		const struct picture_row *r = &c->p->rows[i];
		struct inum_entry *e = row_can(r) ? inums_put(&c->rows, r->box, r->number) : NULL;

		if (row_can(r) && !e)
			return -ENOMEM;
		if (e)
			e->a = i + 1;
	}
	return 0;
}

/* --- boxes ------------------------------------------------------------------------------------ */

static void box_add(struct comparing *c, uint32_t at)
{
	const struct picture_box *from = &c->was->boxes[at];
	uint32_t box = picture_box(c->p, from->type, from->inum);
	struct picture_box *to = &c->p->boxes[box];

	to->name = text_take(c, from->name);
	to->note = text_take(c, from->note);
	to->kept = text_take(c, from->kept);
	to->kinds = from->kinds;
	to->tone = from->tone;
	to->change = PICTURE_GONE;
	c->box_of[at] = box;
}

static void boxes_compare(struct comparing *c)
{
	for (uint32_t i = 0; i < c->was->nboxes; i++) {
		const struct picture_box *b = &c->was->boxes[i];
		struct inum_entry *e = b->inum ? inums_find(&c->boxes, b->type, b->inum) : NULL;

		if (e) {
			e->b = 1;
			c->box_of[i] = (uint32_t)e->a - 1;
		} else {
			box_add(c, i);
		}
		c->p->boxes[c->box_of[i]].asked |= b->asked;
		c->p->boxes[c->box_of[i]].whole |= b->whole;
	}
	for (uint32_t i = 0; i < c->was->nboxes; i++)
		if (c->box_of[i] >= c->nboxes && c->was->boxes[i].up != PICTURE_NONE)
			c->p->boxes[c->box_of[i]].up = c->box_of[c->was->boxes[i].up];
	for (size_t i = 0; i < c->nboxes; i++) {
		struct picture_box *b = &c->p->boxes[i];
		const struct inum_entry *e =
			b->inum ? inums_find(&c->boxes, b->type, b->inum) : NULL;

		if (e && !e->b)
			b->change = PICTURE_NEW;
	}
}

/* --- rows ------------------------------------------------------------------------------------- */

static void row_add(struct comparing *c, uint32_t at, uint32_t box)
{
	const struct picture_row *from = &c->was->rows[at];
	uint32_t row = picture_row(c->p, box, from->what);
	struct picture_row *to = &c->p->rows[row];

	to->number = from->number;
	to->inside = from->inside;
	to->name = text_take(c, from->name);
	to->note = text_take(c, from->note);
	to->more = text_take(c, from->more);
	to->tone = from->tone;
	to->change = row_can(from) ? PICTURE_GONE : PICTURE_SAME;
	c->row_of[at] = row;
}

/* Of a box that is gone all rows are taken, of another one those that are gone. */
static void row_compare(struct comparing *c, uint32_t at)
{
	const struct picture_row *r = &c->was->rows[at];
	uint32_t box = c->box_of[r->box];
	struct inum_entry *e = row_can(r) ? inums_find(&c->rows, box, r->number) : NULL;

	c->row_of[at] = PICTURE_NONE;
	if (e) {
		e->b = 1;
		c->row_of[at] = (uint32_t)e->a - 1;
	} else if (row_can(r) || box >= c->nboxes) {
		row_add(c, at, box);
	}
	if (c->row_of[at] == PICTURE_NONE)
		return;
	c->p->rows[c->row_of[at]].asked |= r->asked;
	c->p->rows[c->row_of[at]].held |= r->held;
}

static void rows_compare(struct comparing *c)
{
	for (uint32_t i = 0; i < c->was->nrows; i++)
		row_compare(c, i);
	for (uint32_t i = 0; i < c->was->nrows; i++) {
		uint32_t up = c->was->rows[i].up, row = c->row_of[i];

		if (row != PICTURE_NONE && row >= c->nrows && up != PICTURE_NONE)
			c->p->rows[row].up = c->row_of[up];
	}
	for (size_t i = 0; i < c->nrows; i++) {
		struct picture_row *r = &c->p->rows[i];
		const struct inum_entry *e =
			row_can(r) ? inums_find(&c->rows, r->box, r->number) : NULL;

		if (e && !e->b)
			r->change = PICTURE_NEW;
	}
}

/* --- links ------------------------------------------------------------------------------------ */

static bool end_added(const struct comparing *c, uint32_t box, uint32_t row)
{
	return box >= c->nboxes || (row != PICTURE_NONE && row >= c->nrows);
}

/* Of what is gone. */
static void link_take(struct comparing *c, const struct picture_link *l)
{
	uint32_t from = c->row_of[l->from.row], box = c->box_of[l->to.box], to = PICTURE_NONE;

	if (l->to.row != PICTURE_NONE) {
		to = c->row_of[l->to.row];
		if (to == PICTURE_NONE)
			return;
	}
	if (from == PICTURE_NONE ||
		(!end_added(c, c->box_of[l->from.box], from) && !end_added(c, box, to)))
		return;
	if (to == PICTURE_NONE)
		picture_link_box(c->p, l->kind, from, box);
	else
		picture_link(c->p, l->kind, from, to);
}

int picture_compare(struct picture *p, const struct picture *was)
{
	struct comparing c = {.p = p, .was = was, .nboxes = p->nboxes, .nrows = p->nrows};
	int r = -ENOMEM;

	c.box_of = calloc(was->nboxes + 1, sizeof(*c.box_of));
	c.row_of = calloc(was->nrows + 1, sizeof(*c.row_of));
	if (c.box_of && c.row_of)
		r = index_make(&c);
	if (!r) {
		boxes_compare(&c);
		rows_compare(&c);
		for (size_t i = 0; i < was->nlinks; i++)
			link_take(&c, &was->links[i]);
	}
	free(c.box_of);
	free(c.row_of);
	inums_free(&c.boxes);
	inums_free(&c.rows);
	return r;
}
