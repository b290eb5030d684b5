/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mount_set.h - the bind mounts of nsfs in every mount namespace that was looked at,
 * and what changed between two looks at one.
 *
 * A mount namespace is its number and its unique id, since numbers are used again: what
 * was known of a number with another id is of one that has ended, and is forgotten. The
 * same namespace on the same path stands once in memory, however many mount namespaces
 * have a copy of that mount.
 */
#ifndef NSWATCH_SOURCE_MOUNT_SET_H
#define NSWATCH_SOURCE_MOUNT_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/mountinfo.h"

struct mount_row {
	uint32_t mnt_id;
	uint32_t pin; /* index among the pins of struct mountsets */
};

/* One mount namespace. */
struct mountset {
	uint32_t inum;
	uint32_t id;            /* the low half of its unique id, 0: not known */
	struct mount_row *rows; /* in the order of mountinfo */
	size_t n;
	bool looked;           /* rows are what a look found */
	struct mountset *next; /* of the same bucket */
	void *owner;           /* whatever the owner keeps there */
};

/* A namespace on a path. */
struct mount_pin {
	uint32_t type; /* enum ns_slot, one of the eight types */
	uint32_t inum;
	uint32_t refs; /* rows that are of it, 0: a free place */
	uint32_t next; /* of the same bucket, or of the free places; index + 1 */
	uint32_t hash;
	char *path; /* untrusted */
};

struct mountsets {
	struct mountset **buckets;
	size_t n, nbuckets;
	struct mount_pin *pins;
	uint32_t *pin_buckets; /* index + 1 */
	size_t npins, pins_cap, npin_buckets;
	uint32_t free; /* index + 1 */
	size_t rows;   /* of all */
	size_t text;   /* bytes of all paths */
};

void mountsets_free(struct mountsets *s);

/* NULL where nothing is known of that number. */
struct mountset *mountsets_find(const struct mountsets *s, uint32_t inum);
/*
 * That of the number, made where there was none. One of another id is emptied first (id 0
 * is like any). NULL without memory.
 */
struct mountset *mountsets_get(struct mountsets *s, uint32_t inum, uint32_t id);
/* Forgets one; its memory is gone. */
void mountsets_drop(struct mountsets *s, struct mountset *of);

/*
 * Called with each change; the pin is valid for this call only. A mount that moved is two changes,
 * which are marked: the kernel gives the numbers of mounts and of namespaces again, so that one
 * that went away and another one that came look like it.
 */
#define MOUNTSET_ADDED 0x1
#define MOUNTSET_MOVED 0x2
typedef void (*mountset_change)(void *ctx, unsigned int how, const struct mount_pin *pin);

/*
 * Exchanges the rows of a mount namespace for those of now and calls change (NULL: nobody
 * wants to know) for what went away, then for what came. The same namespace mounted on the same
 * path once more or once less is no change. Of one that
 * was never looked at, only what is nowhere else is told: a new mount namespace is full of
 * copies. 0, or -ENOMEM with all as it was.
 */
int mountset_take(struct mountsets *s, struct mountset *of, const struct ns_mounts *now,
	mountset_change change, void *ctx);

#endif
