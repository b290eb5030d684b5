// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * netmove DEV NETNS-FILE N - moves a device of this net namespace to the other one
 * and back, N moves in all, as fast as the kernel lets it. Prints how many
 * succeeded.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct request {
	struct nlmsghdr hdr;
	struct ifinfomsg info;
	char attrs[64];
};

static void attr_add(struct request *r, unsigned short type, const void *data, size_t len)
{
	struct rtattr *a = (void *)((char *)r + NLMSG_ALIGN(r->hdr.nlmsg_len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(len);
	memcpy(RTA_DATA(a), data, len);
	r->hdr.nlmsg_len = NLMSG_ALIGN(r->hdr.nlmsg_len) + RTA_ALIGN(a->rta_len);
}

/* From the namespace of the socket to the one of the descriptor: 0 or -errno. */
static int move(int sock, const char *dev, int to)
{
	struct request r = {.hdr = {.nlmsg_len = NLMSG_LENGTH(sizeof(r.info)),
				    .nlmsg_type = RTM_NEWLINK,
				    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK}};
	struct {
		struct nlmsghdr hdr;
		struct nlmsgerr error;
		char more[512];
	} answer;

	attr_add(&r, IFLA_IFNAME, dev, strlen(dev) + 1);
	attr_add(&r, IFLA_NET_NS_FD, &to, sizeof(to));
	if (send(sock, &r, r.hdr.nlmsg_len, 0) < 0 || recv(sock, &answer, sizeof(answer), 0) < 0)
		return -errno;
	return answer.hdr.nlmsg_type == NLMSG_ERROR ? answer.error.error : -EBADMSG;
}

int main(int argc, char **argv)
{
	int ns[2], sock[2], moved = 0, r, n = argc == 4 ? atoi(argv[3]) : 0;

	if (n <= 0)
		return 2;
	ns[0] = open("/proc/self/ns/net", O_RDONLY);
	ns[1] = open(argv[2], O_RDONLY);
	for (int i = 0; i < 2; i++) {
		if (ns[i] < 0 || setns(ns[i], CLONE_NEWNET))
			return 1;
		sock[i] = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
		if (sock[i] < 0)
			return 1;
	}
	for (int i = 0; i < n; i++) {
		r = move(sock[i % 2], argv[1], ns[(i + 1) % 2]);
		if (r) {
			fprintf(stderr, "move %d: %s\n", i, strerror(-r));
			break;
		}
		moved++;
	}
	printf("%d\n", moved);
	return moved == n ? 0 : 1;
}
