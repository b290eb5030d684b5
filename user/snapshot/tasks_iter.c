// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <sys/stat.h>

#include "lib/fd.h"
#include "lib/caps.h"
#include "kernel/nstype.h"
#include "snapshot/tasks_iter.h"

/* Written by bpftool, not to our taste. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wsign-compare"
#include "tasks.lskel.h"
#include "tasks.skel.h"
#pragma GCC diagnostic pop

/* The iterator's file keeps link and program: the skeleton is not needed any more. */
static int light_open(bool threads, int *ret_fd)
{
	struct tasks_lskel *skel = tasks_lskel__open();
	int ret;

	if (!skel)
		return -ENOMEM;
	skel->rodata->leaders_only = !threads;
	ret = tasks_lskel__load(skel);
	if (!ret) {
		int link = tasks_lskel__tasks_dump__attach(skel);

		ret = link < 0 ? link : bpf_iter_create(link);
	}
	tasks_lskel__destroy(skel);
	if (ret < 0)
		return ret;
	*ret_fd = ret;
	return 0;
}

static int full_open(bool threads, int *ret_fd)
{
	struct tasks_bpf *skel;
	int ret;

	libbpf_set_print(NULL); /* its talk is not the user's: there is /proc */
	skel = tasks_bpf__open();
	if (!skel)
		return -errno;
	skel->rodata->leaders_only = !threads;
	ret = tasks_bpf__load(skel);
	if (!ret)
		ret = tasks_bpf__attach(skel);
	if (!ret)
		ret = bpf_iter_create(bpf_link__fd(skel->links.tasks_dump));
	tasks_bpf__destroy(skel);
	if (ret < 0)
		return ret;
	*ret_fd = ret;
	return 0;
}

static int (*const ways[TASKS_ITER_WAYS])(bool threads, int *ret_fd) = {
	[TASKS_ITER_LIGHT] = light_open,
	[TASKS_ITER_FULL] = full_open,
};

/* The records number processes as the initial pid namespace does. */
bool tasks_iter_makes_sense(void)
{
	struct stat st;

	return !stat("/proc/self/ns/pid", &st) && st.st_ino == ns_types[NS_PID].initial;
}

int tasks_iter_open_way(enum tasks_iter_way way, bool threads, int *ret_fd, struct err *err)
{
	int ret;

	if (!tasks_iter_makes_sense())
		return err_say(err, -ENOTSUP, TASKS_ITER_ELSEWHERE);
	ret = ways[way](threads, ret_fd);
	return ret ? err_set(err, ret, "load the BPF iterator of tasks") : 0;
}

int tasks_iter_open(bool threads, int *ret_fd, struct err *err)
{
	auto_filecaps filecaps_was was = filecaps_use();
	int ret = tasks_iter_open_way(TASKS_ITER_LIGHT, threads, ret_fd, err);

	/* Rights are the same for both; anything else may be a kernel before 5.17. */
	if (ret && ret != -EPERM && ret != -ENOTSUP)
		ret = tasks_iter_open_way(TASKS_ITER_FULL, threads, ret_fd, err);
	return ret;
}
