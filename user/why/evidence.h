/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * evidence.h - what rules look at: one snapshot, and what is read of single
 * processes and namespaces when a rule asks, each at most once.
 *
 * What can't be read is "not known", and no rule holds on what is not known.
 */
#ifndef NSWATCH_WHY_EVIDENCE_H
#define NSWATCH_WHY_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/err.h"
#include "snapshot/graph.h"
#include "lib/inums.h"

/* Whose pid namespace a mounted procfs shows. */
struct proc_fs {
	dev_t dev;
	uint32_t pidns; /* 0: its pid 1 can't be asked, or is gone */
	bool dead;      /* no pid 1 is there any more */
};

struct evidence {
	/* Of the caller; must outlive it. Tasks with threads, ns_pid and *_for_children. */
	const struct ns_tasks *tasks;
	const struct ns_graph *graph;
	size_t mnt_unread; /* mount namespaces whose mounts nobody could read */

	/* Made by evidence_make. */
	struct inums pidns; /* type NS_PID; a: processes alive there, b: row of its init + 1 */
	struct inums dead;  /* pid namespaces known to be dead: they stay so */
	uint32_t *zombies;  /* by row: how many dead children it has */
	struct inums
		asleep; /* inits with dead children; type 0, a: their switches at a first look */
	bool looked_asleep;
	struct inums later; /* every namespace of every task, looked at once more */
	int looked;         /* 0: not yet; 1: done; -1: could not be read */
	struct proc_fs *procs;
	size_t nprocs, procs_cap;
	struct inums roots; /* root directories that were asked: which of procs + 1; 0: none */
};

#define auto_evidence __attribute__((cleanup(evidence_free)))

/* 0 or -ENOMEM. */
int evidence_make(const struct ns_tasks *t, const struct ns_graph *g, struct evidence *ret);
void evidence_free(struct evidence *e);

/* The leader of init of a pid namespace, dead or not; NULL where none is seen. */
const struct ns_task *evidence_init(const struct evidence *e, uint32_t pidns);
/* Processes alive in a pid namespace itself (not below it). */
uint64_t evidence_alive(const struct evidence *e, uint32_t pidns);
/* It is pid 1 of a pid namespace that is not the initial one. */
bool evidence_is_init(const struct ns_task *t);
/*
 * A program put itself in a sandbox (bubblewrap, Chromium's zygote, mmdebstrap): its pid 1 runs the
 * same program as the parent of that, which is outside. What pid 1 does is what the program wants.
 */
bool evidence_own_sandbox(const struct evidence *e, const struct ns_task *init);
/* The pid namespace is above another one, as far as parents are in sight. */
bool evidence_is_above(const struct evidence *e, uint32_t pidns, uint32_t other);

/*
 * No process and no thread lives in the namespace, by the snapshot and by a later
 * look at all of /proc: what keeps it was seen after the processes were.
 */
bool evidence_nobody(struct evidence *e, const struct ns_node *n);

/* --- of one process -------------------------------------------------------------------------- */

enum child_ns {
	CHILD_NS_UNKNOWN,
	CHILD_NS_OWN,    /* where it is itself */
	CHILD_NS_UNBORN, /* a new one whose pid 1 was not born yet */
	CHILD_NS_ALIVE,
	CHILD_NS_DEAD,
};

/* Where the children of a thread are born: *ret_inum is 0 where it has no number yet. */
enum child_ns evidence_children(struct evidence *e, const struct ns_task *t, uint32_t *ret_inum);

/* Signals as /proc/PID/status has them; bit n - 1 for signal n. */
struct signals {
	uint64_t pending, blocked, ignored, caught;
	uint32_t tracer;
	bool waiting; /* in sigtimedwait(2): takes what it waits for, whatever the masks say */
};

/* 0 or -errno; -EAGAIN where it changed while it was looked at. */
int evidence_signals(const struct ns_task *t, struct signals *ret);

/* The procfs at /proc of the process: its pid namespace. false: none is there, or unknown. */
bool evidence_proc(struct evidence *e, const struct ns_task *t, struct proc_fs *ret);

/* Lines of /proc/PID/uid_map or gid_map; -errno. */
int evidence_map_lines(const struct ns_task *t, const char *file);
/* 1: setgroups(2) is allowed in its user namespace; 0: denied; -errno. */
int evidence_setgroups(const struct ns_task *t);
/* How many seccomp filters are in force on it, 0: none; 1 also where the kernel does not say how
 * many (before 5.9). -errno. */
int evidence_filters(const struct ns_task *t);
/* Dead and not yet reaped, now. */
bool evidence_zombie(const struct ns_task *t);
/* Its leader sleeps (state S). */
bool evidence_asleep(const struct ns_task *t);
/* It sleeps in a call that ends by itself, by a time that is given, within this many seconds. */
bool evidence_sleeps_for(const struct ns_task *t, uint64_t max_seconds);
/* How often it has given up the CPU by itself; 0 or -errno. */
int evidence_switches(const struct ns_task *t, uint64_t *ret);
/* PF_EXITING: it has begun to end. false also where it can't be read. */
bool evidence_exiting(const struct ns_task *t);

#endif
