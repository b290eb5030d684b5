/* SPDX-License-Identifier: GPL-2.0-or-later */
/* feed.h - bytes through a pipe in pieces of a size, as an iterator's file gives them. */
#ifndef NSWATCH_TEST_FEED_H
#define NSWATCH_TEST_FEED_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/wait.h>
#include <unistd.h>

struct feed {
	int fd; /* to read from */
	pid_t pid;
};

static inline struct feed feed_begin(const void *data, size_t len, size_t piece)
{
	struct feed f;
	int p[2];

	assert_int_equal(pipe(p), 0);
	f.pid = fork();
	if (!f.pid) {
		close(p[0]);
		for (const char *s = data; len;) {
			size_t n = len < piece ? len : piece;

			if (write(p[1], s, n) != (ssize_t)n)
				_exit(1);
			s += n;
			len -= n;
		}
		_exit(0);
	}
	close(p[1]);
	f.fd = p[0];
	return f;
}

static inline void feed_end(const struct feed *f)
{
	int status;

	close(f->fd);
	waitpid(f->pid, &status, 0);
}

#endif
