// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "history/block.h"
#include "history/evict.h"
#include "history/keys.h"
#include "history/lives.h"
#include "history/states.h"

#define AT_ONCE    8  /* blocks of one transaction: more would keep the stream waiting */
#define TIDY_EVERY 64 /* blocks */

struct old_block {
	struct db *db;
	struct keys keys;
	int64_t id, events, boot, clock, last;
	struct err *err;
};

uint64_t owner_of(struct db *db, const struct event *ev, int64_t boot, int64_t id)
{
	struct event_ref refs[EVENT_REFS_MAX];
	size_t n = event_refs(ev, refs);
	sqlite3_stmt *s = db_query(db, Q_OWNER_AT, NULL);
	uint64_t owner = 0;

	for (size_t i = 0; s && i < n && !owner; i++) {
		sq.bind_int64(s, 1, boot);
		sq.bind_int64(s, 2, refs[i].inum);
		sq.bind_int64(s, 3, id);
		if (db_step(db, s, NULL) > 0) {
			owner = (uint64_t)sq.column_int64(s, 1);
			sq.reset(s);
		}
	}
	return owner;
}

static int old_record(void *ctx, size_t number, const void *rec, size_t size)
{
	struct old_block *b = ctx;
	int64_t id = b->id - b->events + 1 + (int64_t)number;
	struct event ev;

	if (event_decode(rec, size, b->clock, &ev, NULL))
		return 0;
	keys_take(&b->keys, &ev, owner_of(b->db, &ev, b->boot, id));
	return lives_evict(b->db, &ev, b->err);
}

struct dropping {
	struct db *db;
	int64_t block;
	enum db_query q;
	struct err *err;
};

static int key_drop(void *ctx, int64_t key)
{
	struct dropping *d = ctx;
	sqlite3_stmt *s = db_query(d->db, d->q, d->err);

	if (!s)
		return -EIO;
	sq.bind_int64(s, 1, key);
	sq.bind_int64(s, 2, d->block);
	return db_run(d->db, s, d->err);
}

static int device_drop(void *ctx, const char *name, size_t len)
{
	struct dropping *d = ctx;
	sqlite3_stmt *s = db_query(d->db, Q_DEV_DROP, d->err);

	if (!s)
		return -EIO;
	sq.bind_text(s, 1, name, (int)len, SQLITE_TRANSIENT);
	sq.bind_int64(s, 2, d->block);
	return db_run(d->db, s, d->err);
}

static int keys_drop(struct old_block *b, struct err *err)
{
	struct dropping d = {.db = b->db, .block = b->id, .q = Q_NS_DROP, .err = err};
	int r = keys_each(&b->keys.ns, key_drop, &d);

	d.q = Q_PID_DROP;
	if (!r)
		r = keys_each(&b->keys.pids, key_drop, &d);
	d.q = Q_CGROUP_DROP;
	if (!r)
		r = keys_each(&b->keys.cgroups, key_drop, &d);
	return r ? r : keys_each_device(&b->keys, device_drop, &d);
}

/*
 * The oldest block, where it is to go, since there is too much or it ended before `before`: 1, and
 * its records in ret. The newest stays, for the ids of events go on from there.
 */
static int block_oldest(
	struct old_block *b, bool much, int64_t before, struct buf *ret, struct err *err)
{
	int64_t newest = db_value(b->db, Q_LAST_BLOCK, err);
	sqlite3_stmt *s = newest < 0 ? NULL : db_query(b->db, Q_BLOCK_OLDEST, err);
	bool goes;
	int r;

	if (!s)
		return -EIO;
	r = db_step(b->db, s, err);
	if (r <= 0)
		return r;
	b->id = sq.column_int64(s, 0);
	b->events = sq.column_int64(s, 1);
	b->boot = sq.column_int64(s, 2);
	b->clock = sq.column_int64(s, 3);
	b->last = sq.column_int64(s, 5);
	goes = b->id != newest && (much || b->last < before);
	/* What is damaged goes as it is. */
	if (goes && block_unpack(sq.column_blob(s, 8), (size_t)sq.column_bytes(s, 8),
			    (size_t)sq.column_int64(s, 7), ret))
		buf_reset(ret);
	sq.reset(s);
	return goes;
}

static int block_drop(struct old_block *b, const struct buf *records, struct err *err)
{
	sqlite3_stmt *s;
	int r = block_each(records, old_record, b);

	if (r && r != -EBADMSG)
		return r;
	r = keys_drop(b, err);
	s = r ? NULL : db_query(b->db, Q_BLOCK_DROP, err);
	if (!s)
		return r ? r : -EIO;
	sq.bind_int64(s, 1, b->id);
	return db_run(b->db, s, err);
}

/* What else was said only of events that are gone. */
static int evict_tidy(
	struct evict *e, struct db *db, const struct old_block *oldest, struct err *err)
{
	static const enum db_query names[] = {
		Q_USER_TIDY, Q_WHOSE_TIDY, Q_OWNER_TIDY, Q_NSNAME_TIDY};
	sqlite3_stmt *s = db_query(db, Q_GAP_DROP, err);
	int r;

	if (!s)
		return -EIO;
	sq.bind_int64(s, 1, oldest->last);
	r = db_run(db, s, err);
	if (!r)
		r = lives_evict_before(db, oldest->last, err);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !r; i++) {
		s = db_query(db, names[i], err);
		if (!s)
			return -EIO;
		sq.bind_int64(s, 1, oldest->id);
		r = db_run(db, s, err);
	}
	e->forget = true;
	return r;
}

/*
 * The oldest whole snapshot and those that stand on it go where they ended before `before`, or no
 * event that is kept needs them: where there is too much (`much`), and at any rate then, if only
 * they are left (`last`). The newest whole one stays. 1: they went; 0; -errno.
 */
static int snapshots_evict(struct db *db, bool much, bool last, int64_t before, struct err *err)
{
	sqlite3_stmt *s = db_query(db, Q_SNAPSHOT_SECOND, err);
	int64_t id, time, first;
	int r = s ? db_step(db, s, err) : -EIO;

	if (r <= 0)
		return r;
	id = sq.column_int64(s, 0);
	time = sq.column_int64(s, 1);
	sq.reset(s);
	first = db_value(db, Q_BLOCK_FIRST, err);
	if (first < 0)
		return (int)first;
	if (time >= before && !last && !(much && first && time <= first))
		return 0;
	s = db_query(db, Q_SNAPSHOT_DROP, err);
	if (!s)
		return -EIO;
	sq.bind_int64(s, 1, id);
	r = db_run(db, s, err);
	return r ? r : 1;
}

static int vacuum(struct db *db, struct err *err)
{
	sqlite3_stmt *s = db_query(db, Q_VACUUM, err);
	int r = s ? 1 : -EIO;

	while (r > 0)
		r = db_step(db, s, err);
	return r;
}

/* One block, or what stands on one snapshot: 1; 0: nothing is to go; -errno. */
static int evict_one(struct evict *e, struct db *db, bool much, int64_t before, struct err *err)
{
	struct old_block b = {.db = db, .err = err};
	auto_buf struct buf records = {0};
	int r = snapshots_evict(db, much, false, before, err);

	if (r)
		return r;
	r = block_oldest(&b, much, before, &records, err);
	if (r <= 0)
		return r || !much ? r : snapshots_evict(db, much, true, before, err);
	r = block_drop(&b, &records, err);
	keys_free(&b.keys);
	if (!r && !(++e->blocks % TIDY_EVERY))
		r = evict_tidy(e, db, &b, err);
	return r ? r : 1;
}

int evict_some(struct evict *e, struct db *db, int64_t newest, struct err *err)
{
	int64_t all = db_value(db, Q_PAGES, err), unused = 0;
	int r = all < 0 ? (int)all : states_sweep(db, err);

	for (int i = 0; i < AT_ONCE && r >= 0; i++) {
		unused = db_value(db, Q_FREE_PAGES, err);
		if (unused < 0)
			return (int)unused;
		r = evict_one(
			e, db, (uint64_t)(all - unused) * DB_PAGE > e->size, newest - e->age, err);
		if (!r)
			break;
	}
	if (r < 0)
		return r;
	/* What the next events fill again is not given back. */
	return unused > 256 && unused > all / 8 ? vacuum(db, err) : 0;
}
