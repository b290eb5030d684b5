/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poll_look.h - events without BPF: snapshots of /proc at an interval, and what
 * diff.h concludes from their differences. Needs no rights: what the user may
 * not read is left out and counted.
 */
#ifndef NSWATCH_SOURCE_POLL_LOOK_H
#define NSWATCH_SOURCE_POLL_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/source.h"
#include "lib/err.h"

struct poll_opts {
	uint64_t interval_ns;
	const uint32_t *pids; /* only these processes, NULL: all */
	size_t npids;
	bool follow; /* and their descendants */
	/* Asked during a look: true ends it, and poll_open or poll_step gives -ECANCELED. */
	bool (*stopped)(void *ctx);
	void *stop_ctx;
	struct cgroups *cgroups; /* learns the cgroups of processes; NULL: nobody wants them */
};

struct ns_poll;

/* Takes the first snapshot: what differs from it is told by poll_step. */
int poll_open(const struct poll_opts *o, struct ns_poll **ret, struct err *err);
void poll_close(struct ns_poll *p);

/*
 * A timerfd that can be read (POLLIN) whenever a step is due. Steps that came
 * too late are left out, not made up for.
 */
int poll_fd(const struct ns_poll *p);

/*
 * Takes a snapshot now, due or not, and gives what changed to the sink. The
 * caller does a last one before it ends. 0, -errno, or what the sink returned.
 */
int poll_step(struct ns_poll *p, source_sink sink, void *ctx, struct err *err);

/* Processes of the last snapshot whose namespaces may not be read, and all of them. */
size_t poll_unreadable(const struct ns_poll *p, size_t *ret_all);

#endif
