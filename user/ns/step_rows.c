// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * step_rows.c - why the kernel refuses a step. Of several rows that hold the first is
 * shown, so the surer ones come first. Functions are named as Linux 6.12 has them, with
 * the version where an answer changed.
 */
#include <errno.h>
#include <sched.h>

#include "ns/step.h"
#include "ns/step_holds.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

#define AS_ROOT "run it as root, or make a user namespace too (--user --map-root-user)"

const struct step_row step_rows[] = {
	/* --- unshare --- */
	{STEP_UNSHARE, EPERM, 0, holds_no_user_no_sys_admin,
		"it takes CAP_SYS_ADMIN in your user namespace", AS_ROOT,
		"unshare_nsproxy_namespaces() in kernel/nsproxy.c"},
	{STEP_UNSHARE, EPERM, CLONE_NEWUSER, holds_userns_sysctl,
		"this system forbids user namespaces to users without CAP_SYS_ADMIN",
		"as root: sysctl kernel.unprivileged_userns_clone=1",
		"ksys_unshare() in kernel/fork.c with the patch of Debian and others; not in Linux "
		"itself"},
	{STEP_UNSHARE, EPERM, CLONE_NEWUSER, holds_uid_unmapped,
		"your user has no number in this user namespace (uid_map is empty), so it can't "
		"own another",
		"have the maps of this user namespace written first (--map-root-user)",
		"create_user_ns() in kernel/user_namespace.c: kuid_has_mapping()"},
	{STEP_UNSHARE, EPERM, CLONE_NEWUSER, holds_chrooted,
		"a process in a chroot may not make a user namespace",
		"start it outside of the chroot, and let --root change to it",
		"create_user_ns() in kernel/user_namespace.c: current_chrooted()"},
	{STEP_UNSHARE, EPERM, 0, holds_seccomp,
		"probably a seccomp filter refused it: one is in force here, as in most containers",
		"allow unshare in the profile of the container, or start it outside",
		"__secure_computing() in kernel/seccomp.c"},
	{STEP_UNSHARE, EPERM, CLONE_NEWUSER, holds_userns_apparmor,
		"AppArmor keeps user namespaces from programs without a profile that allows them",
		"give the program a profile with the rule 'userns,', or as root: "
		"sysctl kernel.apparmor_restrict_unprivileged_userns=0",
		"create_user_ns() in kernel/user_namespace.c: security_create_user_ns(), from 6.1"},
	{STEP_UNSHARE, EACCES, CLONE_NEWUSER, NULL,
		"a security module (SELinux or AppArmor) refused the user namespace",
		"its log says which rule: dmesg, journalctl -k, ausearch -m avc",
		"create_user_ns() in kernel/user_namespace.c: security_create_user_ns(), from 6.1"},
	{STEP_UNSHARE, ENOSPC, 0, holds_limit_zero, "@ is 0: none is allowed",
		"raise it as root: echo 10000 >@", "inc_ucount() in kernel/ucount.c, from 4.9"},
	{STEP_UNSHARE, ENOSPC, 0, holds_limit_list,
		"a limit on namespaces is reached (here: @; every user namespace above has its "
		"own), or they "
		"are nested 32 deep",
		"raise it below /proc/sys/user, or end what holds old ones: nswatch ls --all",
		"inc_ucount() in kernel/ucount.c; create_user_ns() and create_pid_namespace(): "
		"level"},
	{STEP_UNSHARE, EUSERS, CLONE_NEWUSER, NULL,
		"user namespaces are nested too deep, or a limit on them is reached",
		"start it from a user namespace further up",
		"create_user_ns() in kernel/user_namespace.c, before 4.9; ENOSPC since"},
	{STEP_UNSHARE, EINVAL, 0, holds_type_missing, "this kernel was built without @ namespaces",
		"run a kernel that has them (CONFIG_NAMESPACES and what depends on it)",
		"the stubs in include/linux/*_namespace.h"},
	{STEP_UNSHARE, EINVAL, CLONE_NEWUSER, holds_threads,
		"the caller has other threads; a user namespace is for a whole process",
		"unshare before threads are started",
		"check_unshare_flags() in kernel/fork.c: CLONE_NEWUSER implies CLONE_THREAD"},
	{STEP_UNSHARE, EINVAL, CLONE_NEWPID, holds_pid_taken,
		"the caller's children go to another PID namespace already",
		"fork first, and unshare in the child", "copy_pid_ns() in kernel/pid_namespace.c"},

	/* --- setns --- */
	{STEP_SETNS, EINVAL, 0, holds_own_user_ns,
		"it is the user namespace that the caller is in; it may not be entered again, "
		"which would "
		"give back capabilities that were dropped",
		"leave the user namespace out", "userns_install() in kernel/user_namespace.c"},
	{STEP_SETNS, EINVAL, 0, holds_setns_not_ns, "what was opened is not a namespace",
		"name a file of /proc/PID/ns, or where one is mounted",
		"setns() in kernel/nsproxy.c"},
	{STEP_SETNS, EINVAL, 0, holds_setns_other_type, "what was opened is a @",
		"use the option of its type", "setns() in kernel/nsproxy.c"},
	{STEP_SETNS, EINVAL, 0, holds_threads,
		"the caller has other threads; user and mount namespaces are for a whole process",
		"setns before threads are started",
		"userns_install() in kernel/user_namespace.c; mntns_install() in fs/namespace.c: "
		"fs->users"},
	{STEP_SETNS, EINVAL, CLONE_NEWPID, holds_setns_pid,
		"a PID namespace can be entered from itself or from one above it, never from below "
		"or beside",
		"enter it from outside of this PID namespace",
		"pidns_install() in kernel/pid_namespace.c"},
	{STEP_SETNS, EUSERS, 0, NULL,
		"the caller has other threads; a time namespace is for a whole process",
		"setns before threads are started", "timens_install() in kernel/time/namespace.c"},
	{STEP_SETNS, EPERM, 0, holds_setns_mnt,
		"to enter a mount namespace takes CAP_SYS_CHROOT in your user namespace too",
		"run it as root, or enter the user namespace that owns it",
		"mntns_install() in fs/namespace.c"},
	{STEP_SETNS, EPERM, 0, holds_setns_pidfd,
		"it takes the right to trace the process, as ptrace(2) does, and CAP_SYS_ADMIN in "
		"the "
		"user namespaces that own its namespaces and in the caller's own",
		"run it as root, or enter the user namespace that owns them too (--user)",
		"validate_nsset() in kernel/nsproxy.c: ptrace_may_access()"},
	{STEP_SETNS, EPERM, 0, NULL,
		"it takes CAP_SYS_ADMIN in the user namespace that owns it and in the caller's own",
		"run it as root, or enter the user namespace that owns it too (--user)",
		"*_install() of each type: kernel/user_namespace.c, kernel/pid_namespace.c, ..."},
	{STEP_SETNS, ESRCH, 0, NULL, "the process has ended, and its namespaces are no longer its",
		NULL, "validate_nsset() in kernel/nsproxy.c"},

	/* --- fork, exec --- */
	{STEP_FORK, ENOMEM, 0, holds_pidns_dead,
		"@, where the child was to go, is dead: its pid 1 ended, and nothing can start in "
		"it again",
		"make a new one: create --pid --fork",
		"alloc_pid() in kernel/pid.c: PIDNS_ADDING, cleared by zap_pid_ns_processes()"},
	{STEP_FORK, EAGAIN, 0, holds_nproc_reached,
		"the user has as many processes as its limit (@), or a cgroup's pids.max is "
		"reached",
		"raise `ulimit -u` or pids.max",
		"copy_process() in kernel/fork.c: RLIMIT_NPROC; cgroup_can_fork()"},
	{STEP_FORK, EAGAIN, 0, NULL,
		"a cgroup's pids.max, kernel.pid_max or kernel.threads-max is reached",
		"raise it, or end processes",
		"copy_process() in kernel/fork.c; alloc_pid() in kernel/pid.c; cgroup_can_fork()"},
	{STEP_EXEC, ENOENT, 0, holds_no_slash,
		"no directory in PATH has a program of this name, as seen from the new root and "
		"mounts",
		NULL, NULL},
	{STEP_EXEC, ENOENT, 0, holds_exists,
		"the file is there; what runs it is not: its '#!' line or its loader (readelf -l) "
		"names a "
		"file that does not exist under this root",
		NULL, "load_script() in fs/binfmt_script.c; load_elf_binary() in fs/binfmt_elf.c"},
	{STEP_EXEC, ENOENT, 0, holds_missing,
		"there is no such file under this root and its mounts", NULL, NULL},
	{STEP_EXEC, EACCES, 0, holds_is_dir, "it is a directory", NULL,
		"do_open_execat() in fs/exec.c"},
	{STEP_EXEC, EACCES, 0, NULL,
		"it may not be executed: no x permission, or a mount with noexec", NULL,
		"do_open_execat() in fs/exec.c"},
	{STEP_EXEC, EAGAIN, 0, NULL,
		"the user that the program was to run as has more processes than its limit",
		"raise `ulimit -u`", "do_execveat_common() in fs/exec.c: PF_NPROC_EXCEEDED"},
	{STEP_DEATHSIG, ESRCH, 0, NULL, "the parent is dead already", NULL, NULL},

	/* --- mounts --- */
	{STEP_PIN, EPERM, 0, holds_no_sys_admin,
		"a mount takes CAP_SYS_ADMIN in the user namespace that owns your mount namespace",
		"run it as root; without =FILE none is needed", "may_mount() in fs/namespace.c"},
	{STEP_PIN, ENOENT, CLONE_NEWPID, NULL,
		"the PID namespace has no process yet, and until then it has no file", "use --fork",
		"pidns_for_children_get() in kernel/pid_namespace.c"},
	{STEP_PIN, EINVAL, CLONE_NEWNS, NULL,
		"a mount namespace can't be pinned in a shared mount, which would bring it into "
		"itself",
		"make the mount that holds the file private: mount --make-private",
		"copy_tree() in fs/namespace.c: CL_COPY_MNT_NS_FILE"},
	{STEP_PROPAGATION, EINVAL, 0, NULL, "\"/\" is not a mount point here, as in a chroot",
		"use --propagation unchanged", "do_change_type() in fs/namespace.c"},
	{STEP_MOUNT_PROC, EPERM, 0, holds_proc_of_other_owner,
		"the PID namespace you are in belongs to another user namespace, and proc shows "
		"that one",
		"make a PID namespace too: --pid --fork",
		"proc_init_fs_context() in fs/proc/root.c; mount_capable() in fs/super.c"},
	{STEP_MOUNT_PROC, EPERM, 0, NULL,
		"in this user namespace proc can be mounted only where a whole one is in sight, "
		"and here "
		"parts of /proc are covered, as in most containers",
		"start the container with an unmasked /proc (systempaths=unconfined), or go "
		"without --mount-proc",
		"mount_too_revealing() in fs/namespace.c"},
	{STEP_MOUNT_PROC, EBUSY, 0, NULL, "this very proc is mounted there already",
		"make a PID namespace too: --pid --fork",
		"do_add_mount() in fs/namespace.c; proc is the same one per PID namespace before "
		"5.8"},
	{STEP_MOUNT_BINFMT, EPERM, 0, NULL,
		"this kernel does not allow binfmt_misc in a user namespace", "it takes Linux 6.7",
		"bm_fs_type in fs/binfmt_misc.c: FS_USERNS_MOUNT, from 6.7"},
	{STEP_MOUNT_BINFMT, ENODEV, 0, NULL,
		"this kernel has no binfmt_misc, or its module is not loaded",
		"as root: modprobe binfmt_misc", "get_fs_type() in fs/filesystems.c"},
	{STEP_MOUNT_BINFMT, ENOENT, 0, NULL,
		"the mount point does not exist: this kernel has no binfmt_misc, or its module is "
		"not loaded",
		"as root: modprobe binfmt_misc", NULL},
	{STEP_BINFMT_REGISTER, EINVAL, 0, NULL,
		"it is not of the form :name:type:offset:magic:mask:interpreter:flags", NULL,
		"create_entry() in fs/binfmt_misc.c"},
	{STEP_BINFMT_REGISTER, EEXIST, 0, NULL, "that name is registered already", NULL,
		"bm_register_write() in fs/binfmt_misc.c"},
	{STEP_BINFMT_REGISTER, ENOENT, 0, NULL,
		"its flag F opens the interpreter at once, and that does not exist", NULL,
		"bm_register_write() in fs/binfmt_misc.c"},

	/* --- ids --- */
	{STEP_UID_MAP, EPERM, 0, holds_userns_apparmor,
		"AppArmor lets this program make a user namespace but takes its capabilities there",
		"give the program a profile with the rule 'userns,', or as root: "
		"sysctl kernel.apparmor_restrict_unprivileged_userns=0",
		"map_write() in kernel/user_namespace.c: CAP_SYS_ADMIN in the new one"},
	{STEP_UID_MAP, EPERM, 0, NULL,
		"without CAP_SETUID outside only your own user can be mapped, and the ids must "
		"exist outside; "
		"root outside can be mapped only with CAP_SETFCAP",
		"map your own user (--map-root-user), or ids that /etc/subuid gives you "
		"(--map-auto)",
		"new_idmap_permitted() and verify_root_map() (from 5.12) in "
		"kernel/user_namespace.c"},
	{STEP_GID_MAP, EPERM, 0, NULL,
		"without CAP_SETGID outside only your own group can be mapped, and only after "
		"setgroups was "
		"denied; and the ids must exist outside",
		"map your own group (--map-root-user), or ids that /etc/subgid gives you "
		"(--map-auto)",
		"new_idmap_permitted() in kernel/user_namespace.c"},
	{STEP_UID_MAP, EINVAL, 0, NULL, "ranges overlap, are empty or are more than 340", NULL,
		"map_write() and mappings_overlap() in kernel/user_namespace.c"},
	{STEP_GID_MAP, EINVAL, 0, NULL, "ranges overlap, are empty or are more than 340", NULL,
		"map_write() and mappings_overlap() in kernel/user_namespace.c"},
	{STEP_DENY_GROUPS, EPERM, 0, NULL,
		"setgroups can be denied only before the group map is written, and once denied, "
		"here or in a "
		"user namespace above, it can't be allowed again",
		NULL, "proc_setgroups_write() in kernel/user_namespace.c"},
	{STEP_DENY_GROUPS, ENOENT, 0, NULL, "this kernel has no setgroups file", NULL,
		"proc_setgroups_write() in kernel/user_namespace.c, from 3.19"},
	{STEP_NEWIDMAP, ENOENT, 0, NULL,
		"ranges of ids need this program, which is installed set-user-ID root",
		"install it (Debian: apt install uidmap)",
		"new_idmap_permitted() in kernel/user_namespace.c: CAP_SETUID or CAP_SETGID"},
	{STEP_SETGROUPS, EPERM, 0, holds_gid_unmapped,
		"groups can't be set in a user namespace before its group map is written",
		"map groups (--map-groups, --map-auto), or leave the groups alone",
		"may_setgroups() in kernel/groups.c: userns_may_setgroups()"},
	{STEP_SETGROUPS, EPERM, 0, holds_groups_denied,
		"setgroups is denied in this user namespace, as it is where one group is mapped "
		"without "
		"privileges",
		"map groups with --map-groups or --map-auto, or leave the groups alone",
		"may_setgroups() in kernel/groups.c: userns_may_setgroups()"},
	{STEP_SETGROUPS, EPERM, 0, NULL, "it takes CAP_SETGID", AS_ROOT,
		"may_setgroups() in kernel/groups.c"},
	{STEP_SETGID, EINVAL, 0, NULL, "this group has no number in the user namespace",
		"map it: --map-group, --map-groups", "__sys_setgid() in kernel/sys.c: make_kgid()"},
	{STEP_SETUID, EINVAL, 0, NULL, "this user has no number in the user namespace",
		"map it: --map-user, --map-users", "__sys_setuid() in kernel/sys.c: make_kuid()"},
	{STEP_SETGID, EPERM, 0, NULL, "to become another group takes CAP_SETGID", AS_ROOT,
		"__sys_setgid() in kernel/sys.c"},
	{STEP_SETUID, EPERM, 0, NULL, "to become another user takes CAP_SETUID", AS_ROOT,
		"__sys_setuid() in kernel/sys.c"},
	{STEP_CAPS, EPERM, 0, NULL, "capabilities may not be made ambient here (securebits)", NULL,
		"cap_task_prctl() in security/commoncap.c"},

	/* --- the rest --- */
	{STEP_CHROOT, EPERM, 0, holds_no_sys_chroot,
		"it takes CAP_SYS_CHROOT in your user namespace", AS_ROOT, "chroot() in fs/open.c"},
	{STEP_CLOCK, EPERM, 0, NULL,
		"it takes CAP_SYS_TIME in the user namespace that owns the time namespace", AS_ROOT,
		"proc_timens_set_offset() in kernel/time/namespace.c"},
	{STEP_CLOCK, EACCES, 0, NULL,
		"the clocks of a time namespace can't be set once a process is in it", NULL,
		"proc_timens_set_offset() in kernel/time/namespace.c: frozen_offsets"},
	{STEP_CLOCK, ERANGE, 0, NULL,
		"the clock would be below zero, or further ahead than the kernel allows", NULL,
		"proc_timens_set_offset() in kernel/time/namespace.c"},
	{STEP_PIDFD, ESRCH, 0, NULL, "there is no such process", NULL, NULL},
	{STEP_PIDFD, EINVAL, 0, NULL, "this number is a thread's; it takes that of its process",
		NULL, "pidfd_prepare() in kernel/fork.c"},
	{STEP_PIDFD, ENOENT, 0, NULL, "this number is a thread's; it takes that of its process",
		NULL, "pidfd_prepare() in kernel/fork.c, of newer kernels"},
	{STEP_CGROUP, EBUSY, 0, NULL,
		"that cgroup gives its controllers to cgroups below it, and may hold no process "
		"itself",
		"join one below it", "cgroup_migrate_vet_dst() in kernel/cgroup/cgroup.c"},
	{STEP_CGROUP, EACCES, 0, NULL,
		"you may not write to cgroup.procs there, or in the nearest cgroup above both",
		"run it as root", "cgroup_attach_permissions() in kernel/cgroup/cgroup.c"},
};

const size_t step_rows_count = sizeof(step_rows) / sizeof(step_rows[0]);
