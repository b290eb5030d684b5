// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/caps.h"
#include "lib/child.h"
#include "kernel/inside.h"

#define MAPS_MAX 65536 /* of a map: 340 lines at most */

struct visit {
	int fd, flag;
	const char *own; /* of this process */
	int (*ask)(struct buf *b);
	struct buf *b;
};

static int host_ask(struct buf *b)
{
	struct utsname u;

	if (uname(&u))
		return -errno;
	buf_puts(b, u.nodename);
	return 0;
}

static bool dev_is_up(int fd, const char *name)
{
	struct ifreq r = {0};

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	return !ioctl(fd, SIOCGIFFLAGS, &r) && r.ifr_flags & IFF_UP;
}

/* With a socket to ask with, only those that are up. */
static int devs_say(int fd, struct buf *b)
{
	struct if_nameindex *all = if_nameindex();
	bool any = false;

	if (!all)
		return -errno;
	for (struct if_nameindex *i = all; i->if_index; i++) {
		if (fd >= 0 && !dev_is_up(fd, i->if_name))
			continue;
		if (any)
			buf_putc(b, ',');
		buf_puts(b, i->if_name);
		any = true;
	}
	if_freenameindex(all);
	return 0;
}

static int devs_ask(struct buf *b)
{
	return devs_say(-1, b);
}

static int devs_up_ask(struct buf *b)
{
	auto_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : devs_say(fd, b);
}

static int visit_main(void *ctx)
{
	const struct visit *v = ctx;

	return setns(v->fd, v->flag) ? -errno : v->ask(v->b);
}

/* Threads have uts and net namespaces of their own: nobody else notices. */
static int visit(struct visit *v)
{
	auto_filecaps filecaps_was was = filecaps_use();
	struct stat a, b;

	if (!fstat(v->fd, &a) && !stat(v->own, &b) && a.st_ino == b.st_ino && a.st_dev == b.st_dev)
		return v->ask(v->b);
	return thread_run(visit_main, v);
}

int inside_host(int fd, struct buf *b)
{
	struct visit v = {fd, CLONE_NEWUTS, "/proc/self/ns/uts", host_ask, b};

	return visit(&v);
}

int inside_devs(int fd, struct buf *b)
{
	struct visit v = {fd, CLONE_NEWNET, "/proc/self/ns/net", devs_ask, b};

	return visit(&v);
}

int inside_devs_up(int fd, struct buf *b)
{
	struct visit v = {fd, CLONE_NEWNET, "/proc/self/ns/net", devs_up_ask, b};

	return visit(&v);
}

/* The process that goes there says so by a byte and stays until the pipe to it is closed. */
static void maps_stay(int fd, int in, int out)
{
	auto_filecaps filecaps_was was = filecaps_use();
	char byte = 0;

	if (!setns(fd, CLONE_NEWUSER) && write(out, &byte, 1) == 1)
		while (read(in, &byte, 1) < 0 && errno == EINTR)
			;
	_exit(0);
}

static int maps_read(pid_t pid, struct buf *uid, struct buf *gid)
{
	char path[32];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
	r = buf_read_file(uid, AT_FDCWD, path, MAPS_MAX);
	snprintf(path, sizeof(path), "/proc/%d/gid_map", (int)pid);
	return r ? r : buf_read_file(gid, AT_FDCWD, path, MAPS_MAX);
}

int inside_maps(int fd, struct buf *uid, struct buf *gid)
{
	auto_fd int in = -1, out = -1, say = -1, hear = -1;
	int to[2], from[2], r = -EPERM;
	char byte;
	pid_t pid;

	if (pipe2(to, O_CLOEXEC))
		return -errno;
	in = to[0];
	out = to[1];
	if (pipe2(from, O_CLOEXEC))
		return -errno;
	hear = from[0];
	say = from[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		fd_closep(&out);
		maps_stay(fd, in, say);
	}
	fd_closep(&say);
	if (read(hear, &byte, 1) == 1)
		r = maps_read(pid, uid, gid);
	fd_closep(&out);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}
