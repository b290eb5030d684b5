// SPDX-License-Identifier: GPL-2.0-or-later
/* netdev_move.c - nswatch netdev move. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cmd/netdev.h"
#include "lib/fd.h"
#include "lib/caps.h"
#include "lib/err.h"
#include "out/escape.h"
#include "act/linkmove.h"
#include "kernel/nsfd.h"

static int usage(const struct err *err)
{
	log_err(err);
	log_say("`nswatch netdev --help` says more");
	return EXIT_USAGE;
}

static int home_open(void)
{
	return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

static int ends_open(struct netdev *n, int *ret_from, int *ret_to, struct err *err)
{
	auto_fd int from = n->o->from ? netref_open(&n->d, n->o->from, NULL, err) : home_open();
	auto_fd int to = from < 0 ? -1 : netref_open(&n->d, n->o->to, NULL, err);
	uint32_t a, b;

	if (from < 0 || to < 0)
		return err->code ? err->code
				 : err_set(err, -errno, "open /proc/thread-self/ns/net");
	if (!nsfd_inum(from, &a) && !nsfd_inum(to, &b) && a == b)
		return err_say(err, -EINVAL,
			"--to is the net namespace that the device is to come "
			"from");
	*ret_from = take_fd(&from);
	*ret_to = take_fd(&to);
	return 0;
}

static int run(struct netdev *n, const char *name, struct link_was *ret_was, struct err *err)
{
	auto_netlink struct netlink from = NETLINK_NONE, to = NETLINK_NONE;
	auto_fd int from_ns = -1, to_ns = -1;
	struct link_move m = {
		.dev = name,
		.name = n->o->name,
		.nl_from = &from,
		.nl_to = &to,
		.keep_up = n->o->keep_up,
		.keep_addr = n->o->keep_addr,
	};
	int ret;

	ret = ends_open(n, &from_ns, &to_ns, err);
	if (!ret)
		ret = netlink_open_in(from_ns, &from, err);
	if (!ret)
		ret = netlink_open_in(to_ns, &to, err);
	if (ret == -EPERM)
		err_hint(err, "that needs root (CAP_SYS_ADMIN, and CAP_NET_ADMIN in both)");
	if (ret)
		return ret;
	m.from = from_ns;
	m.to = to_ns;
	return link_move(&m, ret_was, err);
}

/* What the move took away and nobody asked to keep: a line each. */
static void lost_say(struct netdev *n, const struct link_was *was)
{
	auto_buf struct buf dev = {0}, other = {0};
	const char *name = shown(was->dev.name, &dev);
	const char *at = was->gone.s;

	if (was->dev.flags & IFF_UP && !n->o->keep_up)
		log_say("%s was up and is down now; --keep-up sets it up again", name);
	if (was->dev.naddrs && !n->o->keep_addr)
		log_say("%s has lost its addresses; --keep-addr gives them back", name);
	if (was->master[0])
		log_say("%s has left its %s %s, which stays where it was", name, was->master_kind,
			shown(was->master, &other));
	while (at && *at) {
		size_t len = strcspn(at, "\n");
		char one[IFNAMSIZ] = "";

		memcpy(one, at, len < IFNAMSIZ ? len : IFNAMSIZ - 1);
		log_say("%s, which stood on %s, is gone: the kernel removes it when that leaves",
			shown(one, &other), name);
		at += len + (at[len] == '\n');
	}
}

int netdev_move(struct netdev *n, const char *name)
{
	struct link_was was = {0};
	struct err err = {0};

	if (!n->o->to)
		err_say(&err, -EINVAL, "move: --to says where");
	else if (n->o->name)
		dev_name_check(n->o->name, &err);
	if (err.code)
		return usage(&err);
	if (filecaps_limit(0, &err) || run(n, name, &was, &err))
		return output_fail(&err);
	lost_say(n, &was);
	link_was_free(&was);
	return EXIT_OK;
}
