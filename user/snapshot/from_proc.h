/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * from_proc.h - a snapshot of all tasks from /proc: the source that needs no BPF,
 * and single files of a process known from a snapshot.
 */
#ifndef NSWATCH_SNAPSHOT_FROM_PROC_H
#define NSWATCH_SNAPSHOT_FROM_PROC_H

#include "lib/buf.h"
#include "lib/err.h"
#include "snapshot/holds.h"
#include "kernel/tasks.h"

struct procfs_opts {
	uint32_t slots;       /* bit per enum ns_slot to read; 0: all. Fewer is faster */
	bool threads;         /* rows of the other threads too */
	bool nspids;          /* fill ns_pid and level */
	unsigned int workers; /* threads of its own to read with; 0: as many as pay */
	/*
	 * Rows of only those processes that are the first in some namespaces, with
	 * the number of others: of the rest only the namespaces and open files are
	 * read. holds gets the latter; not with threads or nspids.
	 */
	bool brief;
	struct ns_holds *holds;
	/* Asked now and then, by the thread that calls: true ends it by -ECANCELED. May be NULL. */
	bool (*stopped)(void *ctx);
	void *stop_ctx;
};

/* The snapshot, with its index. What vanished meanwhile has no row. */
int procfs_read(const struct procfs_opts *o, struct ns_tasks *ret, struct err *err);

/* Whether /proc is a procfs; without one nothing can be known of processes. */
bool procfs_is_there(void);

/*
 * What is to be said of a process that /proc does not have: that there is none, or that it is
 * hidden (hidepid= of proc(5)), and who would see it. -ESRCH or -EACCES.
 */
int procfs_absent(uint32_t pid, struct err *err);

/*
 * Adds a file of /proc/PID ("cmdline", "cgroup", "mountinfo") or what a link
 * there says ("exe") to b, at most max bytes. -ESRCH where the process of the
 * row is gone, also if its pid belongs to another one now.
 */
int procfs_text(const struct ns_task *t, const char *name, size_t max, struct buf *b);
int procfs_link(const struct ns_task *t, const char *name, struct buf *b);

/*
 * The pids of a task from the outermost namespace that the reader sees to its
 * own, at most max; the count or -errno.
 */
int procfs_nspids(const struct ns_task *t, uint32_t *ret_pids, size_t max);

/*
 * Whether the pid namespace that children of the task are born in has or had a pid 1: before that
 * the link pid_for_children has no target (pidns_for_children_get() in kernel/pid_namespace.c).
 * 1, 0, or -errno where it is not known.
 */
int procfs_born(const struct ns_task *t);

/*
 * A thread that is in namespaces, of a process whose leader has ended while others live: the
 * kernel keeps the leader as a zombie, without them, until the last has ended. 0 where the
 * leader is in its namespaces, or no thread is.
 */
uint32_t procfs_live_thread(uint32_t pid);

/* Line of /proc/PID/stat to the row; 0 or -EINVAL. Here for the tests. */
int procfs_stat_parse(const char *s, size_t len, struct ns_task *ret);

#endif
