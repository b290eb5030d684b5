// SPDX-License-Identifier: GPL-2.0-or-later
/* test_idmap.c - ranges of ids: reading, splitting around a single pair, the text. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/idmap.h"

static void ranges(void **state)
{
	static const struct {
		const char *text;
		struct idmap_range want;
	} good[] = {
		{"0:1000:1", {0, 1000, 1}},
		{"1000,0,1", {0, 1000, 1}},
		{"1:0:4294967295", {1, 0, 4294967295u}},
		{"4294967294:0:2", {4294967294u, 0, 2}},
	};
	static const char *const bad[] = {"", "0", "0:1", "0:1:", ":1:2", "0:1:2:3", "0:1:2x",
		"0:1,2", "0,1:2", "-1:0:1", "0:0:4294967296", " 0:1:2", "a:b:c",
		/* what the kernel would refuse: no id, and ids beyond the last one */
		"0:0:0", "4294967295:0:2", "0:4294967295:2", "4294967294:0:4294967295"};
	struct idmap_range r;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(idmap_range_parse(good[i].text, &r), 0);
		assert_memory_equal(&r, &good[i].want, sizeof(r));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!idmap_range_parse(bad[i], &r))
			fail_msg("'%s' was taken", bad[i]);
	}
}

static void subids(void **state)
{
	static const char text[] = "# comment\nroot:1:2\nab:10:20\na:30:40\n1000:50:60\n"
				   "broken:x:1\nbroken:5:6\nlast:7:8";
	struct idmap_range r;

	assert_int_equal(idmap_subids_parse(text, "a", 999, 0, &r), 0);
	assert_int_equal(r.inner, IDMAP_NONE);
	assert_int_equal(r.outer, 30);
	assert_int_equal(r.count, 40);
	assert_int_equal(idmap_subids_parse(text, "other", 1000, 1, &r), 0);
	assert_int_equal(r.inner, 50);
	assert_int_equal(r.outer, 50);
	/* A line that makes no sense is passed over, a last one without its end is not. */
	assert_int_equal(idmap_subids_parse(text, "broken", 999, 0, &r), 0);
	assert_int_equal(r.outer, 5);
	assert_int_equal(idmap_subids_parse(text, "last", 999, 0, &r), 0);
	assert_int_equal(r.count, 8);
	/* 0 is the number of root only, not of every name. */
	assert_int_equal(idmap_subids_parse(text, "nobody", 0, 0, &r), -ENOENT);
	assert_int_equal(idmap_subids_parse("", "a", 1, 0, &r), -ENOENT);
	assert_int_equal(idmap_subids_parse("a", "a", 1, 0, &r), -ENOENT);
	assert_int_equal(idmap_subids_parse("a:1", "a", 1, 0, &r), -ENOENT);
}

static void all(void **state)
{
	auto_idmap struct idmap m = {0};
	auto_buf struct buf b = {0};

	assert_int_equal(idmap_all_parse(&m, "         0       1000          1\n"
					     "         1     100000      65536\n"),
		0);
	idmap_text(&m, &b);
	assert_string_equal(b.s, "0 0 1\n1 1 65536\n");
	assert_int_equal(idmap_all_parse(&m, "0 1\n"), -EINVAL);
	assert_int_equal(idmap_all_parse(&m, "0 x 1\n"), -EINVAL);
}

/* Both ways through a map, also of one whose outer ids have no number here. */
static void translations(void **state)
{
	auto_idmap struct idmap m = {0}, none = {0};
	static const struct {
		uint32_t inner, outer;
	} rows[] = {{0, 1000}, {1, 100000}, {65536, 165535}, {70000, IDMAP_NONE}};

	assert_int_equal(
		idmap_text_parse(&m, "0 1000 1\n1 100000 65536\n70000 4294967295 10\n"), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(idmap_outer(&m, rows[i].inner), rows[i].outer);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(idmap_inner(&m, rows[i].outer), rows[i].inner);
	assert_int_equal(idmap_outer(&m, 65537), IDMAP_NONE);
	assert_int_equal(idmap_inner(&m, 999), IDMAP_NONE);
	assert_int_equal(idmap_inner(&m, 1001), IDMAP_NONE);
	assert_int_equal(idmap_inner(&m, 165536), IDMAP_NONE);
	assert_int_equal(idmap_outer(&none, 0), IDMAP_NONE);
	assert_int_equal(idmap_text_parse(&none, ""), 0);
	assert_int_equal(idmap_text_parse(&none, "0 1 x\n"), -EINVAL);
}

/* What newest unshare(1) makes of the same. */
static void holes(void **state)
{
	static const struct {
		struct idmap_range in;
		uint32_t inner, outer;
		const char *want;
	} rows[] = {
		{{0, 100, 10}, IDMAP_NONE, 0, "0 100 10\n"},
		{{IDMAP_NONE, 100000, 65536}, IDMAP_NONE, 0, "0 100000 65536\n"},
		{{IDMAP_NONE, 100000, 65536}, 0, 1000, "0 1000 1\n1 100000 65536\n"},
		{{IDMAP_NONE, 100000, 65536}, 1000, 1000,
			"1000 1000 1\n0 100000 1000\n1001 101000 64536\n"},
		{{0, 100, 10}, 0, 1000, "0 1000 1\n1 100 9\n"},
		{{0, 100, 10}, 5, 1000, "5 1000 1\n0 100 5\n6 105 4\n"},
		{{0, 100, 10}, 50, 105, "50 105 1\n0 100 5\n5 106 4\n"},
		{{0, 100, 10}, 5, 105, "5 105 1\n0 100 5\n6 106 4\n"},
		{{0, 100, 10}, 3, 105, "3 105 1\n0 100 3\n4 103 2\n6 106 4\n"},
		{{0, 100, 10}, 50, 1000, "50 1000 1\n0 100 10\n"},
		{{0, 100, 1}, 0, 5, "0 5 1\n"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_idmap struct idmap m = {0};
		auto_buf struct buf b = {0};

		assert_int_equal(idmap_add(&m, rows[i].in), 0);
		assert_int_equal(idmap_place(&m, rows[i].inner, rows[i].outer), 0);
		idmap_text(&m, &b);
		assert_string_equal(b.s, rows[i].want);
	}
}

static void order(void **state)
{
	auto_idmap struct idmap m = {0};
	auto_buf struct buf b = {0};

	idmap_add(&m, (struct idmap_range){10, 100, 2});
	idmap_add(&m, (struct idmap_range){0, 200, 3});
	assert_int_equal(idmap_place(&m, 1, 7), 0);
	idmap_text(&m, &b);
	assert_string_equal(b.s, "1 7 1\n10 100 2\n0 200 1\n2 201 1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges),
		cmocka_unit_test(subids),
		cmocka_unit_test(all),
		cmocka_unit_test(translations),
		cmocka_unit_test(holes),
		cmocka_unit_test(order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
