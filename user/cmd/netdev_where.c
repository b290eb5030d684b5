// SPDX-License-Identifier: GPL-2.0-or-later
/* netdev_where.c - nswatch netdev where: a device's place, and why it is there. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmd/netdev.h"
#include "lib/fd.h"
#include "lib/host.h"
#include "lib/err.h"
#include "snapshot/fate.h"
#include "snapshot/kept.h"
#include "kernel/link.h"
#include "out/escape.h"
#include "out/json.h"

#define KEPT_LINES 20

/* A tunnel that was made elsewhere: where its packets go. */
static void came_underlay(struct netdev *n, const struct net_peer *p, struct buf *b)
{
	buf_puts(b, "made in ");
	if (p->space != NET_NONE)
		netref_say(&n->d, n->d.view.spaces[p->space].inum, b);
	else
		buf_puts(b, "another namespace");
	buf_puts(b, ", where its packets go, and moved here");
}

/* What the kernel lets one conclude about how it came there. */
static void came_say(
	struct netdev *n, const struct net_space *s, const struct net_dev *d, struct buf *b)
{
	const struct net_peer *p = &n->d.view.peers[d - n->d.view.devs.rows];

	if (d->flags & IFF_LOOPBACK)
		buf_puts(b, "made with the namespace");
	else if (p->state == PEER_UNDERLAY)
		came_underlay(n, p, b);
	else if (!d->software && dev_fate(d, false) == FATE_RETURNS)
		buf_puts(b, s->initial ? "hardware begins here"
				       : "moved here: hardware begins in the initial namespace");
	else if (p->state != PEER_NONE && d->link_nsid >= 0)
		buf_puts(b, "made or moved across namespaces: its other end is elsewhere");
	else
		buf_puts(b, "made here or moved here: the kernel does not keep which");
}

/* What of the device is in the namespace whose end is its own, too. */
static void end_what(const struct net_view *v, uint32_t dev, const struct net_end *e, struct buf *b)
{
	const struct net_kind *k = netkind_find(v->devs.rows[dev].kind);
	const char *name = e->dev == NET_NONE ? NULL : v->devs.rows[e->dev].name;

	if (!name) {
		buf_puts(b, "its underlay is");
		return;
	}
	if (v->peers[dev].dev != e->dev)
		buf_puts(b, "what it depends on in the end, ");
	else if (k && k->link == LINK_PEER)
		buf_puts(b, "its peer ");
	else
		buf_puts(b, "what it stands on, ");
	escape_text(b, name, strlen(name));
	buf_puts(b, v->peers[dev].dev == e->dev && k && k->link == LINK_PEER ? " is" : ", is");
}

/* A line for each namespace, and one where the kernel does not say which it is. */
static void ends_say(struct netdev *n, uint32_t dev, struct buf *b)
{
	const struct net_view *v = &n->d.view;
	const struct net_kind *k = netkind_find(v->devs.rows[dev].kind);
	struct net_end ends[NET_ENDS_MAX];
	size_t count = netview_ends(v, dev, ends);

	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_putc(b, '\n');
		netref_say(&n->d, v->spaces[ends[i].space].inum, b);
		buf_puts(b, " ends, where ");
		end_what(v, dev, &ends[i], b);
	}
	if (!netview_hidden(v, dev))
		return;
	buf_printf(b, "%s%s", count ? "\n" : "",
		k->unplaced
			? "what it stands on goes, in a namespace that the kernel does not name"
			: "the namespace ends where it was made, which the kernel does not name");
}

struct line {
	const char *key, *name; /* of JSON, of text */
	struct buf text;
};

enum {
	LINE_DEV,
	LINE_NETNS,
	LINE_PEER,
	LINE_CAME,
	LINE_KEPT,
	LINE_MOVABLE,
	LINE_EXIT,
	LINE_ENDS,
	LINES,
};

static void lines_fill(struct netdev *n, const struct net_dev *d, struct line *l)
{
	const struct net_view *v = &n->d.view;
	const struct net_space *s = &v->spaces[v->space_of[d - v->devs.rows]];
	auto_buf struct buf peer = {0};
	const char *why;
	enum net_flag flag = dev_movable(d, &why);

	escape_text(&l[LINE_DEV].text, d->name, strlen(d->name));
	buf_printf(&l[LINE_DEV].text, ", number %u, %s, %s", d->index, dev_kind(d), dev_state(d));
	for (uint32_t i = 0; i < d->nalts; i++) {
		const char *alt = dev_alt(&v->devs, d, i);

		buf_puts(&l[LINE_DEV].text, ", altname ");
		escape_text(&l[LINE_DEV].text, alt, strlen(alt));
	}
	for (uint32_t i = 0; i < d->naddrs; i++) {
		buf_puts(&l[LINE_DEV].text, ", ");
		addr_format(&v->devs.addrs[d->addr + i], &l[LINE_DEV].text);
	}
	netref_say(&n->d, s->inum, &l[LINE_NETNS].text);
	if (netdev_peer_say(n, d, &peer))
		escape_text(&l[LINE_PEER].text, peer.s, peer.len);
	came_say(n, s, d, &l[LINE_CAME].text);
	if (s->initial)
		buf_puts(&l[LINE_KEPT].text, "the kernel");
	else
		kept_say(&n->d.graph, s->node, true, KEPT_LINES, "\n", &l[LINE_KEPT].text);
	buf_puts(&l[LINE_MOVABLE].text, flag == NET_YES  ? "yes"
					: flag == NET_NO ? "no"
							 : "unknown");
	if (why)
		buf_printf(&l[LINE_MOVABLE].text, ": %s", why);
	buf_printf(&l[LINE_EXIT].text, "%s: %s", fate_name(dev_fate(d, s->initial)),
		fate_why(d, s->initial));
	ends_say(n, (uint32_t)(d - v->devs.rows), &l[LINE_ENDS].text);
}

static void lines_text(const struct line *l, struct buf *b)
{
	for (int i = 0; i < LINES; i++) {
		const char *s = l[i].text.s, *end;

		if (!l[i].text.len)
			continue;
		buf_printf(b, "%-8s ", l[i].name);
		/* Further lines stand below the first. */
		for (; (end = strchr(s, '\n')); s = end + 1) {
			buf_add(b, s, (size_t)(end - s) + 1);
			buf_pad(b, ' ', 9);
		}
		buf_puts(b, s);
		buf_putc(b, '\n');
	}
}

static void lines_json(struct json *j, const struct line *l)
{
	const char *s = l->text.s, *end;

	json_key(j, l->key);
	json_array(j);
	for (; s && *s; s = end) {
		end = strchrnul(s, '\n');
		json_strn(j, s, (size_t)(end - s));
		end += *end == '\n';
	}
	json_end_array(j);
}

static void alts_json(const struct net_view *v, const struct net_dev *d, struct json *j)
{
	json_key(j, "altnames");
	json_array(j);
	for (uint32_t i = 0; i < d->nalts; i++)
		json_str(j, dev_alt(&v->devs, d, i));
	json_end_array(j);
}

static void one_json(
	const struct netdev *n, const struct net_dev *d, const struct line *l, struct json *j)
{
	const struct net_view *v = &n->d.view;
	uint32_t at = (uint32_t)(d - v->devs.rows);
	const struct net_space *s = &v->spaces[v->space_of[at]];
	const struct net_peer *p = &v->peers[at];
	const char *why;
	enum net_flag flag = dev_movable(d, &why);

	json_object(j);
	json_kstr(j, "ifname", d->name);
	json_ku64(j, "ifindex", d->index);
	json_kstr(j, "kind", dev_kind(d));
	json_kstr(j, "state", dev_state(d));
	json_ku64(j, "netns", s->inum);
	json_kstr(j, l[LINE_NETNS].key, l[LINE_NETNS].text.s);
	json_kstr(j, l[LINE_PEER].key, l[LINE_PEER].text.s);
	json_key(j, "peer_netns");
	if (p->state != PEER_NONE && p->space != NET_NONE)
		json_u64(j, v->spaces[p->space].inum);
	else
		json_null(j);
	json_kstr(j, l[LINE_CAME].key, l[LINE_CAME].text.s);
	lines_json(j, &l[LINE_KEPT]);
	json_key(j, "movable");
	if (flag == NET_UNKNOWN)
		json_null(j);
	else
		json_bool(j, flag == NET_YES);
	json_kstr(j, "movable_why", why);
	json_kstr(j, "on_exit", fate_name(dev_fate(d, s->initial)));
	json_kstr(j, "on_exit_why", fate_why(d, s->initial));
	lines_json(j, &l[LINE_ENDS]);
	alts_json(v, d, j);
	json_end_object(j);
}

static void one_show(struct netdev *n, const struct net_dev *d, struct json *j, struct buf *b)
{
	struct line l[LINES] = {
		[LINE_DEV] = {"device", "device", {0}},
		[LINE_NETNS] = {"netns_label", "netns", {0}},
		[LINE_PEER] = {"peer", "peer", {0}},
		[LINE_CAME] = {"came", "came", {0}},
		[LINE_KEPT] = {"kept", "kept by", {0}},
		[LINE_MOVABLE] = {"movable", "movable", {0}},
		[LINE_EXIT] = {"on_exit", "on exit", {0}},
		[LINE_ENDS] = {"gone_if", "gone if", {0}},
	};

	lines_fill(n, d, l);
	if (n->o->form.json) {
		one_json(n, d, l, j);
	} else {
		if (b->len)
			buf_putc(b, '\n');
		lines_text(l, b);
	}
	for (int i = 0; i < LINES; i++)
		buf_free(&l[i].text);
}

static int absent(struct netdev *n, const char *name)
{
	const struct net_view *v = &n->d.view;
	auto_buf struct buf b = {0};
	struct err err = {0};

	err_say(&err, -ENODEV, "no net namespace in sight has a device '%s'", shown(name, &b));
	if (v->unreadable)
		err_hint(&err, "%zu could not be looked into", v->unreadable);
	else
		err_hint(&err, "a virtual device ends with its namespace, a veth with its peer; "
			       "`nswatch trace -e netdev,netdev-del` tells when it happens");
	return output_fail(&err);
}

int netdev_where(struct netdev *n, const char *name)
{
	const struct net_view *v = &n->d.view;
	auto_buf struct buf out = {0};
	struct json j = {.b = &out};
	struct err err = {0};
	size_t found = 0;
	uint32_t only;

	if (netdev_place(n, n->o->from ? n->o->from : n->o->netns, &only, &err) ||
		netref_read(&n->d, &err) || snapshot_devices(&n->d, 0, NETVIEW_PEERS, &err))
		return output_fail(&err);
	if (n->o->form.json) {
		json_object(&j);
		json_kstr(&j, "host", host_name());
		json_key(&j, "devices");
		json_array(&j);
	}
	for (uint32_t i = 0; i < v->devs.n; i++) {
		if (!dev_called(&v->devs, &v->devs.rows[i], name) ||
			(only && v->spaces[v->space_of[i]].inum != only))
			continue;
		one_show(n, &v->devs.rows[i], &j, &out);
		found++;
	}
	if (!found)
		return absent(n, name);
	if (n->o->form.json) {
		json_end_array(&j);
		json_end_object(&j);
		buf_putc(&out, '\n');
	}
	return output_put(&out) ? EXIT_FAIL : EXIT_OK;
}
