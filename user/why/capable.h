/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capable.h - whether a process has a capability over a user namespace, and by which of the
 * kernel's rules: cap_capable() in security/commoncap.c. Security modules may refuse it all the
 * same.
 */
#ifndef NSWATCH_WHY_CAPABLE_H
#define NSWATCH_WHY_CAPABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/tasks.h"

struct snapshot;

enum capable_rule {
	CAPABLE_EFFECTIVE, /* yes: it is in the effective set, for its user namespace and below */
	CAPABLE_OWNER,     /* yes: its user made the namespace (via) right below its own */
	CAPABLE_LACKS,     /* no: it is not in the effective set, and another user made via */
	CAPABLE_OUTSIDE,   /* no: the namespace is neither its own nor below that */
	CAPABLE_UNKNOWN,   /* what decides is not in sight */
};

struct capable {
	enum capable_rule rule;
	bool in_effective;
	uint32_t euid;
	uint32_t own;    /* user namespace of the process; 0: not in sight */
	uint32_t target; /* the user namespace that was asked about; 0: not in sight */
	uint32_t via;    /* that below own on the way to target; 0: target is own, or not below */
	bool has_maker;  /* who made via is known: */
	uint32_t maker;
};

static inline bool capable_yes(const struct capable *c)
{
	return c->rule == CAPABLE_EFFECTIVE || c->rule == CAPABLE_OWNER;
}

/* The user namespace whose capabilities count for a namespace; 0: not in sight. */
uint32_t capable_owner(const struct snapshot *s, uint32_t type, uint32_t inum);

/* Of a snapshot with SNAP_REL and SNAP_TREE. 0, or -errno where the process can't be asked. */
int capable_ask(
	struct snapshot *s, const struct ns_task *t, int cap, uint32_t target, struct capable *ret);

#endif
