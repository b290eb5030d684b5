/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * launch.h - from being in the right namespaces to the program running: what
 * create and enter have in common. Order of use:
 *
 *	launch_fork()       where a child is to run the program
 *	launch_chroot(), launch_chdir(), launch_ids(), launch_keep_caps(), launch_env_*()
 *	launch_tie()        the child, if it is to die with its parent
 *	launch_exec()       the program; in the parent launch_wait()
 *
 * All functions: 0 or -errno with err filled through step.h, unless said otherwise.
 * Every descriptor made here is close-on-exec: the program gets what nswatch got.
 */
#ifndef NSWATCH_ACT_LAUNCH_H
#define NSWATCH_ACT_LAUNCH_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/err.h"

/* --- the child --- */

enum launch_signals {
	LAUNCH_AS_IS,    /* signals end the waiting parent as they always would */
	LAUNCH_HOLD,     /* SIGINT and SIGTERM are blocked while it waits: unshare(1) */
	LAUNCH_PASS,     /* SIGINT and SIGTERM are passed on to the child: --forward-signals */
	LAUNCH_PASS_ALL, /* and all others that can be */
};

struct launch_how {
	enum launch_signals signals;
	int kill_child;  /* signal that the child gets when the parent dies, 0: none */
	bool stop_along; /* stop and go on when the child does: nsenter(1) */
};

struct launch {
	struct launch_how how;
	pid_t pid;     /* of the child; in the child 0 */
	int parent_fd; /* in the child, with kill_child: pidfd of the parent, else -1 */
	sigset_t mask; /* that the program is to have */
};

/*
 * First of all. SIGCHLD becomes the default, which waiting needs and the peers do to their
 * programs, too. A standard descriptor that is closed is held until the program runs, so
 * that none of ours gets its number and is written to as stderr.
 */
void launch_init(void);

/*
 * Forks. 0 in both; ret->pid tells them apart. The child has the caller's signal
 * mask again.
 */
int launch_fork(const struct launch_how *how, struct launch *ret, struct err *err);

/*
 * The same for a child that needs nothing of the parent until it runs the program: it
 * shares the parent's memory, which stands still meanwhile, as after vfork(2). That saves
 * copying page tables and most page faults. fn's value is its exit status where it
 * returns; it may not change what the parent will use. Not for a new time namespace:
 * copy_process() in kernel/fork.c refuses that, or (later) lets the child in only with exec.
 * Signals are blocked in the child until launch_tie().
 */
typedef int (*launch_fn)(struct launch *l, void *ctx);
int launch_spawn(
	const struct launch_how *how, launch_fn fn, void *ctx, struct launch *ret, struct err *err);

/*
 * In the child, last of all: gives it the program's signal mask and, with kill_child, asks
 * for the signal at its parent's death. After launch_ids(), because a change of
 * credentials forgets it (commit_creds() in kernel/cred.c). -ESRCH if the parent is dead
 * already.
 */
int launch_tie(struct launch *l, struct err *err);

/* Waits for the child's end: 0 with its wait(2) status, or -errno. */
int launch_wait(struct launch *l, int *ret_status, struct err *err);

/*
 * What to exit with for a wait(2) status. If it ended by a signal, so does the caller,
 * as a shell expects of a wrapper; 1 where the signal does not end it.
 */
int launch_exit_status(const struct launch *l, int status);

/* --- what the program starts with --- */

/* An O_PATH descriptor of a directory, to change to later whatever its path is then. */
int launch_open_dir(int dirfd, const char *path, struct err *err);
/* what: how messages call it. chroot leaves the working directory at the new root. */
int launch_chroot(int fd, const char *what, struct err *err);
int launch_chdir(int fd, const char *what, struct err *err);

struct launch_ids {
	bool set_uid, set_gid;
	bool drop_groups; /* setgroups(0) before setgid */
	uint32_t uid, gid;
};

int launch_ids(const struct launch_ids *ids, struct err *err);

/* Permitted capabilities become inheritable and ambient, so that exec keeps them. */
int launch_keep_caps(struct err *err);

/*
 * The environment becomes the variables of these names that are set now; count 0: it
 * becomes empty. 0 or -ENOMEM.
 */
int launch_env_keep(char *const *names, size_t count);
/* It becomes the text of /proc/PID/environ: NUL-ended entries; those without '=' are dropped. */
int launch_env_set(const char *text, size_t len);

/* --- the program --- */

enum {
	LAUNCH_EXIT_EXEC = 126,  /* found, but it can't be run */
	LAUNCH_EXIT_NOENT = 127, /* not found */
};

/*
 * Runs argv, found by PATH as it is now. With NULL or without a word a login shell:
 * $SHELL, the shell of the user's passwd entry, or /bin/sh. Returns only where that failed:
 * one of the statuses above, with err filled.
 */
int launch_exec(char *const *argv, struct err *err);

/* A signal by name ("TERM", "SIGTERM", "RTMIN+1") or number; 0 or -EINVAL. */
int launch_signal_parse(const char *s, int *ret);

#endif
