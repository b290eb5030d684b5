/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text.h - the characters of a text. */
#ifndef NSWATCH_LIB_TEXT_H
#define NSWATCH_LIB_TEXT_H

#include <stddef.h>
#include <stdint.h>

/*
 * The character at s: its length in bytes, 0 when it is not well-formed UTF-8
 * (overlong, a surrogate, beyond U+10FFFF, cut).
 */
size_t utf8_next(const char *s, size_t len, uint32_t *ret_cp);

/* --- near -------------------------------------------------------------------------------- */

/* "did you mean": the name nearest to what was typed. */

/* Typed, offered one candidate after the other: struct near n = near_to(s, len); */
struct near {
	const char *word;
	size_t len;
	const char *best; /* near enough to be meant, or NULL */
	unsigned int distance;
};

/*
 * Insertions, deletions, replacements and swaps of neighbours between two
 * words, without regard to case; words beyond 64 bytes are never near.
 */
unsigned int near_distance(const char *a, size_t alen, const char *b, size_t blen);

struct near near_to(const char *word, size_t len);
/* Keeps the candidate if it is nearer than what was seen before. */
void near_try(struct near *n, const char *candidate);

#endif
