/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table.h - rows of cells as an aligned table, a tree, raw words or JSON. The
 * same cells make all of them, in the look that libsmartcols gives lsns:
 *
 *	text	columns aligned, separated by one blank; trees drawn; what does
 *		not fit the terminal left out or cut in columns that allow it
 *	raw	one line per row, one blank between cells; blanks, backslashes
 *		and what is not printable as \xNN
 *	JSON	{"NAME": [{"column": value, ..., "children": [...]}, ...]}
 *
 * Cells hold untrusted text; it is escaped here.
 */
#ifndef NSWATCH_OUT_TABLE_H
#define NSWATCH_OUT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "out/color.h"

enum table_type {
	TABLE_STRING,
	TABLE_NUMBER,
	TABLE_BOOL, /* cells "true" and "false" in JSON */
};

enum {
	TABLE_RIGHT = 1, /* aligned to the right */
	TABLE_TRUNC = 2, /* may be cut to the width of the terminal */
	TABLE_FOLD = 32, /* with TABLE_TRUNC: what does not fit goes on below, nothing is cut */
	TABLE_WRAP = 4,  /* newlines of its cells begin further lines */
	TABLE_TREE = 8,  /* the tree is drawn here */
	/* Left out where the terminal is too narrow: those without any text first, then the last */
	TABLE_SPARE = 16,
	/* A row that has no other cells may be wider than the column: the heading of its tree. */
	TABLE_SPAN = 64,
	TABLE_LIST = 128, /* its cells are lists, made of items by table_item() */
};

/*
 * Above these flags: a column that is wider than its heading (without headings:
 * than 1) is at least so wide.
 */
#define TABLE_HINT(n)        ((n) << 8)
#define TABLE_HINT_OF(flags) ((flags) >> 8)

struct table_col {
	const char *name; /* "NPROCS"; in lower case the key in JSON */
	enum table_type type;
	unsigned int flags;
};

#define TABLE_ROOT UINT32_MAX

struct table_cell {
	size_t off; /* in the text */
	uint32_t len;
	bool is;            /* false: there is no value: null in JSON */
	unsigned char role; /* enum color_role: what it is coloured as in its row */
};

struct table_row {
	uint32_t parent, first, last, next; /* TABLE_ROOT: none */
	enum color_role role;
	char mark; /* before the row, where any row has one; '\0': none */
};

struct table {
	struct table_col *cols;
	size_t ncols;
	struct table_row *rows;
	struct table_cell *cells; /* ncols for each row */
	size_t n, cap;
	struct buf text;
	uint32_t first, last; /* roots */
};

#define auto_table __attribute__((cleanup(table_free)))

/* Copies the columns. Like struct buf, a table ends the program without memory. */
void table_init(struct table *t, size_t ncols);
void table_free(struct table *t);

/* Room for so many more rows, so that what is made need not move. */
void table_reserve(struct table *t, size_t rows);
/* A row without cells; parent is an earlier row or TABLE_ROOT. Its place. */
uint32_t table_row(struct table *t, uint32_t parent);
/* Leaves out a column in which no row has a value. */
void table_drop_empty(struct table *t, const char *name);
void table_text_at(struct table *t, size_t row, size_t col, const char *s, size_t len);
/* A cell of the newest row. */
void table_text(struct table *t, size_t col, const char *s, size_t len);
/* The same of what was added to the table's text since its length was off. */
void table_cell_end(struct table *t, size_t col, size_t off);
/*
 * Adds an item to what becomes a cell of a TABLE_LIST, behind the separator where it is not the
 * first. In it a newline, the separator, and a backslash that reads as the start of \x are
 * written as \xNN, in all forms, so that items can be told apart.
 */
void table_item(struct buf *b, bool first, char separator, const char *s, size_t len);

enum table_form {
	TABLE_FORM_TEXT,
	TABLE_FORM_RAW,
	TABLE_FORM_JSON,
};

struct table_style {
	enum table_form form;
	const char *name; /* of the array in JSON */
	const char *host; /* what "host" is in JSON, before the array; NULL: there is no such key */
	/* Of a table of the past, so too: the time, and that of what was counted before it. */
	const char *at, *snapshot;
	bool noheadings;
	unsigned int width; /* of the terminal, 0: no limit */
	/* So many of them there are, 0: no limit. What is left out is a last line "N more rows". */
	unsigned int lines;
	bool ascii; /* trees without line drawing characters */
	bool color;
};

/*
 * Reads the JSON that table_print makes back into the columns of t, children
 * as rows of their own: -EINVAL where it is none or has no such array. has (may
 * be NULL) gets a bool per column: some row had it.
 */
int table_parse(struct table *t, const char *name, const char *text, size_t len, bool *has,
	struct err *err);

void table_print(const struct table *t, const struct table_style *style, struct buf *b);

#endif
