// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spawn_many N [K [FLAGS]] - N sleeping processes, every K-th of them in its
 * own namespaces (FLAGS of u i n m C p U; default uinmC). K 0 or none: all in
 * the caller's. Prints "ready N M" (M of them with own namespaces) once all are
 * there, and ends them all when stdin reaches its end.
 */
#include <err.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	char letter;
	int flag;
} letters[] = {{'u', CLONE_NEWUTS}, {'i', CLONE_NEWIPC}, {'n', CLONE_NEWNET}, {'m', CLONE_NEWNS},
	{'C', CLONE_NEWCGROUP}, {'p', CLONE_NEWPID}, {'U', CLONE_NEWUSER}};

static unsigned long flags_of(const char *s)
{
	unsigned long ret = 0;

	for (; *s; s++) {
		size_t i = 0;

		while (i < sizeof(letters) / sizeof(letters[0]) && letters[i].letter != *s)
			i++;
		if (i == sizeof(letters) / sizeof(letters[0]))
			errx(2, "no such namespace letter: %c", *s);
		ret |= (unsigned long)letters[i].flag;
	}
	return ret;
}

static long number_of(const char *s)
{
	char *end;
	long ret = strtol(s, &end, 10);

	if (end == s || *end || ret < 0 || ret > 1000000)
		errx(2, "not a count: %s", s);
	return ret;
}

/* A bare clone: the child has its namespaces before the parent goes on. */
static pid_t spawn(unsigned long flags)
{
	pid_t pid = (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid)
		return pid;
	/* The death signal fails us only if the parent died before this line. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	long n = argc > 1 ? number_of(argv[1]) : 0, every = argc > 2 ? number_of(argv[2]) : 0;
	unsigned long flags = flags_of(argc > 3 ? argv[3] : "uinmC");
	long made = 0, own = 0;
	int status = 0;
	pid_t *pids;
	char c;

	if (argc < 2 || argc > 4)
		errx(2, "usage: spawn_many N [K [FLAGS]]");
	pids = calloc((size_t)n + 1, sizeof(*pids));
	if (!pids)
		err(1, "calloc");
	for (; made < n; made++) {
		int is_own = every && made % every == 0;

		pids[made] = spawn(is_own ? flags : 0);
		if (pids[made] < 0) {
			warn("clone of process %ld", made + 1);
			status = 1;
			break;
		}
		own += is_own;
	}
	if (!status) {
		printf("ready %ld %ld\n", made, own);
		fflush(stdout);
		while (read(STDIN_FILENO, &c, 1) > 0)
			;
	}
	for (long i = 0; i < made; i++)
		kill(pids[i], SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	return status;
}
