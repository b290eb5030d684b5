// SPDX-License-Identifier: GPL-2.0-or-later
/* reasons_fs.c - why mounts, files of nsfs, programs, cgroups and requests to rtnetlink are
 * refused. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "kernel/nsfd.h"
#include "lib/fd.h"
#include "why/mountsight.h"
#include "why/reasons.h"
#include "lib/util.h"

#define MOUNTS (C(MOUNT) | C(MOUNT_PROC))

/* --- mounts ---------------------------------------------------------------------------------- */

static bool lacks_sys_admin(const struct step *s, struct finding *f)
{
	const struct ev_refused *e = step_refused(s);

	if (!e)
		return subject_lacks(step_who(s), CAP_SYS_ADMIN);
	if (!e->owner || e->able)
		return false;
	/* The capability that it lacks over the owner is one that it has in its own user namespace.
	 */
	if (e->own && e->own != e->owner &&
		subject_has(step_who(s), s->call == STEP_RTNETLINK ? CAP_NET_ADMIN : CAP_SYS_ADMIN))
		finding_ns(f, "own", NS_USER, e->own);
	return true;
}

bool refused_makes_mount(const struct ev_refused *e)
{
	const uint64_t others =
		MS_REMOUNT | MS_BIND | MS_MOVE | MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;

	return e->call == EV_REFUSED_FSCONFIG || e->call == EV_REFUSED_FSMOUNT ||
	       e->call == EV_REFUSED_FSOPEN ||
	       (e->call == EV_REFUSED_MOUNT && !(e->call_flags & others));
}

/* The file system that is to be mounted anew, "" for another call. */
static const char *new_fs(const struct step *s, char text[EV_COMM_LEN + 1])
{
	const struct ev_refused *e = step_refused(s);

	if (!e)
		return s->call == STEP_MOUNT_PROC ? "proc" : "";
	text[0] = text[EV_COMM_LEN] = '\0';
	if (refused_makes_mount(e))
		memcpy(text, e->fs_type, EV_COMM_LEN);
	return text;
}

/* nswatch is about to mount a proc: its pid namespace, or of its children. */
static bool owns_no_pidns(const struct subject *who)
{
	auto_fd int pid = -1, owner = -1;
	struct stat own, that;
	char path[64];

	snprintf(path, sizeof(path), "%s/ns/pid", who->dir);
	pid = open(path, O_RDONLY | O_CLOEXEC);
	owner = pid < 0 ? -1 : nsfd_owner(pid);
	/* EPERM: the owner is above the reader's user namespace. */
	if (owner < 0)
		return pid >= 0 && subject_is_self(who) && errno == EPERM;
	snprintf(path, sizeof(path), "%s/ns/user", who->dir);
	return !stat(path, &own) && !fstat(owner, &that) && own.st_ino != that.st_ino &&
	       subject_lacks_initially(who, CAP_SYS_ADMIN);
}

static bool shows_other(const struct step *s, struct finding *f)
{
	static const char *const keys[][2] = {
		{"proc", "shows_pid"}, {"sysfs", "shows_net"}, {"mqueue", "shows_ipc"}};
	const struct ev_refused *e = step_refused(s);
	char text[EV_COMM_LEN + 1];
	const char *fs = new_fs(s, text);

	if (e ? !e->fs_owner || e->fs_able : !*fs || !owns_no_pidns(step_who(s)))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(fs, keys[i][0])) {
			finding_text(f, keys[i][1], "yes");
			if (e)
				finding_ns(f, "fs_owner", NS_USER, e->fs_owner);
			return true;
		}
	return false;
}

/* The mount namespace belongs to another user namespace than the initial one. */
static bool is_mnt_below(const struct step *s)
{
	const struct ev_refused *e = step_refused(s);
	uint32_t user_ns;

	if (e)
		return e->owner != ns_types[NS_USER].initial;
	return subject_ns(step_who(s), "user", &user_ns) && user_ns != ns_types[NS_USER].initial;
}

/*
 * mount_too_revealing(): of the caller, or if that has ended of its parent, if it has the
 * same mounts.
 */
static enum fs_sight sight_of(const struct step *s, const char *fs, char *cover, size_t size)
{
	const struct ev_refused *e = step_refused(s);
	struct subject of[2] = {*step_who(s)};
	enum fs_sight sight;
	uint32_t inum;

	if (!e)
		return fs_in_sight(&of[0], fs, cover, size);
	if (*of[0].dir)
		of[1] = subject_process(s->ev->hdr->ppid);
	for (size_t i = 0; i < ARRAY_SIZE(of); i++) {
		if (!subject_ns(&of[i], "mnt", &inum) || inum != e->inum)
			continue;
		sight = fs_in_sight(&of[i], fs, cover, size);
		if (sight == SIGHT_COVERED || sight == SIGHT_NONE)
			return sight;
	}
	return SIGHT_UNKNOWN;
}

static bool is_in_sight(const struct step *s, struct finding *f)
{
	char text[EV_COMM_LEN + 1], cover[256] = "";
	const char *fs = new_fs(s, text);
	enum fs_sight sight;

	if ((strcmp(fs, "proc") != 0 && strcmp(fs, "sysfs") != 0) || !is_mnt_below(s))
		return false;
	sight = sight_of(s, fs, cover, sizeof(cover));
	if ((int)sight != f->reason->arg)
		return false;
	if (sight == SIGHT_COVERED)
		finding_text(f, "cover", cover);
	return sight != SIGHT_UNKNOWN || s->ev;
}

/* FS_USERNS_MOUNT in fs_flags of these, in some version; all others are the initial user
 * namespace's. */
static bool is_initial_only(const struct step *s, struct finding *f)
{
	static const char *const all[] = {"proc", "sysfs", "tmpfs", "ramfs", "devpts", "mqueue",
		"cgroup", "cgroup2", "overlay", "fuse", "fuseblk", "bpf", "binfmt_misc",
		"securityfs", "virtiofs"};
	char text[EV_COMM_LEN + 1];
	const char *fs = new_fs(s, text);

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (!strcmp(all[i], fs))
			return false;
	return *fs && is_mnt_below(s);
}

/* What came with the mount namespace of a user namespace is locked there. */
enum lock {
	LOCK_MOUNT,
	LOCK_FLAGS,
	LOCK_SUPER,
	LOCK_BELOW,
};

static bool is_locked(const struct step *s, struct finding *f)
{
	const struct ev_refused *e = step_refused(s);

	if (!e || !is_mnt_below(s))
		return false;
	switch (f->reason->arg) {
	case LOCK_MOUNT:
		return e->call == EV_REFUSED_UMOUNT;
	case LOCK_FLAGS:
		if (e->call == EV_REFUSED_MOUNT_SETATTR)
			return true;
		/* fall through */
	case LOCK_SUPER:
		return e->call == EV_REFUSED_MOUNT && e->call_flags & MS_REMOUNT &&
		       !(e->call_flags & MS_BIND) == (f->reason->arg == LOCK_SUPER);
	default:
		return e->call == EV_REFUSED_MOUNT && e->call_flags & MS_BIND &&
		       !(e->call_flags & MS_REC);
	}
}

static bool is_confined(const struct step *s, struct finding *f)
{
	char label[LABEL_MAX];

	if (!subject_confined(step_who(s), label))
		return false;
	finding_text(f, "profile", label);
	return true;
}

static bool is_of_event(const struct step *s, struct finding *f)
{
	return s->ev != NULL;
}

static bool is_own_call(const struct step *s, struct finding *f)
{
	return !s->ev && !s->who;
}

/* --- files ----------------------------------------------------------------------------------- */

/* The process of /proc/PID/... as it was written, of "/proc/812/ns/net" 812; else 0. */
static uint32_t path_pid(const char *path)
{
	uint32_t pid;
	char slash;

	return path && sscanf(path, "/proc/%u%c", &pid, &slash) == 2 && slash == '/' ? pid : 0;
}

/* The process behind a pidfd, 0 where fd is none. */
static uint32_t pidfd_pid(int fd)
{
	char path[40], text[512];
	const char *pid;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (fd <= 0 || fd_read_file(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return 0;
	pid = strstr(text, "\nPid:\t");
	return pid ? (uint32_t)strtoul(pid + strlen("\nPid:\t"), NULL, 10) : 0;
}

/* Whose file it was, or whose pidfd. */
uint32_t step_target(const struct step *s)
{
	return s->call == STEP_SETNS ? pidfd_pid(s->fd) : path_pid(s->what);
}

bool step_is_looked_at(const struct step *s, struct finding *f)
{
	uint32_t pid = s->ev ? 0 : step_target(s);
	struct subject that = subject_process(pid);

	if (!pid || (int)subject_looked_at(&that) != f->reason->arg)
		return false;
	finding_num(f, "target", pid);
	return true;
}

/*
 * The name of a net namespace may be a link to a file of a process: what it leads to is in target
 * then. False: it is a file of its own.
 */
static bool name_follow(const char **path, char target[EV_REFUSED_PATH + 1])
{
	ssize_t n;

	if (strncmp(*path, "/run/netns/", 11) != 0 && strncmp(*path, "/var/run/netns/", 15) != 0)
		return true;
	n = readlink(*path, target, EV_REFUSED_PATH);
	if (n < 0)
		return errno != EINVAL;
	target[n] = '\0';
	*path = target;
	return true;
}

/* Another process may not: whose it is, and in which user namespace, as far as that can be read. */
static bool is_refused_to_look(const struct step *s, struct finding *f)
{
	const struct ev_refused *e = step_refused(s);
	char target[EV_REFUSED_PATH + 1];
	const char *path = s->what;
	struct subject that;
	uint64_t uid;
	uint32_t user_ns;

	if (!e || (*step_who(s)->dir && !name_follow(&path, target)))
		return false;
	/* Numbers of another pid namespace are other processes here. */
	if (!*step_who(s)->dir || !path_pid(path) || s->ev->hdr->pidns != ns_types[NS_PID].initial)
		return true;
	that = subject_process(path_pid(path));
	if (subject_num(&that, "Uid", 10, &uid) && uid != e->euid)
		finding_num(f, "target_uid", uid);
	if (subject_ns(&that, "user", &user_ns) && user_ns != e->own)
		finding_ns(f, "target_ns", NS_USER, user_ns);
	return true;
}

static bool is_parent_user(const struct step *s, struct finding *f)
{
	return s->what && !strcmp(s->what, STEP_PARENT_USER);
}

static bool is_type_unborn(const struct step *s, struct finding *f)
{
	return s->what && strstr(s->what, "/ns/pid_for_children") != NULL;
}

static bool is_no_process(const struct step *s, struct finding *f)
{
	uint32_t pid = 0;
	char path[32];

	if (s->what)
		sscanf(s->what, "/proc/%u", &pid);
	snprintf(path, sizeof(path), "/proc/%u", pid);
	if (!pid || !access(path, F_OK))
		return false;
	finding_num(f, "target", pid);
	return true;
}

/* --- programs -------------------------------------------------------------------------------- */

static bool is_path(const struct step *s)
{
	return s->what && strchr(s->what, '/');
}

static bool is_word(const struct step *s, struct finding *f)
{
	return !is_path(s);
}

static bool is_there(const struct step *s, struct finding *f)
{
	return is_path(s) && !access(s->what, F_OK);
}

static bool is_missing(const struct step *s, struct finding *f)
{
	return is_path(s) && access(s->what, F_OK);
}

static bool is_dir(const struct step *s, struct finding *f)
{
	struct stat st;

	return s->what && !stat(s->what, &st) && S_ISDIR(st.st_mode);
}

static bool is_noexec(const struct step *s, struct finding *f)
{
	struct statvfs fs;
	char point[256];

	if (!is_path(s) || statvfs(s->what, &fs) || !(fs.f_flag & ST_NOEXEC) ||
		mount_point_of(s->what, point, sizeof(point)))
		return false;
	finding_text(f, "point", point);
	return true;
}

static bool is_not_executable(const struct step *s, struct finding *f)
{
	struct stat st;
	char mode[16];

	if (!is_path(s) || stat(s->what, &st) || !access(s->what, X_OK))
		return false;
	snprintf(mode, sizeof(mode), "%04o", st.st_mode & 07777);
	finding_text(f, "mode", mode);
	return true;
}

/* --- rtnetlink ------------------------------------------------------------------------------- */

/* Others than EPERM: programs ask for what is there already, or is not, and go on. */
static bool is_said(const struct step *s, struct finding *f)
{
	const struct ev_refused *e = step_refused(s);

	if (!e || !e->message[0])
		return false;
	if (e->result != -EPERM)
		f->weight = RULE_NOTE;
	return true;
}

static bool is_unsaid(const struct step *s, struct finding *f)
{
	return s->ev && ((const struct ev_refused *)s->ev->rec)->result == -EPERM;
}

/* --- the rules ------------------------------------------------------------------------------- */

#define MAY_MOUNT "may_mount() and can_umount() in fs/namespace.c"
#define REVEALING "mount_too_revealing() and mnt_already_visible() in fs/namespace.c"
#define BIND_THAT "bind the one that is there (mount --rbind)"
#define AUDIT     "look into dmesg and the audit log, which have what a security module refused"
#define A_WHOLE                                                                                    \
	"in a user namespace that file system can be mounted only where a whole one is in sight, "

/* clang-format off */
static const struct reason mount_reasons[] = {
	{.code = "mount-no-sys-admin", C(MOUNT) | C(PIN), EPERM, 0, lacks_sys_admin,
		"it lacks CAP_SYS_ADMIN in [{owner}, which][the user namespace that{?self}] owns its mount "
		"namespace[ {ns}][; what capabilities it has are in {own}]",
		"make the mount namespace together with a user namespace: "
		"`unshare --user --map-root-user --mount PROGRAM`; or run it as root"
		"[{?create} (without =FILE no mount is needed)]", MAY_MOUNT, "3.8"},
	{.code = "mount-shows-other", MOUNTS, EPERM, 0, shows_other,
		"[proc shows its pid{?shows_pid}][sysfs shows its net{?shows_net}][mqueue shows its "
		"ipc{?shows_ipc}] namespace, which [{fs_owner}][another user namespace{?self}] owns, where it "
		"lacks CAP_SYS_ADMIN",
		"make that namespace too: [{?shows_pid}`unshare -Urmpf PROGRAM`][{?shows_net}`unshare -Urmn "
		"PROGRAM`][{?shows_ipc}`unshare -Urmi PROGRAM`][{?create}: --pid --fork]",
		"proc_init_fs_context() in fs/proc/root.c; mount_capable() in fs/super.c", "4.8", .state = true},
	{.code = "mount-covered", MOUNTS, EPERM, 0, is_in_sight,
		A_WHOLE "and of the one here a part is covered, as in most containers: {cover}",
		"start the container with an unmasked /proc (systempaths=unconfined), or " BIND_THAT
		"[{?create}, or go without --mount-proc]", REVEALING, "4.2", .state = true, .arg = SIGHT_COVERED},
	{.code = "mount-none-in-sight", MOUNTS, EPERM, 0, is_in_sight, A_WHOLE "and there is none here",
		"mount one before the user namespace is made", REVEALING, "4.2", .state = true, .arg = SIGHT_NONE},
	{.code = "mount-hidden", MOUNTS, EPERM, 0, is_in_sight, A_WHOLE "that nothing covers", BIND_THAT, REVEALING,
		"4.2", .arg = SIGHT_UNKNOWN},
	{.code = "mount-initial-only", C(MOUNT), EPERM, 0, is_initial_only,
		"only the initial user namespace may mount that file system",
		"mount it outside, before the user namespace is made, or by FUSE",
		"mount_capable() in fs/super.c: FS_USERNS_MOUNT", "4.8"},
	{.code = "mount-locked", C(MOUNT), EINVAL, 0, is_locked,
		"it is no mount point, or a mount that came with {ns}, which {owner} owns: those are locked",
		"cover it with a mount of its own", "can_umount() in fs/namespace.c", "3.12", .arg = LOCK_MOUNT},
	{.code = "mount-flags-locked", C(MOUNT), EPERM, 0, is_locked,
		"a flag would go that is locked, since the mount came with {ns}, which {owner} owns",
		"keep the flags that it has (ro, nosuid, nodev, noexec, atime)",
		"can_change_locked_flags() in fs/namespace.c", "3.12", .arg = LOCK_FLAGS},
	{.code = "mount-super", C(MOUNT), EPERM, 0, is_locked,
		"the file system was mounted outside of {owner}: only flags of the mount may change here",
		"use mount -o remount,bind", "do_remount() in fs/namespace.c", "3.12", .arg = LOCK_SUPER},
	{.code = "mount-below-locked", C(MOUNT), EINVAL, 0, is_locked,
		"there may be mounts below it that came with {ns}, which {owner} owns: what they cover would be "
		"seen", "take them along: mount --rbind", "has_locked_children() in fs/namespace.c", "3.12",
		.arg = LOCK_BELOW},
	{.code = "profile", MOUNTS, REASON_RIGHTS, 0, is_confined,
		"it is confined by the AppArmor profile {profile}, which may not allow it",
		"give the profile {profile} a rule for the mount; dmesg and the audit log have it"},
	{.code = "unknown", C(MOUNT), REASON_RIGHTS, 0, is_of_event,
		"nothing that can be read tells why: a security module may have refused it", AUDIT},
	{.code = "mount-no-sys-admin", C(MOUNT_PROC), EPERM, 0, is_own_call,
		"it takes CAP_SYS_ADMIN in the user namespaces that own the mount namespace and the PID "
		"namespace, and in a user namespace a whole /proc in sight",
		"make them all: `unshare --user --map-root-user --pid --fork --mount-proc PROGRAM`",
		"mount_capable() in fs/super.c; mount_too_revealing() in fs/namespace.c"},
	{.code = "mount-twice", C(MOUNT_PROC), EBUSY, 0, NULL, "this very proc is mounted there already",
		"make a PID namespace too[{?create}: --pid --fork]",
		"do_add_mount() in fs/namespace.c; proc is the same one per PID namespace before 5.8"},
	{.code = "binfmt-initial-only", C(MOUNT_BINFMT), EPERM, 0, NULL,
		"this kernel does not allow binfmt_misc in a user namespace", "it takes Linux 6.7",
		"bm_fs_type in fs/binfmt_misc.c: FS_USERNS_MOUNT", "6.7"},
	{.code = "binfmt-missing", C(MOUNT_BINFMT), ENODEV, 0, NULL,
		"this kernel has no binfmt_misc, or its module is not loaded", "load that module as root",
		"get_fs_type() in fs/filesystems.c"},
	{.code = "binfmt-missing", C(MOUNT_BINFMT), ENOENT, 0, NULL,
		"the mount point does not exist: this kernel has no binfmt_misc, or its module is not loaded",
		"load that module as root"},
	{.code = "binfmt-form", C(BINFMT_REGISTER), EINVAL, 0, NULL,
		"it is not of the form :name:type:offset:magic:mask:interpreter:flags", NULL,
		"create_entry() in fs/binfmt_misc.c"},
	{.code = "binfmt-taken", C(BINFMT_REGISTER), EEXIST, 0, NULL, "that name is registered already", NULL,
		"bm_register_write() in fs/binfmt_misc.c"},
	{.code = "binfmt-interpreter", C(BINFMT_REGISTER), ENOENT, 0, NULL,
		"its flag F opens the interpreter at once, and that does not exist", NULL,
		"bm_register_write() in fs/binfmt_misc.c"},
	{.code = "pin-unborn", C(PIN), ENOENT, CLONE_NEWPID, NULL,
		"the PID namespace has no process yet, and until then it has no file", "use --fork",
		"pidns_for_children_get() in kernel/pid_namespace.c"},
	{.code = "pin-shared", C(PIN), EINVAL, CLONE_NEWNS, NULL,
		"a mount namespace can't be pinned in a shared mount, which would bring it into itself",
		"make the mount that holds the file private: mount --make-private",
		"copy_tree() in fs/namespace.c: CL_COPY_MNT_NS_FILE"},
	{.code = "pin-older", C(PIN), ELOOP, CLONE_NEWNS, NULL,
		"a mount namespace can be pinned only in an older one; from 6.18 their age is told by numbers "
		"that each processor takes from a range of its own, and the new one got a smaller number than "
		"yours", "run the same again, on another processor if need be (taskset)",
		"check_for_nsfs_mounts() and mnt_ns_loop() in fs/namespace.c, ns_tree_gen_id() in "
		"kernel/nstree.c"},
	{.code = "root-no-mount", C(PROPAGATION), EINVAL, 0, NULL, "\"/\" is not a mount point here, as in a chroot",
		"use --propagation unchanged", "do_change_type() in fs/namespace.c"},
};

static const struct reason open_reasons[] = {
	{.code = "target-unsaid", C(OPEN), REASON_RIGHTS, 0, is_refused_to_look,
		"a process that looks at the namespaces of another one must be its user and have all of its "
		"capabilities, or have CAP_SYS_PTRACE in its user namespace; and it must be dumpable",
		"run it as root of the user namespace that the process is in, or of one above it",
		"proc_ns_get_link(): ptrace_may_access(PTRACE_MODE_READ_FSCREDS)", "3.8"},
	/* For all of /proc/PID/ns, root, cwd, environ. */
	LOOKS(OPEN, EACCES),
	{.code = "target-unsaid", C(OPEN), EACCES, 0, step_is_looked_at,
		"to look into process {target} takes CAP_SYS_PTRACE in its user namespace, which may be another "
		"one than yours", AS_ROOT, LOOK_KERNEL, .arg = LOOK_UNSAID},
	{.code = "not-readable", C(OPEN), EACCES, 0, NULL, "your user may not read it, or not go where it is", AS_ROOT,
		"inode_permission() in fs/namei.c"},
	{.code = "parent-unseen", C(OPEN), EPERM, 0, is_parent_user,
		"the user namespace above it is above yours too, and so not in your sight",
		"run it from that user namespace", "ns_get_owner() in kernel/user_namespace.c"},
	{.code = "pid-children-unborn", C(OPEN), ENOENT, 0, is_type_unborn,
		"the PID namespace for its children has no process yet, and until then no file",
		"wait for its first child", "pidns_for_children_get() in kernel/pid_namespace.c"},
	{.code = "no-process", C(OPEN), ENOENT, 0, is_no_process, "there is no process {target}"},
	{.code = "process-ended", C(OPEN), ESRCH, 0, NULL, "the process has ended"},
	{.code = "no-process", C(PIDFD), ESRCH, 0, NULL, "there is no such process"},
	{.code = "thread-number", C(PIDFD), EINVAL, 0, NULL,
		"this number is a thread's; it takes that of its process", NULL, "pidfd_prepare() in kernel/fork.c"},
	{.code = "thread-number", C(PIDFD), ENOENT, 0, NULL,
		"this number is a thread's; it takes that of its process", NULL,
		"pidfd_prepare() in kernel/fork.c, of newer kernels"},
	{.code = "cgroup-inner", C(CGROUP), EBUSY, 0, NULL,
		"that cgroup gives its controllers to cgroups below it, and may hold no process itself",
		"join one below it", "cgroup_migrate_vet_dst() in kernel/cgroup/cgroup.c"},
	{.code = "cgroup-rights", C(CGROUP), EACCES, 0, NULL,
		"you may not write to cgroup.procs there, or in the nearest cgroup above both", AS_ROOT,
		"cgroup_attach_permissions() in kernel/cgroup/cgroup.c"},
};

static const struct reason exec_reasons[] = {
	{.code = "exec-not-found", C(EXEC), ENOENT, 0, is_word,
		"no directory in PATH has a program of this name, as seen from the new root and mounts"},
	{.code = "exec-no-loader", C(EXEC), ENOENT, 0, is_there,
		"the file is there; what runs it is not: its '#!' line or its loader (readelf -l) names a file "
		"that does not exist under this root", NULL,
		"load_script() in fs/binfmt_script.c; load_elf_binary() in fs/binfmt_elf.c"},
	{.code = "exec-not-found", C(EXEC), ENOENT, 0, is_missing,
		"there is no such file under this root and its mounts"},
	{.code = "exec-directory", C(EXEC), EACCES, 0, is_dir, "it is a directory", NULL, "do_open_execat() in fs/exec.c"},
	{.code = "exec-noexec", C(EXEC), EACCES, 0, is_noexec,
		"it is on a mount with noexec ({point}), where no file is executed, whatever its permissions",
		"run it from another file system; in a user namespace that mount's flags are locked",
		"path_noexec() in fs/exec.c"},
	{.code = "exec-no-x", C(EXEC), EACCES, 0, is_not_executable,
		"the file is there, but you may not execute it (mode {mode})", "give it the x permission",
		"inode_permission() in fs/namei.c"},
	{.code = "exec-no-x", C(EXEC), EACCES, 0, NULL,
		"it may not be executed: no x permission, on it or on a directory above, or a mount with noexec",
		NULL, "do_open_execat() in fs/exec.c"},
	{.code = "exec-limit", C(EXEC), EAGAIN, 0, NULL,
		"the user that the program was to run as has more processes than its limit",
		"raise the limit (ulimit -u)", "do_execveat_common() in fs/exec.c: PF_NPROC_EXCEEDED"},
};

static const struct reason rtnetlink_reasons[] = {
	{.code = "no-net-admin", C(RTNETLINK), EPERM, 0, lacks_sys_admin,
		"[{message}; ]it lacks CAP_NET_ADMIN in {owner}, which owns that net namespace[; what "
		"capabilities it has are in {own}]",
		"make the net namespace together with a user namespace: "
		"`unshare --user --map-root-user --net PROGRAM`; or run it as root",
		"rtnetlink_rcv_msg() in net/core/rtnetlink.c", "3.8"},
	{.code = "rtnetlink-said", C(RTNETLINK), REASON_ANY, 0, is_said, "{message}", "the kernel's sentence says it",
		"netlink_ack() in net/netlink/af_netlink.c: NLMSGERR_ATTR_MSG", "4.12"},
	{.code = "unsaid", C(RTNETLINK), EPERM, 0, is_unsaid,
		"it has CAP_NET_ADMIN there: the request is for the initial user namespace alone, or a security "
		"module refused it", "do it outside of the user namespace"},
};

static const struct rule rows[] = {
	{
		.code = "mount-refused", .weight = RULE_TROUBLE,
		.title = "A mount was refused: by which rule of user namespaces.",
		.evidence = "a call of mount, umount, fsconfig, fsmount or move_mount that failed, by a command or "
			    "process that is traced; the owner of the mount namespace and of what the file system "
			    "shows, the capabilities of the caller, its mounts",
		.text = "{call}[ of {fs}][ on {path}] by {comm} ({pid}) failed with {errno}: {why}.",
		REASONS(mount_reasons), REFUSED(K(REFUSED)),
	}, {
		.code = "nsfs-refused", .weight = RULE_TROUBLE,
		.title = "A process may not look at the namespaces of another one.",
		.evidence = "an open of /proc/PID/ns/X that failed with EACCES or EPERM, by a command or process "
			    "that is traced; user and user namespace of that process",
		.text = "{comm} ({pid}), user {uid}, may not open {path} ({errno}): {why}.[ That one is of user "
			"{target_uid}.][ It is in {target_ns}, not in that of the caller.]",
		REASONS(open_reasons), REFUSED(K(REFUSED)),
	}, {
		.code = "exec-refused", .weight = RULE_TROUBLE,
		.title = "The program of nswatch create or nswatch enter can't be executed.",
		OWN_TEXTS, REASONS(exec_reasons),
	}, {
		.code = "rtnetlink-refused", .weight = RULE_TROUBLE,
		.title = "rtnetlink refused a request: what the kernel says, or which right is missing.",
		.evidence = "the answer to a request that a command or process that is traced has read: its errno, "
			    "and the kernel's sentence where the program asked for it; the owner of the net "
			    "namespace of its socket",
		.text = "{request} by {comm} ({pid}) in {ns} failed with {errno}: {why}.",
		REASONS(rtnetlink_reasons), REFUSED(K(REFUSED)),
	},
};
/* clang-format on */

const struct rule_set reasons_fs = RULE_SET(rows);
