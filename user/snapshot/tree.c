// SPDX-License-Identifier: GPL-2.0-or-later
#include "snapshot/tree.h"

enum mark {
	UNKNOWN,
	MEMBER,
	STRANGER,
	ON_PATH,
};

static const struct ns_task *parent_of(const struct ns_tasks *t, const struct ns_task *row)
{
	return row->ppid ? tasks_find(t, row->ppid) : NULL;
}

/*
 * Up from a task to the first whose mark is known, then the same way again to
 * leave the answer at every task passed: each is passed twice in all. Parents
 * are read at different times, so pids used again could make them a circle.
 */
static void climb(const struct ns_tasks *t, const struct ns_task *from, uint8_t *marks)
{
	const struct ns_task *row = from;
	uint8_t answer = STRANGER;

	while (row && marks[row - t->rows] == UNKNOWN) {
		marks[row - t->rows] = ON_PATH;
		row = parent_of(t, row);
	}
	if (row && marks[row - t->rows] == MEMBER)
		answer = MEMBER;
	for (row = from; row && marks[row - t->rows] == ON_PATH; row = parent_of(t, row))
		marks[row - t->rows] = answer;
}

void tree_mark(const struct ns_tasks *t, uint8_t *marks)
{
	size_t leader = 0;

	for (size_t i = 0; i < t->n; i++)
		if (t->rows[i].pid == t->rows[i].tid)
			climb(t, &t->rows[i], marks);
	for (size_t i = 0; i < t->n; i++) {
		if (t->rows[i].pid == t->rows[i].tid)
			leader = i;
		else if (t->rows[leader].tid == t->rows[i].pid && marks[leader] == MEMBER)
			marks[i] = MEMBER;
		if (marks[i] == STRANGER)
			marks[i] = UNKNOWN;
	}
}
