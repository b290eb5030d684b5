/* SPDX-License-Identifier: GPL-2.0-or-later */
/* form.h - the options by which commands that print a table let it look, and what comes of them. */
#ifndef NSWATCH_CMD_FORM_H
#define NSWATCH_CMD_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"
#include "out/table.h"

/* The options of a command have it as their member "form". */
struct form {
	bool json, raw, noheadings, notruncate, list_columns;
	int color;
	const char *output;
};

extern const char *const form_colors[];

/* Rows of the options struct s; behind the member may come what else the first one has (.group). */
#define FORM_COLUMN_ROWS(s, ...)                                                                   \
	{'o', "output", "[+]LIST", OPT_STR(s, form.output), .complete = OPT_C_COLUMNS,             \
		.help = "these columns, or with '+' these too (see --list-columns)", __VA_ARGS__}, \
	{                                                                                          \
		'H', "list-columns", NULL, OPT_FLAG(s, form.list_columns),                         \
			.help = "list the columns and end"                                         \
	}
/* excl: the bit by which they exclude each other. */
#define FORM_JSON_ROW(s, excl, ...)                                                                \
	{                                                                                          \
		'J', "json", NULL, OPT_FLAG(s, form.json), .exclude = (excl), __VA_ARGS__          \
	}
#define FORM_TEXT_ROWS(s, excl)                                                                    \
	{'r', "raw", NULL, OPT_FLAG(s, form.raw), .exclude = (excl),                               \
		.help = "cells separated by one blank, without any in them"},                      \
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
/* A column as it is with these options. */
struct table_col form_col(const struct form *f, struct table_col col);
/* A name that is no column: -EINVAL, and those that there are (NULL behind the last). */
int form_col_unknown(const char *name, size_t len, const char *(*name_at)(const void *, size_t),
	const void *ctx, struct err *err);

#endif
