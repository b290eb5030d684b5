// SPDX-License-Identifier: GPL-2.0-or-later
/* table_parse.c - tables from their own JSON. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/err.h"
#include "out/table.h"

#define DEPTH_MAX 2000 /* of nested values; a tree of processes can be deep */

struct reader {
	const char *s, *at, *end;
	struct table *t;
	const char *name;
	bool *has;
	struct buf text;
	unsigned int depth;
	bool found;
	bool bad;
};

static char peek(struct reader *r)
{
	while (r->at < r->end && strchr(" \t\r\n", *r->at) && *r->at)
		r->at++;
	return r->at < r->end ? *r->at : '\0';
}

static bool take(struct reader *r, char c)
{
	if (peek(r) != c)
		return false;
	r->at++;
	return true;
}

static bool expect(struct reader *r, char c)
{
	if (!r->bad && !take(r, c))
		r->bad = true;
	return !r->bad;
}

static uint32_t hex4(struct reader *r)
{
	uint32_t v = 0;

	for (int i = 0; i < 4; i++, r->at++) {
		if (r->at >= r->end || !isxdigit((unsigned char)*r->at)) {
			r->bad = true;
			return 0;
		}
		v = v << 4 | (uint32_t)(isdigit((unsigned char)*r->at)
						? *r->at - '0'
						: (tolower((unsigned char)*r->at) - 'a' + 10));
	}
	return v;
}

static void utf8_add(struct buf *b, uint32_t cp)
{
	if (cp < 0x80) {
		buf_putc(b, (char)cp);
	} else if (cp < 0x800) {
		buf_putc(b, (char)(0xc0 | cp >> 6));
		buf_putc(b, (char)(0x80 | (cp & 63)));
	} else if (cp < 0x10000) {
		buf_putc(b, (char)(0xe0 | cp >> 12));
		buf_putc(b, (char)(0x80 | (cp >> 6 & 63)));
		buf_putc(b, (char)(0x80 | (cp & 63)));
	} else {
		buf_putc(b, (char)(0xf0 | cp >> 18));
		buf_putc(b, (char)(0x80 | (cp >> 12 & 63)));
		buf_putc(b, (char)(0x80 | (cp >> 6 & 63)));
		buf_putc(b, (char)(0x80 | (cp & 63)));
	}
}

static void escape_read(struct reader *r)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char c = r->at < r->end ? *r->at++ : '\0';
	const char *p = c ? strchr(from, c) : NULL;
	uint32_t cp;

	if (p) {
		buf_putc(&r->text, to[p - from]);
		return;
	}
	if (c != 'u') {
		r->bad = true;
		return;
	}
	cp = hex4(r);
	if (cp >= 0xd800 && cp < 0xdc00 && r->end - r->at > 2 && r->at[0] == '\\' &&
		r->at[1] == 'u') {
		r->at += 2;
		cp = 0x10000 + ((cp - 0xd800) << 10) + ((hex4(r) - 0xdc00) & 0x3ff);
	}
	utf8_add(&r->text, cp);
}

/* A string into text. */
static void string_read(struct reader *r)
{
	buf_reset(&r->text);
	if (!expect(r, '"'))
		return;
	while (r->at < r->end && *r->at != '"' && !r->bad) {
		if (*r->at++ == '\\')
			escape_read(r);
		else
			buf_putc(&r->text, r->at[-1]);
	}
	if (r->at++ >= r->end)
		r->bad = true;
}

/* A number, true, false or null as it stands; false: null. */
static bool word_read(struct reader *r)
{
	const char *start;

	peek(r);
	start = r->at;
	while (r->at < r->end && (isalnum((unsigned char)*r->at) || strchr("+-.", *r->at)))
		r->at++;
	if (r->at == start)
		r->bad = true;
	buf_reset(&r->text);
	buf_add(&r->text, start, (size_t)(r->at - start));
	return r->at - start != 4 || memcmp(start, "null", 4) != 0;
}

static void rows_read(struct reader *r, bool rows);
static void object_read(struct reader *r, bool is_row, bool top);

/* A value that is of no interest, unless it is the array of rows. */
static void value_skip(struct reader *r)
{
	char c = peek(r);

	if (c == '"')
		string_read(r);
	else if (c == '[')
		rows_read(r, false);
	else if (c == '{')
		object_read(r, false, false);
	else
		word_read(r);
}

static void cell_read(struct reader *r, size_t row, const char *key)
{
	bool is = true;
	char c = peek(r);

	if (c == '[' || c == '{') {
		value_skip(r);
		return;
	}
	if (c == '"')
		string_read(r);
	else
		is = word_read(r);
	for (size_t i = 0; i < r->t->ncols && !r->bad; i++) {
		if (strcasecmp(r->t->cols[i].name, key) != 0)
			continue;
		if (r->has)
			r->has[i] = true;
		if (is)
			table_text_at(r->t, row, i, r->text.s ? r->text.s : "", r->text.len);
	}
}

static void object_read(struct reader *r, bool is_row, bool top)
{
	auto_buf struct buf key = {0};
	size_t row = 0;

	if (++r->depth > DEPTH_MAX)
		r->bad = true;
	if (!expect(r, '{'))
		return;
	if (is_row)
		row = table_row(r->t, TABLE_ROOT);
	if (take(r, '}')) {
		r->depth--;
		return;
	}
	do {
		string_read(r);
		buf_reset(&key);
		buf_add(&key, r->text.s ? r->text.s : "", r->text.len);
		if (!expect(r, ':'))
			return;
		if (top && !strcmp(key.s, r->name) && peek(r) == '[') {
			r->found = true;
			rows_read(r, true);
		} else if (is_row && !strcmp(key.s, "children") && peek(r) == '[') {
			rows_read(r, true);
		} else if (is_row) {
			cell_read(r, row, key.s);
		} else {
			value_skip(r);
		}
	} while (!r->bad && take(r, ','));
	expect(r, '}');
	r->depth--;
}

static void rows_read(struct reader *r, bool rows)
{
	if (++r->depth > DEPTH_MAX)
		r->bad = true;
	if (!expect(r, '['))
		return;
	if (!take(r, ']')) {
		do {
			if (rows)
				object_read(r, true, false);
			else
				value_skip(r);
		} while (!r->bad && take(r, ','));
		expect(r, ']');
	}
	r->depth--;
}

int table_parse(
	struct table *t, const char *name, const char *text, size_t len, bool *has, struct err *err)
{
	struct reader r = {
		.s = text, .at = text, .end = text + len, .t = t, .name = name, .has = has};

	object_read(&r, false, true);
	buf_free(&r.text);
	if (r.bad || peek(&r))
		return err_say(err, -EINVAL, "no JSON at byte %zu", (size_t)(r.at - text));
	if (!r.found)
		return err_say(err, -EINVAL, "there is no array \"%s\" in it", name);
	return 0;
}
