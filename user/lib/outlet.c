// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/outlet.h"
#include "lib/parse.h"

bool outlet_names_file(const char *to)
{
	return to && strcmp(to, "-") != 0 && strncmp(to, "fd:", 3) != 0;
}

/* The signals that end a command, which may be blocked until its loop takes them. */
static bool end_is_asked(void)
{
	sigset_t waits;

	return !sigpending(&waits) &&
	       (sigismember(&waits, SIGTERM) || sigismember(&waits, SIGINT) ||
		       sigismember(&waits, SIGHUP));
}

/* A named pipe that nobody reads yet is waited for. The descriptor, or -errno. */
static int file_open(const char *to)
{
	const struct timespec turn = {.tv_nsec = 20 * 1000 * 1000};
	auto_fd int fd = -1;
	struct stat st;
	int flags;

	while ((fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
			0600)) < 0) {
		int r = -errno;

		if (r != -ENXIO || stat(to, &st) || !S_ISFIFO(st.st_mode))
			return r;
		if (end_is_asked())
			return -EINTR;
		nanosleep(&turn, NULL);
	}
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK))
		return -errno;
	return take_fd(&fd);
}

static int outlet_fd(struct outlet *o, const char *to, struct err *err)
{
	uint64_t n;
	int fd;

	if (!to || !strcmp(to, "-")) {
		buf_puts(&o->name, "to standard output");
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
		return fd < 0 ? err_set(err, -errno, "write to standard output") : fd;
	}
	buf_puts(&o->name, to);
	if (!strncmp(to, "fd:", 3)) {
		if (parse_u64(to + 3, 0, INT32_MAX, &n))
			return err_say(
				err, -EINVAL, "%s: a number of a descriptor stands behind fd:", to);
		fd = fcntl((int)n, F_DUPFD_CLOEXEC, 3);
		return fd < 0 ? err_set(err, -errno, "use descriptor %s", to + 3) : fd;
	}
	o->file = true;
	fd = file_open(to);
	return fd < 0 ? err_set(err, fd, "open %s for writing", to) : fd;
}

int outlet_open(struct outlet *o, const char *to, struct err *err)
{
	*o = (struct outlet){.fd = -1};
	o->fd = outlet_fd(o, to, err);
	if (o->fd >= 0)
		return 0;
	buf_free(&o->name);
	return o->fd;
}

int outlet_reopen(struct outlet *o, struct err *err)
{
	auto_fd int fd = -1;
	struct stat st;

	if (!o->file)
		return 0;
	fd = open(o->name.s, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd < 0 || fstat(fd, &st))
		return err_set(err, -errno, "open %s for writing", o->name.s);
	close(o->fd);
	o->fd = take_fd(&fd);
	o->written = (uint64_t)st.st_size;
	return 0;
}

int outlet_rotate(struct outlet *o, unsigned int keep, struct err *err)
{
	auto_buf struct buf from = {0}, to = {0};

	if (!o->file)
		return 0;
	for (unsigned int i = keep; i; i--) {
		buf_reset(&from);
		buf_reset(&to);
		buf_printf(&to, "%s.%u", o->name.s, i);
		buf_puts(&from, o->name.s);
		if (i > 1)
			buf_printf(&from, ".%u", i - 1);
		if (rename(from.s, to.s) && errno != ENOENT)
			return err_set(err, -errno, "rename %s to %s", from.s, to.s);
	}
	return outlet_reopen(o, err);
}

bool outlet_is_terminal(const struct outlet *o)
{
	return isatty(o->fd);
}

static void outlet_keep(struct outlet *o, size_t written)
{
	memmove(o->buf.s, o->buf.s + written, o->buf.len - written);
	o->buf.len -= written;
	o->buf.s[o->buf.len] = '\0';
}

static int outlet_write(struct outlet *o, bool wait)
{
	ssize_t n;
	int r;

	if (wait) {
		r = fd_write_until(o->fd, o->buf.s, o->buf.len, o->stopped, o->stop_ctx);
		o->written += r ? 0 : o->buf.len;
		buf_reset(&o->buf);
		return r;
	}
	n = fd_write_now(o->fd, o->buf.s, o->buf.len);
	if (n > 0) {
		o->written += (uint64_t)n;
		outlet_keep(o, (size_t)n);
	}
	return n < 0 ? (int)n : 0;
}

static int outlet_put(struct outlet *o, bool wait, struct err *err)
{
	int r = 0;

	if (!o->failed && !o->gone && o->buf.len)
		r = outlet_write(o, wait);
	if (r == -EINTR)
		r = -EPIPE;
	if (r == -EPIPE)
		o->gone = true;
	else if (r)
		o->failed = r;
	if (!o->gone && !o->failed)
		return 0;
	buf_reset(&o->buf);
	return o->gone ? -EPIPE : err_set(err, o->failed, "write %s", o->name.s);
}

int outlet_flush(struct outlet *o, struct err *err)
{
	return outlet_put(o, !o->shared, err);
}

bool outlet_ready(const struct outlet *o)
{
	return !o->shared || o->buf.len < OUTLET_ROOM;
}

int outlet_close(struct outlet *o, struct err *err)
{
	int r = outlet_put(o, true, err);

	/* Some file systems tell only now that there is no space. */
	if (close(o->fd) && !r)
		r = err_set(err, -errno, "close %s", o->name.s);
	o->fd = -1;
	buf_free(&o->buf);
	buf_free(&o->name);
	return r;
}
