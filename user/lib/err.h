/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * err.h - errors with their reason and their remedy.
 *
 * Library code returns -errno and may say more in a struct err that its caller
 * owns; only commands print it (log.h). A NULL err is allowed everywhere.
 */
#ifndef NSWATCH_LIB_ERR_H
#define NSWATCH_LIB_ERR_H

#include <stddef.h>

#define ENOTSUPP 524 /* include/linux/errno.h: of BPF, where there is no such thing */

struct err {
	int code;       /* -errno, 0 while nothing went wrong */
	char what[512]; /* "open /run/netns/x" */
	char hint[512]; /* what to do, "" where nobody knows */
};

/*
 * Fills err with code (negative errno) and the text, which is ended by
 * ": strerror" when code is a known errno, and returns code.
 */
int err_set(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set, but the text says all: no strerror is added. */
int err_say(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Adds what to do. */
void err_hint(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* "EPERM" of 1 or -1, those of the kernel's inside too; NULL where there is none. */
const char *errno_name(int code);
/* The same, never NULL. */
const char *errno_word(int code);
/* What strerror(3) says, and for what the kernel says and libc does not know. */
const char *errno_text(int code);

/* --- log --------------------------------------------------------------------------------- */

/* Talk to the user, on stderr. Only commands and main.c use it. */

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
