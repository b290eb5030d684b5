// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/ask.h"
#include "lib/buf.h"
#include "lib/fd.h"
#include "lib/caps.h"
#include "lib/child.h"
#include "lib/inums.h"
#include "snapshot/mountsheld.h"
#include "kernel/nsfd.h"
#include "kernel/nstype.h"

struct visit {
	int mnt;
	const char *path; /* in it; NULL: its mountinfo */
	int proc;         /* the own /proc: there may be none in the other namespace */
};

/*
 * Root and working directory become the thread's own first: setns(2) changes both. Another
 * process goes along the path, as a file system there may not answer.
 */
static int visit(void *ctx)
{
	const struct visit *v = ctx;
	auto_buf struct buf path = {0};
	int fd;

	if (unshare(CLONE_FS) || setns(v->mnt, CLONE_NEWNS))
		return -errno;
	if (v->path) {
		buf_printf(&path, "/proc/%d/task/%d/root%s", (int)getpid(), (int)gettid(), v->path);
		return ask_ns_open(path.s);
	}
	fd = openat(v->proc, "thread-self/mountinfo", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int mounts_open_in(int mnt, const char *path)
{
	struct visit v = {mnt, path, -1};
	struct ask_stat st;
	/* The process that is asked has to begin here, not in the other namespace. */
	int ret = ask_stat("/", &st);

	return ret ? ret : thread_run(visit, &v);
}

/* The mount namespace at path, where it is the one of that number. */
static int mnt_open(const char *path, uint32_t inum)
{
	auto_fd int fd = ask_ns_open(path);
	uint32_t is;

	if (fd < 0)
		return fd;
	if (nsfd_type(fd) != NS_MNT || nsfd_inum(fd, &is) || is != inum)
		return -ESTALE;
	return take_fd(&fd);
}

struct look {
	struct ns_mounts *m;
	struct inums known; /* mount namespaces that were looked into, or need not be */
	int proc;           /* see struct visit */
	size_t unreadable;
};

static int look_into(struct look *l, const char *path, uint32_t inum)
{
	struct visit v = {-1, NULL, l->proc};
	auto_fd int mnt = -1, info = -1;
	int ret;

	if (inums_find(&l->known, NS_MNT, inum) || !mounts_in(l->m, inum))
		return 0;
	mnt = mnt_open(path, inum);
	if (mnt == -ESTALE || mnt == -ENOENT)
		return 0;
	if (!inums_put(&l->known, NS_MNT, inum))
		return -ENOMEM;
	v.mnt = mnt;
	info = mnt < 0 ? mnt : thread_run(visit, &v);
	ret = info < 0 ? info : mounts_read_fd(l->m, info, inum, NULL, NULL);
	l->unreadable += ret != 0;
	return ret == -ENOMEM ? ret : 0;
}

static int all_look(struct look *l, const struct ns_holds *h, uint32_t own)
{
	char path[48];
	int ret = 0;

	for (size_t i = 0; i < h->n && !ret; i++) {
		if (h->rows[i].type != NS_MNT)
			continue;
		snprintf(path, sizeof(path), "/proc/%u/fd/%u", h->rows[i].pid, h->rows[i].fd);
		ret = look_into(l, path, h->rows[i].inum);
	}
	for (size_t i = 0; i < l->m->n && !ret; i++) {
		const struct ns_mount *row = &l->m->rows[i];

		if (row->type == NS_MNT && row->mnt_ns == own)
			ret = look_into(l, mounts_path(l->m, row), row->inum);
	}
	return ret;
}

int mounts_read_held(struct ns_mounts *m, const struct ns_tasks *t, const struct ns_holds *h,
	uint32_t own, size_t *ret_unreadable)
{
	auto_filecaps filecaps_was was = filecaps_use();
	auto_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct look l = {.m = m, .proc = proc};
	int ret = proc < 0 || !own ? -ENOENT : 0;

	if (!ret && !inums_put(&l.known, NS_MNT, own))
		ret = -ENOMEM;
	for (size_t i = 0; i < t->n && !ret; i++)
		if (t->rows[i].ns.inum[NS_MNT] &&
			!inums_put(&l.known, NS_MNT, t->rows[i].ns.inum[NS_MNT]))
			ret = -ENOMEM;
	if (!ret)
		ret = all_look(&l, h, own);
	if (!ret && ret_unreadable)
		*ret_unreadable += l.unreadable;
	inums_free(&l.known);
	return ret == -ENOENT ? 0 : ret;
}
