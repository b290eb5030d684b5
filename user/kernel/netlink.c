// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/child.h"
#include "kernel/netlink.h"
#include "lib/util.h"

/* The kernel fills as much as was read before, up to 32 KiB (netlink_dump). */
#define ANSWER_MAX 32768
#define ERRNO_MAX  4095 /* MAX_ERRNO of include/linux/err.h */

static int socket_open(int family, struct netlink *ret, struct err *err)
{
	static const int options[] = {NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK};
	struct mnl_socket *sock = mnl_socket_open2(family, SOCK_CLOEXEC);
	int on = 1, code;

	if (!sock)
		return err_set(err, -errno, "netlink socket");
	/* Words and strictness: what an old kernel lacks is done without. */
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		mnl_socket_setsockopt(sock, options[i], &on, sizeof(on));
	if (mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID)) {
		code = -errno;
		mnl_socket_close(sock);
		return err_set(err, code, "bind a netlink socket");
	}
	*ret = (struct netlink){.sock = sock, .port = mnl_socket_get_portid(sock)};
	return 0;
}

int netlink_open(struct netlink *ret, struct err *err)
{
	return socket_open(NETLINK_ROUTE, ret, err);
}

int netlink_open_generic(struct netlink *ret)
{
	return socket_open(NETLINK_GENERIC, ret, NULL);
}

int netlink_open_there(int ns, struct netlink *ret, struct err *err)
{
	if (setns(ns, CLONE_NEWNET))
		return err_set(err, -errno, "enter a net namespace");
	return netlink_open(ret, err);
}

struct visit {
	int ns;
	struct netlink *ret;
	struct err *err;
};

static int visit(void *ctx)
{
	struct visit *v = ctx;

	return netlink_open_there(v->ns, v->ret, v->err);
}

int netlink_open_in(int ns, struct netlink *ret, struct err *err)
{
	struct visit v = {ns, ret, err};
	int code = thread_run(visit, &v);

	return code && err && !err->code ? err_set(err, code, "start a thread") : code;
}

void netlink_close(struct netlink *nl)
{
	if (nl->sock)
		mnl_socket_close(nl->sock);
	nl->sock = NULL;
}

int netlink_fd(const struct netlink *nl)
{
	return mnl_socket_get_fd(nl->sock);
}

void *netlink_req(struct netlink_req *r, uint16_t type, size_t len)
{
	memset(r, 0, sizeof(*r));
	mnl_nlmsg_put_header(r->buf);
	r->hdr.nlmsg_type = type;
	r->hdr.nlmsg_flags = NLM_F_REQUEST;
	return mnl_nlmsg_put_extra_header(&r->hdr, len);
}

/* --- answers --------------------------------------------------------------------------------- */

struct answer {
	bool single; /* the first message is all of it */
	bool done, torn;
	netlink_fn fn;
	void *ctx;
};

/* What the kernel says in words stands behind the (perhaps cut) request it is about. */
static void words_take(struct netlink *nl, const struct nlmsghdr *h, size_t fixed)
{
	size_t skip = NLMSG_ALIGN(fixed);
	const struct nlattr *a;

	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (h->nlmsg_type == NLMSG_ERROR && !(h->nlmsg_flags & NLM_F_CAPPED)) {
		const struct nlmsgerr *e = NLMSG_DATA(h);

		if (e->msg.nlmsg_len < NLMSG_HDRLEN || e->msg.nlmsg_len > h->nlmsg_len)
			return;
		skip += NLMSG_ALIGN(e->msg.nlmsg_len - NLMSG_HDRLEN);
	}
	for (a = netlink_first(h, skip); netlink_ok(a, netlink_end(h)); a = netlink_next(a))
		if (netlink_type(a) == NLMSGERR_ATTR_MSG)
			netlink_text(a, nl->said, sizeof(nl->said));
	/* It is English, but names of devices may be in it. */
	for (char *c = nl->said; *c; c++)
		if (*c < 0x20 || *c > 0x7e)
			*c = '?';
}

/* An acknowledgement, or the end of a dump: 0 or the kernel's -errno. */
static int end_take(struct netlink *nl, const struct nlmsghdr *h)
{
	size_t fixed = h->nlmsg_type == NLMSG_ERROR ? sizeof(struct nlmsgerr) : sizeof(int);
	int code;

	if (h->nlmsg_len < NLMSG_LENGTH(fixed))
		return h->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
	memcpy(&code, NLMSG_DATA(h), sizeof(code));
	if (code < -ERRNO_MAX)
		return -EBADMSG;
	if (code < 0)
		words_take(nl, h, fixed);
	return code < 0 ? code : 0;
}

static int message_take(struct netlink *nl, const struct nlmsghdr *h, struct answer *a)
{
	if (h->nlmsg_seq != nl->seq || (h->nlmsg_pid && h->nlmsg_pid != nl->port))
		return 0;
	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		a->torn = true;
	switch (h->nlmsg_type) {
	case NLMSG_ERROR:
	case NLMSG_DONE:
		a->done = true;
		return end_take(nl, h);
	case NLMSG_NOOP:
		return 0;
	case NLMSG_OVERRUN:
		return -ENOBUFS;
	default:
		a->done = a->single;
		return a->fn ? a->fn(h, a->ctx) : 0;
	}
}

static int answer_read(struct netlink *nl, struct answer *a)
{
	char buf[ANSWER_MAX] __attribute__((aligned(8)));
	int ret = 0;

	while (!ret && !a->done) {
		ssize_t n = mnl_socket_recvfrom(nl->sock, buf, sizeof(buf));
		const struct nlmsghdr *h = (const void *)buf;
		int left = (int)n;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		for (; !ret && !a->done && netlink_whole(h, left); h = mnl_nlmsg_next(h, &left))
			ret = message_take(nl, h, a);
	}
	return ret;
}

static int request_send(struct netlink *nl, struct netlink_req *r)
{
	nl->said[0] = '\0';
	r->hdr.nlmsg_seq = ++nl->seq;
	return mnl_socket_sendto(nl->sock, r->buf, r->hdr.nlmsg_len) < 0 ? -errno : 0;
}

int netlink_talk(struct netlink *nl, struct netlink_req *r, netlink_fn fn, void *ctx)
{
	struct answer a = {.fn = fn, .ctx = ctx};
	int ret;

	r->hdr.nlmsg_flags |= NLM_F_ACK;
	ret = request_send(nl, r);
	return ret ? ret : answer_read(nl, &a);
}

int netlink_get(struct netlink *nl, struct netlink_req *r, netlink_fn fn, void *ctx)
{
	struct answer a = {.single = true, .fn = fn, .ctx = ctx};
	int ret = request_send(nl, r);

	return ret ? ret : answer_read(nl, &a);
}

/* Reads what is left of an answer that nobody wants any more. */
static void answer_drop(struct netlink *nl)
{
	char buf[ANSWER_MAX];

	while (recv(netlink_fd(nl), buf, sizeof(buf), MSG_DONTWAIT) >= 0 || errno == ENOBUFS)
		;
}

int netlink_dump(struct netlink *nl, struct netlink_req *r, netlink_fn fn, void *ctx)
{
	r->hdr.nlmsg_flags |= NLM_F_DUMP;
	for (int i = 0; i < NETLINK_TRIES; i++) {
		struct answer a = {.fn = fn, .ctx = ctx};
		int ret = fn(NULL, ctx);

		if (!ret)
			ret = request_send(nl, r);
		if (!ret)
			ret = answer_read(nl, &a);
		if (!a.done)
			answer_drop(nl);
		if (ret == -ENOBUFS || (!ret && a.torn))
			continue;
		return ret;
	}
	return -EAGAIN;
}

int netlink_err(const struct netlink *nl, struct err *err, int code, const char *fmt, ...)
{
	char what[sizeof(err->what)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (nl->said[0])
		return err_say(err, code, "%s: %s", what, nl->said);
	if (code == -EAGAIN)
		return err_say(err, code, "%s: it changes faster than it can be read", what);
	return err_set(err, code, "%s", what);
}

/* --- attributes ------------------------------------------------------------------------------ */

static bool fixed_get(const struct nlattr *a, void *ret, size_t size)
{
	if (a->nla_len < NLA_HDRLEN + size)
		return false;
	memcpy(ret, netlink_inside(a), size);
	return true;
}

bool netlink_u8(const struct nlattr *a, uint8_t *ret)
{
	return fixed_get(a, ret, sizeof(*ret));
}

bool netlink_u32(const struct nlattr *a, uint32_t *ret)
{
	return fixed_get(a, ret, sizeof(*ret));
}

bool netlink_s32(const struct nlattr *a, int32_t *ret)
{
	return fixed_get(a, ret, sizeof(*ret));
}

bool netlink_text(const struct nlattr *a, char *ret, size_t size)
{
	const char *s = (const void *)netlink_inside(a);
	size_t len = a->nla_len < NLA_HDRLEN ? 0 : strnlen(s, a->nla_len - NLA_HDRLEN);

	if (len >= size)
		return false;
	memcpy(ret, s, len);
	ret[len] = '\0';
	return true;
}
