/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netlink.h - requests to rtnetlink, in this net namespace or another one, and
 * their answers. libmnl walks through messages and attributes; what is behind
 * an attribute's header is checked here before it is read.
 *
 *	struct netlink nl = NETLINK_NONE;
 *	struct netlink_req r;
 *	struct ifinfomsg *i;
 *
 *	ret = netlink_open(&nl, err);
 *	i = netlink_req(&r, RTM_GETLINK, sizeof(*i));
 *	i->ifi_family = AF_UNSPEC;
 *	ret = netlink_dump(&nl, &r, fn, ctx);
 *	if (ret)
 *		netlink_err(&nl, err, ret, "list devices");
 *	netlink_close(&nl);
 */
#ifndef NSWATCH_KERNEL_NETLINK_H
#define NSWATCH_KERNEL_NETLINK_H

#include <linux/types.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

/* Of <linux/if_link.h> 6.15: u8, 1 where a device can't change its net namespace. */
#define NSW_IFLA_NETNS_IMMUTABLE 67

struct mnl_socket;

struct netlink {
	struct mnl_socket *sock; /* NULL: not open */
	unsigned int seq, port;
	char said[160]; /* the kernel's own words on the last error, "" where it had none; safe to
			   show */
};

#define NETLINK_NONE                                                                               \
	{                                                                                          \
	}
#define auto_netlink __attribute__((cleanup(netlink_close)))

/* A socket of the net namespace of this thread; it answers strictly and in words. */
int netlink_open(struct netlink *ret, struct err *err);
/*
 * The same in the open net namespace ns, by a thread that goes there and ends: the
 * caller stays where it is. The socket stays of ns, and keeps it alive until it is
 * closed. -EPERM without CAP_SYS_ADMIN both there and in the caller's user namespace.
 */
int netlink_open_in(int ns, struct netlink *ret, struct err *err);
/* The same by the calling thread, which is in ns afterwards: for one made to go round. */
int netlink_open_there(int ns, struct netlink *ret, struct err *err);
/* A socket of generic netlink, of the net namespace of this thread: 0 or -errno. */
int netlink_open_generic(struct netlink *ret);
void netlink_close(struct netlink *nl);
/* For poll(2). */
int netlink_fd(const struct netlink *nl);

#define NETLINK_REQ_MAX 1024

/* Attributes are added by mnl_attr_put_*(&r.hdr, ...). */
struct netlink_req {
	union {
		struct nlmsghdr hdr;
		char buf[NETLINK_REQ_MAX];
	};
};

/* Begins a request with NLM_F_REQUEST; returns its zeroed family header of len bytes. */
void *netlink_req(struct netlink_req *r, uint16_t type, size_t len);

/* One message of an answer; a negative return ends it and is handed on. */
typedef int (*netlink_fn)(const struct nlmsghdr *h, void *ctx);

/*
 * Sends r and waits for its acknowledgement; what comes before it goes to fn
 * (may be NULL). 0, or -errno: the kernel's, or of the socket.
 */
int netlink_talk(struct netlink *nl, struct netlink_req *r, netlink_fn fn, void *ctx);
/* The same for a request that is answered by one message: that ends it, or an error does. */
int netlink_get(struct netlink *nl, struct netlink_req *r, netlink_fn fn, void *ctx);
/*
 * Sends r as a dump. fn is called with h NULL at the beginning, and again
 * whenever the kernel says that what it gave was torn (NLM_F_DUMP_INTR), or
 * answers were lost (ENOBUFS): all that came until then is void. -EAGAIN after
 * NETLINK_TRIES such tries.
 */
int netlink_dump(struct netlink *nl, struct netlink_req *r, netlink_fn fn, void *ctx);
#define NETLINK_TRIES 20

/* "WHAT: the kernel's words, or those for code". Returns code. */
int netlink_err(const struct netlink *nl, struct err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Payloads, checked: false, and *ret untouched, where the attribute is too short. */
bool netlink_u8(const struct nlattr *a, uint8_t *ret);
bool netlink_u32(const struct nlattr *a, uint32_t *ret);
bool netlink_s32(const struct nlattr *a, int32_t *ret);
/*
 * Text of at most size - 1 bytes, ended by NUL in ret whether the kernel did so
 * or not; untrusted. False where it is longer.
 */
bool netlink_text(const struct nlattr *a, char *ret, size_t size);

/* Every attribute of a message whose family header has len bytes; h may be of any length. */
#define netlink_for_each(a, h, len)                                                                \
	for (const struct nlattr *a = netlink_first(h, len); netlink_ok(a, netlink_end(h));        \
		a = netlink_next(a))
/* Every attribute inside another one. */
#define netlink_for_each_in(a, nest)                                                               \
	for (const struct nlattr *a = netlink_inside(nest); netlink_ok(a, netlink_after(nest));    \
		a = netlink_next(a))

/* The type without the flags NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
static inline unsigned int netlink_type(const struct nlattr *a)
{
	return a->nla_type & NLA_TYPE_MASK;
}

static inline const char *netlink_end(const struct nlmsghdr *h)
{
	return (const char *)h + h->nlmsg_len;
}

/*
 * A whole message at h, of left bytes. Not mnl_nlmsg_ok(), which takes a length above
 * INT_MAX for a negative one, and so for one that fits (libmnl 1.0.5).
 */
static inline bool netlink_whole(const struct nlmsghdr *h, int left)
{
	return left >= (int)sizeof(*h) && h->nlmsg_len >= sizeof(*h) &&
	       h->nlmsg_len <= (unsigned int)left;
}

/* NULL where the message does not even have its family header. */
static inline const struct nlattr *netlink_first(const struct nlmsghdr *h, size_t len)
{
	if (h->nlmsg_len < NLMSG_SPACE(len))
		return NULL;
	return (const void *)((const char *)h + NLMSG_SPACE(len));
}

static inline bool netlink_ok(const struct nlattr *a, const char *end)
{
	size_t left = a && end > (const char *)a ? (size_t)(end - (const char *)a) : 0;

	return left >= sizeof(*a) && a->nla_len >= sizeof(*a) && a->nla_len <= left;
}

static inline const struct nlattr *netlink_next(const struct nlattr *a)
{
	return (const void *)((const char *)a + NLA_ALIGN(a->nla_len));
}

static inline const struct nlattr *netlink_inside(const struct nlattr *a)
{
	return (const void *)((const char *)a + NLA_HDRLEN);
}

static inline const char *netlink_after(const struct nlattr *a)
{
	return (const char *)a + a->nla_len;
}

#endif
