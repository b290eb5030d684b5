// SPDX-License-Identifier: GPL-2.0-or-later
/* diff_view.c - what one snapshot says, before it is compared with another. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source/diff_records.h"
#include "snapshot/tree.h"
#include "kernel/nstype.h"

void diff_view_free(struct diff_view *v)
{
	tasks_free(&v->tasks);
	mounts_free(&v->mounts);
	inums_free(&v->held);
	free(v->known);
	free(v->member);
	memset(v, 0, sizeof(*v));
}

const struct ns_task *diff_same_task(const struct ns_tasks *t, const struct ns_task *row)
{
	const struct ns_task *ret = tasks_find(t, row->tid);

	return ret && tasks_same(ret, row) ? ret : NULL;
}

/* On its way out (exit_task_namespaces()) and no zombie yet: how it ended comes with the next look.
 */
static bool task_leaving(const struct ns_task *before, const struct ns_task *n)
{
	slot_for_each (slot, NS_SLOTS_MASK & ~(1u << NS_PID_CHILD))
		if (before->ns.inum[slot] && !n->ns.inum[slot])
			return !(n->flags & TASK_DEAD);
	return false;
}

/*
 * What can't be read is taken as it was: a program that became setuid, or a
 * leader that ended before its threads, did not leave its namespaces.
 */
static void rows_carry_over(struct diff *d)
{
	for (size_t i = 0; i < d->now.tasks.n; i++) {
		struct ns_task *n = &d->now.tasks.rows[i];
		bool headless = n->flags & TASK_DEAD && n->nthreads > 1;
		const struct ns_task *p = diff_same_task(&d->prev.tasks, n);

		if (!p || p->flags & (TASK_UNREADABLE | TASK_DEAD))
			continue;
		if (!headless && !(n->flags & TASK_UNREADABLE) && !task_leaving(p, n))
			continue;
		n->ns = p->ns;
		n->flags &= (uint8_t) ~(TASK_UNREADABLE | TASK_DEAD);
	}
}

/* A namespace that is held now; one that was held before is known already. */
int diff_held_add(struct diff *d, uint32_t type, uint32_t inum)
{
	const struct inum_entry *old;
	struct inum_entry *e = inums_find(&d->now.held, type, inum);

	if (e)
		return 0;
	e = inums_put(&d->now.held, type, inum);
	if (!e)
		return -ENOMEM;
	old = inums_find(&d->prev.held, type, inum);
	if (old) {
		e->a = HELD_TOLD;
		if (old->b)
			e->b = diff_known_add(&d->now, &d->prev.known[old->b - 1]);
	}
	return 0;
}

static int held_make(struct diff *d)
{
	const struct ns_task *last = NULL;

	for (size_t i = 0; i < d->now.tasks.n; i++) {
		const struct ns_task *n = &d->now.tasks.rows[i];

		if (last && !memcmp(&last->ns, &n->ns, sizeof(n->ns)))
			continue;
		last = n;
		slot_for_each (slot, NS_SLOTS_MASK)
			if (n->ns.inum[slot] &&
				diff_held_add(d, ns_types[slot].type, n->ns.inum[slot]))
				return -ENOMEM;
	}
	for (size_t i = 0; i < d->now.mounts.n; i++)
		if (diff_held_add(d, d->now.mounts.rows[i].type, d->now.mounts.rows[i].inum))
			return -ENOMEM;
	return 0;
}

/* Once a member, always a member, whoever becomes its parent. */
static int members_make(struct diff *d)
{
	struct diff_view *now = &d->now;

	if (!d->pids)
		return 0;
	now->member = calloc(now->tasks.n + 1, 1);
	if (!now->member)
		return -ENOMEM;
	for (size_t i = 0; i < d->opts.npids && !d->started; i++) {
		const struct ns_task *row = tasks_find(&now->tasks, d->pids[i]);

		if (row)
			now->member[row - now->tasks.rows] = 1;
	}
	for (size_t i = 0; i < d->prev.tasks.n && d->started; i++) {
		const struct ns_task *row;

		if (!d->prev.member[i])
			continue;
		row = diff_same_task(&now->tasks, &d->prev.tasks.rows[i]);
		if (row)
			now->member[row - now->tasks.rows] = 1;
	}
	if (d->opts.follow)
		tree_mark(&now->tasks, now->member);
	return 0;
}

int diff_view_make(struct diff *d)
{
	int ret = d->now.tasks.slots ? 0 : tasks_index(&d->now.tasks);

	if (ret)
		return ret;
	rows_carry_over(d);
	ret = held_make(d);
	return ret ? ret : members_make(d);
}
