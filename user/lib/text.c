// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "lib/text.h"

size_t utf8_next(const char *s, size_t len, uint32_t *ret_cp)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char c = (unsigned char)s[0];
	uint32_t cp;
	size_t n;

	if (c < 0x80) {
		*ret_cp = c;
		return 1;
	}
	n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	if (c < 0xc2 || c > 0xf4 || n > len)
		return 0;
	cp = c & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		c = (unsigned char)s[i];
		if ((c & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (c & 0x3fU);
	}
	if (cp < least[n] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	*ret_cp = cp;
	return n;
}

/* --- near -------------------------------------------------------------------------------- */

#define NEAR_MAX 64

static int near_same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

unsigned int near_distance(const char *a, size_t alen, const char *b, size_t blen)
{
	/* The rows of the distance table for the last two bytes of a and for this one. */
	unsigned int rows[3][NEAR_MAX + 1];
	unsigned int *before = rows[0], *last = rows[1], *row = rows[2];

	if (alen > NEAR_MAX || blen > NEAR_MAX)
		return UINT_MAX;
	for (size_t j = 0; j <= blen; j++)
		last[j] = (unsigned int)j;
	for (size_t i = 1; i <= alen; i++) {
		unsigned int *spare = before;

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= blen; j++) {
			unsigned int d = last[j - 1] + !near_same(a[i - 1], b[j - 1]);

			if (last[j] + 1 < d)
				d = last[j] + 1;
			if (row[j - 1] + 1 < d)
				d = row[j - 1] + 1;
			if (i > 1 && j > 1 && near_same(a[i - 1], b[j - 2]) &&
				near_same(a[i - 2], b[j - 1]) && before[j - 2] + 1 < d)
				d = before[j - 2] + 1;
			row[j] = d;
		}
		before = last;
		last = row;
		row = spare;
	}
	return last[blen];
}

struct near near_to(const char *word, size_t len)
{
	/* A third of the word may be wrong; of the shortest nothing: all would be near. */
	return (struct near){
		.word = word, .len = len, .distance = len < 2 ? 1 : 2 + (unsigned int)len / 6};
}

void near_try(struct near *n, const char *candidate)
{
	size_t len = strlen(candidate);
	unsigned int d = near_distance(n->word, n->len, candidate, len);

	/* What was typed may be the beginning of a longer name. */
	if (n->len >= 3 && len > n->len && !strncasecmp(n->word, candidate, n->len) && d > 1)
		d = 1;
	/* Nothing in common is not near, however short the words are. */
	if (d >= len || d >= n->distance)
		return;
	n->best = candidate;
	n->distance = d;
}
