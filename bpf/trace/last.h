/* SPDX-License-Identifier: GPL-2.0-only */
/* last.h - which namespaces an exiting task is the last to hold. */
#ifndef NSWATCH_LAST_H
#define NSWATCH_LAST_H

#include "task_ns.h"

/*
 * Bit 0: a namespace that is not initial has refs references. Initial ones stay
 * for ever, and from 6.19 nobody counts who refers to them. Their numbers are
 * fixed below PROC_DYNAMIC_FIRST (include/linux/proc_ns.h), which all others get
 * theirs from; before 6.18 those of the initial net and mount namespace are
 * dynamic, and counted.
 */
static __always_inline u32 refs_are(u32 type, struct ns_common *ns, u32 refs)
{
	return (differ_bit(ns_refs(type, ns), refs) | differ_bit(ns_inum(ns) >> 28, 0xf)) ^ 1;
}

/* Bit 0: the nsproxy is the only holder of what a slot names. */
static __always_inline u32 slot_last(struct task_struct *t, struct nsproxy *np, const int slot)
{
	return refs_are(slot_type(slot), task_ns(t, np, slot), 1);
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
	slots |= slot_last(t, np, NS_MNT) << NS_MNT;
	slots |= slot_last(t, np, NS_UTS) << NS_UTS;
	slots |= slot_last(t, np, NS_IPC) << NS_IPC;
	slots |= slot_last(t, np, NS_NET) << NS_NET;
	slots |= slot_last(t, np, NS_CGROUP) << NS_CGROUP;
	slots |= slot_last(t, np, NS_PID_CHILD) << NS_PID_CHILD;
	time = task_ns(t, np, NS_TIME);
	time_child = task_ns(t, np, NS_TIME_CHILD);
	if (time == time_child)
		return slots | refs_are(NS_TIME, time, 2) << NS_TIME;
	slots |= slot_last(t, np, NS_TIME) << NS_TIME;
	slots |= slot_last(t, np, NS_TIME_CHILD) << NS_TIME_CHILD;
	return slots;
}

#endif
