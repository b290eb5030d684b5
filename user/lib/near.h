/* SPDX-License-Identifier: GPL-2.0-or-later */
/* near.h - "did you mean": the name nearest to what was typed. */
#ifndef NSWATCH_LIB_NEAR_H
#define NSWATCH_LIB_NEAR_H

#include <stddef.h>

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
