// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <string.h>

#include "event/kinds/kind.h"

static const char *const fd_kinds[] = {"other", "nsfs", "pidfd", "proc", "bad", NULL};
/* Of enum ns_slot, but for one place: 0 is what older recordings have. */
static const char *const target_types[] = {
	"", "mnt", "uts", "ipc", "user", "pid", "net", "cgroup", "time", NULL};

static const struct ev_field setns_fields[] = {
	F(ev_setns, ns_flags, FT_NSFLAGS, "types asked for, 0: whatever type the descriptor has"),
	F(ev_setns, result, FT_RESULT, "0, or why it failed"),
	F(ev_setns, fd, FT_S32, "the file descriptor"),
	F(ev_setns, fd_kind, FT_ENUM, "what the descriptor is", .names = fd_kinds),
	F(ev_setns, target_inum, FT_INUM, "namespace of an nsfs descriptor", .slot = SLOT_UNKNOWN),
	F(ev_setns, target_pid, FT_PID, "process of a pidfd, 0 where unknown"),
	F(ev_setns, changed, FT_SLOTS, "types of which the namespace is another one than before"),
	F(ev_setns, before, FT_NSSET, "namespaces before the call"),
	F(ev_setns, after, FT_NSSET, "namespaces after the call"),
	F(ev_setns, target_type, FT_ENUM, "its type, empty where unknown", .names = target_types),
};

/* What was to be joined: "net:[4026532999]", "uts|ipc of process 7453", "net". */
static void say_target(struct buf *b, const struct event *ev)
{
	const struct ev_setns *e = ev->rec;

	if (e->target_inum) {
		say_space(b, ev,
			event_inum_slot(
				ev, schema_field(ev->schema, "target_inum", strlen("target_inum"))),
			e->target_inum);
		return;
	}
	if (e->ns_flags)
		value_nsflags(b, e->ns_flags, EV_SETNS);
	else
		buf_puts(b, "any namespace");
	if (e->target_pid)
		buf_printf(b, " of process %u", e->target_pid);
}

static void setns_detail(struct buf *b, const struct event *ev)
{
	const struct ev_setns *e = ev->rec;

	say_target(b, ev);
	buf_puts(b, " by ");
	value_choice(b, fd_kinds, e->fd_kind);
	buf_printf(b, " fd %d", e->fd);
	say_changes(b, ev, "  ", &e->before, &e->after, e->changed);
	say_result(b, "  failed: ", e->result);
	if (e->result < 0)
		return;
	if (ev->hdr->flags & EVF_FILTERED)
		buf_puts(b, "  " ANSWERED "nothing was joined");
	else if (!e->changed)
		buf_puts(b, "  was there already");
}

void pair_text(struct buf *b, const struct event *ev)
{
	const struct ev_setns *e = ev->rec;

	say_changes(b, ev, "", &e->before, &e->after, e->changed);
	buf_puts(b, " and back");
}

static bool setns_story(struct buf *b, const struct event *ev)
{
	const struct ev_setns *e = ev->rec;

	say_actor(b, ev);
	if (event_refused(ev, e->result)) {
		buf_puts(b, " tries to enter");
		if (e->target_inum && e->target_type && e->target_type <= NS_TYPES) {
			buf_putc(b, ' ');
			say_space(b, ev, e->target_type - 1, e->target_inum);
		} else if (e->target_inum)
			buf_printf(b, " namespace %u", e->target_inum);
		else if (e->target_pid)
			buf_printf(b, " namespaces of process %u", e->target_pid);
		else
			buf_puts(b, " a namespace");
		say_failed(b, ev, e->result);
		return true;
	}
	say_moves(b, ev, &e->after, e->changed, "enters");
	return true;
}

const struct ev_schema kind_setns = {
	KIND(EV_SETNS, "setns", ev_setns, setns_fields),
	.help = "setns(2) returned, with success or not",
	.tone = TONE_MOVE,
	.say_detail = setns_detail,
	.say_story = setns_story,
};
