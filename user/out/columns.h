/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * columns.h - the columns of a command's table: the options that choose them (-o, -H), that
 * choose rows by what they say (-Q) and that give the table its look, and the table that comes
 * of these. A command has one array of struct column; help, completion and man page are made of
 * the same rows.
 */
#ifndef NSWATCH_COLUMNS_H
#define NSWATCH_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "out/filter.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/opts.h"
#include "out/table.h"

/* --- the options ----------------------------------------------------------------------------- */

/* The options of a command have it as their member "form". */
struct form {
	bool json, raw, noheadings, notruncate, list_columns;
	int color;
	const char *output, *filter;
};

extern const char *const form_colors[];

/* Rows of the options struct s; behind the member may come what else the first one has (.group). */
#define FORM_COLUMN_ROWS(s, ...)                                                                   \
	{'o', "output", "[+]LIST", OPT_STR(s, form.output), .complete = OPT_C_COLUMNS,             \
		.help = "these columns, or with '+' these besides the default ones (see "          \
			"--list-columns)",                                                         \
		__VA_ARGS__},                                                                      \
	{                                                                                          \
		'H', "list-columns", NULL, OPT_FLAG(s, form.list_columns),                         \
			.help = "list the columns and end"                                         \
	}
#define FORM_FILTER_ROW(s, example, ...)                                                           \
	{                                                                                          \
		'Q', "filter", "EXPR", OPT_STR(s, form.filter),                                    \
			.help = "only rows for which the expression on columns is true: "          \
				"'" example "'",                                                   \
			__VA_ARGS__                                                                \
	}
/* excl: the bit by which they exclude each other. */
#define FORM_JSON_ROW(s, excl, ...)                                                                \
	{                                                                                          \
		'J', "json", NULL, OPT_FLAG(s, form.json), .exclude = (excl), __VA_ARGS__          \
	}
#define FORM_TEXT_ROWS(s, excl)                                                                    \
	{'r', "raw", NULL, OPT_FLAG(s, form.raw), .exclude = (excl),                               \
		.help = "one blank between cells; blanks in cells are written as \\x20"},          \
		{'n', "noheadings", NULL, OPT_FLAG(s, form.noheadings),                            \
			.help = "no heading line"},                                                \
	{                                                                                          \
		'u', "notruncate", NULL, OPT_FLAG(s, form.notruncate),                             \
			.help = "do not cut text in columns"                                       \
	}
#define FORM_COLOR_ROW(s)                                                                          \
	{                                                                                          \
		0, "color", "WHEN", OPT_CHOICE(s, form.color),                                     \
			.choices = form_colors, .help = "colours: auto, always, never"             \
	}

/* On standard output; name is that of the array in JSON. */
struct table_style form_style(const struct form *f, const char *name);

/* --- the columns ----------------------------------------------------------------------------- */

/*
 * Adds to b what the column says of a row and returns true; false: it says nothing, and what it
 * may have added does not count. b may hold the text of other cells already.
 */
typedef bool (*column_fill)(void *ctx, const void *row, struct buf *b);

/* An array of them ends with a row without a name. */
struct column {
	struct table_col col;
	const char *help;
	unsigned int needs; /* what the command has to read for it, in its own bits */
	column_fill fill;
};

static inline bool cell_u64(struct buf *b, uint64_t v)
{
	buf_u64(b, v);
	return true;
}

/* NULL: nothing. */
static inline bool cell_text(struct buf *b, const char *s)
{
	if (s)
		buf_puts(b, s);
	return s;
}

#define COLUMNS_MAX 64

struct columns {
	const struct form *form;
	const struct column *all;
	void *ctx;                              /* of fill */
	const struct column *cols[COLUMNS_MAX]; /* shown */
	bool named[COLUMNS_MAX];                /* by --output: always shown */
	size_t n;
	unsigned int needs; /* of what is shown and what the filter asks for */
	struct filter *filter;
	struct buf text[2]; /* of what the filter compares: two columns at most at a time */
	unsigned int turn;
};

void columns_free(struct columns *c);
/*
 * What --output says; "A,B" in standard are those without it, NULL: all of them. Compiles
 * --filter. ctx is given to the fills. -EINVAL and the reason.
 */
int columns_choose(struct columns *c, const struct form *f, const struct column *all,
	const char *standard, void *ctx, struct err *err);
/* Leaves a column out unless --output named it; puts one at that place. */
void columns_drop(struct columns *c, const char *name);
void columns_move(struct columns *c, const char *name, size_t to);

void columns_begin(const struct columns *c, struct table *t);
/* The row passes the filter. */
bool columns_match(const struct columns *c, const void *row);
/* A row of it below parent (TABLE_ROOT: none). Its place. */
uint32_t columns_row(const struct columns *c, struct table *t, uint32_t parent, const void *row);

/* What --list-columns shows, as a table with the heading first. */
void columns_list(const struct column *all, const char *first, struct table *t);

#endif
