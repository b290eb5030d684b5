/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mount_told.h - the pins and unpins that were told last. Of mount_watch.c alone.
 *
 * A copy of a mount that was told is no event, a call whose change a look has found is told once,
 * and of a mount namespace that has ended nothing but this says what a call unmounted.
 */
#ifndef NSWATCH_SOURCE_MOUNT_TOLD_H
#define NSWATCH_SOURCE_MOUNT_TOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/wire/config.h"
#include "source/mount_replay.h"

#define TOLD_HEADS 256

struct told {
	uint16_t kind; /* EV_PIN or EV_UNPIN */
	bool early;    /* by a look, before the note of the call that did it has come */
	uint32_t type; /* enum ns_slot */
	uint32_t inum;
	uint32_t mnt_ns, mnt_ns_id;
	uint64_t at;   /* CLOCK_BOOTTIME, 0: a copy of it was found */
	uint32_t hash; /* of the path */
	uint32_t next; /* an older one of the same bucket; its place + 1 */
	char *path;    /* untrusted; NULL: free */
};

/* The last max ones. */
struct toldset {
	struct told *rows;
	size_t max;
	uint64_t n; /* that were ever added */
	uint32_t heads[TOLD_HEADS];
};

int toldset_init(struct toldset *s, size_t max); /* 0 or -ENOMEM */
void toldset_free(struct toldset *s);

/* What the next one takes the place of; NULL: nothing. */
const struct told *toldset_oldest(const struct toldset *s);
/* NULL: no memory. */
struct told *toldset_add(
	struct toldset *s, const struct ev_pin *e, uint32_t mnt_ns, uint32_t mnt_ns_id);

/*
 * Whether such a change was told of another mount namespace than mnt_ns, in the last seconds; once
 * for each that was.
 */
bool toldset_copy(struct toldset *s, const struct ev_pin *e, uint32_t mnt_ns);
/*
 * Whether a look has told already what the call did, at most ns before it returned: the first one
 * at that place since says so, or none does.
 */
bool toldset_call(struct toldset *s, const struct nsw_mounted *n, uint64_t ns);
/* The last pin at the place that the call names that was not told to have gone. */
bool toldset_pin(const struct toldset *s, const struct nsw_mounted *n, struct mount_ns *ret);
/* Whether t is a pin that was not told to have gone. */
bool toldset_stays(const struct toldset *s, const struct told *t);

#endif
