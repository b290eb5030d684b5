/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pin.h - files that keep a new namespace: a bind mount of its file of /proc/PID/ns at
 * a path that the user names. The path is looked up once, before anything is made; its
 * descriptor is what is mounted on and what is undone.
 */
#ifndef NSWATCH_ACT_PIN_H
#define NSWATCH_ACT_PIN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"
#include "kernel/nstype.h"

struct pin {
	const char *path; /* as the user wrote it, NULL: none of this type */
	int fd;           /* of the file */
	int tree; /* of the mount, once it is there and the kernel has open_tree(2); or -1 */
	int dir;  /* where the file is, if it was made here, or -1 */
	bool mounted;
};

/* By type, one of the eight. */
struct pins {
	struct pin v[NS_TYPES];
	size_t n; /* how many have a path */
};

void pins_init(struct pins *p);
void pins_set(struct pins *p, unsigned int type, const char *path);

/*
 * Opens every file; make: one that is missing is made, empty. 0 or -errno, and then
 * nothing was made. pins_close() does not undo anything.
 */
int pins_open(struct pins *p, bool make, struct err *err);
void pins_close(struct pins *p);

/*
 * Mounts the namespaces of the process whose /proc/PID directory procfd is (PID and time
 * namespaces: those of its children). On failure some may be mounted: pins_undo().
 */
int pins_mount(struct pins *p, int procfd, struct err *err);

/* Unmounts what was mounted, removes the files that were made. */
void pins_undo(struct pins *p);

#endif
