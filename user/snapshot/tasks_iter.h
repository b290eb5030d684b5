/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tasks_iter.h - loads the BPF iterator of bpf/iter/tasks.bpf.c; snapshot/from_bpf.h reads it. */
#ifndef NSWATCH_SNAPSHOT_TASKS_ITER_H
#define NSWATCH_SNAPSHOT_TASKS_ITER_H

#include <stdbool.h>

#include "lib/err.h"

enum tasks_iter_way {
	TASKS_ITER_LIGHT, /* light skeleton: the kernel relocates (5.17), a few milliseconds */
	TASKS_ITER_FULL,  /* libbpf relocates: 5.10 and newer, 60 to 130 milliseconds */
	TASKS_ITER_WAYS,
};

/*
 * A file to read one struct task_rec per task from, once: of leaders, or of all
 * threads. -EPERM without CAP_BPF and CAP_PERFMON, -ENOTSUP where pids of the
 * initial pid namespace would mean nothing to this process.
 */
int tasks_iter_open(bool threads, int *ret_fd, struct err *err);

/* False: outside the initial pid namespace. */
bool tasks_iter_makes_sense(void);
#define TASKS_ITER_ELSEWHERE "BPF iterator: this process is not in the initial pid namespace"

/* The same in just one way. */
int tasks_iter_open_way(enum tasks_iter_way way, bool threads, int *ret_fd, struct err *err);

#endif
