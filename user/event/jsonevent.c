// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <json-c/json.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "event/decode.h"
#include "event/jsonevent.h"
#include "event/schema.h"
#include "event/value.h"
#include "lib/text.h"
#include "kernel/nstype.h"

#define DEPTH_MAX 16 /* of nested values; those of nswatch have four */
#define NS_PER_S  1000000000LL

/* One line while it is read. */
struct line {
	struct json_object *object;
	const struct ev_schema *schema;
	char *rec;
	size_t tail; /* bytes of text at the end of the record, so far */
	struct err *err;
};

static int bad(struct line *l, const char *key, const char *what)
{
	return err_say(l->err, -EBADMSG, "%s: %s", key, what);
}

/* --- values ---------------------------------------------------------------------------------- */

/* A whole number from min (at most 0) to max. */
static bool number_read(struct json_object *v, int64_t min, uint64_t max, uint64_t *ret)
{
	int64_t number;

	if (!json_object_is_type(v, json_type_int))
		return false;
	number = json_object_get_int64(v);
	if (number < 0 ? number < min : json_object_get_uint64(v) > max)
		return false;
	*ret = number < 0 ? (uint64_t)number : json_object_get_uint64(v);
	return true;
}

/* A text of at most max bytes, with 0xff for U+FFFD; its length in *ret. */
static bool text_read(struct json_object *v, char *to, size_t max, size_t *ret)
{
	static const char unknown[] = "\xef\xbf\xbd"; /* U+FFFD */
	size_t left, n = 0;
	const char *s;

	if (!json_object_is_type(v, json_type_string))
		return false;
	s = json_object_get_string(v);
	left = (size_t)json_object_get_string_len(v);
	while (left) {
		bool lost = left >= 3 && !memcmp(s, unknown, 3);

		if (n == max || !*s)
			return false;
		to[n++] = lost ? '\xff' : *s;
		s += lost ? 3 : 1;
		left -= lost ? 3 : 1;
	}
	*ret = n;
	return true;
}

/* The place of a name in a list that ends with NULL, or -1. */
static int name_find(struct json_object *v, const char *const *names)
{
	const char *s = json_object_get_string(v);

	for (int i = 0; names[i]; i++)
		if (!strcmp(names[i], s))
			return i;
	return -1;
}

static int slot_find(struct json_object *v, unsigned int slots)
{
	const char *s = json_object_get_string(v);

	for (unsigned int slot = 0; slot < slots; slot++)
		if (!strcmp(ns_slot_name(slot), s))
			return (int)slot;
	return -1;
}

/* A name, or a number that has none. */
static bool named_read(struct json_object *v, const struct ev_field *f, uint64_t *ret)
{
	int i;

	if (!json_object_is_type(v, json_type_string))
		return number_read(v, 0, UINT32_MAX, ret);
	i = f->type == FT_SLOT ? slot_find(v, NS_TYPES) : name_find(v, f->names);
	if (i >= 0)
		*ret = (uint64_t)i;
	return i >= 0;
}

static bool slots_read(struct json_object *v, uint64_t *ret)
{
	if (!json_object_is_type(v, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(v); i++) {
		struct json_object *name = json_object_array_get_idx(v, i);
		int slot = json_object_is_type(name, json_type_string) ? slot_find(name, NS_SLOTS)
								       : -1;

		if (slot < 0)
			return false;
		*ret |= 1ULL << slot;
	}
	return true;
}

static bool member_number(struct json_object *v, const char *key, uint64_t max, uint64_t *ret)
{
	struct json_object *member;

	return json_object_is_type(v, json_type_object) &&
	       json_object_object_get_ex(v, key, &member) && number_read(member, 0, max, ret);
}

static bool member_true(struct json_object *v, const char *key)
{
	struct json_object *member;

	return json_object_object_get_ex(v, key, &member) &&
	       json_object_is_type(member, json_type_boolean) && json_object_get_boolean(member);
}

/* As wait(2) gives it; null, where nobody saw it, is 0. */
static bool exit_read(struct json_object *v, uint64_t *ret)
{
	uint64_t n;

	if (!v)
		return true;
	if (member_number(v, "code", 255, &n)) {
		*ret = n << 8;
		return true;
	}
	if (!member_number(v, "signal", 127, &n) || !n)
		return false;
	*ret = n | (member_true(v, "core") ? 0x80 : 0);
	return true;
}

static bool bool_read(struct json_object *v, uint64_t *ret)
{
	*ret = json_object_get_boolean(v);
	return json_object_is_type(v, json_type_boolean);
}

/* --- fields ---------------------------------------------------------------------------------- */

/* False: not what the type has in JSON. */
static bool value_read(struct json_object *v, const struct ev_field *f, uint64_t *ret)
{
	switch (f->type) {
	case FT_U16:
		return number_read(v, 0, UINT16_MAX, ret);
	case FT_S32:
	case FT_RESULT:
		return number_read(v, INT32_MIN, INT32_MAX, ret);
	case FT_EXIT:
		return exit_read(v, ret);
	case FT_NSFLAGS:
		return member_number(v, "value", UINT64_MAX, ret);
	case FT_SLOTS:
		return slots_read(v, ret);
	case FT_SLOT:
	case FT_ENUM:
		return named_read(v, f, ret);
	case FT_BOOL:
		return bool_read(v, ret);
	default:
		return number_read(v, 0, f->size == 8 ? UINT64_MAX : UINT32_MAX, ret);
	}
}

static void number_put(struct line *l, const struct ev_field *f, uint64_t v)
{
	uint32_t v32 = (uint32_t)v;
	uint16_t v16 = (uint16_t)v;

	memcpy(l->rec + f->off,
		f->size == 8   ? (void *)&v
		: f->size == 4 ? (void *)&v32
			       : &v16,
		f->size == 8   ? 8
		: f->size == 4 ? 4
			       : 2);
}

static int nsset_read(struct line *l, const struct ev_field *f, struct json_object *v)
{
	struct ev_nsset set = {0};

	if (!json_object_is_type(v, json_type_object))
		return bad(l, f->name, "no object of namespaces");
	for (unsigned int slot = 0; slot < NS_SLOTS; slot++) {
		struct json_object *member;
		uint64_t inum;

		if (!json_object_object_get_ex(v, ns_slot_name(slot), &member))
			continue;
		if (!number_read(member, 0, UINT32_MAX, &inum))
			return bad(l, f->name, "a namespace is not a number");
		set.inum[slot] = (uint32_t)inum;
	}
	memcpy(l->rec + f->off, &set, sizeof(set));
	return 0;
}

static void tail_end(struct line *l, const struct ev_field *f, size_t len)
{
	uint16_t len16 = (uint16_t)len;

	memcpy(l->rec + f->len_off, &len16, sizeof(len16));
	l->tail += len;
}

/* Texts end in the record as the kernel's side leaves them: NUL behind each but one that was cut.
 */
static int args_read(struct line *l, const struct ev_field *f, struct json_object *v)
{
	bool cut = member_true(l->object, "args_cut");
	size_t used = 0, n, count;

	if (!json_object_is_type(v, json_type_array))
		return bad(l, f->name, "no array");
	count = json_object_array_length(v);
	for (size_t i = 0; i < count; i++) {
		size_t room = f->size - l->tail - used;
		bool ended = !(cut && i == count - 1);

		if (room < ended || !text_read(json_object_array_get_idx(v, i),
					    l->rec + f->off + l->tail + used, room - ended, &n))
			return bad(l, f->name, "no texts, or longer than any that nswatch writes");
		used += n + ended;
	}
	tail_end(l, f, used);
	return 0;
}

static int text_field(struct line *l, const struct ev_field *f, struct json_object *v)
{
	bool tail = f->type == FT_TAIL;
	/* A text of the kernel's that is as long as its member has no NUL. */
	size_t max = tail ? f->size - l->tail : f->size, len;

	if (!text_read(v, l->rec + f->off + (tail ? l->tail : 0), max, &len))
		return bad(l, f->name, "no text, or longer than any that nswatch writes");
	if (tail)
		tail_end(l, f, len);
	return 0;
}

static int flags_read(struct line *l, const struct ev_field *f)
{
	uint64_t flags = 0;

	for (unsigned int i = 0; value_flag_names[i]; i++) {
		struct json_object *v;
		uint64_t set;

		if (!json_object_object_get_ex(l->object, value_flag_names[i], &v))
			continue;
		if (!bool_read(v, &set))
			return bad(l, value_flag_names[i], "neither true nor false");
		flags |= set << i;
	}
	number_put(l, f, flags);
	return 0;
}

static int field_read(struct line *l, const struct ev_field *f)
{
	struct json_object *v;
	uint64_t number = 0;

	if (f->type == FT_FLAGS)
		return flags_read(l, f);
	if (!json_object_object_get_ex(l->object, f->name, &v))
		return 0;
	switch (f->type) {
	case FT_NSSET:
		return nsset_read(l, f, v);
	case FT_COMM:
	case FT_STR:
	case FT_TAIL:
		return text_field(l, f, v);
	case FT_ARGS:
		return args_read(l, f, v);
	default:
		if (!value_read(v, f, &number))
			return bad(l, f->name, "not a value that it can have");
		number_put(l, f, number);
		return 0;
	}
}

/* --- lines ----------------------------------------------------------------------------------- */

/* "2026-11-24T22:40:32.123456789Z" to ns since 1970. */
static bool time_read(const char *s, int64_t *ret)
{
	struct tm tm = {0};
	const char *end = strptime(s, "%Y-%m-%dT%H:%M:%S", &tm);
	int64_t ns = 0;

	if (!end || *end++ != '.')
		return false;
	for (int i = 0; i < 9; i++, end++) {
		if (*end < '0' || *end > '9')
			return false;
		ns = ns * 10 + (*end - '0');
	}
	/* What 64 bits of nanoseconds hold. */
	if (strcmp(end, "Z") != 0 || tm.tm_year < 0 || tm.tm_year > 350)
		return false;
	*ret = (int64_t)timegm(&tm) * NS_PER_S + ns;
	return true;
}

/* What each line has: the version, the kind and both times. */
static int frame_read(struct line *l, int64_t *ret_wall)
{
	struct json_object *v, *event, *time, *ts;
	uint64_t version, ns;
	const char *name;

	if (!json_object_object_get_ex(l->object, "v", &v) ||
		!json_object_object_get_ex(l->object, "event", &event) ||
		!json_object_object_get_ex(l->object, "time", &time) ||
		!json_object_object_get_ex(l->object, "ts_ns", &ts))
		return err_say(l->err, -EBADMSG,
			"no event of nswatch: v, event, time or ts_ns is "
			"missing");
	if (!number_read(v, 0, UINT64_MAX, &version) ||
		!json_object_is_type(event, json_type_string) ||
		!json_object_is_type(time, json_type_string) || !number_read(ts, 0, INT64_MAX, &ns))
		return err_say(l->err, -EBADMSG,
			"no event of nswatch: v, event, time or ts_ns has another type");
	if (version != SCHEMA_VERSION) {
		err_say(l->err, -EPROTONOSUPPORT, "version %llu of the JSON; this nswatch reads %d",
			(unsigned long long)version, SCHEMA_VERSION);
		return -EPROTONOSUPPORT;
	}
	name = json_object_get_string(event);
	l->schema = schema_by_name(name, strlen(name));
	if (!l->schema)
		return err_say(l->err, -EBADMSG, "no kind of event is called '%.64s'", name);
	if (!time_read(json_object_get_string(time), ret_wall))
		return bad(l, "time", "not as in 2026-11-24T22:40:32.123456789Z");
	*ret_wall -= (int64_t)ns;
	return 0;
}

/* A text or null; *ret is NULL there, and where the key is missing. */
static int text_check(struct line *l, const char *key, struct json_object **ret)
{
	if (!json_object_object_get_ex(l->object, key, ret))
		*ret = NULL;
	return !*ret || json_object_is_type(*ret, json_type_string) ? 0 : bad(l, key, "no text");
}

static void text_keep(struct buf *b, struct json_object *text)
{
	buf_free(b);
	if (!text)
		return;
	buf_add(b, json_object_get_string(text), (size_t)json_object_get_string_len(text));
}

/* An object of event/whose.h, or null; false: it is none. */
static bool whose_read(struct json_object *v, struct whose *ret)
{
	*ret = (struct whose){0};
	if (!json_object_is_type(v, json_type_object))
		return false;
	for (size_t i = 0; i < WHOSE_FIELDS; i++) {
		struct json_object *of;

		if (json_object_object_get_ex(v, whose_names[i], &of) &&
			json_object_is_type(of, json_type_string) && json_object_get_string_len(of))
			ret->of[i] = json_object_get_string(of);
	}
	return true;
}

/* What is no object there is passed over, as keys that are not known. */
static void whoses_read(struct jsonevent *j, struct json_object *object)
{
	const struct ev_hdr *hdr = &j->rec.hdr;
	struct event_ref refs[EVENT_REFS_MAX];
	struct json_object *v, *cgroup;
	struct whose whose;
	struct event ev;
	uint64_t id;

	if (json_object_object_get_ex(object, "container", &v) && whose_read(v, &whose))
		whoses_put(&j->whoses, hdr->cgroup_id, &whose);
	if (event_decode(&j->rec, hdr->size, 0, &ev, NULL) || !event_refs(&ev, refs))
		return;
	whoses_own(&j->whoses, refs[0].inum, 0);
	if (!json_object_object_get_ex(object, "ns_container", &v) || !whose_read(v, &whose) ||
		!json_object_object_get_ex(v, "cgroup_id", &cgroup) ||
		!number_read(cgroup, 0, UINT64_MAX, &id))
		return;
	whoses_put(&j->whoses, id, &whose);
	whoses_own(&j->whoses, refs[0].inum, id);
}

/* A container is said by the object for it, too, and then it is that one's name. */
static bool name_is_whose(struct jsonevent *j, uint32_t inum, const char *name)
{
	uint64_t id = whoses_owner(&j->whoses, inum);
	const struct whose *w = id ? whoses_find(&j->whoses, id) : NULL;
	auto_buf struct buf text = {0};

	if (w)
		whose_text(&text, w);
	return text.s && !strcmp(text.s, name);
}

static void names_read(struct jsonevent *j, struct json_object *object)
{
	const struct ev_hdr *hdr = &j->rec.hdr;
	uint32_t nets[RECORD_NETS_MAX];
	struct json_object *names, *v;
	struct event ev;
	size_t n;

	if (event_decode(&j->rec, hdr->size, 0, &ev, NULL))
		return;
	if (!json_object_object_get_ex(object, "ns_names", &names) ||
		!json_object_is_type(names, json_type_object))
		names = NULL;
	n = record_nets(hdr, hdr->size, nets);
	for (size_t i = 0; i < n; i++) {
		const char *name = NULL;
		char key[16];

		snprintf(key, sizeof(key), "%u", nets[i]);
		if (names && json_object_object_get_ex(names, key, &v) &&
			json_object_is_type(v, json_type_string))
			name = json_object_get_string(v);
		if (name && name_is_whose(j, nets[i], name))
			name = NULL;
		nsnames_put(&j->names, nets[i], name, name ? strlen(name) : 0);
	}
}

/* Of what was folded (sink/json.c) the event that it stands for. */
static struct json_object *folded(struct json_object *object)
{
	struct json_object *event, *of;
	bool fold = json_object_object_get_ex(object, "event", &event) &&
		    json_object_is_type(event, json_type_string) &&
		    !strcmp(json_object_get_string(event), "fold");

	return fold && json_object_object_get_ex(object, "of", &of) &&
			       json_object_is_type(of, json_type_object)
		       ? of
		       : object;
}

static int object_read(struct jsonevent *j, struct json_object *object, struct err *err)
{
	typeof(j->rec) rec = {0};
	struct line l = {.object = object = folded(object), .rec = rec.bytes, .err = err};
	struct json_object *host, *user;
	int64_t wall = 0;
	int ret = frame_read(&l, &wall);

	for (size_t i = 0; !ret && i < schema_hdr_nfields; i++)
		ret = field_read(&l, &schema_hdr_fields[i]);
	for (size_t i = 0; !ret && i < l.schema->nfields; i++)
		ret = field_read(&l, &l.schema->fields[i]);
	if (!ret)
		ret = text_check(&l, "host", &host);
	if (!ret)
		ret = text_check(&l, "user", &user);
	if (ret)
		return ret;
	rec.hdr.kind = l.schema->kind;
	rec.hdr.size = (uint16_t)(l.schema->min_size + l.tail);
	j->rec = rec;
	j->wall_offset = wall;
	text_keep(&j->host, host);
	text_keep(&j->user, user);
	j->has_user = json_object_object_get_ex(object, "user", NULL);
	whoses_read(j, object);
	names_read(j, object);
	return 0;
}

static void ascii_add(struct buf *b, uint32_t cp)
{
	if (cp < 0x10000)
		buf_printf(b, "\\u%04x", cp);
	else
		buf_printf(b, "\\u%04x\\u%04x", 0xd7c0 + (cp >> 10), 0xdc00 + (cp & 0x3ff));
}

/*
 * The line with what is above ASCII as \u, which says the same in a string: json-c 0.18 takes
 * such bytes there no more where it is strict. Stops at bytes that are no UTF-8, or where the text
 * has stop bytes; the place in the line.
 */
static size_t ascii_make(struct buf *b, const char *line, size_t len, size_t stop)
{
	size_t at = 0;

	buf_reset(b);
	while (at < len && b->len < stop) {
		size_t run = 0, most = len - at < stop - b->len ? len - at : stop - b->len, n;
		uint32_t cp;

		while (run < most && (unsigned char)line[at + run] < 0x80)
			run++;
		buf_add(b, line + at, run);
		at += run;
		if (run == most)
			continue;
		n = utf8_next(line + at, len - at, &cp);
		if (!n)
			break;
		ascii_add(b, cp);
		at += n;
	}
	return at;
}

#define NUMBER_TOO_LARGE "no JSON of nswatch: a number has more than 64 bits"

/* The line was cut within its last character. */
static bool cut_within(const char *line, size_t at, size_t len)
{
	for (size_t i = at + 1; i < len; i++)
		if (((unsigned char)line[i] & 0xc0) != 0x80)
			return false;
	return len - at < 4;
}

/* ended: the last byte of the line that could be made ASCII is before this one. */
static int parse_error(
	struct jsonevent *j, const char *line, size_t len, size_t ended, struct err *err)
{
	bool out_of_range = errno == ERANGE; /* 0.18; 0.16 goes on with the largest that there is */
	enum json_tokener_error code = json_tokener_get_error(j->tokener);
	size_t at = ended;

	if (out_of_range)
		return err_say(err, -EBADMSG, NUMBER_TOO_LARGE);
	if (code == json_tokener_continue && (ended == len || cut_within(line, ended, len)))
		return err_say(err, -ENODATA, "the line ends before its object does");
	if (code != json_tokener_continue)
		at = ascii_make(&j->ascii, line, len, json_tokener_get_parse_end(j->tokener));
	return err_say(err, -EBADMSG, "no JSON from byte %zu on", at + 1);
}

int jsonevent_read(struct jsonevent *j, const char *line, size_t len, struct err *err)
{
	struct json_object *object;
	size_t ended, rest;
	int ret;

	if (len > JSONEVENT_LINE_MAX)
		return err_say(err, -EBADMSG, "longer than any line of nswatch");
	ended = ascii_make(&j->ascii, line, len, SIZE_MAX);
	json_tokener_reset(j->tokener);
	errno = 0;
	object = json_tokener_parse_ex(j->tokener, j->ascii.s ? j->ascii.s : "", (int)j->ascii.len);
	if (!object)
		return parse_error(j, line, len, ended, err);
	rest = json_tokener_get_parse_end(j->tokener);
	rest += strspn(j->ascii.s + rest, " \t\r\n");
	if (rest < j->ascii.len || ended < len)
		ret = err_say(err, -EBADMSG, "something follows the object");
	else if (errno == ERANGE)
		ret = err_say(err, -EBADMSG, NUMBER_TOO_LARGE);
	else if (!json_object_is_type(object, json_type_object))
		ret = err_say(err, -EBADMSG, "no object");
	else
		ret = object_read(j, object, err);
	json_object_put(object);
	return ret;
}

struct jsonevent *jsonevent_new(void)
{
	struct jsonevent *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->tokener = json_tokener_new_ex(DEPTH_MAX);
	if (!j->tokener) {
		free(j);
		return NULL;
	}
	json_tokener_set_flags(j->tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	return j;
}

void jsonevent_free(struct jsonevent *j)
{
	if (!j)
		return;
	json_tokener_free(j->tokener);
	buf_free(&j->host);
	buf_free(&j->user);
	whoses_free(&j->whoses);
	nsnames_free(&j->names);
	buf_free(&j->ascii);
	free(j);
}
