// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/mount.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "lib/fd.h"
#include "kernel/fsmount.h"

int fsmount_detached(const char *type)
{
	auto_fd int fs = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0)
		return -errno;
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -errno;
	fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC,
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return fd < 0 ? -errno : fd;
}
