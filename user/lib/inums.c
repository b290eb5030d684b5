// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "lib/inums.h"

void inums_free(struct inums *s)
{
	free(s->slots);
	memset(s, 0, sizeof(*s));
}

/* Where an entry is looked for first. */
static size_t home_of(const struct inums *s, uint32_t type, uint32_t inum)
{
	return ((inum * 16 + type) * 2654435769u >> 7) & (s->nslots - 1);
}

static struct inum_entry *place_of(const struct inums *s, uint32_t type, uint32_t inum)
{
	size_t i = home_of(s, type, inum);

	while (s->slots[i].inum && (s->slots[i].inum != inum || s->slots[i].type != type))
		i = (i + 1) & (s->nslots - 1);
	return &s->slots[i];
}

struct inum_entry *inums_find(const struct inums *s, uint32_t type, uint32_t inum)
{
	struct inum_entry *e;

	if (!s->n)
		return NULL;
	e = place_of(s, type, inum);
	return e->inum ? e : NULL;
}

static int inums_grow(struct inums *s)
{
	struct inums bigger = {.n = s->n, .nslots = s->nslots ? s->nslots * 2 : 64};

	bigger.slots = calloc(bigger.nslots, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -1;
	for (size_t i = 0; i < s->nslots; i++)
		if (s->slots[i].inum)
			*place_of(&bigger, s->slots[i].type, s->slots[i].inum) = s->slots[i];
	free(s->slots);
	*s = bigger;
	return 0;
}

struct inum_entry *inums_put(struct inums *s, uint32_t type, uint32_t inum)
{
	struct inum_entry *e = inums_find(s, type, inum);

	if (e)
		return e;
	if (s->n * 2 >= s->nslots && inums_grow(s))
		return NULL;
	e = place_of(s, type, inum);
	e->type = type;
	e->inum = inum;
	s->n++;
	return e;
}

void inums_drop(struct inums *s, uint32_t type, uint32_t inum)
{
	struct inum_entry *e = inums_find(s, type, inum);
	size_t mask = s->nslots - 1, free = e ? (size_t)(e - s->slots) : 0;

	if (!e)
		return;
	/* Those behind that would not be found beyond a free place move into it. */
	for (size_t i = (free + 1) & mask; s->slots[i].inum; i = (i + 1) & mask) {
		size_t home = home_of(s, s->slots[i].type, s->slots[i].inum);

		if (((i - home) & mask) < ((i - free) & mask))
			continue;
		s->slots[free] = s->slots[i];
		free = i;
	}
	s->slots[free] = (struct inum_entry){0};
	s->n--;
}
