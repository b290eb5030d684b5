/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filter_demo.h - names and rows of every sort, for the unit test and the fuzz target. */
#ifndef NSWATCH_FILTER_DEMO_H
#define NSWATCH_FILTER_DEMO_H

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "out/filter.h"

struct demo_row {
	uint64_t pid, big;
	int64_t result; /* with the text of the errno */
	double load;
	const char *comm;   /* text only */
	const char *digits; /* text only, a number */
	const char *user;   /* the text of uid 0 */
	const char *kind;
	const char *types[4]; /* a set: texts, and 1 << i as numbers; first the whole */
	unsigned int ntypes;
	uint64_t ns[4]; /* a set of numbers */
	unsigned int nns;
	bool has_gone; /* else it is not there */
};

enum demo_id {
	D_PID,
	D_BIG,
	D_RESULT,
	D_LOAD,
	D_COMM,
	D_DIGITS,
	D_UID,
	D_KIND,
	D_TYPES,
	D_NS,
	D_GONE
};

static const char *const demo_kinds[] = {"unshare", "setns", "exit", NULL};

static const struct {
	const char *name;
	unsigned int has;
	bool many;
	const char *const *words;
} demo_names[] = {
	[D_PID] = {"pid", FILTER_NUM, false, NULL},
	[D_BIG] = {"big", FILTER_NUM, false, NULL},
	[D_RESULT] = {"result", FILTER_NUM | FILTER_TEXT, false, NULL},
	[D_LOAD] = {"load", FILTER_FLOAT, false, NULL},
	[D_COMM] = {"comm", FILTER_TEXT, false, NULL},
	[D_DIGITS] = {"digits", FILTER_TEXT, false, NULL},
	[D_UID] = {"uid", FILTER_NUM | FILTER_TEXT, false, NULL},
	[D_KIND] = {"kind", FILTER_TEXT, false, demo_kinds},
	[D_TYPES] = {"types", FILTER_NUM | FILTER_TEXT, true, NULL},
	[D_NS] = {"ns", FILTER_NUM, true, NULL},
	[D_GONE] = {"gone.x%", 0, false, NULL},
};

#define DEMO_NAMES (sizeof(demo_names) / sizeof(demo_names[0]))

static inline bool demo_resolve(void *ctx, const char *name, size_t len, struct filter_ref *ret)
{
	for (unsigned int i = 0; i < DEMO_NAMES; i++) {
		if (strlen(demo_names[i].name) != len || strncasecmp(demo_names[i].name, name, len))
			continue;
		ret->id = i;
		ret->has = demo_names[i].has;
		ret->many = demo_names[i].many;
		ret->words = demo_names[i].words;
		return true;
	}
	return false;
}

static inline const char *demo_list(void *ctx, size_t i)
{
	return i < DEMO_NAMES ? demo_names[i].name : NULL;
}

static inline void demo_text(struct filter_val *ret, const char *s)
{
	filter_val_text(ret, s, strlen(s));
}

/* The whole set as "uts|ipc", then each member. */
static inline bool demo_types(
	const struct demo_row *r, unsigned int i, struct filter_val *ret, char *tmp)
{
	size_t len = 0;

	if (i > r->ntypes)
		return false;
	if (i) {
		filter_val_u64(ret, 1u << (i - 1));
		demo_text(ret, r->types[i - 1]);
		return true;
	}
	tmp[0] = '\0';
	for (unsigned int k = 0; k < r->ntypes; k++)
		len += (size_t)snprintf(
			tmp + len, FILTER_TMP - len, "%s%s", k ? "|" : "", r->types[k]);
	filter_val_u64(ret, (1u << r->ntypes) - 1);
	filter_val_text(ret, tmp, len);
	return true;
}

static inline bool demo_get(void *ctx, const struct filter_ref *ref, const void *row,
	unsigned int i, struct filter_val *ret, char tmp[FILTER_TMP])
{
	const struct demo_row *r = row;

	switch (ref->id) {
	case D_PID:
		filter_val_u64(ret, r->pid);
		return true;
	case D_BIG:
		filter_val_u64(ret, r->big);
		return true;
	case D_RESULT:
		filter_val_s64(ret, r->result);
		demo_text(ret, r->result == -1 ? "EPERM" : r->result == -22 ? "EINVAL" : "");
		return true;
	case D_LOAD:
		filter_val_float(ret, r->load);
		return true;
	case D_COMM:
		demo_text(ret, r->comm);
		return true;
	case D_DIGITS:
		demo_text(ret, r->digits);
		return true;
	case D_UID:
		filter_val_u64(ret, 0);
		demo_text(ret, r->user);
		return true;
	case D_KIND:
		demo_text(ret, r->kind);
		return true;
	case D_TYPES:
		return demo_types(r, i, ret, tmp);
	case D_NS:
		if (i >= r->nns)
			return false;
		filter_val_u64(ret, r->ns[i]);
		return true;
	case D_GONE:
		filter_val_u64(ret, 5);
		return r->has_gone;
	}
	return false;
}

static const struct filter_names demo_filter_names = {
	.noun = "field",
	.resolve = demo_resolve,
	.get = demo_get,
	.list = demo_list,
};

static const struct demo_row demo_row = {
	.pid = 1234,
	.big = UINT64_MAX,
	.result = -1,
	.load = 1.5,
	.comm = "bash",
	.digits = "42",
	.user = "root",
	.kind = "unshare",
	.types = {"uts", "ipc", "pid"},
	.ntypes = 3,
	.ns = {4026531840, 4026531841},
	.nns = 2,
};

#endif
