/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * losses.h - what a trace misses, told as lost events (struct ev_lost) as soon as
 * the counters of the kernel's side say so.
 *
 * A record that is missing is told however it went missing: no room in the ring buffer, no
 * memory for a call that was on, a map that is full, or a program that the kernel left out
 * because the same program of another task was preempted on that CPU. The last is counted in
 * bpf_prog_info's recursion_misses (5.12; 0 before).
 */
#ifndef NSWATCH_SOURCE_LOSSES_H
#define NSWATCH_SOURCE_LOSSES_H

#include <linux/types.h>
#include <stdint.h>

#include "bpf/wire/config.h"
#include "event/source.h"

struct bpf_object;

/* The sums of the per-CPU counters. */
struct session_counts {
	uint64_t sent[EV_KINDS];
	uint64_t lost[EV_KINDS]; /* the ring buffer had no room */
	uint64_t lost_all;
	uint64_t missing[EV_LOST_WHYS];
	uint64_t calls[CALLS];
};

#define LOSSES_PROGS 256

/* What was told until now; zeroed before the first time. */
struct losses {
	struct session_counts told;
	uint64_t skipped[LOSSES_PROGS]; /* by the program's place in the object */
};

/* The suffix of a program that stands behind another one, at the same place. */
#define PROG_AGAIN "_again"

/*
 * Gives the sink one record per reason, and per call or program, of what was lost since the last
 * time. 0, or a negative errno of the sink.
 */
int losses_tell(struct losses *l, const struct session_counts *now, struct bpf_object *obj,
	source_sink sink, void *ctx);

#endif
