/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan.h - what an action does, as a table of steps: so that it can be told without being
 * done, a step that fails is named, and what was done is undone backwards.
 */
#ifndef NSWATCH_ACT_PLAN_H
#define NSWATCH_ACT_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/util.h"

struct plan_step {
	const char *name;                       /* "map the user" */
	bool (*wanted)(const void *job);        /* NULL: always */
	int (*run)(void *job, struct err *err); /* 0 or -errno with err; NULL: others do it */
	void (*undo)(void *job); /* NULL: nothing stays of it when this process has ended */
	void (*tell)(const void *job,
		struct buf *b); /* what of it, for people; NULL: the name says all */
};

struct plan {
	const struct plan_step *v;
	size_t n;
	size_t done; /* of v: run, or not wanted */
};

#define PLAN(steps) ((struct plan){(steps), ARRAY_SIZE(steps), 0})

/*
 * Runs the steps that are wanted. 0, or -errno with the name of the step that failed in front
 * of its error; those before it are undone then.
 */
int plan_run(struct plan *p, void *job, struct err *err);
/* Undoes what was done, backwards. */
void plan_undo(struct plan *p, void *job);
/* Adds a line for each step that is wanted: "map the user: 0 inside is 1000 outside". Asks and does
 * nothing. */
void plan_tell(const struct plan *p, const void *job, struct buf *b);

#endif
