/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netnames.h - how the net namespaces of a live trace are called: by the files of /run/netns, which
 * another process reads (source/namer.h), and by the mounts on such files that events tell of.
 *
 * A name that is taken away stays that of its namespace until another one has its number, so that
 * what is told of its end has it still.
 */
#ifndef NSWATCH_SOURCE_NETNAMES_H
#define NSWATCH_SOURCE_NETNAMES_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/wire/event.h"

struct namer;
struct netnames;

struct netnames_opts {
	struct namer *namer; /* stays the caller's */
	bool lives;          /* each net namespace that is made or ends is an event */
};

/* NULL: no memory. */
struct netnames *netnames_new(const struct netnames_opts *o);
void netnames_free(struct netnames *n); /* NULL allowed */

/* From here on each mount and unmount of a net namespace is an event, at once. */
void netnames_hear_pins(struct netnames *n);

/* Answers of the namer. */
void netnames_answer(struct netnames *n, uint32_t inum, const char *name, size_t len);
void netnames_answered(struct netnames *n, uint64_t cost_ns);

/* A mount that is there already. */
void netnames_pin(struct netnames *n, uint32_t inum, const char *path, size_t len);

/*
 * Whether all that will be known of the net namespaces of a record is known; what is not is asked
 * for. late: the record waits no longer.
 */
bool netnames_settled(struct netnames *n, const struct ev_hdr *hdr, size_t size, bool late);
/* Learns from a record before it is shown, and after it. */
void netnames_learn(struct netnames *n, const struct ev_hdr *hdr, size_t size);
void netnames_unlearn(struct netnames *n, const struct ev_hdr *hdr, size_t size);

/* Untrusted, valid until the next of the calls above; NULL: none. */
const char *netnames_find(const struct netnames *n, uint32_t inum);
bool netnames_any(const struct netnames *n);

#endif
