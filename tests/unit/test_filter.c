// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "fuzz/filter_demo.h"
#include "lib/buf.h"
#include "lib/err.h"

static bool match(const char *expr, const struct demo_row *row)
{
	auto_filter struct filter *f = NULL;
	struct err err = {0};

	if (filter_compile(expr, &demo_filter_names, &err, &f))
		fail_msg("%s: %s", expr, err.what);
	return filter_match(f, row);
}

/* Each expression, of a NULL-ended list, on the demo row. */
static void all_are(bool want, const char *const *exprs)
{
	for (; *exprs; exprs++)
		if (match(*exprs, &demo_row) != want)
			fail_msg("%s is not %s", *exprs, want ? "true" : "false");
}

#define assert_true_all(...)  all_are(true, (const char *const[]){__VA_ARGS__, NULL})
#define assert_false_all(...) all_are(false, (const char *const[]){__VA_ARGS__, NULL})

static void refused(const char *expr, const char *what, const char *hint)
{
	struct filter *f = (struct filter *)&f;
	struct err err = {0};

	assert_int_equal(filter_compile(expr, &demo_filter_names, &err, &f), -EINVAL);
	assert_int_equal(err.code, -EINVAL);
	assert_string_equal(err.what, what);
	if (hint)
		assert_string_equal(err.hint, hint);
	assert_ptr_equal(f, &f); /* results are untouched on failure */
}

static void test_numbers(void **state)
{
	assert_true_all("pid == 1234", "pid==1234", "1234 == pid", "pid != 1", "pid < 1235",
		"pid <= 1234", "pid > 1233", "pid >= 1234", "pid == 0x4d2", "pid == 0X4D2",
		"2000 > pid", "pid == pid", "pid < big");
	assert_false_all("pid == 1235", "pid != 1234", "pid < 1234", "pid <= 1233", "pid > 1234",
		"pid >= 1235", "1 > 2", "pid != pid", "big < pid");
}

static void test_spelled_operators(void **state)
{
	assert_true_all("pid eq 1234", "pid EQ 1234", "pid ne 1", "pid lt 1235", "pid le 1234",
		"pid gt 1233", "pid ge 1234", "pid eq 1234 and comm eq 'bash'",
		"pid eq 1 OR comm eq 'bash'", "not (pid eq 1)", "NOT gone.x%");
	assert_false_all(
		"pid ne 1234", "pid lt 1234", "pid gt 1234", "pid le 1", "pid ge 9999", "not pid");
}

static void test_extreme_numbers(void **state)
{
	assert_true_all("big == 18446744073709551615", "big == 0xffffffffffffffff", "big > -1",
		"big != -1", "result < 0", "result == -1", "result > -2", "result < big",
		"-9223372036854775808 < result", "-2 < -1", "-1 < 0", "0 == -0");
	assert_false_all("big == -1", "result > 0", "result == 18446744073709551615", "-1 < -2");
}

static void test_suffixes(void **state)
{
	assert_true_all("1K == 1024", "1KiB == 1024", "2M == 2097152", "1G == 1073741824",
		"1TiB == 1099511627776", "1P == 1125899906842624", "15E < 18446744073709551615",
		"0Z == 0", "5ms == 5000000", "2s == 2000000000", "1m == 60s", "1h == 60m",
		"1.5s == 1500ms", "3us == 3000ns", "-1K == -1024");
	refused("pid == 1k",
		"filter: at column 8: '1k' is not a number (12, 0x1f, 1.5, 2K, 2KiB, 500ms)", "");
	refused("pid == 1KB",
		"filter: at column 8: '1KB' is not a number (12, 0x1f, 1.5, 2K, 2KiB, 500ms)", "");
	refused("pid == 16E", "filter: at column 8: 16E is too large a number", "");
	refused("pid == 1Y", "filter: at column 8: 1Y is too large a number", "");
	refused("pid == 18446744073709551616",
		"filter: at column 8: 18446744073709551616 is too large a number", "");
	refused("pid == -9223372036854775809",
		"filter: at column 8: -9223372036854775809 is too small a number", "");
}

static void test_floats(void **state)
{
	assert_true_all("load == 1.5", "load > 1", "load < 2", "load != 1.25", "load >= 1.5",
		"1.5 == load", "load < pid", "load", "-1.5 < load", "0.1 == 0.1", "1.0 == 1");
	assert_false_all("load == 1", "load > 1.5", "load < -2.5", "0.0");
}

static void test_strings(void **state)
{
	assert_true_all("comm == 'bash'", "comm == \"bash\"", "comm != 'bas'", "comm != 'bashx'",
		"comm < 'c'", "comm > 'bas'", "comm <= 'bash'", "comm >= 'bash'", "'bash' == comm",
		"'a' < 'b'", "'it\"s' == 'it\"s'", "comm != ''", "'' == ''");
	assert_false_all("comm == 'Bash'", "comm == 'bas'", "comm == 'bashx'", "comm != 'bash'",
		"comm < 'bash'", "comm == ''", "''");
}

/* Numbers with a text: a string is compared with the text, a number with the number. */
static void test_number_and_text(void **state)
{
	assert_true_all("result == -1", "result == 'EPERM'", "result =~ '^EP'",
		"result != 'EINVAL'", "uid == 0", "uid == 'root'", "uid != 'nobody'", "uid < 1");
	assert_false_all("result == '-1'", "uid == '0'", "uid == 'nobody'", "result == 'EINVAL'");
}

/* Only one of both: the other is made from it. */
static void test_conversion(void **state)
{
	assert_true_all("pid == '1234'", "pid == '0x4d2'", "pid > '999'", "pid =~ '^12'",
		"digits == 42", "digits < 100", "digits > 5.5", "load == '1.5'",
		"load =~ '^1[.]5$'", "digits < pid", "result =~ 'EPERM'", "comm != 5");
	assert_false_all("comm == 5", "comm < 5", "comm > 5", "digits == 43", "pid == '1235'",
		"pid =~ '^2'");
}

static void test_regexes(void **state)
{
	assert_true_all("comm =~ 'ba'", "comm =~ '^b(a|x)s?h$'", "comm !~ 'zsh'",
		"comm =~ '[[:alpha:]]{4}'", "comm =~ ''", "comm !~ '^ash'", "'text' =~ 'ex'",
		"comm =~ '^[]b]'", "comm =~ 'b.{2}h'");
	assert_false_all("comm =~ '^ash'", "comm !~ 'ba'", "comm =~ 'BASH'", "comm =~ '^bas$'");
}

/* A text ends where its length says, whatever follows it. */
static bool get_cut(void *ctx, const struct filter_ref *ref, const void *row, unsigned int i,
	struct filter_val *ret, char tmp[FILTER_TMP])
{
	filter_val_text(ret, "bashful", 4);
	return true;
}

static void test_texts_have_lengths(void **state)
{
	struct filter_names names = demo_filter_names;
	static const char *const exprs[] = {"comm == 'bash'", "comm =~ '^bash$'", "comm !~ 'f'",
		"comm < 'bashf'", "comm != 'bashful'"};

	names.get = get_cut;
	for (size_t i = 0; i < sizeof(exprs) / sizeof(exprs[0]); i++) {
		auto_filter struct filter *f = NULL;

		assert_int_equal(filter_compile(exprs[i], &names, NULL, &f), 0);
		if (!filter_match(f, &demo_row))
			fail_msg("%s", exprs[i]);
	}
}

static void test_bare_names(void **state)
{
	struct demo_row row = demo_row;

	assert_true_all(
		"pid", "comm", "result", "load", "types", "ns", "1", "'x'", "true", "TRUE", "kind");
	assert_false_all("gone.x%", "uid", "0", "''", "false", "FALSE", "!pid");
	row.comm = "";
	row.pid = 0;
	row.ntypes = 0;
	row.has_gone = true;
	assert_false(match("comm", &row));
	assert_false(match("pid", &row));
	assert_false(match("types", &row));
	assert_true(match("gone.x%", &row));
}

static void test_logic(void **state)
{
	assert_true_all("true && true", "false || true", "true || false && false", "!false && true",
		"!(false || false)", "!!true", "! ! ! false", "(((true)))", "true and not false",
		"false or true and true", "true && true && true && !false",
		"false || false || true", "!gone.x% && pid",
		"(pid == 1 || comm == 'bash') && uid == 0");
	assert_false_all("true && false", "false || false", "(true || false) && false",
		"!true || false", "!(true)", "true && true && false", "pid == 1 || comm == 'zsh'",
		"!!false");
}

static void test_conditions_compared(void **state)
{
	assert_true_all("(pid == 1) == false", "(pid == 1234) == true", "true == (uid == 0)",
		"(pid > 1) == (uid == 0)", "(pid) == 1234", "(!pid) == false", "pid == true",
		"uid == false", "comm == true", "(pid == 1) != true");
	assert_false_all(
		"(pid == 1) == true", "uid == true", "(pid > 1) != (uid == 0)", "gone.x% == false");
}

static void test_sets(void **state)
{
	struct demo_row row = demo_row;

	assert_true_all("types == 'uts'", "types == 'ipc'", "types == 'uts|ipc|pid'", "types == 7",
		"types == 2", "types != 'net'", "types =~ '^ip'", "types !~ 'net'",
		"ns == 4026531841", "ns == 4026531840", "ns != 5", "ns > 4026531840",
		"types == 'pid' && types == 'uts'", "4026531841 == ns");
	assert_false_all("types == 'net'", "types == 'ip'", "types != 'uts'", "types !~ 'uts'",
		"ns == 5", "ns != 4026531841", "types == 8");
	row.ntypes = 0;
	row.nns = 0;
	assert_true(match("types != 'uts'", &row)); /* the whole is there, and empty */
	assert_true(match("types == ''", &row));
	assert_false(match("ns != 5", &row)); /* no member */
	assert_false(match("ns == 5", &row));
}

/* What is not there is neither equal nor different. */
static void test_absent(void **state)
{
	struct demo_row row = demo_row;

	assert_false_all("gone.x% == 5", "gone.x% != 5", "gone.x% < 9", "gone.x% =~ '5'",
		"gone.x% !~ '6'", "gone.x% == pid", "gone.x% != pid", "gone.x% != 'x'",
		"gone.x% == true");
	assert_true_all("!gone.x%", "!(gone.x% == 5)");
	row.has_gone = true;
	assert_true(match("gone.x% == 5 && gone.x% != 6 && gone.x% !~ '6'", &row));
}

static void test_case_of_names(void **state)
{
	assert_true_all("PID == 1234", "Comm == 'bash'", "  pid\t==\n1234 ");
}

static void test_syntax_errors(void **state)
{
	refused("", "filter: at column 1: expected a value", "");
	refused("   ", "filter: at column 4: expected a value", "");
	refused("comm ==", "filter: at column 8: expected a value after '=='", "");
	refused("comm == && pid", "filter: at column 9: expected a value after '=='", "");
	refused("pid eq", "filter: at column 7: expected a value after 'eq'", "");
	refused("pid &&", "filter: at column 7: expected a value after '&&'", "");
	refused("pid or", "filter: at column 7: expected a value after 'or'", "");
	refused("!", "filter: at column 2: expected a value after '!'", "");
	refused("== 5", "filter: at column 1: expected a value, not '=='", "");
	refused("pid = 5", "filter: at column 5: '=' is no operator: write '=='", "");
	refused("pid & 5", "filter: at column 5: '&' is no operator: write '&&'", "");
	refused("pid 5", "filter: at column 5: expected an operator before '5'", "");
	refused("pid comm", "filter: at column 5: expected an operator before 'comm'", "");
	refused("(pid", "filter: at column 5: expected ')' for the '(' at column 1", "");
	refused("pid && (comm || (uid)",
		"filter: at column 22: expected ')' for the '(' at column 8", "");
	refused("pid)", "filter: at column 4: ')' without '('", "");
	refused("()", "filter: at column 2: expected a value, not ')'", "");
	refused("comm == 'x", "filter: at column 9: the string is not closed by '", "");
	refused("comm == \"x\ny\"", "filter: at column 9: the string is not closed by \"", "");
	refused("pid == 5;", "filter: at column 9: unexpected ';'", "");
	refused("pid == \x01", "filter: at column 8: unexpected byte 0x01", "");
	refused("comm == '\xc3\xa4' = 1", "filter: at column 13: '=' is no operator: write '=='",
		"");
}

static void test_misleading_expressions(void **state)
{
	refused("!comm == 'x'", "filter: at column 1: '!' would bind before '==': write !(...)",
		"");
	refused("not comm =~ 'x'",
		"filter: at column 1: 'not' would bind before '=~': write not(...)", "");
	refused("1 < pid < 5", "filter: at column 9: comparisons do not chain: join them by '&&'",
		"");
	refused("pid == 1 =~ '1'",
		"filter: at column 10: comparisons do not chain: join them by '&&'", "");
	refused("pid == 'many'", "filter: at column 8: pid is a number, 'many' is not", "");
	refused("'many' != pid", "filter: at column 1: pid is a number, 'many' is not", "");
	refused("kind == 'unshar'", "filter: at column 9: kind is never 'unshar'",
		"did you mean 'unshare'?");
	refused("(pid == 1) == 'true'",
		"filter: at column 15: a condition is true or false, not a string", "");
	refused("comm =~ pid",
		"filter: at column 9: expected a regular expression in quotes after '=~'", "");
	refused("(pid == 1) =~ 'x'", "filter: at column 12: what stands before '=~' is no value",
		"");
	assert_true_all("kind == 'unshare'", "kind != 'exit'", "kind =~ 'un'", "!(comm == 'x')");
}

static void test_unknown_names(void **state)
{
	refused("comn == 'x'", "filter: at column 1: there is no field 'comn'",
		"did you mean comm? There are: pid, big, result, load, comm, digits, uid, kind, "
		"types, ns, "
		"gone.x%");
	refused("pid == 5 && zzzzz", "filter: at column 13: there is no field 'zzzzz'",
		"there are: pid, big, result, load, comm, digits, uid, kind, types, ns, gone.x%");
	refused("comm == zsh", "filter: at column 9: there is no field 'zsh'",
		"text to compare with stands in quotes: 'zsh'");
	refused("pid == bgi", "filter: at column 8: there is no field 'bgi'",
		"text to compare with stands in quotes: 'bgi'; or did you mean big");
}

static const char *list_many(void *ctx, size_t i)
{
	return i < 5000 ? "a-long-name-of-a-column" : NULL;
}

static void test_long_list_of_names(void **state)
{
	struct filter_names names = demo_filter_names;
	struct filter *f = NULL;
	struct err err = {0};
	size_t len;

	names.list = list_many;
	assert_int_equal(filter_compile("nope", &names, &err, &f), -EINVAL);
	len = strlen(err.hint);
	assert_true(len > 200 && len < sizeof(err.hint) - 1);
	assert_string_equal(err.hint + len - 5, ", ...");
}

static void test_bad_regexes(void **state)
{
	struct err err = {0};
	struct filter *f = NULL;

	assert_int_equal(filter_compile("comm =~ '('", &demo_filter_names, &err, &f), -EINVAL);
	assert_non_null(strstr(err.what, "filter: at column 9: regular expression: "));
	refused("comm =~ '(a)\\1'",
		"filter: at column 9: regular expression: extended regular expressions have no "
		"back references",
		"");
	refused("comm =~ '(((a{200}){200}){200})'",
		"filter: at column 9: regular expression: its repetitions are too many", "");
	refused("comm =~ 'a+++'",
		"filter: at column 9: regular expression: its repetitions stand next to each other",
		"");
	refused("comm =~ '((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+'",
		"filter: at column 9: regular expression: its repetitions are too many", "");
	refused("comm =~ 'a{99999999999999999999}'",
		"filter: at column 9: regular expression: its repetitions are too many", "");
	assert_true_all("comm !~ 'a{200}b{200}[]x]{3}'", "comm =~ '(b|a|s|h){2,4}'");
}

static char *repeat(const char *s, size_t n, const char *end)
{
	struct buf b = {0};

	for (size_t i = 0; i < n; i++)
		buf_puts(&b, s);
	buf_puts(&b, end);
	return b.s;
}

#define CLOSE_8 "))))))))"
#define PID_64  "pid" CLOSE_8 CLOSE_8 CLOSE_8 CLOSE_8 CLOSE_8 CLOSE_8 CLOSE_8 CLOSE_8

static void test_depth_and_length(void **state)
{
	char *deep;
	struct {
		const char *what;
		char *expr;
		int r;
	} cases[] = {
		{"64 parentheses", repeat("(", 64, PID_64), 0},
		{"20000 parentheses", repeat("(", 20000, "pid"), -EINVAL},
		{"20000 times !", repeat("!", 20000, "pid"), 0},
		{"20000 times !(", repeat("!(", 20000, "pid"), -EINVAL},
		{"10000 times &&", repeat("pid &&", 10000, "pid"), 0},
		{"10000 times ||", repeat("!pid ||", 9000, "pid"), 0},
		{"too long", repeat("pid && ", 10000, "pid"), -EINVAL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_filter struct filter *f = NULL;
		int r = filter_compile(cases[i].expr, &demo_filter_names, NULL, &f);

		if (r != cases[i].r)
			fail_msg("%s: %d", cases[i].what, r);
		if (!r)
			assert_true(filter_match(f, &demo_row));
		free(cases[i].expr);
	}
	deep = repeat("(", 65, "pid");
	refused(deep, "filter: at column 65: nested too deeply (at most 64)", "");
	free(deep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_spelled_operators),
		cmocka_unit_test(test_extreme_numbers),
		cmocka_unit_test(test_suffixes),
		cmocka_unit_test(test_floats),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_number_and_text),
		cmocka_unit_test(test_conversion),
		cmocka_unit_test(test_regexes),
		cmocka_unit_test(test_texts_have_lengths),
		cmocka_unit_test(test_bare_names),
		cmocka_unit_test(test_logic),
		cmocka_unit_test(test_conditions_compared),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_case_of_names),
		cmocka_unit_test(test_syntax_errors),
		cmocka_unit_test(test_misleading_expressions),
		cmocka_unit_test(test_unknown_names),
		cmocka_unit_test(test_long_list_of_names),
		cmocka_unit_test(test_bad_regexes),
		cmocka_unit_test(test_depth_and_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
