// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/vfs.h>

#include "lib/fd.h"
#include "lib/parse.h"
#include "kernel/fsmount.h"
#include "kernel/tracefs.h"
#include "lib/util.h"

static int tracefs_fd = -1;
static const char *tracefs_found = "";

/*
 * O_PATH alone looks at the last component without triggering the automount
 * that debugfs has on "tracing"; O_DIRECTORY would trigger it.
 */
static int tracefs_open_mounted(const char *path)
{
	auto_fd int fd = open(path, O_PATH | O_CLOEXEC);
	struct statfs st;

	if (fd < 0)
		return -errno;
	if (fstatfs(fd, &st))
		return -errno;
	if ((unsigned long)st.f_type != TRACEFS_MAGIC)
		return -ENOENT;
	return take_fd(&fd);
}

static int tracefs_open_detached(struct err *err)
{
	int fd = fsmount_detached("tracefs");

	if (fd >= 0)
		return fd;
	if (fd == -ENODEV)
		return err_say(err, -ENOENT, "this kernel has no tracefs");
	if (fd != -EPERM && fd != -EACCES)
		return err_set(err, fd, "mount tracefs");
	err_say(err, -EACCES, "tracefs is not mounted and may not be mounted here");
	err_hint(err, "CAP_SYS_ADMIN in the initial user namespace is needed");
	return -EACCES;
}

int tracefs_open(struct err *err)
{
	static const char *const paths[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
	int fd;

	if (tracefs_fd >= 0)
		return tracefs_fd;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		fd = tracefs_open_mounted(paths[i]);
		if (fd >= 0) {
			tracefs_found = paths[i];
			return tracefs_fd = fd;
		}
	}
	fd = tracefs_open_detached(err);
	if (fd < 0)
		return fd;
	tracefs_found = "detached mount";
	return tracefs_fd = fd;
}

int tracefs_tp_id(const char *category, const char *name, uint64_t *ret)
{
	char path[256], text[32];
	ssize_t n;
	int fd;

	fd = tracefs_open(NULL);
	if (fd < 0)
		return fd;
	n = snprintf(path, sizeof(path), "events/%s/%s/id", category, name);
	if (n >= (ssize_t)sizeof(path))
		return -ENOENT;
	n = fd_read_file(fd, path, text, sizeof(text));
	if (n == -EPERM)
		return -EACCES;
	if (n < 0)
		return n;
	if (n > 0 && text[n - 1] == '\n')
		text[n - 1] = '\0';
	return parse_u64(text, 1, UINT32_MAX, ret);
}

void tracefs_close(void)
{
	fd_closep(&tracefs_fd);
	tracefs_found = "";
}

const char *tracefs_where(void)
{
	return tracefs_found;
}
