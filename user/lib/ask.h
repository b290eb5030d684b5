/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ask.h - asks the kernel in a process of its own, where another process decides
 * whether an answer comes at all: a path that leads through a file system in user
 * space or on a network, memory of a process that such a file backs, a name
 * service. Who waits for one of these may not even be killed.
 *
 * An answer is waited for ASK_WAIT_MS. What comes later comes never: the process is killed
 * and left, and a new one is asked next time. After ASK_PATIENCE such questions within
 * 10 seconds no more are asked, so that the time they take is bounded.
 *
 * Each call returns -ETIMEDOUT where no answer came, else what the kernel said (-errno).
 * They may be called by several threads. Where a sandbox allows no such process, this one asks
 * the kernel itself.
 */
#ifndef NSWATCH_LIB_ASK_H
#define NSWATCH_LIB_ASK_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

#define ASK_WAIT_MS  500
#define ASK_PATIENCE 3

struct ask_stat {
	uint64_t dev, ino;
	uint32_t mode;
	uint32_t fs; /* f_type of statfs(2) */
};

/* Follows links. */
int ask_stat(const char *path, struct ask_stat *ret);
/* The text of a link, ended by NUL; its length or -errno. */
int ask_link(const char *path, char *ret, size_t size);
/* Adds what is read of the file, at most max bytes (64 KiB). */
int ask_read(const char *path, size_t max, struct buf *b);

/*
 * A file of nsfs, wherever it is mounted: CLONE_NEW* of its type (NS_GET_NSTYPE) and
 * its inode number. -EINVAL: it is no such file.
 */
int ask_ns(const char *path, uint32_t *ret_flag, uint32_t *ret_inum);
/* The same, open. */
int ask_ns_open(const char *path);

/* The name of a user, as getpwuid(3) has it; -ENOENT: there is none. */
int ask_user(uint32_t uid, char *ret, size_t size);
/* The user's home; -ENOENT: there is none, or no whole path. */
int ask_home(uint32_t uid, char *ret, size_t size);

/*
 * What another process reads of fd, which may be an iterator that looks into memory of
 * processes; it has keep and fd open like this one. A descriptor to read from, one at a time, or
 * -errno.
 */
int ask_stream(int fd, const int *keep, size_t nkeep);
/*
 * Waits for more of a descriptor. -ETIMEDOUT: it is that of ask_stream(), and the process that
 * reads has slept for ASK_WAIT_MS; one that is busy is waited for.
 */
int ask_stream_wait(int fd);
void ask_stream_end(void);

/* How many got no answer, or were not asked any more. */
size_t ask_unanswered(void);

/* Ends the processes that were asked. The next question starts another one. */
void ask_end(void);

#endif
