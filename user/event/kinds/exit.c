// SPDX-License-Identifier: GPL-2.0-or-later
#include "event/kinds/kind.h"

static const struct ev_field exit_fields[] = {
	F(ev_exit, exit_code, FT_EXIT, "how it ended"),
	F(ev_exit, is_init, FT_BOOL, "it was pid 1 of a pid namespace"),
	F(ev_exit, empties, FT_SLOTS, "namespaces that nothing else refers to"),
	F(ev_exit, lifetime_ns, FT_DURATION, "how long the process lived, in ns"),
	F(ev_exit, ns, FT_NSSET, "namespaces of the process"),
};

static void exit_detail(struct buf *b, const struct event *ev)
{
	const struct ev_exit *e = ev->rec;

	say_status(b, ev, e->exit_code);
	if (e->is_init && ev->hdr->pidns) {
		buf_puts(b, ", was pid 1 of ");
		say_space(b, ev, NS_PID, ev->hdr->pidns);
	}
	if (!(e->empties & NS_SLOTS_MASK))
		return;
	buf_puts(b, ", leaves ");
	for (uint32_t left = e->empties & NS_SLOTS_MASK; left; left &= left - 1) {
		unsigned int slot = (unsigned int)__builtin_ctz(left);

		buf_printf(b, "%s ", slot_label(slot));
		say_space_number(b, ev, slot, e->ns.inum[slot]);
		buf_puts(b, left & (left - 1) ? ", " : " empty");
	}
}

static bool exit_story(struct buf *b, const struct event *ev)
{
	const struct ev_exit *e = ev->rec;
	uint32_t left = e->empties & NS_TYPES_MASK;

	if (e->is_init) /* its pidns-death tells it */
		return false;
	say_actor(b, ev);
	buf_putc(b, ' ');
	say_end(b, ev, e->exit_code);
	if (left) {
		buf_puts(b, "; nobody is left in ");
		say_list(b, ev, &e->ns, left);
	}
	buf_putc(b, '.');
	return true;
}

const struct ev_schema kind_exit = {
	KIND(EV_EXIT, "exit", ev_exit, exit_fields),
	.help = "the last process of a set of namespaces, or an init, ended",
	.tone = TONE_END,
	.say_detail = exit_detail,
	.say_story = exit_story,
};
