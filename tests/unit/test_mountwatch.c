// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What mount_watch.c tells, by made-up looks at mountinfo and made-up calls: this file takes the
 * place of mount_look.c. A look is the rows of a mountinfo file, compared with those of the last
 * one by mount_set.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/wire/event.h"
#include "source/mount_set.h"
#include "source/mount_watch.h"

#define OURS  1
#define OTHER 2
#define S     1000000000ULL

static struct mountsets sets;
static struct buf found;
static unsigned int marks;

int mountlook_open(const struct look_opts *opts, struct mountlook **ret, struct err *err)
{
	*ret = NULL;
	return 0;
}

void mountlook_close(struct mountlook *l)
{
}

void mountlook_each_pin(const struct mountlook *l,
	void (*fn)(void *ctx, uint32_t type, uint32_t inum, const char *path), void *ctx)
{
}

uint32_t mountlook_own(const struct mountlook *l)
{
	return OURS;
}

int mountlook_start(struct mountlook *l)
{
	return 0;
}

int mountlook_mark(struct mountlook *l, const struct look_mark *mark)
{
	marks++;
	return 0;
}

int mountlook_fd(const struct mountlook *l)
{
	return -1;
}

void mountlook_take(struct mountlook *l, struct buf *ret)
{
	buf_add(ret, found.s ? found.s : "", found.len);
	buf_reset(&found);
}

void mountlook_again(struct mountlook *l)
{
}

uint64_t mountlook_lost(struct mountlook *l)
{
	return 0;
}

bool mountlook_idle(struct mountlook *l)
{
	return !found.len;
}

void mountlook_finish(struct mountlook *l, uint64_t ns)
{
}

/* --- what is told -------------------------------------------------------------------------------
 */

/* "+7/a by 3, -7/a", and how many are said to be lost. */
static char told[1 << 17];
static size_t told_len;
static uint64_t lost;

static int sink(void *ctx, const void *data, size_t size)
{
	const struct ev_pin *e = data;
	const struct ev_lost *l = data;

	if (e->hdr.kind == EV_LOST) {
		lost += l->count;
		return 0;
	}
	told_len += (size_t)snprintf(told + told_len, sizeof(told) - told_len, "%s%c%u%.*s",
		told_len ? ", " : "", e->hdr.kind == EV_PIN ? '+' : '-', e->inum, e->path_len,
		e->path);
	if (!(e->hdr.flags & EVF_NO_ACTOR))
		told_len += (size_t)snprintf(
			told + told_len, sizeof(told) - told_len, " by %u", e->hdr.pid);
	return 0;
}

static struct mountwatch *begin(void)
{
	const struct mountwatch_opts opts = {.kinds = UINT64_MAX};
	struct mountwatch *w;

	mountsets_free(&sets);
	buf_reset(&found);
	lost = told_len = marks = 0;
	told[0] = '\0';
	assert_int_equal(mountwatch_open(&opts, &w, NULL), 0);
	return w;
}

static void end(struct mountwatch *w)
{
	mountwatch_finish(w, 0, sink, NULL);
	mountwatch_close(w);
	mountsets_free(&sets);
	buf_free(&found);
}

/* What was told since the last time, when all is known that was before ns. */
static const char *told_until(struct mountwatch *w, uint64_t ns)
{
	static char ret[sizeof(told)];

	while (mountwatch_take(w, ns, sink, NULL) > 0)
		;
	assert_true(mountwatch_tick(w, sink, NULL) >= 0);
	memcpy(ret, told, told_len);
	ret[told_len] = '\0';
	told_len = 0;
	return ret;
}

/* --- calls and looks ----------------------------------------------------------------------------
 */

static void call(struct mountwatch *w, uint32_t mnt_ns, uint32_t id, uint64_t ns, uint32_t may,
	uint32_t inum, const char *path)
{
	struct nsw_mounted n = {.hdr = {.kind = NSW_MOUNTED, .ts_ns = ns, .pid = 3, .tid = 3},
		.mnt_ns = mnt_ns,
		.mnt_ns_id = id,
		.may = may,
		.pin_type = inum ? NS_NET : 0,
		.pin_inum = inum,
		.target_len = (uint32_t)strlen(path)};

	memcpy(n.target, path, n.target_len);
	assert_int_equal(mountwatch_note(w, &n), 0);
}

/* By process 3, in OTHER. */
static void pin(struct mountwatch *w, uint64_t ns, uint32_t inum, const char *path)
{
	call(w, OTHER, 5, ns, MNT_MAY_ADD | MNT_KNOWN, inum, path);
}

static void unpin(struct mountwatch *w, uint64_t ns, const char *path)
{
	call(w, OTHER, 5, ns, MNT_MAY_REMOVE, 0, path);
}

struct row {
	uint32_t mnt_id, inum;
	const char *path;
};

#define ROWS(...) ((const struct row[]){__VA_ARGS__, {0}})

static struct look_found head;

static void found_add(
	enum look_what what, uint32_t type, uint32_t inum, const char *path, bool moved)
{
	struct look_found f = head;
	size_t len = strlen(path) + 1;

	f.what = (uint16_t)what;
	f.flags = what == LOOK_DONE ? head.flags : moved ? LOOK_MOVED : 0;
	f.type = type;
	f.inum = inum;
	f.size = (uint32_t)((sizeof(f) + len + 7) & ~(size_t)7);
	buf_add(&found, (const char *)&f, sizeof(f));
	buf_add(&found, path, len);
	buf_add(&found, "\0\0\0\0\0\0\0", f.size - sizeof(f) - len);
}

static void change(void *ctx, unsigned int how, const struct mount_pin *p)
{
	found_add(how & MOUNTSET_ADDED ? LOOK_PIN : LOOK_UNPIN, p->type, p->inum, p->path,
		how & MOUNTSET_MOVED);
}

static void rows_add(enum look_what what, const struct mountset *set)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct mount_pin *p = &sets.pins[set->rows[i].pin];

		found_add(what, p->type, p->inum, p->path, false);
	}
}

/* rows NULL: nobody is there any more to look through. */
static void look_at(
	uint32_t inum, uint32_t id, uint64_t begin_ns, uint16_t flags, const struct row *rows)
{
	struct mountset *set = mountsets_get(&sets, inum, id);
	auto_mounts struct ns_mounts m = {0};
	auto_buf struct buf b = {0};

	head = (struct look_found){.flags = flags | (set->looked ? 0 : LOOK_ANEW), .mnt_ns = inum};
	head.mnt_ns_id = id;
	head.begin_ns = begin_ns;
	head.end_ns = begin_ns + 10;
	if (set->looked)
		rows_add(LOOK_HAD, set);
	for (const struct row *r = rows; r && r->path; r++)
		buf_printf(&b, "%u 1 0:4 net:[%u] %s rw - nsfs nsfs rw\n", r->mnt_id, r->inum,
			r->path);
	assert_int_equal(mounts_parse(&m, b.s ? b.s : "", b.len, inum), 0);
	if (rows) {
		assert_int_equal(mountset_take(&sets, set, &m, change, NULL), 0);
		rows_add(LOOK_HAS, set);
	} else {
		head.flags |= LOOK_GONE | LOOK_MANY;
	}
	found_add(LOOK_DONE, 0, 0, "", false);
}

static void look(uint64_t begin_ns, const struct row *rows)
{
	look_at(OTHER, 5, begin_ns, 0, rows);
}

#define NOTHING ROWS({0})

/* --- tests --------------------------------------------------------------------------------------
 */

static void test_each_call(void **state)
{
	struct mountwatch *w = begin();

	look(S, ROWS({10, 7, "/a"}));
	assert_string_equal(told_until(w, 2 * S), "+7/a");
	/* Between two looks all is over, and as it was. */
	unpin(w, 2 * S + 1, "/a");
	pin(w, 2 * S + 2, 7, "/a");
	pin(w, 2 * S + 3, 8, "/b");
	unpin(w, 2 * S + 4, "/b");
	pin(w, 2 * S + 5, 8, "/b");
	unpin(w, 2 * S + 6, "/b");
	look(3 * S, ROWS({10, 7, "/a"}));
	assert_string_equal(told_until(w, 4 * S),
		"-7/a by 3, +7/a by 3, +8/b by 3, -8/b by 3, +8/b by 3, -8/b by 3");
	assert_int_equal(lost, 0);
	end(w);
}

/* The numbers of a mount and of a namespace that went are those of what came elsewhere. */
static void test_numbers_again(void **state)
{
	struct mountwatch *w = begin();

	look(S, ROWS({10, 7, "/a"}));
	told_until(w, 2 * S);
	unpin(w, 2 * S + 1, "/a");
	pin(w, 2 * S + 2, 7, "/b");
	look(3 * S, ROWS({10, 7, "/b"}));
	assert_string_equal(told_until(w, 4 * S), "-7/a by 3, +7/b by 3");
	/* A look finds both, and only one of the calls has returned. */
	unpin(w, 4 * S + 1, "/b");
	look(4 * S + 2, ROWS({10, 7, "/c"}));
	assert_string_equal(told_until(w, 4 * S + 100), "-7/b by 3");
	pin(w, 4 * S + 200, 7, "/c");
	look(4 * S + 300, ROWS({10, 7, "/c"}));
	assert_string_equal(told_until(w, 4 * S + 400), "+7/c by 3");
	/* What nobody made was a move: no change. */
	look(5 * S, ROWS({10, 7, "/d"}));
	assert_string_equal(told_until(w, 7 * S), "");
	assert_string_equal(told_until(w, 8 * S), "");
	assert_int_equal(lost, 0);
	end(w);
}

/* A look that finds what a call did which has not returned yet; that of another is over meanwhile.
 */
static void test_in_flight(void **state)
{
	struct mountwatch *w = begin();

	look(S, NOTHING);
	pin(w, 2 * S, 7, "/a");
	look(2 * S + 10, NOTHING);
	assert_string_equal(told_until(w, 2 * S + 100), "");
	unpin(w, 2 * S + 200, "/a");
	look(2 * S + 300, NOTHING);
	assert_string_equal(told_until(w, 2 * S + 400), "+7/a by 3, -7/a by 3");
	look(3 * S, ROWS({11, 8, "/a"}));
	assert_string_equal(told_until(w, 3 * S + 100), "");
	pin(w, 3 * S + 200, 8, "/a");
	look(3 * S + 300, ROWS({11, 8, "/a"}));
	assert_string_equal(told_until(w, 3 * S + 400), "+8/a by 3");
	/* No call comes: nobody is named. */
	look(4 * S, NOTHING);
	assert_string_equal(told_until(w, 4 * S + 100), "");
	assert_string_equal(told_until(w, 6 * S), "-8/a");
	/* And when it comes after all, it is not told again. */
	unpin(w, 6 * S + 1, "/a");
	look(6 * S + 2, NOTHING);
	assert_string_equal(told_until(w, 9 * S), "");
	end(w);
}

/* Looks are told when the calls are known that had returned by their ends. */
static void test_calls_come_late(void **state)
{
	struct mountwatch *w = begin();

	look(S, NOTHING);
	pin(w, S + 1, 7, "/a");
	look(2 * S, ROWS({10, 9, "/a"}));
	assert_string_equal(told_until(w, S + 2), "");
	unpin(w, S + 3, "/a");
	pin(w, S + 4, 8, "/a");
	unpin(w, S + 5, "/a");
	pin(w, S + 6, 9, "/a");
	assert_string_equal(
		told_until(w, 3 * S), "+7/a by 3, -7/a by 3, +8/a by 3, -8/a by 3, +9/a by 3");
	end(w);
}

/* A mount namespace that was never looked at: what was there before is not known. */
static void test_first_look(void **state)
{
	struct mountwatch *w = begin();

	pin(w, S, 7, "/a");
	unpin(w, S + 1, "/a");
	pin(w, S + 2, 8, "/a");
	/* While the look is on. */
	unpin(w, S + 15, "/a");
	pin(w, S + 16, 9, "/a");
	look(S + 10, ROWS({10, 6, "/copy"}, {11, 8, "/a"}));
	assert_string_equal(told_until(w, S + 100), "+7/a by 3, -7/a by 3, +8/a by 3, +6/copy");
	look(2 * S, ROWS({10, 6, "/copy"}, {12, 9, "/a"}));
	assert_string_equal(told_until(w, 3 * S), "-8/a by 3, +9/a by 3");
	assert_int_equal(lost, 0);
	end(w);
}

/* n changes elsewhere, which are told. */
static void others(struct mountwatch *w, uint64_t ns, uint32_t n)
{
	for (uint32_t i = 0; i < n; i += 2) {
		call(w, OURS, 1, ns + i, MNT_MAY_ADD | MNT_KNOWN, 9, "/o");
		call(w, OURS, 1, ns + i + 1, MNT_MAY_REMOVE, 0, "/o");
		if (i % 1000 < 998)
			continue;
		look_at(OURS, 1, ns + i + 2, 0, NOTHING);
		told_until(w, ns + i + 20);
	}
	look_at(OURS, 1, ns + n, 0, NOTHING);
	told_until(w, ns + n + 20);
}

/*
 * A look has found the pin, and the mount namespace ends with the call that unmounts it, while
 * another one gets its number: nothing but what was told says what went.
 */
static void test_ended_with_call(void **state)
{
	struct mountwatch *w = begin();

	pin(w, S, 7, "/a");
	look(S + 1, ROWS({10, 7, "/a"}));
	assert_string_equal(told_until(w, S + 100), "+7/a by 3");
	mountsets_get(&sets, OTHER, 6);
	unpin(w, 2 * S, "/a");
	others(w, 3 * S, 1000);
	look_at(OTHER, 5, 4 * S, 0, NULL);
	assert_string_equal(told_until(w, 5 * S), "-7/a by 3");
	assert_int_equal(lost, 0);
	/* Not even that any more. */
	pin(w, 6 * S, 7, "/a");
	look(6 * S + 1, ROWS({10, 7, "/a"}));
	assert_string_equal(told_until(w, 6 * S + 100), "+7/a by 3");
	mountsets_get(&sets, OTHER, 6);
	unpin(w, 7 * S, "/a");
	others(w, 8 * S, 6000);
	look_at(OTHER, 5, 9 * S, 0, NULL);
	assert_string_equal(told_until(w, 10 * S), "");
	assert_int_equal(lost, 1);
	end(w);
}

/* The same of a trace of unpins alone. */
static void test_ended_unpins(void **state)
{
	const struct mountwatch_opts opts = {.kinds = 1ULL << EV_UNPIN};
	struct mountwatch *w = begin();

	end(w);
	assert_int_equal(mountwatch_open(&opts, &w, NULL), 0);
	look(S + 1, ROWS({10, 7, "/a"}));
	assert_string_equal(told_until(w, S + 100), "");
	mountsets_get(&sets, OTHER, 6);
	unpin(w, 2 * S, "/a");
	look_at(OTHER, 5, 3 * S, 0, NULL);
	assert_string_equal(told_until(w, 4 * S), "-7/a by 3");
	end(w);
}

/*
 * A look comes between what a call that unmounts does and its return, which takes longer than
 * anybody waits: the pin is told then, and the unpin when the call has returned, in a mount
 * namespace that lives as in one that has ended.
 */
static void test_long_return(void **state)
{
	struct mountwatch *w = begin();

	for (int ended = 0; ended < 2; ended++) {
		uint64_t at = S + (uint64_t)ended * 10 * S;

		look(at, NOTHING);
		told_until(w, at + 20);
		pin(w, at + 100, 7, "/a");
		look(at + 200, NOTHING);
		assert_string_equal(told_until(w, at + 300), "");
		assert_string_equal(told_until(w, at + 3 * S), "+7/a by 3");
		unpin(w, at + 4 * S, "/a");
		look_at(OTHER, 5, at + 4 * S + 10, 0, ended ? NULL : NOTHING);
		assert_string_equal(told_until(w, at + 5 * S), "-7/a by 3");
	}
	assert_int_equal(lost, 0);
	end(w);
}

/* More places where calls and looks disagree than are remembered: what was found is told as it is.
 */
static void test_many_disagree(void **state)
{
	struct mountwatch *w = begin();
	struct row rows[101] = {0};
	char paths[100][8];
	size_t n = 0;

	look(S, NOTHING);
	told_until(w, S + 100);
	for (uint32_t i = 0; i < 100; i++) {
		snprintf(paths[i], sizeof(paths[i]), "/%u", i);
		pin(w, 2 * S + i, 7, paths[i]);
		/* By a call that has not returned. */
		rows[i] = (struct row){10 + i, 8, paths[i]};
	}
	look(3 * S, rows);
	mountwatch_take(w, 4 * S, sink, NULL);
	mountwatch_take(w, 9 * S, sink, NULL);
	mountwatch_tick(w, sink, NULL);
	mountwatch_finish(w, 0, sink, NULL);
	for (const char *at = told; (at = strstr(at, "+8/")); at++)
		n++;
	assert_int_equal(n, 100);
	end(w);
}

/* A look has found a change whose call has not returned, and so many others are made that their
 * notes have no room: the change is told. */
static void test_held_and_forgotten(void **state)
{
	struct mountwatch *w = begin();

	look(S, ROWS({10, 7, "/a"}));
	told_until(w, S + 100);
	look(2 * S, NOTHING);
	assert_string_equal(told_until(w, 2 * S + 100), "");
	for (uint32_t i = 0; i < 5000; i++)
		call(w, OTHER, 5, 2 * S + 200 + i, MNT_MAY_ADD | MNT_KNOWN, 0, "/b");
	look(2 * S + 10000, NOTHING);
	assert_non_null(strstr(told_until(w, 2 * S + 20000), "-7/a"));
	assert_int_equal(lost, 0);
	end(w);
}

/* It ended with what was in it; another one has its number. */
static void test_ended(void **state)
{
	struct mountwatch *w = begin();

	look(S, ROWS({10, 7, "/a"}));
	told_until(w, S + 100);
	unpin(w, 2 * S, "/a");
	pin(w, 2 * S + 1, 8, "/b");
	call(w, OTHER, 6, 2 * S + 2, MNT_MAY_ADD | MNT_KNOWN, 7, "/a");
	call(w, OTHER, 6, 2 * S + 3, MNT_MAY_REMOVE, 0, "/a");
	look_at(OTHER, 5, 3 * S, 0, NULL);
	look_at(OTHER, 6, 3 * S + 20, 0, NULL);
	assert_string_equal(told_until(w, 4 * S), "-7/a by 3, +8/b by 3, +7/a by 3, -7/a by 3");
	assert_int_equal(lost, 0);
	end(w);
}

/* A copy goes as its file is removed elsewhere, and a call at another place has not returned yet.
 */
static void test_no_wrong_actor(void **state)
{
	struct mountwatch *w = begin();

	look(S, ROWS({10, 7, "/a"}, {11, 8, "/b"}));
	told_until(w, S + 100);
	unpin(w, 2 * S, "/dir/c");
	pin(w, 2 * S + 1, 9, "/d");
	unpin(w, 2 * S + 2, "/d");
	look(2 * S + 10, ROWS({11, 8, "/b"}));
	told_until(w, 2 * S + 100);
	assert_string_equal(told_until(w, 4 * S), "-7/a");
	/* But one that unmounts what is above is named. */
	look(5 * S, ROWS({11, 8, "/b"}, {12, 9, "/dir/c/x"}));
	told_until(w, 7 * S);
	unpin(w, 7 * S + 1, "/dir/c");
	look(8 * S, ROWS({11, 8, "/b"}));
	assert_string_equal(told_until(w, 10 * S), "-9/dir/c/x by 3");
	end(w);
}

/* Looks come late: the calls say what came and went, and nothing is lost. */
static void test_late_look(void **state)
{
	struct mountwatch *w = begin();
	size_t pins = 0;

	look(S, NOTHING);
	told_until(w, S + 100);
	for (uint64_t i = 0; i < 1000; i++) {
		pin(w, 2 * S + 2 * i, 7 + (uint32_t)i, "/a");
		unpin(w, 2 * S + 2 * i + 1, "/a");
		/* No namespaces, which come and go all the time. */
		call(w, OTHER, 5, 2 * S + 2 * i + 1, MNT_MAY_ADD | MNT_KNOWN, 0, "/mnt");
		unpin(w, 2 * S + 2 * i + 1, "/mnt");
	}
	look_at(OTHER, 5, 3 * S, LOOK_LATE, NOTHING);
	for (const char *at = told_until(w, 4 * S); (at = strstr(at, "by 3")); at++)
		pins++;
	assert_int_equal(pins, 2000);
	assert_int_equal(lost, 0);
	/* Of calls that do not say what they mount, what came and went may be missing. */
	for (uint64_t i = 0; i < 5; i++) {
		call(w, OTHER, 5, 5 * S + i, MNT_MAY_ADD, 0, "/a");
		unpin(w, 5 * S + i, "/a");
	}
	look_at(OTHER, 5, 6 * S, LOOK_LATE, NOTHING);
	assert_string_equal(told_until(w, 7 * S), "");
	assert_int_equal(lost, 9);
	end(w);
}

/* Very many calls and no look: what finds no place is told if it is found, or counted. */
static void test_too_many(void **state)
{
	struct mountwatch *w = begin();
	char path[16];

	look(S, NOTHING);
	told_until(w, S + 100);
	pin(w, S + 200, 5, "/stays");
	for (uint32_t i = 0; i < 6000; i++) {
		snprintf(path, sizeof(path), "/%u", i % 100);
		if (i % 200 < 100)
			pin(w, 2 * S + i, 7 + i, path);
		else
			unpin(w, 2 * S + i, path);
	}
	look(3 * S, ROWS({10, 5, "/stays"}));
	told_len = 0;
	mountwatch_take(w, 4 * S, sink, NULL);
	mountwatch_tick(w, sink, NULL);
	assert_non_null(strstr(told, "+5/stays"));
	pin(w, 4 * S, 4, "/0");
	look(5 * S, ROWS({10, 5, "/stays"}, {11, 4, "/0"}));
	assert_non_null(strstr(told_until(w, 6 * S), "+4/0 by 3"));
	/* 6,000 changes, and what no event was made of is lost. */
	assert_in_range(lost, 1000, 3000);
	end(w);
}

/* Nothing stays of what is over. */
static void test_memory(void **state)
{
	struct mountwatch *w = begin();

	for (uint32_t i = 1; i < 3000; i++) {
		call(w, OTHER + i % 7, i, i * S, MNT_MAY_ADD | MNT_KNOWN, 7, "/a");
		look_at(OTHER + i % 7, i, i * S + 10, 0, NULL);
		assert_string_equal(told_until(w, i * S + 100), "+7/a by 3");
	}
	assert_true(marks <= 3000);
	assert_true(mountwatch_settled(w));
	end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_call),
		cmocka_unit_test(test_numbers_again),
		cmocka_unit_test(test_in_flight),
		cmocka_unit_test(test_calls_come_late),
		cmocka_unit_test(test_first_look),
		cmocka_unit_test(test_ended),
		cmocka_unit_test(test_ended_with_call),
		cmocka_unit_test(test_ended_unpins),
		cmocka_unit_test(test_long_return),
		cmocka_unit_test(test_many_disagree),
		cmocka_unit_test(test_held_and_forgotten),
		cmocka_unit_test(test_no_wrong_actor),
		cmocka_unit_test(test_late_look),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
