/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fleet.h - the source of the events that many hosts ship to NATS JetStream. */
#ifndef NSWATCH_SOURCE_FLEET_H
#define NSWATCH_SOURCE_FLEET_H

#include <stddef.h>
#include <stdint.h>

#include "broker/broker.h"
#include "event/pick.h"
#include "source/source.h"

#define FLEET_REORDER_NS 2000000000ULL

struct fleet_opts {
	const struct broker_opts *broker;
	char *const *hosts; /* fnmatch(3) patterns, any of them; none: all hosts */
	size_t nhosts;
	int64_t since;           /* ns since 1970: what happened from then on; 0: from now on */
	uint64_t reorder_ns;     /* an event waits so long for earlier ones of other hosts */
	const struct pick *pick; /* one kind is asked of the server */
};

/* Gives up the rights of the program's file, for none is needed. 0 or -errno. */
int fleet_open(const struct fleet_opts *o, struct source *ret, struct err *err);

#endif
