// SPDX-License-Identifier: GPL-2.0-or-later
/* nslife.c - of all types of namespaces: ns-create, ns-free. The calls that make them and the ends
 * that leave them tell the story. */
#include <stddef.h>

#include "event/kinds/kind.h"

static const char *const makers[] = {"call", "open_tree", "fsmount", NULL};

static const struct ev_field ns_create_fields[] = {
	F(ev_ns, ns_type, FT_SLOT, "type of namespace"),
	F(ev_ns, inum, FT_INUM, "the namespace", .slot = SLOT_IN_RECORD),
	F(ev_ns, ns_id, FT_U64, "the kernel's unique id of it, 0 where it has none"),
	F(ev_ns, owner, FT_INUM, "its owner; of a user namespace its parent", .slot = NS_USER),
	F(ev_ns, made_by, FT_ENUM, "call that created it; call: unshare or clone", .names = makers),
};

static void create_detail(struct buf *b, const struct event *ev)
{
	const struct ev_ns *e = ev->rec;

	say_ns(b, ev, e->ns_type, e->inum);
	if (e->owner) {
		buf_puts(b, e->ns_type == NS_USER ? " parent " : " owner ");
		say_space(b, ev, NS_USER, e->owner);
	}
	if (e->made_by == EV_MADE_BY_OPEN_TREE || e->made_by == EV_MADE_BY_FSMOUNT)
		buf_printf(b, ", made by %s", makers[e->made_by]);
}

const struct ev_schema kind_ns_create = {
	KIND(EV_NS_CREATE, "ns-create", ev_ns, ns_create_fields),
	.help = "a namespace was created",
	.tone = TONE_BEGIN,
	.say_detail = create_detail,
};

static const struct ev_field ns_free_fields[] = {
	F(ev_ns, ns_type, FT_SLOT, "type of namespace"),
	F(ev_ns, inum, FT_INUM, "the namespace", .slot = SLOT_IN_RECORD),
	F(ev_ns, ns_id, FT_U64, "the kernel's unique id of it, 0 where it has none"),
	F(ev_ns, owner, FT_INUM, "its owner; of a user namespace its parent", .slot = NS_USER),
	F(ev_ns, made_by, FT_ENUM, "call that created it; call: unshare or clone", .names = makers),
	F(ev_ns, creator_pid, FT_PID, "the process that created it, 0 where unknown"),
	F(ev_ns, creator_comm, FT_COMM, "name of the thread that created it"),
	F(ev_ns, lifetime_ns, FT_DURATION, "how long it existed, in ns, 0 where unknown"),
};

static void free_detail(struct buf *b, const struct event *ev)
{
	const struct ev_ns *e = ev->rec;

	say_ns(b, ev, e->ns_type, e->inum);
	if (e->lifetime_ns) {
		buf_puts(b, " after ");
		value_duration(b, e->lifetime_ns);
	}
	if (!e->creator_pid)
		return;
	buf_puts(b, " (made by ");
	say_name(b, e->creator_comm, EV_COMM_LEN);
	buf_printf(b, e->creator_comm[0] ? " %u" : "%u", e->creator_pid);
	if (e->made_by == EV_MADE_BY_OPEN_TREE || e->made_by == EV_MADE_BY_FSMOUNT)
		buf_printf(b, " with %s", makers[e->made_by]);
	buf_putc(b, ')');
}

const struct ev_schema kind_ns_free = {
	KIND(EV_NS_FREE, "ns-free", ev_ns, ns_free_fields),
	.help = "a namespace was destroyed",
	.tone = TONE_END,
	.say_detail = free_detail,
};
