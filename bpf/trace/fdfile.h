/* SPDX-License-Identifier: GPL-2.0-only */
/* fdfile.h - from a descriptor of the current task to its file. */
#ifndef NSWATCH_FDFILE_H
#define NSWATCH_FDFILE_H

#include "emit.h"

#define NSFS_MAGIC 0x6e736673 /* include/uapi/linux/magic.h */

/* include/uapi/linux/mount.h: OPEN_TREE_NAMESPACE and FSMOUNT_NAMESPACE */
#define MOUNT_NAMESPACE 2

static __always_inline struct file *fd_file(int fd)
{
	struct fdtable *fdt = BPF_CORE_READ(current_task(), files, fdt);
	struct file **table, *f = 0;

	if (fd < 0 || (u32)fd >= BPF_CORE_READ(fdt, max_fds))
		return 0;
	table = BPF_CORE_READ(fdt, fd);
	bpf_probe_read_kernel(&f, sizeof(f), &table[fd]);
	return f;
}

#endif
