/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * container.h - whose container a process is in, from its cgroup path and from
 * what runtimes leave in files. No daemon is asked.
 */
#ifndef NSWATCH_NS_CONTAINER_H
#define NSWATCH_NS_CONTAINER_H

#include <stddef.h>

#include "lib/buf.h"

#define CONTAINER_ID_MAX 128

struct container {
	const char *runtime;        /* "docker", "lxc", ...; "unit": a systemd unit; NULL: none */
	char id[CONTAINER_ID_MAX];  /* as the cgroup says it: a number of 64 digits, or a name */
	char pod[CONTAINER_ID_MAX]; /* uid of the kubernetes pod, "" outside of one */
};

/* From the text of /proc/PID/cgroup; 0 or -ENOENT. */
int container_parse(const char *cgroup, struct container *ret);

/*
 * "docker:web", "containerd:0123456789ab,pod:default/web", "unit:ssh.service":
 * with the names found in the files below root ("" for those of this system).
 */
void container_format(const struct container *c, const char *root, struct buf *b);

#endif
