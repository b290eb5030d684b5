// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/nstype.h"

static void test_table(void **state)
{
	for (int i = 0; i < NS_SLOTS; i++) {
		const struct ns_type *t = &ns_types[i];

		assert_string_equal(ns_slot_name((unsigned int)i), t->name);
		assert_int_equal(ns_slot_by_name(t->name, strlen(t->name)), i);
		assert_true(t->type < NS_TYPES);
		assert_int_equal(t->flag, ns_types[t->type].flag);
		assert_int_equal(ns_type_by_flag(t->flag), t->type);
		assert_non_null(strstr(t->long_name, "namespace"));
	}
	for (int i = 0; i < NS_TYPES; i++)
		assert_int_equal(ns_types[i].type, i);
	assert_string_equal(ns_slot_name(NS_SLOTS), "?");
	assert_int_equal(ns_slot_by_name("mn", 2), -1);
	assert_int_equal(ns_slot_by_name("mntx", 4), -1);
	assert_int_equal(ns_slot_by_name("", 0), -1);
	assert_int_equal(ns_slot_by_name("mnt\0mnt", 7), -1);
	assert_int_equal(ns_slot_by_name("mn\0", 3), -1);
	assert_int_equal(ns_type_by_name("mount", 5), NS_MNT);
	assert_int_equal(ns_type_by_name("pid_for_children", 16), -1);
	assert_int_equal(ns_type_by_flag(CLONE_NEWPID | CLONE_NEWNET), -1);
	assert_int_equal(ns_type_by_flag(0), -1);
}

/* The names are the kernel's links, and what they point to parses to type and inode number. */
static void test_kernel(void **state)
{
	for (int i = 0; i < NS_SLOTS; i++) {
		char path[64], link[64];
		struct stat st;
		uint32_t inum;
		ssize_t n;
		int type;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_types[i].name);
		n = readlink(path, link, sizeof(link));
		if (n < 0 && errno == ENOENT)
			continue; /* this kernel has no such type */
		assert_true(n > 0);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(ns_link_parse(link, (size_t)n, &type, &inum), 0);
		assert_int_equal(type, ns_types[i].type);
		assert_int_equal(inum, st.st_ino);
	}
}

static void test_flags(void **state)
{
	auto_buf struct buf b = {0};

	assert_int_equal(ns_flags_to_types(CLONE_NEWUTS | CLONE_NEWPID | CLONE_FS),
		1u << NS_UTS | 1u << NS_PID);
	assert_int_equal(
		ns_types_to_flags(1u << NS_PID_CHILD | 1u << NS_MNT), CLONE_NEWPID | CLONE_NEWNS);
	ns_flags_format(&b, 0);
	assert_int_equal(b.len, 0);
	ns_flags_format(&b, CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC);
	assert_string_equal(b.s, "uts|ipc|pid");
	buf_reset(&b);
	ns_flags_format(&b, CLONE_NEWNS | CLONE_FS | 1ULL << 33 | 1ULL << 60 | 1);
	assert_string_equal(b.s, "mnt|fs|into_cgroup|0x1000000000000001");
	buf_reset(&b);
	ns_flags_format(&b, 1ULL << 60);
	assert_string_equal(b.s, "0x1000000000000000");
}

static void test_list(void **state)
{
	static const char *const bad[] = {"", ",", "uts,", ",uts", "uts,,ipc", "utsx", "ut", "UTS",
		" uts", "pid_for_children"};
	struct err err = {0};
	uint32_t mask;

	assert_int_equal(ns_types_parse("uts,ipc,net", &mask, &err), 0);
	assert_int_equal(mask, 1u << NS_UTS | 1u << NS_IPC | 1u << NS_NET);
	assert_int_equal(ns_types_parse("mount", &mask, &err), 0);
	assert_int_equal(mask, 1u << NS_MNT);
	assert_int_equal(ns_types_parse("time,all", &mask, &err), 0);
	assert_int_equal(mask, NS_TYPES_MASK);
	mask = 77;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(ns_types_parse(bad[i], &mask, &err), -EINVAL);
		assert_int_equal(mask, 77);
	}
	assert_int_equal(ns_types_parse("uts,foo", &mask, &err), -EINVAL);
	assert_non_null(strstr(err.what, "'foo'"));
	for (int i = 0; i < NS_TYPES; i++)
		assert_non_null(strstr(err.what, ns_types[i].name));
}

static void test_ref(void **state)
{
	static const char *const bad[] = {"", "net:", "net:[]", "net:[", "net:[1", "net:1]", ":[1]",
		"net:[1]x", "net:[-1]", "net:[4294967296]", "99999999999999999999", "0", "[1]",
		"nett:1", "1x", " 1", "0x10", "pid_for_children:[1]"};
	struct ns_ref ref = {0};
	struct err err = {0};

	assert_int_equal(ns_ref_parse("net:[4026532938]", &ref, &err), 0);
	assert_int_equal(ref.type, NS_NET);
	assert_int_equal(ref.inum, 4026532938u);
	assert_int_equal(ns_ref_parse("uts:4294967295", &ref, &err), 0);
	assert_int_equal(ref.type, NS_UTS);
	assert_int_equal(ref.inum, UINT32_MAX);
	assert_int_equal(ns_ref_parse("4026531840", &ref, &err), 0);
	assert_int_equal(ref.type, -1);
	assert_int_equal(ref.inum, 4026531840u);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(ns_ref_parse(bad[i], &ref, &err), -EINVAL);
		assert_int_equal(ref.inum, 4026531840u);
	}
}

static void test_link(void **state)
{
	static const char *const bad[] = {"", ":", "]", "net:]", "net:[]", "net:[1", "net[1]",
		"net:[a]", "net:[00]", "net:[4294967296]", "net:[12345678901]", "net:[1]x"};
	uint32_t inum = 5;
	int type = 5;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ns_link_parse(bad[i], strlen(bad[i]), &type, &inum), -EINVAL);
	assert_int_equal(ns_link_parse("mnu:[12]", 8, &type, &inum), -ENOENT);
	assert_int_equal(ns_link_parse("pid_for_children:[12]", 21, &type, &inum), -ENOENT);
	assert_int_equal(
		ns_link_parse("mnt\0abcdefghijklmnopqrst:[12]", 29, &type, &inum), -ENOENT);
	assert_int_equal(type, 5);
	assert_int_equal(inum, 5);
	/* No NUL: what stands behind does not count. */
	assert_int_equal(ns_link_parse("mnt:[12]34", 8, &type, &inum), 0);
	assert_int_equal(type, NS_MNT);
	assert_int_equal(inum, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_ref),
		cmocka_unit_test(test_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
