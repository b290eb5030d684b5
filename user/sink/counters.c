// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <string.h>

#include "event/schema.h"
#include "event/sentence.h"
#include "kernel/nstype.h"
#include "sink/counters.h"

/* --- net namespaces, made and cleaned up ----------------------------------------------------- */

/* Two that share a place: the older one is forgotten. */
static struct counters_net *net_place(struct counters_net *of, uint32_t inum)
{
	return &of[inum & (COUNTERS_NETS - 1)];
}

static void net_begin(struct counters_net *of, uint32_t inum, uint64_t ns)
{
	*net_place(of, inum) = (struct counters_net){inum, ns};
}

static void net_end(struct counters_net *of, uint32_t inum, uint64_t ns, struct metric_times *t)
{
	struct counters_net *n = net_place(of, inum);

	if (!inum || n->inum != inum)
		return;
	if (ns >= n->since_ns)
		metric_times_add(t, ns - n->since_ns);
	n->inum = 0;
}

/*
 * A net namespace has its number before the kernel sets it up, and the call that makes it returns
 * when all is done. It ends in a worker of the kernel, some time after its last process left.
 */
static void net_follow(struct counters *c, const struct event *ev)
{
	const struct ev_hdr *hdr = ev->hdr;
	const struct ev_exit *ex = ev->rec;
	const struct ev_unshare *un = ev->rec;
	const struct ev_clone *cl = ev->rec;
	const struct ev_ns *life = ev->rec;

	if (hdr->flags & (EVF_INFERRED | EVF_FROM_POLL))
		return;
	switch (ev->schema->kind) {
	case EV_NS_CREATE:
		if (life->ns_type == NS_NET)
			net_begin(c->made, life->inum, hdr->ts_ns);
		break;
	case EV_UNSHARE:
		if (un->changed & 1u << NS_NET)
			net_end(c->made, un->after.inum[NS_NET], hdr->ts_ns, &c->creation);
		break;
	case EV_CLONE:
		if (cl->changed & 1u << NS_NET)
			net_end(c->made, cl->after.inum[NS_NET], hdr->ts_ns, &c->creation);
		break;
	case EV_EXIT:
		if (ex->empties & 1u << NS_NET)
			net_begin(c->emptied, ex->ns.inum[NS_NET], hdr->ts_ns);
		break;
	case EV_NS_FREE:
		if (life->ns_type == NS_NET)
			net_end(c->emptied, life->inum, hdr->ts_ns, &c->cleanup);
		break;
	default:
		break;
	}
}

/* --- all events ------------------------------------------------------------------------------ */

void counters_add(struct counters *c, const struct event *ev)
{
	const struct ev_lost *lost = ev->rec;

	if (ev->schema->kind == EV_LOST) {
		c->lost[lost->why < EV_LOST_WHYS ? lost->why : EV_LOST_RECORD] += lost->count;
		return;
	}
	c->kinds[ev->schema->kind][event_failed(ev)]++;
	net_follow(c, ev);
}

void counters_reason(struct counters *c, const struct finding *f)
{
	const char *code = f->reason ? f->reason->code : f->rule->code;
	size_t i = 0;

	while (i < c->nreasons && strcmp(c->reasons[i].code, code) != 0)
		i++;
	if (i == COUNTERS_REASONS) {
		c->reasons_rest++;
		return;
	}
	c->reasons[i].code = code;
	c->reasons[i].n++;
	c->nreasons += i == c->nreasons;
}

static void kinds_put(const struct counters *c, struct metrics *m)
{
	metrics_family(m, "nswatch_events", METRIC_COUNTER,
		"Events, by kind and by whether the call failed.");
	for (unsigned int k = 0; k < EV_KINDS; k++) {
		if (k == EV_LOST || !schema_of(k))
			continue;
		METRIC(m, c->kinds[k][0], "kind", schema_of(k)->name, "result", "ok");
		if (c->kinds[k][1])
			METRIC(m, c->kinds[k][1], "kind", schema_of(k)->name, "result", "failed");
	}
	metrics_family(m, "nswatch_fork_denials", METRIC_COUNTER,
		"Forks that were denied since the pid namespace is dead.");
	metrics_sample(m, NULL, c->kinds[EV_FORK_DENIED][0] + c->kinds[EV_FORK_DENIED][1]);
}

void counters_put(const struct counters *c, struct metrics *m)
{
	kinds_put(c, m);
	metrics_family(m, "nswatch_findings", METRIC_COUNTER,
		"What nswatch explains about events, by the code of the reason or rule: see "
		"nswatch-explain(7).");
	for (size_t i = 0; i < c->nreasons; i++)
		METRIC(m, c->reasons[i].n, "code", c->reasons[i].code);
	if (c->reasons_rest)
		METRIC(m, c->reasons_rest, "code", "other");
	metrics_family(m, "nswatch_lost", METRIC_COUNTER,
		"What a trace could not see, by reason: see nswatch-trace(8).");
	for (unsigned int why = 0; why < EV_LOST_WHYS; why++)
		METRIC(m, c->lost[why], "why", loss_name(why));
	metrics_family(m, "nswatch_net_namespace_creation_seconds", METRIC_HISTOGRAM,
		"From when a net namespace has its number to the end of the call that makes it.");
	metrics_times(m, &c->creation);
	metrics_family(m, "nswatch_net_namespace_cleanup_seconds", METRIC_HISTOGRAM,
		"From the end of the last process of a net namespace to when the kernel has freed "
		"it.");
	metrics_times(m, &c->cleanup);
}
