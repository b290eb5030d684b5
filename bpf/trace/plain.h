/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * plain.h - the first question of the hooks that every fork and every exit
 * passes: is this one of the many that concern no namespace? Members are loaded
 * directly, which only typed tracepoints (tp_btf) allow and which costs a tenth
 * of a helper call.
 */
#ifndef NSWATCH_PLAIN_H
#define NSWATCH_PLAIN_H

#include "maps.h"
#include "task_ns.h"

/*
 * A trace of some processes begins and ends often, and the verifier of kernels before 7.0 searches
 * all BTF by name, a millisecond long, several times for each pointer that is loaded directly from
 * a task (btf_nested_type_is_trusted()). So such a trace reads them by helpers: the verifier leaves
 * out the other half, since cfg does not change.
 */
#define PLAIN_READ(from, ...)                                                                      \
	(cfg.tree_on ? BPF_CORE_READ(from, __VA_ARGS__) : PLAIN_OF(from, __VA_ARGS__))
#define PLAIN_OF_2(from, a)       (from)->a
#define PLAIN_OF_3(from, a, b)    (from)->a->b
#define PLAIN_OF_4(from, a, b, c) (from)->a->b->c
#define PLAIN_OF(...)             ___bpf_apply(PLAIN_OF_, ___bpf_narg(__VA_ARGS__))(__VA_ARGS__)

#define CLONE_PARENT 0x00008000

/*
 * A child in the namespaces of its parent. A thread is one unless it asked for others, which of
 * some types it gets. Levels are enough to compare pid namespaces: a child's is its parent's or one
 * below it. With CLONE_PARENT real_parent is not who called: then false, which means "look
 * closely".
 */
static __always_inline bool clone_plain(struct task_struct *child, u64 flags)
{

	if (flags & CLONE_THREAD)
		return !(flags & CLONE_NEW_ALL);
	return !(flags & (CLONE_PARENT | CLONE_NEW_ALL)) &&
	       PLAIN_READ(child, nsproxy) == PLAIN_READ(child, real_parent, nsproxy) &&
	       PLAIN_READ(child, real_cred, user_ns) ==
		       PLAIN_READ(child, real_parent, real_cred, user_ns) &&
	       PLAIN_READ(child, thread_pid, level) ==
		       PLAIN_READ(child, real_parent, thread_pid, level);
}

/* What no other task has, however often its number is given again. Not 0. */
static __always_inline u64 task_id(struct task_struct *t)
{
	return t->start_boottime ^ (u64)t->pid << 40;
}

/*
 * Not the last thread of its process (kernel/exit.c do_exit() has counted
 * signal->live down already), or a process that shares its nsproxy and lives in
 * the initial pid namespace, where no init ends.
 */
static __always_inline bool exit_plain(struct task_struct *t)
{
	/*
	 * Of two threads that end at once both may find the count at 0: who tells of an init
	 * marks it (init_told() in exit.bpf.c), and the other is silent.
	 */
	if (PLAIN_READ(t, signal, live.counter))
		return true;
	/* The count by its place alone: atomic_t before 6.6, refcount_t since. */
	if (cfg.tree_on) {
		struct nsproxy *np = BPF_CORE_READ(t, nsproxy);

		return np && read_count(&np->count) != 1 &&
		       BPF_CORE_READ(t, group_leader, thread_pid, level) == 0;
	}
	return t->nsproxy && *(u32 *)&t->nsproxy->count != 1 &&
	       t->group_leader->thread_pid->level == 0;
}

/* In the initial pid namespace, where no init ends. */
static __always_inline bool exit_outside(struct task_struct *t)
{
	return PLAIN_READ(t, group_leader, thread_pid, level) == 0;
}

#endif
