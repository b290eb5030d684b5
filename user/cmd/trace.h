/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trace.h - what the options of `nswatch trace` say, and how it runs. */
#ifndef NSWATCH_CMD_TRACE_H
#define NSWATCH_CMD_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/pick.h"
#include "lib/err.h"
#include "lib/opts.h"
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
	bool json;
	struct sink_form form;
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

/* Parses what stands before a command; usage errors are said. The exit status, or -1: go on. */
int trace_parse(struct trace_opts *o, int argc, char **argv, struct trace_command *c);
void trace_opts_free(struct trace_opts *o);

/* An exit status. */
int trace_run(struct trace_opts *o, const struct trace_command *c);

#endif
