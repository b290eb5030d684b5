/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tasks.h - the rows of a snapshot: every task with its namespaces, whoever
 * read them (/proc or the BPF iterator), and the index by pid.
 */
#ifndef NSWATCH_KERNEL_TASKS_H
#define NSWATCH_KERNEL_TASKS_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/wire/event.h"
#include "lib/buf.h"

/* Flags of a row. */
#define TASK_UNREADABLE 0x1 /* its namespaces may not be read: all inums are 0 */
#define TASK_KTHREAD    0x2
#define TASK_TERM_ONCE                                                                             \
	0x8           /* an init that handles SIGTERM once only (SA_RESETHAND); by BPF alone       \
		       */
#define TASK_DEAD 0x4 /* a zombie: it left its namespaces; pid and user may still be there */

struct ns_task {
	uint32_t pid; /* thread group id, as in struct ev_hdr */
	uint32_t tid; /* equal to pid: the leader, which stands for the process */
	uint32_t ppid;
	uint32_t uid;      /* effective */
	uint32_t ns_pid;   /* pid in the innermost pid namespace, 0 where it was not asked for */
	uint32_t nthreads; /* of the process */
	uint16_t level;    /* depth of that namespace below the one of the reader's /proc */
	uint8_t flags;
	char state;        /* the letter of /proc/PID/stat */
	int32_t exit_code; /* as wait(2) gives it; TASK_DEAD only, and -1 where it can't be read */
	uint64_t start_ns; /* CLOCK_BOOTTIME; from /proc in steps of 10 ms */
	/*
	 * Address of the stack at the start of the program. It is random, so it
	 * differs after every exec; 0 where it can't be read, and from the BPF
	 * iterator, which does not ask.
	 */
	uint64_t exec_mark;
	uint64_t root; /* equal in two rows: the same root directory; 0: unknown, as from /proc */
	char comm[EV_COMM_LEN]; /* NUL-ended, untrusted */
	struct ev_nsset ns;     /* 0: no such namespace, or unreadable */
	uint32_t others;        /* further processes in the same namespaces that have no row */
	uint32_t cmd;           /* place in the text + 1 of the command line, 0: not read */
};

/*
 * Leaders in the order of pids, each followed by its other threads where those
 * were asked for.
 */
struct ns_tasks {
	struct ns_task *rows;
	size_t n, cap;
	uint64_t ts_ns;    /* when it was complete, CLOCK_BOOTTIME */
	size_t unreadable; /* rows with TASK_UNREADABLE */
	uint32_t *slots;   /* hash: row + 1 by tid, 0 free; made by tasks_index */
	size_t nslots;
	struct buf text; /* command lines, each ended by NUL, untrusted */
};

#define auto_tasks __attribute__((cleanup(tasks_free)))

/* Zeroes it too: may be used again. */
void tasks_free(struct ns_tasks *t);
/* Hands a snapshot out of its scope. */
static inline struct ns_tasks tasks_take(struct ns_tasks *t)
{
	struct ns_tasks ret = *t;

	*t = (struct ns_tasks){0};
	return ret;
}

/* A zeroed row at the end, NULL without memory. Ends the index. */
struct ns_task *tasks_add(struct ns_tasks *t);
/* Takes over the rows of src, which is freed. 0 or -ENOMEM. */
int tasks_append(struct ns_tasks *t, struct ns_tasks *src);
/* Makes the index and counts what is unreadable; 0 or -ENOMEM. */
int tasks_index(struct ns_tasks *t);
/* All rows are there: makes the index, tells the time, and replaces ret by it. 0 or -ENOMEM. */
int tasks_finish(struct ns_tasks *t, struct ns_tasks *ret);
/* The row of a thread or, by pid, of a leader; NULL where there is none. Needs the index. */
const struct ns_task *tasks_find(const struct ns_tasks *t, uint32_t tid);

/*
 * The leader, which stands for the process; where it has ended while other threads live, and
 * so is in no namespace any more, the first of these that the snapshot has.
 */
const struct ns_task *tasks_live(const struct ns_tasks *t, const struct ns_task *leader);

/* Rows of two snapshots are the same task: a pid alone may have been used again. */
static inline bool tasks_same(const struct ns_task *a, const struct ns_task *b)
{
	return a->tid == b->tid && a->start_ns == b->start_ns;
}

#endif
