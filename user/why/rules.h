/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules.h - for the files that have rules: each its predicates, and below them the rows. */
#ifndef NSWATCH_WHY_RULES_H
#define NSWATCH_WHY_RULES_H

#include "snapshot/graph.h"
#include "why/rule.h"

#define RULE_SET(rows)                                                                             \
	{                                                                                          \
		(rows), sizeof(rows) / sizeof((rows)[0])                                           \
	}
#define FACTS(...) ((const struct rule_fact[]){__VA_ARGS__, {0}})

/* Kinds of events; those of calls for namespaces. */
#define K(kind) (1ULL << EV_##kind)
#define CALLS   (K(UNSHARE) | K(CLONE) | K(SETNS))

extern const struct rule_set rules_pidns, rules_ns, rules_dev, rules_refused, reasons_ns,
	reasons_ids, reasons_fs;

/*
 * rules_ns.c: no process is in it, also by now, and *ret is the most telling of what keeps
 * it; a descriptor or socket does so still.
 */
bool rule_ns_kept(struct evidence *e, const struct ns_node *n, enum ns_keep_kind *ret);

#endif
