/* SPDX-License-Identifier: GPL-2.0-only */
/* compat.h - of which call of the 32-bit ABI this is the return. */
#ifndef NSWATCH_COMPAT_H
#define NSWATCH_COMPAT_H

#include "emit.h"

/* At sys_exit. An exec of a program of the other ABI puts its own number there; it is none of ours.
 */
static __always_inline bool compat_returns(struct pt_regs *regs, u32 nr)
{
	return COMPAT_NR(regs) == nr && TASK_IN_COMPAT(current_task());
}

#endif
