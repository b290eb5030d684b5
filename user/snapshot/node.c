// SPDX-License-Identifier: GPL-2.0-or-later
/* node.c - ways to a namespace of a graph: by what keeps it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "lib/ask.h"
#include "lib/fd.h"
#include "lib/caps.h"
#include "snapshot/graph.h"
#include "snapshot/mountsheld.h"
#include "kernel/nsfd.h"
#include "kernel/nstype.h"

static const struct ns_task *node_task(
	const struct ns_graph *g, const struct ns_node *n, enum ns_keep_kind kind)
{
	return &g->tasks->rows[n->keep[kind].at];
}

/* A mount point as this process has to write it. */
static int mount_path(const struct ns_graph *g, const struct ns_mount *m, struct buf *b)
{
	const struct ns_task *t;
	struct ns_node *mnt;

	if (g->own_mnt && m->mnt_ns != g->own_mnt) {
		mnt = graph_find(g, NS_MNT, m->mnt_ns);
		if (!mnt || (!mnt->nprocs && !mnt->keep[KEEP_THREAD].n))
			return -ENOENT;
		t = node_task(g, mnt, mnt->nprocs ? KEEP_PROC : KEEP_THREAD);
		buf_printf(b, "/proc/%u/task/%u/root", t->pid, t->tid);
	}
	buf_puts(b, mounts_path(g->mounts, m));
	return 0;
}

static int keep_path(
	const struct ns_graph *g, const struct ns_node *n, enum ns_keep_kind kind, struct buf *b)
{
	const char *name = ns_types[n->type].name;
	const struct ns_task *t;

	if (!n->keep[kind].n)
		return -ENOENT;
	switch (kind) {
	case KEEP_PROC:
		buf_printf(b, "/proc/%u/ns/%s", node_task(g, n, kind)->pid, name);
		return 0;
	case KEEP_THREAD:
	case KEEP_CHILD:
		t = node_task(g, n, kind);
		buf_printf(b, "/proc/%u/task/%u/ns/%s%s", t->pid, t->tid, name,
			kind == KEEP_CHILD ? "_for_children" : "");
		return 0;
	case KEEP_FD:
		buf_printf(b, "/proc/%u/fd/%u", g->holds->rows[n->keep[kind].at].pid,
			g->holds->rows[n->keep[kind].at].fd);
		return 0;
	case KEEP_MOUNT:
		return mount_path(g, &g->mounts->rows[n->keep[kind].at], b);
	default:
		return -ENOENT;
	}
}

int node_path(const struct ns_graph *g, const struct ns_node *n, struct buf *b)
{
	for (int kind = 0; kind < KEEP_KINDS; kind++)
		if (!keep_path(g, n, (enum ns_keep_kind)kind, b))
			return 0;
	return -ENOENT;
}

/* By the mount namespace itself, where no task is in it. */
static int mount_open(const struct ns_graph *g, const struct ns_mount *m)
{
	struct ns_node *mnt = graph_find(g, NS_MNT, m->mnt_ns);
	auto_fd int fd = -ENOENT;

	/* A mount in a third one of the kind is not followed: what leads to it is no one's. */
	if (mnt && (mnt->keep[KEEP_FD].n ||
			   (mnt->keep[KEEP_MOUNT].n &&
				   g->mounts->rows[mnt->keep[KEEP_MOUNT].at].mnt_ns == g->own_mnt)))
		fd = node_open(g, mnt);
	return fd < 0 ? fd : mounts_open_in(fd, mounts_path(g->mounts, m));
}

static int keep_open(
	const struct ns_graph *g, const struct ns_node *n, enum ns_keep_kind kind, struct buf *path)
{
	const struct ns_hold *h;
	auto_fd int below = -1;
	int fd;

	if (!n->keep[kind].n)
		return -ENOENT;
	if (kind == KEEP_SOCKET) {
		h = &g->holds->rows[n->keep[kind].at];
		return nsfd_of_socket(h->pid, h->fd);
	}
	if (kind == KEEP_PARENT || kind == KEEP_OWNER) {
		/* Relations do not go in circles: the kernel made the lower one later. */
		below = node_open(g, &g->nodes[n->keep[kind].at]);
		if (below < 0)
			return below;
		return kind == KEEP_PARENT ? nsfd_parent(below) : nsfd_owner(below);
	}
	buf_reset(path);
	if (keep_path(g, n, kind, path))
		return kind == KEEP_MOUNT ? mount_open(g, &g->mounts->rows[n->keep[kind].at])
					  : -ENOENT;
	/* Where a mount point is, and what a descriptor is, another process decides. */
	if (kind == KEEP_MOUNT || kind == KEEP_FD)
		return ask_ns_open(path->s);
	fd = open(path->s, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The fd of a namespace if it is that of the node; else it is closed. */
static int node_check(const struct ns_node *n, int fd)
{
	auto_fd int mine = fd;
	uint32_t inum;
	int type;

	if (fd < 0)
		return fd;
	type = nsfd_inum(fd, &inum) || inum != n->inum ? -ESTALE : nsfd_type(fd);
	if (type == (int)n->type)
		return take_fd(&mine);
	return type < 0 ? type : -ESTALE;
}

int node_open(const struct ns_graph *g, const struct ns_node *n)
{
	auto_filecaps filecaps_was was = filecaps_use();
	struct nsfd_is is = {(uint32_t)ns_types[n->type].flag, n->inum};
	auto_buf struct buf path = {0};
	int ret = -ENOENT;

	for (int kind = 0; kind < KEEP_KINDS; kind++) {
		int fd = node_check(n, keep_open(g, n, (enum ns_keep_kind)kind, &path));

		if (fd >= 0)
			return fd;
		if (fd != -ENOENT)
			ret = fd;
	}
	if (n->id) {
		int fd = node_check(n, nsfd_by_id(n->id, &is));

		ret = fd >= 0 || ret == -ENOENT ? fd : ret;
	}
	return ret;
}

/* --- what an open one says of itself --------------------------------------------------------- */

int node_ask(const struct ns_graph *g, struct ns_node *n)
{
	auto_fd int fd = node_open(g, n);
	int ret = fd < 0 ? fd : 0;

	for (int rel = 0; fd >= 0 && rel < NS_RELS; rel++) {
		auto_fd int other = -1;
		int user;

		if (rel == REL_PARENT && n->type != NS_PID && n->type != NS_USER)
			continue;
		other = rel == REL_PARENT ? nsfd_parent(fd) : nsfd_owner(fd);
		if (other < 0 || nsfd_inum(other, &n->rel[rel]))
			n->rel[rel] = 0;
		if (other == -ENOTTY || other == -ENOSYS)
			ret = other;
		user = n->type == NS_USER ? fd : other;
		if (rel == REL_OWNER)
			n->has_uid = user >= 0 && !nsfd_owner_uid(user, &n->owner_uid);
	}
	if (fd >= 0 && !n->id)
		nsfd_id(fd, &n->id);
	return ret;
}

int node_by_id(uint64_t id, uint32_t *ret_type, uint32_t *ret_inum)
{
	auto_fd int fd = nsfd_by_id(id, NULL);
	int type = fd < 0 ? fd : nsfd_type(fd);

	if (type >= 0)
		*ret_type = (uint32_t)type;
	return type < 0 ? type : nsfd_inum(fd, ret_inum);
}
