// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/listns.h"
#include "kernel/nstype.h"

#ifndef SYS_listns /* 6.19 */
#define SYS_listns 470
#endif
#define STEP 512

/* struct ns_id_req of include/uapi/linux/nsfs.h, from 6.19. */
struct list_req {
	uint32_t size, spare;
	uint64_t after; /* the last id seen */
	uint32_t flags; /* CLONE_NEW* of the types, 0: all */
	uint32_t spare2;
	uint64_t owner; /* only those of this user namespace */
};

void ids_free(struct ns_ids *ids)
{
	free(ids->rows);
	*ids = (struct ns_ids){0};
}

static int ids_reserve(struct ns_ids *ids, size_t more)
{
	size_t cap = ids->cap ? ids->cap * 2 : STEP;
	uint64_t *rows;

	if (ids->cap - ids->n >= more)
		return 0;
	rows = reallocarray(ids->rows, cap, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	ids->rows = rows;
	ids->cap = cap;
	return 0;
}

int listns_read(uint32_t types, struct ns_ids *ret)
{
	struct list_req req = {.size = sizeof(req), .flags = (uint32_t)ns_types_to_flags(types)};
	auto_ids struct ns_ids ids = {0};

	for (;;) {
		long n;

		if (ids_reserve(&ids, STEP))
			return -ENOMEM;
		n = syscall(SYS_listns, &req, ids.rows + ids.n, (size_t)STEP, 0);
		/* ENOENT: none is behind the last one. */
		if (n < 0 && errno != ENOENT)
			return -errno;
		if (n <= 0)
			break;
		ids.n += (size_t)n;
		req.after = ids.rows[ids.n - 1];
	}
	ids_free(ret);
	*ret = ids;
	ids = (struct ns_ids){0};
	return 0;
}
