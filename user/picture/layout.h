/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout.h - where boxes stand in a drawing, the same for the same boxes everywhere.
 *
 * Boxes that are linked stand in columns: the first of them in the first column, and each other in
 * the column whose number is how many links lead there. So a link leads to the next column at most.
 * In a column they are in the order of what they are linked to. Boxes without a link stand in rows
 * below.
 */
#ifndef NSWATCH_PICTURE_LAYOUT_H
#define NSWATCH_PICTURE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All in pixels. */
struct layout_box {
	int width, height; /* of the caller */
	int x, y;
	uint32_t column, part; /* part: of boxes that are linked; */
	uint32_t order;        /* place in its column */
	bool alone;            /* no link leads to another box */
};

struct layout_link {
	uint32_t from, to; /* boxes */
	int from_y, to_y;  /* where it ends, from the upper edge of the box */
};

struct layout {
	struct layout_box *boxes;
	size_t nboxes;
	const struct layout_link *links;
	size_t nlinks;
	int gap_x, gap_y; /* between columns, between boxes */
	int least;        /* the width up to which boxes without a link stand beside each other */
	int width, height;
};

/* 0 or -ENOMEM. */
int layout_make(struct layout *l);

#endif
