// SPDX-License-Identifier: GPL-2.0-or-later
/* filter_regex.c - regexes that can't hurt: regcomp(3) is kept from what would exhaust it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out/filter_tree.h"
#include "lib/fd.h"

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
