/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filter_lex.h - the tokens of a filter expression, and messages with their place. */
#ifndef NSWATCH_EVENT_FILTER_LEX_H
#define NSWATCH_EVENT_FILTER_LEX_H

#include "out/filter_tree.h"

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

#endif
