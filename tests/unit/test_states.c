// SPDX-License-Identifier: GPL-2.0-or-later
/* Snapshots: their rows, what differs, how they come into the database and out of it again. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "history/at.h"
#include "history/evict.h"
#include "history/states.h"
#include "snapshot/kept.h"
#include "snapshot/snapshot.h"

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

static int each(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-recorder"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		char name[96];

		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
	return 0;
}

static int teardown(void **state)
{
	each(state);
	return rmdir(dir);
}

/* --- rows ------------------------------------------------------------------------------------- */

static void text(struct state_out *o, const char *s)
{
	state_text(o, s, s ? strlen(s) : 0);
}

static void ns_row(
	struct buf *b, uint32_t ns, uint32_t type, int64_t nprocs, int64_t pid, const char *kept)
{
	struct state_out o = {.b = b};

	state_begin(&o, STATE_NS);
	state_int(&o, ns);
	state_int(&o, type);
	for (int i = 0; i < 6; i++)
		state_known(&o, 0);
	state_int(&o, nprocs);
	state_known(&o, pid);
	text(&o, kept);
	state_end(&o);
}

static void process_row(struct buf *b, uint32_t pid, const char *command)
{
	struct state_out o = {.b = b};

	state_begin(&o, STATE_PROCESS);
	state_int(&o, pid);
	state_known(&o, 1);
	state_int(&o, 1000);
	text(&o, "anna");
	state_known(&o, 0);
	state_known(&o, 0);
	text(&o, "comm");
	text(&o, command);
	state_known(&o, 0);
	state_end(&o);
}

static size_t rows_of(const struct buf *b, struct state_row *rows, size_t max)
{
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; n < max && (r = state_next(b->s + i, b->len - i, &rows[n])) > 0;
		i += rows[n++].size)
		;
	assert_true(r >= 0);
	return n;
}

static void codec(void **state)
{
	auto_buf struct buf b = {0};
	struct state_row rows[4];

	(void)state;
	ns_row(&b, 4026532001, NS_NET, 3, 7, "proc");
	process_row(&b, 7, "sleep");
	assert_int_equal(rows_of(&b, rows, 4), 2);
	assert_int_equal(rows[0].table, STATE_NS);
	assert_int_equal(rows[0].n, state_tables[STATE_NS].n);
	assert_int_equal(rows[0].v[0].number, 4026532001);
	assert_int_equal(rows[0].v[2].is, STATE_NULL);
	assert_memory_equal(rows[0].v[10].text, "proc", 4);
	assert_int_equal(rows[1].v[3].len, 4);
	/* Cut anywhere it is none, and nothing behind it is read. */
	for (size_t len = 1; len < rows[0].size; len++) {
		char *cut = malloc(len);

		memcpy(cut, b.s, len);
		assert_int_equal(state_next(cut, len, &rows[2]), -EBADMSG);
		free(cut);
	}
}

static void differ(void **state)
{
	auto_buf struct buf last = {0}, now = {0}, out = {0};
	struct state_row rows[8];

	(void)state;
	ns_row(&last, 1, NS_NET, 3, 7, "proc");
	ns_row(&last, 2, NS_NET, 1, 8, "proc");
	ns_row(&last, 3, NS_UTS, 1, 9, "proc");
	ns_row(&now, 3, NS_UTS, 1, 9, "proc");
	ns_row(&now, 1, NS_NET, 4, 7, "proc");
	ns_row(&now, 3, NS_IPC, 1, 9, "proc");
	assert_int_equal(state_differ(&last, &now, &out), 0);
	assert_int_equal(rows_of(&out, rows, 8), 3);
	assert_true(!rows[0].gone && rows[0].v[0].number == 1 && rows[0].v[8].number == 4);
	assert_true(!rows[1].gone && rows[1].v[0].number == 3 && rows[1].v[1].number == NS_IPC);
	assert_true(rows[2].gone && rows[2].v[0].number == 2 && rows[2].n == 2);
	buf_reset(&out);
	assert_int_equal(state_differ(&now, &now, &out), 0);
	assert_int_equal(out.len, 0);
}

/* --- the database ----------------------------------------------------------------------------- */

static void db_open(struct db *db)
{
	struct err err = {0};

	if (db_open_record(db, path, &err))
		fail_msg("%s", err.what);
	if (!db_number(db, "SELECT count(*) FROM boot", &err) &&
		db_exec(db,
			"INSERT INTO boot(boot_id, host) VALUES('a', 'golden');"
			"INSERT INTO run(boot, started, seen) VALUES(1, 1000, 900000000000)",
			&err))
		fail_msg("%s", err.what);
}

/* The rows as the process that looks would send them. */
static void look(struct states *s, const struct buf *rows, uint64_t boot_ns, bool whole)
{
	struct state_head head = {.boot_ns = boot_ns, .whole = whole, .own_mnt = 4026531832};

	buf_reset(&s->rows);
	buf_add(&s->rows, (const char *)&head, sizeof(head));
	buf_add(&s->rows, rows->s, rows->len);
	s->head = head;
	s->at = sizeof(head);
}

static void keep(
	struct states *s, struct db *db, const struct buf *rows, uint64_t boot_ns, bool whole)
{
	struct err err = {0};

	look(s, rows, boot_ns, whole);
	while (s->at) {
		if (db_do(db, Q_BEGIN, &err) || states_write(s, db, 1, 0, &err) ||
			db_do(db, Q_COMMIT, &err))
			fail_msg("%s", err.what);
		states_written(s, false);
	}
}

static size_t gaps;

static void gap(const char *line)
{
	gaps++;
	assert_non_null(line);
}

static void then(struct at *a, int64_t when)
{
	struct err err = {0};

	gaps = 0;
	if (at_read(path, when, gap, a, &err))
		fail_msg("%s", err.what);
}

static const struct at_node *alive(const struct at *a, uint32_t type, uint32_t inum)
{
	const struct at_node *n = at_node(a, type, inum);

	return n && !n->gone ? n : NULL;
}

static const char *kept_of(const struct at *a, const struct at_node *n)
{
	return n->kept ? a->text.s + n->kept - 1 : "";
}

/* A whole snapshot, one that differs from it, and what happened between them and after. */
static void moments(void **state)
{
	auto_buf struct buf first = {0}, second = {0}, diff = {0};
	struct states s = {.looker = {.fd = -1}};
	struct err err = {0};
	struct db db;
	struct at a;

	(void)state;
	ns_row(&first, 4026532001, NS_NET, 3, 7, "proc");
	ns_row(&first, 4026532002, NS_UTS, 1, 7, "proc");
	process_row(&first, 7, "before");
	ns_row(&second, 4026532001, NS_NET, 5, 7, "proc, fd 9:9");
	process_row(&second, 7, "after");
	assert_int_equal(state_differ(&first, &second, &diff), 0);
	db_open(&db);
	assert_int_equal(states_open(&s, &db, &err), 0);
	keep(&s, &db, &first, 100000000000, true);
	keep(&s, &db, &diff, 160000000000, false);
	assert_int_equal(
		db_exec(&db,
			"INSERT INTO namespace(boot, type, ns, owner, created, created_event)"
			" VALUES(1, 5, 4026532005, 4026531837, 170000000000, 1),"
			" (1, 5, 4026532006, 4026531837, 171000000000, 2);"
			"UPDATE namespace SET ended = 172000000000 WHERE ns = 4026532006;"
			"INSERT INTO namespace(boot, type, ns, ended, ended_event)"
			" VALUES(1, 5, 4026532001, 180000000000, 3);"
			"INSERT INTO gap VALUES(NULL, 1, 150000000000, 155000000000, 'full', 3)",
			&err),
		0);
	states_end(&s);
	db_close(&db);

	assert_int_equal(at_read(path, 99000000000, gap, &a, &err), -ENOENT);
	then(&a, 110000000000);
	assert_int_equal(gaps, 0);
	assert_int_equal(a.snapshot, 100000000000);
	assert_int_equal(alive(&a, NS_NET, 4026532001)->node.nprocs, 3);
	assert_non_null(alive(&a, NS_UTS, 4026532002));
	assert_string_equal(a.text.s + a.procs[0].task.cmd - 1, "before");
	at_free(&a);

	then(&a, 159000000000);
	assert_int_equal(gaps, 1);
	at_free(&a);

	then(&a, 165000000000);
	assert_int_equal(a.snapshot, 160000000000);
	assert_int_equal(alive(&a, NS_NET, 4026532001)->node.nprocs, 5);
	assert_string_equal(kept_of(&a, alive(&a, NS_NET, 4026532001)), "proc, fd 9:9");
	assert_null(at_node(&a, NS_UTS, 4026532002));
	assert_null(at_node(&a, NS_NET, 4026532005));
	assert_string_equal(a.text.s + a.procs[0].task.cmd - 1, "after");
	at_free(&a);

	/* After the last snapshot the lives decide. */
	then(&a, 175000000000);
	assert_true(at_is_over(&a, 4026532001));
	assert_false(at_is_over(&a, 4026532005));
	assert_true(alive(&a, NS_NET, 4026532005)->node.uncounted);
	assert_null(at_node(&a, NS_NET, 4026532006));
	assert_non_null(alive(&a, NS_NET, 4026532001));
	at_free(&a);
	then(&a, 181000000000);
	assert_null(alive(&a, NS_NET, 4026532001));
	at_free(&a);
}

/* What snapshots ask comes from there, and afterwards from the system at hand again. */
static void asked(void **state)
{
	auto_buf struct buf rows = {0}, kept = {0};
	auto_snapshot struct snapshot snap = {0};
	struct states s = {.looker = {.fd = -1}};
	const struct snapshot_ops *here = snapshot_system;
	struct err err = {0};
	char user[16];
	struct db db;
	struct at a;

	(void)state;
	ns_row(&rows, 4026532001, NS_NET, 3, 7, "proc, mount /x");
	ns_row(&rows, 4026532003, NS_NET, 0, 0, "fd 9:9");
	process_row(&rows, 7, "sleep");
	db_open(&db);
	keep(&s, &db, &rows, 100000000000, true);
	states_end(&s);
	db_close(&db);
	then(&a, 101000000000);
	at_use(&a);
	assert_int_equal(snapshot_read(&snap, SNAPSHOT_AUTO, 0, SNAP_HIDDEN, &err), 0);
	assert_int_equal(snap.graph.n, 2);
	assert_int_equal(graph_find(&snap.graph, NS_NET, 4026532001)->nprocs, 3);
	assert_int_equal(
		node_proc(&snap.graph, graph_find(&snap.graph, NS_NET, 4026532001))->pid, 7);
	assert_null(node_proc(&snap.graph, graph_find(&snap.graph, NS_NET, 4026532003)));
	kept_words(&snap.graph, graph_find(&snap.graph, NS_NET, 4026532003), &kept);
	assert_string_equal(kept.s, "fd 9:9");
	assert_string_equal(snapshot_command(&snap, &snap.tasks.rows[0]), "sleep");
	assert_int_equal(snapshot_system->user(1000, user, sizeof(user)), 0);
	assert_string_equal(user, "anna");
	at_use(NULL);
	assert_ptr_equal(snapshot_system, here);
	at_free(&a);
}

/* The oldest go with the events that need them, the newest whole one stays, and nothing is left. */
static void evicted(void **state)
{
	struct evict e = {.size = 1, .age = INT64_MAX};
	struct states s = {.looker = {.fd = -1}};
	auto_buf struct buf rows = {0};
	struct err err = {0};
	struct db db;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		ns_row(&rows, 4026532001 + i, NS_NET, 3, 7, "proc");
	db_open(&db);
	assert_int_equal(states_open(&s, &db, &err), 0);
	for (int i = 1; i <= 4; i++)
		keep(&s, &db, &rows, (uint64_t)i * 1000000000, i != 2);
	assert_int_equal(db_number(&db, "SELECT count(*) FROM state_ns", &err), 4000);
	for (int i = 0; i < 10; i++)
		assert_int_equal(evict_some(&e, &db, 0, &err), 0);
	assert_int_equal(db_number(&db, "SELECT min(id) FROM snapshot", &err), 4);
	assert_int_equal(db_number(&db, "SELECT count(*) FROM state_ns", &err), 1000);
	/* One that was not finished is removed by the next recorder, and its id is not taken again.
	 */
	look(&s, &rows, 9000000000, true);
	assert_int_equal(states_write(&s, &db, 1, 0, &err), 0);
	assert_true(db_number(&db, "SELECT count(*) FROM state_ns WHERE snapshot > 4", &err) > 0);
	states_written(&s, true);
	assert_int_equal(s.id, 6);
	assert_int_equal(states_open(&s, &db, &err), 0);
	assert_int_equal(db_number(&db, "SELECT count(*) FROM state_ns", &err), 1000);
	states_end(&s);
	db_close(&db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codec),
		cmocka_unit_test(differ),
		cmocka_unit_test_setup(moments, each),
		cmocka_unit_test_setup(asked, each),
		cmocka_unit_test_setup(evicted, each),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
