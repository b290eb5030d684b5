// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "event/recfile.h"
#include "history/block.h"
#include "history/life.h"
#include "history/reader.h"
#include "history/writer.h"
#include "lib/fd.h"

static char dir[] = "/tmp/nswatch-test-XXXXXX";
static char path[64];

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/h.db", dir);
	return 0;
}

static void file_remove(const char *end)
{
	char name[96];

	snprintf(name, sizeof(name), "%s%s", path, end);
	unlink(name);
}

static void db_remove(void)
{
	file_remove("");
	file_remove("-wal");
	file_remove("-shm");
	file_remove("-recorder");
}

static int teardown(void **state)
{
	(void)state;
	db_remove();
	return rmdir(dir);
}

/* Each test begins without one. */
static int each(void **state)
{
	(void)state;
	db_remove();
	return 0;
}

static struct hist_writer *writer_open(const struct hist_keep *keep, const char *boot)
{
	static const struct hist_keep usual;
	auto_buf struct buf meta = {0};
	struct hist_writer *w;
	struct err err = {0};

	recfile_meta_add(&meta, "boot_id", boot);
	recfile_meta_add(&meta, "hostname", "golden");
	if (hist_create(path, keep ? keep : &usual, &meta, false, &w, &err))
		fail_msg("%s", err.what);
	return w;
}

/* An event of a kind at a time since boot; clock as of struct event. */
static void put(struct hist_writer *w, uint16_t kind, uint64_t ts, int64_t clock, uint32_t inum)
{
	union {
		struct ev_hdr hdr;
		struct ev_ns ns;
		char bytes[1024];
	} rec = {0};
	struct err err = {0};
	struct event ev;

	rec.hdr = (struct ev_hdr){.kind = kind, .ts_ns = ts, .pid = 7, .comm = "test"};
	rec.hdr.size = sizeof(rec.ns);
	rec.ns.ns_type = NS_UTS;
	rec.ns.inum = inum;
	if (event_decode(&rec, rec.hdr.size, clock, &ev, &err))
		fail_msg("%s", err.what);
	hist_put(w, &ev, "somebody", "golden", 6);
}

static void writer_close(struct hist_writer *w)
{
	struct err err = {0};

	if (hist_close(w, &err))
		fail_msg("%s", err.what);
}

/* --- reading back ----------------------------------------------------------------------------- */

struct got {
	struct hist_reader *r;
	size_t n;
	uint64_t last_ts;
	int64_t last_id, first_wall, last_wall;
	bool named;
};

static int take(void *ctx, const void *data, size_t size)
{
	struct got *g = ctx;
	const struct ev_hdr *h = data;
	const char *user = hist_user(g->r, h->uid);

	assert_int_equal(h->size, size);
	assert_true(hist_id(g->r) > g->last_id);
	g->last_id = hist_id(g->r);
	g->last_ts = h->ts_ns;
	g->last_wall = (int64_t)h->ts_ns + hist_clock(g->r);
	g->first_wall = g->n++ ? g->first_wall : g->last_wall;
	g->named = user && !strcmp(user, "somebody");
	return 0;
}

static int read_all(const struct hist_want *want, struct got *g, struct err *err)
{
	int r;

	*g = (struct got){0};
	r = hist_open(path, &g->r, err);
	if (!r)
		r = hist_start(g->r, want, err);
	if (!r)
		r = 1;
	while (r > 0)
		r = hist_take(g->r, take, g, err);
	hist_end(g->r);
	return r;
}

static const struct hist_want everything = {.until = INT64_MAX, .kinds = ~0ULL};

static void reads(const struct hist_want *want, size_t n, struct got *g)
{
	struct err err = {0};

	if (read_all(want, g, &err))
		fail_msg("%s", err.what);
	assert_int_equal(g->n, n);
}

/* Few events are rows, many become blocks; all are read in order, and each once. */
static void rows_and_blocks(void **state)
{
	static const size_t counts[] = {1, 199, 200, 201, 4100};
	struct got g;

	(void)state;
	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		struct hist_writer *w = writer_open(NULL, "a");

		for (size_t i = 0; i < counts[c]; i++)
			put(w, i % 2 ? EV_NS_FREE : EV_NS_CREATE, 1000 + i, 5000000, 4026532000);
		writer_close(w);
		reads(&everything, counts[c], &g);
		assert_int_equal(g.first_wall, 5001000);
		assert_int_equal(g.last_ts, 1000 + counts[c] - 1);
		assert_true(g.named);
		db_remove();
	}
}

/* What one recorder left as rows the next one makes part of a block. */
static void left_rows(void **state)
{
	struct got g;

	(void)state;
	for (int run = 0; run < 5; run++) {
		struct hist_writer *w = writer_open(NULL, "a");

		for (int i = 0; i < 90; i++)
			put(w, EV_NS_CREATE, 1000 + (uint64_t)(run * 90 + i), 0,
				4026532000 + (uint32_t)i);
		writer_close(w);
		reads(&everything, (size_t)(run + 1) * 90, &g);
	}
	db_remove();
}

/* The clock was set back, and the host was booted: the order is that of what happened. */
static void clocks_and_boots(void **state)
{
	struct hist_writer *w = writer_open(NULL, "a");
	struct hist_want want = everything;
	struct got g;

	(void)state;
	for (int i = 0; i < 150; i++)
		put(w, EV_NS_CREATE, 1000 + (uint64_t)i, 9000000000, 4026532000);
	for (int i = 0; i < 150; i++)
		put(w, EV_NS_CREATE, 2000 + (uint64_t)i, 4000000000, 4026532000);
	writer_close(w);
	w = writer_open(NULL, "b");
	for (int i = 0; i < 150; i++)
		put(w, EV_NS_CREATE, 10 + (uint64_t)i, 20000000000, 4026532000);
	writer_close(w);
	reads(&everything, 450, &g);
	assert_int_equal(g.first_wall, 9000001000);
	assert_int_equal(g.last_ts, 159);
	want.since = 4000000000;
	want.until = 5000000000;
	reads(&want, 150, &g);
	assert_int_equal(g.last_ts, 2149);
	db_remove();
}

/* Blocks without what is wanted are passed over, and the rest is there. */
static void by_index(void **state)
{
	static const int64_t key = 4026532077;
	struct hist_writer *w = writer_open(NULL, "a");
	struct hist_want want = everything;
	struct got g;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++)
		put(w, EV_NS_CREATE, 1000 + i, 0, 4026532000 + i % 5000 / 50);
	writer_close(w);
	want.by = Q_NS_NEXT;
	want.keys = &key;
	want.nkeys = 1;
	if (read_all(&want, &g, NULL))
		fail_msg("can't be read");
	/* Two of the five blocks; each holds others, too. */
	assert_int_equal(g.n, 4000);
	db_remove();
}

/* It stays as small as asked for; what lives stays known, what has ended goes with its events. */
static void bounded(void **state)
{
	static const struct hist_keep keep = {.size = HIST_SIZE_MIN};
	struct hist_writer *w = writer_open(&keep, "a");
	const struct life_subject living = {.of = LIFE_NS, .type = NS_UTS, .number = 4026530000};
	const struct life_subject ended = {.of = LIFE_NS, .type = NS_UTS, .number = 4026540000};
	struct life_ns of[4];
	struct err err = {0};
	uint64_t n = 0;
	struct stat st;
	struct db db;
	struct got g;

	(void)state;
	put(w, EV_NS_CREATE, 1, 0, living.number);
	for (uint32_t i = 0; i < 100000; i++)
		put(w, i % 2 ? EV_NS_FREE : EV_NS_CREATE, 1000 + i, 0, ended.number + i / 2);
	writer_close(w);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size <= (off_t)keep.size);
	if (read_all(&everything, &g, &err))
		fail_msg("%s", err.what);
	assert_true(g.n > 2000 && g.n < 100000);
	assert_int_equal(g.last_ts, 100999);
	assert_int_equal(db_open_read(&db, path, &err), 0);
	assert_int_equal(life_list(&db, &living, 0, INT64_MAX, of, 4, &n, &err), 1);
	assert_int_equal(of[0].ended, 0);
	assert_int_equal(life_list(&db, &ended, 0, INT64_MAX, of, 4, &n, &err), 0);
	db_close(&db);
	db_remove();
}

/* --- what is wrong ---------------------------------------------------------------------------- */

static void change(const char *sql)
{
	struct err err = {0};
	struct db db;

	if (db_open_record(&db, path, &err) || db_exec(&db, sql, &err))
		fail_msg("%s", err.what);
	db_close(&db);
}

static void damaged(void **state)
{
	static const char *const wrongs[] = {
		"UPDATE block SET data = x'00'",
		"UPDATE block SET size = size + 1",
		"UPDATE block SET size = 1 << 40",
		"UPDATE block SET size = -1",
		"UPDATE block SET data = zeroblob(0)",
	};
	struct err err = {0};
	struct got g;

	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		struct hist_writer *w = writer_open(NULL, "a");

		for (int k = 0; k < 300; k++)
			put(w, EV_NS_CREATE, 1000 + (uint64_t)k, 0, 4026532000);
		writer_close(w);
		change(wrongs[i]);
		assert_int_equal(read_all(&everything, &g, &err), -EBADMSG);
		db_remove();
	}
}

/* Rows that are no records are passed over, also by the recorder that comes next. */
static void damaged_rows(void **state)
{
	struct hist_writer *w = writer_open(NULL, "a");
	struct got g;

	(void)state;
	put(w, EV_NS_CREATE, 1000, 0, 4026532000);
	writer_close(w);
	change("INSERT INTO event VALUES(2, 1, 0, x'00'), (3, 99, 5, zeroblob(200)),"
	       " (4, 1, 0, ''), (5, 1, 0, 'text')");
	reads(&everything, 1, &g);
	w = writer_open(NULL, "a");
	for (int k = 0; k < 300; k++)
		put(w, EV_NS_CREATE, 2000 + (uint64_t)k, 0, 4026532000);
	writer_close(w);
	db_remove();
}

static void refused(void **state)
{
	struct hist_writer *w = writer_open(NULL, "a");
	struct err err = {0};
	struct db db;

	(void)state;
	writer_close(w);
	change("PRAGMA user_version = 3");
	assert_int_equal(db_open_read(&db, path, &err), -EPROTONOSUPPORT);
	assert_int_equal(db_open_record(&db, path, &err), -EPROTONOSUPPORT);
	db_remove();
	assert_int_equal(db_open_read(&db, path, &err), -ENOENT);
}

/* What version 1 had becomes version 2: the events stay, and snapshots may come. */
static void migrated(void **state)
{
	struct hist_writer *w = writer_open(NULL, "a");
	struct got g;
	struct err err = {0};
	struct db db;

	(void)state;
	for (int k = 0; k < 300; k++)
		put(w, EV_NS_CREATE, 1000 + (uint64_t)k, 0, 4026532000 + (uint32_t)k);
	writer_close(w);
	change("DROP VIEW snapshots; DROP VIEW state_namespaces; DROP VIEW state_devices;"
	       "DROP TABLE snapshot; DROP TABLE state_process; DROP TABLE state_ns;"
	       "DROP TABLE state_mount; DROP TABLE state_device; DROP TABLE state_box;"
	       "PRAGMA user_version = 1");
	/* One that may only be read stays as it is. */
	assert_int_equal(db_open_read(&db, path, &err), 0);
	assert_false(db_has_snapshots(&db));
	db_close(&db);
	reads(&everything, 300, &g);
	assert_int_equal(db_open_record(&db, path, &err), 0);
	assert_true(db_has_snapshots(&db));
	assert_int_equal(db_number(&db, "PRAGMA user_version", &err), DB_VERSION);
	assert_int_equal(db_number(&db, "SELECT count(*) FROM snapshots", &err), 0);
	assert_int_equal(db_number(&db, "SELECT count(*) FROM state_namespaces", &err), 0);
	db_close(&db);
	reads(&everything, 300, &g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(rows_and_blocks, each),
		cmocka_unit_test_setup(left_rows, each),
		cmocka_unit_test_setup(clocks_and_boots, each),
		cmocka_unit_test_setup(by_index, each),
		cmocka_unit_test_setup(bounded, each),
		cmocka_unit_test_setup(damaged, each),
		cmocka_unit_test_setup(damaged_rows, each),
		cmocka_unit_test_setup(refused, each),
		cmocka_unit_test_setup(migrated, each),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
