// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "source/mount_calls.h"
#include "source/mount_told.h"

#define COPY_NS (5ULL * 1000000000) /* by then copies are seen */

int toldset_init(struct toldset *s, size_t max)
{
	*s = (struct toldset){.rows = calloc(max, sizeof(*s->rows)), .max = max};
	return s->rows ? 0 : -ENOMEM;
}

void toldset_free(struct toldset *s)
{
	for (size_t i = 0; s->rows && i < s->max; i++)
		free(s->rows[i].path);
	free(s->rows);
	*s = (struct toldset){0};
}

static struct told *told_first(const struct toldset *s, uint32_t hash)
{
	uint32_t at = s->heads[hash % TOLD_HEADS];

	return at ? &s->rows[at - 1] : NULL;
}

static struct told *told_next(const struct toldset *s, const struct told *t)
{
	return t->next ? &s->rows[t->next - 1] : NULL;
}

const struct told *toldset_oldest(const struct toldset *s)
{
	const struct told *t = &s->rows[s->n % s->max];

	return t->path ? t : NULL;
}

static void told_drop(struct toldset *s, struct told *t)
{
	uint32_t *at = &s->heads[t->hash % TOLD_HEADS];

	while (&s->rows[*at - 1] != t)
		at = &s->rows[*at - 1].next;
	*at = t->next;
	free(t->path);
	t->path = NULL;
}

struct told *toldset_add(
	struct toldset *s, const struct ev_pin *e, uint32_t mnt_ns, uint32_t mnt_ns_id)
{
	size_t at = s->n % s->max;
	struct told *t = &s->rows[at];
	char *path = strndup(e->path, e->path_len);
	uint32_t *head;

	if (!path)
		return NULL;
	if (t->path)
		told_drop(s, t);
	*t = (struct told){.kind = e->hdr.kind, .type = e->ns_type, .inum = e->inum, .path = path};
	t->mnt_ns = mnt_ns;
	t->mnt_ns_id = mnt_ns_id;
	t->at = clock_ns(CLOCK_BOOTTIME);
	t->hash = place_of(path, strlen(path)).hash;
	head = &s->heads[t->hash % TOLD_HEADS];
	t->next = *head;
	*head = (uint32_t)at + 1;
	s->n++;
	return t;
}

static bool told_is_at(const struct told *t, const char *path, size_t len)
{
	return !strncmp(t->path, path, len) && !t->path[len];
}

/* Whether it is of the very place that the call names. */
static bool told_place(const struct told *t, const struct nsw_mounted *n)
{
	return t->mnt_ns == n->mnt_ns && t->mnt_ns_id == n->mnt_ns_id &&
	       told_is_at(t, n->target, n->target_len);
}

bool toldset_copy(struct toldset *s, const struct ev_pin *e, uint32_t mnt_ns)
{
	uint32_t hash = place_of(e->path, e->path_len).hash;

	for (struct told *t = told_first(s, hash); t; t = told_next(s, t)) {
		if (!t->at || t->mnt_ns == mnt_ns || t->kind != e->hdr.kind || t->inum != e->inum ||
			t->type != e->ns_type || !told_is_at(t, e->path, e->path_len) ||
			e->hdr.ts_ns >= t->at + COPY_NS)
			continue;
		t->at = 0;
		return true;
	}
	return false;
}

bool toldset_call(struct toldset *s, const struct nsw_mounted *n, uint64_t ns)
{
	uint32_t hash = place_of(n->target, n->target_len).hash;
	bool ret = false;

	for (struct told *t = told_first(s, hash); t; t = told_next(s, t)) {
		bool pins = t->kind == EV_PIN;

		if (!t->early || !told_place(t, n))
			continue;
		t->early = false;
		if (n->hdr.ts_ns <= t->at + ns &&
			(pins ? n->may & MNT_MAY_ADD && n->pin_inum && t->inum == n->pin_inum
			      : n->may == MNT_MAY_REMOVE))
			ret = true;
	}
	return ret;
}

bool toldset_pin(const struct toldset *s, const struct nsw_mounted *n, struct mount_ns *ret)
{
	uint32_t hash = place_of(n->target, n->target_len).hash;
	size_t gone = 0;

	for (const struct told *t = told_first(s, hash); t; t = told_next(s, t)) {
		if (!told_place(t, n))
			continue;
		if (t->kind == EV_PIN && !gone) {
			*ret = (struct mount_ns){t->type, t->inum};
			return true;
		}
		gone = t->kind == EV_PIN ? gone - 1 : gone + 1;
	}
	return false;
}

bool toldset_stays(const struct toldset *s, const struct told *t)
{
	const struct told *at = told_first(s, t->hash);
	long gone = 0;

	for (; at && at != t; at = told_next(s, at))
		if (at->mnt_ns == t->mnt_ns && at->mnt_ns_id == t->mnt_ns_id &&
			!strcmp(at->path, t->path))
			gone += at->kind == EV_PIN ? -1 : 1;
	return t->kind == EV_PIN && gone <= 0;
}
