// SPDX-License-Identifier: GPL-2.0-or-later
/* explain_dev.c - network devices: where one is, and what becomes of it when its namespace ends. */
#include <stdio.h>
#include <string.h>

#include "cmd/explain.h"
#include "event/value.h"
#include "snapshot/fate.h"
#include "kernel/link.h"
#include "snapshot/net.h"
#include "out/escape.h"
#include "out/json.h"

static const struct net_space *initial_space(const struct net_view *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->spaces[i].initial)
			return &v->spaces[i];
	return NULL;
}

static void add_return(const struct net_view *v, const struct net_dev *d, struct buf *b)
{
	const struct net_space *s = initial_space(v);
	char name[IFNAMSIZ];

	buf_puts(b, " returns to the initial namespace");
	if (!s || s->state)
		return;
	fate_return_name(d, &v->devs, s->first, s->n, name);
	if (!strcmp(name, d->name))
		buf_puts(b, " under its name");
	else
		buf_printf(b, ", where its name is taken, as %s",
			*name ? name : "dev0 or the next that is free");
}

static void add_dev(const struct net_dev *d, struct buf *b)
{
	escape_text(b, d->name, strlen(d->name));
	buf_printf(b, " (%s)", dev_kind(d));
}

static void add_fate(
	const struct net_view *v, const struct net_space *s, const struct net_dev *d, struct buf *b)
{
	add_dev(d, b);
	switch (dev_fate(d, s->initial)) {
	case FATE_RETURNS:
		add_return(v, d, b);
		break;
	case FATE_DESTROYED:
		buf_puts(b, " is destroyed");
		break;
	case FATE_UNKNOWN:
		buf_puts(b, " is destroyed or returns to the initial namespace");
		break;
	default:
		buf_puts(b, " stays");
	}
}

/* Of a net namespace: all its devices but lo, in a sentence; nothing where it has none. */
void what_devices(struct now *n, const struct ns_node *node, struct buf *b)
{
	auto_view struct net_view v = {0};
	const struct net_space *s;
	bool any = false;

	if (node->type != NS_NET || netview_read(&v, &n->data.graph, 0, 0, NULL))
		return;
	s = netview_space(&v, node->inum);
	for (uint32_t i = 0; s && !s->initial && i < s->n; i++) {
		const struct net_dev *d = &v.devs.rows[s->first + i];

		if (d->flags & IFF_LOOPBACK)
			continue;
		buf_puts(b, any ? "; " : "When it goes: ");
		add_fate(&v, s, d, b);
		any = true;
	}
	if (any)
		buf_putc(b, '.');
}

/* The other end, or where a tunnel's packets go. */
static void peer_say(const struct net_view *v, uint32_t dev, struct buf *b)
{
	const struct net_peer *p = &v->peers[dev];
	const struct net_kind *k = netkind_find(v->devs.rows[dev].kind);

	if (p->space == NET_NONE || (p->state != PEER_FOUND && p->state != PEER_UNDERLAY))
		return;
	if (p->state == PEER_UNDERLAY) {
		buf_puts(b, " Its packets go through ");
	} else {
		buf_puts(
			b, k && k->link == LINK_PEER ? " Its other end, " : " What it stands on, ");
		add_dev(&v->devs.rows[p->dev], b);
		buf_puts(b, ", is in ");
	}
	value_inum(b, NS_NET, v->spaces[p->space].inum);
	buf_putc(b, '.');
}

/* Other namespaces whose end is that of the device, too. */
static void ends_say(const struct net_view *v, uint32_t dev, struct buf *b)
{
	struct net_end ends[NET_ENDS_MAX];
	size_t n = netview_ends(v, dev, ends);

	for (size_t i = 0; i < n; i++) {
		buf_puts(b, i ? " or " : " It is destroyed when ");
		value_inum(b, NS_NET, v->spaces[ends[i].space].inum);
	}
	if (n)
		buf_puts(b, n == 1 ? " ends, too." : " end, too.");
}

static void dev_say(struct now *n, const struct net_view *v, const struct net_dev *d, struct buf *b)
{
	const struct net_space *s = &v->spaces[v->space_of[d - v->devs.rows]];
	auto_buf struct buf members = {0}, keeps = {0};

	add_dev(d, b);
	buf_printf(b, ", number %u, is in ", d->index);
	value_inum(b, NS_NET, s->inum);
	buf_printf(b, "%s and %s.", s->initial ? ", the initial net namespace," : "", dev_state(d));
	peer_say(v, (uint32_t)(d - v->devs.rows), b);
	ends_say(v, (uint32_t)(d - v->devs.rows), b);
	if (s->initial)
		return;
	what_members(n, s->node, 3, &members);
	kept_say(&n->data.graph, s->node, false, KEPT_MAX, ", ", &keeps);
	if (members.len)
		buf_printf(b, " In that namespace is %s.", members.s);
	if (keeps.len)
		buf_printf(b, " It is kept %sby %s.", members.len ? "also " : "", keeps.s);
	buf_puts(b, " When the namespace goes, ");
	add_fate(v, s, d, b);
	buf_printf(b, ": %s.", fate_why(d, false));
}

static void dev_json(
	const struct net_view *v, const struct net_dev *d, const char *text, struct json *j)
{
	const struct net_space *s = &v->spaces[v->space_of[d - v->devs.rows]];

	json_object(j);
	json_kstr(j, "ifname", d->name);
	json_ku64(j, "ifindex", d->index);
	json_kstr(j, "kind", dev_kind(d));
	json_ku64(j, "netns", s->inum);
	json_kstr(j, "on_exit", fate_name(dev_fate(d, s->initial)));
	json_kstr(j, "text", text);
	json_end_object(j);
}

/* All devices of the name. Returns how many. */
size_t explain_dev(struct now *n, const char *name, struct page *p, struct json *j)
{
	auto_view struct net_view v = {0};
	size_t found = 0;

	if (netview_read(&v, &n->data.graph, 0, NETVIEW_PEERS, NULL))
		return 0;
	for (size_t i = 0; i < v.devs.n; i++) {
		auto_buf struct buf text = {0};

		if (!dev_called(&v.devs, &v.devs.rows[i], name))
			continue;
		dev_say(n, &v, &v.devs.rows[i], &text);
		if (j)
			dev_json(&v, &v.devs.rows[i], text.s, j);
		else
			page_wrap(p, text.s, 0, 2);
		now_dev(n, &v, &v.devs.rows[i]);
		found++;
	}
	return found;
}
