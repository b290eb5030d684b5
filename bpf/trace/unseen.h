/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unseen.h - which namespaces of tasks are accounted for: by an event, or because they were there
 * when the trace began. What a task is in besides was brought by a call that nobody saw.
 *
 * A struct nsproxy is made by unshare, setns and clone alone, and children share their parent's. So
 * few pairs of nsproxy and user namespace stand for all tasks, and of most tasks nothing is kept.
 */
#ifndef NSWATCH_UNSEEN_H
#define NSWATCH_UNSEEN_H

#include "emit.h"

/* The map `told` is full of what has gone: user space fills it anew (user/source/unseen.c). */
extern __u32 unseen_full;

/* Addresses of an nsproxy and of a user namespace; or the number of a namespace, and 0. */
struct told_key {
	u64 nsproxy;
	u64 user;
};

/*
 * Of a pair nsset_mark(), of a namespace ns_mark(): addresses and numbers are used again, but
 * hardly both for the same.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 32768);
	__type(key, struct told_key);
	__type(value, u32);
} told SEC(".maps") __weak;

struct told_last {
	u64 id; /* told_id() */
	struct ev_nsset set;
	struct ev_nsset now; /* scratch: the stack has no room for it */
};

/* Threads that left the namespaces of their parents, and where they were last. Of one that is
 * forgotten the parent's are taken. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, u64); /* pid_tgid */
	__type(value, struct told_last);
} told_last SEC(".maps") __weak;

static const struct told_last told_nothing;

/* Without the task's own pid namespace, which is no part of its nsproxy: the first child after
 * unshare(CLONE_NEWPID) has the nsproxy of its parent, and another one. */
static __always_inline u32 nsset_mark(const struct ev_nsset *set)
{
	u32 mark = 0;

#pragma unroll
	for (int i = 0; i < NS_SLOTS; i++)
		if (i != NS_PID)
			mark = mark * 0x01000193 ^ set->inum[i];
	return mark;
}

/* Numbers of threads are used again. */
static __always_inline u64 told_id(struct task_struct *t)
{
	return BPF_CORE_READ(t, start_boottime) ^ (u64)BPF_CORE_READ(t, pid) << 40;
}

static __always_inline u64 told_thread(struct task_struct *t)
{
	return (u64)BPF_CORE_READ(t, tgid) << 32 | BPF_CORE_READ(t, pid);
}

static __always_inline struct told_key told_pair(struct task_struct *t)
{
	struct told_key k = {.nsproxy = (u64)BPF_CORE_READ(t, nsproxy),
		.user = (u64)BPF_CORE_READ(t, real_cred, user_ns)};

	return k;
}

static __always_inline bool told_has(struct task_struct *t, const struct ev_nsset *set)
{
	struct told_key k = told_pair(t);
	u32 *mark = bpf_map_lookup_elem(&told, &k);

	return mark && *mark == nsset_mark(set);
}

static __always_inline u32 ns_mark(struct ns_common *ns)
{
	return (u64)ns >> 3;
}

static __always_inline long told_put(u64 nsproxy, u64 user, u32 mark)
{
	struct told_key k = {.nsproxy = nsproxy, .user = user};

	return bpf_map_update_elem(&told, &k, &mark, BPF_ANY);
}

/* From here on these namespaces of the task are accounted for. */
static __noinline int told_set(struct task_struct *t, const struct ev_nsset *set)
{
	struct told_key k = told_pair(t);
	struct nsproxy *np;
	long r = 0;

	if (!k.nsproxy || told_has(t, set))
		return 0;
	np = (void *)k.nsproxy;
#pragma unroll
	for (int i = 0; i < NS_SLOTS; i++)
		r |= told_put(set->inum[i], 0, ns_mark(task_ns(t, np, i)));
	r |= told_put(k.nsproxy, k.user, nsset_mark(set));
	if (r)
		unseen_full = 1;
	return 0;
}

/* What is kept of a thread that has changed; made where there is nothing. NULL: no memory. */
static __always_inline struct told_last *told_entry(struct task_struct *t)
{
	u64 key = told_thread(t);
	struct told_last *last = bpf_map_lookup_elem(&told_last, &key);

	if (last)
		return last;
	bpf_map_update_elem(&told_last, &key, &told_nothing, BPF_ANY);
	return bpf_map_lookup_elem(&told_last, &key);
}

/* An event tells, or told, of what the task is in now. */
static __noinline __attribute__((unused)) int told_task(struct task_struct *t)
{
	struct told_last *last = told_entry(t);

	if (!last)
		return 0;
	last->id = told_id(t);
	task_nsset(t, &last->set);
	return told_set(t, &last->set);
}

#endif
