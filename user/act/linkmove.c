// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "snapshot/fate.h"
#include "act/linkmove.h"

#ifndef IFA_PROTO
#define IFA_PROTO 11 /* 5.18 */
#endif
/* Flags of IPv6 addresses that somebody chose; the others are the kernel's. */
#define ADDR_FLAGS                                                                                 \
	(IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE |            \
		IFA_F_MCAUTOJOIN)

static int newlink_move(struct netlink *nl, uint32_t index, int to, const char *name)
{
	struct netlink_req r;
	struct ifinfomsg *i = netlink_req(&r, RTM_NEWLINK, sizeof(*i));

	i->ifi_family = AF_UNSPEC;
	i->ifi_index = (int)index;
	mnl_attr_put_u32(&r.hdr, IFLA_NET_NS_FD, (uint32_t)to);
	if (name)
		mnl_attr_put_strz(&r.hdr, IFLA_IFNAME, name);
	return netlink_talk(nl, &r, NULL, NULL);
}

static int newlink_up(struct netlink *nl, uint32_t index)
{
	struct netlink_req r;
	struct ifinfomsg *i = netlink_req(&r, RTM_NEWLINK, sizeof(*i));

	i->ifi_family = AF_UNSPEC;
	i->ifi_index = (int)index;
	i->ifi_flags = i->ifi_change = IFF_UP;
	return netlink_talk(nl, &r, NULL, NULL);
}

/* "eth0" and "eth0:1" follow a new name. */
static void label_put(
	struct netlink_req *r, const struct net_addr *a, const char *was, const char *name)
{
	size_t len = strlen(was);
	char label[2 * IFNAMSIZ];

	if (a->family != AF_INET || strncmp(a->label, was, len) != 0)
		return;
	snprintf(label, sizeof(label), "%s%s", name, a->label + len);
	if (strlen(label) < IFNAMSIZ)
		mnl_attr_put_strz(&r->hdr, IFA_LABEL, label);
}

/* how: NLM_F_EXCL, or NLM_F_REPLACE where the kernel has made it already. */
static int newaddr(struct netlink *nl, uint32_t index, const struct net_addr *a, const char *was,
	const char *name, uint16_t how)
{
	struct ifa_cacheinfo ci = {.ifa_prefered = a->preferred_s, .ifa_valid = a->valid_s};
	size_t len = a->family == AF_INET6 ? 16 : 4;
	struct netlink_req r;
	struct ifaddrmsg *i = netlink_req(&r, RTM_NEWADDR, sizeof(*i));

	i->ifa_family = a->family;
	i->ifa_prefixlen = a->prefix;
	i->ifa_scope = a->scope;
	i->ifa_index = index;
	mnl_attr_put(&r.hdr, IFA_LOCAL, len, a->local);
	mnl_attr_put(&r.hdr, IFA_ADDRESS, len, a->has_peer ? a->peer : a->local);
	if (a->has_broadcast)
		mnl_attr_put(&r.hdr, IFA_BROADCAST, 4, a->broadcast);
	label_put(&r, a, was, name);
	mnl_attr_put_u32(&r.hdr, IFA_FLAGS, a->flags & ADDR_FLAGS);
	if (a->metric)
		mnl_attr_put_u32(&r.hdr, IFA_RT_PRIORITY, a->metric);
	if (a->proto)
		mnl_attr_put(&r.hdr, IFA_PROTO, sizeof(a->proto), &a->proto);
	mnl_attr_put(&r.hdr, IFA_CACHEINFO, sizeof(ci), &ci);
	r.hdr.nlmsg_flags |= NLM_F_CREATE | how;
	return netlink_talk(nl, &r, NULL, NULL);
}

/* --- the steps ------------------------------------------------------------------------------- */

struct moving {
	const struct link_move *m;
	struct net_devs before, target;
	struct net_dev was;
	const char *name; /* there */
};

static int before_read(struct moving *g, struct err *err)
{
	const struct net_dev *d;
	int ret = devs_read(&g->before, g->m->nl_from, err);

	if (ret)
		return ret;
	d = devs_by_any(&g->before, 0, g->before.n, g->m->dev);
	if (!d) {
		err_say(err, -ENODEV,
			"there is no device '%s' in the net namespace it is to come "
			"from",
			g->m->dev);
		err_hint(err, "`nswatch netdev where DEV` looks into all of them");
		return -ENODEV;
	}
	g->was = *d;
	g->name = g->m->name ? g->m->name : g->was.name;
	return 0;
}

/* A name that the device brings is another one's there. code says which: its name or an altname. */
static int taken(struct moving *g, const char *what, const char *name, const struct net_dev *other,
	struct err *err)
{
	bool alt = strcmp(other->name, name) != 0;

	return err_say(err, -EEXIST, "the %s %s is taken there: by device %u, %s%s%s", what, name,
		other->index, dev_kind(other), alt ? ", as an altname of " : "",
		alt ? other->name : "");
}

/* All names of devices, altnames too, are of one space (netdev_name_in_use() in net/core/dev.c). */
static int names_check(struct moving *g, struct err *err)
{
	const struct net_dev *other = devs_by_any(&g->target, 0, g->target.n, g->name);

	if (other) {
		taken(g, "name", g->name, other, err);
		err_hint(err, "--name NEW gives it another one");
		return -EEXIST;
	}
	for (uint32_t i = 0; i < g->was.nalts; i++) {
		const char *alt = dev_alt(&g->before, &g->was, i);

		other = devs_by_any(&g->target, 0, g->target.n, alt);
		if (!other)
			continue;
		taken(g, "altname", alt, other, err);
		err_hint(err, "`ip link property del dev %s altname %s` takes it away", g->was.name,
			alt);
		return -EEXIST;
	}
	return 0;
}

/* What the kernel would refuse in fewer words, or would do by half. */
static int check(struct moving *g, struct err *err)
{
	const char *why;
	int ret;

	if (dev_movable(&g->was, &why) == NET_NO)
		return err_say(
			err, -EINVAL, "%s can't change its net namespace: %s", g->m->dev, why);
	ret = devs_read(&g->target, g->m->nl_to, err);
	return ret ? ret : names_check(g, err);
}

static int move_err(struct moving *g, int code, struct err *err)
{
	netlink_err(g->m->nl_from, err, code, "move %s", g->m->dev);
	if (code == -EPERM)
		err_hint(err, "that needs CAP_NET_ADMIN in both net namespaces");
	else if (code == -EEXIST)
		err_hint(err, "the name or another name of it (altname) is taken there");
	else if (code == -EINVAL)
		err_hint(err, "some devices can't be moved: `nswatch netdev -o IFNAME,MOVABLE`");
	else if (code == -ENODEV)
		err_hint(err, "it vanished meanwhile, or its driver refused");
	return code;
}

/*
 * Where it is now: it keeps its number where that is free there, so a device that
 * was not there before is looked for, with the name it must have.
 */
static int there_find(struct moving *g, uint32_t *ret)
{
	struct net_devs now = {0};
	int code = devs_read(&now, g->m->nl_to, NULL);
	const struct net_dev *d = NULL;

	if (!code) {
		d = devs_by_name(now.rows, now.n, g->name);
		if (!d)
			d = devs_by_name(now.rows, now.n, g->was.name);
		if (d && devs_by_index(g->target.rows, g->target.n, d->index))
			d = NULL;
	}
	if (d)
		*ret = d->index;
	devs_free(&now);
	return code ? code : d ? 0 : -ENODEV;
}

/* Temporary IPv6 addresses are made by the kernel, again and again. */
static bool addr_wanted(const struct net_addr *a)
{
	return a->family == AF_INET || !(a->flags & IFA_F_TEMPORARY);
}

static int state_set(struct moving *g, struct netlink *nl, uint32_t index, const char *name,
	bool up, bool addr, struct err *err)
{
	int ret = up && g->was.flags & IFF_UP ? newlink_up(nl, index) : 0;

	if (ret)
		return netlink_err(nl, err, ret, "set %s up", name);
	for (uint32_t i = 0; addr && i < g->was.naddrs; i++) {
		const struct net_addr *a = &g->before.addrs[g->was.addr + i];
		auto_buf struct buf text = {0};

		if (!addr_wanted(a))
			continue;
		ret = newaddr(nl, index, a, g->was.name, name, NLM_F_EXCL);
		/* The kernel has made it already, a link-local one: it gets what it had. */
		if (ret == -EEXIST)
			ret = newaddr(nl, index, a, g->was.name, name, NLM_F_REPLACE);
		if (!ret)
			continue;
		addr_format(a, &text);
		return netlink_err(nl, err, ret, "give %s the address %s", name, text.s);
	}
	return 0;
}

/* What went wrong stays what is told; whether it could be undone is added. */
static void undo(struct moving *g, uint32_t index, struct err *err)
{
	int ret = newlink_move(g->m->nl_to, index, g->m->from, g->was.name);
	struct net_devs now = {0};
	const struct net_dev *d = NULL;

	if (!ret)
		ret = devs_read(&now, g->m->nl_from, NULL);
	if (!ret)
		d = devs_by_name(now.rows, now.n, g->was.name);
	if (d)
		ret = state_set(g, g->m->nl_from, d->index, g->was.name, true, true, NULL);
	if (!ret && d)
		err_hint(err, "it was moved back");
	else
		err_hint(err, "it could not be moved back (%s)", strerror(ret ? -ret : ENODEV));
	devs_free(&now);
}

static int steps(struct moving *g, struct err *err)
{
	const char *rename = strcmp(g->name, g->was.name) != 0 ? g->name : NULL;
	uint32_t index;
	int ret;

	ret = newlink_move(g->m->nl_from, g->was.index, g->m->to, rename);
	if (ret) {
		move_err(g, ret, err);
		/* Moved, but not renamed: kernels before 6.16 do that one after the other. */
		if (rename && !there_find(g, &index))
			undo(g, index, err);
		return ret;
	}
	ret = there_find(g, &index);
	if (ret)
		return err_set(err, ret, "find %s where it was moved", g->name);
	ret = state_set(g, g->m->nl_to, index, g->name, g->m->keep_up, g->m->keep_addr, err);
	if (ret)
		undo(g, index, err);
	return ret;
}

void link_was_free(struct link_was *w)
{
	buf_free(&w->gone);
}

/* Those that stood on it and are there no more; a reader without luck tells nothing. */
static void gone_find(struct moving *g, struct buf *ret)
{
	struct net_devs now = {0};
	int code = devs_read(&now, g->m->nl_from, NULL);

	for (size_t i = 0; !code && i < g->before.n; i++) {
		const struct net_dev *d = &g->before.rows[i];

		if (d->link != g->was.index || d->link_nsid >= 0 || d->index == g->was.index ||
			devs_by_index(now.rows, now.n, d->index))
			continue;
		buf_printf(ret, "%s%s", ret->len ? "\n" : "", d->name);
	}
	devs_free(&now);
}

static void was_fill(struct moving *g, struct link_was *w)
{
	const struct net_dev *master = devs_by_index(g->before.rows, g->before.n, g->was.master);

	w->dev = g->was;
	if (master) {
		memcpy(w->master, master->name, sizeof(w->master));
		memcpy(w->master_kind, master->kind, sizeof(w->master_kind));
	}
	gone_find(g, &w->gone);
}

int link_move(const struct link_move *m, struct link_was *ret_was, struct err *err)
{
	struct moving g = {.m = m};
	int ret = m->name ? dev_name_check(m->name, err) : 0;

	if (!ret)
		ret = before_read(&g, err);
	if (!ret)
		ret = check(&g, err);
	if (!ret)
		ret = steps(&g, err);
	if (!ret && ret_was)
		was_fill(&g, ret_was);
	devs_free(&g.before);
	devs_free(&g.target);
	return ret;
}
