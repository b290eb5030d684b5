// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "event/names.h"
#include "event/value.h"
#include "lib/ask.h"
#include "out/color.h"
#include "event/detail.h"
#include "out/escape.h"
#include "event/lines.h"
#include "out/wrap.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define COLUMNS_MAX   64
#define USERS         64
#define LAST_MIN      48 /* columns for the last cell, or it goes on below the second */

struct column {
	const char *name;
	unsigned int width;
	bool right;
	const char *help;
	void (*cell)(struct lines *l, struct buf *b, const struct event *ev);
};

struct user_name {
	bool known;
	uint32_t uid;
	char name[36];
};

struct lines {
	bool color, raw;
	size_t width;
	size_t n;
	const struct column *columns[COLUMNS_MAX];
	struct buf cell;
	/* localtime_r once a second, not once an event */
	time_t second_of;
	char second[16];
	struct user_name users[USERS];
};

/* --- the columns ----------------------------------------------------------------------------- */

static void add_fraction(struct buf *b, uint64_t ns, unsigned int digits)
{
	char tmp[9];

	for (int i = 8; i >= 0; i--, ns /= 10)
		tmp[i] = (char)('0' + ns % 10);
	buf_putc(b, '.');
	buf_add(b, tmp, digits);
}

static void cell_time(struct lines *l, struct buf *b, const struct event *ev)
{
	time_t t = (time_t)(ev->wall_ns / 1000000000);
	struct tm tm;

	if (t != l->second_of) {
		localtime_r(&t, &tm);
		strftime(l->second, sizeof(l->second), "%H:%M:%S", &tm);
		l->second_of = t;
	}
	buf_puts(b, l->second);
	add_fraction(b, ev->wall_ns % 1000000000, 6);
}

static void cell_ts(struct lines *l, struct buf *b, const struct event *ev)
{
	buf_u64(b, ev->hdr->ts_ns / 1000000000);
	add_fraction(b, ev->hdr->ts_ns % 1000000000, 9);
}

static void cell_event(struct lines *l, struct buf *b, const struct event *ev)
{
	buf_puts(b, ev->schema->name);
}

static void add_nonzero(struct buf *b, uint64_t v)
{
	if (v)
		buf_u64(b, v);
}

static void cell_pid(struct lines *l, struct buf *b, const struct event *ev)
{
	add_nonzero(b, ev->hdr->pid);
}

static void cell_tid(struct lines *l, struct buf *b, const struct event *ev)
{
	add_nonzero(b, ev->hdr->tid);
}

static void cell_ppid(struct lines *l, struct buf *b, const struct event *ev)
{
	add_nonzero(b, ev->hdr->ppid);
}

static void cell_uid(struct lines *l, struct buf *b, const struct event *ev)
{
	buf_u64(b, ev->hdr->uid);
}

static void cell_user(struct lines *l, struct buf *b, const struct event *ev)
{
	uint32_t uid = ev->hdr->uid;
	struct user_name *u = &l->users[uid % USERS];
	char name[256];

	if (!u->known || u->uid != uid) {
		u->known = true;
		u->uid = uid;
		u->name[0] = '\0';
		if (!ask_user(uid, name, sizeof(name)) && strlen(name) < sizeof(u->name))
			strcpy(u->name, name);
	}
	if (u->name[0])
		escape_text(b, u->name, strlen(u->name));
	else
		buf_u64(b, uid);
}

/* As ps does it, brackets say: a thread of the kernel, not who caused it. */
static void cell_comm(struct lines *l, struct buf *b, const struct event *ev)
{
	bool kernel = ev->hdr->flags & EVF_NO_ACTOR && ev->hdr->comm[0];

	if (!ev->hdr->comm[0]) {
		buf_putc(b, '-');
		return;
	}
	if (kernel)
		buf_putc(b, '[');
	escape_text(b, ev->hdr->comm, strnlen(ev->hdr->comm, sizeof(ev->hdr->comm)));
	if (kernel)
		buf_putc(b, ']');
}

static void cell_nspid(struct lines *l, struct buf *b, const struct event *ev)
{
	add_nonzero(b, ev->hdr->ns_pid);
}

static void cell_pidns(struct lines *l, struct buf *b, const struct event *ev)
{
	add_nonzero(b, ev->hdr->pidns);
}

static void cell_cpu(struct lines *l, struct buf *b, const struct event *ev)
{
	buf_u64(b, ev->hdr->cpu);
}

static void cell_cgroup(struct lines *l, struct buf *b, const struct event *ev)
{
	add_nonzero(b, ev->hdr->cgroup_id);
}

static void cell_type(struct lines *l, struct buf *b, const struct event *ev)
{
	uint32_t types = event_types(ev);

	if (types)
		value_slots(b, types);
}

static void cell_ns(struct lines *l, struct buf *b, const struct event *ev)
{
	struct event_ref refs[EVENT_REFS_MAX];
	size_t n = event_refs(ev, refs);

	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_putc(b, ',');
		value_inum(b, refs[i].slot, refs[i].inum);
	}
}

static const struct ev_field *result_field(const struct event *ev)
{
	for (size_t i = 0; i < ev->schema->nfields; i++)
		if (ev->schema->fields[i].type == FT_RESULT)
			return &ev->schema->fields[i];
	return NULL;
}

static void cell_result(struct lines *l, struct buf *b, const struct event *ev)
{
	const struct ev_field *f = result_field(ev);
	const char *name;

	if (!f)
		return;
	name = errno_name((int)event_num(ev, f));
	if (name && event_num(ev, f))
		buf_puts(b, name);
	else
		value_text(b, ev, f);
}

static void cell_inferred(struct lines *l, struct buf *b, const struct event *ev)
{
	buf_puts(b, ev->hdr->flags & EVF_INFERRED ? "yes" : "no");
}

static void cell_detail(struct lines *l, struct buf *b, const struct event *ev)
{
	if (ev->hdr->flags & EVF_INFERRED)
		buf_puts(b, "inferred: ");
	if (ev->hdr->flags & EVF_FILTERED)
		buf_puts(b, "filtered: ");
	if (ev->hdr->flags & EVF_COMPAT)
		buf_puts(b, "32-bit: ");
	detail_text(b, ev);
}

static const struct column columns[] = {
	{"TIME", 15, false, "wall clock of this machine's time zone", cell_time},
	{"TS", 16, true, "seconds since boot", cell_ts},
	{"EVENT", 11, false, "kind of event", cell_event},
	{"PID", 7, true, "process, as the initial pid namespace numbers it", cell_pid},
	{"TID", 7, true, "thread, as the initial pid namespace numbers it", cell_tid},
	{"PPID", 7, true, "parent process", cell_ppid},
	{"UID", 5, true, "user id, in the initial user namespace", cell_uid},
	{"USER", 8, false, "name of the user", cell_user},
	{"COMM", 15, false, "name of the thread; in brackets, a kernel worker", cell_comm},
	{"NSPID", 7, true, "pid in the process's own pid namespace", cell_nspid},
	{"PIDNS", 10, true, "pid namespace the process lives in", cell_pidns},
	{"CPU", 3, true, "CPU it happened on", cell_cpu},
	{"CGROUP", 8, true, "id of the thread's cgroup", cell_cgroup},
	{"TYPE", 12, false, "types of namespaces it is about", cell_type},
	{"NS", 17, false, "namespaces it is about", cell_ns},
	{"RESULT", 8, false, "0 or the error of the call", cell_result},
	{"INFERRED", 8, false, "yes: concluded from other facts, not seen happening",
		cell_inferred},
	{"DETAIL", 40, false, "the event in a sentence", cell_detail},
};

/* --- lines ----------------------------------------------------------------------------------- */

static const struct column *column_find(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		if (strlen(columns[i].name) == len && !strncasecmp(columns[i].name, name, len))
			return &columns[i];
	return NULL;
}

static int column_unknown(struct err *err, const char *name, size_t len)
{
	auto_buf struct buf all = {0}, shown = {0};

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		if (i)
			buf_puts(&all, ", ");
		buf_puts(&all, columns[i].name);
	}
	escape_text(&shown, name, len < 64 ? len : 64);
	return err_say(err, -EINVAL, "unknown column: %s (there are %s)",
		shown.s ? shown.s : "\"\"", all.s);
}

static int columns_add(struct lines *l, const char *list, struct err *err)
{
	for (;;) {
		size_t len = strcspn(list, ",");
		const struct column *c = column_find(list, len);

		if (!c)
			return column_unknown(err, list, len);
		if (l->n == COLUMNS_MAX)
			return err_say(err, -EINVAL, "more than %d columns", COLUMNS_MAX);
		l->columns[l->n++] = c;
		if (!list[len])
			return 0;
		list += len + 1;
	}
}

/* The column at this place goes to the end. */
static void columns_turn(struct lines *l, size_t at)
{
	const struct column *c = l->columns[at];

	for (; at + 1 < l->n; at++)
		l->columns[at] = l->columns[at + 1];
	l->columns[at] = c;
}

int lines_open(const struct lines_opts *opts, struct lines **ret, struct err *err)
{
	const char *list = opts->columns ? opts->columns : LINES_DEFAULT;
	struct lines *l = calloc(1, sizeof(*l));
	size_t last = 0;
	int rc = 0;

	if (!l)
		return err_set(err, -ENOMEM, "columns");
	l->color = opts->color;
	l->raw = opts->raw;
	l->width = opts->raw ? 0 : opts->width;
	l->second_of = -1;
	if (*list == '+') {
		rc = columns_add(l, LINES_DEFAULT, err);
		list++;
		last = l->n;
	}
	if (!rc)
		rc = columns_add(l, list, err);
	/* DETAIL stays the last one, since it is as wide as it needs to be. */
	if (!rc && last)
		columns_turn(l, last - 1);
	if (rc) {
		lines_free(l);
		return rc;
	}
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
	buf_free(&l->cell);
	free(l);
}

/* Where column i begins when no cell before it is too wide. */
static size_t column_at(const struct lines *l, size_t i)
{
	size_t at = 0;

	for (size_t k = 0; k < i; k++)
		at += l->columns[k]->width + 1;
	return at;
}

/* The last cell, which may be long; at is where it begins. */
static void last_put(struct lines *l, struct buf *b, const char *s, size_t at, enum color_role role)
{
	size_t indent = column_at(l, l->n - 1);

	if (indent + LAST_MIN > l->width)
		indent = column_at(l, l->n > 1);
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
	const struct column *c = l->columns[i];
	const char *s = l->cell.len ? l->cell.s : "-";
	size_t len = l->cell.len ? l->cell.len : 1;
	size_t width = text_width(s, len), pad = width < c->width ? c->width - width : 0;

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
	if (c->right)
		buf_pad(b, ' ', pad);
	if (i + 1 == l->n && l->width) {
		last_put(l, b, s, at + (c->right ? pad : 0), role);
	} else {
		buf_puts(b, color_on(l->color, role));
		buf_add(b, s, len);
		buf_puts(b, color_off(l->color, role));
	}
	if (!c->right && i + 1 < l->n)
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

	for (size_t i = 0; i < l->n; i++) {
		buf_reset(&l->cell);
		buf_puts(&l->cell, l->columns[i]->name);
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
	if (c->cell == cell_event)
		return event_role(ev);
	if (c->cell == cell_time || c->cell == cell_ts)
		return ROLE_DIM;
	if (c->cell == cell_detail && event_role(ev) == ROLE_FAIL)
		return ROLE_FAIL;
	return ROLE_PLAIN;
}

void lines_event(struct lines *l, struct buf *b, const struct event *ev)
{
	size_t at = 0;

	for (size_t i = 0; i < l->n; i++) {
		buf_reset(&l->cell);
		l->columns[i]->cell(l, &l->cell, ev);
		at = cell_put(l, b, i, at, l->color ? cell_role(l->columns[i], ev) : ROLE_PLAIN);
	}
	buf_putc(b, '\n');
}

void lines_list_columns(struct buf *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		buf_printf(b, "%-10s %s\n", columns[i].name, columns[i].help);
}

bool lines_column(size_t i, const char **ret_name, const char **ret_help)
{
	if (i >= ARRAY_SIZE(columns))
		return false;
	*ret_name = columns[i].name;
	*ret_help = columns[i].help;
	return true;
}
