// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * refuse.c CALL FILE TEXT|NAME - one call that the kernel refuses, in a form that shells do not
 * make. Ends with its errno, with 0 where it was not refused. CALL is one of these:
 *
 * write, writev, pwrite64, pwritev, pwritev2: TEXT into FILE, in one part and an empty one;
 *
 * openat, openat2: NAME from a descriptor of the directory FILE;
 *
 * chdir: NAME from FILE as the working directory;
 *
 * mount_setattr: the mount at FILE loses ro.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static long write_text(const char *how, int fd, char *text)
{
	struct iovec parts[] = {{text, strlen(text)}, {text, 0}};

	if (!strcmp(how, "write"))
		return write(fd, text, strlen(text));
	if (!strcmp(how, "writev"))
		return writev(fd, parts, 2);
	if (!strcmp(how, "pwrite64"))
		return pwrite(fd, text, strlen(text), 0);
	if (!strcmp(how, "pwritev"))
		return pwritev(fd, parts, 2, 0);
	return pwritev2(fd, parts, 2, 0, RWF_HIPRI);
}

static long open_name(const char *how, const char *dir, const char *name)
{
	struct open_how plain = {.flags = O_RDONLY};
	int fd = open(dir, O_PATH | O_DIRECTORY);

	if (fd < 0)
		return -1;
	if (!strcmp(how, "openat"))
		return openat(fd, name, O_RDONLY);
	if (!strcmp(how, "openat2"))
		return syscall(SYS_openat2, fd, name, &plain, sizeof(plain));
	return fchdir(fd) ? -1 : open(name, O_RDONLY);
}

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

static long mount_writable(const char *path)
{
	struct mount_attr attr = {.attr_clr = MOUNT_ATTR_RDONLY};

	return syscall(SYS_mount_setattr, AT_FDCWD, path, 0, &attr, sizeof(attr));
}

int main(int argc, char **argv)
{
	long r;

	if (argc != 4)
		return 255;
	if (!strcmp(argv[1], "mount_setattr")) {
		r = mount_writable(argv[2]);
	} else if (strstr(argv[1], "write")) {
		int fd = open(argv[2], O_WRONLY);

		if (fd < 0)
			return 254;
		r = write_text(argv[1], fd, argv[3]);
	} else {
		r = open_name(argv[1], argv[2], argv[3]);
	}
	return r < 0 ? errno : 0;
}
