/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink.h - the consumers of a stream of events.
 *
 * A sink is one file and one row of sinks[]: options, help, completion and the manual page
 * follow from the row. stream.c calls the functions, never two of one sink at once, and calls
 * close() exactly once after an open() that succeeded, whatever went wrong in between.
 */
#ifndef NSWATCH_STREAM_SINK_H
#define NSWATCH_STREAM_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "event/decode.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/fd.h"
#include "out/json.h"

struct finding;
struct outlet;

/* What a sink wants of stream.c besides the events, beyond which it costs nothing. */
enum {
	SINK_NOTES = 1,    /* observed.notes */
	SINK_FINDINGS = 2, /* finding() is called */
	SINK_USER = 4,     /* observed.user */
	SINK_REPORT = 8,   /* report() is called, and SIGUSR1 is for nobody else */
};

/* An event as sinks see it; nothing of it lives longer than the call. */
struct observed {
	const struct event *ev;
	uint64_t number;  /* of all events of the stream, from 1 */
	const char *host; /* where it happened, host_len bytes; NULL: nobody knows */
	size_t host_len;
	const char *user; /* the name of its uid there, untrusted; NULL: none */
	const struct event_note *notes;
	size_t nnotes;
};

/* How text for people looks. */
struct sink_form {
	const char *columns; /* of lines.h, NULL: the default */
	int color;           /* enum color_when */
	bool raw, nowrap, noheadings, no_notes;
	uint64_t rotate; /* bytes: a file of events is longer only by the last ones; 0: no limit */
	bool fold;       /* what repeats is told once: sink/fold.h */
	/* Of the summary that nobody asked for: */
	bool talk;        /* this is it: none where a reader went away */
	bool losses_only; /* only what is missing */
	bool if_lost;     /* none where nothing is missing */
};

struct sink_open {
	const char *arg; /* what stands behind "KIND:"; NULL: nothing */
	const struct sink_form *form;
	const struct buf *meta; /* the text of a recording: event/recfile.h */
	int64_t wall_offset;    /* CLOCK_REALTIME - CLOCK_BOOTTIME, ns */
	bool live;              /* events are of now */
	void *ctx;              /* of the caller of stream_add(), for a sink of its own */
	unsigned int *ret_wants;
};

/* How the stream ended, for sinks that tell it. */
struct sink_end {
	uint64_t duration_ns; /* CLOCK_MONOTONIC; 0: nobody watched */
	const char *hooks;    /* "unshare by fentry, ..." or "" */
	uint64_t damaged;     /* records that made no sense */
	bool failed;          /* by an error, which is said elsewhere */
	bool gone;            /* the reader of some sink went away */
};

/* Each function but open, event and close may be NULL. They return 0 or -errno, with err filled. */
struct sink_ops {
	const char *name;
	const char *arg; /* how help calls what stands behind "NAME:"; NULL: nothing may */
	bool arg_needed;
	const char *help; /* what becomes of the events, for a list of sinks */
	int (*open)(void **ret, const struct sink_open *so, struct err *err);
	int (*event)(void *sink, const struct observed *o, struct err *err);
	/* What the rules find about the event, before event(). SINK_FINDINGS. */
	void (*finding)(void *sink, const struct event *ev, const struct finding *f);
	/* Writes out what waits. -EPIPE: nobody reads it. */
	int (*flush)(void *sink, struct err *err);
	/* Goes on in a file of the same name, since somebody moved the old one away. */
	int (*reopen)(void *sink, struct err *err);
	/* Where it writes to. NULL: nowhere that could make it wait. */
	struct outlet *(*outlet)(void *sink);
	/*
	 * Events that were lost inside, since it was asked last. 0 as long as it can take none:
	 * what is told of them is for it, too.
	 */
	uint64_t (*missed)(void *sink);
	/* Called now and then while the stream runs, at least every 50 ms, or: */
	void (*tick)(void *sink);
	/* how many ms from now at the latest. NULL: 50. */
	int (*tick_ms)(void *sink);
	/* SINK_REPORT: SIGUSR1 came. */
	void (*report)(void *sink);
	/*
	 * A process of its own that looks at the system (lib/looker.h), asked after open(): what
	 * that one does is no event. 0: none.
	 */
	pid_t (*looker)(void *sink);
	/* The capabilities that it goes on to need, one bit each. */
	uint64_t (*rights)(void *sink);
	int (*close)(void *sink, const struct sink_end *end, struct err *err);
};

extern const struct sink_ops sink_lines, sink_json, sink_record, sink_history, sink_summary,
	sink_counts, sink_journal, sink_metrics, sink_report;
extern const struct sink_ops *const sinks[]; /* those of --to */
extern const size_t sinks_count;

/*
 * "KIND" or "KIND:ARG" of --to; *ret_arg points behind the colon, or is NULL. -EINVAL, with what
 * there is in err.
 */
int sink_parse(
	const char *text, const struct sink_ops **ret, const char **ret_arg, struct err *err);

#endif
