// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "lib/fd.h"
#include "act/launch.h"
#include "act/newns.h"
#include "why/step.h"

static int propagation_set(const char *path, unsigned long flags)
{
	return mount("none", path, NULL, flags, NULL) ? -errno : 0;
}

int newmounts_proc(const struct newmounts *m, struct err *err)
{
	/*
	 * A proc that is there already passes its mounts on to others unless "/" with all
	 * below it became private, or this is another root.
	 */
	if (!m->root && m->propagation != (MS_PRIVATE | MS_REC)) {
		int r = propagation_set(m->proc, MS_PRIVATE | MS_REC);

		/* EINVAL: it is not a mount point, so there is nothing to be passed on. */
		if (r && r != -EINVAL)
			return step_done(&STEP(PROPAGATION, .what = m->proc), r, err);
	}
	return step_done(&STEP(MOUNT_PROC, .what = m->proc),
		mount("proc", m->proc, "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL) ? -errno : 0,
		err);
}

static int interp_register(const char *dir, const char *text, struct err *err)
{
	auto_fd int dirfd = launch_open_dir(AT_FDCWD, dir, err);
	auto_fd int fd = -1;
	int r = 0;

	if (dirfd < 0)
		return dirfd;
	fd = openat(dirfd, "register", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		r = -errno;
	return step_done(&STEP(BINFMT_REGISTER, .what = text), r, err);
}

bool newmounts_is_early(const struct newmounts *m)
{
	const char *flags = m->interp && m->root ? strrchr(m->interp, ':') : NULL;

	return flags && strchr(flags, 'F');
}

int newmounts_binfmt(const char *dir, const char *interp, struct err *err)
{
	int r = step_done(&STEP(MOUNT_BINFMT, .what = dir),
		mount("binfmt_misc", dir, "binfmt_misc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL)
			? -errno
			: 0,
		err);

	return r || !interp ? r : interp_register(dir, interp, err);
}

int newmounts_move(const struct newmounts *m, struct err *err)
{
	auto_fd int root = -1, wd = -1;
	int r = 0;

	if (m->root) {
		root = launch_open_dir(AT_FDCWD, m->root, err);
		r = root < 0 ? root : launch_chroot(root, m->root, err);
	}
	if (!r && m->wd) {
		wd = launch_open_dir(AT_FDCWD, m->wd, err);
		r = wd < 0 ? wd : launch_chdir(wd, m->wd, err);
	}
	return r;
}

int newmounts_propagate(const struct newmounts *m, struct err *err)
{
	return step_done(
		&STEP(PROPAGATION, .what = "/"), propagation_set("/", m->propagation), err);
}
