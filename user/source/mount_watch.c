// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/types.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "source/mount_look.h"
#include "source/mount_watch.h"

#define TOLD_MAX      64
#define TOLD_NS       (5ULL * 1000000000) /* by then its copies are seen */
#define CALLS_MIN     8                   /* of one mount namespace between two looks, */
#define CALLS_MAX     256                 /* and where there is room in */
#define CALLS_ALL     16384               /* for those of all of them */
#define TAKE_MAX      256            /* findings at once, so that the ring buffer is read between */
#define LATE_REST_NS  60000000000ULL /* between two words about late looks */
#define LATE_FIRST_NS 2000000000ULL  /* and from the first one on, so that it is one word */
#define MISSED_NS     1000000000ULL  /* an unmount has returned by then */
#define BUCKETS       256            /* of marked mount namespaces */

/* A change in another mount namespace, which may come here, too: a copy is not told. */
struct told {
	uint16_t kind;
	uint32_t type; /* enum ns_slot */
	uint32_t inum;
	char path[EV_TEXT_MAX];
	uint64_t at; /* CLOCK_BOOTTIME, 0: free */
	uint32_t mnt_ns, mnt_ns_id;
	bool early; /* by a look, before the note of the call that did it has come */
};

struct mount_call {
	struct nsw_mounted m;
	bool seen;   /* a look has found what it mounted, or unmounted */
	bool missed; /* a look has not found what it mounted */
	bool kept; /* it unmounted what a look has found: a call behind it may have mounted that */
};

/* A mount namespace with calls that no look came after. */
struct marked {
	uint32_t mnt_ns, mnt_ns_id;
	struct mount_call *calls; /* in the order of their returns */
	size_t n, cap;
	uint64_t count;   /* calls since the last look */
	uint64_t lost;    /* those of them that found no place in calls, bound a namespace, */
	uint64_t lost_ns; /* and were not found by a look; when the last of them returned */
	uint64_t removes; /* those that found no place and may have unmounted one */
	bool queued;      /* a look was asked for and is not over */
	struct marked *next;
};

struct mountwatch {
	struct mountwatch_opts opts;
	struct mountlook *look;
	struct marked *marked[BUCKETS];
	size_t nmarked;
	size_t calls_cap; /* of all marked ones */
	struct buf found;
	size_t at; /* of what was taken: the next record */
	struct told told[TOLD_MAX];
	size_t next_told;
	uint32_t late_ns[LATE_MAX];
	struct mountwatch_late late; /* since the last word about it */
	uint64_t late_due;           /* CLOCK_BOOTTIME of the next word, 0: nothing was late yet */
	uint64_t left_out;           /* calls that no look came after in time, not yet told */
	struct buf gone;             /* struct mount_call: nobody could look at what they did */
	struct told seen_here[TOLD_MAX]; /* pins of ours that may be copies of theirs */
	size_t next_seen;
	struct told
		moved[TOLD_MAX]; /* went away, or was moved: the note of the call is to say which */
	size_t next_moved;
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
	w->calls_cap -= m->cap;
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

/*
 * The call that took the pin of another away before a look that began at until_ns. What was mounted
 * on the same place later goes first.
 */
static struct mount_call *unpin_call(const struct marked *m, size_t pin, uint64_t until_ns)
{
	size_t above = 0;

	for (size_t i = pin + 1; i < m->n; i++) {
		struct mount_call *c = &m->calls[i];

		if (c->m.hdr.ts_ns > until_ns || !same_target(&c->m, &m->calls[pin].m))
			continue;
		if (is_pin(&c->m))
			above++;
		else if (c->m.may == MNT_MAY_REMOVE && !above--)
			return c;
	}
	return NULL;
}

/*
 * The call that took away what was there before the pin of another, by all that is known the same.
 * What came to that place and went between the two is passed over.
 */
static struct mount_call *again_call(const struct marked *m, size_t pin)
{
	size_t between = 0;

	for (size_t i = pin; i-- > 0;) {
		struct mount_call *c = &m->calls[i];

		if (!same_target(&c->m, &m->calls[pin].m))
			continue;
		if (c->m.may == MNT_MAY_REMOVE && !c->seen && !between)
			return c;
		if (c->m.may == MNT_MAY_REMOVE)
			between++;
		else if (!is_pin(&c->m) || !between--)
			return NULL;
	}
	return NULL;
}

/* Is told with the next events; pin: what it mounted, or unmounted, NULL: the call says it or
 * nobody. */
static void gone_add(struct mountwatch *w, const struct mount_call *c, const struct mount_call *pin)
{
	struct mount_call copy = *c;

	if (pin) {
		copy.m.pin_type = pin->m.pin_type;
		copy.m.pin_inum = pin->m.pin_inum;
	}
	buf_add(&w->gone, (const char *)&copy, sizeof(copy));
}

/*
 * Nobody can look at the mount namespace any more: what is known of the calls until then is told
 * with the next events.
 */
static void calls_gone(struct mountwatch *w, struct marked *m, uint64_t until_ns)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct mount_call *c = &m->calls[i];
		struct mount_call *end;

		if (c->m.hdr.ts_ns > until_ns || (c->missed && m->mnt_ns == mountlook_own(w->look)))
			continue;
		if (!c->seen && (is_pin(&c->m) || c->m.may == MNT_MAY_REMOVE))
			gone_add(w, c, NULL);
		end = is_pin(&c->m) ? unpin_call(m, i, until_ns) : NULL;
		if (end && !end->seen) {
			end->m.pin_type = c->m.pin_type;
			end->m.pin_inum = c->m.pin_inum;
		}
	}
	w->left_out += m->lost;
	m->lost = m->removes = 0;
}

/*
 * What was told to be there and went between two looks, while a look took another call for that
 * which took it away, as of the same namespace on the same place.
 */
static uint64_t unpins_between(struct mountwatch *w, struct marked *m, uint64_t until_ns)
{
	uint64_t covered = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct mount_call *c = &m->calls[i];
		struct mount_call *end;

		if (c->m.hdr.ts_ns > until_ns || !is_pin(&c->m) || !c->seen)
			continue;
		end = unpin_call(m, i, until_ns);
		if (!end || end->seen)
			continue;
		gone_add(w, end, NULL);
		end->seen = true;
		covered++;
	}
	return covered;
}

/* What came and went between two looks, or went and came, so that neither has found it: how many
 * calls that were. */
static uint64_t calls_between(struct mountwatch *w, struct marked *m, uint64_t until_ns)
{
	uint64_t covered = 0;

	for (size_t i = 0; i < m->n; i++) {
		struct mount_call *c = &m->calls[i], *end, *was;

		if (c->m.hdr.ts_ns > until_ns || !is_pin(&c->m) || c->seen)
			continue;
		end = unpin_call(m, i, until_ns);
		was = end ? NULL : again_call(m, i);
		if ((!end || end->seen) && !was)
			continue;
		if (was)
			gone_add(w, was, c);
		gone_add(w, c, NULL);
		if (end)
			gone_add(w, end, c);
		c->seen = true;
		(end ? end : was)->seen = true;
		covered += 2;
	}
	return covered + unpins_between(w, m, until_ns);
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
		m->n = m->count = m->removes = 0;
	}
	m->mnt_ns_id = n->mnt_ns_id;
	return m;
}

/* Room for one more: 0, -ENOMEM, or -E2BIG where there are as many as may be. */
static int calls_room(struct mountwatch *w, struct marked *m)
{
	size_t cap = m->cap ? m->cap * 2 : 1;
	struct mount_call *c;

	if (m->n < m->cap)
		return 0;
	if (cap > CALLS_MAX || (cap > CALLS_MIN && w->calls_cap > CALLS_ALL))
		return -E2BIG;
	c = reallocarray(m->calls, cap, sizeof(*c));
	if (!c)
		return -ENOMEM;
	w->calls_cap += cap - m->cap;
	m->calls = c;
	m->cap = cap;
	return 0;
}

/* The oldest call goes: what it did will be told if a look finds it, and else is lost. */
static void calls_forget(struct marked *m)
{
	const struct mount_call *c = &m->calls[0];

	if (!c->seen && is_pin(&c->m)) {
		m->lost++;
		m->lost_ns = c->m.hdr.ts_ns;
	}
	if (!c->seen && c->m.may == MNT_MAY_REMOVE)
		m->removes++;
	memmove(m->calls, m->calls + 1, --m->n * sizeof(*m->calls));
}

/* Whether a look has told something of the very place that the call names. */
static bool told_place(const struct told *t, const struct nsw_mounted *n)
{
	return t->mnt_ns == n->mnt_ns && t->mnt_ns_id == n->mnt_ns_id &&
	       strlen(t->path) == n->target_len && !memcmp(t->path, n->target, n->target_len);
}

/* Whether a look has told already what the call did. */
static bool call_told(struct mountwatch *w, const struct nsw_mounted *n)
{
	for (size_t i = 0; i < TOLD_MAX; i++) {
		struct told *t = &w->told[i];

		if (!t->early || n->hdr.ts_ns > t->at + MISSED_NS || !told_place(t, n))
			continue;
		if (is_pin(n) ? t->kind != EV_PIN || t->inum != n->pin_inum
			      : n->may != MNT_MAY_REMOVE || t->kind != EV_UNPIN)
			continue;
		t->early = false;
		return true;
	}
	return false;
}

/* Whether it unmounted what a look took for moved: then it is told with the next events. */
static bool call_unmoves(struct mountwatch *w, const struct nsw_mounted *n)
{
	for (size_t i = 0; i < TOLD_MAX; i++) {
		struct told *t = &w->moved[i];
		struct mount_call c = {.m = *n};

		if (!t->at || n->may != MNT_MAY_REMOVE || n->hdr.ts_ns > t->at + MISSED_NS ||
			!told_place(t, n))
			continue;
		c.m.pin_type = t->type;
		c.m.pin_inum = t->inum;
		gone_add(w, &c, NULL);
		t->at = 0;
		return true;
	}
	return false;
}

static int call_add(struct mountwatch *w, struct marked *m, const struct nsw_mounted *n)
{
	int r = calls_room(w, m);

	m->count++;
	if (r == -E2BIG)
		calls_forget(m);
	else if (r)
		return r;
	m->calls[m->n++] =
		(struct mount_call){.m = *n, .seen = call_told(w, n) || call_unmoves(w, n)};
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
		m->n = m->count = m->lost = m->removes = 0;
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
	if (call_add(w, m, &copy))
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

	if (!(c->m.may & need) || c->m.hdr.ts_ns > f->end_ns)
		return 0;
	/* A look came after it already. */
	if ((c->missed || c->kept) && !call_names(&c->m, f->path))
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
	return true;
}

/* Whether the call says where: the path as the caller named it. */
static bool call_places(const struct nsw_mounted *m)
{
	return m->target_len && m->target_len < MNT_TARGET_MAX - 1 && m->target[0] == '/';
}

/* Whether it may have made what was found elsewhere, as its path has a link in it or begins
 * somewhere. */
static bool call_unnamed(const struct marked *m, size_t i, const struct look_found *f)
{
	const struct nsw_mounted *n = &m->calls[i].m;

	return !call_places(n) || (n->hdr.ts_ns <= f->begin_ns && !unpin_call(m, i, f->begin_ns));
}

/*
 * The call that mounted what a look has found, the last one that had returned by then, or that
 * unmounted it, the first one: by the path, or where none names it, any that could be. A call may
 * return after a look has found what it did. NULL: its note has not come yet, or there is none.
 */
static struct mount_call *call_of(struct marked *m, const struct look_found *f, bool by_name)
{
	struct mount_call *found = NULL;

	for (size_t i = 0; i < m->n; i++) {
		struct mount_call *c = &m->calls[i];

		if (c->seen || !(by_name ? call_names(&c->m, f->path) : call_unnamed(m, i, f)))
			continue;
		if (f->what == LOOK_PIN && is_pin(&c->m) && c->m.pin_type == f->type &&
			c->m.pin_inum == f->inum && (!found || c->m.hdr.ts_ns <= f->end_ns))
			found = c;
		if (f->what == LOOK_UNPIN && by_name && c->m.may == MNT_MAY_REMOVE)
			return c;
	}
	return found;
}

/* Whether there is a call that did what a look has found. */
static bool call_seen(struct marked *m, const struct look_found *f)
{
	struct mount_call *c = m ? call_of(m, f, true) : NULL;

	if (m && !c)
		c = call_of(m, f, false);
	if (c)
		c->seen = true;
	else if (m && f->what == LOOK_PIN && m->lost)
		m->lost--;
	return c;
}

/* --- events ----------------------------------------------------------------------------------- */

static void told_set(struct told *t, const struct ev_pin *e, uint32_t mnt_ns, uint32_t mnt_ns_id)
{
	*t = (struct told){e->hdr.kind, e->ns_type, e->inum, .at = clock_ns(CLOCK_BOOTTIME)};
	t->mnt_ns = mnt_ns;
	t->mnt_ns_id = mnt_ns_id;
	memcpy(t->path, e->path, e->path_len);
}

static struct told *told_add(
	struct mountwatch *w, const struct ev_pin *e, uint32_t mnt_ns, uint32_t mnt_ns_id)
{
	struct told *t = &w->told[w->next_told++ % TOLD_MAX];

	told_set(t, e, mnt_ns, mnt_ns_id);
	return t;
}

/* Whether such a change was told of another mount namespace than mnt_ns; once for each that was. */
static bool told_find(struct told told[TOLD_MAX], const struct ev_pin *e, uint32_t mnt_ns)
{
	for (size_t i = 0; i < TOLD_MAX; i++) {
		struct told *t = &told[i];

		if (!t->at || t->mnt_ns == mnt_ns || t->kind != e->hdr.kind || t->inum != e->inum ||
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
	if (told_find(w->seen_here, &e, c->m.mnt_ns))
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
			!call_names(&c->m, f->path) || again_call(m, i))
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

static void moved_add(struct mountwatch *w, const struct look_found *f)
{
	struct told *t = &w->moved[w->next_moved++ % TOLD_MAX];

	if (f->what != LOOK_UNPIN)
		return;
	*t = (struct told){EV_UNPIN, f->type, f->inum, .at = f->end_ns, .mnt_ns = f->mnt_ns};
	t->mnt_ns_id = f->mnt_ns_id;
	memcpy(t->path, f->path, strlen(f->path));
}

static int pin_tell(struct mountwatch *w, struct marked *m, const struct look_found *f,
	source_sink sink, void *ctx)
{
	struct ev_pin e = {.ns_type = f->type, .inum = f->inum};
	uint16_t kind = f->what == LOOK_PIN ? EV_PIN : EV_UNPIN;
	bool acted, early;
	int r = 0;

	if (m && m->mnt_ns_id && f->mnt_ns_id && m->mnt_ns_id != f->mnt_ns_id)
		m = NULL;
	if (!m && gone_tells(w, f))
		return 0;
	/* Calls that say that it was no move. */
	if (f->flags & LOOK_MOVED && !(m && call_of(m, f, true))) {
		moved_add(w, f);
		return 0;
	}
	acted = actor_find(m, f, &e.hdr);
	if (f->what == LOOK_UNPIN)
		r = pins_unseen(w, m, f, sink, ctx);
	early = !call_seen(m, f);
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
	if (!acted && told_find(w->told, &e, f->mnt_ns))
		return 0;
	if (f->mnt_ns != mountlook_own(w->look))
		told_add(w, &e, f->mnt_ns, f->mnt_ns_id)->early = early;
	else if (!acted)
		told_set(&w->seen_here[w->next_seen++ % TOLD_MAX], &e, f->mnt_ns, f->mnt_ns_id);
	return sink(ctx, &e, e.hdr.size);
}

/* --- what is gone ----------------------------------------------------------------------------- */

/* The pin that such a call took away: the last one that was told to be there, and not to have gone.
 */
static bool gone_pin(const struct mountwatch *w, const struct nsw_mounted *m, struct told *ret)
{
	size_t gone = 0;

	for (size_t i = 0; i < TOLD_MAX && i < w->next_told; i++) {
		const struct told *t = &w->told[(w->next_told - 1 - i) % TOLD_MAX];

		if (!told_place(t, m))
			continue;
		*ret = *t;
		if (t->kind == EV_PIN && !gone)
			return true;
		gone = t->kind == EV_PIN ? gone - 1 : gone + 1;
	}
	return false;
}

/*
 * Pins that nobody could look at, for they were gone, or their mount namespace, by what the calls
 * say themselves.
 */
static int gone_take(struct mountwatch *w, source_sink sink, void *ctx)
{
	const struct mount_call *calls = (const void *)w->gone.s;
	size_t n = w->gone.len / sizeof(*calls);
	int told = 0, r = 0;

	for (size_t i = 0; i < n && r >= 0; i++, told += r > 0) {
		const struct nsw_mounted *m = &calls[i].m;
		struct told what = {.kind = EV_PIN, .type = m->pin_type, .inum = m->pin_inum};

		if (is_pin(m) && !call_places(m)) {
			w->left_out++;
			continue;
		}
		if (!is_pin(m) && !m->pin_inum && !gone_pin(w, m, &what))
			continue;
		if (!is_pin(m))
			what.kind = EV_UNPIN;
		r = gone_event(w, &calls[i], &what, sink, ctx);
	}
	buf_reset(&w->gone);
	return r < 0 ? r : told;
}

/*
 * A pin of a mount namespace that is gone, which the last look at it had found: told where a call
 * took it away; one of the calls that found no place may have done that.
 */
static int was_take(struct mountwatch *w, struct marked *m, const struct look_found *f,
	source_sink sink, void *ctx)
{
	struct told what = {.kind = EV_UNPIN, .type = f->type, .inum = f->inum};
	size_t len = strlen(f->path);

	if (!m || m->mnt_ns_id != f->mnt_ns_id)
		return 0;
	for (size_t i = 0; i < m->n; i++) {
		struct mount_call *c = &m->calls[i];

		if (c->seen || c->m.may != MNT_MAY_REMOVE || c->m.hdr.ts_ns > f->begin_ns ||
			c->m.target_len != len || memcmp(c->m.target, f->path, len) != 0)
			continue;
		c->seen = true;
		return gone_event(w, c, &what, sink, ctx);
	}
	if (m->removes) {
		m->removes--;
		w->left_out++;
	}
	return 0;
}

static void late_add(struct mountwatch *w, uint32_t mnt_ns, uint64_t cost_ns, uint64_t changes)
{
	struct mountwatch_late *l = &w->late;
	size_t i = 0;

	while (i < l->namespaces && w->late_ns[i] != mnt_ns)
		i++;
	if (i == l->namespaces && i < LATE_MAX)
		w->late_ns[l->namespaces++] = mnt_ns;
	if (!l->looks || cost_ns > l->cost_ns) {
		l->cost_ns = cost_ns;
		l->mnt_ns = mnt_ns;
	}
	l->looks++;
	l->changes += changes;
	if (!w->late_due)
		w->late_due = clock_ns(CLOCK_BOOTTIME) + LATE_FIRST_NS;
}

static void late_tell(struct mountwatch *w, bool last)
{
	uint64_t now = clock_ns(CLOCK_BOOTTIME);

	if (!w->late.looks || (!last && now < w->late_due))
		return;
	if (w->opts.late)
		w->opts.late(w->opts.ctx, &w->late);
	w->late = (struct mountwatch_late){0};
	w->late_due = now + LATE_REST_NS;
}

/* A look did not find the pin of a call: whoever took it away may not have returned yet. */
static bool call_missed(const struct marked *m, size_t i, uint64_t at_ns)
{
	const struct mount_call *c = &m->calls[i];

	return is_pin(&c->m) && !c->seen && at_ns - c->m.hdr.ts_ns < MISSED_NS &&
	       !unpin_call(m, i, at_ns);
}

/*
 * A look has found what the call unmounted: what was there before it and is there again by a call
 * whose note is yet to come, or returned while the look was on. The next look is to find that call.
 */
static bool call_kept(const struct mount_call *c, const struct look_found *f)
{
	return c->m.may == MNT_MAY_REMOVE && !c->seen && !c->kept &&
	       !(f->flags & (LOOK_LONG | LOOK_GONE));
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
		c->kept = !is_later && call_kept(c, f);
		if (!is_later && !c->missed && !c->kept)
			continue;
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
	uint64_t covered = 0, lost = 0;
	size_t left;

	if (!m)
		return 0;
	m->queued = false;
	/* It was of another one that had the number before. */
	if (f->flags & LOOK_GONE && f->mnt_ns_id && m->mnt_ns_id && f->mnt_ns_id != m->mnt_ns_id &&
		m->n)
		return marked_queue(w, m);
	if (f->flags & LOOK_GONE) {
		w->left_out += m->removes < f->left ? m->removes : f->left;
		calls_gone(w, m, f->begin_ns);
	} else if (!(f->flags & LOOK_LONG))
		covered = calls_between(w, m, f->begin_ns);
	/* What no look found was taken away before: neither is told. */
	if (m->lost_ns <= f->begin_ns) {
		lost = 2 * m->lost;
		m->lost = 0;
	}
	m->removes = 0;
	left = calls_left(m, f);
	/* What the look found is as the last call left it. */
	if (f->flags & LOOK_LONG)
		lost = m->count;
	else if (f->flags & LOOK_LATE && m->count > left + 1 + covered + lost)
		lost = m->count - left - 1 - covered;
	w->left_out += lost;
	if (lost && f->flags & (LOOK_LATE | LOOK_LONG))
		late_add(w, f->mnt_ns, f->cost_ns, lost);
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
		} else if (f->what == LOOK_WAS) {
			r = was_take(w, *marked_place(w, f->mnt_ns), f, sink, ctx);
			told += r > 0;
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
	late_tell(w, false);
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
			if (m->count)
				late_add(w, m->mnt_ns, 0, m->count);
		}
	late_tell(w, true);
	return r < 0 ? r : left_out_tell(w, sink, ctx);
}

int mountwatch_open(const struct mountwatch_opts *opts, struct mountwatch **ret, struct err *err)
{
	struct look_opts lo = {.id_of = opts->id_of, .each = opts->each, .ctx = opts->ctx};
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
