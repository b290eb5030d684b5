// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rules.c - the table. Functions are named as Linux 6.12 has them; "since" is the
 * first version in which it is so, NULL: longer than nswatch has to know.
 */
#include <string.h>

#include "why/rules.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define FACTS(...)    ((const struct rule_fact[]){__VA_ARGS__, {0}})

#define CHILDREN_FACT                                                                              \
	{                                                                                          \
		"pidns_install(), create_new_namespaces()", "3.8",                                 \
			"setns(2) and unshare(2) set nsproxy->pid_ns_for_children; the pid that "  \
			"a "                                                                       \
			"process has can't change"                                                 \
	}
#define DEAD_FACT                                                                                  \
	{                                                                                          \
		"zap_pid_ns_processes(), alloc_pid()", NULL,                                       \
			"the end of pid 1 clears PIDNS_ADDING (disable_pid_allocation()), and "    \
			"alloc_pid() then returns ENOMEM for ever"                                 \
	}

/* Kinds of events; those of calls for namespaces. */
#define K(kind) (1ULL << EV_##kind)
#define CALLS   (K(UNSHARE) | K(CLONE) | K(SETNS))

/* clang-format off */
const struct rule rules[] = {
	{
		.code = "pidns-dead", .weight = RULE_TROUBLE,
		.title = "New processes would be born in a pid namespace whose pid 1 has ended: "
			 "every fork fails with ENOMEM.",
		.evidence = "pid_for_children differs from the pid namespace, it has a number, and "
			    "its pid 1 is gone; or a fork that was denied",
		.text = "The next fork of {comm} ({pid})[, thread {tid},] will fail with ENOMEM, \"Cannot "
			"allocate memory\", though memory is not short: its children would be born "
			"in {ns}, which is dead since its pid 1 ended.",
		.note = "Memory is not the problem. {ns} died with its pid 1[, {init_comm} "
			"({init_pid})][, which {init_end}][, {ago} ago], and no process can be born in "
			"it again. Every fork of {pid} will fail like this.",
		.remedy = "The process can't be mended; end it. Start the program as a child, so that it "
			  "is pid 1 itself: `unshare --fork --pid PROGRAM`. To enter a namespace, choose one "
			  "whose pid 1 lives.",
		.facts = FACTS(DEAD_FACT, {"copy_process()", "3.8",
			"children get their pid from nsproxy->pid_ns_for_children"}),
		.process = rule_children_dead, .event = rule_ev_fork_denied, .kinds = K(FORK_DENIED),
	}, {
		.code = "children-only", .weight = RULE_NOTE,
		.title = "Only the children of a process are in another pid namespace; it is not.",
		.evidence = "pid_for_children differs from the pid namespace and its pid 1 lives; or "
			    "an unshare or setns that changed pid_for_children",
		.text = "The children of {comm} ({pid})[, thread {tid},] are born in {ns}, it itself stays "
			"in {own}. {living} {living|process lives|processes live} in {ns}[; pid 1 "
			"there is {init_comm} ({init_pid})].",
		.note = "{comm} ({pid}) itself stays in {own}; only its children will be "
			"elsewhere[, in {ns}].[{?first} The first of them becomes pid 1 there.]",
		.remedy = "Nothing, if that is what was wanted (unshare --fork waits like this). What is "
			  "to live in the namespace must be forked.",
		.facts = FACTS(CHILDREN_FACT),
		.process = rule_children_elsewhere, .event = rule_ev_children_only, .kinds = K(UNSHARE) | K(SETNS),
	}, {
		.code = "children-unborn", .weight = RULE_NOTE,
		.title = "The next child of a process becomes pid 1 of a new pid namespace.",
		.evidence = "pid_for_children differs from the pid namespace, and "
			    "/proc/PID/ns/pid_for_children does not exist yet",
		.text = "The next child of {comm} ({pid})[, thread {tid},] becomes pid 1 of a new pid "
			"namespace. When that child ends, the namespace is dead, and every later fork "
			"fails with ENOMEM.",
		.remedy = "Let the first child be one that stays until the end: `unshare --fork --pid PROGRAM`.",
		.facts = FACTS(CHILDREN_FACT, {"pidns_for_children_get()", "4.12",
			"the link has no target as long as the namespace has no child_reaper"}),
		.process = rule_children_unborn,
	}, {
		.code = "first-child-is-init", .weight = RULE_NOTE,
		.title = "Whatever was forked first after unshare is pid 1: the namespace ends with it.",
		.evidence = "the birth of a pid 1 that no clone(CLONE_NEWPID) asked for",
		.text = "Process {init_pid}, the first child of {comm} ({pid}), is pid 1 of {ns}. When it "
			"ends, all others there are killed and no more can be born.",
		.remedy = "If that child is a short-lived command, start the program itself as the first "
			  "child: `unshare --fork --pid PROGRAM`.",
		.facts = FACTS({"alloc_pid(), copy_process()", NULL,
			"who gets pid 1 becomes child_reaper of the namespace and SIGNAL_UNKILLABLE"}),
		.event = rule_ev_first_child, .kinds = K(PIDNS_INIT),
	}, {
		.code = "shell-not-pid-1", .weight = RULE_TROUBLE,
		.title = "A shell runs outside of the pid namespace that was made for it.",
		.evidence = "a program named as a shell is run by a process whose children go to a pid "
			    "namespace that unshare made and that has had no pid 1 yet",
		.text = "This shell ({pid}) is in {own}, not in {ns}[; its $$ is {ns_pid}]. Its first command "
			"becomes pid 1 of {ns}, and when that ends it can fork no more.",
		.remedy = "Let unshare fork before it runs the shell: `unshare --fork --pid PROGRAM`.",
		.facts = FACTS(CHILDREN_FACT, DEAD_FACT),
		.event = rule_ev_shell, .kinds = K(EXEC),
	}, {
		.code = "killed-with-init", .weight = RULE_TROUBLE,
		.title = "The kernel killed all processes of a pid namespace because its pid 1 ended.",
		.evidence = "the end of a pid 1 while other pids of its namespace were in use",
		.text = "pid 1 of {ns}, {comm} ({pid})[, {end}], and [{?at_most}at most ]{killed} other "
			"{killed|process|processes} there {killed|was|were} killed with it by the "
			"kernel (SIGKILL).",
		.remedy = "[{?by_signal}Look for who ended pid 1; the others went with it.]"
			  "[{?by_itself}pid 1 must outlive the others: let it wait for them before it "
			  "ends (in a shell: wait).][{?by_child}{comm} ends when the program ends that "
			  "it runs, and takes the rest along: let that program wait for the others before "
			  "it ends (in a shell: wait).]",
		.facts = FACTS({"zap_pid_ns_processes()", NULL,
			"sends SIGKILL to every process of the namespace and waits until they are gone"}),
		.event = rule_ev_killed_with_init, .kinds = K(PIDNS_DEATH),
	}, {
		.code = "died-with-parent", .weight = RULE_TROUBLE,
		.title = "A pid namespace died because the one above it did.",
		.evidence = "the end by SIGKILL of a pid 1 after that of the namespace above",
		.text = "pid 1 of {ns}, {comm} ({pid}), was killed because the namespace above it, "
			"{parent}, died: its pid 1[, {parent_comm} ({parent_init})][, {parent_end}].",
		.remedy = "Look for the reason there.",
		.facts = FACTS({"zap_pid_ns_processes()", NULL,
			"a process has a pid in every namespace above its own, so it is killed with "
			"each of them"}),
		.event = rule_ev_died_with_parent, .kinds = K(PIDNS_DEATH),
	}, {
		.code = "init-killed", .weight = RULE_TROUBLE,
		.title = "pid 1 of a pid namespace was killed from outside.",
		.evidence = "the end by SIGKILL of a pid 1 whose namespace above lives; who generated the "
			    "signal, and whether memory ran out",
		.text = "{comm} ({pid}), pid 1 of {ns}, was killed by SIGKILL, sent by "
			"[{?process}{killer_comm} ({killer_pid}) with kill(2) or its like]"
			"[{?parent}the kernel because its parent {killer_comm} ({killer_pid}) ended, as it had "
			"asked for (PR_SET_PDEATHSIG: unshare --kill-child, bwrap --die-with-parent)]"
			"[{?cgroup}{killer_comm} ({killer_pid}) to its whole cgroup (cgroup.kill)]"
			"[{?tracer}the kernel because its tracer {killer_comm} ({killer_pid}) ended "
			"(PTRACE_O_EXITKILL)]"
			"[{?oom}the kernel, because memory ran out]"
			"[{?kernel}the kernel][{?unseen}somebody unseen: a process in a namespace above, "
			"its parent that ended (unshare --kill-child), or the kernel (out of memory)]. "
			"Nobody inside can kill it.",
		.remedy = "[{?oom}Give its cgroup more memory, or let it take less: {limit} is the cgroup's "
			  "limit, and {events} counts what was killed for it. dmesg says whether it was "
			  "this limit or the memory of the whole machine.]"
			  "[{?process}Ask why {killer_comm} ({killer_pid}) did so[: {killer_comm} is a "
			  "container runtime, which kills what does not end on SIGTERM in time{?runtime}].]"
			  "[{?parent}Look for why {killer_comm} ({killer_pid}) ended; without that option "
			  "it would have lived on.]"
			  "[{?cgroup}Who stops a service or a container as a whole kills it so.]"
			  "[{?tracer}Look for why {killer_comm} ({killer_pid}) ended.]"
			  "[{?kernel}dmesg may say why.]"
			  "[{?unseen}dmesg and {events} of its cgroup tell whether memory ran out.]",
		.facts = FACTS({"sig_task_ignored()", NULL,
			"SIGKILL reaches an init only when it is forced: sent from an ancestor pid "
			"namespace or by the kernel"}),
		.event = rule_ev_init_killed, .kinds = K(PIDNS_DEATH),
	}, {
		.code = "init-ignores-signals", .weight = RULE_TROUBLE, .state = true,
		.title = "pid 1 of a pid namespace has no handler for SIGTERM: the signal does nothing.",
		.evidence = "SigCgt, SigBlk and SigIgn in /proc/PID/status; it does not wait for signals "
			    "in sigtimedwait(2) and is not traced",
		.text = "SIGTERM does nothing to {comm} ({pid}), pid 1 of {ns}: [{?by_kernel}it has no "
			"handler, and the kernel drops what would kill an init][{?by_itself}it ignores "
			"the signal]. [{?int_too}SIGINT does nothing either. ][{?by_design}Its parent, outside, "
			"is the same program and made the namespace: it may well want it so.]"
			"[{?stopped}Whoever stops it politely waits in vain and sends SIGKILL in the end.]",
		.remedy = "Let pid 1 handle SIGTERM (in a shell: trap 'exit' TERM, and wait for its child "
			  "in the background), or run a small init (tini, dumb-init; docker run --init).",
		.facts = FACTS({"sig_task_ignored()", NULL,
			"signals with the default action are dropped for a process that is "
			"SIGNAL_UNKILLABLE; SIGKILL and SIGSTOP pass when forced"},
			{"sig_ignored()", NULL, "blocked signals are kept, and a tracer sees all"}),
		.process = rule_init_ignores,
	}, {
		.code = "init-handles-once", .weight = RULE_TROUBLE, .state = true,
		.title = "pid 1 of a pid namespace handles SIGTERM only once.",
		.evidence = "SA_RESETHAND of its handler of SIGTERM (by the BPF iterator), SigCgt",
		.text = "The handler of SIGTERM of {comm} ({pid}), pid 1 of {ns}, is for one time "
			"(SA_RESETHAND): the second SIGTERM does nothing, and neither does the first where "
			"the handler only cleans up and raises the signal again, as that of node does "
			"for a program without one of its own.",
		.remedy = "Let the program handle SIGTERM itself (node: process.on('SIGTERM')), or run "
			  "a small init as pid 1 (tini, dumb-init; docker run --init).",
		.facts = FACTS({"get_signal()", NULL,
			"with SA_ONESHOT the action is set to the default before the handler runs"},
			{"sig_task_ignored()", NULL,
			"signals with the default action are dropped for a process that is "
			"SIGNAL_UNKILLABLE"}),
		.process = rule_init_once,
	}, {
		.code = "init-leaves-zombies", .weight = RULE_TROUBLE, .state = true,
		.title = "pid 1 of a pid namespace does not reap its dead children.",
		.evidence = "dead children of a pid 1 that sleeps without news of them, at two looks",
		.text = "{zombies} dead {zombies|process lies|processes lie} unreaped under {comm} ({pid}), "
			"pid 1 of {ns}; the oldest is {oldest_comm} ({oldest_pid}). Orphans of the "
			"namespace come to pid 1, which must wait(2) for them, and each keeps a pid.[ It sleeps "
			"for a given time, and may reap them when it wakes up: look again then.{?periodic}]"
			"[ Its parent, outside, is the same program and made the namespace: it may well want it "
			"so.{?by_design}]",
		.remedy = "Run a small init as pid 1 (tini, dumb-init; docker run --init), or let the "
			  "program wait for all its children.",
		.facts = FACTS({"find_new_reaper()", NULL,
			"orphans are given to child_reaper of their pid namespace"}),
		.process = rule_init_zombies,
	}, {
		.code = "init-stuck", .weight = RULE_TROUBLE, .state = true,
		.title = "pid 1 of a pid namespace can't end: a dead process there was not reaped from "
			 "outside.",
		.evidence = "PF_EXITING of a pid 1, and zombies in its namespace whose parents are not "
			    "in it",
		.text = "{comm} ({pid}), pid 1 of {ns}, is ending and waits for {zombies} dead "
			"{zombies|process|processes} of its namespace: {zombie_comm} ({zombie_pid}) is a "
			"child of {parent_comm} ({parent_pid}), which is outside and does not reap it.",
		.remedy = "End {parent_comm} ({parent_pid}), or make it wait(2) for its child: then pid 1 ends too.",
		.facts = FACTS({"zap_pid_ns_processes()", NULL,
			"waits until no other pid of the namespace is in use, and only a parent's "
			"wait(2) frees that of a dead process"}),
		.process = rule_init_stuck,
	}, {
		.code = "proc-of-another-pidns", .weight = RULE_TROUBLE, .once = true, .state = true,
		.title = "/proc shows another pid namespace than the one the process is in.",
		.evidence = "the procfs at /proc of the process: the pid namespace of its process 1",
		.text = "{comm} ({pid}) is in {own}, but its /proc shows [{ns}][a pid namespace that is dead"
			"{?dead}].[ It is {ns_pid} to itself and has another number there:{?above} "
			"/proc/self is right, but /proc/$$ is of another process or of none, and ps "
			"disagrees with what fork and kill say.][{?aside} It has no number there: "
			"/proc/self leads nowhere.][ So it is for {more} more {more|process|processes} "
			"there.]",
		.remedy = "Give it a /proc of its pid namespace, in a mount namespace of its own, when both are "
			  "made: `unshare --fork --pid --mount-proc PROGRAM`.",
		.facts = FACTS({"proc_get_tree(), proc_fill_super()", "5.8",
			"an instance of procfs is of the pid namespace of who mounted it"}),
		.process = rule_proc_other,
	}, {
		.code = "userns-not-mapped", .weight = RULE_TROUBLE, .state = true,
		.title = "A user namespace has no maps: its users are nobody.",
		.evidence = "empty /proc/PID/uid_map or gid_map of a member",
		.text = "{ns} has [no maps{?both}][no {map}]: {comm} ({pid}) is "
			"user 65534 (nobody) to itself, can make no files, and can't become another user.",
		.remedy = "Write /proc/{pid}/uid_map and gid_map from outside, or have that done when it is "
			  "made: `unshare --user --map-root-user PROGRAM`.",
		.facts = FACTS({"map_write(), from_kuid_munged()", "3.8",
			"what is not mapped is shown as the overflow user; a map can be written once"}),
		.ns = rule_user_unmapped,
	}, {
		.code = "setgroups-denied", .weight = RULE_NOTE, .state = true,
		.title = "setgroups(2) is denied in a user namespace.",
		.evidence = "/proc/PID/setgroups of a member says deny, and gid_map is written",
		.text = "In {ns} ({members} {members|process|processes}) setgroups(2) fails with EPERM: a "
			"program that drops groups (su, sudo, apt, ssh) fails there.",
		.remedy = "For good in this namespace. A map written with CAP_SETGID outside (newgidmap, "
			  "unshare --map-groups) needs no denial.",
		.facts = FACTS({"proc_setgroups_write(), may_setgroups()", "3.19",
			"a user without CAP_SETGID must deny setgroups before writing gid_map"}),
		.ns = rule_user_setgroups,
	}, {
		.code = "netns-down", .weight = RULE_NOTE, .state = true,
		.title = "No network device is up in a net namespace, not even lo.",
		.evidence = "the flags of its devices",
		.text = "No device is up in {ns} ({members} {members|process|processes})[, which has "
			"{names}]: even 127.0.0.1 can't be reached there.",
		.remedy = "[Bring lo up: `nsenter --target {pid} --net ip link set lo up`. ]To reach more than "
			  "itself, it needs a device that is moved or made there.",
		.facts = FACTS({"loopback_net_init()", NULL,
			"a new net namespace has lo, and lo is down"}),
		.ns = rule_net_down,
	}, {
		.code = "capabilities-elsewhere", .weight = RULE_NOTE, .once = true,
		.title = "A process has capabilities, but not over the namespaces that it is in.",
		.evidence = "CapEff of a process in a user namespace of its own, and the user namespaces that own "
			    "its net, mount and uts namespaces",
		.text = "{comm} ({pid}) has its capabilities in {own} alone, and they count for nothing in what "
			"{ns} owns. [In {net}, ip link and routes take CAP_NET_ADMIN (or fail with EPERM), "
			"so do sysctls of net (EACCES), and a port below 1024 CAP_NET_BIND_SERVICE "
			"(EACCES). ][In {mnt}, mount and umount take CAP_SYS_ADMIN (EPERM). ][In {uts}, a "
			"host name takes CAP_SYS_ADMIN (EPERM). ]Each of these is asked for "
			"over {ns}.[ So it is for {more} more {more|process|processes} there.]",
		.remedy = "Nothing, if it is to use these of outside. Else make its own with the user namespace: "
			  "`unshare --user --map-root-user {letters} PROGRAM`.",
		.facts = FACTS({"rtnetlink_rcv_msg(), inet_bind()", "3.8",
			"netlink_net_capable() and ns_capable() ask for the capability over net->user_ns"},
			{"may_mount()", "3.8", "CAP_SYS_ADMIN over the user namespace of the mount namespace"}),
		.process = rule_caps_elsewhere,
	}, {
		.code = "mounts-locked", .weight = RULE_NOTE, .once = true,
		.title = "The mounts that a mount namespace of a user namespace began with are locked.",
		.evidence = "the user namespace that owns the mount namespace of a process with capabilities",
		.text = "Mounts that came into {ns} with its making, which {owner} owns, are locked for {comm} "
			"({pid}): umount of one fails with EINVAL, so does a bind mount of a directory with such "
			"ones below it that does not take them along, and a remount that takes away ro, nosuid, "
			"nodev, noexec or changes atime fails with EPERM.[ So it is for {more} more "
			"{more|process|processes} there.]",
		.remedy = "Cover it with a mount of its own, bind it with all below (mount --rbind), keep the "
			  "flags in a remount; or do it before the user namespace is made.",
		.facts = FACTS({"copy_mnt_ns(), lock_mnt_tree()", "3.12",
			"MNT_LOCKED and locked flags on all that is copied into a mount namespace of a less "
			"privileged user namespace"},
			{"can_umount(), do_remount()", "3.12", "EINVAL and EPERM for locked ones"}),
		.process = rule_mounts_locked,
	}, {
		.code = "proc-mount-refused", .weight = RULE_NOTE, .once = true,
		.title = "A new /proc or /sys can't be mounted in a sandbox, because no whole one is in sight.",
		.evidence = "the mounts of a process whose mount namespace a user namespace owns",
		.text = "In {ns}, which {owner} owns, {comm} ({pid}) can't mount "
			"[a new proc (EPERM): {proc_pid}, whose processes it would show, is not its own]"
			"[a new proc (EPERM): {proc_cover} covers a part of the one in sight]"
			"[a new proc (EPERM): there is none in sight{?proc_none}][{?both}, nor ]"
			"[a new sysfs (EPERM): {sys_net}, whose devices it would show, is not its own]"
			"[a new sysfs (EPERM): {sys_cover} covers a part of the one in sight]"
			"[a new sysfs (EPERM): there is none in sight{?sys_none}]."
			"[ So it is for {more} more {more|process|processes} there.]",
		.remedy = "Bind the one that is there (mount --rbind), or start the sandbox with a whole one "
			  "(docker --security-opt systempaths=unconfined).",
		.facts = FACTS({"mount_too_revealing(), mnt_already_visible()", "4.2",
			"a user namespace may mount proc and sysfs only where its mount namespace has one already "
			"that nothing covers, so that nothing hidden is seen by it"},
			{"mount_capable(), kobj_ns_current_may_mount()", "4.8",
			"CAP_SYS_ADMIN over the owner of the pid namespace (proc), of the net namespace (sysfs)"}),
		.process = rule_proc_refused,
	}, {
		.code = "kept-by-fd", .weight = RULE_TROUBLE,
		.title = "A namespace without any process is kept by an open file descriptor.",
		.evidence = "no process or thread is in it; open files of nsfs",
		.text = "Nobody lives in {ns} any more. Descriptor {fd} of {comm} ({pid}) keeps it[, and {more} "
			"more {more|descriptor|descriptors}][, and {mounts} {mounts|mount|mounts}].",
		.remedy = "It goes when {pid} closes the descriptor or ends.",
		.facts = FACTS({"nsfs_evict()", "3.19",
			"an inode of nsfs holds a reference to its namespace until its last file or "
			"mount is gone"}),
		.ns = rule_kept_fd,
	}, {
		.code = "kept-by-socket", .weight = RULE_TROUBLE,
		.title = "A net namespace without any process is kept by a socket or an open /dev/net/tun.",
		.evidence = "no process or thread is in it; sockets and tun files that belong to it",
		.text = "Nobody lives in {ns} any more. {what} {fd} of {comm} ({pid}), which is elsewhere, "
			"keeps it[, and {more} more {more|such file|such files}].",
		.remedy = "It goes when {pid} closes that or ends.",
		.facts = FACTS({"sk_alloc()", NULL,
			"a socket, which an open tun file has too, holds a reference to the net "
			"namespace it was made in"}),
		.ns = rule_kept_socket,
	}, {
		.code = "kept-by-mount", .weight = RULE_NOTE,
		.title = "A namespace without any process is kept by a bind mount.",
		.evidence = "no process or thread is in it; mounts of nsfs in this mount namespace",
		.text = "Nobody lives in {ns}. The mount {path} keeps it[, and {more} more {more|mount|mounts}].",
		.remedy = "If nobody needs it: `umount {path}`.",
		.facts = FACTS({"nsfs_evict()", "3.19",
			"an inode of nsfs holds a reference to its namespace until its last file or "
			"mount is gone"}),
		.ns = rule_kept_mount,
	}, {
		.code = "kept-by-foreign-mount", .weight = RULE_TROUBLE,
		.title = "A namespace without any process is kept by a bind mount in another mount "
			 "namespace.",
		.evidence = "no process or thread is in it; no mount of nsfs here, but in another mount "
			    "namespace",
		.text = "Nobody lives in {ns}, and it is mounted nowhere here. But {path} in {mnt}[, where "
			"{comm} ({pid}) lives,] keeps it[, and {more} more {more|mount|mounts}].",
		.remedy = "[`nsenter --target {pid} --mount umount {path}`, or ]end the processes of {mnt}.",
		.facts = FACTS({"copy_mnt_ns()", NULL,
			"a new mount namespace begins with copies of the mounts of the old one"}),
		.ns = rule_kept_foreign_mount,
	}, {
		.code = "kept-by-thread", .weight = RULE_NOTE,
		.title = "Only a thread is in a namespace, the leader of its process is elsewhere.",
		.evidence = "the namespaces of all threads",
		.text = "No process is in {ns}, but thread {tid} of {comm} ({pid}) is[, and {more} more "
			"{more|thread|threads}]: /proc/{pid}/ns does not show it, /proc/{pid}/task/{tid}/ns "
			"does.",
		.remedy = "Nothing, if the program means it (setns(2) and unshare(2) act on one thread).",
		.facts = FACTS({"switch_task_namespaces()", NULL,
			"the nsproxy belongs to a thread, not to its process"}),
		.ns = rule_kept_thread,
	}, {
		.code = "holds-namespaces", .weight = RULE_NOTE,
		.title = "A process holds namespaces that it is not in.",
		.evidence = "open files of nsfs, sockets and tun files of other namespaces",
		.text = "{comm} ({pid}) is not in {namespaces|another namespace|other namespaces} that it "
			"holds: {held}. As long as it does, {namespaces|it stays|they stay}, whoever lives "
			"there.",
		.remedy = "Nothing, if the program means it (a socket works in the namespace that it was "
			  "made in). What it shall let go it must close.",
		.facts = FACTS({"nsfs_evict()", "3.19",
			"an open file of nsfs holds a reference to its namespace"},
			{"sk_alloc(), tun_chr_open()", NULL,
			"a socket and an open /dev/net/tun hold the net namespace in which they were made"}),
		.process = rule_holds,
	}, {
		.code = "pid-children-taken", .weight = RULE_TROUBLE,
		.title = "A second pid namespace can't be made before the first has a child.",
		.evidence = "EINVAL of unshare or clone with CLONE_NEWPID by a process whose children go "
			    "elsewhere already",
		.text = "{call} failed because {comm} ({pid}) is in {own} and its children go to {ns} "
			"already: only who is in the pid namespace of its children can make another.",
		.remedy = "Fork first, and make the next pid namespace in the child.",
		.facts = FACTS({"copy_pid_ns()", "3.8",
			"EINVAL where pid_ns_for_children is not the caller's own pid namespace"}),
		.event = rule_ev_pid_taken, .kinds = CALLS,
	}, {
		.code = "single-thread-required", .weight = RULE_TROUBLE,
		.title = "The call is refused to a process of several threads.",
		.evidence = "EINVAL or EUSERS of a call that wants a single thread, and that the caller "
			    "has several",
		.text = "{call} failed with {errno} because the process {comm} ({pid}) has "
			"[{threads} threads][more than one thread{?several}].",
		.remedy = "Do it before threads are started, or in a child after fork(2).",
		.facts = FACTS({"ksys_unshare(), check_unshare_flags()", "3.8",
			"CLONE_NEWUSER implies CLONE_THREAD, which wants an empty thread group"},
			{"userns_install()", "3.8", "EINVAL where the thread group is not empty"},
			{"mntns_install()", "3.8", "EINVAL where root and working directory are shared"},
			{"timens_install()", "5.6", "EUSERS where other threads share the memory"}),
		.event = rule_ev_threads, .kinds = CALLS,
	}, {
		.code = "own-user-namespace", .weight = RULE_TROUBLE,
		.title = "A process can't enter the user namespace that it is in.",
		.evidence = "EINVAL of setns to the caller's own user namespace",
		.text = "setns failed because {comm} ({pid}) is in {ns} already: entering one's own user "
			"namespace again would give all capabilities back.",
		.remedy = "Leave the user namespace out of the list (nsenter without --user).",
		.facts = FACTS({"userns_install()", "3.8", "EINVAL where it is the current one"}),
		.event = rule_ev_own_user, .kinds = CALLS,
	}, {
		.code = "limit-reached", .weight = RULE_TROUBLE,
		.title = "A limit on the number of namespaces, or on their depth, is reached.",
		.evidence = "ENOSPC of unshare or clone; of the caller's user namespace and those above it the "
			    "limits (/proc/sys/user/max_*_namespaces), and how many namespaces there are",
		.text = "{call} of [{types} ]failed with ENOSPC, which has nothing to do with disks: "
			"[user namespaces nest 33 deep, and {deep_ns} is at level {deepest}{?deep_user}]"
			"[pid namespaces nest 32 deep, and {deep_ns} is at level {deepest}{?deep_pid}]"
			"[the limit {limit} of {limit_ns} [is{?reached}][is probably{?maybe}] reached, which is "
			"{max} for each user[, and user {limit_uid} has {count}]]"
			"[{?on_purpose}; it was set there on purpose, as bubblewrap --disable-userns does]"
			"[{?unknown}a limit on namespaces is reached in [{user_ns} ]or above it"
			"[{?may_user}, or user namespaces are nested 33 deep]"
			"[{?may_pid}, or pid namespaces are nested 32 deep]].",
		.remedy = "[{?on_purpose}Start it outside of the sandbox that set the limit.]"
			  "[{?system}As root: `echo {more_max} >/proc/sys/user/{limit}`; or end what holds old "
			  "ones, which nswatch ls --all lists.]"
			  "[{?deepest}Start it from a namespace further up.][{?unknown}End what holds old ones, "
			  "which nswatch ls --all lists, or start it outside of the sandbox that it is in.]",
		.facts = FACTS({"inc_ucount()", "4.9",
			"counts per user in each user namespace upwards; ENOSPC at the first that is "
			"full. A new user namespace begins with limits of INT_MAX: lower ones were set"},
			{"create_user_ns(), create_pid_namespace()", "4.9",
			"ENOSPC beyond level 33 of user and level 32 of pid namespaces"}),
		.event = rule_ev_limit, .kinds = CALLS,
	}, {
		.code = "no-rights", .weight = RULE_TROUBLE,
		.title = "Making or entering namespaces needs CAP_SYS_ADMIN.",
		.evidence = "EPERM of setns, or of unshare and clone without CLONE_NEWUSER",
		.text = "{call} failed because {comm} ({pid}), user {uid}, [{?make}lacks CAP_SYS_ADMIN in its "
			"user namespace {user_ns}][{?enter}lacks CAP_SYS_ADMIN there, or in its own user "
			"namespace].",
		.remedy = "[{?make}Run it as root, or in a user namespace of its own, where it has all capabilities: "
			  "`unshare --user --map-root-user PROGRAM`.][{?enter}Run it as root, or enter the user "
			  "namespace that owns the other one first.]",
		.facts = FACTS({"unshare_nsproxy_namespaces(), copy_namespaces()", "3.8",
			"want CAP_SYS_ADMIN in the user namespace that will own the new ones"},
			{"netns_install() and its like", "3.8",
			"want CAP_SYS_ADMIN in the owner of the namespace and in one's own user "
			"namespace"}),
		.event = rule_ev_no_rights, .kinds = CALLS,
	}, {
		.code = "userns-refused", .weight = RULE_TROUBLE,
		.title = "A user namespace was refused: by which layer.",
		.evidence = "EPERM or EACCES of unshare or clone with CLONE_NEWUSER; uid_map, gid_map, root and "
			    "AppArmor profile of the caller; kernel.unprivileged_userns_clone, "
			    "kernel.apparmor_restrict_unprivileged_userns",
		.text = "{comm} ({pid}), user {uid}, may not make a user namespace ({errno}): "
			"[its [user {own_uid}][group {own_gid}] has no number in its own user "
			"namespace{?unmapped}[ {user_ns}], [whose {map} is empty{?empty}][whose {map} "
			"has none for it{?others}].][it is in a chroot, where no user namespace may be "
			"made.{?chroot}][kernel.unprivileged_userns_clone is 0: only root may.{?sysctl}]"
			"[kernel.apparmor_restrict_unprivileged_userns is 1: AppArmor wants a profile "
			"that allows it.{?restricted}][it is confined by the AppArmor profile {profile}, "
			"which does not say that it may.][{?unknown}nothing that can be read tells why. It "
			"could be its user or group without number in its own user namespace, a chroot, a "
			"sysctl or a security module. (Not a seccomp filter: that answers before the "
			"kernel.)]",
		.remedy = "[{?unmapped}Make the user namespace that it is in with its user and group in the "
			  "maps: `unshare --user --map-root-user PROGRAM`.][{?chroot}Start it outside of the "
			  "chroot.][{?sysctl}Allow it, as root: "
			  "`echo 1 >/proc/sys/kernel/unprivileged_userns_clone`.][{?restricted}Give the "
			  "program a profile with the rule \"userns,\", or as root write 0 to "
			  "kernel.apparmor_restrict_unprivileged_userns.][Give the profile {profile} the "
			  "rule \"userns,\".][{?unknown}dmesg and the audit log have what a security "
			  "module refused; the others are looked at while the caller lives.]",
		.facts = FACTS({"create_user_ns()", "3.8",
			"EPERM in a chroot, and where user or group have no number in the namespace"},
			{"security_create_user_ns()", "6.1", "a security module may refuse it"}),
		.event = rule_ev_user_refused, .kinds = CALLS,
	}, {
		.code = "profile-refused", .weight = RULE_TROUBLE,
		.title = "A security module refused what the process has every right to.",
		.evidence = "EPERM or EACCES of a call; CAP_SYS_ADMIN in CapEff of the caller, and "
			    "/proc/PID/attr/apparmor/current",
		.text = "{call}[ of {types}] failed with {errno} though {comm} ({pid}) has CAP_SYS_ADMIN: it is "
			"confined by the AppArmor profile {profile}, which does not let it use that.",
		.remedy = "Add \"capability sys_admin\" to the profile (aa-logprof), or run it in another one; "
			  "dmesg and the audit log have the refusal.",
		.facts = FACTS({"apparmor_capable()", "2.6.36",
			"a capability counts only where the profile allows it too"}),
		.event = rule_ev_confined, .kinds = CALLS,
	}, {
		.code = "call-filtered", .weight = RULE_TROUBLE,
		.title = "A seccomp filter answered a call before the kernel saw it.",
		.evidence = "sys_exit of unshare, setns, clone, mount and its like or setgroups without sys_enter, "
			    "by a process under a filter (the tracepoint alternatives of the hooks, x86, from 5.15)",
		.text = "{call}[ of {types}] by {comm} ({pid}) was answered with [{errno}][{success}] by a seccomp "
			"filter[, one of the {filters} in force on it]: the kernel did not look at "
			"it, and [{?errno}no right that the process has or lacks matters][{?success}"
			"nothing was done, though the process believes so].",
		.remedy = "Allow {call} in the seccomp profile of the container or service "
			  "(docker: --security-opt seccomp=FILE; systemd: RestrictNamespaces=, SystemCallFilter=; "
			  "LXC: lxc.seccomp.profile).",
		.facts = FACTS({"syscall_trace_enter(), syscall_exit_work()", "5.10",
			"a filter's answer skips the call and sys_enter; sys_exit comes nevertheless"},
			{"__seccomp_filter()", "3.5", "SECCOMP_RET_ERRNO: the errno is the filter's choice"}),
		.event = rule_ev_filtered, .kinds = CALLS | K(REFUSED),
	}, {
		.code = "mount-refused", .weight = RULE_TROUBLE,
		.title = "A mount was refused: by which rule of user namespaces.",
		.evidence = "a call of mount, umount, fsconfig, fsmount or move_mount that failed, by a command or "
			    "process that is traced; the owner of the mount namespace and of what the file system "
			    "shows, the capabilities of the caller, its mounts",
		.text = "{call}[ of {fs}][ on {path}] by {comm} ({pid}) failed with {errno}: "
			"[{?lacks}it lacks CAP_SYS_ADMIN in {owner}, which owns its mount namespace {ns}[; what "
			"capabilities it has are in {own}]]"
			"[{?shows_pid}proc shows its pid namespace, which {fs_owner} owns, where it lacks "
			"CAP_SYS_ADMIN]"
			"[{?shows_net}sysfs shows its net namespace, which {fs_owner} owns, where it lacks "
			"CAP_SYS_ADMIN]"
			"[{?shows_ipc}mqueue shows its ipc namespace, which {fs_owner} owns, where it lacks "
			"CAP_SYS_ADMIN]"
			"[{cover} covers a part of the one in sight, and a new one would show that]"
			"[{?none}there is none in sight, and a user namespace may not bring one]"
			"[{?hidden}where a user namespace owns the mount namespace, a whole one must be in sight, "
			"that nothing covers]"
			"[{?initial_only}only the initial user namespace may mount that file system]"
			"[{?locked}it is no mount point, or a mount that came with {ns}, which {owner} owns: "
			"those are locked]"
			"[{?flags}a flag would go that is locked, since the mount came with {ns}, which {owner} "
			"owns]"
			"[{?super}the file system was mounted outside of {owner}: only flags of the mount may "
			"change here]"
			"[{?below}there may be mounts below it that came with {ns}, which {owner} owns: what they "
			"cover would be seen]"
			"[it is confined by the AppArmor profile {profile}, which may not allow it]"
			"[{?unknown}nothing that can be read tells why: a security module may have refused it].",
		.remedy = "[{?lacks}Make the mount namespace together with a user namespace: "
			  "`unshare --user --map-root-user --mount PROGRAM`; or run it as root.]"
			  "[{?shows_pid}Make that namespace too: "
			  "`unshare -Urmpf PROGRAM`.]"
			  "[{?shows_net}Make that namespace too: "
			  "`unshare -Urmn PROGRAM`.]"
			  "[{?shows_ipc}Make that namespace too: "
			  "`unshare -Urmi PROGRAM`.]"
			  "[{?cover}Bind the one that is there (mount --rbind).][{?none}Bind one before the "
			  "sandbox is made.][{?hidden}Bind the one that is there (mount --rbind).]"
			  "[{?initial_only}Mount it outside, before the user namespace is made, or by FUSE.]"
			  "[{?locked}Cover it with a mount of its own.]"
			  "[{?flags}Keep the flags that it has (ro, nosuid, nodev, noexec, atime).]"
			  "[{?super}Use mount -o remount,bind.][{?below}Take them along: mount --rbind.]"
			  "[Give the profile {profile} a rule for the mount; dmesg and the audit log have it.]"
			  "[{?unknown}dmesg and the audit log have what a security module refused.]",
		.facts = FACTS({"may_mount(), can_umount()", "3.8",
			"CAP_SYS_ADMIN over the user namespace that owns the caller's mount namespace"},
			{"mount_capable()", "4.8",
			"FS_USERNS_MOUNT, and CAP_SYS_ADMIN over the owner of what the file system shows"},
			{"mount_too_revealing()", "4.2", "proc and sysfs only where a whole one is in sight"},
			{"can_change_locked_flags(), has_locked_children()", "3.12",
			"EPERM and EINVAL for what is locked in a mount namespace of a user namespace"}),
		.event = rule_ev_mount_refused, .kinds = K(REFUSED),
	}, {
		.code = "nsfs-refused", .weight = RULE_TROUBLE,
		.title = "A process may not look at the namespaces of another one.",
		.evidence = "an open of /proc/PID/ns/X that failed with EACCES or EPERM, by a command or process "
			    "that is traced; user and user namespace of that process",
		.text = "{comm} ({pid}), user {uid}, may not open {path} ({errno}). Who looks at the namespaces of a "
			"process must be its user and have all of its capabilities, or have CAP_SYS_PTRACE in its "
			"user namespace; and it must be dumpable.[ That one is of user {target_uid}.][ It is in "
			"{target_ns}, not in that of the caller.]",
		.remedy = "Run it as root of the user namespace that the process is in, or of one above it.",
		.facts = FACTS({"proc_ns_get_link()", "3.8",
			"EACCES without ptrace_may_access(PTRACE_MODE_READ_FSCREDS)"},
			{"__ptrace_may_access()", "4.5",
			"the same user ids and no more capabilities, or CAP_SYS_PTRACE over the user namespace of "
			"its memory"}),
		.event = rule_ev_nsfs_refused, .kinds = K(REFUSED),
	}, {
		.code = "map-refused", .weight = RULE_TROUBLE,
		.title = "A map of a user namespace was refused: by which rule.",
		.evidence = "a write to uid_map or gid_map that failed, by a command or process that is traced; what "
			    "was written; the map as it is, who made the user namespace, and the capabilities of "
			    "the caller in it and above it",
		.text = "Writing {file}[ of {ns}] by {comm} ({pid}) failed with {errno}: "
			"[{?open}{path} may be opened for that only by the user of the process]"
			"[{?again}it is written already, and can be written once]"
			"[{?lacks}the caller lacks CAP_SYS_ADMIN in {owner}]"
			"[{?range}without {cap} in the user namespace above only a single line for one id may be "
			"written, that of the caller, {id}]"
			"[{?not_maker}without {cap} in the user namespace above only the user who made it may "
			"write a map]"
			"[{?other_id}without {cap} in the user namespace above only the caller's own id, {id}, may "
			"be mapped]"
			"[{?setgroups}without CAP_SETGID in the user namespace above, setgroups must be denied "
			"before]"
			"[{?unsaid}without {cap} in the user namespace above only the caller's own id there may be "
			"mapped, and of root not without CAP_SETFCAP]"
			"[{?outside}an id has no number in the user namespace above, or it is its root and "
			"whoever made this one lacked CAP_SETFCAP]"
			"[{?broken}a line is not three numbers, the last of them above 0]"
			"[{?overlaps}two lines have ids in common]"
			"[{?second}it is not the first write to the file, and only one is taken, whose lines are in "
			"force]"
			"[{?invalid}it must be one write from the beginning of the file, of lines with three "
			"numbers, at most 340 and less than a page, whose ranges do not overlap].",
		.remedy = "[{?open}Write it as the user of the process.][{?one}Map the one id: `unshare --user --map-root-user PROGRAM`; or have {helper} write "
			  "ranges that are yours.][{?again}Write all lines with one write(2).][{?second}Write all "
			  "lines with one write(2): a shell's printf may make one of each line.][{?lacks}Write it from "
			  "the user namespace above as the user who made this one.][{?not_maker}Write it as the user "
			  "who made it, or have {helper} do it.][{?setgroups}Write deny to setgroups of the same "
			  "directory first; or have newgidmap write the map.][{?unsaid}Map the caller's own id, or "
			  "have {helper} write the map.][{?outside}Map ids that have one there.]"
			  "[{?broken}Write three numbers: the first inside, the first outside, how many.]"
			  "[{?overlaps}Write ranges that do not overlap.][{?invalid}Write it so.]",
		.facts = FACTS({"map_write()", "3.8",
			"EPERM where the map has lines, or without CAP_SYS_ADMIN in the user namespace; EINVAL for "
			"what can't be read or overlaps"},
			{"new_idmap_permitted()", "3.19",
			"CAP_SETUID or CAP_SETGID in the parent, or one line of one id, the caller's, by who made "
			"the namespace; gid_map only with setgroups denied"},
			{"verify_root_map()", "5.12", "root of the parent needs CAP_SETFCAP there"}),
		.event = rule_ev_map_refused, .kinds = K(REFUSED),
	}, {
		.code = "setgroups-refused", .weight = RULE_TROUBLE,
		.title = "setgroups, or the setting that allows or denies it, was refused.",
		.evidence = "a call of setgroups(2), or a write to /proc/PID/setgroups, that failed, by a command or "
			    "process that is traced; gid_map, the setting, and the caller's capabilities",
		.text = "{comm} ({pid})[ in {ns}] got {errno}: "
			"[{?lacks}setgroups takes CAP_SETGID there, which it lacks]"
			"[{?no_map}setgroups is for user namespaces whose gid_map is written, and this one's is "
			"not][{?denied}setgroups is denied there, because gid_map was written without CAP_SETGID "
			"in the user namespace above][{?unmapped}a group in the list has no number there]"
			"[{?open}{path} may be opened for writing only with CAP_SYS_ADMIN in the user namespace of "
			"that process]"
			"[{?final}setgroups is denied there for good][{?late}gid_map is written, and after that "
			"setgroups can't be denied any more][{?word}only allow and deny can be written to it]"
			"[{?unsaid}a security module may have refused it].",
		.remedy = "[{?lacks}Run it as root, or leave the groups as they are.][{?no_map}Write gid_map first.]"
			  "[{?denied}Have newgidmap write gid_map, which needs no denial; or leave the groups as "
			  "they are.][{?unmapped}Map that group too.][{?open}Write it as who made the user "
			  "namespace.][{?final}Make another user namespace.][{?late}Write deny before gid_map.]"
			  "[{?word}Write one of these.][{?unsaid}dmesg and the audit log have it.]",
		.facts = FACTS({"may_setgroups(), userns_may_setgroups()", "3.19",
			"EPERM without CAP_SETGID, before gid_map is written, and where setgroups is denied"},
			{"proc_setgroups_write()", "3.19", "EPERM for allow after deny, and for deny after gid_map"},
			{"proc_setgroups_open()", "3.19", "EACCES without CAP_SYS_ADMIN in the user namespace"}),
		.event = rule_ev_setgroups_refused, .kinds = K(REFUSED),
	}, {
		.code = "offsets-refused", .weight = RULE_TROUBLE,
		.title = "The offsets of a time namespace were refused.",
		.evidence = "a write to /proc/PID/timens_offsets that failed, by a command or process that is traced; "
			    "what was written, and the caller's capabilities",
		.text = "Writing timens_offsets[ of {ns}] by {comm} ({pid}) failed with {errno}: "
			"[{?lacks}it takes CAP_SYS_TIME in {owner}, which owns that time namespace]"
			"[{?fixed}the offsets are fixed once a process is in the time namespace, and one is, or "
			"was][{?range}a clock would show less than 0, or more than 146 years]"
			"[{?word}each line is a clock, monotonic or boottime, its seconds and its nanoseconds]"
			"[{?unsaid}a security module may have refused it].",
		.remedy = "[{?lacks}Make the time namespace together with a user namespace, or run it as root.]"
			  "[{?fixed}Write them after unshare(2) and before the first fork or exec; `unshare --time "
			  "--fork --boottime 86400 PROGRAM` does so.][{?range}Write less.][{?word}Write it so.]"
			  "[{?unsaid}dmesg and the audit log have it.]",
		.facts = FACTS({"proc_timens_set_offset()", "5.6",
			"EPERM without CAP_SYS_TIME in the owner, ERANGE for a clock below 0 or above half of "
			"KTIME_SEC_MAX, EACCES where frozen_offsets is set"},
			{"timens_on_fork()", "5.6", "the first process in it sets frozen_offsets"}),
		.event = rule_ev_offsets_refused, .kinds = K(REFUSED),
	}, {
		.code = "rtnetlink-refused", .weight = RULE_TROUBLE,
		.title = "rtnetlink refused a request: what the kernel says, or which right is missing.",
		.evidence = "the answer to a request that a command or process that is traced has read: its errno, "
			    "and the kernel's sentence where the program asked for it; the owner of the net "
			    "namespace of its socket",
		.text = "{request} by {comm} ({pid}) in {ns} failed with {errno}[: {message}]"
			"[{?lacks}: it lacks CAP_NET_ADMIN in {owner}, which owns that net namespace[; what "
			"capabilities it has are in {own}]]"
			"[{?unsaid}, though it has CAP_NET_ADMIN there: the request is for the initial user "
			"namespace alone, or a security module refused it].",
		.remedy = "[{?lacks}Make the net namespace together with a user namespace: "
			  "`unshare --user --map-root-user --net PROGRAM`; or run it as root.]"
			  "[{?message}The kernel's sentence says it.][{?unsaid}Do it outside of the user "
			  "namespace.]",
		.facts = FACTS({"rtnetlink_rcv_msg()", "3.8",
			"EPERM without CAP_NET_ADMIN over the user namespace that owns the net namespace"},
			{"netlink_ack()", "4.12", "NLMSGERR_ATTR_MSG for who set NETLINK_EXT_ACK"}),
		.event = rule_ev_rtnetlink_refused, .kinds = K(REFUSED),
	}, {
		.code = "device-trapped", .weight = RULE_TROUBLE,
		.title = "A device is in a net namespace that no process is in, and does not come back.",
		.evidence = "no process or thread is in the net namespace; its devices, and what keeps "
			    "it. Of devices made by software only where no mount here names it",
		.text = "{dev} ({kind}) is in {ns}[, with {more} other {more|device|devices}], where "
			"nobody lives any more. [Descriptor {fd} of {comm} ({pid}) keeps the "
			"namespace][{what} {socket} of {comm} ({pid}) keeps the namespace][The mount "
			"{path}[ in {mnt}] keeps the namespace], and the device in it. When that goes, "
			"{dev} [{?returns}returns to the initial net namespace, down][{?same_name}, under "
			"its name][, as {new_name} because its name is taken there][{?destroyed}is "
			"destroyed][{?unsure}is destroyed, or returns where its tunnel is elsewhere].",
		.remedy = "[To get it back now: `nswatch netdev move {dev} --from {from} --to {to} "
			  "--name {as}`. Or end][{?alone}End] what keeps the namespace: "
			  "[{?fd}process {pid}][{?socket}process {pid}][umount {path}[ in {mnt}]].",
		.facts = FACTS({"cleanup_net(), default_device_exit_net()", NULL,
			"devices leave a net namespace only when its last reference is gone, "
			"whether anybody lives in it or not"}),
		.ns = rule_dev_trapped,
	}, {
		.code = "device-waits", .weight = RULE_TROUBLE,
		.title = "The kernel can't get rid of a device: something still refers to it.",
		.evidence = "\"unregister_netdevice: waiting for\" in the kernel's own log (/dev/kmsg) of "
			    "the last 25 seconds",
		.text = "The kernel is removing the device {dev}, of some net namespace, and waits for "
			"what still refers to it (usage count {refs}). If that namespace has ended, no "
			"other net namespace can be cleaned up meanwhile: one worker does it.",
		.remedy = "End what may still use it: sockets, routes or other devices of its namespace "
			  "(dmesg may name who holds it, with CONFIG_NET_DEV_REFCNT_TRACKER). If it "
			  "lasts for minutes, it is a bug of the kernel, and only a reboot helps.",
		.facts = FACTS({"netdev_wait_allrefs_any()", NULL,
			"waits for the last reference and logs it every 10 s "
			"(net.core.netdev_unregister_timeout_secs)"},
			{"cleanup_net()", NULL, "net namespaces are taken down by one worker"}),
		.ns = rule_dev_unregister,
	}, {
		.code = "device-immutable", .weight = RULE_NOTE,
		.title = "A device can't be moved to another net namespace.",
		.evidence = "IFLA_NETNS_IMMUTABLE of the device, before 6.15 its feature netns-local, "
			    "or its kind",
		.text = "{dev} ({kind}) of {ns} can't change its net namespace: {why}. ip link set {dev} "
			"netns fails with EINVAL.",
		.remedy = "Make one of its kind in the other net namespace, or move the devices it "
			  "stands on; wireless devices move with their phy (iw phy NAME set netns).",
		.facts = FACTS({"__dev_change_net_namespace()", "6.15",
			"EINVAL for a device with netns_immutable (netns_local from 6.12, before that "
			"NETIF_F_NETNS_LOCAL)"}),
		.dev = rule_dev_immutable,
	}, {
		.code = "nsid-unassigned", .weight = RULE_NOTE,
		.title = "A net namespace has no number (nsid) here: rtnetlink is silent about it.",
		.evidence = "RTM_GETNSID for a net namespace other than this one that has devices "
			    "besides lo",
		.text = "This net namespace has no number for {ns}: ip monitor all-nsid tells nothing of "
			"its devices, and lsns shows it as unassigned.",
		.remedy = "Give it one: `nswatch netns set {inum} auto`. A device that has its other end there "
			  "gets it one too.",
		.facts = FACTS({"do_one_broadcast()", "4.2",
			"a socket with NETLINK_LISTEN_ALL_NSID hears other net namespaces only where "
			"peernet_has_id()"}),
		.ns = rule_net_nsid,
	}, {
		.code = "seccomp-filter", .weight = RULE_NOTE, .once = true,
		.title = "A seccomp filter decides which calls of a process reach the kernel.",
		.evidence = "Seccomp and Seccomp_filters in /proc/PID/status",
		.text = "{comm} ({pid}) in {own} is under [{filters} ]seccomp {filters|filter|filters}. A "
			"call of unshare, setns or clone that a filter refuses fails with the errno "
			"that the filter chose (mostly EPERM), whatever rights the process has."
			"[ So it is for {more} more {more|process|processes} there.]",
		.remedy = "nswatch trace marks such a call as filtered where its hooks are tracepoints "
			  "(nswatch trace --hook all=tracepoint); allow it in the profile of the container or service.",
		.facts = FACTS({"__secure_computing()", "3.5",
			"runs before the system call and its tracepoint; SECCOMP_RET_ERRNO makes it "
			"fail without being called"}),
		.process = rule_seccomp,
	}, {
		.code = "device-returned", .weight = RULE_NOTE,
		.title = "A device came back because its net namespace ended.",
		.evidence = "a move of a device by the end of its net namespace",
		.text = "{dev} came back to {to} because {ns} ended: it is down there[, and is called "
			"{new_name} now, because its name was taken]. Its addresses are lost.",
		.remedy = "Name it as you want (ip link set {dev} name NAME), and bring it up.",
		.facts = FACTS({"default_device_exit_net()", NULL,
			"moves what is not made by software (no rtnl_link_ops) to the initial net "
			"namespace; where the name is taken there, as dev%d"}),
		.event = rule_ev_dev_returned, .kinds = K(NETDEV),
	}, {
		.code = "device-destroyed", .weight = RULE_NOTE,
		.title = "A device was destroyed with its net namespace.",
		.evidence = "the removal of a device by the end of its net namespace",
		.text = "[{dev}[ ({kind})] of {far} was destroyed because {ns} ended, where its other end was, "
			"what it stood on, or where its packets went][{?own}{dev}[ ({kind})] was destroyed "
			"because {ns} ended][{?pair}; of a veth, the other end too].",
		.remedy = "[{?own}Move it out before the namespace ends, if it is to stay.][{?far}What it needs "
			  "must be in a namespace that stays: nswatch netdev where DEV says which end a "
			  "device shares (gone if).]",
		.facts = FACTS({"default_device_exit_batch()", NULL,
			"devices made by software (rtnl_link_ops) are unregistered with their net "
			"namespace"}),
		.event = rule_ev_dev_destroyed, .kinds = K(NETDEV_DEL),
	},
};
/* clang-format on */

const size_t rules_count = ARRAY_SIZE(rules);

const struct rule *rule_find(const char *code)
{
	for (size_t i = 0; i < rules_count; i++)
		if (!strcmp(rules[i].code, code))
			return &rules[i];
	return NULL;
}

void rule_scopes(const struct rule *r, struct buf *b)
{
	const char *between = "";

	if (r->process) {
		buf_puts(b, "process");
		between = ", ";
	}
	if (r->ns) {
		buf_printf(b, "%snamespace", between);
		between = ", ";
	}
	if (r->dev) {
		buf_printf(b, "%sdevice", between);
		between = ", ";
	}
	if (r->event)
		buf_printf(b, "%sevent", between);
}
