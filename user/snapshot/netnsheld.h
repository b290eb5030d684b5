/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netnsheld.h - net namespaces that are mounted on the file of a name in other mount
 * namespaces than this process's: services with private mounts hold them so.
 *
 * Removing the file takes those mounts away too (__detach_mounts() in fs/namespace.c, which
 * vfs_unlink() calls), and ends the namespaces that nothing else keeps.
 */
#ifndef NSWATCH_SNAPSHOT_NETNSHELD_H
#define NSWATCH_SNAPSHOT_NETNSHELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "snapshot/graph.h"

struct netns_held {
	const struct ns_mount *mount; /* inum, mnt_ns and the path there */
	const struct ns_task *task;   /* a process or thread of that mount namespace */
};

/*
 * The first max of them into ret; how many there are is returned. The graph has tasks and the
 * mounts of all mount namespaces. Two files are one if they have the same path in the same
 * filesystem: what mountinfo says of both is compared, and no path of others is followed.
 */
size_t netns_held(const struct ns_graph *g, const char *name, struct netns_held *ret, size_t max);

/* "net:[I] is mounted on it in mnt:[M], where process P (COMM) is" */
void netns_held_say(const struct ns_graph *g, const struct netns_held *h, struct buf *b);
/* "/proc/P/task/T/root/run/netns/x": by which it can be opened from here. */
void netns_held_path(const struct ns_graph *g, const struct netns_held *h, struct buf *b);
/* Nothing but such mounts keeps the namespace of h. */
bool netns_held_only(const struct ns_graph *g, const struct netns_held *all, size_t n,
	const struct netns_held *h);

#endif
