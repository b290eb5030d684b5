/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hold.h - records that wait, in order, until something about them is known or their time is
 * over.
 */
#ifndef NSWATCH_SOURCE_HOLD_H
#define NSWATCH_SOURCE_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/source.h"

struct hold;

/* So many wait at most; then the first goes. */
#define HOLD_MAX 4096

/* Whether a record has to wait no longer. late: its time is over. */
typedef bool (*hold_ready_fn)(void *ctx, const void *data, size_t size, bool late);

/* Each waits wait_ns at most. NULL: no memory. */
struct hold *hold_new(uint64_t wait_ns, hold_ready_fn ready, void *ctx);
void hold_free(struct hold *h); /* NULL allowed */
/* Gives the record to the sink, or keeps a copy behind those that wait. 0 or what the sink said. */
int hold_take(struct hold *h, const void *data, size_t size, source_sink sink, void *ctx);
/* Gives those whose time has come, in order; all: however that is. */
int hold_give(struct hold *h, bool all, source_sink sink, void *ctx);
bool hold_is_empty(const struct hold *h);
/* Readable when the time of the first is over. */
int hold_fd(const struct hold *h);

#endif
