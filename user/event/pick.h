/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pick.h - which events are wanted. What the kernel side can filter it has
 * filtered already; here everything is asked again, because files and polled
 * snapshots come unfiltered.
 */
#ifndef NSWATCH_EVENT_PICK_H
#define NSWATCH_EVENT_PICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/decode.h"
#include "kernel/nstype.h"

struct filter;

/*
 * How far a namespace is: the kernel gives the number of one that has ended to the
 * next new one at once, so that on a busy machine others would be shown without end.
 */
enum pick_life {
	PICK_LIVES, /* or is waited for */
	PICK_ENDED, /* what is seen late of it is still wanted */
	PICK_OVER,  /* another has its number */
};

struct pick {
	uint64_t kinds; /* bit per enum ev_kind; EV_LOST always passes */
	uint32_t types; /* bit per type of namespace, 0: all */
	bool uid_on;
	uint32_t uid;
	const struct ns_ref *refs; /* any of these namespaces, where nrefs */
	size_t nrefs;
	uint8_t *lives;     /* enum pick_life of each of them; NULL: whoever had the number */
	char *const *comms; /* fnmatch(3) patterns, any of them, where ncomms */
	size_t ncomms;
	char *const *containers; /* patterns of whose_matches(), any of them, where ncontainers */
	size_t ncontainers;
	/*
	 * Processes, where npids, and those that the events show to descend from
	 * them, where follow. Grows: pids is malloc()ed and owned by the pick.
	 */
	uint32_t *pids;
	size_t npids;
	bool follow;
	const struct filter *filter; /* NULL: none */
};

/* Not const: what descends from its processes is learned from the events. */
bool pick_wants(struct pick *p, const struct event *ev);
/* 0 or -ENOMEM. */
int pick_add_pid(struct pick *p, uint32_t pid);
void pick_free(struct pick *p);

#endif
