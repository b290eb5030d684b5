// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <strings.h>

#include "event/decode.h"
#include "event/evfilter.h"
#include "golden/samples.h"
#include "lib/err.h"

static struct samples all;

static const char *user_of(const struct event_who *who, uint32_t uid)
{
	return uid ? NULL : "boss";
}

static const struct event_who who = {.user = user_of};

static size_t count(const char *expr)
{
	auto_filter struct filter *f = NULL;
	struct err err = {0};
	size_t n = 0;

	if (filter_compile(expr, &evfilter_names, &err, &f))
		fail_msg("%s", err.what);
	for (size_t i = 0; i < all.n; i++) {
		struct event ev;

		assert_int_equal(event_decode(&all.rec[i], all.rec[i].hdr.size, SAMPLES_WALL_OFFSET,
					 &ev, NULL),
			0);
		ev.who = &who;
		n += filter_match(f, &ev) ? 1 : 0;
	}
	return n;
}

static void test_matches(void **state)
{
	static const struct {
		const char *expr;
		size_t n;
	} rows[] = {
		{"event == 'unshare'", 7},
		{"EVENT =~ '^ns-'", 15},
		{"event == 'exec' && comm == 'sh'", 3},
		{"pid == 7460", 7},
		{"PID == 7460 and tid == pid", 7},
		{"uid == 0 && uid == 'boss' && user == 'boss'", 58},
		{"user == 'root'", 0},
		{"result < 0", 16},
		{"result == -1", 5},
		{"result == 'EPERM'", 5},
		{"errno == 'EPERM' || errno == 12", 7},
		{"errno == ''", 9},
		{"errno != 'EPERM'", 20},
		{"errno == 'ERESTARTNOINTR'", 1},
		{"ns_flags == 'uts'", 3},
		{"ns_flags == 0x2c000000", 1},
		{"ns_flags == 'vfork'", 1},
		{"ns_flags == 'empty_mntns'", 1},
		{"event == 'unshare' && ns_flags == 0", 1},
		{"changed == 'pid_for_children'", 7},
		{"empties == 'ipc'", 1},
		{"type == 'cgroup'", 2},
		{"event == 'unshare' && type == 'uts'", 1},
		{"ns_type == 'user'", 2},
		{"ns_type == 4000000000", 1},
		{"inum == 4026532943 && event =~ 'pin'", 2},
		{"inum == 'net:[4026532943]'", 4},
		{"target_inum == 'net:[4026532943]'", 2},
		{"after == 4026532938 && event == 'unshare'", 1},
		{"before == 'uts:[4026531838]'", 17},
		{"event == 'netdev' && ns == 4026532943", 2},
		{"event == 'netdev' && ns == 'net:[4026532943]'", 2},
		{"ns == 4026531836 && event == 'lost'", 1},
		{"fd_kind == 'pidfd' && target_pid == 7453", 2},
		{"fd == -1", 1},
		{"filename == '/bin/sh'", 1},
		{"args == '-c'", 2},
		{"args =~ '^/bin/sh -c date; ls$'", 2},
		{"args == ''", 3},
		{"exit_code == 2", 1},
		{"exit_code == 139 && signal == 'SEGV' && signal == 11", 1},
		{"event == 'exit' && signal == ''", 2},
		{"is_init", 1},
		{"lifetime_ns > 1h", 1},
		{"inferred", 3},
		{"no_actor == 1", 2},
		{"from_poll", 2},
		{"no_status && event == 'exit'", 1},
		{"filtered && result == 'EPERM' && comm == 'caged'", 1},
		{"exit_code == 0", 2},
		{"flags == 'inferred'", 3},
		{"why == 'netns-exit'", 2},
		{"new_name == 'dev7'", 1},
		{"path =~ '^/run/netns/'", 1},
		{"time == '2026-11-24T22:40:32.123456789Z'", 1},
		{"time >= '2026-11-24T22:40:32.124'", 59},
		{"time >= '2026-11-24 22:40:32.124Z'", 59},
		{"time < '2026-11-25'", 60},
		{"time > '2026-11-24 22:41'", 0},
		{"time >= '22:40:32.124'", 59},
		{"time >= '22:41'", 0},
		{"'9:05' < time", 60},
		{"time >= '1795560000000000000'", 60},
		{"ts == 32123456789 && ts_ns == ts", 1},
		{"nspid == 1 && pidns == 'pid:[4026532942]'", 1},
		{"cgroup == 4711 && cgroup_id == 4711", 60},
		{"count == 17", 1},
		{"call == 'rtnetlink' && message =~ '^Device is'", 1},
		{"event == 'refused' && type == 'mnt'", 2},
		{"written =~ '^0 1000' && maker", 1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (count(rows[i].expr) != rows[i].n)
			fail_msg("%s: %zu, not %zu", rows[i].expr, count(rows[i].expr), rows[i].n);
}

static void test_refused(void **state)
{
	static const char *const wrong[] = {"time >= 'noon'", "time == '25:00'",
		"time < '2026-13-01'", "time > '14:46:05 '", "nothing == 1", "event == 'unshar'",
		"type == 'foo'", "fd_kind == 'x'", "comm < 1 &&", "pid == 'x'",
		"changed == 'pid (children)'"};
	struct filter *f;
	struct err err;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (filter_compile(wrong[i], &evfilter_names, &err, &f) != -EINVAL)
			fail_msg("accepted: %s", wrong[i]);
}

/* Every name that is listed resolves to itself, once; every field has its name. */
static void test_names(void **state)
{
	struct filter_ref ref;
	const char *name;
	size_t n = 0;

	for (; (name = evfilter_names.list(NULL, n)); n++) {
		ref = (struct filter_ref){0};
		assert_true(evfilter_names.resolve(NULL, name, strlen(name), &ref));
		assert_true(ref.has != 0);
		for (size_t i = 0; i < n; i++)
			assert_true(strcasecmp(evfilter_names.list(NULL, i), name));
	}
	assert_true(n > 40);
	assert_false(evfilter_names.resolve(NULL, "pi", 2, &ref));
	assert_true(evfilter_names.resolve(NULL, "PID ", 3, &ref));
}

/* Texts are read and compared alike, wherever in the record they stand. */
static enum field_type read_as(const struct ev_field *f)
{
	return f->type == FT_TAIL ? FT_STR : f->type;
}

/* What has one name has one type, in whichever kind it is; else filters would mix them up. */
static void test_one_type(void **state)
{
	for (unsigned int a = 1; a < EV_KINDS; a++)
		for (unsigned int b = a + 1; b < EV_KINDS; b++)
			for (size_t i = 0; i < schema_of(a)->nfields; i++) {
				const struct ev_field *f = &schema_of(a)->fields[i];
				const struct ev_field *g =
					schema_field(schema_of(b), f->name, strlen(f->name));

				if (g)
					assert_int_equal(read_as(f), read_as(g));
			}
}

static int setup(void **state)
{
	samples_make(&all);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_one_type),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
