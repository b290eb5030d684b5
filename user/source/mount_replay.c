// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#include "lib/array.h"
#include "source/mount_replay.h"

static bool same(struct mount_ns a, struct mount_ns b)
{
	return a.type == b.type && a.inum == b.inum;
}

void mountstack_free(struct mount_stack *s)
{
	free(s->at);
	*s = (struct mount_stack){0};
}

int mountstack_add(struct mount_stack *s, struct mount_ns ns)
{
	if (ARRAY_ROOM(s->at, s->cap, s->n))
		return -ENOMEM;
	s->at[s->n++] = ns;
	return 0;
}

bool mountstack_has(const struct mount_stack *s, struct mount_ns ns)
{
	for (size_t i = 0; i < s->n; i++)
		if (same(s->at[i], ns))
			return true;
	return false;
}

/* A mount while the calls are made again. */
struct layer {
	struct mount_ns ns;
	size_t op; /* the call that made it, SIZE_MAX: it was there */
};

struct replay {
	struct layer *layers;
	size_t n;
	bool whole; /* nothing unknown is below */
	bool wild;  /* nobody knows any more what is there */
};

static bool is_there(const struct replay *r, struct mount_ns ns)
{
	for (size_t i = 0; i < r->n; i++)
		if (same(r->layers[i].ns, ns))
			return true;
	return false;
}

static void op_make(struct replay *r, struct mount_op *ops, size_t i)
{
	struct mount_op *op = &ops[i];
	struct layer top;

	op->changes = op->paired = op->beyond = false;
	if (op->does == MOUNT_WILD) {
		r->wild = true;
	} else if (op->does == MOUNT_PUSHES) {
		op->changes = op->ns.inum && !is_there(r, op->ns);
		r->layers[r->n++] = (struct layer){op->ns, i};
	} else if (r->n && !r->wild) {
		top = r->layers[--r->n];
		op->ns = top.ns;
		op->changes = top.ns.inum && !is_there(r, top.ns);
		if (top.op != SIZE_MAX)
			op->paired = ops[top.op].paired = true;
	} else {
		op->beyond = true;
	}
}

/*
 * Whether this is what a look has found, which shows namespaces alone: -1, it is not; else how much
 * of that is below all that is known.
 */
static ssize_t fits(const struct replay *r, const struct mount_stack *is)
{
	size_t left = is->n;

	if (r->wild)
		return -1;
	for (size_t i = r->n; i-- > 0;) {
		if (!r->layers[i].ns.inum)
			continue;
		if (!left || !same(r->layers[i].ns, is->at[left - 1]))
			return -1;
		left--;
	}
	return left && r->whole ? -1 : (ssize_t)left;
}

ssize_t mount_replay(const struct mount_stack *was, const struct mount_stack *is,
	struct mount_op *ops, size_t n, size_t least)
{
	struct replay r = {.whole = was->known};
	ssize_t found = -1, least_left = SSIZE_MAX;

	r.layers = calloc(was->n + n + 1, sizeof(*r.layers));
	if (!r.layers)
		return -ENOMEM;
	for (; r.n < was->n; r.n++)
		r.layers[r.n] = (struct layer){was->at[r.n], SIZE_MAX};
	for (size_t i = 0; i <= n; i++) {
		ssize_t left = is && i >= least ? fits(&r, is) : -1;

		if (left >= 0 && left <= least_left) {
			least_left = left;
			found = (ssize_t)i;
		}
		if (i < n)
			op_make(&r, ops, i);
	}
	free(r.layers);
	return is ? found : (ssize_t)n;
}
