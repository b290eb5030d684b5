// SPDX-License-Identifier: GPL-2.0-or-later
/* netdev.c - of network devices: netdev, netdev-add, netdev-del. */
#include <stddef.h>
#include <string.h>

#include "event/kinds/kind.h"

static const char *const whys[] = {"request", "netns-exit", NULL};

/* All three are one struct; what one lacks is 0 there. */
static const struct ev_field netdev_fields[] = {
	F(ev_netdev, old_name, FT_STR, "name before"),
	F(ev_netdev, new_name, FT_STR, "name now"),
	F(ev_netdev, dev_kind, FT_STR, "kind of device (veth, bridge), empty for hardware"),
	F(ev_netdev, old_ifindex, FT_U32, "interface index before"),
	F(ev_netdev, new_ifindex, FT_U32, "interface index now"),
	F(ev_netdev, from, FT_INUM, "net namespace it was in", .slot = NS_NET),
	F(ev_netdev, to, FT_INUM, "net namespace it is in", .slot = NS_NET),
	F(ev_netdev, why, FT_ENUM, "what caused it", .names = whys),
	F(ev_netdev, cause, FT_INUM, "net namespace whose end caused it", .slot = NS_NET),
};

static void say_dev_kind(struct buf *b, const char *kind)
{
	if (!kind[0])
		return;
	buf_puts(b, " (");
	say_name(b, kind, EV_DEV_LEN);
	buf_putc(b, ')');
}

static void say_cause(struct buf *b, const struct event *ev)
{
	const struct ev_netdev *e = ev->rec;

	if (e->why != EV_WHY_NETNS_EXIT || !e->cause)
		return;
	buf_puts(b, ", ");
	say_space(b, ev, NS_NET, e->cause);
	buf_puts(b, " ended");
}

static void move_detail(struct buf *b, const struct event *ev)
{
	const struct ev_netdev *e = ev->rec;

	say_name(b, e->old_name, EV_DEV_LEN);
	if (e->new_name[0] && strncmp(e->old_name, e->new_name, EV_DEV_LEN) != 0) {
		buf_puts(b, " -> ");
		say_name(b, e->new_name, EV_DEV_LEN);
	}
	say_dev_kind(b, e->dev_kind);
	buf_puts(b, "  ");
	say_space(b, ev, NS_NET, e->from);
	buf_puts(b, " -> ");
	say_space(b, ev, NS_NET, e->to);
	if (e->old_ifindex && e->new_ifindex && e->old_ifindex != e->new_ifindex)
		buf_printf(b, ", ifindex %u -> %u", e->old_ifindex, e->new_ifindex);
	say_cause(b, ev);
}

static void add_detail(struct buf *b, const struct event *ev)
{
	const struct ev_netdev *e = ev->rec;

	say_name(b, e->new_name, EV_DEV_LEN);
	say_dev_kind(b, e->dev_kind);
	buf_puts(b, " in ");
	say_space(b, ev, NS_NET, e->to);
	if (e->new_ifindex)
		buf_printf(b, ", ifindex %u", e->new_ifindex);
}

static void del_detail(struct buf *b, const struct event *ev)
{
	const struct ev_netdev *e = ev->rec;

	say_name(b, e->old_name, EV_DEV_LEN);
	say_dev_kind(b, e->dev_kind);
	buf_puts(b, " from ");
	say_space(b, ev, NS_NET, e->from);
	if (e->old_ifindex)
		buf_printf(b, ", ifindex %u", e->old_ifindex);
	say_cause(b, ev);
}

static bool netdev_story(struct buf *b, const struct event *ev)
{
	const struct ev_netdev *e = ev->rec;
	bool gone = ev->schema->kind == EV_NETDEV_DEL;

	buf_puts(b, "Device ");
	say_name(b, ev->schema->kind == EV_NETDEV_ADD ? e->new_name : e->old_name, EV_DEV_LEN);
	if (ev->schema->kind == EV_NETDEV_ADD) {
		buf_puts(b, " comes to be in ");
		say_space(b, ev, NS_NET, e->to);
	} else {
		buf_puts(b, gone ? " is removed from " : " moves from ");
		say_space(b, ev, NS_NET, e->from);
	}
	if (ev->schema->kind == EV_NETDEV) {
		buf_puts(b, " to ");
		say_space(b, ev, NS_NET, e->to);
		if (strncmp(e->old_name, e->new_name, EV_DEV_LEN) != 0) {
			buf_puts(b, " and is called ");
			say_name(b, e->new_name, EV_DEV_LEN);
		}
	}
	if (e->why == EV_WHY_NETNS_EXIT) {
		/* Its own, or that of its other end, of what it stood on, of a tunnel's packets. */
		buf_puts(b, ", because ");
		if (e->cause)
			say_space(b, ev, NS_NET, e->cause);
		else
			buf_puts(b, "a net namespace");
		buf_puts(b, " ended");
	}
	buf_putc(b, '.');
	return true;
}

const struct ev_schema kind_netdev = {
	KIND(EV_NETDEV, "netdev", ev_netdev, netdev_fields),
	.help = "a network device changed its net namespace",
	.types = KIND_TYPE(NS_NET),
	.tone = TONE_MOVE,
	.say_detail = move_detail,
	.say_story = netdev_story,
};

const struct ev_schema kind_netdev_add = {
	KIND(EV_NETDEV_ADD, "netdev-add", ev_netdev, netdev_fields),
	.help = "a network device was created",
	.types = KIND_TYPE(NS_NET),
	.tone = TONE_BEGIN,
	.say_detail = add_detail,
	.say_story = netdev_story,
};

const struct ev_schema kind_netdev_del = {
	KIND(EV_NETDEV_DEL, "netdev-del", ev_netdev, netdev_fields),
	.help = "a network device was removed",
	.types = KIND_TYPE(NS_NET),
	.tone = TONE_END,
	.say_detail = del_detail,
	.say_story = netdev_story,
};
