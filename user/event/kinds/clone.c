// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/sched.h>

#include "event/kinds/kind.h"

static const struct ev_field clone_fields[] = {
	F(ev_clone, ns_flags, FT_NSFLAGS, "flags of the call"),
	F(ev_clone, result, FT_RESULT, "0, or why it failed"),
	F(ev_clone, child_pid, FT_PID, "the child (of a thread its tid), 0 on failure"),
	F(ev_clone, child_pidns, FT_INUM, "pid namespace the child lives in", .slot = NS_PID),
	F(ev_clone, child_ns_pid, FT_PID, "the child's pid there"),
	F(ev_clone, changed, FT_SLOTS, "types of which the child's namespace is not its parent's"),
	F(ev_clone, before, FT_NSSET, "namespaces of the parent"),
	F(ev_clone, after, FT_NSSET, "namespaces of the child"),
	CALLER_FIELDS(ev_clone),
};

static void clone_detail(struct buf *b, const struct event *ev)
{
	const struct ev_clone *e = ev->rec;
	uint32_t types = nsflags_types(e->ns_flags, EV_CLONE);

	if (types) {
		value_slots(b, types);
		buf_puts(b, "  ");
	}
	if (e->child_pid)
		buf_printf(b, "child %u", e->child_pid);
	if (e->child_ns_pid != e->child_pid && e->child_ns_pid && e->child_pidns) {
		buf_printf(b, " (%u in ", e->child_ns_pid);
		say_space(b, ev, NS_PID, e->child_pidns);
		buf_putc(b, ')');
	}
	say_changes(b, ev, "  ", &e->before, &e->after, e->changed);
	say_result(b, "failed: ", e->result);
	if (e->result >= 0 && ev->hdr->flags & EVF_FILTERED)
		buf_puts(b, ANSWERED "no child was made");
}

static bool clone_story(struct buf *b, const struct event *ev)
{
	const struct ev_clone *e = ev->rec;

	/* What differs only because the parent said so before is told by the birth of pid 1. */
	if (!event_refused(ev, e->result) && !ns_flags_to_types(e->ns_flags))
		return false;
	say_actor(b, ev);
	if (event_refused(ev, e->result)) {
		buf_puts(b, " tries to clone with ");
		value_slots(b, ns_flags_to_types(e->ns_flags));
		say_failed(b, ev, e->result);
		return true;
	}
	buf_printf(b, " makes %s %u in ", e->ns_flags & CLONE_THREAD ? "thread" : "child",
		e->child_pid);
	say_list(b, ev, &e->after, e->changed & NS_TYPES_MASK);
	buf_putc(b, '.');
	return true;
}

const struct ev_schema kind_clone = {
	KIND(EV_CLONE, "clone", ev_clone, clone_fields),
	.help = "a child was created in other namespaces than its parent's, or a clone that asked "
		"for them failed",
	.tone = TONE_BEGIN,
	.say_detail = clone_detail,
	.say_story = clone_story,
};
