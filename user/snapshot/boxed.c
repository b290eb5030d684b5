// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/nstype.h"
#include "lib/buf.h"
#include "lib/hash.h"
#include "snapshot/boxed.h"
#include "snapshot/container.h"
#include "snapshot/runtime.h"
#include "snapshot/snapshot.h"

void boxed_free(struct boxed *b)
{
	free(b->tasks);
	inums_free(&b->ns);
	*b = (struct boxed){0};
}

static bool whose_is_chosen(const struct whose *w, char *const *patterns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (whose_matches(w, patterns[i]))
			return true;
	return false;
}

static bool is_chosen(const struct container *c, char *const *patterns, size_t n)
{
	auto_container_names struct container_names names = {0};
	char user[CONTAINER_USER_MAX];
	struct whose w = {0};

	container_names_read(c, "", &names);
	container_whose(c, &names, user, &w);
	return whose_is_chosen(&w, patterns, n);
}

/* Files are asked once for each cgroup: b of the entry is 1 where that was done, a the answer. */
static bool task_is_chosen(struct snapshot *s, const struct ns_task *t, char *const *patterns,
	size_t n, struct inums *known)
{
	auto_buf struct buf text = {0};
	struct container c;
	struct inum_entry *e;
	struct whose w;

	if (snapshot_ops(s)->whose)
		return !snapshot_ops(s)->whose(t, &w) && whose_is_chosen(&w, patterns, n);
	if (t->flags & (TASK_KTHREAD | TASK_DEAD) || container_of(snapshot_ops(s), t, &text, &c))
		return false;
	/* What only a state file tells has the cgroup of others. */
	e = c.path_len ? inums_put_id(known, hash_id(hash_add(HASH_BEGIN, text.s, text.len)))
		       : NULL;
	if (!e)
		return is_chosen(&c, patterns, n);
	if (!e->b) {
		e->b = 1;
		e->a = is_chosen(&c, patterns, n);
	}
	return e->a;
}

static int ns_add(struct boxed *b, const struct ns_task *t)
{
	for (unsigned int slot = 0; slot < NS_SLOTS; slot++)
		if (t->ns.inum[slot] && !inums_put(&b->ns, ns_types[slot].type, t->ns.inum[slot]))
			return -ENOMEM;
	return 0;
}

int boxed_make(
	struct snapshot *s, char *const *patterns, size_t n, struct boxed *ret, struct err *err)
{
	auto_inums struct inums known = {0};
	const struct ns_tasks *t = &s->tasks;

	boxed_free(ret);
	if (!n)
		return 0;
	ret->on = true;
	ret->tasks = calloc(t->n + 1, 1);
	if (!ret->tasks)
		return err_set(err, -ENOMEM, "containers");
	for (size_t i = 0; i < t->n; i++) {
		if (!task_is_chosen(s, &t->rows[i], patterns, n, &known))
			continue;
		ret->tasks[i] = 1;
		if (ns_add(ret, &t->rows[i]))
			return err_set(err, -ENOMEM, "containers");
	}
	return 0;
}
