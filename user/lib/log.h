/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log.h - talk to the user, on stderr. Only commands and main.c use it. */
#ifndef NSWATCH_LOG_H
#define NSWATCH_LOG_H

#include <stdbool.h>

struct err;

/* The name before every message: "nswatch", or the alias it was called by. */
void log_set_name(const char *name);
const char *log_name(void);

/* "nswatch: TEXT" */
void log_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* "nswatch: WHAT" and, where known, a second line with the remedy. */
void log_err(const struct err *err);

/* Silences log_say (not log_err): --quiet. */
void log_set_quiet(bool quiet);

#endif
