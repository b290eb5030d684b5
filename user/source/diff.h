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
#include "lib/inums.h"

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
	/* The number of its cgroup; 0: not known. */
	uint64_t (*cgroup)(void *ctx, const struct ns_task *t);
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

/* --- diff_records ------------------------------------------------------------------------ */

/*
 * Between diff_view.c, which collects, diff.c, which finds
 * out, and diff_records.c, which tells.
 */

#define HELD_TOLD 1 /* .a of a held namespace: it was there before, or its creation was told */
#define GONE_TOLD 1 /* .b of a gone one: its end was told, or it is not gone after all */

/* Who made a namespace that came to be while we looked. */
struct diff_known {
	uint64_t born_ns;
	uint32_t creator_pid; /* 0: nobody knows */
	bool member;
	char creator_comm[EV_COMM_LEN];
};

struct diff_view {
	struct ns_tasks tasks;
	struct ns_mounts mounts;
	struct inums
		held; /* every namespace; b: place in known + 1, 0: it was there at the start */
	struct diff_known *known;
	size_t nknown, known_cap;
	uint8_t *member; /* per row, NULL where all are */
};

struct diff {
	struct diff_opts opts;
	uint32_t *pids;
	bool started;
	struct diff_view prev, now;
	struct inums gone; /* a: row of prev + 1 that was the last, 0: none; b: GONE_TOLD */
	struct inums lone; /* held by nothing but a mount in another mount namespace */
	source_sink sink;
	void *sink_ctx;
	struct buf name, args;
};

void diff_view_free(struct diff_view *v);
/* Completes d->now from its tasks and mounts; 0 or -ENOMEM. */
int diff_view_make(struct diff *d);
/* A namespace that is held now; one that was held before is known already. 0 or -ENOMEM. */
int diff_held_add(struct diff *d, uint32_t type, uint32_t inum);
/* The row of the same task in another snapshot, NULL where there is none. */
const struct ns_task *diff_same_task(const struct ns_tasks *t, const struct ns_task *row);

/* The place of the copy + 1; 0 without memory, as if nothing was known. */
size_t diff_known_add(struct diff_view *v, const struct diff_known *k);

/*
 * Each gives its record to the sink unless the actor is none of the wanted
 * processes; 0 or what the sink returned. actor NULL: nobody knows who.
 */
int diff_tell_create(struct diff *d, const struct ns_task *actor, uint32_t type, uint32_t inum);
int diff_tell_free(struct diff *d, const struct ns_task *actor, uint32_t type, uint32_t inum);
int diff_tell_unshare(struct diff *d, const struct ns_task *n, const struct ev_nsset *before,
	const struct ev_nsset *after);
int diff_tell_setns(struct diff *d, const struct ns_task *n, const struct ev_nsset *before,
	const struct ev_nsset *after);
/* fresh: slots that the clone asked for; begun: what the child had at first. */
int diff_tell_clone(struct diff *d, const struct ns_task *parent, const struct ns_task *n,
	uint32_t fresh, const struct ev_nsset *begun);
int diff_tell_exec(struct diff *d, const struct ns_task *n, const struct ev_nsset *parent_ns);
/* parent NULL: not known, the init stands for it. */
int diff_tell_pidns_init(struct diff *d, const struct ns_task *parent, const struct ns_task *n);
/* n: the zombie, NULL where it is gone. The death of its pid namespace too, if p was an init. */
int diff_tell_end(
	struct diff *d, const struct ns_task *p, const struct ns_task *n, uint32_t empties);
int diff_tell_pin(
	struct diff *d, const struct ns_mounts *m, const struct ns_mount *row, uint16_t kind);

#endif
