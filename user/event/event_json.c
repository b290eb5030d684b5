// SPDX-License-Identifier: GPL-2.0-or-later
/* The JSON of events: the shape is described in json.h. */
#include <stdio.h>
#include <sys/wait.h>

#include "event/decode.h"
#include "event/nsname.h"
#include "event/value.h"
#include "lib/host.h"
#include "out/json.h"

static void json_nsset(struct json *j, const struct ev_nsset *set)
{
	json_object(j);
	for (unsigned int slot = 0; slot < NS_SLOTS; slot++)
		json_ku64(j, ns_slot_name(slot), set->inum[slot]);
	json_end_object(j);
}

static void json_slots(struct json *j, uint32_t mask)
{
	json_array(j);
	for (unsigned int slot = 0; slot < NS_SLOTS; slot++)
		if (mask >> slot & 1)
			json_str(j, ns_slot_name(slot));
	json_end_array(j);
}

static void json_nsflags(struct json *j, uint64_t flags, unsigned int kind)
{
	const char *names[NS_FLAG_NAMES];
	uint64_t rest;
	size_t n = nsflags_names(flags, kind, names, &rest);

	json_object(j);
	json_ku64(j, "value", flags);
	json_key(j, "names");
	json_array(j);
	for (size_t i = 0; i < n; i++)
		json_str(j, names[i]);
	json_end_array(j);
	json_end_object(j);
}

static void json_exit(struct json *j, int status)
{
	char tmp[16];

	json_object(j);
	if (!WTERMSIG(status)) {
		json_kbool(j, "exited", true);
		json_ku64(j, "code", (unsigned int)WEXITSTATUS(status));
	} else {
		json_kbool(j, "exited", false);
		json_ku64(j, "signal", (unsigned int)WTERMSIG(status));
		json_kstr(j, "signal_name", signal_name(WTERMSIG(status), tmp));
		json_kbool(j, "core", WCOREDUMP(status));
	}
	json_end_object(j);
}

static void json_args(struct json *j, const char *list, size_t len)
{
	size_t pos = 0, arg_len;
	const char *arg;

	json_array(j);
	while (event_arg_next(list, len, &pos, &arg, &arg_len))
		json_strn(j, arg, arg_len);
	json_end_array(j);
	json_kbool(j, "args_cut", event_args_cut(list, len));
}

static void json_named(struct json *j, const char *name, uint64_t v)
{
	if (name)
		json_str(j, name);
	else
		json_u64(j, v);
}

static void json_flags(struct json *j, uint64_t flags)
{
	for (unsigned int i = 0; value_flag_names[i]; i++)
		json_kbool(j, value_flag_names[i], flags >> i & 1);
}

static void json_text(struct json *j, const struct event *ev, const struct ev_field *f)
{
	size_t len;
	const char *s = event_str(ev, f, &len);

	if (f->type == FT_ARGS)
		json_args(j, s, len);
	else
		json_strn(j, s, len);
}

static void json_number(struct json *j, const struct event *ev, const struct ev_field *f)
{
	uint64_t v = event_num(ev, f);

	switch (f->type) {
	case FT_S32:
		json_s64(j, (int64_t)v);
		break;
	case FT_RESULT:
		json_s64(j, (int64_t)v);
		if ((int64_t)v < 0 && errno_name((int)v))
			json_kstr(j, "errno", errno_name((int)v));
		break;
	case FT_EXIT:
		if (ev->hdr->flags & EVF_NO_STATUS)
			json_null(j);
		else
			json_exit(j, (int)v);
		break;
	case FT_NSFLAGS:
		json_nsflags(j, v, ev->schema->kind);
		break;
	case FT_SLOTS:
		json_slots(j, (uint32_t)v);
		break;
	case FT_SLOT:
		json_named(j, v < NS_TYPES ? ns_slot_name((unsigned int)v) : NULL, v);
		break;
	case FT_ENUM:
		json_named(j, value_enum(f, v), v);
		break;
	case FT_BOOL:
		json_bool(j, v);
		break;
	default:
		json_u64(j, v);
	}
}

static void json_field(struct json *j, const struct event *ev, const struct ev_field *f)
{
	if (f->type == FT_FLAGS) {
		json_flags(j, event_num(ev, f));
		return;
	}
	json_key(j, f->name);
	switch (f->type) {
	case FT_NSSET:
		json_nsset(j, event_nsset(ev, f));
		break;
	case FT_COMM:
	case FT_STR:
	case FT_TAIL:
	case FT_ARGS:
		json_text(j, ev, f);
		break;
	default:
		json_number(j, ev, f);
	}
}

void event_json_host(struct buf *b, const char *name, size_t len)
{
	struct json j = {.b = b};

	json_key(&j, "host");
	if (name)
		json_strn(&j, name, len < HOST_NAME_LEN ? len : HOST_NAME_LEN);
	else
		json_null(&j);
}

/* The last one is remembered: events come from the same container often, and say it twice. */
static void json_members(struct json *j, const struct whose *w)
{
	static struct buf text;
	static uint64_t serial;

	if (!w->serial || w->serial != serial) {
		struct json members = {.b = &text};

		buf_reset(&text);
		for (size_t i = 0; i < WHOSE_FIELDS; i++)
			if (w->of[i])
				json_kstr(&members, whose_names[i], w->of[i]);
		serial = w->serial;
	}
	if (text.len)
		json_raw(j, text.s, text.len);
}

/* Of a namespace: its cgroup stands with it, since the header has only that of the task. */
static void json_whose(struct json *j, const struct whose *w, const uint64_t *cgroup_id)
{
	if (!w) {
		json_null(j);
		return;
	}
	json_object(j);
	if (cgroup_id)
		json_ku64(j, "cgroup_id", *cgroup_id);
	json_members(j, w);
	json_end_object(j);
}

static void json_whoses(struct json *j, const struct event *ev)
{
	uint64_t id;
	const struct whose *of = event_ns_whose(ev, &id, NULL);

	json_key(j, "container");
	json_whose(j, event_whose(ev), NULL);
	json_key(j, "ns_container");
	json_whose(j, of, &id);
}

/* "ns_names":{"4026532612":"blue"}; not there where no net namespace of the event has a name. */
static void json_ns_names(struct json *j, const struct event *ev)
{
	uint32_t nets[RECORD_NETS_MAX];
	size_t n = 0;
	bool some = false;

	if (ev->who && !(ev->who->no_names && ev->who->no_owners))
		n = record_nets(ev->hdr, ev->size, nets);
	for (size_t i = 0; i < n; i++) {
		auto_buf struct buf name = {0};
		char key[16];

		if (!event_ns_called(ev, nets[i], &name))
			continue;
		if (!some) {
			json_key(j, "ns_names");
			json_object(j);
		}
		some = true;
		snprintf(key, sizeof(key), "%u", nets[i]);
		json_kstr(j, key, name.s);
	}
	if (some)
		json_end_object(j);
}

static void json_event(
	struct json *j, const struct buf *host, const char *user, const struct event *ev)
{
	buf_reserve(j->b, 2048);
	json_object(j);
	json_ku64(j, "v", SCHEMA_VERSION);
	json_kstr(j, "event", ev->schema->name);
	json_key(j, "time");
	json_time(j, ev->wall_ns);
	json_raw(j, host->s, host->len);
	json_kstr(j, "user", user);
	json_whoses(j, ev);
	json_ns_names(j, ev);
	for (size_t i = 0; i < schema_hdr_nfields; i++)
		json_field(j, ev, &schema_hdr_fields[i]);
	for (size_t i = 0; i < ev->schema->nfields; i++)
		json_field(j, ev, &ev->schema->fields[i]);
}

void event_json(struct buf *b, const struct buf *host, const char *user, const struct event *ev)
{
	struct json j = {.b = b};

	json_event(&j, host, user, ev);
	json_end_object(&j);
	buf_putc(b, '\n');
}

void event_json_notes(struct buf *b, const struct buf *host, const char *user,
	const struct event *ev, const struct event_note *notes, size_t nnotes)
{
	struct json j = {.b = b};

	json_event(&j, host, user, ev);
	json_key(&j, "notes");
	json_array(&j);
	for (size_t i = 0; i < nnotes; i++) {
		json_object(&j);
		json_kstr(&j, "code", notes[i].code);
		if (notes[i].reason)
			json_kstr(&j, "reason", notes[i].reason);
		json_kstr(&j, "text", notes[i].text);
		json_end_object(&j);
	}
	json_end_array(&j);
	json_end_object(&j);
	buf_putc(b, '\n');
}
