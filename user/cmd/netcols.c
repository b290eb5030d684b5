// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "cmd/cmd.h"
#include "cmd/netcols.h"
#include "lib/host.h"
#include "lib/log.h"
#include "out/escape.h"

static const struct netcol *col_find(const struct netcol *all, const char *name, size_t len)
{
	for (; all->col.name; all++)
		if (strlen(all->col.name) == len && !strncasecmp(all->col.name, name, len))
			return all;
	return NULL;
}

static const char *col_name(const void *all, size_t i)
{
	return ((const struct netcol *)all)[i].col.name;
}

static int col_add(struct netcols *c, const struct netcol *col, bool named, struct err *err)
{
	if (c->n == NETCOLS_MAX)
		return err_say(err, -E2BIG, "--output: more than %d columns", NETCOLS_MAX);
	c->named[c->n] = named;
	c->cols[c->n++] = col;
	c->needs |= col->needs;
	return 0;
}

int netcols_choose(struct netcols *c, const struct netcol *all, const char *list, struct err *err)
{
	int ret = 0;

	for (const struct netcol *col = all; (!list || *list == '+') && col->col.name; col++)
		if (col->shown)
			ret = ret ? ret : col_add(c, col, false, err);
	if (!list || ret)
		return ret;
	list += *list == '+';
	while (!ret) {
		size_t len = strcspn(list, ",");
		const struct netcol *col = col_find(all, list, len);

		if (!col)
			return form_col_unknown(list, len, col_name, all, err);
		ret = col_add(c, col, true, err);
		if (!list[len])
			break;
		list += len + 1;
	}
	return ret;
}

static size_t col_at(const struct netcols *c, const char *name)
{
	size_t i = 0;

	while (i < c->n && strcmp(c->cols[i]->col.name, name) != 0)
		i++;
	return i;
}

void netcols_drop(struct netcols *c, const char *name)
{
	size_t at = col_at(c, name);

	if (at == c->n || c->named[at])
		return;
	memmove(c->cols + at, c->cols + at + 1, (c->n - at - 1) * sizeof(*c->cols));
	memmove(c->named + at, c->named + at + 1, (c->n - at - 1) * sizeof(*c->named));
	c->n--;
}

void netcols_first(struct netcols *c, const char *name)
{
	size_t at = col_at(c, name);
	const struct netcol *col = at < c->n ? c->cols[at] : NULL;
	bool named = at < c->n && c->named[at];

	if (!col)
		return;
	memmove(c->cols + 1, c->cols, at * sizeof(*c->cols));
	memmove(c->named + 1, c->named, at * sizeof(*c->named));
	c->cols[0] = col;
	c->named[0] = named;
}

void netcols_begin(const struct netcols *c, const struct form *f, struct table *t)
{
	table_init(t, c->n);
	for (size_t i = 0; i < c->n; i++) {
		t->cols[i] = form_col(f, c->cols[i]->col);
		if (c->named[i])
			t->cols[i].flags &= ~(unsigned int)TABLE_SPARE;
	}
}

uint32_t netcols_row(
	const struct netcols *c, struct table *t, uint32_t parent, void *ctx, const void *row)
{
	uint32_t at = table_row(t, parent);
	auto_buf struct buf b = {0};

	for (size_t i = 0; i < c->n; i++) {
		buf_reset(&b);
		if (c->cols[i]->fill(ctx, row, &b))
			table_text(t, i, b.s ? b.s : "", b.len);
	}
	return at;
}

static int print(const struct form *f, const struct table *t, const char *name, const char *host)
{
	auto_buf struct buf out = {0};
	struct table_style style = form_style(f, name);

	style.host = host;
	table_print(t, &style, &out);
	return output_put(&out) ? EXIT_FAIL : EXIT_OK;
}

int netcols_print(const struct form *f, const struct table *t, const char *name)
{
	return print(f, t, name, host_name());
}

int netcols_list(const struct form *f, const struct netcol *all, const char *name)
{
	struct form form = *f;
	auto_table struct table t = {0};

	form.noheadings = true;
	table_init(&t, 2);
	t.cols[0] = (struct table_col){"COLUMN", TABLE_STRING, TABLE_RIGHT};
	t.cols[1] = (struct table_col){"DESCRIPTION", TABLE_STRING, 0};
	for (; all->col.name; all++) {
		table_row(&t, TABLE_ROOT);
		table_text(&t, 0, all->col.name, strlen(all->col.name));
		table_text(&t, 1, all->help, strlen(all->help));
	}
	return print(&form, &t, name, NULL);
}

const char *shown(const char *s, struct buf *b)
{
	buf_reset(b);
	buf_puts(b, "");
	escape_text(b, s, strlen(s));
	return b->s ? b->s : "";
}
