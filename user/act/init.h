/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * init.h - pid 1 of a pid namespace beside its program: it reaps what is orphaned
 * there, passes signals on, and ends with the program, taking the rest with it.
 */
#ifndef NSWATCH_ACT_INIT_H
#define NSWATCH_ACT_INIT_H

#include <sys/types.h>

#include "lib/err.h"

/*
 * Called by pid 1. Returns in the program-to-be: 0, or -errno where it could not fork.
 * The init itself never returns. It writes the program's wait(2) status to report and
 * exits with it; 128 and the signal where one ended it, because no signal of its own
 * ends pid 1. unused is closed in the init, -1: nothing.
 */
int init_fork(int report, int unused, struct err *err);

/* In the parent of the init: takes that status into *ret_status, if it is there; closes fd. */
void init_report(int fd, int *ret_status);

#endif
