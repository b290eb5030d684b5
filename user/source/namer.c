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
#include "kernel/netnsfs.h"
#include "lib/buf.h"
#include "lib/caps.h"
#include "lib/clock.h"
#include "source/cgroups.h"
#include "source/namer.h"

#define PATH_LEN 8192

enum letter_of {
	OF_CGROUP, /* its path, or whose it is, packed */
	OF_NETS,   /* nothing, or names, each an inode number and a text with its NUL */
	OF_NETS_END,
};

/* Both ways. */
struct letter {
	uint64_t id; /* of the cgroup; how long it took, ns */
	uint32_t of; /* enum letter_of */
	uint32_t pad;
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

static void letter_send(const struct letter *l, size_t len)
{
	while (send(3, l, offsetof(struct letter, text) + len, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

static void answer(const char *hierarchy, struct letter *l)
{
	auto_buf struct buf b = {0};

	cgroups_name(hierarchy, l->text, &b);
	memcpy(l->text, b.s, b.len);
	letter_send(l, b.len);
}

static void answer_nets(struct letter *l)
{
	uint64_t began = clock_ns(CLOCK_MONOTONIC);
	auto_names struct netns_names names = {0};
	size_t len = 0;

	/* Without a directory there are none. */
	netns_names_read(&names, NULL);
	for (size_t i = 0; i < names.n; i++) {
		const struct netns_name *row = &names.rows[i];
		size_t size = strlen(netns_text(&names, row)) + 1;

		if (!row->inum)
			continue;
		if (len + sizeof(row->inum) + size > sizeof(l->text)) {
			letter_send(l, len);
			len = 0;
		}
		memcpy(l->text + len, &row->inum, sizeof(row->inum));
		memcpy(l->text + len + sizeof(row->inum), netns_text(&names, row), size);
		len += sizeof(row->inum) + size;
	}
	letter_send(l, len);
	l->of = OF_NETS_END;
	l->id = clock_ns(CLOCK_MONOTONIC) - began;
	letter_send(l, 0);
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
		if (n < (ssize_t)offsetof(struct letter, text))
			_exit(0);
		((char *)&l)[n] = '\0';
		if (l.of == OF_NETS)
			answer_nets(&l);
		else
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

static int namer_send(struct namer *n, const struct letter *l, size_t len)
{
	if (send(n->fd, l, offsetof(struct letter, text) + len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 0;
	return errno == EINTR ? -EAGAIN : -errno;
}

int namer_ask(struct namer *n, uint64_t id, const char *path)
{
	struct letter l = {.id = id, .of = OF_CGROUP};
	size_t len = strlen(path);

	if (len >= PATH_LEN)
		return -ENAMETOOLONG;
	memcpy(l.text, path, len);
	return namer_send(n, &l, len);
}

int namer_ask_nets(struct namer *n)
{
	static const struct letter l = {.of = OF_NETS};

	return namer_send(n, &l, 0);
}

static void nets_take(const char *text, size_t len, const struct namer_answers *to)
{
	uint32_t inum;

	while (len > sizeof(inum)) {
		const char *name = text + sizeof(inum);
		size_t size = strnlen(name, len - sizeof(inum));

		memcpy(&inum, text, sizeof(inum));
		if (sizeof(inum) + size == len)
			return;
		to->net(to->ctx, inum, name, size);
		text = name + size + 1;
		len -= sizeof(inum) + size + 1;
	}
}

void namer_take(struct namer *n, const struct namer_answers *to)
{
	struct letter l;
	struct whose w;

	for (;;) {
		ssize_t len = recv(n->fd, &l, sizeof(l), MSG_DONTWAIT);

		if (len < (ssize_t)offsetof(struct letter, text))
			return;
		len -= (ssize_t)offsetof(struct letter, text);
		if (l.of == OF_NETS && to->net) {
			nets_take(l.text, (size_t)len, to);
		} else if (l.of == OF_NETS_END && to->nets_end) {
			to->nets_end(to->ctx, l.id);
		} else if (l.of == OF_CGROUP && to->whose) {
			whose_unpack(l.text, (size_t)len, &w);
			to->whose(to->ctx, l.id, &w);
		}
	}
}
