// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/fd.h"
#include "ns/nsfd.h"

#ifndef NS_GET_ID
#define NS_GET_ID _IOR(NSIO, 13, __u64)
#endif
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

int nsfd_of_socket(uint32_t pid, uint32_t fd)
{
	auto_fd int pidfd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
	auto_fd int sock = -1;

	if (pidfd < 0)
		return -errno;
	sock = (int)syscall(SYS_pidfd_getfd, pidfd, (int)fd, 0);
	if (sock < 0)
		return -errno;
	return related(sock, SIOCGSKNS);
}
