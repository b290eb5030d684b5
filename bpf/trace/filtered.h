/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * filtered.h - calls that a seccomp filter answered: the kernel's own function
 * never ran, and neither did sys_enter, which comes behind the filters. sys_exit
 * comes all the same (kernel/entry/common.c, syscall_trace_enter() and
 * syscall_exit_work(), 5.10 to 7.3), with the registers as they were.
 *
 * arm64 forgets the number of such a call (NO_SYSCALL), so sys_exit of it does
 * not come.
 */
#ifndef NSWATCH_FILTERED_H
#define NSWATCH_FILTERED_H

#include <bpf/bpf_core_read.h>
#include "emit.h"
#include "inflight.h"

/* Set by user space when the calls that are older than the hooks are marked. */
extern __u64 filters_armed;

/*
 * At sys_exit: the registers of a call that left nothing at sys_enter and is of a task under
 * a filter; NULL of any other, and where the kernel has no helper for registers (before 5.15).
 */
static __always_inline struct pt_regs *filtered_regs(enum call call)
{
	if (!BPF_CORE_READ(current_task(), seccomp.mode) || inflight_has(call))
		return 0;
	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return 0;
	if (!filters_armed || entry_unmark())
		return 0;
	return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

#endif
