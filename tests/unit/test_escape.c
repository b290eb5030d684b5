// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/text.h"
#include "out/escape.h"

typedef void (*escape_fn)(struct buf *b, const char *s, size_t len);

struct row {
	const char *in;
	size_t len; /* 0: up to the NUL */
	const char *out;
};

static void check(escape_fn fn, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		auto_buf struct buf b = {0};

		buf_puts(&b, "");
		fn(&b, rows[i].in, rows[i].len ? rows[i].len : strlen(rows[i].in));
		assert_string_equal(b.s, rows[i].out);
	}
}
#define CHECK(fn, ...)                                                                             \
	do {                                                                                       \
		static const struct row rows_[] = {__VA_ARGS__};                                   \
		check(fn, rows_, sizeof(rows_) / sizeof(rows_[0]));                                \
	} while (0)

/* What is escaped stays as it is. */
static void test_talk(void **state)
{
	CHECK(escape_talk, {"", 0, ""}, {"back\\slash\\", 0, "back\\slash\\"},
		{"\\x1b\033[2J\\", 0, "\\x1b\\x1b[2J\\"}, {"a\nb\xff", 0, "a\\nb\\xff"},
		{"\\\0\\", 3, "\\\\x00\\"});
}

static void test_text(void **state)
{
	CHECK(escape_text, {"", 0, ""}, {"sh -c 'x' \"y\"", 0, "sh -c 'x' \"y\""},
		{"\033[2J\007", 0, "\\x1b[2J\\a"}, {"a\tb\nc\rd", 0, "a\\tb\\nc\\rd"},
		{"a\0b", 3, "a\\x00b"}, {"back\\slash", 0, "back\\\\slash"}, {"\x7f", 0, "\\x7f"},
		/* C1 controls: CSI as one character, and as a bare byte */
		{"\xc2\x9b"
		 "2J",
			0, "\\u009b2J"},
		{"\x9b"
		 "2J",
			0, "\\x9b2J"},
		{"caf\xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x90\xa7", 0,
			"caf\xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x90\xa7"},
		{"\xe2\x80\xae"
		 "exe.fdp",
			0, "\\u202eexe.fdp"},
		{"\xe2\x81\xa6", 0, "\\u2066"}, {"\xe2\x80\x8b", 0, "\\u200b"},
		{"\xef\xbb\xbf", 0, "\\ufeff"}, {"\xe2\x80\xa8", 0, "\\u2028"},
		{"\xf3\xa0\x81\x81", 0, "\\U000e0041"},
		/* overlong, a surrogate, too high, cut, alone */
		{"\xc0\xaf", 0, "\\xc0\\xaf"}, {"\xe0\x80\xaf", 0, "\\xe0\\x80\\xaf"},
		{"\xed\xa0\x80", 0, "\\xed\\xa0\\x80"},
		{"\xf4\x90\x80\x80", 0, "\\xf4\\x90\\x80\\x80"}, {"\xe6\x97", 0, "\\xe6\\x97"},
		{"\xc3(", 0, "\\xc3("}, {"\xff\xfe", 0, "\\xff\\xfe"});
}

static void test_word(void **state)
{
	CHECK(escape_word, {"a b", 0, "a\\x20b"}, {"a\\x20b", 0, "a\\\\x20b"}, {"\ta", 0, "\\ta"},
		{"plain", 0, "plain"});
}

static void test_shell(void **state)
{
	CHECK(escape_shell, {"/bin/sh", 0, "/bin/sh"}, {"", 0, "''"}, {"a b", 0, "'a b'"},
		{"$(x)", 0, "'$(x)'"}, {"it's", 0, "$'it\\x27s'"}, {"a\nb", 0, "$'a\\nb'"},
		{"a\\b", 0, "'a\\b'"}, {"\xe2\x80\xae", 0, "$'\\u202e'"},
		{"caf\xc3\xa9", 0, "'caf\xc3\xa9'"}, {"*", 0, "'*'"}, {"~", 0, "'~'"},
		{"\xff", 0, "$'\\xff'"}, {"a=b,c:d@e%f+g", 0, "a=b,c:d@e%f+g"});
}

/* What was quoted is to the shell what it was before. */
static void test_shell_again(void **state)
{
	static const char *const words[] = {"it's", "a\\b'c", "two\nlines", "\033[2J",
		"\xff\xfe"
		"a",
		"$HOME `x` \"q\"", "caf\xc3\xa9's", "\\'", "\a\b\t\v\f\r",
		"\x01"
		"23"};

	if (access("/bin/bash", X_OK))
		skip();
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		auto_buf struct buf b = {0};
		char got[64] = "";
		FILE *p;

		buf_puts(&b, "exec /bin/bash -c \"$(cat <<'X'\nprintf %s ");
		escape_shell(&b, words[i], strlen(words[i]));
		buf_puts(&b, "\nX\n)\"");
		p = popen(b.s, "r");
		assert_non_null(p);
		got[fread(got, 1, sizeof(got) - 1, p)] = '\0';
		assert_int_equal(pclose(p), 0);
		assert_string_equal(got, words[i]);
	}
}

static void test_json(void **state)
{
	CHECK(escape_json, {"plain 'x'", 0, "plain 'x'"}, {"a\"b\\c", 0, "a\\\"b\\\\c"},
		{"\n\t\r\b\f", 0, "\\n\\t\\r\\b\\f"}, {"\033\x01\x7f", 0, "\\u001b\\u0001\\u007f"},
		{"a\0b", 3, "a\\u0000b"}, {"caf\xc3\xa9", 0, "caf\xc3\xa9"},
		{"\xff", 0, "\xef\xbf\xbd"},
		{"\xed\xa0\x80", 0, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xe2\x80\xae\xe2\x80\xa8", 0, "\\u202e\\u2028"},
		{"\xf0\x9f\x90\xa7", 0, "\xf0\x9f\x90\xa7"});
}

/* Whatever the bytes: nothing below blank, no DEL, only well-formed UTF-8 comes out. */
static void test_any_bytes(void **state)
{
	static const escape_fn fns[] = {escape_text, escape_word, escape_shell, escape_json};
	unsigned int seed = 1;

	for (unsigned int round = 0; round < 20000; round++) {
		char in[12];

		for (size_t i = 0; i < sizeof(in); i++)
			in[i] = (char)rand_r(&seed);
		for (size_t f = 0; f < sizeof(fns) / sizeof(fns[0]); f++) {
			auto_buf struct buf b = {0};
			uint32_t cp;
			size_t n;

			fns[f](&b, in, sizeof(in));
			for (size_t i = 0; i < b.len; i += n) {
				n = utf8_next(b.s + i, b.len - i, &cp);
				assert_true(n > 0);
				assert_true(cp >= ' ' && cp != 0x7f && !(cp >= 0x80 && cp < 0xa0));
				assert_false(cp >= 0x202a && cp <= 0x202e);
			}
		}
	}
}

static void test_width(void **state)
{
	assert_int_equal(text_width("abc", 3), 3);
	assert_int_equal(text_width("caf\xc3\xa9", 5), 4);
	assert_int_equal(text_width("\xe6\x97\xa5", 3), 2);
	assert_int_equal(text_width("e\xcc\x81", 3), 1);
	assert_int_equal(text_width("\xff", 1), 1);
	assert_int_equal(text_width("", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_talk),
		cmocka_unit_test(test_word),
		cmocka_unit_test(test_shell),
		cmocka_unit_test(test_shell_again),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_width),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
