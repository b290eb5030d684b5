// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The schema against the C structs it describes and, where the object was
 * built, against the BTF of the programs that fill them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/types.h>
#include <bpf/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "event/schema.h"

#define OBJECT "build/bpf/nswatch.linked.o"

static const size_t type_size[] = {
	[FT_U16] = 2,
	[FT_U32] = 4,
	[FT_S32] = 4,
	[FT_U64] = 8,
	[FT_TIME] = 8,
	[FT_DURATION] = 8,
	[FT_RESULT] = 4,
	[FT_EXIT] = 4,
	[FT_NSFLAGS] = 8,
	[FT_SLOTS] = 4,
	[FT_SLOT] = 4,
	[FT_INUM] = 4,
	[FT_NSSET] = sizeof(struct ev_nsset),
	[FT_UID] = 4,
	[FT_PID] = 4,
	[FT_ENUM] = 4,
	[FT_FLAGS] = 4,
	[FT_BOOL] = 4,
	[FT_COMM] = EV_COMM_LEN,
	[FT_ARGS] = 0,
};

static bool is_tail(const struct ev_field *f)
{
	return f->type == FT_TAIL || f->type == FT_ARGS;
}

static void test_kinds(void **state)
{
	assert_null(schema_of(EV_NONE));
	assert_null(schema_of(EV_KINDS));
	assert_null(schema_of(UINT16_MAX));
	for (unsigned int kind = EV_NONE + 1; kind < EV_KINDS; kind++) {
		const struct ev_schema *s = schema_of(kind);

		assert_non_null(s);
		assert_int_equal(s->kind, kind);
		assert_true(s->min_size >= sizeof(struct ev_hdr) && s->min_size <= s->max_size);
		assert_true(s->help && s->help[0] && s->say_detail && s->nfields);
		assert_ptr_equal(schema_by_name(s->name, strlen(s->name)), s);
	}
	assert_null(schema_by_name("unshar", 6));
	assert_null(schema_by_name("", 0));
	assert_int_equal(schema_by_name("PIDNS-init,exec", 10)->kind, EV_PIDNS_INIT);
}

static void check_field(const struct ev_schema *s, const struct ev_field *f, size_t max_size)
{
	assert_true(f->name && f->name[0] && f->help && f->help[0]);
	assert_ptr_equal(s ? schema_field(s, f->name, strlen(f->name)) : f, f);
	assert_true(f->off + f->size <= max_size);
	if (type_size[f->type])
		assert_int_equal(f->size, type_size[f->type]);
	assert_int_equal(f->type == FT_ENUM, f->names != NULL);
	assert_int_equal(is_tail(f), f->len_off != 0);
	/* slot 0 is mnt, so a forgotten one would be taken for that */
	if (f->type == FT_INUM)
		assert_true(f->slot == NS_PID || f->slot == NS_NET || f->slot == NS_USER ||
			    f->slot == SLOT_IN_RECORD || f->slot == SLOT_UNKNOWN);
	if (s && is_tail(f))
		assert_int_equal(f->off, s->min_size);
}

static void test_fields(void **state)
{
	for (size_t i = 0; i < schema_hdr_nfields; i++)
		check_field(NULL, &schema_hdr_fields[i], sizeof(struct ev_hdr));
	for (unsigned int kind = EV_NONE + 1; kind < EV_KINDS; kind++) {
		const struct ev_schema *s = schema_of(kind);

		for (size_t i = 0; i < s->nfields; i++) {
			assert_true(s->fields[i].off >= sizeof(struct ev_hdr));
			check_field(s, &s->fields[i], s->max_size);
			for (size_t k = 0; k < schema_hdr_nfields; k++)
				assert_string_not_equal(
					s->fields[i].name, schema_hdr_fields[k].name);
		}
		assert_ptr_equal(schema_field(s, "COMM", 4), schema_field(s, "comm", 4));
		assert_non_null(schema_field(s, "comm", 4));
		assert_null(schema_field(s, "com", 3));
	}
}

/* Fields do not share bytes; what none of them describes is padding or a length. */
static void test_overlap(void **state)
{
	for (unsigned int kind = EV_NONE + 1; kind < EV_KINDS; kind++) {
		const struct ev_schema *s = schema_of(kind);
		char used[1024] = {0};

		for (size_t i = 0; i < s->nfields; i++) {
			const struct ev_field *f = &s->fields[i];

			if (is_tail(f) && f->before_off)
				continue;
			for (size_t b = f->off; b < (size_t)f->off + f->size; b++)
				assert_false(used[b]++);
		}
	}
}

/* Each kind has a sentence for the DETAIL column, and all but the lives of namespaces have one in a
 * story. */
static void test_sentences(void **state)
{
	for (unsigned int kind = EV_NONE + 1; kind < EV_KINDS; kind++) {
		assert_non_null(schema_of(kind)->say_detail);
		assert_int_equal(
			!schema_of(kind)->say_story, kind == EV_NS_CREATE || kind == EV_NS_FREE);
	}
}

static const struct btf_type *btf_struct(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);

	return id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
}

static void check_member(const struct btf *btf, const struct btf_type *t, const struct ev_field *f)
{
	const struct btf_member *m = btf_members(t);

	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		const char *name = btf__name_by_offset(btf, m[i].name_off);

		/* tails are names for parts of a member */
		if (is_tail(f) ? btf_member_bit_offset(t, i) / 8 != f->off : strcmp(name, f->name))
			continue;
		assert_int_equal(btf_member_bit_offset(t, i), f->off * 8U);
		assert_int_equal(btf__resolve_size(btf, m[i].type), f->size);
		return;
	}
	fail_msg("BTF has no member %s", f->name);
}

/* Every member of the object's struct is described, but for frames, lengths and padding. */
static void check_described(const struct btf *btf, const struct btf_type *t, unsigned int kind)
{
	static const char *const frame[] = {
		"hdr", "pad", "kind", "size", "filename_len", "args_len", "path_len", "text"};
	const struct ev_schema *s = schema_of(kind);
	const struct btf_member *m = btf_members(t);

	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		const char *name = btf__name_by_offset(btf, m[i].name_off);
		bool known = schema_field(s, name, strlen(name));

		for (size_t k = 0; k < sizeof(frame) / sizeof(frame[0]); k++)
			known |= !strcmp(frame[k], name);
		/* of ns-free alone: ns-create is the same struct */
		if (kind == EV_NS_CREATE)
			known |= schema_field(schema_of(EV_NS_FREE), name, strlen(name)) != NULL;
		if (!known)
			fail_msg("%s.%s is in no field", s->struct_name, name);
	}
}

static void test_btf(void **state)
{
	struct btf *btf = access(OBJECT, R_OK) ? NULL : btf__parse_elf(OBJECT, NULL);
	const struct btf_type *hdr;
	unsigned int checked = 0;

	if (!btf) {
		print_message("no BTF in " OBJECT ": build the programs first\n");
		skip();
	}
	hdr = btf_struct(btf, "ev_hdr");
	assert_non_null(hdr);
	assert_int_equal(hdr->size, sizeof(struct ev_hdr));
	for (size_t i = 0; i < schema_hdr_nfields; i++)
		check_member(btf, hdr, &schema_hdr_fields[i]);
	check_described(btf, hdr, EV_UNSHARE);
	for (unsigned int kind = EV_NONE + 1; kind < EV_KINDS; kind++) {
		const struct ev_schema *s = schema_of(kind);
		const struct btf_type *t = btf_struct(btf, s->struct_name);

		/* what no program makes is not in its BTF */
		if (!t)
			continue;
		assert_int_equal(t->size, s->max_size);
		for (size_t i = 0; i < s->nfields; i++)
			check_member(btf, t, &s->fields[i]);
		check_described(btf, t, kind);
		checked++;
	}
	print_message("%u of %u kinds are in the BTF\n", checked, EV_KINDS - 1);
	assert_int_equal(checked, EV_KINDS - 1);
	btf__free(btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_btf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
