// SPDX-License-Identifier: GPL-2.0-or-later
/* The cut of a kernel's BTF: libbpf writes one, and reads what was cut out of it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>
#include <cmocka.h>

#include "lib/buf.h"
#include "kernel/btf.h"

/* Ids of the sample that the tests ask for. */
struct sample {
	struct btf *btf;
	int i32, inner, count;
};

/*
 * struct task { int pid; struct task *parent; const struct inner in; count_t counts[2];
 *               enum state state; struct lonely *seen; }
 */
static struct sample kernel_sample(void)
{
	struct sample s = {.btf = btf__new_empty()};
	struct btf *b = s.btf;
	int i64, lonely, array, con, lptr, state, fn, ptr;

	s.i32 = btf__add_int(b, "int", 4, BTF_INT_SIGNED);
	i64 = btf__add_int(b, "long", 8, BTF_INT_SIGNED);
	btf__add_struct(b, "before", 4);
	btf__add_field(b, "x", s.i32, 0, 0);
	lonely = btf__add_struct(b, "lonely", 8);
	btf__add_field(b, "alone", i64, 0, 0);
	s.inner = btf__add_struct(b, "inner", 4);
	btf__add_field(b, "depth", s.i32, 0, 0);
	s.count = btf__add_typedef(b, "count_t", s.i32);
	array = btf__add_array(b, s.i32, s.count, 2);
	con = btf__add_const(b, s.inner);
	lptr = btf__add_ptr(b, lonely);
	state = btf__add_enum(b, "state", 4);
	btf__add_enum_value(b, "RUNS", 0);
	btf__add_enum_value(b, "SLEEPS", 1);
	fn = btf__add_func_proto(b, s.i32);
	btf__add_func_param(b, "a", lptr);
	btf__add_typedef(b, "call_t", fn);
	ptr = btf__add_ptr(b, (int)btf__type_cnt(b) + 1); /* to what comes next */
	btf__add_struct(b, "task", 40);
	btf__add_field(b, "pid", s.i32, 0, 0);
	btf__add_field(b, "parent", ptr, 64, 0);
	btf__add_field(b, "in", con, 128, 0);
	btf__add_field(b, "counts", array, 160, 0);
	btf__add_field(b, "state", state, 224, 0);
	btf__add_field(b, "seen", lptr, 256, 0);
	btf__add_struct(b, "net___old", 4);
	btf__add_field(b, "ino", s.i32, 0, 0);
	return s;
}

/* A program's own: flavours of task and net, a typedef, an enum. */
static struct btf *local_sample(void)
{
	struct btf *b = btf__new_empty();
	int i32 = btf__add_int(b, "int", 4, BTF_INT_SIGNED);

	btf__add_struct(b, "task___v2", 4);
	btf__add_field(b, "pid", i32, 0, 0);
	btf__add_struct(b, "net", 4);
	btf__add_field(b, "ino", i32, 0, 0);
	btf__add_typedef(b, "call_t", i32);
	btf__add_func(b, "lonely", BTF_FUNC_STATIC, btf__add_func_proto(b, i32));
	return b;
}

static struct btf *cut(struct btf *kernel, struct btf *local)
{
	auto_buf struct buf out = {0};
	struct err err = {0};
	uint32_t size;
	const void *raw = btf__raw_data(kernel, &size);
	struct btf *b;

	assert_int_equal(corebtf_cut(local, raw, size, &out, &err), 0);
	b = btf__new(out.s, (uint32_t)out.len);
	assert_non_null(b);
	return b;
}

static const struct btf_type *type_of(const struct btf *b, const char *name, unsigned int kind)
{
	int id = btf__find_by_name_kind(b, name, kind);

	assert_true(id > 0);
	return btf__type_by_id(b, (uint32_t)id);
}

/* Name, place and size of each member are the kernel's. */
static void test_members(void **state)
{
	static const struct {
		const char *name;
		uint32_t bits;
		long long size;
	} want[] = {
		{"pid", 0, 4},
		{"parent", 64, 8},
		{"in", 128, 4},
		{"counts", 160, 8},
		{"state", 224, 4},
		{"seen", 256, 8},
	};
	struct sample s = kernel_sample();
	struct btf *local = local_sample(), *b = cut(s.btf, local);
	const struct btf_type *t = type_of(b, "task", BTF_KIND_STRUCT);

	assert_int_equal(t->size, 40);
	assert_int_equal(btf_vlen(t), 6);
	for (uint32_t i = 0; i < 6; i++) {
		const struct btf_member *m = &btf_members(t)[i];

		assert_string_equal(btf__name_by_offset(b, m->name_off), want[i].name);
		assert_int_equal(btf_member_bit_offset(t, i), want[i].bits);
		assert_int_equal(btf__resolve_size(b, m->type), want[i].size);
	}
	btf__free(b);
	btf__free(local);
	btf__free(s.btf);
}

/* What lies within comes along; what a pointer leads to does not, nor what nobody named. */
static void test_closure(void **state)
{
	struct sample s = kernel_sample();
	struct btf *local = local_sample(), *b = cut(s.btf, local);
	const struct btf_type *t = type_of(b, "task", BTF_KIND_STRUCT);
	const struct btf_type *m = btf__type_by_id(b, btf_members(t)[2].type);

	assert_int_equal(btf_kind(m), BTF_KIND_CONST);
	assert_string_equal(btf__str_by_offset(b, btf__type_by_id(b, m->type)->name_off), "inner");
	m = btf__type_by_id(b, btf_members(t)[1].type);
	assert_int_equal(btf_kind(m), BTF_KIND_PTR);
	assert_int_equal(m->type, 0);
	m = btf__type_by_id(b, btf_members(t)[3].type);
	assert_int_equal(btf_array(m)->nelems, 2);
	m = btf__type_by_id(b, btf_array(m)->type);
	assert_string_equal(btf__str_by_offset(b, m->name_off), "count_t");
	m = type_of(b, "state", BTF_KIND_ENUM);
	assert_string_equal(btf__str_by_offset(b, btf_enum(m)[1].name_off), "SLEEPS");
	assert_true(btf__find_by_name(b, "lonely") < 0);
	assert_true(btf__find_by_name(b, "before") < 0);
	btf__free(b);
	btf__free(local);
	btf__free(s.btf);
}

/* Flavours on either side; the parameters of a function are gone, the rest of its type is not. */
static void test_names(void **state)
{
	struct sample s = kernel_sample();
	struct btf *local = local_sample(), *b = cut(s.btf, local);
	const struct btf_type *t = type_of(b, "call_t", BTF_KIND_TYPEDEF);

	type_of(b, "net___old", BTF_KIND_STRUCT);
	t = btf__type_by_id(b, t->type);
	assert_int_equal(btf_kind(t), BTF_KIND_FUNC_PROTO);
	assert_int_equal(btf_vlen(t), 0);
	btf__free(b);
	btf__free(local);
	/* Nothing asked, nothing there. */
	local = btf__new_empty();
	b = cut(s.btf, local);
	assert_int_equal(btf__type_cnt(b), 1);
	btf__free(b);
	btf__free(local);
	btf__free(s.btf);
}

/* However the blob is damaged: an error, or a cut; never a read outside of it. */
static void test_damaged(void **state)
{
	struct sample s = kernel_sample();
	struct btf *local = local_sample();
	uint32_t size;
	const void *raw = btf__raw_data(s.btf, &size);
	unsigned char *copy = malloc(size);

	for (uint32_t n = 0; n < size; n++) {
		for (unsigned int bit = 0; bit < 8; bit++) {
			struct buf out = {0};

			memcpy(copy, raw, size);
			copy[n] ^= (unsigned char)(1 << bit);
			corebtf_cut(local, copy, size, &out, NULL);
			buf_free(&out);
		}
	}
	for (uint32_t n = 0; n < size; n++) {
		struct buf out = {0};
		unsigned char *part = malloc(n ? n : 1);

		memcpy(part, raw, n);
		assert_int_equal(corebtf_cut(local, part, n, &out, NULL), -EINVAL);
		buf_free(&out);
		free(part);
	}
	free(copy);
	btf__free(local);
	btf__free(s.btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_closure),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests_name("corebtf", tests, NULL, NULL);
}
