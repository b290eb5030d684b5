/* SPDX-License-Identifier: GPL-2.0-or-later */
/* explain.h - what the files of `nswatch explain` share. */
#ifndef NSWATCH_CMD_EXPLAIN_H
#define NSWATCH_CMD_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <net/if.h>
#include <stdint.h>

#include "cmd/cmd.h"
#include "cmd/lookback.h"
#include "cmd/ls.h"
#include "snapshot/kept.h"
#include "why/evidence.h"
#include "why/rule.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "kernel/nstype.h"

struct event;
struct json;
struct net_dev;
struct net_view;

/* Exit statuses of its own: EXIT_FAIL is for findings. */
enum {
	EXPLAIN_FOUND = 1,
	EXPLAIN_GONE = 3,  /* what was asked for is not there, or may not be looked at */
	EXPLAIN_ERROR = 4, /* it could not be done */
};

struct explain_opts {
	bool json, all, list, has_id, has_host_id, has_cap;
	uint64_t id, host_id; /* of a user or group */
	int cap;
	int source, color;
	const char *read_from;
	struct lookback_opts past;
	uint64_t linger;
	struct opt_list hooks, containers;
	bool debug;
};

/* A finding with what it is about. */
struct found {
	const struct rule *rule;
	uint32_t pid;       /* of a process; else: */
	char dev[IFNAMSIZ]; /* of a device in the namespace below; "": of that itself */
	unsigned int type;
	uint32_t inum;  /* of a namespace */
	uint64_t ts_ns; /* of an event */
	struct finding f;
};

struct found_list {
	struct found *v;
	size_t n, cap;
};

void found_free(struct found_list *l);
/* Takes over the facts; about may be changed by the caller. */
struct found *found_add(struct found_list *l, struct finding *f);

/* --- explain_now.c: what is there now -------------------------------------------------------- */

struct now {
	const struct explain_opts *o;
	struct snapshot data;
	struct evidence e;
	struct found_list found;
};

int now_read(struct now *n, const struct explain_opts *o, struct err *err);
void now_free(struct now *n);
/* Findings of the rules about states of a process: of its namespaces, and, with all, of itself. */
void now_states(struct now *n, const struct ns_task *t, bool all);
/* Findings of all, of a process with its namespaces, of a namespace. */
/* Of those that --container chose. 0 or -ENOMEM. */
int now_all(struct now *n, struct err *err);
void now_process(struct now *n, const struct ns_task *t);
void now_ns(struct now *n, const struct ns_node *node);
/* Of a device, and of its net namespace with what concerns devices. */
void now_dev(struct now *n, const struct net_view *v, const struct net_dev *d);

/* --- explain_states.c: what holds of the processes of a command while they live ----------------
 */

struct states;

/* NULL without memory, and where pids of events are others than those of /proc. */
struct states *states_new(const struct explain_opts *o);
void states_free(struct states *s);
/* A process is looked at soon, and then again ever more rarely. */
void states_take(struct states *s, const struct event *ev);
void states_tick(struct states *s);
/* Takes what was found out of it: what a process was seen in last. */
void states_found(struct states *s, struct found_list *l);

/* --- explain_text.c -------------------------------------------------------------------------- */

struct page {
	struct buf *b;
	unsigned int width;
	bool color;
};

struct page page_of(const struct explain_opts *o, struct buf *b);
/* Words of text from column `at`, where the line is already, wrapped and continued at indent. */
void page_wrap(struct page *p, const char *text, size_t at, size_t indent);
/* "  NAME       TEXT"; nothing for an empty text. */
void page_row(struct page *p, const char *name, const char *text);
void page_finding(struct page *p, const struct finding *f, bool event);
void page_found(struct page *p, const struct found_list *l);
void page_process(struct page *p, struct now *n, const struct ns_task *t);
void page_ns(struct page *p, struct now *n, const struct ns_node *node);
void page_rule(struct page *p, const struct rule *r);
void page_rules(struct page *p);

/* --- explain_json.c -------------------------------------------------------------------------- */

void json_found(struct json *j, const struct found_list *l);
void json_process(struct json *j, struct now *n, const struct ns_task *t);
void json_ns(struct json *j, struct now *n, const struct ns_node *node);
void json_rule(struct json *j, const struct rule *r);

/* --- explain_what.c: what would be ----------------------------------------------------------- */

/* Tasks alive in the pid namespace or below it, without its init. */
size_t what_dies(struct now *n, const struct ns_node *node, struct buf *names);
/* Pid namespaces below it. */
size_t what_below(struct now *n, const struct ns_node *node);
/* The members but those in a pid namespace below; "sh (812), cat (813) and 3 more". */
void what_members(struct now *n, const struct ns_node *node, size_t max, struct buf *b);
/* Of what keeps it besides its processes so much is told. */
#define KEPT_MAX 5

/* --- explain_limits.c ------------------------------------------------------------------------ */

/*
 * Of a user namespace: how many namespaces of each type there are, of which user, and how
 * many each may have. Nothing of others.
 */
void what_limits(struct now *n, const struct ns_node *node, struct buf *b);
void json_limits(struct json *j, struct now *n, const struct ns_node *node);

/* --- explain_dev.c --------------------------------------------------------------------------- */

/* What becomes of the devices of a net namespace; nothing of others. */
void what_devices(struct now *n, const struct ns_node *node, struct buf *b);
/* The devices of that name, to the page or as objects to j; how many there are. */
size_t explain_dev(struct now *n, const char *name, struct page *p, struct json *j);

/* --- explain_ids.c --------------------------------------------------------------------------- */

/* What a word is about: a process, or else a namespace. */
struct about {
	const struct ns_task *task;
	const struct ns_node *node;
};

/* --id and --host-id: what a user or group is outside, or inside. An exit status. */
int explain_ids(struct now *n, const struct about *about);
/* --cap: what a process may do to a namespace, or to each of those of a process. */
int explain_cap(struct now *n, const struct about *who, const struct about *over);

/* --- explain_run.c --------------------------------------------------------------------------- */

int explain_run(const struct explain_opts *o, char **argv);
int explain_file(const struct explain_opts *o);
struct past_opts;
/* Events of a history; life: what is known besides them. */
int explain_events(const struct explain_opts *o, const struct past_opts *past, const char *life);

/* --- explain_past.c -------------------------------------------------------------------------- */

/*
 * What a history knows of a word: a process, namespace, device or container. An exit status; with
 * quiet -1 where there is no history, or it does not know the word.
 */
int explain_past(const struct explain_opts *o, const char *word, bool quiet);

/*
 * The command line, as a shell would read it, with unshare's -f in it; false where there is no
 * unshare that lacks it.
 */
bool explain_better(const char *line, struct buf *b);

#endif
