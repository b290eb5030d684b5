/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cgroup.h - which hierarchy of cgroups says whose a process is, and the text of /proc/PID/cgroup.
 */
#ifndef NSWATCH_KERNEL_CGROUP_H
#define NSWATCH_KERNEL_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * enum nsw_cgroup_v1 of bpf/wire/config.h, from the text of /proc/cgroups: cgroup2, unless a
 * controller that runtimes and systemd give to every container and unit stands in a hierarchy of
 * version 1 (kernel/cgroup/cgroup-v1.c proc_cgroupstats_show(): hierarchy 0 is cgroup2).
 */
uint32_t cgroup_hierarchy_parse(const char *text);
/* The controller of that hierarchy as /proc/PID/cgroup names it, "" for cgroup2. */
const char *cgroup_hierarchy_name(uint32_t v1);
/* Of this machine. */
uint32_t cgroup_hierarchy(void);

/* A line of /proc/PID/cgroup, "ID:LIST:PATH"; neither ends with NUL. */
struct cgroup_line {
	const char *list; /* of controllers, or "name=NAME"; empty for cgroup2 */
	size_t list_len;
	const char *path;
	size_t path_len;
};

/* The next one of a text that ends with NUL; lines of another shape are passed over. */
bool cgroup_line_next(const char **text, struct cgroup_line *ret);
/* Whether it is of that hierarchy, by cgroup_hierarchy_name(). */
bool cgroup_line_is(const struct cgroup_line *l, const char *hierarchy);

#endif
