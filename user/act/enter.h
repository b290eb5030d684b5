/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * enter.h - the namespaces to enter, each named by an open file or taken from a
 * held process, and entering them in an order that works.
 *
 * All functions: 0 or -errno with err filled through step.h.
 */
#ifndef NSWATCH_ACT_ENTER_H
#define NSWATCH_ACT_ENTER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "act/target.h"
#include "kernel/nstype.h"

struct entry {
	uint32_t types;   /* bit per type: still to be entered */
	int fd[NS_TYPES]; /* the namespace, -1: the target's */
};

void entry_init(struct entry *e);
void entry_close(struct entry *e);
/* Takes over fd, in the place of one that is there. */
void entry_set(struct entry *e, unsigned int type, int fd);

/* "FILE", or ":NSID", the number that ioctl(NS_GET_ID) gives. */
int entry_open(struct entry *e, unsigned int type, const char *name, struct err *err);

/* All types that this kernel has, but not the user namespace if it is the caller's own. */
int entry_all(struct entry *e, struct target *t, struct err *err);

/* The user namespace above the one chosen, or else above that of the target. */
int entry_user_parent(struct entry *e, struct target *t, struct err *err);

/* The types that only the target can give. */
uint32_t entry_of_target(const struct entry *e);

/*
 * Enters them. With a user namespace among them: the kernel enters that first when asked
 * for all at once, which is right where it gives the rights for the others; where that
 * fails, the others are entered first, as far as they can be, and the rest after it.
 * A failure may leave some entered: the caller is not to go on.
 */
int entry_enter(struct entry *e, struct target *t, struct err *err);

#endif
