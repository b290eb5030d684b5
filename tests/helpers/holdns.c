// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * holdns.c - `holdns N`: makes N uts namespaces and keeps each by a descriptor alone, in as many
 * processes as that needs. Says "held N", waits for a line, lets them go and says "gone".
 *
 * The kernel limits the namespaces of a user (max_uts_namespaces): each process is another user,
 * with the capabilities of root.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define EACH      10000
#define FIRST_UID 3000000

/* One process: writes a byte when all are made, ends when told is closed. */
static void hold(int n, unsigned int uid, int ready, int told)
{
	struct rlimit files;
	char c = 1;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = EACH + 64;
	if (files.rlim_max < files.rlim_cur)
		files.rlim_max = files.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &files) || prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) ||
		seteuid(uid))
		err(77, "another user with many files");
	for (int i = 0; i < n; i++)
		if (unshare(CLONE_NEWUTS) || open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC) < 0)
			err(77, "namespace %d", i);
	if (write(ready, &c, 1) != 1 || read(told, &c, 1) < 0)
		err(1, "pipe");
	_exit(0);
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 0, processes = (n + EACH - 1) / EACH;
	int ready[2], told[2], status, bad = 0;
	char c;

	if (n <= 0 || pipe(ready) || pipe(told))
		errx(2, "holdns N");
	for (int i = 0; i < processes; i++) {
		int some = i + 1 < processes ? EACH : n - i * EACH;

		if (fork())
			continue;
		close(told[1]);
		hold(some, FIRST_UID + (unsigned int)i, ready[1], told[0]);
	}
	close(ready[1]);
	for (int i = 0; i < processes; i++)
		if (read(ready[0], &c, 1) != 1)
			return 77;
	printf("held %d\n", n);
	fflush(stdout);
	if (read(STDIN_FILENO, &c, 1) < 0)
		return 1;
	close(told[1]);
	while (wait(&status) > 0)
		bad |= status;
	puts("gone");
	return bad ? 1 : 0;
}
