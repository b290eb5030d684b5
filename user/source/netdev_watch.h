/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netdev_watch.h - events of network devices without a hook in the kernel:
 * notifications of rtnetlink, completed by looks at all net namespaces.
 *
 * One socket in our own net namespace hears it and, by NETLINK_LISTEN_ALL_NSID,
 * those that have an id in it. A socket in each namespace would hear all, and
 * would keep each alive: there is none. Nor is an id given to a namespace for
 * being heard. What happens elsewhere is seen by looks only (see linktable.h),
 * and only where the kernel lets us look.
 *
 * Notifications that found no room in the socket are counted and told by an
 * EV_LOST record; then what there is is asked for again.
 */
#ifndef NSWATCH_SOURCE_NETDEV_WATCH_H
#define NSWATCH_SOURCE_NETDEV_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/source.h"
#include "lib/err.h"

struct linkwatch;
struct linkwatch_opts {
	/*
	 * The inum of the net namespace that is called id in the one that is called
	 * via here (-1: in ours); 0: nobody is.
	 */
	uint32_t (*inum_of)(void *ctx, int32_t via, int32_t id);
	/* Whether events of this namespace are wanted; NULL: all. */
	bool (*wanted)(void *ctx, uint32_t net);
	/* A device that no look finds is on its way; NULL: nobody can tell. */
	bool (*moving)(void *ctx, uint64_t dev, uint32_t ifindex);
	void *ctx;
	uint64_t kinds; /* bit per enum ev_kind */
	bool looks;     /* linkwatch_note will be called */
	size_t room;    /* bytes of notifications that may wait, 0: the default */
};

int linkwatch_open(const struct linkwatch_opts *opts, struct linkwatch **ret, struct err *err);
void linkwatch_close(struct linkwatch *w); /* NULL allowed */
int linkwatch_fd(const struct linkwatch *w);
/* Not only of our own net namespace: that takes CAP_NET_BROADCAST. */
bool linkwatch_hears_all(const struct linkwatch *w);

/*
 * Looks take so long that the next one begins so much later than it should; 0: they don't. What
 * a late one finds changed is told as an EV_LOST record: more may have happened meanwhile.
 */
void linkwatch_late(struct linkwatch *w, uint64_t ns);
/* A look begins; true: at everything, not only at what changed. */
bool linkwatch_begin(struct linkwatch *w);
/* What the look found: a record of enum nsw_note. 0 or -errno. */
int linkwatch_note(struct linkwatch *w, const void *rec, size_t size);
/*
 * Takes the notifications that wait, then what the look found, if one began, and gives the
 * events to the sink: how many, or a negative errno (of the sink, -ENOMEM).
 */
int linkwatch_end(struct linkwatch *w, source_sink sink, void *ctx);

/* Nothing more is to be expected: no wanted namespace with devices is there. */
bool linkwatch_settled(const struct linkwatch *w);
/* At the end: what was still to be made complete is told as it is. */
int linkwatch_finish(struct linkwatch *w, source_sink sink, void *ctx);

#endif
