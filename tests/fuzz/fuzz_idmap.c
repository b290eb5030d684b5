// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz_idmap.c - any text as a range, as /etc/subuid and as /proc/PID/uid_map. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/text.h"
#include "ns/idmap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void range_check(const struct idmap_range *r)
{
	if (!r->count || (uint64_t)r->outer + r->count > 1ULL << 32 ||
		(r->inner != IDMAP_NONE && (uint64_t)r->inner + r->count > 1ULL << 32))
		abort();
}

static void map_use(struct idmap *m, uint32_t inner, uint32_t outer)
{
	auto_buf struct buf b = {0};

	if (idmap_place(m, inner, outer))
		abort();
	if (inner != IDMAP_NONE && (m->v[0].inner != inner || m->v[0].outer != outer))
		abort();
	idmap_text(m, &b);
	text_is_plain(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_idmap struct idmap m = {0}, all = {0};
	char *text = malloc(size + 1);
	struct idmap_range r;

	memcpy(text, data, size);
	text[size] = '\0';
	if (!idmap_range_parse(text, &r)) {
		range_check(&r);
		if (idmap_add(&m, r))
			abort();
	}
	for (int identity = 0; identity < 2; identity++) {
		if (idmap_subids_parse(text, "user", 1000, identity, &r))
			continue;
		range_check(&r);
		if (idmap_add(&m, r))
			abort();
	}
	map_use(&m, IDMAP_NONE, IDMAP_NONE);
	map_use(&m, size, size * 3);
	if (!idmap_all_parse(&all, text)) {
		for (size_t i = 0; i < all.n; i++)
			range_check(&all.v[i]);
		map_use(&all, 0, 1000);
	}
	free(text);
	return 0;
}
