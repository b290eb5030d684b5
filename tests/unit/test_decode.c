// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <time.h>

#include "event/decode.h"
#include "event/value.h"
#include "golden/samples.h"
#include "lib/buf.h"

static struct samples all;

static const struct ev_field *field(const struct event *ev, const char *name)
{
	const struct ev_field *f = schema_field(ev->schema, name, strlen(name));

	assert_non_null(f);
	return f;
}

/* The sample number n of its kind. */
static struct event nth(unsigned int kind, size_t n)
{
	struct event ev;

	for (size_t i = 0; i < all.n; i++) {
		if (all.rec[i].hdr.kind != kind || n--)
			continue;
		assert_int_equal(event_decode(&all.rec[i], all.rec[i].hdr.size, SAMPLES_WALL_OFFSET,
					 &ev, NULL),
			0);
		return ev;
	}
	fail_msg("no sample of kind %u", kind);
	abort();
}

static void assert_text(const struct event *ev, const char *name, const char *want)
{
	auto_buf struct buf b = {0};

	buf_puts(&b, "");
	value_text(&b, ev, field(ev, name));
	assert_string_equal(b.s, want);
}

static void test_accepts(void **state)
{
	uint64_t seen = 0;
	struct event ev;

	for (size_t i = 0; i < all.n; i++) {
		struct err err = {0};

		assert_int_equal(
			event_decode(&all.rec[i], all.rec[i].hdr.size, 1000, &ev, &err), 0);
		assert_int_equal(ev.schema->kind, all.rec[i].hdr.kind);
		assert_ptr_equal(ev.hdr, &all.rec[i]);
		assert_int_equal(ev.wall_ns, all.rec[i].hdr.ts_ns + 1000);
		assert_int_equal(ev.size, all.rec[i].hdr.size);
		seen |= 1ULL << ev.schema->kind;
	}
	/* the samples are of every kind */
	assert_int_equal(seen, (1ULL << EV_KINDS) - 2);
}

/* Every length but the right ones is refused, without a look behind it. */
static void test_sizes(void **state)
{
	for (size_t i = 0; i < all.n; i++) {
		const struct ev_schema *s = schema_of(all.rec[i].hdr.kind);
		size_t whole = all.rec[i].hdr.size;

		for (size_t size = 0; size < s->max_size + 16U; size++) {
			struct ev_hdr *rec = calloc(1, size ? size : 1);
			struct err err = {0};
			struct event ev;
			bool fits;
			int rc;

			memcpy(rec, &all.rec[i], size < whole ? size : whole);
			if (size >= sizeof(*rec))
				rec->size = (uint16_t)size;
			fits = s->min_size == s->max_size ? size == whole
							  : size >= whole && size <= s->max_size;
			rc = event_decode(rec, size, 0, &ev, &err);
			assert_int_equal(rc, fits ? 0 : -EBADMSG);
			assert_true(fits || err.what[0]);
			free(rec);
		}
	}
}

static void refuse(const void *rec, size_t size, const char *reason)
{
	struct err err = {0};
	struct event ev;

	assert_int_equal(event_decode(rec, size, 0, &ev, &err), -EBADMSG);
	if (!strstr(err.what, reason))
		fail_msg("\"%s\" is not about \"%s\"", err.what, reason);
}

static void test_refuses(void **state)
{
	struct ev_exec exec = {.hdr = {.kind = EV_EXEC, .size = sizeof(exec)}};
	struct ev_pin pin = {.hdr = {.kind = EV_PIN, .size = sizeof(pin)}};
	struct ev_unshare u = {.hdr = {.kind = EV_UNSHARE, .size = sizeof(u)}};
	struct event ev;

	refuse(&u, sizeof(u.hdr) - 1, "header");
	u.hdr.size--;
	refuse(&u, sizeof(u), "says");
	u.hdr.size++;
	u.hdr.kind = EV_NONE;
	refuse(&u, sizeof(u), "unknown kind 0");
	u.hdr.kind = EV_KINDS;
	refuse(&u, sizeof(u), "unknown kind");
	u.hdr.kind = UINT16_MAX;
	refuse(&u, sizeof(u), "unknown kind 65535");
	u.hdr.kind = EV_LOST;
	refuse(&u, sizeof(u), "lost record of 216 bytes: must have 120 to 120");

	exec.filename_len = EV_TEXT_MAX;
	assert_int_equal(event_decode(&exec, sizeof(exec), 0, &ev, NULL), 0);
	exec.filename_len++;
	refuse(&exec, sizeof(exec), "filename");
	exec.filename_len = 500;
	exec.args_len = 13;
	refuse(&exec, sizeof(exec), "args");
	exec.filename_len = exec.args_len = UINT16_MAX;
	refuse(&exec, sizeof(exec), "filename");
	exec.filename_len = 0;
	refuse(&exec, sizeof(exec), "args");
	pin.path_len = EV_TEXT_MAX + 1;
	refuse(&pin, sizeof(pin), "path");
}

static void test_misaligned(void **state)
{
	_Alignas(8) char bytes[sizeof(struct ev_lost) + 8] = {0};
	struct ev_lost lost = {.hdr = {.kind = EV_LOST, .size = sizeof(lost)}};
	struct event ev;

	memcpy(bytes + 1, &lost, sizeof(lost));
	assert_int_equal(event_decode(bytes + 1, sizeof(lost), 0, &ev, NULL), -EINVAL);
}

static void test_numbers(void **state)
{
	struct event ev = nth(EV_SETNS, 5);

	assert_int_equal((int64_t)event_num(&ev, field(&ev, "fd")), -1);
	assert_int_equal((int64_t)event_num(&ev, field(&ev, "RESULT")), -EBADF);
	assert_int_equal(event_num(&ev, field(&ev, "ns_flags")), 0x40000000);
	assert_int_equal(event_num(&ev, field(&ev, "pid")), 7460);
	ev = nth(EV_UNSHARE, 4);
	assert_true(event_num(&ev, field(&ev, "ns_flags")) == 1ULL << 63);
	assert_true(event_failed(&ev));
	assert_null(schema_field(ev.schema, "fd", 2));
	ev = nth(EV_LOST, 0);
	assert_int_equal(event_num(&ev, field(&ev, "count")), 17);
	assert_false(event_failed(&ev));
}

static void test_strings(void **state)
{
	struct event ev = nth(EV_EXEC, 4);
	size_t len, pos = 0, arg_len, n = 0;
	const char *s, *arg;

	s = event_str(&ev, field(&ev, "filename"), &len);
	assert_int_equal(len, strlen("/tmp/\033[31mred dir/x"));
	assert_memory_equal(s, "/tmp/\033[31mred dir/x", len);
	s = event_str(&ev, field(&ev, "args"), &len);
	assert_true(event_args_cut(s, len));
	while (event_arg_next(s, len, &pos, &arg, &arg_len)) {
		if (n == 3)
			assert_int_equal(arg_len, 0);
		if (n++ == 9)
			assert_memory_equal(arg, "two\nlines", arg_len);
	}
	assert_int_equal(n, 10);
	ev = nth(EV_EXEC, 0);
	s = event_str(&ev, field(&ev, "args"), &len);
	assert_false(event_args_cut(s, len));
	/* no NUL within the 16 bytes */
	ev = nth(EV_NETDEV_ADD, 0);
	event_str(&ev, field(&ev, "new_name"), &len);
	assert_int_equal(len, 16);
	assert_null(event_str(&ev, field(&ev, "to"), &len));
	assert_null(event_nsset(&ev, field(&ev, "to")));
}

static void test_values(void **state)
{
	struct event ev = nth(EV_UNSHARE, 0);

	assert_text(&ev, "ns_flags", "uts|ipc|pid");
	assert_text(&ev, "changed", "uts|ipc|pid_for_children");
	assert_text(&ev, "result", "0");
	assert_text(&ev, "flags", "0");
	assert_text(&ev, "pidns", "pid:[4026531836]");
	assert_text(&ev, "before",
		"mnt:[4026531832] uts:[4026531838] ipc:[4026531839] user:[4026531837] "
		"pid:[4026531836] net:[4026531833] cgroup:[4026531835] time:[4026531834] "
		"pid_for_children:[4026531836] time_for_children:[4026531834]");
	ev = nth(EV_UNSHARE, 1);
	assert_text(&ev, "result", "EPERM (Operation not permitted)");
	ev = nth(EV_UNSHARE, 3);
	assert_text(&ev, "ns_flags", "empty_mntns");
	ev = nth(EV_UNSHARE, 4);
	assert_text(&ev, "ns_flags", "0x8000000000000000");
	ev = nth(EV_SETNS, 0);
	assert_text(&ev, "target_inum", "net:[4026532943]");
	assert_text(&ev, "fd_kind", "nsfs");
	/* without a type asked for: found in the set after the call */
	ev = nth(EV_SETNS, 1);
	assert_text(&ev, "target_inum", "net:[4026532943]");
	ev = nth(EV_SETNS, 6);
	assert_text(&ev, "fd_kind", "99");
	assert_text(&ev, "target_inum", "none");
	ev = nth(EV_EXEC, 0);
	assert_text(&ev, "args", "/bin/sh -c date; ls");
	ev = nth(EV_EXIT, 2);
	assert_text(&ev, "exit_code", "killed by SIGSEGV (core dumped)");
	ev = nth(EV_NS_FREE, 1);
	assert_text(&ev, "flags", "no_actor");
	assert_text(&ev, "inum", "net:[4026532943]");
	ev = nth(EV_NS_CREATE, 9);
	assert_text(&ev, "ns_type", "4000000000");
}

static void test_durations(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} rows[] = {
		{0, "0 ns"},
		{999, "999 ns"},
		{1000, "1.0 us"},
		{9949, "9.9 us"},
		{9951, "10 us"},
		{999499, "999 us"},
		{999500, "1.0 ms"},
		{3200000, "3.2 ms"},
		{999499999, "999 ms"},
		{999500000, "1.0 s"},
		{1000000000, "1.0 s"},
		{59999999999, "60 s"},
		{60000000000, "1m 00s"},
		{3599000000000, "59m 59s"},
		{3600000000000, "1h 00m"},
		{277200000000000, "3d 05h"},
		{UINT64_MAX, "213503d 23h"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_buf struct buf b = {0};

		value_duration(&b, rows[i].ns);
		assert_string_equal(b.s, rows[i].text);
	}
}

static void test_about(void **state)
{
	struct event_ref refs[EVENT_REFS_MAX];
	struct event ev = nth(EV_UNSHARE, 0);

	assert_int_equal(event_types(&ev), 1U << NS_UTS | 1U << NS_IPC | 1U << NS_PID);
	assert_int_equal(event_refs(&ev, refs), 3);
	assert_int_equal(refs[2].slot, NS_PID_CHILD);
	assert_int_equal(refs[2].inum, 4026532946);
	assert_true(event_has_inum(&ev, 4026531838));
	assert_true(event_has_inum(&ev, 4026532939));
	assert_false(event_has_inum(&ev, 1));
	assert_false(event_has_inum(&ev, 0));
	assert_true(event_has_ns(&ev, NS_PID, 4026532946));
	assert_false(event_has_ns(&ev, NS_UTS, 4026532946));
	ev = nth(EV_PIDNS_INIT, 0);
	assert_int_equal(event_types(&ev), 1U << NS_PID);
	assert_int_equal(event_refs(&ev, refs), 1);
	assert_int_equal(refs[0].inum, 4026532942);
	ev = nth(EV_NETDEV, 0);
	assert_int_equal(event_refs(&ev, refs), 2);
	assert_int_equal(refs[1].inum, 4026532943);
	assert_true(event_has_inum(&ev, ev.hdr->pidns));
	assert_true(event_has_ns(&ev, NS_PID, ev.hdr->pidns));
	assert_false(event_has_ns(&ev, NS_NET, ev.hdr->pidns));
	assert_true(event_has_ns(&ev, NS_NET, 4026532943));
	assert_false(event_has_ns(&ev, NS_UTS, 4026532943));
	ev = nth(EV_NS_CREATE, 3);
	assert_int_equal(event_types(&ev), 1U << NS_USER);
	ev = nth(EV_NS_CREATE, 9);
	assert_int_equal(event_types(&ev), 0);
	ev = nth(EV_SETNS, 1);
	assert_int_equal(event_types(&ev), 1U << NS_NET);
	ev = nth(EV_EXIT, 1);
	assert_int_equal(event_refs(&ev, refs), 3);
	ev = nth(EV_LOST, 0);
	assert_int_equal(event_types(&ev), 0);
	assert_int_equal(event_refs(&ev, refs), 0);
}

static void test_wall_offset(void **state)
{
	int64_t off = event_wall_offset();
	struct timespec boot, wall;
	int64_t diff;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	clock_gettime(CLOCK_REALTIME, &wall);
	diff = (wall.tv_sec - boot.tv_sec) * 1000000000LL + wall.tv_nsec - boot.tv_nsec - off;
	assert_true(llabs(diff) < 1000000000LL);
}

static int setup(void **state)
{
	samples_make(&all);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_misaligned),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_about),
		cmocka_unit_test(test_wall_offset),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
