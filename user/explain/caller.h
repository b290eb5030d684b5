/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * caller.h - what can be read of who made a call, a moment after it: for events of
 * now, as long as it lives. What can't be read is not said: false, "".
 */
#ifndef NSWATCH_EXPLAIN_CALLER_H
#define NSWATCH_EXPLAIN_CALLER_H

#include <stdbool.h>
#include <stdint.h>

#include "event/decode.h"

/* A number in /proc/PID/task/TID/status behind key, as "\nThreads:"; base as of strtoull(3). */
bool caller_num(const struct event *ev, const char *key, int base, uint64_t *ret);
/* Has the capability (a number of linux/capability.h) in its effective set. */
bool caller_has(const struct event *ev, unsigned int cap);
/* "uid_map" or "gid_map" of its user namespace is empty. */
bool caller_unmapped(const struct event *ev, const char *map);
/* Its root is not that of its mount namespace. */
bool caller_chrooted(const struct event *ev);

#define LABEL_MAX 128
/*
 * The AppArmor profile that is enforced on it, as /proc/PID/attr/apparmor/current
 * names it, without " (enforce)". Untrusted.
 */
bool caller_confined(const struct event *ev, char ret[LABEL_MAX]);

/* The hierarchy that the memory controller is in: 1, 2; 0: unknown. */
int memory_cgroup_version(void);

/* A sysctl: a path below /proc/sys. */
bool sysctl_num(const char *path, int64_t *ret);
bool sysctl_is(const char *path, int64_t want);

#endif
