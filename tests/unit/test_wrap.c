// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "out/escape.h"
#include "out/wrap.h"

static void check(size_t at, size_t indent, size_t width, const char *text, const char *want)
{
	auto_buf struct buf b = {0};

	wrap_text(&b, text, &(struct wrap){.at = at, .indent = indent, .width = width});
	assert_string_equal(b.s ? b.s : "", want);
}

static void test_words(void **state)
{
	check(0, 0, 9, "one two three", "one two\nthree");
	check(0, 2, 7, "one two three", "one two\n  three");
	/* A line may be full. */
	check(0, 0, 7, "one two", "one two");
	check(1, 0, 7, "one two", "one\ntwo");
	check(0, 0, 0, "one two three", "one two three");
	check(0, 0, 5, "", "");
	check(0, 0, 5, "  one ", "one");
}

static void test_blanks(void **state)
{
	check(0, 0, 20, "uts|ipc  uts 1", "uts|ipc  uts 1");
	check(0, 1, 9, "uts|ipc  uts 1", "uts|ipc\n uts 1");
}

/* The terminal breaks what is longer than it, or there would be no end. */
static void test_long(void **state)
{
	check(4, 2, 8, "0123456789 a b", "0123456789\n  a b");
	check(9, 9, 8, "a b", "a\n         b");
}

/* Columns, not bytes. */
static void test_wide(void **state)
{
	check(0, 0, 9, "caf\xc3\xa9 caf\xc3\xa9", "caf\xc3\xa9 caf\xc3\xa9");
	check(0, 0, 9, "\xe6\x97\xa5\xe6\x97\xa5 \xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5",
		"\xe6\x97\xa5\xe6\x97\xa5\n\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5");
}

static void test_color(void **state)
{
	auto_buf struct buf b = {0};

	wrap_text(&b, "one two", &(struct wrap){.indent = 1, .width = 4, .on = "<", .off = ">"});
	assert_string_equal(b.s, "<one>\n <two>");
}

/* Whatever the width, the words are the same, and no line but of one word is too long. */
static void test_any(void **state)
{
	static const char text[] = "a bb  ccc dddd eeeee ffffff   g hh iii jjjj kkkkk";

	for (size_t width = 1; width < 60; width++) {
		auto_buf struct buf b = {0}, words = {0}, want = {0};
		size_t col = 0;
		bool several = false;

		wrap_text(&b, text, &(struct wrap){.width = width});
		for (const char *c = b.s; *c; c++) {
			several = *c != '\n' && (several || *c == ' ');
			col = *c == '\n' ? 0 : col + 1;
			assert_true(col <= width || !several);
			if (*c != ' ' && *c != '\n')
				buf_putc(&words, *c);
		}
		for (const char *c = text; *c; c++)
			if (*c != ' ')
				buf_putc(&want, *c);
		assert_string_equal(words.s, want.s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_blanks),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_color),
		cmocka_unit_test(test_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
