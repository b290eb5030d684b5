/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * container.h - whose container a process is in, from its cgroup path and from
 * what runtimes leave in files. No daemon is asked.
 */
#ifndef NSWATCH_SNAPSHOT_CONTAINER_H
#define NSWATCH_SNAPSHOT_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/whose.h"
#include "lib/buf.h"
#include "kernel/tasks.h"

#define CONTAINER_ID_MAX  128
#define PODMAN_POD_DIGITS 12 /* of the id of a pod of podman: struct container.pod */

struct container_names;
struct snapshot_ops;

/*
 * A name in a cgroup path says only what its directory is called. Whoever owns a directory
 * above it can give any name there: a user to whom a subtree was delegated, or the container
 * that another one is in. Such a name carries both.
 */
struct container {
	const char *runtime;        /* "docker", "lxc", ...; "unit": a systemd unit; NULL: none */
	char id[CONTAINER_ID_MAX];  /* as the cgroup says it: a number of 64 digits, or a name */
	char pod[CONTAINER_ID_MAX]; /* uid of the kubernetes pod, or podman's; "" outside of one */
	bool has_user;              /* it is in a subtree that is delegated to another user */
	uint32_t user;
	char outer[CONTAINER_ID_MAX]; /* "docker:0123456789ab": the container it is in, or "" */
	/* In the text that was parsed: the hierarchy ("" for cgroup2) and the path to the name. */
	const char *hierarchy, *path;
	size_t hierarchy_len, path_len;
};

/*
 * From the text of /proc/PID/cgroup; 0 or -ENOENT. A delegation is seen by systemd's name for it
 * (user@1000.service) alone.
 */
int container_parse(const char *cgroup, struct container *ret);

/* The owners of the directories above the name, of which another one may be a user's: has_user. */
void container_find_owner(struct container *c);

/*
 * That a process is in, from its cgroup and the owners of the directories above the name; where
 * that names none, from what runtimes wrote of first processes (inits.h). text is its
 * /proc/PID/cgroup, which ret->path points into. 0 or -errno.
 */
int container_of(const struct snapshot_ops *ops, const struct ns_task *t, struct buf *text,
	struct container *ret);

/* Others can have made the name up. */
static inline bool container_is_foreign(const struct container *c)
{
	return c->has_user || c->outer[0];
}

/* The same as container_format() says it, and as the system at hand or another one knows it. */
bool container_say(const struct snapshot_ops *ops, const struct ns_task *t, struct buf *b);

#define CONTAINER_USER_MAX 16

/*
 * The same for event/whose.h, with what files say of it (NULL: not asked); ret points into all of
 * these. Its cgroup is left to the caller.
 */
void container_whose(const struct container *c, const struct container_names *names,
	char user[CONTAINER_USER_MAX], struct whose *ret);

/*
 * "docker:web", "containerd:0123456789ab,pod:default/web", "unit:ssh.service",
 * "lxc:web,user:1000", "lxc:web,in:docker:0123456789ab": with the names found in the
 * files below root ("" for those of this system).
 */
void container_format(const struct container *c, const char *root, struct buf *b);

#endif
