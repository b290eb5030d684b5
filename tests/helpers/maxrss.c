// SPDX-License-Identifier: GPL-2.0-or-later
/* maxrss FILE CMD [ARG...] - runs a command and writes into FILE how many KB it had at most. */
#include <err.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage use;
	int status;
	pid_t pid;
	FILE *f;

	if (argc < 3)
		errx(2, "usage: maxrss FILE CMD [ARG...]");
	/* A fork's pages would count: those of vfork are the command's own from its exec on. */
	pid = vfork();
	if (!pid) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &use) != pid)
		err(1, "%s", argv[2]);
	f = fopen(argv[1], "w");
	if (!f || fprintf(f, "%ld\n", use.ru_maxrss) < 0 || fclose(f))
		err(1, "%s", argv[1]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
