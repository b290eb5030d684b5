// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "lib/fd.h"
#include "lib/caps.h"
#include "kernel/nstype.h"
#include "snapshot/brief_iter.h"
#include "snapshot/tasks_iter.h"

/* Written by bpftool, not to our taste. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wsign-compare"
#include "brief.lskel.h"
#include "briefold.lskel.h"
#include "related.lskel.h"
#include "hidden.lskel.h"
#pragma GCC diagnostic pop

/* The skeletons are of one source, and alike. */
#define LIGHT_OPEN(skeleton)                                                                       \
	static int skeleton##_open(const struct brief_iter *it)                                    \
	{                                                                                          \
		struct skeleton *skel = skeleton##__open();                                        \
		int ret;                                                                           \
                                                                                                   \
		if (!skel)                                                                         \
			return -ENOMEM;                                                            \
		memcpy(skel->rodata->own_ns_fd, it->ns, sizeof(it->ns));                           \
		skel->rodata->own_sock_fd = (unsigned int)it->sock;                                \
		skel->rodata->skip_reader = 1;                                                     \
		ret = skeleton##__load(skel);                                                      \
		if (!ret)                                                                          \
			ret = skeleton##__brief_dump__attach(skel);                                \
		if (ret >= 0)                                                                      \
			ret = bpf_iter_create(ret);                                                \
		skeleton##__destroy(skel);                                                         \
		return ret;                                                                        \
	}

LIGHT_OPEN(brief_lskel)
LIGHT_OPEN(briefold_lskel)
LIGHT_OPEN(related_lskel)
LIGHT_OPEN(hidden_lskel)

static int (*const ways[])(const struct brief_iter *it) = {
	[BRIEF_CAST] = brief_lskel_open,
	[BRIEF_PLAIN] = briefold_lskel_open,
	[BRIEF_RELATED] = related_lskel_open,
	[BRIEF_HIDDEN] = hidden_lskel_open,
};

void brief_iter_close(struct brief_iter *it)
{
	fd_closep(&it->fd);
	fd_closep(&it->sock);
	for (int i = 0; i < NS_TYPES; i++)
		fd_closep(&it->ns[i]);
}

static int own_open(struct brief_iter *it)
{
	char path[32];

	for (int i = 0; i < NS_TYPES; i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_types[i].name);
		it->ns[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (it->ns[i] < 0 && errno != ENOENT)
			return -errno;
	}
	it->sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return it->sock < 0 ? -errno : 0;
}

int brief_iter_open_way(enum brief_way way, struct brief_iter *ret, struct err *err)
{
	auto_brief_iter struct brief_iter it = BRIEF_ITER_NONE;
	int r;

	if (!tasks_iter_makes_sense())
		return err_say(err, -ENOTSUP, TASKS_ITER_ELSEWHERE);
	r = own_open(&it);
	if (r)
		return err_set(err, r, "open a namespace and a socket");
	it.fd = ways[way](&it);
	if (it.fd < 0)
		return err_set(err, it.fd, "load the BPF iterator of processes");
	*ret = it;
	it = BRIEF_ITER_NONE;
	return 0;
}

/*
 * Only what to try first: where the program cannot be loaded, to find that out costs as much as to
 * load the other one. Who ported the function back to an older kernel gains nothing by it.
 */
static bool release_may_cast(void)
{
	unsigned int major, minor;
	struct utsname u;

	if (uname(&u) || sscanf(u.release, "%u.%u", &major, &minor) != 2)
		return true;
	return major > 6 || (major == 6 && minor >= 2);
}

int brief_iter_open(struct brief_iter *ret, struct err *err)
{
	auto_filecaps filecaps_was was = filecaps_use();
	int r = release_may_cast() ? brief_iter_open_way(BRIEF_CAST, ret, err) : -ENOENT;

	/* What is not permitted, is so either way. */
	return r && r != -EPERM ? brief_iter_open_way(BRIEF_PLAIN, ret, err) : r;
}

int brief_iter_open_more(enum brief_way way, struct brief_iter *ret, struct err *err)
{
	auto_filecaps filecaps_was was = filecaps_use();

	if (!release_may_cast())
		return err_say(err, -EOPNOTSUPP, "this kernel has no bpf_rdonly_cast()");
	return brief_iter_open_way(way, ret, err);
}
