// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/fd.h"
#include "act/pin.h"
#include "why/step.h"
#include "kernel/nstype.h"

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004
#define MOVE_MOUNT_T_EMPTY_PATH 0x00000040
#endif

void pins_init(struct pins *p)
{
	memset(p, 0, sizeof(*p));
	for (int i = 0; i < NS_TYPES; i++)
		p->v[i].fd = p->v[i].tree = p->v[i].dir = -1;
}

void pins_set(struct pins *p, unsigned int type, const char *path)
{
	p->n += !p->v[type].path;
	p->v[type].path = path;
}

void pins_close(struct pins *p)
{
	for (int i = 0; i < NS_TYPES; i++) {
		fd_closep(&p->v[i].fd);
		fd_closep(&p->v[i].tree);
		fd_closep(&p->v[i].dir);
	}
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The directory is kept open: undoing removes the name there, wherever the path leads then. */
static int file_make(struct pin *p)
{
	const char *name = last_part(p->path);
	auto_free char *parent = strndup(p->path, (size_t)(name - p->path));

	if (!parent)
		return -ENOMEM;
	p->dir = open(*parent ? parent : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p->dir < 0)
		return -errno;
	p->fd = openat(p->dir, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
	return p->fd < 0 ? -errno : 0;
}

static int file_open(struct pin *p, bool make, unsigned int type, struct err *err)
{
	struct step s = STEP(OPEN, .what = p->path);
	int r = 0;

	p->fd = open(p->path, O_PATH | O_CLOEXEC);
	if (p->fd < 0) {
		r = -errno;
		if (r == -ENOENT && make)
			r = file_make(p);
	}
	if (r)
		fd_closep(&p->dir);
	return step_done(&s, r, err);
}

int pins_open(struct pins *p, bool make, struct err *err)
{
	for (unsigned int i = 0; i < NS_TYPES; i++) {
		int r = p->v[i].path ? file_open(&p->v[i], make, i, err) : 0;

		if (r) {
			pins_undo(p);
			return r;
		}
	}
	return 0;
}

/* Where children go is what the option is about. */
static const char *link_of(unsigned int type)
{
	return ns_types[type == NS_PID    ? NS_PID_CHILD
			: type == NS_TIME ? NS_TIME_CHILD
					  : type]
		.name;
}

/* mount(2) takes paths only; these lead to what is open. */
static int mount_by_path(const char *link, int procfd, int fd)
{
	char from[80], to[40];

	snprintf(from, sizeof(from), "/proc/self/fd/%d/%s", procfd, link);
	snprintf(to, sizeof(to), "/proc/self/fd/%d", fd);
	return mount(from, to, NULL, MS_BIND, NULL) ? -errno : 0;
}

static int pin_mount(struct pin *p, unsigned int type, int procfd, struct err *err)
{
	struct step s = STEP(PIN, .flags = ns_types[type].flag, .what = p->path);
	char link[40];
	int r = 0;

	snprintf(link, sizeof(link), "ns/%s", link_of(type));
	p->tree = (int)syscall(SYS_open_tree, procfd, link, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (p->tree < 0)
		/* Before 5.2, or a filter of system calls that does not know it. */
		r = errno == ENOSYS ? mount_by_path(link, procfd, p->fd) : -errno;
	else if (syscall(SYS_move_mount, p->tree, "", p->fd, "",
			 MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH))
		r = -errno;
	p->mounted = !r;
	return step_done(&s, r, err);
}

int pins_mount(struct pins *p, int procfd, struct err *err)
{
	int r = 0;

	for (unsigned int i = 0; !r && i < NS_TYPES; i++)
		if (p->v[i].path)
			r = pin_mount(&p->v[i], i, procfd, err);
	return r;
}

/* Only if the name is still that of the file that was made. */
static void file_remove(const struct pin *p)
{
	struct stat made, there;
	const char *name;

	if (p->dir < 0)
		return;
	name = last_part(p->path);
	if (!fstat(p->fd, &made) && !fstatat(p->dir, name, &there, AT_SYMLINK_NOFOLLOW) &&
		made.st_ino == there.st_ino && made.st_dev == there.st_dev)
		unlinkat(p->dir, name, 0);
}

void pins_undo(struct pins *p)
{
	for (int i = 0; i < NS_TYPES; i++) {
		struct pin *pin = &p->v[i];
		char path[40];

		if (pin->mounted) {
			snprintf(path, sizeof(path), "/proc/self/fd/%d",
				pin->tree >= 0 ? pin->tree : pin->fd);
			umount2(path, MNT_DETACH);
			pin->mounted = false;
		}
		file_remove(pin);
		fd_closep(&pin->dir);
	}
}
