/* SPDX-License-Identifier: GPL-2.0-only */
/* maps.h - the maps of the trace programs. __weak: every object file has them, the linker merges.
 */
#ifndef NSWATCH_MAPS_H
#define NSWATCH_MAPS_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "wire/config.h"

extern const volatile struct nsw_cfg cfg;

/* Size set by user space before load. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 * 1024 * 1024);
} ring SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct nsw_stats);
} stats SEC(".maps") __weak;

/*
 * These grow with what they hold, up to a size that user space sets by the memory and limits of the
 * machine (user/source/maps.c); before 6.1 all of it is there from the start.
 */

/* Processes that are traced, when cfg.tree_on. The value says nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 32768);
	__type(key, struct tree_key);
	__type(value, u32);
} tree SEC(".maps") __weak;

/* Living namespaces by inum: of all, or where cfg.tree_on of the traced tree. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 32768);
	__type(key, u32);
	__type(value, struct ns_known);
} known SEC(".maps") __weak;

#endif
