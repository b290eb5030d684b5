// SPDX-License-Identifier: GPL-2.0-or-later
/* of_net.c - a picture of net namespaces: their devices, and what these are to each other. */
#include <errno.h>
#include <string.h>

#include "kernel/link.h"
#include "kernel/nstype.h"
#include "picture/system.h"
#include "snapshot/fate.h"
#include "snapshot/netref.h"

struct drawing {
	struct snapshot *s;
	const struct picture_wants *wants;
	struct picture *p;
	uint32_t row; /* of the first device; further ones follow as in the view */
};

static void space_box(struct drawing *d, const struct net_space *space)
{
	struct picture *p = d->p;
	uint32_t box = picture_box(p, NS_NET, space->inum);
	auto_buf struct buf name = {0};

	if (netref_label(d->s, space->node, &name))
		p->boxes[box].name = picture_text(p, name.s, name.len);
	if (space->state) {
		auto_buf struct buf note = {0};

		buf_printf(&note, "may not be looked into: %s", strerror(-space->state));
		p->boxes[box].note = picture_text(p, note.s, note.len);
		p->boxes[box].tone = PICTURE_WARN;
	}
	if (!space->initial)
		picture_kept(d->s, space->node, true, p, box);
}

static enum picture_tone state_tone(const char *state)
{
	return !strcmp(state, "up")     ? PICTURE_GOOD
	       : !strcmp(state, "down") ? PICTURE_DIM
					: PICTURE_WARN;
}

/* Lines below the name: addresses, and what is to be known of it. */
static void more_say(const struct drawing *d, uint32_t dev, struct buf *b)
{
	const struct net_view *v = &d->s->view;
	const struct net_dev *row = &v->devs.rows[dev];
	const struct net_peer *peer = &v->peers[dev];
	bool initial = v->spaces[v->space_of[dev]].initial;

	for (uint32_t i = 0; d->wants->addresses && i < row->naddrs; i++) {
		if (b->len)
			buf_putc(b, '\n');
		addr_format(&v->devs.addrs[row->addr + i], b);
	}
	if (!initial && !row->software && !(row->flags & IFF_LOOPBACK) &&
		dev_fate(row, false) == FATE_RETURNS)
		buf_printf(b, "%sreturns to the initial namespace when this one ends",
			b->len ? "\n" : "");
	if (peer->state == PEER_UNSEEN && row->link != row->index) {
		buf_printf(b, "%sother end: number %u", b->len ? "\n" : "", row->link);
		if (peer->space != NET_NONE)
			buf_printf(b, " in net:[%u]", v->spaces[peer->space].inum);
		else if (row->link_nsid >= 0)
			buf_printf(b, " in a namespace that is not in sight");
	}
}

static void device_row(struct drawing *d, uint32_t dev)
{
	const struct net_view *v = &d->s->view;
	const struct net_dev *n = &v->devs.rows[dev];
	uint32_t at = picture_row(d->p, v->space_of[dev], PICTURE_DEVICE);
	struct picture_row *row = &d->p->rows[at];
	auto_buf struct buf note = {0}, more = {0};

	buf_printf(&note, "%s, %s", dev_kind(n), dev_state(n));
	more_say(d, dev, &more);
	row->number = n->index;
	row->tone = state_tone(dev_state(n));
	row->name = picture_text(d->p, n->name, strlen(n->name));
	row->note = picture_text(d->p, note.s, note.len);
	row->more = picture_text(d->p, more.s, more.len);
}

/* The other end of a pair, and not what it stands on. */
static bool is_pair(const struct net_view *v, uint32_t dev, uint32_t other)
{
	const struct net_kind *k = netkind_find(v->devs.rows[dev].kind);

	return k ? k->link == LINK_PEER
		 : v->peers[other].state == PEER_FOUND && v->peers[other].dev == dev;
}

static void device_link(struct drawing *d, uint32_t dev)
{
	const struct net_view *v = &d->s->view;
	const struct net_space *space = &v->spaces[v->space_of[dev]];
	const struct net_dev *n = &v->devs.rows[dev], *master;
	const struct net_peer *peer = &v->peers[dev];
	struct picture_row *row = &d->p->rows[d->row + dev];

	master = n->master ? devs_by_index(&v->devs.rows[space->first], space->n, n->master) : NULL;
	if (master)
		row->up = d->row + (uint32_t)(master - v->devs.rows);
	if (peer->state == PEER_UNDERLAY && peer->space != NET_NONE &&
		peer->space != v->space_of[dev])
		picture_link_box(d->p, PICTURE_UNDERLAY, d->row + dev, peer->space);
	if (peer->state != PEER_FOUND || peer->dev == dev)
		return;
	if (is_pair(v, dev, peer->dev)) {
		/* Both say it. */
		if (dev < peer->dev || v->peers[peer->dev].state != PEER_FOUND ||
			v->peers[peer->dev].dev != dev)
			picture_link(d->p, PICTURE_PEER, d->row + dev, d->row + peer->dev);
	} else if (row->up == PICTURE_NONE && v->space_of[peer->dev] == v->space_of[dev]) {
		row->up = d->row + peer->dev;
	} else {
		picture_link(d->p, PICTURE_LOWER, d->row + dev, d->row + peer->dev);
	}
}

void picture_of_net(struct snapshot *s, const struct picture_wants *w, struct picture *ret)
{
	struct drawing d = {.s = s, .wants = w, .p = ret};

	*ret = (struct picture){.title = "Net namespaces",
		.kind = "net",
		.host = snapshot_ops(s)->host_name(),
		.thing = "device",
		.things = "devices"};
	/* Boxes have the places of spaces, rows those of devices. */
	for (size_t i = 0; i < s->view.n; i++)
		space_box(&d, &s->view.spaces[i]);
	for (uint32_t i = 0; i < s->view.devs.n; i++)
		device_row(&d, i);
	for (uint32_t i = 0; i < s->view.devs.n; i++)
		device_link(&d, i);
}
