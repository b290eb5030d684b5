// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/stat.h>

#include "kernel/nstype.h"
#include "kernel/procstatus.h"
#include "lib/caps.h"
#include "snapshot/snapshot.h"
#include "why/capable.h"

#define OVERFLOW_ID 65534 /* what the kernel shows for a user that this user namespace has not */

uint32_t capable_owner(const struct snapshot *s, uint32_t type, uint32_t inum)
{
	const struct ns_node *n = graph_find(&s->graph, type, inum);

	if (!n || type == NS_USER)
		return n ? inum : 0;
	if (n->rel[REL_OWNER])
		return n->rel[REL_OWNER];
	/* The initial ones belong to the initial user namespace. */
	return inum == graph_initial(&s->graph, type) ? graph_initial(&s->graph, NS_USER) : 0;
}

static int creds_read(struct snapshot *s, const struct ns_task *t, int cap, struct capable *c)
{
	auto_buf struct buf status = {0};
	uint64_t effective;
	int r = snapshot_ops(s)->text(t, "status", PROCSTATUS_MAX, &status);

	if (!r)
		r = procstatus_num(status.s ? status.s : "", "CapEff", 16, &effective);
	if (!r)
		r = procstatus_nth(status.s, "Uid", 1, &c->euid);
	if (r)
		return r;
	c->in_effective = effective & CAP_BIT(cap);
	return 0;
}

/* Both may be users that have no number here. */
static bool is_nobody(uint32_t uid)
{
	struct stat st;

	return uid == OVERFLOW_ID &&
	       (stat("/proc/thread-self/ns/user", &st) || st.st_ino != ns_types[NS_USER].initial);
}

static enum capable_rule rule_below(struct capable *c, const struct ns_node *via)
{
	c->via = via ? via->inum : 0;
	c->has_maker = via && via->has_uid;
	c->maker = c->has_maker ? via->owner_uid : 0;
	if (c->in_effective)
		return CAPABLE_EFFECTIVE;
	if (!via)
		return CAPABLE_LACKS;
	if (!c->has_maker || (is_nobody(c->maker) && is_nobody(c->euid)))
		return CAPABLE_UNKNOWN;
	return c->maker == c->euid ? CAPABLE_OWNER : CAPABLE_LACKS;
}

static bool is_here(uint32_t userns)
{
	struct stat st;

	return !stat("/proc/thread-self/ns/user", &st) && st.st_ino == userns;
}

/* From the target upwards, to the user namespace of the process. */
static enum capable_rule rule_find(const struct snapshot *s, struct capable *c)
{
	const struct ns_node *at = graph_find(&s->graph, NS_USER, c->target), *via = NULL;
	const struct ns_node *own = graph_find(&s->graph, NS_USER, c->own);

	if (!at || !own)
		return CAPABLE_UNKNOWN;
	for (; at != own; at = &s->graph.nodes[at->node[REL_PARENT]]) {
		via = at;
		if (at->node[REL_PARENT] != NODE_NONE)
			continue;
		/* The top of what is in sight; only its own is not above that for sure. */
		return at->inum == ns_types[NS_USER].initial || is_here(at->inum) ||
				       is_here(own->inum) || own->node[REL_PARENT] != NODE_NONE
			       ? CAPABLE_OUTSIDE
			       : CAPABLE_UNKNOWN;
	}
	return rule_below(c, via);
}

int capable_ask(
	struct snapshot *s, const struct ns_task *t, int cap, uint32_t target, struct capable *ret)
{
	struct capable c = {.own = t->ns.inum[NS_USER], .target = target};
	int r = creds_read(s, t, cap, &c);

	if (r)
		return r;
	c.rule = rule_find(s, &c);
	*ret = c;
	return 0;
}
