/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * named.h - processes by the names that people give them, the same for every command:
 *
 *	docker:web, web		a container as ls calls it: its first process
 *	0123ab			from four digits on, the beginning of its id
 *	we*			a pattern of fnmatch(3), where one container alone is called so
 *	web:7			the process that is 7 in the pid namespace of that container
 *	pid:[4026532938]:7	the process that is 7 in that pid namespace
 *	blue			a name below /run/netns, for those who ask for these
 *
 * What somebody made up who has a part of the cgroups, or a container of its own containers, is
 * found by that name in full alone ("lxc:web,user:1000"): container.h.
 */
#ifndef NSWATCH_SNAPSHOT_NAMED_H
#define NSWATCH_SNAPSHOT_NAMED_H

#include <stdbool.h>

#include "kernel/tasks.h"
#include "lib/err.h"

/* What a name led to. */
struct named {
	bool netns;          /* the net namespace of that name; else: */
	struct ns_task task; /* the process, with its pid namespace */
	char *box;           /* the container that the process was in, NULL: none was named */
};

#define auto_named __attribute__((cleanup(named_free)))

/* An argument that is no number: then it may be a name. */
static inline bool named_is_name(const char *s)
{
	return *s && (*s < '0' || *s > '9');
}

/*
 * netns: also names below /run/netns. 0; -ENOENT with what there is, -EEXIST with the candidates
 * (several), -ESRCH where no process has that pid there, -EACCES where the pid namespace may not be
 * looked at, or -errno.
 */
int named_find(const char *name, bool netns, struct named *ret, struct err *err);
void named_free(struct named *n);
/* The process is still the one that was found, and where it was: 0 or -ESRCH with err. */
int named_check(const struct named *n, struct err *err);

#endif
