// SPDX-License-Identifier: GPL-2.0-only
/* unshare.bpf.c - unshare(2): what was asked, what came of it, in every alternative. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "caller.h"
#include "calls.h"
#include "compat.h"
#include "emit.h"
#include "filtered.h"
#include "inflight.h"

static __always_inline int unshare_begin(u64 flags, bool alone)
{
	struct inflight in = {.flags = flags};

	if (!actor_traced())
		return 0;
	task_nsset(current_task(), &in.before);
	inflight_put(CALL_UNSHARE, &in, alone);
	return 0;
}

/* Global, so that the verifier looks at it once. */
__noinline int unshare_end(s64 returned, u32 evf)
{
	struct inflight *in = inflight_get(CALL_UNSHARE);
	struct ev_unshare *e;
	s32 result = returned;
	u32 slots;

	if (!in)
		return 0;
	if (call_restarts(result)) {
		inflight_drop(CALL_UNSHARE);
		return 0;
	}
	slots = slots_of_unshare(in->flags);
	/* CLONE_FILES and CLONE_FS alone are no matter of namespaces. */
	if ((slots || result < 0) && event_wanted(EV_UNSHARE, slots, false)) {
		e = event_begin(ev_unshare, EV_UNSHARE, evf);
		if (e) {
			e->ns_flags = in->flags;
			e->result = result;
			e->before = in->before;
			task_nsset(current_task(), &e->after);
			e->changed = nsset_changed(&e->before, &e->after);
			if (result < 0 || evf)
				caller_fill((void *)&e->threads);
			event_end(e);
		}
	}
	inflight_drop(CALL_UNSHARE);
	return 0;
}

SEC("?fentry/ksys_unshare")
int BPF_PROG(unshare_fentry, unsigned long flags)
{
	return unshare_begin(flags, false);
}

SEC("?fexit/ksys_unshare")
int BPF_PROG(unshare_fexit, unsigned long flags, int ret)
{
	return unshare_end(ret, 0);
}

/* Behind the two above: see first_told(). */
SEC("?fentry/ksys_unshare")
int BPF_PROG(unshare_fentry_again, unsigned long flags)
{
	return unshare_begin(flags, false);
}

SEC("?fexit/ksys_unshare")
int BPF_PROG(unshare_fexit_again, unsigned long flags, int ret)
{
	return unshare_end(ret, 0);
}

SEC("?kprobe/ksys_unshare")
int BPF_KPROBE(unshare_kprobe, unsigned long flags)
{
	return unshare_begin(flags, true);
}

SEC("?kretprobe/ksys_unshare")
int BPF_KRETPROBE(unshare_kretprobe, int ret)
{
	return unshare_end(ret, 0);
}

__noinline int unshare_enters(u64 flags)
{
	return unshare_begin(flags, true);
}

__noinline int unshare_returns(s64 result, u32 compat)
{
	struct pt_regs *regs = compat ? 0 : filtered_regs(CALL_UNSHARE);

	if (regs)
		unshare_enters(SYS_ARG1(regs));
	/* What was answered with success was not done; a filter may have answered with any number.
	 */
	return unshare_end(regs && result > 0 ? 0 : result, regs ? EVF_FILTERED : 0);
}

SEC("?tracepoint/syscalls/sys_enter_unshare")
int unshare_tp_enter(struct trace_event_raw_sys_enter *ctx)
{
	return unshare_enters(ctx->args[0]);
}

SEC("?tracepoint/syscalls/sys_enter_unshare")
int unshare_tp_enter_again(struct trace_event_raw_sys_enter *ctx)
{
	return unshare_begin(ctx->args[0], false);
}

SEC("?tracepoint/syscalls/sys_exit_unshare")
int unshare_tp_exit(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(false) ? 0 : unshare_returns(ctx->ret, false);
}

SEC("?tracepoint/syscalls/sys_exit_unshare")
int unshare_tp_exit_again(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(true) ? 0 : unshare_returns(ctx->ret, false);
}

/* Attached while calls of the 32-bit ABI are looked for: compat.bpf.c. */
SEC("?tp_btf/sys_enter")
int BPF_PROG(unshare_compat_enter, struct pt_regs *regs, long id)
{
	if (id != COMPAT_NR_unshare || !TASK_IN_COMPAT(current_task()))
		return 0;
	return unshare_enters(COMPAT_ARG1(regs));
}

SEC("?tp_btf/sys_exit")
int BPF_PROG(unshare_compat_exit, struct pt_regs *regs, long ret)
{
	if (!compat_returns(regs, COMPAT_NR_unshare))
		return 0;
	return unshare_returns(ret, true);
}
