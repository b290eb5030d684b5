// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "out/filter.h"
#include "event/pick.h"

int pick_add_pid(struct pick *p, uint32_t pid)
{
	uint32_t *more = reallocarray(p->pids, p->npids + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	more[p->npids] = pid;
	p->pids = more;
	p->npids++;
	return 0;
}

void pick_free(struct pick *p)
{
	free(p->pids);
	p->pids = NULL;
	p->npids = 0;
}

static bool pids_have(const struct pick *p, uint32_t pid)
{
	for (size_t i = 0; i < p->npids; i++)
		if (p->pids[i] == pid)
			return true;
	return false;
}

/* Processes by the header; new ones by their parent and by the events of their birth. */
static bool pick_process(struct pick *p, const struct event *ev)
{
	const struct ev_hdr *h = ev->hdr;

	if (!p->npids)
		return true;
	if (h->flags & EVF_NO_ACTOR)
		return false;
	if (!pids_have(p, h->pid)) {
		if (!p->follow || !pids_have(p, h->ppid) || pick_add_pid(p, h->pid))
			return false;
	}
	if (p->follow && h->kind == EV_CLONE) {
		uint32_t child = ((const struct ev_clone *)ev->rec)->child_pid;

		if (child && !pids_have(p, child))
			pick_add_pid(p, child);
	}
	return true;
}

static void pick_learn_ends(struct pick *p, const struct event *ev)
{
	const struct ev_ns *ns = ev->rec;

	for (size_t i = 0; i < p->nrefs; i++) {
		if (p->refs[i].inum != ns->inum)
			continue;
		if (ev->hdr->kind == EV_NS_CREATE && p->lives[i] == PICK_ENDED)
			p->lives[i] = PICK_OVER;
		else if (ev->hdr->kind == EV_NS_FREE && p->lives[i] == PICK_LIVES &&
			 event_has_ns(ev, p->refs[i].type, ns->inum))
			p->lives[i] = PICK_ENDED;
	}
}

/* A reference without a type is any namespace of that number. */
static bool pick_ns(const struct pick *p, const struct event *ev)
{
	for (size_t i = 0; i < p->nrefs; i++)
		if ((!p->lives || p->lives[i] != PICK_OVER) &&
			event_has_ns(ev, p->refs[i].type, p->refs[i].inum))
			return true;
	return !p->nrefs;
}

static bool pick_comm(const struct pick *p, const struct event *ev)
{
	char comm[EV_COMM_LEN + 1] = "";

	if (!p->ncomms)
		return true;
	memcpy(comm, ev->hdr->comm, EV_COMM_LEN);
	for (size_t i = 0; i < p->ncomms; i++)
		if (!fnmatch(p->comms[i], comm, 0))
			return true;
	return false;
}

static bool pick_container(const struct pick *p, const struct event *ev)
{
	const struct whose *of[2];

	if (!p->ncontainers)
		return true;
	of[0] = event_whose(ev);
	of[1] = event_ns_whose(ev, NULL, NULL);
	for (size_t i = 0; i < p->ncontainers; i++)
		if (whose_matches(of[0], p->containers[i]) ||
			whose_matches(of[1], p->containers[i]))
			return true;
	return false;
}

bool pick_wants(struct pick *p, const struct event *ev)
{
	uint32_t types;

	/* First: it learns the tree from events that the others refuse. */
	if (ev->hdr->kind == EV_LOST)
		return true;
	if (p->lives && (ev->hdr->kind == EV_NS_CREATE || ev->hdr->kind == EV_NS_FREE))
		pick_learn_ends(p, ev);
	if (!pick_process(p, ev))
		return false;
	if (!(p->kinds & (1ULL << ev->hdr->kind)))
		return false;
	types = event_types(ev);
	if (p->types && types && !(types & p->types))
		return false;
	if (p->uid_on && ((ev->hdr->flags & EVF_NO_ACTOR) || ev->hdr->uid != p->uid))
		return false;
	return pick_ns(p, ev) && pick_comm(p, ev) && pick_container(p, ev) &&
	       (!p->filter || filter_match(p->filter, ev));
}
