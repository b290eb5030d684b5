/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trace.h - what the options of `nswatch trace` say, and how it runs. */
#ifndef NSWATCH_CMD_TRACE_H
#define NSWATCH_CMD_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/broker.h"
#include "event/pick.h"
#include "history/writer.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/opts.h"
#include "lib/when.h"
#include "source/hooks.h"
#include "stream/sink.h"

struct filter;

#define TRACE_OUTPUTS_MAX 7 /* of --to, -J and -w; the summary comes on top */

struct trace_output {
	const struct sink_ops *ops;
	const char *arg;
};

struct trace_opts {
	struct opt_list events, types, nss, pids, comms, containers, hooks, to;
	struct pick pick; /* made from the lists */
	struct ns_ref refs[64];
	uint8_t lives[64]; /* enum pick_life of each */
	struct hook_force forces[HOOKS_MAX];
	size_t nforces;
	bool follow;
	bool compat; /* see calls of the 32-bit ABI from the beginning */
	const char *filter_text;
	struct filter *filter;
	uint64_t count, duration, linger, poll, ring_size;
	bool has_count, has_duration, has_poll;
	bool quiet, strict, debug, numbers;
	const char *write_to, *read_from;
	/* Of `nswatch history` and `nswatch record`: */
	const char *db;               /* NULL: where it usually is */
	bool record;                  /* events go to db */
	bool from_history, follow_db; /* events come from db; also those of later */
	struct when_now now;          /* what `since` and `until` are relative to */
	int64_t since, until;         /* ns since 1970, both included */
	uint64_t generation;          /* the id of a namespace's row; 0: none was chosen */
	uint32_t by_pid;              /* whose life is asked for; 0, NULL: nobody's */
	const char *by_device;
	struct buf life_filter;
	struct hist_keep keep;
	struct buf db_name; /* of db, where it was not given */
	bool json, summary;
	struct sink_form form;
	bool rotates; /* files of events are opened anew on SIGHUP */
	/* Of `nswatch trace -r nats://...`: */
	struct broker_opts broker;
	struct opt_list hosts;
	uint64_t reorder;
	bool has_reorder, has_since;
	bool fleet; /* events come from there */
	bool whose; /* containers are wanted; made from the others */
	bool names; /* and names of net namespaces */
	bool list_columns, list_events, list_fields;
	struct trace_output outputs[TRACE_OUTPUTS_MAX]; /* made from to, json and write_to */
	size_t noutputs;
};

/* The command of a trace. */
struct trace_command {
	char *const *argv;      /* NULL: none */
	int (*main)(void *ctx); /* NULL: argv is a program to be run; else what its child does */
	void *ctx;
};

/* --- rows that several commands have ------------------------------------------------------- */

int trace_take_user(const struct opt *opt, const char *arg, void *opts, struct err *err);
int trace_take_until(const struct opt *opt, const char *arg, void *opts, struct err *err);
int trace_take_ring(const struct opt *opt, const char *arg, void *opts, struct err *err);
int trace_take_rotate(const struct opt *opt, const char *arg, void *opts, struct err *err);
int trace_take_since(const struct opt *opt, const char *arg, void *opts, struct err *err);
int trace_take_poll(const struct opt *opt, const char *arg, void *opts, struct err *err);
extern const char *const trace_colors[];
extern const char *const trace_outputs[];

/* Which events; between these two stands what descendants of --pid are asked for by. */
#define TRACE_ROWS_KIND                                                                            \
	{'e', "event", "KIND,...", OPT_LIST(struct trace_opts, events), .commas = true,            \
		.complete = OPT_C_EVENTS, .group = "Which events",                                 \
		.help = "only these kinds (see --list-events)"},                                   \
		{'t', "type", "TYPE,...", OPT_LIST(struct trace_opts, types), .commas = true,      \
			.complete = OPT_C_TYPES,                                                   \
			.help = "only of these types of namespaces: mnt, uts, ipc, user, pid, "    \
				"net, cgroup, time"},                                              \
	{                                                                                          \
		'p', "pid", "PID,...", OPT_LIST(struct trace_opts, pids),                          \
			.commas = true, .complete = OPT_C_PID,                                     \
			.help = "only what these processes do"                                     \
	}

/* Of the past: of which time, and in which history. */
#define TRACE_ROWS_TIME                                                                            \
	{0, "since", "WHEN", OPT_CALL(trace_take_since), .expect = WHEN_EXPECT,                    \
		.group = "Which time",                                                             \
		.help = "only events from this time on: `10m ago`, `yesterday 03:00`, `14:03`, "   \
			"an ISO 8601 date, `@boot`"},                                              \
	{                                                                                          \
		0, "until", "WHEN", OPT_CALL(trace_take_until),                                    \
			.expect = WHEN_EXPECT, .help = "only events up to this time"               \
	}

#define TRACE_ROWS_DB                                                                              \
	{                                                                                          \
		0, "db", "FILE", OPT_STR(struct trace_opts, db),                                   \
			.complete = OPT_C_FILE, .group = "The database",                           \
			.help = "read FILE (default: one's own history where there is one, else "  \
				"that of the host)"                                                \
	}

#define TRACE_ROWS_WHO                                                                             \
	{'u', "user", "USER", OPT_CALL(trace_take_user), .expect = "a user's name or number",      \
		.complete = OPT_C_USER, .help = "only what this user does"},                       \
		{'c', "comm", "NAME,...", OPT_LIST(struct trace_opts, comms), .commas = true,      \
			.help = "only what threads of these names do; * and ? as in a shell"},     \
		{0, "container", "NAME,...", OPT_LIST(struct trace_opts, containers),              \
			.commas = true, .complete = OPT_C_BOXES,                                   \
			.help = "only what happens in, or to a namespace of, these containers "    \
				"or units, by name, id or pod; * and ? as in a shell"},            \
	{                                                                                          \
		'Q', "filter", "EXPR", OPT_STR(struct trace_opts, filter_text),                    \
			.help = "only events for which the expression is true: 'uid >= 1000 && "   \
				"event == \"setns\"' (fields: --list-fields)"                      \
	}

#define TRACE_ROWS_OUTPUT                                                                          \
	{'J', "json", NULL, OPT_FLAG(struct trace_opts, json), .group = "Output",                  \
		.help = "JSON Lines, one object per event: short for --to json"},                  \
		{0, "to", "KIND[:FILE]", OPT_LIST(struct trace_opts, to),                          \
			.choices = trace_outputs,                                                  \
			.help = "send events to an output: lines (default), json, record, "        \
				"history, report, summary, counts, journal or metrics, and "       \
				"optionally the file to write (fd:N: an open descriptor); may be " \
				"given more than once"},                                           \
		{0, "rotate", "SIZE", OPT_CALL(trace_take_rotate), .expect = "a size: 100M, 0",    \
			.help = "with --to json:FILE: a FILE that is longer than SIZE (K, M, G; "  \
				"0: no "                                                           \
				"limit) becomes FILE.1, that one FILE.2, up to FILE.5; SIGHUP "    \
				"opens FILE "                                                      \
				"anew and ends nothing"},                                          \
		{'o', "output", "COL,...", OPT_STR(struct trace_opts, form.columns),               \
			.complete = OPT_C_COLUMNS,                                                 \
			.help = "show these columns; with + in front, these besides the default "  \
				"ones (see --list-columns)"},                                      \
		{0, "raw", NULL, OPT_FLAG(struct trace_opts, form.raw),                            \
			.help = "no alignment, one blank between columns"},                        \
		{'W', "nowrap", NULL, OPT_FLAG(struct trace_opts, form.nowrap),                    \
			.help = "do not break long lines on a terminal"},                          \
		{0, "noheadings", NULL, OPT_FLAG(struct trace_opts, form.noheadings),              \
			.help = "no line of headings"},                                            \
		{0, "fold", NULL, OPT_FLAG(struct trace_opts, form.fold),                          \
			.help = "tell once what repeats: how often in 10 seconds; in lines and "   \
				"JSON"},                                                           \
		{0, "summary", NULL, OPT_FLAG(struct trace_opts, summary),                         \
			.help = "at the end and on SIGUSR1, count by program, container, kind, "   \
				"type and result: short for --to counts"},                         \
		{0, "no-notes", NULL, OPT_FLAG(struct trace_opts, form.no_notes),                  \
			.help = "no notes that explain events (see nswatch-explain(7))"},          \
		{0, "numbers", NULL, OPT_FLAG(struct trace_opts, numbers),                         \
			.help = "call initial namespaces by their numbers, too, in texts for "     \
				"people"},                                                         \
	{                                                                                          \
		0, "color", "WHEN", OPT_CHOICE(struct trace_opts, form.color),                     \
			.choices = trace_colors,                                                   \
			.help = "auto (default: on a terminal, unless NO_COLOR is set), always "   \
				"or never"                                                         \
	}

#define TRACE_ROWS_HOW                                                                             \
	{0, "hook", "NAME=ALT", OPT_LIST(struct trace_opts, hooks), .group = "How to look",        \
		.help = "force an alternative (fentry, kprobe, tracepoint) of a hook, or of all; " \
			"`nswatch doctor` lists them"},                                            \
		{0, "compat", NULL, OPT_FLAG(struct trace_opts, compat),                           \
			.help = "see calls of the 32-bit ABI from the first one on, also where "   \
				"hooks are tracepoints; this slows every system call of the "      \
				"host"},                                                           \
		{0, "poll", "MS", OPT_CALL(trace_take_poll), .exclude = 4,                         \
			.expect = "a number of milliseconds, or a time such as 1s",                \
			.help = "without BPF: compare snapshots of /proc every MS milliseconds; "  \
				"all events are inferred"},                                        \
	{                                                                                          \
		0, "ring-size", "SIZE", OPT_CALL(trace_take_ring),                                 \
			.expect = "a power of two from 4K to 1024M",                               \
			.help = "room for events that wait to be read (default 4M)"                \
	}

#define TRACE_ROWS_LISTS                                                                           \
	{0, "list-events", NULL, OPT_FLAG(struct trace_opts, list_events), .group = "Lists",       \
		.help = "the kinds of events"},                                                    \
		{0, "list-columns", NULL, OPT_FLAG(struct trace_opts, list_columns),               \
			.help = "the columns of --output"},                                        \
	{                                                                                          \
		0, "list-fields", NULL, OPT_FLAG(struct trace_opts, list_fields),                  \
			.help = "the fields of every event, in JSON and filters"                   \
	}

/*
 * Parsing in two steps, for commands that set something between them: reads the options by the rows
 * of spec, and makes of them what trace_run() needs. Usage errors are said. The exit status, or -1:
 * go on.
 */
int trace_read(const struct opts_spec *spec, struct trace_opts *o, int argc, char **argv,
	struct opts_rest *ret);
int trace_settle(struct trace_opts *o, const struct opts_rest *rest, struct trace_command *c);
/* Parses what stands before a command; usage errors are said. The exit status, or -1: go on. */
int trace_parse(struct trace_opts *o, int argc, char **argv, struct trace_command *c);
void trace_opts_free(struct trace_opts *o);

/* An exit status. */
int trace_run(struct trace_opts *o, const struct trace_command *c);

#endif
