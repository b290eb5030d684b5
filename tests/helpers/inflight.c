// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inflight PATH - opens a file and sends it through a socket to a peer that does
 * not take it: it is open, but a descriptor of no process. Says "ready" then, and
 * ends with its standard input.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void send_fd(int to, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec io = {"", 1};
	struct msghdr msg = {.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	if (sendmsg(to, &msg, 0) != 1)
		err(1, "sendmsg");
}

int main(int argc, char **argv)
{
	int pair[2], fd = open(argc == 2 ? argv[1] : "", O_RDONLY | O_CLOEXEC);
	char c;

	if (fd < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		err(1, "inflight PATH");
	send_fd(pair[0], fd);
	close(fd);
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return 0;
}
