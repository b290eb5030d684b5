/* SPDX-License-Identifier: GPL-2.0-only */
/* last.h - which namespaces an exiting task is the last to hold. */
#ifndef NSWATCH_LAST_H
#define NSWATCH_LAST_H

#include "task_ns.h"

/* Whether the nsproxy is the only holder of what a slot names. */
static __always_inline bool slot_last(struct task_struct *t, struct nsproxy *np, const int slot)
{
	struct ns_common *ns = task_ns(t, np, slot);

	return ns && ns_refs(slot_type(slot), ns) == 1;
}

/*
 * Bit per slot whose namespace goes away with this task: its nsproxy is its
 * own, and nothing but that nsproxy refers to the namespace. Not told: the user
 * namespace (credentials hold it, and many things hold credentials) and the pid
 * namespace that the task lives in (its init's end tells that).
 */
static __always_inline u32 slots_emptied(struct task_struct *t)
{
	struct nsproxy *np = BPF_CORE_READ(t, nsproxy);
	struct ns_common *time, *time_child;
	u32 slots = 0;

	if (!np || read_count(&np->count) != 1)
		return 0;
	slots |= slot_last(t, np, NS_MNT) ? BIT(NS_MNT) : 0;
	slots |= slot_last(t, np, NS_UTS) ? BIT(NS_UTS) : 0;
	slots |= slot_last(t, np, NS_IPC) ? BIT(NS_IPC) : 0;
	slots |= slot_last(t, np, NS_NET) ? BIT(NS_NET) : 0;
	slots |= slot_last(t, np, NS_CGROUP) ? BIT(NS_CGROUP) : 0;
	slots |= slot_last(t, np, NS_PID_CHILD) ? BIT(NS_PID_CHILD) : 0;
	time = task_ns(t, np, NS_TIME);
	time_child = task_ns(t, np, NS_TIME_CHILD);
	if (time == time_child)
		return slots | (time && ns_refs(NS_TIME, time) == 2 ? BIT(NS_TIME) : 0);
	slots |= slot_last(t, np, NS_TIME) ? BIT(NS_TIME) : 0;
	slots |= slot_last(t, np, NS_TIME_CHILD) ? BIT(NS_TIME_CHILD) : 0;
	return slots;
}

#endif
