// SPDX-License-Identifier: GPL-2.0-or-later
/* filter_lex.c - cuts a filter expression into tokens. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "out/filter_lex.h"
#include "lib/err.h"

/* Longer ones first. */
static const struct {
	const char *text;
	enum tok_type type;
	unsigned int outcomes;
	bool negate;
} signs[] = {
	{"&&", TOK_AND, 0, false},
	{"||", TOK_OR, 0, false},
	{"==", TOK_CMP, CMP_EQ, false},
	{"!=", TOK_CMP, CMP_EQ, true},
	{"<=", TOK_CMP, CMP_LT | CMP_EQ, false},
	{">=", TOK_CMP, CMP_GT | CMP_EQ, false},
	{"=~", TOK_REG, 0, false},
	{"!~", TOK_REG, 0, true},
	{"<", TOK_CMP, CMP_LT, false},
	{">", TOK_CMP, CMP_GT, false},
	{"!", TOK_NOT, 0, false},
	{"(", TOK_OPEN, 0, false},
	{")", TOK_CLOSE, 0, false},
};

/* In small or capital letters. */
static const struct {
	const char *text;
	enum tok_type type;
	unsigned int outcomes;
	bool negate;
} words[] = {
	{"and", TOK_AND, 0, false},
	{"or", TOK_OR, 0, false},
	{"not", TOK_NOT, 0, false},
	{"eq", TOK_CMP, CMP_EQ, false},
	{"ne", TOK_CMP, CMP_EQ, true},
	{"lt", TOK_CMP, CMP_LT, false},
	{"le", TOK_CMP, CMP_LT | CMP_EQ, false},
	{"gt", TOK_CMP, CMP_GT, false},
	{"ge", TOK_CMP, CMP_GT | CMP_EQ, false},
	{"true", TOK_BOOL, 1, false},
	{"false", TOK_BOOL, 0, false},
};

static const struct {
	const char *text;
	uint64_t factor;
} units[] = {
	{"K", UINT64_C(1) << 10},
	{"M", UINT64_C(1) << 20},
	{"G", UINT64_C(1) << 30},
	{"T", UINT64_C(1) << 40},
	{"P", UINT64_C(1) << 50},
	{"E", UINT64_C(1) << 60},
	{"Z", 0}, /* known, and beyond 64 bits */
	{"Y", 0},
	{"ns", 1},
	{"us", 1000},
	{"ms", 1000000},
	{"s", 1000000000},
	{"m", UINT64_C(60000000000)},
	{"h", UINT64_C(3600000000000)},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* --- messages --- */

size_t filter_column(const struct filter_parser *p, size_t pos)
{
	size_t column = 1;

	for (size_t i = 0; i < pos; i++)
		column += ((unsigned char)p->s[i] & 0xc0) != 0x80;
	return column;
}

int filter_err(struct filter_parser *p, size_t pos, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_say(p->err, -EINVAL, "filter: at column %zu: %s", filter_column(p, pos), text);
}

const char *filter_shown(const struct filter_parser *p, const struct filter_token *t, char dst[48])
{
	size_t i;

	for (i = 0; i < t->len && i < 40; i++) {
		char c = p->s[t->pos + i];

		dst[i] = (unsigned char)c < 0x20 || c == 0x7f ? '?' : c;
	}
	snprintf(dst + i, 48 - i, "%s", i < t->len ? "..." : "");
	return dst;
}

/* --- tokens --- */

bool filter_name_char(char c, bool first)
{
	if (isalpha((unsigned char)c) || c == '_')
		return true;
	return !first && c && (isdigit((unsigned char)c) || strchr(".%:/-", c));
}

static int lex_text(struct filter_parser *p, struct filter_token *t)
{
	const char *s = p->s + t->pos, *close;
	size_t line = strcspn(s, "\n");

	close = memchr(s + 1, s[0], line - 1);
	if (!close)
		return filter_err(p, t->pos, "the string is not closed by %c", s[0]);
	t->type = TOK_TEXT;
	t->len = (size_t)(close - s) + 1;
	filter_val_text(&t->val, s + 1, t->len - 2);
	return 0;
}

static int lex_unit(struct filter_parser *p, struct filter_token *t, const char *unit, size_t len)
{
	size_t plain = len == 3 && !memcmp(unit + 1, "iB", 2) ? 1 : len;
	struct filter_val *v = &t->val;
	char all[48];

	for (size_t i = 0; i < COUNT(units); i++) {
		if (strlen(units[i].text) != plain || memcmp(units[i].text, unit, plain))
			continue;
		if (v->has & FILTER_FLOAT) {
			v->flt *= (double)units[i].factor;
			return 0;
		}
		if (!units[i].factor ? v->num != 0 : v->num > UINT64_MAX / units[i].factor)
			return filter_err(
				p, t->pos, "%s is too large a number", filter_shown(p, t, all));
		v->num *= units[i].factor;
		return 0;
	}
	return filter_err(p, t->pos, "'%s' is not a number (12, 0x1f, 1.5, 2K, 2KiB, 500ms)",
		filter_shown(p, t, all));
}

static int lex_num(struct filter_parser *p, struct filter_token *t)
{
	const char *s = p->s + t->pos;
	size_t left = p->len - t->pos;
	bool minus = *s == '-';
	struct filter_val *v = &t->val;
	size_t used;
	char all[48];
	int n, r;

	n = filter_scan_num(s + minus, left - minus, v);
	used = minus + (n > 0 ? (size_t)n : 0);
	if (n < 0)
		used += strspn(s + used, "0123456789abcdefABCDEFxX");
	t->type = TOK_NUM;
	t->len = used;
	while (filter_name_char(s[t->len], false))
		t->len++;
	if (n < 0)
		return filter_err(p, t->pos, "%s is too large a number", filter_shown(p, t, all));
	if (t->len > used) {
		r = lex_unit(p, t, s + used, t->len - used);
		if (r)
			return r;
	}
	if (!minus)
		return 0;
	if (v->has & FILTER_FLOAT)
		v->flt = -v->flt;
	else if (v->num > (uint64_t)INT64_MAX + 1)
		return filter_err(p, t->pos, "%s is too small a number", filter_shown(p, t, all));
	else
		filter_val_s64(v, (int64_t)(0 - v->num));
	return 0;
}

static void lex_word(struct filter_parser *p, struct filter_token *t)
{
	const char *s = p->s + t->pos;

	t->type = TOK_NAME;
	while (filter_name_char(s[t->len], !t->len))
		t->len++;
	for (size_t i = 0; i < COUNT(words); i++) {
		if (strlen(words[i].text) != t->len || strncasecmp(words[i].text, s, t->len))
			continue;
		/* "And" is a name, as in scols-filter. */
		if (islower((unsigned char)s[0]) != islower((unsigned char)s[t->len - 1]))
			return;
		t->type = words[i].type;
		t->outcomes = words[i].outcomes;
		t->negate = words[i].negate;
		if (t->type == TOK_BOOL)
			filter_val_u64(&t->val, words[i].outcomes);
		return;
	}
}

static int lex_sign(struct filter_parser *p, struct filter_token *t)
{
	const char *s = p->s + t->pos;

	for (size_t i = 0; i < COUNT(signs); i++) {
		size_t len = strlen(signs[i].text);

		if (strncmp(signs[i].text, s, len))
			continue;
		t->type = signs[i].type;
		t->len = len;
		t->outcomes = signs[i].outcomes;
		t->negate = signs[i].negate;
		return 0;
	}
	if (*s == '=' || *s == '&' || *s == '|')
		return filter_err(p, t->pos, "'%c' is no operator: write '%c%c'", *s, *s, *s);
	if (isprint((unsigned char)*s))
		return filter_err(p, t->pos, "unexpected '%c'", *s);
	return filter_err(p, t->pos, "unexpected byte 0x%02x", (unsigned char)*s);
}

int filter_next(struct filter_parser *p)
{
	struct filter_token *t = &p->tok;
	int r = 0;
	char c;

	while (p->s[p->end] && strchr(" \t\n", p->s[p->end]))
		p->end++;
	*t = (struct filter_token){.type = TOK_END, .pos = p->end};
	c = p->s[t->pos];
	if (!c)
		return 0;
	if (c == '\'' || c == '"')
		r = lex_text(p, t);
	else if (isdigit((unsigned char)c) ||
		 (c == '-' && isdigit((unsigned char)p->s[t->pos + 1])))
		r = lex_num(p, t);
	else if (filter_name_char(c, true))
		lex_word(p, t);
	else
		r = lex_sign(p, t);
	p->end = t->pos + t->len;
	return r;
}
