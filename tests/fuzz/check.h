/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check.h - what must hold of whatever comes out, whatever went in. Written
 * apart from user/out/escape.c, which it judges; what is broken ends the program.
 */
#ifndef NSWATCH_FUZZ_CHECK_H
#define NSWATCH_FUZZ_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #what);         \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* The bytes of the character at s, 0 where it is no UTF-8 or controls a terminal. */
static inline size_t check_char(const unsigned char *s, size_t len)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	uint32_t cp = n == 1 ? s[0] : s[0] & (0xffu >> (n + 1));

	if (n > len || (n > 1 && (s[0] < 0xc2 || s[0] > 0xf4)))
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		cp = cp << 6 | (s[i] & 0x3f);
	}
	if ((n == 3 && cp < 0x800) || (n == 4 && (cp < 0x10000 || cp > 0x10ffff)))
		return 0;
	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0xd800 && cp < 0xe000))
		return 0;
	/* Marks and overrides of the direction of writing. */
	if (cp == 0x200e || cp == 0x200f || (cp >= 0x202a && cp <= 0x202e) ||
		(cp >= 0x2066 && cp <= 0x2069))
		return 0;
	return n;
}

/* May go to a terminal, and is one line. */
static inline bool check_line(const char *text, size_t len)
{
	const unsigned char *s = (const void *)text;
	size_t n;

	for (; len; s += n, len -= n) {
		n = check_char(s, len);
		if (!n)
			return false;
	}
	return true;
}

/* An error says what was wrong, on one line. */
static inline void check_err(const struct err *err)
{
	MUST(err->what[0] && memchr(err->what, '\0', sizeof(err->what)));
	MUST(check_line(err->what, strlen(err->what)));
	MUST(check_line(err->hint, strlen(err->hint)));
}

/* --- JSON (RFC 8259): where a value ends, NULL where there is none --- */

/* What follows a backslash: how many bytes, 0 where nothing may. */
static inline size_t check_json_escape(const char *s, const char *end)
{
	if (s == end || !*s || !strchr("\"\\/bfnrtu", *s))
		return 0;
	if (*s != 'u')
		return 1;
	for (int i = 1; i < 5; i++)
		if (end - s <= i || !s[i] || !strchr("0123456789abcdefABCDEF", s[i]))
			return 0;
	return 5;
}

static inline const char *check_json_string(const char *s, const char *end)
{
	size_t n;

	if (s == end || *s++ != '"')
		return NULL;
	for (; s < end && *s != '"'; s += n) {
		if (*s == '\\')
			n = check_json_escape(++s, end);
		else
			n = check_char((const void *)s, (size_t)(end - s));
		if (!n)
			return NULL;
	}
	return s < end ? s + 1 : NULL;
}

static inline const char *check_json_number(const char *s, const char *end)
{
	const char *first;

	s += s < end && *s == '-';
	first = s;
	while (s < end && *s >= '0' && *s <= '9')
		s++;
	/* Whole numbers are all that is written. */
	return s == first || (*first == '0' && s > first + 1) ? NULL : s;
}

static inline const char *check_json_word(const char *s, const char *end)
{
	static const char *const words[] = {"null", "true", "false"};

	for (size_t i = 0; i < 3; i++)
		if ((size_t)(end - s) >= strlen(words[i]) && !memcmp(s, words[i], strlen(words[i])))
			return s + strlen(words[i]);
	return check_json_number(s, end);
}

static inline const char *check_blank(const char *s, const char *end)
{
	while (s && s < end && (*s == ' ' || *s == '\n'))
		s++;
	return s;
}

static inline const char *check_json_value(const char *s, const char *end, unsigned int depth)
{
	char close;

	s = check_blank(s, end);
	if (s == end || !depth)
		return NULL;
	if (*s == '"')
		return check_json_string(s, end);
	if (*s != '{' && *s != '[')
		return check_json_word(s, end);
	close = *s == '{' ? '}' : ']';
	s = check_blank(s + 1, end);
	if (s < end && *s == close)
		return s + 1;
	for (;;) {
		if (close == '}') {
			s = check_blank(check_json_string(s, end), end);
			if (!s || s == end || *s++ != ':')
				return NULL;
		}
		s = check_blank(check_json_value(s, end, depth - 1), end);
		if (!s || s == end || (*s != ',' && *s != close))
			return NULL;
		if (*s == close)
			return s + 1;
		s = check_blank(s + 1, end);
	}
}

/* One value, on one line that it ends. */
static inline void check_json_line(const char *s, size_t len)
{
	const char *end = s + len;

	MUST(len && end[-1] == '\n' && memchr(s, '\n', len) == end - 1);
	MUST(check_json_value(s, end, 16) == end - 1);
}

#endif
