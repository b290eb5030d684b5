// SPDX-License-Identifier: GPL-2.0-only
/*
 * clone.bpf.c - children: those that begin in other namespaces than their
 * parent, those that become pid 1, and those that could not be made.
 *
 * task_newtask (5.10 to 7.3: at the end of copy_process(), in the parent's
 * context, before the child first runs) sees all that were made, whichever of
 * fork, vfork, clone and clone3 it was. Failures are the return of
 * kernel_clone().
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "caller.h"
#include "calls.h"
#include "compat.h"
#include "emit.h"
#include "filtered.h"
#include "inflight.h"
#include "known.h"
#include "plain.h"

/* include/uapi/linux/sched.h: where in struct clone_args the flags are. */
struct clone_args_flags {
	u64 flags;
};

static __always_inline void clone_event(struct task_struct *child, u64 flags)
{
	struct task_struct *parent = current_task();
	struct ev_nsset before = {}, after = {};
	struct ev_clone *e;
	u32 changed;

	task_nsset(parent, &before);
	task_nsset(child, &after);
	changed = nsset_changed(&before, &after);
	if (!event_wanted(EV_CLONE, changed, false))
		return;
	e = event_begin(ev_clone, EV_CLONE, 0);
	if (!e)
		return;
	e->ns_flags = flags;
	/* Its own number: of a thread its process is no child. */
	e->child_pid = BPF_CORE_READ(child, pid);
	e->child_pidns = after.inum[NS_PID];
	e->child_ns_pid = task_ns_tid(child);
	e->changed = changed;
	e->before = before;
	e->after = after;
	event_end(e);
}

static __always_inline void pidns_init_event(struct task_struct *child)
{
	struct pid_namespace *pidns = task_pidns(child);
	struct ns_common *ns = NS_OF(pidns);
	struct ev_pidns_init *e;

	if (!event_wanted(EV_PIDNS_INIT, BIT(NS_PID), false))
		return;
	e = event_begin(ev_pidns_init, EV_PIDNS_INIT, 0);
	if (!e)
		return;
	e->inum = ns_inum(ns);
	e->level = BPF_CORE_READ(pidns, level);
	e->init_pid = BPF_CORE_READ(child, tgid);
	e->parent_ns = BPF_CORE_READ(pidns, parent, ns.inum);
	e->owner = ns_owner(NS_PID, ns);
	e->ns_id = ns_id(ns);
	event_end(e);
}

/*
 * The child returns from the call as well, with 0, which is no filter's answer. One that shares its
 * parent's memory may find the arguments of clone3 written over by then, and other flags in them.
 */
static __always_inline void clone_mark(struct task_struct *child, u64 flags)
{
	struct task_calls *calls;

	if (!cfg.filtered || !cfg.task_storage || !(flags & (CLONE_NEW_ALL | CLONE_VM)) ||
		!child->seccomp.mode)
		return;
	calls = bpf_task_storage_get(&task_calls, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!calls) {
		entry_mark(child);
		return;
	}
	calls->present |= BIT(CALL_CLONE);
	calls->word[CALL_CLONE] = flags;
}

static __always_inline int clone_new(struct task_struct *child, u64 flags, bool again)
{
	if (tasks_same_ns(child, current_task()) || !first_told(ONCE_CLONE, task_id(child), again))
		return 0;
	clone_event(child, flags);
	if (task_ns_pid(child) == 1)
		pidns_init_event(child);
	return 0;
}

SEC("?tp_btf/task_newtask")
int BPF_PROG(clone_tp, struct task_struct *child, u64 flags)
{
	clone_mark(child, flags);
	return clone_plain(child, flags) ? 0 : clone_new(child, flags, false);
}

SEC("?tp_btf/task_newtask")
int BPF_PROG(clone_tp_again, struct task_struct *child, u64 flags)
{
	clone_mark(child, flags);
	return clone_plain(child, flags) ? 0 : clone_new(child, flags, true);
}

/* The traced tree: children join it, the dead leave it. Done twice it is as it was: first_told().
 */
static __always_inline int tree_join(struct task_struct *child, u64 flags)
{
	u32 parent = bpf_get_current_pid_tgid() >> 32;
	struct tree_key key = {child->tgid, tree_id(child)};
	u32 one = 1;

	if (flags & CLONE_THREAD ||
		!tree_has_process(parent, BPF_CORE_READ(current_task(), group_leader)) ||
		tree_has_process(child->tgid, child))
		return 0;
	if (bpf_map_update_elem(&tree, &key, &one, BPF_ANY) &&
		first_told(ONCE_JOIN, task_id(child), false))
		count_missing(EV_LOST_PROCESS);
	return 0;
}

SEC("?tp_btf/task_newtask")
int BPF_PROG(tree_tp_new, struct task_struct *child, u64 flags)
{
	return tree_join(child, flags);
}

SEC("?tp_btf/task_newtask")
int BPF_PROG(tree_tp_new_again, struct task_struct *child, u64 flags)
{
	return tree_join(child, flags);
}

/*
 * sched_process_free, not _exit: an init has still to let its namespace die, and
 * namespaces have still to be freed in its name, after sched_process_exit.
 */
static __always_inline int tree_leave(struct task_struct *t)
{
	struct tree_key key = {t->tgid, tree_id(t)};

	if (t->pid != t->tgid)
		return 0;
	/* Another process may have its number by now: delayed_put_task_struct() comes late. */
	if (bpf_map_delete_elem(&tree, &key) && tree_any) {
		key.id = TREE_ANY;
		bpf_map_delete_elem(&tree, &key);
	}
	return 0;
}

SEC("?tp_btf/sched_process_free")
int BPF_PROG(tree_tp_free, struct task_struct *t)
{
	return tree_leave(t);
}

SEC("?tp_btf/sched_process_free")
int BPF_PROG(tree_tp_free_again, struct task_struct *t)
{
	return tree_leave(t);
}

/* kernel/pid.c alloc_pid(): ENOMEM where pid_allocated has lost PIDNS_ADDING. */
static __always_inline bool fork_denied_event(u64 flags, s32 result)
{
	struct pid_namespace *pidns = BPF_CORE_READ(current_task(), nsproxy, pid_ns_for_children);
	u32 inum = ns_inum(NS_OF(pidns));
	struct ev_fork_denied *e;
	struct ns_known *k;

	if (!pidns || (BPF_CORE_READ(pidns, pid_allocated) & PIDNS_ADDING))
		return false;
	if (!event_wanted(EV_FORK_DENIED, BIT(NS_PID) | BIT(NS_PID_CHILD), false))
		return true;
	e = event_begin(ev_fork_denied, EV_FORK_DENIED, 0);
	if (!e)
		return true;
	e->ns_flags = flags;
	e->result = result;
	e->inum = inum;
	e->level = BPF_CORE_READ(pidns, level);
	k = ns_known_as(NS_OF(pidns));
	e->forgotten = !k;
	if (k && k->init_pid) {
		e->init_pid = k->init_pid;
		e->init_exit_code = k->init_exit_code;
		e->init_ended_ns = k->init_ended_ns;
		__builtin_memcpy(e->init_comm, k->init_comm, EV_COMM_LEN);
	}
	event_end(e);
	return true;
}

/* evf: EVF_FILTERED or 0. Global, as the next one, so that the verifier looks at it once. */
__noinline int clone_failed(u64 flags, s64 returned, u32 evf)
{
	s32 result = returned;
	struct ev_clone *e;
	u32 slots;

	slots = slots_of_flags(flags);
	if (!slots || !event_wanted(EV_CLONE, slots, false))
		return 0;
	e = event_begin(ev_clone, EV_CLONE, evf);
	if (!e)
		return 0;
	e->ns_flags = flags;
	e->result = result < 0 ? result : 0; /* a filter may have answered with any number */
	task_nsset(current_task(), &e->before);
	e->after = e->before;
	caller_fill((void *)&e->threads);
	event_end(e);
	return 0;
}

__noinline int clone_end(u64 flags, s64 returned)
{
	s32 result = returned;

	if (result >= 0 || call_restarts(result))
		return 0;
	if (result == -12 /* ENOMEM */ && fork_denied_event(flags, result))
		return 0;
	return clone_failed(flags, result, 0);
}

/*
 * Nothing tells this failure from the next one of the same thread, so whichever of the two
 * programs comes first leaves a mark and tells, and the other takes the mark away. Where one was
 * left out, the mark stays: the next failure is then told by the second one. It is hidden only
 * where one of the two is left out again, and what both have left out is told.
 */
static __always_inline int clonefail_returned(struct kernel_clone_args *args, pid_t ret)
{
	u64 told;

	if (ret >= 0 || call_restarts(ret))
		return 0;
	if (cfg.task_storage && inflight_take_word(ONCE_CLONE_FAILED, &told))
		return 0;
	if (cfg.task_storage)
		inflight_put_word(ONCE_CLONE_FAILED, 1);
	return clone_end(BPF_CORE_READ(args, flags), ret);
}

SEC("?fexit/kernel_clone")
int BPF_PROG(clonefail_fexit, struct kernel_clone_args *args, pid_t ret)
{
	return clonefail_returned(args, ret);
}

SEC("?fexit/kernel_clone")
int BPF_PROG(clonefail_fexit_again, struct kernel_clone_args *args, pid_t ret)
{
	return clonefail_returned(args, ret);
}

SEC("?kprobe/kernel_clone")
int BPF_KPROBE(clonefail_kprobe, struct kernel_clone_args *args)
{
	if (actor_traced())
		inflight_put_word(CALL_CLONE, BPF_CORE_READ(args, flags));
	return 0;
}

/* The child does not return from this function. */
SEC("?kretprobe/kernel_clone")
int BPF_KRETPROBE(clonefail_kretprobe, int ret)
{
	u64 flags = 0;

	inflight_take_word(CALL_CLONE, &flags);
	return clone_end(flags, ret);
}

/* Only calls with CLONE_NEW* leave their flags: the others pay for one test. */
#define CSIGNAL 0xffU

static __always_inline u64 clone_flags(u64 arg)
{
	return (u32)arg & ~CSIGNAL;
}

static __always_inline u64 clone3_flags(u64 arg)
{
	struct clone_args_flags args = {};

	bpf_probe_read_user(&args, sizeof(args), (void *)arg);
	return args.flags;
}

__noinline int clone_enters(u64 arg, u32 is_clone3)
{
	u64 flags = is_clone3 ? clone3_flags(arg) : clone_flags(arg);

	if (flags & CLONE_NEW_ALL && actor_traced())
		inflight_put_word(CALL_CLONE, flags);
	return 0;
}

SEC("?tracepoint/syscalls/sys_enter_clone")
int clonefail_tp_clone(struct trace_event_raw_sys_enter *ctx)
{
	return clone_enters(ctx->args[0], false);
}

SEC("?tracepoint/syscalls/sys_enter_clone")
int clonefail_tp_clone_again(struct trace_event_raw_sys_enter *ctx)
{
	return clone_enters(ctx->args[0], false);
}

SEC("?tracepoint/syscalls/sys_enter_clone3")
int clonefail_tp_clone3(struct trace_event_raw_sys_enter *ctx)
{
	return clone_enters(ctx->args[0], true);
}

SEC("?tracepoint/syscalls/sys_enter_clone3")
int clonefail_tp_clone3_again(struct trace_event_raw_sys_enter *ctx)
{
	return clone_enters(ctx->args[0], true);
}

/*
 * Of clone3 most filters say ENOSYS, because they can't look into its arguments:
 * then libraries call clone, and nothing was refused.
 */
static __always_inline int clonefail_tp_filtered(s32 result, u32 is_clone3)
{
	struct pt_regs *regs = result == -38 /* ENOSYS */ ? 0 : filtered_regs(CALL_CLONE);
	u64 flags;

	if (!regs)
		return 0;
	flags = is_clone3 ? clone3_flags(SYS_ARG1(regs)) : clone_flags(SYS_ARG1(regs));
	return flags & CLONE_NEW_ALL ? clone_failed(flags, result, EVF_FILTERED) : 0;
}

/*
 * Whatever came of the call, what its entry left is taken away: else the next one that fails
 * would have its flags. The child returns from the same call, with 0: see clone_mark().
 */
__noinline int clone_returns(s64 result, u32 is_clone3, u32 compat)
{
	u64 flags = 0;

	if (inflight_take_word(CALL_CLONE, &flags))
		return clone_end(flags, result);
	if (!compat)
		clonefail_tp_filtered(result, is_clone3);
	return clone_end(0, result);
}

__noinline int fork_returns(s64 result)
{
	return clone_end(0, result);
}

SEC("?tracepoint/syscalls/sys_exit_clone")
int clonefail_tp_clone_exit(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(false) ? 0 : clone_returns(ctx->ret, false, false);
}

SEC("?tracepoint/syscalls/sys_exit_clone")
int clonefail_tp_clone_exit_again(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(true) ? 0 : clone_returns(ctx->ret, false, false);
}

SEC("?tracepoint/syscalls/sys_exit_clone3")
int clonefail_tp_clone3_exit(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(false) ? 0 : clone_returns(ctx->ret, true, false);
}

SEC("?tracepoint/syscalls/sys_exit_clone3")
int clonefail_tp_clone3_exit_again(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(true) ? 0 : clone_returns(ctx->ret, true, false);
}

SEC("?tracepoint/syscalls/sys_exit_fork")
int clonefail_tp_fork_exit(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(false) ? 0 : fork_returns(ctx->ret);
}

SEC("?tracepoint/syscalls/sys_exit_fork")
int clonefail_tp_fork_exit_again(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(true) ? 0 : fork_returns(ctx->ret);
}

SEC("?tracepoint/syscalls/sys_exit_vfork")
int clonefail_tp_vfork_exit(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(false) ? 0 : fork_returns(ctx->ret);
}

SEC("?tracepoint/syscalls/sys_exit_vfork")
int clonefail_tp_vfork_exit_again(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(true) ? 0 : fork_returns(ctx->ret);
}

/* Attached while calls of the 32-bit ABI are looked for: compat.bpf.c. */
SEC("?tp_btf/sys_enter")
int BPF_PROG(clonefail_compat_enter, struct pt_regs *regs, long id)
{
	if ((id != COMPAT_NR_clone && id != COMPAT_NR_clone3) || !TASK_IN_COMPAT(current_task()))
		return 0;
	return clone_enters(COMPAT_ARG1(regs), id == COMPAT_NR_clone3);
}

SEC("?tp_btf/sys_exit")
int BPF_PROG(clonefail_compat_exit, struct pt_regs *regs, long ret)
{
	if (!compat_returns(regs, COMPAT_NR_clone) && !compat_returns(regs, COMPAT_NR_clone3) &&
		!compat_returns(regs, COMPAT_NR_fork) && !compat_returns(regs, COMPAT_NR_vfork))
		return 0;
	return clone_returns(ret, false, true);
}
