/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sweep.h - has programs of a loaded trace look where no hook tells: at every
 * namespace that it knows of (bpf/trace/nslife.bpf.c), and at the devices of all net
 * namespaces (bpf/trace/netscan.bpf.c). What they find is in the ring.
 */
#ifndef NSWATCH_SOURCE_SWEEP_H
#define NSWATCH_SOURCE_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

struct bpf_program;
struct nswatch_bpf;

/* Runs a program (BPF_PROG_TEST_RUN) with two numbers: 0 and in *ret what it returned, or -errno.
 */
int prog_run(const struct bpf_program *prog, uint64_t a, uint64_t b, uint32_t *ret);

bool sweep_is_on(const struct nswatch_bpf *skel);

/*
 * Ends, as events: how many, of a part of all. -errno of the kernel; 0 where nothing is to be
 * swept, or before 5.10 can be: such programs can't be run there.
 */
int sweep_run(const struct nswatch_bpf *skel);

/*
 * Devices, as records of enum nsw_note; all: also where nothing changed. How many namespaces are
 * to be looked at again, -ENOENT where this way was not chosen, or -errno.
 */
int netscan_run(struct nswatch_bpf *skel, bool all);

#endif
