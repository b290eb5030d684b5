/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mount_calls.h - the calls of a mount namespace that may have changed mounts, and which of them
 * made a change that a look has found. Of mount_watch.c alone.
 */
#ifndef NSWATCH_SOURCE_MOUNT_CALLS_H
#define NSWATCH_SOURCE_MOUNT_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/wire/config.h"
#include "source/mount_look.h"
#include "source/mount_replay.h"

struct mount_call {
	struct nsw_mounted m;
	uint32_t hash; /* of the path, 0: the call does not say where */
	bool seen;     /* what it did is told, or is no event */
	bool asked;    /* in this round */
};

struct place {
	const char *s;
	size_t len;
	uint32_t hash;
};

/*
 * What a look has found at a path is not what the calls there lead to: one of them has not returned
 * yet, and what it did is told when its note has come.
 */
struct hold {
	char *path;
	struct mount_stack was, is;
	uint64_t begin_ns, end_ns; /* of the last look */
	uint64_t until_ns;
	bool moved; /* by the numbers a mount moved */
	bool calls; /* some are known that were made there */
	struct hold *next;
};

/* A mount namespace with calls that no look came after. */
struct marked {
	uint32_t mnt_ns, mnt_ns_id;
	uint32_t tids[LOOK_TIDS];
	struct mount_call *calls; /* in the order of their returns */
	size_t n, cap;
	struct hold *holds;
	size_t nholds;
	uint64_t lost;      /* pins of calls that found no place, bound a namespace, and no look has
			       found, */
	uint64_t lost_pops; /* and calls that unmount */
	uint64_t lost_ns;   /* when the last of them returned */
	uint64_t forgot_ns; /* the others do not begin at a look that began before: 0, they do */
	bool queued;        /* a look was asked for and is not over */
	bool forgot_pins;   /* that were told: by whose end is no longer known */
	struct marked *next;
};

struct place place_of(const char *s, size_t len);

bool is_pin(const struct nsw_mounted *m);
/* Whether the call says where: the path as the caller named it. */
bool call_places(const struct nsw_mounted *m);
/* Whether it may have mounted a namespace without saying so. */
bool call_is_wild(const struct nsw_mounted *m);
bool call_is_at(const struct mount_call *c, const struct place *p);

/*
 * The header of whoever made a change. False: nobody is known to have. Where calls of
 * several processes fit alike, no actor is in the header. m: NULL allowed.
 */
bool actor_find(const struct marked *m, const struct look_found *f, struct ev_hdr *ret);
/*
 * The call that mounted what a look has found, the last one that had returned by then, or that
 * unmounted it, the first one: by the path, or where none names it, any that could be. A call may
 * return after a look has found what it did. NULL: its note has not come yet, or there is none.
 */
struct mount_call *call_of(struct marked *m, const struct look_found *f, bool by_name);
/* Whether there is a call that did what a look has found, which is told then. m: NULL allowed. */
bool call_seen(struct marked *m, const struct look_found *f);

#endif
