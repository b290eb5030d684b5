// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "event/naming.h"
#include "event/recfile.h"
#include "history/block.h"
#include "history/db.h"
#include "history/evict.h"
#include "history/keys.h"
#include "history/lives.h"
#include "history/states.h"
#include "history/writer.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "lib/users.h"

#define COMMIT_NS     200000000ULL
#define COMMIT_EVENTS 2000
#define COMMIT_BYTES  (1U << 20)
#define BLOCK_EVENTS  200
#define BLOCK_NS      (600 * 1000000000ULL)
#define SEEN_NS       (60 * 1000000000ULL)
#define RETRY_NS      1000000000ULL
#define SAME_CLOCK    1000000   /* ns: less is no step of the clock */
#define ROOM_MIN      (1 << 20) /* bytes that a full disk must have before it is tried again */
#define WAL_SHARE     16        /* of the size: the log */
#define STATE_SHARE   8         /* of the size: one snapshot */
#define COMMIT_PAGES  96        /* at most so many are written by one transaction */

/* An event that is in raw. */
struct pend {
	int64_t wall, clock, boot;
	uint64_t owner;
	size_t off, size;
};

/* A name that is to be written with the events. */
struct dict {
	enum db_query q;
	int64_t boot, key, since, value;
	size_t off, len; /* of its text in hist_writer.text */
};

struct hist_writer {
	struct db db;
	struct hist_keep keep;
	struct evict evict;
	bool live;
	struct buf meta;
	struct buf raw; /* of p */
	struct pend *p;
	size_t n, cap;
	size_t kept;  /* of p, those that are rows of the table event */
	int64_t base; /* the id of p[0] */
	struct dict *dicts;
	size_t ndicts, dicts_cap;
	struct buf text;
	struct namings namings;
	struct lives lives;
	struct states states; /* where events are of now */
	int64_t boot, run, clock;
	struct buf host;                               /* of boot */
	uint64_t first_ns, kept_ns, seen_ns, retry_ns; /* CLOCK_MONOTONIC; 0: not set */
	int frames, share;                             /* of the log: pages */
	int64_t newest;                                /* wall time of the last event */
	/* What can't be written. */
	bool paused;
	int64_t gap_since;
	uint64_t missed;
	const char *why;
	struct err say;
};

static uint64_t mono_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static int64_t wall_now(const struct hist_writer *w)
{
	return w->live ? (int64_t)clock_ns(CLOCK_REALTIME) : w->newest;
}

/* --- rows of who and when --------------------------------------------------------------------- */

static void bind_meta(sqlite3_stmt *s, int at, const struct hist_writer *w, const char *key)
{
	size_t len = 0;
	const char *v = w->meta.s ? recfile_meta_find(w->meta.s, key, &len) : NULL;

	db_bind_text(s, at, v, v ? len : 0);
}

/* The row of the boot and host that events are of; made where there is none. */
static int boot_find(struct hist_writer *w, const char *host, size_t len, struct err *err)
{
	sqlite3_stmt *s = db_query(&w->db, Q_BOOT_FIND, err);
	int r;

	if (!s)
		return -EIO;
	bind_meta(s, 1, w, "boot_id");
	db_bind_text(s, 2, host, len);
	r = db_step(&w->db, s, err);
	if (r > 0) {
		w->boot = sq.column_int64(s, 0);
		sq.reset(s);
		return 0;
	}
	s = r ? NULL : db_query(&w->db, Q_BOOT_ADD, err);
	if (!s)
		return r ? r : -EIO;
	bind_meta(s, 1, w, "boot_id");
	db_bind_text(s, 2, host, len);
	bind_meta(s, 3, w, "kernel");
	bind_meta(s, 4, w, "machine");
	bind_meta(s, 5, w, "initial");
	r = db_run(&w->db, s, err);
	if (!r)
		w->boot = sq.last_insert_rowid(w->db.h);
	return r;
}

static int gap_add(struct hist_writer *w, int64_t boot, int64_t since, int64_t until,
	const char *why, uint64_t events, struct err *err)
{
	sqlite3_stmt *s = db_query(&w->db, Q_GAP_ADD, err);

	if (!s)
		return -EIO;
	sq.bind_int64(s, 1, boot);
	sq.bind_int64(s, 2, since);
	sq.bind_int64(s, 3, until);
	sq.bind_text(s, 4, why, -1, SQLITE_STATIC);
	db_bind_known(s, 5, (int64_t)events);
	return db_run(&w->db, s, err);
}

/* What lived when the host went down has ended with it, as far as anybody saw. */
static int boot_ends(struct hist_writer *w, int64_t seen, struct err *err)
{
	static const enum db_query ends[] = {Q_BOOT_ENDS, Q_BOOT_PINS, Q_BOOT_STAYS};
	int r = 0;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]) && !r; i++) {
		sqlite3_stmt *s = db_query(&w->db, ends[i], err);

		if (!s)
			return -EIO;
		sq.bind_int64(s, 1, w->boot);
		sq.bind_int64(s, 2, seen);
		r = db_run(&w->db, s, err);
	}
	return r;
}

/* Begins at the first event, or, where events are of now, at once. */
static int run_begin(struct hist_writer *w, int64_t now, struct err *err)
{
	sqlite3_stmt *s = db_query(&w->db, Q_RUN_LAST, err);
	int64_t seen = 0;
	int r;

	if (!s)
		return -EIO;
	r = db_step(&w->db, s, err);
	if (r > 0) {
		seen = sq.column_int64(s, 1);
		sq.reset(s);
	}
	if (r >= 0)
		r = seen && seen < now ? gap_add(w, w->boot, seen, now, "stopped", 0, err) : 0;
	if (!r && w->live && seen)
		r = boot_ends(w, seen, err);
	s = r ? NULL : db_query(&w->db, Q_RUN_ADD, err);
	if (!s)
		return r ? r : -EIO;
	sq.bind_int64(s, 1, w->boot);
	db_bind_known(s, 2, w->live ? getpid() : 0);
	bind_meta(s, 3, w, "nswatch");
	bind_meta(s, 4, w, "hooks");
	sq.bind_int64(s, 5, now);
	r = db_run(&w->db, s, err);
	if (!r)
		w->run = sq.last_insert_rowid(w->db.h);
	return r;
}

static int run_seen(struct hist_writer *w, bool ended, struct err *err)
{
	sqlite3_stmt *s = w->run ? db_query(&w->db, Q_RUN_SEEN, err) : NULL;

	if (!s)
		return w->run ? -EIO : 0;
	w->seen_ns = mono_ns();
	sq.bind_int64(s, 1, w->run);
	sq.bind_int64(s, 2, wall_now(w));
	sq.bind_null(s, 3);
	if (ended)
		sq.bind_int64(s, 3, wall_now(w));
	return db_run(&w->db, s, err);
}

/* --- names ------------------------------------------------------------------------------------ */

/* A naming's tell(). */
static void dict_add(void *ctx, const struct naming *n)
{
	static const enum db_query queries[] = {
		[NAMING_USER] = Q_USER_ADD,
		[NAMING_WHOSE] = Q_WHOSE_ADD,
		[NAMING_OWNER] = Q_OWNER_ADD,
		[NAMING_NET] = Q_NSNAME_ADD,
	};
	struct hist_writer *w = ctx;

	if (ARRAY_ROOM(w->dicts, w->dicts_cap, w->ndicts))
		return;
	w->dicts[w->ndicts++] = (struct dict){
		.q = queries[n->of],
		.boot = w->boot,
		.key = (int64_t)n->key,
		.since = w->base + (int64_t)w->n,
		.value = (int64_t)n->value,
		.off = w->text.len,
		.len = n->len,
	};
	buf_add(&w->text, n->text, n->len);
}

static int dict_write(struct hist_writer *w, const struct dict *d, struct err *err)
{
	sqlite3_stmt *s = db_query(&w->db, d->q, err);
	const char *text = w->text.s + d->off;
	struct whose whose;
	int at = 1;

	if (!s)
		return -EIO;
	if (d->q != Q_USER_ADD)
		sq.bind_int64(s, at++, d->boot);
	sq.bind_int64(s, at++, d->key);
	sq.bind_int64(s, at++, d->since);
	if (d->q == Q_USER_ADD || d->q == Q_NSNAME_ADD) {
		db_bind_text(s, at, text, d->len);
	} else if (d->q == Q_OWNER_ADD) {
		db_bind_known(s, at, d->value);
	} else {
		whose_unpack(text, d->len, &whose);
		for (int i = 0; i < WHOSE_FIELDS; i++)
			db_bind_text(s, at + i, whose.of[i], whose.of[i] ? strlen(whose.of[i]) : 0);
	}
	return db_run(&w->db, s, err);
}

static int dicts_write(struct hist_writer *w, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < w->ndicts && !r; i++)
		r = dict_write(w, &w->dicts[i], err);
	return r;
}

/* --- blocks ----------------------------------------------------------------------------------- */

struct adding {
	struct db *db;
	int64_t block;
	enum db_query q;
	struct err *err;
};

static int key_add(void *ctx, int64_t key)
{
	struct adding *a = ctx;
	sqlite3_stmt *s = db_query(a->db, a->q, a->err);

	if (!s)
		return -EIO;
	sq.bind_int64(s, 1, key);
	sq.bind_int64(s, 2, a->block);
	return db_run(a->db, s, a->err);
}

static int device_add(void *ctx, const char *name, size_t len)
{
	struct adding *a = ctx;
	sqlite3_stmt *s = db_query(a->db, Q_DEV_ADD, a->err);

	if (!s)
		return -EIO;
	sq.bind_text(s, 1, name, (int)len, SQLITE_TRANSIENT);
	sq.bind_int64(s, 2, a->block);
	return db_run(a->db, s, a->err);
}

static int keys_add(struct hist_writer *w, struct keys *k, int64_t block, struct err *err)
{
	struct adding a = {.db = &w->db, .block = block, .q = Q_NS_ADD, .err = err};
	int r = keys_each(&k->ns, key_add, &a);

	a.q = Q_PID_ADD;
	if (!r)
		r = keys_each(&k->pids, key_add, &a);
	a.q = Q_CGROUP_ADD;
	if (!r)
		r = keys_each(&k->cgroups, key_add, &a);
	return r ? r : keys_each_device(k, device_add, &a);
}

static bool pend_decode(const struct hist_writer *w, const struct pend *p, struct event *ret)
{
	return !event_decode(w->raw.s + p->off, p->size, p->clock, ret, NULL);
}

/* Events from `from` to before `to`, which are of one boot and clock. */
static int block_write(struct hist_writer *w, size_t from, size_t to, struct err *err)
{
	int64_t id = w->base + (int64_t)to - 1, first = INT64_MAX, last = INT64_MIN;
	auto_keys struct keys keys = {0};
	auto_buf struct buf records = {0}, packed = {0};
	sqlite3_stmt *s = db_query(&w->db, Q_BLOCK_ADD, err);
	int r;

	for (size_t i = from; i < to; i++) {
		const struct pend *p = &w->p[i];
		struct event ev;

		first = p->wall < first ? p->wall : first;
		last = p->wall > last ? p->wall : last;
		buf_add(&records, w->raw.s + p->off, p->size);
		if (pend_decode(w, p, &ev))
			keys_take(&keys, &ev, p->owner);
	}
	r = block_pack(records.s, records.len, &packed);
	if (r || !s)
		return r ? err_set(err, r, "compress events") : -EIO;
	sq.bind_int64(s, 1, id);
	sq.bind_int64(s, 2, (int64_t)(to - from));
	sq.bind_int64(s, 3, w->p[from].boot);
	sq.bind_int64(s, 4, w->p[from].clock);
	sq.bind_int64(s, 5, first);
	sq.bind_int64(s, 6, last);
	sq.bind_int64(s, 7, (int64_t)keys.kinds);
	sq.bind_int64(s, 8, (int64_t)records.len);
	sq.bind_blob(s, 9, packed.s, (int)packed.len, SQLITE_STATIC);
	r = db_run(&w->db, s, err);
	sq.bind_null(s, 9);
	return r ? r : keys_add(w, &keys, id, err);
}

static int blocks_write(struct hist_writer *w, struct err *err)
{
	sqlite3_stmt *s;
	size_t from = 0;
	int r = 0;

	for (size_t i = 1; i <= w->n && !r; i++) {
		if (i < w->n && w->p[i].boot == w->p[from].boot &&
			w->p[i].clock == w->p[from].clock)
			continue;
		r = block_write(w, from, i, err);
		from = i;
	}
	if (r || !w->kept)
		return r;
	s = db_query(&w->db, Q_EVENT_DROP, err);
	if (!s)
		return -EIO;
	sq.bind_int64(s, 1, w->base + (int64_t)w->n - 1);
	return db_run(&w->db, s, err);
}

static int rows_write(struct hist_writer *w, struct err *err)
{
	sqlite3_stmt *s = db_query(&w->db, Q_EVENT_ADD, err);
	int r = s ? 0 : -EIO;

	for (size_t i = w->kept; i < w->n && !r; i++) {
		const struct pend *p = &w->p[i];

		sq.bind_int64(s, 1, w->base + (int64_t)i);
		sq.bind_int64(s, 2, p->boot);
		sq.bind_int64(s, 3, p->wall);
		sq.bind_blob(s, 4, w->raw.s + p->off, (int)p->size, SQLITE_STATIC);
		r = db_run(&w->db, s, err);
	}
	if (s)
		sq.clear_bindings(s);
	return r;
}

/* --- transactions ----------------------------------------------------------------------------- */

static int lives_write(struct hist_writer *w, struct err *err)
{
	int r = 0;

	for (size_t i = w->kept; i < w->n && !r; i++) {
		struct event ev;

		if (pend_decode(w, &w->p[i], &ev))
			r = lives_take(
				&w->lives, &w->db, &ev, w->base + (int64_t)i, w->p[i].boot, err);
	}
	return r ? r : lives_flush(&w->lives, &w->db, err);
}

/* When what this run records begins. */
static int64_t run_first(const struct hist_writer *w)
{
	return w->n > w->kept ? w->p[w->kept].wall : wall_now(w);
}

static int commit_in(struct hist_writer *w, bool pack, bool end, struct err *err)
{
	int r = w->run ? 0 : run_begin(w, run_first(w), err);

	if (!r)
		r = dicts_write(w, err);
	if (!r)
		r = lives_write(w, err);
	if (!r)
		r = pack ? blocks_write(w, err) : rows_write(w, err);
	if (!r)
		r = evict_some(&w->evict, &w->db, w->newest, err);
	return r ? r : run_seen(w, end, err);
}

/* What was committed is known; a block takes with it what was plain. */
static void commit_done(struct hist_writer *w, bool packed)
{
	w->ndicts = 0;
	buf_reset(&w->text);
	w->first_ns = 0;
	if (packed) {
		w->base += (int64_t)w->n;
		w->n = w->kept = 0;
		w->kept_ns = 0;
		buf_reset(&w->raw);
	} else {
		w->kept = w->n;
		if (w->kept && !w->kept_ns)
			w->kept_ns = mono_ns();
	}
	/* Names that live are written again with the next event of theirs. */
	if (w->evict.forget)
		namings_forget(&w->namings);
	w->evict.forget = false;
}

static int commit_try(struct hist_writer *w, bool pack, bool end, struct err *err)
{
	int64_t run = w->run, boot = w->boot;
	int r = db_do(&w->db, Q_BEGIN, err);

	if (r)
		return r;
	r = commit_in(w, pack, end, err);
	if (!r)
		r = db_do(&w->db, Q_COMMIT, err);
	if (!r) {
		commit_done(w, pack);
		return 0;
	}
	lives_forget(&w->lives);
	if (!sq.get_autocommit(w->db.h))
		db_do(&w->db, Q_ROLLBACK, NULL);
	w->run = run;
	w->boot = boot;
	return r;
}

/* Nothing is written until there is room again. What waited is missing. */
static void writer_pause(struct hist_writer *w, const char *why, const struct err *err)
{
	size_t lost = w->n - w->kept;

	w->gap_since = lost ? w->p[w->kept].wall : wall_now(w);
	w->missed += lost;
	w->n = w->kept;
	w->raw.len = w->kept ? w->p[w->kept - 1].off + w->p[w->kept - 1].size : 0;
	w->ndicts = 0;
	buf_reset(&w->text);
	namings_forget(&w->namings);
	w->first_ns = 0;
	states_written(&w->states, true);
	w->paused = true;
	w->why = why;
	w->retry_ns = mono_ns() + RETRY_NS;
	w->say = *err;
	err_hint(&w->say, "the history has a gap from here on; the rest goes on");
}

static int log_hook(void *ctx, sqlite3 *db, const char *name, int frames)
{
	struct hist_writer *w = ctx;

	(void)db;
	(void)name;
	w->frames = frames;
	return SQLITE_OK;
}

/*
 * Moves the log into the database, so that the log begins anew. A reader may keep it from that;
 * then it grows, to twice its share.
 */
static void log_bound(struct hist_writer *w)
{
	int all = 0, done = 0;
	struct err err = {0};

	if (w->frames < w->share)
		return;
	sq.wal_checkpoint_v2(w->db.h, NULL, SQLITE_CHECKPOINT_PASSIVE, &all, &done);
	if (w->frames < 2 * w->share)
		return;
	if (sq.wal_checkpoint_v2(w->db.h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) ==
		SQLITE_OK) {
		w->frames = 0;
		return;
	}
	err_say(&err, -EBUSY,
		"%s: a reader has kept the log from being emptied: nothing is "
		"recorded until it lets go",
		w->db.path);
	writer_pause(w, "reader", &err);
}

static void writer_commit(struct hist_writer *w, bool pack, bool end)
{
	struct err err = {0};
	int r = commit_try(w, pack || w->n >= BLOCK_EVENTS, end, &err);

	if (r)
		writer_pause(w, r == -ENOSPC || r == -EDQUOT ? "full" : "error", &err);
	else
		log_bound(w);
}

/* --- snapshots -------------------------------------------------------------------------------- */

/* What the wall clock shows more than the clock since boot, also before the first event. */
static int64_t clock_now(const struct hist_writer *w)
{
	return w->clock ? w->clock : (int64_t)(clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME));
}

static int state_in(struct hist_writer *w, struct err *err)
{
	int64_t clock = clock_now(w), time = (int64_t)w->states.head.boot_ns + clock;
	int r = states_write(&w->states, &w->db, w->boot, clock, err);

	w->newest = time > w->newest ? time : w->newest;
	return r ? r : evict_some(&w->evict, &w->db, w->newest, err);
}

static void state_commit(struct hist_writer *w)
{
	struct err err = {0};
	int r = db_do(&w->db, Q_BEGIN, &err);

	if (!r)
		r = state_in(w, &err);
	if (!r)
		r = db_do(&w->db, Q_COMMIT, &err);
	if (!r) {
		states_written(&w->states, false);
		log_bound(w);
		return;
	}
	if (!sq.get_autocommit(w->db.h))
		db_do(&w->db, Q_ROLLBACK, NULL);
	writer_pause(w, r == -ENOSPC || r == -EDQUOT ? "full" : "error", &err);
}

/* --- after a gap ------------------------------------------------------------------------------ */

static bool has_room(const struct hist_writer *w)
{
	struct statvfs st;

	return statvfs(w->db.path, &st) || (uint64_t)st.f_bavail * st.f_frsize >= ROOM_MIN;
}

static int gap_write(struct hist_writer *w, int64_t now, struct err *err)
{
	int r = db_do(&w->db, Q_BEGIN, err);

	if (!r)
		r = gap_add(w, w->boot, w->gap_since, now, w->why, w->missed, err);
	if (!r)
		r = db_do(&w->db, Q_COMMIT, err);
	if (r && !sq.get_autocommit(w->db.h))
		db_do(&w->db, Q_ROLLBACK, NULL);
	return r;
}

static void writer_resume(struct hist_writer *w)
{
	struct err err = {0};
	int r;

	w->retry_ns = mono_ns() + RETRY_NS;
	if (!has_room(w))
		return;
	r = sq.wal_checkpoint_v2(w->db.h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (r != SQLITE_OK || gap_write(w, wall_now(w), &err))
		return;
	w->frames = 0;
	w->paused = false;
	err_say(&w->say, -EAGAIN, "%s: recording goes on; %llu events are missing", w->db.path,
		(unsigned long long)w->missed);
}

/* --- what comes in ---------------------------------------------------------------------------- */

/* A step of the clock, or another host. */
static int writer_place(struct hist_writer *w, const struct event *ev, const char *host, size_t len)
{
	int64_t clock = (int64_t)(ev->wall_ns - ev->hdr->ts_ns);

	if (llabs(clock - w->clock) > SAME_CLOCK)
		w->clock = clock;
	len = host ? len : 0;
	if (w->host.len == len && (!len || !memcmp(host, w->host.s, len)))
		return 0;
	buf_reset(&w->host);
	buf_add(&w->host, len ? host : "", len);
	return boot_find(w, host, len, NULL);
}

/* The record as it is kept: without arguments, where nobody asked for them. */
static void record_add(struct hist_writer *w, const struct event *ev)
{
	size_t at = w->raw.len, size = ev->size;

	/* Records are aligned when they are decoded. */
	if (at % 8) {
		buf_pad(&w->raw, '\0', 8 - at % 8);
		at = w->raw.len;
	}
	if (ev->hdr->kind == EV_EXEC && !w->keep.args) {
		const struct ev_exec *e = ev->rec;

		size = offsetof(struct ev_exec, text) + e->filename_len;
	}
	buf_add(&w->raw, ev->rec, size);
	if (size != ev->size) {
		struct ev_exec *e = (void *)(w->raw.s + at);

		e->hdr.size = (uint16_t)size;
		e->args_len = 0;
	}
	w->p[w->n].off = at;
	w->p[w->n].size = size;
}

void hist_put(struct hist_writer *w, const struct event *ev, const char *user, const char *host,
	size_t host_len)
{
	struct pend *p;

	if (w->paused || ARRAY_ROOM(w->p, w->cap, w->n) || writer_place(w, ev, host, host_len)) {
		w->missed++;
		return;
	}
	p = &w->p[w->n];
	*p = (struct pend){
		.wall = (int64_t)ev->hdr->ts_ns + w->clock, .clock = w->clock, .boot = w->boot};
	w->newest = p->wall > w->newest ? p->wall : w->newest;
	p->owner = namings_event(&w->namings, ev, user);
	record_add(w, ev);
	w->n++;
	if (!w->first_ns)
		w->first_ns = mono_ns();
	if (w->n - w->kept >= COMMIT_EVENTS || w->raw.len >= COMMIT_BYTES)
		writer_commit(w, true, false);
}

void hist_tick(struct hist_writer *w, struct err *say)
{
	uint64_t now = mono_ns();

	if (w->paused) {
		if (now >= w->retry_ns)
			writer_resume(w);
	} else if (w->kept_ns && now - w->kept_ns >= BLOCK_NS) {
		writer_commit(w, true, false);
	} else if ((w->first_ns && now - w->first_ns >= COMMIT_NS) ||
		   (w->live && now - w->seen_ns >= SEEN_NS)) {
		writer_commit(w, false, false);
	}
	if (w->live && !w->paused && states_ready(&w->states, &w->say))
		state_commit(w);
	*say = w->say;
	w->say = (struct err){0};
}

uint64_t hist_missed(struct hist_writer *w)
{
	uint64_t n = w->paused ? 0 : w->missed;

	w->missed -= n;
	return n;
}

pid_t hist_looker(const struct hist_writer *w)
{
	return w->states.looker.pid;
}

int hist_wait_ms(const struct hist_writer *w)
{
	uint64_t now = mono_ns(), at = w->live ? w->seen_ns + SEEN_NS : now + SEEN_NS;
	int ms;

	if (w->paused)
		at = w->retry_ns;
	else if (w->first_ns)
		at = w->first_ns + COMMIT_NS;
	else if (w->kept_ns && w->kept_ns + BLOCK_NS < at)
		at = w->kept_ns + BLOCK_NS;
	ms = at <= now ? 0 : (int)((at - now) / 1000000) + 1;
	return w->live && !w->paused ? states_wait_ms(&w->states, ms) : ms;
}

/* --- beginning and end ------------------------------------------------------------------------ */

/* What a recorder left as rows, however it ended. */
static int rows_read(struct hist_writer *w, struct err *err)
{
	sqlite3_stmt *s = db_query(&w->db, Q_EVENT_ALL, err);
	int r = s ? 1 : -EIO;

	if (s)
		sq.bind_int64(s, 1, 0);
	while (r > 0 && (r = db_step(&w->db, s, err)) > 0) {
		const void *rec = sq.column_blob(s, 3);
		size_t size = (size_t)sq.column_bytes(s, 3);
		struct ev_hdr hdr;
		struct pend *p;

		if (size < sizeof(hdr) || ARRAY_ROOM(w->p, w->cap, w->n))
			continue;
		memcpy(&hdr, rec, sizeof(hdr));
		if (!w->n)
			w->base = sq.column_int64(s, 0);
		buf_pad(&w->raw, '\0', (8 - w->raw.len % 8) % 8);
		p = &w->p[w->n++];
		*p = (struct pend){.wall = sq.column_int64(s, 2),
			.boot = sq.column_int64(s, 1),
			.off = w->raw.len,
			.size = size};
		p->clock = p->wall - (int64_t)hdr.ts_ns;
		buf_add(&w->raw, rec, size);
		w->newest = p->wall > w->newest ? p->wall : w->newest;
	}
	w->kept = w->n;
	w->kept_ns = w->n ? mono_ns() : 0;
	return r;
}

static int writer_begin(struct hist_writer *w, struct err *err)
{
	sqlite3_stmt *s;
	struct event ev;
	size_t len = 0;
	const char *host = w->meta.s ? recfile_meta_find(w->meta.s, "hostname", &len) : NULL;
	int r = rows_read(w, err);

	if (r)
		return r;
	for (size_t i = 0; i < w->n; i++)
		if (pend_decode(w, &w->p[i], &ev))
			w->p[i].owner = owner_of(&w->db, &ev, w->p[i].boot, w->base + (int64_t)i);
	s = db_query(&w->db, Q_LAST_ID, err);
	r = s ? db_step(&w->db, s, err) : -EIO;
	if (r < 0)
		return r;
	if (!w->n)
		w->base = sq.column_int64(s, 0) + 1;
	sq.reset(s);
	buf_add(&w->host, host ? host : "", len);
	r = boot_find(w, host, len, err);
	/* Who looks sees at once that somebody records. */
	return r || !w->live ? r : commit_try(w, false, false, err);
}

int hist_create(const char *path, const struct hist_keep *keep, const struct buf *meta, bool live,
	struct hist_writer **ret, struct err *err)
{
	struct hist_writer *w = calloc(1, sizeof(*w));
	auto_buf struct buf name = {0};
	uint64_t pages;
	int r;

	if (!w)
		return err_set(err, -ENOMEM, "record a history");
	w->db.lock = -1;
	w->namings.tell = dict_add;
	w->namings.ctx = w;
	w->keep = *keep;
	w->keep.size = keep->size ? keep->size : HIST_KEEP_SIZE;
	w->keep.age = keep->age ? keep->age : HIST_KEEP_AGE;
	w->live = live;
	if (meta && meta->len)
		buf_add(&w->meta, meta->s, meta->len);
	pages = w->keep.size / WAL_SHARE / DB_PAGE;
	w->share = pages > 1024 ? 1024 : (int)pages;
	/* The log may be twice its share, and what one transaction adds comes before it shrinks. */
	pages = 2 * (uint64_t)w->share +
		(w->share > COMMIT_PAGES ? (uint64_t)w->share : COMMIT_PAGES);
	w->evict.size = w->keep.size - pages * DB_PAGE;
	w->evict.age = w->keep.age > INT64_MAX ? INT64_MAX : (int64_t)w->keep.age;
	r = path ? 0 : db_default(true, &name, err);
	if (!r && live)
		r = states_start(&w->states, w->keep.args, w->keep.size / STATE_SHARE, err);
	if (!r)
		r = db_open_record(&w->db, path ? path : name.s, err);
	if (!r) {
		sq.wal_hook(w->db.h, log_hook, w);
		r = writer_begin(w, err);
	}
	if (!r && live)
		r = states_open(&w->states, &w->db, err);
	if (r) {
		hist_close(w, NULL);
		return r;
	}
	*ret = w;
	return 0;
}

int hist_close(struct hist_writer *w, struct err *err)
{
	int r = 0;

	if (w->db.h && w->boot) {
		if (w->paused)
			writer_resume(w);
		if (!w->paused && (w->run || w->n))
			r = commit_try(w, w->n >= BLOCK_EVENTS, true, err);
		if (w->paused)
			r = err_say(err, -EIO, "%s: the last %llu events are not in it", w->db.path,
				(unsigned long long)w->missed);
		sq.wal_checkpoint_v2(w->db.h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	}
	states_end(&w->states);
	db_close(&w->db);
	lives_free(&w->lives);
	namings_forget(&w->namings);
	buf_free(&w->meta);
	buf_free(&w->raw);
	buf_free(&w->text);
	buf_free(&w->host);
	free(w->dicts);
	free(w->p);
	free(w);
	return r;
}
