// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "event/jsonevent.h"
#include "event/nsname.h"
#include "event/naming.h"
#include "event/recfile.h"
#include "event/sentence.h"
#include "out/json.h"

#define BLUE  4026532612
#define GREEN 4026532613
#define HOST  4026531833

static struct nsnames names;

static const char *name_of(const struct event_who *who, uint32_t inum)
{
	return nsnames_find(&names, inum);
}

static const char *no_user(const struct event_who *who, uint32_t uid)
{
	return NULL;
}

static struct event_who who = {.user = no_user, .ns_name = name_of};

static struct ev_setns setns_of(uint32_t from, uint32_t to)
{
	return (struct ev_setns){
		.hdr = {.kind = EV_SETNS, .size = sizeof(struct ev_setns), .pid = 7, .comm = "ip"},
		.fd = 3,
		.fd_kind = EV_FD_NSFS,
		.target_inum = to,
		.target_type = NS_NET + 1,
		.changed = 1U << NS_NET,
		.before.inum[NS_NET] = from,
		.after.inum[NS_NET] = to,
	};
}

static void detail_is(const void *rec, size_t size, const char *want)
{
	auto_buf struct buf b = {0};
	struct event ev;

	assert_int_equal(event_decode(rec, size, 0, &ev, NULL), 0);
	ev.who = &who;
	event_detail(&b, &ev);
	assert_string_equal(b.s, want);
}

static void test_names(void **state)
{
	struct nsnames t = {0};
	char too_long[NSNAME_MAX + 1];

	memset(too_long, 'x', sizeof(too_long));
	assert_null(nsnames_find(&t, BLUE));
	assert_int_equal(nsnames_put(&t, BLUE, NULL, 0), 0);
	assert_int_equal(t.named, 0);
	assert_int_equal(nsnames_put(&t, BLUE, "bluest", 4), 0);
	assert_string_equal(nsnames_find(&t, BLUE), "blue");
	assert_int_equal(nsnames_put(&t, BLUE, "navy", 4), 0);
	assert_string_equal(nsnames_find(&t, BLUE), "navy");
	assert_int_equal(t.named, 1);
	assert_int_equal(nsnames_put(&t, BLUE, too_long, sizeof(too_long)), 0);
	assert_null(nsnames_find(&t, BLUE));
	assert_int_equal(t.named, 0);
	assert_null(nsnames_find(&t, 0));
	/* Never more than its bound. */
	for (uint32_t i = 0; i <= NSNAMES_MAX; i++)
		assert_int_equal(nsnames_put(&t, GREEN + i, "n", 1), 0);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.named, 2);
	nsnames_free(&t);
}

static void path_is(const char *path, const char *want)
{
	size_t len = 0;
	const char *name = netns_path_name(path, strlen(path), &len);

	assert_int_equal(!!name, !!want);
	if (!want)
		return;
	assert_int_equal(len, strlen(want));
	assert_memory_equal(name, want, len);
}

static void test_paths(void **state)
{
	path_is("/run/netns/blue", "blue");
	path_is("/var/run/netns/blue", "blue");
	path_is("/run/netns/", NULL);
	path_is("/run/netns", NULL);
	path_is("/run/netns/a/b", NULL);
	path_is("/tmp/run/netns/blue", NULL);
	path_is("", NULL);
}

static void test_details(void **state)
{
	struct ev_setns e = setns_of(HOST, BLUE);

	nsnames_put(&names, BLUE, "bl\033ue", 5);
	detail_is(&e, sizeof(e),
		"net:[4026532612] (bl\\x1bue) by nsfs fd 3  net initial -> 4026532612 (bl\\x1bue)");
	who.numbers = true;
	detail_is(&e, sizeof(e),
		"net:[4026532612] (bl\\x1bue) by nsfs fd 3  net 4026531833 -> 4026532612 "
		"(bl\\x1bue)");
	who.numbers = false;
	e = setns_of(GREEN, HOST);
	detail_is(&e, sizeof(e), "net:[initial] by nsfs fd 3  net 4026532613 -> initial");
	/* A kernel that numbers it otherwise. */
	e = setns_of(GREEN, 4026531999);
	who.initial[NS_NET] = 4026531999;
	detail_is(&e, sizeof(e), "net:[initial] by nsfs fd 3  net 4026532613 -> initial");
	who.initial[NS_NET] = 0;
	/* Other types have no names, whatever their numbers. */
	e.target_inum = BLUE;
	e.target_type = NS_UTS + 1;
	detail_is(&e, sizeof(e), "uts:[4026532612] by nsfs fd 3  net 4026532613 -> 4026531999");
	nsnames_free(&names);
}

static void test_record_nets(void **state)
{
	struct ev_setns e = setns_of(HOST, BLUE);
	uint32_t nets[RECORD_NETS_MAX];

	assert_int_equal(record_nets(&e.hdr, sizeof(e), nets), 2);
	assert_int_equal(nets[0], BLUE);
	assert_int_equal(nets[1], HOST);
	/* Shorter than it says: nothing is read. */
	assert_int_equal(record_nets(&e.hdr, sizeof(e.hdr), nets), 0);
	for (unsigned int kind = 0; kind < EV_KINDS + 5; kind++) {
		struct ev_hdr hdr = {.kind = (uint16_t)kind};

		assert_int_equal(record_nets(&hdr, sizeof(hdr), nets), 0);
	}
}

struct seen {
	struct recfile *file;
	size_t n;
	char names[4][16];
};

static int see(void *ctx, const void *data, size_t size)
{
	struct seen *s = ctx;
	const char *name = recfile_ns_name(s->file, BLUE);

	snprintf(s->names[s->n++], sizeof(s->names[0]), "%s", name ? name : "-");
	return 0;
}

/* A recording tells a name before the record that needs it, and that it has none any more. */
static void test_recording(void **state)
{
	char path[] = "/tmp/nswatch-test-XXXXXX";
	struct ev_setns e = setns_of(HOST, BLUE);
	static const char *const told[] = {NULL, "blue", "navy", NULL};
	uint32_t initial[NS_TYPES] = {0};
	auto_buf struct buf meta = {0};
	struct recfile_writer *w;
	struct seen seen = {0};
	bool owners, some;

	close(mkstemp(path));
	recfile_meta_add(&meta, "initial", "mnt:[4026531841] nonsense net:[4026531999]");
	assert_int_equal(recfile_create(path, 0, &meta, &w, NULL), 0);
	for (size_t i = 0; i < 4; i++) {
		namings_net(recfile_namings(w), BLUE, told[i]);
		namings_net(recfile_namings(w), BLUE, told[i]);
		assert_int_equal(recfile_write(w, &e, sizeof(e), NULL), 0);
	}
	assert_int_equal(recfile_finish(w, NULL), 0);
	assert_int_equal(recfile_open(path, &seen.file, NULL), 0);
	assert_int_equal(recfile_read(seen.file, see, &seen, NULL, NULL), 0);
	assert_int_equal(seen.n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(seen.names[i], told[i] ? told[i] : "-");
	recfile_known(seen.file, &owners, &some);
	assert_false(owners);
	assert_false(some);
	recfile_initials(seen.file, initial);
	assert_int_equal(initial[NS_NET], 4026531999);
	assert_int_equal(initial[NS_MNT], 4026531841);
	assert_int_equal(initial[NS_UTS], 0);
	recfile_close(seen.file);
	unlink(path);
}

/* What JSON says of names comes back from it. */
static void test_json(void **state)
{
	struct ev_setns e = setns_of(HOST, BLUE);
	auto_buf struct buf b = {0}, host = {0};
	struct jsonevent *j = jsonevent_new();
	struct event ev;

	nsnames_put(&names, BLUE, "blue", 4);
	assert_int_equal(event_decode(&e, sizeof(e), 0, &ev, NULL), 0);
	ev.who = &who;
	event_json_host(&host, "h", 1);
	event_json(&b, &host, NULL, &ev);
	assert_non_null(strstr(b.s, "\"ns_names\":{\"4026532612\":\"blue\"}"));
	assert_int_equal(jsonevent_read(j, b.s, b.len, NULL), 0);
	assert_string_equal(nsnames_find(&j->names, BLUE), "blue");
	/* The next line has none. */
	nsnames_free(&names);
	buf_reset(&b);
	event_json(&b, &host, NULL, &ev);
	assert_null(strstr(b.s, "ns_names"));
	assert_int_equal(jsonevent_read(j, b.s, b.len, NULL), 0);
	assert_null(nsnames_find(&j->names, BLUE));
	jsonevent_free(j);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_details),
		cmocka_unit_test(test_record_nets),
		cmocka_unit_test(test_recording),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
