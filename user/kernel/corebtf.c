// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "lib/fd.h"
#include "kernel/corebtf.h"
#include "kernel/kbtf.h"

struct name {
	const char *s;
	size_t len; /* of the essential part; 0: free */
};

struct cut {
	struct kbtf_blob blob;
	uint32_t *off;    /* of a type of the blob, by its id */
	uint32_t *new_id; /* in what is written; 0: not taken */
	uint32_t *taken;  /* ids of the blob, in the order of their new ids */
	uint32_t types, ntaken;
	struct name *names; /* a hash table */
	uint32_t slots;     /* a power of two */
};

/* As bpf_core_essential_name_len() of libbpf: what comes before the last ___ within the name. */
static size_t essential_len(const char *s)
{
	size_t len = strlen(s);

	for (size_t i = len < 5 ? 0 : len - 4; i-- > 0;)
		if (s[i] != '_' && !strncmp(s + i + 1, "___", 3) && s[i + 4] != '_')
			return i + 1;
	return len;
}

static bool kind_named(unsigned int kind)
{
	return kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION || kind == BTF_KIND_ENUM ||
	       kind == BTF_KIND_ENUM64 || kind == BTF_KIND_TYPEDEF;
}

/* The slot of the name, or the free one where it belongs. */
static struct name *name_slot(const struct cut *c, const char *s, size_t len)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619u;
	for (h ^= h >> 15; c->names[h & (c->slots - 1)].len; h++) {
		const struct name *n = &c->names[h & (c->slots - 1)];

		if (n->len == len && !memcmp(n->s, s, len))
			break;
	}
	return &c->names[h & (c->slots - 1)];
}

static int names_fill(struct cut *c, const struct btf *local)
{
	uint32_t count = btf__type_cnt(local);

	for (c->slots = 64; c->slots < 2 * count; c->slots *= 2)
		;
	c->names = calloc(c->slots, sizeof(*c->names));
	if (!c->names)
		return -ENOMEM;
	for (uint32_t id = 1; id < count; id++) {
		const struct btf_type *t = btf__type_by_id(local, id);
		const char *s = btf__name_by_offset(local, t->name_off);
		size_t len = s ? essential_len(s) : 0;

		if (len && kind_named(btf_kind(t)))
			*name_slot(c, s, len) = (struct name){s, len};
	}
	return 0;
}

static struct btf_type *type_at(const struct cut *c, uint32_t id)
{
	return (struct btf_type *)(c->blob.types + c->off[id]);
}

static void take(struct cut *c, uint32_t id)
{
	if (!id || id >= c->types || c->new_id[id])
		return;
	c->taken[c->ntaken++] = id;
	c->new_id[id] = c->ntaken;
}

/* Notes where each type is, and takes those whose names are wanted. */
static int types_find(struct cut *c, struct err *err)
{
	size_t left, room = 0;
	uint32_t off = 0;

	for (c->types = 1; (left = c->blob.types_len - off); c->types++) {
		const struct btf_type *t = (const void *)(c->blob.types + off);
		size_t size = kbtf_type_size(&c->blob, off);

		if (!size)
			return err_say(err, -EINVAL, "BTF: type %u makes no sense", c->types);
		if (c->types >= room) {
			room = room ? 2 * room : 1 << 17;
			c->off = reallocarray(c->off, room, sizeof(*c->off));
			c->new_id = reallocarray(c->new_id, room, sizeof(*c->new_id));
			c->taken = reallocarray(c->taken, room, sizeof(*c->taken));
			if (!c->off || !c->new_id || !c->taken)
				return err_set(err, -ENOMEM, "BTF");
		}
		c->off[c->types] = off;
		c->new_id[c->types] = 0;
		off += (uint32_t)size;
		if (kind_named(btf_kind(t)) && t->name_off) {
			const char *s = c->blob.strs + t->name_off;
			size_t len = essential_len(s);

			/* take() looks no further than the types that were counted. */
			if (name_slot(c, s, len)->len) {
				c->taken[c->ntaken++] = c->types;
				c->new_id[c->types] = c->ntaken;
			}
		}
	}
	return 0;
}

/*
 * The types within this one: each is taken (map false), or gets its new id in
 * the copy t (map true).
 */
static void type_refs(struct cut *c, struct btf_type *t, bool map)
{
#define REF(id)                                                                                    \
	do {                                                                                       \
		if (map)                                                                           \
			(id) = (id) < c->types ? c->new_id[id] : 0;                                \
		else                                                                               \
			take(c, id);                                                               \
	} while (0)
	switch (btf_kind(t)) {
	case BTF_KIND_PTR:
		if (map)
			t->type = 0;
		break;
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		REF(t->type);
		break;
	case BTF_KIND_ARRAY:
		REF(btf_array(t)->type);
		REF(btf_array(t)->index_type);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		for (uint32_t i = 0; i < btf_vlen(t); i++)
			REF(btf_members(t)[i].type);
		break;
	case BTF_KIND_FUNC_PROTO:
		if (map)
			t->type = 0;
		break;
	default: /* nothing within */
		break;
	}
#undef REF
}

static uint32_t str_add(const struct cut *c, struct buf *strs, uint32_t off)
{
	uint32_t at = (uint32_t)strs->len;

	if (!off || off >= c->blob.strs_len)
		return 0;
	buf_add(strs, c->blob.strs + off, strlen(c->blob.strs + off) + 1);
	return at;
}

/* A function's parameters are left out: nothing is relocated by them. */
static size_t type_copy_size(const struct cut *c, uint32_t id)
{
	if (btf_kind(type_at(c, id)) == BTF_KIND_FUNC_PROTO)
		return sizeof(struct btf_type);
	return kbtf_type_size(&c->blob, c->off[id]);
}

static void type_write(struct cut *c, uint32_t id, struct buf *types, struct buf *strs)
{
	size_t at = types->len;
	struct btf_type *t;

	buf_add(types, (const char *)type_at(c, id), type_copy_size(c, id));
	t = (struct btf_type *)(types->s + at);
	t->name_off = str_add(c, strs, t->name_off);
	if (btf_kind(t) == BTF_KIND_FUNC_PROTO)
		t->info &= ~0xffffU;
	type_refs(c, t, true);
	for (uint32_t i = 0; btf_is_composite(t) && i < btf_vlen(t); i++)
		btf_members(t)[i].name_off = str_add(c, strs, btf_members(t)[i].name_off);
	for (uint32_t i = 0; btf_is_enum(t) && i < btf_vlen(t); i++)
		btf_enum(t)[i].name_off = str_add(c, strs, btf_enum(t)[i].name_off);
	for (uint32_t i = 0; btf_is_enum64(t) && i < btf_vlen(t); i++)
		btf_enum64(t)[i].name_off = str_add(c, strs, btf_enum64(t)[i].name_off);
}

static void cut_write(struct cut *c, struct buf *ret)
{
	struct btf_header h = {.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(h)};
	auto_buf struct buf types = {0}, strs = {0};

	buf_putc(&strs, '\0');
	/* The list grows by what lies within its members. */
	for (uint32_t i = 0; i < c->ntaken; i++)
		type_refs(c, type_at(c, c->taken[i]), false);
	for (uint32_t i = 0; i < c->ntaken; i++)
		type_write(c, c->taken[i], &types, &strs);
	h.type_len = h.str_off = (uint32_t)types.len;
	h.str_len = (uint32_t)strs.len;
	buf_add(ret, (const char *)&h, sizeof(h));
	if (types.len)
		buf_add(ret, types.s, types.len);
	buf_add(ret, strs.s, strs.len);
}

int corebtf_cut(
	const struct btf *local, const void *data, size_t size, struct buf *ret, struct err *err)
{
	struct cut c = {0};
	int r = kbtf_blob(data, size, &c.blob, err);

	if (!r && names_fill(&c, local))
		r = err_set(err, -ENOMEM, "BTF");
	if (!r)
		r = types_find(&c, err);
	if (!r)
		cut_write(&c, ret);
	free(c.off);
	free(c.new_id);
	free(c.taken);
	free(c.names);
	return r;
}

int corebtf_write(const struct btf *local, int fd, struct err *err)
{
	auto_buf struct buf b = {0};
	const void *data;
	size_t size;
	int r = kbtf_kernel_data(&data, &size, err);

	if (!r)
		r = corebtf_cut(local, data, size, &b, err);
	if (!r && (r = fd_write_all(fd, b.s, b.len)) < 0)
		err_set(err, r, "write the BTF of the programs");
	return r;
}
