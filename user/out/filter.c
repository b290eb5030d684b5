// SPDX-License-Identifier: GPL-2.0-or-later
/* filter.c - runs a compiled filter on a row. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out/filter.h"
#include "out/filter_tree.h"

#define CMP_NEVER 0 /* neither less, equal nor greater */

static bool node_true(const struct filter *f, int i, const void *row);

/* --- numbers --- */

int filter_scan_num(const char *s, size_t len, struct filter_val *ret)
{
	unsigned int base =
		len > 2 && s[0] == '0' && (s[1] | 0x20) == 'x' && isxdigit((unsigned char)s[2])
			? 16
			: 10;
	size_t i = base == 16 ? 2 : 0, start = i;
	double scale = 1, frac = 0;
	uint64_t v = 0;

	for (; i < len && isxdigit((unsigned char)s[i]); i++) {
		unsigned int digit = isdigit((unsigned char)s[i])
					     ? (unsigned int)(s[i] - '0')
					     : (unsigned int)((s[i] | 0x20) - 'a' + 10);

		if (digit >= base)
			break;
		if (v > (UINT64_MAX - digit) / base)
			return -1;
		v = v * base + digit;
	}
	if (i == start)
		return 0;
	if (base == 10 && i + 1 < len && s[i] == '.' && isdigit((unsigned char)s[i + 1])) {
		for (i++; i < len && isdigit((unsigned char)s[i]); i++) {
			scale /= 10;
			frac += (s[i] - '0') * scale;
		}
		filter_val_float(ret, (double)v + frac);
	} else {
		filter_val_u64(ret, v);
	}
	return (int)i;
}

bool filter_text_num(const char *s, size_t len, struct filter_val *ret)
{
	struct filter_val v = {0};
	bool minus = len && s[0] == '-';

	s += minus;
	len -= minus;
	if (!len || len > 64 || filter_scan_num(s, len, &v) != (int)len)
		return false;
	if (v.has & FILTER_FLOAT) {
		filter_val_float(ret, minus ? -v.flt : v.flt);
		return true;
	}
	if (minus && v.num > (uint64_t)INT64_MAX + 1)
		return false;
	ret->has |= FILTER_NUM;
	ret->num = minus ? 0 - v.num : v.num;
	ret->neg = minus && v.num;
	return true;
}

static double val_double(const struct filter_val *v)
{
	if (v->has & FILTER_FLOAT)
		return v->flt;
	return v->neg ? (double)(int64_t)v->num : (double)v->num;
}

static unsigned int outcome_of(int less, int equal)
{
	return less ? CMP_LT : equal ? CMP_EQ : CMP_GT;
}

/* Gives a value its number where only its text says it. */
static bool val_need_num(struct filter_val *v)
{
	if (v->has & (FILTER_NUM | FILTER_FLOAT))
		return true;
	return (v->has & FILTER_TEXT) && filter_text_num(v->text, v->len, v);
}

static unsigned int cmp_num(struct filter_val *a, struct filter_val *b)
{
	double x, y;

	if (!val_need_num(a) || !val_need_num(b))
		return CMP_NEVER;
	if ((a->has & FILTER_NUM) && (b->has & FILTER_NUM)) {
		if (a->neg != b->neg)
			return a->neg ? CMP_LT : CMP_GT;
		/* Negative numbers keep their order as unsigned bit patterns. */
		return outcome_of(a->num < b->num, a->num == b->num);
	}
	x = val_double(a);
	y = val_double(b);
	if (x != x || y != y)
		return CMP_NEVER;
	return outcome_of(x < y, x == y);
}

/* --- texts --- */

/* Gives a value its digits as text where it has only a number. */
static bool val_need_text(struct filter_val *v, char tmp[FILTER_TMP])
{
	int n;

	if (v->has & FILTER_TEXT)
		return true;
	if (v->has & FILTER_NUM)
		n = snprintf(tmp, FILTER_TMP, v->neg ? "%lld" : "%llu", (unsigned long long)v->num);
	else if (v->has & FILTER_FLOAT)
		n = snprintf(tmp, FILTER_TMP, "%g", v->flt);
	else
		return false;
	filter_val_text(v, tmp, (size_t)n);
	return true;
}

static unsigned int cmp_text(struct filter_val *a, struct filter_val *b, char (*tmp)[FILTER_TMP])
{
	size_t len;
	int r;

	/* pid < "10": a string that is a number, and a value that is nothing else. */
	if (!(a->has & FILTER_TEXT) || !(b->has & FILTER_TEXT)) {
		unsigned int o = cmp_num(a, b);

		if (o != CMP_NEVER)
			return o;
	}
	if (!val_need_text(a, tmp[0]) || !val_need_text(b, tmp[1]))
		return CMP_NEVER;
	len = a->len < b->len ? a->len : b->len;
	r = len ? memcmp(a->text, b->text, len) : 0;
	if (!r)
		return outcome_of(a->len < b->len, a->len == b->len);
	return outcome_of(r < 0, 0);
}

/* --- values --- */

static bool val_true(const struct filter_val *v)
{
	if (v->has & FILTER_NUM)
		return v->num != 0;
	if (v->has & FILTER_FLOAT)
		return v->flt != 0;
	return (v->has & FILTER_TEXT) && v->len;
}

/* Member i of what a node stands for; false behind the last. */
static bool node_val(const struct filter *f, const struct node *n, const void *row, unsigned int i,
	struct filter_val *ret, char tmp[FILTER_TMP])
{
	*ret = (struct filter_val){0};
	switch (n->op) {
	case NODE_NAME:
		if (i && !n->ref.many)
			return false;
		return f->names.get(f->names.ctx, &n->ref, row, i, ret, tmp);
	case NODE_NUM:
	case NODE_TEXT:
	case NODE_BOOL:
		*ret = n->val;
		return !i;
	default:
		filter_val_u64(ret, node_true(f, (int)(n - f->nodes), row));
		return !i;
	}
}

/*
 * Whether a name alone is true. What is true of the parts of a set is asked
 * with ==, so here the first of them that is not 0 decides.
 */
static bool node_any(const struct filter *f, const struct node *n, const void *row)
{
	char tmp[FILTER_TMP];
	struct filter_val v;

	for (unsigned int i = 0; node_val(f, n, row, i, &v, tmp); i++)
		if (val_true(&v))
			return true;
	return false;
}

static bool node_there(const struct filter *f, const struct node *n, const void *row)
{
	char tmp[FILTER_TMP];
	struct filter_val v;

	return node_val(f, n, row, 0, &v, tmp) && v.has;
}

static unsigned int cmp_any(struct filter_val *a, struct filter_val *b, char (*tmp)[FILTER_TMP])
{
	const unsigned int number = FILTER_NUM | FILTER_FLOAT;

	if ((a->has & number) && (b->has & number))
		return cmp_num(a, b);
	return cmp_text(a, b, tmp);
}

/* --- nodes --- */

static bool cmp_bool_true(const struct filter *f, const struct node *n, const struct node *a,
	const struct node *b, const void *row)
{
	bool x, y;

	if (!node_there(f, a, row) || !node_there(f, b, row))
		return false;
	x = node_any(f, a, row);
	y = node_any(f, b, row);
	return !!(n->outcomes & outcome_of(x < y, x == y)) != n->negate;
}

static bool cmp_true(const struct filter *f, const struct node *n, const void *row)
{
	const struct node *a = &f->nodes[n->child], *b = &f->nodes[a->next];
	char tmp[2][FILTER_TMP];
	struct filter_val x, y;
	bool seen = false;

	if (n->mode == MODE_BOOL)
		return cmp_bool_true(f, n, a, b, row);
	for (unsigned int i = 0; node_val(f, a, row, i, &x, tmp[0]); i++) {
		for (unsigned int j = 0; node_val(f, b, row, j, &y, tmp[1]); j++) {
			struct filter_val left = x;
			unsigned int o;

			if (!x.has || !y.has)
				continue;
			seen = true;
			if (n->mode == MODE_NUM)
				o = cmp_num(&left, &y);
			else if (n->mode == MODE_TEXT)
				o = cmp_text(&left, &y, tmp);
			else
				o = cmp_any(&left, &y, tmp);
			if (o & n->outcomes)
				return !n->negate;
		}
	}
	return n->negate && seen;
}

static bool reg_true(const struct filter *f, const struct node *n, const void *row)
{
	char tmp[FILTER_TMP];
	struct filter_val v;
	bool seen = false;

	for (unsigned int i = 0; node_val(f, &f->nodes[n->child], row, i, &v, tmp); i++) {
		regmatch_t range = {.rm_so = 0};

		if (!val_need_text(&v, tmp))
			continue;
		seen = true;
		range.rm_eo = (regoff_t)v.len;
		/* REG_STARTEND: the text has a length, not an end. */
		if (!regexec(n->re, v.len ? v.text : "", 1, &range, REG_STARTEND))
			return !n->negate;
	}
	return n->negate && seen;
}

static bool node_true(const struct filter *f, int i, const void *row)
{
	const struct node *n = &f->nodes[i];

	switch (n->op) {
	case NODE_AND:
		for (i = n->child; i >= 0; i = f->nodes[i].next)
			if (!node_true(f, i, row))
				return false;
		return true;
	case NODE_OR:
		for (i = n->child; i >= 0; i = f->nodes[i].next)
			if (node_true(f, i, row))
				return true;
		return false;
	case NODE_NOT:
		return !node_true(f, n->child, row);
	case NODE_CMP:
		return cmp_true(f, n, row);
	case NODE_REG:
		return reg_true(f, n, row);
	default:
		return node_any(f, n, row);
	}
}

bool filter_match(const struct filter *f, const void *row)
{
	return node_true(f, f->root, row);
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++) {
		struct node *n = &f->nodes[i];

		if (n->re)
			regfree(n->re);
		free(n->re);
		if (n->op == NODE_TEXT)
			free((char *)n->val.text);
	}
	free(f->nodes);
	free(f);
}
