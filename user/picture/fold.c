// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fold.c - of a picture, one of several leaves that are alike stands for all of them: boxes that
 * are linked to the same in the same way, and rows below the same one.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "picture/picture.h"
#include "lib/hash.h"

struct leaf {
	uint64_t is; /* hash of all in which leaves must be alike */
	uint32_t at;
	bool can;
};

static int leaf_cmp(const void *a, const void *b)
{
	const struct leaf *x = a, *y = b;

	if (x->is != y->is)
		return x->is < y->is ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void is_add(uint64_t *is, uint64_t v)
{
	*is = hash_add(*is, &v, sizeof(v));
}

static void is_text(const struct picture *p, uint64_t *is, size_t text)
{
	const char *s = picture_say(p, text);

	*is = hash_add(*is, s, strlen(s) + 1);
}

/* --- boxes ------------------------------------------------------------------------------------ */

static void row_is(const struct picture *p, const struct picture_row *r, uint64_t *is)
{
	is_add(is, (uint64_t)r->change << 16 | (uint64_t)r->what << 8 | r->tone);
	is_text(p, is, r->name);
	is_text(p, is, r->note);
	is_text(p, is, r->more);
}

/* A link of a leaf: to what, and as what. false: the other end has more than this link. */
static bool link_is(struct picture *p, const struct picture_link *l, bool from, uint64_t *is)
{
	const struct picture_end *near = from ? &l->from : &l->to, *far = from ? &l->to : &l->from;
	const struct picture_row *r = far->row == PICTURE_NONE ? NULL : &p->rows[far->row];

	if (near->box == far->box)
		return false;
	/* Which of two peers comes first is a matter of their namespaces' numbers. */
	is_add(is, (uint64_t)l->kind << 1 | (from && l->kind != PICTURE_PEER));
	if (near->row != PICTURE_NONE)
		is_text(p, is, p->rows[near->row].name);
	is_add(is, far->box);
	if (!r)
		return true;
	is_add(is, r->up);
	is_text(p, is, r->note);
	is_text(p, is, r->more);
	return r->links == 1 && !r->below && !r->held;
}

static struct leaf *leaves_make(struct picture *p)
{
	struct leaf *leaves = calloc(p->nboxes + 1, sizeof(*leaves));

	for (uint32_t i = 0; leaves && i < p->nboxes; i++) {
		const struct picture_box *b = &p->boxes[i];
		uint64_t is = HASH_BEGIN;

		is_add(&is, (uint64_t)b->type << 32 | b->up);
		is_add(&is, (uint64_t)b->kinds << 32 | (uint64_t)b->change << 16 | b->tone);
		is_text(p, &is, b->note);
		leaves[i] = (struct leaf){is, i, b->state == PICTURE_SHOWN && !b->asked};
	}
	return leaves;
}

static void leaves_fill(struct picture *p, struct leaf *leaves)
{
	for (size_t i = 0; i < p->nboxes; i++)
		if (p->boxes[i].up != PICTURE_NONE)
			leaves[p->boxes[i].up].can = false;
	for (size_t i = 0; i < p->nrows; i++)
		if (p->rows[i].state == PICTURE_SHOWN)
			row_is(p, &p->rows[i], &leaves[p->rows[i].box].is);
	for (size_t i = 0; i < p->nlinks; i++) {
		const struct picture_link *l = &p->links[i];
		struct leaf *from = &leaves[l->from.box], *to = &leaves[l->to.box];

		if (!picture_link_shown(p, l))
			continue;
		from->can = link_is(p, l, true, &from->is) && from->can;
		to->can = link_is(p, l, false, &to->is) && to->can;
	}
}

/* What a leaf's links lead to goes where the leaf goes. */
static void ends_fold(struct picture *p, const uint32_t *count)
{
	for (size_t i = 0; i < p->nlinks; i++) {
		const struct picture_link *l = &p->links[i];
		const struct picture_end *ends[] = {&l->from, &l->to};

		for (int e = 0; e < 2; e++) {
			uint32_t n = count[ends[e]->box], far = ends[!e]->row;

			if (far == PICTURE_NONE || p->rows[far].state != PICTURE_SHOWN)
				continue;
			if (n == PICTURE_NONE)
				p->rows[far].state = PICTURE_ALIKE;
			else if (n > 1)
				p->rows[far].count = n;
		}
	}
}

static void boxes_fold(struct picture *p)
{
	struct leaf *leaves = leaves_make(p);
	uint32_t *count = calloc(p->nboxes + 1, sizeof(*count)); /* NONE: another stands for it */
	size_t n = 0, end;

	if (!leaves || !count)
		goto done;
	leaves_fill(p, leaves);
	for (size_t i = 0; i < p->nboxes; i++)
		if (leaves[i].can)
			leaves[n++] = leaves[i];
	qsort(leaves, n, sizeof(*leaves), leaf_cmp);
	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n && leaves[end].is == leaves[i].is; end++)
			;
		if (end - i < PICTURE_FOLD_LEAST)
			continue;
		count[leaves[i].at] = p->boxes[leaves[i].at].count = (uint32_t)(end - i);
		for (size_t k = i + 1; k < end; k++) {
			count[leaves[k].at] = PICTURE_NONE;
			p->boxes[leaves[k].at].state = PICTURE_ALIKE;
		}
	}
	ends_fold(p, count);
done:
	free(leaves);
	free(count);
}

/* --- rows ------------------------------------------------------------------------------------- */

/* Devices are made with numbers behind their names. */
static size_t stem(const char *s)
{
	size_t len = strlen(s);

	while (len && isdigit((unsigned char)s[len - 1]))
		len--;
	return len;
}

static bool row_is_leaf(const struct picture *p, const struct picture_row *r)
{
	return r->state == PICTURE_SHOWN && p->boxes[r->box].state == PICTURE_SHOWN && !r->links &&
	       !r->below && !r->held && r->what != PICTURE_MORE && r->count == 1;
}

static void rows_fold(struct picture *p)
{
	struct leaf *leaves = calloc(p->nrows + 1, sizeof(*leaves));
	size_t n = 0, end;

	for (uint32_t i = 0; leaves && i < p->nrows; i++) {
		const struct picture_row *r = &p->rows[i];
		const char *name = picture_say(p, r->name);
		uint64_t is = HASH_BEGIN;

		if (!row_is_leaf(p, r))
			continue;
		is_add(&is, (uint64_t)r->box << 32 | r->up);
		is_add(&is, (uint64_t)r->change << 16 | (uint64_t)r->what << 8 | r->tone);
		is = hash_add(is, name, r->what == PICTURE_OWNED ? 3 : stem(name));
		if (r->what == PICTURE_DEVICE)
			is_text(p, &is, r->note);
		is_text(p, &is, r->more);
		leaves[n++] = (struct leaf){is, i, true};
	}
	if (leaves)
		qsort(leaves, n, sizeof(*leaves), leaf_cmp);
	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n && leaves[end].is == leaves[i].is; end++)
			;
		if (end - i < PICTURE_FOLD_LEAST)
			continue;
		p->rows[leaves[i].at].count = (uint32_t)(end - i);
		for (size_t k = i + 1; k < end; k++)
			p->rows[leaves[k].at].state = PICTURE_ALIKE;
	}
	free(leaves);
}

/* Of a box with too many rows those stay that say something of others, and the first process. */
static void rows_leave(struct picture *p)
{
	uint32_t *n = calloc(p->nboxes + 1, sizeof(*n));

	for (size_t i = 0; n && i < p->nrows; i++)
		n[p->rows[i].box] += p->rows[i].state == PICTURE_SHOWN;
	/* A bridge stays for its ports. */
	for (size_t i = 0; n && i < p->nrows; i++) {
		uint32_t up = p->rows[i].up;

		if (p->rows[i].what == PICTURE_DEVICE && p->rows[i].links && up != PICTURE_NONE)
			p->rows[up].held = true;
	}
	for (size_t i = 0; n && i < p->nrows; i++) {
		struct picture_row *r = &p->rows[i];

		if (r->state == PICTURE_SHOWN && n[r->box] > PICTURE_ROWS_MOST && !r->links &&
			!r->held && !r->change && r->inside != 1 && r->what != PICTURE_MORE &&
			r->what != PICTURE_OWNED && !p->boxes[r->box].whole)
			r->state = PICTURE_LEFT;
	}
	free(n);
}

void picture_fold(struct picture *p)
{
	picture_count(p);
	boxes_fold(p);
	picture_count(p);
	rows_fold(p);
	picture_count(p);
	rows_leave(p);
}
