// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nest.c user|pid [PROGRAM ARG...] - makes namespaces, one in the other, until the kernel
 * refuses; says "nest N ERRNO", and runs the program in the innermost one. Of pid
 * namespaces each has a process that waits for the one below and ends with its status.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	(void)!write(fd, text, strlen(text));
	close(fd);
}

static void go_on_in_child(void)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid)
		return;
	if (pid > 0)
		waitpid(pid, &status, 0);
	_exit(pid < 0 ? 3 : WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	int user = argc > 1 && !strcmp(argv[1], "user"), n = 0;

	while (!unshare(user ? CLONE_NEWUSER : CLONE_NEWPID)) {
		n++;
		if (!user) {
			go_on_in_child();
			continue;
		}
		put("/proc/self/uid_map", "0 0 1");
		put("/proc/self/setgroups", "deny");
		put("/proc/self/gid_map", "0 0 1");
	}
	printf("nest %d %s\n", n, strerrorname_np(errno));
	fflush(stdout);
	if (argc > 2)
		execvp(argv[2], argv + 2);
	return argc > 2 ? 127 : 0;
}
