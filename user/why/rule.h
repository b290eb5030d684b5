/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rule.h - the table of what nswatch can explain, and what it found.
 *
 * A rule is one row: its code, when it holds, what to say, what to do and the
 * kernel's reason. `nswatch explain`, the notes below the events of a trace,
 * the catalogue and the manual page all come from these rows.
 *
 * A predicate looks at evidence and, where the rule holds, puts what it saw
 * into the finding as named facts. Texts are templates over these:
 *
 *	{key}		the fact, safe for a terminal
 *	{key|one|many}	one if the fact is 1, else many
 *	{?key}		nothing; but a section needs the fact
 *	[...]		a section, left out when a fact named directly in it is missing
 *	{why}, {todo}	the texts of the finding's reason; {^todo}: with a capital letter
 *	`...`		a command of a remedy: a shell takes it as it stands, and facts in
 *			it are quoted for that. The word PROGRAM in it stands for the program
 *			that was to run. The test of the rule executes it (cure in
 *			tests/live/explain_lib.sh).
 *
 * Sections nest; none is in a command.
 */
#ifndef NSWATCH_WHY_RULE_H
#define NSWATCH_WHY_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/decode.h"
#include "lib/buf.h"
#include "lib/err.h"

struct evidence;
struct net_dev;
struct net_view;
struct ns_node;
struct ns_task;
struct story;

enum rule_weight {
	RULE_NOTE,    /* how it is: worth knowing, not wrong by itself */
	RULE_TROUBLE, /* something fails, or will */
};

enum fact_type {
	FACT_NUM,
	FACT_NS,   /* a namespace: slot and inum */
	FACT_TEXT, /* untrusted */
	FACT_EXIT, /* wait(2) status: "ended with status 0", "was killed by SIGKILL" */
	FACT_TIME, /* a duration, ns */
	FACT_ERRNO,
};

struct fact {
	const char *key;
	enum fact_type type;
	unsigned int slot; /* FACT_NS */
	uint64_t n;
	size_t at, len; /* FACT_TEXT: in the finding's text */
};

#define FINDING_FACTS 20

struct reason;
struct rule;

struct finding {
	const struct rule *rule;
	const struct reason
		*reason; /* why a call was refused; NULL: the rule is about something else */
	enum rule_weight weight; /* the rule's, unless its predicate knows better */
	size_t n;
	struct fact facts[FINDING_FACTS];
	struct buf text;
	const struct event *ev; /* of a note; knows what namespaces are called */
};

/* The kernel's side of it. */
struct rule_fact {
	const char *function; /* "zap_pid_ns_processes()", NULL ends the list */
	const char *since;    /* the first version that has it so, NULL: all that matter */
	const char *says;     /* one sentence */
};

/* In the place of an errno. */
#define REASON_RIGHTS (-1) /* EPERM or EACCES */
#define REASON_ANY    (-2)

struct step;

/* One reason of the kernel's to refuse a call (why/step.h), whoever made it. */
struct reason {
	const char *code; /* "chrooted": the same for all who ask */
	uint64_t calls;   /* bit per enum step_call */
	int error;        /* positive errno, REASON_RIGHTS or REASON_ANY */
	uint64_t flags;   /* the call had one of these CLONE_*; 0: does not matter */
	/* Of the caller and what it tried; puts what the texts name into f. NULL: always. */
	bool (*holds)(const struct step *s, struct finding *f);
	/* Templates: a clause, and what to do about it; NULL: nothing can be done. */
	const char *why, *todo;
	const char *kernel; /* the function that decides, NULL: none does */
	const char *since;  /* the first version in which it is so, NULL: all that matter */
	bool state;         /* holds of a caller before it tries, too */
	int arg;            /* what holds() is asked for, which finds it by f->reason */
};

struct rule {
	const char *code; /* "pidns-dead" */
	enum rule_weight weight;
	bool once;  /* of all processes of which "own" and "ns" are equal one is told, and how many
		       more */
	bool state; /* asked of the processes of a command, too, while they live */
	const char *title;             /* one sentence */
	const char *evidence;          /* what is looked at */
	const char *text;              /* template, of processes and namespaces */
	const char *note;              /* template, of events; NULL: text */
	const char *remedy;            /* template */
	const struct rule_fact *facts; /* NULL where reasons have them */
	/* Of calls: the first that holds is {why}, its remedy {todo}. */
	const struct reason *reasons;
	size_t nreasons;
	/* Each may be NULL. true: it holds, and f has the facts that the templates name. */
	bool (*process)(struct evidence *e, const struct ns_task *t, struct finding *f);
	bool (*ns)(struct evidence *e, const struct ns_node *n, struct finding *f);
	bool (*dev)(struct evidence *e, const struct net_view *v, const struct net_dev *d,
		struct finding *f);
	bool (*event)(struct story *s, const struct event *ev, struct finding *f);
	uint64_t kinds; /* bit per enum ev_kind that event() can hold of */
};

/* The rules of one file. */
struct rule_set {
	const struct rule *v;
	size_t n;
};

/* The rule behind r, NULL: the first one; NULL behind the last. */
const struct rule *rule_next(const struct rule *r);
#define rules_for_each(r) for (const struct rule *(r) = rule_next(NULL); (r); (r) = rule_next(r))

/* By its code, or that of one of its reasons; NULL where there is none. */
const struct rule *rule_find(const char *code);
/* "process, namespace, device, event": what it looks at. */
void rule_scopes(const struct rule *r, struct buf *b);

/* --- findings -------------------------------------------------------------------------------- */

#define auto_finding __attribute__((cleanup(finding_free)))

void finding_free(struct finding *f);
/* Empties it for the next rule; keeps the memory. */
void finding_reset(struct finding *f, const struct rule *r);

/* key must be a literal: it is not copied. */
void finding_num(struct finding *f, const char *key, uint64_t n);
void finding_ns(struct finding *f, const char *key, unsigned int slot, uint32_t inum);
void finding_text(struct finding *f, const char *key, const char *s);
void finding_textn(struct finding *f, const char *key, const char *s, size_t len);
void finding_exit(struct finding *f, const char *key, int status);
void finding_time(struct finding *f, const char *key, uint64_t ns);
void finding_errno(struct finding *f, const char *key, int code);
/* A thread's name, unless it has none. */
void finding_comm(struct finding *f, const char *key, const char comm[EV_COMM_LEN]);
/* "pid", "comm": of what acted, of a process. */
void finding_actor(struct finding *f, const struct event *ev);
void finding_task(struct finding *f, const struct ns_task *t);
/* Adds one to a number that may not be there yet. */
void finding_count(struct finding *f, const char *key);
/* NULL where it is not there. */
const struct fact *finding_fact(const struct finding *f, const char *key);

/* The text of one fact, safe for a terminal. */
void fact_text(const struct finding *f, const struct fact *fact, struct buf *b);
/* A template of the rule, filled. */
void finding_say(const struct finding *f, const char *template, struct buf *b);
/* The commands of the remedy, as a shell takes them, each ended by NUL. */
void finding_commands(const struct finding *f, struct buf *b);
/* A template as it stands: <fact>, and [what is only said where it is known]. */
void template_plain(const char *template, struct buf *b);
/* Whether a template can be read: 0, or -EINVAL and the reason. */
int template_check(const char *template, struct err *err);

#endif
