/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * looker.h - a process of its own that looks at the system when it is asked to, for a stream that
 * must not wait for it and has given its rights up.
 */
#ifndef NSWATCH_LIB_LOOKER_H
#define NSWATCH_LIB_LOOKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/buf.h"
#include "lib/err.h"

#define LOOKER_MAX (16u << 20) /* bytes of one look */

struct looker {
	pid_t pid;
	int fd;            /* -1: the process is gone */
	struct buf next;   /* what has come of the look */
	uint64_t asked_ns; /* CLOCK_MONOTONIC; 0: no look is awaited */
};

/* Adds what it sees, asked by that byte, to b. It may keep a state of its own in ctx. */
typedef void (*looker_fn)(void *ctx, char what, struct buf *b);

/*
 * Forks the process, which has the rights that the caller has now, and none of its descriptors. It
 * ends with the caller.
 */
int looker_start(struct looker *l, looker_fn fn, void *ctx, struct err *err);
void looker_end(struct looker *l);
/* Asks for a look, unless one is awaited. */
void looker_ask(struct looker *l, char what);
/* Whether the look that was asked for is whole; it is in ret then, and none is awaited any more. */
bool looker_take(struct looker *l, struct buf *ret);

#endif
