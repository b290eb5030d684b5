// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "picture/picture.h"
#include "lib/array.h"

void picture_free(struct picture *p)
{
	free(p->boxes);
	free(p->rows);
	free(p->links);
	free(p->order);
	free(p->ends);
	buf_free(&p->text);
	*p = (struct picture){0};
}

static void room_check(int r)
{
	if (!r)
		return;
	fputs("nswatch: out of memory\n", stderr);
	exit(1);
}

size_t picture_text(struct picture *p, const char *s, size_t len)
{
	size_t at;

	if (!len)
		return 0;
	if (!p->text.len)
		buf_add(&p->text, "", 1);
	at = p->text.len;
	buf_add(&p->text, s, len);
	buf_add(&p->text, "", 1);
	return at;
}

uint32_t picture_box(struct picture *p, uint32_t type, uint32_t inum)
{
	room_check(ARRAY_ROOM(p->boxes, p->boxes_cap, p->nboxes));
	p->boxes[p->nboxes] =
		(struct picture_box){.type = type, .inum = inum, .up = PICTURE_NONE, .count = 1};
	return (uint32_t)p->nboxes++;
}

uint32_t picture_row(struct picture *p, uint32_t box, enum picture_what what)
{
	room_check(ARRAY_ROOM(p->rows, p->rows_cap, p->nrows));
	p->rows[p->nrows] =
		(struct picture_row){.box = box, .up = PICTURE_NONE, .count = 1, .what = what};
	return (uint32_t)p->nrows++;
}

static void link_add(struct picture *p, const struct picture_link *l)
{
	room_check(ARRAY_ROOM(p->links, p->links_cap, p->nlinks));
	p->links[p->nlinks++] = *l;
}

void picture_link(struct picture *p, enum picture_kind kind, uint32_t from, uint32_t to)
{
	link_add(p, &(struct picture_link){{p->rows[from].box, from}, {p->rows[to].box, to}, kind});
}

void picture_link_box(struct picture *p, enum picture_kind kind, uint32_t from, uint32_t box)
{
	link_add(p, &(struct picture_link){{p->rows[from].box, from}, {box, PICTURE_NONE}, kind});
}

uint32_t picture_find(const struct picture *p, uint32_t inum)
{
	for (uint32_t i = 0; i < p->nboxes; i++)
		if (p->boxes[i].inum == inum)
			return i;
	return PICTURE_NONE;
}

static bool end_shown(const struct picture *p, const struct picture_end *e)
{
	return p->boxes[e->box].state == PICTURE_SHOWN &&
	       (e->row == PICTURE_NONE || p->rows[e->row].state == PICTURE_SHOWN);
}

bool picture_link_shown(const struct picture *p, const struct picture_link *l)
{
	return end_shown(p, &l->from) && end_shown(p, &l->to);
}

void picture_count(struct picture *p)
{
	for (size_t i = 0; i < p->nrows; i++)
		p->rows[i].links = p->rows[i].below = 0;
	for (size_t i = 0; i < p->nrows; i++)
		if (p->rows[i].state == PICTURE_SHOWN && p->rows[i].up != PICTURE_NONE)
			p->rows[p->rows[i].up].below++;
	for (size_t i = 0; i < p->nlinks; i++) {
		const struct picture_link *l = &p->links[i];

		if (!picture_link_shown(p, l))
			continue;
		if (l->from.row != PICTURE_NONE)
			p->rows[l->from.row].links++;
		if (l->to.row != PICTURE_NONE)
			p->rows[l->to.row].links++;
	}
}

/* --- in order --------------------------------------------------------------------------------- */

/* How many were left out of each box becomes a row of it. */
static void left_tell(struct picture *p)
{
	uint32_t *left = calloc(p->nboxes + 1, sizeof(*left));
	size_t n = p->nrows;

	room_check(left ? 0 : -ENOMEM);
	for (size_t i = 0; i < n; i++)
		if (p->rows[i].state == PICTURE_LEFT)
			left[p->rows[i].box] += p->rows[i].count;
	for (uint32_t i = 0; i < p->nboxes; i++) {
		auto_buf struct buf b = {0};
		uint32_t row;

		if (!left[i] || p->boxes[i].state != PICTURE_SHOWN)
			continue;
		row = picture_row(p, i, PICTURE_MORE);
		buf_printf(&b, "%u more %s", left[i], left[i] == 1 ? p->thing : p->things);
		p->rows[row].name = picture_text(p, b.s, b.len);
		p->rows[row].number = left[i];
		p->rows[row].tone = PICTURE_DIM;
	}
	free(left);
}

struct ordering {
	struct picture *p;
	uint32_t *first, *next, *last; /* by row: its children; behind these by box: its roots */
	uint32_t n;
};

static void ordering_add(struct ordering *o, size_t at, uint32_t row)
{
	if (o->first[at] == PICTURE_NONE)
		o->first[at] = row;
	else
		o->next[o->last[at]] = row;
	o->last[at] = row;
}

/* A row with all below it, without recursion: a chain of processes may be long. */
static void ordering_walk(struct ordering *o, uint32_t row)
{
	struct picture_row *rows = o->p->rows;
	uint32_t depth = 0, top = row;

	while (row != PICTURE_NONE) {
		rows[row].depth = depth;
		rows[row].next = o->next[row] != PICTURE_NONE;
		o->p->order[o->n++] = row;
		if (o->first[row] != PICTURE_NONE) {
			row = o->first[row];
			depth++;
			continue;
		}
		while (row != top && o->next[row] == PICTURE_NONE) {
			row = rows[row].up;
			depth--;
		}
		row = row == top ? PICTURE_NONE : o->next[row];
	}
}

/* The nearest row above that is shown. A circle of rows is cut. */
static uint32_t above(const struct picture *p, uint32_t row)
{
	uint32_t up = p->rows[row].up;

	for (size_t steps = 0; up != PICTURE_NONE; up = p->rows[up].up)
		if (up == row || steps++ > p->nrows)
			return PICTURE_NONE;
		else if (p->rows[up].state == PICTURE_SHOWN)
			return up;
	return PICTURE_NONE;
}

/* Rows that end in a circle further up, too, would never be reached. */
static void ups_settle(struct picture *p)
{
	uint8_t *seen = calloc(p->nrows + 1, 1); /* 1: on the way, 2: ends at a root */

	room_check(seen ? 0 : -ENOMEM);
	for (uint32_t i = 0; i < p->nrows; i++)
		if (p->rows[i].state == PICTURE_SHOWN)
			p->rows[i].up = above(p, i);
	for (uint32_t i = 0; i < p->nrows; i++) {
		uint32_t at = i, last = PICTURE_NONE;

		for (; at != PICTURE_NONE && !seen[at]; last = at, at = p->rows[at].up)
			seen[at] = 1;
		if (at != PICTURE_NONE && seen[at] == 1)
			p->rows[last].up = PICTURE_NONE;
		for (at = i; at != PICTURE_NONE && seen[at] == 1; at = p->rows[at].up)
			seen[at] = 2;
	}
	free(seen);
}

/* Whether the link ends in the box: at one end or at both. */
static bool ends_in(const struct picture *p, const struct picture_link *l, int end)
{
	return !end || l->to.box != l->from.box;
}

static void ends_sort(struct picture *p)
{
	uint32_t at = 0;

	p->ends = malloc((2 * p->nlinks + 1) * sizeof(*p->ends));
	room_check(p->ends ? 0 : -ENOMEM);
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < p->nlinks; i++) {
			const struct picture_link *l = &p->links[i];

			for (int e = 0; e < 2 && picture_link_shown(p, l); e++) {
				struct picture_box *b = &p->boxes[e ? l->to.box : l->from.box];

				if (!ends_in(p, l, e))
					continue;
				if (pass)
					p->ends[b->first_link + b->nlinks] = i;
				b->nlinks++;
			}
		}
		for (size_t i = 0; i < p->nboxes && !pass; i++) {
			p->boxes[i].first_link = at;
			at += p->boxes[i].nlinks;
			p->boxes[i].nlinks = 0;
		}
	}
}

static const struct picture *named;

static int name_cmp(const void *a, const void *b)
{
	return strcmp(picture_say(named, named->boxes[*(const uint32_t *)a].name),
		picture_say(named, named->boxes[*(const uint32_t *)b].name));
}

/* Boxes of one name need more to be told apart. */
static void namesakes_find(struct picture *p)
{
	uint32_t *boxes = malloc((p->nboxes + 1) * sizeof(*boxes));

	room_check(boxes ? 0 : -ENOMEM);
	for (uint32_t i = 0; i < p->nboxes; i++)
		boxes[i] = i;
	named = p;
	qsort(boxes, p->nboxes, sizeof(*boxes), name_cmp);
	for (size_t i = 1; i < p->nboxes; i++)
		if (p->boxes[boxes[i]].name && !name_cmp(&boxes[i - 1], &boxes[i]))
			p->boxes[boxes[i - 1]].namesake = p->boxes[boxes[i]].namesake = true;
	free(boxes);
}

void picture_finish(struct picture *p)
{
	struct ordering o = {.p = p};
	size_t n;

	left_tell(p);
	ups_settle(p);
	n = p->nrows + p->nboxes + 1;
	o.first = malloc(n * sizeof(*o.first));
	o.next = malloc(n * sizeof(*o.next));
	o.last = malloc(n * sizeof(*o.last));
	p->order = malloc(n * sizeof(*p->order));
	room_check(o.first && o.next && o.last && p->order ? 0 : -ENOMEM);
	memset(o.first, 0xff, n * sizeof(*o.first));
	memset(o.next, 0xff, n * sizeof(*o.next));
	for (uint32_t i = 0; i < p->nrows; i++)
		if (p->rows[i].state == PICTURE_SHOWN)
			ordering_add(&o,
				p->rows[i].up == PICTURE_NONE ? p->nrows + p->rows[i].box
							      : p->rows[i].up,
				i);
	for (uint32_t i = 0; i < p->nboxes; i++) {
		p->boxes[i].first = o.n;
		if (p->boxes[i].state != PICTURE_SHOWN)
			continue;
		for (uint32_t row = o.first[p->nrows + i]; row != PICTURE_NONE; row = o.next[row])
			ordering_walk(&o, row);
		p->boxes[i].nrows = o.n - p->boxes[i].first;
	}
	free(o.first);
	free(o.next);
	free(o.last);
	picture_count(p);
	ends_sort(p);
	namesakes_find(p);
}
