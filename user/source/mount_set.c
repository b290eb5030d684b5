// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fd.h"
#include "source/mount_set.h"
#include "lib/array.h"

#define NONE UINT32_MAX

/* --- pins: each once -------------------------------------------------------------------------- */

/* FNV-1a. */
static uint32_t pin_hash(uint32_t type, uint32_t inum, const char *path)
{
	uint32_t h = (2166136261u ^ type ^ inum) * 16777619u;

	for (; *path; path++)
		h = (h ^ (unsigned char)*path) * 16777619u;
	return h;
}

static uint32_t pin_find(const struct mountsets *s, uint32_t type, uint32_t inum, const char *path)
{
	uint32_t h = pin_hash(type, inum, path);

	if (!s->npin_buckets)
		return NONE;
	for (uint32_t i = s->pin_buckets[h & (s->npin_buckets - 1)]; i; i = s->pins[i - 1].next) {
		const struct mount_pin *p = &s->pins[i - 1];

		if (p->hash == h && p->type == type && p->inum == inum && !strcmp(p->path, path))
			return i - 1;
	}
	return NONE;
}

static int pins_rehash(struct mountsets *s)
{
	size_t n = s->npin_buckets ? s->npin_buckets * 2 : 256;
	uint32_t *buckets = calloc(n, sizeof(*buckets));

	if (!buckets)
		return -ENOMEM;
	for (size_t i = 0; i < s->npins; i++) {
		struct mount_pin *p = &s->pins[i];
		uint32_t *head = &buckets[p->hash & (n - 1)];

		if (!p->refs)
			continue;
		p->next = *head;
		*head = (uint32_t)i + 1;
	}
	free(s->pin_buckets);
	s->pin_buckets = buckets;
	s->npin_buckets = n;
	return 0;
}

static int pins_room(struct mountsets *s)
{
	if (s->npins >= s->npin_buckets && pins_rehash(s))
		return -ENOMEM;
	if (!s->free && ARRAY_ROOM(s->pins, s->pins_cap, s->npins))
		return -ENOMEM;
	return 0;
}

/* A reference to the pin, which is made where there was none; NONE without memory. */
static uint32_t pin_get(struct mountsets *s, uint32_t type, uint32_t inum, const char *path)
{
	uint32_t at = pin_find(s, type, inum, path), *head;
	struct mount_pin *p;
	char *copy;

	if (at != NONE) {
		s->pins[at].refs++;
		return at;
	}
	copy = pins_room(s) ? NULL : strdup(path);
	if (!copy)
		return NONE;
	at = s->free ? s->free - 1 : (uint32_t)s->npins++;
	p = &s->pins[at];
	if (s->free)
		s->free = p->next;
	*p = (struct mount_pin){type, inum, 1, 0, pin_hash(type, inum, path), copy};
	head = &s->pin_buckets[p->hash & (s->npin_buckets - 1)];
	p->next = *head;
	*head = at + 1;
	s->text += strlen(copy) + 1;
	return at;
}

static void pin_put(struct mountsets *s, uint32_t at)
{
	struct mount_pin *p = &s->pins[at];
	uint32_t *i;

	if (--p->refs)
		return;
	for (i = &s->pin_buckets[p->hash & (s->npin_buckets - 1)]; *i != at + 1;)
		i = &s->pins[*i - 1].next;
	*i = p->next;
	s->text -= strlen(p->path) + 1;
	free(p->path);
	p->path = NULL;
	p->next = s->free;
	s->free = at + 1;
}

/* --- sets ------------------------------------------------------------------------------------- */

static size_t set_place(const struct mountsets *s, uint32_t inum)
{
	return inum * 2654435769u & (s->nbuckets - 1);
}

static void rows_release(struct mountsets *s, struct mount_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		pin_put(s, rows[i].pin);
	free(rows);
}

static void set_clear(struct mountsets *s, struct mountset *of)
{
	rows_release(s, of->rows, of->n);
	s->rows -= of->n;
	of->rows = NULL;
	of->n = 0;
	of->looked = false;
}

struct mountset *mountsets_find(const struct mountsets *s, uint32_t inum)
{
	struct mountset *m = s->nbuckets ? s->buckets[set_place(s, inum)] : NULL;

	while (m && m->inum != inum)
		m = m->next;
	return m;
}

static int sets_room(struct mountsets *s)
{
	struct mountsets more = {.nbuckets = s->nbuckets ? s->nbuckets * 2 : 64};

	if (s->n < s->nbuckets)
		return 0;
	more.buckets = calloc(more.nbuckets, sizeof(*more.buckets));
	if (!more.buckets)
		return -ENOMEM;
	for (size_t i = 0; i < s->nbuckets; i++)
		while (s->buckets[i]) {
			struct mountset *m = s->buckets[i];
			struct mountset **head = &more.buckets[set_place(&more, m->inum)];

			s->buckets[i] = m->next;
			m->next = *head;
			*head = m;
		}
	free(s->buckets);
	s->buckets = more.buckets;
	s->nbuckets = more.nbuckets;
	return 0;
}

struct mountset *mountsets_get(struct mountsets *s, uint32_t inum, uint32_t id)
{
	struct mountset *m = mountsets_find(s, inum), **head;

	if (m && id && m->id && m->id != id)
		set_clear(s, m);
	if (m) {
		if (id)
			m->id = id;
		return m;
	}
	m = sets_room(s) ? NULL : calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	*m = (struct mountset){.inum = inum, .id = id};
	head = &s->buckets[set_place(s, inum)];
	m->next = *head;
	*head = m;
	s->n++;
	return m;
}

void mountsets_drop(struct mountsets *s, struct mountset *of)
{
	struct mountset **at = &s->buckets[set_place(s, of->inum)];

	while (*at != of)
		at = &(*at)->next;
	*at = of->next;
	set_clear(s, of);
	free(of);
	s->n--;
}

void mountsets_free(struct mountsets *s)
{
	for (size_t i = 0; i < s->nbuckets; i++)
		while (s->buckets[i])
			mountsets_drop(s, s->buckets[i]);
	free(s->buckets);
	free(s->pins);
	free(s->pin_buckets);
	*s = (struct mountsets){0};
}

/* --- changes ---------------------------------------------------------------------------------- */

/* A row and what it is compared by. */
struct ranked {
	uint32_t pin, inum, mnt_id;
	uint32_t at; /* its place in mountinfo */
	bool moved;
};

static int by_pin(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->pin != y->pin)
		return x->pin < y->pin ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static int by_mount(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->mnt_id != y->mnt_id)
		return x->mnt_id < y->mnt_id ? -1 : 1;
	return (x->inum > y->inum) - (x->inum < y->inum);
}

static int by_place(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

/* The rows of one look, by pin and by mount. */
struct ranks {
	struct ranked *pins, *mounts;
	size_t n;
};

static void ranks_free(struct ranks *r)
{
	free(r->pins);
	free(r->mounts);
}

static int ranks_make(
	const struct mountsets *s, const struct mount_row *rows, size_t n, struct ranks *ret)
{
	ret->n = n;
	ret->pins = calloc(n + 1, sizeof(*ret->pins));
	ret->mounts = calloc(n + 1, sizeof(*ret->mounts));
	if (!ret->pins || !ret->mounts)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		ret->pins[i] = ret->mounts[i] = (struct ranked){
			rows[i].pin, s->pins[rows[i].pin].inum, rows[i].mnt_id, (uint32_t)i, false};
	qsort(ret->pins, n, sizeof(*ret->pins), by_pin);
	qsort(ret->mounts, n, sizeof(*ret->mounts), by_mount);
	return 0;
}

static bool has_mount(const struct ranks *r, const struct ranked *of)
{
	return r->n && bsearch(of, r->mounts, r->n, sizeof(*of), by_mount);
}

/* Where rows of the pin begin, or would. */
static size_t pin_place(const struct ranks *r, uint32_t pin)
{
	size_t lo = 0, hi = r->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (r->pins[mid].pin < pin)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static size_t pin_count(const struct ranks *r, uint32_t pin)
{
	size_t at = pin_place(r, pin), n = 0;

	while (at + n < r->n && r->pins[at + n].pin == pin)
		n++;
	return n;
}

static bool has_pin(const struct ranks *r, uint32_t pin)
{
	size_t at = pin_place(r, pin);

	return at < r->n && r->pins[at].pin == pin;
}

/* Rows of `a` that `b` does not have by pin, the last of each pin, to ret in order. */
static size_t ranks_missing(const struct ranks *a, const struct ranks *b, struct ranked *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++) {
		const struct ranked *x = &a->pins[i];

		if (i + 1 < a->n && x[1].pin == x->pin)
			continue;
		if (has_pin(b, x->pin))
			continue;
		ret[n] = *x;
		ret[n++].moved = has_mount(b, x);
	}
	qsort(ret, n, sizeof(*ret), by_place);
	return n;
}

/* Rows of now, each with a reference to its pin; NULL without memory. */
static struct mount_row *rows_make(struct mountsets *s, const struct ns_mounts *now)
{
	struct mount_row *rows = calloc(now->n + 1, sizeof(*rows));

	for (size_t i = 0; rows && i < now->n; i++) {
		const struct ns_mount *m = &now->rows[i];
		uint32_t pin = pin_get(s, m->type, m->inum, mounts_path(now, m));

		if (pin == NONE) {
			rows_release(s, rows, i);
			return NULL;
		}
		rows[i] = (struct mount_row){m->mnt_id, pin};
	}
	return rows;
}

static void changes_tell(struct mountsets *s, bool first, const struct ranks *was,
	const struct ranks *is, struct ranked *room, mountset_change change, void *ctx)
{
	size_t n = ranks_missing(was, is, room);

	for (size_t i = 0; i < n; i++)
		change(ctx, room[i].moved ? MOUNTSET_MOVED : 0, &s->pins[room[i].pin]);
	n = ranks_missing(is, was, room);
	for (size_t i = 0; i < n; i++) {
		const struct mount_pin *p = &s->pins[room[i].pin];

		/* More references than rows of its own: there is one elsewhere. */
		if (first && p->refs > pin_count(is, room[i].pin))
			continue;
		change(ctx, MOUNTSET_ADDED | (room[i].moved ? MOUNTSET_MOVED : 0), p);
	}
}

int mountset_take(struct mountsets *s, struct mountset *of, const struct ns_mounts *now,
	mountset_change change, void *ctx)
{
	struct mount_row *rows = rows_make(s, now);
	__attribute__((cleanup(ranks_free))) struct ranks was = {0};
	__attribute__((cleanup(ranks_free))) struct ranks is = {0};
	auto_free struct ranked *room = NULL;

	if (!rows)
		return -ENOMEM;
	if (change) {
		room = calloc(of->n + now->n + 1, sizeof(*room));
		if (!room || ranks_make(s, of->rows, of->n, &was) ||
			ranks_make(s, rows, now->n, &is)) {
			rows_release(s, rows, now->n);
			return -ENOMEM;
		}
		changes_tell(s, !of->looked, &was, &is, room, change, ctx);
	}
	set_clear(s, of);
	of->rows = rows;
	of->n = now->n;
	of->looked = true;
	s->rows += now->n;
	return 0;
}
