/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trace.h - what the options of `nswatch trace` say, for the files that do it. */
#ifndef NSWATCH_CMD_TRACE_H
#define NSWATCH_CMD_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/pick.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/fd.h"
#include "lib/opts.h"
#include "out/summary.h"
#include "probe/hooks.h"

struct filter;
struct lines;
struct notes;
struct recfile_writer;

/* Somebody else who wants the events, which are not shown then. */
struct trace_tell {
	void (*event)(void *ctx, const struct event *ev);
	void (*tick)(void *ctx); /* NULL, or to be called now and then while the command runs */
	void *ctx;
	bool ended; /* the command ran, and: */
	int status; /* of wait(2) */
};

struct trace_opts {
	struct opt_list events, types, nss, pids, comms, hooks;
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
	bool quiet, strict, debug;
	const char *write_to, *read_from;
	bool json, raw, noheadings, no_notes, nowrap;
	bool list_columns, list_events, list_fields;
	const char *columns;
	int color;
	char *const *command;    /* NULL: none */
	struct trace_tell *tell; /* NULL: nobody */
};

/* Where events go: to the screen, as JSON, into a file; counted on the way. */
struct show {
	struct trace_opts *o;
	struct lines *lines;
	struct recfile_writer *file;
	struct notes *notes; /* NULL: none are wanted */
	struct buf buf;      /* what is not yet written to stdout */
	struct buf host;     /* event_json_host */
	int64_t wall_offset;
	struct summary sum;
	uint64_t shown;
	bool color;
	unsigned int width; /* of the terminal, 0: lines are not broken */
	bool gone;          /* nobody reads stdout any more */
	fd_stopped stopped; /* whether not to wait for a reader any more; NULL: never */
	void *stop_ctx;
	struct err err;
};

/* Opens what the options name. 0 or -errno. */
int show_open(struct show *s, struct trace_opts *o, const char *how, int64_t wall_offset,
	struct err *err);
/* After show_open, for JSON: where it happened, if not here; NULL: nobody knows. */
void show_host(struct show *s, const char *name, size_t len);
/* After show_open: a reader that does not read is given up when stopped says so. */
void show_stops(struct show *s, fd_stopped stopped, void *ctx);
/* A source_sink; ctx is the struct show. -ECANCELED: enough; -EPIPE: nobody reads. */
int show_record(void *ctx, const void *data, size_t size);
/* Writes out what waits; 0, -EPIPE, or -errno with the reason in s->err. */
int show_flush(struct show *s);
/* Ends the file; 0 or -errno with the reason in s->err. */
int show_close(struct show *s);

/* --- trace_notes.c: what is behind events ----------------------------------------------------- */

/* live: what /proc says now may be asked. NULL without memory. */
struct notes *notes_new(bool live);
void notes_free(struct notes *n);
/* To be called with every event, wanted or not, in order. */
void notes_take(struct notes *n, const struct event *ev);
/* A line per note of the event / the event as JSON with its notes. */
/* A line each, broken before width (0: never). */
void notes_lines(
	struct notes *n, const struct event *ev, bool color, unsigned int width, struct buf *b);
void notes_json(struct notes *n, const struct buf *host, const struct event *ev, struct buf *b);

/* Three sources; each returns an exit status. argv: the command, NULL for none. */
int trace_live(struct trace_opts *o, char **argv);
int trace_poll(struct trace_opts *o, char **argv);
int trace_file(struct trace_opts *o);

#endif
