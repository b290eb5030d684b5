// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "why/story.h"
#include "lib/caps.h"

static void story_index(struct story *s, const struct rule *r)
{
	for (unsigned int kind = 0; kind < EV_KINDS; kind++)
		if (r->kinds >> kind & 1 && s->nrules[kind] < STORY_RULES)
			s->rules[kind][s->nrules[kind]++] = r;
}

struct story *story_new(bool live)
{
	struct story *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->live = live;
	rules_for_each (r)
		if (r->event)
			story_index(s, r);
	return s;
}

void story_free(struct story *s)
{
	free(s);
}

static size_t place(uint32_t n)
{
	return (n * 2654435769u) >> 22; /* 10 bits: STORY_PLACES */
}

_Static_assert(STORY_PLACES == 1 << 10, "place()");

const struct story_pidns *story_pidns(const struct story *s, uint32_t inum)
{
	const struct story_pidns *p = &s->pidns[place(inum)];

	return inum && p->inum == inum ? p : NULL;
}

uint64_t story_clone_flags(const struct story *s, uint32_t pid)
{
	const struct story_child *c = &s->children[place(pid)];

	return pid && c->pid == pid ? c->flags : 0;
}

static struct story_pidns *pidns_put(struct story *s, uint32_t inum)
{
	struct story_pidns *p = &s->pidns[place(inum)];

	if (p->inum != inum)
		*p = (struct story_pidns){.inum = inum};
	return p;
}

static void take_init(struct story *s, const struct ev_pidns_init *e)
{
	struct story_pidns *p = &s->pidns[place(e->inum)];

	/* Numbers are used again: this one is new whatever was known. */
	*p = (struct story_pidns){
		.inum = e->inum,
		.parent = e->parent_ns,
		.level = e->level,
		.maker_pid = e->hdr.pid,
		.init_pid = e->init_pid,
	};
	memcpy(p->maker_comm, e->hdr.comm, sizeof(p->maker_comm));
}

static void take_unshare(struct story *s, const struct ev_unshare *e)
{
	uint32_t inum = e->after.inum[NS_PID_CHILD];

	if (!e->result && e->changed >> NS_PID_CHILD & 1 && inum)
		s->pidns[place(inum)] = (struct story_pidns){.inum = inum, .unborn = true};
}

/* The end of a parent kills the init below it, and then this one is told of its own end. */
static void take_death(struct story *s, const struct ev_pidns_death *e)
{
	struct story_pidns *p = pidns_put(s, e->inum);
	const struct story_pidns *up = story_pidns(s, p->parent);

	p->dead = true;
	p->unborn = false;
	p->level = e->level;
	p->init_pid = e->hdr.pid;
	p->killed = e->killed;
	p->exit_code = e->exit_code;
	p->died_ns = e->hdr.ts_ns;
	p->by_parent = up && up->dead && WTERMSIG(e->exit_code) == SIGKILL;
	memcpy(p->init_comm, e->hdr.comm, sizeof(p->init_comm));
}

void story_take(struct story *s, const struct event *ev)
{
	const struct ev_clone *c = ev->rec;

	switch (ev->schema->kind) {
	case EV_CLONE:
		if (!c->result && c->child_pid)
			s->children[place(c->child_pid)] =
				(struct story_child){c->child_pid, c->ns_flags};
		break;
	case EV_UNSHARE:
		take_unshare(s, ev->rec);
		break;
	case EV_PIDNS_INIT:
		take_init(s, ev->rec);
		break;
	case EV_PIDNS_DEATH:
		take_death(s, ev->rec);
		break;
	}
}

static void story_ask(
	struct story *s, const struct event *ev, struct finding *f, story_fn fn, void *ctx)
{
	/* Rules read /proc of the process that made the call. */
	auto_filecaps filecaps_was was = filecaps_use();
	unsigned int kind = ev->schema->kind;
	bool refused = event_is_refused(ev);

	for (size_t i = 0; i < s->nrules[kind]; i++) {
		const struct rule *r = s->rules[kind][i];

		if (r->nreasons && !refused)
			continue;
		finding_reset(f, r);
		if (r->event(s, ev, f))
			fn(ctx, f);
	}
}

void story_find(struct story *s, const struct event *ev, struct finding *f, story_fn fn, void *ctx)
{
	if (s->nrules[ev->schema->kind])
		story_ask(s, ev, f, fn, ctx);
}
