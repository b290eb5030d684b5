// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/looker.h"

/* Each look is preceded by its length. */
static void looker_main(int fd, looker_fn fn, void *ctx)
{
	char what;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(fd, &what, 1) == 1) {
		auto_buf struct buf b = {0};
		uint32_t len;

		fn(ctx, what, &b);
		len = b.len > LOOKER_MAX ? 0 : (uint32_t)b.len;
		if (fd_write_all(fd, &len, sizeof(len)) || (len && fd_write_all(fd, b.s, len)))
			break;
	}
	_exit(0);
}

int looker_start(struct looker *l, looker_fn fn, void *ctx, struct err *err)
{
	int pair[2];

	*l = (struct looker){.fd = -1};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return err_set(err, -errno, "make a socket");
	l->pid = fork();
	if (l->pid < 0) {
		close(pair[0]);
		close(pair[1]);
		return err_set(err, -errno, "fork");
	}
	if (!l->pid) {
		/* Programs of the trace are not to live on by descriptors of this process. */
		dup2(pair[1], 3);
		close_range(4, ~0U, 0);
		looker_main(3, fn, ctx);
	}
	close(pair[1]);
	l->fd = pair[0];
	fcntl(l->fd, F_SETFL, O_NONBLOCK);
	return 0;
}

void looker_end(struct looker *l)
{
	if (l->pid > 0) {
		fd_closep(&l->fd);
		kill(l->pid, SIGKILL);
		while (waitpid(l->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	buf_free(&l->next);
	*l = (struct looker){.fd = -1};
}

void looker_ask(struct looker *l, char what)
{
	if (l->asked_ns || l->fd < 0)
		return;
	if (write(l->fd, &what, 1) != 1) {
		fd_closep(&l->fd);
		return;
	}
	buf_reset(&l->next);
	l->asked_ns = clock_ns(CLOCK_MONOTONIC);
}

bool looker_take(struct looker *l, struct buf *ret)
{
	char part[16384];
	uint32_t len;
	ssize_t n;

	while (l->fd >= 0 && (n = read(l->fd, part, sizeof(part))) != -1) {
		if (!n || l->next.len > LOOKER_MAX)
			fd_closep(&l->fd);
		else
			buf_add(&l->next, part, (size_t)n);
	}
	if (l->next.len < sizeof(len))
		return false;
	memcpy(&len, l->next.s, sizeof(len));
	if (l->next.len < sizeof(len) + len)
		return false;
	buf_reset(ret);
	buf_add(ret, l->next.s + sizeof(len), len);
	buf_reset(&l->next);
	l->asked_ns = 0;
	return true;
}
