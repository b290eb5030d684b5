// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "ns/mounts.h"
#include "ns/mountwatch.h"
#include "ns/procfs.h"
#include "ns/tasks.h"

#define OWN_MOUNTINFO "/proc/self/mountinfo"
#define TOLD_MAX      16
#define TOLD_NS       (5ULL * 1000000000) /* by then its copies are seen */

/* A change in another mount namespace, which may come here, too: a copy is not told. */
struct told {
	uint16_t kind;
	uint32_t type; /* enum ns_slot */
	uint32_t inum;
	char path[EV_TEXT_MAX];
	uint64_t at; /* CLOCK_BOOTTIME, 0: free */
};

struct mountwatch {
	struct mountwatch_opts opts;
	struct ns_mounts all; /* of every mount namespace that was looked at */
	uint32_t *known;      /* mount namespaces that were looked at */
	size_t nknown;
	uint32_t own;
	int fd;     /* mountinfo, for poll(2) */
	bool dirty; /* it has changed, and nobody has said who did it */
	struct told told[TOLD_MAX];
	size_t next_told;
};

static uint32_t mnt_ns_of(const char *link)
{
	struct stat st;

	return stat(link, &st) ? 0 : (uint32_t)st.st_ino;
}

static bool same_pin(const struct ns_mounts *a, const struct ns_mount *x, const struct ns_mounts *b,
	const struct ns_mount *y)
{
	return x->type == y->type && x->inum == y->inum &&
	       !strcmp(mounts_path(a, x), mounts_path(b, y));
}

static const struct ns_mount *mount_find(
	const struct ns_mounts *m, uint32_t mnt_ns, uint32_t id, uint32_t inum)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->rows[i].mnt_ns == mnt_ns && m->rows[i].mnt_id == id &&
			m->rows[i].inum == inum)
			return &m->rows[i];
	return NULL;
}

/* Whether the same is mounted on the same path there, in whatever layer; or (anywhere) elsewhere.
 */
static bool has_copy(const struct ns_mounts *m, const struct ns_mounts *of,
	const struct ns_mount *x, bool anywhere)
{
	for (size_t i = 0; i < m->n; i++)
		if ((anywhere || m->rows[i].mnt_ns == x->mnt_ns) && same_pin(m, &m->rows[i], of, x))
			return true;
	return false;
}

/* Whether the same is in a later row, too: one of them is told. */
static bool has_later(const struct ns_mounts *m, size_t i, uint32_t mnt_ns)
{
	for (size_t k = i + 1; k < m->n; k++)
		if (m->rows[k].mnt_ns == mnt_ns && same_pin(m, &m->rows[k], m, &m->rows[i]))
			return true;
	return false;
}

static bool ns_known(const struct mountwatch *w, uint32_t mnt_ns)
{
	for (size_t i = 0; i < w->nknown; i++)
		if (w->known[i] == mnt_ns)
			return true;
	return false;
}

static int ns_learn(struct mountwatch *w, uint32_t mnt_ns)
{
	uint32_t *more;

	if (!mnt_ns || ns_known(w, mnt_ns))
		return 0;
	more = reallocarray(w->known, w->nknown + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	w->known = more;
	w->known[w->nknown++] = mnt_ns;
	return 0;
}

static void told_add(struct mountwatch *w, const struct ev_pin *e)
{
	struct told *t = &w->told[w->next_told++ % TOLD_MAX];

	*t = (struct told){e->hdr.kind, e->ns_type, e->inum, .at = clock_ns(CLOCK_BOOTTIME)};
	memcpy(t->path, e->path, e->path_len);
}

/* Whether it was told of another mount namespace a moment ago, and of this one not yet. */
static bool told_take(struct mountwatch *w, const struct ev_pin *e)
{
	for (size_t i = 0; i < TOLD_MAX; i++) {
		struct told *t = &w->told[i];

		if (!t->at || t->kind != e->hdr.kind || t->inum != e->inum ||
			t->type != e->ns_type || strlen(t->path) != e->path_len ||
			memcmp(t->path, e->path, e->path_len) != 0)
			continue;
		if (e->hdr.ts_ns - t->at < TOLD_NS) {
			t->at = 0;
			return true;
		}
	}
	return false;
}

static int pin_tell(struct mountwatch *w, uint16_t kind, const struct ev_hdr *by,
	const struct ns_mounts *m, const struct ns_mount *x, source_sink sink, void *ctx)
{
	struct ev_pin e = {.hdr = *by, .ns_type = x->type, .inum = x->inum};
	size_t len = strlen(mounts_path(m, x));

	if (!(w->opts.kinds & (1ULL << kind)))
		return 0;
	if ((by->flags & EVF_NO_ACTOR) && w->opts.wanted && !w->opts.wanted(w->opts.ctx, x->inum))
		return 0;
	if (len >= EV_TEXT_MAX)
		len = EV_TEXT_MAX - 1;
	memcpy(e.path, mounts_path(m, x), len);
	e.path_len = (uint16_t)len;
	e.hdr.kind = kind;
	e.hdr.size = (uint16_t)(offsetof(struct ev_pin, path) + len);
	e.hdr.flags |= EVF_INFERRED;
	if (by->flags & EVF_NO_ACTOR && told_take(w, &e))
		return 0;
	if (x->mnt_ns != w->own)
		told_add(w, &e);
	return sink(ctx, &e, e.hdr.size);
}

/* w->all with the rows of one mount namespace exchanged for those of now: 0 or -ENOMEM. */
static int mounts_exchange(struct mountwatch *w, const struct ns_mounts *now, uint32_t mnt_ns)
{
	auto_mounts struct ns_mounts next = {0};
	const struct ns_mounts *from[] = {&w->all, now};

	next.rows = calloc(w->all.n + now->n + 1, sizeof(*next.rows));
	if (!next.rows)
		return -ENOMEM;
	next.cap = w->all.n + now->n + 1;
	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < from[k]->n; i++) {
			const struct ns_mount *x = &from[k]->rows[i];
			const char *path = mounts_path(from[k], x);

			if (from[k] == &w->all && x->mnt_ns == mnt_ns)
				continue;
			next.rows[next.n] = *x;
			next.rows[next.n++].path = next.text.len;
			buf_add(&next.text, path, strlen(path) + 1);
		}
	mounts_free(&w->all);
	w->all = next;
	next = (struct ns_mounts){0};
	return 0;
}

/* Tells what became of the mounts of a mount namespace, which are these now. */
static int mounts_compare(struct mountwatch *w, const struct ns_mounts *now, uint32_t mnt_ns,
	const struct ev_hdr *by, source_sink sink, void *ctx)
{
	const bool copied = !ns_known(w, mnt_ns);
	int told = 0, r = 0;

	for (size_t i = 0; i < w->all.n && r >= 0; i++) {
		const struct ns_mount *x = &w->all.rows[i];

		if (x->mnt_ns != mnt_ns || mount_find(now, mnt_ns, x->mnt_id, x->inum) ||
			has_copy(now, &w->all, x, false) || has_later(&w->all, i, mnt_ns))
			continue;
		r = pin_tell(w, EV_UNPIN, by, &w->all, x, sink, ctx);
		told++;
	}
	for (size_t i = 0; i < now->n && r >= 0; i++) {
		const struct ns_mount *x = &now->rows[i];

		if (mount_find(&w->all, mnt_ns, x->mnt_id, x->inum) ||
			has_copy(&w->all, now, x, copied) || has_later(now, i, mnt_ns))
			continue;
		r = pin_tell(w, EV_PIN, by, now, x, sink, ctx);
		told++;
	}
	if (r >= 0)
		r = ns_learn(w, mnt_ns);
	if (r >= 0)
		r = mounts_exchange(w, now, mnt_ns);
	return r ? r : told;
}

/* The mounts of a mount namespace as a process sees them; false where that is not there any more.
 */
static bool mounts_of(uint32_t tid, uint32_t mnt_ns, struct ns_mounts *ret)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/%u/ns/mnt", tid);
	if (mnt_ns_of(path) != mnt_ns)
		return false;
	snprintf(path, sizeof(path), "/proc/%u/mountinfo", tid);
	if (!mounts_read(ret, path, mnt_ns, NULL))
		return true;
	mounts_free(ret);
	return false;
}

/* As another process sees them: who made the call may have ended meanwhile. */
static bool mounts_of_any(uint32_t mnt_ns, struct ns_mounts *ret)
{
	const struct procfs_opts all = {.slots = 1U << NS_MNT};
	struct ns_tasks tasks = {0};
	bool found = false;

	if (!procfs_read(&all, &tasks, NULL))
		for (size_t i = 0; i < tasks.n && !found; i++)
			found = tasks.rows[i].ns.inum[NS_MNT] == mnt_ns &&
				mounts_of(tasks.rows[i].tid, mnt_ns, ret);
	tasks_free(&tasks);
	return found;
}

static bool mounts_now(
	const struct mountwatch *w, const struct nsw_mounted *m, struct ns_mounts *ret)
{
	if (m->mnt_ns == w->own)
		return !mounts_read(ret, OWN_MOUNTINFO, w->own, NULL);
	return mounts_of(m->hdr.tid, m->mnt_ns, ret) || mounts_of_any(m->mnt_ns, ret);
}

int mountwatch_note(struct mountwatch *w, const struct nsw_mounted *m, source_sink sink, void *ctx)
{
	auto_mounts struct ns_mounts now = {0};

	if (!mounts_now(w, m, &now))
		return 0;
	return mounts_compare(w, &now, m->mnt_ns, &m->hdr, sink, ctx);
}

int mountwatch_tick(struct mountwatch *w, source_sink sink, void *ctx)
{
	struct pollfd p = {.fd = w->fd, .events = POLLPRI};
	auto_mounts struct ns_mounts now = {0};
	struct ev_hdr nobody = {.flags = EVF_NO_ACTOR};
	bool was = w->dirty;

	/* Who did it has until the next time to be told of. */
	w->dirty = poll(&p, 1, 0) == 1 && (p.revents & POLLPRI);
	if (!was)
		return 0;
	nobody.ts_ns = clock_ns(CLOCK_BOOTTIME);
	if (mounts_read(&now, OWN_MOUNTINFO, w->own, NULL))
		return 0;
	return mounts_compare(w, &now, w->own, &nobody, sink, ctx);
}

int mountwatch_open(const struct mountwatch_opts *opts, struct mountwatch **ret, struct err *err)
{
	const struct procfs_opts all = {.slots = 1U << NS_MNT};
	struct mountwatch *w = calloc(1, sizeof(*w));
	struct ns_tasks tasks = {0};
	int r;

	if (!w)
		return err_set(err, -ENOMEM, "watch mounts");
	w->opts = *opts;
	w->own = mnt_ns_of("/proc/self/ns/mnt");
	w->fd = open(OWN_MOUNTINFO, O_RDONLY | O_CLOEXEC);
	r = w->fd < 0 ? err_set(err, -errno, "open " OWN_MOUNTINFO) : 0;
	if (!r)
		r = mounts_read(&w->all, OWN_MOUNTINFO, w->own, err);
	if (!r)
		r = procfs_read(&all, &tasks, err);
	if (!r)
		r = mounts_read_all(&w->all, &tasks, w->own, NULL, err);
	if (!r)
		r = ns_learn(w, w->own);
	for (size_t i = 0; i < tasks.n && !r; i++)
		r = ns_learn(w, tasks.rows[i].ns.inum[NS_MNT]);
	tasks_free(&tasks);
	if (r) {
		mountwatch_close(w);
		return r;
	}
	*ret = w;
	return 0;
}

void mountwatch_close(struct mountwatch *w)
{
	if (!w)
		return;
	if (w->fd >= 0)
		close(w->fd);
	mounts_free(&w->all);
	free(w->known);
	free(w);
}
