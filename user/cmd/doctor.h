/* SPDX-License-Identifier: GPL-2.0-or-later */
/* doctor.h - what `nswatch doctor` found out, for its two ways to show it. */
#ifndef NSWATCH_CMD_DOCTOR_H
#define NSWATCH_CMD_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "source/features.h"
#include "source/hooks.h"

/* What can be said of live tracing. */
enum verdict {
	VERDICT_FULL,    /* all hooks, exact, nothing missed */
	VERDICT_LIMITED, /* works; what it infers or misses is listed */
	VERDICT_NONE,    /* does not work */
};

enum weight {
	WEIGHT_NEEDED, /* without it nothing can be traced */
	WEIGHT_BETTER, /* with it tracing would be better */
	WEIGHT_NOTE,   /* of interest for other commands */
};

#define FINDINGS_MAX 32

struct doctor_finding {
	const char *code; /* "no-btf" */
	enum weight weight;
	const char *what;
	const char *todo; /* "" where nothing can be done */
};

/* The ways by which `nswatch ls` reads the processes, the fastest first; /proc is left where none
 * loads. */
enum doctor_list {
	LIST_BRIEF_HIDDEN,
	LIST_BRIEF_CAST,
	LIST_BRIEF_PLAIN,
	LIST_TASKS_LIGHT,
	LIST_TASKS_FULL,
	LIST_COUNT,
};

struct doctor_list_row {
	const char *name; /* of JSON: "brief-cast" */
	const char *help;
	int (*try)(void); /* 0: it loads; -errno */
};

extern const struct doctor_list_row doctor_list_rows[LIST_COUNT];

struct doctor {
	const struct features *f;
	struct hook_set hooks;
	bool tried;            /* a trace was started, so the choices are what it runs with */
	struct err err;        /* why it did not start; code 0 if it did */
	uint64_t kept;         /* capabilities that a trace keeps (lib/caps.h), if it did */
	int lists[LIST_COUNT]; /* 0: it loads; -errno */
	enum verdict verdict;
	struct doctor_finding findings[FINDINGS_MAX];
	size_t nfindings;
};

extern const char *const verdict_names[], *const weight_names[];

/* What became of one way of a hook. */
enum way_state {
	WAY_CHOSEN,
	WAY_POSSIBLE,
	WAY_NO,
	WAY_UNKNOWN, /* can't be told without rights */
	WAY_NONE,    /* the hook has no such way */
};

extern const char *const way_names[];

enum way_state doctor_way(const struct doctor *d, const struct hook_choice *c, enum hook_alt alt);
/* Tries all of doctor_list_rows. */
void doctor_lists(struct doctor *d);
enum way_state doctor_list_state(const struct doctor *d, enum doctor_list l);
/* The verifier refused the program: a slower way is taken for no reason of the kernel's age. */
bool doctor_list_refused(const struct doctor *d, enum doctor_list l);
/* The hook gives something in this version. */
bool doctor_hook_built(const struct hook_choice *c);
/* user.max_TYPE_namespaces, -1 where it is not to be had. */
int64_t doctor_limit(unsigned int type);
/* One sentence. */
const char *doctor_verdict_text(const struct doctor *d);

/* doctor_findings.c: fills d->findings from one table of conditions. */
void doctor_find(struct doctor *d);

void doctor_text(struct buf *b, const struct doctor *d, unsigned int width, bool color);
void doctor_json(struct buf *b, const struct doctor *d);

#endif
