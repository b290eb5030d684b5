// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "history/state.h"
#include "lib/hash.h"
#include "lib/inums.h"

const struct state_columns state_tables[STATE_TABLES] = {
	[STATE_PROCESS] = {"state_process",
		"pid, ppid, uid, user, started, ns_pid, comm, command, box", 1, 9},
	[STATE_NS] = {"state_ns",
		"ns, type, kernel_id, owner, parent, level, owner_uid, hidden, nprocs, pid, kept",
		2, 11},
	[STATE_MOUNT] = {"state_mount", "ns, mnt_ns, path, type", 3, 4},
	[STATE_DEVICE] = {"state_device",
		"ns, ifindex, name, kind, devtype, link_type, flags, operstate, mtu, mac, "
		"addresses, master, link, link_nsid, peer, peer_ns, on_exit, traits",
		2, 18},
	[STATE_BOX] = {"state_box",
		"id, runtime, container, name, pod, pod_namespace, image, unit, user, outer, path",
		1, 11},
};

/* A row: its length, where its key ends, the table, whether it is gone, and its values. */
struct row_head {
	uint32_t size, key_size;
	uint8_t table, gone, n, pad;
};

void state_begin(struct state_out *o, enum state_table t)
{
	struct row_head h = {.table = (uint8_t)t};

	o->at = o->b->len;
	buf_add(o->b, (const char *)&h, sizeof(h));
}

/* Counts a value that was added, which may be the last of the key. */
static void value_done(struct state_out *o)
{
	struct row_head h;

	memcpy(&h, o->b->s + o->at, sizeof(h));
	if (++h.n == state_tables[h.table].keys)
		h.key_size = (uint32_t)(o->b->len - o->at);
	memcpy(o->b->s + o->at, &h, sizeof(h));
}

void state_int(struct state_out *o, int64_t v)
{
	buf_putc(o->b, STATE_INT);
	buf_add(o->b, (const char *)&v, sizeof(v));
	value_done(o);
}

void state_known(struct state_out *o, int64_t v)
{
	if (v) {
		state_int(o, v);
		return;
	}
	buf_putc(o->b, STATE_NULL);
	value_done(o);
}

void state_text(struct state_out *o, const char *s, size_t len)
{
	uint32_t n = (uint32_t)len;

	if (!n) {
		state_known(o, 0);
		return;
	}
	buf_putc(o->b, STATE_TEXT);
	buf_add(o->b, (const char *)&n, sizeof(n));
	buf_add(o->b, s, n);
	value_done(o);
}

void state_end(struct state_out *o)
{
	struct row_head h;

	memcpy(&h, o->b->s + o->at, sizeof(h));
	h.size = (uint32_t)(o->b->len - o->at);
	memcpy(o->b->s + o->at, &h, sizeof(h));
}

/* The value at *at of a row of that size; false where it is none. */
static bool value_read(const char *s, size_t size, size_t *at, struct state_value *ret)
{
	*ret = (struct state_value){STATE_NULL, 0, NULL, 0};
	if (*at >= size)
		return false;
	switch (s[(*at)++]) {
	case STATE_NULL:
		return true;
	case STATE_INT:
		if (size - *at < sizeof(ret->number))
			return false;
		ret->is = STATE_INT;
		memcpy(&ret->number, s + *at, sizeof(ret->number));
		*at += sizeof(ret->number);
		return true;
	case STATE_TEXT:
		if (size - *at < sizeof(ret->len))
			return false;
		ret->is = STATE_TEXT;
		memcpy(&ret->len, s + *at, sizeof(ret->len));
		*at += sizeof(ret->len);
		if (size - *at < ret->len)
			return false;
		ret->text = s + *at;
		*at += ret->len;
		return true;
	default:
		return false;
	}
}

int state_next(const char *s, size_t len, struct state_row *ret)
{
	struct row_head h;
	size_t at = sizeof(h);

	if (!len)
		return 0;
	if (len < sizeof(h))
		return -EBADMSG;
	memcpy(&h, s, sizeof(h));
	if (h.size < sizeof(h) || h.size > len || h.key_size > h.size || h.table >= STATE_TABLES ||
		h.n > STATE_COLUMNS_MAX ||
		h.n != (h.gone ? state_tables[h.table].keys : state_tables[h.table].n))
		return -EBADMSG;
	ret->table = (enum state_table)h.table;
	ret->gone = h.gone;
	ret->n = h.n;
	ret->size = h.size;
	ret->key_size = h.key_size;
	for (unsigned int i = 0; i < h.n; i++)
		if (!value_read(s, h.size, &at, &ret->v[i]))
			return -EBADMSG;
	return 1;
}

/* --- what differs ----------------------------------------------------------------------------- */

static uint64_t key_of(const char *s, const struct state_row *r)
{
	uint8_t table = (uint8_t)r->table;
	uint64_t hash = hash_add(HASH_BEGIN, &table, 1);

	return hash_id(
		hash_add(hash, s + sizeof(struct row_head), r->key_size - sizeof(struct row_head)));
}

static bool row_same(const char *a, const char *b, const struct state_row *r)
{
	struct row_head h;

	memcpy(&h, b, sizeof(h));
	return h.size == r->size && !memcmp(a, b, r->size);
}

static void gone_add(const char *s, const struct state_row *r, struct buf *b)
{
	struct row_head h;

	memcpy(&h, s, sizeof(h));
	h.gone = 1;
	h.size = h.key_size;
	h.n = (uint8_t)state_tables[r->table].keys;
	buf_add(b, (const char *)&h, sizeof(h));
	buf_add(b, s + sizeof(h), r->key_size - sizeof(h));
}

int state_differ(const struct buf *last, const struct buf *now, struct buf *ret)
{
	auto_inums struct inums at = {0};
	struct state_row r;
	struct inum_entry *e;
	size_t i;

	for (i = 0; state_next(last->s + i, last->len - i, &r) > 0; i += r.size) {
		e = inums_put_id(&at, key_of(last->s + i, &r));
		if (!e)
			return -ENOMEM;
		e->a = i + 1;
	}
	for (i = 0; state_next(now->s + i, now->len - i, &r) > 0; i += r.size) {
		e = inums_find_id(&at, key_of(now->s + i, &r));
		if (!e || !row_same(now->s + i, last->s + e->a - 1, &r))
			buf_add(ret, now->s + i, r.size);
		if (e)
			e->b = 1;
	}
	for (i = 0; state_next(last->s + i, last->len - i, &r) > 0; i += r.size) {
		e = inums_find_id(&at, key_of(last->s + i, &r));
		if (e && !e->b)
			gone_add(last->s + i, &r, ret);
	}
	return 0;
}
