// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * counts.c - the sink `counts` (--summary): how often which program did what, as a table, at the
 * end and whenever SIGUSR1 comes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event/value.h"
#include "lib/array.h"
#include "lib/hash.h"
#include "lib/inums.h"
#include "lib/outlet.h"
#include "out/escape.h"
#include "out/color.h"
#include "stream/sink.h"

#define ROWS_MAX 4096 /* different ones; what comes then is counted together */

enum cell {
	CELL_PROGRAM,
	CELL_CONTAINER,
	CELL_EVENT,
	CELL_TYPE,
	CELL_RESULT,
	CELLS,
};

static const char *const headings[CELLS] = {"PROGRAM", "CONTAINER", "EVENT", "TYPE", "RESULT"};

struct row {
	uint64_t count;
	char *text[CELLS]; /* in one piece of memory; escaped */
};

struct sink_of_counts {
	struct outlet out;
	bool color;
	struct inums at; /* by hash: a is 1 + the place in rows */
	struct row *rows;
	size_t n, cap;
	uint64_t others; /* events that have no row */
	uint64_t total, lost;
	struct buf key;
};

static int of_counts_open(void **ret, const struct sink_open *so, struct err *err)
{
	struct sink_of_counts *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(err, -ENOMEM, "count events");
	r = outlet_open(&s->out, so->arg ? so->arg : "fd:2", err);
	if (r) {
		free(s);
		return r;
	}
	s->color = color_enabled((enum color_when)so->form->color, s->out.fd);
	*so->ret_wants |= SINK_REPORT;
	*ret = s;
	return 0;
}

/* --- counting -------------------------------------------------------------------------------- */

static void put_program(struct buf *b, const struct event *ev)
{
	const struct ev_hdr *h = ev->hdr;

	if (!h->comm[0])
		return;
	if (h->flags & EVF_NO_ACTOR)
		buf_putc(b, '[');
	escape_text(b, h->comm, strnlen(h->comm, sizeof(h->comm)));
	if (h->flags & EVF_NO_ACTOR)
		buf_putc(b, ']');
}

static void put_container(struct buf *b, const struct event *ev)
{
	const struct whose *w =
		ev->hdr->cgroup_id ? event_whose(ev) : event_ns_whose(ev, NULL, NULL);
	auto_buf struct buf text = {0};

	if (w)
		whose_text(&text, w);
	escape_text(b, text.s ? text.s : "", text.len);
}

static void put_result(struct buf *b, const struct event *ev)
{
	for (size_t i = 0; i < ev->schema->nfields; i++) {
		const struct ev_field *f = &ev->schema->fields[i];
		int64_t result;

		if (f->type != FT_RESULT)
			continue;
		result = (int64_t)event_num(ev, f);
		if (result < 0 && errno_name((int)result))
			buf_puts(b, errno_name((int)result));
		else
			value_text(b, ev, f);
		return;
	}
}

/* The cells, one after the other, each ended by NUL. */
static void key_make(struct buf *b, const struct event *ev)
{
	uint32_t types = event_types(ev);

	buf_reset(b);
	put_program(b, ev);
	buf_putc(b, '\0');
	put_container(b, ev);
	buf_putc(b, '\0');
	buf_puts(b, ev->schema->name);
	buf_putc(b, '\0');
	if (types)
		value_slots(b, types);
	buf_putc(b, '\0');
	put_result(b, ev);
	buf_putc(b, '\0');
}

static bool row_is(const struct row *row, const struct buf *key)
{
	return !memcmp(row->text[0], key->s, key->len);
}

/* NULL: there is no room for it. */
static struct row *row_get(struct sink_of_counts *s)
{
	uint64_t hash = hash_id(hash_add(HASH_BEGIN, s->key.s, s->key.len));
	struct inum_entry *e = inums_find_id(&s->at, hash);
	struct row *row;
	char *text;

	if (e && e->a) /* another one with this hash: then there is no room for it */
		return row_is(&s->rows[e->a - 1], &s->key) ? &s->rows[e->a - 1] : NULL;
	if (s->n == ROWS_MAX || ARRAY_ROOM(s->rows, s->cap, s->n))
		return NULL;
	text = malloc(s->key.len);
	e = text ? inums_put_id(&s->at, hash) : NULL;
	if (!e) {
		free(text);
		return NULL;
	}
	memcpy(text, s->key.s, s->key.len);
	row = &s->rows[s->n];
	*row = (struct row){0};
	for (size_t i = 0; i < CELLS; i++) {
		row->text[i] = text;
		text += strlen(text) + 1;
	}
	e->a = ++s->n;
	return row;
}

static int of_counts_event(void *sink, const struct observed *o, struct err *err)
{
	struct sink_of_counts *s = sink;
	struct row *row;

	(void)err;
	if (o->ev->hdr->kind == EV_LOST) {
		s->lost += ((const struct ev_lost *)o->ev->rec)->count;
		return 0;
	}
	s->total++;
	key_make(&s->key, o->ev);
	row = row_get(s);
	if (row)
		row->count++;
	else
		s->others++;
	return 0;
}

/* --- the table ------------------------------------------------------------------------------- */

static int by_count(const void *a, const void *b)
{
	const struct row *const *x = a, *const *y = b;

	if ((*x)->count != (*y)->count)
		return (*x)->count > (*y)->count ? -1 : 1;
	for (size_t i = 0; i < CELLS; i++) {
		int r = strcmp((*x)->text[i], (*y)->text[i]);

		if (r)
			return r;
	}
	return 0;
}

static void put_count(struct buf *b, uint64_t count, const char *text)
{
	auto_buf struct buf number = {0};

	if (!text) {
		buf_u64(&number, count);
		text = number.s;
	}
	buf_pad(b, ' ', strlen(text) < 8 ? 8 - strlen(text) : 0);
	buf_puts(b, text);
}

/* Empty columns at the end of a row leave no blanks. */
static void put_row(struct buf *b, const char *const text[CELLS], const size_t width[CELLS])
{
	for (size_t i = 0; i < CELLS; i++) {
		const char *cell = text[i][0] ? text[i] : "-";
		size_t is = text_width(cell, strlen(cell));

		buf_putc(b, ' ');
		buf_puts(b, cell);
		if (i + 1 < CELLS)
			buf_pad(b, ' ', is < width[i] ? width[i] - is : 0);
	}
	buf_putc(b, '\n');
}

static void put_table(struct sink_of_counts *s)
{
	const struct row **rows = calloc(s->n ? s->n : 1, sizeof(*rows));
	struct buf *b = &s->out.buf;
	size_t width[CELLS];

	if (!rows)
		return;
	for (size_t i = 0; i < CELLS; i++)
		width[i] = strlen(headings[i]);
	for (size_t i = 0; i < s->n; i++) {
		rows[i] = &s->rows[i];
		for (size_t k = 0; k < CELLS; k++) {
			size_t is = text_width(rows[i]->text[k], strlen(rows[i]->text[k]));

			width[k] = is > width[k] ? is : width[k];
		}
	}
	qsort(rows, s->n, sizeof(const struct row *), by_count);
	buf_puts(b, color_on(s->color, ROLE_HEADING));
	put_count(b, 0, "COUNT");
	put_row(b, headings, width);
	buf_puts(b, color_off(s->color, ROLE_HEADING));
	for (size_t i = 0; i < s->n; i++) {
		put_count(b, rows[i]->count, NULL);
		put_row(b, (const char *const *)rows[i]->text, width);
	}
	if (s->others) {
		put_count(b, s->others, NULL);
		buf_puts(b, " of other kinds than these rows\n");
	}
	put_count(b, s->total, NULL);
	buf_puts(b, " total\n");
	if (s->lost) {
		put_count(b, s->lost, NULL);
		buf_puts(b, " lost\n");
	}
	free(rows);
}

static void of_counts_report(void *sink)
{
	put_table(sink);
}

static int of_counts_flush(void *sink, struct err *err)
{
	struct sink_of_counts *s = sink;

	return outlet_flush(&s->out, err);
}

static struct outlet *of_counts_outlet(void *sink)
{
	struct sink_of_counts *s = sink;

	return &s->out;
}

static int of_counts_close(void *sink, const struct sink_end *end, struct err *err)
{
	struct sink_of_counts *s = sink;
	int r;

	if (!end->failed)
		put_table(s);
	r = outlet_close(&s->out, err);
	for (size_t i = 0; i < s->n; i++)
		free(s->rows[i].text[0]);
	free(s->rows);
	inums_free(&s->at);
	buf_free(&s->key);
	free(s);
	return r;
}

const struct sink_ops sink_counts = {
	.name = "counts",
	.arg = "FILE",
	.help = "at the end and on SIGUSR1 how often which program did what (--summary); on "
		"standard error unless a FILE is named",
	.open = of_counts_open,
	.event = of_counts_event,
	.report = of_counts_report,
	.flush = of_counts_flush,
	.outlet = of_counts_outlet,
	.close = of_counts_close,
};
