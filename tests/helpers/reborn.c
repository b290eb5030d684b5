// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * reborn.c - `reborn ROUNDS`: in each round 20 uts namespaces, kept by descriptors alone, live for
 * 20 ms; then they end, and 20 ms later the kernel gives their numbers to those of the next round.
 * Says how many there were.
 */
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define EACH  20
#define LIVES 20000 /* us */

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 0, fds[EACH];
	int own = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);

	if (rounds <= 0 || own < 0)
		errx(2, "reborn ROUNDS");
	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < EACH; i++) {
			if (unshare(CLONE_NEWUTS))
				err(1, "unshare");
			fds[i] = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
			if (fds[i] < 0)
				err(1, "open");
		}
		if (setns(own, CLONE_NEWUTS))
			err(1, "setns");
		usleep(LIVES);
		for (int i = 0; i < EACH; i++)
			close(fds[i]);
		usleep(LIVES);
	}
	printf("%d\n", rounds * EACH);
	return 0;
}
