// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/types.h>

#include "bpf/event.h"
#include "probe/hooks.h"

#define K(kind) (1ULL << EV_##kind)

#define MISSES_FOREIGN                                                                             \
	"creations by other calls than unshare and clone (open_tree, fsmount) are not seen"
#define MISSES_KNOWN "namespaces that only a mount or descriptor held before the trace are not seen"
#define MISSES_HELD  "the end of namespaces that a mount or descriptor held last is not seen"
#define FREED_LATE                                                                                 \
	"concluded from reference counts: the time is up to 100 ms late where no task's end told " \
	"it"

/*
 * Order matters: hooks on one tracepoint run in the order in which they are
 * attached, and a creation is to be told before the call that made it, an end
 * before the death that it brings.
 */
const struct hook hooks[] = {
	{
		.name = "ns-create",
		.help = "a namespace came to be",
		.kinds = K(NS_CREATE),
		.also = K(NS_FREE),
		.way[ALT_FENTRY] = {{"nscreate_fexit"}, .needs = "__ns_tree_add_raw"},
		.way[ALT_KPROBE] = {{"nscreate_kprobe", "nscreate_kretprobe"},
			.needs = "__ns_tree_add_raw"},
	},
	{
		.name = "ns-create", /* before 6.18 */
		.help = "a namespace came to be",
		.kinds = K(NS_CREATE),
		.also = K(NS_FREE),
		.way[ALT_FENTRY] = {{"nscreate_old_fexit", "nscreate_old_user_fexit"},
			.needs = "create_new_namespaces", .caveat = MISSES_FOREIGN},
		.way[ALT_KPROBE] = {{"nscreate_old_kretprobe", "nscreate_old_user_kprobe",
					    "nscreate_old_user_kretprobe"},
			.needs = "create_new_namespaces", .caveat = MISSES_FOREIGN},
		.way[ALT_TP] = {{"nscreate_tp_enter", "nscreate_tp_exit", "nscreate_tp_newtask"},
			.inferred = true, .caveat = MISSES_FOREIGN},
	},
	{
		.name = "unshare",
		.help = "unshare(2) returned",
		.kinds = K(UNSHARE),
		.way[ALT_FENTRY] = {{"unshare_fentry", "unshare_fexit"}, .needs = "ksys_unshare"},
		.way[ALT_KPROBE] = {{"unshare_kprobe", "unshare_kretprobe"},
			.needs = "ksys_unshare"},
		.way[ALT_TP] = {{"unshare_tp_enter", "unshare_tp_exit"}},
	},
	{
		.name = "setns",
		.help = "setns(2) returned",
		.kinds = K(SETNS),
#if defined(__aarch64__)
#define SETNS_FUNC "__arm64_sys_setns"
#else
#define SETNS_FUNC "__x64_sys_setns"
#endif
		.way[ALT_FENTRY] = {{"setns_fentry", "setns_fexit"}, .needs = SETNS_FUNC},
		.way[ALT_KPROBE] = {{"setns_kprobe", "setns_kretprobe"}, .needs = SETNS_FUNC},
		.way[ALT_TP] = {{"setns_tp_enter", "setns_tp_exit"}},
	},
	{
		.name = "clone",
		.help = "a child began in other namespaces, or as pid 1",
		.kinds = K(CLONE) | K(PIDNS_INIT),
		.way[ALT_TP] = {{"clone_tp"}},
	},
	{
		.name = "fork-denied",
		.help = "fork or clone failed",
		.kinds = K(FORK_DENIED) | K(CLONE),
		.way[ALT_FENTRY] = {{"clonefail_fexit"}, .needs = "kernel_clone"},
		.way[ALT_KPROBE] = {{"clonefail_kprobe", "clonefail_kretprobe"},
			.needs = "kernel_clone"},
		.way[ALT_TP] = {{
			"clonefail_tp_clone",
			"clonefail_tp_clone3",
			"clonefail_tp_clone_exit",
			"clonefail_tp_clone3_exit",
#if defined(__x86_64__)
			"clonefail_tp_fork_exit",
			"clonefail_tp_vfork_exit",
#endif
		}},
	},
	{
		.name = "exec",
		.help = "a task with namespaces of its own runs a program",
		.kinds = K(EXEC),
		.way[ALT_TP] = {{"exec_tp"}},
	},
	{
		.name = "exit",
		.help = "the last task of namespaces, or an init, ended",
		.kinds = K(EXIT),
		.way[ALT_TP] = {{"exit_tp"}},
	},
	{
		.name = "pidns-death",
		.help = "a pid namespace lost its init",
		.kinds = K(PIDNS_DEATH),
		.also = K(FORK_DENIED),
		.way[ALT_FENTRY] = {{"pidnsdeath_fentry", "killed_tp"},
			.needs = "zap_pid_ns_processes"},
		.way[ALT_KPROBE] = {{"pidnsdeath_kprobe", "killed_tp"},
			.needs = "zap_pid_ns_processes"},
		.way[ALT_TP] = {{"pidnsdeath_tp", "killed_tp"}},
	},
	{
		.name = "ns-free",
		.help = "a namespace was destroyed",
		.kinds = K(NS_FREE),
		.way[ALT_FENTRY] = {{"nsfree_fentry"}, .needs = "__ns_common_free"},
		.way[ALT_KPROBE] = {{"nsfree_kprobe"}, .needs = "__ns_common_free"},
	},
	{
		.name = "ns-free", /* before 6.18 */
		.help = "a namespace was destroyed",
		.kinds = K(NS_FREE),
		.way[ALT_FENTRY] = {{"nsfree_old_fentry"}, .needs = "proc_free_inum",
			.caveat = MISSES_KNOWN},
		.way[ALT_KPROBE] = {{"nsfree_old_kprobe"}, .needs = "proc_free_inum",
			.caveat = MISSES_KNOWN},
		.way[ALT_TP] = {{"nsfree_tp_exit", PROG_SWEEP}, .needs = "bpf_for_each_map_elem",
			.inferred = true, .caveat = FREED_LATE},
	},
	{
		.name = "ns-free", /* before 5.13, without trampolines and kprobes */
		.help = "a namespace was destroyed",
		.kinds = K(NS_FREE),
		.way[ALT_TP] = {{"nsfree_tp_exit"}, .inferred = true, .caveat = MISSES_HELD},
	},
	/* The place of what is not built yet: no way, so nothing is ever chosen. */
	{
		.name = "netdev",
		.help = "a network device changed its net namespace",
		.kinds = K(NETDEV) | K(NETDEV_ADD) | K(NETDEV_DEL),
	},
	{
		.name = "pin",
		.help = "a namespace was bind-mounted, or that mount went away",
		.kinds = K(PIN) | K(UNPIN),
	},
};

const size_t hooks_count = sizeof(hooks) / sizeof(hooks[0]);
