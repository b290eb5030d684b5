// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "lib/buf.h"

static void test_adding(void **state)
{
	auto_buf struct buf b = {0};

	assert_null(b.s);
	buf_puts(&b, "ab");
	buf_putc(&b, 'c');
	buf_add(&b, "defg", 2);
	buf_pad(&b, '.', 3);
	buf_pad(&b, 'x', 0);
	assert_string_equal(b.s, "abcde...");
	assert_int_equal(b.len, 8);
}

static void test_zero_bytes_are_kept(void **state)
{
	auto_buf struct buf b = {0};

	buf_add(&b, "a\0b", 3);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.s, "a\0b", 4);
}

static void test_numbers(void **state)
{
	auto_buf struct buf b = {0};

	buf_u64(&b, 0);
	buf_putc(&b, ' ');
	buf_u64(&b, 10);
	buf_putc(&b, ' ');
	buf_u64(&b, UINT64_MAX);
	assert_string_equal(b.s, "0 10 18446744073709551615");
}

/* Around every size at which it must grow. */
static void test_growth(void **state)
{
	for (size_t n = 0; n < 1100; n++) {
		auto_buf struct buf a = {0}, b = {0};

		for (size_t i = 0; i < n; i++)
			buf_putc(&a, (char)('a' + i % 26));
		buf_printf(&b, "%.*s", (int)n, n ? a.s : "");
		assert_int_equal(a.len, n);
		assert_int_equal(b.len, n);
		if (n)
			assert_string_equal(a.s, b.s);
		assert_true(b.cap > b.len);
		buf_printf(&b, "%s|%s", n ? a.s : "", "end");
		assert_int_equal(b.len, 2 * n + 4);
		assert_string_equal(b.s + 2 * n, "|end");
	}
}

static void test_reset_and_free(void **state)
{
	struct buf b = {0};

	buf_reset(&b);
	assert_null(b.s);
	buf_puts(&b, "something");
	buf_reset(&b);
	assert_string_equal(b.s, "");
	assert_int_equal(b.len, 0);
	buf_puts(&b, "other");
	assert_string_equal(b.s, "other");
	buf_free(&b);
	assert_null(b.s);
	assert_int_equal(b.cap, 0);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_adding),
		cmocka_unit_test(test_zero_bytes_are_kept),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_reset_and_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
