// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pwd.h>
#include <unistd.h>

#include "lib/parse.h"

#define UNTOUCHED 0xdead

static void u64_is(const char *s, uint64_t want)
{
	uint64_t v = UNTOUCHED;

	if (parse_u64(s, 0, UINT64_MAX, &v) || v != want)
		fail_msg("'%s': %llu", s, (unsigned long long)v);
}

static void u64_fails(const char *s, uint64_t min, uint64_t max, int want)
{
	uint64_t v = UNTOUCHED;
	int r = parse_u64(s, min, max, &v);

	if (r != want || v != UNTOUCHED)
		fail_msg("'%s': %d, %llu", s, r, (unsigned long long)v);
}

static void test_u64(void **state)
{
	u64_is("0", 0);
	u64_is("42", 42);
	u64_is("007", 7); /* not octal */
	u64_is("0x1f", 31);
	u64_is("0X1F", 31);
	u64_is("18446744073709551615", UINT64_MAX);
	u64_is("0xffffffffffffffff", UINT64_MAX);
}

static void test_u64_refused(void **state)
{
	static const char *const bad[] = {
		"", " 1", "1 ", "12x", "x", "-1", "+1", "1.5", "0x", "0xg", "1e3", "1,000"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		u64_fails(bad[i], 0, UINT64_MAX, -EINVAL);
}

static void test_u64_range(void **state)
{
	uint64_t v;

	u64_fails("18446744073709551616", 0, UINT64_MAX, -ERANGE);
	u64_fails("0x10000000000000000", 0, UINT64_MAX, -ERANGE);
	u64_fails("4", 5, 10, -ERANGE);
	u64_fails("11", 5, 10, -ERANGE);
	u64_fails("99x", 5, 10, -EINVAL);
	assert_int_equal(parse_u64("5", 5, 10, &v), 0);
	assert_int_equal(v, 5);
	assert_int_equal(parse_u64("10", 5, 10, &v), 0);
	assert_int_equal(v, 10);
}

static void test_duration(void **state)
{
	static const struct {
		const char *s;
		uint64_t ns;
	} good[] = {
		{"0", 0},
		{"5", 5000000000},
		{"5s", 5000000000},
		{"1.5", 1500000000},
		{"500ms", 500000000},
		{"0.5ms", 500000},
		{"250us", 250000},
		{"2m", 120000000000},
		{"1h", 3600000000000},
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		uint64_t v = UNTOUCHED;

		if (parse_duration(good[i].s, &v) || v != good[i].ns)
			fail_msg("'%s': %llu", good[i].s, (unsigned long long)v);
	}
}

static void test_duration_refused(void **state)
{
	static const struct {
		const char *s;
		int r;
	} bad[] = {
		{"", -EINVAL},
		{"s", -EINVAL},
		{"5x", -EINVAL},
		{"5 s", -EINVAL},
		{" 5", -EINVAL},
		{"-5", -EINVAL},
		{"5sec", -EINVAL},
		{"0x10", -EINVAL},
		{"inf", -EINVAL},
		{"nan", -EINVAL},
		{"99999999999h", -ERANGE},
		{"1e300", -ERANGE},
		{"1e999", -ERANGE},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint64_t v = UNTOUCHED;
		int r = parse_duration(bad[i].s, &v);

		if (r != bad[i].r || v != UNTOUCHED)
			fail_msg("'%s': %d, %llu", bad[i].s, r, (unsigned long long)v);
	}
}

static void test_user(void **state)
{
	struct passwd *pw = getpwuid(0);
	uint32_t uid = UNTOUCHED;

	assert_int_equal(parse_user("1000", &uid), 0);
	assert_int_equal(uid, 1000);
	assert_int_equal(parse_user("4294967294", &uid), 0);
	assert_int_equal(uid, 4294967294);
	if (pw) {
		assert_int_equal(parse_user(pw->pw_name, &uid), 0);
		assert_int_equal(uid, 0);
	}
}

static void test_user_refused(void **state)
{
	uint32_t uid = UNTOUCHED;

	assert_int_equal(parse_user("", &uid), -EINVAL);
	assert_int_equal(parse_user("12x", &uid), -EINVAL);
	assert_int_equal(parse_user("4294967295", &uid), -EINVAL); /* (uid_t)-1 is nobody's */
	assert_int_equal(parse_user("no such user", &uid), -ENOENT);
	assert_int_equal(uid, UNTOUCHED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_u64),
		cmocka_unit_test(test_u64_refused),
		cmocka_unit_test(test_u64_range),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_duration_refused),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_user_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
