// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <time.h>

#include "event/decode.h"
#include "event/evfilter.h"
#include "event/nsname.h"
#include "event/value.h"
#include "lib/buf.h"
#include "lib/util.h"

#define NAMES_MAX 128

#define TIME "time" /* the name of the wall clock */

#define NUM  FILTER_NUM
#define TEXT FILTER_TEXT

/* The value number i of a field, or of a name that is no field (f is NULL then). */
typedef bool (*get_fn)(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP]);

/* --- values ---------------------------------------------------------------------------------- */

static void val_str(struct filter_val *v, const char *s)
{
	filter_val_text(v, s, strlen(s));
}

static bool get_num(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	filter_val_u64(v, event_num(ev, f));
	return true;
}

static bool get_signed(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	filter_val_s64(v, (int64_t)event_num(ev, f));
	return true;
}

static bool get_result(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	int64_t result = (int64_t)event_num(ev, f);
	const char *name = result < 0 ? errno_name((int)result) : NULL;

	filter_val_s64(v, result);
	if (name)
		val_str(v, name);
	return true;
}

static bool get_exit(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	int status = (int)event_num(ev, f), sig = WTERMSIG(status);

	if (ev->hdr->flags & EVF_NO_STATUS)
		return false;
	filter_val_u64(v, (uint64_t)(sig ? 128 + sig : WEXITSTATUS(status)));
	return true;
}

static bool get_nsflags(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	const char *names[NS_FLAG_NAMES];
	uint64_t rest;
	size_t n = nsflags_names(event_num(ev, f), ev->schema->kind, names, &rest);

	/* without a name the number is a member of its own */
	if (!i)
		filter_val_u64(v, event_num(ev, f));
	if (i < n)
		val_str(v, names[i]);
	return !i || i < n;
}

/* The bit number i, counted from 0, that is set; -1 where there are fewer. */
static int bit_nth(uint32_t mask, unsigned int i)
{
	for (; mask; mask &= mask - 1)
		if (!i--)
			return __builtin_ctz(mask);
	return -1;
}

static bool get_slots(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	int slot = bit_nth((uint32_t)event_num(ev, f) & NS_SLOTS_MASK, i);

	if (slot >= 0)
		val_str(v, ns_slot_name((unsigned int)slot));
	return slot >= 0;
}

static bool get_flags(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	int bit = bit_nth((uint32_t)event_num(ev, f) & 15, i);

	if (bit >= 0)
		val_str(v, value_flag_names[bit]);
	return bit >= 0;
}

static bool get_slot(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	uint64_t slot = event_num(ev, f);

	if (slot < NS_TYPES)
		val_str(v, ns_slot_name((unsigned int)slot));
	else
		filter_val_u64(v, slot);
	return true;
}

static bool get_enum(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	const char *name = value_enum(f, event_num(ev, f));

	if (name)
		val_str(v, name);
	else
		filter_val_u64(v, event_num(ev, f));
	return true;
}

static void val_inum(struct filter_val *v, char tmp[FILTER_TMP], unsigned int slot, uint32_t inum)
{
	filter_val_u64(v, inum);
	if (inum && slot < NS_SLOTS)
		filter_val_text(v, tmp,
			(size_t)snprintf(tmp, FILTER_TMP, "%s:[%u]",
				ns_types[ns_types[slot].type].name, inum));
}

static bool get_inum(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	val_inum(v, tmp, event_inum_slot(ev, f), (uint32_t)event_num(ev, f));
	return true;
}

static bool get_nsset(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	if (i >= NS_SLOTS)
		return false;
	val_inum(v, tmp, i, event_nsset(ev, f)->inum[i]);
	return true;
}

static bool get_text(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	size_t len;
	const char *s = event_str(ev, f, &len);

	filter_val_text(v, s, len);
	return true;
}

static bool get_args(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	static struct buf all;
	size_t len, pos = 0, arg_len = 0;
	const char *list = event_str(ev, f, &len), *arg = list;

	if (!i) {
		buf_reset(&all);
		value_text(&all, ev, f);
		filter_val_text(v, all.len ? all.s : "", all.len);
		return true;
	}
	while (i--)
		if (!event_arg_next(list, len, &pos, &arg, &arg_len))
			return false;
	filter_val_text(v, arg, arg_len);
	return true;
}

static bool get_uid(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	uint32_t uid = f ? (uint32_t)event_num(ev, f) : ev->hdr->uid;
	const char *name = event_user(ev, uid);

	filter_val_u64(v, uid);
	if (name)
		val_str(v, name);
	return true;
}

/* The task's first, then that of the namespace. */
static const struct whose *whose_nth(const struct event *ev, unsigned int i)
{
	const struct whose *of[2] = {event_whose(ev), event_other_whose(ev)};

	if (!of[0]) {
		of[0] = of[1];
		of[1] = NULL;
	}
	return i < 2 ? of[i] : NULL;
}

static bool get_container(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	static struct buf text;
	const struct whose *w = whose_nth(ev, i);

	if (!w)
		return false;
	buf_reset(&text);
	whose_text(&text, w);
	filter_val_text(v, text.len ? text.s : "", text.len);
	return true;
}

#define GET_WHOSE(name, field)                                                                     \
	static bool get_##name(const struct event *ev, const struct ev_field *f, unsigned int i,   \
		struct filter_val *v, char tmp[FILTER_TMP])                                        \
	{                                                                                          \
		const struct whose *w = whose_nth(ev, i);                                          \
                                                                                                   \
		if (!w)                                                                            \
			return false;                                                              \
		val_str(v, w->of[field] ? w->of[field] : "");                                      \
		return true;                                                                       \
	}

/* What the net namespaces of the event are called: a set. */
static bool get_ns_name(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	static struct buf name;
	uint32_t nets[RECORD_NETS_MAX];
	size_t n = record_nets(ev->hdr, ev->size, nets);

	for (size_t k = 0; k < n; k++) {
		buf_reset(&name);
		if (!event_ns_called(ev, nets[k], &name) || i--)
			continue;
		filter_val_text(v, name.s, name.len);
		return true;
	}
	return false;
}

GET_WHOSE(runtime, WHOSE_RUNTIME)
GET_WHOSE(container_id, WHOSE_ID)
GET_WHOSE(container_name, WHOSE_NAME)
GET_WHOSE(pod, WHOSE_POD)
GET_WHOSE(pod_namespace, WHOSE_POD_NAMESPACE)
GET_WHOSE(image, WHOSE_IMAGE)
GET_WHOSE(unit, WHOSE_UNIT)

/* --- names that are no fields ---------------------------------------------------------------- */

static bool get_event(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	val_str(v, ev->schema->name);
	return true;
}

static bool get_type(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	int type = bit_nth(event_types(ev), i);

	if (type >= 0)
		val_str(v, ns_slot_name((unsigned int)type));
	return type >= 0;
}

static bool get_ns(const struct event *ev, const struct ev_field *none, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	const struct ev_schema *s = ev->schema;

	if (!i--) {
		val_inum(v, tmp, NS_PID, ev->hdr->pidns);
		return true;
	}
	for (size_t k = 0; k < s->nfields; k++) {
		const struct ev_field *f = &s->fields[k];
		unsigned int n = f->type == FT_INUM ? 1 : f->type == FT_NSSET ? NS_SLOTS : 0;

		if (i < n)
			return n == 1 ? get_inum(ev, f, i, v, tmp) : get_nsset(ev, f, i, v, tmp);
		i -= n;
	}
	return false;
}

static const struct ev_field *field_of_type(const struct event *ev, enum field_type type)
{
	for (size_t i = 0; i < ev->schema->nfields; i++)
		if (ev->schema->fields[i].type == type)
			return &ev->schema->fields[i];
	return NULL;
}

static bool get_errno(const struct event *ev, const struct ev_field *none, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	const struct ev_field *f = field_of_type(ev, FT_RESULT);
	int64_t result;

	if (!f)
		return false;
	result = (int64_t)event_num(ev, f);
	filter_val_s64(v, result < 0 ? -result : 0);
	if (result >= 0)
		val_str(v, "");
	else if (errno_name((int)result))
		val_str(v, errno_name((int)result));
	return true;
}

static bool get_signal(const struct event *ev, const struct ev_field *none, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	const struct ev_field *f = field_of_type(ev, FT_EXIT);
	int sig;

	if (!f || (ev->hdr->flags & EVF_NO_STATUS))
		return false;
	sig = WTERMSIG((int)event_num(ev, f));
	filter_val_u64(v, (uint64_t)sig);
	val_str(v, sig ? signal_name(sig, tmp) : "");
	return true;
}

static bool get_time(const struct event *ev, const struct ev_field *none, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	time_t t = (time_t)(ev->wall_ns / 1000000000);
	struct tm tm;
	size_t len;

	gmtime_r(&t, &tm);
	len = strftime(tmp, FILTER_TMP, "%Y-%m-%dT%H:%M:%S", &tm);
	len += (size_t)snprintf(
		tmp + len, FILTER_TMP - len, ".%09uZ", (unsigned int)(ev->wall_ns % 1000000000));
	filter_val_text(v, tmp, len);
	filter_val_u64(v, ev->wall_ns);
	return true;
}

#define SECOND 1000000000ULL

/* The time of day, as the screen shows it: local time. */
static bool get_clock(const struct event *ev, const struct ev_field *none, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	time_t t = (time_t)(ev->wall_ns / SECOND);
	struct tm tm;

	localtime_r(&t, &tm);
	filter_val_u64(v, (uint64_t)(tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec) * SECOND +
				  ev->wall_ns % SECOND);
	return true;
}

/* A fraction of a second, ".5", to nanoseconds; returns what stands behind it. */
static const char *fraction_read(const char *s, uint64_t *ret)
{
	uint64_t unit = SECOND / 10;

	*ret = 0;
	if (*s != '.' || s[1] < '0' || s[1] > '9')
		return s;
	for (s++; *s >= '0' && *s <= '9'; s++, unit /= 10)
		*ret += (uint64_t)(*s - '0') * unit;
	return s;
}

/* "2026-11-24", "2026-11-24 14:46[:05[.5]]", in UTC with a Z behind it; "T" for the space. */
static int date_read(const char *s, uint64_t *ret)
{
	static const char *const forms[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
		"%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct tm tm = {.tm_isdst = -1};
		const char *end = strptime(s, forms[i], &tm);
		uint64_t fraction = 0;
		time_t t;

		if (end && i < 2)
			end = fraction_read(end, &fraction);
		if (!end || (*end && strcmp(end, "Z") != 0))
			continue;
		t = *end ? timegm(&tm) : mktime(&tm);
		if (t < 0)
			return -EINVAL;
		*ret = (uint64_t)t * SECOND + fraction;
		return 0;
	}
	return -EINVAL;
}

static int clock_read(const char *s, uint64_t *ret)
{
	struct tm tm = {0};
	const char *end = strptime(s, "%H:%M:%S", &tm);
	uint64_t fraction = 0;

	end = end ? fraction_read(end, &fraction) : strptime(s, "%H:%M", &tm);
	if (!end || *end)
		return -EINVAL;
	*ret = (uint64_t)(tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec) * SECOND + fraction;
	return 0;
}

static bool get_flag(const struct event *ev, uint32_t flag, struct filter_val *v)
{
	filter_val_u64(v, ev->hdr->flags & flag ? 1 : 0);
	return true;
}

static bool get_inferred(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	return get_flag(ev, EVF_INFERRED, v);
}

static bool get_no_actor(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	return get_flag(ev, EVF_NO_ACTOR, v);
}

static bool get_from_poll(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	return get_flag(ev, EVF_FROM_POLL, v);
}

static bool get_no_status(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	return get_flag(ev, EVF_NO_STATUS, v);
}

static bool get_filtered(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	return get_flag(ev, EVF_FILTERED, v);
}

static bool get_compat(const struct event *ev, const struct ev_field *f, unsigned int i,
	struct filter_val *v, char tmp[FILTER_TMP])
{
	return get_flag(ev, EVF_COMPAT, v);
}

/* --- tables ---------------------------------------------------------------------------------- */

static const char *const type_words[NS_TYPES + 1] = {
	"mnt", "uts", "ipc", "user", "pid", "net", "cgroup", "time", NULL};
static const char *const slot_words[NS_SLOTS + 1] = {"mnt", "uts", "ipc", "user", "pid", "net",
	"cgroup", "time", "pid_for_children", "time_for_children", NULL};

/* How filters see a type of field. */
static const struct how {
	unsigned int has;
	bool many;
	get_fn get;
	const char *const *words;
} hows[] = {
	[FT_U16] = {NUM, false, get_num, NULL},
	[FT_U32] = {NUM, false, get_num, NULL},
	[FT_S32] = {NUM, false, get_signed, NULL},
	[FT_U64] = {NUM, false, get_num, NULL},
	[FT_TIME] = {NUM, false, get_num, NULL},
	[FT_DURATION] = {NUM, false, get_num, NULL},
	[FT_RESULT] = {NUM | TEXT, false, get_result, NULL},
	[FT_EXIT] = {NUM, false, get_exit, NULL},
	[FT_NSFLAGS] = {NUM | TEXT, true, get_nsflags, NULL},
	[FT_SLOTS] = {TEXT, true, get_slots, slot_words},
	[FT_SLOT] = {NUM | TEXT, false, get_slot, type_words},
	[FT_INUM] = {NUM | TEXT, false, get_inum, NULL},
	[FT_NSSET] = {NUM | TEXT, true, get_nsset, NULL},
	[FT_UID] = {NUM | TEXT, false, get_uid, NULL},
	[FT_PID] = {NUM, false, get_num, NULL},
	[FT_ENUM] = {NUM | TEXT, false, get_enum, NULL},
	[FT_FLAGS] = {TEXT, true, get_flags, value_flag_names},
	[FT_BOOL] = {NUM, false, get_num, NULL},
	[FT_COMM] = {TEXT, false, get_text, NULL},
	[FT_STR] = {TEXT, false, get_text, NULL},
	[FT_TAIL] = {TEXT, false, get_text, NULL},
	[FT_ARGS] = {TEXT, true, get_args, NULL},
};

static const char *event_words[EV_KINDS + 1]; /* filled with the names */

/* Before the fields: "ns" is a field of two kinds too, and less than this. */
static const struct {
	const char *name;
	struct how how;
	const char *field; /* of the header, whose other name this is */
} others[] = {
	{"event", {TEXT, false, get_event, event_words}, NULL},
	{"type", {TEXT, true, get_type, type_words}, NULL},
	{"ns", {NUM | TEXT, true, get_ns, NULL}, NULL},
	{"errno", {NUM | TEXT, false, get_errno, NULL}, NULL},
	{"signal", {NUM | TEXT, false, get_signal, NULL}, NULL},
	{TIME, {NUM | TEXT, false, get_time, NULL}, NULL},
	{"user", {NUM | TEXT, false, get_uid, NULL}, NULL},
	{"container", {TEXT, true, get_container, NULL}, NULL},
	{"container_id", {TEXT, true, get_container_id, NULL}, NULL},
	{"container_name", {TEXT, true, get_container_name, NULL}, NULL},
	{"ns_name", {TEXT, true, get_ns_name, NULL}, NULL},
	{"runtime", {TEXT, true, get_runtime, NULL}, NULL},
	{"pod", {TEXT, true, get_pod, NULL}, NULL},
	{"pod_namespace", {TEXT, true, get_pod_namespace, NULL}, NULL},
	{"image", {TEXT, true, get_image, NULL}, NULL},
	{"unit", {TEXT, true, get_unit, NULL}, NULL},
	{"inferred", {NUM, false, get_inferred, NULL}, NULL},
	{"no_actor", {NUM, false, get_no_actor, NULL}, NULL},
	{"from_poll", {NUM, false, get_from_poll, NULL}, NULL},
	{"filtered", {NUM, false, get_filtered, NULL}, NULL},
	{"compat", {NUM, false, get_compat, NULL}, NULL},
	{"no_status", {NUM, false, get_no_status, NULL}, NULL},
	{"ts", {0}, "ts_ns"},
	{"nspid", {0}, "ns_pid"},
	{"cgroup", {0}, "cgroup_id"},
};

/* One name. Kinds have the same field in other places, so it is kept for each of them. */
struct name {
	const char *name;
	struct how how;
	const struct ev_field *field[EV_KINDS]; /* NULL: the kind has none */
	bool computed;                          /* no field at all */
};

static struct {
	struct name v[NAMES_MAX];
	size_t n;
} names;

static struct name *name_find(const char *name, size_t len)
{
	for (size_t i = 0; i < names.n; i++)
		if (strlen(names.v[i].name) == len && !strncasecmp(names.v[i].name, name, len))
			return &names.v[i];
	return NULL;
}

static void names_add_field(const char *as, const struct ev_field *f, unsigned int kind)
{
	struct name *n = name_find(as, strlen(as));

	if (!n) {
		if (names.n == NAMES_MAX)
			abort(); /* a test sees it first */
		n = &names.v[names.n++];
		n->name = as;
		n->how = hows[f->type];
		if (f->type == FT_ENUM)
			n->how.words = f->names;
	}
	if (!n->computed)
		n->field[kind] = f;
}

static void names_fill(void)
{
	size_t words = 0;

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (!others[i].field)
			names.v[names.n++] = (struct name){
				.name = others[i].name, .how = others[i].how, .computed = true};
	for (unsigned int kind = 0; kind < EV_KINDS; kind++) {
		const struct ev_schema *s = schema_of(kind);

		if (!s)
			continue;
		event_words[words++] = s->name;
		for (size_t i = 0; i < schema_hdr_nfields; i++)
			names_add_field(schema_hdr_fields[i].name, &schema_hdr_fields[i], kind);
		for (size_t i = 0; i < s->nfields; i++)
			names_add_field(s->fields[i].name, &s->fields[i], kind);
		for (size_t i = 0; i < ARRAY_SIZE(others); i++)
			if (others[i].field)
				names_add_field(others[i].name,
					schema_field(s, others[i].field, strlen(others[i].field)),
					kind);
	}
}

/* A time of day is compared with that of the event, whatever day it was. */
static const struct name clock_name = {
	.name = TIME, .how = {NUM, false, get_clock, NULL}, .computed = true};

static int time_literal(struct filter_ref *ref, const char *text, size_t len, uint64_t *ret)
{
	char s[64], *end;

	if (len >= sizeof(s))
		return -EINVAL;
	memcpy(s, text, len);
	s[len] = '\0';
	if (!clock_read(s, ret)) {
		ref->handle = &clock_name;
		ref->has = NUM;
		return 0;
	}
	if (!date_read(s, ret))
		return 0;
	/* Nanoseconds since 1970. */
	*ret = strtoull(s, &end, 10);
	return *s >= '0' && *s <= '9' && !*end ? 0 : -EINVAL;
}

static bool evfilter_resolve(void *ctx, const char *name, size_t len, struct filter_ref *ret)
{
	const struct name *n;

	if (!names.n)
		names_fill();
	n = name_find(name, len);
	if (!n)
		return false;
	ret->handle = n;
	ret->has = n->how.has;
	ret->many = n->how.many;
	ret->words = n->how.words;
	if (!strcmp(n->name, TIME)) {
		ret->literal = time_literal;
		ret->literal_is =
			"a time, such as 14:46:05, 2026-11-24 14:46 or 2026-11-24T14:46:05Z";
	}
	return true;
}

static bool evfilter_get(void *ctx, const struct filter_ref *ref, const void *row, unsigned int i,
	struct filter_val *ret, char tmp[FILTER_TMP])
{
	const struct event *ev = row;
	const struct name *n = ref->handle;
	const struct ev_field *f = n->field[ev->schema->kind];

	return (f || n->computed) && n->how.get(ev, f, i, ret, tmp);
}

static const char *evfilter_list(void *ctx, size_t i)
{
	if (!names.n)
		names_fill();
	return i < names.n ? names.v[i].name : NULL;
}

const struct filter_names evfilter_names = {
	.noun = "field",
	.resolve = evfilter_resolve,
	.get = evfilter_get,
	.list = evfilter_list,
};
