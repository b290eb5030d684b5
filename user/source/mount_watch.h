/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mount_watch.h - bind mounts of namespaces that come and go, without a hook in
 * the kernel's tree of mounts: differences of mountinfo.
 *
 * A call that may have changed mounts (struct nsw_mounted) only marks its mount
 * namespace; mountlook.h looks at it in a thread of its own, at ours also when the kernel
 * says that its mounts have changed (poll(2) of mountinfo). What is a copy of a mount
 * elsewhere, same namespace on the same path, is no event: a new mount namespace is full
 * of them.
 *
 * Whose call made a change is told by what the calls since the last look were: which of
 * them can add or remove, on which path, by whom. Where several fit, nobody is named.
 */
#ifndef NSWATCH_SOURCE_MOUNT_WATCH_H
#define NSWATCH_SOURCE_MOUNT_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/wire/config.h"
#include "event/source.h"
#include "lib/err.h"
#include "source/mount_look.h"

struct mountwatch;

struct mountwatch_late {
	size_t namespaces; /* mount namespaces, at most LATE_MAX of them counted */
	uint64_t looks;    /* at them that came late */
	uint64_t changes;  /* that no look came after in time */
	uint64_t cost_ns;  /* processor time of the longest look, */
	uint32_t mnt_ns;   /* and whose it was */
};
#define LATE_MAX 64

struct mountwatch_opts {
	/* Whether events of this namespace are wanted though nobody is known to have acted; NULL:
	 * all. */
	bool (*wanted)(void *ctx, uint32_t inum);
	/* As id_of of struct look_opts. */
	uint32_t (*id_of)(void *ctx, uint32_t tid);
	/* As each of struct look_opts. */
	int (*each)(void *ctx, look_each fn, void *fn_ctx);
	/*
	 * Changes are not told one by one, as looks came too late for that: one word for all since
	 * the last one, at most once a minute and at the end. NULL: nobody wants to know.
	 */
	void (*late)(void *ctx, const struct mountwatch_late *l);
	/* Each pin that is there when the watch begins, as far as it is known by then; NULL: nobody
	 * wants to know. */
	void (*there)(void *ctx, uint32_t type, uint32_t inum, const char *path);
	void *ctx;
	uint64_t kinds; /* bit per enum ev_kind */
};

int mountwatch_open(const struct mountwatch_opts *opts, struct mountwatch **ret, struct err *err);
void mountwatch_close(struct mountwatch *w); /* NULL allowed */

/* A task may have changed mounts: its mount namespace is marked. 0 or -ENOMEM. */
int mountwatch_note(struct mountwatch *w, const struct nsw_mounted *m);

/* Readable when looks found something. */
int mountwatch_fd(const struct mountwatch *w);
/*
 * Gives the events that were found to the sink: how many steps that were, or a negative errno of
 * the sink. Not more than some hundreds at once. until_ns (CLOCK_BOOTTIME): all notes of calls that
 * had returned by then were handed over; looks that ended later wait.
 */
int mountwatch_take(struct mountwatch *w, uint64_t until_ns, source_sink sink, void *ctx);
/* Now and then: begins to look, and tells by an EV_LOST record what was left out. */
int mountwatch_tick(struct mountwatch *w, source_sink sink, void *ctx);

/* Nothing is to be expected of the calls that were noted. */
bool mountwatch_settled(struct mountwatch *w);
/* The end: looks at what is marked, in at most ns, and tells; then what is left out. */
int mountwatch_finish(struct mountwatch *w, uint64_t ns, source_sink sink, void *ctx);

#endif
