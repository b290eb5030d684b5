/* SPDX-License-Identifier: GPL-2.0-only */
/* compat.h - calls of the 32-bit ABI: of which this is the return, and what was concluded before.
 */
#ifndef NSWATCH_COMPAT_H
#define NSWATCH_COMPAT_H

#include "emit.h"

/* compat.bpf.c: threads of which is remembered what they had, and what they did since then. */
extern __u64 compat_waiting;
int compat_resolve(void);

/* At sys_exit. An exec of a program of the other ABI puts its own number there; it is none of ours.
 */
static __always_inline bool compat_returns(struct pt_regs *regs, u32 nr)
{
	return COMPAT_NR(regs) == nr && TASK_IN_COMPAT(current_task());
}

#endif
