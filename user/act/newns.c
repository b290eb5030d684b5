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

static int owner_become(const struct newns *n, struct err *err)
{
	char number[16];
	int r;

	if (!n->has_owner)
		return 0;
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

static int groups_control(const char *text, struct err *err)
{
	int r = self_write("/proc/self/setgroups", text);

	/* Kernels before 3.19 have none and deny nothing. */
	return step_done(&STEP(DENY_GROUPS, .what = text), r == -ENOENT ? 0 : r, err);
}

static int map_self(
	const char *path, enum step_call call, uint32_t inner, uint32_t outer, struct err *err)
{
	struct step s = {.call = call};
	char text[40];

	snprintf(text, sizeof(text), "%u %u 1", inner, outer);
	s.what = text;
	return step_done(&s, self_write(path, text), err);
}

static int maps_make(const struct newns *n, struct helper *h, struct err *err)
{
	/*
	 * Before any group map: afterwards setgroups can't be denied, and without privileges
	 * the group map can't be written until it is denied.
	 */
	bool deny = n->map_group != IDMAP_NONE || n->setgroups == NEWNS_GROUPS_DENY;
	int r = 0;

	if (deny)
		r = groups_control("deny", err);
	if (!r && newns_wants_helper(n))
		r = helper_ask(h, HELPER_MAP, err);
	if (!r && n->map_user != IDMAP_NONE)
		r = map_self("/proc/self/uid_map", STEP_UID_MAP, n->map_user, n->euid, err);
	if (!r && n->map_group != IDMAP_NONE)
		r = map_self("/proc/self/gid_map", STEP_GID_MAP, n->map_group, n->egid, err);
	if (!r && n->setgroups == NEWNS_GROUPS_ALLOW)
		r = groups_control("allow", err);
	return r;
}

static int clock_set(int clock, const char *name, int64_t offset, struct err *err)
{
	char text[64], what[64];

	snprintf(text, sizeof(text), "%d %" PRId64 " 0", clock, offset);
	snprintf(what, sizeof(what), "%s %" PRId64, name, offset);
	return step_done(
		&STEP(CLOCK, .what = what), self_write("/proc/self/timens_offsets", text), err);
}

int newns_make(const struct newns *n, struct helper *h, struct err *err)
{
	int r = owner_become(n, err);

	/* An empty unshare(2) does nothing. */
	if (!r && n->flags)
		r = step_done(&STEP(UNSHARE, .flags = n->flags),
			unshare((int)n->flags) ? -errno : 0, err);
	if (!r)
		r = maps_make(n, h, err);
	if (!r && n->has_boottime)
		r = clock_set(CLOCK_BOOTTIME, "boottime", n->boottime, err);
	if (!r && n->has_monotonic)
		r = clock_set(CLOCK_MONOTONIC, "monotonic", n->monotonic, err);
	return r;
}
