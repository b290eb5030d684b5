/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pidcount.h - how many processes the kernel will kill with the init of a pid namespace.
 *
 * kernel/pid_namespace.c zap_pid_ns_processes() sends SIGKILL to each task whose pid is in
 * pid_namespace.idr: an xarray by pid, of nodes with 64 slots each. The count goes the same way,
 * and leaves out what that signal does nothing to: threads beside their process, the dead, and
 * what is ending already.
 */
#ifndef NSWATCH_PIDCOUNT_H
#define NSWATCH_PIDCOUNT_H

#include "idr.h"
#include "task_ns.h"

#define SIGNAL_GROUP_EXIT 4 /* include/linux/sched/signal.h */

/*
 * The verifier of kernels before bpf_loop() (5.17) follows each round of a loop, but verifies a
 * global function once: four of them, each with few rounds of the one below, make many steps. A
 * round of steps takes the verifier longest, so there are fewest of these.
 */
#define PID_STEPS  4
#define PID_TURNS  16
#define PID_ROUNDS 64 /* 262,144 steps in all */

/* Where the walk is, by the thread that ends: not on the stack, so that functions go on with it. */
struct pid_walk {
	u64 root; /* the entry of the xarray's head */
	u64 init; /* its signal_struct */
	u64 at;   /* the next pid to look at */
	u32 killed;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 256);
	__type(key, u64); /* pid_tgid */
	__type(value, struct pid_walk);
} pid_walks SEC(".maps");

static __always_inline bool pid_dies(struct pid *pid, u64 init)
{
	struct hlist_node *link = BPF_CORE_READ(pid, tasks[PIDTYPE_TGID].first);
	struct signal_struct *signal;
	struct task_struct *leader;

	if (!link)
		return false;
	leader = (void *)((char *)link - bpf_core_field_offset(struct task_struct, pid_links) -
			  PIDTYPE_TGID * sizeof(struct hlist_node));
	signal = BPF_CORE_READ(leader, signal);
	return (u64)signal != init && BPF_CORE_READ(signal, live.counter) > 0 &&
	       !(BPF_CORE_READ(signal, flags) & SIGNAL_GROUP_EXIT);
}

/* Looks at the slot of w->at, or passes over a part of the tree that is empty; 1 at the end. */
static __always_inline int pid_step(struct pid_walk *w)
{
	u64 entry = w->root, at = w->at;
	u32 shift = 0;

	for (int i = 0; i < XA_LEVELS; i++) {
		struct xa_node *node = (void *)(entry - 2);

		if ((entry & 3) != 2 || entry <= 4096)
			break;
		shift = BPF_CORE_READ(node, shift) & 31;
		if (!i && at >> shift > 63)
			return 1;
		bpf_core_read(&entry, sizeof(entry), &node->slots[at >> shift & 63]);
	}
	if (entry && !(entry & 3) && pid_dies((struct pid *)entry, w->init))
		w->killed++;
	w->at = ((at >> shift) + 1) << shift;
	return 0;
}

__noinline int pid_steps(void)
{
	u64 key = bpf_get_current_pid_tgid();
	struct pid_walk *w = bpf_map_lookup_elem(&pid_walks, &key);

	if (!w)
		return 1;
	for (int i = 0; i < PID_STEPS; i++)
		if (pid_step(w))
			return 1;
	return 0;
}

__noinline int pid_turns(void)
{
	for (int i = 0; i < PID_TURNS; i++)
		if (pid_steps())
			return 1;
	return 0;
}

__noinline int pid_rounds(void)
{
	for (int i = 0; i < PID_ROUNDS; i++)
		if (pid_turns())
			return 1;
	return 0;
}

/* Of the namespace of an init that is about to end; false: there are too many to count. */
static __always_inline bool pids_count(
	struct pid_namespace *pidns, struct task_struct *init, u32 *ret)
{
	u64 key = bpf_get_current_pid_tgid();
	struct pid_walk w =
				{
					.root = (u64)BPF_CORE_READ(pidns, idr.idr_rt.xa_head),
					.init = (u64)BPF_CORE_READ(init, signal),
				},
			*in_map;
	bool done = false;

	if (bpf_map_update_elem(&pid_walks, &key, &w, BPF_ANY))
		return false;
	for (int i = 0; i < PID_ROUNDS && !done; i++)
		done = pid_rounds() > 0;
	in_map = bpf_map_lookup_elem(&pid_walks, &key);
	if (!in_map)
		return false;
	*ret = in_map->killed;
	bpf_map_delete_elem(&pid_walks, &key);
	return done;
}

#endif
