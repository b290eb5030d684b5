// SPDX-License-Identifier: GPL-2.0-only
/*
 * unseen.bpf.c - unshare(2) and setns(2) by int 0x80 in 64-bit programs, told by their
 * consequences, where tracepoints are the hooks.
 *
 * The tracepoints of system calls leave these calls out, and before 6.14 nothing else tells of them
 * (from then on compat.bpf.c, but of CLONE_NEWUSER alone, for which no capability is asked). So a
 * task is looked at when it forks, executes a program, ends, or makes such a call in the ordinary
 * way: namespaces that are not accounted for (unseen.h) are told then, as inferred.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "compat.h"
#include "concluded.h"
#include "unseen.h"

/* Set by user space when what was there before is accounted for. */
__u32 unseen_armed = 0;
__u32 unseen_full = 0;

/* Of whom a task has its namespaces, unless it has changed them. */
static __always_inline struct task_struct *inherited_of(struct task_struct *t)
{
	struct task_struct *leader = BPF_CORE_READ(t, group_leader);

	return leader != t ? leader : BPF_CORE_READ(t, real_parent);
}

/* Global: the verifier looks at it once, not on every way that leads to it. */
__noinline int unseen_is_told(u32 inum, u32 mark)
{
	struct told_key k = {.nsproxy = inum};
	u32 *told_mark = bpf_map_lookup_elem(&told, &k);

	return told_mark && *told_mark == mark;
}

/* Somebody has it open, or mounted: so it can be entered, while one just made is in no file yet. */
static __always_inline u32 in_nsfs(struct ns_common *ns)
{
	struct ns_common___stashed_count *c = (void *)ns;
	struct ns_common___stashed *p = (void *)ns;
	u64 stashed;

	if (bpf_core_field_exists(p->stashed))
		stashed = (u64)BPF_CORE_READ(p, stashed);
	else
		stashed = BPF_CORE_READ(c, stashed.counter);
	return differ_bit((u32)stashed | (u32)(stashed >> 32), 0);
}

/*
 * Bit per slot of what the task has made: it is in no file by which it could have been entered, and
 * nobody has been in it so far. Or its number and address are those of one that has gone: then
 * nobody else is in it. (A pid namespace is held by its first child too; who holds a user namespace
 * says nothing, for credentials do.)
 */
#define MADE_BIT(t, np, slot, refs)                                                                \
	({                                                                                         \
		struct ns_common *ns_ = task_ns(t, np, slot);                                      \
		u32 told_ = (u32)unseen_is_told(ns_inum(ns_), ns_mark(ns_)) & 1;                   \
                                                                                                   \
		if ((refs) && ns_refs(slot_type(slot), ns_) <= (refs))                             \
			told_ = 0;                                                                 \
		((told_ | in_nsfs(ns_)) ^ 1) << (slot);                                            \
	})

__noinline int unseen_made(void)
{
	struct task_struct *t = current_task();
	struct nsproxy *np = BPF_CORE_READ(t, nsproxy);

	return MADE_BIT(t, np, NS_MNT, 1) | MADE_BIT(t, np, NS_UTS, 1) |
	       MADE_BIT(t, np, NS_IPC, 1) | MADE_BIT(t, np, NS_USER, 0) |
	       MADE_BIT(t, np, NS_NET, 1) | MADE_BIT(t, np, NS_CGROUP, 1) |
	       MADE_BIT(t, np, NS_PID_CHILD, 2) | MADE_BIT(t, np, NS_TIME_CHILD, 1);
}

static __noinline int unseen_conclude(struct task_struct *t, bool at_exec)
{
	struct told_last *last = told_entry(t);
	u32 changed, made;

	if (!last)
		return 0;
	if (last->id != told_id(t)) {
		last->id = told_id(t);
		task_nsset(inherited_of(t), &last->set);
	}
	task_nsset(t, &last->now);
	made = (u32)unseen_made();
	/* A task never leaves its own pid namespace. */
	changed = nsset_changed(&last->set, &last->now) & ~BIT(NS_PID);
	/* kernel/nsproxy.c exec_task_namespaces(): an exec brings into time_for_children. */
	if (last->now.inum[NS_TIME] == last->set.inum[NS_TIME_CHILD])
		changed &= ~BIT(NS_TIME);
	if (at_exec && !(made & BIT(NS_TIME_CHILD)))
		changed &= ~(BIT(NS_TIME) | BIT(NS_TIME_CHILD));
	if (changed)
		concluded_tell(&last->set, &last->now, changed, changed & made);
	last->set = last->now;
	return told_set(t, &last->set);
}

static __noinline int unseen_differs(struct task_struct *t)
{
	struct ev_nsset now = {};

	task_nsset(t, &now);
	return !told_has(t, &now);
}

/* The current task. */
static __always_inline int unseen_look(bool at_exec)
{
	struct task_struct *t = current_task();
	struct told_key own = told_pair(t), from = told_pair(inherited_of(t));

	if (own.nsproxy == from.nsproxy && own.user == from.user)
		return 0;
	/* What was remembered of a 32-bit program comes first, and accounts for it. */
	if (compat_waiting)
		compat_resolve();
	if (!unseen_armed || unseen_full || !own.nsproxy || !actor_traced() || !unseen_differs(t))
		return 0;
	return unseen_conclude(t, at_exec);
}

SEC("?tp_btf/sched_process_exec")
int BPF_PROG(unseen_exec)
{
	return unseen_look(true);
}

SEC("?tp_btf/sched_process_exit")
int BPF_PROG(unseen_exit)
{
	return unseen_look(false);
}

static __always_inline bool child_shares(struct task_struct *child)
{
	struct task_struct *t = current_task();

	return child->nsproxy == BPF_CORE_READ(t, nsproxy) &&
	       child->real_cred->user_ns == BPF_CORE_READ(t, real_cred, user_ns);
}

SEC("?tp_btf/task_newtask")
int BPF_PROG(unseen_fork, struct task_struct *child)
{
	unseen_look(false);
	return child_shares(child) ? 0 : told_task(child);
}

/* Behind it: inflight.h, first_told(). A child that was left out would be told of falsely. */
SEC("?tp_btf/task_newtask")
int BPF_PROG(unseen_fork_again, struct task_struct *child)
{
	return child_shares(child) ? 0 : told_task(child);
}

SEC("?tracepoint/syscalls/sys_enter_unshare")
int unseen_unshare(struct trace_event_raw_sys_enter *ctx)
{
	return unseen_look(false);
}

SEC("?tracepoint/syscalls/sys_enter_setns")
int unseen_setns(struct trace_event_raw_sys_enter *ctx)
{
	return unseen_look(false);
}

SEC("?tracepoint/syscalls/sys_exit_unshare")
int unseen_unshare_exit(struct trace_event_raw_sys_exit *ctx)
{
	return ctx->ret ? 0 : told_task(current_task());
}

SEC("?tracepoint/syscalls/sys_exit_setns")
int unseen_setns_exit(struct trace_event_raw_sys_exit *ctx)
{
	return ctx->ret ? 0 : told_task(current_task());
}

/* Attached while calls of the 32-bit ABI are looked for: compat.bpf.c. */
SEC("?tp_btf/sys_enter")
int BPF_PROG(unseen_compat_enter, struct pt_regs *regs, long id)
{
	if ((id != COMPAT_NR_unshare && id != COMPAT_NR_setns) || !TASK_IN_COMPAT(current_task()))
		return 0;
	return unseen_look(false);
}

SEC("?tp_btf/sys_exit")
int BPF_PROG(unseen_compat_exit, struct pt_regs *regs, long ret)
{
	if (ret || (!compat_returns(regs, COMPAT_NR_unshare) &&
			   !compat_returns(regs, COMPAT_NR_setns)))
		return 0;
	return told_task(current_task());
}

/* Run by user space: what is there already. */
SEC("?iter/task")
int unseen_seed(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;
	struct ev_nsset set = {};

	if (!t)
		return 0;
	task_nsset(t, &set);
	told_set(t, &set);
	return 0;
}
