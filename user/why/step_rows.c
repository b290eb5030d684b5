// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * step_rows.c - why the kernel refuses a step. Of several rows that hold the first is
 * shown, so the surer ones come first. Functions are named as Linux 6.12 has them, with
 * the version where an answer changed.
 */
#include <errno.h>
#include <sched.h>

#include "why/step.h"
#include "why/step_holds.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/* Of the map of a new user namespace, whoever writes it. */
#define MAP_EMPTY_WHY  "the range @ has no id"
#define MAP_INNER_WHY  "the ranges @ (inside:outside:count) have ids inside in common"
#define MAP_OUTER_WHY  "the ranges @ (inside:outside:count) have ids outside in common"
#define MAP_TWICE_TODO "make them not overlap on either side"
#define MAP_MANY_WHY   "there are @ ranges, and the kernel takes 340"
#define MAP_LONG_WHY   "the ranges are @ of text, and the kernel takes less than a page"
#define MAP_KERNEL     "map_write() and mappings_overlap() in kernel/user_namespace.c"

#define UNMAPPED_TODO                                                                              \
	"make this user namespace with your user and group in its maps: `unshare --user "          \
	"--map-root-user PROGRAM`"

#define UCOUNT_KERNEL "inc_ucount() in kernel/ucount.c, from 4.9"

/* Of a process that may not be looked into: by its files in /proc, or by a pidfd. */
#define LOOK_NS_WHY                                                                                \
	"process @ is in another user namespace, which is neither yours nor below it, so your "    \
	"capabilities count for nothing there"
#define LOOK_NS_TODO   "run it from a user namespace above both, as root of the system"
#define LOOK_NS_KERNEL "ptrace_has_cap() in kernel/ptrace.c: CAP_SYS_PTRACE in its user namespace"
#define LOOK_USER_WHY                                                                              \
	"process @ is another user's, and to look into it takes CAP_SYS_PTRACE in its user "       \
	"namespace"
#define LOOK_UNDUMPABLE_WHY                                                                        \
	"process @ is yours, but may not be dumped (it has more rights than you, or asked for "    \
	"it), and then CAP_SYS_PTRACE is needed to look into it"
#define LOOK_CAPS_WHY                                                                              \
	"process @ is yours, but has capabilities that you lack, and then CAP_SYS_PTRACE is "      \
	"needed to look into it"
#define LOOK_KERNEL "__ptrace_may_access() in kernel/ptrace.c"

#define KEEP_IDS "or keep those that you have: --preserve-credentials"

#define AS_ROOT "run it as root, or make a user namespace too (--user --map-root-user)"

const struct step_row step_rows[] = {
	/* --- unshare --- */
	{STEP_UNSHARE, EPERM, 0, holds_no_user_no_sys_admin,
		"it takes CAP_SYS_ADMIN in your user namespace", AS_ROOT,
		"unshare_nsproxy_namespaces() in kernel/nsproxy.c"},
	{STEP_UNSHARE, EPERM, CLONE_NEWUSER, holds_userns_sysctl,
		"this system forbids user namespaces to users without CAP_SYS_ADMIN",
		"as root: `echo 1 >/proc/sys/kernel/unprivileged_userns_clone`",
		"ksys_unshare() in kernel/fork.c with the patch of Debian and others; not in Linux "
		"itself"},
	{STEP_UNSHARE, EPERM, CLONE_NEWUSER, holds_uid_map_empty,
		"nobody has a number in this user namespace (its uid_map is empty), so nobody can "
		"own another one",
		UNMAPPED_TODO, "create_user_ns() in kernel/user_namespace.c: kuid_has_mapping()"},
	{STEP_UNSHARE, EPERM, CLONE_NEWUSER, holds_uid_map_lacks,
		"your user has no number in this user namespace (no range of its uid_map has "
		"it), so it can't own another one",
		UNMAPPED_TODO, "create_user_ns() in kernel/user_namespace.c: kuid_has_mapping()"},
	{STEP_UNSHARE, EPERM, CLONE_NEWUSER, holds_gid_map_empty,
		"no group has a number in this user namespace (its gid_map is empty), so yours "
		"can't own another one",
		UNMAPPED_TODO, "create_user_ns() in kernel/user_namespace.c: kgid_has_mapping()"},
	{STEP_UNSHARE, EPERM, CLONE_NEWUSER, holds_gid_map_lacks,
		"your group has no number in this user namespace (no range of its gid_map has "
		"it), so it can't own another one",
		UNMAPPED_TODO, "create_user_ns() in kernel/user_namespace.c: kgid_has_mapping()"},
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
		"give the program a profile with the rule 'userns,', or as root "
		"set kernel.apparmor_restrict_unprivileged_userns to 0",
		"create_user_ns() in kernel/user_namespace.c: security_create_user_ns(), from 6.1"},
	{STEP_UNSHARE, EACCES, CLONE_NEWUSER, NULL,
		"a security module (SELinux or AppArmor) refused the user namespace",
		"its log says which rule: dmesg, journalctl -k, ausearch -m avc",
		"create_user_ns() in kernel/user_namespace.c: security_create_user_ns(), from 6.1"},
	{STEP_UNSHARE, ENOSPC, CLONE_NEWUSER, holds_deep_user,
		"user namespaces nest 33 deep, and you are in one of level @",
		"start it from a user namespace further up",
		"create_user_ns() in kernel/user_namespace.c: level"},
	{STEP_UNSHARE, ENOSPC, CLONE_NEWPID, holds_deep_pid,
		"PID namespaces nest 32 deep, and you are in one of level @",
		"start it from a PID namespace further up",
		"create_pid_namespace() in kernel/pid_namespace.c: MAX_PID_NS_LEVEL"},
	{STEP_UNSHARE, ENOSPC, 0, holds_limit_set,
		"@, and no more can be made; it was set so in that user namespace on purpose, as "
		"bubblewrap --disable-userns does",
		"start it outside of that sandbox", UCOUNT_KERNEL},
	{STEP_UNSHARE, ENOSPC, 0, holds_limit_set_maybe,
		"a limit is reached, probably this one: @; it was set so in that user namespace "
		"on purpose",
		"start it outside of that sandbox, or end what holds old ones there",
		UCOUNT_KERNEL},
	{STEP_UNSHARE, ENOSPC, 0, holds_limit_system, "you have as many as a user may have: @",
		"as root: `echo @2`; or end what holds old ones (nswatch ls --all lists them)",
		UCOUNT_KERNEL},
	{STEP_UNSHARE, ENOSPC, CLONE_NEWPID, holds_limit_system_maybe,
		"a limit is reached, probably this one: @; or PID namespaces are nested 32 deep",
		"end what holds old ones (nswatch ls --all lists them), or start it from a PID "
		"namespace further up",
		UCOUNT_KERNEL},
	{STEP_UNSHARE, ENOSPC, 0, holds_limit_system_maybe,
		"a limit is reached, probably this one: @",
		"as root: `echo @2`; or end what holds old ones (nswatch ls --all lists them)",
		UCOUNT_KERNEL},
	{STEP_UNSHARE, ENOSPC, CLONE_NEWUSER, holds_limit_above,
		"a limit of a user namespace above yours is reached (a sandbox sets one with "
		"bubblewrap --disable-userns), or user namespaces are nested 33 deep",
		"start it outside of this sandbox", UCOUNT_KERNEL},
	{STEP_UNSHARE, ENOSPC, CLONE_NEWPID, holds_limit_above,
		"a limit of a user namespace above yours is reached, or PID namespaces are nested "
		"32 deep",
		"start it outside of this sandbox", UCOUNT_KERNEL},
	{STEP_UNSHARE, ENOSPC, 0, holds_limit_above,
		"a limit of a user namespace above yours is reached",
		"start it outside of this "
		"sandbox",
		UCOUNT_KERNEL},
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
	{STEP_SETNS, EPERM, 0, holds_look_other_ns, LOOK_NS_WHY, LOOK_NS_TODO, LOOK_NS_KERNEL},
	{STEP_SETNS, EPERM, 0, holds_look_other_user, LOOK_USER_WHY, "run it as root", LOOK_KERNEL},
	{STEP_SETNS, EPERM, 0, holds_look_undumpable, LOOK_UNDUMPABLE_WHY, "run it as root",
		LOOK_KERNEL},
	{STEP_SETNS, EPERM, 0, holds_look_more_caps, LOOK_CAPS_WHY, "run it as root",
		"cap_ptrace_access_check() in security/commoncap.c"},
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
		"make a new one: `nswatch create --pid --fork PROGRAM`",
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
	{STEP_EXEC, EACCES, 0, holds_noexec,
		"it is on a mount with noexec (@), where no file is executed, whatever its "
		"permissions",
		"run it from another file system; in a user namespace that mount's flags are "
		"locked",
		"path_noexec() in fs/exec.c"},
	{STEP_EXEC, EACCES, 0, holds_no_x, "the file is there, but you may not execute it (mode @)",
		"give it the x permission", "inode_permission() in fs/namei.c"},
	{STEP_EXEC, EACCES, 0, NULL,
		"it may not be executed: no x permission, on it or on a directory above, or a "
		"mount with noexec",
		NULL, "do_open_execat() in fs/exec.c"},
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
	{STEP_PIN, ELOOP, CLONE_NEWNS, NULL,
		"a mount namespace can be pinned only in an older one; from 6.18 their age is told "
		"by numbers that each processor takes from a range of its own, and the new one "
		"got a smaller number than yours",
		"run the same again, on another processor if need be (taskset)",
		"check_for_nsfs_mounts() and mnt_ns_loop() in fs/namespace.c, ns_tree_gen_id() in "
		"kernel/nstree.c"},
	{STEP_PROPAGATION, EINVAL, 0, NULL, "\"/\" is not a mount point here, as in a chroot",
		"use --propagation unchanged", "do_change_type() in fs/namespace.c"},
	{STEP_MOUNT_PROC, EPERM, 0, holds_proc_of_other_owner,
		"the PID namespace you are in belongs to another user namespace, and proc shows "
		"that one",
		"make a PID namespace too: --pid --fork",
		"proc_init_fs_context() in fs/proc/root.c; mount_capable() in fs/super.c"},
	{STEP_MOUNT_PROC, EPERM, 0, holds_proc_covered,
		"in a user namespace proc can be mounted only where a whole one is in sight, and "
		"of the one here a part is covered, as in most containers: @",
		"start the container with an unmasked /proc (systempaths=unconfined), or go "
		"without --mount-proc",
		"mount_too_revealing() and mnt_already_visible() in fs/namespace.c"},
	{STEP_MOUNT_PROC, EPERM, 0, holds_proc_absent,
		"in a user namespace proc can be mounted only where a whole one is in sight, and "
		"there is none here",
		"mount one before the user namespace is made",
		"mount_too_revealing() and mnt_already_visible() in fs/namespace.c"},
	{STEP_MOUNT_PROC, EPERM, 0, NULL,
		"it takes CAP_SYS_ADMIN in the user namespaces that own the mount namespace and "
		"the PID namespace, and in a user namespace a whole /proc in sight",
		"make them all: --user --map-root-user --pid --fork --mount-proc",
		"mount_capable() in fs/super.c; mount_too_revealing() in fs/namespace.c"},
	{STEP_MOUNT_PROC, EBUSY, 0, NULL, "this very proc is mounted there already",
		"make a PID namespace too: --pid --fork",
		"do_add_mount() in fs/namespace.c; proc is the same one per PID namespace before "
		"5.8"},
	{STEP_MOUNT_BINFMT, EPERM, 0, NULL,
		"this kernel does not allow binfmt_misc in a user namespace", "it takes Linux 6.7",
		"bm_fs_type in fs/binfmt_misc.c: FS_USERNS_MOUNT, from 6.7"},
	{STEP_MOUNT_BINFMT, ENODEV, 0, NULL,
		"this kernel has no binfmt_misc, or its module is not loaded",
		"load that module as root", "get_fs_type() in fs/filesystems.c"},
	{STEP_MOUNT_BINFMT, ENOENT, 0, NULL,
		"the mount point does not exist: this kernel has no binfmt_misc, or its module is "
		"not loaded",
		"load that module as root", NULL},
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
		"give the program a profile with the rule 'userns,', or as root "
		"set kernel.apparmor_restrict_unprivileged_userns to 0",
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
	{STEP_UID_MAP, EINVAL, 0, holds_map_empty, MAP_EMPTY_WHY, NULL, MAP_KERNEL},
	{STEP_UID_MAP, EINVAL, 0, holds_map_inner_twice, MAP_INNER_WHY, MAP_TWICE_TODO, MAP_KERNEL},
	{STEP_UID_MAP, EINVAL, 0, holds_map_outer_twice, MAP_OUTER_WHY, MAP_TWICE_TODO, MAP_KERNEL},
	{STEP_UID_MAP, EINVAL, 0, holds_map_many, MAP_MANY_WHY, NULL, MAP_KERNEL},
	{STEP_UID_MAP, EINVAL, 0, holds_map_long, MAP_LONG_WHY, NULL, MAP_KERNEL},
	{STEP_GID_MAP, EINVAL, 0, holds_map_empty, MAP_EMPTY_WHY, NULL, MAP_KERNEL},
	{STEP_GID_MAP, EINVAL, 0, holds_map_inner_twice, MAP_INNER_WHY, MAP_TWICE_TODO, MAP_KERNEL},
	{STEP_GID_MAP, EINVAL, 0, holds_map_outer_twice, MAP_OUTER_WHY, MAP_TWICE_TODO, MAP_KERNEL},
	{STEP_GID_MAP, EINVAL, 0, holds_map_many, MAP_MANY_WHY, NULL, MAP_KERNEL},
	{STEP_GID_MAP, EINVAL, 0, holds_map_long, MAP_LONG_WHY, NULL, MAP_KERNEL},
	{STEP_DENY_GROUPS, EPERM, 0, NULL,
		"setgroups can be denied only before the group map is written, and once denied, "
		"here or in a "
		"user namespace above, it can't be allowed again",
		NULL, "proc_setgroups_write() in kernel/user_namespace.c"},
	{STEP_DENY_GROUPS, ENOENT, 0, NULL, "this kernel has no setgroups file", NULL,
		"proc_setgroups_write() in kernel/user_namespace.c, from 3.19"},
	{STEP_NEWIDMAP, ENOENT, 0, NULL,
		"ranges of ids need this program, which is installed set-user-ID root",
		"install it (Debian has it in the package uidmap)",
		"new_idmap_permitted() in kernel/user_namespace.c: CAP_SETUID or CAP_SETGID"},
	/* Looked at before it runs: shadow-utils says less, and only afterwards. */
	{STEP_NEWIDMAP, EINVAL, 0, holds_map_empty, MAP_EMPTY_WHY, NULL, MAP_KERNEL},
	{STEP_NEWIDMAP, EINVAL, 0, holds_map_inner_twice, MAP_INNER_WHY, MAP_TWICE_TODO,
		MAP_KERNEL},
	{STEP_NEWIDMAP, EINVAL, 0, holds_map_outer_twice, MAP_OUTER_WHY, MAP_TWICE_TODO,
		MAP_KERNEL},
	{STEP_NEWIDMAP, EINVAL, 0, holds_map_many, MAP_MANY_WHY, NULL, MAP_KERNEL},
	{STEP_NEWIDMAP, EINVAL, 0, holds_map_long, MAP_LONG_WHY, NULL, MAP_KERNEL},
	{STEP_NEWIDMAP, EACCES, 0, holds_idhelper_no_x, "you may not execute @", NULL,
		"do_open_execat() in fs/exec.c"},
	{STEP_NEWIDMAP, EPERM, 0, holds_idhelper_no_owner,
		"root, to whom @ belongs, has no number in this user namespace, so its "
		"set-user-ID bit gives no rights here",
		"map root too when this user namespace is made",
		"bprm_fill_uid() in fs/exec.c: vfsuid_has_mapping()"},
	{STEP_NEWIDMAP, EPERM, 0, holds_idhelper_no_bit,
		"@ has neither the set-user-ID bit of root nor file capabilities, so it has no "
		"more rights than you",
		"as root: `chmod u+s @`", "new_idmap_permitted() in kernel/user_namespace.c"},
	{STEP_NEWIDMAP, EPERM, 0, holds_idhelper_nosuid,
		"@ is on a mount with nosuid, where a set-user-ID bit and file capabilities give "
		"no rights",
		"mount that without nosuid", "mnt_may_suid() in fs/namespace.c"},
	{STEP_NEWIDMAP, EPERM, 0, holds_idhelper_no_new_privs,
		"no_new_privs is set on this process (a container or service does so), and no "
		"program that it starts gets more rights",
		"start it from a process without no_new_privs (docker: not with "
		"no-new-privileges; systemd: NoNewPrivileges=no)",
		"bprm_fill_uid() in fs/exec.c: task_no_new_privs()"},
	{STEP_NEWIDMAP, EPERM, 0, holds_idhelper_bounded,
		"the bounding set of this process lacks the capability that @ needs",
		"start it where CAP_SETUID and CAP_SETGID are not taken away",
		"cap_bprm_creds_from_file() in security/commoncap.c"},
	{STEP_NEWIDMAP, EPERM, 0, holds_idhelper_no_name,
		"user @ has no line in /etc/passwd, and the ids of a user are given by name",
		"add the user to /etc/passwd", "newuidmap.c of shadow-utils: get_my_pwent()"},
	{STEP_NEWIDMAP, EPERM, 0, holds_idhelper_other_group,
		"your group is @, that of your line in /etc/passwd is @2, and only with that one "
		"the program does anything",
		"run it with your own group (newgrp), or as root set GRANT_AUX_GROUP_SUBIDS to "
		"yes in /etc/login.defs",
		"newuidmap.c of shadow-utils"},
	{STEP_NEWIDMAP, EPERM, 0, holds_subuid_no_line,
		"/etc/subuid has no line for @, who has no ids to give but the own one",
		"as root: `usermod --add-subuids @2 @`, and map these (--map-auto)",
		"newuidmap.c of shadow-utils: have_sub_uids()"},
	{STEP_NEWIDMAP, EPERM, 0, holds_subuid_not_ours,
		"/etc/subuid does not give all of the ids @ to @2",
		"map only what it gives (--map-auto does)",
		"newuidmap.c of shadow-utils: have_sub_uids()"},
	{STEP_NEWIDMAP, EPERM, 0, holds_subgid_no_line,
		"/etc/subgid has no line for @, who has no groups to give but the own one",
		"as root: `usermod --add-subgids @2 @`, and map these (--map-auto)",
		"newgidmap.c of shadow-utils: have_sub_gids()"},
	{STEP_NEWIDMAP, EPERM, 0, holds_subgid_not_ours,
		"/etc/subgid does not give all of the groups @ to @2",
		"map only what it gives (--map-auto does)",
		"newgidmap.c of shadow-utils: have_sub_gids()"},
	/* Seen only by its end. */
	{STEP_NEWIDMAP_END, EPERM, 0, holds_traced,
		"this process is traced by process @, and the kernel gives a traced program no "
		"rights that its tracer lacks",
		"trace it as root, or not at all",
		"cap_bprm_creds_from_file() in security/commoncap.c: LSM_UNSAFE_PTRACE"},
	{STEP_NEWIDMAP_END, EPERM, 0, holds_subids_elsewhere,
		"/etc/nsswitch.conf has the ranges of users come from elsewhere than /etc/subuid "
		"and /etc/subgid, and these may not be yours",
		"ask who keeps them (getsubids shows those of a user)", "nsswitch.conf(5): subid"},
	{STEP_NEWIDMAP_END, EPERM, 0, NULL, "its own message says why", NULL, NULL},
	{STEP_SETGROUPS, EPERM, 0, holds_gid_map_empty,
		"groups can't be set in a user namespace before its group map is written",
		"map groups (--map-groups, --map-auto), or leave the groups alone"
		"|"
		"have its group map written first, " KEEP_IDS,
		"may_setgroups() in kernel/groups.c: userns_may_setgroups()"},
	{STEP_SETGROUPS, EPERM, 0, holds_groups_denied,
		"setgroups is denied in this user namespace, as it is where one group is mapped "
		"without "
		"privileges",
		"map groups with --map-groups or --map-auto, or leave the groups alone"
		"|"
		"keep the groups and ids that you have: --preserve-credentials",
		"may_setgroups() in kernel/groups.c: userns_may_setgroups()"},
	{STEP_SETGROUPS, EPERM, 0, NULL, "it takes CAP_SETGID",
		AS_ROOT "|"
			"run it as root, " KEEP_IDS,
		"may_setgroups() in kernel/groups.c"},
	{STEP_SETGID, EINVAL, 0, NULL, "this group has no number in the user namespace",
		"map it: --map-group, --map-groups"
		"|"
		"become a group that has one (--setgid), " KEEP_IDS,
		"__sys_setgid() in kernel/sys.c: make_kgid()"},
	{STEP_SETUID, EINVAL, 0, NULL, "this user has no number in the user namespace",
		"map it: --map-user, --map-users"
		"|"
		"become a user who has one (--setuid), " KEEP_IDS,
		"__sys_setuid() in kernel/sys.c: make_kuid()"},
	{STEP_SETGID, EPERM, 0, NULL, "to become another group takes CAP_SETGID",
		AS_ROOT "|"
			"run it as root, " KEEP_IDS,
		"__sys_setgid() in kernel/sys.c"},
	{STEP_SETUID, EPERM, 0, NULL, "to become another user takes CAP_SETUID",
		AS_ROOT "|"
			"run it as root, " KEEP_IDS,
		"__sys_setuid() in kernel/sys.c"},
	{STEP_CAPS, EPERM, 0, NULL, "capabilities may not be made ambient here (securebits)", NULL,
		"cap_task_prctl() in security/commoncap.c"},

	/* --- the rest --- */
	{STEP_CHROOT, EPERM, 0, holds_no_sys_chroot,
		"it takes CAP_SYS_CHROOT in your user namespace",
		AS_ROOT "|"
			"run it as root, or enter the user namespace of the target too (--user)",
		"chroot() in fs/open.c"},
	{STEP_CLOCK, EPERM, 0, NULL,
		"it takes CAP_SYS_TIME in the user namespace that owns the time namespace", AS_ROOT,
		"proc_timens_set_offset() in kernel/time/namespace.c"},
	{STEP_CLOCK, EACCES, 0, NULL,
		"the clocks of a time namespace can't be set once a process is in it", NULL,
		"proc_timens_set_offset() in kernel/time/namespace.c: frozen_offsets"},
	{STEP_CLOCK, ERANGE, 0, NULL,
		"the clock would be below zero, or further ahead than the kernel allows", NULL,
		"proc_timens_set_offset() in kernel/time/namespace.c"},
	/* __ptrace_may_access() in kernel/ptrace.c, for all of /proc/PID/ns, root, cwd, environ. */
	{STEP_OPEN, EACCES, 0, holds_look_other_ns, LOOK_NS_WHY, LOOK_NS_TODO, LOOK_NS_KERNEL},
	{STEP_OPEN, EACCES, 0, holds_look_other_user, LOOK_USER_WHY, "run it as root", LOOK_KERNEL},
	{STEP_OPEN, EACCES, 0, holds_look_undumpable, LOOK_UNDUMPABLE_WHY, "run it as root",
		LOOK_KERNEL},
	{STEP_OPEN, EACCES, 0, holds_look_more_caps, LOOK_CAPS_WHY, "run it as root",
		"cap_ptrace_access_check() in security/commoncap.c"},
	{STEP_OPEN, EACCES, 0, holds_look_unsaid,
		"to look into process @ takes CAP_SYS_PTRACE in its user namespace, which may be "
		"another one than yours",
		"run it as root", "__ptrace_may_access() in kernel/ptrace.c"},
	{STEP_OPEN, EACCES, 0, NULL, "your user may not read it, or not go where it is",
		"run it as root", "inode_permission() in fs/namei.c"},
	{STEP_OPEN, EPERM, 0, holds_parent_unseen,
		"the user namespace above it is above yours too, and so not in your sight",
		"run it from that user namespace", "ns_get_owner() in kernel/user_namespace.c"},
	{STEP_OPEN, ENOENT, 0, holds_type_unborn,
		"the PID namespace for its children has no process yet, and until then no file",
		"wait for its first child", "pidns_for_children_get() in kernel/pid_namespace.c"},
	{STEP_OPEN, ENOENT, 0, holds_no_process, "there is no process @", NULL, NULL},
	{STEP_OPEN, ESRCH, 0, NULL, "the process has ended", NULL, NULL},
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
