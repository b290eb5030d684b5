// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls.bpf.c - all system calls, where tracepoints are the hooks and refused calls are told; and
 * calls of which only a half is seen. Those that were on before their hook was
 * attached: their return finds no entry either, and is none of a filter (filtered.h). And
 * those whose return was not seen.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "calls.h"
#include "filtered.h"
#include "refused.h"

#define CALLS_FILTERED (BIT(CALL_UNSHARE) | BIT(CALL_SETNS) | BIT(CALL_CLONE))

/*
 * Run when the hooks are attached. The registers of a task are those of its last way into the
 * kernel, so that one which runs in user space may be marked as well: then one answer of a filter
 * is not told, which is better than to tell one that was none.
 */
SEC("?iter/task")
int older_calls(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;
	struct task_calls *calls;
	struct pt_regs *regs;

	if (!t || !t->seccomp.mode)
		return 0;
	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return 0;
	regs = (struct pt_regs *)bpf_task_pt_regs(t);
	switch (SYS_NR(regs)) {
	case NR_CLONE:
	case NR_CLONE3:
	case NR_UNSHARE:
	case NR_SETNS:
		calls = bpf_task_storage_get(&task_calls, t, 0, 0);
		if (!calls || !(calls->present & CALLS_FILTERED))
			entry_mark(t);
	}
	return 0;
}

/* A return that is not seen of a fork which succeeded is no loss: only what failed is told. */
#define CALLS_LOST                                                                                 \
	(BIT(CALL_UNSHARE) | BIT(CALL_SETNS) | BIT(CALL_NS_CREATE) | BIT(CALL_USERNS_CREATE))

/*
 * Where returns are seen by kretprobes: these have places for 2 calls per CPU, 10 at least, and a
 * call beyond them is left without one (kernel/kprobes.c, register_kretprobe()). What a thread that
 * ends has left was such a call, if no later one of the thread has told that.
 */
SEC("?tp_btf/sched_process_exit")
int BPF_PROG(calls_tp_exit, struct task_struct *t)
{
	struct task_calls *calls = calls_of_task(0);
	u32 left = calls ? calls->present & CALLS_LOST : 0;

#pragma unroll
	for (u32 call = 0; call < CALLS; call++) {
		if (!(CALLS_LOST & BIT(call)))
			continue;
		if (left & BIT(call) || inflight_get_spilled(call)) {
			inflight_drop(call);
			count_lost_call(call);
		}
	}
	inflight_drop(CALL_CLONE);
	return 0;
}

/* --- all calls -------------------------------------------------------------------------------- */

/*
 * Two programs see every system call of the host, and serve all hooks that tracepoints of single
 * calls would. These two are attached and detached at once, while each tracepoint of a single call
 * takes some 50 ms to be left (perf_trace_event_unreg() waits for all CPUs): a trace of a short
 * command would spend most of its time there. They see calls of the 32-bit ABI as well. cfg.calls
 * says which hooks they serve.
 *
 * From 7.0 a program on a typed tracepoint is preempted, and the kernel leaves it out for the tasks
 * that run on that CPU meanwhile: with all calls of all tasks that happens often. There the two
 * are on the tracepoints that perf has of the same places (calls_perf_*), which nothing preempts.
 */

static __always_inline bool serves(u32 bit)
{
	return cfg.calls & bit;
}

static __always_inline int compat_enters(struct pt_regs *regs, long nr)
{
	switch (nr) {
	case COMPAT_NR_unshare:
		if (serves(NSW_CALLS_CREATE))
			nscreate_enters(COMPAT_ARG1(regs));
		return serves(NSW_CALLS_UNSHARE) ? unshare_enters(COMPAT_ARG1(regs)) : 0;
	case COMPAT_NR_setns:
		return serves(NSW_CALLS_SETNS)
			       ? setns_enters((s32)COMPAT_ARG1(regs), COMPAT_ARG2(regs))
			       : 0;
	case COMPAT_NR_clone:
	case COMPAT_NR_clone3:
		return serves(NSW_CALLS_CLONE)
			       ? clone_enters(COMPAT_ARG1(regs), nr == COMPAT_NR_clone3)
			       : 0;
	}
	return 0;
}

static __always_inline int native_enters(struct pt_regs *regs, long nr)
{
	switch (nr) {
	case NR_UNSHARE:
		if (serves(NSW_CALLS_CREATE))
			nscreate_enters(SYS_ARG1(regs));
		return serves(NSW_CALLS_UNSHARE) ? unshare_enters(SYS_ARG1(regs)) : 0;
	case NR_SETNS:
		return serves(NSW_CALLS_SETNS) ? setns_enters(SYS_ARG1(regs), SYS_ARG2(regs)) : 0;
	case NR_CLONE:
	case NR_CLONE3:
		return serves(NSW_CALLS_CLONE) ? clone_enters(SYS_ARG1(regs), nr == NR_CLONE3) : 0;
	}
	return 0;
}

static __always_inline bool is_native_begin(long nr)
{
	return nr == NR_UNSHARE || nr == NR_SETNS || nr == NR_CLONE || nr == NR_CLONE3;
}

static __always_inline bool is_compat_begin(long nr)
{
	return nr == COMPAT_NR_unshare || nr == COMPAT_NR_setns || nr == COMPAT_NR_clone ||
	       nr == COMPAT_NR_clone3;
}

static __always_inline int calls_enters(struct pt_regs *regs, long nr)
{
	if (seldom_call(nr) != EV_REFUSED_CALLS)
		return refused_enters(nr);
	if (!is_native_begin(nr) && !is_compat_begin(nr))
		return 0;
	return TASK_IN_COMPAT(current_task()) ? compat_enters(regs, nr) : native_enters(regs, nr);
}

SEC("?tp_btf/sys_enter")
int BPF_PROG(calls_enter, struct pt_regs *regs, long nr)
{
	return calls_enters(regs, nr);
}

static __always_inline struct pt_regs *perf_regs(void)
{
	return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

SEC("?tracepoint/raw_syscalls/sys_enter")
int calls_perf_enter(struct trace_event_raw_sys_enter *ctx)
{
	return calls_enters(perf_regs(), ctx->id);
}

/* Whether the return can have something to tell: what runs at each of all calls. */
static __always_inline bool is_native_end(long nr, long ret)
{
	switch (nr) {
	case NR_UNSHARE:
	case NR_SETNS:
	case NR_CLONE:
	case NR_CLONE3:
		return true;
#ifdef NR_FORK
	case NR_FORK:
	case NR_VFORK:
		return ret < 0;
#endif
	case NR_OPEN_TREE:
	case NR_FSMOUNT:
		return ret >= 0;
	case NR_MOUNT:
	case NR_MOVE_MOUNT:
	case NR_UMOUNT:
		return !ret;
	}
	return false;
}

static __always_inline bool is_compat_end(long nr, long ret)
{
	return is_compat_begin(nr) || (ret < 0 && (nr == COMPAT_NR_fork || nr == COMPAT_NR_vfork));
}

static __always_inline int compat_exits(long nr, long ret)
{
	switch (nr) {
	case COMPAT_NR_unshare:
		/* A creation is told before the call that made it. */
		if (serves(NSW_CALLS_CREATE))
			nscreate_returns(ret);
		return serves(NSW_CALLS_UNSHARE) ? unshare_returns(ret, true) : 0;
	case COMPAT_NR_setns:
		return serves(NSW_CALLS_SETNS) ? setns_returns(ret, true) : 0;
	}
	return serves(NSW_CALLS_CLONE) ? clone_returns(ret, false, true) : 0;
}

static __always_inline int native_exits(long nr, long ret)
{
	switch (nr) {
	case NR_UNSHARE:
		if (serves(NSW_CALLS_CREATE))
			nscreate_returns(ret);
		return serves(NSW_CALLS_UNSHARE) ? unshare_returns(ret, false) : 0;
	case NR_SETNS:
		return serves(NSW_CALLS_SETNS) ? setns_returns(ret, false) : 0;
	case NR_CLONE:
	case NR_CLONE3:
		return serves(NSW_CALLS_CLONE) ? clone_returns(ret, nr == NR_CLONE3, false) : 0;
#ifdef NR_FORK
	case NR_FORK:
	case NR_VFORK:
		return serves(NSW_CALLS_CLONE) ? fork_returns(ret) : 0;
#endif
	case NR_OPEN_TREE:
	case NR_FSMOUNT:
		return serves(NSW_CALLS_CREATE) ? nscreate_mount_returns(ret, nr) : 0;
	case NR_MOUNT:
		return serves(NSW_CALLS_PIN) ? mount_returns(ret) : 0;
	case NR_MOVE_MOUNT:
		return serves(NSW_CALLS_PIN) ? move_mount_returns(ret) : 0;
	case NR_UMOUNT:
		return serves(NSW_CALLS_PIN) ? umount_returns(ret) : 0;
	}
	return 0;
}

static __always_inline int calls_exits(const struct pt_regs *regs, long nr, long ret)
{
	if (is_native_end(nr, ret) || is_compat_end(nr, ret)) {
		if (!TASK_IN_COMPAT(current_task()))
			native_exits(nr, ret);
		else if (is_compat_end(nr, ret))
			compat_exits(nr, ret);
	}
	if (seldom_call(nr) == EV_REFUSED_CALLS && !is_candidate(nr, ret))
		return 0;
	return refused_exits(address_of(regs), nr, ret);
}

SEC("?tp_btf/sys_exit")
int BPF_PROG(calls_exit, struct pt_regs *regs, long ret)
{
	return calls_exits(regs, (s32)SYS_NR_KNOWN(regs), ret);
}

SEC("?tracepoint/raw_syscalls/sys_exit")
int calls_perf_exit(struct trace_event_raw_sys_exit *ctx)
{
	return calls_exits(perf_regs(), (s32)ctx->id, ctx->ret);
}
