/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trace_loop.h - the loop of a running trace, whatever the records come from. */
#ifndef NSWATCH_CMD_TRACE_LOOP_H
#define NSWATCH_CMD_TRACE_LOOP_H

#include "cmd/trace.h"
#include "event/source.h"
#include "lib/child.h"

/* A source of records as the loop sees it. */
struct feed {
	void *ctx;
	int fd; /* readable when there is something to take */
	/* Takes what there is; the number of records, or a negative errno of the sink. */
	int (*take)(void *ctx, source_sink sink, void *sink_ctx, struct err *err);
	/* Now and then: looks for what does not come by itself. May be NULL. */
	int (*tick)(void *ctx, source_sink sink, void *sink_ctx);
	/* Nothing more is to be expected of the command that has ended. NULL: so it is. */
	bool (*settled)(void *ctx);
	int tick_ms;
};

struct loop {
	struct trace_opts *o;
	struct feed *feed;
	struct show show;
	struct child child;        /* pid 0: no command */
	int signals;               /* signalfd */
	uint64_t begin_ns, end_ns; /* CLOCK_MONOTONIC; end 0: no limit */
	bool interrupted, ending;
};

/* Blocks the signals that the loop takes by its signalfd; ret_old is what a command gets. */
int loop_signals(sigset_t *ret_old, struct err *err);

/* For show_stops: takes the signals that wait while a reader does not read. */
bool loop_stopped(void *loop);

/*
 * While a trace is prepared, which no loop can interrupt, what would end it ends the whole program
 * as if loop_signals had not been called; false: from here on the signalfd gets it again.
 */
void loop_signals_deadly(bool deadly);

/* Closes the signalfd; from here on signals do again what they did before loop_signals. */
void loop_signals_end(int fd, const sigset_t *old);

/* Runs until something ends it; 0 or -errno with the reason in l->show.err. */
int loop_run(struct loop *l);

uint64_t loop_now(void); /* CLOCK_MONOTONIC, ns */

#endif
