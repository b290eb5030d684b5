// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "event/decode.h"
#include "event/jsonevent.h"
#include "event/recfile.h"
#include "golden/samples.h"
#include "lib/fd.h"
#include "out/json.h"

static struct samples all;
static struct buf host;

/* The JSON of a record, its newline included. */
static void json_of(const void *rec, size_t size, int64_t wall_offset, struct buf *b)
{
	struct event ev;
	struct err err = {0};

	assert_int_equal(event_decode(rec, size, wall_offset, &ev, &err), 0);
	buf_reset(b);
	event_json(b, &host, "root", &ev);
}

/* Every kind and every field: the JSON of what was read is the JSON that was read. */
static void test_round_trip(void **state)
{
	struct jsonevent *j = jsonevent_new();
	uint64_t kinds = 0;

	assert_non_null(j);
	for (size_t i = 0; i < all.n; i++) {
		const struct ev_hdr *h = &all.rec[i].hdr;
		auto_buf struct buf one = {0}, two = {0};
		struct err err = {0};

		json_of(h, h->size, SAMPLES_WALL_OFFSET, &one);
		assert_int_equal(jsonevent_read(j, one.s, one.len, &err), 0);
		assert_int_equal(j->rec.hdr.kind, h->kind);
		assert_int_equal(j->wall_offset, SAMPLES_WALL_OFFSET);
		assert_string_equal(j->host.s, "web1");
		json_of(&j->rec, j->rec.hdr.size, j->wall_offset, &two);
		assert_string_equal(one.s, two.s);
		kinds |= 1ULL << h->kind;
	}
	assert_true(kinds == (1ULL << EV_KINDS) - 2);
	for (unsigned int kind = 0; kind < EV_KINDS; kind++)
		assert_true(!schema_of(kind) || schema_of(kind)->max_size <= sizeof(j->rec));
	jsonevent_free(j);
}

/* Members that are as large as they can be, and texts that fill theirs. */
static void test_extremes(void **state)
{
	struct ev_setns n = {.hdr = {.kind = EV_SETNS,
				     .size = sizeof(n),
				     .ts_ns = 1,
				     .pid = UINT32_MAX,
				     .flags = 0x3f,
				     .cgroup_id = UINT64_MAX,
				     .comm = "sixteen bytes ab"},
		.ns_flags = UINT64_MAX,
		.result = INT32_MIN,
		.fd = INT32_MIN,
		.fd_kind = UINT32_MAX,
		.changed = 0x3ff,
		.before.inum = {UINT32_MAX}};
	struct jsonevent *j = jsonevent_new();
	auto_buf struct buf b = {0};

	json_of(&n, sizeof(n), 5, &b);
	assert_int_equal(jsonevent_read(j, b.s, b.len, NULL), 0);
	assert_int_equal(j->rec.hdr.size, sizeof(n));
	assert_memory_equal(&j->rec, &n, sizeof(n));
	assert_int_equal(j->wall_offset, 5);
	jsonevent_free(j);
}

/* A byte that is no UTF-8 stays one byte that is none, so texts keep their length. */
static void test_lost_bytes(void **state)
{
	struct ev_pin p = {.hdr = {.kind = EV_PIN, .size = sizeof(p)}, .path_len = EV_TEXT_MAX};
	struct jsonevent *j = jsonevent_new();
	const struct ev_pin *got = (const void *)&j->rec;
	auto_buf struct buf b = {0};

	memset(p.path, 0xfe, sizeof(p.path));
	json_of(&p, sizeof(p), 0, &b);
	assert_int_equal(jsonevent_read(j, b.s, b.len, NULL), 0);
	memset(p.path, 0xff, sizeof(p.path));
	assert_memory_equal(got, &p, sizeof(p));
	jsonevent_free(j);
}

#define HEAD                                                                                       \
	"{\"v\":1,\"event\":\"unshare\",\"time\":\"2026-11-24T22:40:32.123456789Z\",\"ts_ns\":5"

static void test_old_and_new_keys(void **state)
{
	static const char line[] = HEAD ",\"a_key_of_later\":[{\"x\":null}],\"host\":null}";
	struct jsonevent *j = jsonevent_new();
	const struct ev_unshare *u = (const void *)&j->rec;

	assert_int_equal(jsonevent_read(j, line, sizeof(line) - 1, NULL), 0);
	assert_int_equal(u->hdr.ts_ns, 5);
	assert_int_equal(u->hdr.pid, 0);
	assert_int_equal(u->threads, 0);
	assert_null(j->host.s);
	assert_int_equal(j->wall_offset, 1795560032123456789 - 5);
	jsonevent_free(j);
}

static const struct {
	const char *line;
	int code;
	const char *why;
} refused[] = {
	{"{", -ENODATA, "ends before"},
	{HEAD, -ENODATA, "ends before"},
	{"{]", -EBADMSG, "no JSON"},
	{"[1]", -EBADMSG, "no object"},
	{"{}", -EBADMSG, "no event of nswatch"},
	{"{\"namespaces\": []}", -EBADMSG, "no event of nswatch"},
	{HEAD "} {}", -EBADMSG, "no JSON"},
	{HEAD "}x", -EBADMSG, "no JSON"},
	{HEAD ",\"comm\":\"\xff\"}", -EBADMSG, "no JSON"},
	{HEAD ",}", -EBADMSG, "no JSON"},
	{HEAD ",\"pid\":01}", -EBADMSG, "no JSON"},
	{HEAD ",\"pid\":NaN}", -EBADMSG, "pid: "},
	{HEAD ",\"x\":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}", -EBADMSG, "no JSON"},
	{HEAD ",\"pid\":-1}", -EBADMSG, "pid: "},
	{HEAD ",\"pid\":4294967296}", -EBADMSG, "pid: "},
	{HEAD ",\"cgroup_id\":18446744073709551616}", -EBADMSG, "64 bits"},
	{HEAD ",\"cgroup_id\":-9999999999999999999999}", -EBADMSG, "64 bits"},
	{HEAD ",\"pid\":1.5}", -EBADMSG, "pid: "},
	{HEAD ",\"pid\":1e3}", -EBADMSG, "pid: "},
	{HEAD ",\"pid\":\"7\"}", -EBADMSG, "pid: "},
	{HEAD ",\"pid\":null}", -EBADMSG, "pid: "},
	{HEAD ",\"result\":-2147483649}", -EBADMSG, "result: "},
	{HEAD ",\"result\":2147483648}", -EBADMSG, "result: "},
	{HEAD ",\"inferred\":1}", -EBADMSG, "inferred: "},
	{HEAD ",\"comm\":\"seventeen bytes!!\"}", -EBADMSG, "comm: "},
	{HEAD ",\"comm\":\"a\\u0000b\"}", -EBADMSG, "comm: "},
	{HEAD ",\"comm\":[]}", -EBADMSG, "comm: "},
	{HEAD ",\"before\":7}", -EBADMSG, "before: "},
	{HEAD ",\"before\":{\"uts\":-7}}", -EBADMSG, "before: "},
	{HEAD ",\"changed\":[\"utz\"]}", -EBADMSG, "changed: "},
	{HEAD ",\"changed\":[7]}", -EBADMSG, "changed: "},
	{HEAD ",\"changed\":\"uts\"}", -EBADMSG, "changed: "},
	{HEAD ",\"ns_flags\":7}", -EBADMSG, "ns_flags: "},
	{HEAD ",\"host\":[]}", -EBADMSG, "host: "},
	{"{\"v\":2,\"event\":\"unshare\",\"time\":\"\",\"ts_ns\":5}", -EPROTONOSUPPORT,
		"version 2"},
	{"{\"v\":\"1\",\"event\":\"unshare\",\"time\":\"\",\"ts_ns\":5}", -EBADMSG, "another type"},
	{"{\"v\":1,\"event\":\"later\",\"time\":\"\",\"ts_ns\":5}", -EBADMSG, "'later'"},
	{"{\"v\":1,\"event\":\"unshare\",\"time\":\"2026-11-24 22:40:32.123456789Z\",\"ts_ns\":5}",
		-EBADMSG, "time: "},
	{"{\"v\":1,\"event\":\"unshare\",\"time\":\"2026-11-24T22:40:32.12Z\",\"ts_ns\":5}",
		-EBADMSG, "time: "},
	{"{\"v\":1,\"event\":\"unshare\",\"time\":\"9026-11-24T22:40:32.123456789Z\",\"ts_ns\":5}",
		-EBADMSG, "time: "},
	{"{\"v\":1,\"event\":\"unshare\",\"time\":\"2026-11-24T22:40:32.123456789Z\",\"ts_ns\":-5}",
		-EBADMSG, "another type"},
};

/* What is no event is refused, and what was read before stays. */
static void test_refused(void **state)
{
	struct jsonevent *j = jsonevent_new();

	assert_int_equal(jsonevent_read(j, HEAD "}", strlen(HEAD "}"), NULL), 0);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct err err = {0};
		int ret = jsonevent_read(j, refused[i].line, strlen(refused[i].line), &err);

		if (ret != refused[i].code || !strstr(err.what, refused[i].why))
			fail_msg("%s: %d, %s", refused[i].line, ret, err.what);
		assert_int_equal(err.code, ret);
		assert_int_equal(j->rec.hdr.kind, EV_UNSHARE);
		assert_int_equal(j->rec.hdr.ts_ns, 5);
	}
	jsonevent_free(j);
}

/* A line that is cut anywhere is no event, and no byte makes one that can't be shown. */
static void test_damage(void **state)
{
	struct jsonevent *j = jsonevent_new();

	for (size_t i = 0; i < all.n; i++) {
		auto_buf struct buf line = {0}, out = {0};

		json_of(&all.rec[i].hdr, all.rec[i].hdr.size, SAMPLES_WALL_OFFSET, &line);
		for (size_t len = 1; len < line.len - 1; len++) {
			int ret = jsonevent_read(j, line.s, len, NULL);

			assert_true(ret == -ENODATA || ret == -EBADMSG);
		}
		for (size_t at = 0; at < line.len; at++) {
			char was = line.s[at];

			line.s[at] = (char)(was ^ (1 << at % 8));
			if (!jsonevent_read(j, line.s, line.len, NULL))
				json_of(&j->rec, j->rec.hdr.size, j->wall_offset, &out);
			line.s[at] = was;
		}
	}
	jsonevent_free(j);
}

static int count(void *ctx, const void *data, size_t size)
{
	++*(size_t *)ctx;
	return 0;
}

/* Reads text as a file: what recfile_read() returns, how many events came. */
static int file_read(const char *text, size_t len, size_t *n, struct err *err)
{
	char path[] = "/tmp/nswatch-test-XXXXXX";
	auto_fd int fd = mkstemp(path);
	struct recfile *r;
	int ret;

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, text, len), 0);
	*n = 0;
	ret = recfile_open(path, &r, err);
	unlink(path);
	if (ret)
		return ret;
	ret = recfile_read(r, count, n, NULL, err);
	assert_int_equal(recfile_count(r), *n);
	recfile_close(r);
	return ret;
}

#define LINE HEAD "}\n"

static void test_files(void **state)
{
	struct err err = {0};
	auto_buf struct buf b = {0};
	size_t n;

	assert_int_equal(file_read(LINE LINE, 2 * strlen(LINE), &n, &err), 0);
	assert_int_equal(n, 2);
	/* Blank lines, a carriage return, no newline at the end. */
	buf_puts(&b, LINE "\n \t\n" HEAD "}\r\n" HEAD "}");
	assert_int_equal(file_read(b.s, b.len, &n, &err), 0);
	assert_int_equal(n, 3);
	/* Cut in its last line. */
	assert_int_equal(file_read(b.s, b.len - 1, &n, &err), -ENODATA);
	assert_int_equal(n, 2);
	assert_non_null(strstr(err.what, "truncated after 2 records"));
	/* The first line that is none is told, the others are read. */
	buf_reset(&b);
	buf_puts(&b, LINE "command output\n" LINE "{}\n" LINE);
	assert_int_equal(file_read(b.s, b.len, &n, &err), -EBADMSG);
	assert_int_equal(n, 3);
	assert_non_null(strstr(err.what, ": line 2: no JSON from byte 1 on"));
	assert_non_null(strstr(err.hint, "2 lines"));
	/* One that is too long too, whatever is behind it. */
	buf_reset(&b);
	buf_puts(&b, LINE);
	buf_pad(&b, '{', 300000);
	buf_puts(&b, "\n" LINE);
	memset(&err, 0, sizeof(err));
	assert_int_equal(file_read(b.s, b.len, &n, &err), -EBADMSG);
	assert_int_equal(n, 2);
	assert_non_null(strstr(err.what, ": line 2: longer than"));
	assert_string_equal(err.hint, "");
	/* As long as is allowed, and one byte more. */
	for (size_t more = 0; more < 2; more++) {
		buf_reset(&b);
		buf_puts(&b, HEAD ",\"x\":\"");
		buf_pad(&b, 'x', JSONEVENT_LINE_MAX - b.len - strlen("\"}\n") + more);
		buf_puts(&b, "\"}\n" LINE);
		assert_int_equal(file_read(b.s, b.len, &n, &err), more ? -EBADMSG : 0);
		assert_int_equal(n, 2 - more);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_lost_bytes),
		cmocka_unit_test(test_old_and_new_keys),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_files),
	};

	samples_make(&all);
	event_json_host(&host, "web1", 4);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
