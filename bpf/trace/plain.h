/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * plain.h - the first question of the hooks that every fork and every exit
 * passes: is this one of the many that concern no namespace? Members are loaded
 * directly, which only typed tracepoints (tp_btf) allow and which costs a tenth
 * of a helper call.
 */
#ifndef NSWATCH_PLAIN_H
#define NSWATCH_PLAIN_H

#include "task_ns.h"

#define CLONE_PARENT 0x00008000

/*
 * A child in the namespaces of its parent. A thread is one unless it asked for others, which of
 * some types it gets. Levels are enough to compare pid namespaces: a child's is its parent's or one
 * below it. With CLONE_PARENT real_parent is not who called: then false, which means "look
 * closely".
 */
static __always_inline bool clone_plain(struct task_struct *child, u64 flags)
{
	struct task_struct *parent = child->real_parent;

	if (flags & CLONE_THREAD)
		return !(flags & CLONE_NEW_ALL);
	return !(flags & (CLONE_PARENT | CLONE_NEW_ALL)) && child->nsproxy == parent->nsproxy &&
	       child->real_cred->user_ns == parent->real_cred->user_ns &&
	       child->thread_pid->level == parent->thread_pid->level;
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
	 * Of two threads that end at once both may find the count at 0, and either
	 * may be the one that lets the pid namespace die: who tells of an init
	 * marks it (struct ns_known), and the other is silent.
	 */
	if (t->signal->live.counter)
		return true;
	/* The count by its place alone: atomic_t before 6.6, refcount_t since. */
	return t->nsproxy && *(u32 *)&t->nsproxy->count != 1 &&
	       t->group_leader->thread_pid->level == 0;
}

#endif
