// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/types.h>
#include <stdio.h>
#include <string.h>

#include "bpf/wire/event.h"
#include "source/mount_set.h"

#define OURS  1
#define OTHER 2

/* What changes were told, "+net:7/a -net:7/b". */
static char told[512];

static void tell(void *ctx, unsigned int how, const struct mount_pin *p)
{
	size_t at = strlen(told);

	snprintf(told + at, sizeof(told) - at, "%s%s%c%u:%u%s", at ? " " : "",
		how & MOUNTSET_MOVED ? "moved" : "", how & MOUNTSET_ADDED ? '+' : '-', p->type,
		p->inum, p->path);
}

struct row {
	uint32_t mnt_id, inum;
	const char *path;
};

/* A look at a mount namespace that has these rows, of net namespaces. */
static const char *look(struct mountsets *s, uint32_t inum, uint32_t id, const struct row *rows)
{
	auto_mounts struct ns_mounts m = {0};
	auto_buf struct buf b = {0};
	struct mountset *set = mountsets_get(s, inum, id);

	for (; rows && rows->path; rows++)
		buf_printf(&b, "%u 1 0:4 net:[%u] %s rw - nsfs nsfs rw\n", rows->mnt_id, rows->inum,
			rows->path);
	assert_int_equal(mounts_parse(&m, b.s ? b.s : "", b.len, inum), 0);
	assert_non_null(set);
	told[0] = '\0';
	assert_int_equal(mountset_take(s, set, &m, tell, NULL), 0);
	return told;
}

#define ROWS(...) ((const struct row[]){__VA_ARGS__, {0}})

static void test_come_and_go(void **state)
{
	struct mountsets s = {0};

	assert_string_equal(look(&s, OURS, 5, NULL), "");
	assert_string_equal(look(&s, OURS, 5, ROWS({10, 7, "/a"})), "+5:7/a");
	assert_string_equal(look(&s, OURS, 5, ROWS({10, 7, "/a"})), "");
	assert_string_equal(look(&s, OURS, 5, ROWS({10, 7, "/a"}, {11, 8, "/b"})), "+5:8/b");
	assert_string_equal(look(&s, OURS, 5, ROWS({11, 8, "/b"}, {12, 9, "/c"})), "-5:7/a +5:9/c");
	assert_string_equal(look(&s, OURS, 5, NULL), "-5:8/b -5:9/c");
	assert_int_equal(s.rows, 0);
	assert_int_equal(s.text, 0);
	mountsets_free(&s);
}

/* In several layers on one path it is told once, and its end when the last goes. */
static void test_layers(void **state)
{
	struct mountsets s = {0};

	look(&s, OURS, 5, NULL);
	assert_string_equal(look(&s, OURS, 5, ROWS({10, 7, "/a"}, {11, 7, "/a"})), "+5:7/a");
	assert_string_equal(look(&s, OURS, 5, ROWS({10, 7, "/a"})), "");
	assert_string_equal(look(&s, OURS, 5, NULL), "-5:7/a");
	mountsets_free(&s);
}

static void test_moved(void **state)
{
	struct mountsets s = {0};

	look(&s, OURS, 5, ROWS({10, 7, "/a"}));
	assert_string_equal(look(&s, OURS, 5, ROWS({10, 7, "/b"})), "moved-5:7/a moved+5:7/b");
	/* The same number of a mount, of another namespace. */
	assert_string_equal(look(&s, OURS, 5, ROWS({10, 8, "/b"})), "-5:7/b +5:8/b");
	mountsets_free(&s);
}

/* What a new mount namespace has of others is no event, but what only it has. */
static void test_copies(void **state)
{
	struct mountsets s = {0};

	look(&s, OURS, 5, ROWS({10, 7, "/a"}));
	assert_string_equal(
		look(&s, OTHER, 6, ROWS({20, 7, "/a"}, {21, 8, "/b"}, {22, 8, "/b"})), "+5:8/b");
	/* Once it was looked at, a copy is one, too. */
	assert_string_equal(look(&s, OTHER, 6, NULL), "-5:7/a -5:8/b");
	assert_string_equal(look(&s, OTHER, 6, ROWS({20, 7, "/a"})), "+5:7/a");
	assert_int_equal(s.rows, 2);
	assert_int_equal(mountsets_find(&s, OTHER)->n, 1);
	mountsets_free(&s);
}

/* The number of one that has ended is given again: its mounts are not those of the new one. */
static void test_number_again(void **state)
{
	struct mountsets s = {0};

	look(&s, OURS, 5, ROWS({10, 7, "/a"}));
	look(&s, OTHER, 6, ROWS({20, 7, "/a"}, {21, 8, "/b"}));
	look(&s, OURS, 5, NULL);
	assert_string_equal(look(&s, OTHER, 9, NULL), "");
	assert_string_equal(look(&s, OTHER, 9, ROWS({20, 7, "/a"})), "+5:7/a");
	/* Without an id there is but the number. */
	assert_string_equal(look(&s, OTHER, 0, NULL), "-5:7/a");
	assert_int_equal(mountsets_find(&s, OTHER)->id, 9);
	mountsets_free(&s);
}

/* Thousands, most of them gone again: nothing of them stays. */
static void test_memory(void **state)
{
	struct mountsets s = {0};
	char path[32];

	for (uint32_t i = 1; i <= 5000; i++) {
		snprintf(path, sizeof(path), "/run/%u", i);
		look(&s, i, i, ROWS({i, i, path}, {i + 1, 3, "/all"}));
	}
	assert_int_equal(s.n, 5000);
	assert_int_equal(s.rows, 10000);
	assert_int_equal(s.npins, 5001);
	for (uint32_t i = 1; i < 5000; i++)
		mountsets_drop(&s, mountsets_find(&s, i));
	assert_int_equal(s.n, 1);
	assert_int_equal(s.rows, 2);
	assert_int_equal(s.text, sizeof("/run/5000") + sizeof("/all"));
	assert_null(mountsets_find(&s, 17));
	/* Free places are used again. */
	for (uint32_t i = 1; i < 5000; i++) {
		snprintf(path, sizeof(path), "/tmp/%u", i);
		assert_non_null(strstr(look(&s, i, i, ROWS({i, i, path})), path));
	}
	assert_int_equal(s.npins, 5001);
	mountsets_free(&s);
	assert_int_equal(s.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_come_and_go),
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_number_again),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
