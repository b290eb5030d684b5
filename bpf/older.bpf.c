// SPDX-License-Identifier: GPL-2.0-only
/*
 * older.bpf.c - calls that were on before their hook was attached. Their return finds no entry
 * either, and is none of a filter (filtered.h).
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
