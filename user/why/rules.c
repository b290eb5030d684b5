// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rules.c - all rules, in the order in which they are asked and listed. Functions of the
 * kernel are named in their rows as Linux 6.12 has them; "since" is the first version in
 * which it is so, NULL: longer than nswatch has to know.
 */
#include <string.h>

#include "why/rules.h"
#include "lib/util.h"

static const struct rule_set *const sets[] = {&rules_pidns, &rules_ns, &reasons_ns, &rules_refused,
	&reasons_ids, &reasons_fs, &rules_dev};

#define SETS (ARRAY_SIZE(sets))

const struct rule *rule_next(const struct rule *r)
{
	size_t i = 0;

	if (!r)
		return sets[0]->v;
	while (r < sets[i]->v || r >= sets[i]->v + sets[i]->n)
		i++;
	if (++r < sets[i]->v + sets[i]->n)
		return r;
	return ++i < SETS ? sets[i]->v : NULL;
}

const struct rule *rule_find(const char *code)
{
	rules_for_each (r)
		if (!strcmp(r->code, code))
			return r;
	rules_for_each (r)
		for (size_t i = 0; i < r->nreasons; i++)
			if (!strcmp(r->reasons[i].code, code))
				return r;
	return NULL;
}

void rule_scopes(const struct rule *r, struct buf *b)
{
	const struct {
		bool is;
		const char *name;
	} scopes[] = {{r->process, "process"}, {r->ns, "namespace"}, {r->dev, "device"},
		{r->event, "event"}};

	for (size_t i = 0, n = 0; i < ARRAY_SIZE(scopes); i++)
		if (scopes[i].is)
			buf_printf(b, "%s%s", n++ ? ", " : "", scopes[i].name);
}
