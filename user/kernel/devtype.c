// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/l2tp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/child.h"
#include "kernel/devtype.h"
#include "kernel/netlink.h"
#include "kernel/fsmount.h"

#define UEVENT_MAX 1024 /* INTERFACE=, IFINDEX= and DEVTYPE= */

bool devtype_doubtful(const struct net_dev *d)
{
	return !d->kind[0] && !(d->flags & IFF_LOOPBACK) && !d->has_parent;
}

static void uevent_parse(const char *s, struct net_dev *d)
{
	const char *at = strstr(s, "DEVTYPE=");
	size_t len;

	if (!at || (at != s && at[-1] != '\n'))
		return;
	at += strlen("DEVTYPE=");
	len = strcspn(at, "\n");
	if (len >= sizeof(d->devtype))
		return;
	memcpy(d->devtype, at, len);
	d->devtype[len] = '\0';
}

static void dev_ask(int sysfs, struct net_dev *d)
{
	char path[sizeof("class/net//uevent") + IFNAMSIZ], text[UEVENT_MAX];
	auto_fd int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "class/net/%s/uevent", d->name);
	fd = openat(sysfs, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return;
	text[n] = '\0';
	snprintf(path, sizeof(path), "class/net/%s/device", d->name);
	d->has_parent = !faccessat(sysfs, path, F_OK, AT_SYMLINK_NOFOLLOW);
	d->software = !d->has_parent;
	if (d->software)
		uevent_parse(text, d);
}

struct asking {
	struct net_dev *rows;
	size_t n;
	int ns;
	struct buf *names;
};

static int enter(int ns)
{
	return ns >= 0 && setns(ns, CLONE_NEWNET) ? -errno : 0;
}

/* The namespace of whoever makes the superblock is the one that it shows. */
static int sysfs_ask(void *ctx)
{
	struct asking *q = ctx;
	auto_fd int sysfs = -1;
	int ret = enter(q->ns);

	if (ret)
		return ret;
	sysfs = fsmount_detached("sysfs");
	for (size_t i = 0; sysfs >= 0 && i < q->n; i++)
		if (devtype_doubtful(&q->rows[i]))
			dev_ask(sysfs, &q->rows[i]);
	return sysfs < 0 ? sysfs : 0;
}

void devtype_ask(struct net_dev *rows, size_t n, int ns)
{
	struct asking q = {.rows = rows, .n = n, .ns = ns};

	for (size_t i = 0; i < n; i++) {
		if (!devtype_doubtful(&rows[i]))
			continue;
		thread_run(sysfs_ask, &q);
		return;
	}
}

/* --- l2tp ------------------------------------------------------------------------------------ */

struct family {
	uint16_t id; /* 0: not there */
};

/* A dump of all families: asking for one by name would load its module. */
static int family_take(const struct nlmsghdr *h, void *ctx)
{
	struct family *f = ctx;
	char name[GENL_NAMSIZ] = "";
	uint32_t id = 0;

	if (!h) {
		f->id = 0;
		return 0;
	}
	netlink_for_each(a, h, sizeof(struct genlmsghdr))
	{
		if (netlink_type(a) == CTRL_ATTR_FAMILY_NAME)
			netlink_text(a, name, sizeof(name));
		else if (netlink_type(a) == CTRL_ATTR_FAMILY_ID &&
			 a->nla_len >= NLA_HDRLEN + sizeof(uint16_t))
			id = *(const uint16_t *)netlink_inside(a);
	}
	if (!strcmp(name, L2TP_GENL_NAME))
		f->id = (uint16_t)id;
	return 0;
}

static int session_take(const struct nlmsghdr *h, void *ctx)
{
	struct buf *names = ctx;
	char name[IFNAMSIZ];

	if (!h) {
		buf_reset(names);
		return 0;
	}
	netlink_for_each(a, h, sizeof(struct genlmsghdr))
	{
		if (netlink_type(a) == L2TP_ATTR_IFNAME && netlink_text(a, name, sizeof(name)))
			buf_add(names, name, strlen(name) + 1);
	}
	return 0;
}

static int l2tp_ask(void *ctx)
{
	struct asking *q = ctx;
	auto_netlink struct netlink nl = NETLINK_NONE;
	struct family f = {0};
	struct netlink_req req;
	struct genlmsghdr *g;
	int ret = enter(q->ns);

	if (!ret)
		ret = netlink_open_generic(&nl);
	if (ret)
		return ret;
	g = netlink_req(&req, GENL_ID_CTRL, sizeof(*g));
	g->cmd = CTRL_CMD_GETFAMILY;
	g->version = 1;
	ret = netlink_dump(&nl, &req, family_take, &f);
	if (ret || !f.id)
		return ret;
	g = netlink_req(&req, f.id, sizeof(*g));
	g->cmd = L2TP_CMD_SESSION_GET;
	g->version = L2TP_GENL_VERSION;
	return netlink_dump(&nl, &req, session_take, q->names);
}

int devtype_l2tp(int ns, struct buf *ret)
{
	struct asking q = {.ns = ns, .names = ret};

	buf_reset(ret);
	return thread_run(l2tp_ask, &q);
}
