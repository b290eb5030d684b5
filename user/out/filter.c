// SPDX-License-Identifier: GPL-2.0-or-later
/* filter.c - runs a compiled filter on a row. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fd.h"
#include "out/filter.h"
#include "out/filter_tree.h"

/* --- regexes that can't hurt: regcomp(3) is kept from what would exhaust it --- */

#define REGEX_LEN_MAX   1024
#define REGEX_DEPTH_MAX 32
/* Atoms, repetitions written out: what glibc keeps of them grows as their square. */
#define REGEX_COST_MAX 2000

/*
 * glibc writes repetitions out: (((a{99}){99}){99}) would take gigabytes. This
 * counts atoms the same way, group within group.
 */
struct cost {
	unsigned long sum[REGEX_DEPTH_MAX + 1]; /* of the group at this depth */
	unsigned long last;                     /* of the atom that a repetition would multiply */
	unsigned int depth;
	bool repeated; /* a repetition was read last */
};

static void cost_add(struct cost *c, unsigned long atom)
{
	c->sum[c->depth] += atom;
	c->last = atom;
}

static void cost_times(struct cost *c, unsigned long times)
{
	if (c->last <= REGEX_COST_MAX && times <= REGEX_COST_MAX)
		c->sum[c->depth] += c->last * (times - 1);
	else
		c->sum[c->depth] = REGEX_COST_MAX + 1;
}

/* "{2,5}" at s: multiplies what stands before it. The bytes read. */
static size_t cost_repeat(struct cost *c, const char *s)
{
	unsigned long times = 1, v = 0;
	size_t i;

	for (i = 1; s[i] && s[i] != '}'; i++) {
		if (s[i] == ',')
			v = 0;
		else if (s[i] >= '0' && s[i] <= '9' && v < REGEX_COST_MAX)
			v = v * 10 + (unsigned long)(s[i] - '0');
		if (v > times)
			times = v;
	}
	cost_times(c, times + 1); /* a{2,} is written as aaa* */
	return s[i] ? i + 1 : i;
}

/* The bytes of a bracket expression at s. */
static size_t bracket_len(const char *s)
{
	size_t i = 1;

	if (s[i] == '^')
		i++;
	if (s[i] == ']')
		i++;
	while (s[i] && s[i] != ']') {
		/* [:alpha:], [.x.] and [=x=] may hold a ']'. */
		if (s[i] == '[' && s[i + 1] && strchr(":.=", s[i + 1])) {
			char end[3] = {s[i + 1], ']', '\0'};
			const char *close = strstr(s + i + 2, end);

			if (!close)
				return strlen(s);
			i = (size_t)(close - s) + 2;
			continue;
		}
		i++;
	}
	return s[i] ? i + 1 : i;
}

/* The atom, group or repetition at s; the bytes read, 0 with *why set where it is refused. */
static size_t cost_step(struct cost *c, const char *s, const char **why)
{
	size_t used = 1;

	if (strchr("*+?{", *s)) {
		/* glibc takes a++++ for sixteen times aa*, POSIX says nothing of it. */
		if (c->repeated)
			*why = "its repetitions stand next to each other";
		c->repeated = true;
		if (*s == '{')
			used = cost_repeat(c, s);
		else if (*s == '+')
			cost_times(c, 2); /* a+ is written as aa* */
		return *why ? 0 : used;
	}
	c->repeated = false;
	switch (*s) {
	case '(':
		if (++c->depth > REGEX_DEPTH_MAX) {
			*why = "its groups are nested too deeply";
			return 0;
		}
		c->sum[c->depth] = 1;
		return 1;
	case ')':
		if (c->depth) {
			c->depth--;
			cost_add(c, c->sum[c->depth + 1]);
		}
		return 1;
	case '\\':
		if (s[1] >= '1' && s[1] <= '9') {
			*why = "extended regular expressions have no back references";
			return 0;
		}
		used = s[1] ? 2 : 1;
		break;
	case '[':
		used = bracket_len(s);
		break;
	}
	cost_add(c, 1);
	return used;
}

static const char *regex_refuse(const char *s)
{
	const char *why = NULL;
	struct cost c = {0};

	if (strlen(s) > REGEX_LEN_MAX)
		return "it is too long";
	while (*s) {
		s += cost_step(&c, s, &why);
		if (why)
			return why;
		if (c.sum[c.depth] > REGEX_COST_MAX)
			return "its repetitions are too many";
	}
	return NULL;
}

int filter_regex(const char *pattern, regex_t **ret, char *why, size_t size)
{
	const char *refused = regex_refuse(pattern);
	auto_free regex_t *re = NULL;
	int r;

	if (refused) {
		snprintf(why, size, "%s", refused);
		return -EINVAL;
	}
	re = calloc(1, sizeof(*re));
	if (!re)
		return -ENOMEM;
	r = regcomp(re, pattern, REG_EXTENDED | REG_NOSUB);
	if (r) {
		regerror(r, re, why, size);
		return -EINVAL;
	}
	*ret = take_ptr(re);
	return 0;
}

/* --- the run --- */

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
