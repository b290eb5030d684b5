// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/fd.h"
#include "kernel/idhelper.h"
#include "kernel/nsfd.h"
#include "why/mountsight.h"
#include "why/nslimit.h"
#include "why/step_holds.h"
#include "why/subject.h"
#include "kernel/nstype.h"

/* --- looking --- */

static int capable(unsigned int cap)
{
	struct subject self = subject_self();

	return subject_has(&self, cap);
}

static int same_ns(const char *a, const char *b)
{
	struct stat sa, sb;

	return !stat(a, &sa) && !stat(b, &sb) && sa.st_ino == sb.st_ino && sa.st_dev == sb.st_dev;
}

/* --- conditions --- */

int holds_no_sys_admin(const struct step *s, char *detail, size_t size)
{
	return !capable(CAP_SYS_ADMIN);
}

int holds_no_sys_chroot(const struct step *s, char *detail, size_t size)
{
	return !capable(CAP_SYS_CHROOT);
}

int holds_no_user_no_sys_admin(const struct step *s, char *detail, size_t size)
{
	return !(s->flags & CLONE_NEWUSER) && !capable(CAP_SYS_ADMIN);
}

int holds_userns_sysctl(const struct step *s, char *detail, size_t size)
{
	return !capable(CAP_SYS_ADMIN) &&
	       sysctl_is("/proc/sys/kernel/unprivileged_userns_clone", 0);
}

int holds_userns_apparmor(const struct step *s, char *detail, size_t size)
{
	int64_t v;

	return sysctl_num("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", &v) && v > 0;
}

int holds_seccomp(const struct step *s, char *detail, size_t size)
{
	struct subject self = subject_self();

	return subject_filtered(&self);
}

int holds_chrooted(const struct step *s, char *detail, size_t size)
{
	struct subject self = subject_self();

	return subject_chrooted(&self);
}

static int self_map_is(enum subject_id id, enum subject_map want, char *detail, size_t size)
{
	struct subject self = subject_self();
	uint32_t n;

	if (subject_mapped(&self, id, &n) != want)
		return 0;
	snprintf(detail, size, "%u", n);
	return 1;
}

int holds_uid_map_empty(const struct step *s, char *detail, size_t size)
{
	return self_map_is(SUBJECT_UID, MAP_EMPTY, detail, size);
}

int holds_gid_map_empty(const struct step *s, char *detail, size_t size)
{
	return self_map_is(SUBJECT_GID, MAP_EMPTY, detail, size);
}

int holds_uid_map_lacks(const struct step *s, char *detail, size_t size)
{
	return self_map_is(SUBJECT_UID, MAP_LACKS, detail, size);
}

int holds_gid_map_lacks(const struct step *s, char *detail, size_t size)
{
	return self_map_is(SUBJECT_GID, MAP_LACKS, detail, size);
}

/* --- ENOSPC --- */

static enum nslimit_why limit_of(const struct step *s, struct nslimit *ret)
{
	struct subject self = subject_self();

	nslimit_find(&self, ns_flags_to_types(s->flags), ret);
	return ret->why;
}

static int deep_is(const struct step *s, unsigned int type, char *detail, size_t size)
{
	struct nslimit l;

	if (limit_of(s, &l) != NSLIMIT_DEEP || l.type != type)
		return 0;
	snprintf(detail, size, "%u", l.level);
	return 1;
}

int holds_deep_user(const struct step *s, char *detail, size_t size)
{
	return deep_is(s, NS_USER, detail, size);
}

int holds_deep_pid(const struct step *s, char *detail, size_t size)
{
	return deep_is(s, NS_PID, detail, size);
}

/* The limit and what it is; behind that the command's words that double it. */
static int limit_is(
	const struct step *s, enum nslimit_why why, bool reached, char *detail, size_t size)
{
	auto_buf struct buf name = {0};
	struct nslimit l;

	if (limit_of(s, &l) != why || l.reached != reached)
		return 0;
	nslimit_name(l.type, &name);
	snprintf(detail, size, "%s of user:[%u] is %lld\n%lld >/proc/sys/user/%s", name.s,
		l.user_ns, (long long)l.max, l.max ? (long long)l.max * 2 : 10000LL, name.s);
	return 1;
}

int holds_limit_set(const struct step *s, char *detail, size_t size)
{
	return limit_is(s, NSLIMIT_SET, true, detail, size);
}

int holds_limit_set_maybe(const struct step *s, char *detail, size_t size)
{
	return limit_is(s, NSLIMIT_SET, false, detail, size);
}

int holds_limit_system(const struct step *s, char *detail, size_t size)
{
	return limit_is(s, NSLIMIT_SYSTEM, true, detail, size);
}

int holds_limit_system_maybe(const struct step *s, char *detail, size_t size)
{
	return limit_is(s, NSLIMIT_SYSTEM, false, detail, size);
}

int holds_limit_above(const struct step *s, char *detail, size_t size)
{
	struct nslimit l;

	return limit_of(s, &l) == NSLIMIT_ABOVE;
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
	struct subject self = subject_self();
	uint64_t n;

	return subject_num(&self, "\nThreads:", 10, &n) && n > 1;
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

static long pidfd_pid(int fd);

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
	return is_type(s, NS_MNT) && !capable(CAP_SYS_CHROOT);
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
	       own.st_ino != that.st_ino && !capable(CAP_SYS_ADMIN);
}

int holds_groups_denied(const struct step *s, char *detail, size_t size)
{
	char text[16];

	return fd_read_file(AT_FDCWD, "/proc/self/setgroups", text, sizeof(text)) > 0 &&
	       !strncmp(text, "deny", 4);
}

/* --- what may not be opened --- */

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

/* The process whose file it was, of "/proc/812/ns/net" 812, or whose pidfd; else 0. */
static uint32_t pid_of(const struct step *s)
{
	uint32_t pid;
	char slash;

	if (s->call == STEP_SETNS)
		return (uint32_t)pidfd_pid(s->fd);
	if (!s->what || sscanf(s->what, "/proc/%u%c", &pid, &slash) != 2 || slash != '/')
		return 0;
	return pid;
}

static int look_is(const struct step *s, enum subject_look want, char *detail, size_t size)
{
	uint32_t pid = pid_of(s);
	struct subject that = subject_process(pid);

	if (!pid || subject_looked_at(&that) != want)
		return 0;
	snprintf(detail, size, "%u", pid);
	return 1;
}

int holds_look_other_ns(const struct step *s, char *detail, size_t size)
{
	return look_is(s, LOOK_OTHER_NS, detail, size);
}

int holds_look_other_user(const struct step *s, char *detail, size_t size)
{
	return look_is(s, LOOK_OTHER_USER, detail, size);
}

int holds_look_undumpable(const struct step *s, char *detail, size_t size)
{
	return look_is(s, LOOK_UNDUMPABLE, detail, size);
}

int holds_look_more_caps(const struct step *s, char *detail, size_t size)
{
	return look_is(s, LOOK_MORE_CAPS, detail, size);
}

int holds_look_unsaid(const struct step *s, char *detail, size_t size)
{
	return look_is(s, LOOK_UNSAID, detail, size);
}

int holds_parent_unseen(const struct step *s, char *detail, size_t size)
{
	return s->what && !strcmp(s->what, STEP_PARENT_USER);
}

int holds_type_unborn(const struct step *s, char *detail, size_t size)
{
	return s->what && strstr(s->what, "/ns/pid_for_children") != NULL;
}

int holds_no_process(const struct step *s, char *detail, size_t size)
{
	uint32_t pid = 0;
	char path[32];

	if (s->what)
		sscanf(s->what, "/proc/%u", &pid);
	snprintf(path, sizeof(path), "/proc/%u", pid);
	if (!pid || !access(path, F_OK))
		return 0;
	snprintf(detail, size, "%u", pid);
	return 1;
}

/* --- what may not be executed or mounted --- */

int holds_noexec(const struct step *s, char *detail, size_t size)
{
	struct statvfs fs;

	if (!holds_has_slash(s, detail, size) || statvfs(s->what, &fs) || !(fs.f_flag & ST_NOEXEC))
		return 0;
	return !mount_point_of(s->what, detail, size);
}

int holds_no_x(const struct step *s, char *detail, size_t size)
{
	struct stat st;

	if (!holds_has_slash(s, detail, size) || stat(s->what, &st) || !access(s->what, X_OK))
		return 0;
	snprintf(detail, size, "%04o", st.st_mode & 07777);
	return 1;
}

int holds_proc_covered(const struct step *s, char *detail, size_t size)
{
	struct subject self = subject_self();

	return fs_in_sight(&self, "proc", detail, size) == SIGHT_COVERED;
}

int holds_proc_absent(const struct step *s, char *detail, size_t size)
{
	struct subject self = subject_self();

	return fs_in_sight(&self, "proc", detail, size) == SIGHT_NONE;
}

/* --- maps and who writes them --- */

#define FLAW_HOLDS(name, lack)                                                                     \
	int name(const struct step *s, char *detail, size_t size)                                  \
	{                                                                                          \
		return s->map && idmap_flaw(s->map, detail, size) == (lack);                       \
	}

FLAW_HOLDS(holds_map_empty, IDHELPER_RANGE_EMPTY)
FLAW_HOLDS(holds_map_inner_twice, IDHELPER_INNER_TWICE)
FLAW_HOLDS(holds_map_outer_twice, IDHELPER_OUTER_TWICE)
FLAW_HOLDS(holds_map_many, IDHELPER_MANY)
FLAW_HOLDS(holds_map_long, IDHELPER_LONG)

static int helper_lacks(const struct step *s, enum idhelper_lack lack, char *detail, size_t size)
{
	struct idhelper h = {s->what, s->map};

	return h.name && h.map && idhelper_lack(&h, detail, size) == lack;
}

#define HELPER_HOLDS(name, lack)                                                                   \
	int name(const struct step *s, char *detail, size_t size)                                  \
	{                                                                                          \
		return helper_lacks(s, lack, detail, size);                                        \
	}

HELPER_HOLDS(holds_idhelper_no_x, IDHELPER_NO_X)
HELPER_HOLDS(holds_idhelper_no_owner, IDHELPER_NO_OWNER)
HELPER_HOLDS(holds_idhelper_no_bit, IDHELPER_NO_BIT)
HELPER_HOLDS(holds_idhelper_nosuid, IDHELPER_NOSUID)
HELPER_HOLDS(holds_idhelper_no_new_privs, IDHELPER_NO_NEW_PRIVS)
HELPER_HOLDS(holds_idhelper_bounded, IDHELPER_BOUNDED)
HELPER_HOLDS(holds_idhelper_no_name, IDHELPER_NO_NAME)
HELPER_HOLDS(holds_idhelper_other_group, IDHELPER_OTHER_GROUP)
static HELPER_HOLDS(holds_subids_no_line, IDHELPER_NO_LINE) static HELPER_HOLDS(
	holds_subids_not_ours, IDHELPER_NOT_OURS)

	static int for_groups(const struct step *s)
{
	return s->what && !strcmp(s->what, "newgidmap");
}

int holds_subuid_no_line(const struct step *s, char *detail, size_t size)
{
	return !for_groups(s) && holds_subids_no_line(s, detail, size);
}

int holds_subgid_no_line(const struct step *s, char *detail, size_t size)
{
	return for_groups(s) && holds_subids_no_line(s, detail, size);
}

int holds_subuid_not_ours(const struct step *s, char *detail, size_t size)
{
	return !for_groups(s) && holds_subids_not_ours(s, detail, size);
}

int holds_subgid_not_ours(const struct step *s, char *detail, size_t size)
{
	return for_groups(s) && holds_subids_not_ours(s, detail, size);
}

int holds_traced(const struct step *s, char *detail, size_t size)
{
	struct subject self = subject_self();
	uint64_t pid;

	if (!subject_num(&self, "\nTracerPid:", 10, &pid) || !pid)
		return 0;
	snprintf(detail, size, "%llu", (unsigned long long)pid);
	return 1;
}

int holds_subids_elsewhere(const struct step *s, char *detail, size_t size)
{
	return idhelper_asks_others();
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
