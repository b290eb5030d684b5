/* SPDX-License-Identifier: GPL-2.0-or-later */
/* evict.h - keeps a history within its bounds: what is oldest goes first. */
#ifndef NSWATCH_HISTORY_EVICT_H
#define NSWATCH_HISTORY_EVICT_H

#include <stdbool.h>
#include <stdint.h>

#include "event/decode.h"
#include "history/db.h"
#include "lib/err.h"

struct evict {
	uint64_t size;   /* bytes that the database may have, its log not counted */
	int64_t age;     /* ns between the oldest event and the newest */
	uint64_t blocks; /* that were removed */
	bool forget;     /* set where names were removed: those that live are to be said again */
};

/*
 * Removes a few of the oldest blocks where there is too much, or what is older than `age` before
 * `newest`; and gives pages back that stay free. Within a transaction. 0 or -errno.
 */
int evict_some(struct evict *e, struct db *db, int64_t newest, struct err *err);
/* The cgroup of the container that one of the event's namespaces is of, as event `id` knew it. */
uint64_t owner_of(struct db *db, const struct event *ev, int64_t boot, int64_t id);

#endif
