// SPDX-License-Identifier: GPL-2.0-or-later
/* explain_limits.c - how many namespaces a user namespace allows each user, and who has them. */
#include <limits.h>
#include <stdlib.h>

#include "cmd/explain.h"
#include "lib/fd.h"
#include "why/nslimit.h"
#include "out/json.h"

struct limits {
	int64_t max[NS_TYPES]; /* -1: not known */
	struct nscount *v;     /* sorted by type and user */
	size_t n;
	uint32_t unnamed[NS_TYPES];
};

static void limits_free(struct limits *l)
{
	free(l->v);
}

#define auto_limits __attribute__((cleanup(limits_free)))

static bool limits_get(struct now *n, const struct ns_node *node, struct limits *l)
{
	auto_fd int fd = -1;

	if (node->type != NS_USER ||
		nscount_read(&n->data.graph, node->inum, &l->v, &l->n, l->unnamed))
		return false;
	for (unsigned int type = 0; type < NS_TYPES; type++)
		l->max[type] = -1;
	fd = node_open(&n->data.graph, node);
	if (fd >= 0)
		nslimit_read(fd, l->max);
	return true;
}

static bool is_limited(int64_t max)
{
	return max >= 0 && max < INT_MAX;
}

/* "uts: user 0 has 2, user 1000 has 3, others 4, of 62000 each". */
static void say_type(const struct limits *l, unsigned int type, struct buf *b)
{
	auto_buf struct buf who = {0};

	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].type == type)
			buf_printf(&who, "%suser %u has %u", who.len ? ", " : "", l->v[i].uid,
				l->v[i].n);
	if (l->unnamed[type])
		buf_printf(&who, "%s%u made in it directly, by whom is not known",
			who.len ? ", " : "", l->unnamed[type]);
	if (!who.len && !is_limited(l->max[type]))
		return;
	buf_printf(b, "%s%s: %s", b->len ? "; " : "", ns_types[type].name,
		who.len ? who.s : "nobody has one");
	if (is_limited(l->max[type]))
		buf_printf(b, " (at most %lld each)", (long long)l->max[type]);
}

void what_limits(struct now *n, const struct ns_node *node, struct buf *b)
{
	auto_limits struct limits l = {0};

	if (!limits_get(n, node, &l))
		return;
	for (unsigned int type = 0; type < NS_TYPES; type++)
		say_type(&l, type, b);
}

void json_limits(struct json *j, struct now *n, const struct ns_node *node)
{
	auto_limits struct limits l = {0};

	if (!limits_get(n, node, &l))
		return;
	json_key(j, "limits");
	json_array(j);
	for (unsigned int type = 0; type < NS_TYPES; type++) {
		json_object(j);
		json_kstr(j, "type", ns_types[type].name);
		json_key(j, "max");
		if (l.max[type] >= 0)
			json_u64(j, (uint64_t)l.max[type]);
		else
			json_null(j);
		json_ku64(j, "unnamed", l.unnamed[type]);
		json_key(j, "users");
		json_array(j);
		for (size_t i = 0; i < l.n; i++) {
			if (l.v[i].type != type)
				continue;
			json_object(j);
			json_ku64(j, "uid", l.v[i].uid);
			json_ku64(j, "count", l.v[i].n);
			json_end_object(j);
		}
		json_end_array(j);
		json_end_object(j);
	}
	json_end_array(j);
}
