/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracefs.h - reads tracefs where it is mounted, and where it is not without
 * leaving a mount behind.
 */
#ifndef NSWATCH_KERNEL_TRACEFS_H
#define NSWATCH_KERNEL_TRACEFS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

/*
 * A descriptor of the root of tracefs that stays open until tracefs_close and
 * is not the caller's to close; or -errno with the reason: -ENOENT where the
 * kernel has no tracefs, -EACCES where rights are missing.
 */
int tracefs_open(struct err *err);

/*
 * The id of a tracepoint as perf_event_open(2) wants it. 0; -ENOENT: the
 * kernel has no such tracepoint, or no tracefs; -EACCES: rights are missing.
 */
int tracefs_tp_id(const char *category, const char *name, uint64_t *ret);

/* Gives the descriptor back; the next call opens it again. */
void tracefs_close(void);

/* Where it was found: "/sys/kernel/tracing", "detached mount"; "" while closed. */
const char *tracefs_where(void);

#endif
