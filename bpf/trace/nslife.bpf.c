// SPDX-License-Identifier: GPL-2.0-only
/*
 * nslife.bpf.c - creation and destruction of namespaces.
 *
 * From 6.18 every type passes through __ns_tree_add_raw() when it is complete
 * (its unique id is given there) and through __ns_common_free() when it goes.
 * Before, creation is the return of create_new_namespaces() and
 * create_user_ns(), and destruction is proc_free_inum(), which knows just the
 * number: the map `known` says whose it was. Without trampolines and kprobes,
 * creation is concluded from successful calls, and destruction from reference
 * counts, confirmed by looking at the objects again now and then.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "calls.h"
#include "compat.h"
#include "emit.h"
#include "fdfile.h"
#include "inflight.h"
#include "known.h"
#include "last.h"
#include "plain.h"

#define IS_ERR(p) ((unsigned long)(p) >= (unsigned long)-4095)

/* --- creation, 6.18 and newer --- */

static __always_inline int nscreate_added(struct ns_common *ns)
{
	struct ns_common___id *n = (void *)ns;
	u32 slot = slot_of_flag(BPF_CORE_READ(n, ns_type));

	if (slot < NS_TYPES)
		ns_born(slot, ns, 0);
	return 0;
}

SEC("?fexit/__ns_tree_add_raw")
int BPF_PROG(nscreate_fexit, struct ns_common *ns)
{
	return first_told(ONCE_NS_CREATE, ns_id(ns), false) ? nscreate_added(ns) : 0;
}

SEC("?fexit/__ns_tree_add_raw")
int BPF_PROG(nscreate_fexit_again, struct ns_common *ns)
{
	return first_told(ONCE_NS_CREATE, ns_id(ns), true) ? nscreate_added(ns) : 0;
}

SEC("?kprobe/__ns_tree_add_raw")
int BPF_KPROBE(nscreate_kprobe, struct ns_common *ns)
{
	inflight_put_word(CALL_NS_CREATE, (u64)ns);
	return 0;
}

SEC("?kretprobe/__ns_tree_add_raw")
int BPF_KRETPROBE(nscreate_kretprobe)
{
	u64 ns;

	return inflight_take_word(CALL_NS_CREATE, &ns) ? nscreate_added((void *)ns) : 0;
}

/* --- creation, before 6.18 --- */

#define BORN_IF_NEW(np, cur, member, slot)                                                         \
	do {                                                                                       \
		void *new_ = NS_OF(BPF_CORE_READ(np, member));                                     \
		if (new_ != NS_OF(BPF_CORE_READ(cur, member)))                                     \
			ns_born(slot, new_, 0);                                                    \
	} while (0)

/* kernel/nsproxy.c: what it did not have to make is that of the caller. */
static __always_inline int nscreate_nsproxy(struct nsproxy *np)
{
	struct nsproxy *cur = BPF_CORE_READ(current_task(), nsproxy);

	if (!np || IS_ERR(np))
		return 0;
	BORN_IF_NEW(np, cur, mnt_ns, NS_MNT);
	BORN_IF_NEW(np, cur, uts_ns, NS_UTS);
	BORN_IF_NEW(np, cur, ipc_ns, NS_IPC);
	BORN_IF_NEW(np, cur, pid_ns_for_children, NS_PID);
	BORN_IF_NEW(np, cur, cgroup_ns, NS_CGROUP);
	BORN_IF_NEW(np, cur, net_ns, NS_NET);
	BORN_IF_NEW(np, cur, time_ns_for_children, NS_TIME);
	return 0;
}

SEC("?fexit/create_new_namespaces")
int BPF_PROG(nscreate_old_fexit, unsigned long flags, struct task_struct *t,
	struct user_namespace *user, struct fs_struct *fs, struct nsproxy *ret)
{
	return nscreate_nsproxy(ret);
}

SEC("?kretprobe/create_new_namespaces")
int BPF_KRETPROBE(nscreate_old_kretprobe, struct nsproxy *ret)
{
	return nscreate_nsproxy(ret);
}

static __always_inline int nscreate_user(struct cred *cred, int ret)
{
	if (!ret)
		ns_born(NS_USER, NS_OF(BPF_CORE_READ(cred, user_ns)), 0);
	return 0;
}

SEC("?fexit/create_user_ns")
int BPF_PROG(nscreate_old_user_fexit, struct cred *cred, int ret)
{
	return nscreate_user(cred, ret);
}

SEC("?kprobe/create_user_ns")
int BPF_KPROBE(nscreate_old_user_kprobe, struct cred *cred)
{
	inflight_put_word(CALL_USERNS_CREATE, (u64)cred);
	return 0;
}

SEC("?kretprobe/create_user_ns")
int BPF_KRETPROBE(nscreate_old_user_kretprobe, int ret)
{
	u64 cred;

	return inflight_take_word(CALL_USERNS_CREATE, &cred) ? nscreate_user((void *)cred, ret) : 0;
}

/* --- creation, concluded from calls --- */

#define INFER_BORN(t, np, slots, slot)                                                             \
	do {                                                                                       \
		if ((slots)&BIT(slot))                                                             \
			ns_born(slot, task_ns(t, np, slot), EVF_INFERRED);                         \
	} while (0)

/* The slots of t are new: the call that asked for them succeeded. */
static __always_inline void nscreate_infer(struct task_struct *t, u32 slots)
{
	struct nsproxy *np = BPF_CORE_READ(t, nsproxy);

	INFER_BORN(t, np, slots, NS_USER);
	INFER_BORN(t, np, slots, NS_MNT);
	INFER_BORN(t, np, slots, NS_UTS);
	INFER_BORN(t, np, slots, NS_IPC);
	INFER_BORN(t, np, slots, NS_PID_CHILD);
	INFER_BORN(t, np, slots, NS_CGROUP);
	INFER_BORN(t, np, slots, NS_NET);
	INFER_BORN(t, np, slots, NS_TIME_CHILD);
}

static __always_inline int nscreate_begins(u64 flags, bool alone)
{
	if (slots_of_unshare(flags) && actor_traced())
		inflight_store(CALL_NS_CREATE, false, 0, flags, alone);
	return 0;
}

__noinline int nscreate_enters(u64 flags)
{
	return nscreate_begins(flags, true);
}

__noinline int nscreate_returns(s64 result)
{
	u64 flags;

	if (!inflight_take_word(CALL_NS_CREATE, &flags))
		return 0;
	/* kernel/fork.c ksys_unshare(): a new user namespace brings no others, but CLONE_NEWNS
	 * CLONE_FS. */
	if (!(s32)result)
		nscreate_infer(current_task(), slots_of_unshare(flags));
	return 0;
}

SEC("?tracepoint/syscalls/sys_enter_unshare")
int nscreate_tp_enter(struct trace_event_raw_sys_enter *ctx)
{
	return nscreate_enters(ctx->args[0]);
}

SEC("?tracepoint/syscalls/sys_enter_unshare")
int nscreate_tp_enter_again(struct trace_event_raw_sys_enter *ctx)
{
	return nscreate_begins(ctx->args[0], false);
}

SEC("?tracepoint/syscalls/sys_exit_unshare")
int nscreate_tp_exit(struct trace_event_raw_sys_exit *ctx)
{
	return nscreate_returns(ctx->ret);
}

SEC("?tracepoint/syscalls/sys_exit_unshare")
int nscreate_tp_exit_again(struct trace_event_raw_sys_exit *ctx)
{
	return nscreate_returns(ctx->ret);
}

/*
 * open_tree(2) and fsmount(2) with a flag (7.0, 7.1) return a descriptor of the new mount
 * namespace. Without it open_tree may return a file of nsfs as well: one that was there.
 */
__noinline int nscreate_mount_returns(s64 fd, u32 nr)
{
	struct pt_regs *regs;
	struct file *f;

	if (fd < 0 || !bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return 0;
	regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	if (!((nr == NR_OPEN_TREE ? SYS_ARG3(regs) : SYS_ARG2(regs)) & MOUNT_NAMESPACE))
		return 0;
	f = fd_file(fd);
	if (BPF_CORE_READ(f, f_inode, i_sb, s_magic) == NSFS_MAGIC)
		ns_born(NS_MNT, BPF_CORE_READ(f, f_inode, i_private), EVF_INFERRED);
	return 0;
}

SEC("?tracepoint/syscalls/sys_exit_open_tree")
int nscreate_tp_open_tree(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(false) ? 0 : nscreate_mount_returns(ctx->ret, NR_OPEN_TREE);
}

SEC("?tracepoint/syscalls/sys_exit_open_tree")
int nscreate_tp_open_tree_again(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(true) ? 0 : nscreate_mount_returns(ctx->ret, NR_OPEN_TREE);
}

SEC("?tracepoint/syscalls/sys_exit_fsmount")
int nscreate_tp_fsmount(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(false) ? 0 : nscreate_mount_returns(ctx->ret, NR_FSMOUNT);
}

SEC("?tracepoint/syscalls/sys_exit_fsmount")
int nscreate_tp_fsmount_again(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(true) ? 0 : nscreate_mount_returns(ctx->ret, NR_FSMOUNT);
}

/* Attached while calls of the 32-bit ABI are looked for: compat.bpf.c. */
SEC("?tp_btf/sys_enter")
int BPF_PROG(nscreate_compat_enter, struct pt_regs *regs, long id)
{
	if (id != COMPAT_NR_unshare || !TASK_IN_COMPAT(current_task()))
		return 0;
	return nscreate_enters(COMPAT_ARG1(regs));
}

SEC("?tp_btf/sys_exit")
int BPF_PROG(nscreate_compat_exit, struct pt_regs *regs, long ret)
{
	return compat_returns(regs, COMPAT_NR_unshare) ? nscreate_returns(ret) : 0;
}

static __always_inline int nscreate_newtask(struct task_struct *child, u64 flags, bool again)
{
	if (flags & CLONE_NEW_ALL && first_told(ONCE_CLONE_NS, task_id(child), again))
		nscreate_infer(child, slots_of_flags(flags));
	return 0;
}

SEC("?tp_btf/task_newtask")
int BPF_PROG(nscreate_tp_newtask, struct task_struct *child, u64 flags)
{
	return nscreate_newtask(child, flags, false);
}

SEC("?tp_btf/task_newtask")
int BPF_PROG(nscreate_tp_newtask_again, struct task_struct *child, u64 flags)
{
	return nscreate_newtask(child, flags, true);
}

/* --- destruction --- */

static __always_inline int nsfree_object(struct ns_common *ns)
{
	struct ns_common___id *n = (void *)ns;
	u32 slot = slot_of_flag(BPF_CORE_READ(n, ns_type));
	u32 inum = ns_inum(ns);
	struct ns_known *k, plain = {};

	if (slot >= NS_TYPES || inum == MNT_NS_ANON_INO)
		return 0;
	ns_replace(ns);
	ns_learn(slot, ns);
	k = ns_known_as(ns);
	if (k) {
		ns_freed(inum, k, 0);
	} else if (actor_traced()) {
		/* There was no room for it. */
		ns_describe(slot, ns, &plain);
		ns_free_tell(inum, &plain, 0);
	}
	return 0;
}

/* fs/proc/generic.c: also called for files of /proc, whose numbers nobody knows here. */
static __always_inline int nsfree_inum(u32 inum)
{
	struct ns_known *k = bpf_map_lookup_elem(&known, &inum);

	if (k)
		ns_freed(inum, k, 0);
	return 0;
}

SEC("?fentry/__ns_common_free")
int BPF_PROG(nsfree_fentry, struct ns_common *ns)
{
	return nsfree_object(ns);
}

/*
 * What an interrupt frees while the program above runs on this CPU (its own submit raises one), the
 * kernel does not show to it a second time: __bpf_prog_enter_recur(). This one is another, at the
 * function that takes the number back, which __ns_common_free() calls.
 */
SEC("?fentry/proc_free_inum")
int BPF_PROG(nsfree_number, unsigned int inum)
{
	return nsfree_inum(inum);
}

SEC("?kprobe/__ns_common_free")
int BPF_KPROBE(nsfree_kprobe, struct ns_common *ns)
{
	return nsfree_object(ns);
}

SEC("?fentry/proc_free_inum")
int BPF_PROG(nsfree_old_fentry, unsigned int inum)
{
	return nsfree_inum(inum);
}

SEC("?fentry/proc_free_inum")
int BPF_PROG(nsfree_old_fentry_again, unsigned int inum)
{
	return nsfree_inum(inum);
}

SEC("?kprobe/proc_free_inum")
int BPF_KPROBE(nsfree_old_kprobe, unsigned int inum)
{
	return nsfree_inum(inum);
}

#define INFER_FREED(t, np, slots, slot)                                                            \
	do {                                                                                       \
		if ((slots)&BIT(slot))                                                             \
			ns_left(slot, task_ns(t, np, slot), EVF_INFERRED);                         \
	} while (0)

static __always_inline int nsfree_exit(struct task_struct *t, bool again)
{
	struct nsproxy *np = BPF_CORE_READ(t, nsproxy);
	u32 slots = slots_emptied(t);

	if (!slots || !first_told(ONCE_FREE, 1, again))
		return 0;
	INFER_FREED(t, np, slots, NS_MNT);
	INFER_FREED(t, np, slots, NS_UTS);
	INFER_FREED(t, np, slots, NS_IPC);
	INFER_FREED(t, np, slots, NS_PID_CHILD);
	INFER_FREED(t, np, slots, NS_NET);
	INFER_FREED(t, np, slots, NS_CGROUP);
	INFER_FREED(t, np, slots, NS_TIME);
	return 0;
}

SEC("?tp_btf/sched_process_exit")
int BPF_PROG(nsfree_tp_exit, struct task_struct *t)
{
	return exit_plain(t) ? 0 : nsfree_exit(t, false);
}

SEC("?tp_btf/sched_process_exit")
int BPF_PROG(nsfree_tp_exit_again, struct task_struct *t)
{
	return exit_plain(t) ? 0 : nsfree_exit(t, true);
}

/*
 * Looks at every known namespace again. A freed object may hold anything: it
 * counts as alive only while its number is the one remembered and somebody
 * refers to it. bpf_probe_read_kernel() makes reading it safe.
 */
static __always_inline bool known_lives(u32 inum, const struct ns_known *k)
{
	struct ns_common *ns = (void *)k->ptr;

	return ns_inum(ns) == inum && ns_refs(slot_type(k->slot), ns);
}

/* Rounds between a look and what is done about it, in which a test lets others act. */
const volatile __u32 sweep_dawdle = 0;

static __always_inline bool sweep_known(u32 inum, const struct ns_known *of)
{
	struct ns_known k;

	if (known_lives(inum, of))
		return false;
	/* It may have become another one's meanwhile. */
	k = *of;
	if (known_lives(inum, &k))
		return false;
	for (u32 i = 0; i < sweep_dawdle; i++) {
		/* The verifier goes through each round: most of one is to be calls. */
#pragma unroll
		for (int call = 0; call < 8; call++)
			bpf_ktime_get_boot_ns();
	}
	return ns_freed_late(inum, &k, EVF_INFERRED | EVF_NO_ACTOR);
}

/* Of one run: the ring buffer is to be emptied meanwhile. */
const volatile __u32 sweep_run_ns = 20000000;
/* Entries between two looks at the clock. */
const volatile __u32 sweep_check = 256;

/* A sweep goes on with the entry that the run before it left off at; cut: it did not reach the end.
 */
static u64 sweep_from, sweep_at, sweep_until, sweep_gone;
static bool sweep_cut;

static long sweep_one(struct bpf_map *map, const u32 *key, struct ns_known *k, void *ctx)
{
	if (sweep_at++ < sweep_from)
		return 0;
	sweep_gone += sweep_known(*key, k);
	sweep_cut = !(sweep_at % sweep_check) && bpf_ktime_get_boot_ns() > sweep_until;
	return sweep_cut;
}

/*
 * Not attached: user space runs it (BPF_PROG_TEST_RUN). bpf_for_each_map_elem() is of 5.13.
 * Returns how many had ended.
 */
SEC("?raw_tp/nswatch_sweep")
int nsfree_sweep(void *ctx)
{
	sweep_at = sweep_gone = 0;
	sweep_cut = false;
	sweep_until = bpf_ktime_get_boot_ns() + sweep_run_ns;
	bpf_for_each_map_elem(&known, sweep_one, 0, 0);
	/* Those that had ended are there no more. */
	sweep_from = sweep_cut ? sweep_at - sweep_gone : 0;
	return sweep_gone;
}

/* Before 5.13 user space walks over the keys, and runs this with each. */
SEC("?raw_tp/nswatch_sweep_key")
int nsfree_sweep_key(u64 *ctx)
{
	u32 inum = ctx[0];
	struct ns_known *k = bpf_map_lookup_elem(&known, &inum);

	return k && sweep_known(inum, k);
}

/* Learns the namespaces that exist, from every process that is traced, when the trace begins. */
SEC("?iter/task")
int seed_task(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;

	if (t && (!cfg.tree_on || tree_has_process(t->tgid, BPF_CORE_READ(t, group_leader))))
		ns_remember_task(t);
	return 0;
}
