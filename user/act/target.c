// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/parse.h"
#include "snapshot/from_proc.h"
#include "why/step.h"
#include "act/target.h"

#ifndef SIOCGSKNS
#define SIOCGSKNS 0x894C
#endif
/* include/uapi/linux/pidfd.h and magic.h, from 6.9. */
#define PIDFD_THREAD_   O_EXCL
#define PID_FS_MAGIC_   0x50494446
#define TARGET_NAME_MAX 64

int target_parse(const char *s, pid_t *ret_pid, uint64_t *ret_inode)
{
	const char *colon = strchr(s, ':');
	size_t len = colon ? (size_t)(colon - s) : strlen(s);
	char number[16];
	uint64_t pid, inode = 0;

	if (len >= sizeof(number))
		return -EINVAL;
	memcpy(number, s, len);
	number[len] = '\0';
	if (parse_u64(number, 1, INT_MAX, &pid) ||
		(colon && parse_u64(colon + 1, 1, UINT64_MAX, &inode)))
		return -EINVAL;
	*ret_pid = (pid_t)pid;
	*ret_inode = inode;
	return 0;
}

/* A process, or from 6.9 a thread. */
static int pidfd_get(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0 && (errno == EINVAL || errno == ENOENT)) {
		int code = errno;

		fd = (int)syscall(SYS_pidfd_open, pid, PIDFD_THREAD_);
		if (fd < 0)
			errno = code;
	}
	return fd < 0 ? -errno : fd;
}

static int inode_check(int pidfd, pid_t pid, uint64_t inode, struct err *err)
{
	struct statfs fs;
	struct stat st;

	if (pidfd < 0 || fstatfs(pidfd, &fs) || fs.f_type != PID_FS_MAGIC_) {
		err_say(err, -EOPNOTSUPP, "this kernel does not number pidfds: it takes Linux 6.9");
		err_hint(err, "give the pid alone");
		return -EOPNOTSUPP;
	}
	if (fstat(pidfd, &st))
		return err_set(err, -errno, "stat of a pidfd");
	if (st.st_ino == inode)
		return 0;
	err_say(err, -ESRCH, "pid %d is another process now: its pidfd has inode %llu, not %llu",
		(int)pid, (unsigned long long)st.st_ino, (unsigned long long)inode);
	return -ESRCH;
}

/* A zombie is one, too: its number is not free yet. */
static bool is_there(int pidfd)
{
	return !syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) || errno == EPERM;
}

/*
 * The leader has ended while other threads live: one of these is held in its place, as
 * setns(2) and /proc give nothing of a task without namespaces.
 */
static int thread_hold(struct target *t, struct err *err)
{
	uint32_t tid = procfs_live_thread((uint32_t)t->pid);
	struct target thread = TARGET_NONE;
	char path[48];
	int r;

	if (!tid)
		return 0;
	thread.pid = t->pid;
	thread.pidfd = pidfd_get((pid_t)tid);
	snprintf(path, sizeof(path), "/proc/%d/task/%u", (int)t->pid, tid);
	thread.proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = thread.proc < 0 ? -errno : 0;
	if (thread.pidfd < 0)
		thread.pidfd = -1;
	/* The process is still the one that was held, so its thread was its own. */
	if (!r && t->pidfd >= 0 && !is_there(t->pidfd))
		r = -ESRCH;
	if (!r && thread.pidfd >= 0 && !is_there(thread.pidfd))
		r = -ESRCH;
	if (r) {
		target_close(&thread);
		return step_done(&STEP(OPEN, .what = path), r, err);
	}
	target_close(t);
	*t = thread;
	return 0;
}

int target_hold(struct target *t, pid_t pid, uint64_t inode, struct err *err)
{
	char number[16];
	struct step s = STEP(PIDFD, .what = number);
	int r;

	snprintf(number, sizeof(number), "%d", (int)pid);
	*t = TARGET_NONE;
	t->pid = pid;
	t->pidfd = pidfd_get(pid);
	r = step_done(&s, t->pidfd < 0 ? t->pidfd : 0, err);
	/* Without one (before 5.3, a thread before 6.9, a filter) the directory alone holds it. */
	if (r && r != -ESRCH && !inode) {
		t->pidfd = -1;
		r = target_proc(t, err);
	}
	if (!r && inode)
		r = inode_check(t->pidfd, pid, inode, err);
	if (!r)
		r = thread_hold(t, err);
	if (r)
		target_close(t);
	return r;
}

void target_close(struct target *t)
{
	fd_closep(&t->pidfd);
	fd_closep(&t->proc);
}

bool target_ended(const struct target *t)
{
	struct pollfd ended = {.fd = t->pidfd, .events = POLLIN};
	struct stat st;

	if (t->pidfd >= 0)
		return poll(&ended, 1, 0) > 0;
	return t->proc >= 0 && fstatat(t->proc, "stat", &st, 0) && errno == ESRCH;
}

int target_proc(struct target *t, struct err *err)
{
	char path[32];
	struct step s = STEP(OPEN, .what = path);
	struct stat st;
	int code = 0;

	if (t->proc >= 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d", (int)t->pid);
	t->proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* hidepid=invisible hides what is in the directory, hidepid=ptraceable the directory, too.
	 */
	if ((t->proc < 0 ? errno == ENOENT : fstatat(t->proc, "stat", &st, 0) && errno == ENOENT) &&
		t->pidfd >= 0 && is_there(t->pidfd)) {
		fd_closep(&t->proc);
		return procfs_absent((uint32_t)t->pid, err);
	}
	if (t->proc < 0)
		code = -errno;
	/* If the pidfd's process is still there, its number led to its own directory. */
	else if (t->pidfd >= 0 && !is_there(t->pidfd))
		code = -ESRCH;
	if (code)
		fd_closep(&t->proc);
	return step_done(&s, code, err);
}

int target_open(struct target *t, const char *name, int flags, struct err *err)
{
	char path[TARGET_NAME_MAX];
	struct step s = STEP(OPEN, .what = path);
	int r = target_proc(t, err), fd;

	if (r)
		return r;
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)t->pid, name);
	fd = openat(t->proc, name, flags | O_CLOEXEC);
	r = step_done(&s, fd < 0 ? -errno : 0, err);
	return r ? r : fd;
}

int target_text(struct target *t, const char *name, struct buf *b, struct err *err)
{
	auto_fd int fd = target_open(t, name, O_RDONLY, err);
	char part[4096];
	ssize_t n;

	if (fd < 0)
		return fd;
	while ((n = read(fd, part, sizeof(part))))
		if (n > 0)
			buf_add(b, part, (size_t)n);
		else if (errno != EINTR)
			return err_set(err, -errno, "read /proc/%d/%s", (int)t->pid, name);
	return 0;
}

int target_socket_ns(struct target *t, int fd, struct err *err)
{
	char what[48];
	struct step s = STEP(OPEN, .what = what);
	auto_fd int sock = -1;
	int ns = -1, code = 0;

	snprintf(what, sizeof(what), "socket %d of process %d", fd, (int)t->pid);
	if (t->pidfd < 0)
		return step_done(&s, -ENOSYS, err);
	sock = (int)syscall(SYS_pidfd_getfd, t->pidfd, fd, 0);
	if (sock >= 0)
		ns = ioctl(sock, SIOCGSKNS);
	if (ns < 0)
		code = -errno;
	/* SIOCGSKNS opens it close-on-exec: open_related_ns() in fs/nsfs.c. */
	code = step_done(&s, code, err);
	return code ? code : ns;
}
