/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target.h - a process that is held from the first look on, so that everything
 * that is asked or entered later is its own, whoever has its pid by then.
 *
 * What holds it is a pidfd, and once a file of it was opened, a descriptor of its
 * directory in /proc: the inodes there are bound to the struct pid, not to the number
 * (proc_pid_make_inode() in fs/proc/base.c).
 *
 * All functions: 0 or -errno with err filled through step.h, unless said otherwise.
 */
#ifndef NSWATCH_ACT_TARGET_H
#define NSWATCH_ACT_TARGET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/buf.h"
#include "lib/err.h"

struct target {
	pid_t pid; /* of the process; where its leader has ended, a living thread of it is held */
	int pidfd; /* -1 where the kernel has none, or not of a thread */
	int proc;  /* O_PATH descriptor of /proc/PID, -1 until it is needed */
};

#define TARGET_NONE ((struct target){.pidfd = -1, .proc = -1})

/* "PID" or "PID:INODE", the inode being that of a pidfd, 0 if not given; 0 or -EINVAL. */
int target_parse(const char *s, pid_t *ret_pid, uint64_t *ret_inode);

/* inode: what its pidfd must have, 0: any. -ESRCH where that is another process. */
int target_hold(struct target *t, pid_t pid, uint64_t inode, struct err *err);
void target_close(struct target *t);
/* Also if it has not been reaped yet. */
bool target_ended(const struct target *t);

/* A descriptor of /proc/PID itself, which t keeps. */
int target_proc(struct target *t, struct err *err);
/* Opens a file of /proc/PID ("ns/net", "root"), close-on-exec; the descriptor or -errno. */
int target_open(struct target *t, const char *name, int flags, struct err *err);
/* Adds such a file's text to b. */
int target_text(struct target *t, const char *name, struct buf *b, struct err *err);
/* The net namespace of a socket of it. The descriptor or -errno. */
int target_socket_ns(struct target *t, int fd, struct err *err);

#endif
