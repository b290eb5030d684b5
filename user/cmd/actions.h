/* SPDX-License-Identifier: GPL-2.0-or-later */
/* actions.h - what create and enter do alike for their user. */
#ifndef NSWATCH_CMD_ACTIONS_H
#define NSWATCH_CMD_ACTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "act/plan.h"

/*
 * Before an action: gives up the rights of the program's file, of which none is the action's
 * (lib/caps.h). explain: every step is told on stderr from now on, and all reasons of one that
 * fails. 0, or an exit status, with the reason said.
 */
int actions_begin(bool explain);

/*
 * --trace: main(ctx), the action, runs in a child whose events are shown as `nswatch trace OPTIONS`
 * would show them; options are words that blanks separate, or NULL. argv is the command line of the
 * action. An exit status.
 */
int actions_trace(const char *options, char **argv, int (*main)(void *ctx), void *ctx);

/* --dry-run: prints the steps of n plans of the job, a line each. An exit status. */
int actions_dry(const struct plan *plans, size_t n, const void *job);

/* What of a command line would be run: the program, or the shell that stands for none. */
const char *actions_program(char **argv);

#endif
