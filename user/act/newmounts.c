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

#define BINFMT_DIR "/proc/sys/fs/binfmt_misc"

static int propagation_set(const char *path, unsigned long flags)
{
	return mount("none", path, NULL, flags, NULL) ? -errno : 0;
}

static int proc_mount(const struct newmounts *m, struct err *err)
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

static int binfmt_mount(const char *dir, struct err *err)
{
	return step_done(&STEP(MOUNT_BINFMT, .what = dir),
		mount("binfmt_misc", dir, "binfmt_misc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL)
			? -errno
			: 0,
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

/* Flag F: the interpreter is opened when it is registered, so outside of the new root. */
static bool interp_fixed(const char *text)
{
	const char *flags = strrchr(text, ':');

	return flags && strchr(flags, 'F');
}

static int place_change(const struct newmounts *m, struct err *err)
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

int newmounts_make(const struct newmounts *m, struct err *err)
{
	bool early = m->interp && m->root && interp_fixed(m->interp);
	int r = 0;

	if (m->mnt && m->propagation)
		r = step_done(
			&STEP(PROPAGATION, .what = "/"), propagation_set("/", m->propagation), err);
	if (!r && early) {
		r = binfmt_mount(BINFMT_DIR, err);
		if (!r)
			r = interp_register(BINFMT_DIR, m->interp, err);
	}
	if (!r)
		r = place_change(m, err);
	if (!r && m->proc)
		r = proc_mount(m, err);
	if (!r && m->binfmt)
		r = binfmt_mount(m->binfmt, err);
	if (!r && m->interp && !early)
		r = interp_register(m->binfmt, m->interp, err);
	return r;
}
