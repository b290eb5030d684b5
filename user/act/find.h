/* SPDX-License-Identifier: GPL-2.0-or-later */
/* find.h - what a user calls a namespace or a container, to an open namespace or a process. */
#ifndef NSWATCH_ACT_FIND_H
#define NSWATCH_ACT_FIND_H

#include <stdint.h>

#include "lib/err.h"
#include "act/target.h"

/* One of the two: a namespace of a type, open, or a held process. */
struct find_match {
	int fd; /* -1: a process */
	unsigned int type;
	struct target target;
};

/*
 * name: "net:[4026532938]", a bare inode number, a file ("/..."), a name below
 * /run/netns, or a process by a name of snapshot/named.h ("docker:web", "web:7"). 0;
 * -ENOENT or -EEXIST (several) with what there is in err; -errno.
 */
int find_name(const char *name, struct find_match *ret, struct err *err);

/* A process by its name alone ("web", "web:7"), held. */
int find_target(const char *name, struct target *ret, struct err *err);

/* A namespace of that type by the kernel's unique id (see nsfd_id), open; or -errno. */
int find_by_id(unsigned int type, uint64_t id);

#endif
