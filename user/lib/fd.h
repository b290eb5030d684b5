/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fd.h - scope-bound cleanup and whole reads and writes of file descriptors. */
#ifndef NSWATCH_LIB_FD_H
#define NSWATCH_LIB_FD_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static inline void fd_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static inline void fd_freep(void *p)
{
	free(*(void **)p);
	*(void **)p = NULL;
}

static inline void fd_fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
	*f = NULL;
}

static inline void fd_closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
	*d = NULL;
}

#define auto_fd   __attribute__((cleanup(fd_closep)))
#define auto_free __attribute__((cleanup(fd_freep)))
#define auto_file __attribute__((cleanup(fd_fclosep)))
#define auto_dir  __attribute__((cleanup(fd_closedirp)))

/* Hands an fd or pointer out of its scope: return take_fd(&fd); */
static inline int take_fd(int *fd)
{
	int ret = *fd;

	*fd = -1;
	return ret;
}

#define take_ptr(p)                                                                                \
	({                                                                                         \
		typeof(p) p_ = (p);                                                                \
		(p) = NULL;                                                                        \
		p_;                                                                                \
	})

/* Writes all of buf; 0 or -errno. EINTR is retried. */
int fd_write_all(int fd, const void *buf, size_t len);

/*
 * The same where whoever reads may make us wait: stopped (NULL: nobody) is asked
 * every 20 ms of waiting, and once it says yes, a reader that takes nothing for 100 ms is
 * given up with -EINTR.
 */
typedef bool (*fd_stopped)(void *ctx);
int fd_write_until(int fd, const void *buf, size_t len, fd_stopped stopped, void *ctx);

/* Writes as much as is taken without waiting: how many bytes, or -errno. */
ssize_t fd_write_now(int fd, const void *buf, size_t len);

/*
 * Writes a file anew: one beside it takes its name when it is whole and on the disk, so that a
 * reader finds the old text or the new one. 0 or -errno.
 */
int fd_replace_file(const char *path, mode_t mode, const void *text, size_t len);

/*
 * Reads a small file whole (procfs, sysfs) relative to dirfd into buf and ends
 * it by NUL; the length, or -errno (-E2BIG where it does not fit).
 */
ssize_t fd_read_file(int dirfd, const char *path, char *buf, size_t size);

#endif
