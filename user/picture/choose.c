// SPDX-License-Identifier: GPL-2.0-or-later
/* choose.c - of a picture, what was asked for and what one link leads to. */
#include "picture/picture.h"

void picture_ask_box(struct picture *p, uint32_t box)
{
	p->boxes[box].asked = p->boxes[box].whole = true;
}

void picture_ask_row(struct picture *p, uint32_t row)
{
	p->boxes[p->rows[row].box].asked = true;
	p->rows[row].asked = p->rows[row].held = true;
}

/* It is asked for, or something that it hangs below is; rows above it are bounded, see picture.c.
 */
static bool row_asked(const struct picture *p, uint32_t row)
{
	for (size_t steps = 0; row != PICTURE_NONE && steps <= p->nrows; steps++) {
		if (p->rows[row].asked)
			return true;
		row = p->rows[row].up;
	}
	return false;
}

static void row_keep(struct picture *p, uint32_t row)
{
	for (; row != PICTURE_NONE && p->rows[row].state != PICTURE_SHOWN; row = p->rows[row].up) {
		p->rows[row].state = PICTURE_SHOWN;
		p->boxes[p->rows[row].box].state = PICTURE_SHOWN;
	}
}

/* The user asked for what is at this end: the row, the box with all rows. */
static bool end_asked(const struct picture *p, const struct picture_end *e)
{
	if (p->boxes[e->box].whole)
		return true;
	return e->row == PICTURE_NONE ? p->boxes[e->box].asked : p->rows[e->row].asked;
}

static void end_keep(struct picture *p, const struct picture_end *e)
{
	p->boxes[e->box].state = PICTURE_SHOWN;
	if (e->row != PICTURE_NONE)
		row_keep(p, e->row);
}

void picture_choose(struct picture *p)
{
	for (uint32_t i = 0; i < p->nrows; i++)
		if (!p->boxes[p->rows[i].box].whole && row_asked(p, i))
			p->rows[i].asked = true;
	for (size_t i = 0; i < p->nboxes; i++)
		p->boxes[i].state = p->boxes[i].asked ? PICTURE_SHOWN : PICTURE_LEFT;
	for (size_t i = 0; i < p->nrows; i++)
		p->rows[i].state = PICTURE_LEFT;
	for (uint32_t i = 0; i < p->nrows; i++) {
		if (p->boxes[p->rows[i].box].whole)
			p->rows[i].state = PICTURE_SHOWN;
		else if (p->rows[i].asked)
			row_keep(p, i);
	}
	for (size_t i = 0; i < p->nlinks; i++) {
		const struct picture_link *l = &p->links[i];

		if (!end_asked(p, &l->from) && !end_asked(p, &l->to))
			continue;
		end_keep(p, &l->from);
		end_keep(p, &l->to);
	}
	for (size_t i = 0; i < p->nboxes; i++) {
		uint32_t up = p->boxes[i].up;

		if (up == PICTURE_NONE)
			continue;
		if (p->boxes[i].asked)
			p->boxes[up].state = PICTURE_SHOWN;
		if (p->boxes[up].whole)
			p->boxes[i].state = PICTURE_SHOWN;
	}
}
