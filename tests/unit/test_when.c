// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "lib/when.h"

#define NS 1000000000LL

/* 2026-11-24 22:40:32.5 UTC, booted an hour before. */
static const struct when_now at = {1795560032LL * NS + NS / 2, 1795556432LL * NS};

static void zone(const char *tz)
{
	setenv("TZ", tz, 1);
	tzset();
}

static void is(const char *s, int64_t ns)
{
	int64_t got = -1;

	if (when_parse(s, &at, &got) || got != ns)
		fail_msg("'%s' is %lld, not %lld", s, (long long)got, (long long)ns);
}

static void is_none(const char *s, int want)
{
	int64_t got = -1;
	int r = when_parse(s, &at, &got);

	if (r != want || got != -1)
		fail_msg("'%s': %d, not %d", s, r, want);
}

static void names(void **state)
{
	(void)state;
	zone("UTC");
	is("now", at.now);
	is(" NOW ", at.now);
	is("@boot", at.boot);
	is("@1795560032", 1795560032LL * NS);
	is("@1795560032.25", 1795560032LL * NS + NS / 4);
	is("today", 1795478400LL * NS);
	is("yesterday", 1795392000LL * NS);
}

static void ago(void **state)
{
	(void)state;
	is("10m ago", at.now - 600 * NS);
	is("10 min ago", at.now - 600 * NS);
	is("1h30m ago", at.now - 5400 * NS);
	is("2 days ago", at.now - 2 * 86400 * NS);
	is("1 week 1 day ago", at.now - 8 * 86400 * NS);
	is("1.5 hours ago", at.now - 5400 * NS);
	is("0.5s AGO", at.now - NS / 2);
	is_none("10 ago", -EINVAL);
	is_none("m ago", -EINVAL);
	is_none("ago", -EINVAL);
	is_none("10x ago", -EINVAL);
	is_none("999999999999 weeks ago", -ERANGE);
	is_none("100000 days ago", -ERANGE);
}

static void spans(void **state)
{
	int64_t got = -1;

	(void)state;
	assert_int_equal(when_span("30d", &got), 0);
	assert_int_equal(got, 30 * 86400 * NS);
	assert_int_equal(when_span("1h 30m", &got), 0);
	assert_int_equal(got, 5400 * NS);
	assert_int_equal(when_span("30", &got), -EINVAL);
	assert_int_equal(when_span("", &got), -EINVAL);
	assert_int_equal(when_span("1h ago", &got), -EINVAL);
	assert_int_equal(got, 5400 * NS);
}

static void days(void **state)
{
	(void)state;
	zone("UTC");
	is("22:40", 1795560000LL * NS);
	/* It is 22:40:32.5: that was yesterday. */
	is("22:41", 1795473660LL * NS);
	is("14:03:05.25", 1795528985LL * NS + NS / 4);
	is("yesterday 03:00", 1795402800LL * NS);
	is("today 23:59", 1795564740LL * NS);
	is_none("24:00", -EINVAL);
	is_none("12:60", -EINVAL);
	is_none("12", -EINVAL);
	is_none("12:00x", -EINVAL);
	is_none("yesterday x", -EINVAL);
	is_none("yesterdays", -EINVAL);
	is_none("", -EINVAL);
}

static void iso(void **state)
{
	(void)state;
	zone("UTC");
	is("2026-11-24", 1795478400LL * NS);
	is("2026-11-24 22:40:32.5", at.now);
	is("2026-11-24T22:40:32.5Z", at.now);
	is("2026-11-24T23:40:32.5+01:00", at.now);
	is("2026-11-24 17:10:32.5-0530", at.now);
	is_none("2026-02-30", -ERANGE);
	is_none("2026-13-01", -EINVAL);
	is_none("1969-12-31", -ERANGE);
	is_none("2026-11-24T", -EINVAL);
	is_none("2026-11-24T12:00:00Zx", -EINVAL);
	is_none("2026-11-24T12:00+1", -EINVAL);
}

/* Local time, and the nights on which the clock is set. */
static void zones(void **state)
{
	static const struct when_now spring = {1774771200LL * NS, 0}; /* 2026-03-29 10:00 CEST */
	int64_t got;

	(void)state;
	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	is("2026-11-24 23:40:32.5", at.now);
	is("today", 1795474800LL * NS);
	assert_int_equal(when_parse("today", &spring, &got), 0);
	assert_int_equal(got, 1774738800LL * NS);
	assert_int_equal(when_parse("yesterday 12:00", &spring, &got), 0);
	assert_int_equal(got, 1774695600LL * NS);
	zone("UTC");
}

/* What this machine says is near what it said before. */
static void here(void **state)
{
	struct when_now now = when_now();

	(void)state;
	assert_true(now.now >= (int64_t)time(NULL) * NS - NS);
	assert_true(now.boot > 0 && now.boot < now.now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(ago),
		cmocka_unit_test(spans),
		cmocka_unit_test(days),
		cmocka_unit_test(iso),
		cmocka_unit_test(zones),
		cmocka_unit_test(here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
