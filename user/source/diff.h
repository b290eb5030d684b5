/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * diff.h - what must have happened between two snapshots, told in the records
 * of bpf/wire/event.h, all marked EVF_INFERRED | EVF_FROM_POLL. No I/O of its own.
 *
 * Rules:
 * - a process is in a namespace that no task had before: unshare (result 0); in
 *   one that was there: setns. Both are possible at once, the unshare first;
 * - a new process differs from what its parent hands on: clone by the parent
 *   for what is new, setns by itself for what was there. Where its own children
 *   would go elsewhere than it is itself, it was no clone but its own unshare;
 * - a pid_for_children that has no number yet (its first child was not born) is
 *   a new pid namespace; its ns-create follows with the first child;
 * - the stack of the program is elsewhere, or where that can't be read the name
 *   is another: exec;
 * - no task and no mount names a namespace any more: ns-free. Sockets, open files
 *   and threads other than the leader are not looked at, so it may live on;
 * - what a process that may not be read is in stays as it was known;
 * - what began and ended between two snapshots is not seen at all.
 */
#ifndef NSWATCH_SOURCE_DIFF_H
#define NSWATCH_SOURCE_DIFF_H

#include "event/source.h"
#include "kernel/mountinfo.h"
#include "kernel/tasks.h"

struct diff;

struct diff_opts {
	const uint32_t *pids; /* only records of these processes, NULL: all */
	size_t npids;
	bool follow; /* and of their descendants */

	void *ctx; /* of the functions below, each of which may be NULL */
	/*
	 * Adds the nsfs mounts of other mount namespaces: asked for only when a
	 * namespace has neither task nor mount left.
	 */
	int (*other_mounts)(void *ctx, const struct ns_tasks *t, struct ns_mounts *m);
	/* File name and arguments, each ended by NUL, of a running program. */
	void (*program)(void *ctx, const struct ns_task *t, struct buf *name, struct buf *args);
};

/* Copies o and the pids; 0 or -ENOMEM. */
int diff_new(const struct diff_opts *o, struct diff **ret);
void diff_free(struct diff *d);

/*
 * Takes over a snapshot of leaders and the nsfs mounts of the mount namespace
 * of this process. The first is what the next is compared with and gives no
 * record. 0, -ENOMEM, or what the sink returned.
 */
int diff_step(struct diff *d, struct ns_tasks *tasks, struct ns_mounts *mounts, source_sink sink,
	void *ctx);

#endif
