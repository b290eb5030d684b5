// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "history/states.h"
#include "lib/clock.h"

#define EVERY_NS 60000000000ULL
#define WHOLE_NS 3600000000000ULL
#define AT_ONCE  400 /* rows of one transaction */
#define TAKE_MS  50  /* from asking for a look to asking whether it is there */
#define SLOW_NS  2000000000ULL
#define SLOW_MS  1000

int states_start(struct states *s, bool args, uint64_t max, struct err *err)
{
	s->look.args = args;
	s->max = max;
	s->due_ns = clock_ns(CLOCK_MONOTONIC);
	return looker_start(&s->looker, look_take, &s->look, err);
}

static void statements_free(struct states *s)
{
	for (int t = 0; t < STATE_TABLES; t++) {
		if (s->add[t])
			sq.finalize(s->add[t]);
		s->add[t] = NULL;
	}
}

void states_end(struct states *s)
{
	statements_free(s);
	looker_end(&s->looker);
	buf_free(&s->rows);
	buf_free(&s->look.last);
}

/* --- what is over ----------------------------------------------------------------------------- */

static int rows_drop(struct db *db, const char *where, int64_t id, struct err *err)
{
	for (int t = 0; t < STATE_TABLES; t++) {
		char sql[96];
		int r;

		snprintf(sql, sizeof(sql), "DELETE FROM %s WHERE snapshot %s %lld",
			state_tables[t].name, where, (long long)id);
		r = db_exec(db, sql, err);
		if (r)
			return r;
	}
	return 0;
}

int states_sweep(struct db *db, struct err *err)
{
	int64_t oldest = db_value(db, Q_STATE_OLDEST, err);
	int64_t first = oldest > 0 ? db_number(db, "SELECT min(id) FROM snapshot", err) : 0;
	int r;

	if (oldest < 0 || first < 0)
		return oldest < 0 ? (int)oldest : (int)first;
	if (!oldest || !first || oldest >= first)
		return 0;
	r = rows_drop(db, "=", oldest, err);
	return r ? r : 1;
}

int states_open(struct states *s, struct db *db, struct err *err)
{
	int64_t last = db_value(db, Q_SNAPSHOT_LAST, err);

	if (last < 0)
		return (int)last;
	s->id = last + 1;
	return rows_drop(db, ">", last, err);
}

/* --- what is due ------------------------------------------------------------------------------ */

static void look_ask(struct states *s, uint64_t now)
{
	bool whole = now >= s->full_ns;

	looker_ask(&s->looker, whole ? 'w' : 'd');
	s->due_ns = now + EVERY_NS;
	if (whole)
		s->full_ns = now + WHOLE_NS;
}

/* Takes the rows of a look; false: there is nothing to be written of it. */
static bool look_got(struct states *s, struct err *say)
{
	if (s->rows.len < sizeof(s->head)) {
		s->full_ns = 0;
		return false;
	}
	memcpy(&s->head, s->rows.s, sizeof(s->head));
	s->at = sizeof(s->head);
	if (s->rows.len <= s->max)
		return true;
	s->at = 0;
	s->full_ns = 0;
	if (!s->said)
		err_say(say, -EFBIG,
			"no snapshot of the namespaces is kept: one takes %zu bytes, and "
			"--keep-size has room for %llu",
			s->rows.len, (unsigned long long)s->max);
	s->said = true;
	return false;
}

bool states_ready(struct states *s, struct err *say)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (s->at)
		return true;
	if (s->looker.asked_ns)
		return looker_take(&s->looker, &s->rows) && look_got(s, say);
	if (s->looker.fd >= 0 && now >= s->due_ns)
		look_ask(s, now);
	return false;
}

int states_wait_ms(const struct states *s, int most)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	int ms = most;

	if (s->looker.fd < 0)
		return most;
	if (s->at)
		ms = 0;
	else if (s->looker.asked_ns)
		ms = now - s->looker.asked_ns > SLOW_NS ? SLOW_MS : TAKE_MS;
	else
		ms = s->due_ns <= now ? 0 : (int)((s->due_ns - now) / 1000000) + 1;
	return ms < most ? ms : most;
}

/* --- writing ---------------------------------------------------------------------------------- */

static sqlite3_stmt *add_statement(
	struct states *s, struct db *db, enum state_table t, struct err *err)
{
	auto_buf struct buf sql = {0};

	if (s->add[t])
		return s->add[t];
	buf_printf(&sql, "INSERT OR REPLACE INTO %s(snapshot, gone, %s) VALUES(?,?",
		state_tables[t].name, state_tables[t].columns);
	for (unsigned int i = 0; i < state_tables[t].n; i++)
		buf_puts(&sql, ",?");
	buf_putc(&sql, ')');
	s->add[t] = db_prepare(db, sql.s, err);
	return s->add[t];
}

static int row_add(struct states *s, struct db *db, const struct state_row *r, struct err *err)
{
	sqlite3_stmt *q = add_statement(s, db, r->table, err);

	if (!q)
		return -EIO;
	sq.clear_bindings(q);
	sq.bind_int64(q, 1, s->id);
	if (r->gone)
		sq.bind_int64(q, 2, 1);
	for (unsigned int i = 0; i < r->n; i++) {
		const struct state_value *v = &r->v[i];

		if (v->is == STATE_INT)
			sq.bind_int64(q, (int)i + 3, v->number);
		else if (v->is == STATE_TEXT)
			sq.bind_text(q, (int)i + 3, v->text, (int)v->len, SQLITE_STATIC);
	}
	return db_run(db, q, err);
}

/* With its own row a snapshot is whole: nobody reads one of which some rows are missing. */
static int snapshot_add(
	struct states *s, struct db *db, int64_t boot, int64_t clock, struct err *err)
{
	sqlite3_stmt *q = db_query(db, Q_SNAPSHOT_ADD, err);

	if (!q)
		return -EIO;
	if (s->head.whole)
		s->whole = s->id;
	sq.bind_int64(q, 1, s->id);
	sq.bind_int64(q, 2, boot);
	sq.bind_int64(q, 3, (int64_t)s->head.boot_ns + clock);
	sq.bind_int64(q, 4, clock);
	sq.bind_int64(q, 5, s->whole);
	db_bind_known(q, 6, s->head.own_mnt);
	return db_run(db, q, err);
}

int states_write(struct states *s, struct db *db, int64_t boot, int64_t clock, struct err *err)
{
	struct state_row row;

	for (int n = 0; n < AT_ONCE && s->at < s->rows.len; n++) {
		int r = state_next(s->rows.s + s->at, s->rows.len - s->at, &row);

		r = r > 0 ? row_add(s, db, &row, err)
			  : err_set(err, -EBADMSG, "a snapshot of the namespaces");
		if (r)
			return r;
		s->at += row.size;
	}
	return s->at < s->rows.len ? 0 : snapshot_add(s, db, boot, clock, err);
}

void states_written(struct states *s, bool failed)
{
	if (failed) {
		s->due_ns = clock_ns(CLOCK_MONOTONIC);
		s->full_ns = 0;
	} else if (s->at < s->rows.len) {
		return;
	}
	/* Rows of one that failed are of no snapshot: none of them gets its id. */
	s->id++;
	s->at = 0;
	buf_free(&s->rows);
}
