// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <langinfo.h>
#include <strings.h>
#include <unistd.h>

#include "lib/text.h"
#include "out/columns.h"
#include "out/escape.h"
#include "out/wrap.h"

const char *const form_colors[] = {"auto", "always", "never", NULL};

struct table_style form_style(const struct form *f, const char *name)
{
	return (struct table_style){
		.form = f->json  ? TABLE_FORM_JSON
			: f->raw ? TABLE_FORM_RAW
				 : TABLE_FORM_TEXT,
		.name = name,
		.noheadings = f->noheadings,
		.width = wrap_terminal(),
		.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
		.color = color_enabled((enum color_when)f->color, STDOUT_FILENO),
	};
}

/* --- the filter ------------------------------------------------------------------------------ */

static const struct column *column_find(const struct column *all, const char *name, size_t len)
{
	for (; all->col.name; all++)
		if (strlen(all->col.name) == len && !strncasecmp(all->col.name, name, len))
			return all;
	return NULL;
}

static bool filter_resolve(void *ctx, const char *name, size_t len, struct filter_ref *ret)
{
	struct columns *c = ctx;
	const struct column *col = column_find(c->all, name, len);

	if (!col)
		return false;
	ret->handle = col;
	ret->has = col->col.type == TABLE_NUMBER ? FILTER_NUM : FILTER_TEXT;
	c->needs |= col->needs;
	return true;
}

static uint64_t digits_read(const struct buf *b)
{
	uint64_t n = 0;

	for (size_t i = 0; i < b->len; i++)
		n = n * 10 + (uint64_t)(b->s[i] - '0');
	return n;
}

static bool filter_get(void *ctx, const struct filter_ref *ref, const void *row, unsigned int i,
	struct filter_val *ret, char tmp[FILTER_TMP])
{
	const struct column *col = ref->handle;
	struct columns *c = ctx;
	struct buf *b = &c->text[c->turn ^= 1];
	bool is;

	buf_reset(b);
	is = col->fill(c->ctx, row, b);
	/* As to lsns, an absent text differs from any other, and an absent number does not. */
	if (col->col.type != TABLE_NUMBER)
		filter_val_text(ret, is && b->s ? b->s : "", is ? b->len : 0);
	else if (is)
		filter_val_u64(ret, digits_read(b));
	return ret->has;
}

static const char *filter_list(void *ctx, size_t i)
{
	return ((const struct columns *)ctx)->all[i].col.name;
}

bool columns_match(const struct columns *c, const void *row)
{
	return !c->filter || filter_match(c->filter, row);
}

/* --- the choice ------------------------------------------------------------------------------ */

static int column_unknown(const struct column *all, const char *name, size_t len, struct err *err)
{
	struct near near = near_to(name, len);
	auto_buf struct buf names = {0}, safe = {0};

	for (const struct column *c = all; c->col.name; c++) {
		near_try(&near, c->col.name);
		buf_printf(&names, "%s%s", c == all ? "" : ", ", c->col.name);
	}
	escape_text(&safe, name, len < 64 ? len : 64);
	err_say(err, -EINVAL, "unknown column: %s", safe.s ? safe.s : "\"\"");
	if (near.best)
		err_hint(err, "did you mean %s? There are %s", near.best, names.s);
	else
		err_hint(err, "there are %s", names.s);
	return -EINVAL;
}

static int column_add(struct columns *c, const struct column *col, bool named, struct err *err)
{
	if (c->n == COLUMNS_MAX)
		return err_say(err, -E2BIG, "--output: more than %d columns", COLUMNS_MAX);
	c->named[c->n] = named;
	c->cols[c->n++] = col;
	c->needs |= col->needs;
	return 0;
}

static int columns_add(struct columns *c, const char *list, bool named, struct err *err)
{
	for (int ret;; list++) {
		size_t len = strcspn(list, ",");
		const struct column *col = column_find(c->all, list, len);

		ret = col ? column_add(c, col, named, err) : column_unknown(c->all, list, len, err);
		list += len;
		if (ret || !*list)
			return ret;
	}
}

int columns_choose(struct columns *c, const struct form *f, const struct column *all,
	const char *standard, void *ctx, struct err *err)
{
	const struct filter_names names = {"column", c, filter_resolve, filter_get, filter_list};
	const char *list = f->output;
	int ret = 0;

	*c = (struct columns){.form = f, .all = all, .ctx = ctx};
	if (list && *list != '+')
		ret = columns_add(c, list, true, err);
	else if (standard)
		ret = columns_add(c, standard, false, err);
	else
		for (; all->col.name && !ret; all++)
			ret = column_add(c, all, false, err);
	if (!ret && list && *list == '+')
		ret = columns_add(c, list + 1, true, err);
	return ret || !f->filter ? ret : filter_compile(f->filter, &names, err, &c->filter);
}

void columns_free(struct columns *c)
{
	filter_free(c->filter);
	buf_free(&c->text[0]);
	buf_free(&c->text[1]);
	*c = (struct columns){0};
}

static size_t column_at(const struct columns *c, const char *name)
{
	size_t i = 0;

	while (i < c->n && strcmp(c->cols[i]->col.name, name) != 0)
		i++;
	return i;
}

void columns_drop(struct columns *c, const char *name)
{
	size_t at = column_at(c, name);

	if (at == c->n || c->named[at])
		return;
	memmove(c->cols + at, c->cols + at + 1, (c->n - at - 1) * sizeof(*c->cols));
	memmove(c->named + at, c->named + at + 1, (c->n - at - 1) * sizeof(*c->named));
	c->n--;
}

void columns_move(struct columns *c, const char *name, size_t to)
{
	size_t at = column_at(c, name), step = to < at ? (size_t)-1 : 1;

	for (; at < c->n && at != to; at += step) {
		const struct column *col = c->cols[at];
		bool named = c->named[at];

		c->cols[at] = c->cols[at + step];
		c->named[at] = c->named[at + step];
		c->cols[at + step] = col;
		c->named[at + step] = named;
	}
}

/* --- the table ------------------------------------------------------------------------------- */

void columns_begin(const struct columns *c, struct table *t)
{
	table_init(t, c->n);
	for (size_t i = 0; i < c->n; i++) {
		unsigned int *flags = &t->cols[i].flags;

		t->cols[i] = c->cols[i]->col;
		if (c->form->notruncate)
			*flags &= ~(unsigned int)(TABLE_TRUNC | TABLE_SPARE);
		if (c->form->raw)
			*flags &= ~(unsigned int)TABLE_WRAP;
		if (c->named[i])
			*flags &= ~(unsigned int)TABLE_SPARE;
	}
}

uint32_t columns_row(const struct columns *c, struct table *t, uint32_t parent, const void *row)
{
	uint32_t at = table_row(t, parent);

	for (size_t i = 0; i < c->n; i++) {
		size_t off = t->text.len;

		if (c->cols[i]->fill(c->ctx, row, &t->text))
			table_cell_end(t, i, off);
		else
			t->text.len = off;
	}
	return at;
}

void columns_list(const struct column *all, const char *first, struct table *t)
{
	static const char *const types[] = {"<string>", "<integer>", "<boolean>"};

	table_init(t, 3);
	t->cols[0] = (struct table_col){first, TABLE_STRING, TABLE_RIGHT};
	t->cols[1] = (struct table_col){"TYPE", TABLE_STRING, 0};
	t->cols[2] = (struct table_col){"DESCRIPTION", TABLE_STRING, 0};
	for (; all->col.name; all++) {
		const char *cells[] = {all->col.name, types[all->col.type], all->help};

		table_row(t, TABLE_ROOT);
		for (size_t i = 0; i < 3; i++)
			table_text(t, i, cells[i], strlen(cells[i]));
	}
}
