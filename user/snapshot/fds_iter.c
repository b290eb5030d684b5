// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "lib/caps.h"
#include "snapshot/fds_iter.h"

/* Written by bpftool, not to our taste. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wsign-compare"
#include "fds.lskel.h"
#include "fds.skel.h"
#pragma GCC diagnostic pop

static int light_open(int *ret_fd)
{
	struct fds_lskel *skel = fds_lskel__open_and_load();
	int ret = skel ? fds_lskel__fds_dump__attach(skel) : -errno;

	if (ret >= 0)
		ret = bpf_iter_create(ret);
	fds_lskel__destroy(skel);
	if (ret < 0)
		return ret;
	*ret_fd = ret;
	return 0;
}

/* Kernels before 5.17 do not relocate by themselves. */
static int full_open(int *ret_fd)
{
	struct fds_bpf *skel;
	int ret;

	libbpf_set_print(NULL); /* its talk is not the user's: there is /proc */
	skel = fds_bpf__open_and_load();
	ret = skel ? fds_bpf__attach(skel) : -errno;
	if (!ret)
		ret = bpf_iter_create(bpf_link__fd(skel->links.fds_dump));
	fds_bpf__destroy(skel);
	if (ret < 0)
		return ret;
	*ret_fd = ret;
	return 0;
}

int fds_iter_open(int *ret_fd, struct err *err)
{
	auto_filecaps filecaps_was was = filecaps_use();
	int ret = light_open(ret_fd);

	if (ret && ret != -EPERM)
		ret = full_open(ret_fd);
	return ret ? err_set(err, ret, "load the BPF iterator of files") : 0;
}
