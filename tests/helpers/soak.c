// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * soak.c - `soak SECONDS RATE LOG PLACE`: processes that unshare a random set of namespaces, some
 * of which bind and unbind one or leave a mount namespace or a loopback device behind, so
 * many a second in all. Every unshare is written to LOG: the pid, the flags as a number, and
 * the number of the new uts namespace, which is the log that nswatch is held against.
 * Says how many there were.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS 2

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* One process' life. */
static int act(unsigned int dice, int log, const char *place)
{
	int flags = CLONE_NEWUTS, len;
	struct stat st;
	char line[64];

	if (dice % 3 == 0)
		flags |= CLONE_NEWIPC;
	if (dice % 5 == 0)
		flags |= CLONE_NEWCGROUP;
	if (dice % 7 == 0)
		flags |= CLONE_NEWNS;
	if (dice % 97 == 0)
		flags |= CLONE_NEWNET; /* with its loopback device */
	if (unshare(flags) || stat("/proc/thread-self/ns/uts", &st))
		return 1;
	len = snprintf(
		line, sizeof(line), "%d %d %lu\n", (int)getpid(), flags, (unsigned long)st.st_ino);
	if (write(log, line, (size_t)len) != len)
		return 1;
	if (flags & CLONE_NEWNS) {
		if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
			mount("/proc/self/ns/uts", place, NULL, MS_BIND, NULL))
			return 1;
		if (dice % 2)
			umount2(place, MNT_DETACH);
	}
	return 0;
}

static long work(double until, double rate, int log, const char *place, unsigned int seed)
{
	double begin = now();
	long n = 0;

	while (now() < until) {
		unsigned int dice = (unsigned int)rand_r(&seed);
		pid_t pid = fork();
		int status;

		if (!pid)
			_exit(act(dice, log, place));
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			return -1;
		n++;
		while (now() < until && (double)n > (now() - begin) * rate)
			usleep(500);
	}
	return n;
}

int main(int argc, char **argv)
{
	double until = now() + (argc > 3 ? atof(argv[1]) : 0);
	int log = argc > 4 ? open(argv[3], O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
	int all = 0, status;
	int fds[2];
	long n, sum = 0;

	if (log < 0 || pipe(fds))
		return 2;
	for (int i = 0; i < WORKERS; i++)
		if (!fork()) {
			n = work(until, atof(argv[2]) / WORKERS, log, argv[4], (unsigned int)i + 1);
			_exit(n < 0 || write(fds[1], &n, sizeof(n)) != sizeof(n));
		}
	close(fds[1]);
	while (wait(&status) > 0)
		all |= status;
	while (read(fds[0], &n, sizeof(n)) == sizeof(n))
		sum += n;
	printf("%ld\n", sum);
	return all ? 1 : 0;
}
