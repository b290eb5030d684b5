// SPDX-License-Identifier: GPL-2.0-or-later
/* filter_regex.c - regexes that can't hurt: regcomp(3) is kept from what would exhaust it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/filter_tree.h"
#include "lib/fd.h"

#define REGEX_LEN_MAX   1024
#define REGEX_DEPTH_MAX 32
#define REGEX_COST_MAX  20000 /* states, counted with repetitions written out */

/*
 * glibc writes repetitions out: (((a{99}){99}){99}) would take gigabytes. This
 * counts atoms the same way, group within group.
 */
struct cost {
	unsigned long sum[REGEX_DEPTH_MAX + 1]; /* of the group at this depth */
	unsigned long last;                     /* of the atom that a repetition would multiply */
	unsigned int depth;
};

static void cost_add(struct cost *c, unsigned long atom)
{
	c->sum[c->depth] += atom;
	c->last = atom;
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
	if (c->last <= REGEX_COST_MAX && times <= REGEX_COST_MAX) {
		c->sum[c->depth] += c->last * (times - 1);
		c->last *= times;
	} else {
		c->sum[c->depth] = REGEX_COST_MAX + 1;
	}
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

static const char *regex_refuse(const char *s)
{
	struct cost c = {0};

	if (strlen(s) > REGEX_LEN_MAX)
		return "it is too long";
	while (*s) {
		size_t used = 1;

		if (*s == '\\') {
			if (s[1] >= '1' && s[1] <= '9')
				return "extended regular expressions have no back references";
			used = s[1] ? 2 : 1;
			cost_add(&c, 1);
		} else if (*s == '[') {
			used = bracket_len(s);
			cost_add(&c, 1);
		} else if (*s == '(') {
			if (++c.depth > REGEX_DEPTH_MAX)
				return "its groups are nested too deeply";
			c.sum[c.depth] = 1;
		} else if (*s == ')' && c.depth) {
			c.depth--;
			cost_add(&c, c.sum[c.depth + 1]);
		} else if (*s == '{') {
			used = cost_repeat(&c, s);
		} else {
			cost_add(&c, 1);
		}
		if (c.sum[c.depth] > REGEX_COST_MAX)
			return "its repetitions are too many";
		s += used;
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
