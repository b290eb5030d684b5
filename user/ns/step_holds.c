// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "ns/nsfd.h"
#include "ns/step_holds.h"
#include "ns/types.h"

enum {
	CAP_SYS_CHROOT_ = 18,
	CAP_SYS_ADMIN_ = 21,
};

/* --- looking --- */

/* The number in a file, or -1. */
static long number_of(const char *path)
{
	char text[64], *end;
	long n;

	if (fd_read_file(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return -1;
	n = strtol(text, &end, 10);
	return end == text ? -1 : n;
}

/* The value of a line of /proc/self/status, or NULL. */
static const char *status_of(const char *name, char *text, size_t size)
{
	const char *line;

	if (fd_read_file(AT_FDCWD, "/proc/self/status", text, size) <= 0)
		return NULL;
	line = strstr(text, name);
	return line ? line + strlen(name) : NULL;
}

static int capable(unsigned int cap)
{
	char text[4096];
	const char *caps = status_of("\nCapEff:\t", text, sizeof(text));

	return caps && strtoull(caps, NULL, 16) >> cap & 1;
}

static int same_ns(const char *a, const char *b)
{
	struct stat sa, sb;

	return !stat(a, &sa) && !stat(b, &sb) && sa.st_ino == sb.st_ino && sa.st_dev == sb.st_dev;
}

/* --- conditions --- */

int holds_no_sys_admin(const struct step *s, char *detail, size_t size)
{
	return !capable(CAP_SYS_ADMIN_);
}

int holds_no_sys_chroot(const struct step *s, char *detail, size_t size)
{
	return !capable(CAP_SYS_CHROOT_);
}

int holds_no_user_no_sys_admin(const struct step *s, char *detail, size_t size)
{
	return !(s->flags & CLONE_NEWUSER) && !capable(CAP_SYS_ADMIN_);
}

int holds_userns_sysctl(const struct step *s, char *detail, size_t size)
{
	return !capable(CAP_SYS_ADMIN_) && !number_of("/proc/sys/kernel/unprivileged_userns_clone");
}

int holds_userns_apparmor(const struct step *s, char *detail, size_t size)
{
	return number_of("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") > 0;
}

int holds_seccomp(const struct step *s, char *detail, size_t size)
{
	char text[4096];
	const char *mode = status_of("\nSeccomp:\t", text, sizeof(text));

	return mode && *mode == '2';
}

/*
 * Whether "/" is no mount point here: after chroot(2) into a plain directory.
 * Other chroots are not seen so.
 */
int holds_chrooted(const struct step *s, char *detail, size_t size)
{
	auto_file FILE *f = fopen("/proc/self/mountinfo", "re");
	auto_free char *line = NULL;
	size_t cap = 0;

	while (f && getline(&line, &cap, f) > 0) {
		char *point = line;

		for (int i = 0; point && i < 4; i++)
			point = strchr(point + 1, ' ');
		if (point && !strncmp(point, " / ", 3))
			return 0;
	}
	return f != NULL;
}

int holds_uid_unmapped(const struct step *s, char *detail, size_t size)
{
	char map[64];
	ssize_t n = fd_read_file(AT_FDCWD, "/proc/self/uid_map", map, sizeof(map));

	return !n;
}

/* The first of the types asked for that a limit of this user namespace forbids. */
int holds_limit_zero(const struct step *s, char *detail, size_t size)
{
	slot_for_each (slot, ns_flags_to_types(s->flags)) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces",
			ns_types[slot].name);
		if (number_of(path) != 0)
			continue;
		snprintf(detail, size, "%s", path);
		return 1;
	}
	return 0;
}

int holds_limit_list(const struct step *s, char *detail, size_t size)
{
	size_t len = 0;

	slot_for_each (slot, ns_flags_to_types(s->flags)) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces",
			ns_types[slot].name);
		if (len < size)
			len += (size_t)snprintf(detail + len, size - len, "%smax_%s_namespaces=%ld",
				len ? ", " : "", ns_types[slot].name, number_of(path));
	}
	return len > 0;
}

/* A type that this kernel was built without has no file. */
int holds_type_missing(const struct step *s, char *detail, size_t size)
{
	slot_for_each (slot, ns_flags_to_types(s->flags)) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_types[slot].name);
		if (!access(path, F_OK) || errno != ENOENT)
			continue;
		snprintf(detail, size, "%s", ns_types[slot].name);
		return 1;
	}
	return 0;
}

int holds_threads(const struct step *s, char *detail, size_t size)
{
	char text[4096];
	const char *n = status_of("\nThreads:\t", text, sizeof(text));

	return n && strtol(n, NULL, 10) > 1;
}

int holds_pid_taken(const struct step *s, char *detail, size_t size)
{
	return !same_ns("/proc/self/ns/pid", "/proc/self/ns/pid_for_children");
}

/* The parent's own, or children's pid namespace has no init and never will have. */
int holds_pidns_dead(const struct step *s, char *detail, size_t size)
{
	struct stat st;

	if (stat("/proc/self/ns/pid_for_children", &st) || holds_pid_taken(s, detail, size) == 0)
		return 0;
	snprintf(detail, size, "pid:[%lu]", (unsigned long)st.st_ino);
	return 1;
}

int holds_nproc_reached(const struct step *s, char *detail, size_t size)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NPROC, &r) || r.rlim_cur == RLIM_INFINITY)
		return 0;
	snprintf(detail, size, "%llu", (unsigned long long)r.rlim_cur);
	return 1;
}

static int is_type(const struct step *s, int type)
{
	return s->fd > 0 ? nsfd_type(s->fd) == type : ns_flags_to_types(s->flags) == 1u << type;
}

/* The process behind a pidfd, 0 where fd is none. */
static long pidfd_pid(int fd)
{
	char path[40], text[512];
	const char *pid;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (fd <= 0 || fd_read_file(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return 0;
	pid = strstr(text, "\nPid:\t");
	return pid ? strtol(pid + strlen("\nPid:\t"), NULL, 10) : 0;
}

int holds_own_user_ns(const struct step *s, char *detail, size_t size)
{
	struct stat own, that;
	char path[40];
	long pid;

	if (s->fd <= 0 || stat("/proc/self/ns/user", &own))
		return 0;
	pid = pidfd_pid(s->fd);
	if (!pid)
		return nsfd_type(s->fd) == NS_USER && !fstat(s->fd, &that) &&
		       own.st_ino == that.st_ino;
	snprintf(path, sizeof(path), "/proc/%ld/ns/user", pid);
	return s->flags & CLONE_NEWUSER && !stat(path, &that) && own.st_ino == that.st_ino;
}

int holds_setns_pidfd(const struct step *s, char *detail, size_t size)
{
	return pidfd_pid(s->fd) > 0;
}

int holds_setns_pid(const struct step *s, char *detail, size_t size)
{
	return is_type(s, NS_PID);
}

int holds_setns_mnt(const struct step *s, char *detail, size_t size)
{
	return is_type(s, NS_MNT) && !capable(CAP_SYS_CHROOT_);
}

int holds_setns_other_type(const struct step *s, char *detail, size_t size)
{
	int type = s->fd > 0 ? nsfd_type(s->fd) : -1;

	if (type < 0 || !s->flags || ns_types[type].flag & s->flags)
		return 0;
	snprintf(detail, size, "%s", ns_types[type].long_name);
	return 1;
}

int holds_setns_not_ns(const struct step *s, char *detail, size_t size)
{
	return s->fd > 0 && nsfd_type(s->fd) < 0 && !pidfd_pid(s->fd);
}

int holds_proc_of_other_owner(const struct step *s, char *detail, size_t size)
{
	auto_fd int pid = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	auto_fd int owner = pid < 0 ? -1 : nsfd_owner(pid);
	struct stat own, that;

	/* EPERM: the owner is above the caller's user namespace. */
	if (owner < 0)
		return pid >= 0 && errno == EPERM;
	return !stat("/proc/self/ns/user", &own) && !fstat(owner, &that) &&
	       own.st_ino != that.st_ino && !capable(CAP_SYS_ADMIN_);
}

int holds_groups_denied(const struct step *s, char *detail, size_t size)
{
	char text[16];

	return fd_read_file(AT_FDCWD, "/proc/self/setgroups", text, sizeof(text)) > 0 &&
	       !strncmp(text, "deny", 4);
}

int holds_gid_unmapped(const struct step *s, char *detail, size_t size)
{
	char map[64];

	return !fd_read_file(AT_FDCWD, "/proc/self/gid_map", map, sizeof(map));
}

int holds_has_slash(const struct step *s, char *detail, size_t size)
{
	return s->what && strchr(s->what, '/') != NULL;
}

int holds_no_slash(const struct step *s, char *detail, size_t size)
{
	return !holds_has_slash(s, detail, size);
}

int holds_exists(const struct step *s, char *detail, size_t size)
{
	return holds_has_slash(s, detail, size) && !access(s->what, F_OK);
}

int holds_missing(const struct step *s, char *detail, size_t size)
{
	return holds_has_slash(s, detail, size) && access(s->what, F_OK);
}

int holds_is_dir(const struct step *s, char *detail, size_t size)
{
	struct stat st;

	return s->what && !stat(s->what, &st) && S_ISDIR(st.st_mode);
}
