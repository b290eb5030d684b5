// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/fd.h"
#include "act/newns.h"
#include "why/step.h"

int newns_prepare(struct newns *n)
{
	int r = 0;

	if (n->users.n || (n->map_user != IDMAP_NONE && n->has_owner)) {
		r = idmap_place(&n->users, n->map_user, n->euid);
		n->map_user = IDMAP_NONE;
	}
	if (!r && (n->groups.n || (n->map_group != IDMAP_NONE && n->has_owner))) {
		r = idmap_place(&n->groups, n->map_group, n->egid);
		n->map_group = IDMAP_NONE;
	}
	return r;
}

int newns_own(const struct newns *n, struct err *err)
{
	char number[16];
	int r;

	r = step_done(&STEP(SETGROUPS), setgroups(0, NULL) ? -errno : 0, err);
	if (r)
		return r;
	snprintf(number, sizeof(number), "%u", n->owner_group);
	r = step_done(&STEP(SETGID, .what = number), setgid(n->owner_group) ? -errno : 0, err);
	if (r)
		return r;
	snprintf(number, sizeof(number), "%u", n->owner_user);
	return step_done(&STEP(SETUID, .what = number), setuid(n->owner_user) ? -errno : 0, err);
}

/* The kernel takes these files in one write. */
static int self_write(const char *path, const char *text)
{
	auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

int newns_setgroups(const char *word, struct err *err)
{
	int r = self_write("/proc/self/setgroups", word);

	/* Kernels before 3.19 have none and deny nothing. */
	return step_done(&STEP(DENY_GROUPS, .what = word), r == -ENOENT ? 0 : r, err);
}

int newns_map(bool groups, uint32_t inner, uint32_t outer, struct err *err)
{
	struct step s = {.call = groups ? STEP_GID_MAP : STEP_UID_MAP};
	char text[40];

	snprintf(text, sizeof(text), "%u %u 1", inner, outer);
	s.what = text;
	return step_done(
		&s, self_write(groups ? "/proc/self/gid_map" : "/proc/self/uid_map", text), err);
}

int newns_clock(int clock, const char *name, int64_t offset, struct err *err)
{
	char text[64], what[64];

	snprintf(text, sizeof(text), "%d %" PRId64 " 0", clock, offset);
	snprintf(what, sizeof(what), "%s %" PRId64, name, offset);
	return step_done(
		&STEP(CLOCK, .what = what), self_write("/proc/self/timens_offsets", text), err);
}

int newns_unshare(const struct newns *n, struct err *err)
{
	return step_done(
		&STEP(UNSHARE, .flags = n->flags), unshare((int)n->flags) ? -errno : 0, err);
}
