// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * storm.c - `storm SECONDS [WORKERS]`: every worker forks children that unshare
 * a uts namespace and end, as fast as it can. Says how many it made: the
 * independent count of unshare events.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static long work(double until)
{
	volatile long n = 0; /* outlives vfork */

	while (now() < until) {
		pid_t pid = vfork();

		if (!pid)
			_exit(unshare(CLONE_NEWUTS) ? 1 : 0);
		if (pid > 0) {
			int status;

			waitpid(pid, &status, 0);
			n += status == 0;
		}
	}
	return n;
}

int main(int argc, char **argv)
{
	double until = now() + (argc > 1 ? atof(argv[1]) : 1);
	int workers = argc > 2 ? atoi(argv[2]) : 2;
	long *counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long all = 0;

	for (int i = 0; i < workers; i++)
		if (!fork()) {
			/* Who ends the storm before its time ends all of it. */
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			counts[i] = work(until);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	for (int i = 0; i < workers; i++)
		all += counts[i];
	printf("%ld\n", all);
	return 0;
}
