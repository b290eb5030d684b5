/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keys.h - what a block is found by: the namespaces, processes, cgroups and devices of its events.
 */
#ifndef NSWATCH_HISTORY_KEYS_H
#define NSWATCH_HISTORY_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "event/decode.h"
#include "lib/buf.h"
#include "lib/inums.h"

struct keys {
	struct inums ns, pids, cgroups; /* inums_put_id() of cgroups */
	struct buf devices;             /* EV_DEV_LEN bytes each */
	uint64_t kinds;                 /* bit per enum ev_kind */
};

#define auto_keys __attribute__((cleanup(keys_free)))

void keys_free(struct keys *k);
/* owner: the cgroup of the container that a namespace of the event is of; 0: none. */
void keys_take(struct keys *k, const struct event *ev, uint64_t owner);

/*
 * Calls fn with each number of a set, in order; 0, or what fn returned first.
 */
int keys_each(const struct inums *s, int (*fn)(void *ctx, int64_t key), void *ctx);
/* The names of devices, in order, each once; *len is at most EV_DEV_LEN. */
int keys_each_device(struct keys *k, int (*fn)(void *ctx, const char *name, size_t len), void *ctx);

#endif
