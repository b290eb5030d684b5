/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * caps.h - capabilities of the calling thread, as sets of bits (1 << CAP_BPF).
 * capget(2), capset(2), capabilities(7).
 */
#ifndef NSWATCH_LIB_CAPS_H
#define NSWATCH_LIB_CAPS_H

#include <stdint.h>

#include "lib/err.h"

#define CAP_BIT(cap) (1ULL << (cap))

struct caps {
	uint64_t effective, permitted, inheritable;
};

/* 0 or -errno. */
int caps_get(struct caps *ret);
int caps_set(const struct caps *c);

/*
 * Gives up for good, for this process and all that it starts, every capability
 * outside of keep, and every way to get one: nothing stays inheritable or
 * ambient, the bounding set shrinks where that is allowed (CAP_SETPCAP), and
 * no_new_privs is set. What is in keep and is not there is not made.
 */
int caps_keep(uint64_t keep, struct err *err);

#endif
