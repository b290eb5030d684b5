/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outlet.h - text or records on their way to a file, a pipe or a terminal.
 *
 * What is put into buf goes out with outlet_flush(). An outlet that is alone may wait for
 * its reader, as long as `stopped` lets it. One that is `shared` with others never waits:
 * what the reader does not take stays in buf, and outlet_ready() says when that is too much.
 */
#ifndef NSWATCH_LIB_OUTLET_H
#define NSWATCH_LIB_OUTLET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/fd.h"

#define OUTLET_FLUSH (64u << 10) /* bytes: so much is written out even within a burst */
#define OUTLET_ROOM  (4u << 20)  /* bytes that may wait for the reader of a shared outlet */

struct outlet {
	int fd;
	bool shared; /* others wait as well: this one never waits for its reader */
	bool gone;   /* nobody reads any more */
	int failed;  /* the first error, -errno */
	struct buf buf;
	struct buf name;  /* as messages call it */
	bool file;        /* it is one that name names: it can be opened anew */
	uint64_t written; /* bytes that the file has */
	fd_stopped stopped;
	void *stop_ctx;
};

/*
 * NULL and "-" are standard output; "fd:N" is descriptor N of the caller; else a file, which is
 * made for its owner alone where it is new, and emptied. A named pipe is waited for until somebody
 * reads it. 0 or -errno; -EINTR: meanwhile a signal asked to end.
 */
int outlet_open(struct outlet *o, const char *to, struct err *err);
/* Whether outlet_open() takes `to` for the name of a file. */
bool outlet_names_file(const char *to);
/*
 * Goes on in the file of that name, which may be another one by now; what waits in buf comes there.
 * 0 where it is no file, or -errno: then all is as it was.
 */
int outlet_reopen(struct outlet *o, struct err *err);
/* First renames the file to "NAME.1", that one to "NAME.2", and so on up to keep, whose file is
 * gone then. */
int outlet_rotate(struct outlet *o, unsigned int keep, struct err *err);
bool outlet_is_terminal(const struct outlet *o);

/* 0; -EPIPE where nobody reads; -errno. After an error the same again, and nothing is written. */
int outlet_flush(struct outlet *o, struct err *err);
/* Whether there is room for more: always so where it may wait. */
bool outlet_ready(const struct outlet *o);
/* Writes what is left, waiting for the reader as `stopped` allows. o is empty then. */
int outlet_close(struct outlet *o, struct err *err);

#endif
