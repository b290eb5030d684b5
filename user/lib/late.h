/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * late.h - libraries that are loaded at first use: a command that does not need one does not pay
 * for it, nor does the program miss it where it is not installed. The static build has none.
 */
#ifndef NSWATCH_LIB_LATE_H
#define NSWATCH_LIB_LATE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

struct late_call {
	const char *name;
	void *to; /* a pointer to a function, which is filled */
};

struct late_library {
	const char *file;   /* "libsqlite3.so.0" */
	const char *use;    /* "the history is a database of SQLite": before why it is missing */
	const char *debian; /* how Debian calls its package */
	const struct late_call *calls;
	size_t n;
	bool loaded;
};

/* 0, or -ENOPKG where the library is missing or too old. Whoever calls again gets the same. */
int late_load(struct late_library *l, struct err *err);

#endif
