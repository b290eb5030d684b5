/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inits.h - containers whose cgroup has no name: those of crun and runc by themselves, which are
 * called as their user likes, and those without a cgroup. Their runtimes leave in files which
 * process was started first.
 */
#ifndef NSWATCH_SNAPSHOT_INITS_H
#define NSWATCH_SNAPSHOT_INITS_H

#include "kernel/tasks.h"

struct container;

/*
 * That a process is in: it is the first one, or in its mount namespace, or in its pid namespace
 * where that is of no other container. root: "" for this system. 0 or -ENOENT; ret->path is "".
 */
int container_by_init(const struct ns_task *t, const char *root, struct container *ret);

#endif
