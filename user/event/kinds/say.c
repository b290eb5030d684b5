// SPDX-License-Identifier: GPL-2.0-or-later
/* say.c - wording that several kinds share. */
#include <string.h>
#include <sys/wait.h>

#include "event/kinds/kind.h"

void say_name(struct buf *b, const char *name, size_t size)
{
	escape_text(b, name, strnlen(name, size));
}

void say_ns(struct buf *b, const struct event *ev, uint32_t ns_type, uint32_t inum)
{
	say_space(b, ev, ns_type < NS_TYPES ? ns_type : NS_SLOTS, inum);
}

void say_status(struct buf *b, const struct event *ev, int status)
{
	if (ev->hdr->flags & EVF_NO_STATUS)
		buf_puts(b, "status unknown");
	else
		value_exit(b, status);
}

void say_result(struct buf *b, const char *before, int result)
{
	if (!result)
		return;
	buf_puts(b, before);
	value_result(b, result);
}

void say_changes(struct buf *b, const struct event *ev, const char *before,
	const struct ev_nsset *from, const struct ev_nsset *to, uint32_t changed)
{
	for (unsigned int slot = 0; slot < NS_SLOTS; slot++) {
		if (!(changed >> slot & 1))
			continue;
		buf_puts(b, before);
		before = ", ";
		buf_puts(b, slot_label(slot));
		buf_putc(b, ' ');
		say_space_number(b, ev, slot, from->inum[slot]);
		buf_puts(b, " -> ");
		say_space_number(b, ev, slot, to->inum[slot]);
	}
}

/* --- in a story ------------------------------------------------------------------------------ */

static void say_comm(struct buf *b, const char comm[EV_COMM_LEN], uint32_t pid)
{
	size_t len = strnlen(comm, EV_COMM_LEN);

	if (len)
		escape_text(b, comm, len);
	else
		buf_puts(b, "process");
	buf_printf(b, len ? " (%u)" : " %u", pid);
}

void say_actor(struct buf *b, const struct event *ev)
{
	say_comm(b, ev->hdr->comm, ev->hdr->pid);
}

void say_list(struct buf *b, const struct event *ev, const struct ev_nsset *set, uint32_t mask)
{
	uint32_t left = mask;

	for (unsigned int slot = 0; slot < NS_SLOTS; slot++) {
		if (!(mask >> slot & 1))
			continue;
		left &= ~(1u << slot);
		if (set->inum[slot])
			say_space(b, ev, ns_types[slot].type, set->inum[slot]);
		else
			buf_printf(b, "a new %s namespace", ns_types[ns_types[slot].type].name);
		if (left)
			buf_puts(b, left & (left - 1) ? ", " : " and ");
	}
}

bool event_refused(const struct event *ev, int result)
{
	return result || ev->hdr->flags & EVF_FILTERED;
}

void say_failed(struct buf *b, const struct event *ev, int result)
{
	if (!result) {
		buf_puts(b, ": a seccomp filter answers with success, and nothing is done.");
		return;
	}
	buf_printf(b, ": refused%s with %s.",
		ev->hdr->flags & EVF_FILTERED ? " by a seccomp filter" : "", errno_word(result));
}

#define CHILD_MASK (1u << NS_PID_CHILD | 1u << NS_TIME_CHILD)

void say_moves(struct buf *b, const struct event *ev, const struct ev_nsset *after,
	uint32_t changed, const char *verb)
{
	uint32_t self = changed & NS_TYPES_MASK, children = changed & CHILD_MASK;

	/* A slot for children follows the one that it belongs to. */
	if (changed >> NS_PID & 1)
		children &= ~(1u << NS_PID_CHILD);
	if (changed >> NS_TIME & 1)
		children &= ~(1u << NS_TIME_CHILD);
	if (self) {
		buf_printf(b, " %s ", verb);
		say_list(b, ev, after, self);
	}
	if (children) {
		buf_puts(b, self ? "; only its children will be in "
				 : " stays, but its children will be in ");
		say_list(b, ev, after, children);
	}
	if (!self && !children)
		buf_puts(b, " stays where it is");
	buf_putc(b, '.');
}

void say_end(struct buf *b, const struct event *ev, int status)
{
	if (ev->hdr->flags & EVF_NO_STATUS) {
		buf_puts(b, "ends");
	} else if (WTERMSIG(status)) {
		buf_puts(b, "is ");
		value_exit(b, status);
	} else {
		buf_puts(b, "ends with ");
		value_exit(b, status);
	}
}
