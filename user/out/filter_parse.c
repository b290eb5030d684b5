// SPDX-License-Identifier: GPL-2.0-or-later
/* filter_parse.c - compiles a filter expression: its tokens, then the tree that filter.c runs. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/text.h"
#include "out/filter_tree.h"
#include "lib/array.h"

/* --- tokens of a filter expression, and messages with their place --- */

enum tok_type {
	TOK_END,
	TOK_OPEN,
	TOK_CLOSE,
	TOK_AND,
	TOK_OR,
	TOK_NOT,
	TOK_CMP,
	TOK_REG,
	TOK_NAME,
	TOK_NUM,
	TOK_TEXT,
	TOK_BOOL,
};

struct filter_token {
	enum tok_type type;
	size_t pos, len; /* in the expression, quotes included */
	unsigned int outcomes;
	bool negate;
	struct filter_val val;
};

struct filter_parser {
	const char *s;
	size_t len;
	struct filter *f;
	struct err *err;
	struct filter_token tok; /* not yet taken */
	size_t end;              /* behind tok */
	unsigned int depth;
};

/* Reads the next token into p->tok; 0 or -EINVAL. */
int filter_next(struct filter_parser *p);

/* "filter: at column 9: TEXT", -EINVAL. */
int filter_err(struct filter_parser *p, size_t pos, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Columns count characters from 1. */
size_t filter_column(const struct filter_parser *p, size_t pos);

/* What was typed at a token, for a message: short, without control characters. */
const char *filter_shown(const struct filter_parser *p, const struct filter_token *t, char dst[48]);
bool filter_name_char(char c, bool first);

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

/* --- the compiler --- */

static int node_new(struct filter_parser *p, enum node_op op, size_t pos, int child)
{
	struct filter *f = p->f;

	if (ARRAY_ROOM(f->nodes, f->cap, f->n))
		return err_set(p->err, -ENOMEM, "filter");
	f->nodes[f->n] = (struct node){.op = op, .child = child, .next = -1, .pos = pos};
	return (int)f->n++;
}

static int unknown_name(struct filter_parser *p, const struct filter_token *t, bool compared)
{
	const struct filter_names *names = &p->f->names;
	struct near near = near_to(p->s + t->pos, t->len);
	auto_buf struct buf all = {0};
	const char *name;
	char word[48];
	size_t i;

	for (i = 0; (name = names->list(names->ctx, i)); i++) {
		near_try(&near, name);
		if (all.len < 256)
			buf_printf(&all, "%s%s", i ? ", " : "", name);
		else if (all.s[all.len - 1] != '.')
			buf_puts(&all, ", ...");
	}
	filter_err(p, t->pos, "there is no %s '%s'", names->noun, filter_shown(p, t, word));
	if (compared)
		err_hint(p->err, "text to compare with stands in quotes: '%s'%s%s", word,
			near.best ? "; or did you mean " : "", near.best ? near.best : "");
	else if (near.best)
		err_hint(p->err, "did you mean %s? There are: %s", near.best, all.s ? all.s : "");
	else
		err_hint(p->err, "there are: %s", all.s ? all.s : "none");
	return -EINVAL;
}

/* A name or literal; behind names the operator it is compared with, or "". */
static int parse_value(struct filter_parser *p, bool compared)
{
	static const enum node_op ops[] = {
		[TOK_NAME] = NODE_NAME,
		[TOK_NUM] = NODE_NUM,
		[TOK_TEXT] = NODE_TEXT,
		[TOK_BOOL] = NODE_BOOL,
	};
	const struct filter_names *names = &p->f->names;
	struct filter_token t = p->tok;
	int i = node_new(p, ops[t.type], t.pos, -1);
	struct node *n;

	if (i < 0)
		return i;
	n = &p->f->nodes[i];
	n->val = t.val;
	if (t.type == TOK_NAME && !names->resolve(names->ctx, p->s + t.pos, t.len, &n->ref))
		return unknown_name(p, &t, compared);
	if (t.type == TOK_TEXT) {
		n->val.text = strndup(t.val.text, t.val.len);
		if (!n->val.text)
			return err_set(p->err, -ENOMEM, "filter");
	}
	return i;
}

static int parse_or(struct filter_parser *p);

static int parse_group(struct filter_parser *p)
{
	size_t open = p->tok.pos;
	int r = filter_next(p), i;

	if (r)
		return r;
	i = parse_or(p);
	if (i < 0)
		return i;
	if (p->tok.type != TOK_CLOSE)
		return filter_err(p, p->tok.pos, "expected ')' for the '(' at column %zu",
			filter_column(p, open));
	r = filter_next(p);
	return r ? r : i;
}

/* after: the operator that wants a value, for the message, "" at the beginning. */
static int parse_primary(struct filter_parser *p, const char *after, bool compared)
{
	char word[48];
	int i, r;

	switch (p->tok.type) {
	case TOK_OPEN:
		if (p->depth >= FILTER_DEPTH_MAX)
			return filter_err(
				p, p->tok.pos, "nested too deeply (at most %d)", FILTER_DEPTH_MAX);
		p->depth++;
		i = parse_group(p);
		p->depth--;
		return i;
	case TOK_NAME:
	case TOK_NUM:
	case TOK_TEXT:
	case TOK_BOOL:
		i = parse_value(p, compared);
		r = i < 0 ? i : filter_next(p);
		return r ? r : i;
	default:
		if (*after)
			return filter_err(p, p->tok.pos, "expected a value after '%s'", after);
		if (p->tok.type == TOK_END)
			return filter_err(p, p->tok.pos, "expected a value");
		return filter_err(p, p->tok.pos, "expected a value, not '%s'",
			filter_shown(p, &p->tok, word));
	}
}

static bool is_value(const struct node *n)
{
	return n->op == NODE_NAME || n->op == NODE_NUM || n->op == NODE_TEXT || n->op == NODE_BOOL;
}

static bool is_bool(const struct node *n)
{
	return n->op == NODE_BOOL || !is_value(n);
}

/* A name with a string that it can never have. */
static int check_text(struct filter_parser *p, const struct node *name, const struct node *text)
{
	const unsigned int number = FILTER_NUM | FILTER_FLOAT;
	struct filter_val v = {0};
	struct filter_token at = {.pos = name->pos},
			    said = {.pos = text->pos + 1, .len = text->val.len};
	struct near near = near_to(text->val.text, text->val.len);
	char a[48], b[48];

	while (filter_name_char(p->s[at.pos + at.len], !at.len))
		at.len++;
	if (name->ref.has && !(name->ref.has & FILTER_TEXT) && (name->ref.has & number)) {
		if (filter_text_num(text->val.text, text->val.len, &v))
			return 0;
		return filter_err(p, text->pos, "%s is a number, '%s' is not",
			filter_shown(p, &at, a), filter_shown(p, &said, b));
	}
	if (!name->ref.words)
		return 0;
	for (size_t i = 0; name->ref.words[i]; i++) {
		if (strlen(name->ref.words[i]) == text->val.len &&
			!memcmp(name->ref.words[i], text->val.text, text->val.len))
			return 0;
		near_try(&near, name->ref.words[i]);
	}
	filter_err(p, text->pos, "%s is never '%s'", filter_shown(p, &at, a),
		filter_shown(p, &said, b));
	if (near.best)
		err_hint(p->err, "did you mean '%s'?", near.best);
	return -EINVAL;
}

/* The string that such a name is compared with becomes a number. */
static int take_literal(struct filter_parser *p, struct node *name, struct node *text)
{
	struct filter_token said = {.pos = text->pos + 1, .len = text->val.len};
	uint64_t v;
	char word[48];

	if (name->op != NODE_NAME || text->op != NODE_TEXT || !name->ref.literal)
		return 0;
	if (name->ref.literal(&name->ref, text->val.text, text->val.len, &v))
		return filter_err(p, text->pos, "'%s' is not %s", filter_shown(p, &said, word),
			name->ref.literal_is);
	free((char *)text->val.text);
	text->op = NODE_NUM;
	text->val = (struct filter_val){0};
	filter_val_u64(&text->val, v);
	return 0;
}

static int cmp_check(struct filter_parser *p, struct node *cmp, struct node *a, struct node *b)
{
	int r = take_literal(p, a, b);

	if (!r)
		r = take_literal(p, b, a);
	if (r)
		return r;
	if (is_bool(a) || is_bool(b)) {
		if (a->op == NODE_TEXT || b->op == NODE_TEXT)
			return filter_err(p, a->op == NODE_TEXT ? a->pos : b->pos,
				"a condition is true or false, not a string");
		cmp->mode = MODE_BOOL;
	} else if (a->op == NODE_TEXT || b->op == NODE_TEXT) {
		cmp->mode = MODE_TEXT;
		if ((cmp->outcomes & CMP_EQ) && a->op == NODE_NAME)
			r = check_text(p, a, b);
		else if ((cmp->outcomes & CMP_EQ) && b->op == NODE_NAME)
			r = check_text(p, b, a);
	} else if (a->op == NODE_NUM || b->op == NODE_NUM) {
		cmp->mode = MODE_NUM;
	}
	return r;
}

static int parse_regex(struct filter_parser *p, const struct filter_token *op, int left)
{
	struct filter_token t;
	char why[128];
	int i, r;

	if (p->tok.type != TOK_TEXT)
		return filter_err(p, p->tok.pos,
			"expected a regular expression in quotes after '%.2s'", p->s + op->pos);
	if (!is_value(&p->f->nodes[left]))
		return filter_err(
			p, op->pos, "what stands before '%.2s' is no value", p->s + op->pos);
	t = p->tok;
	i = node_new(p, NODE_REG, op->pos, left);
	if (i >= 0) {
		char *pattern = strndup(t.val.text, t.val.len);

		if (!pattern)
			return err_set(p->err, -ENOMEM, "filter");
		r = filter_regex(pattern, &p->f->nodes[i].re, why, sizeof(why));
		free(pattern);
		if (r == -ENOMEM)
			return err_set(p->err, r, "filter");
		if (r)
			return filter_err(p, t.pos, "regular expression: %s", why);
		p->f->nodes[i].negate = op->negate;
		r = filter_next(p);
		if (r)
			return r;
	}
	return i;
}

/* value [operator value] */
static int parse_cmp(struct filter_parser *p, const char *after)
{
	int left = parse_primary(p, after, false), right, i, r;
	struct filter_token op = p->tok;
	char word[48];

	if (left < 0 || (op.type != TOK_CMP && op.type != TOK_REG))
		return left;
	r = filter_next(p);
	if (r)
		return r;
	if (op.type == TOK_REG) {
		i = parse_regex(p, &op, left);
	} else {
		right = parse_primary(
			p, filter_shown(p, &op, word), p->f->nodes[left].op == NODE_NAME);
		if (right < 0)
			return right;
		i = node_new(p, NODE_CMP, op.pos, left);
		if (i < 0)
			return i;
		p->f->nodes[left].next = right;
		p->f->nodes[i].outcomes = op.outcomes;
		p->f->nodes[i].negate = op.negate;
		r = cmp_check(p, &p->f->nodes[i], &p->f->nodes[left], &p->f->nodes[right]);
		if (r)
			return r;
	}
	if (i >= 0 && (p->tok.type == TOK_CMP || p->tok.type == TOK_REG))
		return filter_err(p, p->tok.pos, "comparisons do not chain: join them by '&&'");
	return i;
}

static int parse_not(struct filter_parser *p, const char *after)
{
	size_t pos = p->tok.pos;
	bool negated = false;
	char word[48];
	int i, r;

	/* '!' before '!' only turns the meaning: no recursion is needed. */
	if (p->tok.type != TOK_NOT)
		return parse_cmp(p, after);
	while (p->tok.type == TOK_NOT) {
		negated = !negated;
		filter_shown(p, &p->tok, word);
		r = filter_next(p);
		if (r)
			return r;
	}
	i = parse_primary(p, word, false);
	if (i < 0)
		return i;
	if (p->tok.type == TOK_CMP || p->tok.type == TOK_REG) {
		char op[48];

		return filter_err(p, pos, "'%s' would bind before '%s': write %s(...)", word,
			filter_shown(p, &p->tok, op), word);
	}
	i = node_new(p, NODE_NOT, pos, i);
	if (i >= 0 && !negated)
		i = node_new(p, NODE_NOT, pos, i);
	return i;
}

/* A list of what is joined by one operator. */
static int parse_list(struct filter_parser *p, enum tok_type join, enum node_op op,
	int (*part)(struct filter_parser *p, const char *after), const char *after)
{
	int first = part(p, after), last = first, list, i, r;
	char word[48];

	if (first < 0 || p->tok.type != join)
		return first;
	list = node_new(p, op, p->tok.pos, first);
	if (list < 0)
		return list;
	while (p->tok.type == join) {
		filter_shown(p, &p->tok, word);
		r = filter_next(p);
		if (r)
			return r;
		i = part(p, word);
		if (i < 0)
			return i;
		p->f->nodes[last].next = i;
		last = i;
	}
	return list;
}

static int parse_and(struct filter_parser *p, const char *after)
{
	return parse_list(p, TOK_AND, NODE_AND, parse_not, after);
}

static int parse_or(struct filter_parser *p)
{
	return parse_list(p, TOK_OR, NODE_OR, parse_and, "");
}

static int parse_all(struct filter_parser *p)
{
	char word[48];
	int r;

	if (p->len > FILTER_LEN_MAX)
		return err_say(p->err, -EINVAL, "filter: longer than %d bytes", FILTER_LEN_MAX);
	r = filter_next(p);
	if (r)
		return r;
	r = parse_or(p);
	if (r < 0)
		return r;
	p->f->root = r;
	if (p->tok.type == TOK_CLOSE)
		return filter_err(p, p->tok.pos, "')' without '('");
	if (p->tok.type != TOK_END)
		return filter_err(p, p->tok.pos, "expected an operator before '%s'",
			filter_shown(p, &p->tok, word));
	return 0;
}

int filter_compile(
	const char *expr, const struct filter_names *names, struct err *err, struct filter **ret)
{
	auto_filter struct filter *f = calloc(1, sizeof(*f));
	struct filter_parser p = {.s = expr, .len = strlen(expr), .f = f, .err = err};
	int r;

	if (!f)
		return err_set(err, -ENOMEM, "filter");
	f->names = *names;
	r = parse_all(&p);
	if (r < 0)
		return r;
	*ret = f;
	f = NULL;
	return 0;
}
