// SPDX-License-Identifier: GPL-2.0-or-later
#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "kernel/btf.h"
#include "lib/fd.h"
#include "lib/util.h"

struct kbtf_slot {
	uint32_t name_off; /* 0: free */
	uint32_t id;
	uint32_t hash; /* compared first: most other names stay untouched in memory */
};

/* What follows a struct btf_type: a fixed part and one per member, in bytes. */
static const struct {
	uint8_t fixed, member;
} kbtf_tail[] = {
	[BTF_KIND_INT] = {4, 0},
	[BTF_KIND_ARRAY] = {sizeof(struct btf_array), 0},
	[BTF_KIND_STRUCT] = {0, sizeof(struct btf_member)},
	[BTF_KIND_UNION] = {0, sizeof(struct btf_member)},
	[BTF_KIND_ENUM] = {0, sizeof(struct btf_enum)},
	[BTF_KIND_FUNC_PROTO] = {0, sizeof(struct btf_param)},
	[BTF_KIND_VAR] = {sizeof(struct btf_var), 0},
	[BTF_KIND_DATASEC] = {0, sizeof(struct btf_var_secinfo)},
	[BTF_KIND_DECL_TAG] = {sizeof(struct btf_decl_tag), 0},
	[BTF_KIND_ENUM64] = {0, sizeof(struct btf_enum64)},
};

static uint32_t name_hash(const char *name, unsigned int kind)
{
	uint32_t h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	/* The lowest bits are the kind, so that equal hashes are of equal kinds. */
	return (h ^ h >> 15) << 5 | kind;
}

/* The slot of the name, or the free one where it belongs. */
static struct kbtf_slot *slot_of(const struct kbtf *b, const char *name, uint32_t hash)
{
	uint32_t i = hash >> 5 & (b->slots - 1);

	for (; b->slot[i].name_off; i = (i + 1) & (b->slots - 1))
		if (b->slot[i].hash == hash && !strcmp(b->strs + b->slot[i].name_off, name))
			break;
	return &b->slot[i];
}

/* Of types with one name (static functions of several files) the first stands. */
static void slot_add(struct kbtf *b, uint32_t name_off, unsigned int kind, uint32_t id)
{
	uint32_t hash = name_hash(b->strs + name_off, kind);
	struct kbtf_slot *s = slot_of(b, b->strs + name_off, hash);

	if (!s->name_off)
		*s = (struct kbtf_slot){name_off, id, hash};
}

static bool kind_wanted(unsigned int kind)
{
	return kind == BTF_KIND_FUNC || kind == BTF_KIND_TYPEDEF;
}

size_t kbtf_type_size(const struct kbtf_blob *b, uint32_t off)
{
	const struct btf_type *t = (const void *)(b->types + off);
	size_t left = b->types_len - off, size = sizeof(*t);
	unsigned int kind;

	if (left < sizeof(*t))
		return 0;
	kind = BTF_INFO_KIND(t->info);
	if (!kind || kind > BTF_KIND_MAX || t->name_off >= b->strs_len)
		return 0;
	if (kind < ARRAY_SIZE(kbtf_tail))
		size += kbtf_tail[kind].fixed +
			(size_t)BTF_INFO_VLEN(t->info) * kbtf_tail[kind].member;
	return left < size ? 0 : size;
}

/* Walks the types; with b->slot files the wanted, without only counts them. */
static int walk_types(
	struct kbtf *b, const struct kbtf_blob *blob, uint32_t *ret_count, struct err *err)
{
	uint32_t off = 0, id = 1, count = 0;

	for (; off < blob->types_len; id++) {
		const struct btf_type *t = (const void *)(blob->types + off);
		size_t size = kbtf_type_size(blob, off);

		if (!size)
			return err_say(
				err, -EINVAL, "BTF: type %u is cut off or of unknown kind", id);
		off += (uint32_t)size;
		if (!kind_wanted(BTF_INFO_KIND(t->info)) || !t->name_off)
			continue;
		count++;
		if (b->slot)
			slot_add(b, t->name_off, BTF_INFO_KIND(t->info), id);
	}
	*ret_count = count;
	return 0;
}

int kbtf_blob(const void *data, size_t size, struct kbtf_blob *ret, struct err *err)
{
	const struct btf_header *h = data;
	const char *body;

	if (size < sizeof(*h) || h->magic != BTF_MAGIC || h->hdr_len < sizeof(*h) ||
		h->hdr_len > size)
		return err_say(err, -EINVAL, "BTF: no header");
	body = (const char *)data + h->hdr_len;
	size -= h->hdr_len;
	if (h->type_off > size || h->type_len > size - h->type_off || h->str_off > size ||
		!h->str_len || h->str_len > size - h->str_off || h->type_off % 4 ||
		body[h->str_off + h->str_len - 1])
		return err_say(err, -EINVAL, "BTF: sections out of bounds");
	*ret = (struct kbtf_blob){body + h->type_off, body + h->str_off, h->type_len, h->str_len};
	return 0;
}

int kbtf_index(const void *data, size_t size, struct kbtf *ret, struct err *err)
{
	struct kbtf_blob blob;
	struct kbtf b = {};
	uint32_t count;
	int r = kbtf_blob(data, size, &blob, err);

	if (r)
		return r;
	b.strs = blob.strs;
	r = walk_types(&b, &blob, &count, err);
	if (r)
		return r;
	for (b.slots = 64; b.slots < count * 3 / 2 + 1; b.slots *= 2)
		;
	b.slot = calloc(b.slots, sizeof(*b.slot));
	if (!b.slot)
		return err_set(err, -ENOMEM, "BTF");
	walk_types(&b, &blob, &count, NULL);
	*ret = b;
	return 0;
}

void kbtf_free(struct kbtf *b)
{
	free(b->slot);
	memset(b, 0, sizeof(*b));
}

int kbtf_find(const struct kbtf *b, const char *name, unsigned int kind, uint32_t *ret_id)
{
	const struct kbtf_slot *s = slot_of(b, name, name_hash(name, kind));

	if (!s->name_off)
		return -ENOENT;
	*ret_id = s->id;
	return 0;
}

/* --- the running kernel's -------------------------------------------------------------------- */

static struct {
	void *data;
	size_t size;
	bool mapped;
	struct kbtf index;
	int code; /* of the last try, 1 while there was none */
	struct err err;
} kernel = {.code = 1};

static int kernel_read(int fd)
{
	size_t len = 0;

	/* The file can be mapped since 6.16: most pages are then never touched. */
	kernel.data = mmap(NULL, kernel.size, PROT_READ, MAP_PRIVATE, fd, 0);
	kernel.mapped = kernel.data != MAP_FAILED;
	if (kernel.mapped)
		return 0;
	kernel.data = malloc(kernel.size);
	if (!kernel.data)
		return err_set(&kernel.err, -ENOMEM, "read " KBTF_PATH);
	while (len < kernel.size) {
		ssize_t n = read(fd, (char *)kernel.data + len, kernel.size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(&kernel.err, -errno, "read " KBTF_PATH);
		if (!n)
			break;
		len += (size_t)n;
	}
	kernel.size = len;
	return 0;
}

static int kernel_load(void)
{
	auto_fd int fd = open(KBTF_PATH, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0 && errno == ENOENT && access("/sys/kernel", X_OK))
		return err_say(&kernel.err, -EACCES, KBTF_PATH ": sysfs is not mounted");
	if (fd < 0 && errno == ENOENT) {
		err_say(&kernel.err, -ENOENT, "this kernel has no BTF (" KBTF_PATH ")");
		err_hint(&kernel.err, "a kernel with CONFIG_DEBUG_INFO_BTF=y is needed");
		return -ENOENT;
	}
	if (fd < 0)
		return err_set(&kernel.err, errno == EPERM ? -EACCES : -errno, "open " KBTF_PATH);
	if (fstat(fd, &st))
		return err_set(&kernel.err, -errno, "stat " KBTF_PATH);
	kernel.size = (size_t)st.st_size;
	r = kernel_read(fd);
	if (!r)
		r = kbtf_index(kernel.data, kernel.size, &kernel.index, &kernel.err);
	return r;
}

int kbtf_kernel(size_t *ret_size, struct err *err)
{
	if (kernel.code > 0)
		kernel.code = kernel_load();
	if (kernel.code) {
		if (err)
			*err = kernel.err;
		return kernel.code;
	}
	if (ret_size)
		*ret_size = kernel.size;
	return 0;
}

int kbtf_kernel_find(const char *name, unsigned int kind, uint32_t *ret_id, struct err *err)
{
	int r = kbtf_kernel(NULL, err);

	return r ? r : kbtf_find(&kernel.index, name, kind, ret_id);
}

int kbtf_kernel_data(const void **ret_data, size_t *ret_size, struct err *err)
{
	int r = kbtf_kernel(ret_size, err);

	*ret_data = r ? NULL : kernel.data;
	return r;
}

void kbtf_kernel_release(void)
{
	kbtf_free(&kernel.index);
	if (kernel.mapped)
		munmap(kernel.data, kernel.size);
	else
		free(kernel.data);
	memset(&kernel, 0, sizeof(kernel));
	kernel.code = 1;
}

/* --- corebtf ----------------------------------------------------------------------------- */

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
