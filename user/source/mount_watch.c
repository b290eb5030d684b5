// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/types.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "source/mount_calls.h"
#include "source/mount_look.h"
#include "source/mount_replay.h"
#include "source/mount_told.h"
#include "source/mount_watch.h"

#define TOLD_MAX      2048       /* changes that are remembered, */
#define SEEN_MAX      64         /* and pins of ours */
#define CALLS_MIN     8          /* of one mount namespace between two looks, */
#define CALLS_MAX     4096       /* and where there is room in */
#define CALLS_ALL     16384      /* for those of all of them */
#define CALLS_KEEP    64         /* that memory is kept for when there are none */
#define FORGET        4          /* where there is no room, one part in four is forgotten */
#define TAKE_MAX      256        /* findings at once, so that the ring buffer is read between */
#define LOOK_BIG      1024       /* findings of one look: more are not compared with calls */
#define FOUND_KEEP    (1u << 20) /* bytes of memory for findings that are kept when there are none */
#define LATE_REST_NS  60000000000ULL /* between two words about late looks */
#define LATE_FIRST_NS 2000000000ULL  /* and from the first one on, so that it is one word */
#define MISSED_NS     1000000000ULL  /* a call whose change a look has found has returned by then */
#define NOBODY_NS     500000000ULL   /* where nothing says that there is such a call */
#define LOOK_NS       10000000000ULL /* and a look that is due comes on a busy machine */
#define HOLDS_MAX     64             /* of one mount namespace */
#define BUCKETS       256            /* of marked mount namespaces */

struct mountwatch {
	struct mountwatch_opts opts;
	struct mountlook *look;
	struct marked *marked[BUCKETS];
	size_t nmarked;
	size_t calls_cap; /* of all marked ones */
	struct buf found;
	size_t at;                /* of what was taken: the next record */
	struct look_found *done;  /* of the look that is being told, NULL: none is */
	struct look_found *first; /* its first record */
	bool big;                 /* it has very many */
	struct toldset told;
	uint32_t late_ns[LATE_MAX];
	struct mountwatch_late late; /* since the last word about it */
	uint64_t late_due;           /* CLOCK_BOOTTIME of the next word, 0: nothing was late yet */
	uint64_t left_out;           /* calls that no look came after in time, not yet told */
	struct buf gone; /* struct mount_call: told with the next events, by what they say */
	struct toldset seen_here; /* pins of ours that may be copies of theirs */
	uint64_t until_ns;        /* all calls that had returned by then are known */
	bool early;               /* the next look ended later */
	struct mount_op *ops;     /* of one path */
	size_t nops, ops_cap;
};

/* --- calls ------------------------------------------------------------------------------------ */

static struct marked *marked_find(const struct mountwatch *w, uint32_t mnt_ns, uint32_t id)
{
	struct marked *m = w->marked[mnt_ns % BUCKETS];

	while (m && (m->mnt_ns != mnt_ns || (m->mnt_ns_id && id && m->mnt_ns_id != id)))
		m = m->next;
	return m;
}

/* That of the number and the id, made where there was none. NULL without memory. */
static struct marked *marked_get(struct mountwatch *w, uint32_t mnt_ns, uint32_t id)
{
	struct marked *m = marked_find(w, mnt_ns, id);

	if (!m) {
		m = calloc(1, sizeof(*m));
		if (!m)
			return NULL;
		m->mnt_ns = mnt_ns;
		m->next = w->marked[mnt_ns % BUCKETS];
		w->marked[mnt_ns % BUCKETS] = m;
		w->nmarked++;
	}
	if (id)
		m->mnt_ns_id = id;
	return m;
}

static void hold_drop(struct marked *m, struct hold *h)
{
	struct hold **at = &m->holds;

	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
	m->nholds--;
	mountstack_free(&h->was);
	mountstack_free(&h->is);
	free(h->path);
	free(h);
}

static void marked_drop(struct mountwatch *w, struct marked *m)
{
	struct marked **at = &w->marked[m->mnt_ns % BUCKETS];

	while (*at != m)
		at = &(*at)->next;
	*at = m->next;
	while (m->holds)
		hold_drop(m, m->holds);
	w->calls_cap -= m->cap;
	free(m->calls);
	free(m);
	w->nmarked--;
}

/* Drops the calls that are told. */
static void calls_pack(struct mountwatch *w, struct marked *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		if (!m->calls[i].seen)
			m->calls[n++] = m->calls[i];
	m->n = n;
	if (n || m->cap <= CALLS_KEEP)
		return;
	w->calls_cap -= m->cap;
	free(m->calls);
	m->calls = NULL;
	m->cap = 0;
}

/* --- calls that are made again ---------------------------------------------------------------- */

static struct look_found *found_next(struct look_found *f)
{
	return (void *)((char *)f + f->size);
}

static bool found_is_at(const struct look_found *f, const struct place *p)
{
	return !strncmp(f->path, p->s, p->len) && !f->path[p->len];
}

/* What the look that is being told says of a path; whether it says anything. */
static bool stacks_read(const struct mountwatch *w, const struct place *p, struct mount_stack *was,
	struct mount_stack *is)
{
	bool any = false;

	if (!w->done || w->big)
		return false;
	for (struct look_found *f = w->first; f != w->done; f = found_next(f)) {
		struct mount_ns ns = {f->type, f->inum};

		if (!found_is_at(f, p))
			continue;
		any = true;
		if ((f->what == LOOK_HAD && mountstack_add(was, ns)) ||
			(f->what == LOOK_HAS && mountstack_add(is, ns)))
			return false;
	}
	return any;
}

/* The findings at a path are told otherwise. */
static void findings_use(struct mountwatch *w, const struct place *p, bool unpins)
{
	for (struct look_found *f = w->first; w->done && !w->big && f != w->done; f = found_next(f))
		if ((f->what == LOOK_PIN || (unpins && f->what == LOOK_UNPIN)) && found_is_at(f, p))
			f->what = LOOK_HAS;
}

static struct hold *hold_find(const struct marked *m, const struct place *p)
{
	struct hold *h = m->holds;

	while (h && (strncmp(h->path, p->s, p->len) != 0 || h->path[p->len]))
		h = h->next;
	return h;
}

/* Calls at a path to w->ops; how many of the first have returned until then, or -ENOMEM. */
static ssize_t ops_read(
	struct mountwatch *w, struct marked *m, const struct place *p, uint64_t until_ns)
{
	size_t least = 0;

	w->nops = 0;
	for (size_t i = 0; i < m->n; i++) {
		struct mount_call *c = &m->calls[i];
		struct mount_op op = {.call = (uint32_t)i, .ts_ns = c->m.hdr.ts_ns};

		if (c->seen || !call_is_at(c, p))
			continue;
		c->asked = true;
		if (c->m.may == MNT_MAY_REMOVE)
			op.does = MOUNT_POPS;
		else if (call_is_wild(&c->m))
			op.does = MOUNT_WILD;
		else
			op.ns = (struct mount_ns){c->m.pin_type, c->m.pin_inum};
		if (ARRAY_ROOM(w->ops, w->ops_cap, w->nops))
			return -ENOMEM;
		w->ops[w->nops++] = op;
		if (op.ts_ns <= until_ns)
			least = w->nops;
	}
	return (ssize_t)least;
}

static bool ops_wild(const struct mountwatch *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (w->ops[i].does == MOUNT_WILD)
			return true;
	return false;
}

/* Is told with the next events. */
static void gone_add(struct mountwatch *w, const struct mount_call *c, struct mount_ns ns)
{
	struct mount_call copy = *c;

	copy.m.pin_type = ns.type;
	copy.m.pin_inum = ns.inum;
	buf_add(&w->gone, (const char *)&copy, sizeof(copy));
}

static bool ops_beyond(const struct mountwatch *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (w->ops[i].beyond)
			return true;
	return false;
}

enum tell {
	TELL_ALL,
	TELL_KNOWN, /* not what was there before all that is known: a look may say it */
	TELL_ENDED, /* no look will say it, but a pin may have been told */
	TELL_PAIRS, /* what came and went */
};

/* What the first n calls did is told. */
static void ops_tell(struct mountwatch *w, struct marked *m, size_t n, enum tell tell)
{
	for (size_t i = 0; i < n; i++) {
		const struct mount_op *op = &w->ops[i];
		struct mount_call *c = &m->calls[op->call];
		struct mount_ns ns = op->ns;

		if ((tell == TELL_PAIRS && !op->paired) || (tell == TELL_KNOWN && op->beyond))
			continue;
		if (op->changes || (op->beyond && toldset_pin(&w->told, &c->m, &ns)))
			gone_add(w, c, ns);
		else if (op->beyond && tell == TELL_ENDED && m->forgot_pins)
			w->left_out++;
		c->seen = true;
	}
}

/* What is known of a path: by the last look, or since when it is held. */
struct before {
	struct mount_stack was, is;
	bool any;
};

static void before_free(struct before *b)
{
	mountstack_free(&b->was);
	mountstack_free(&b->is);
}

static void before_read(const struct mountwatch *w, const struct marked *m, const struct place *p,
	const struct hold *h, struct before *ret)
{
	ret->any = stacks_read(w, p, &ret->was, &ret->is) || h;
	ret->was.known = w->done && !w->big && !m->forgot_ns && !(w->done->flags & LOOK_ANEW);
	if (m->forgot_ns || h)
		mountstack_free(&ret->was);
	for (size_t i = 0; h && i < h->was.n; i++)
		mountstack_add(&ret->was, h->was.at[i]);
	if (h)
		ret->was.known = h->was.known;
}

static bool hold_set(struct mountwatch *w, struct marked *m, const struct place *p,
	const struct before *b, bool calls);

/* Without a look behind them nothing is certain but that what came went, and of those that have
 * ended that the calls did what they say. */
static void path_unlooked(
	struct mountwatch *w, struct marked *m, const struct before *b, bool ended)
{
	static const struct mount_stack nothing;

	if (mount_replay(ended ? &b->was : &nothing, NULL, w->ops, w->nops, 0) >= 0)
		ops_tell(w, m, w->nops, ended ? TELL_ENDED : TELL_PAIRS);
}

/* rows: paths of which the look says something, or the others. */
static void path_replay(
	struct mountwatch *w, struct marked *m, const struct place *p, bool rows, bool ended)
{
	__attribute__((cleanup(before_free))) struct before b = {0};
	struct hold *h = hold_find(m, p);
	ssize_t least = ops_read(w, m, p, w->done && !ended ? w->done->begin_ns : UINT64_MAX), n;

	if (least < 0)
		return;
	before_read(w, m, p, h, &b);
	if (rows != b.any)
		return;
	if (!w->done || ended || w->big || w->done->flags & LOOK_MANY) {
		path_unlooked(w, m, &b, ended);
		if (ended)
			findings_use(w, p, true);
		if (ended && h)
			hold_drop(m, h);
		return;
	}
	n = mount_replay(&b.was, &b.is, w->ops, w->nops, (size_t)least);
	if (n >= 0) {
		findings_use(w, p, b.was.known || !ops_beyond(w, (size_t)n));
		ops_tell(w, m, (size_t)n, b.was.known ? TELL_ALL : TELL_KNOWN);
		if (h)
			hold_drop(m, h);
	} else if (!ops_wild(w, (size_t)least) && hold_set(w, m, p, &b, true)) {
		findings_use(w, p, true);
	}
}

static void paths_replay(struct mountwatch *w, struct marked *m, bool rows, bool ended)
{
	for (size_t i = 0; i < m->n; i++)
		m->calls[i].asked = false;
	for (size_t i = 0; i < m->n; i++) {
		struct mount_call *c = &m->calls[i];
		struct place p = {c->m.target, c->m.target_len, c->hash};

		if (!c->seen && !c->asked && c->hash)
			path_replay(w, m, &p, rows, ended);
	}
}

/* --- what is held ------------------------------------------------------------------------------
 */

static int stack_copy(struct mount_stack *to, const struct mount_stack *from)
{
	int r = 0;

	to->n = 0;
	to->known = from->known;
	for (size_t i = 0; i < from->n && !r; i++)
		r = mountstack_add(to, from->at[i]);
	return r;
}

/* False: there is no room, and what the look has found is told as it is. */
static bool hold_set(struct mountwatch *w, struct marked *m, const struct place *p,
	const struct before *b, bool calls)
{
	struct hold *h = hold_find(m, p);

	if (!h) {
		h = m->nholds < HOLDS_MAX ? calloc(1, sizeof(*h)) : NULL;
		if (!h)
			return false;
		h->next = m->holds;
		m->holds = h;
		m->nholds++;
		h->path = strndup(p->s, p->len);
		if (!h->path || stack_copy(&h->was, &b->was)) {
			hold_drop(m, h);
			return false;
		}
		h->until_ns = w->done->end_ns + NOBODY_NS;
	}
	if (calls && !h->calls) {
		h->calls = true;
		h->until_ns = w->done->end_ns + MISSED_NS;
	}
	stack_copy(&h->is, &b->is);
	h->begin_ns = w->done->begin_ns;
	h->end_ns = w->done->end_ns;
	return true;
}

static bool hold_has(const struct marked *m, const struct mount_call *c)
{
	const struct place p = {c->m.target, c->m.target_len, c->hash};

	return c->hash && m->holds && hold_find(m, &p);
}

/* --- notes ------------------------------------------------------------------------------------ */

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

/*
 * There is no room for more: the oldest are forgotten. What those did is told if a look finds it,
 * and else is lost; what they unmounted no look finds where the mount namespace has ended.
 */
static void calls_forget(struct marked *m)
{
	size_t n = m->n / FORGET ? m->n / FORGET : 1;

	for (size_t i = 0; i < n; i++) {
		const struct mount_call *c = &m->calls[i];

		m->forgot_ns = c->m.hdr.ts_ns;
		m->lost_pops += !c->seen && c->m.may == MNT_MAY_REMOVE;
		if (c->seen || !is_pin(&c->m))
			continue;
		m->lost++;
		m->lost_ns = c->m.hdr.ts_ns;
	}
	m->n -= n;
	memmove(m->calls, m->calls + n, m->n * sizeof(*m->calls));
	/* Nor will anybody know which calls explain what was found. */
	for (struct hold *h = m->holds; h; h = h->next)
		h->until_ns = 0;
}

static int call_add(struct mountwatch *w, struct marked *m, const struct nsw_mounted *n)
{
	struct mount_call c = {.m = *n, .seen = toldset_call(&w->told, n, MISSED_NS)};
	int r = calls_room(w, m);

	if (r == -E2BIG)
		calls_forget(m);
	else if (r)
		return r;
	if (call_places(n))
		c.hash = place_of(n->target, n->target_len).hash;
	m->calls[m->n++] = c;
	return 0;
}

/* Calls that nobody looks after any more: what they may have done is left out. */
static void calls_leave_out(struct mountwatch *w, struct marked *m)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct nsw_mounted *n = &m->calls[i].m;

		w->left_out += !m->calls[i].seen &&
			       (is_pin(n) || call_is_wild(n) || n->may & MNT_MAY_REMOVE);
	}
	w->left_out += m->lost;
	m->n = m->lost = 0;
	m->forgot_ns = clock_ns(CLOCK_BOOTTIME);
}

static void marked_queue(struct mountwatch *w, struct marked *m)
{
	struct look_mark mark = {m->mnt_ns, m->mnt_ns_id, {0}};

	memcpy(mark.tids, m->tids, sizeof(mark.tids));
	m->queued = !mountlook_mark(w->look, &mark);
	if (!m->queued)
		calls_leave_out(w, m);
}

int mountwatch_note(struct mountwatch *w, const struct nsw_mounted *n)
{
	struct nsw_mounted copy = *n;
	struct marked *m;

	if (copy.target_len > sizeof(copy.target))
		copy.target_len = 0;
	m = copy.mnt_ns ? marked_get(w, copy.mnt_ns, copy.mnt_ns_id) : NULL;
	if (!m)
		return copy.mnt_ns ? -ENOMEM : 0;
	if (call_add(w, m, &copy))
		return -ENOMEM;
	m->tids[0] = copy.hdr.tid;
	m->tids[1] = copy.hdr.pid;
	m->tids[2] = copy.hdr.ppid;
	if (!m->queued)
		marked_queue(w, m);
	return 0;
}

/* --- events ----------------------------------------------------------------------------------- */

/* Of a pin that is forgotten here nobody may say any more that it went. */
static struct told *told_add(
	struct mountwatch *w, const struct ev_pin *e, uint32_t mnt_ns, uint32_t mnt_ns_id)
{
	const struct told *old = toldset_oldest(&w->told);
	struct marked *m = old && toldset_stays(&w->told, old)
				   ? marked_find(w, old->mnt_ns, old->mnt_ns_id)
				   : NULL;

	if (m)
		m->forgot_pins = true;
	return toldset_add(&w->told, e, mnt_ns, mnt_ns_id);
}

/* 1 when it was told, 0 when it is not wanted or was told already. */
static int gone_event(struct mountwatch *w, const struct mount_call *c, source_sink sink, void *ctx)
{
	struct ev_pin e = {.hdr = c->m.hdr, .ns_type = c->m.pin_type, .inum = c->m.pin_inum};
	int r;

	e.path_len = (uint16_t)c->m.target_len;
	memcpy(e.path, c->m.target, e.path_len);
	e.hdr.kind = is_pin(&c->m) ? EV_PIN : EV_UNPIN;
	e.hdr.size = (uint16_t)(offsetof(struct ev_pin, path) + e.path_len);
	e.hdr.flags |= EVF_INFERRED;
	if (toldset_copy(&w->seen_here, &e, c->m.mnt_ns))
		return 0;
	told_add(w, &e, c->m.mnt_ns, c->m.mnt_ns_id);
	if (!(w->opts.kinds & (1ULL << e.hdr.kind)))
		return 0;
	r = sink(ctx, &e, e.hdr.size);
	return r < 0 ? r : 1;
}

static int pin_tell(struct mountwatch *w, struct marked *m, const struct look_found *f,
	source_sink sink, void *ctx)
{
	struct ev_pin e = {.ns_type = f->type, .inum = f->inum};
	uint16_t kind = f->what == LOOK_PIN ? EV_PIN : EV_UNPIN;
	bool acted = actor_find(m, f, &e.hdr), early = !call_seen(m, f);
	struct told *t;

	e.path_len = (uint16_t)strlen(f->path);
	memcpy(e.path, f->path, e.path_len);
	e.hdr.kind = kind;
	e.hdr.size = (uint16_t)(offsetof(struct ev_pin, path) + e.path_len);
	e.hdr.flags |= EVF_INFERRED;
	if (!acted && toldset_copy(&w->told, &e, f->mnt_ns))
		return 0;
	t = told_add(w, &e, f->mnt_ns, f->mnt_ns_id);
	if (t)
		t->early = early && f->mnt_ns != mountlook_own(w->look);
	if (f->mnt_ns == mountlook_own(w->look) && !acted)
		toldset_add(&w->seen_here, &e, f->mnt_ns, f->mnt_ns_id);
	if (!(w->opts.kinds & (1ULL << kind)) ||
		(!acted && w->opts.wanted && !w->opts.wanted(w->opts.ctx, f->inum)))
		return 0;
	return sink(ctx, &e, e.hdr.size);
}

/* --- what is told by the calls -----------------------------------------------------------------
 */

static int by_time(const void *a, const void *b)
{
	const struct mount_call *x = a, *y = b;

	return (x->m.hdr.ts_ns > y->m.hdr.ts_ns) - (x->m.hdr.ts_ns < y->m.hdr.ts_ns);
}

/* What calls did, by what they say themselves, in their order. */
static int gone_take(struct mountwatch *w, source_sink sink, void *ctx)
{
	struct mount_call *calls = (void *)w->gone.s;
	size_t n = w->gone.len / sizeof(*calls);
	int told = 0, r = 0;

	if (n)
		qsort(calls, n, sizeof(*calls), by_time);
	for (size_t i = 0; i < n && r >= 0; i++, told += r > 0)
		r = gone_event(w, &calls[i], sink, ctx);
	buf_reset(&w->gone);
	return r < 0 ? r : told;
}

/* --- the end of waiting ------------------------------------------------------------------------
 */

/* Namespaces of a that b does not have are told as found, each once. */
static int stack_tell(struct mountwatch *w, struct marked *m, const struct hold *h,
	enum look_what what, source_sink sink, void *ctx)
{
	const struct mount_stack *a = what == LOOK_PIN ? &h->is : &h->was;
	const struct mount_stack *b = what == LOOK_PIN ? &h->was : &h->is;
	size_t len = strlen(h->path);
	auto_free struct look_found *f = calloc(1, sizeof(*f) + len + 1);
	int r = f ? 0 : -ENOMEM;

	for (size_t i = 0; i < a->n && r >= 0; i++) {
		struct mount_stack above = {a->at + i + 1, a->n - i - 1, 0, true};

		if (mountstack_has(b, a->at[i]) || mountstack_has(&above, a->at[i]))
			continue;
		*f = (struct look_found){.what = (uint16_t)what, .mnt_ns = m->mnt_ns};
		f->mnt_ns_id = m->mnt_ns_id;
		f->type = a->at[i].type;
		f->inum = a->at[i].inum;
		f->begin_ns = h->begin_ns;
		f->end_ns = h->end_ns;
		memcpy(f->path, h->path, len + 1);
		r = pin_tell(w, m, f, sink, ctx);
	}
	return r;
}

/* No call will come any more that explains it: what was found is told as it is. */
static int hold_end(
	struct mountwatch *w, struct marked *m, struct hold *h, source_sink sink, void *ctx)
{
	struct place p = place_of(h->path, strlen(h->path));
	struct mount_ns top = {0};
	int r = 0;

	/* A mount that moved is no change. */
	if (h->was.known && (h->calls || !h->moved)) {
		r = stack_tell(w, m, h, LOOK_UNPIN, sink, ctx);
		if (r >= 0)
			r = stack_tell(w, m, h, LOOK_PIN, sink, ctx);
	}
	for (size_t i = 0; i < m->n; i++) {
		struct mount_call *c = &m->calls[i];
		struct mount_ns ns = {c->m.pin_type, c->m.pin_inum};

		if (c->seen || c->m.hdr.ts_ns > h->begin_ns || !call_is_at(c, &p))
			continue;
		/* It was there, and by which name it is, or how it went, nobody knows. */
		if (is_pin(&c->m) && !mountstack_has(&h->was, ns) && !mountstack_has(&h->is, ns)) {
			gone_add(w, c, ns);
			top = ns;
		} else if (c->m.may == MNT_MAY_REMOVE && top.inum) {
			gone_add(w, c, top);
			top.inum = 0;
		} else if (c->m.may == MNT_MAY_REMOVE && !h->was.known) {
			w->left_out++;
		}
		c->seen = true;
	}
	hold_drop(m, h);
	return r;
}

/* Whether a look is to come after a call that was made there since. */
static bool hold_waits(const struct marked *m, const struct hold *h, uint64_t now)
{
	struct place p = place_of(h->path, strlen(h->path));

	if (!m->queued || now > h->until_ns + LOOK_NS)
		return false;
	for (size_t i = 0; i < m->n; i++) {
		const struct mount_call *c = &m->calls[i];

		if (!c->seen && c->m.hdr.ts_ns > h->begin_ns && call_is_at(c, &p))
			return true;
	}
	return false;
}

static int holds_end(
	struct mountwatch *w, struct marked *m, uint64_t now, source_sink sink, void *ctx)
{
	struct hold *h = m->holds, *next;
	int r = 0;

	for (; h && r >= 0; h = next) {
		next = h->next;
		if (h->until_ns <= now && !hold_waits(m, h, now))
			r = hold_end(w, m, h, sink, ctx);
	}
	calls_pack(w, m);
	return r;
}

static int waits_end(struct mountwatch *w, uint64_t now, source_sink sink, void *ctx)
{
	int r = 0;

	for (size_t i = 0; i < BUCKETS && w->nmarked; i++) {
		struct marked *m = w->marked[i], *next;

		for (; m && r >= 0; m = next) {
			next = m->next;
			r = holds_end(w, m, now, sink, ctx);
			if (!m->queued && !m->n && !m->holds) {
				w->left_out += m->lost;
				marked_drop(w, m);
			}
		}
	}
	return r < 0 ? r : gone_take(w, sink, ctx);
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

/* --- looks ------------------------------------------------------------------------------------ */

/* Whether more may come of a call that nothing explains yet. */
static bool call_waits(
	const struct marked *m, const struct mount_call *c, const struct look_found *f)
{
	if (c->seen || f->flags & LOOK_GONE)
		return false;
	return c->m.hdr.ts_ns > f->begin_ns || hold_has(m, c);
}

/*
 * Of the calls that the look came after, how many changes it and they can't tell: pins whose path
 * nobody knows, and that the look has not found; and where it was late, whatever came and went by
 * calls that do not say what they mount. What the look found is as the last call left it.
 */
static uint64_t calls_lost(const struct marked *m, const struct look_found *f)
{
	uint64_t wild = 0, pops = 0, pins = 0, nowhere = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct mount_call *c = &m->calls[i];

		if (c->seen || call_waits(m, c, f))
			continue;
		wild += call_is_wild(&c->m);
		pops += c->m.may == MNT_MAY_REMOVE;
		nowhere += c->m.may == MNT_MAY_REMOVE && !c->hash;
		pins += is_pin(&c->m) && (!c->hash || f->flags & LOOK_LONG);
	}
	if (f->flags & LOOK_LONG)
		return wild + pops + pins;
	pins += f->flags & LOOK_GONE && nowhere < pins ? nowhere : pins;
	return pins + (f->flags & LOOK_LATE && wild ? wild + pops - 1 : 0);
}

/* A look is over: calls that it came after are done with, for others there is one more. */
static void look_end(struct mountwatch *w, struct marked *m, const struct look_found *f)
{
	uint64_t lost = calls_lost(m, f);
	bool later = false;

	/* What no look found was taken away before: neither is told. */
	if (m->lost_ns <= f->begin_ns) {
		lost += f->flags & LOOK_GONE ? m->lost + m->lost_pops : 2 * m->lost;
		m->lost = m->lost_pops = 0;
	}
	for (size_t i = 0; i < m->n; i++) {
		struct mount_call *c = &m->calls[i];

		c->seen |= !call_waits(m, c, f);
		later |= !c->seen && c->m.hdr.ts_ns > f->begin_ns;
	}
	calls_pack(w, m);
	if (m->forgot_ns < f->begin_ns && !(f->flags & (LOOK_LONG | LOOK_GONE)))
		m->forgot_ns = 0;
	w->left_out += lost;
	if (lost && f->flags & (LOOK_LATE | LOOK_LONG))
		late_add(w, f->mnt_ns, f->cost_ns, lost);
	if (later && !m->queued)
		marked_queue(w, m);
}

/* A change that no call explains: whose call it was may be known when that has returned. */
static bool change_holds(struct mountwatch *w, const struct look_found *f)
{
	__attribute__((cleanup(before_free))) struct before b = {0};
	struct place p = place_of(f->path, strlen(f->path));
	struct marked *m;

	if (w->big || w->done->flags & (LOOK_ANEW | LOOK_MANY))
		return false;
	m = marked_get(w, f->mnt_ns, f->mnt_ns_id);
	if (!m || m->forgot_ns)
		return false;
	before_read(w, m, &p, NULL, &b);
	return hold_set(w, m, &p, &b, false);
}

static int change_take(
	struct mountwatch *w, const struct look_found *f, source_sink sink, void *ctx)
{
	struct marked *m = marked_find(w, f->mnt_ns, f->mnt_ns_id);
	struct place p = place_of(f->path, strlen(f->path));
	struct hold *h = m ? hold_find(m, &p) : NULL;
	struct ev_hdr hdr;
	int r = 0;

	if (h && !h->calls) { /* one after the other */
		r = hold_end(w, m, h, sink, ctx);
		h = NULL;
	}
	if (h) {
		__attribute__((cleanup(before_free))) struct before b = {0};

		before_read(w, m, &p, h, &b);
		hold_set(w, m, &p, &b, true);
	}
	if (r < 0 || h)
		return r;
	if (!(m && call_of(m, f, true)) && (f->flags & LOOK_MOVED || !actor_find(m, f, &hdr)) &&
		change_holds(w, f)) {
		m = marked_find(w, f->mnt_ns, f->mnt_ns_id);
		h = m ? hold_find(m, &p) : NULL;
		if (h && f->flags & LOOK_MOVED) {
			h->moved = true;
			h->until_ns = w->done->end_ns + MISSED_NS;
		}
		return 0;
	}
	return pin_tell(w, m, f, sink, ctx);
}

/* The next look, if all of it is there. */
static bool look_begin(struct mountwatch *w)
{
	struct marked *m;
	size_t n = 0;

	w->first = (void *)(w->found.s + w->at);
	for (size_t at = w->at; at < w->found.len; n++) {
		struct look_found *f = (void *)(w->found.s + at);

		at += f->size;
		if (f->what != LOOK_DONE)
			continue;
		w->early = f->end_ns > w->until_ns;
		if (w->early)
			return false;
		w->done = f;
		w->big = n > LOOK_BIG;
		m = marked_find(w, f->mnt_ns, f->mnt_ns_id);
		if (m) {
			bool ended = f->flags & LOOK_GONE;

			m->queued = false;
			paths_replay(w, m, true, ended);
			if (ended)
				paths_replay(w, m, false, ended);
		}
		return true;
	}
	return false;
}

static int look_step(struct mountwatch *w, source_sink sink, void *ctx)
{
	const struct look_found *f = (const void *)(w->found.s + w->at);
	struct marked *m;
	int r = 0;

	w->at += f->size;
	if (f->what == LOOK_PIN || f->what == LOOK_UNPIN)
		return change_take(w, f, sink, ctx);
	if (f->what != LOOK_DONE)
		return 0;
	m = marked_find(w, f->mnt_ns, f->mnt_ns_id);
	if (m) {
		paths_replay(w, m, false, f->flags & LOOK_GONE);
		w->done = NULL;
		r = gone_take(w, sink, ctx);
		look_end(w, m, f);
	}
	w->done = NULL;
	return r;
}

int mountwatch_fd(const struct mountwatch *w)
{
	return mountlook_fd(w->look);
}

/* Takes what looks have found to what is left of the last ones. */
static void found_take(struct mountwatch *w)
{
	if (w->done)
		return;
	w->found.len -= w->at;
	if (w->found.len)
		memmove(w->found.s, w->found.s + w->at, w->found.len);
	w->at = 0;
	if (!w->found.len && w->found.cap > FOUND_KEEP)
		buf_free(&w->found);
	mountlook_take(w->look, &w->found);
}

int mountwatch_take(struct mountwatch *w, uint64_t until_ns, source_sink sink, void *ctx)
{
	int told = 0, n = 0, r = 0;

	w->until_ns = until_ns;
	w->early = false;
	found_take(w);
	while (w->at < w->found.len && n++ < TAKE_MAX && r >= 0 && (w->done || look_begin(w))) {
		if (w->gone.len)
			r = gone_take(w, sink, ctx);
		if (r >= 0)
			r = look_step(w, sink, ctx);
		told++;
	}
	if (w->done || w->early || n > TAKE_MAX)
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
	int r;

	/* Without a thread every mark is left out, and told. */
	mountlook_start(w->look);
	r = w->done ? 0 : waits_end(w, w->until_ns, sink, ctx);
	late_tell(w, false);
	return r < 0 ? r : left_out_tell(w, sink, ctx);
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
		r = mountwatch_take(w, UINT64_MAX, sink, ctx);
	while (r > 0);
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct marked *m = w->marked[i]; m; m = m->next) {
			uint64_t before = w->left_out;

			if (!m->queued)
				continue;
			paths_replay(w, m, false, false);
			paths_replay(w, m, true, false);
			calls_leave_out(w, m);
			if (w->left_out > before)
				late_add(w, m->mnt_ns, 0, w->left_out - before);
		}
	if (r >= 0)
		r = waits_end(w, UINT64_MAX, sink, ctx);
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
	if (toldset_init(&w->told, TOLD_MAX) || toldset_init(&w->seen_here, SEEN_MAX))
		r = err_set(err, -ENOMEM, "watch mounts");
	else
		r = mountlook_open(&lo, &w->look, err);
	if (r) {
		mountwatch_close(w);
		return r;
	}
	if (opts->there)
		mountlook_each_pin(w->look, opts->there, opts->ctx);
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
			marked_drop(w, w->marked[i]);
	free(w->ops);
	toldset_free(&w->told);
	toldset_free(&w->seen_here);
	buf_free(&w->found);
	buf_free(&w->gone);
	free(w);
}
