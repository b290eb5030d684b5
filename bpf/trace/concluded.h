/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * concluded.h - events of calls of the 32-bit ABI that were not seen, told from what they did to
 * the namespaces of the current task.
 */
#ifndef NSWATCH_CONCLUDED_H
#define NSWATCH_CONCLUDED_H

#include "emit.h"
#include "known.h"

#define SLOT_FLAG(slots, slot, flag) ((slots)&BIT(slot) ? (flag) : 0)

static __always_inline u32 flags_of_slots(u32 slots)
{
	return SLOT_FLAG(slots, NS_MNT, CLONE_NEWNS) | SLOT_FLAG(slots, NS_UTS, CLONE_NEWUTS) |
	       SLOT_FLAG(slots, NS_IPC, CLONE_NEWIPC) | SLOT_FLAG(slots, NS_USER, CLONE_NEWUSER) |
	       SLOT_FLAG(slots, NS_PID_CHILD, CLONE_NEWPID) |
	       SLOT_FLAG(slots, NS_NET, CLONE_NEWNET) |
	       SLOT_FLAG(slots, NS_CGROUP, CLONE_NEWCGROUP) |
	       SLOT_FLAG(slots, NS_TIME_CHILD, CLONE_NEWTIME);
}

/* Functions of their own: what each needs of the stack is not added up. */
static __noinline int concluded_unshare(
	const struct ev_nsset *before, const struct ev_nsset *after, u32 slots)
{
	struct ev_unshare *e;

	if (!event_wanted(EV_UNSHARE, slots, false))
		return 0;
	e = event_begin(ev_unshare, EV_UNSHARE, EVF_INFERRED | EVF_COMPAT);
	if (!e)
		return 0;
	e->ns_flags = flags_of_slots(slots);
	e->changed = slots;
	e->before = *before;
	e->after = *after;
	event_end(e);
	return 0;
}

static __noinline int concluded_setns(
	const struct ev_nsset *before, const struct ev_nsset *after, u32 slots)
{
	struct ev_setns *e;

	if (!event_wanted(EV_SETNS, slots, false))
		return 0;
	e = event_begin(ev_setns, EV_SETNS, EVF_INFERRED | EVF_COMPAT);
	if (!e)
		return 0;
	e->ns_flags = flags_of_slots(slots);
	e->fd = -1; /* not known */
	e->changed = slots;
	e->before = *before;
	e->after = *after;
	event_end(e);
	return 0;
}

#define CONCLUDED_BORN(t, np, slots, slot)                                                         \
	do {                                                                                       \
		if ((slots)&BIT(slot))                                                             \
			ns_born(slot, task_ns(t, np, slot), EVF_INFERRED);                         \
	} while (0)

/* Global: the verifier looks at it once, not on every way that leads to it. */
__weak __noinline int concluded_born(u32 slots)
{
	struct task_struct *t = current_task();
	struct nsproxy *np = BPF_CORE_READ(t, nsproxy);

	CONCLUDED_BORN(t, np, slots, NS_USER);
	CONCLUDED_BORN(t, np, slots, NS_MNT);
	CONCLUDED_BORN(t, np, slots, NS_UTS);
	CONCLUDED_BORN(t, np, slots, NS_IPC);
	CONCLUDED_BORN(t, np, slots, NS_PID_CHILD);
	CONCLUDED_BORN(t, np, slots, NS_CGROUP);
	CONCLUDED_BORN(t, np, slots, NS_NET);
	CONCLUDED_BORN(t, np, slots, NS_TIME_CHILD);
	return 0;
}

/* Bits per slot: changed, and of these the ones that the task made; the others it entered. */
static __always_inline void concluded_tell(
	const struct ev_nsset *before, const struct ev_nsset *after, u32 changed, u32 made)
{
	if (made) {
		concluded_born(made);
		concluded_unshare(before, after, made);
	}
	if (changed & ~made)
		concluded_setns(before, after, changed & ~made);
}

#endif
