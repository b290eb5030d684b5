/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netdev_table.h - where every network device is, and the events that follow when
 * somebody tells something else.
 *
 * Two tell: rtnetlink, of the namespaces that it lets be heard, each change; and
 * looks at all namespaces, what there is at that time. A change that rtnetlink
 * told is an event as it is; what only a look shows is EVF_INFERRED. Times are
 * CLOCK_BOOTTIME in ns.
 */
#ifndef NSWATCH_SOURCE_NETDEV_TABLE_H
#define NSWATCH_SOURCE_NETDEV_TABLE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/wire/event.h"
#include "event/source.h"

struct link_place {
	uint32_t net, ifindex;
};

/* How many namespaces a device may depend on: a vlan on a macvlan on a veth. */
#define LINK_ROOTS 3

struct link_row {
	uint32_t net; /* inum */
	uint32_t ifindex;
	/* What it depends on, its other end or what it stands on; net 0: not known or nothing. */
	struct link_place on;
	uint64_t on_dev;            /* the same by its address, 0: not known */
	uint32_t roots[LINK_ROOTS]; /* namespaces of what it stood on that is gone, 0: none */
	uint64_t dev; /* what tells two devices apart wherever they are, 0: not known */
	char name[EV_DEV_LEN];
	char kind[EV_DEV_LEN]; /* "" for hardware */
	uint64_t round;        /* the last one in which rtnetlink spoke of it */
	uint64_t missing_ns;   /* since when looks do not find it, 0: they do */
	bool gone;             /* its namespace has ended, and it has not shown up again */
};

/* What an event that is not yet told waits for. */
enum link_wait {
	WAIT_NONE,
	WAIT_NAME,   /* under which name it arrived */
	WAIT_ORIGIN, /* whether it was made or came from elsewhere */
	WAIT_CAUSE,  /* which namespace's end it was */
	WAIT_WORD,   /* rtnetlink's own word of what a look has shown */
};

struct link_event {
	struct ev_netdev ev;
	enum link_wait wait;
	uint64_t until_ns;
	uint64_t round;             /* when it was told */
	uint32_t roots[LINK_ROOTS]; /* WAIT_CAUSE: the namespaces whose end it may be */
	bool related;               /* what it depended on is known, be it in the same namespace */
};

/* Net namespaces that ended, the last ones. */
#define LINK_ENDS 64

struct link_ended {
	uint32_t net; /* 0: the number is another one's meanwhile */
	uint64_t at_ns;
	uint64_t round;
};

/* A device that left its place. */
struct link_left {
	struct link_place from;
	uint64_t dev; /* 0: not known */
};

struct link_table {
	/* Whether a device that no look finds is on its way; NULL: never. */
	bool (*moving)(void *ctx, uint64_t dev, uint32_t ifindex);
	void *ctx;
	struct link_row *rows;
	size_t n, cap;
	struct link_event *queue; /* in the order of the events */
	size_t nqueue, queue_cap;
	struct link_left *left; /* what rtnetlink told away since the look began */
	size_t nleft, left_cap;
	uint64_t round; /* counts looks */
	uint64_t now_ns;
	uint64_t slack_ns; /* looks come so much later than they should; events wait for them */
	struct link_ended ends[LINK_ENDS]; /* a ring */
	unsigned int nends;
	uint32_t ended;       /* the net namespace that ended last with veths in it, */
	unsigned int orphans; /* how many of their peers were not told of yet, */
	uint64_t ended_ns;    /* and when */
	uint64_t ended_round;
	bool looks;  /* there are looks: origins and causes will be known */
	bool seeded; /* events are made only from then on */
};

/* A device as one side tells it. */
struct link_said {
	uint32_t net, ifindex;
	uint64_t dev;
	struct link_place on; /* what it depends on; net 0: not known */
	uint64_t on_dev;
	char name[EV_DEV_LEN];
	char kind[EV_DEV_LEN];
};

void links_free(struct link_table *t);

/* --- what rtnetlink says: 0 or -ENOMEM --- */

/* RTM_NEWLINK. */
int links_new(struct link_table *t, const struct link_said *s);
/*
 * RTM_DELLINK of one that goes to another namespace (0: an unknown one), from
 * where rtnetlink is heard or not.
 */
int links_moved(struct link_table *t, const struct link_said *s, uint32_t to, uint32_t to_ifindex,
	bool heard);
/* RTM_DELLINK of one that is removed. */
int links_removed(struct link_table *t, const struct link_said *s);
/* A namespace ended. */
int links_net_gone(struct link_table *t, uint32_t net);

/* What it depends on, where that was asked for and nothing changed: no event comes of it. */
void links_relate(struct link_table *t, const struct link_said *s);

/* --- what a look says --- */

/* A look begins: what rtnetlink says from now on is newer than it. */
void links_look(struct link_table *t);

/*
 * All devices of a namespace. heard: rtnetlink tells of this namespace, and what
 * is new may be on its way.
 */
int links_seen(struct link_table *t, uint32_t net, const struct link_said *s, size_t n, bool heard);
/* The same where there may be more devices than the look went through: none is missing. */
int links_seen_some(
	struct link_table *t, uint32_t net, const struct link_said *s, size_t n, bool heard);
/* After all of it: decides what waited for it. */
int links_settle(struct link_table *t);

/* Events wait for something. */
bool links_waiting(const struct link_table *t);
/*
 * Gives the events that are complete, in order, to the sink: how many, or a
 * negative errno of the sink.
 */
int links_flush(struct link_table *t, source_sink sink, void *ctx);

#endif
