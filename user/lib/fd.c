// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>

#include "lib/fd.h"

int fd_write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

#define ASK_MS   20
#define GRACE_MS 100

/* Until a write of up to PIPE_BUF bytes does not wait: 0, or -EINTR, or -errno. */
static int write_wait(int fd, fd_stopped stopped, void *ctx, int *left_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	for (;;) {
		int n = poll(&p, 1, ASK_MS);

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (!stopped(ctx))
			continue;
		if (*left_ms <= 0)
			return -EINTR;
		*left_ms -= ASK_MS;
	}
}

int fd_write_until(int fd, const void *buf, size_t len, fd_stopped stopped, void *ctx)
{
	int left_ms = GRACE_MS;
	const char *p = buf;
	struct stat st;

	if (!stopped || fstat(fd, &st) || S_ISREG(st.st_mode))
		return fd_write_all(fd, buf, len);
	while (len) {
		int r = write_wait(fd, stopped, ctx, &left_ms);
		ssize_t n;

		if (r)
			return r;
		n = write(fd, p, len < PIPE_BUF ? len : PIPE_BUF);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
			/* Slow is not stuck. */
			left_ms = GRACE_MS;
		}
	}
	return 0;
}

ssize_t fd_write_now(int fd, const void *buf, size_t len)
{
	const char *p = buf;
	size_t left = len;
	struct stat st;
	int r;

	if (!fstat(fd, &st) && S_ISREG(st.st_mode)) {
		r = fd_write_all(fd, buf, len);
		return r ? r : (ssize_t)len;
	}
	while (left) {
		struct pollfd can = {.fd = fd, .events = POLLOUT};
		ssize_t n;

		if (poll(&can, 1, 0) <= 0)
			break;
		/* So many at once do not wait where poll(2) says that something can be written. */
		n = write(fd, p, left < PIPE_BUF ? left : PIPE_BUF);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			break;
		if (n < 0)
			return -errno;
		p += n;
		left -= (size_t)n;
	}
	return (ssize_t)(len - left);
}

ssize_t fd_read_file(int dirfd, const char *path, char *buf, size_t size)
{
	auto_fd int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;

	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t n = read(fd, buf + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		len += (size_t)n;
		if (len == size)
			return -E2BIG;
	}
	buf[len] = '\0';
	return (ssize_t)len;
}

int fd_replace_file(const char *path, mode_t mode, const void *text, size_t len)
{
	char temp[PATH_MAX];
	auto_fd int fd = -1;
	int r = snprintf(temp, sizeof(temp), "%s.XXXXXX", path);

	if (r < 0 || (size_t)r >= sizeof(temp))
		return -ENAMETOOLONG;
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = fd_write_all(fd, text, len);
	if (!r && (fchmod(fd, mode) || fsync(fd) || rename(temp, path)))
		r = -errno;
	if (r)
		unlink(temp);
	return r;
}
