// SPDX-License-Identifier: GPL-2.0-or-later
/* explain_now.c - the rules, applied to what is there now. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/explain.h"
#include "lib/caps.h"
#include "snapshot/net.h"
#include "lib/array.h"

void found_free(struct found_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		finding_free(&l->v[i].f);
	free(l->v);
	*l = (struct found_list){0};
}

struct found *found_add(struct found_list *l, struct finding *f)
{
	struct found *at;

	if (ARRAY_ROOM(l->v, l->cap, l->n))
		return NULL;
	at = &l->v[l->n++];
	*at = (struct found){.rule = f->rule, .f = *f};
	*f = (struct finding){0};
	return at;
}

int now_read(struct now *n, const struct explain_opts *o, struct err *err)
{
	unsigned int needs = SNAP_HIDDEN | SNAP_NSPIDS;
	int r;

	*n = (struct now){.o = o};
	r = snapshot_read(&n->data, (enum snapshot_source)o->source, 0, needs, err);
	if (!r) {
		r = evidence_make(&n->data.tasks, &n->data.graph, &n->e);
		if (r)
			err_set(err, r, "explain");
	}
	n->e.mnt_unread = n->data.mnt_unread;
	return r;
}

void now_free(struct now *n)
{
	found_free(&n->found);
	evidence_free(&n->e);
	snapshot_free(&n->data);
}

static uint64_t fact_number(const struct finding *f, const char *key)
{
	const struct fact *fact = finding_fact(f, key);

	return fact ? fact->n : 0;
}

/* One of its kind was found already: it counts this one. */
static bool is_counted(struct now *n, const struct finding *f)
{
	for (size_t i = 0; f->rule->once && i < n->found.n; i++) {
		struct found *at = &n->found.v[i];

		if (at->rule != f->rule || fact_number(&at->f, "own") != fact_number(f, "own") ||
			fact_number(&at->f, "ns") != fact_number(f, "ns"))
			continue;
		finding_count(&at->f, "more");
		return true;
	}
	return false;
}

/* Which rules are asked. */
enum asked {
	ASK_TROUBLE,
	ASK_ALL,
	ASK_STATES,
};

/* A rule of notes is not asked where none is wanted; of another a finding may be a note all the
 * same. */
static bool asked(const struct rule *r, enum asked which)
{
	return which == ASK_STATES ? r->state : which == ASK_ALL || r->weight == RULE_TROUBLE;
}

static bool wanted(const struct finding *f, enum asked which)
{
	return which != ASK_TROUBLE || f->weight == RULE_TROUBLE;
}

static void process_rules(struct now *n, const struct ns_task *t, enum asked which)
{
	auto_filecaps filecaps_was was = filecaps_use();
	rules_for_each (r) {
		auto_finding struct finding f = {0};
		struct found *at;

		if (!r->process || !asked(r, which))
			continue;
		finding_reset(&f, r);
		if (!r->process(&n->e, t, &f) || !wanted(&f, which) || is_counted(n, &f))
			continue;
		at = found_add(&n->found, &f);
		if (at)
			at->pid = t->pid;
	}
}

static void ns_rules(struct now *n, const struct ns_node *node, enum asked which)
{
	auto_filecaps filecaps_was was = filecaps_use();
	rules_for_each (r) {
		auto_finding struct finding f = {0};
		struct found *at;

		if (!r->ns || !asked(r, which))
			continue;
		finding_reset(&f, r);
		if (!r->ns(&n->e, node, &f) || !wanted(&f, which))
			continue;
		at = found_add(&n->found, &f);
		if (at) {
			at->type = node->type;
			at->inum = node->inum;
		}
	}
}

/* Of a container that is chosen: what it has in common with the host is not its own. */
static bool ns_is_chosen(const struct now *n, const struct boxed *b, const struct ns_node *node)
{
	return boxed_has_ns(b, node->type, node->inum) &&
	       (!b->on || node->inum != graph_initial(&n->data.graph, node->type));
}

int now_all(struct now *n, struct err *err)
{
	enum asked which = n->o->all ? ASK_ALL : ASK_TROUBLE;
	const struct ns_tasks *t = n->e.tasks;
	struct boxed b = {0};
	int r = boxed_make(&n->data, n->o->containers.v, n->o->containers.n, &b, err);

	for (size_t i = 0; i < t->n && !r; i++)
		if (t->rows[i].pid == t->rows[i].tid && boxed_has(&b, i))
			process_rules(n, &t->rows[i], which);
	for (size_t i = 0; i < n->data.graph.n && !r; i++)
		if (ns_is_chosen(n, &b, &n->data.graph.nodes[i]))
			ns_rules(n, &n->data.graph.nodes[i], which);
	boxed_free(&b);
	return r;
}

/* Its pid 1, if that is of a container and another process. */
static void init_rules(struct now *n, uint32_t pidns, const struct ns_task *but)
{
	const struct ns_task *init = evidence_init(&n->e, pidns);

	if (init && init != but && evidence_is_init(init))
		process_rules(n, init, ASK_ALL);
}

void now_process(struct now *n, const struct ns_task *t)
{
	process_rules(n, t, ASK_ALL);
	init_rules(n, t->ns.inum[NS_PID], t);
	for (unsigned int type = 0; type < NS_TYPES; type++) {
		const struct ns_node *node = graph_find(&n->data.graph, type, t->ns.inum[type]);

		if (t->ns.inum[type] && node)
			ns_rules(n, node, ASK_ALL);
	}
}

void now_states(struct now *n, const struct ns_task *t, bool all)
{
	const struct ns_task *own = tasks_find(n->e.tasks, (uint32_t)getpid());

	if (all)
		process_rules(n, t, ASK_STATES);
	for (unsigned int type = 0; own && type < NS_TYPES; type++) {
		const struct ns_node *node = graph_find(&n->data.graph, type, t->ns.inum[type]);

		/* What holds of our own namespaces is not the command's doing. */
		if (t->ns.inum[type] && node && t->ns.inum[type] != own->ns.inum[type])
			ns_rules(n, node, ASK_STATES);
	}
}

void now_dev(struct now *n, const struct net_view *v, const struct net_dev *d)
{
	auto_filecaps filecaps_was was = filecaps_use();
	const struct net_space *s = &v->spaces[v->space_of[d - v->devs.rows]];

	rules_for_each (r) {
		auto_finding struct finding f = {0};
		struct found *at;

		if (!r->dev)
			continue;
		finding_reset(&f, r);
		if (!r->dev(&n->e, v, d, &f))
			continue;
		at = found_add(&n->found, &f);
		if (at) {
			at->type = NS_NET;
			at->inum = s->inum;
			memcpy(at->dev, d->name, sizeof(at->dev));
		}
	}
	ns_rules(n, s->node, ASK_TROUBLE);
}

void now_ns(struct now *n, const struct ns_node *node)
{
	ns_rules(n, node, ASK_ALL);
	if (node->type == NS_PID)
		init_rules(n, node->inum, NULL);
}
