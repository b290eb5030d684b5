// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <limits.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>

#include "event/value.h"
#include "kernel/nstype.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/hash.h"
#include "lib/inums.h"
#include "lib/util.h"
#include "sink/fold.h"

#define WAIT_NS     (FOLD_WAIT_MS * 1000000ULL)
#define PERIOD_NS   (FOLD_PERIOD_S * 1000000000ULL)
#define THREADS_MAX 1024 /* of which something waits; then what waits longest goes */
#define QUEUE_MAX   16   /* events of one thread */
#define KEYS_MAX    4096 /* things that may repeat; others are told as they are */
#define NOTES_MAX   8

/* An event that outlives its record. */
struct kept {
	struct observed o;
	struct event ev;
	void *rec;
	struct buf text; /* host, user and notes */
	struct event_note notes[NOTES_MAX];
};

/* One that waits, or a pair of them. */
struct waiting {
	struct kept kept;
	bool refused; /* else it went in */
	bool pair;
	uint64_t stayed_ns, repeated_ns;
};

struct thread {
	uint32_t tid;
	size_t n;
	struct waiting of[QUEUE_MAX];
	struct thread *prev, *next; /* by the time of the first that waits */
};

/* Something that a process does, perhaps again. */
struct key {
	uint64_t hash;
	uint64_t began_ns; /* this period */
	uint64_t count;    /* in it, those that were told among them */
	uint64_t told;
	struct kept last;
	bool pair;
	uint64_t stayed_ns;
	struct key *prev, *next; /* by the beginning of their periods */
};

struct fold {
	fold_tell tell;
	void *ctx;
	struct inums threads_at, keys_at; /* a: the address */
	struct thread *threads, *threads_last;
	struct key *keys, *keys_last;
	uint64_t passed;
	uint64_t now_ns;  /* of the last event, and */
	uint64_t here_ns; /* when it came here, CLOCK_MONOTONIC */
};

struct fold *fold_new(fold_tell tell, void *ctx)
{
	struct fold *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->tell = tell;
	f->ctx = ctx;
	return f;
}

uint64_t fold_passed(const struct fold *f)
{
	return f->passed;
}

/* --- kept events ----------------------------------------------------------------------------- */

static void kept_free(struct kept *k)
{
	free(k->rec);
	buf_free(&k->text);
	k->rec = NULL;
}

static size_t text_keep(struct buf *b, const char *s, size_t len)
{
	size_t at = b->len;

	buf_add(b, s, len);
	buf_putc(b, '\0');
	return at;
}

/* false: no memory. It may not be moved. */
static bool keep(struct kept *k, const struct observed *o)
{
	size_t host = 0, user = 0, note[NOTES_MAX];

	memset(k, 0, sizeof(*k));
	k->rec = malloc(o->ev->size);
	if (!k->rec)
		return false;
	memcpy(k->rec, o->ev->rec, o->ev->size);
	k->ev = *o->ev;
	k->ev.rec = k->ev.hdr = k->rec;
	k->o = *o;
	k->o.ev = &k->ev;
	k->o.nnotes = o->nnotes < NOTES_MAX ? o->nnotes : NOTES_MAX;
	if (o->host)
		host = text_keep(&k->text, o->host, o->host_len);
	if (o->user)
		user = text_keep(&k->text, o->user, strlen(o->user));
	for (size_t i = 0; i < k->o.nnotes; i++)
		note[i] = text_keep(&k->text, o->notes[i].text, strlen(o->notes[i].text));
	if (o->host)
		k->o.host = k->text.s + host;
	if (o->user)
		k->o.user = k->text.s + user;
	for (size_t i = 0; i < k->o.nnotes; i++) {
		k->notes[i] = o->notes[i];
		k->notes[i].text = k->text.s + note[i];
	}
	k->o.notes = k->notes;
	return true;
}

/* The same at another place. */
static void kept_move(struct kept *to, struct kept *from)
{
	*to = *from;
	to->o.ev = &to->ev;
	to->o.notes = to->notes;
	from->rec = NULL;
	from->text = (struct buf){0};
}

/* --- time ------------------------------------------------------------------------------------ */

/* Of the clock of the events: it goes on while none come. */
static uint64_t fold_now(const struct fold *f)
{
	return f->here_ns ? f->now_ns + (clock_ns(CLOCK_MONOTONIC) - f->here_ns) : 0;
}

static void fold_sync(struct fold *f, const struct event *ev)
{
	/* Events of several processors are not quite in order. */
	if (f->here_ns && ev->hdr->ts_ns < f->now_ns && f->now_ns - ev->hdr->ts_ns < PERIOD_NS)
		return;
	f->now_ns = ev->hdr->ts_ns;
	f->here_ns = clock_ns(CLOCK_MONOTONIC);
}

/* --- keys ------------------------------------------------------------------------------------ */

#define LIST_TAKE(f, list, last, e)                                                                \
	do {                                                                                       \
		*((e)->prev ? &(e)->prev->next : &(f)->list) = (e)->next;                          \
		*((e)->next ? &(e)->next->prev : &(f)->last) = (e)->prev;                          \
	} while (0)
#define LIST_PUT(f, list, last, e)                                                                 \
	do {                                                                                       \
		(e)->next = NULL;                                                                  \
		(e)->prev = (f)->last;                                                             \
		*((e)->prev ? &(e)->prev->next : &(f)->list) = (e);                                \
		(f)->last = (e);                                                                   \
	} while (0)

/* Fields that differ each time, though the same is done. */
static bool is_varying(const struct ev_field *f)
{
	static const char *const names[] = {"child_pid", "child_ns_pid", "child_pidns", "ns_id",
		"lifetime_ns", "init_pid", "init_ended_ns", "new_ifindex", "old_ifindex", "fd",
		"target_pid"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(f->name, names[i]))
			return true;
	return f->type == FT_TIME || f->type == FT_DURATION;
}

/* The number is that of a namespace which this event makes or ends. */
static bool is_own(const struct event *ev, const struct ev_field *f)
{
	switch (ev->hdr->kind) {
	case EV_NS_CREATE:
	case EV_NS_FREE:
	case EV_PIDNS_INIT:
	case EV_PIDNS_DEATH:
		return !strcmp(f->name, "inum");
	case EV_UNSHARE:
	case EV_CLONE:
		return !strcmp(f->name, "after");
	default:
		return false;
	}
}

static uint64_t field_hash(uint64_t hash, const struct event *ev, const struct ev_field *f)
{
	size_t len;
	const char *s = event_str(ev, f, &len);
	const struct ev_nsset *set = event_nsset(ev, f);
	uint64_t v;

	if (s)
		return hash_add(hash_add(hash, s, len), &len, sizeof(len));
	if (set)
		return hash_add(hash, set, sizeof(*set));
	v = event_num(ev, f);
	return hash_add(hash, &v, sizeof(v));
}

/* What is the same where a process does the same again. */
static uint64_t event_hash(const struct event *ev, bool pair)
{
	const struct ev_hdr *h = ev->hdr;
	uint64_t hash = HASH_BEGIN;

	hash = hash_add(hash, &h->kind, sizeof(h->kind));
	hash = hash_add(hash, &h->pid, sizeof(h->pid));
	hash = hash_add(hash, h->comm, sizeof(h->comm));
	hash = hash_add(hash, &h->flags, sizeof(h->flags));
	hash = hash_add(hash, &pair, sizeof(pair));
	for (size_t i = 0; i < ev->schema->nfields; i++) {
		const struct ev_field *f = &ev->schema->fields[i];

		if (!is_varying(f) && !is_own(ev, f))
			hash = field_hash(hash, ev, f);
	}
	return hash_id(hash);
}

static struct key *key_find(const struct fold *f, uint64_t hash)
{
	const struct inum_entry *e = inums_find_id(&f->keys_at, hash);

	return e ? (struct key *)(uintptr_t)e->a : NULL;
}

static void key_drop(struct fold *f, struct key *k)
{
	inums_drop_id(&f->keys_at, k->hash);
	LIST_TAKE(f, keys, keys_last, k);
	kept_free(&k->last);
	free(k);
}

static struct key *key_new(struct fold *f, uint64_t hash, uint64_t now)
{
	struct key *k = f->keys_at.n < KEYS_MAX ? calloc(1, sizeof(*k)) : NULL;
	struct inum_entry *e = k ? inums_put_id(&f->keys_at, hash) : NULL;

	if (!e) {
		free(k);
		return NULL;
	}
	e->a = (uintptr_t)k;
	k->hash = hash;
	k->began_ns = now;
	LIST_PUT(f, keys, keys_last, k);
	return k;
}

/* Its period is over: what was counted is told, and where it goes on the next one begins. */
static int key_end(struct fold *f, struct key *k, uint64_t now, struct err *err)
{
	struct fold_unit u = {
		.o = &k->last.o,
		.pair = k->pair,
		.stayed_ns = k->stayed_ns,
		/* A single one is told as it is. */
		.count = k->count - k->told > 1 ? k->count : 1,
		.within_ns = now - k->began_ns,
	};
	int r = k->count > k->told ? f->tell(f->ctx, &u, err) : 0;

	if (k->count <= k->told) {
		key_drop(f, k);
		return r;
	}
	LIST_TAKE(f, keys, keys_last, k);
	k->began_ns = now;
	k->count = k->told = 0;
	LIST_PUT(f, keys, keys_last, k);
	return r;
}

/* An event, or a pair, is to be told: at once where it is the first, else it is counted. */
static int unit_put(struct fold *f, const struct fold_unit *u, struct err *err)
{
	uint64_t hash = event_hash(u->o->ev, u->pair), now = fold_now(f);
	struct key *k = key_find(f, hash);
	struct kept copy;

	if (!k) {
		k = key_new(f, hash, now);
		f->passed += !k;
		if (k)
			k->count = k->told = 1;
		return f->tell(f->ctx, u, err);
	}
	if (!keep(&copy, u->o))
		return f->tell(f->ctx, u, err);
	k->count++;
	k->pair = u->pair;
	k->stayed_ns = u->stayed_ns;
	kept_free(&k->last);
	kept_move(&k->last, &copy);
	return 0;
}

/* --- threads --------------------------------------------------------------------------------- */

static struct thread *thread_find(const struct fold *f, uint32_t tid)
{
	const struct inum_entry *e = tid ? inums_find(&f->threads_at, 0, tid) : NULL;

	return e ? (struct thread *)(uintptr_t)e->a : NULL;
}

static void thread_drop(struct fold *f, struct thread *t)
{
	inums_drop(&f->threads_at, 0, t->tid);
	for (size_t i = 0; i < t->n; i++)
		kept_free(&t->of[i].kept);
	LIST_TAKE(f, threads, threads_last, t);
	free(t);
}

/* All that waits of a thread is told, in order. */
static int thread_give(struct fold *f, struct thread *t, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < t->n && !r; i++) {
		const struct waiting *w = &t->of[i];
		const struct fold_unit u = {
			.o = &w->kept.o,
			.pair = w->pair,
			.stayed_ns = w->stayed_ns,
			.repeated_ns = w->repeated_ns,
			.count = 1,
		};

		r = unit_put(f, &u, err);
	}
	thread_drop(f, t);
	return r;
}

static struct thread *thread_get(struct fold *f, uint32_t tid)
{
	struct thread *t = thread_find(f, tid);
	struct inum_entry *e;

	if (t)
		return t;
	t = calloc(1, sizeof(*t));
	e = t ? inums_put(&f->threads_at, 0, tid) : NULL;
	if (!e) {
		free(t);
		return NULL;
	}
	e->a = (uintptr_t)t;
	t->tid = tid;
	LIST_PUT(f, threads, threads_last, t);
	return t;
}

static const struct ev_setns *setns_of(const struct event *ev)
{
	return ev->hdr->kind == EV_SETNS ? ev->rec : NULL;
}

static bool went_in(const struct event *ev)
{
	const struct ev_setns *e = setns_of(ev);

	return e && !e->result && e->changed;
}

/* b takes back what a did. */
static bool is_back(const struct event *a, const struct event *b)
{
	const struct ev_setns *in = setns_of(a), *back = setns_of(b);

	if (!in || !back || in->changed != back->changed)
		return false;
	slot_for_each (slot, in->changed)
		if (in->after.inum[slot] != back->before.inum[slot] ||
			in->before.inum[slot] != back->after.inum[slot])
			return false;
	return true;
}

static int32_t result_of(const struct event *ev)
{
	if (ev->hdr->kind == EV_UNSHARE)
		return ((const struct ev_unshare *)ev->rec)->result;
	return setns_of(ev) ? setns_of(ev)->result : 0;
}

/* The same call: of setns by its descriptor's namespace, of others by the flags. */
static bool is_same_call(const struct event *a, const struct event *b)
{
	const struct ev_setns *x = setns_of(a), *y = setns_of(b);

	if (a->hdr->kind != b->hdr->kind)
		return false;
	if (!x)
		return ((const struct ev_unshare *)a->rec)->ns_flags ==
		       ((const struct ev_unshare *)b->rec)->ns_flags;
	return x->fd_kind == y->fd_kind && x->target_inum == y->target_inum &&
	       x->target_pid == y->target_pid && (x->target_inum || x->ns_flags == y->ns_flags);
}

/* What was refused to the thread before is done now. */
static void mark_repeated(struct thread *t, const struct event *ev)
{
	for (size_t i = 0; i < t->n; i++) {
		struct waiting *w = &t->of[i];

		if (w->refused && !w->repeated_ns && is_same_call(&w->kept.ev, ev) &&
			ev->hdr->ts_ns > w->kept.ev.hdr->ts_ns)
			w->repeated_ns = ev->hdr->ts_ns - w->kept.ev.hdr->ts_ns;
	}
}

/* The last that went in, and is not back yet. */
static struct waiting *last_in(struct thread *t)
{
	for (size_t i = t->n; i-- > 0;)
		if (!t->of[i].refused && !t->of[i].pair)
			return &t->of[i];
	return NULL;
}

/* Something still has to wait for what comes. */
static bool thread_waits(const struct thread *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->of[i].refused ? !t->of[i].repeated_ns : !t->of[i].pair)
			return true;
	return false;
}

/* An event that may be half of something. 1: it is kept, or part of what is. */
static int thread_take(struct fold *f, const struct observed *o, struct err *err)
{
	const struct event *ev = o->ev;
	bool in = went_in(ev), refused = result_of(ev) < 0;
	struct thread *t = thread_find(f, ev->hdr->tid);
	struct waiting *w = t && in ? last_in(t) : NULL;

	if (t && !refused)
		mark_repeated(t, ev);
	if (w && is_back(&w->kept.ev, ev)) {
		w->pair = true;
		w->stayed_ns = ev->hdr->ts_ns - w->kept.ev.hdr->ts_ns;
		if (!thread_waits(t)) {
			int r = thread_give(f, t, err);

			return r ? r : 1;
		}
		return 1;
	}
	if (!in && !refused)
		return 0;
	if (!t && f->threads_at.n >= THREADS_MAX) {
		int r = thread_give(f, f->threads, err);

		if (r)
			return r;
	}
	t = thread_get(f, ev->hdr->tid);
	if (!t || t->n == QUEUE_MAX || !keep(&t->of[t->n].kept, o))
		return 0;
	t->of[t->n].refused = refused;
	t->of[t->n].pair = false;
	t->of[t->n].stayed_ns = t->of[t->n].repeated_ns = 0;
	t->n++;
	return 1;
}

/* --- the fold -------------------------------------------------------------------------------- */

/* What has waited long enough, or all. */
static int fold_give(struct fold *f, bool all, struct err *err)
{
	uint64_t now = fold_now(f);
	int r = 0;

	while (!r && f->threads) {
		const struct kept *first = &f->threads->of[0].kept;

		if (!all && f->threads->n && now < first->ev.hdr->ts_ns + WAIT_NS)
			break;
		r = thread_give(f, f->threads, err);
	}
	while (!r && f->keys && (all || now >= f->keys->began_ns + PERIOD_NS)) {
		struct key *k = f->keys;

		/* At the end it is dropped when it comes by again. */
		r = key_end(f, k, now, err);
	}
	return r;
}

int fold_event(struct fold *f, const struct observed *o, struct err *err)
{
	const struct fold_unit u = {.o = o, .count = 1};
	const struct ev_hdr *h = o->ev->hdr;
	struct thread *t;
	int r;

	fold_sync(f, o->ev);
	r = fold_give(f, false, err);
	if (r || h->kind == EV_LOST)
		return r ? r : f->tell(f->ctx, &u, err);
	if (h->flags & EVF_NO_ACTOR)
		return unit_put(f, &u, err);
	if (h->kind == EV_SETNS || h->kind == EV_UNSHARE) {
		r = thread_take(f, o, err);
		if (r)
			return r < 0 ? r : 0;
	}
	/* In order: what the thread did before comes before. */
	t = thread_find(f, h->tid);
	r = t ? thread_give(f, t, err) : 0;
	return r ? r : unit_put(f, &u, err);
}

int fold_tick(struct fold *f, struct err *err)
{
	return f->threads || f->keys ? fold_give(f, false, err) : 0;
}

int fold_tick_ms(const struct fold *f)
{
	return f->threads ? FOLD_WAIT_MS / 2 : f->keys ? FOLD_PERIOD_S * 100 : INT_MAX;
}

int fold_end(struct fold *f, struct err *err)
{
	return fold_give(f, true, err);
}

void fold_free(struct fold *f)
{
	if (!f)
		return;
	while (f->threads)
		thread_drop(f, f->threads);
	while (f->keys)
		key_drop(f, f->keys);
	inums_free(&f->threads_at);
	inums_free(&f->keys_at);
	free(f);
}
