// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/parse.h"
#include "act/enter.h"
#include "act/find.h"
#include "kernel/nsfd.h"
#include "why/step.h"

#define USER_BIT (1u << NS_USER)

/* In which order, where they are entered one by one. */
static const unsigned int order[NS_TYPES] = {
	NS_USER, NS_CGROUP, NS_IPC, NS_UTS, NS_NET, NS_PID, NS_MNT, NS_TIME};

void entry_init(struct entry *e)
{
	e->types = 0;
	for (unsigned int i = 0; i < NS_TYPES; i++)
		e->fd[i] = -1;
}

void entry_close(struct entry *e)
{
	for (unsigned int i = 0; i < NS_TYPES; i++)
		fd_closep(&e->fd[i]);
}

void entry_set(struct entry *e, unsigned int type, int fd)
{
	fd_closep(&e->fd[type]);
	e->fd[type] = fd;
	e->types |= 1u << type;
}

static int open_by_id(unsigned int type, const char *number, struct err *err)
{
	struct step s = STEP(OPEN, .what = number - 1);
	uint64_t id;
	int fd;

	if (parse_u64(number, 1, UINT64_MAX, &id))
		return err_say(err, -EINVAL, "%s: not the id of a namespace", number - 1);
	fd = nsfd_by_id(id, NULL);
	if (fd < 0) {
		int code = fd;

		/* Kernels that want type and inode number in the handle, too, or rights. */
		fd = find_by_id(type, id);
		if (fd < 0)
			return step_done(&s, code == -EINVAL || code == -ESTALE ? fd : code, err);
	}
	step_done(&s, 0, NULL);
	return fd;
}

int entry_open(struct entry *e, unsigned int type, const char *name, struct err *err)
{
	struct step s = STEP(OPEN, .what = name);
	int fd, r;

	if (*name == ':') {
		fd = open_by_id(type, name + 1, err);
		if (fd < 0)
			return fd;
	} else {
		/* Not to be held up by a fifo, nor to get a terminal. */
		fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		r = step_done(&s, fd < 0 ? -errno : 0, err);
		if (r)
			return r;
	}
	entry_set(e, type, fd);
	return 0;
}

static int user_is_own(struct target *t, bool *ret, struct err *err)
{
	struct step s = STEP(OPEN, .what = "ns/user of the target");
	struct stat own, that;
	int r = target_proc(t, err);

	if (r)
		return r;
	if (fstatat(t->proc, "ns/user", &that, 0) || stat("/proc/self/ns/user", &own))
		return step_done(&s, -errno, err);
	*ret = own.st_ino == that.st_ino;
	return 0;
}

int entry_all(struct entry *e, struct target *t, struct err *err)
{
	char path[48];
	bool own = false;

	for (unsigned int type = 0; type < NS_TYPES; type++) {
		if (e->types & 1u << type)
			continue;
		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_types[type].name);
		/* ENOENT: the kernel has none. That of user namespaces is seen below. */
		if (access(path, F_OK) && errno == ENOENT)
			continue;
		if (type == NS_USER) {
			int r = user_is_own(t, &own, err);

			if (r)
				return r;
			if (own)
				continue;
		}
		e->types |= 1u << type;
	}
	return 0;
}

int entry_user_parent(struct entry *e, struct target *t, struct err *err)
{
	struct step s = STEP(OPEN, .what = STEP_PARENT_USER);
	auto_fd int opened = -1;
	int fd = e->fd[NS_USER], parent, r;

	if (fd < 0) {
		opened = fd = target_open(t, "ns/user", O_RDONLY, err);
		if (fd < 0)
			return fd;
	}
	parent = nsfd_owner(fd);
	r = step_done(&s, parent < 0 ? parent : 0, err);
	if (!r)
		entry_set(e, NS_USER, parent);
	return r;
}

uint32_t entry_of_target(const struct entry *e)
{
	uint32_t ret = 0;

	for (unsigned int i = 0; i < NS_TYPES; i++)
		if (e->types & 1u << i && e->fd[i] < 0)
			ret |= 1u << i;
	return ret;
}

/* From their files, for kernels whose setns(2) takes no pidfd (before 5.8). */
static int open_of_target(struct entry *e, struct target *t, uint32_t types, struct err *err)
{
	char name[32];

	for (unsigned int i = 0; i < NS_TYPES; i++) {
		int fd;

		if (!(types & 1u << i))
			continue;
		snprintf(name, sizeof(name), "ns/%s", ns_types[i].name);
		fd = target_open(t, name, O_RDONLY, err);
		if (fd < 0)
			return fd;
		entry_set(e, i, fd);
	}
	return 0;
}

static int by_pidfd(struct entry *e, struct target *t, uint32_t types, struct err *err)
{
	struct step s = STEP(SETNS, .flags = ns_types_to_flags(types), .fd = t->pidfd);
	int code = setns(t->pidfd, (int)s.flags) ? -errno : 0;

	code = step_done(&s, code, err);
	if (!code)
		e->types &= ~types;
	return code;
}

static int by_fds(struct entry *e, uint32_t types, struct err *err)
{
	int first = 0;

	for (unsigned int i = 0; i < NS_TYPES; i++) {
		unsigned int type = order[i];
		struct step s = STEP(SETNS, .flags = ns_types[type].flag, .fd = e->fd[type]);
		int code;

		if (!(e->types & types & 1u << type) || e->fd[type] < 0)
			continue;
		code = step_done(
			&s, setns(e->fd[type], (int)s.flags) ? -errno : 0, first ? NULL : err);
		if (!code)
			e->types &= ~(1u << type);
		else if (!first)
			first = code;
	}
	return first;
}

/* One pass over some types; what could be entered is off e->types. The first failure. */
static int enter_pass(struct entry *e, struct target *t, uint32_t types, struct err *err)
{
	uint32_t of_target = entry_of_target(e) & types;
	int r = 0, files;

	if (of_target && t->pidfd >= 0)
		r = by_pidfd(e, t, of_target, err);
	if (of_target && (t->pidfd < 0 || r == -EINVAL || r == -ENOSYS))
		r = open_of_target(e, t, of_target, err);
	if (r)
		return r;
	files = by_fds(e, types, err);
	return files;
}

int entry_enter(struct entry *e, struct target *t, struct err *err)
{
	uint32_t of_target = entry_of_target(e);

	if (of_target == e->types && t->pidfd >= 0) {
		/* In one call it is all or nothing. */
		if (!(of_target & USER_BIT) || of_target == USER_BIT)
			return enter_pass(e, t, of_target, err);
		if (!by_pidfd(e, t, of_target, NULL))
			return 0;
	}
	if (e->types & ~USER_BIT && !enter_pass(e, t, e->types & ~USER_BIT, NULL) && !e->types)
		return 0;
	return enter_pass(e, t, e->types, err);
}
