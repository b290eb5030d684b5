/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boxed.h - the processes of a snapshot that are in containers or units which a user chose by
 * patterns (whose_matches()), and the namespaces that these are in.
 */
#ifndef NSWATCH_SNAPSHOT_BOXED_H
#define NSWATCH_SNAPSHOT_BOXED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/tasks.h"
#include "lib/err.h"
#include "lib/inums.h"

struct snapshot;

struct boxed {
	bool on;        /* something was chosen; else all are */
	uint8_t *tasks; /* by row of the tasks: it is in one of them */
	struct inums ns;
};

void boxed_free(struct boxed *b);
/* Of a snapshot with its tasks, anew. Without patterns all are chosen. 0 or -ENOMEM. */
int boxed_make(
	struct snapshot *s, char *const *patterns, size_t n, struct boxed *ret, struct err *err);

static inline bool boxed_has(const struct boxed *b, size_t task)
{
	return !b->on || b->tasks[task];
}

static inline bool boxed_has_ns(const struct boxed *b, uint32_t type, uint32_t inum)
{
	return !b->on || (inum && inums_find(&b->ns, type, inum));
}

#endif
