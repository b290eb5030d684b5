// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "event/sentence.h"
#include "event/value.h"
#include "lib/ask.h"
#include "lib/outlet.h"
#include "out/color.h"
#include "out/escape.h"
#include "out/wrap.h"
#include "sink/fold.h"
#include "sink/lines.h"
#include "stream/sink.h"

#define NEED_USER  1
#define NEED_WHOSE 2
#define LAST_MIN   48 /* columns for the last cell, or it goes on below the second */

/* What is said of a container, escaped: most events are of one that was said before. */
#define SAID_MAX 16
struct said {
	uint64_t serial; /* of its struct whose; 0: nothing */
	struct buf text;
};

struct lines {
	bool color, raw;
	bool has_container; /* the column is shown */
	size_t width;
	struct form form;
	struct columns cols;
	struct buf cell;
	/* localtime_r once a second, not once an event */
	time_t second_of;
	char second[16];
	struct said said[SAID_MAX];   /* by serial */
	const char *user;             /* of the event that is shown */
	const struct fold_unit *unit; /* that it stands for; NULL: itself */
};

/* --- the columns ----------------------------------------------------------------------------- */

static const struct ev_hdr *hdr_of(const void *row)
{
	return ((const struct event *)row)->hdr;
}

static bool add_fraction(struct buf *b, uint64_t ns, unsigned int digits)
{
	char tmp[9];

	for (int i = 8; i >= 0; i--, ns /= 10)
		tmp[i] = (char)('0' + ns % 10);
	buf_putc(b, '.');
	buf_add(b, tmp, digits);
	return true;
}

static bool cell_time(void *ctx, const void *row, struct buf *b)
{
	uint64_t wall_ns = ((const struct event *)row)->wall_ns;
	time_t t = (time_t)(wall_ns / 1000000000);
	struct lines *l = ctx;
	struct tm tm;

	if (t != l->second_of) {
		localtime_r(&t, &tm);
		strftime(l->second, sizeof(l->second), "%H:%M:%S", &tm);
		l->second_of = t;
	}
	buf_puts(b, l->second);
	return add_fraction(b, wall_ns % 1000000000, 6);
}

static bool cell_ts(void *ctx, const void *row, struct buf *b)
{
	buf_u64(b, hdr_of(row)->ts_ns / 1000000000);
	return add_fraction(b, hdr_of(row)->ts_ns % 1000000000, 9);
}

static bool cell_event(void *ctx, const void *row, struct buf *b)
{
	return cell_text(b, ((const struct event *)row)->schema->name);
}

static bool add_nonzero(struct buf *b, uint64_t v)
{
	return v && cell_u64(b, v);
}

static bool cell_pid(void *ctx, const void *row, struct buf *b)
{
	return add_nonzero(b, hdr_of(row)->pid);
}

static bool cell_tid(void *ctx, const void *row, struct buf *b)
{
	return add_nonzero(b, hdr_of(row)->tid);
}

static bool cell_ppid(void *ctx, const void *row, struct buf *b)
{
	return add_nonzero(b, hdr_of(row)->ppid);
}

static bool cell_uid(void *ctx, const void *row, struct buf *b)
{
	return cell_u64(b, hdr_of(row)->uid);
}

static bool cell_user(void *ctx, const void *row, struct buf *b)
{
	const struct lines *l = ctx;

	if (!l->user)
		return cell_u64(b, hdr_of(row)->uid);
	escape_text(b, l->user, strlen(l->user));
	return true;
}

/* As ps does it, brackets say: a thread of the kernel, not who caused it. */
static bool cell_comm(void *ctx, const void *row, struct buf *b)
{
	const struct ev_hdr *h = hdr_of(row);
	bool kernel = h->flags & EVF_NO_ACTOR;

	if (!h->comm[0])
		return false;
	if (kernel)
		buf_putc(b, '[');
	escape_text(b, h->comm, strnlen(h->comm, sizeof(h->comm)));
	if (kernel)
		buf_putc(b, ']');
	return true;
}

static bool cell_nspid(void *ctx, const void *row, struct buf *b)
{
	return add_nonzero(b, hdr_of(row)->ns_pid);
}

static bool cell_pidns(void *ctx, const void *row, struct buf *b)
{
	return add_nonzero(b, hdr_of(row)->pidns);
}

static bool cell_cpu(void *ctx, const void *row, struct buf *b)
{
	return cell_u64(b, hdr_of(row)->cpu);
}

static bool cell_cgroup(void *ctx, const void *row, struct buf *b)
{
	return add_nonzero(b, hdr_of(row)->cgroup_id);
}

static void say_whose(struct lines *l, const struct whose *w, struct buf *b)
{
	struct said *said = &l->said[w->serial % SAID_MAX];
	auto_buf struct buf text = {0};

	if (w->serial && w->serial == said->serial) {
		buf_add(b, said->text.s ? said->text.s : "", said->text.len);
		return;
	}
	whose_text(&text, w);
	buf_reset(&said->text);
	escape_text(&said->text, text.s ? text.s : "", text.len);
	said->serial = w->serial;
	buf_add(b, said->text.s ? said->text.s : "", said->text.len);
}

static bool cell_container(void *ctx, const void *row, struct buf *b)
{
	const struct event *ev = row;
	const struct whose *w = event_whose(ev);
	size_t begin = b->len;

	if (!ev->hdr->cgroup_id)
		w = event_ns_whose(ev, NULL, NULL);
	if (!w)
		return add_nonzero(b, ev->hdr->cgroup_id);
	say_whose(ctx, w, b);
	return b->len > begin;
}

static bool cell_type(void *ctx, const void *row, struct buf *b)
{
	uint32_t types = event_types(row);

	if (types)
		value_slots(b, types);
	return types;
}

static bool cell_ns(void *ctx, const void *row, struct buf *b)
{
	struct event_ref refs[EVENT_REFS_MAX];
	size_t n = event_refs(row, refs);

	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_putc(b, ',');
		value_inum(b, refs[i].slot, refs[i].inum);
	}
	return n;
}

static const struct ev_field *result_field(const struct event *ev)
{
	for (size_t i = 0; i < ev->schema->nfields; i++)
		if (ev->schema->fields[i].type == FT_RESULT)
			return &ev->schema->fields[i];
	return NULL;
}

static bool cell_result(void *ctx, const void *row, struct buf *b)
{
	const struct event *ev = row;
	const struct ev_field *f = result_field(ev);
	const char *name = f && event_num(ev, f) ? errno_name((int)event_num(ev, f)) : NULL;

	if (f && !name)
		value_text(b, ev, f);
	return f && (!name || cell_text(b, name));
}

static bool cell_inferred(void *ctx, const void *row, struct buf *b)
{
	return cell_text(b, hdr_of(row)->flags & EVF_INFERRED ? "yes" : "no");
}

static void add_whose(struct lines *l, struct buf *b, const char *before, const struct whose *w)
{
	if (!w)
		return;
	buf_puts(b, before);
	say_whose(l, w, b);
	buf_putc(b, ')');
}

/* A unit is said only in a column: on a host with systemd all are of one. */
static const struct whose *container_of_task(const struct event *ev)
{
	const struct whose *w = event_whose(ev);

	return whose_is_container(w) ? w : NULL;
}

/* "1,240" */
static void add_grouped(struct buf *b, uint64_t v)
{
	if (v >= 1000) {
		add_grouped(b, v / 1000);
		buf_printf(b, ",%03u", (unsigned int)(v % 1000));
	} else {
		buf_u64(b, v);
	}
}

static void add_times(struct buf *b, const struct fold_unit *u)
{
	if (u->repeated_ns) {
		buf_puts(b, ", done when repeated after ");
		value_duration(b, u->repeated_ns);
	}
	if (u->pair && u->count == 1) {
		buf_puts(b, " after ");
		value_duration(b, u->stayed_ns);
	}
	if (u->count < 2)
		return;
	buf_puts(b, ", ");
	add_grouped(b, u->count);
	buf_puts(b, " times in ");
	value_duration(b, u->within_ns);
}

static bool cell_detail(void *ctx, const void *row, struct buf *b)
{
	const struct fold_unit *u = ((const struct lines *)ctx)->unit;
	uint32_t flags = hdr_of(row)->flags;

	if (flags & EVF_INFERRED)
		buf_puts(b, "inferred: ");
	if (flags & EVF_FILTERED)
		buf_puts(b, "filtered: ");
	if (flags & EVF_COMPAT)
		buf_puts(b, "32-bit: ");
	if (u && u->pair)
		pair_text(b, row);
	else
		event_detail(b, row);
	if (u)
		add_times(b, u);
	if (!((const struct lines *)ctx)->has_container)
		add_whose(ctx, b, " (in ", container_of_task(row));
	add_whose(ctx, b, " (of ", event_other_whose(row));
	return true;
}

static bool cell_host(void *ctx, const void *row, struct buf *b)
{
	const struct fold_unit *u = ((const struct lines *)ctx)->unit;

	(void)row;
	if (!u || !u->o->host)
		return false;
	escape_text(b, u->o->host, u->o->host_len);
	return true;
}

/* The flags say how wide it is. */
const struct column lines_cols[] = {
	{{"TIME", TABLE_STRING, TABLE_HINT(15)}, "wall clock of this machine's time zone", 0,
		cell_time},
	{{"HOST", TABLE_STRING, TABLE_HINT(12)}, "host that it happened on", 0, cell_host},
	{{"TS", TABLE_STRING, TABLE_RIGHT | TABLE_HINT(16)}, "seconds since boot", 0, cell_ts},
	{{"EVENT", TABLE_STRING, TABLE_HINT(11)}, "kind of event", 0, cell_event},
	{{"PID", TABLE_NUMBER, TABLE_RIGHT | TABLE_HINT(7)},
		"process, as the initial pid namespace numbers it", 0, cell_pid},
	{{"TID", TABLE_NUMBER, TABLE_RIGHT | TABLE_HINT(7)},
		"thread, as the initial pid namespace numbers it", 0, cell_tid},
	{{"PPID", TABLE_NUMBER, TABLE_RIGHT | TABLE_HINT(7)}, "parent process", 0, cell_ppid},
	{{"UID", TABLE_NUMBER, TABLE_RIGHT | TABLE_HINT(5)},
		"user id, in the initial user namespace", 0, cell_uid},
	{{"USER", TABLE_STRING, TABLE_HINT(8)}, "name of the user", NEED_USER, cell_user},
	{{"COMM", TABLE_STRING, TABLE_HINT(15)}, "name of the thread; in brackets, a kernel worker",
		0, cell_comm},
	{{"NSPID", TABLE_NUMBER, TABLE_RIGHT | TABLE_HINT(7)},
		"pid in the process's own pid namespace", 0, cell_nspid},
	{{"PIDNS", TABLE_NUMBER, TABLE_RIGHT | TABLE_HINT(10)},
		"pid namespace the process lives in", 0, cell_pidns},
	{{"CPU", TABLE_NUMBER, TABLE_RIGHT | TABLE_HINT(3)}, "CPU it happened on", 0, cell_cpu},
	{{"CGROUP", TABLE_NUMBER, TABLE_RIGHT | TABLE_HINT(8)}, "id of the thread's cgroup", 0,
		cell_cgroup},
	{{"CONTAINER", TABLE_STRING, TABLE_HINT(19)},
		"container or systemd unit of the task; without a task, of the namespace",
		NEED_WHOSE, cell_container},
	{{"TYPE", TABLE_STRING, TABLE_HINT(12)}, "types of the namespaces that the event is about",
		0, cell_type},
	{{"NS", TABLE_STRING, TABLE_HINT(17)}, "namespaces that the event is about", 0, cell_ns},
	{{"RESULT", TABLE_STRING, TABLE_HINT(8)}, "0 or the error of the call", 0, cell_result},
	{{"INFERRED", TABLE_STRING, TABLE_HINT(8)},
		"yes: concluded from other facts, not seen happening", 0, cell_inferred},
	{{"DETAIL", TABLE_STRING, TABLE_HINT(40)}, "the event in a sentence", 0, cell_detail},
	{{0}, NULL, 0, NULL},
};

/* --- lines ----------------------------------------------------------------------------------- */

int lines_open(const struct lines_opts *opts, struct lines **ret, struct err *err)
{
	struct lines *l = calloc(1, sizeof(*l));
	int rc;

	if (!l)
		return err_set(err, -ENOMEM, "columns");
	l->color = opts->color;
	l->raw = opts->raw;
	l->width = opts->raw ? 0 : opts->width;
	l->second_of = -1;
	l->form.output = opts->columns;
	rc = columns_choose(&l->cols, &l->form, lines_cols, LINES_DEFAULT, l, err);
	if (rc) {
		lines_free(l);
		return rc;
	}
	l->has_container = l->cols.needs & NEED_WHOSE;
	/* DETAIL stays the last one, since it is as wide as it needs to be. */
	if (opts->columns && *opts->columns == '+')
		columns_move(&l->cols, "DETAIL", l->cols.n - 1);
	*ret = l;
	return 0;
}

int lines_check(const char *list, struct err *err)
{
	struct lines_opts opts = {.columns = list};
	struct lines *l = NULL;
	int rc = lines_open(&opts, &l, err);

	lines_free(l);
	return rc;
}

void lines_free(struct lines *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < SAID_MAX; i++)
		buf_free(&l->said[i].text);
	columns_free(&l->cols);
	buf_free(&l->cell);
	free(l);
}

static size_t width_of(const struct column *c)
{
	return TABLE_HINT_OF(c->col.flags);
}

/* Where column i begins when no cell before it is too wide. */
static size_t column_at(const struct lines *l, size_t i)
{
	size_t at = 0;

	for (size_t k = 0; k < i; k++)
		at += width_of(l->cols.cols[k]) + 1;
	return at;
}

/* The last cell, which may be long; at is where it begins. */
static void last_put(struct lines *l, struct buf *b, const char *s, size_t at, enum color_role role)
{
	size_t indent = column_at(l, l->cols.n - 1);

	if (indent + LAST_MIN > l->width)
		indent = column_at(l, l->cols.n > 1);
	wrap_text(b, s,
		&(struct wrap){
			.at = at,
			.indent = indent,
			.width = l->width,
			.on = color_on(l->color, role),
			.off = color_off(l->color, role),
		});
}

/* Puts the text of l->cell as column i of the line, which is so wide yet. How wide it is then. */
static size_t cell_put(struct lines *l, struct buf *b, size_t i, size_t at, enum color_role role)
{
	const struct column *c = l->cols.cols[i];
	const char *s = l->cell.len ? l->cell.s : "-";
	size_t len = l->cell.len ? l->cell.len : 1;
	size_t width = text_width(s, len), pad = width < width_of(c) ? width_of(c) - width : 0;
	bool right = c->col.flags & TABLE_RIGHT;

	if (i)
		buf_putc(b, ' ');
	if (l->raw) {
		/* it is safe already: only blanks are left to be changed */
		for (size_t k = 0; k < len; k++)
			if (s[k] == ' ')
				buf_add(b, "\\x20", 4);
			else
				buf_putc(b, s[k]);
		return at;
	}
	at += i > 0;
	if (right)
		buf_pad(b, ' ', pad);
	if (i + 1 == l->cols.n && l->width) {
		last_put(l, b, s, at + (right ? pad : 0), role);
	} else {
		buf_puts(b, color_on(l->color, role));
		buf_add(b, s, len);
		buf_puts(b, color_off(l->color, role));
	}
	if (!right && i + 1 < l->cols.n)
		buf_pad(b, ' ', pad);
	return at + width + pad;
}

void lines_width(struct lines *l, unsigned int width)
{
	l->width = l->raw ? 0 : width;
}

void lines_heading(struct lines *l, struct buf *b)
{
	size_t at = 0;

	for (size_t i = 0; i < l->cols.n; i++) {
		buf_reset(&l->cell);
		buf_puts(&l->cell, l->cols.cols[i]->col.name);
		at = cell_put(l, b, i, at, ROLE_HEADING);
	}
	buf_putc(b, '\n');
}

static enum color_role event_role(const struct event *ev)
{
	if (event_failed(ev))
		return ROLE_FAIL;
	switch (ev->schema->tone) {
	case TONE_BEGIN:
		return ROLE_BEGIN;
	case TONE_MOVE:
		return ROLE_MOVE;
	case TONE_END:
		return ROLE_END;
	case TONE_FAIL:
		return ROLE_FAIL;
	case TONE_PLAIN:
		break;
	}
	return ROLE_PLAIN;
}

static enum color_role cell_role(const struct column *c, const struct event *ev)
{
	if (c->fill == cell_event)
		return event_role(ev);
	if (c->fill == cell_time || c->fill == cell_ts)
		return ROLE_DIM;
	if (c->fill == cell_detail && event_role(ev) == ROLE_FAIL)
		return ROLE_FAIL;
	return ROLE_PLAIN;
}

void lines_event(struct lines *l, struct buf *b, const struct event *ev, const char *user)
{
	size_t at = 0;

	l->user = user;
	for (size_t i = 0; i < l->cols.n; i++) {
		buf_reset(&l->cell);
		l->cols.cols[i]->fill(l, ev, &l->cell);
		at = cell_put(l, b, i, at, l->color ? cell_role(l->cols.cols[i], ev) : ROLE_PLAIN);
	}
	buf_putc(b, '\n');
}

void lines_unit(struct lines *l, struct buf *b, const struct fold_unit *u)
{
	l->unit = u;
	lines_event(l, b, u->o->ev, u->o->user);
	l->unit = NULL;
}

bool lines_show_user(const struct lines *l)
{
	return l->cols.needs & NEED_USER;
}

bool lines_show_containers(const struct lines *l)
{
	return l->has_container;
}

bool lines_want_containers(const char *columns)
{
	struct lines_opts opts = {.columns = columns};
	struct lines *l = NULL;
	bool ret = !lines_open(&opts, &l, NULL) && lines_show_containers(l);

	lines_free(l);
	return ret;
}

void lines_list_columns(struct buf *b)
{
	for (const struct column *c = lines_cols; c->col.name; c++)
		buf_printf(b, "%-10s %s\n", c->col.name, c->help);
}

/* --- lines ------------------------------------------------------------------------------- */

/* The sink `lines`: a line per event for people, with notes below it. */

#define NOTE_AT 4

struct sink_of_lines {
	struct outlet out;
	struct lines *lines;
	bool color;
	unsigned int width; /* of the terminal, 0: lines are not broken */
	struct buf line;
	struct fold *fold; /* NULL: nothing is folded */
};

static int of_lines_unit(void *ctx, const struct fold_unit *u, struct err *err);

static void of_lines_free(struct sink_of_lines *s)
{
	lines_free(s->lines);
	fold_free(s->fold);
	buf_free(&s->line);
	free(s);
}

static int of_lines_open(void **ret, const struct sink_open *so, struct err *err)
{
	struct sink_of_lines *s = calloc(1, sizeof(*s));
	struct lines_opts lo = {.columns = so->form->columns, .raw = so->form->raw};
	int r;

	if (!s)
		return err_set(err, -ENOMEM, "show events");
	r = outlet_open(&s->out, so->arg, err);
	if (r) {
		free(s);
		return r;
	}
	lo.color = color_enabled((enum color_when)so->form->color, s->out.fd);
	lo.width = so->form->nowrap || !outlet_is_terminal(&s->out) ? 0 : wrap_terminal();
	s->color = lo.color;
	s->width = lo.width;
	r = lines_open(&lo, &s->lines, err);
	if (!r && so->form->fold) {
		s->fold = fold_new(of_lines_unit, s);
		r = s->fold ? 0 : err_set(err, -ENOMEM, "fold events");
	}
	if (r) {
		outlet_close(&s->out, NULL);
		of_lines_free(s);
		return r;
	}
	if (!so->form->noheadings)
		lines_heading(s->lines, &s->out.buf);
	if (!so->form->raw && !so->form->no_notes)
		*so->ret_wants |= SINK_NOTES;
	if (lines_show_user(s->lines))
		*so->ret_wants |= SINK_USER;
	*ret = s;
	return 0;
}

static void put_note(struct sink_of_lines *s, const struct event_note *note)
{
	const struct wrap w = {
		.at = NOTE_AT,
		.indent = NOTE_AT + 6,
		.width = s->width,
		.on = color_on(s->color, ROLE_DIM),
		.off = color_off(s->color, ROLE_DIM),
	};

	buf_pad(&s->out.buf, ' ', NOTE_AT);
	buf_reset(&s->line);
	buf_printf(&s->line, "note: %s: %s", note->code, note->text);
	wrap_text(&s->out.buf, s->line.s, &w);
	buf_putc(&s->out.buf, '\n');
}

/* Terminals change their size. */
static void of_lines_measure(struct sink_of_lines *s)
{
	if (!s->width)
		return;
	s->width = wrap_terminal();
	lines_width(s->lines, s->width);
}

static int of_lines_flush(void *sink, struct err *err)
{
	struct sink_of_lines *s = sink;
	bool some = s->out.buf.len;
	int r = outlet_flush(&s->out, err);

	if (some)
		of_lines_measure(s);
	return r;
}

/* Notes are told with the first of what repeats. */
static int of_lines_unit(void *ctx, const struct fold_unit *u, struct err *err)
{
	struct sink_of_lines *s = ctx;

	lines_unit(s->lines, &s->out.buf, u);
	for (size_t i = 0; i < u->o->nnotes && u->count == 1; i++)
		put_note(s, &u->o->notes[i]);
	return s->out.buf.len < OUTLET_FLUSH ? 0 : of_lines_flush(s, err);
}

static int of_lines_event(void *sink, const struct observed *o, struct err *err)
{
	struct sink_of_lines *s = sink;
	const struct fold_unit itself = {.o = o, .count = 1};

	return s->fold ? fold_event(s->fold, o, err) : of_lines_unit(s, &itself, err);
}

static void of_lines_tick(void *sink)
{
	struct sink_of_lines *s = sink;

	/* What goes wrong is seen when it is flushed. */
	if (s->fold)
		fold_tick(s->fold, NULL);
}

static int of_lines_tick_ms(void *sink)
{
	const struct sink_of_lines *s = sink;

	return s->fold ? fold_tick_ms(s->fold) : INT_MAX;
}

static struct outlet *of_lines_outlet(void *sink)
{
	struct sink_of_lines *s = sink;

	return &s->out;
}

static int of_lines_close(void *sink, const struct sink_end *end, struct err *err)
{
	struct sink_of_lines *s = sink;
	int r = s->fold && !end->failed ? fold_end(s->fold, err) : 0, e;

	if (s->fold && fold_passed(s->fold))
		log_say("%llu events are told as they are: too much else was to be folded",
			(unsigned long long)fold_passed(s->fold));
	e = outlet_close(&s->out, r ? NULL : err);
	r = r ? r : e;
	of_lines_free(s);
	return r;
}

const struct sink_ops sink_lines = {
	.name = "lines",
	.arg = "FILE",
	.help = "a line per event, for people (the default)",
	.open = of_lines_open,
	.event = of_lines_event,
	.tick = of_lines_tick,
	.tick_ms = of_lines_tick_ms,
	.flush = of_lines_flush,
	.outlet = of_lines_outlet,
	.close = of_lines_close,
};
