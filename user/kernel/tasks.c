// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "kernel/tasks.h"

void tasks_free(struct ns_tasks *t)
{
	free(t->rows);
	free(t->slots);
	buf_free(&t->text);
	memset(t, 0, sizeof(*t));
}

static int rows_reserve(struct ns_tasks *t, size_t want)
{
	size_t cap = t->cap ? t->cap : 64;
	struct ns_task *rows;

	if (want <= t->cap)
		return 0;
	while (cap < want)
		cap *= 2;
	rows = reallocarray(t->rows, cap, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	t->rows = rows;
	t->cap = cap;
	return 0;
}

struct ns_task *tasks_add(struct ns_tasks *t)
{
	if (rows_reserve(t, t->n + 1))
		return NULL;
	free(t->slots);
	t->slots = NULL;
	return memset(&t->rows[t->n++], 0, sizeof(*t->rows));
}

int tasks_append(struct ns_tasks *t, struct ns_tasks *src)
{
	int ret = 0;

	if (!t->rows) {
		t->rows = src->rows;
		t->n = src->n;
		t->cap = src->cap;
		src->rows = NULL;
	} else if (src->n) {
		ret = rows_reserve(t, t->n + src->n);
		if (!ret) {
			memcpy(&t->rows[t->n], src->rows, src->n * sizeof(*src->rows));
			t->n += src->n;
		}
	}
	free(t->slots);
	t->slots = NULL;
	tasks_free(src);
	return ret;
}

static size_t slot_of(const struct ns_tasks *t, uint32_t tid)
{
	return (tid * 2654435769u) & (t->nslots - 1);
}

int tasks_index(struct ns_tasks *t)
{
	size_t n = 16;

	while (n < t->n * 2)
		n *= 2;
	free(t->slots);
	t->slots = calloc(n, sizeof(*t->slots));
	if (!t->slots)
		return -ENOMEM;
	t->nslots = n;
	t->unreadable = 0;
	for (size_t i = 0; i < t->n; i++) {
		size_t s = slot_of(t, t->rows[i].tid);

		while (t->slots[s])
			s = (s + 1) & (n - 1);
		t->slots[s] = (uint32_t)i + 1;
		t->unreadable += !!(t->rows[i].flags & TASK_UNREADABLE);
	}
	return 0;
}

int tasks_finish(struct ns_tasks *t, struct ns_tasks *ret)
{
	int e = tasks_index(t);

	if (e)
		return e;
	t->ts_ns = clock_ns(CLOCK_BOOTTIME);
	tasks_free(ret);
	*ret = tasks_take(t);
	return 0;
}

const struct ns_task *tasks_find(const struct ns_tasks *t, uint32_t tid)
{
	if (!t->slots)
		return NULL;
	for (size_t s = slot_of(t, tid); t->slots[s]; s = (s + 1) & (t->nslots - 1)) {
		const struct ns_task *row = &t->rows[t->slots[s] - 1];

		if (row->tid == tid)
			return row;
	}
	return NULL;
}

const struct ns_task *tasks_live(const struct ns_tasks *t, const struct ns_task *leader)
{
	if (!(leader->flags & TASK_DEAD))
		return leader;
	for (const struct ns_task *r = leader + 1; r < t->rows + t->n && r->pid == leader->pid; r++)
		if (!(r->flags & TASK_DEAD))
			return r;
	return leader;
}
