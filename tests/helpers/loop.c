// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * loop.c - `loop fork|getppid|unshare BATCHES SIZE`: so many times SIZE operations; the
 * median over the batches of what one operation took, in ns. For benchmarks:
 * the same loop with nswatch attached and without.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void op_fork(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
}

/* With a pause, so that those who trace the whole system keep up. */
static void op_unshare(void)
{
	if (unshare(CLONE_NEWUTS))
		_exit(77);
	usleep(500);
}

static void op_getppid(void)
{
	syscall(SYS_getppid);
}

static int less(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static const struct {
	const char *name;
	void (*op)(void);
} ops[] = {{"fork", op_fork}, {"getppid", op_getppid}, {"unshare", op_unshare}};

int main(int argc, char **argv)
{
	int batches = argc > 3 ? atoi(argv[2]) : 0, size = argc > 3 ? atoi(argv[3]) : 0;
	void (*op)(void) = NULL;
	double *took;

	for (size_t i = 0; argc > 1 && i < sizeof(ops) / sizeof(ops[0]); i++)
		if (!strcmp(argv[1], ops[i].name))
			op = ops[i].op;
	if (!op || batches < 1 || size < 1) {
		fprintf(stderr, "usage: loop fork|getppid|unshare BATCHES SIZE\n");
		return 2;
	}
	took = calloc((size_t)batches, sizeof(*took));
	for (int b = 0; b < batches; b++) {
		double begin = now();

		for (int i = 0; i < size; i++)
			op();
		took[b] = (now() - begin) / size;
	}
	qsort(took, (size_t)batches, sizeof(*took), less);
	printf("%.1f\n", took[batches / 2]);
	return 0;
}
