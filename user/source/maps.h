/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * maps.h - how large the maps of a trace may become on this machine.
 *
 * From 6.1 (bpf_mem_alloc) they grow with what they hold, and only a table of 16 bytes per
 * possible entry is there from the start. Before, a program of a tracepoint that lets a map grow
 * may meet the allocator of memory in the midst of its work; those kernels warn of it in their
 * log, and PREEMPT_RT refuses: so there all room is taken at once, and less of it. What finds no
 * room is told (EV_LOST_NAMESPACE, EV_LOST_PROCESS, EV_LOST_MOUNT).
 */
#ifndef NSWATCH_SOURCE_MAPS_H
#define NSWATCH_SOURCE_MAPS_H

#include <stdbool.h>
#include <stdint.h>

struct nswatch_bpf;

/* What the machine can hold. */
struct maps_room {
	uint64_t memory;    /* bytes */
	uint64_t processes; /* now */
	uint64_t threads;   /* at most: kernel.threads-max */
};

struct maps_size {
	uint32_t known, tree, pins, nets;
};

/*
 * grows: the kernel lets maps grow. tree: only of some processes. Each sweep goes through all of
 * known, so that a trace of those pays for room that they will hardly need.
 */
struct maps_size maps_size(const struct maps_room *room, bool grows, bool tree);

/* Between open and load, when programs were chosen; 0 or -errno. */
int maps_prepare(struct nswatch_bpf *skel, bool task_storage, bool filtered, bool tree);

#endif
