/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lines.h - events as aligned lines for people. Columns have fixed widths,
 * because what comes next is not known; a cell that needs more takes more,
 * nothing is ever cut.
 */
#ifndef NSWATCH_SINK_LINES_H
#define NSWATCH_SINK_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "event/decode.h"
#include "lib/buf.h"
#include "out/columns.h"

#define LINES_DEFAULT "TIME,EVENT,PID,COMM,DETAIL"

struct lines_opts {
	/* "TIME,EVENT", or "+UID,CPU" to add to the default; NULL: the default */
	const char *columns;
	bool color;
	bool raw;           /* one blank between cells, blanks in them as \x20, no alignment */
	unsigned int width; /* longer lines go on below the last column, or the second; 0: never */
};

struct lines;

/* -EINVAL for a column that does not exist; err then lists those that do. */
int lines_open(const struct lines_opts *opts, struct lines **ret, struct err *err);
/* Whether lines_open would take the columns, NULL included. */
int lines_check(const char *columns, struct err *err);
void lines_free(struct lines *l);
static inline void lines_freep(struct lines **l)
{
	lines_free(*l);
}

/* The terminal has this width now. */
void lines_width(struct lines *l, unsigned int width);
/* Append a line, newline included. */
void lines_heading(struct lines *l, struct buf *b);
/* user: the name of the event's uid, NULL: none. */
void lines_event(struct lines *l, struct buf *b, const struct event *ev, const char *user);
struct fold_unit;
/* The same of what was folded. */
void lines_unit(struct lines *l, struct buf *b, const struct fold_unit *u);
/* Whether a column of them shows it. */
bool lines_show_user(const struct lines *l);
bool lines_show_containers(const struct lines *l);
/* The same before they are opened; columns as in struct lines_opts. */
bool lines_want_containers(const char *columns);

extern const struct column lines_cols[];
/* What `--list-columns` says: a line per column. */
void lines_list_columns(struct buf *b);

#endif
