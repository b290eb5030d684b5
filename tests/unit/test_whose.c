// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/types.h>
#include <string.h>

#include "bpf/wire/config.h"
#include "event/whose.h"
#include "kernel/cgroup.h"
#include "source/cgroups.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct whose docker = {.of = {[WHOSE_RUNTIME] = "docker",
					    [WHOSE_ID] = ID,
					    [WHOSE_NAME] = "web",
					    [WHOSE_CGROUP] = "/docker/" ID}};
static const struct whose pod = {.of = {[WHOSE_RUNTIME] = "cri-o",
					 [WHOSE_ID] = ID,
					 [WHOSE_POD] = "shop",
					 [WHOSE_POD_NAMESPACE] = "default"}};
static const struct whose unit = {.of = {[WHOSE_UNIT] = "ssh.service"}};
static const struct whose nothing = {.of = {[WHOSE_CGROUP] = "/"}};

static void text_is(const struct whose *w, const char *want)
{
	auto_buf struct buf b = {0};

	whose_text(&b, w);
	assert_string_equal(b.len ? b.s : "", want);
}

static void test_text(void **state)
{
	struct whose outer = docker;

	text_is(&docker, "docker:web");
	text_is(&pod, "cri-o:0123456789ab,pod:default/shop");
	text_is(&unit, "unit:ssh.service");
	text_is(&nothing, "");
	outer.of[WHOSE_NAME] = NULL;
	outer.of[WHOSE_USER] = "1000";
	outer.of[WHOSE_OUTER] = "lxc:box";
	text_is(&outer, "docker:0123456789ab,user:1000,in:lxc:box");
}

static void test_matches(void **state)
{
	static const struct {
		const struct whose *w;
		const char *pattern;
		bool want;
	} rows[] = {
		{&docker, "web", true},
		{&docker, "w*", true},
		{&docker, "docker:web", true},
		{&docker, "0123456789ab", true},
		{&docker, ID, true},
		{&docker, "0123", false},
		{&docker, "ssh.service", false},
		{&pod, "shop", true},
		{&pod, "default/shop", true},
		{&pod, "cri-o:0123456789ab", true},
		{&pod, "cri-o:*", true},
		{&unit, "ssh.service", true},
		{&unit, "unit:ssh*", true},
		{&nothing, "*", false},
		{NULL, "*", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (whose_matches(rows[i].w, rows[i].pattern) != rows[i].want)
			fail_msg("row %zu: %s", i, rows[i].pattern);
}

static void test_pack(void **state)
{
	auto_buf struct buf b = {0};
	struct whose back;
	char longer[WHOSE_TEXT_MAX + 1];
	struct whose much = docker;

	whose_pack(&b, &docker);
	whose_unpack(b.s, b.len, &back);
	assert_true(whose_same(&docker, &back));
	/* Cut in the midst of a field, which a damaged file may be: it is left out. */
	whose_unpack(b.s, strlen("docker") + 1 + 10, &back);
	assert_string_equal(back.of[WHOSE_RUNTIME], "docker");
	assert_null(back.of[WHOSE_ID]);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	much.of[WHOSE_IMAGE] = longer;
	buf_reset(&b);
	whose_pack(&b, &much);
	assert_true(b.len <= WHOSE_TEXT_MAX);
	whose_unpack(b.s, b.len, &back);
	assert_null(back.of[WHOSE_IMAGE]);
	assert_string_equal(back.of[WHOSE_CGROUP], docker.of[WHOSE_CGROUP]);
}

static void test_table(void **state)
{
	struct whoses t = {0};

	assert_null(whoses_find(&t, 7));
	for (uint64_t id = 1; id <= WHOSES_MAX; id++)
		assert_int_equal(whoses_put(&t, id << 32 | 7, id % 2 ? &docker : &unit), 0);
	assert_true(whose_same(whoses_find(&t, 1ULL << 32 | 7), &docker));
	assert_true(whose_same(whoses_find(&t, 2ULL << 32 | 7), &unit));
	assert_int_equal(whoses_put(&t, 2ULL << 32 | 7, &pod), 0);
	whoses_own(&t, 4026532000, 5);
	assert_int_equal(whoses_owner(&t, 4026532000), 5);
	/* One more than it has room for: those before are forgotten, which is no harm. */
	assert_int_equal(whoses_put(&t, 9, &unit), 0);
	assert_null(whoses_find(&t, 2ULL << 32 | 7));
	assert_true(whose_same(whoses_find(&t, 9), &unit));
	assert_int_equal(whoses_owner(&t, 4026532000), 5);
	whoses_own(&t, 4026532000, 0);
	assert_int_equal(whoses_owner(&t, 4026532000), 0);
	whoses_free(&t);
}

static void tell(struct cgroups *c, uint64_t id, uint64_t parent, const char *name)
{
	struct nsw_cgroup n = {
		.hdr = {.kind = NSW_CGROUP, .size = sizeof(n), .cgroup_id = id}, .parent = parent};

	strcpy(n.name, name);
	assert_int_equal(cgroups_note(c, &n, sizeof(n)), 0);
}

static void tell_gone(struct cgroups *c, uint64_t id)
{
	struct ev_hdr h = {.kind = NSW_CGROUP_GONE, .size = sizeof(h), .cgroup_id = id};

	assert_int_equal(cgroups_note(c, &h, sizeof(h)), 0);
}

static void test_cgroups(void **state)
{
	struct cgroups *c = cgroups_new(NULL);
	const struct whose *w;

	/* In whichever order: below one that was not told nothing is known yet. */
	tell(c, 3, 2, "lxc.payload.web");
	assert_null(cgroups_whose(c, 3));
	tell(c, 1, 0, "");
	assert_string_equal(cgroups_whose(c, 1)->of[WHOSE_CGROUP], "/");
	tell(c, 2, 1, "box.slice");
	w = cgroups_whose(c, 3);
	assert_string_equal(w->of[WHOSE_CGROUP], "/box.slice/lxc.payload.web");
	assert_string_equal(w->of[WHOSE_RUNTIME], "lxc");
	assert_string_equal(w->of[WHOSE_ID], "web");
	/* A line of its own in the name would be another hierarchy's. */
	tell(c, 4, 2, "a\n0::/lxc.payload.fake");
	assert_false(whose_is_named(cgroups_whose(c, 4)));
	/* What has gone is remembered for a while, and not for ever. */
	tell_gone(c, 3);
	assert_string_equal(cgroups_whose(c, 3)->of[WHOSE_ID], "web");
	for (uint64_t id = 100; id < 100000; id++) {
		tell(c, id, 1, "x.service");
		if (id % 1000 == 0)
			assert_string_equal(cgroups_whose(c, id)->of[WHOSE_UNIT], "x.service");
		tell_gone(c, id);
	}
	tell(c, 3, 2, "lxc.payload.again");
	assert_non_null(cgroups_whose(c, 3));
	assert_string_equal(cgroups_whose(c, 99999)->of[WHOSE_UNIT], "x.service");
	cgroups_free(c);
}

/* Whose a namespace is: who made it, else who ran a program in it; the number is given again. */
static void test_owners(void **state)
{
	struct cgroups *c = cgroups_new(NULL);
	struct ev_ns ns = {.hdr = {.kind = EV_NS_CREATE, .size = sizeof(ns), .cgroup_id = 1},
		.ns_type = NS_NET,
		.inum = 7};
	struct ev_unshare un = {.hdr = {.kind = EV_UNSHARE, .size = sizeof(un), .cgroup_id = 2},
		.ns_flags = 0x20000000 /* CLONE_NEWPID */,
		.changed = 1U << NS_PID_CHILD};
	struct ev_exec ex = {.hdr = {.kind = EV_EXEC, .size = sizeof(ex), .cgroup_id = 2},
		.changed = 1U << NS_NET};

	tell(c, 1, 0, "");
	tell(c, 2, 1, "lxc.payload.web");
	tell(c, 3, 1, "lxc.payload.other");
	cgroups_learn(c, &ns.hdr, sizeof(ns));
	assert_int_equal(cgroups_owner(c, 7), 0);
	ex.ns.inum[NS_NET] = 7;
	ex.ns.inum[NS_UTS] = 8; /* its parent's */
	cgroups_learn(c, &ex.hdr, sizeof(ex));
	assert_int_equal(cgroups_owner(c, 7), 2);
	assert_int_equal(cgroups_owner(c, 8), 0);
	ex.hdr.cgroup_id = 3; /* who enters has it not */
	cgroups_learn(c, &ex.hdr, sizeof(ex));
	assert_int_equal(cgroups_owner(c, 7), 2);
	un.after.inum[NS_PID] = 9;
	un.after.inum[NS_PID_CHILD] = 10;
	cgroups_learn(c, &un.hdr, sizeof(un));
	assert_int_equal(cgroups_owner(c, 9), 0);
	assert_int_equal(cgroups_owner(c, 10), 2);
	ns.hdr.kind = EV_NS_FREE;
	cgroups_learn(c, &ns.hdr, sizeof(ns));
	assert_int_equal(cgroups_owner(c, 7), 2);
	cgroups_unlearn(c, &ns.hdr, sizeof(ns));
	assert_int_equal(cgroups_owner(c, 7), 0);
	cgroups_free(c);
}

static void test_hierarchy(void **state)
{
	static const char v1[] = "#subsys_name\thierarchy\tnum_cgroups\tenabled\n"
				 "cpu\t1\t1\t1\nmemory\t4\t50\t1\npids\t8\t1\t1\n";
	static const char mixed[] = "#subsys_name\thierarchy\tnum_cgroups\tenabled\n"
				    "cpu\t0\t1\t1\nmemory\t4\t50\t1\npids\t0\t1\t1\n";
	static const char v2[] = "#subsys_name\thierarchy\tnum_cgroups\tenabled\n"
				 "cpu\t0\t1\t1\nmemory\t0\t50\t1\npids\t0\t1\t1\n";

	assert_int_equal(cgroup_hierarchy_parse(v1), CGROUP_V1_PIDS);
	assert_int_equal(cgroup_hierarchy_parse(mixed), CGROUP_V1_MEMORY);
	assert_int_equal(cgroup_hierarchy_parse(v2), CGROUP_V2);
	assert_int_equal(cgroup_hierarchy_parse(""), CGROUP_V2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_pack),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_cgroups),
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_hierarchy),
	};

	return cmocka_run_group_tests_name("whose", tests, NULL, NULL);
}
