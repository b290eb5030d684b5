// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "event/recfile.h"
#include "history/block.h"
#include "history/names.h"
#include "history/reader.h"
#include "lib/array.h"

#define NAMES_MAX 65536

/* A block as it was read, or events that are in none yet. */
struct chunk {
	bool block;
	int64_t id, events, boot, clock; /* of a block */
	struct buf records;
	struct plain {
		int64_t id, boot, time;
	} * rows; /* of others, whose records are one behind the other */
	size_t n, cap;
};

struct hist_reader {
	struct db db;
	struct hist_want want;
	int64_t next;         /* the block of this id, or one behind it, comes next */
	int64_t given;        /* the id of the last event that was given out, or passed over */
	int64_t range, known; /* the last block of that time, and of all, when it was asked */
	int64_t version;
	bool ready; /* the chunk was read, and not given out yet */
	int more;   /* what chunk_read() said of it */
	struct chunk chunk;
	struct names names;
	int64_t names_boot;
	/* Of the event at hand. */
	int64_t id, boot, clock;
	int64_t host_boot;
	struct buf host, boot_id;
	int64_t missing, missing_to; /* events that were removed, up to this number */
	source_sink sink;
	void *ctx;
};

/* --- which block ------------------------------------------------------------------------------ */

static int index_ask(struct hist_reader *r, enum db_query q, const int64_t *key, const char *name,
	int64_t id, int64_t *best, struct err *err)
{
	sqlite3_stmt *s = db_query(&r->db, q, err);
	int at = 1, e;

	if (!s)
		return -EIO;
	if (name)
		sq.bind_text(s, at++, name, -1, SQLITE_STATIC);
	else if (key)
		sq.bind_int64(s, at++, *key);
	sq.bind_int64(s, at, id);
	e = db_step(&r->db, s, err);
	if (e < 0)
		return e;
	if (e && sq.column_type(s, 0) != SQLITE_NULL && sq.column_int64(s, 0) < *best)
		*best = sq.column_int64(s, 0);
	sq.reset(s);
	return 0;
}

/*
 * The first block from *id on that may have what is wanted, or losses, which every selection
 * shows: 1; 0: there is none; -errno.
 */
static int index_next(struct hist_reader *r, int64_t *id, struct err *err)
{
	const struct hist_want *w = &r->want;
	int64_t best = INT64_MAX;
	int e = 0;

	if (!w->by)
		return 1;
	if (w->device)
		e = index_ask(r, w->by, NULL, w->device, *id, &best, err);
	for (size_t i = 0; i < w->nkeys && !e; i++)
		e = index_ask(r, w->by, &w->keys[i], NULL, *id, &best, err);
	if (!e)
		e = index_ask(r, Q_LOST_NEXT, NULL, NULL, *id, &best, err);
	if (e)
		return e;
	*id = best;
	return best != INT64_MAX;
}

/* Whether the block in the row may have what is wanted. */
static bool block_fits(const struct hist_want *w, sqlite3_stmt *s)
{
	return sq.column_int64(s, 4) <= w->until && sq.column_int64(s, 5) >= w->since &&
	       (uint64_t)sq.column_int64(s, 6) & (w->kinds | 1ULL << EV_LOST);
}

static int block_copy(struct hist_reader *r, sqlite3_stmt *s, struct err *err)
{
	struct chunk *c = &r->chunk;
	int e;

	c->block = true;
	c->id = sq.column_int64(s, 0);
	c->events = sq.column_int64(s, 1);
	c->boot = sq.column_int64(s, 2);
	c->clock = sq.column_int64(s, 3);
	e = block_unpack(sq.column_blob(s, 8), (size_t)sq.column_bytes(s, 8),
		(size_t)sq.column_int64(s, 7), &c->records);
	return e ? err_say(err, e, "%s: block %lld is damaged", r->db.path, (long long)c->id) : 1;
}

/* The next event that there is has the number id. */
static void missing_look(struct hist_reader *r, int64_t id)
{
	if (!r->want.after || id <= r->next)
		return;
	r->missing += id - r->next;
	r->missing_to = id - 1;
}

/* 1: the next block that fits is in the chunk; 0: there is none; -errno. */
static int block_next(struct hist_reader *r, struct err *err)
{
	int64_t id = r->next;

	for (;;) {
		sqlite3_stmt *s;
		int e;

		if (id > r->range && id <= r->known)
			id = r->known + 1;
		e = index_next(r, &id, err);
		if (e <= 0)
			return e;
		if (id > r->range && id <= r->known)
			continue;
		s = db_query(&r->db, Q_BLOCK_NEXT, err);
		if (!s)
			return -EIO;
		sq.bind_int64(s, 1, id);
		e = db_step(&r->db, s, err);
		if (e <= 0)
			return e;
		id = sq.column_int64(s, 0);
		missing_look(r, id - sq.column_int64(s, 1) + 1);
		if (id >= r->next)
			r->next = id + 1;
		e = block_fits(&r->want, s) ? block_copy(r, s, err) : 0;
		sq.reset(s);
		if (e)
			return e;
		id++;
	}
}

/* The events that are in no block yet. */
static int rows_next(struct hist_reader *r, struct err *err)
{
	struct chunk *c = &r->chunk;
	sqlite3_stmt *s = db_query(&r->db, Q_EVENT_ALL, err);
	int e = s ? 1 : -EIO;

	c->block = false;
	c->n = 0;
	buf_reset(&c->records);
	if (s)
		sq.bind_int64(s, 1, r->next);
	while (e > 0 && (e = db_step(&r->db, s, err)) > 0) {
		const struct ev_hdr *rec = sq.column_blob(s, 3);
		size_t size = (size_t)sq.column_bytes(s, 3);

		missing_look(r, sq.column_int64(s, 0));
		r->next = sq.column_int64(s, 0) + 1;
		/* The length stands in the record, too. */
		if (size < sizeof(*rec) || size > UINT16_MAX || rec->size != size)
			continue;
		if (ARRAY_ROOM(c->rows, c->cap, c->n))
			return err_set(err, -ENOMEM, "read %s", r->db.path);
		c->rows[c->n++] = (struct plain){
			sq.column_int64(s, 0), sq.column_int64(s, 1), sq.column_int64(s, 2)};
		buf_add(&c->records, (const char *)rec, size);
	}
	return e;
}

/* --- giving out ------------------------------------------------------------------------------- */

static int record_give(void *ctx, size_t number, const void *rec, size_t size)
{
	struct hist_reader *r = ctx;
	const struct chunk *c = &r->chunk;
	const struct ev_hdr *hdr = rec;
	int64_t wall;

	if (c->block) {
		r->id = c->id - c->events + 1 + (int64_t)number;
		r->boot = c->boot;
		r->clock = c->clock;
	} else {
		r->id = c->rows[number].id;
		r->boot = c->rows[number].boot;
		r->clock = c->rows[number].time - (int64_t)hdr->ts_ns;
	}
	wall = (int64_t)hdr->ts_ns + r->clock;
	/* Rows that were given out may have become part of a block. */
	if (r->id <= r->given)
		return 0;
	r->given = r->id;
	/* Numbers mean others after a boot; and what is remembered is bounded. */
	if (r->boot != r->names_boot || names_size(&r->names) > NAMES_MAX)
		names_free(&r->names);
	r->names_boot = r->boot;
	if (wall < r->want.since || wall > r->want.until)
		return 0;
	return r->sink(r->ctx, rec, size);
}

/* What was removed is told as of the moment of the first event that is there. */
static int missing_give(struct hist_reader *r)
{
	struct ev_lost e = {
		.hdr = {.kind = EV_LOST, .size = sizeof(e), .flags = EVF_NO_ACTOR},
		.why = EV_LOST_EVICTED,
		.count = (uint64_t)r->missing,
		.where = "history",
	};
	const struct chunk *c = &r->chunk;
	struct ev_hdr first;

	if (c->records.len < sizeof(first))
		return 0;
	memcpy(&first, c->records.s, sizeof(first));
	e.hdr.ts_ns = first.ts_ns;
	r->clock = c->block ? c->clock : c->rows[0].time - (int64_t)first.ts_ns;
	r->boot = c->block ? c->boot : c->rows[0].boot;
	r->id = r->given = r->missing_to;
	r->missing = 0;
	return r->sink(r->ctx, &e, sizeof(e));
}

static int chunk_read(struct hist_reader *r, struct err *err)
{
	int e = db_do(&r->db, Q_BEGIN_READ, err), more;

	if (e)
		return e;
	more = block_next(r, err);
	e = more ? more : rows_next(r, err);
	db_do(&r->db, Q_COMMIT, NULL);
	return e < 0 ? e : more;
}

int hist_take(struct hist_reader *r, source_sink sink, void *ctx, struct err *err)
{
	int more = r->ready ? r->more : chunk_read(r, err), e;

	r->ready = false;
	if (more < 0)
		return more;
	r->sink = sink;
	r->ctx = ctx;
	e = r->missing ? missing_give(r) : 0;
	if (!e)
		e = block_each(&r->chunk.records, record_give, r);
	if (e == -EBADMSG)
		return err_say(err, e, "%s: events near number %lld are damaged", r->db.path,
			(long long)r->next);
	return e ? e : more;
}

/* The clock of the first event is asked for before it is given out. */
static int first_read(struct hist_reader *r, struct err *err)
{
	const struct chunk *c = &r->chunk;

	r->more = chunk_read(r, err);
	r->ready = r->more >= 0;
	if (r->more > 0) {
		r->clock = c->clock;
		r->boot = c->boot;
	} else if (r->ready && c->n) {
		struct ev_hdr hdr;

		memcpy(&hdr, c->records.s, sizeof(hdr));
		r->clock = c->rows[0].time - (int64_t)hdr.ts_ns;
		r->boot = c->rows[0].boot;
	}
	return r->ready ? 0 : r->more;
}

bool hist_changed(struct hist_reader *r)
{
	sqlite3_stmt *s = db_query(&r->db, Q_VERSION, NULL);
	int64_t was = r->version;

	if (!s || db_step(&r->db, s, NULL) <= 0)
		return true;
	r->version = sq.column_int64(s, 0);
	sq.reset(s);
	return r->version != was;
}

/* --- who -------------------------------------------------------------------------------------- */

int64_t hist_clock(const struct hist_reader *r)
{
	return r->clock;
}

int64_t hist_id(const struct hist_reader *r)
{
	return r->id;
}

/* What the row of the boot says, kept until another boot. */
static void boot_look(struct hist_reader *r)
{
	sqlite3_stmt *s;

	if (r->boot == r->host_boot)
		return;
	r->host_boot = r->boot;
	buf_free(&r->host);
	buf_free(&r->boot_id);
	s = db_query(&r->db, Q_BOOT_AT, NULL);
	if (s)
		sq.bind_int64(s, 1, r->boot);
	if (!s || db_step(&r->db, s, NULL) <= 0)
		return;
	if (sq.column_bytes(s, 0))
		buf_puts(&r->host, (const char *)sq.column_text(s, 0));
	if (sq.column_bytes(s, 1))
		buf_puts(&r->boot_id, (const char *)sq.column_text(s, 1));
	sq.reset(s);
}

const char *hist_boot_id(struct hist_reader *r)
{
	boot_look(r);
	return r->boot_id.s ? r->boot_id.s : "";
}

const char *hist_host(struct hist_reader *r, size_t *len)
{
	boot_look(r);
	*len = r->host.len;
	return r->host.s;
}

const char *hist_user(struct hist_reader *r, uint32_t uid)
{
	return names_user(&r->names, &r->db, uid, r->id);
}

const struct whose *hist_whose(struct hist_reader *r, uint64_t cgroup)
{
	return names_whose(&r->names, &r->db, r->boot, cgroup, r->id);
}

uint64_t hist_owner(struct hist_reader *r, uint32_t inum)
{
	return names_owner(&r->names, &r->db, r->boot, inum, r->id);
}

const char *hist_ns_name(struct hist_reader *r, uint32_t inum)
{
	return names_net(&r->names, &r->db, r->boot, inum, r->id);
}

static void meta_add(struct buf *meta, const char *key, sqlite3_stmt *s, int at)
{
	if (sq.column_bytes(s, at))
		recfile_meta_add(meta, key, (const char *)sq.column_text(s, at));
}

void hist_meta(struct hist_reader *r, struct buf *meta)
{
	static const char *const keys[] = {"boot_id", "hostname", "kernel", "machine", "initial"};
	sqlite3_stmt *s = db_query(&r->db, Q_BOOT_LAST, NULL);

	recfile_meta_add(meta, "nswatch", NSWATCH_VERSION);
	if (!s || db_step(&r->db, s, NULL) <= 0)
		return;
	for (int i = 0; i < 5; i++)
		meta_add(meta, keys[i], s, i);
	sq.reset(s);
}

int hist_gaps(struct hist_reader *r, hist_gap_fn fn, void *ctx)
{
	sqlite3_stmt *s = db_query(&r->db, Q_GAPS, NULL);
	int e = s ? 1 : -EIO;

	if (!s)
		return e;
	sq.bind_int64(s, 1, r->want.since);
	sq.bind_int64(s, 2, r->want.until);
	while ((e = db_step(&r->db, s, NULL)) > 0) {
		const char *why = (const char *)sq.column_text(s, 2);

		fn(ctx, sq.column_int64(s, 0), sq.column_int64(s, 1), why ? why : "",
			(uint64_t)sq.column_int64(s, 3));
	}
	return e;
}

void hist_time_say(struct buf *b, int64_t ns)
{
	time_t t = (time_t)(ns / 1000000000);
	char text[32];
	struct tm tm;

	if (localtime_r(&t, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm))
		buf_puts(b, text);
}

static const char *gap_why(const char *why)
{
	static const struct {
		const char *why, *text;
	} texts[] = {
		{"stopped", "no recorder ran"},
		{"full", "the disk was full"},
		{"reader", "a reader kept the log from being emptied"},
		{"error", "the database could not be written to"},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!strcmp(why, texts[i].why))
			return texts[i].text;
	return "the reason is not known";
}

void hist_gap_say(struct buf *b, int64_t since, int64_t until, const char *why, uint64_t events)
{
	buf_puts(b, "nothing was recorded from ");
	hist_time_say(b, since);
	buf_puts(b, " to ");
	hist_time_say(b, until);
	buf_printf(b, ": %s", gap_why(why));
	if (events)
		buf_printf(b, ", and %llu events are missing", (unsigned long long)events);
}

int hist_cgroups(struct db *db, char *const *patterns, size_t n, int64_t **ret, size_t *ret_n,
	struct err *err)
{
	sqlite3_stmt *s = db_query(db, Q_WHOSE_ALL, err);
	int64_t *ids = NULL;
	size_t cap = 0, got = 0;
	int r = s ? 1 : -EIO;

	while (r > 0 && (r = db_step(db, s, err)) > 0) {
		bool fits = false;
		struct whose whose;

		names_row(s, 1, &whose);
		for (size_t i = 0; i < n && !fits; i++)
			fits = whose_matches(&whose, patterns[i]);
		if (!fits)
			continue;
		if (ARRAY_ROOM(ids, cap, got)) {
			r = err_set(err, -ENOMEM, "read %s", db->path);
			break;
		}
		ids[got++] = sq.column_int64(s, 0);
	}
	if (r < 0) {
		free(ids);
		return r;
	}
	*ret = ids;
	*ret_n = got;
	return 0;
}

/* --- beginning and end ------------------------------------------------------------------------ */

static int range_find(struct hist_reader *r, struct err *err)
{
	sqlite3_stmt *s = db_query(&r->db, Q_RANGE, err);
	int e;

	if (!s)
		return -EIO;
	sq.bind_int64(s, 1, r->want.since);
	sq.bind_int64(s, 2, r->want.until);
	e = db_step(&r->db, s, err);
	if (e <= 0)
		return e;
	r->next = sq.column_int64(s, 0);
	r->range = sq.column_int64(s, 1);
	r->known = sq.column_int64(s, 2);
	sq.reset(s);
	return 0;
}

int hist_open(const char *path, struct hist_reader **ret, struct err *err)
{
	struct hist_reader *r = calloc(1, sizeof(*r));
	auto_buf struct buf name = {0};
	int e;

	if (!r)
		return err_set(err, -ENOMEM, "read a history");
	r->db.lock = -1;
	e = path ? 0 : db_default(false, &name, err);
	if (!e)
		e = db_open_read(&r->db, path ? path : name.s, err);
	if (e) {
		hist_end(r);
		return e;
	}
	*ret = r;
	return 0;
}

int hist_start(struct hist_reader *r, const struct hist_want *want, struct err *err)
{
	int e;

	r->want = *want;
	e = range_find(r, err);
	if (want->after) {
		r->next = want->after + 1;
		r->given = want->after;
	}
	return e ? e : first_read(r, err);
}

struct db *hist_db(struct hist_reader *r)
{
	return &r->db;
}

void hist_end(struct hist_reader *r)
{
	if (!r)
		return;
	db_close(&r->db);
	names_free(&r->names);
	buf_free(&r->chunk.records);
	buf_free(&r->host);
	buf_free(&r->boot_id);
	free(r->chunk.rows);
	free(r);
}
