// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * explain_states.c - what holds of the processes of a command while they live: the rules about
 * states are asked when a process has begun a program in other namespaces, soon after it has made
 * or entered some, and again while it lives.
 *
 * The last look is what counts: a user namespace without maps is normal for the moment until
 * somebody outside writes them. What a process itself is in trouble with (its /proc, its signals)
 * is only asked of those that live for a while: a command that ends at once has no use for it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/explain.h"
#include "event/decode.h"
#include "lib/clock.h"
#include "kernel/nstype.h"
#include "lib/array.h"

#define MS          1000000ULL
#define LOOK_PAUSE  (100 * MS) /* between two looks */
#define LOOK_SHARE  10         /* of the time one takes: the pause is so many times longer */
#define LIVES       (500 * MS) /* a process that is so old is asked about itself, too */
#define LOOKED_RARE (5000 * MS)
#define WATCHED_MAX 1024

/* A process of the command. */
struct watched {
	uint32_t pid;
	uint64_t began_ns; /* of its program, CLOCK_MONOTONIC */
	uint64_t next_ns;  /* when it is looked at; 0: it has ended */
	struct found_list found;
};

struct states {
	const struct explain_opts *o;
	struct watched *v;
	size_t n, cap;
	uint64_t may_ns; /* no look before */
};

struct states *states_new(const struct explain_opts *o)
{
	struct states *s;
	struct stat st;

	/* Events have the pids of the initial pid namespace. */
	if (stat("/proc/self/ns/pid", &st) || st.st_ino != ns_types[NS_PID].initial)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (s)
		s->o = o;
	return s;
}

void states_free(struct states *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		found_free(&s->v[i].found);
	free(s->v);
	free(s);
}

static struct watched *watched_put(struct states *s, uint32_t pid)
{
	for (size_t i = s->n; i-- > 0;)
		if (s->v[i].pid == pid)
			return &s->v[i];
	if (s->n == WATCHED_MAX)
		return NULL;
	if (ARRAY_ROOM(s->v, s->cap, s->n))
		return NULL;
	s->v[s->n] = (struct watched){.pid = pid};
	return &s->v[s->n++];
}

/* The rows are of one snapshot for all that are due. */
static void look_at(struct now *n, struct watched *w, uint64_t now)
{
	const struct ns_task *t = tasks_find(n->e.tasks, w->pid);
	uint64_t age = now - w->began_ns;

	if (!t || t->flags & TASK_DEAD) {
		w->next_ns = 0;
		return;
	}
	now_states(n, t, age >= LIVES);
	found_free(&w->found);
	w->found = n->found;
	n->found = (struct found_list){0};
	/* Soon again, then when it is old enough, then ever more rarely. */
	w->next_ns = now + (age < LIVES / 2 ? 2 * LOOK_PAUSE : age < LIVES ? LIVES - age : age);
	if (w->next_ns > now + LOOKED_RARE)
		w->next_ns = now + LOOKED_RARE;
}

void states_tick(struct states *s)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	struct now n = {0};
	bool due = false;

	for (size_t i = 0; s && i < s->n && !due; i++)
		due = s->v[i].next_ns && s->v[i].next_ns <= now;
	if (!due || now < s->may_ns)
		return;
	if (!now_read(&n, s->o, NULL))
		for (size_t i = 0; i < s->n; i++)
			if (s->v[i].next_ns && s->v[i].next_ns <= now)
				look_at(&n, &s->v[i], now);
	now_free(&n);
	s->may_ns = clock_ns(CLOCK_MONOTONIC);
	s->may_ns += LOOK_SHARE * (s->may_ns - now) > LOOK_PAUSE ? LOOK_SHARE * (s->may_ns - now)
								 : LOOK_PAUSE;
}

static struct watched *watch(struct states *s, uint32_t pid, uint64_t after)
{
	struct watched *w = pid ? watched_put(s, pid) : NULL;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (!w)
		return NULL;
	if (!w->began_ns)
		w->began_ns = now;
	if (!w->next_ns || w->next_ns > now + after)
		w->next_ns = now + after;
	return w;
}

void states_take(struct states *s, const struct event *ev)
{
	const struct ev_unshare *u = ev->rec;
	const struct ev_setns *n = ev->rec;
	const struct ev_clone *c = ev->rec;
	const struct ev_pidns_init *i = ev->rec;
	struct watched *w;

	if (!s)
		return;
	switch (ev->schema->kind) {
	case EV_UNSHARE:
		if (!u->result)
			watch(s, ev->hdr->pid, LOOK_PAUSE);
		break;
	case EV_SETNS:
		if (!n->result)
			watch(s, ev->hdr->pid, LOOK_PAUSE);
		break;
	case EV_CLONE:
		if (!c->result)
			watch(s, c->child_pid, LOOK_PAUSE);
		break;
	case EV_PIDNS_INIT:
		watch(s, i->init_pid, LOOK_PAUSE);
		break;
	case EV_EXEC:
		w = watch(s, ev->hdr->pid, 0);
		if (!w)
			break;
		w->began_ns = w->next_ns;
		found_free(&w->found);
		/* At once, where that is allowed: it may not live long. */
		states_tick(s);
		break;
	}
}

static bool is_there(const struct found_list *l, const struct found *f)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].rule == f->rule && l->v[i].pid == f->pid && l->v[i].inum == f->inum)
			return true;
	return false;
}

void states_found(struct states *s, struct found_list *l)
{
	for (size_t i = 0; s && i < s->n; i++) {
		struct found_list *of = &s->v[i].found;

		for (size_t k = 0; k < of->n; k++) {
			struct found *at =
				is_there(l, &of->v[k]) ? NULL : found_add(l, &of->v[k].f);

			if (!at)
				continue;
			at->rule = of->v[k].rule;
			at->pid = of->v[k].pid;
			at->type = of->v[k].type;
			at->inum = of->v[k].inum;
		}
	}
}
