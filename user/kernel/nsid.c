// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/nsid.h"
#include "lib/array.h"

/* Of <linux/net_namespace.h> 4.20. */
#define ATTR_TARGET_NSID  4
#define ATTR_CURRENT_NSID 5

/* Alignment of the family header, as the kernel expects it here. */
#define FAMILY_LEN NLMSG_ALIGN(sizeof(struct rtgenmsg))

void nsids_free(struct nsids *s)
{
	free(s->rows);
	*s = (struct nsids){0};
}

int nsid_parse(const struct nlmsghdr *h, struct nsid *ret)
{
	struct nsid r = {NSID_NONE, NSID_NONE};
	bool has = false;

	if (h->nlmsg_type != RTM_NEWNSID && h->nlmsg_type != RTM_DELNSID)
		return -EBADMSG;
	netlink_for_each(a, h, FAMILY_LEN)
	{
		if (netlink_type(a) == NETNSA_NSID)
			has = netlink_s32(a, &r.id);
		else if (netlink_type(a) == ATTR_CURRENT_NSID)
			netlink_s32(a, &r.current);
	}
	if (!has)
		return -EBADMSG;
	*ret = r;
	return 0;
}

static int one_take(const struct nlmsghdr *h, void *ctx)
{
	return nsid_parse(h, ctx);
}

int nsid_get(struct netlink *nl, int ns, int32_t *ret)
{
	struct nsid r = {NSID_NONE, NSID_NONE};
	struct netlink_req req;
	int code;

	netlink_req(&req, RTM_GETNSID, FAMILY_LEN);
	mnl_attr_put_u32(&req.hdr, NETNSA_FD, (uint32_t)ns);
	code = netlink_get(nl, &req, one_take, &r);
	if (!code)
		*ret = r.id < 0 ? NSID_NONE : r.id;
	return code;
}

int nsid_set(struct netlink *nl, int ns, int32_t id)
{
	struct netlink_req req;

	netlink_req(&req, RTM_NEWNSID, FAMILY_LEN);
	mnl_attr_put_u32(&req.hdr, NETNSA_FD, (uint32_t)ns);
	mnl_attr_put_u32(&req.hdr, NETNSA_NSID, (uint32_t)id);
	return netlink_talk(nl, &req, NULL, NULL);
}

int nsid_ask(struct netlink *nl, int32_t target, int32_t id, struct nsid *ret)
{
	struct nsid r = {NSID_NONE, NSID_NONE};
	struct netlink_req req;
	int code;

	netlink_req(&req, RTM_GETNSID, FAMILY_LEN);
	mnl_attr_put_u32(&req.hdr, NETNSA_NSID, (uint32_t)id);
	if (target >= 0)
		mnl_attr_put_u32(&req.hdr, ATTR_TARGET_NSID, (uint32_t)target);
	code = netlink_get(nl, &req, one_take, &r);
	if (!code)
		*ret = r;
	return code;
}

int nsid_find(struct netlink *nl, int32_t target, int32_t id, struct nsid *ret)
{
	struct nsid r;
	int code = nsid_ask(nl, target, id, &r);

	if (code)
		return code;
	if (r.id < 0)
		return -ENOENT;
	*ret = r;
	return 0;
}

static int all_take(const struct nlmsghdr *h, void *ctx)
{
	struct nsids *s = ctx;

	if (!h) {
		s->n = 0;
		return 0;
	}
	if (ARRAY_ROOM(s->rows, s->cap, s->n))
		return -ENOMEM;
	if (!nsid_parse(h, &s->rows[s->n]))
		s->n++;
	return 0;
}

static int id_order(const void *a, const void *b)
{
	const struct nsid *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

int nsids_read(struct netlink *nl, int32_t target, struct nsids *ret)
{
	auto_nsids struct nsids s = {0};
	struct netlink_req req;
	int code;

	netlink_req(&req, RTM_GETNSID, FAMILY_LEN);
	if (target >= 0)
		mnl_attr_put_u32(&req.hdr, ATTR_TARGET_NSID, (uint32_t)target);
	code = netlink_dump(nl, &req, all_take, &s);
	if (code)
		return code;
	if (s.n)
		qsort(s.rows, s.n, sizeof(*s.rows), id_order);
	*ret = s;
	s = (struct nsids){0};
	return 0;
}
