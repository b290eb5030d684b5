// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz_netlink.c - any bytes as what rtnetlink answers: a dump of devices and addresses, of ids of
 * namespaces, an acknowledgement. A datagram of the input is its length (two bytes) and its bytes.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "fuzz/check.h"
#include "fuzz/text.h"

static struct {
	const uint8_t *at;
	size_t left;
} input;

static ssize_t input_take(void *buf, size_t size)
{
	size_t n;

	if (input.left < 2) {
		errno = ECONNRESET; /* the end of the test */
		return -1;
	}
	n = (size_t)(input.at[0] | input.at[1] << 8);
	input.at += 2;
	input.left -= 2;
	if (n > input.left)
		n = input.left;
	input.at += n;
	input.left -= n;
	memcpy(buf, input.at - n, n < size ? n : size);
	return (ssize_t)(n < size ? n : size);
}

/* The socket is ours. */
#define mnl_socket_recvfrom(sock, buf, size) input_take(buf, size)
#define mnl_socket_sendto(sock, buf, size)   0
#define mnl_socket_get_fd(sock)              (-1)
#include "kernel/netlink.c"

#include "kernel/link.h"
#include "kernel/nsid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void devices_read(struct netlink *nl)
{
	auto_devs struct net_devs d = {0};
	auto_buf struct buf b = {0};
	struct err err = {0};

	if (devs_read(&d, nl, &err)) {
		if (d.n || d.naddrs || !err.code)
			abort();
		return;
	}
	for (size_t i = 0; i < d.n; i++) {
		const struct net_dev *dev = &d.rows[i];

		if ((i && dev[-1].index > dev->index) || dev->mac_len > NET_MAC_MAX ||
			dev->addr + dev->naddrs > d.naddrs)
			abort();
		if (!memchr(dev->name, 0, sizeof(dev->name)) ||
			!memchr(dev->kind, 0, sizeof(dev->kind)))
			abort();
		dev_mac_format(dev, &b);
		for (uint32_t k = 0; k < dev->naddrs; k++)
			addr_format(&d.addrs[dev->addr + k], &b);
	}
	text_is_plain(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int way = 0; way < 3; way++) {
		struct netlink nl = NETLINK_NONE;
		auto_nsids struct nsids ids = {0};
		struct netlink_req r;
		struct err err = {0};

		input.at = data;
		input.left = size;
		if (way == 0) {
			devices_read(&nl);
		} else if (way == 1) {
			nsids_read(&nl, NSID_NONE, &ids);
		} else {
			netlink_req(&r, RTM_SETLINK, sizeof(struct ifinfomsg));
			netlink_talk(&nl, &r, NULL, NULL);
			if (!memchr(nl.said, 0, sizeof(nl.said)))
				abort();
			netlink_err(&nl, &err, -EPERM, "ask");
			check_err(&err);
		}
	}
	return 0;
}
