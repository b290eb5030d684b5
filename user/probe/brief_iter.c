// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "lib/fd.h"
#include "probe/brief_iter.h"
#include "probe/tasks_iter.h"

/* Written by bpftool, not to our taste. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wsign-compare"
#include "brief.lskel.h"
#pragma GCC diagnostic pop

static int light_open(int ns, int sock)
{
	struct brief_lskel *skel = brief_lskel__open();
	int ret;

	if (!skel)
		return -ENOMEM;
	skel->rodata->own_ns_fd = (unsigned int)ns;
	skel->rodata->own_sock_fd = (unsigned int)sock;
	ret = brief_lskel__load(skel);
	if (!ret)
		ret = brief_lskel__brief_dump__attach(skel);
	if (ret >= 0)
		ret = bpf_iter_create(ret);
	brief_lskel__destroy(skel);
	return ret;
}

void brief_iter_close(struct brief_iter *it)
{
	fd_closep(&it->fd);
	fd_closep(&it->ns);
	fd_closep(&it->sock);
}

int brief_iter_open(struct brief_iter *ret, struct err *err)
{
	auto_brief_iter struct brief_iter it = BRIEF_ITER_NONE;

	if (!tasks_iter_makes_sense())
		return err_say(err, -ENOTSUP, TASKS_ITER_ELSEWHERE);
	it.ns = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	it.sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (it.ns < 0 || it.sock < 0)
		return err_set(err, -errno, "open a namespace and a socket");
	it.fd = light_open(it.ns, it.sock);
	if (it.fd < 0)
		return err_set(err, it.fd, "load the BPF iterator of processes");
	*ret = it;
	it = BRIEF_ITER_NONE;
	return 0;
}
