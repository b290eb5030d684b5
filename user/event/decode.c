// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "event/decode.h"
#include "event/value.h"
#include "lib/clock.h"

static uint16_t u16_at(const void *rec, size_t off)
{
	uint16_t v;

	memcpy(&v, (const char *)rec + off, sizeof(v));
	return v;
}

static uint32_t u32_at(const void *rec, size_t off)
{
	uint32_t v;

	memcpy(&v, (const char *)rec + off, sizeof(v));
	return v;
}

static uint64_t u64_at(const void *rec, size_t off)
{
	uint64_t v;

	memcpy(&v, (const char *)rec + off, sizeof(v));
	return v;
}

static unsigned int slot_type(unsigned int slot)
{
	return slot < NS_SLOTS ? ns_types[slot].type : slot;
}

static size_t tail_off(const void *rec, const struct ev_field *f)
{
	return f->off + (f->before_off ? u16_at(rec, f->before_off) : 0U);
}

static int tails_check(const struct ev_schema *s, const void *rec, size_t size, struct err *err)
{
	for (size_t i = 0; i < s->nfields; i++) {
		const struct ev_field *f = &s->fields[i];

		if (f->type != FT_TAIL && f->type != FT_ARGS)
			continue;
		if (tail_off(rec, f) + u16_at(rec, f->len_off) > size)
			return err_say(err, -EBADMSG,
				"%s record: %s does not fit into its %zu bytes", s->name, f->name,
				size);
	}
	return 0;
}

int event_decode(
	const void *data, size_t size, int64_t wall_offset, struct event *ret, struct err *err)
{
	const struct ev_hdr *hdr = data;
	const struct ev_schema *s;
	int rc;

	if (size < sizeof(*hdr))
		return err_say(err, -EBADMSG, "record of %zu bytes: shorter than its header", size);
	if ((uintptr_t)data % _Alignof(struct ev_hdr))
		return err_say(err, -EINVAL, "record is not aligned");
	if (hdr->size != size)
		return err_say(
			err, -EBADMSG, "record of %zu bytes says it has %u", size, hdr->size);
	s = schema_of(hdr->kind);
	if (!s)
		return err_say(err, -EBADMSG, "record of unknown kind %u", hdr->kind);
	if (size < s->min_size || size > s->max_size)
		return err_say(err, -EBADMSG, "%s record of %zu bytes: must have %u to %u", s->name,
			size, s->min_size, s->max_size);
	rc = tails_check(s, data, size, err);
	if (rc)
		return rc;
	*ret = (struct event){
		.schema = s,
		.hdr = hdr,
		.rec = data,
		.size = size,
		.wall_ns = hdr->ts_ns + (uint64_t)wall_offset,
	};
	return 0;
}

const char *event_user(const struct event *ev, uint32_t uid)
{
	return ev->who ? ev->who->user(ev->who, uid) : NULL;
}

const struct whose *event_whose(const struct event *ev)
{
	if (!ev->who || !ev->who->whose || !ev->hdr->cgroup_id)
		return NULL;
	return ev->who->whose(ev->who, ev->hdr->cgroup_id);
}

uint64_t event_ns_owner(const struct event *ev, uint32_t inum)
{
	return ev->who && ev->who->owner && !ev->who->no_owners ? ev->who->owner(ev->who, inum) : 0;
}

const struct whose *event_ns_whose(const struct event *ev, uint64_t *ret_id, uint32_t *ret_inum)
{
	struct event_ref refs[EVENT_REFS_MAX];
	size_t n;

	if (!ev->who || !ev->who->owner || ev->who->no_owners)
		return NULL;
	n = event_refs(ev, refs);
	for (size_t i = 0; i < n; i++) {
		uint64_t id = event_ns_owner(ev, refs[i].inum);
		const struct whose *w = id ? ev->who->whose(ev->who, id) : NULL;

		if (!w)
			continue;
		if (ret_id)
			*ret_id = id;
		if (ret_inum)
			*ret_inum = refs[i].inum;
		return w;
	}
	return NULL;
}

const struct whose *event_other_whose(const struct event *ev)
{
	uint64_t id;
	const struct whose *of = event_ns_whose(ev, &id, NULL);

	return of && id != ev->hdr->cgroup_id ? of : NULL;
}

int64_t event_wall_offset(void)
{
	int64_t before = (int64_t)clock_ns(CLOCK_BOOTTIME);
	int64_t wall = (int64_t)clock_ns(CLOCK_REALTIME);

	/* the middle: the wall clock was read between two readings of the other */
	return wall - (before + ((int64_t)clock_ns(CLOCK_BOOTTIME) - before) / 2);
}

uint64_t event_num(const struct event *ev, const struct ev_field *f)
{
	switch (f->type) {
	case FT_U16:
		return u16_at(ev->rec, f->off);
	case FT_S32:
	case FT_RESULT:
	case FT_EXIT:
		return (uint64_t)(int64_t)(int32_t)u32_at(ev->rec, f->off);
	case FT_U64:
	case FT_TIME:
	case FT_DURATION:
	case FT_NSFLAGS:
		return u64_at(ev->rec, f->off);
	case FT_U32:
	case FT_SLOTS:
	case FT_SLOT:
	case FT_INUM:
	case FT_UID:
	case FT_PID:
	case FT_ENUM:
	case FT_FLAGS:
	case FT_BOOL:
		return u32_at(ev->rec, f->off);
	case FT_NSSET:
	case FT_COMM:
	case FT_STR:
	case FT_TAIL:
	case FT_ARGS:
		break;
	}
	return 0;
}

const char *event_str(const struct event *ev, const struct ev_field *f, size_t *ret_len)
{
	const char *s = (const char *)ev->rec + f->off;

	switch (f->type) {
	case FT_COMM:
	case FT_STR:
		*ret_len = strnlen(s, f->size);
		return s;
	case FT_TAIL:
		s = (const char *)ev->rec + tail_off(ev->rec, f);
		*ret_len = strnlen(s, u16_at(ev->rec, f->len_off));
		return s;
	case FT_ARGS:
		s = (const char *)ev->rec + tail_off(ev->rec, f);
		*ret_len = u16_at(ev->rec, f->len_off);
		return s;
	default:
		*ret_len = 0;
		return NULL;
	}
}

const struct ev_nsset *event_nsset(const struct event *ev, const struct ev_field *f)
{
	return f->type == FT_NSSET ? (const void *)((const char *)ev->rec + f->off) : NULL;
}

bool event_arg_next(const char *list, size_t len, size_t *pos, const char **arg, size_t *arg_len)
{
	if (*pos >= len)
		return false;
	*arg = list + *pos;
	*arg_len = strnlen(*arg, len - *pos);
	*pos += *arg_len + 1;
	return true;
}

bool event_args_cut(const char *list, size_t len)
{
	return len && list[len - 1];
}

bool event_is_empty(const struct event *ev, const struct ev_field *f)
{
	static const struct ev_nsset none;
	size_t len;

	if (f->type == FT_NSSET)
		return !memcmp(event_nsset(ev, f), &none, sizeof(none));
	if (event_str(ev, f, &len))
		return !len;
	return !event_num(ev, f);
}

bool event_failed(const struct event *ev)
{
	for (size_t i = 0; i < ev->schema->nfields; i++)
		if (ev->schema->fields[i].type == FT_RESULT)
			return (int64_t)event_num(ev, &ev->schema->fields[i]) < 0;
	return false;
}

uint32_t event_types(const struct event *ev)
{
	uint32_t mask = ev->schema->types;

	for (size_t i = 0; i < ev->schema->nfields; i++) {
		const struct ev_field *f = &ev->schema->fields[i];
		uint32_t v = (uint32_t)event_num(ev, f);

		if (f->type == FT_NSFLAGS)
			mask |= nsflags_types(event_num(ev, f), ev->schema->kind);
		else if (f->type == FT_SLOT && v < NS_TYPES)
			mask |= 1U << v;
		else if (f->type == FT_INUM && f->slot == SLOT_UNKNOWN && v)
			mask |= 1U << slot_type(event_inum_slot(ev, f));
		else if (f->type == FT_SLOTS)
			for (unsigned int slot = 0; slot < NS_SLOTS; slot++)
				mask |= (v >> slot & 1) << slot_type(slot);
	}
	return mask & ((1U << NS_TYPES) - 1);
}

/* An inum alone does not say its type: another field does, or the sets around it may. */
static unsigned int inum_slot_guess(const struct event *ev, uint32_t inum)
{
	const struct ev_schema *s = ev->schema;
	const struct ev_field *type = schema_field(s, "target_type", strlen("target_type"));
	uint64_t known = type ? event_num(ev, type) : 0;

	if (known && known <= NS_TYPES)
		return (unsigned int)known - 1;

	for (size_t i = s->nfields; i-- > 0;) {
		const struct ev_nsset *set = event_nsset(ev, &s->fields[i]);
		uint32_t types;

		if (s->fields[i].type == FT_NSFLAGS) {
			types = nsflags_types(event_num(ev, &s->fields[i]), s->kind);
			if (types && !(types & (types - 1)))
				return (unsigned int)__builtin_ctz(types);
		}
		for (unsigned int slot = 0; set && slot < NS_SLOTS; slot++)
			if (set->inum[slot] == inum)
				return slot_type(slot);
	}
	return NS_SLOTS;
}

unsigned int event_inum_slot(const struct event *ev, const struct ev_field *f)
{
	if (f->slot == SLOT_UNKNOWN)
		return inum_slot_guess(ev, (uint32_t)event_num(ev, f));
	if (f->slot != SLOT_IN_RECORD)
		return f->slot;
	for (size_t i = 0; i < ev->schema->nfields; i++) {
		uint64_t v = event_num(ev, &ev->schema->fields[i]);

		if (ev->schema->fields[i].type == FT_SLOT)
			return v < NS_TYPES ? (unsigned int)v : NS_SLOTS;
	}
	return NS_SLOTS;
}

static bool nsset_has(const struct ev_nsset *set, int type, uint32_t inum)
{
	for (unsigned int slot = 0; slot < NS_SLOTS; slot++)
		if (set->inum[slot] == inum && (type < 0 || slot_type(slot) == (unsigned int)type))
			return true;
	return false;
}

bool event_has_ns(const struct event *ev, int type, uint32_t inum)
{
	const struct ev_schema *s = ev->schema;

	if (!inum)
		return false;
	if (ev->hdr->pidns == inum && (type < 0 || type == NS_PID))
		return true;
	for (size_t i = 0; i < s->nfields; i++) {
		const struct ev_field *f = &s->fields[i];

		if (f->type == FT_INUM && event_num(ev, f) == inum) {
			unsigned int slot = event_inum_slot(ev, f);

			if (type < 0 || slot >= NS_SLOTS || slot_type(slot) == (unsigned int)type)
				return true;
		}
		if (f->type == FT_NSSET && nsset_has(event_nsset(ev, f), type, inum))
			return true;
	}
	return false;
}

bool event_has_inum(const struct event *ev, uint32_t inum)
{
	return event_has_ns(ev, -1, inum);
}

static void ref_add(struct event_ref *refs, size_t *n, unsigned int slot, uint32_t inum)
{
	for (size_t i = 0; i < *n; i++)
		if (refs[i].inum == inum)
			return;
	if (inum && *n < EVENT_REFS_MAX)
		refs[(*n)++] = (struct event_ref){slot, inum};
}

size_t event_refs(const struct event *ev, struct event_ref refs[EVENT_REFS_MAX])
{
	const struct ev_schema *s = ev->schema;
	const struct ev_nsset *set = NULL;
	uint32_t mask = 0;
	size_t n = 0;

	/* the last set of a record is where the task is now; its mask stands before it */
	for (size_t i = 0; i < s->nfields; i++) {
		const struct ev_field *f = &s->fields[i];

		if (f->type == FT_SLOTS)
			mask = (uint32_t)event_num(ev, f);
		else if (f->type == FT_NSSET)
			set = event_nsset(ev, f);
	}
	for (unsigned int slot = 0; set && slot < NS_SLOTS; slot++)
		if (mask >> slot & 1)
			ref_add(refs, &n, slot, set->inum[slot]);
	if (n || set)
		return n;
	/* without a set: what the record is of is its first inum, or both ends of a move */
	for (size_t i = 0; i < s->nfields; i++) {
		const struct ev_field *f = &s->fields[i];

		if (f->type != FT_INUM)
			continue;
		ref_add(refs, &n, event_inum_slot(ev, f), (uint32_t)event_num(ev, f));
		if (n && f->slot != NS_NET)
			break;
	}
	return n;
}
