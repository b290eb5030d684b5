// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "source/session.h"

#define GB (1ULL << 30)

/* A million namespaces from 1 GB on; more than a table of 16 bytes each is never there at once. */
static void test_growing(void **state)
{
	struct maps_room room = {.memory = 8 * GB, .processes = 300, .threads = 62000};
	struct maps_size size = maps_size(&room, true, false);

	assert_true(size.known >= 1000000 && size.known * 16ULL <= 16 << 20);
	assert_int_equal(size.tree, 65536);
	room.memory = GB;
	assert_true(maps_size(&room, true, false).known >= 1000000);
	room.memory = GB / 16;
	room.threads = 500;
	size = maps_size(&room, true, false);
	assert_int_equal(size.known, 65536);
	assert_int_equal(size.tree, 32768);
	room = (struct maps_room){
		.memory = UINT64_MAX, .threads = UINT64_MAX, .processes = 1 << 22};
	size = maps_size(&room, true, false);
	assert_int_equal(size.known, 1 << 20);
	assert_int_equal(size.tree, 1 << 20);
}

/* The namespaces of a command: a table of 4 MB at most, which each sweep goes through. */
static void test_tree(void **state)
{
	struct maps_room room = {.memory = 8 * GB, .processes = 300, .threads = 62000};

	assert_int_equal(maps_size(&room, true, true).known, 1 << 18);
	assert_int_equal(maps_size(&room, true, true).tree, maps_size(&room, true, false).tree);
	room.memory = GB / 16;
	assert_int_equal(maps_size(&room, true, true).known, 65536);
	assert_int_equal(maps_size(&room, false, true).known, maps_size(&room, false, false).known);
}

/* Before 6.1 all of it is taken at the start: by what there is now. */
static void test_fixed(void **state)
{
	struct maps_room room = {.memory = 64 * GB, .processes = 100, .threads = 1 << 20};

	assert_int_equal(maps_size(&room, false, false).known, 65536);
	assert_int_equal(maps_size(&room, false, false).tree, 65536);
	room.processes = 30000;
	assert_int_equal(maps_size(&room, false, false).known, 1 << 17);
	room = (struct maps_room){0};
	assert_int_equal(maps_size(&room, false, false).known, 32768);
	assert_int_equal(maps_size(&room, false, false).tree, 32768);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growing),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_fixed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
