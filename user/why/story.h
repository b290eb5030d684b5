/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * story.h - events in their order, folded into what later ones are explained by.
 *
 * Of bounded size: a place is taken over by the next one that falls on it, and
 * what is not known any more is explained by nothing.
 */
#ifndef NSWATCH_WHY_STORY_H
#define NSWATCH_WHY_STORY_H

#include <stdbool.h>
#include <stdint.h>

#include "event/decode.h"
#include "why/rule.h"

/* A pid namespace, as far as events told. */
struct story_pidns {
	uint32_t inum; /* 0: a free place */
	uint32_t parent, level;
	uint32_t maker_pid; /* who forked its init */
	uint32_t init_pid;
	uint32_t killed;
	int32_t exit_code;
	bool unborn; /* made by unshare, and no pid 1 was born yet */
	bool dead, by_parent;
	uint64_t died_ns; /* CLOCK_BOOTTIME */
	char maker_comm[EV_COMM_LEN], init_comm[EV_COMM_LEN];
};

/* A child that was born by a clone that asked for namespaces. */
struct story_child {
	uint32_t pid;
	uint64_t flags;
};

#define STORY_PLACES 1024
#define STORY_RULES  32 /* of one kind of event */

struct story {
	bool live; /* events are of now: what is in /proc may be asked about them */
	struct story_pidns pidns[STORY_PLACES];
	struct story_child children[STORY_PLACES];
	/* The rules that can hold of a kind of event. */
	uint8_t nrules[EV_KINDS];
	const struct rule *rules[EV_KINDS][STORY_RULES];
};

/* NULL without memory. */
struct story *story_new(bool live);
void story_free(struct story *s);

/* To be called with every event, in order, before story_find. */
void story_take(struct story *s, const struct event *ev);

/* The rules that hold of the event; f has the facts. */
typedef void (*story_fn)(void *ctx, const struct finding *f);
void story_find(struct story *s, const struct event *ev, struct finding *f, story_fn fn, void *ctx);

/* refused.c: a call that the kernel or a filter refused. */
bool event_is_refused(const struct event *ev);

/* NULL where nothing is known of it. */
const struct story_pidns *story_pidns(const struct story *s, uint32_t inum);
/* CLONE_* of the clone that made the process, 0 where that asked for no namespace. */
uint64_t story_clone_flags(const struct story *s, uint32_t pid);

#endif
