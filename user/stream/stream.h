/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream.h - what the rules of explain/ say about the events of a stream, made once for all sinks.
 */
#ifndef NSWATCH_STREAM_STREAM_H
#define NSWATCH_STREAM_STREAM_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/decode.h"
#include "event/pick.h"
#include "lib/child.h"
#include "lib/err.h"
#include "lib/users.h"
#include "out/json.h"
#include "source/source.h"
#include "stream/sink.h"
#include "why/rule.h"

struct notes;

/* Called with each finding about an event; ctx is that of notes_make(). */
typedef void (*notes_fn)(void *ctx, const struct event *ev, const struct finding *f);

/* live: what /proc says now may be asked. NULL without memory. */
struct notes *notes_new(bool live);
void notes_free(struct notes *n); /* NULL allowed */
/* To be called with every event, wanted or not, in order. */
void notes_take(struct notes *n, const struct event *ev);
/*
 * The notes about the event that was taken last: how many. They are valid until the next call.
 * fn (NULL: none) gets the findings that they are made of.
 */
size_t notes_make(struct notes *n, const struct event *ev, notes_fn fn, void *ctx,
	const struct event_note **ret);

/* --- signals ----------------------------------------------------------------------------- */

/* The signals that a stream takes by a signalfd. */

/* Blocks them; ret_old is the mask that a command gets. The signalfd, or -errno. */
int signals_take(sigset_t *ret_old, struct err *err);
/*
 * While a source is opened, which no loop can interrupt, what would end the stream ends the whole
 * program as if signals_take() had not been called; false: the signalfd gets it again.
 */
void signals_deadly(bool deadly);
/* Closes the signalfd; from here on signals do again what they did before. */
void signals_give_back(int fd, const sigset_t *old);

/*
 * Reads what came: true where it is to end a program. A command (pid 0: none) is reaped, and
 * gets the other signals handed on; neither SIGUSR1 nor SIGHUP, which ends nothing then,
 * where usr1 or hup (NULL: nobody wants it) is set for it.
 */
bool signals_read(int fd, struct child *child, bool *usr1, bool *hup);

/* --- stream ------------------------------------------------------------------------------ */

/*
 * One stream of events: a source, and the sinks that consume it.
 *
 * stream.c alone keeps these rules:
 *   - A record is decoded once, and enriched once, with what some sink wants and no more.
 *   - Each sink has its selection; sinks that share one are asked about once.
 *   - A sink that fails is closed, which is said, and the others go on. The failure of the only
 *     one ends the stream. A reader that went away is no failure.
 *   - What a sink has no room for, since its reader is slow, is that sink's loss, and becomes a
 *     lost event. A sink that is alone waits for its reader instead.
 *   - Every sink that was opened is closed, whatever happened.
 *   - The rights that are kept are those that the source and the sinks need together.
 *   - The exit status is computed once.
 *
 * The order of calls: stream_begin(), the source is opened, stream_open(), stream_add() for each
 * sink, stream_run(), stream_end(). stream_end() may follow any of them.
 */

#define STREAM_SINKS_MAX 8

/* Exit statuses; a command that ran to its end has its own. */
enum {
	STREAM_OK = 0,
	STREAM_FAILED = 1,
	STREAM_LOST = 4,       /* something is missing, and stream_opts.strict */
	STREAM_CANT_RUN = 126, /* the command */
	STREAM_NOT_FOUND = 127,
};

struct stream_opts {
	uint64_t count; /* events to be shown at most; 0: no limit */
	uint64_t duration_ns, linger_ns;
	bool has_duration, strict, quiet;
	bool numbers;     /* of initial namespaces, in texts for people */
	bool reopen;      /* SIGHUP opens files of events anew and ends nothing */
	bool keep_rights; /* the caller goes on to need its capabilities */
};

/* A sink that takes part. */
struct stream_sink {
	const struct sink_ops *ops;
	void *self;
	struct pick *pick;
	unsigned int wants;
	bool minor;               /* neither its end nor its being there keeps the stream running */
	bool done;                /* closed */
	uint64_t full, full_told; /* events that it had no room for */
	pid_t looker;             /* sink_ops.looker */
};

struct stream {
	struct stream_opts o;
	struct source source;
	struct stream_sink sinks[STREAM_SINKS_MAX];
	size_t nsinks;
	struct notes *notes;  /* NULL: nobody wants them */
	struct event_who who; /* names users as the source or else this machine does */
	struct users users;   /* of this machine */
	int64_t wall_offset;
	const char *host; /* this machine, where the source does not say another */
	size_t host_len;

	struct child child; /* pid 0: no command */
	char *const *command;
	int signals; /* signalfd, -1: none */
	sigset_t old;
	uint64_t begin_ns, end_ns; /* CLOCK_MONOTONIC; end 0: no limit */
	bool interrupted, ending, ran, gone, sink_failed;
	bool reopen;          /* SIGHUP came for it */
	bool reports, report; /* a sink does so on SIGUSR1, which came */
	int cant_run;         /* -errno of the command's exec */

	uint64_t seen, shown, lost, damaged;
	struct err err, damage;
};

/*
 * Whether what takes long is to be given up: takes the signals that wait meanwhile. A command that
 * is to end has its time; one that has ended keeps nobody waiting.
 */
bool stream_stopped(void *stream);

/*
 * Takes over the signals that end a stream, and forks the command (NULL: none), which waits. main
 * (NULL: the command is a program to be run) is what the child does instead of running a program.
 * 0 or -errno; the source may ask for s->child.pid then. Until stream_open() a signal that ends a
 * stream ends the program.
 */
int stream_begin(struct stream *s, const struct stream_opts *o, char *const *command,
	int (*main)(void *ctx), void *ctx, struct err *err);

/* The source is open: s takes it over. */
void stream_open(struct stream *s, struct source source);

/*
 * Adds a sink. pick is its selection, which others may share. so is filled but for ret_wants.
 * 0 or -errno.
 */
int stream_add(struct stream *s, const struct sink_ops *ops, struct pick *pick, bool minor,
	const struct sink_open *so, struct err *err);

/* Runs until something ends it; 0, or -errno with the reason in err. */
int stream_run(struct stream *s, struct err *err);

/*
 * Closes sinks, source and signals, and says what went wrong; r and err are those of the call that
 * failed, 0 and NULL where none did. Returns the exit status.
 */
int stream_end(struct stream *s, int r, struct err *err);

/* Whether the command was let run and has ended: s->child.status is set. */
bool stream_command_ended(const struct stream *s);

#endif
