/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * live.h - what a live trace takes from elsewhere than the ring buffer:
 * rtnetlink and mountinfo, where no hook gives these events.
 */
#ifndef NSWATCH_SOURCE_LIVE_H
#define NSWATCH_SOURCE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "event/pick.h"
#include "event/source.h"
#include "lib/err.h"
#include "source/hooks.h"
#include "source/session.h"
#include "source/source.h"

struct side;

struct side_opts {
	uint64_t kinds;          /* bit per enum ev_kind that is wanted */
	uint64_t room;           /* bytes for notifications that wait, 0: the default */
	bool tree;               /* only what the traced tree does or made */
	bool quiet;              /* nothing is said on stderr */
	struct cgroups *cgroups; /* takes the notes of cgroups; NULL: there are none */
	struct netnames *names;  /* learns the mounts that are there; NULL: nobody wants it */
	bool all_pins;           /* those of net namespaces are not filtered */
};

/* After the session is open. *ret is never NULL then, also where there is nothing to take. */
int side_open(const struct side_opts *o, struct session *s, struct side **ret, struct err *err);
/* Learns what there is; from now on what changes is told. */
int side_start(struct side *side, source_sink sink, void *ctx);
/* The end: what was still to be made complete is told as it is. */
int side_finish(struct side *side, source_sink sink, void *ctx);
void side_close(struct side *side); /* NULL allowed */
/* Readable when records or notifications wait. */
int side_fd(const struct side *side);
/* It has to look now and then by itself. */
bool side_ticks(const struct side *side);
/* Other net namespaces are only looked at now and then, or not at all: for want of rights. */
bool side_is_deaf(const struct side *side);
/* Nothing more of the traced tree is to be expected. */
bool side_settled(const struct side *side);
/* What waits, the records of the session among it: how many, or a negative errno of the sink. */
int side_take(struct side *side, bool tick, source_sink sink, void *ctx);

/* --- live -------------------------------------------------------------------------------- */

/* The source of a live trace: BPF programs, rtnetlink and mountinfo. */

struct live_opts {
	struct pick
		*pick; /* what the kernel's side can leave out; its pids become those of records */
	pid_t command_pid; /* the command whose tree is traced, 0: none */
	const char
		*command; /* its program: one of the 32-bit ABI is looked for from the beginning */
	bool follow;      /* with the pids of pick: their descendants, too */
	bool kinds_asked; /* the kinds of pick are what the user named, not all there are */
	bool compat, quiet, debug;
	bool whose; /* containers are wanted */
	bool names; /* names of net namespaces are */
	/* How long an event waits for its container\'s name at most; 0: not at all. */
	uint64_t whose_wait_ns;
	uint64_t ring_size; /* bytes, 0: the default */
	const struct hook_force *forces;
	size_t nforces;
};

/*
 * 0; -ESRCH where a pid of pick is no process; else -errno: nothing can be traced here, and why is
 * in err.
 */
int live_open(const struct live_opts *o, struct source *ret, struct err *err);

#endif
