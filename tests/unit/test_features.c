// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/btf.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "source/features.h"
#include "kernel/btf.h"
#include "kernel/kconfig.h"
#include "kernel/ksyms.h"
#include "kernel/tracefs.h"
#include "kernel/procstatus.h"

/* --- texts of the kernel --------------------------------------------------------------------- */

static const char status_sample[] = "Name:\tCapEff: 1\n"
				    "Umask:\t0022\n"
				    "CapInh:\t0000000000000000\n"
				    "CapEff:\t000001fffeffffff\n"
				    "NoNewPrivs:\t0\n"
				    "Seccomp:\t2\n"
				    "Seccomp_filters:\t1\n"
				    "Bad:\tabc xyz\n"
				    "Empty:\t\n"
				    "Huge:\tfffffffffffffffff\n"
				    "Last:\t7";

static void test_status(void **state)
{
	uint64_t v = 42;
	uint32_t id;

	assert_int_equal(procstatus_num(status_sample, "CapEff", 16, &v), 0);
	assert_int_equal(v, 0x1fffeffffffULL);
	assert_int_equal(v >> CAP_SYS_RESOURCE & 1, 0);
	assert_int_equal(v >> CAP_BPF & 1, 1);
	assert_int_equal(procstatus_num(status_sample, "Seccomp", 10, &v), 0);
	assert_int_equal(v, 2);
	assert_int_equal(procstatus_num(status_sample, "Last", 10, &v), 0);
	assert_int_equal(v, 7);
	assert_int_equal(procstatus_num(status_sample, "CapInh", 16, &v), 0);
	assert_int_equal(v, 0);
	v = 42;
	assert_int_equal(procstatus_num(status_sample, "CapAmb", 16, &v), -ENOENT);
	assert_int_equal(procstatus_num(status_sample, "Cap", 16, &v), -ENOENT);
	assert_int_equal(procstatus_num(status_sample, "Bad", 16, &v), -EINVAL);
	assert_int_equal(procstatus_nth("Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t5\n", "Uid", 1, &id), 0);
	assert_int_equal(id, 2);
	assert_int_equal(procstatus_num("Uid:\t1\t2\t3\t4\n", "Uid", 10, &v), 0);
	assert_int_equal(v, 1);
	assert_int_equal(procstatus_nth("Uid:\t1\t2\nGid:\t5\n", "Uid", 2, &id), -EINVAL);
	assert_int_equal(procstatus_nth("Uid:\t1\n", "Gid", 0, &id), -ENOENT);
	v = 42;
	assert_int_equal(procstatus_num(status_sample, "Empty", 10, &v), -EINVAL);
	assert_int_equal(procstatus_num(status_sample, "Huge", 16, &v), -EINVAL);
	assert_int_equal(procstatus_num("", "CapEff", 16, &v), -ENOENT);
	assert_int_equal(v, 42);
}

static void test_lockdown(void **state)
{
	static const struct {
		const char *text;
		enum features_lockdown mode;
	} cases[] = {
		{"[none] integrity confidentiality\n", LOCKDOWN_NONE},
		{"none [integrity] confidentiality\n", LOCKDOWN_INTEGRITY},
		{"none integrity [confidentiality]\n", LOCKDOWN_CONFIDENTIALITY},
		{"none [integrity]", LOCKDOWN_INTEGRITY},
		{"none integrity confidentiality\n", LOCKDOWN_UNKNOWN},
		{"[integ", LOCKDOWN_UNKNOWN},
		{"[unknown]", LOCKDOWN_UNKNOWN},
		{"[integrity2]", LOCKDOWN_UNKNOWN},
		{"", LOCKDOWN_UNKNOWN},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(lockdown_parse(cases[i].text), cases[i].mode);
	assert_string_equal(features_lockdown_name(LOCKDOWN_INTEGRITY), "integrity");
	assert_string_equal(features_lockdown_name(LOCKDOWN_UNKNOWN), "unknown");
}

static void test_lsm(void **state)
{
	static const uint64_t ids[] = {100, 108, 104, 110, 109, 112, 113, 114, 5};
	char text[128], small[16];

	assert_true(lsm_has("lockdown,capability,bpf", "lockdown"));
	assert_true(lsm_has("lockdown,capability,bpf", "bpf"));
	assert_true(lsm_has("capability\n", "capability"));
	assert_false(lsm_has("lockdown,capability", "lock"));
	assert_false(lsm_has("lockdown,capability", "down"));
	assert_false(lsm_has("lock,yama", "lockdown"));
	assert_false(lsm_has("", "bpf"));
	lsm_ids_format(ids, sizeof(ids) / sizeof(ids[0]), text, sizeof(text));
	assert_string_equal(text, "capability,lockdown,apparmor,landlock,bpf,evm,ipe,114,5");
	lsm_ids_format(ids, 0, text, sizeof(text));
	assert_string_equal(text, "");
	lsm_ids_format(ids, 3, small, sizeof(small));
	assert_string_equal(small, "capability,lock");
}

static const char config_sample[] = "#\n"
				    "# Linux/x86 6.1.0 Kernel Configuration\n"
				    "CONFIG_BPF=y\n"
				    "CONFIG_BPF_SYSCALL=m\n"
				    "# CONFIG_KPROBES is not set\n"
				    "CONFIG_HZ=250\r\n"
				    "CONFIG_LSM=\"lockdown,yama\"\n"
				    "CONFIG_EMPTY=\"\"\n"
				    "  CONFIG_INDENTED=y\n"
				    "CONFIG_LAST=y";

static void test_kconfig(void **state)
{
	char v[16];

	assert_string_equal(kconfig_value(config_sample, "BPF", v, sizeof(v)), "y");
	assert_string_equal(kconfig_value(config_sample, "BPF_SYSCALL", v, sizeof(v)), "m");
	assert_string_equal(kconfig_value(config_sample, "KPROBES", v, sizeof(v)), "n");
	assert_string_equal(kconfig_value(config_sample, "NET_NS", v, sizeof(v)), "n");
	assert_string_equal(kconfig_value(config_sample, "BP", v, sizeof(v)), "n");
	assert_string_equal(kconfig_value(config_sample, "HZ", v, sizeof(v)), "250");
	assert_string_equal(kconfig_value(config_sample, "LSM", v, sizeof(v)), "lockdown,yama");
	assert_string_equal(kconfig_value(config_sample, "LSM", v, 9), "lockdown");
	assert_string_equal(kconfig_value(config_sample, "EMPTY", v, sizeof(v)), "");
	assert_string_equal(kconfig_value(config_sample, "INDENTED", v, sizeof(v)), "n");
	assert_string_equal(kconfig_value(config_sample, "LAST", v, sizeof(v)), "y");
	assert_string_equal(kconfig_value("", "BPF", v, sizeof(v)), "n");
}

static void check_symbol(const char *line, const char *want)
{
	const char *name = NULL;
	size_t n = ksyms_name(line, strlen(line), &name);

	assert_int_equal(n, strlen(want));
	assert_memory_equal(name ? name : "", want, n);
}

static void test_ksyms_line(void **state)
{
	check_symbol("ffffffff81000000 T _stext", "_stext");
	check_symbol("0000000000000000 t do_move_mount.isra.0", "do_move_mount.isra.0");
	check_symbol("ffffffffc0400000 t veth_xmit\t[veth]", "veth_xmit");
	check_symbol("ffffffff81000000 T", "");
	check_symbol("ffffffff81000000", "");
	check_symbol("", "");
}

/* --- BTF: libbpf writes it, kbtf reads it ---------------------------------------------------- */

/* One type of every kind, so that each has to be stepped over by its right size. */
static struct btf *btf_sample(void)
{
	struct btf *b = btf__new_empty();
	int i32, proto;

	assert_non_null(b);
	i32 = btf__add_int(b, "int", 4, BTF_INT_SIGNED);
	btf__add_ptr(b, i32);
	btf__add_array(b, i32, i32, 3);
	btf__add_struct(b, "first", 8);
	btf__add_field(b, "x", i32, 0, 0);
	btf__add_field(b, "y", i32, 32, 0);
	btf__add_union(b, "both", 4);
	btf__add_field(b, "x", i32, 0, 0);
	btf__add_enum(b, "numbers", 4);
	btf__add_enum_value(b, "ONE", 1);
	btf__add_enum64(b, "long_numbers", 8, false);
	btf__add_enum64_value(b, "MANY", 1ULL << 40);
	btf__add_fwd(b, "later", BTF_FWD_STRUCT);
	btf__add_typedef(b, "btf_trace_task_newtask", i32);
	btf__add_const(b, i32);
	btf__add_volatile(b, i32);
	btf__add_restrict(b, i32);
	proto = btf__add_func_proto(b, i32);
	btf__add_func_param(b, "a", i32);
	btf__add_func_param(b, "b", i32);
	btf__add_func(b, "ksys_unshare", BTF_FUNC_STATIC, proto);
	btf__add_var(b, "jiffies", BTF_VAR_STATIC, i32);
	btf__add_datasec(b, ".data", 4);
	btf__add_datasec_var_info(b, 1, 0, 4);
	btf__add_float(b, "double", 8);
	btf__add_decl_tag(b, "tag", i32, -1);
	btf__add_type_tag(b, "rcu", i32);
	btf__add_func(b, "copy_process", BTF_FUNC_GLOBAL, proto);
	btf__add_func(b, "copy_process", BTF_FUNC_STATIC, proto);
	btf__add_func(b, "first", BTF_FUNC_STATIC, proto);
	return b;
}

static void test_btf_names(void **state)
{
	struct btf *b = btf_sample();
	struct kbtf k = {0};
	struct err err = {0};
	uint32_t size, id = 0;
	const void *raw = btf__raw_data(b, &size);

	assert_int_equal(kbtf_index(raw, size, &k, &err), 0);
	for (uint32_t i = 1; i < btf__type_cnt(b); i++) {
		const struct btf_type *t = btf__type_by_id(b, i);
		const char *name = btf__name_by_offset(b, t->name_off);

		if (btf_kind(t) != BTF_KIND_FUNC && btf_kind(t) != BTF_KIND_TYPEDEF)
			continue;
		assert_int_equal(kbtf_find(&k, name, btf_kind(t), &id), 0);
		assert_int_equal(id, btf__find_by_name_kind(b, name, btf_kind(t)));
	}
	/* Kinds are not mixed, prefixes are no matches, other kinds are not indexed. */
	assert_int_equal(kbtf_find(&k, "ksys_unshare", BTF_KIND_TYPEDEF, &id), -ENOENT);
	assert_int_equal(kbtf_find(&k, "btf_trace_task_newtask", BTF_KIND_FUNC, &id), -ENOENT);
	assert_int_equal(kbtf_find(&k, "ksys_unshar", BTF_KIND_FUNC, &id), -ENOENT);
	assert_int_equal(kbtf_find(&k, "numbers", BTF_KIND_FUNC, &id), -ENOENT);
	assert_int_equal(kbtf_find(&k, "", BTF_KIND_FUNC, &id), -ENOENT);
	kbtf_free(&k);
	btf__free(b);
}

/* Enough names that slots collide. */
static void test_btf_many(void **state)
{
	struct btf *b = btf__new_empty();
	struct kbtf k = {0};
	uint32_t size, id;
	char name[32];
	const void *raw;
	int proto = btf__add_func_proto(b, 0);

	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "func_%d", i);
		assert_int_equal(btf__add_func(b, name, BTF_FUNC_STATIC, proto), i + 2);
	}
	raw = btf__raw_data(b, &size);
	assert_int_equal(kbtf_index(raw, size, &k, NULL), 0);
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "func_%d", i);
		assert_int_equal(kbtf_find(&k, name, BTF_KIND_FUNC, &id), 0);
		assert_int_equal(id, i + 2);
	}
	assert_int_equal(kbtf_find(&k, "func_5000", BTF_KIND_FUNC, &id), -ENOENT);
	kbtf_free(&k);
	btf__free(b);
}

/* However a blob is cut or damaged: an error or an index, never a read outside of it. */
static void test_btf_damaged(void **state)
{
	struct btf *b = btf_sample();
	uint32_t size;
	const void *raw = btf__raw_data(b, &size);
	struct btf_header *h;
	struct err err = {0};
	struct kbtf k;

	for (uint32_t n = 0; n < size; n++) {
		void *copy = malloc(n ? n : 1); /* its own block: ASan sees its end */

		memcpy(copy, raw, n);
		k = (struct kbtf){0};
		assert_int_equal(kbtf_index(copy, n, &k, &err), -EINVAL);
		assert_null(k.slot);
		assert_true(err.what[0]);
		free(copy);
	}
	h = malloc(size);
	for (uint32_t n = 0; n < size; n++) {
		uint32_t id;

		memcpy(h, raw, size);
		((unsigned char *)h)[n] ^= 0xff;
		k = (struct kbtf){0};
		if (!kbtf_index(h, size, &k, &err))
			kbtf_find(&k, "ksys_unshare", BTF_KIND_FUNC, &id);
		kbtf_free(&k);
	}
	/* The last type, 12 bytes, stands whole or not at all. */
	for (uint32_t cut = 1; cut <= 12; cut++) {
		memcpy(h, raw, size);
		h->type_len -= cut;
		k = (struct kbtf){0};
		assert_int_equal(kbtf_index(h, size, &k, &err), cut < 12 ? -EINVAL : 0);
		kbtf_free(&k);
	}
	/* What follows the last but four, the declaration tag, is cut. */
	memcpy(h, raw, size);
	h->type_len -= 4 * sizeof(struct btf_type) + 1;
	assert_int_equal(kbtf_index(h, size, &k, &err), -EINVAL);
	memcpy(h, raw, size);
	h->magic = 0;
	assert_int_equal(kbtf_index(h, size, &k, &err), -EINVAL);
	free(h);
	btf__free(b);
}

/* --- this kernel ----------------------------------------------------------------------------- */

static void test_self(void **state)
{
	const struct features *f = features_get();
	struct stat st;
	bool trace;

	assert_ptr_equal(f, features_get());
	assert_int_equal(f->euid, geteuid());
	assert_true(f->caps_known);
	assert_true(f->types & 1u << NS_MNT);
	assert_int_equal(stat("/proc/self/ns/user", &st), 0);
	assert_int_equal(f->initial[NS_USER],
		st.st_ino == 0xEFFFFFFDU ? ANSWER_YES : ANSWER_NO); /* USER_NS_INIT_INO */
	trace = features_has_cap(CAP_SYS_ADMIN) ||
		(features_has_cap(CAP_BPF) && features_has_cap(CAP_PERFMON));
	assert_int_equal(features_may_trace(), trace && f->initial[NS_USER] != ANSWER_NO);
	assert_int_equal(features_may_trace(), !features_missing_rights()[0]);
}

/* No answer without its reason, and the code says the same as the answer. */
static void test_facts(void **state)
{
	for (int i = 0; i < FEAT_COUNT; i++) {
		const struct feature_answer *x = features_fact((enum feature)i, false);
		struct err err = {0};
		int r = features_check((enum feature)i, &err);

		assert_non_null(features_rows[i].key);
		assert_int_equal(r, x->code);
		assert_string_equal(err.what, x->answer == ANSWER_YES ? "" : x->why);
		if (x->answer == ANSWER_YES)
			assert_int_equal(x->code, 0);
		else
			assert_true(x->code < 0 && x->why[0]);
		if (x->answer == ANSWER_UNKNOWN)
			assert_int_equal(x->code, -EACCES);
	}
}

/* libbpf reads the same file, slowly. */
static void test_kernel_btf(void **state)
{
	static const char *const names[] = {"ksys_unshare", "bpf_fentry_test1", "no_such_func_"};
	struct btf *b;
	uint32_t id;

	if (kbtf_kernel(NULL, NULL))
		skip();
	b = btf__load_vmlinux_btf();
	assert_non_null(b);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int want = btf__find_by_name_kind(b, names[i], BTF_KIND_FUNC);
		int r = kbtf_kernel_find(names[i], BTF_KIND_FUNC, &id, NULL);

		assert_int_equal(features_btf_has_func(names[i]), want > 0);
		assert_int_equal(r, want > 0 ? 0 : -ENOENT);
		if (want > 0)
			assert_int_equal(id, want);
	}
	btf__free(b);
}

static void test_symbols(void **state)
{
	FILE *f = fopen("/proc/kallsyms", "r");
	bool has = false;
	char line[512];

	if (!f)
		skip();
	while (fgets(line, sizeof(line), f))
		has |= strstr(line, " ksys_unshare\n") != NULL;
	fclose(f);
	assert_int_equal(ksyms_has("ksys_unshare"), has);
	assert_int_equal(features_has_symbol("ksys_unshare"), has);
	assert_false(ksyms_has("ksys_unshar"));
	assert_false(ksyms_has(""));
	assert_false(features_has_symbol("no_such_symbol_"));
}

static int count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 64; fd++) {
		struct stat st;

		n += !fstat(fd, &st);
	}
	return n;
}

/* Of the kind that features.c makes: others mount, too, while this runs. */
static long count_mounts(void)
{
	FILE *f = fopen("/proc/self/mountinfo", "r");
	char line[4096];
	long n = 0;

	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, " - tracefs ") != NULL;
	if (f)
		fclose(f);
	return n;
}

static void test_nothing_stays(void **state)
{
	int before;
	long mounts;

	features_release();
	before = count_fds();
	mounts = count_mounts();
	for (int i = 0; i < FEAT_COUNT; i++)
		features_fact((enum feature)i, true);
	features_lsm(NULL);
	features_lockdown_mode();
	features_has_symbol("ksys_unshare");
	features_release();
	assert_int_equal(count_fds(), before);
	assert_int_equal(count_mounts(), mounts);
	assert_string_equal(tracefs_where(), "");
	/* And all can be had again. */
	assert_int_equal(features_btf_has_func("bpf_fentry_test1"), !kbtf_kernel(NULL, NULL));
	features_release();
}

static void test_tracefs(void **state)
{
	uint64_t id = 0;
	int r = tracefs_tp_id("sched", "sched_process_exit", &id);
	int fd;

	if (r == -EACCES)
		skip();
	assert_int_equal(r, 0);
	assert_true(id > 0);
	fd = tracefs_open(NULL);
	assert_true(fd >= 0);
	assert_int_equal(tracefs_open(NULL), fd);
	id = 42;
	assert_int_equal(tracefs_tp_id("sched", "no_such_event", &id), -ENOENT);
	assert_int_equal(tracefs_tp_id("..", "..", &id), -ENOENT);
	assert_int_equal(id, 42);
	tracefs_close();
	tracefs_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_lockdown),
		cmocka_unit_test(test_lsm),
		cmocka_unit_test(test_kconfig),
		cmocka_unit_test(test_ksyms_line),
		cmocka_unit_test(test_btf_names),
		cmocka_unit_test(test_btf_many),
		cmocka_unit_test(test_btf_damaged),
		cmocka_unit_test(test_self),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_kernel_btf),
		cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_nothing_stays),
		cmocka_unit_test(test_tracefs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
