// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/ask.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/util.h"

#define DATA_MAX    65536
#define PATIENCE_NS 10000000000ULL
#define FDS_MAX     4096 /* closed one by one where the kernel has no close_range (5.9) */

enum op { OP_STAT, OP_LINK, OP_READ, OP_NS, OP_NS_OPEN, OP_USER, OP_HOME };

struct question {
	uint32_t op, max, uid;
	char path[4200];
};

struct answer {
	int32_t ret; /* -errno, or the length of the data */
	struct ask_stat st;
	uint32_t flag;
};

/* One for paths, and one that runs the code of the name service. */
struct asked {
	pid_t pid; /* 0: none */
	pid_t of;  /* whose child it is: one that was forked meanwhile has none */
	int sock;
};

static struct {
	pthread_mutex_t lock;
	struct asked path, user, stream; /* stream.sock: the end of a pipe that its caller closes */
	uint64_t late_ns[ASK_PATIENCE];  /* when the last of them got no answer */
	size_t nlate, unanswered;
	char *data;
} self = {.lock = PTHREAD_MUTEX_INITIALIZER, .path.sock = -1, .user.sock = -1, .stream.sock = -1};

/* --- the process that is asked; it calls the kernel only, but for a user's name --- */

static int do_stat(const char *path, struct ask_stat *ret)
{
	struct statfs fs;
	struct stat st;

	if (stat(path, &st) || statfs(path, &fs))
		return -errno;
	*ret = (struct ask_stat){st.st_dev, st.st_ino, st.st_mode, (uint32_t)fs.f_type};
	return 0;
}

/* By a descriptor that does nothing yet: opening a device may. */
static int do_ns(const char *path, struct answer *a)
{
	auto_fd int at = open(path, O_PATH | O_CLOEXEC);
	auto_fd int fd = -1;
	char again[32];
	struct statfs fs;
	struct stat st;
	int flag;

	if (at < 0 || fstatfs(at, &fs))
		return -errno;
	if (fs.f_type != NSFS_MAGIC)
		return -EINVAL;
	snprintf(again, sizeof(again), "/proc/self/fd/%d", at);
	fd = open(again, O_RDONLY | O_CLOEXEC);
	flag = fd < 0 ? -1 : ioctl(fd, NS_GET_NSTYPE);
	if (flag < 0 || fstat(fd, &st))
		return -errno;
	a->flag = (uint32_t)flag;
	a->st.ino = st.st_ino;
	return take_fd(&fd);
}

static int do_read(const char *path, size_t max, char *data)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while (len < max && (n = read(fd, data + len, max - len)))
		if (n > 0)
			len += (size_t)n;
		else if (errno != EINTR)
			return -errno;
	return (int)len;
}

static int do_user(uint32_t uid, bool home, char *data)
{
	const struct passwd *pw;
	const char *text;

	errno = 0;
	pw = getpwuid(uid);
	text = !pw ? "" : home ? pw->pw_dir : pw->pw_name;
	if (!*text || strlen(text) >= DATA_MAX)
		return errno ? -errno : -ENOENT;
	return snprintf(data, DATA_MAX, "%s", text);
}

static void answer_send(const struct answer *a, const char *data, int fd)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec iov[] = {
		{(void *)a, sizeof(*a)}, {(void *)data, a->ret > 0 ? (size_t)a->ret : 0}};
	struct msghdr m = {.msg_iov = iov, .msg_iovlen = 2};

	if (fd >= 0) {
		m.msg_control = control.bytes;
		m.msg_controllen = sizeof(control.bytes);
		control.head = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	}
	while (sendmsg(STDIN_FILENO, &m, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

/* The descriptor that goes with the answer, or -1. */
static int answer_make(const struct question *q, struct answer *a, char *data)
{
	int fd = -1;
	ssize_t n;

	switch ((enum op)q->op) {
	case OP_STAT:
		a->ret = do_stat(q->path, &a->st);
		break;
	case OP_LINK:
		n = readlink(q->path, data, DATA_MAX - 1);
		a->ret = n < 0 ? -errno : (int)n;
		break;
	case OP_READ:
		a->ret = do_read(q->path, q->max, data);
		break;
	case OP_NS:
	case OP_NS_OPEN:
		fd = do_ns(q->path, a);
		a->ret = fd < 0 ? fd : 0;
		if (q->op == OP_NS)
			fd_closep(&fd);
		break;
	case OP_USER:
	case OP_HOME:
		a->ret = do_user(q->uid, q->op == OP_HOME, data);
		break;
	}
	return fd < 0 ? -1 : fd;
}

static void answer_one(const struct question *q, char *data)
{
	struct answer a = {0};
	auto_fd int fd = answer_make(q, &a, data);

	answer_send(&a, data, fd);
}

/* Of all that the asking process has open only the socket stays: nobody waits for its other files.
 */
static void files_close(int sock)
{
	dup2(sock, STDIN_FILENO);
	if (!syscall(SYS_close_range, 1U, ~0U, 0U))
		return;
	for (int fd = 1; fd < FDS_MAX; fd++)
		close(fd);
}

/* parent: its death ends this process too; 0: it is one of several threads, which may end before.
 */
static void asked_main(int sock, pid_t parent, char *data)
{
	struct question q;
	sigset_t all;
	ssize_t n;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	if (parent && (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent))
		_exit(0);
	files_close(sock);
	while ((n = read(STDIN_FILENO, &q, sizeof(q))) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			answer_one(&q, data);
	_exit(0);
}

/* --- asking --- */

/* Killed, because it answers no more: it is not waited for, for that may take for ever. */
static void asked_leave(struct asked *a)
{
	if (a->pid)
		kill(a->pid, SIGKILL);
	fd_closep(&a->sock);
	if (a->pid)
		waitpid(a->pid, NULL, __WALL | WNOHANG);
	a->pid = 0;
}

static int asked_start(struct asked *a)
{
	pid_t own = getpid(), parent = syscall(SYS_gettid) == own ? own : 0;
	int sock[2];
	long pid;

	if (a->pid && a->of == own)
		return 0;
	fd_closep(&a->sock);
	if (!self.data)
		self.data = malloc(DATA_MAX);
	if (!self.data)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock))
		return -errno;
	/*
	 * Without a signal at its end, which would be taken for that of a command. Not by
	 * fork(3), whose handlers may want what another thread holds.
	 */
	pid = syscall(SYS_clone, 0UL, 0UL, 0UL, 0UL, 0UL);
	if (!pid)
		asked_main(sock[1], parent, self.data);
	if (pid < 0) {
		int r = -errno;

		close(sock[0]);
		close(sock[1]);
		return r;
	}
	close(sock[1]);
	*a = (struct asked){(pid_t)pid, own, sock[0]};
	return 0;
}

static bool patience_is_over(void)
{
	uint64_t oldest = self.late_ns[self.nlate % ASK_PATIENCE];

	return self.nlate >= ASK_PATIENCE && clock_ns(CLOCK_MONOTONIC) - oldest < PATIENCE_NS;
}

static int answer_wait(const struct asked *a)
{
	uint64_t until = clock_ns(CLOCK_MONOTONIC) + ASK_WAIT_MS * 1000000ULL, now;
	struct pollfd p = {.fd = a->sock, .events = POLLIN};
	int n;

	do {
		now = clock_ns(CLOCK_MONOTONIC);
		n = now < until ? poll(&p, 1, (int)((until - now) / 1000000) + 1) : 0;
	} while (n < 0 && errno == EINTR);
	return n > 0 ? 0 : n < 0 ? -errno : -ETIMEDOUT;
}

static int answer_take(const struct asked *a, struct answer *ret, int *ret_fd)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov[] = {{ret, sizeof(*ret)}, {self.data, DATA_MAX}};
	struct msghdr m = {.msg_iov = iov,
		.msg_iovlen = 2,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes)};
	ssize_t n = recvmsg(a->sock, &m, MSG_CMSG_CLOEXEC);
	const struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;

	if (n < (ssize_t)sizeof(*ret))
		return -ECHILD; /* it was killed */
	*ret_fd = -1;
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(c), sizeof(*ret_fd));
	return 0;
}

static int ask_locked(struct asked *who, const struct question *q, struct answer *ret, int *ret_fd)
{
	size_t size = offsetof(struct question, path) + strlen(q->path) + 1;
	int r = 0;

	if (patience_is_over()) {
		self.unanswered++;
		return -ETIMEDOUT;
	}
	/* A sandbox that lets no process begin, or no socket: then this one asks. */
	if (asked_start(who)) {
		*ret = (struct answer){.ret = -ENOMEM};
		if (self.data)
			*ret_fd = answer_make(q, ret, self.data);
		return 0;
	}
	if (send(who->sock, q, size, MSG_NOSIGNAL) < 0)
		r = -errno;
	if (!r)
		r = answer_wait(who);
	if (!r)
		r = answer_take(who, ret, ret_fd);
	if (!r)
		return 0;
	asked_leave(who);
	if (r == -ETIMEDOUT) {
		self.late_ns[self.nlate++ % ASK_PATIENCE] = clock_ns(CLOCK_MONOTONIC);
		self.unanswered++;
	}
	return r;
}

/* The data of the answer goes to data, of that size, or to b; both may be NULL. */
static int ask(const struct question *q, struct answer *a, int *ret_fd, char *data, size_t size,
	struct buf *b)
{
	struct asked *who = q->op == OP_USER || q->op == OP_HOME ? &self.user : &self.path;
	int fd = -1, r;

	pthread_mutex_lock(&self.lock);
	r = ask_locked(who, q, a, &fd);
	if (!r && a->ret >= 0 && data)
		snprintf(data, size, "%.*s", a->ret, self.data);
	if (!r && a->ret > 0 && b)
		buf_add(b, self.data, (size_t)a->ret);
	pthread_mutex_unlock(&self.lock);
	if (ret_fd)
		*ret_fd = fd;
	else
		fd_closep(&fd);
	return r ? r : a->ret;
}

static int question_path(struct question *q, enum op op, const char *path)
{
	q->op = (uint32_t)op;
	q->max = q->uid = 0;
	if ((size_t)snprintf(q->path, sizeof(q->path), "%s", path) >= sizeof(q->path))
		return -ENAMETOOLONG;
	return 0;
}

int ask_stat(const char *path, struct ask_stat *ret)
{
	struct question q;
	struct answer a;
	int r = question_path(&q, OP_STAT, path);

	if (!r)
		r = ask(&q, &a, NULL, NULL, 0, NULL);
	if (!r)
		*ret = a.st;
	return r;
}

int ask_link(const char *path, char *ret, size_t size)
{
	struct question q;
	struct answer a;
	int r = question_path(&q, OP_LINK, path);

	if (!r)
		r = ask(&q, &a, NULL, ret, size, NULL);
	return r < 0 ? r : (int)strlen(ret);
}

int ask_read(const char *path, size_t max, struct buf *b)
{
	struct question q;
	struct answer a;
	int r = question_path(&q, OP_READ, path);

	q.max = max < DATA_MAX ? (uint32_t)max : DATA_MAX;
	if (!r)
		r = ask(&q, &a, NULL, NULL, 0, b);
	return r < 0 ? r : 0;
}

int ask_ns(const char *path, uint32_t *ret_flag, uint32_t *ret_inum)
{
	struct question q;
	struct answer a;
	int r = question_path(&q, OP_NS, path);

	if (!r)
		r = ask(&q, &a, NULL, NULL, 0, NULL);
	if (r)
		return r;
	*ret_flag = a.flag;
	*ret_inum = (uint32_t)a.st.ino;
	return 0;
}

int ask_ns_open(const char *path)
{
	struct question q;
	struct answer a;
	int fd = -1, r = question_path(&q, OP_NS_OPEN, path);

	if (!r)
		r = ask(&q, &a, &fd, NULL, 0, NULL);
	if (!r && fd < 0)
		r = -EMFILE; /* no descriptor was free for it */
	return r ? r : fd;
}

int ask_user(uint32_t uid, char *ret, size_t size)
{
	struct question q = {.op = OP_USER, .uid = uid};
	struct answer a;
	int r = ask(&q, &a, NULL, ret, size, NULL);

	return r < 0 ? r : 0;
}

int ask_home(uint32_t uid, char *ret, size_t size)
{
	struct question q = {.op = OP_HOME, .uid = uid};
	struct answer a;
	int r = ask(&q, &a, NULL, ret, size, NULL);

	if (r < 0)
		return r;
	return *ret == '/' && (size_t)r < size ? 0 : -ENOENT;
}

/* --- streams --- */

/* All but those, which are in order. */
static void files_keep(const int *keep, size_t n)
{
	unsigned int from = 0;

	for (size_t i = 0; i < n; i++) {
		if (keep[i] < 0 || (unsigned int)keep[i] < from)
			continue;
		if ((unsigned int)keep[i] > from)
			syscall(SYS_close_range, from, (unsigned int)keep[i] - 1, 0U);
		from = (unsigned int)keep[i] + 1;
	}
	syscall(SYS_close_range, from, ~0U, 0U);
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void stream_main(int fd, int to, const int *keep, size_t n, char *data)
{
	sigset_t all;
	ssize_t len;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	files_keep(keep, n);
	/* EAGAIN of an iterator: it passed over very many without finding one to tell. */
	while ((len = read(fd, data, DATA_MAX)))
		if (len < 0 ? errno != EINTR && errno != EAGAIN
			    : fd_write_all(to, data, (size_t)len))
			break;
	_exit(len ? 1 : 0);
}

int ask_stream(int fd, const int *keep, size_t nkeep)
{
	int list[16], way[2];
	size_t n = 0;
	long pid;

	ask_stream_end();
	if (!self.data)
		self.data = malloc(DATA_MAX);
	if (!self.data || nkeep + 2 > ARRAY_SIZE(list))
		return -ENOMEM;
	if (pipe2(way, O_CLOEXEC))
		return -errno;
	for (; n < nkeep; n++)
		list[n] = keep[n];
	list[n++] = fd;
	list[n++] = way[1];
	qsort(list, n, sizeof(list[0]), by_number);
	pid = syscall(SYS_clone, 0UL, 0UL, 0UL, 0UL, 0UL);
	if (!pid)
		stream_main(fd, way[1], list, n, self.data);
	close(way[1]);
	if (pid < 0) {
		close(way[0]);
		return -errno;
	}
	self.stream = (struct asked){(pid_t)pid, getpid(), way[0]};
	return way[0];
}

/* Neither running nor ready to run. */
static bool sleeps(pid_t pid)
{
	char path[32], text[512], *p;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (fd_read_file(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return false;
	p = strrchr(text, ')');
	return p && p[1] == ' ' && (p[2] == 'S' || p[2] == 'D');
}

#define STREAM_LOOK_MS 50

int ask_stream_wait(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int slept = 0, n;

	if (!self.stream.pid || fd != self.stream.sock)
		return 0;
	for (;;) {
		n = poll(&p, 1, STREAM_LOOK_MS);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		slept = !n && sleeps(self.stream.pid) ? slept + STREAM_LOOK_MS : 0;
		if (slept >= ASK_WAIT_MS) {
			self.unanswered++;
			return -ETIMEDOUT;
		}
	}
}

void ask_stream_end(void)
{
	struct asked *a = &self.stream;

	/* One that sleeps for ever in the kernel is not waited for. */
	if (a->pid && a->of == getpid()) {
		kill(a->pid, SIGKILL);
		for (int i = 0; i < 100 && !waitpid(a->pid, NULL, __WALL | WNOHANG); i++)
			poll(NULL, 0, sleeps(a->pid) ? 1 : 0);
	}
	*a = (struct asked){.sock = -1};
}

size_t ask_unanswered(void)
{
	return self.unanswered;
}

static void asked_end(struct asked *a)
{
	pid_t pid = a->of == getpid() ? a->pid : 0;

	fd_closep(&a->sock);
	a->pid = 0;
	if (pid)
		kill(pid, SIGKILL);
	while (pid && waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		;
}

__attribute__((destructor)) void ask_end(void)
{
	ask_stream_end();
	asked_end(&self.path);
	asked_end(&self.user);
}
