// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <sched.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fd.h"
#include "source/nstrial.h"

/* Newer than the headers that we may be built with. */
#ifndef NSIO
#define NSIO 0xb7
#endif
#ifndef NS_GET_ID /* 6.18 */
#define NS_GET_ID _IOR(NSIO, 13, __u64)
#endif
#ifndef NS_MNT_GET_INFO /* 6.12, together with NS_MNT_GET_NEXT */
struct mnt_ns_info {
	__u32 size;
	__u32 nr_mounts;
	__u64 mnt_ns_id;
};
#define NS_MNT_GET_INFO _IOR(NSIO, 10, struct mnt_ns_info)
#endif
#ifndef SYS_listns /* 6.19 */
#define SYS_listns 470
#endif

static int try_ioctl(const char *link, unsigned long request, void *arg)
{
	auto_fd int fd = open(link, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -EACCES;
	if (!ioctl(fd, request, arg))
		return 0;
	return errno == ENOTTY || errno == EINVAL ? -EOPNOTSUPP : -EACCES;
}

/*
 * Asks for what can't be: the namespaces of a process that is gone. A kernel
 * that takes pidfds (5.8) looks for it (ESRCH), others want a namespace (EINVAL).
 */
static int try_pidfd_setns(void)
{
	auto_fd int fd = -1;
	pid_t pid = vfork();

	if (!pid)
		_exit(0);
	if (pid < 0)
		return -EACCES;
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (fd < 0)
		return errno == ENOSYS ? -EOPNOTSUPP : -EACCES;
	if (!setns(fd, CLONE_NEWUTS))
		return 0;
	return errno == ESRCH ? 0 : errno == EINVAL ? -EOPNOTSUPP : -EACCES;
}

/* The size that a handle needs is told only where nsfs has handles. */
static int try_handle(void)
{
	auto_fd int fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	struct file_handle h = {.handle_bytes = 0};
	int mount_id;

	if (fd < 0)
		return -EACCES;
	if (!name_to_handle_at(fd, "", &h, &mount_id, AT_EMPTY_PATH) || errno == EOVERFLOW)
		return 0;
	return errno == EOPNOTSUPP || errno == ENOSYS ? -EOPNOTSUPP : -EACCES;
}

/* No such flags: EINVAL from the call itself. */
static int try_listns(void)
{
	if (!syscall(SYS_listns, NULL, NULL, 0, ~0u) || errno == EINVAL)
		return 0;
	return errno == ENOSYS ? -EOPNOTSUPP : -EACCES;
}

int nstrial_run(enum feature f)
{
	struct mnt_ns_info info = {0};
	uint64_t id;

	switch (f) {
	case FEAT_PIDFD_SETNS:
		return try_pidfd_setns();
	case FEAT_NS_ID:
		return try_ioctl("/proc/self/ns/uts", NS_GET_ID, &id);
	case FEAT_MNT_NEXT:
		return try_ioctl("/proc/self/ns/mnt", NS_MNT_GET_INFO, &info);
	case FEAT_NS_HANDLE:
		return try_handle();
	case FEAT_LISTNS:
		return try_listns();
	default:
		return -EACCES;
	}
}
