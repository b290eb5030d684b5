// SPDX-License-Identifier: GPL-2.0-or-later
/* netdev_cols.c - the columns of `nswatch netdev`. */
#include <string.h>

#include "cmd/netdev.h"
#include "snapshot/fate.h"

/* The device of a row, NULL where it is a namespace. */
static const struct net_dev *row_dev(const void *row)
{
	return ((const struct netdev_row *)row)->dev;
}

static const struct net_space *row_space(const void *row)
{
	return ((const struct netdev_row *)row)->space;
}

/* In a tree the namespace stands above its devices: they do not say it again. */
static bool said_above(const struct netdev *n, const void *row)
{
	return n->tree && row_dev(row);
}

static bool fill_netns(void *ctx, const void *row, struct buf *b)
{
	return !said_above(ctx, row) && cell_u64(b, row_space(row)->inum);
}

static bool fill_name(void *ctx, const void *row, struct buf *b)
{
	struct netdev *n = ctx;

	if (said_above(n, row) || !n->has_label)
		return false;
	buf_add(b, n->label.s, n->label.len);
	return true;
}

static bool fill_ifindex(void *ctx, const void *row, struct buf *b)
{
	const struct net_dev *d = row_dev(row);

	return d && cell_u64(b, d->index);
}

/* In a tree whose first column this is, a namespace stands here too. */
static bool fill_ifname(void *ctx, const void *row, struct buf *b)
{
	const struct netdev *n = ctx;
	const struct net_dev *d = row_dev(row);

	if (d) {
		buf_puts(b, d->name);
		return true;
	}
	if (n->cols.cols[0]->fill != fill_ifname)
		return false;
	buf_printf(b, "net:[%u]", row_space(row)->inum);
	if (n->has_label)
		buf_printf(b, " %s", n->label.s);
	return true;
}

static bool fill_kind(void *ctx, const void *row, struct buf *b)
{
	const struct net_dev *d = row_dev(row);

	return d && cell_text(b, dev_kind(d));
}

static bool fill_state(void *ctx, const void *row, struct buf *b)
{
	const struct net_dev *d = row_dev(row);

	return d && cell_text(b, dev_state(d));
}

static bool fill_mac(void *ctx, const void *row, struct buf *b)
{
	const struct net_dev *d = row_dev(row);

	if (d)
		dev_mac_format(d, b);
	return d && d->mac_len;
}

static bool fill_mtu(void *ctx, const void *row, struct buf *b)
{
	const struct net_dev *d = row_dev(row);

	return d && cell_u64(b, d->mtu);
}

static bool fill_addresses(void *ctx, const void *row, struct buf *b)
{
	const struct netdev *n = ctx;
	const struct net_dev *d = row_dev(row);

	for (uint32_t i = 0; d && i < d->naddrs; i++) {
		if (i)
			buf_putc(b, n->o->form.raw ? ',' : '\n');
		addr_format(&n->d.view.devs.addrs[d->addr + i], b);
	}
	return d && d->naddrs;
}

/* --- the other end --------------------------------------------------------------------------- */

static const struct net_peer *peer_of(const struct netdev *n, const struct net_dev *d)
{
	return d ? &n->d.view.peers[d - n->d.view.devs.rows] : NULL;
}

static const struct net_dev *peer_dev(const struct netdev *n, const struct net_peer *p)
{
	return p && p->state == PEER_FOUND ? &n->d.view.devs.rows[p->dev] : NULL;
}

static const struct net_space *peer_space(const struct netdev *n, const struct net_peer *p)
{
	return p && p->state != PEER_NONE && p->space != NET_NONE ? &n->d.view.spaces[p->space]
								  : NULL;
}

static void space_name(struct netdev *n, const struct net_space *s, struct buf *b)
{
	if (!netref_label(&n->d, s->node, b))
		buf_printf(b, "net:[%u]", s->inum);
}

/* "eth0", and "@blue" where it is elsewhere; "underlay in blue" of a tunnel. */
static bool fill_peer(void *ctx, const void *row, struct buf *b)
{
	struct netdev *n = ctx;
	const struct net_dev *d = row_dev(row);
	const struct net_peer *p = peer_of(n, d);
	const struct net_space *s = peer_space(n, p);

	if (!p || p->state == PEER_NONE)
		return false;
	if (p->state == PEER_FOUND)
		buf_puts(b, peer_dev(n, p)->name);
	else if (p->state == PEER_UNDERLAY)
		buf_puts(b, "underlay in ");
	else
		buf_printf(b, "if%u", d->link);
	if (s == row_space(row))
		return true;
	if (p->state != PEER_UNDERLAY && (s || d->link_nsid >= 0))
		buf_putc(b, '@');
	if (s)
		space_name(n, s, b);
	else if (d->link_nsid >= 0)
		buf_printf(b, "nsid %d", d->link_nsid);
	return true;
}

bool netdev_peer_say(struct netdev *n, const struct net_dev *dev, struct buf *b)
{
	struct netdev_row row = {
		&n->d.view.spaces[n->d.view.space_of[dev - n->d.view.devs.rows]], dev};

	return fill_peer(n, &row, b);
}

static bool fill_peer_netns(void *ctx, const void *row, struct buf *b)
{
	const struct net_space *s = peer_space(ctx, peer_of(ctx, row_dev(row)));

	return s && cell_u64(b, s->inum);
}

static bool fill_peer_ifindex(void *ctx, const void *row, struct buf *b)
{
	const struct net_peer *p = peer_of(ctx, row_dev(row));

	return p && p->state != PEER_NONE && p->state != PEER_UNDERLAY &&
	       cell_u64(b, row_dev(row)->link);
}

static bool fill_peer_nsid(void *ctx, const void *row, struct buf *b)
{
	const struct net_dev *d = row_dev(row);

	return d && d->link_nsid >= 0 && cell_u64(b, (uint64_t)d->link_nsid);
}

static bool fill_master(void *ctx, const void *row, struct buf *b)
{
	const struct netdev *n = ctx;
	const struct net_dev *d = row_dev(row), *m;
	const struct net_space *s = row_space(row);

	if (!d || !d->master)
		return false;
	m = devs_by_index(n->d.view.devs.rows + s->first, s->n, d->master);
	if (m)
		buf_puts(b, m->name);
	else
		buf_printf(b, "if%u", d->master);
	return true;
}

/* --- moving and ending ----------------------------------------------------------------------- */

static bool fill_movable(void *ctx, const void *row, struct buf *b)
{
	const struct net_dev *d = row_dev(row);
	const char *why;
	enum net_flag flag = d ? dev_movable(d, &why) : NET_UNKNOWN;

	if (!d)
		return false;
	buf_puts(b, flag == NET_YES ? "yes" : flag == NET_NO ? "no" : "unknown");
	if (why)
		buf_printf(b, ": %s", why);
	return true;
}

static bool fill_on_exit(void *ctx, const void *row, struct buf *b)
{
	const struct net_dev *d = row_dev(row);

	return d && cell_text(b, fate_name(dev_fate(d, row_space(row)->initial)));
}

static void item_add(const struct netdev *n, struct buf *b, bool first, const char *s)
{
	table_item(b, first, n->o->form.raw ? ',' : '\n', s, strlen(s));
}

/* "eth0@blue", or "blue" of an underlay: whose end is one of the device, too. */
static void end_say(struct netdev *n, const struct net_end *e, struct buf *b)
{
	const struct net_view *v = &n->d.view;

	if (e->dev != NET_NONE) {
		buf_puts(b, v->devs.rows[e->dev].name);
		buf_putc(b, '@');
	}
	space_name(n, &v->spaces[e->space], b);
}

static bool fill_ends_with(void *ctx, const void *row, struct buf *b)
{
	struct netdev *n = ctx;
	const struct net_dev *d = row_dev(row);
	struct net_end ends[NET_ENDS_MAX];
	size_t count;

	if (!d)
		return false;
	count = netview_ends(&n->d.view, (uint32_t)(d - n->d.view.devs.rows), ends);
	for (size_t i = 0; i < count; i++) {
		auto_buf struct buf end = {0};

		end_say(n, &ends[i], &end);
		item_add(n, b, !i, end.s ? end.s : "");
	}
	if (count || !netview_hidden(&n->d.view, (uint32_t)(d - n->d.view.devs.rows)))
		return count;
	buf_puts(b, "not told");
	return true;
}

static bool fill_altnames(void *ctx, const void *row, struct buf *b)
{
	const struct netdev *n = ctx;
	const struct net_dev *d = row_dev(row);

	for (uint32_t i = 0; d && i < d->nalts; i++)
		item_add(n, b, !i, dev_alt(&n->d.view.devs, d, i));
	return d && d->nalts;
}

static bool fill_why(void *ctx, const void *row, struct buf *b)
{
	const struct net_dev *d = row_dev(row);

	return d && cell_text(b, fate_why(d, row_space(row)->initial));
}

#define L NETDEV_NEED_LABEL
#define P (NETDEV_NEED_PEERS | NETDEV_NEED_LABEL)

const struct column netdev_cols[] = {
	{{"NETNS", TABLE_NUMBER, TABLE_RIGHT}, "net namespace (inode number)", 0, fill_netns},
	{{"NAME", TABLE_STRING, TABLE_TRUNC | TABLE_FOLD},
		"names of that net namespace, (initial), or else the container in it, or where it "
		"is mounted",
		L, fill_name},
	{{"IFINDEX", TABLE_NUMBER, TABLE_RIGHT | TABLE_SPARE}, "number of the device there", 0,
		fill_ifindex},
	{{"IFNAME", TABLE_STRING, 0}, "name of the device", 0, fill_ifname},
	{{"KIND", TABLE_STRING, 0}, "what it is: veth, bridge, ..., loopback, physical", 0,
		fill_kind},
	{{"STATE", TABLE_STRING, 0}, "down, up, or up without carrier and the like", 0, fill_state},
	{{"MAC", TABLE_STRING, TABLE_SPARE}, "hardware address", 0, fill_mac},
	{{"ADDRESSES", TABLE_STRING, TABLE_TRUNC | TABLE_FOLD | TABLE_WRAP},
		"IPv4 and IPv6 addresses", 0, fill_addresses},
	{{"PEER", TABLE_STRING, TABLE_TRUNC | TABLE_FOLD},
		"the other end of a veth, or the lower device, with @ and its net namespace; of a "
		"tunnel from elsewhere, where its underlay is",
		P, fill_peer},
	{{"MASTER", TABLE_STRING, TABLE_SPARE}, "bridge, bond, ... that it is a port of", 0,
		fill_master},
	{{"MOVABLE", TABLE_STRING, TABLE_TRUNC | TABLE_SPARE},
		"whether it can change its net namespace, and why not", 0, fill_movable},
	{{"ON-EXIT", TABLE_STRING, 0},
		"when its namespace ends, the device 'returns' to the initial one or is "
		"'destroyed'; in the initial one it 'stays'",
		0, fill_on_exit},
	{{"WHY", TABLE_STRING, TABLE_TRUNC}, "the reason of ON-EXIT", 0, fill_why},
	{{"ENDS-WITH", TABLE_STRING, TABLE_WRAP | TABLE_LIST},
		"other net namespaces whose end destroys the device too: what is there, @ and the "
		"namespace; 'not told' where the kernel does not name it",
		P, fill_ends_with},
	{{"ALTNAMES", TABLE_STRING, TABLE_WRAP | TABLE_LIST}, "its other names (altnames)", 0,
		fill_altnames},
	{{"MTU", TABLE_NUMBER, TABLE_RIGHT}, "largest packet", 0, fill_mtu},
	{{"PEER-NETNS", TABLE_NUMBER, TABLE_RIGHT}, "net namespace of the other end", P,
		fill_peer_netns},
	{{"PEER-IFINDEX", TABLE_NUMBER, TABLE_RIGHT}, "number of the other end there", P,
		fill_peer_ifindex},
	{{"PEER-NSID", TABLE_NUMBER, TABLE_RIGHT}, "id by which that namespace is called here", 0,
		fill_peer_nsid},
	{{0}, NULL, 0, NULL},
};
