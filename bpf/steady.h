/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * steady.h - a program that stays on its CPU until it is done.
 *
 * The kernel skips a tracing program where the same program of another task was
 * preempted on this CPU (kernel/bpf/trampoline.c __bpf_prog_enter_recur(),
 * kernel/trace/bpf_trace.c __bpf_trace_run(): prog->active), and counts it in
 * recursion_misses. What is skipped is an event that nobody sees. Kernels that
 * can preempt there have bpf_preempt_disable() (6.10); before, or where the
 * verifier knows no such function, cfg.steady is 0 and the calls are cut out.
 */
#ifndef NSWATCH_STEADY_H
#define NSWATCH_STEADY_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#include "maps.h"

/* core.bpf.c; hidden, so that linking makes them static: what they begin may end elsewhere. */
__hidden void steady_begin(void);
__hidden void steady_end(void);

/* The value of the call, during which no other task gets this CPU. */
#define steady(call)                                                                               \
	({                                                                                         \
		int ret_;                                                                          \
		if (cfg.steady)                                                                    \
			steady_begin();                                                            \
		ret_ = (call);                                                                     \
		if (cfg.steady)                                                                    \
			steady_end();                                                              \
		ret_;                                                                              \
	})

#endif
