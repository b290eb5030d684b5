/* SPDX-License-Identifier: GPL-2.0-or-later */
/* actions.h - what create and enter do alike for their user. */
#ifndef NSWATCH_CMD_ACTIONS_H
#define NSWATCH_CMD_ACTIONS_H

#include "lib/err.h"

/* --explain: every step is told on stderr from now on, and all reasons of one that fails. */
void actions_explain(void);

/*
 * --trace: becomes `nswatch trace OPTIONS -- nswatch CMD --traced ARG...`, options being
 * words that blanks separate, or NULL, and argv that of the command. Returns only where
 * that failed: -errno.
 */
int actions_trace(const char *cmd, const char *options, int argc, char **argv, struct err *err);

#endif
