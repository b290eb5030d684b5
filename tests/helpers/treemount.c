// SPDX-License-Identifier: GPL-2.0-or-later
/* treemount FILE PLACE - mounts FILE on PLACE by open_tree(2) and move_mount(2). */
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef SYS_move_mount
#define SYS_move_mount 429
#endif

int main(int argc, char **argv)
{
	int tree;

	if (argc != 3)
		return 2;
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, argv[1], OPEN_TREE_CLONE);
	if (tree < 0 ||
		syscall(SYS_move_mount, tree, "", AT_FDCWD, argv[2], MOVE_MOUNT_F_EMPTY_PATH)) {
		perror("treemount");
		return 1;
	}
	return 0;
}
