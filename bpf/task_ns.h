/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task_ns.h - readers from a task to its namespaces, and from a namespace to
 * its number, id, owner and reference count, on every kernel from 5.10.
 */
#ifndef NSWATCH_TASK_NS_H
#define NSWATCH_TASK_NS_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "wire/event.h"
#include "flavors.h"

/* include/uapi/linux/sched.h */
#define CLONE_NEWTIME   0x00000080
#define CLONE_VM        0x00000100
#define CLONE_THREAD    0x00010000
#define CLONE_NEWNS     0x00020000
#define CLONE_NEWCGROUP 0x02000000
#define CLONE_NEWUTS    0x04000000
#define CLONE_NEWIPC    0x08000000
#define CLONE_NEWUSER   0x10000000
#define CLONE_NEWPID    0x20000000
#define CLONE_NEWNET    0x40000000
/* Linux 7.1: a mount namespace without mounts, by clone3 and by unshare (whose bit clone calls
 * CLONE_PARENT_SETTID). Both bring it with CLONE_NEWNS or without. */
#define CLONE_EMPTY_MNTNS   (1ULL << 37)
#define UNSHARE_EMPTY_MNTNS 0x00100000
#define CLONE_NEW_ALL                                                                              \
	(CLONE_EMPTY_MNTNS | CLONE_NEWTIME | CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |        \
		CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/* kernel/pid.c: set in pid_allocated while the namespace takes new pids. */
#define PIDNS_ADDING (1U << 31)

#define PF_KTHREAD 0x00200000

#define BIT(n) (1U << (n))

/*
 * An address as a number. The verifier takes no pointer that it knows for an argument of a global
 * function that is declared a number, so this one is read back from memory.
 */
static __always_inline u64 address_of(const void *p)
{
	u64 at = 0;

	bpf_probe_read_kernel(&at, sizeof(at), &p);
	return at;
}

/*
 * Comparisons without branches: BPF has no "set if equal", and ten in a row
 * would be a thousand paths for the verifier. The barrier keeps the compiler
 * from turning them back.
 */
static __always_inline u32 differ_bit(u32 a, u32 b)
{
	u32 x = a ^ b, minus = -x;

	asm volatile("" : "+r"(minus));
	return (x | minus) >> 31;
}

#define FLAG_SLOT(flags, flag, slot) (((u32)((flags) / (flag)) & 1) << (slot))

/* The slots that a CLONE_NEW* set gives new namespaces to. */
static __always_inline u32 slots_of_flags(u64 flags)
{
	return FLAG_SLOT(flags, CLONE_NEWNS, NS_MNT) | FLAG_SLOT(flags, CLONE_EMPTY_MNTNS, NS_MNT) |
	       FLAG_SLOT(flags, CLONE_NEWUTS, NS_UTS) | FLAG_SLOT(flags, CLONE_NEWIPC, NS_IPC) |
	       FLAG_SLOT(flags, CLONE_NEWUSER, NS_USER) | FLAG_SLOT(flags, CLONE_NEWPID, NS_PID) |
	       FLAG_SLOT(flags, CLONE_NEWPID, NS_PID_CHILD) |
	       FLAG_SLOT(flags, CLONE_NEWNET, NS_NET) |
	       FLAG_SLOT(flags, CLONE_NEWCGROUP, NS_CGROUP) |
	       FLAG_SLOT(flags, CLONE_NEWTIME, NS_TIME) |
	       FLAG_SLOT(flags, CLONE_NEWTIME, NS_TIME_CHILD);
}

/* The same for the argument of unshare(2). */
static __always_inline u32 slots_of_unshare(u64 flags)
{
	return slots_of_flags(flags) | FLAG_SLOT(flags, UNSHARE_EMPTY_MNTNS, NS_MNT);
}

static __always_inline u32 slot_of_flag(u32 flag)
{
	switch (flag) {
	case CLONE_NEWNS:
		return NS_MNT;
	case CLONE_NEWUTS:
		return NS_UTS;
	case CLONE_NEWIPC:
		return NS_IPC;
	case CLONE_NEWUSER:
		return NS_USER;
	case CLONE_NEWPID:
		return NS_PID;
	case CLONE_NEWNET:
		return NS_NET;
	case CLONE_NEWCGROUP:
		return NS_CGROUP;
	case CLONE_NEWTIME:
		return NS_TIME;
	}
	return NS_SLOTS;
}

/* The type of what a slot holds. */
static __always_inline u32 slot_type(u32 slot)
{
	if (slot == NS_PID_CHILD)
		return NS_PID;
	if (slot == NS_TIME_CHILD)
		return NS_TIME;
	return slot;
}

/* The pid namespace that a task lives in: kernel/pid.c task_active_pid_ns(). */
static __always_inline struct pid_namespace *task_pidns(struct task_struct *t)
{
	struct pid *pid = BPF_CORE_READ(t, thread_pid);
	unsigned int level = BPF_CORE_READ(pid, level);
	struct upid up = {};

	bpf_core_read(&up, sizeof(up), &pid->numbers[level]);
	return up.ns;
}

static __always_inline u32 pid_in_own_ns(struct pid *pid)
{
	unsigned int level = BPF_CORE_READ(pid, level);
	struct upid up = {};

	bpf_core_read(&up, sizeof(up), &pid->numbers[level]);
	return up.nr;
}

/* The thread group id of a task in the pid namespace that it lives in. */
static __always_inline u32 task_ns_pid(struct task_struct *t)
{
	return pid_in_own_ns(BPF_CORE_READ(t, group_leader, thread_pid));
}

/* Its own number there. */
static __always_inline u32 task_ns_tid(struct task_struct *t)
{
	return pid_in_own_ns(BPF_CORE_READ(t, thread_pid));
}

/*
 * No test of obj: reads from near NULL fail and give zeros, so that a missing
 * namespace has inum 0, without a branch for the verifier to follow.
 */
#define NS_OF(obj) ((void *)&(obj)->ns)

/* The struct ns_common in a slot; slot must be a constant after unrolling. */
static __always_inline struct ns_common *task_ns(
	struct task_struct *t, struct nsproxy *np, const int slot)
{
	switch (slot) {
	case NS_MNT:
		return NS_OF(BPF_CORE_READ(np, mnt_ns));
	case NS_UTS:
		return NS_OF(BPF_CORE_READ(np, uts_ns));
	case NS_IPC:
		return NS_OF(BPF_CORE_READ(np, ipc_ns));
	case NS_USER:
		return NS_OF(BPF_CORE_READ(t, real_cred, user_ns));
	case NS_PID:
		return NS_OF(task_pidns(t));
	case NS_NET:
		return NS_OF(BPF_CORE_READ(np, net_ns));
	case NS_CGROUP:
		return NS_OF(BPF_CORE_READ(np, cgroup_ns));
	case NS_TIME:
		return NS_OF(BPF_CORE_READ(np, time_ns));
	case NS_PID_CHILD:
		return NS_OF(BPF_CORE_READ(np, pid_ns_for_children));
	case NS_TIME_CHILD:
		return NS_OF(BPF_CORE_READ(np, time_ns_for_children));
	}
	return 0;
}

static __always_inline u32 ns_inum(struct ns_common *ns)
{
	return BPF_CORE_READ(ns, inum);
}

/*
 * The inums of all slots. An exiting task has no nsproxy any more: its slots
 * are 0. Written out, not looped: each slot is another path of members.
 */
static __always_inline void task_nsset(struct task_struct *t, struct ev_nsset *ret)
{
	struct nsproxy *np = BPF_CORE_READ(t, nsproxy);

	ret->inum[NS_USER] = ns_inum(task_ns(t, np, NS_USER));
	ret->inum[NS_PID] = ns_inum(task_ns(t, np, NS_PID));
	ret->inum[NS_MNT] = ns_inum(task_ns(t, np, NS_MNT));
	ret->inum[NS_UTS] = ns_inum(task_ns(t, np, NS_UTS));
	ret->inum[NS_IPC] = ns_inum(task_ns(t, np, NS_IPC));
	ret->inum[NS_NET] = ns_inum(task_ns(t, np, NS_NET));
	ret->inum[NS_CGROUP] = ns_inum(task_ns(t, np, NS_CGROUP));
	ret->inum[NS_TIME] = ns_inum(task_ns(t, np, NS_TIME));
	ret->inum[NS_PID_CHILD] = ns_inum(task_ns(t, np, NS_PID_CHILD));
	ret->inum[NS_TIME_CHILD] = ns_inum(task_ns(t, np, NS_TIME_CHILD));
}

/* Bit per slot in which two sets differ. */
static __always_inline u32 nsset_changed(const struct ev_nsset *a, const struct ev_nsset *b)
{
	u32 changed = 0;

#pragma unroll
	for (int i = 0; i < NS_SLOTS; i++)
		changed |= differ_bit(a->inum[i], b->inum[i]) << i;
	return changed;
}

/*
 * Whether two tasks are in the same namespaces, by pointers: the cheap question
 * asked of every fork and exec.
 */
static __always_inline bool tasks_same_ns(struct task_struct *a, struct task_struct *b)
{
	return BPF_CORE_READ(a, nsproxy) == BPF_CORE_READ(b, nsproxy) &&
	       BPF_CORE_READ(a, real_cred, user_ns) == BPF_CORE_READ(b, real_cred, user_ns) &&
	       task_pidns(a) == task_pidns(b);
}

/* The object around a ns_common: container_of, relocated. */
#define NS_OBJ(type, common)                                                                       \
	((struct type *)((char *)(common)-bpf_core_field_offset(struct type, ns)))

/* inum of the owner user namespace; of a user namespace, of its parent. 0 for the initial one. */
static __always_inline u32 ns_owner(u32 type, struct ns_common *ns)
{
	struct user_namespace *user = 0;

	switch (type) {
	case NS_MNT:
		user = BPF_CORE_READ(NS_OBJ(mnt_namespace, ns), user_ns);
		break;
	case NS_UTS:
		user = BPF_CORE_READ(NS_OBJ(uts_namespace, ns), user_ns);
		break;
	case NS_IPC:
		user = BPF_CORE_READ(NS_OBJ(ipc_namespace, ns), user_ns);
		break;
	case NS_USER:
		user = BPF_CORE_READ(NS_OBJ(user_namespace, ns), parent);
		break;
	case NS_PID:
		user = BPF_CORE_READ(NS_OBJ(pid_namespace, ns), user_ns);
		break;
	case NS_NET:
		user = BPF_CORE_READ(NS_OBJ(net, ns), user_ns);
		break;
	case NS_CGROUP:
		user = BPF_CORE_READ(NS_OBJ(cgroup_namespace, ns), user_ns);
		break;
	case NS_TIME:
		user = BPF_CORE_READ(NS_OBJ(time_namespace, ns), user_ns);
		break;
	}
	return user ? BPF_CORE_READ(user, ns.inum) : 0;
}

static __always_inline u32 ns_level(u32 type, struct ns_common *ns)
{
	if (type == NS_PID)
		return BPF_CORE_READ(NS_OBJ(pid_namespace, ns), level);
	if (type == NS_USER)
		return BPF_CORE_READ(NS_OBJ(user_namespace, ns), level);
	return 0;
}

/* The kernel's unique id of a namespace (6.18), 0 where there is none. */
static __always_inline u64 ns_id(struct ns_common *ns)
{
	struct ns_common___id *n = (void *)ns;

	if (bpf_core_field_exists(n->ns_id) && bpf_core_field_exists(n->ns_type))
		return BPF_CORE_READ(n, ns_id);
	return 0;
}

/* The unique id of a mount namespace, which every kernel has: inums are used again. */
static __always_inline u64 mnt_ns_id(struct mnt_namespace *ns)
{
	struct mnt_namespace___seq *s = (void *)ns;

	return bpf_core_field_exists(s->seq) ? BPF_CORE_READ(s, seq) : ns_id(NS_OF(ns));
}

/* CLONE_NEW* of a namespace: its own, or what its operations are for (before 6.18). */
static __always_inline u32 ns_flag(struct ns_common *ns)
{
	struct ns_common___id *n = (void *)ns;
	struct ns_common___ops *o = (void *)ns;

	if (bpf_core_field_exists(n->ns_type) && bpf_core_field_exists(n->ns_id))
		return BPF_CORE_READ(n, ns_type);
	return BPF_CORE_READ(o, ops, type);
}

static __always_inline u32 read_count(const void *at)
{
	u32 v = 0;

	bpf_probe_read_kernel(&v, sizeof(v), at);
	return v;
}

#define OLD_COUNT(type, member, common)                                                            \
	({                                                                                         \
		struct type##___old *o_ = (void *)NS_OBJ(type, common);                            \
		bpf_core_field_exists(o_->member) ? read_count(&o_->member) : 0;                   \
	})

/* 5.10: each type counts in its own way. */
static __always_inline u32 ns_refs_old(u32 type, struct ns_common *ns)
{
	switch (type) {
	case NS_MNT:
		return OLD_COUNT(mnt_namespace, count, ns);
	case NS_UTS:
		return OLD_COUNT(uts_namespace, kref, ns);
	case NS_IPC:
		return OLD_COUNT(ipc_namespace, count, ns);
	case NS_USER:
		return OLD_COUNT(user_namespace, count, ns);
	case NS_PID:
		return OLD_COUNT(pid_namespace, kref, ns);
	case NS_NET:
		return OLD_COUNT(net, count, ns);
	case NS_CGROUP:
		return OLD_COUNT(cgroup_namespace, count, ns);
	case NS_TIME:
		return OLD_COUNT(time_namespace, kref, ns);
	}
	return 0;
}

/* How many references a namespace has: tasks' nsproxies, files, mounts, children. */
static __always_inline u32 ns_refs(u32 type, struct ns_common *ns)
{
	struct ns_common___count *c = (void *)ns;
	struct ns_common___ref *r = (void *)ns;

	if (bpf_core_field_exists(r->__ns_ref))
		return read_count(&r->__ns_ref);
	if (bpf_core_field_exists(c->count))
		return read_count(&c->count);
	return ns_refs_old(type, ns);
}

#endif
