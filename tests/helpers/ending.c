// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ending.c - `ending SIGNAL COMMAND [ARGUMENT...]`: runs COMMAND, passes on what it says on
 * standard error, sends it SIGNAL (a number) once a line comes in, and tells how long that took, in
 * milliseconds: "said" until its last word, "ended" until its end, each without the time in which
 * it or this program was ready to run and had no processor; "waited" is that time. "status" as a
 * shell has it comes last.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* Documentation/scheduler/sched-stats.rst: time on a processor, time that it waited for one, in ns.
 */
static double waited_by(pid_t pid)
{
	unsigned long long ran, waited = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	f = fopen(path, "re");
	if (f && fscanf(f, "%llu %llu", &ran, &waited) != 2)
		waited = 0;
	if (f)
		fclose(f);
	return (double)waited / 1e6;
}

static double waited(pid_t pid)
{
	return waited_by(pid) + waited_by(getpid());
}

/* False: nobody will say any more. */
static bool pass_on(int from)
{
	char text[4096];
	ssize_t n = read(from, text, sizeof(text));

	return n > 0 && write(STDOUT_FILENO, text, (size_t)n) == n;
}

int main(int argc, char **argv)
{
	double begin = 0, said = 0, ended, had = 0;
	struct pollfd p[3];
	int pipe_to[2], null, status = 0;
	pid_t pid;

	if (argc < 3 || pipe2(pipe_to, O_CLOEXEC))
		return 2;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid = fork();
	if (!pid) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(pipe_to[1], STDERR_FILENO);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	close(pipe_to[1]);
	p[0] = (struct pollfd){.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
	p[1] = (struct pollfd){.fd = pipe_to[0], .events = POLLIN};
	p[2] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
	if (pid < 0 || p[0].fd < 0)
		return 2;
	do {
		if (poll(p, 3, -1) < 0 && errno != EINTR)
			return 2;
		if (p[1].revents) {
			if (pass_on(p[1].fd))
				said = begin ? now() - begin - (waited(pid) - had) : 0;
			else
				p[1].fd = -1;
		}
		if (p[2].revents) {
			p[2].fd = -1;
			had = waited(pid);
			begin = now();
			kill(pid, atoi(argv[1]));
		}
	} while (!p[0].revents);
	ended = begin ? now() - begin : 0;
	had = waited(pid) - had; /* before it is reaped */
	waitpid(pid, &status, 0);
	/* Both may have waited at once: what is subtracted can be more than what passed. */
	if (ended < had)
		ended = had;
	printf("said %.0f\nended %.0f\nwaited %.0f\n", said > 0 ? said : 0, ended - had, had);
	printf("status %d\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	return 0;
}
