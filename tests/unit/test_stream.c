// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "event/recfile.h"
#include "golden/samples.h"
#include "lib/fd.h"
#include "lib/outlet.h"
#include "source/file.h"
#include "stream/stream.h"

static struct samples all;
static char dir[] = "/tmp/nswatch-test-XXXXXX";
static char recording[64];

static const char *in_dir(const char *name)
{
	static char path[4][96];
	static unsigned int next;
	char *p = path[next++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
	return p;
}

static void record(size_t rounds)
{
	auto_buf struct buf meta = {0};
	struct recfile_writer *w;

	recfile_meta_add(&meta, "hostname", "there");
	assert_int_equal(recfile_create(recording, SAMPLES_WALL_OFFSET, &meta, &w, NULL), 0);
	for (size_t i = 0; i < rounds * all.n; i++) {
		const struct ev_hdr *h = &all.rec[i % all.n].hdr;

		assert_int_equal(recfile_write(w, h, h->size, NULL), 0);
	}
	assert_int_equal(recfile_finish(w, NULL), 0);
}

static char *slurp(const char *path, size_t *ret_size)
{
	auto_fd int fd = open(path, O_RDONLY);
	struct stat st;
	char *data;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	data = calloc(1, (size_t)st.st_size + 1);
	assert_non_null(data);
	assert_int_equal(read(fd, data, (size_t)st.st_size), st.st_size);
	*ret_size = (size_t)st.st_size;
	return data;
}

static void assert_same(const char *a, const char *b)
{
	size_t na, nb;
	auto_free char *of_a = slurp(a, &na), *of_b = slurp(b, &nb);

	assert_int_equal(na, nb);
	assert_true(na > 0);
	assert_memory_equal(of_a, of_b, na);
}

struct wanted {
	const struct sink_ops *ops;
	const char *arg;
	void *ctx;
};

/* A stream of the recording to these sinks; its exit status. */
static int stream_to(const struct wanted *to, size_t n, uint64_t *ret_lost)
{
	const struct stream_opts o = {.strict = true};
	const struct sink_form form = {.no_notes = false};
	auto_buf struct buf meta = {0};
	struct pick pick = {.kinds = ~0ULL & ~(1ULL << EV_EXIT)};
	struct source source;
	struct stream s;
	struct err err = {0};
	int r;

	recfile_meta_add(&meta, "hostname", "there");
	assert_int_equal(stream_begin(&s, &o, NULL, NULL, NULL, &err), 0);
	assert_int_equal(filed_open(recording, &source, &err), 0);
	stream_open(&s, source);
	for (size_t i = 0; i < n; i++) {
		const struct sink_open so = {.arg = to[i].arg,
			.form = &form,
			.meta = &meta,
			.wall_offset = s.wall_offset,
			.ctx = to[i].ctx};

		assert_int_equal(stream_add(&s, to[i].ops, &pick, false, &so, &err), 0);
	}
	r = stream_run(&s, &err);
	r = stream_end(&s, r, &err);
	if (ret_lost)
		*ret_lost = s.lost;
	pick_free(&pick);
	return r;
}

/* Several consumers in one process see what each sees alone. */
static void test_sinks_together(void **state)
{
	static const struct sink_ops *const ops[] = {&sink_lines, &sink_json, &sink_record};
	static const char *const names[] = {"lines", "json", "record"};
	struct wanted together[6];
	char a[3][96], b[3][96], c[3][96];

	record(3);
	for (size_t i = 0; i < 3; i++) {
		snprintf(a[i], sizeof(a[i]), "%s/%s.alone", dir, names[i]);
		snprintf(b[i], sizeof(b[i]), "%s/%s.one", dir, names[i]);
		snprintf(c[i], sizeof(c[i]), "%s/%s.other", dir, names[i]);
		together[i] = (struct wanted){ops[i], b[i], NULL};
		together[3 + i] = (struct wanted){ops[i], c[i], NULL};
		stream_to(&(struct wanted){ops[i], a[i], NULL}, 1, NULL);
	}
	/* The samples have a loss, and strict is asked for. */
	assert_int_equal(stream_to(together, 6, NULL), STREAM_LOST);
	for (size_t i = 0; i < 3; i++) {
		assert_same(a[i], b[i]);
		assert_same(a[i], c[i]);
	}
}

/* --- an exporter: this, and a row of sinks[] ------------------------------------------------- */

struct counted {
	size_t events, notes, closed;
	int fail_at, close_with;
};

static int count_open(void **ret, const struct sink_open *so, struct err *err)
{
	*so->ret_wants = SINK_NOTES;
	*ret = so->ctx;
	return 0;
}

static int count_event(void *sink, const struct observed *o, struct err *err)
{
	struct counted *c = sink;

	c->events++;
	c->notes += o->nnotes;
	return c->fail_at && c->events == (size_t)c->fail_at ? err_set(err, -ENOSPC, "count") : 0;
}

static int count_close(void *sink, const struct sink_end *end, struct err *err)
{
	struct counted *c = sink;

	c->closed++;
	return c->close_with ? err_set(err, c->close_with, "close count") : 0;
}

static const struct sink_ops sink_count = {
	.name = "count", .open = count_open, .event = count_event, .close = count_close};

/* --- what goes wrong ------------------------------------------------------------------------- */

static void test_count(void **state)
{
	struct counted c = {0};
	size_t want = 0;

	record(2);
	stream_to(&(struct wanted){&sink_count, NULL, &c}, 1, NULL);
	for (size_t i = 0; i < all.n; i++)
		want += all.rec[i].hdr.kind != EV_EXIT;
	assert_int_equal(c.events, 2 * want);
	assert_true(c.notes > 0);
	assert_int_equal(c.closed, 1);
}

/* One that fails is closed, once, and the others go on; the failure of the only one ends it all. */
static void test_failure(void **state)
{
	struct counted bad = {.fail_at = 3}, good = {0}, only = {.fail_at = 3}, late = {0};
	const struct wanted two[] = {{&sink_count, NULL, &bad}, {&sink_count, NULL, &good}};

	record(2);
	assert_int_equal(stream_to(two, 2, NULL), STREAM_FAILED);
	assert_int_equal(bad.events, 3);
	assert_int_equal(bad.closed, 1);
	assert_true(good.events > 10);
	assert_int_equal(good.closed, 1);

	assert_int_equal(
		stream_to(&(struct wanted){&sink_count, NULL, &only}, 1, NULL), STREAM_FAILED);
	assert_int_equal(only.events, 3);
	assert_int_equal(only.closed, 1);

	late.close_with = -EIO;
	assert_int_equal(
		stream_to(&(struct wanted){&sink_count, NULL, &late}, 1, NULL), STREAM_FAILED);
	assert_int_equal(late.closed, 1);
}

/* A reader that does not read costs its own output events, which is told; nobody waits for it. */
static void test_full(void **state)
{
	struct counted good = {0};
	char to[16];
	int p[2];
	const struct wanted two[] = {{&sink_json, to, NULL}, {&sink_count, NULL, &good}};
	uint64_t lost, before;
	struct counted alone = {0};

	record(600);
	stream_to(&(struct wanted){&sink_count, NULL, &alone}, 1, &before);
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	snprintf(to, sizeof(to), "fd:%d", p[1]);
	/* The reader comes when the stream ends: what is left is written then. */
	alarm(60);
	if (!fork()) {
		char buf[4096];

		close(p[1]);
		sleep(1);
		while (read(p[0], buf, sizeof(buf)) > 0)
			;
		_exit(0);
	}
	assert_int_equal(stream_to(two, 2, &lost), STREAM_LOST);
	close(p[0]);
	close(p[1]);
	alarm(0);
	/* The other one has all events, and the record of what the first one lost. */
	assert_true(good.events >= alone.events);
	assert_true(lost > before);
}

static void test_parse(void **state)
{
	const struct sink_ops *ops;
	const char *arg;
	struct err err = {0};

	assert_int_equal(sink_parse("json", &ops, &arg, &err), 0);
	assert_ptr_equal(ops, &sink_json);
	assert_null(arg);
	assert_int_equal(sink_parse("record:a:b", &ops, &arg, &err), 0);
	assert_string_equal(arg, "a:b");
	assert_int_equal(sink_parse("record", &ops, &arg, &err), -EINVAL);
	assert_string_equal(err.what, "--to record: it needs a FILE: record:FILE");
	assert_int_equal(sink_parse("jsn:x", &ops, &arg, &err), -EINVAL);
	assert_string_equal(err.what, "--to: no kind of output 'jsn', did you mean 'json'?");
	assert_int_equal(sink_parse("json:", &ops, &arg, &err), -EINVAL);
}

/* What completion offers for --to are the kinds of the table, with a colon where a file must be
 * named. */
static void test_choices(void **state)
{
	const struct opt *to = NULL;
	size_t n = 0;

	for (size_t i = 0; i < trace_spec.nrows; i++)
		if (trace_spec.rows[i].name && !strcmp(trace_spec.rows[i].name, "to"))
			to = &trace_spec.rows[i];
	assert_non_null(to);
	for (; to->choices[n]; n++) {
		size_t len;

		assert_true(n < sinks_count);
		len = strlen(sinks[n]->name);
		assert_memory_equal(to->choices[n], sinks[n]->name, len);
		assert_string_equal(to->choices[n] + len, sinks[n]->arg_needed ? ":" : "");
	}
	assert_int_equal(n, sinks_count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sinks_together),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_failure),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_choices),
	};
	int r;

	samples_make(&all);
	if (!mkdtemp(dir))
		return 1;
	snprintf(recording, sizeof(recording), "%s/recording", dir);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	for (const char *const *n = (const char *const[]){"lines.alone", "lines.one", "lines.other",
		     "json.alone", "json.one", "json.other", "record.alone", "record.one",
		     "record.other", "recording", NULL};
		*n; n++)
		unlink(in_dir(*n));
	rmdir(dir);
	return r;
}
