/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mount_replay.h - what the calls at one path did: they are made again on what a look at mountinfo
 * had found there, and the next look says how many of them it came after.
 *
 * A look shows what is there, not what came and went, and the kernel gives the numbers of mounts
 * and of namespaces again. The calls are known one by one, so that each of them has its change, by
 * whichever numbers it was made.
 */
#ifndef NSWATCH_SOURCE_MOUNT_REPLAY_H
#define NSWATCH_SOURCE_MOUNT_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A namespace that is mounted. */
struct mount_ns {
	uint32_t type; /* enum ns_slot */
	uint32_t inum; /* 0: what is mounted is no namespace */
};

/* What is mounted on one path, the lowest first. */
struct mount_stack {
	struct mount_ns *at;
	size_t n, cap;
	bool known; /* false: below it may be more */
};

enum mount_does {
	MOUNT_PUSHES, /* mounts .ns */
	MOUNT_POPS,   /* unmounts what is on top */
	MOUNT_WILD,   /* mounts, and nobody knows what */
};

struct mount_op {
	enum mount_does does;
	uint32_t call; /* the owner's */
	uint64_t ts_ns;
	struct mount_ns ns;
	/* Out. Which change it was: ns came, or went; false: none, or nobody knows. */
	bool changes;
	bool paired; /* ns came and went among these calls */
	bool beyond; /* it unmounted what was there before all that is known */
};

void mountstack_free(struct mount_stack *s);                   /* zeroes it */
int mountstack_add(struct mount_stack *s, struct mount_ns ns); /* 0 or -ENOMEM */
bool mountstack_has(const struct mount_stack *s, struct mount_ns ns);

/*
 * Makes the calls again on was, and fills in what each did. The same namespace once more or once
 * less is no change. Returns how many of the first calls lead to what is there now, at least least,
 * and the most that do; where more may be below, of those that explain most of it. -1: no such
 * number does. is NULL: nobody knows what is there, and all do. -ENOMEM.
 */
ssize_t mount_replay(const struct mount_stack *was, const struct mount_stack *is,
	struct mount_op *ops, size_t n, size_t least);

#endif
