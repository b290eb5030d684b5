// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "kernel/netnsfs.h"
#include "snapshot/kept.h"
#include "snapshot/netnsheld.h"
#include "kernel/nstype.h"

/* --- where a file lies ----------------------------------------------------------------------- */

/* A file by its filesystem and the path from the root of that. */
struct place {
	uint64_t dev; /* as mountinfo numbers it */
	struct buf path;
};

static void place_free(struct place *p)
{
	buf_free(&p->path);
}

#define auto_place __attribute__((cleanup(place_free)))

static void line_free(struct mount_line *l)
{
	mount_line_free(l);
}

/* The file at path, below the mount of that id, as a process of mountinfo sees both. */
static int place_of(const char *mountinfo, uint32_t mnt_id, const char *path, struct place *ret)
{
	__attribute__((cleanup(line_free))) struct mount_line l = {0};
	int r = mount_line_read(&l, mountinfo, mnt_id);
	size_t len;

	if (r)
		return r;
	len = strcmp(l.point.s, "/") ? strlen(l.point.s) : 0;
	if (strncmp(path, l.point.s, len) != 0 || path[len] != '/')
		return -ENOENT;
	ret->dev = l.dev;
	buf_reset(&ret->path);
	if (strcmp(l.root.s, "/") != 0)
		buf_puts(&ret->path, l.root.s);
	buf_puts(&ret->path, path + len);
	return 0;
}

/* The name's file as this process sees it, with or without a mount on it. */
static int place_here(const char *name, struct place *ret)
{
	auto_fd int dir = open(NETNS_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char link[40], path[PATH_MAX];
	auto_buf struct buf file = {0};
	struct statx x;
	ssize_t len;

	if (dir < 0 || statx(dir, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &x))
		return -errno;
	if (!(x.stx_mask & STATX_MNT_ID))
		return -EOPNOTSUPP;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
	len = readlink(link, path, sizeof(path));
	if (len <= 0)
		return -errno;
	buf_add(&file, path, (size_t)len);
	buf_printf(&file, "/%s", name);
	return place_of("/proc/self/mountinfo", (uint32_t)x.stx_mnt_id, file.s, ret);
}

/* What the namespace's mount lies on. */
static int place_there(
	const struct ns_task *t, const struct ns_mount *m, const char *path, struct place *ret)
{
	__attribute__((cleanup(line_free))) struct mount_line l = {0};
	char mountinfo[64];
	int r;

	snprintf(mountinfo, sizeof(mountinfo), "/proc/%u/task/%u/mountinfo", t->pid, t->tid);
	r = mount_line_read(&l, mountinfo, m->mnt_id);
	/* One mount may lie on another: the lowest of them covers the file. */
	return r ? r : place_of(mountinfo, l.parent, path, ret);
}

/* --- who holds it ---------------------------------------------------------------------------- */

static const struct ns_task *someone_in(const struct ns_graph *g, uint32_t mnt_ns)
{
	const struct ns_node *n = graph_find(g, NS_MNT, mnt_ns);

	if (!n || (!n->nprocs && !n->keep[KEEP_THREAD].n))
		return NULL;
	return &g->tasks->rows[n->keep[n->nprocs ? KEEP_PROC : KEEP_THREAD].at];
}

static bool is_called(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return slash && !strcmp(slash + 1, name);
}

size_t netns_held(const struct ns_graph *g, const char *name, struct netns_held *ret, size_t max)
{
	auto_place struct place here = {0}, there = {0};
	size_t n = 0;

	for (size_t i = 0; g->own_mnt && i < g->mounts->n; i++) {
		const struct ns_mount *m = &g->mounts->rows[i];
		const char *path = mounts_path(g->mounts, m);
		const struct ns_task *t;

		if (m->type != NS_NET || !m->mnt_ns || m->mnt_ns == g->own_mnt ||
			!is_called(path, name))
			continue;
		t = someone_in(g, m->mnt_ns);
		if (!t || (!here.path.len && place_here(name, &here)) ||
			place_there(t, m, path, &there) || here.dev != there.dev ||
			strcmp(here.path.s, there.path.s) != 0)
			continue;
		if (n < max)
			ret[n] = (struct netns_held){m, t};
		n++;
	}
	return n;
}

void netns_held_say(const struct ns_graph *g, const struct netns_held *h, struct buf *b)
{
	buf_printf(b, "net:[%u] is mounted on it", h->mount->inum);
	kept_where(g, h->mount->mnt_ns, b);
}

void netns_held_path(const struct ns_graph *g, const struct netns_held *h, struct buf *b)
{
	buf_printf(b, "/proc/%u/task/%u/root%s", h->task->pid, h->task->tid,
		mounts_path(g->mounts, h->mount));
}

bool netns_held_only(const struct ns_graph *g, const struct netns_held *all, size_t n,
	const struct netns_held *h)
{
	const struct ns_node *node = graph_find(g, NS_NET, h->mount->inum);
	size_t keeps = 0, these = 0;

	for (int kind = 0; node && kind < KEEP_KINDS; kind++)
		keeps += node->keep[kind].n;
	for (size_t i = 0; i < n; i++)
		these += all[i].mount->inum == h->mount->inum;
	return keeps <= these;
}
