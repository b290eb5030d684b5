// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls.bpf.c - calls of which only a half is seen. Those that were on before their hook was
 * attached: their return finds no entry either, and is none of a filter (filtered.h). And
 * those whose return was not seen.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "filtered.h"

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
			entry_mark(t->pid);
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
