// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/types.h>
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "sink/fold.h"

#define HOME 1u
#define BLUE 2u
#define MS   1000000ULL
#define S    1000000000ULL

static struct buf told; /* a line per unit */
static int fails;       /* what tell returns */

static int tell(void *ctx, const struct fold_unit *u, struct err *err)
{
	const struct event *ev = u->o->ev;

	buf_printf(&told, "%s %u/%u", ev->schema->name, ev->hdr->pid, ev->hdr->tid);
	if (u->pair)
		buf_printf(&told, " pair %llu ms", (unsigned long long)(u->stayed_ns / MS));
	if (u->repeated_ns)
		buf_printf(&told, " repeated %llu ms", (unsigned long long)(u->repeated_ns / MS));
	if (u->count > 1)
		buf_printf(&told, " %llu times", (unsigned long long)u->count);
	for (size_t i = 0; i < u->o->nnotes; i++)
		buf_printf(&told, " (%s)", u->o->notes[i].text);
	buf_putc(&told, '\n');
	return fails;
}

static void told_is(const char *want)
{
	assert_string_equal(told.len ? told.s : "", want);
	buf_free(&told);
}

/* The record and the texts are gone when the call returns. */
static int put(struct fold *f, const void *rec, size_t size, const char *note)
{
	char text[32] = "";
	union {
		struct ev_hdr hdr;
		char bytes[1024];
	} copy;
	struct event_note notes[1] = {{.code = "x", .text = text}};
	struct observed o = {.host = "h", .host_len = 1, .notes = notes, .nnotes = note ? 1 : 0};
	struct event ev;
	int r;

	if (note)
		snprintf(text, sizeof(text), "%s", note);
	memcpy(&copy, rec, size);
	assert_int_equal(event_decode(&copy, size, 0, &ev, NULL), 0);
	o.ev = &ev;
	r = fold_event(f, &o, NULL);
	memset(&copy, 0xff, sizeof(copy));
	memset(text, 'y', sizeof(text) - 1);
	return r;
}

static void hop(struct fold *f, uint64_t ts, uint32_t tid, uint32_t from, uint32_t to, int result)
{
	const struct ev_setns e = {
		.hdr = {.kind = EV_SETNS, .size = sizeof(e), .ts_ns = ts, .pid = 7, .tid = tid},
		.fd_kind = EV_FD_NSFS,
		.result = result,
		.target_inum = to,
		.target_type = NS_NET + 1,
		.changed = result ? 0 : 1U << NS_NET,
		.before.inum[NS_NET] = from,
		.after.inum[NS_NET] = result ? from : to,
	};

	assert_int_equal(put(f, &e, sizeof(e), result ? "refused" : NULL), 0);
}

static void unshares(struct fold *f, uint64_t ts, uint32_t tid, uint32_t made)
{
	const struct ev_unshare e = {
		.hdr = {.kind = EV_UNSHARE, .size = sizeof(e), .ts_ns = ts, .pid = tid, .tid = tid},
		.ns_flags = 0x04000000,
		.changed = 1U << NS_UTS,
		.after.inum[NS_UTS] = made,
	};

	assert_int_equal(put(f, &e, sizeof(e), NULL), 0);
}

static void test_pairs(void **state)
{
	struct fold *f = fold_new(tell, NULL);

	hop(f, S, 7, HOME, BLUE, 0);
	told_is("");
	hop(f, S + 2 * MS, 7, BLUE, HOME, 0);
	told_is("setns 7/7 pair 2 ms\n");
	/* Again, in two threads at once: counted. */
	for (uint64_t i = 1; i <= 10; i++) {
		hop(f, S + i * 10 * MS, 8, HOME, BLUE, 0);
		hop(f, S + i * 10 * MS, 9, HOME, BLUE, 0);
		hop(f, S + i * 10 * MS + MS, 9, BLUE, HOME, 0);
		hop(f, S + i * 10 * MS + MS, 8, BLUE, HOME, 0);
	}
	told_is("");
	/* One after the period ends it, and is told at its own end. */
	unshares(f, 12 * S, 3, 100);
	told_is("setns 7/8 pair 1 ms 21 times\nunshare 3/3\n");
	/* In the next one nothing came of it. */
	unshares(f, 24 * S, 3, 101);
	unshares(f, 25 * S, 3, 102);
	assert_int_equal(fold_end(f, NULL), 0);
	told_is("unshare 3/3\nunshare 3/3\n");
	assert_int_equal(fold_passed(f), 0);
	fold_free(f);
}

static void test_nested(void **state)
{
	struct fold *f = fold_new(tell, NULL);

	/* In, further in, and back by the same way. */
	hop(f, S, 7, HOME, BLUE, 0);
	hop(f, S + MS, 7, BLUE, 3, 0);
	hop(f, S + 2 * MS, 7, 3, BLUE, 0);
	told_is("");
	hop(f, S + 4 * MS, 7, BLUE, HOME, 0);
	told_is("setns 7/7 pair 4 ms\nsetns 7/7 pair 1 ms\n");
	/* Not back to where it was. */
	hop(f, S + 10 * MS, 8, HOME, 4, 0);
	hop(f, S + 11 * MS, 8, 4, 5, 0);
	unshares(f, S + 12 * MS, 8, 100);
	told_is("setns 7/8\nsetns 7/8\nunshare 8/8\n");
	/* It stays longer than is waited for. */
	hop(f, S + 20 * MS, 9, HOME, 6, 0);
	unshares(f, S + 200 * MS, 5, 101);
	hop(f, S + 201 * MS, 9, 6, HOME, 0);
	assert_int_equal(fold_end(f, NULL), 0);
	told_is("setns 7/9\nunshare 5/5\nsetns 7/9\n");
	fold_free(f);
}

static void test_refused(void **state)
{
	struct fold *f = fold_new(tell, NULL);

	hop(f, S, 7, HOME, BLUE, -1);
	hop(f, S + MS, 7, HOME, 3, -1);
	told_is("");
	hop(f, S + 5 * MS, 7, HOME, BLUE, 0);
	assert_int_equal(fold_end(f, NULL), 0);
	/* With its note, which was kept. The second never was done. */
	told_is("setns 7/7 repeated 5 ms (refused)\nsetns 7/7 (refused)\nsetns 7/7\n");
	/* By another thread: not the same. */
	hop(f, S + 10 * MS, 8, HOME, 4, -1);
	hop(f, S + 11 * MS, 9, HOME, 4, 0);
	assert_int_equal(fold_end(f, NULL), 0);
	told_is("setns 7/8 (refused)\nsetns 7/9\n");
	fold_free(f);
}

/* As many threads as there may be, and one more; as many different things, and more. */
static void test_bounds(void **state)
{
	struct fold *f = fold_new(tell, NULL);
	size_t lines = 0;

	for (uint32_t i = 0; i < 3000; i++)
		hop(f, S + i, 100 + i, HOME, 1000 + i, 0);
	for (uint32_t i = 0; i < 6000; i++)
		unshares(f, S + 5000 + i, 10000 + i, i);
	assert_int_equal(fold_end(f, NULL), 0);
	for (size_t i = 0; i < told.len; i++)
		lines += told.s[i] == '\n';
	assert_int_equal(lines, 9000);
	assert_true(fold_passed(f) > 0);
	buf_free(&told);
	/* And afterwards it works as before. */
	for (uint32_t i = 0; i < 3; i++)
		unshares(f, 60 * S + i, 5, i);
	assert_int_equal(fold_end(f, NULL), 0);
	told_is("unshare 5/5\nunshare 5/5 3 times\n");
	fold_free(f);
}

/* What is not given out is freed (a sanitizer looks); an error ends it. */
static void test_ends(void **state)
{
	struct fold *f = fold_new(tell, NULL);
	const struct ev_lost lost = {
		.hdr = {.kind = EV_LOST, .size = sizeof(lost), .flags = EVF_NO_ACTOR, .ts_ns = S},
		.count = 3};

	hop(f, S, 7, HOME, BLUE, 0);
	assert_int_equal(put(f, &lost, sizeof(lost), NULL), 0);
	assert_int_equal(put(f, &lost, sizeof(lost), NULL), 0);
	told_is("lost 0/0\nlost 0/0\n");
	fails = -5;
	assert_int_equal(fold_end(f, NULL), -5);
	fails = 0;
	buf_free(&told);
	hop(f, S, 8, HOME, BLUE, 0);
	fold_free(f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
