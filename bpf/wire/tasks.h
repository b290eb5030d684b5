/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tasks.h - what the iterator of tasks.bpf.c writes: one struct task_rec per
 * task, nothing between them. Never stored: both sides are of one build.
 */
#ifndef NSWATCH_TASKS_H
#define NSWATCH_TASKS_H

#include "event.h"

struct task_rec {
	__u32 pid; /* thread group id; this and the next two in the initial pid namespace */
	__u32 tid;
	__u32 ppid;
	__u32 uid;        /* effective, in the initial user namespace */
	__u32 ns_pid;     /* tid in the task's own pid namespace */
	__u32 level;      /* of that namespace */
	__u32 pid_parent; /* inum of its parent, 0: it is the initial one */
	__u32 user_level; /* of the user namespace */
	__u32 user_owner; /* who made that, uid in the initial user namespace */
	__u32 flags;      /* PF_* */
	__u32 state;      /* TASK_* */
	__u32 exit_state; /* EXIT_* */
	__s32 exit_code;
	__u32 nthreads;
	__u32 child_level;  /* of pid_for_children */
	__u32 child_parent; /* inum of the parent of pid_for_children */
	__u64 start_ns;
	__u64 root; /* equal in two tasks: both have the same root directory; 0: it has none */
	__u32 term_flags; /* of an init: SA_* of its handling of SIGTERM */
	__u32 pad;
	char comm[EV_COMM_LEN];
	__u32 inum[NS_SLOTS];
	__u32 owner[NS_SLOTS]; /* inum of the owner user namespace; of a user namespace its parent
				*/
	__u64 id[NS_SLOTS];    /* 0 where the kernel has none */
};

_Static_assert(sizeof(struct task_rec) == 264, "size of task_rec");

#endif
