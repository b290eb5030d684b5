/* SPDX-License-Identifier: GPL-2.0-or-later */
/* actions.h - what create and enter do alike for their user. */
#ifndef NSWATCH_CMD_ACTIONS_H
#define NSWATCH_CMD_ACTIONS_H

/* --explain: every step is told on stderr from now on, and all reasons of one that fails. */
void actions_explain(void);

/*
 * --trace: main(ctx), the action, runs in a child whose events are shown as `nswatch trace OPTIONS`
 * would show them; options are words that blanks separate, or NULL. argv is the command line of the
 * action. An exit status.
 */
int actions_trace(const char *options, char **argv, int (*main)(void *ctx), void *ctx);

#endif
