/* SPDX-License-Identifier: GPL-2.0-or-later */
/* past.h - the source of events that a history has. */
#ifndef NSWATCH_SOURCE_PAST_H
#define NSWATCH_SOURCE_PAST_H

#include <stdbool.h>
#include <stdint.h>

#include "event/pick.h"
#include "source/source.h"

struct hist_reader;

struct past_opts {
	const char *db;          /* NULL: where it usually is */
	int64_t since, until;    /* ns since 1970, both included */
	bool follow;             /* what is recorded from now on, too */
	const struct pick *pick; /* what it asks for leads to the blocks that are read */
	bool all;      /* it does not, for what is missing is to be told: hist_want.after */
	int64_t after; /* this and those before were read already */
	/* Events that do not name this process or this device may be left out; 0, NULL: none may.
	 */
	uint32_t pid;
	const char *device;
};

/* Gives up the rights of the program's file, for none is needed. 0 or -errno. */
int past_open(const struct past_opts *o, struct source *ret, struct err *err);
/* Of a source that past_open() made. */
struct hist_reader *past_reader(const struct source *s);

#endif
