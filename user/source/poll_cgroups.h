/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poll_cgroups.h - whose the events of a trace without BPF are: the cgroups that /proc tells, read
 * when a process is first seen, so that it is known when it has gone.
 */
#ifndef NSWATCH_SOURCE_POLL_CGROUPS_H
#define NSWATCH_SOURCE_POLL_CGROUPS_H

#include <stdint.h>

#include "kernel/tasks.h"
#include "source/cgroups.h"

struct poll_cgroups;

/* c stays the caller's. NULL: no memory. */
struct poll_cgroups *poll_cgroups_new(struct cgroups *c);
void poll_cgroups_free(struct poll_cgroups *p); /* NULL allowed */
/* Reads the cgroups of the processes that are new in a snapshot. */
void poll_cgroups_see(struct poll_cgroups *p, const struct ns_tasks *tasks);
/* That of a process now, or, where it has gone, the last that was read; 0: not known. */
uint64_t poll_cgroups_of(struct poll_cgroups *p, const struct ns_task *t);

#endif
