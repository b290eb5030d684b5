/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log.h - talk to the user, on stderr. Only commands and main.c use it. */
#ifndef NSWATCH_LIB_LOG_H
#define NSWATCH_LIB_LOG_H

#include <stddef.h>

struct buf;
struct err;

/*
 * All that is said goes through this before it is written, a line at a time: names
 * of others are in it. main() sets escape_talk() of out/escape.h; NULL: as it is.
 */
void log_set_escape(void (*escape)(struct buf *b, const char *s, size_t len));

/* The name before every message: "nswatch", or the alias it was called by. */
void log_set_name(const char *name);
const char *log_name(void);

/* "nswatch: TEXT" */
void log_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Each line of a text, without the name. */
void log_text(const char *text);

/* "nswatch: WHAT" and, where known, a second line with the remedy. */
void log_err(const struct err *err);

#endif
