// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/ask.h"
#include "lib/fd.h"
#include "bpf/wire/fds.h"
#include "lib/caps.h"
#include "snapshot/holds.h"
#include "lib/inums.h"
#include "kernel/nsfd.h"
#include "kernel/nstype.h"
#include "lib/array.h"

#define SOCKETS NS_TYPES /* "type" of a socket's own inode number in the set of those seen */

void holds_free(struct ns_holds *h)
{
	free(h->rows);
	memset(h, 0, sizeof(*h));
}

struct ns_hold *holds_add(struct ns_holds *h)
{
	if (ARRAY_ROOM(h->rows, h->cap, h->n))
		return NULL;
	return memset(&h->rows[h->n++], 0, sizeof(*h->rows));
}

/* What links below /proc/PID/fd say is read by this. */
struct scan {
	struct ns_holds *holds;
	uint32_t types;
	struct holds_seen *seen;
};

void holds_seen_free(struct holds_seen *s)
{
	inums_free(&s->sockets);
}

static int hold_put(struct scan *s, const struct ns_task *t, uint32_t fd, int type, uint32_t inum,
	bool socket, bool tun)
{
	struct ns_hold *row = holds_add(s->holds);

	if (!row)
		return -ENOMEM;
	*row = (struct ns_hold){(uint32_t)type, inum, t->tid, fd, socket, tun};
	return 0;
}

/* What has a socket, which is of another net namespace than its process. */
static int socket_put(struct scan *s, const struct ns_task *t, uint32_t fd, bool tun)
{
	auto_fd int ns = tun ? nsfd_of_tun(t->tid, fd) : nsfd_of_socket(t->tid, fd);
	uint32_t inum;

	if (ns < 0 || nsfd_inum(ns, &inum) || inum == t->ns.inum[NS_NET])
		return 0;
	return hold_put(s, t, fd, NS_NET, inum, true, tun);
}

static int socket_read(struct scan *s, const struct ns_task *t, uint32_t fd, const char *link)
{
	uint32_t ino = (uint32_t)strtoul(link + strlen("socket:["), NULL, 10);
	struct inums *seen = &s->seen->sockets;
	size_t before = seen->n;

	if (!(s->types & 1u << NS_NET) || !ino)
		return 0;
	if (!inums_put(seen, SOCKETS, ino))
		return -ENOMEM;
	return seen->n == before ? 0 : socket_put(s, t, fd, false);
}

/* Numbers of namespaces, the initial ones included: include/linux/proc_ns.h, fs/proc/generic.c. */
#define INUM_LEAST 0xEFFFFFF0u

/*
 * The inode number of a descriptor, which /proc says from 5.14 without asking its file
 * system; 0 where it does not. dirfd is the directory of descriptors.
 */
static uint64_t fd_inode(int dirfd, const char *name)
{
	static const char key[] = "\nino:\t";
	char path[32], text[512];
	const char *p;

	snprintf(path, sizeof(path), "../fdinfo/%.10s", name);
	if (fd_read_file(dirfd, path, text, sizeof(text)) <= 0)
		return 0;
	p = strstr(text, key);
	return p ? strtoull(p + sizeof(key) - 1, NULL, 10) : 0;
}

/*
 * An nsfs file that was opened by way of a bind mount has the path of that, and
 * "/" once it is unmounted: 0, or -errno where it is no such file.
 */
static int mounted_take(const char *path, int *ret_type, uint32_t *ret_inum)
{
	uint32_t flag, inum;
	int ret = ask_ns(path, &flag, &inum), type;

	if (ret)
		return ret;
	type = ns_type_by_flag(flag);
	if (type < 0)
		return -ENOENT;
	*ret_type = type;
	*ret_inum = inum;
	return 0;
}

/* By its name; nsfd_of_tun() looks whether it is one. */
static bool is_tun(const char *link)
{
	static const char name[] = "/net/tun";
	size_t len = strlen(link), n = sizeof(name) - 1;

	return len >= n && !strcmp(link + len - n, name);
}

/* A path: of a device file that many have open it is asked once. */
static int path_take(struct scan *s, const struct ns_task *t, int dirfd, const char *name,
	const char *link, int *ret_type, uint32_t *ret_inum)
{
	struct holds_seen *seen = s->seen;
	uint32_t mnt = t->ns.inum[NS_MNT];
	uint64_t ino;
	char path[48];
	int ret = -EINVAL;

	if (mnt && seen->mnt == mnt && !strcmp(seen->device, link))
		return -ENOENT;
	ino = fd_inode(dirfd, name);
	if (!ino || (ino >= INUM_LEAST && ino <= UINT32_MAX)) {
		snprintf(path, sizeof(path), "/proc/%u/fd/%.10s", t->tid, name);
		ret = mounted_take(path, ret_type, ret_inum);
	}
	if (ret == -EINVAL && !strncmp(link, "/dev/", 5) && strlen(link) < sizeof(seen->device)) {
		seen->mnt = mnt;
		strcpy(seen->device, link);
	}
	return ret;
}

static int link_read(struct scan *s, const struct ns_task *t, int dirfd, const char *name)
{
	char link[64];
	ssize_t n = readlinkat(dirfd, name, link, sizeof(link) - 1);
	uint32_t fd = (uint32_t)strtoul(name, NULL, 10), inum;
	int type;

	if (n <= 0)
		return 0;
	link[n] = '\0';
	if (!strncmp(link, "socket:[", 8))
		return socket_read(s, t, fd, link);
	if (is_tun(link))
		return s->types & 1u << NS_NET ? socket_put(s, t, fd, true) : 0;
	if ((link[0] == '/' ? path_take(s, t, dirfd, name, link, &type, &inum)
			    : ns_link_parse(link, (size_t)n, &type, &inum)) ||
		!(s->types & 1u << type))
		return 0;
	return hold_put(s, t, fd, type, inum, false, false);
}

/* The links of a directory /proc/PID/fd, whose descriptor is closed. */
static int dir_read(struct scan *s, const struct ns_task *t, int dirfd)
{
	char chunk[8192] __attribute__((aligned(8)));
	auto_fd int fd = dirfd;
	ssize_t len;

	do {
		len = fd < 0 ? 0 : getdents64(fd, chunk, sizeof(chunk));
		for (char *p = chunk; p < chunk + len;) {
			struct dirent64 *d = (struct dirent64 *)p;
			int ret = isdigit((unsigned char)d->d_name[0])
					  ? link_read(s, t, fd, d->d_name)
					  : 0;

			if (ret)
				return ret;
			p += d->d_reclen;
		}
		/* /proc goes on only where there was no room for another one. */
	} while (len > (ssize_t)sizeof(chunk) - 64);
	return 0;
}

static int process_read(struct scan *s, const struct ns_task *t)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/%u/fd", t->tid);
	return dir_read(s, t, open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

int holds_scan(struct ns_holds *h, struct holds_seen *seen, const struct ns_task *t, int nsfd,
	uint32_t types)
{
	auto_filecaps filecaps_was was = filecaps_use();
	struct scan s = {.holds = h, .types = types, .seen = seen};

	return dir_read(&s, t, openat(nsfd, "../fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

int holds_append(struct ns_holds *h, const struct ns_holds *src)
{
	for (size_t i = 0; i < src->n; i++) {
		struct ns_hold *row = holds_add(h);

		if (!row)
			return -ENOMEM;
		*row = src->rows[i];
	}
	return 0;
}

int holds_of(struct ns_holds *h, uint32_t pid, uint32_t types)
{
	auto_filecaps filecaps_was was = filecaps_use();
	struct ns_task t = {.pid = pid, .tid = pid};
	__attribute__((cleanup(holds_seen_free))) struct holds_seen seen = {0};
	struct scan s = {.holds = h, .types = types, .seen = &seen};
	char path[48], link[64];
	ssize_t n;
	int type;

	/* A socket counts where it is of another net namespace than this. */
	snprintf(path, sizeof(path), "/proc/%u/ns/net", pid);
	n = readlink(path, link, sizeof(link));
	if (n > 0)
		ns_link_parse(link, (size_t)n, &type, &t.ns.inum[NS_NET]);
	return process_read(&s, &t);
}

int holds_read(struct ns_holds *h, const struct ns_tasks *t, uint32_t types, struct err *err)
{
	auto_filecaps filecaps_was was = filecaps_use();
	__attribute__((cleanup(holds_seen_free))) struct holds_seen seen = {0};
	struct scan s = {.holds = h, .types = types, .seen = &seen};
	int ret = 0;

	for (size_t i = 0; i < t->n && !ret; i++) {
		const struct ns_task *row = &t->rows[i];

		/* A leader that has ended has closed its files; its threads have theirs. */
		if (row->pid == row->tid)
			row = tasks_live(t, row);
		else
			continue;
		if (!(row->flags & (TASK_KTHREAD | TASK_DEAD | TASK_UNREADABLE)))
			ret = process_read(&s, row);
	}
	return ret ? err_set(err, ret, "read file descriptors") : 0;
}

int holds_add_fd(struct ns_holds *h, uint32_t pid, uint32_t fd, uint32_t socket_inum, bool tun,
	uint32_t types)
{
	char path[48], link[64];
	uint32_t inum = socket_inum;
	struct ns_hold *row;
	int type = NS_NET;
	ssize_t n;

	if (!socket_inum) {
		snprintf(path, sizeof(path), "/proc/%u/fd/%u", pid, fd);
		n = readlink(path, link, sizeof(link));
		if (n <= 0 || (ns_link_parse(link, (size_t)n, &type, &inum) &&
				      mounted_take(path, &type, &inum)))
			return 0;
	}
	if (!(types & 1u << type))
		return 0;
	row = holds_add(h);
	if (!row)
		return -ENOMEM;
	*row = (struct ns_hold){(uint32_t)type, inum, pid, fd, socket_inum != 0, tun};
	return 0;
}

static int rec_take(struct ns_holds *h, const struct fd_rec *rec, uint32_t types)
{
	return holds_add_fd(
		h, rec->pid, rec->fd, rec->socket ? rec->inum : 0, rec->socket == FD_TUN, types);
}

int holds_from(struct ns_holds *h, int fd, uint32_t types, struct err *err)
{
	auto_filecaps filecaps_was was = filecaps_use();
	union {
		struct fd_rec recs[256];
		char bytes[256 * sizeof(struct fd_rec)];
	} u;
	size_t have = 0;
	int ret = 0;

	while (!ret) {
		ssize_t n = read(fd, u.bytes + have, sizeof(u) - have);
		size_t whole;

		/* EAGAIN: it passed over a million files without finding one to tell. */
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0) {
			ret = n < 0 ? -errno : have ? -EIO : 0;
			break;
		}
		have += (size_t)n;
		whole = have / sizeof(u.recs[0]);
		for (size_t i = 0; i < whole && !ret; i++)
			ret = rec_take(h, &u.recs[i], types);
		have -= whole * sizeof(u.recs[0]);
		memmove(u.bytes, &u.recs[whole], have);
	}
	return ret ? err_set(err, ret, "read the BPF iterator of files") : 0;
}
