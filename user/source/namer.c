// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/cgroup.h"
#include "lib/buf.h"
#include "lib/caps.h"
#include "source/cgroups.h"
#include "source/namer.h"

#define PATH_LEN 8192

/* Both ways: the id, and the path or the packed answer. */
struct letter {
	uint64_t id;
	char text[PATH_LEN > WHOSE_TEXT_MAX ? PATH_LEN : WHOSE_TEXT_MAX];
};

struct namer {
	pid_t pid;
	int fd;
};

/* --- the process that reads ------------------------------------------------------------------ */

/* No descriptor of the caller stays open in it: who waits for the end of one does not wait for it.
 */
static void descriptors_drop(int keep)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	dup2(keep, 3);
#ifdef SYS_close_range
	if (!syscall(SYS_close_range, 4, ~0U, 0))
		return;
#endif
	for (int fd = 4; fd < 1024; fd++)
		close(fd);
}

static void answer(const char *hierarchy, struct letter *l)
{
	auto_buf struct buf b = {0};

	cgroups_name(hierarchy, l->text, &b);
	memcpy(l->text, b.s, b.len);
	while (send(3, l, offsetof(struct letter, text) + b.len, MSG_NOSIGNAL) < 0 &&
		errno == EINTR)
		;
}

static void namer_main(int fd, pid_t parent)
{
	const char *hierarchy = cgroup_hierarchy_name(cgroup_hierarchy());
	struct letter l;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	descriptors_drop(fd);
	/* What it can't give up it may not keep. */
	if (caps_keep(CAP_BIT(CAP_DAC_READ_SEARCH), NULL))
		_exit(1);
	for (;;) {
		ssize_t n = recv(3, &l, sizeof(l) - 1, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= (ssize_t)offsetof(struct letter, text))
			_exit(0);
		((char *)&l)[n] = '\0';
		answer(hierarchy, &l);
	}
}

/* --- the caller ------------------------------------------------------------------------------ */

int namer_start(struct namer **ret, struct err *err)
{
	struct namer *n = calloc(1, sizeof(*n));
	pid_t parent = getpid();
	int way[2];

	if (!n)
		return err_set(err, -ENOMEM, "name containers");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, way)) {
		free(n);
		return err_set(err, -errno, "name containers");
	}
	n->pid = fork();
	if (!n->pid)
		namer_main(way[1], parent);
	close(way[1]);
	n->fd = way[0];
	if (n->pid < 0) {
		int r = -errno;

		close(n->fd);
		free(n);
		return err_set(err, r, "name containers");
	}
	*ret = n;
	return 0;
}

void namer_end(struct namer *n)
{
	if (!n)
		return;
	close(n->fd);
	/* It may sleep where no signal wakes it, then it is left. */
	kill(n->pid, SIGKILL);
	for (int i = 0; i < 50 && !waitpid(n->pid, NULL, WNOHANG); i++)
		usleep(1000);
	free(n);
}

int namer_fd(const struct namer *n)
{
	return n->fd;
}

int namer_ask(struct namer *n, uint64_t id, const char *path)
{
	struct letter l = {.id = id};
	size_t len = strlen(path);

	if (len >= PATH_LEN)
		return -ENAMETOOLONG;
	memcpy(l.text, path, len);
	if (send(n->fd, &l, offsetof(struct letter, text) + len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 0;
	return errno == EINTR ? -EAGAIN : -errno;
}

int namer_take(struct namer *n, namer_fn fn, void *ctx)
{
	int taken = 0;

	for (;;) {
		struct letter l;
		struct whose w;
		ssize_t len = recv(n->fd, &l, sizeof(l), MSG_DONTWAIT);
		int r;

		if (len <= (ssize_t)offsetof(struct letter, text))
			return taken;
		whose_unpack(l.text, (size_t)len - offsetof(struct letter, text), &w);
		r = fn(ctx, l.id, &w);
		if (r)
			return r;
		taken++;
	}
}
