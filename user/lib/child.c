// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/child.h"
#include "lib/fd.h"

/* What the forked process is to do. */
struct child_job {
	char *const *argv;
	int (*main)(void *ctx);
	void *ctx;
	const sigset_t *mask;
};

static void child_main(const struct child_job *job, int go, int failed)
{
	char byte;
	int code;

	/* End of file without a byte: the parent gave up, or died. */
	if (read(go, &byte, 1) != 1)
		_exit(125);
	sigprocmask(SIG_SETMASK, job->mask, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (job->main) {
		/* What it does is no exec that could fail: the parent waits for this end. */
		close(failed);
		close(go);
		code = job->main(job->ctx);
		fflush(NULL);
		_exit(code);
	}
	execvp(job->argv[0], job->argv);
	code = errno;
	fd_write_all(failed, &code, sizeof(code));
	_exit(code == ENOENT ? 127 : 126);
}

int child_fork(char *const *argv, int (*main)(void *ctx), void *ctx, const sigset_t *mask,
	struct err *err, struct child *ret)
{
	const struct child_job job = {argv, main, ctx, mask};
	auto_fd int go_in = -1, go_out = -1, failed_in = -1, failed_out = -1;
	int go[2], failed[2];
	pid_t pid;

	if (pipe2(go, O_CLOEXEC))
		return err_set(err, -errno, "make a pipe");
	go_in = go[0];
	go_out = go[1];
	if (pipe2(failed, O_CLOEXEC))
		return err_set(err, -errno, "make a pipe");
	failed_in = failed[0];
	failed_out = failed[1];
	/* Or the child would write it again. */
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return err_set(err, -errno, "fork");
	if (!pid) {
		close(go_out); /* or it would wait for itself */
		child_main(&job, go_in, failed_out);
	}
	*ret = (struct child){.pid = pid, .go = take_fd(&go_out), .failed = take_fd(&failed_in)};
	return 0;
}

int child_run(struct child *c, struct err *err)
{
	int code = 0, r = fd_write_all(c->go, "", 1);
	ssize_t n;

	fd_closep(&c->go);
	if (r)
		return err_set(err, r, "start the command");
	do
		n = read(c->failed, &code, sizeof(code));
	while (n < 0 && errno == EINTR);
	fd_closep(&c->failed);
	if (n != sizeof(code))
		return 0;
	waitpid(c->pid, &c->status, 0);
	c->ended = true;
	return -code;
}

void child_reap(struct child *c)
{
	if (!c->ended && waitpid(c->pid, &c->status, WNOHANG) == c->pid)
		c->ended = true;
}

void child_forward(const struct child *c, const struct signalfd_siginfo *si)
{
	if (!c->ended && si->ssi_code != SI_KERNEL)
		kill(c->pid, (int)si->ssi_signo);
}

void child_cancel(struct child *c)
{
	fd_closep(&c->go);
	fd_closep(&c->failed);
	if (!c->ended)
		waitpid(c->pid, &c->status, 0);
	c->ended = true;
}

int child_exit_status(const struct child *c)
{
	return WIFSIGNALED(c->status) ? 128 + WTERMSIG(c->status) : WEXITSTATUS(c->status);
}

/* --- thread ------------------------------------------------------------------------------ */

struct work {
	int (*fn)(void *ctx);
	void *ctx;
	int ret;
};

static void *work_main(void *arg)
{
	struct work *w = arg;

	w->ret = w->fn(w->ctx);
	return NULL;
}

int thread_run(int (*fn)(void *ctx), void *ctx)
{
	struct work w = {fn, ctx, 0};
	pthread_t t;
	int ret = pthread_create(&t, NULL, work_main, &w);

	if (ret)
		return -ret;
	pthread_join(t, NULL);
	return w.ret;
}
