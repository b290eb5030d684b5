// SPDX-License-Identifier: GPL-2.0-or-later
/* pin.c - of bind mounts: pin, unpin. */
#include "event/kinds/kind.h"

static const struct ev_field pin_fields[] = {
	F(ev_pin, ns_type, FT_SLOT, "type of namespace"),
	F(ev_pin, inum, FT_INUM, "the namespace", .slot = SLOT_IN_RECORD),
	TAIL(ev_pin, path, "path", FT_TAIL, "where it is mounted",
		.len_off = offsetof(struct ev_pin, path_len)),
};

static void pin_detail(struct buf *b, const struct event *ev)
{
	const struct ev_pin *e = ev->rec;

	say_ns(b, ev, e->ns_type, e->inum);
	buf_puts(b, ev->schema->kind == EV_PIN ? " on " : " off ");
	escape_text(b, e->path, e->path_len);
}

static bool pin_story(struct buf *b, const struct event *ev)
{
	const struct ev_pin *e = ev->rec;
	bool pin = ev->schema->kind == EV_PIN;

	say_actor(b, ev);
	buf_puts(b, pin ? " mounts " : " unmounts ");
	say_space(b, ev, e->ns_type, e->inum);
	buf_puts(b, pin ? " on " : " from ");
	escape_text(b, e->path, e->path_len);
	buf_puts(b, pin ? ", which keeps it." : ".");
	return true;
}

const struct ev_schema kind_pin = {
	KIND_TAIL(EV_PIN, "pin", ev_pin, pin_fields, path),
	.help = "a namespace was bind-mounted, which keeps it",
	.tone = TONE_BEGIN,
	.say_detail = pin_detail,
	.say_story = pin_story,
};

const struct ev_schema kind_unpin = {
	KIND_TAIL(EV_UNPIN, "unpin", ev_pin, pin_fields, path),
	.help = "a bind mount of a namespace was removed",
	.tone = TONE_END,
	.say_detail = pin_detail,
	.say_story = pin_story,
};
