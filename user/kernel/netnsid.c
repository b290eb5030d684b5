// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/netnsid.h"

int netnsid_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	return fd < 0 ? -errno : fd;
}

struct request {
	struct nlmsghdr hdr;
	struct rtgenmsg gen;
	char pad[3];
	struct rtattr attr;
	uint32_t fd;
};

_Static_assert(sizeof(struct request) == 28, "netlink aligns to 4 bytes");

static int answer_parse(const char *buf, size_t len, int32_t *ret)
{
	const struct nlmsghdr *h = (const void *)buf;
	size_t at = NLMSG_SPACE(sizeof(struct rtgenmsg));

	if (len < sizeof(*h) || h->nlmsg_len < sizeof(*h) || h->nlmsg_len > len)
		return -EBADMSG;
	len = h->nlmsg_len;
	if (h->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *e = NLMSG_DATA(h);

		return len >= NLMSG_LENGTH(sizeof(*e)) && e->error < 0 ? e->error : -EBADMSG;
	}
	if (h->nlmsg_type != RTM_NEWNSID)
		return -EBADMSG;
	while (at + sizeof(struct rtattr) <= len) {
		const struct rtattr *a = (const void *)(buf + at);

		if (a->rta_len < sizeof(*a) || a->rta_len > len - at)
			break;
		if (a->rta_type == NETNSA_NSID && a->rta_len >= RTA_LENGTH(sizeof(*ret))) {
			memcpy(ret, RTA_DATA(a), sizeof(*ret));
			return 0;
		}
		at += RTA_ALIGN(a->rta_len);
	}
	return -EBADMSG;
}

int netnsid_get(int sock, int ns, int32_t *ret)
{
	struct request r = {
		.hdr = {.nlmsg_len = sizeof(r),
			.nlmsg_type = RTM_GETNSID,
			.nlmsg_flags = NLM_F_REQUEST},
		.gen = {.rtgen_family = AF_UNSPEC},
		.attr = {.rta_len = RTA_LENGTH(sizeof(r.fd)), .rta_type = NETNSA_FD},
		.fd = (uint32_t)ns,
	};
	char buf[512] __attribute__((aligned(8)));
	ssize_t n;

	if (send(sock, &r, sizeof(r), 0) < 0)
		return -errno;
	n = recv(sock, buf, sizeof(buf), 0);
	return n < 0 ? -errno : answer_parse(buf, (size_t)n, ret);
}
