// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * crowd.c - `crowd N FILE`: N processes that live at the same time, in a tree of three levels. Says
 * "living N" when all of them are there, and waits for a line. Then each writes its pid to FILE,
 * unshares a uts namespace and ends, one company after the other, so that the processor is not
 * fought for by all of them. Says "made" and how many succeeded; ends with 7 when all did.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMPANY 200

static volatile int *living, *made;
static int file;

static void member(int go)
{
	char line[16], c;
	int n;

	__atomic_fetch_add(living, 1, __ATOMIC_SEQ_CST);
	if (read(go, &c, 1) != 1)
		_exit(1);
	n = snprintf(line, sizeof(line), "%d\n", (int)getpid());
	if (write(file, line, (size_t)n) != n || unshare(CLONE_NEWUTS))
		_exit(1);
	__atomic_fetch_add(made, 1, __ATOMIC_SEQ_CST);
}

static pid_t child(void)
{
	pid_t pid = fork();

	if (pid < 0) {
		perror("crowd: fork");
		_exit(1);
	}
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/* The first of n: the others are its children. */
static void company(int go, int n)
{
	for (int i = 1; i < n; i++)
		if (!child()) {
			member(go);
			_exit(0);
		}
	member(go);
	while (wait(NULL) > 0)
		;
	_exit(0);
}

int main(int argc, char **argv)
{
	int n = argc == 3 ? atoi(argv[1]) : 0, *gone;
	int companies = (n + COMPANY - 1) / COMPANY, go[2], status;
	char c;

	file = argc == 3 ? open(argv[2], O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;
	if (n <= 0 || file < 0)
		return 2;
	living = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	gone = calloc((size_t)companies, sizeof(*gone));
	if (living == MAP_FAILED || !gone)
		return 2;
	made = living + 1;
	for (int i = 0; i < companies; i++) {
		if (pipe2(go, O_CLOEXEC))
			return 2;
		if (!child())
			company(go[0], n - i * COMPANY < COMPANY ? n - i * COMPANY : COMPANY);
		close(go[0]);
		gone[i] = go[1];
	}
	while (__atomic_load_n(living, __ATOMIC_SEQ_CST) < n) {
		if (waitpid(-1, &status, WNOHANG) > 0)
			return 1;
		usleep(1000);
	}
	printf("living %d\n", n);
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		;
	for (int i = 0; i < companies; i++) {
		for (int k = 0; k < COMPANY; k++)
			if (write(gone[i], "", 1) != 1)
				return 1;
		if (wait(&status) < 0 || status)
			return 1;
	}
	printf("made %d\n", *made);
	return *made == n ? 7 : 1;
}
