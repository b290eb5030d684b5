// SPDX-License-Identifier: GPL-2.0-or-later
#include "event/kinds/kind.h"

static const struct ev_field unshare_fields[] = {
	F(ev_unshare, ns_flags, FT_NSFLAGS, "types that were to be unshared"),
	F(ev_unshare, result, FT_RESULT, "0, or why it failed"),
	F(ev_unshare, changed, FT_SLOTS, "types of which the namespace is another one than before"),
	F(ev_unshare, before, FT_NSSET, "namespaces before the call"),
	F(ev_unshare, after, FT_NSSET, "namespaces after the call"),
	CALLER_FIELDS(ev_unshare),
};

static void unshare_detail(struct buf *b, const struct event *ev)
{
	const struct ev_unshare *e = ev->rec;

	if (e->ns_flags)
		value_nsflags(b, e->ns_flags, EV_UNSHARE);
	else
		buf_puts(b, "no flags");
	say_changes(b, ev, "  ", &e->before, &e->after, e->changed);
	say_result(b, "  failed: ", e->result);
	if (e->result >= 0 && ev->hdr->flags & EVF_FILTERED)
		buf_puts(b, "  " ANSWERED "nothing was unshared");
}

static bool unshare_story(struct buf *b, const struct event *ev)
{
	const struct ev_unshare *e = ev->rec;
	uint32_t types = nsflags_types(e->ns_flags, EV_UNSHARE);

	if (!types)
		return false;
	say_actor(b, ev);
	buf_puts(b, event_refused(ev, e->result) ? " tries to unshare " : " unshares ");
	value_slots(b, types);
	if (event_refused(ev, e->result)) {
		say_failed(b, ev, e->result);
		return true;
	}
	buf_puts(b, ": it");
	say_moves(b, ev, &e->after, e->changed, "is in");
	return true;
}

const struct ev_schema kind_unshare = {
	KIND(EV_UNSHARE, "unshare", ev_unshare, unshare_fields),
	.help = "unshare(2) returned, with success or not",
	.tone = TONE_MOVE,
	.say_detail = unshare_detail,
	.say_story = unshare_story,
};
