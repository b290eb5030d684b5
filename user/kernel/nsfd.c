// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "kernel/nsfd.h"
#include "kernel/nstype.h"
#include "lib/fd.h"

#ifndef NS_GET_ID
#define NS_GET_ID _IOR(NSIO, 13, __u64)
#endif
/* include/uapi/linux/fcntl.h, from 6.5. */
#define AT_HANDLE_FID_ 0x200
#define MISC_MAJOR     10  /* include/uapi/linux/major.h */
#define TUN_MINOR      200 /* include/linux/miscdevice.h */
#ifndef SIOCGSKNS
#define SIOCGSKNS 0x894C
#endif

int nsfd_inum(int fd, uint32_t *ret)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!st.st_ino || st.st_ino > UINT32_MAX)
		return -EINVAL;
	*ret = (uint32_t)st.st_ino;
	return 0;
}

int nsfd_type(int fd)
{
	int flag = ioctl(fd, NS_GET_NSTYPE);

	return flag < 0 ? -errno : ns_type_by_flag((uint64_t)(unsigned int)flag);
}

static int related(int fd, unsigned long request)
{
	int ret = ioctl(fd, request);

	return ret < 0 ? -errno : ret;
}

int nsfd_parent(int fd)
{
	return related(fd, NS_GET_PARENT);
}

int nsfd_owner(int fd)
{
	return related(fd, NS_GET_USERNS);
}

int nsfd_owner_uid(int fd, uint32_t *ret)
{
	uid_t uid;

	if (ioctl(fd, NS_GET_OWNER_UID, &uid))
		return -errno;
	*ret = uid;
	return 0;
}

int nsfd_id(int fd, uint64_t *ret)
{
	__u64 id;

	if (ioctl(fd, NS_GET_ID, &id))
		return -errno;
	*ret = id;
	return 0;
}

/* struct nsfs_file_handle of include/uapi/linux/nsfs.h, from 6.18; 0: not asked for. */
struct ns_handle {
	uint64_t id;
	struct nsfd_is is;
};

int nsfd_by_id(uint64_t id, const struct nsfd_is *is)
{
	struct {
		struct file_handle head;
		struct ns_handle ns;
	} h = {.head.handle_bytes = sizeof(struct ns_handle)};
	auto_fd int any = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	struct ns_handle ns = {.id = id};
	int mount, fd;

	if (is)
		ns.is = *is;
	/* The type of the handle is not in the kernel's headers: that of any namespace is it. */
	if (any < 0 || name_to_handle_at(any, "", &h.head, &mount, AT_EMPTY_PATH | AT_HANDLE_FID_))
		return -errno;
	if (h.head.handle_bytes != sizeof(ns))
		return -EOPNOTSUPP;
	memcpy(h.head.f_handle, &ns, sizeof(ns));
	fd = open_by_handle_at(any, &h.head, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int fd_get(uint32_t pid, uint32_t fd)
{
	auto_fd int pidfd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
	int ret;

	if (pidfd < 0)
		return -errno;
	ret = (int)syscall(SYS_pidfd_getfd, pidfd, (int)fd, 0);
	return ret < 0 ? -errno : ret;
}

int nsfd_of_socket(uint32_t pid, uint32_t fd)
{
	auto_fd int sock = fd_get(pid, fd);

	return sock < 0 ? sock : related(sock, SIOCGSKNS);
}

int nsfd_of_tun(uint32_t pid, uint32_t fd)
{
	auto_fd int tun = fd_get(pid, fd);
	struct statx x;

	if (tun < 0)
		return tun;
	if (statx(tun, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &x))
		return -errno;
	if (!S_ISCHR(x.stx_mode) || x.stx_rdev_major != MISC_MAJOR || x.stx_rdev_minor != TUN_MINOR)
		return -ENOTTY;
	return related(tun, SIOCGSKNS);
}

/* Threads of the kernel live there; the first of them is pid 2. */
void nsfd_initials(uint32_t ret[NS_TYPES])
{
	struct stat st;
	char path[32];

	if (stat("/proc/self/ns/pid", &st) || st.st_ino != ns_types[NS_PID].initial)
		return;
	for (unsigned int type = 0; type < NS_TYPES; type++) {
		snprintf(path, sizeof(path), "/proc/2/ns/%s", ns_types[type].name);
		if (!stat(path, &st))
			ret[type] = (uint32_t)st.st_ino;
	}
}

/* --- listns ------------------------------------------------------------------------------ */

#ifndef SYS_listns /* 6.19 */
#define SYS_listns 470
#endif
#define STEP 512

/* struct ns_id_req of include/uapi/linux/nsfs.h, from 6.19. */
struct list_req {
	uint32_t size, spare;
	uint64_t after; /* the last id seen */
	uint32_t flags; /* CLONE_NEW* of the types, 0: all */
	uint32_t spare2;
	uint64_t owner; /* only those of this user namespace */
};

void ids_free(struct ns_ids *ids)
{
	free(ids->rows);
	*ids = (struct ns_ids){0};
}

static int ids_reserve(struct ns_ids *ids, size_t more)
{
	size_t cap = ids->cap ? ids->cap * 2 : STEP;
	uint64_t *rows;

	if (ids->cap - ids->n >= more)
		return 0;
	rows = reallocarray(ids->rows, cap, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	ids->rows = rows;
	ids->cap = cap;
	return 0;
}

int listns_read(uint32_t types, struct ns_ids *ret)
{
	struct list_req req = {.size = sizeof(req), .flags = (uint32_t)ns_types_to_flags(types)};
	auto_ids struct ns_ids ids = {0};

	for (;;) {
		long n;

		if (ids_reserve(&ids, STEP))
			return -ENOMEM;
		n = syscall(SYS_listns, &req, ids.rows + ids.n, (size_t)STEP, 0);
		/* ENOENT: none is behind the last one. */
		if (n < 0 && errno != ENOENT)
			return -errno;
		if (n <= 0)
			break;
		ids.n += (size_t)n;
		req.after = ids.rows[ids.n - 1];
	}
	ids_free(ret);
	*ret = ids;
	ids = (struct ns_ids){0};
	return 0;
}
