// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/types.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "source/mount_look.h"
#include "source/mount_watch.h"

#define TOLD_MAX  64
#define TOLD_NS   (5ULL * 1000000000) /* by then its copies are seen */
#define CALLS_MAX 8   /* of one mount namespace between two looks, those of one thread as one */
#define TAKE_MAX  256 /* findings at once, so that the ring buffer is read between */
#define LATE_MAX  16  /* mount namespaces that are told to be late */
#define MISSED_NS 1000000000ULL /* an unmount has returned by then */
#define BUCKETS   256           /* of marked mount namespaces */

/* A change in another mount namespace, which may come here, too: a copy is not told. */
struct told {
	uint16_t kind;
	uint32_t type; /* enum ns_slot */
	uint32_t inum;
	char path[EV_TEXT_MAX];
	uint64_t at; /* CLOCK_BOOTTIME, 0: free */
	uint32_t mnt_ns, mnt_ns_id;
};

/* A call, or the like ones of one thread. */
struct mount_call {
	struct nsw_mounted m; /* the last one */
	uint64_t first_ns;    /* when the first returned */
	uint64_t count;
	bool seen;   /* a look has found what it mounted */
	bool missed; /* a look has not */
};

/* A mount namespace with calls that no look came after. */
struct marked {
	uint32_t mnt_ns, mnt_ns_id;
	struct mount_call *calls; /* the oldest first */
	size_t n, cap;
	uint64_t count;   /* calls since the last look */
	uint64_t lost;    /* those of them that found no place in calls, bound a namespace, */
	uint64_t lost_ns; /* and were not found by a look; when the last of them returned */
	bool queued;      /* a look was asked for and is not over */
	struct marked *next;
};

struct mountwatch {
	struct mountwatch_opts opts;
	struct mountlook *look;
	struct marked *marked[BUCKETS];
	size_t nmarked;
	struct buf found;
	size_t at; /* of what was taken: the next record */
	struct told told[TOLD_MAX];
	size_t next_told;
	uint32_t late[LATE_MAX];
	size_t nlate;
	uint64_t left_out;               /* calls that no look came after in time, not yet told */
	struct buf gone;                 /* struct mount_call: nobody could look at what they did */
	struct told seen_here[TOLD_MAX]; /* pins of ours that may be copies of theirs */
	size_t next_seen;
};

/* --- calls ------------------------------------------------------------------------------------ */

static struct marked **marked_place(struct mountwatch *w, uint32_t mnt_ns)
{
	struct marked **at = &w->marked[mnt_ns % BUCKETS];

	while (*at && (*at)->mnt_ns != mnt_ns)
		at = &(*at)->next;
	return at;
}

static void marked_drop(struct mountwatch *w, struct marked **at)
{
	struct marked *m = *at;

	*at = m->next;
	free(m->calls);
	free(m);
	w->nmarked--;
}

static bool is_pin(const struct nsw_mounted *m)
{
	return m->may & MNT_MAY_ADD && m->pin_inum;
}

static bool same_target(const struct nsw_mounted *a, const struct nsw_mounted *b)
{
	return a->target_len == b->target_len && !memcmp(a->target, b->target, a->target_len);
}

/* The call that took the pin of another away before a look that began at until_ns. */
static const struct mount_call *unpin_call(const struct marked *m, size_t pin, uint64_t until_ns)
{
	for (size_t i = pin + 1; i < m->n; i++) {
		const struct mount_call *c = &m->calls[i];

		if (c->m.hdr.ts_ns <= until_ns && c->m.may == MNT_MAY_REMOVE &&
			same_target(&c->m, &m->calls[pin].m))
			return c;
	}
	return NULL;
}

/*
 * Nobody can look at the mount namespace any more: what is known of the calls until then is told
 * with the next events.
 */
static void calls_gone(struct mountwatch *w, struct marked *m, uint64_t until_ns)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct mount_call *c = &m->calls[i];

		if (c->m.hdr.ts_ns > until_ns || c->seen ||
			(c->missed && m->mnt_ns == mountlook_own(w->look)))
			continue;
		if (is_pin(&c->m) || c->m.may == MNT_MAY_REMOVE)
			buf_add(&w->gone, (const char *)c, sizeof(*c));
	}
	w->left_out += m->lost;
	m->lost = 0;
}

/* What came and went between two looks, so that neither has found it: how many calls that were. */
static uint64_t calls_between(struct mountwatch *w, struct marked *m, uint64_t until_ns)
{
	uint64_t covered = 0;

	for (size_t i = 0; i < m->n; i++) {
		struct mount_call *c = &m->calls[i];
		const struct mount_call *end;

		if (c->m.hdr.ts_ns > until_ns || !is_pin(&c->m) || c->seen)
			continue;
		end = unpin_call(m, i, until_ns);
		if (!end)
			continue;
		buf_add(&w->gone, (const char *)c, sizeof(*c));
		buf_add(&w->gone, (const char *)end, sizeof(*end));
		covered += c->count + end->count;
	}
	return covered;
}

/* That of the number; another id says that the one before it has ended. NULL without memory. */
static struct marked *marked_get(struct mountwatch *w, const struct nsw_mounted *n)
{
	struct marked **at = marked_place(w, n->mnt_ns), *m = *at;

	if (!m) {
		m = calloc(1, sizeof(*m));
		if (!m)
			return NULL;
		m->mnt_ns = n->mnt_ns;
		*at = m;
		w->nmarked++;
	}
	if (m->mnt_ns_id != n->mnt_ns_id) {
		calls_gone(w, m, UINT64_MAX);
		m->n = m->count = 0;
	}
	m->mnt_ns_id = n->mnt_ns_id;
	return m;
}

static bool same_call(const struct nsw_mounted *a, const struct nsw_mounted *b)
{
	return a->hdr.tid == b->hdr.tid && a->may == b->may && same_target(a, b) &&
	       a->pin_type == b->pin_type && a->pin_inum == b->pin_inum &&
	       !memcmp(&a->ns, &b->ns, sizeof(a->ns));
}

static int call_add(struct marked *m, const struct nsw_mounted *n)
{
	struct mount_call *c;

	m->count++;
	for (size_t i = 0; i < m->n; i++)
		if (same_call(&m->calls[i].m, n)) {
			m->calls[i].m = *n;
			m->calls[i].count++;
			m->calls[i].seen = m->calls[i].missed = false;
			return 0;
		}
	if (m->n == CALLS_MAX && is_pin(&m->calls[0].m) && !m->calls[0].seen) {
		m->lost += m->calls[0].count;
		m->lost_ns = m->calls[0].m.hdr.ts_ns;
	}
	if (m->n == CALLS_MAX)
		memmove(m->calls, m->calls + 1, --m->n * sizeof(*m->calls));
	if (m->n == m->cap) {
		c = reallocarray(m->calls, m->cap ? CALLS_MAX : 1, sizeof(*c));
		if (!c)
			return -ENOMEM;
		m->calls = c;
		m->cap = m->cap ? CALLS_MAX : 1;
	}
	m->calls[m->n++] = (struct mount_call){*n, n->hdr.ts_ns, .count = 1};
	return 0;
}

static int marked_queue(struct mountwatch *w, struct marked *m)
{
	const struct mount_call *last = &m->calls[m->n - 1];
	struct look_mark mark = {
		m->mnt_ns, m->mnt_ns_id, {last->m.hdr.tid, last->m.hdr.pid, last->m.hdr.ppid}};
	int r = mountlook_mark(w->look, &mark);

	m->queued = !r;
	if (r) { /* nobody will look: said by the count */
		w->left_out += m->count;
		m->n = m->count = m->lost = 0;
	}
	return 0;
}

int mountwatch_note(struct mountwatch *w, const struct nsw_mounted *n)
{
	struct nsw_mounted copy = *n;
	struct marked *m;

	if (copy.target_len > sizeof(copy.target))
		copy.target_len = 0;
	m = copy.mnt_ns ? marked_get(w, &copy) : NULL;
	if (!m)
		return copy.mnt_ns ? -ENOMEM : 0;
	if (call_add(m, &copy))
		return -ENOMEM;
	return m->queued ? 0 : marked_queue(w, m);
}

/* --- whose call it was ------------------------------------------------------------------------ */

static const char *last_name(const char *path, size_t len, size_t *ret_len)
{
	size_t at;

	while (len && path[len - 1] == '/')
		len--;
	for (at = len; at && path[at - 1] != '/';)
		at--;
	*ret_len = len - at;
	return path + at;
}

/* Whether the call named the path, by its last name: it may have named it by another way. */
static bool call_names(const struct nsw_mounted *m, const char *path)
{
	size_t a_len, b_len;
	const char *a = last_name(m->target, m->target_len, &a_len);
	const char *b = last_name(path, strlen(path), &b_len);

	return a_len && m->target_len < MNT_TARGET_MAX - 1 && a_len == b_len &&
	       !memcmp(a, b, a_len);
}

static bool call_is_in(const struct nsw_mounted *m, uint32_t type, uint32_t inum)
{
	return m->ns.inum[type] == inum || (type == NS_PID && m->ns.inum[NS_PID_CHILD] == inum) ||
	       (type == NS_TIME && m->ns.inum[NS_TIME_CHILD] == inum);
}

/* How well a call explains a change; 0: it can't have made it. */
static unsigned int call_fits(const struct mount_call *c, const struct look_found *f)
{
	uint32_t need = f->what == LOOK_PIN ? MNT_MAY_ADD : MNT_MAY_REMOVE;

	if (!(c->m.may & need) || c->first_ns > f->end_ns)
		return 0;
	/* A look came after it already. */
	if (c->missed && !call_names(&c->m, f->path))
		return 0;
	return 1 + (call_names(&c->m, f->path) ? 2 : 0) +
	       (f->what == LOOK_PIN && call_is_in(&c->m, f->type, f->inum) ? 1 : 0);
}

/*
 * The header of whoever made a change. False: nobody is known to have. Where calls of
 * several processes fit alike, no actor is in the header.
 */
static bool actor_find(const struct marked *m, const struct look_found *f, struct ev_hdr *ret)
{
	const struct mount_call *best = NULL;
	unsigned int most = 0;
	bool several = false;

	*ret = (struct ev_hdr){.flags = EVF_NO_ACTOR, .ts_ns = f->end_ns};
	for (size_t i = 0; m && i < m->n; i++) {
		unsigned int fits = call_fits(&m->calls[i], f);

		if (!fits || fits < most)
			continue;
		several = fits == most && (several || best->m.hdr.pid != m->calls[i].m.hdr.pid);
		most = fits;
		best = &m->calls[i];
	}
	if (!best)
		return false;
	if (several)
		return true;
	*ret = best->m.hdr;
	if (ret->ts_ns > f->end_ns)
		ret->ts_ns = best->first_ns;
	return true;
}

/* The calls that mounted what a look has found: by the path, or where none names it, all alike. */
static void calls_seen(struct marked *m, const struct look_found *f)
{
	bool named = false;

	for (int by_name = 1; m && by_name >= 0 && !named; by_name--)
		for (size_t i = 0; i < m->n; i++) {
			struct mount_call *c = &m->calls[i];

			if (!is_pin(&c->m) || c->m.pin_type != f->type ||
				c->m.pin_inum != f->inum || c->first_ns > f->end_ns ||
				(by_name && !call_names(&c->m, f->path)))
				continue;
			c->seen = named = true;
		}
	if (m && !named && m->lost)
		m->lost--;
}

/* --- events ----------------------------------------------------------------------------------- */

static void told_set(struct told *t, const struct ev_pin *e, uint32_t mnt_ns, uint32_t mnt_ns_id)
{
	*t = (struct told){e->hdr.kind, e->ns_type, e->inum, .at = clock_ns(CLOCK_BOOTTIME)};
	t->mnt_ns = mnt_ns;
	t->mnt_ns_id = mnt_ns_id;
	memcpy(t->path, e->path, e->path_len);
}

static void told_add(
	struct mountwatch *w, const struct ev_pin *e, uint32_t mnt_ns, uint32_t mnt_ns_id)
{
	told_set(&w->told[w->next_told++ % TOLD_MAX], e, mnt_ns, mnt_ns_id);
}

static bool told_find(struct told told[TOLD_MAX], const struct ev_pin *e)
{
	for (size_t i = 0; i < TOLD_MAX; i++) {
		struct told *t = &told[i];

		if (!t->at || t->kind != e->hdr.kind || t->inum != e->inum ||
			t->type != e->ns_type || strlen(t->path) != e->path_len ||
			memcmp(t->path, e->path, e->path_len) != 0)
			continue;
		if (e->hdr.ts_ns < t->at + TOLD_NS) {
			t->at = 0;
			return true;
		}
	}
	return false;
}

/* Whether it was told of another mount namespace a moment ago, and of this one not yet. */
static bool told_take(struct mountwatch *w, const struct ev_pin *e)
{
	return told_find(w->told, e);
}

/* Whether the call says where: the path as the caller named it. */
static bool call_places(const struct nsw_mounted *m)
{
	return m->target_len && m->target_len < MNT_TARGET_MAX - 1 && m->target[0] == '/';
}

/* 1 when it was told, 0 when it is not wanted or was told already. */
static int gone_event(struct mountwatch *w, const struct mount_call *c, const struct told *what,
	source_sink sink, void *ctx)
{
	struct ev_pin e = {.hdr = c->m.hdr, .ns_type = what->type, .inum = what->inum};
	int r;

	e.path_len = (uint16_t)c->m.target_len;
	memcpy(e.path, c->m.target, e.path_len);
	e.hdr.kind = what->kind;
	e.hdr.size = (uint16_t)(offsetof(struct ev_pin, path) + e.path_len);
	e.hdr.flags |= EVF_INFERRED;
	if (told_find(w->seen_here, &e))
		return 0;
	told_add(w, &e, c->m.mnt_ns, c->m.mnt_ns_id);
	if (!(w->opts.kinds & (1ULL << what->kind)))
		return 0;
	r = sink(ctx, &e, e.hdr.size);
	return r < 0 ? r : 1;
}

/* A look says that what a call pinned is gone, and none had told it: a pin elsewhere was like it.
 */
static int pins_unseen(struct mountwatch *w, struct marked *m, const struct look_found *f,
	source_sink sink, void *ctx)
{
	int r = 0;

	/* Of two in one place here nothing is known. */
	if (!m || m->mnt_ns == mountlook_own(w->look))
		return 0;
	for (size_t i = 0; i < m->n && r >= 0; i++) {
		struct mount_call *c = &m->calls[i];
		struct told what = {.kind = EV_PIN, .type = f->type, .inum = f->inum};

		if (c->seen || !is_pin(&c->m) || c->m.pin_type != f->type ||
			c->m.pin_inum != f->inum || !call_places(&c->m) ||
			!call_names(&c->m, f->path))
			continue;
		c->seen = true;
		r = gone_event(w, c, &what, sink, ctx);
	}
	return r;
}

/* Whether the calls of a mount namespace, whose number is another's meanwhile, tell it themselves.
 */
static bool gone_tells(const struct mountwatch *w, const struct look_found *f)
{
	const struct mount_call *calls = (const void *)w->gone.s;

	for (size_t i = 0; i < w->gone.len / sizeof(*calls); i++) {
		const struct nsw_mounted *m = &calls[i].m;

		if (m->mnt_ns != f->mnt_ns || m->mnt_ns_id != f->mnt_ns_id ||
			!call_names(m, f->path))
			continue;
		if (f->what == LOOK_UNPIN
				? m->may == MNT_MAY_REMOVE
				: is_pin(m) && m->pin_type == f->type && m->pin_inum == f->inum)
			return true;
	}
	return false;
}

static int pin_tell(struct mountwatch *w, struct marked *m, const struct look_found *f,
	source_sink sink, void *ctx)
{
	struct ev_pin e = {.ns_type = f->type, .inum = f->inum};
	uint16_t kind = f->what == LOOK_PIN ? EV_PIN : EV_UNPIN;
	bool acted;
	int r = 0;

	if (m && m->mnt_ns_id && f->mnt_ns_id && m->mnt_ns_id != f->mnt_ns_id)
		m = NULL;
	if (!m && gone_tells(w, f))
		return 0;
	acted = actor_find(m, f, &e.hdr);
	if (f->what == LOOK_PIN)
		calls_seen(m, f);
	else
		r = pins_unseen(w, m, f, sink, ctx);
	if (r < 0)
		return r;
	if (!(w->opts.kinds & (1ULL << kind)))
		return 0;
	if (!acted && w->opts.wanted && !w->opts.wanted(w->opts.ctx, f->inum))
		return 0;
	e.path_len = (uint16_t)strlen(f->path);
	memcpy(e.path, f->path, e.path_len);
	e.hdr.kind = kind;
	e.hdr.size = (uint16_t)(offsetof(struct ev_pin, path) + e.path_len);
	e.hdr.flags |= EVF_INFERRED;
	if (!acted && told_take(w, &e))
		return 0;
	if (f->mnt_ns != mountlook_own(w->look))
		told_add(w, &e, f->mnt_ns, f->mnt_ns_id);
	else if (!acted)
		told_set(&w->seen_here[w->next_seen++ % TOLD_MAX], &e, f->mnt_ns, f->mnt_ns_id);
	return sink(ctx, &e, e.hdr.size);
}

/* --- what is gone ----------------------------------------------------------------------------- */

/* The pin that such a call took away: the last one that was told to be there. False: none was. */
static bool gone_pin(const struct mountwatch *w, const struct nsw_mounted *m, struct told *ret)
{
	for (size_t i = 0; i < TOLD_MAX && i < w->next_told; i++) {
		const struct told *t = &w->told[(w->next_told - 1 - i) % TOLD_MAX];

		if (t->mnt_ns != m->mnt_ns || t->mnt_ns_id != m->mnt_ns_id ||
			strlen(t->path) != m->target_len ||
			memcmp(t->path, m->target, m->target_len) != 0)
			continue;
		*ret = *t;
		return t->kind == EV_PIN;
	}
	return false;
}

/*
 * Pins that nobody could look at, for they were gone, or their mount namespace, by what the calls
 * say themselves; of like ones of one thread one is told, the others are counted.
 */
static int gone_take(struct mountwatch *w, source_sink sink, void *ctx)
{
	const struct mount_call *calls = (const void *)w->gone.s;
	size_t n = w->gone.len / sizeof(*calls);
	int told = 0, r = 0;

	for (size_t i = 0; i < n && r >= 0; i++, told += r > 0) {
		const struct nsw_mounted *m = &calls[i].m;
		struct told what = {.kind = EV_PIN, .type = m->pin_type, .inum = m->pin_inum},
			    there;

		/* A look was faster than the note of the call. */
		if (is_pin(m) && gone_pin(w, m, &there) && there.type == m->pin_type &&
			there.inum == m->pin_inum)
			continue;
		if (is_pin(m) && !call_places(m)) {
			w->left_out += calls[i].count;
			continue;
		}
		if (!is_pin(m) && !gone_pin(w, m, &what))
			continue;
		if (!is_pin(m))
			what.kind = EV_UNPIN;
		w->left_out += calls[i].count - 1;
		r = gone_event(w, &calls[i], &what, sink, ctx);
	}
	buf_reset(&w->gone);
	return r < 0 ? r : told;
}

static void late_tell(struct mountwatch *w, uint32_t mnt_ns, uint64_t cost_ns)
{
	for (size_t i = 0; i < w->nlate; i++)
		if (w->late[i] == mnt_ns)
			return;
	if (w->nlate == LATE_MAX || !w->opts.late)
		return;
	w->late[w->nlate++] = mnt_ns;
	w->opts.late(w->opts.ctx, mnt_ns, cost_ns);
}

/* A look did not find the pin of a call: whoever took it away may not have returned yet. */
static bool call_missed(const struct marked *m, size_t i, uint64_t at_ns)
{
	const struct mount_call *c = &m->calls[i];

	return is_pin(&c->m) && !c->seen && at_ns - c->m.hdr.ts_ns < MISSED_NS &&
	       !unpin_call(m, i, at_ns);
}

/*
 * Drops the calls that a look came after. How many returned while it was on, so that one more is to
 * come.
 */
static size_t calls_left(struct marked *m, const struct look_found *f)
{
	size_t left = 0, later = 0;

	for (size_t i = 0; i < m->n; i++) {
		struct mount_call *c = &m->calls[i];
		bool is_later = c->m.hdr.ts_ns > f->begin_ns;

		c->missed = !is_later && !(f->flags & (LOOK_LONG | LOOK_GONE)) &&
			    call_missed(m, i, f->begin_ns);
		if (!is_later && !c->missed)
			continue;
		if (is_later)
			c->first_ns = c->m.hdr.ts_ns;
		later += is_later;
		m->calls[left++] = *c;
	}
	m->n = left;
	return later;
}

/*
 * A pin that looks have not told and that nobody took away: elsewhere was one like it, of which it
 * would be a copy, had not a call made it. Of two in one place here nothing is known.
 */
static void missed_tell(struct mountwatch *w, const struct marked *m)
{
	w->left_out += m->lost;
	for (size_t i = 0; i < m->n && m->mnt_ns != mountlook_own(w->look); i++)
		if (m->calls[i].missed)
			buf_add(&w->gone, (const char *)&m->calls[i], sizeof(m->calls[i]));
}

/* Nobody will say any more that he took away what looks have missed. */
static void missed_drop(struct mountwatch *w)
{
	uint64_t now = clock_ns(CLOCK_BOOTTIME);

	for (size_t i = 0; i < BUCKETS && w->nmarked; i++) {
		struct marked **at = &w->marked[i];

		while (*at) {
			struct marked *m = *at;

			if (m->queued ||
				(m->n && now - m->calls[m->n - 1].m.hdr.ts_ns <= MISSED_NS)) {
				at = &m->next;
				continue;
			}
			missed_tell(w, m);
			marked_drop(w, at);
		}
	}
}

/* A look is over: calls that it came after are done with, for others there is one more. */
static int done_take(struct mountwatch *w, const struct look_found *f)
{
	struct marked **at = marked_place(w, f->mnt_ns), *m = *at;
	uint64_t covered = 0;
	size_t left;

	if (!m)
		return 0;
	m->queued = false;
	/* It was of another one that had the number before. */
	if (f->flags & LOOK_GONE && f->mnt_ns_id && m->mnt_ns_id && f->mnt_ns_id != m->mnt_ns_id &&
		m->n)
		return marked_queue(w, m);
	if (f->flags & LOOK_GONE)
		calls_gone(w, m, f->begin_ns);
	else if (!(f->flags & LOOK_LONG))
		covered = calls_between(w, m, f->begin_ns);
	if (m->lost_ns <= f->begin_ns)
		m->lost = 0;
	left = calls_left(m, f);
	/* What the look found is as the last call left it. */
	if (f->flags & LOOK_LONG)
		w->left_out += m->count;
	else if (f->flags & LOOK_LATE)
		w->left_out += m->count > left + 1 + covered ? m->count - left - 1 - covered : 0;
	if (f->flags & (LOOK_LATE | LOOK_LONG) && m->count)
		late_tell(w, f->mnt_ns, f->cost_ns);
	m->count = left;
	if (left)
		return marked_queue(w, m);
	if (!m->n)
		marked_drop(w, at);
	return 0;
}

int mountwatch_fd(const struct mountwatch *w)
{
	return mountlook_fd(w->look);
}

int mountwatch_take(struct mountwatch *w, source_sink sink, void *ctx)
{
	int told = 0, n = 0, r = 0;

	if (w->at >= w->found.len) {
		buf_reset(&w->found);
		w->at = 0;
		mountlook_take(w->look, &w->found);
	}
	while (w->at < w->found.len && n++ < TAKE_MAX && r >= 0) {
		const struct look_found *f = (const void *)(w->found.s + w->at);

		w->at += f->size;
		if (f->what == LOOK_DONE) {
			r = done_take(w, f);
		} else {
			r = pin_tell(w, *marked_place(w, f->mnt_ns), f, sink, ctx);
			told++;
		}
	}
	if (w->at < w->found.len)
		mountlook_again(w->look);
	if (r >= 0)
		r = gone_take(w, sink, ctx);
	return r < 0 ? r : told + r;
}

/* A record of kind EV_LOST for the calls that no look came after in time. */
static int left_out_tell(struct mountwatch *w, source_sink sink, void *ctx)
{
	struct ev_lost e = {.hdr = {.kind = EV_LOST, .size = sizeof(e), .flags = EVF_NO_ACTOR},
		.why = EV_LOST_MOUNT};

	e.count = w->left_out + mountlook_lost(w->look);
	w->left_out = 0;
	if (!e.count)
		return 0;
	e.hdr.ts_ns = clock_ns(CLOCK_BOOTTIME);
	return sink(ctx, &e, sizeof(e));
}

int mountwatch_tick(struct mountwatch *w, source_sink sink, void *ctx)
{
	/* Without a thread every mark is left out, and told. */
	mountlook_start(w->look);
	missed_drop(w);
	return left_out_tell(w, sink, ctx);
}

bool mountwatch_settled(struct mountwatch *w)
{
	return w->at >= w->found.len && !w->gone.len && mountlook_idle(w->look);
}

int mountwatch_finish(struct mountwatch *w, uint64_t ns, source_sink sink, void *ctx)
{
	int r;

	mountlook_finish(w->look, ns);
	do
		r = mountwatch_take(w, sink, ctx);
	while (r >= 0 && w->found.len);
	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct marked *m = w->marked[i]; m; m = m->next) {
			w->left_out += m->count;
			late_tell(w, m->mnt_ns, 0);
		}
	return r < 0 ? r : left_out_tell(w, sink, ctx);
}

int mountwatch_open(const struct mountwatch_opts *opts, struct mountwatch **ret, struct err *err)
{
	struct look_opts lo = {.id_of = opts->id_of, .ctx = opts->ctx};
	struct mountwatch *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return err_set(err, -ENOMEM, "watch mounts");
	w->opts = *opts;
	r = mountlook_open(&lo, &w->look, err);
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
	mountlook_close(w->look);
	for (size_t i = 0; i < BUCKETS; i++)
		while (w->marked[i])
			marked_drop(w, &w->marked[i]);
	buf_free(&w->found);
	buf_free(&w->gone);
	free(w);
}
