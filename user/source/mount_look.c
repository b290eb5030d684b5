// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpf/wire/event.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/caps.h"
#include "lib/inums.h"
#include "source/mount_look.h"
#include "source/mount_set.h"
#include "snapshot/from_proc.h"
#include "kernel/tasks.h"
#include "lib/array.h"
#include "lib/util.h"

#define OWN_MOUNTINFO "/proc/self/mountinfo"
/* linux/nsfs.h, 6.11 */
#define NS_GET_MNTNS_ID _IOR(0xb7, 5, __u64)

#define MS 1000000LL
/* What a mount namespace may use: one part in SHARE, and so much at once. */
#define SHARE        20
#define BURST        (20 * MS)
#define OWN_SHARE    4
#define OWN_BURST    (100 * MS)
#define ALL_SHARE    4
#define ALL_BURST    (200 * MS)
#define SCAN_SHARE   20
#define SLICE        (5 * MS)   /* a reading goes on so long before others may come between */
#define CHEAP        (2 * MS)   /* who may come between */
#define DIRTY_WAIT   (100 * MS) /* who changed our own mounts has so long to be told of */
#define END_WAIT     (50 * MS)  /* for the thread to end */
#define OPEN_ALL     (100 * MS) /* mountlook_open: for all, and for one */
#define OPEN_ONE     (20 * MS)
#define ROWS_MAX     131072 /* bind mounts of one mount namespace: fs.mount-max is 100000 */
#define TEXT_MAX     (32u << 20)
#define ALL_ROWS     (8u << 20)
#define ALL_TEXT     (128u << 20)
#define FOUND_MAX    (32u << 20) /* bytes that wait to be taken */
#define LEARNED_SCAN 64          /* new ones until those that have ended are looked for */
#define DORMANT_MAX  256         /* kept though no process lives there: one may enter it again */

/* A mount namespace, beside what is known of its mounts. */
struct look_ns {
	struct mountset *set;
	uint32_t tids[LOOK_TIDS];
	uint32_t last_tid; /* through whom it was seen */
	int64_t cost;      /* processor time of the last look */
	int64_t credit;
	uint64_t credit_at;
	uint64_t marked_at;
	bool marked, reading, late;
	bool first;   /* what it has was there before: nothing is told of the first look */
	bool no_task; /* only a scan of /proc may find somebody who is in it */
	bool scanned; /* and one was made since */
	unsigned int seen, unseen; /* the last scan that met it; scans that did not */
};

struct mountlook {
	struct look_opts opts;
	uint32_t own;
	int own_fd;  /* mountinfo, for poll(2) */
	int wake_fd; /* to the thread */
	int done_fd; /* from it */
	pthread_t thread;
	bool started;

	pthread_mutex_t lock; /* of what follows, to the blank line */
	pthread_cond_t idle_cond;
	struct buf marks; /* struct look_mark, one after the other */
	struct buf found;
	uint64_t lost;
	bool stop, finishing, idle;

	/* Of the thread alone, and of mountlook_open before it. */
	struct mountsets sets;
	struct look_ns **marked;
	size_t nmarked, marked_cap;
	struct look_ns all; /* the share of all together: only its credit is of use */
	uint64_t dirty_at;  /* our own mountinfo has changed since then, 0: it has not */
	uint64_t scan_at;   /* when the next scan of /proc may be */
	unsigned int scans;
	size_t learned; /* since the last scan */
	int level;      /* readings inside of each other */
	uint64_t slice_end, open_end;
	int64_t charged; /* what all looks have cost */
	uint16_t cut;    /* flags of the look that is being told: not all of it found room */
};

static uint64_t now_ns(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

/* --- shares ----------------------------------------------------------------------------------- */

static void credit_grow(struct look_ns *n, int64_t share, int64_t burst, uint64_t now)
{
	n->credit += (int64_t)(now - n->credit_at) / share;
	n->credit_at = now;
	if (n->credit > burst)
		n->credit = burst;
}

static bool is_own(const struct mountlook *l, const struct look_ns *n)
{
	return n->set->inum == l->own;
}

static void credits_grow(struct mountlook *l, struct look_ns *n, uint64_t now)
{
	credit_grow(&l->all, ALL_SHARE, ALL_BURST, now);
	credit_grow(n, is_own(l, n) ? OWN_SHARE : SHARE, is_own(l, n) ? OWN_BURST : BURST, now);
}

/* When it may be looked at, now or later; ours does not depend on what others use. */
static uint64_t may_at(struct mountlook *l, struct look_ns *n, uint64_t now)
{
	uint64_t at = now;

	credits_grow(l, n, now);
	if (n->credit <= 0)
		at = now + (uint64_t)(-n->credit + 1) * (is_own(l, n) ? OWN_SHARE : SHARE);
	if (!is_own(l, n) && l->all.credit <= 0 &&
		at < now + (uint64_t)(-l->all.credit + 1) * ALL_SHARE)
		at = now + (uint64_t)(-l->all.credit + 1) * ALL_SHARE;
	if (n->no_task && !n->scanned && at < l->scan_at)
		at = l->scan_at;
	return at;
}

/* --- marks ------------------------------------------------------------------------------------ */

static struct look_ns *ns_get(struct mountlook *l, uint32_t inum, uint32_t id)
{
	struct mountset *set = mountsets_get(&l->sets, inum, id);
	struct look_ns *n;

	if (!set || set->owner)
		return set ? set->owner : NULL;
	n = calloc(1, sizeof(*n));
	if (!n) {
		mountsets_drop(&l->sets, set);
		return NULL;
	}
	n->set = set;
	n->credit = inum == l->own ? OWN_BURST : BURST;
	n->credit_at = now_ns();
	n->seen = l->scans;
	set->owner = n;
	l->learned++;
	return n;
}

static int ns_mark(struct mountlook *l, struct look_ns *n)
{
	if (n->marked)
		return 0;
	if (ARRAY_ROOM(l->marked, l->marked_cap, l->nmarked))
		return -ENOMEM;
	l->marked[l->nmarked++] = n;
	n->marked = true;
	n->late = false;
	n->no_task = n->scanned = false;
	n->marked_at = now_ns();
	return 0;
}

static void ns_unmark(struct mountlook *l, struct look_ns *n)
{
	for (size_t i = 0; i < l->nmarked; i++)
		if (l->marked[i] == n) {
			l->marked[i] = l->marked[--l->nmarked];
			break;
		}
	n->marked = false;
}

static int fd_poke(int fd)
{
	uint64_t one = 1;

	return write(fd, &one, sizeof(one)) < 0 && errno != EAGAIN ? -errno : 0;
}

static void found_add(struct mountlook *l, const struct look_found *head, const char *path)
{
	static const char zeros[8];
	struct look_found f = *head;
	size_t len = path ? strnlen(path, EV_TEXT_MAX - 1) : 0;

	f.size = (uint32_t)((sizeof(f) + len + 1 + 7) & ~(size_t)7);
	pthread_mutex_lock(&l->lock);
	if (f.what == LOOK_DONE) {
		f.flags |= l->cut;
		l->cut = 0;
	}
	if (l->found.len + f.size > FOUND_MAX && f.what != LOOK_DONE) {
		l->lost += f.what == LOOK_PIN || f.what == LOOK_UNPIN;
		l->cut = LOOK_ANEW | LOOK_MANY;
	} else {
		buf_add(&l->found, (const char *)&f, sizeof(f));
		buf_add(&l->found, path ? path : "", len);
		buf_add(&l->found, zeros, f.size - sizeof(f) - len);
	}
	pthread_mutex_unlock(&l->lock);
	if (f.what == LOOK_DONE)
		fd_poke(l->done_fd);
}

static void done_tell(struct mountlook *l, const struct look_mark *m, uint16_t flags)
{
	struct look_found f = {.what = LOOK_DONE,
		.flags = flags,
		.mnt_ns = m->mnt_ns,
		.mnt_ns_id = m->mnt_ns_id,
		.begin_ns = now_ns()};

	f.end_ns = f.begin_ns;
	found_add(l, &f, NULL);
}

static void gone_tell(struct mountlook *l, const struct look_ns *n, const struct look_found *done);

/* Ids grow, and these are the low halves: a is of the one that was made first. */
static bool id_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/*
 * Whether the mark is of a mount namespace whose number is another's meanwhile. If it is the other
 * one that has ended, what was known of that is told before it is forgotten.
 */
static bool mark_ended(struct mountlook *l, const struct look_mark *m)
{
	struct mountset *set = mountsets_find(&l->sets, m->mnt_ns);
	struct look_ns *n = set ? set->owner : NULL;
	struct look_found f = {.mnt_ns = m->mnt_ns};

	if (!n || !m->mnt_ns_id || !set->id || set->id == m->mnt_ns_id)
		return false;
	if (id_before(m->mnt_ns_id, set->id))
		return true;
	f.mnt_ns_id = set->id;
	f.begin_ns = f.end_ns = now_ns();
	gone_tell(l, n, &f);
	if (n->marked)
		ns_unmark(l, n);
	return false;
}

/* What others marked meanwhile. True: the thread is to end. */
static bool marks_take(struct mountlook *l)
{
	auto_buf struct buf marks = {0};
	struct look_mark m;
	uint64_t n;
	bool stop;

	if (read(l->wake_fd, &n, sizeof(n)) < 0)
		n = 0; /* EAGAIN: nothing new */
	pthread_mutex_lock(&l->lock);
	marks = l->marks;
	l->marks = (struct buf){0};
	stop = l->stop;
	pthread_mutex_unlock(&l->lock);
	for (size_t at = 0; at + sizeof(m) <= marks.len; at += sizeof(m)) {
		struct look_ns *ns;

		memcpy(&m, marks.s + at, sizeof(m));
		if (mark_ended(l, &m)) {
			done_tell(l, &m, LOOK_GONE | LOOK_ANEW | LOOK_MANY);
			continue;
		}
		ns = ns_get(l, m.mnt_ns, m.mnt_ns_id);
		if (!ns || ns_mark(l, ns)) {
			done_tell(l, &m, LOOK_LONG | LOOK_ANEW | LOOK_MANY);
			continue;
		}
		memcpy(ns->tids, m.tids, sizeof(ns->tids));
	}
	return stop;
}

/* --- one look --------------------------------------------------------------------------------- */

static uint32_t mnt_ns_of(uint32_t tid)
{
	char path[48];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%u/ns/mnt", tid);
	return stat(path, &st) ? 0 : (uint32_t)st.st_ino;
}

/*
 * The mountinfo of a thread, if it is in this mount namespace; else -ESRCH. The namespace
 * is held meanwhile, so that nobody else gets its number.
 */
static int info_open(const struct mountset *set, uint32_t tid, uint32_t *ret_id)
{
	char path[48];
	auto_fd int ns = -1;
	auto_fd int fd = -1;
	struct stat st;
	__u64 id = 0;

	snprintf(path, sizeof(path), "/proc/%u/ns/mnt", tid);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0 || fstat(ns, &st) || (uint32_t)st.st_ino != set->inum)
		return -ESRCH;
	if (!ioctl(ns, NS_GET_MNTNS_ID, &id) && set->id && (uint32_t)id != set->id)
		return -ESRCH;
	snprintf(path, sizeof(path), "/proc/%u/mountinfo", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || mnt_ns_of(tid) != set->inum)
		return -ESRCH;
	*ret_id = (uint32_t)id;
	return take_fd(&fd);
}

static int ns_open(struct mountlook *l, struct look_ns *n)
{
	const uint32_t tids[] = {n->last_tid, n->tids[0], n->tids[1], n->tids[2]};
	uint32_t id = 0;

	if (is_own(l, n)) {
		int fd = open(OWN_MOUNTINFO, O_RDONLY | O_CLOEXEC);

		return fd < 0 ? -errno : fd;
	}
	for (size_t i = 0; i < ARRAY_SIZE(tids); i++) {
		int fd = tids[i] ? info_open(n->set, tids[i], &id) : -ESRCH;

		if (fd < 0)
			continue;
		n->last_tid = tids[i];
		if (id)
			n->set->id = id;
		return fd;
	}
	return -ESRCH;
}

static void looks_between(struct mountlook *l);

/* Between two pieces of a mountinfo file. */
static int look_between(void *ctx, const struct ns_mounts *m)
{
	struct mountlook *l = ctx;
	uint64_t now = now_ns();
	bool stop;

	if (m->n > ROWS_MAX || m->text.len > TEXT_MAX)
		return -E2BIG;
	if (!l->started) /* mountlook_open */
		return now > l->open_end ? -ETIME : 0;
	pthread_mutex_lock(&l->lock);
	stop = l->stop;
	pthread_mutex_unlock(&l->lock);
	if (stop)
		return -ECANCELED;
	if (now > l->slice_end) {
		looks_between(l);
		l->slice_end = now_ns() + SLICE;
	}
	return 0;
}

struct change_ctx {
	struct mountlook *l;
	struct look_found head;
};

static void look_change(void *ctx, unsigned int how, const struct mount_pin *pin)
{
	struct change_ctx *c = ctx;

	c->head.what = how & MOUNTSET_ADDED ? LOOK_PIN : LOOK_UNPIN;
	c->head.flags = how & MOUNTSET_MOVED ? LOOK_MOVED : 0;
	c->head.type = pin->type;
	c->head.inum = pin->inum;
	found_add(c->l, &c->head, pin->path);
}

/* What is known of a mount namespace; false where that is too much. */
static bool rows_tell(struct mountlook *l, const struct mountset *set,
	const struct look_found *head, uint16_t what)
{
	struct look_found f = *head;

	if (set->n > LOOK_ROWS)
		return false;
	f.what = what;
	for (size_t i = 0; i < set->n; i++) {
		const struct mount_pin *p = &l->sets.pins[set->rows[i].pin];

		f.type = p->type;
		f.inum = p->inum;
		found_add(l, &f, p->path);
	}
	return true;
}

/* Reads and compares: 0 or a negative errno; the times stand in f then. */
static int ns_look(struct mountlook *l, struct look_ns *n, bool tell, struct look_found *f)
{
	auto_mounts struct ns_mounts now = {0};
	struct change_ctx c = {.l = l};
	auto_fd int fd = -1;
	uint32_t id;
	int r;

	f->begin_ns = f->end_ns = now_ns();
	fd = ns_open(l, n);
	if (fd < 0)
		return fd;
	id = n->set->id;
	r = mounts_read_fd(&now, fd, n->set->inum, look_between, l);
	f->end_ns = now_ns();
	/* A mark that came between says that another one has the number now. */
	if (!r && n->set->id != id)
		r = -ESRCH;
	if (!r && (l->sets.rows + now.n > ALL_ROWS || l->sets.text + now.text.len > ALL_TEXT))
		r = -E2BIG;
	if (r)
		return r;
	f->mnt_ns_id = n->set->id;
	c.head = *f;
	if (tell && (!n->set->looked || !rows_tell(l, n->set, f, LOOK_HAD)))
		f->flags |= LOOK_ANEW;
	r = mountset_take(&l->sets, n->set, &now, tell ? look_change : NULL, &c);
	if (tell && (r || !rows_tell(l, n->set, f, LOOK_HAS)))
		f->flags |= LOOK_MANY;
	return r;
}

/* What was there when its mount namespace was still to be looked at. */
static void gone_tell(struct mountlook *l, const struct look_ns *n, const struct look_found *done)
{
	struct look_found f = *done;

	f.flags |= LOOK_GONE | LOOK_MANY;
	if (!n->set->looked || !rows_tell(l, n->set, &f, LOOK_HAD))
		f.flags |= LOOK_ANEW;
	f.what = LOOK_DONE;
	found_add(l, &f, NULL);
}

/* A look at a marked one. False: nobody is there to look through, and a scan may find one. */
static bool look_at(struct mountlook *l, struct look_ns *n)
{
	struct look_found f = {.mnt_ns = n->set->inum, .mnt_ns_id = n->set->id};
	int64_t cpu = (int64_t)clock_ns(CLOCK_THREAD_CPUTIME_ID) - l->charged;
	bool first = n->first;
	int64_t cost;
	int r;

	/* From now on it may be marked again. */
	if (is_own(l, n))
		l->dirty_at = 0;
	n->reading = true;
	r = ns_look(l, n, !first, &f);
	n->reading = false;
	n->first = first && r;
	/* Without what came between. */
	cost = (int64_t)clock_ns(CLOCK_THREAD_CPUTIME_ID) - l->charged - cpu;
	if (!r || cost > n->cost)
		n->cost = cost;
	l->charged += cost;
	n->credit -= cost;
	if (!is_own(l, n))
		l->all.credit -= cost;
	if (r == -ESRCH && !n->no_task) {
		n->no_task = true;
		return false;
	}
	ns_unmark(l, n);
	f.cost_ns = (uint64_t)n->cost;
	f.what = LOOK_DONE;
	if (n->late || (first && !r))
		f.flags |= LOOK_LATE;
	if (first)
		f.flags |= LOOK_ANEW | LOOK_MANY;
	if (r && r != -ESRCH)
		f.flags |= LOOK_LONG | LOOK_ANEW | LOOK_MANY;
	if (r == -ESRCH)
		gone_tell(l, n, &f);
	else
		found_add(l, &f, NULL);
	return true;
}

/* --- which comes next ------------------------------------------------------------------------- */

/* Whether it may be looked at though another reading is on. */
static bool comes_between(const struct mountlook *l, const struct look_ns *n)
{
	if (!l->level)
		return true;
	if (n->reading || n->no_task)
		return false;
	return is_own(l, n) || (l->level == 1 && n->cost < CHEAP);
}

/* The next one that may be looked at now; NULL: none, and ret_at is when one may be. */
static struct look_ns *look_next(struct mountlook *l, bool finishing, uint64_t *ret_at)
{
	struct look_ns *best = NULL;
	uint64_t now = now_ns(), due = 0;

	*ret_at = UINT64_MAX;
	for (size_t i = 0; i < l->nmarked; i++) {
		struct look_ns *n = l->marked[i];
		uint64_t at, its = n->marked_at + (uint64_t)n->cost * SHARE;

		if (!comes_between(l, n))
			continue;
		at = may_at(l, n, now);
		if (finishing && n->cost < CHEAP)
			at = now;
		if (at > now) {
			n->late |= now - n->marked_at > (uint64_t)DIRTY_WAIT;
			if (at < *ret_at)
				*ret_at = at;
		} else if (!best || its < due) {
			best = n;
			due = its;
		}
	}
	return best;
}

/* In the middle of a long reading. */
static void looks_between(struct mountlook *l)
{
	struct look_ns *n;
	uint64_t at;

	if (l->level == 2)
		return;
	l->level++;
	l->slice_end = now_ns() + SLICE;
	if (!marks_take(l))
		while ((n = look_next(l, false, &at)))
			look_at(l, n);
	l->level--;
}

/* --- who is where, and what has ended --------------------------------------------------------- */

/* Mount namespaces that a bind mount keeps: processes may come back to them. */
static int pinned_read(const struct mountlook *l, struct inums *ret)
{
	for (size_t i = 0; i < l->sets.npins; i++) {
		const struct mount_pin *p = &l->sets.pins[i];

		if (p->refs && p->type == NS_MNT && p->inum && !inums_put(ret, NS_MNT, p->inum))
			return -ENOMEM;
	}
	return 0;
}

static void ns_drop(struct mountlook *l, struct mountset *set)
{
	struct look_ns *n = set->owner;

	if (n && n->marked)
		ns_unmark(l, n);
	free(n);
	mountsets_drop(&l->sets, set);
}

/* Forgets mount namespaces where two scans found nobody, but for some. */
static void ended_drop(struct mountlook *l)
{
	auto_inums struct inums pinned = {0};
	size_t dormant = 0;

	if (pinned_read(l, &pinned))
		return;
	for (size_t i = 0; i < l->sets.nbuckets; i++) {
		struct mountset *set = l->sets.buckets[i], *next;

		for (; set; set = next) {
			struct look_ns *n = set->owner;

			next = set->next;
			if (n->marked || is_own(l, n) || n->seen == l->scans || n->unseen++ == 0 ||
				inums_find(&pinned, NS_MNT, set->inum))
				continue;
			if (!set->n || ++dormant > DORMANT_MAX)
				ns_drop(l, set);
		}
	}
}

/* Learns who is in which of the mount namespaces that are known. */
static void tasks_scan(struct mountlook *l)
{
	const struct procfs_opts all = {.slots = 1U << NS_MNT, .workers = 1};
	auto_tasks struct ns_tasks tasks = {0};
	uint64_t begin = now_ns();

	if (!procfs_read(&all, &tasks, NULL)) {
		l->scans++;
		for (size_t i = 0; i < tasks.n; i++) {
			struct mountset *set =
				mountsets_find(&l->sets, tasks.rows[i].ns.inum[NS_MNT]);
			struct look_ns *n = set ? set->owner : NULL;

			if (!n)
				continue;
			if (n->seen != l->scans)
				n->last_tid = tasks.rows[i].tid;
			n->seen = l->scans;
			n->unseen = 0;
		}
		if (l->learned >= LEARNED_SCAN) {
			ended_drop(l);
			/* The second scan is due though nothing new comes. */
			l->learned = 0;
		}
	}
	for (size_t i = 0; i < l->nmarked; i++)
		l->marked[i]->scanned = l->marked[i]->no_task;
	l->scan_at = now_ns() + (now_ns() - begin) * SCAN_SHARE;
}

/* --- the thread ------------------------------------------------------------------------------- */

/* Our own mountinfo has changed, and nobody said by a mark who did it. */
static void own_check(struct mountlook *l, uint64_t now)
{
	struct pollfd p = {.fd = l->own_fd, .events = POLLPRI};
	struct look_ns *n;

	if (poll(&p, 1, 0) == 1 && (p.revents & POLLPRI) && !l->dirty_at)
		l->dirty_at = now;
	if (!l->dirty_at || now - l->dirty_at < (uint64_t)DIRTY_WAIT)
		return;
	n = ns_get(l, l->own, 0);
	if (n && !ns_mark(l, n))
		l->dirty_at = 0;
}

/* The end: what is still marked is not looked at any more. */
static void looks_give_up(struct mountlook *l)
{
	while (l->nmarked) {
		struct look_ns *n = l->marked[0];
		struct look_found f = {.what = LOOK_DONE,
			.flags = LOOK_LONG | LOOK_ANEW | LOOK_MANY,
			.mnt_ns = n->set->inum,
			.mnt_ns_id = n->set->id,
			.begin_ns = now_ns(),
			.cost_ns = (uint64_t)n->cost};

		ns_unmark(l, n);
		f.end_ns = f.begin_ns;
		found_add(l, &f, NULL);
	}
}

/* All looks that may be now; when the next may be. */
static uint64_t looks_do(struct mountlook *l, bool finishing)
{
	struct look_ns *n;
	uint64_t at;

	while ((n = look_next(l, finishing, &at))) {
		l->slice_end = now_ns() + SLICE;
		if (n->no_task && !n->scanned)
			tasks_scan(l);
		if (!look_at(l, n) && finishing) /* no time to look for somebody else */
			look_at(l, n);
		if (marks_take(l))
			return 0;
	}
	if (finishing)
		looks_give_up(l);
	return at;
}

static void idle_set(struct mountlook *l, bool finishing)
{
	pthread_mutex_lock(&l->lock);
	l->idle = !l->marks.len && finishing == l->finishing;
	if (l->idle)
		pthread_cond_broadcast(&l->idle_cond);
	pthread_mutex_unlock(&l->lock);
}

static bool finishing_get(struct mountlook *l)
{
	bool r;

	pthread_mutex_lock(&l->lock);
	r = l->finishing;
	pthread_mutex_unlock(&l->lock);
	return r;
}

static void *look_main(void *ctx)
{
	/* It reads of other users' processes, and nothing that the user named. */
	auto_filecaps filecaps_was was = filecaps_use();
	struct mountlook *l = ctx;

	while (!marks_take(l)) {
		struct pollfd p[] = {{.fd = l->wake_fd, .events = POLLIN},
			{.fd = l->dirty_at ? -1 : l->own_fd, .events = POLLPRI}};
		uint64_t at, now;
		bool finishing = finishing_get(l);
		int ms = -1;

		own_check(l, now_ns());
		at = looks_do(l, finishing);
		if (l->learned >= LEARNED_SCAN && now_ns() >= l->scan_at)
			tasks_scan(l);
		idle_set(l, finishing);
		if (l->dirty_at && l->dirty_at + (uint64_t)DIRTY_WAIT < at)
			at = l->dirty_at + (uint64_t)DIRTY_WAIT;
		if (l->learned >= LEARNED_SCAN && l->scan_at < at)
			at = l->scan_at;
		now = now_ns();
		if (at != UINT64_MAX)
			ms = at <= now ? 0 : (int)((at - now) / MS + 1);
		if (ms)
			poll(p, 2, ms);
	}
	return NULL;
}

int mountlook_start(struct mountlook *l)
{
	sigset_t all, old;
	int r;

	if (l->started)
		return 0;
	/* Signals are for the thread that waits for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	l->started = true;
	r = -pthread_create(&l->thread, NULL, look_main, l);
	l->started = !r;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

int mountlook_mark(struct mountlook *l, const struct look_mark *mark)
{
	int r = mountlook_start(l);

	if (r)
		return r;
	pthread_mutex_lock(&l->lock);
	buf_add(&l->marks, (const char *)mark, sizeof(*mark));
	l->idle = false;
	pthread_mutex_unlock(&l->lock);
	return fd_poke(l->wake_fd);
}

uint32_t mountlook_own(const struct mountlook *l)
{
	return l->own;
}

int mountlook_fd(const struct mountlook *l)
{
	return l->done_fd;
}

void mountlook_again(struct mountlook *l)
{
	fd_poke(l->done_fd);
}

void mountlook_take(struct mountlook *l, struct buf *ret)
{
	uint64_t n;

	if (read(l->done_fd, &n, sizeof(n)) < 0)
		return; /* EAGAIN: nothing was found */
	pthread_mutex_lock(&l->lock);
	if (!ret->len) {
		struct buf empty = *ret;

		*ret = l->found;
		l->found = empty;
		buf_reset(&l->found);
	} else {
		buf_add(ret, l->found.s, l->found.len);
		buf_reset(&l->found);
	}
	pthread_mutex_unlock(&l->lock);
}

uint64_t mountlook_lost(struct mountlook *l)
{
	uint64_t n;

	pthread_mutex_lock(&l->lock);
	n = l->lost;
	l->lost = 0;
	pthread_mutex_unlock(&l->lock);
	return n;
}

bool mountlook_idle(struct mountlook *l)
{
	bool r;

	if (!l->started)
		return true;
	pthread_mutex_lock(&l->lock);
	r = l->idle && !l->marks.len && !l->found.len;
	pthread_mutex_unlock(&l->lock);
	return r;
}

void mountlook_finish(struct mountlook *l, uint64_t ns)
{
	uint64_t until = clock_ns(CLOCK_MONOTONIC) + ns;
	struct timespec ts = {(time_t)(until / 1000000000), (long)(until % 1000000000)};

	if (!l->started)
		return;
	pthread_mutex_lock(&l->lock);
	l->finishing = true;
	l->idle = false;
	pthread_mutex_unlock(&l->lock);
	if (fd_poke(l->wake_fd))
		return;
	pthread_mutex_lock(&l->lock);
	while (!l->idle && !pthread_cond_timedwait(&l->idle_cond, &l->lock, &ts))
		;
	pthread_mutex_unlock(&l->lock);
}

/* --- the beginning ---------------------------------------------------------------------------- */

/* Learns what a mount namespace has, or leaves it to the thread. */
static int ns_learn(struct mountlook *l, uint32_t inum, uint32_t tid, uint64_t until)
{
	struct look_found f;
	struct look_ns *n;

	if (!inum || mountsets_find(&l->sets, inum))
		return 0;
	n = ns_get(l, inum, l->opts.id_of ? l->opts.id_of(l->opts.ctx, tid) : 0);
	if (!n)
		return -ENOMEM;
	n->last_tid = tid;
	n->first = true;
	l->open_end = now_ns() + (inum == l->own ? OPEN_ALL : OPEN_ONE);
	if (l->open_end > until)
		l->open_end = until;
	if (now_ns() < l->open_end && !ns_look(l, n, false, &f))
		n->first = false;
	return n->first ? ns_mark(l, n) : 0;
}

struct beginning {
	struct mountlook *l;
	uint64_t until;
};

static int look_learn(void *ctx, uint32_t inum, uint32_t tid)
{
	const struct beginning *b = ctx;

	return ns_learn(b->l, inum, tid, b->until);
}

static int learn_from_proc(struct beginning *b)
{
	const struct procfs_opts all = {.slots = 1U << NS_MNT};
	auto_tasks struct ns_tasks tasks = {0};
	int r = procfs_read(&all, &tasks, NULL);

	b->until = now_ns() + OPEN_ALL;
	for (size_t i = 0; i < tasks.n && !r; i++)
		r = look_learn(b, tasks.rows[i].ns.inum[NS_MNT], tasks.rows[i].tid);
	return r;
}

static int look_begin(struct mountlook *l, struct err *err)
{
	struct beginning b = {l, now_ns() + OPEN_ALL};
	int r = ns_learn(l, l->own, (uint32_t)getpid(), b.until);

	if (!r)
		r = l->opts.each ? l->opts.each(l->opts.ctx, look_learn, &b) : -EOPNOTSUPP;
	if (r == -EOPNOTSUPP)
		r = learn_from_proc(&b);
	l->learned = 0;
	return r ? err_set(err, r, "watch mounts") : 0;
}

int mountlook_open(const struct look_opts *opts, struct mountlook **ret, struct err *err)
{
	struct mountlook *l = calloc(1, sizeof(*l));
	pthread_condattr_t attr;
	int r;

	if (!l)
		return err_set(err, -ENOMEM, "watch mounts");
	*l = (struct mountlook){.opts = *opts, .own_fd = -1, .wake_fd = -1, .done_fd = -1};
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&l->idle_cond, &attr);
	pthread_condattr_destroy(&attr);
	l->all.credit = ALL_BURST;
	l->all.credit_at = now_ns();
	l->own = mnt_ns_of((uint32_t)getpid());
	l->own_fd = open(OWN_MOUNTINFO, O_RDONLY | O_CLOEXEC);
	r = l->own_fd < 0 ? err_set(err, -errno, "open " OWN_MOUNTINFO) : 0;
	if (!r && !l->own)
		r = err_set(err, -ENOENT, "look at the mount namespace of nswatch");
	l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!r && (l->wake_fd < 0 || l->done_fd < 0))
		r = err_set(err, -errno, "watch mounts");
	if (!r)
		r = look_begin(l, err);
	if (r) {
		mountlook_close(l);
		return r;
	}
	*ret = l;
	return 0;
}

void mountlook_each_pin(const struct mountlook *l,
	void (*fn)(void *ctx, uint32_t type, uint32_t inum, const char *path), void *ctx)
{
	for (size_t i = 0; i < l->sets.npins && !l->started; i++) {
		const struct mount_pin *p = &l->sets.pins[i];

		if (p->refs)
			fn(ctx, p->type, p->inum, p->path);
	}
}

/*
 * False: the thread waits in the kernel, which somebody can make long. It ends with the
 * program then, and what it uses stays.
 */
static bool look_end(struct mountlook *l)
{
	struct timespec until;

	pthread_mutex_lock(&l->lock);
	l->stop = true;
	pthread_mutex_unlock(&l->lock);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += END_WAIT;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	return !fd_poke(l->wake_fd) && !pthread_timedjoin_np(l->thread, NULL, &until);
}

void mountlook_close(struct mountlook *l)
{
	if (!l || (l->started && !look_end(l)))
		return;
	for (size_t i = 0; i < l->sets.nbuckets; i++)
		while (l->sets.buckets[i])
			ns_drop(l, l->sets.buckets[i]);
	mountsets_free(&l->sets);
	fd_closep(&l->own_fd);
	fd_closep(&l->wake_fd);
	fd_closep(&l->done_fd);
	buf_free(&l->marks);
	buf_free(&l->found);
	free(l->marked);
	pthread_mutex_destroy(&l->lock);
	pthread_cond_destroy(&l->idle_cond);
	free(l);
}
