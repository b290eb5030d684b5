// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fd.h"
#include "act/init.h"
#include "act/launch.h"

/* Takes everything that has ended; 1 if the program is among it. */
static int reap(pid_t program, int *ret_status)
{
	int status, ended = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != program)
			continue;
		*ret_status = status;
		ended = 1;
	}
	return ended;
}

static void __attribute__((noreturn)) serve(pid_t program, int report)
{
	sigset_t all;
	siginfo_t si;
	int status = 0;

	/*
	 * pid 1 gets only signals that it has a handler for, or blocks: sig_ignored() in
	 * kernel/signal.c.
	 */
	sigfillset(&all);
	for (;;) {
		if (sigwaitinfo(&all, &si) < 0)
			continue;
		if (si.si_signo == SIGCHLD) {
			if (reap(program, &status))
				break;
			continue;
		}
		/* The terminal's have reached the program, which is in the same process group. */
		if (si.si_code != SI_KERNEL)
			kill(program, si.si_signo);
	}
	fd_write_all(report, &status, sizeof(status));
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

int init_fork(int report, int unused, struct err *err)
{
	sigset_t all, mask;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &mask);
	pid = fork();
	if (pid > 0) {
		fd_closep(&unused);
		serve(pid, report);
	}
	if (pid < 0)
		return err_set(err, -errno, "fork");
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return 0;
}

void init_report(int fd, int *ret_status)
{
	int status;

	if (read(fd, &status, sizeof(status)) == sizeof(status))
		*ret_status = status;
	close(fd);
}
