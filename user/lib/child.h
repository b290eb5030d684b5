/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * child.h - a command that is forked early, runs late and is watched: `trace --
 * CMD` starts it only when every hook is attached.
 */
#ifndef NSWATCH_LIB_CHILD_H
#define NSWATCH_LIB_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/types.h>

#include "lib/err.h"

struct child {
	pid_t pid;
	int go;     /* write end: one byte lets it run */
	int failed; /* read end: errno of an exec that failed, end of file when it ran */
	bool ended;
	int status; /* as wait(2) gives it */
};

/*
 * Forks a process that waits and then runs the program argv, or, where main is not NULL, main(ctx),
 * whose result is its status. mask is the signal mask that it is to have. 0 or -errno.
 */
int child_fork(char *const *argv, int (*main)(void *ctx), void *ctx, const sigset_t *mask,
	struct err *err, struct child *ret);

/* Lets it run; -errno of its exec where that failed (it has ended then). */
int child_run(struct child *c, struct err *err);

/* Takes its status if it has ended: c->ended. */
void child_reap(struct child *c);

/*
 * Hands a signal on. What the terminal sent has reached the command by itself:
 * it is in the same process group.
 */
void child_forward(const struct child *c, const struct signalfd_siginfo *si);

/* Ends one that was never let run. */
void child_cancel(struct child *c);

/* The status a shell would give: the code, or 128 and the signal. */
int child_exit_status(const struct child *c);

/* --- thread ------------------------------------------------------------------------------ */

/* Work in a thread of its own, which ends with the work. */

/*
 * Runs fn(ctx) in a new thread and waits for it: fn's return, or -errno where there was
 * no thread to be had. The namespaces that fn enters are those of its thread alone, so
 * the caller stays where it is, also where the kernel would refuse to let it come back
 * (a net namespace whose owner is above the caller's user namespace: netns_install() in
 * net/core/net_namespace.c asks for CAP_SYS_ADMIN in both). Paths, descriptors and memory
 * are shared with the caller.
 */
int thread_run(int (*fn)(void *ctx), void *ctx);

#endif
