/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * brief.h - what the iterator of brief.bpf.c writes: of all processes only what
 * the list of namespaces shows. Records of different kinds, each begun by struct
 * brief_hdr, nothing between them. Never stored: both sides are of one build.
 */
#ifndef NSWATCH_BRIEF_H
#define NSWATCH_BRIEF_H

#include "event.h"
#include "fds.h"

#define BRIEF_PLACES  256 /* sets of namespaces remembered at a time; a power of two */
#define BRIEF_CMD_MAX 512 /* of a command line; what is longer is for /proc to tell */

enum brief_kind {
	BRIEF_TASK = 1, /* a process whose set of namespaces is new: struct brief_task */
	BRIEF_FDS,      /* open files of a process: struct brief_fds */
	BRIEF_SET,      /* how many processes a set had when it was forgotten: struct brief_set */
	BRIEF_END,      /* and of all that are still remembered: struct brief_end */
	BRIEF_FACTS,    /* of the namespaces of the struct brief_task before: struct brief_facts */
	BRIEF_MOUNTS,   /* where nsfs files are mounted: struct brief_mounts; before BRIEF_END */
	BRIEF_KINDS,
};

struct brief_hdr {
	__u32 kind;
	__u32 size; /* of the whole record, this header included; a multiple of 4 */
};

struct brief_task {
	struct brief_hdr hdr;
	__u32 pid; /* this and the next two in the initial pid namespace */
	__u32 tid; /* not that of pid: a thread, of which only what its leader is not in is told */
	__u32 ppid;
	__u32 uid;        /* effective, in the initial user namespace */
	__u32 flags;      /* PF_* */
	__u32 exit_state; /* EXIT_* */
	__u32 cmd_len;
	__u32 cmd_cut; /* 1: the command line is longer, or not there: /proc knows */
	__u64 start_ns;
	char comm[EV_COMM_LEN];
	__u32 inum[NS_SLOTS];    /* of the children to come only by hidden.bpf.c */
	char cmd[BRIEF_CMD_MAX]; /* as it is in memory; only cmd_len of it is written */
};

#define BRIEF_TASK_MIN 104 /* without the command line */

_Static_assert(sizeof(struct brief_task) == BRIEF_TASK_MIN + BRIEF_CMD_MAX, "size of brief_task");

struct brief_fd {
	__u32 fd;
	__u32 inum;   /* of a socket's net namespace; 0 of nsfs: its link says type and number */
	__u32 socket; /* enum fd_socket, of another net namespace than its task's; 0: of nsfs */
};

#define BRIEF_FDS_MAX 32 /* of one process; what is more is for /proc to tell */

struct brief_fds {
	struct brief_hdr hdr;
	__u32 pid;  /* the thread id where a thread has open files of its own */
	__u32 more; /* 1: there are more, of which nothing is known */
	struct brief_fd fds[BRIEF_FDS_MAX]; /* only those found are written */
};

#define BRIEF_FDS_MIN 16 /* without any */

_Static_assert(sizeof(struct brief_fds) == BRIEF_FDS_MIN + BRIEF_FDS_MAX * 12, "size of brief_fds");

struct brief_facts {
	struct brief_hdr hdr;
	__u32 owner[NS_SLOTS]; /* inum of the owner user namespace; of a user namespace its parent
				*/
	__u32 pid_parent;      /* inum, 0: it is the initial one */
	__u32 pid_level;
	__u32 child_parent; /* the same of the pid namespace of children to come */
	__u32 child_level;
	__u32 user_level;
	__u32 user_owner;   /* who made the user namespace, uid in the initial one */
	__u64 id[NS_SLOTS]; /* 0 where the kernel has none */
};

#define BRIEF_MNTS 1024 /* a power of two */

/* The mount namespaces in which files of nsfs are mounted. */
struct brief_mounts {
	struct brief_hdr hdr;
	__u32 whole; /* 0: there may be others */
	__u32 pad;
	__u32 mnt[BRIEF_MNTS]; /* their numbers, in no order; 0: none */
};

/* The set that the record-th struct brief_task (from 0) was the first of. */
struct brief_count {
	__u32 record;
	__u32 n; /* processes, the first included; 0: nothing to say */
};

struct brief_set {
	struct brief_hdr hdr;
	struct brief_count count;
};

struct brief_end {
	struct brief_hdr hdr;
	struct brief_count counts[BRIEF_PLACES];
	__u32 learned; /* 1: files were told apart, so that those of interest are all here */
	__u32 pad;
};

#endif
