// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz_idmap.c - any text as ranges of ids: of options, of /etc/subuid, of uid_map.
 * Every line that is a range of an option is taken, the first one's ids are the pair.
 */
#include <errno.h>

#include "fuzz/check.h"
#include "kernel/idmap.h"

#define RANGES_MAX 64

static bool in(uint32_t id, uint32_t first, uint32_t count)
{
	return id >= first && id - first < count;
}

/* The kernel would take it. */
static void possible(const struct idmap_range *r)
{
	MUST(r->count && r->outer <= UINT32_MAX - (r->count - 1));
	MUST(r->inner == IDMAP_NONE || r->inner <= UINT32_MAX - (r->count - 1));
}

static void subids(const char *text)
{
	struct idmap_range r = {1, 2, 3}, same = {1, 2, 3};

	if (idmap_subids_parse(text, "user", 1000, 0, &r))
		MUST(r.inner == 1 && r.outer == 2 && r.count == 3);
	else
		possible(&r);
	if (!idmap_subids_parse(text, "user", 1000, 1, &same))
		MUST(same.inner == same.outer && same.outer == r.outer && same.count == r.count);
}

/* What is written is what would be read. */
static void text_same(const struct idmap *m)
{
	auto_idmap struct idmap again = {0};
	auto_buf struct buf b = {0};

	idmap_text(m, &b);
	MUST(!idmap_all_parse(&again, b.s ? b.s : "") && again.n == m->n);
	for (size_t i = 0; i < m->n; i++)
		MUST(again.v[i].inner == m->v[i].inner && again.v[i].count == m->v[i].count);
}

/* Ranges that end within the ids there are, and still have their place to be found or not. */
static bool ordinary(const struct idmap_range *r)
{
	return r->inner != IDMAP_NONE && r->inner <= UINT32_MAX - r->count &&
	       r->outer <= UINT32_MAX - r->count;
}

static void place(struct idmap *m, uint32_t inner, uint32_t outer)
{
	uint64_t before = 0, after = 0;
	bool usual = inner != IDMAP_NONE && outer != IDMAP_NONE;

	for (size_t i = 0; i < m->n; i++) {
		before += m->v[i].count;
		usual = usual && ordinary(&m->v[i]);
	}
	MUST(!idmap_place(m, inner, outer));
	text_same(m);
	for (size_t i = inner != IDMAP_NONE; i < m->n; i++) {
		MUST(m->v[i].count);
		after += m->v[i].count;
		MUST(!usual || !in(inner, m->v[i].inner, m->v[i].count));
		MUST(!usual || !in(outer, m->v[i].outer, m->v[i].count));
	}
	MUST(after <= before);
	if (inner != IDMAP_NONE)
		MUST(m->v[0].inner == inner && m->v[0].outer == outer && m->v[0].count == 1);
	else
		MUST(after == before);
}

static void ranges(char *text)
{
	auto_idmap struct idmap m = {0};
	struct idmap_range r, first = {0};
	char *save, *line;
	bool has = false;

	for (line = strtok_r(text, "\n", &save); line && m.n < RANGES_MAX;
		line = strtok_r(NULL, "\n", &save)) {
		if (idmap_range_parse(line, &r))
			continue;
		possible(&r);
		if (has)
			MUST(!idmap_add(&m, r));
		else
			first = r;
		has = true;
	}
	if (has)
		place(&m, first.inner, first.outer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_idmap struct idmap m = {0};
	char *text = malloc(size + 1);
	int r;

	memcpy(text, data, size);
	text[size] = '\0';
	subids(text);
	r = idmap_all_parse(&m, text);
	MUST(!r || r == -EINVAL);
	for (size_t i = 0; i < m.n; i++) {
		possible(&m.v[i]);
		MUST(m.v[i].inner == m.v[i].outer);
	}
	ranges(text);
	free(text);
	return 0;
}
