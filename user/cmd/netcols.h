/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netcols.h - tables of `nswatch netns` and `nswatch netdev`: columns, choice, form. */
#ifndef NSWATCH_CMD_NETCOLS_H
#define NSWATCH_CMD_NETCOLS_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/form.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "out/table.h"

#define NETCOLS_MAX 32

/* What a column says of a row: added to b; false: nothing. */
typedef bool (*netcol_fill)(void *ctx, const void *row, struct buf *b);

struct netcol {
	struct table_col col;
	const char *help;
	bool shown;         /* without --output */
	unsigned int needs; /* what the command has to read for it */
	netcol_fill fill;
};

struct netcols {
	const struct netcol *cols[NETCOLS_MAX];
	bool named[NETCOLS_MAX]; /* by --output: always shown */
	size_t n;
	unsigned int needs;
};

/* all ends with a row without a name; list is that of --output or NULL. -EINVAL and the reason. */
int netcols_choose(struct netcols *c, const struct netcol *all, const char *list, struct err *err);
/* Leaves a column out unless --output named it; puts one first. */
void netcols_drop(struct netcols *c, const char *name);
void netcols_first(struct netcols *c, const char *name);
void netcols_begin(const struct netcols *c, const struct form *f, struct table *t);
/* A row of it below parent (TABLE_ROOT: none). Its place. */
uint32_t netcols_row(
	const struct netcols *c, struct table *t, uint32_t parent, void *ctx, const void *row);
/* Prints it; an exit status. name is that of the array in JSON. */
int netcols_print(const struct form *f, const struct table *t, const char *name);
/* --list-columns; an exit status. */
int netcols_list(const struct form *f, const struct netcol *all, const char *name);

/* Names of others on their way to a message. */
const char *shown(const char *s, struct buf *b);

#endif
