/* SPDX-License-Identifier: GPL-2.0-or-later */
/* signals.h - the signals that a stream takes by a signalfd. */
#ifndef NSWATCH_STREAM_SIGNALS_H
#define NSWATCH_STREAM_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

#include "lib/child.h"
#include "lib/err.h"

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
 * gets the other signals handed on.
 */
bool signals_read(int fd, struct child *child);

#endif
