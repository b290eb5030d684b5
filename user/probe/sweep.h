/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sweep.h - looks again at every namespace that a loaded trace knows of, where
 * no hook tells their ends (bpf/nslife.bpf.c has the programs).
 */
#ifndef NSWATCH_PROBE_SWEEP_H
#define NSWATCH_PROBE_SWEEP_H

#include <stdbool.h>

struct nswatch_bpf;

bool sweep_is_on(const struct nswatch_bpf *skel);

/* The ends found are events in the ring. -errno of the kernel; 0 where nothing is to be swept. */
int sweep_run(const struct nswatch_bpf *skel);

#endif
