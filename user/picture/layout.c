// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "picture/layout.h"

#define NONE UINT32_MAX

struct work {
	struct layout *l;
	uint32_t *first, *other; /* links by box: the box at the other end */
	uint32_t *link;          /* and which link it is */
	uint32_t *queue;         /* boxes of a part, by column */
	int64_t *wish; /* by box: where it would be straight opposite to what it is linked to */
	int64_t *from; /* by box: where that is */
};

/* --- who is linked to whom -------------------------------------------------------------------- */

static void links_sort(struct work *w)
{
	const struct layout *l = w->l;

	for (size_t i = 0; i < l->nlinks; i++) {
		w->first[l->links[i].from + 1]++;
		w->first[l->links[i].to + 1]++;
	}
	for (size_t i = 0; i < l->nboxes; i++)
		w->first[i + 1] += w->first[i];
	for (size_t i = 0; i < l->nlinks; i++) {
		const struct layout_link *k = &l->links[i];

		w->link[w->first[k->from]] = (uint32_t)i;
		w->other[w->first[k->from]++] = k->to;
		w->link[w->first[k->to]] = (uint32_t)i;
		w->other[w->first[k->to]++] = k->from;
	}
	memmove(w->first + 1, w->first, l->nboxes * sizeof(*w->first));
	w->first[0] = 0;
}

/* The boxes that root is linked to, over others: how many, in w->queue by column. */
static uint32_t part_find(struct work *w, uint32_t root, uint32_t part)
{
	struct layout_box *boxes = w->l->boxes;
	uint32_t n = 0;

	boxes[root].part = part;
	boxes[root].column = 0;
	w->queue[n++] = root;
	for (uint32_t at = 0; at < n; at++) {
		uint32_t box = w->queue[at];

		for (uint32_t k = w->first[box]; k < w->first[box + 1]; k++) {
			struct layout_box *other = &boxes[w->other[k]];

			if (other->part != NONE)
				continue;
			other->part = part;
			other->column = boxes[box].column + 1;
			w->queue[n++] = w->other[k];
		}
	}
	return n;
}

/* --- columns ---------------------------------------------------------------------------------- */

/* Where the links from the column before begin, and where the box would be opposite: on average. */
static void wish_find(const struct work *w, uint32_t box)
{
	const struct layout *l = w->l;
	int64_t sum = 0, from_sum = 0, n = 0;

	for (uint32_t k = w->first[box]; k < w->first[box + 1]; k++) {
		const struct layout_link *link = &l->links[w->link[k]];
		bool from = link->from == box;
		const struct layout_box *other = &l->boxes[from ? link->to : link->from];

		if (other->column + 1 != l->boxes[box].column)
			continue;
		from_sum += other->y + (from ? link->to_y : link->from_y);
		sum += other->y + (from ? link->to_y : link->from_y) -
		       (from ? link->from_y : link->to_y);
		n++;
	}
	w->wish[box] = n ? sum / n : 0;
	w->from[box] = n ? from_sum / n : 0;
}

static const struct work *sorted;

static int from_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (sorted->from[x] != sorted->from[y])
		return sorted->from[x] < sorted->from[y] ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* One below the other, as a whole as near to what they are linked to as it gets. */
static void column_place(struct work *w, uint32_t *boxes, uint32_t n, int x)
{
	struct layout *l = w->l;
	int64_t off = 0;
	int y = 0;

	for (uint32_t i = 0; i < n; i++)
		wish_find(w, boxes[i]);
	sorted = w;
	qsort(boxes, n, sizeof(*boxes), from_cmp);
	for (uint32_t i = 0; i < n; i++) {
		struct layout_box *b = &l->boxes[boxes[i]];

		b->x = x;
		b->y = y;
		b->order = i;
		off += w->wish[boxes[i]] - y;
		y += b->height + l->gap_y;
	}
	for (uint32_t i = 0; i < n; i++)
		l->boxes[boxes[i]].y += (int)(off / n);
}

/* All columns of a part, which begins at the height top. Its lower edge. */
static int part_place(struct work *w, uint32_t n, int top)
{
	struct layout *l = w->l;
	int x = 0, least = 0, bottom = top;
	uint32_t end;

	for (uint32_t i = 0; i < n; i = end) {
		int width = 0;

		for (end = i;
			end < n && l->boxes[w->queue[end]].column == l->boxes[w->queue[i]].column;
			end++)
			if (l->boxes[w->queue[end]].width > width)
				width = l->boxes[w->queue[end]].width;
		column_place(w, w->queue + i, end - i, x);
		x += width + l->gap_x;
	}
	for (uint32_t i = 0; i < n; i++)
		if (l->boxes[w->queue[i]].y < least)
			least = l->boxes[w->queue[i]].y;
	for (uint32_t i = 0; i < n; i++) {
		struct layout_box *b = &l->boxes[w->queue[i]];

		b->y += top - least;
		if (b->y + b->height > bottom)
			bottom = b->y + b->height;
	}
	if (x - l->gap_x > l->width)
		l->width = x - l->gap_x;
	return bottom;
}

/* Boxes without a link, beside each other. */
static void alone_place(struct layout *l, int top)
{
	int x = 0, y = top, high = 0, most = l->width > l->least ? l->width : l->least;

	for (size_t i = 0; i < l->nboxes; i++) {
		struct layout_box *b = &l->boxes[i];

		if (!b->alone)
			continue;
		if (x && x + b->width > most) {
			x = 0;
			y += high + l->gap_y;
			high = 0;
		}
		b->x = x;
		b->y = y;
		x += b->width + l->gap_y;
		if (b->height > high)
			high = b->height;
		if (b->x + b->width > l->width)
			l->width = b->x + b->width;
		if (b->y + b->height > l->height)
			l->height = b->y + b->height;
	}
}

static void parts_place(struct work *w)
{
	struct layout *l = w->l;
	uint32_t part = 0;
	int top = 0;

	for (size_t i = 0; i < l->nboxes; i++)
		l->boxes[i].part = NONE;
	for (uint32_t i = 0; i < l->nboxes; i++) {
		uint32_t n;

		if (l->boxes[i].part != NONE)
			continue;
		n = part_find(w, i, part++);
		l->boxes[i].alone = n == 1;
		if (n == 1)
			continue;
		l->height = part_place(w, n, top);
		top = l->height + l->gap_y;
	}
	alone_place(l, top);
}

int layout_make(struct layout *l)
{
	struct work w = {.l = l};
	int r = -ENOMEM;

	l->width = l->height = 0;
	w.first = calloc(l->nboxes + 2, sizeof(*w.first));
	w.other = calloc(2 * l->nlinks + 1, sizeof(*w.other));
	w.link = calloc(2 * l->nlinks + 1, sizeof(*w.link));
	w.queue = calloc(l->nboxes + 1, sizeof(*w.queue));
	w.wish = calloc(l->nboxes + 1, sizeof(*w.wish));
	w.from = calloc(l->nboxes + 1, sizeof(*w.from));
	if (w.first && w.other && w.link && w.queue && w.wish && w.from) {
		links_sort(&w);
		parts_place(&w);
		r = 0;
	}
	free(w.first);
	free(w.other);
	free(w.link);
	free(w.queue);
	free(w.wish);
	free(w.from);
	return r;
}
