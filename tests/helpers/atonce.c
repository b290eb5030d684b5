// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * atonce.c - calls that are on at the same time, and calls that are made once more.
 *
 *	atonce unshare N	N threads call unshare(CLONE_NEWNET) together: they wait for one
 *				another in the kernel; says how many succeeded
 *	atonce restart N	clone(CLONE_NEWUTS) under a rain of signals with SA_RESTART, at most
 *N times: until the kernel has broken off five and made them once more, which shows nowhere but
 *where a handler returns to (x86-64)
 *	atonce stale		a clone with CLONE_NEWUTS that succeeds, a fork, then clones and a
 *				vfork that fail; says the errors
 *	atonce older		under a filter that lets all pass, clone(CLONE_VFORK |
 *CLONE_NEWUTS): the child says "waits" and waits for a line; then the parent, which has slept in
 *that call, says "over"
 */
#include <err.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static pthread_barrier_t begin;
static long made;
static volatile sig_atomic_t over;

static void *unshares(void *arg)
{
	pthread_barrier_wait(&begin);
	if (!unshare(CLONE_NEWNET))
		__sync_fetch_and_add(&made, 1);
	return arg;
}

static void do_unshare(int n)
{
	pthread_t *threads = calloc((size_t)n, sizeof(*threads));
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 << 10);
	pthread_barrier_init(&begin, NULL, (unsigned int)n);
	for (int i = 0; i < n; i++) {
		errno = pthread_create(&threads[i], &small, unshares, NULL);
		if (errno)
			err(77, "thread %d", i);
	}
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	printf("made %ld\n", made);
}

static void *rains(void *arg)
{
	while (!over)
		syscall(SYS_tgkill, getpid(), getpid(), SIGURG);
	return arg;
}

static volatile sig_atomic_t restarted;

/* It returns to the instruction of the call, with the call's number in place of a result. */
static void on_signal(int sig, siginfo_t *info, void *arg)
{
#ifdef __x86_64__
	const ucontext_t *uc = arg;
	const unsigned char *ip = (const unsigned char *)uc->uc_mcontext.gregs[REG_RIP];

	if (uc->uc_mcontext.gregs[REG_RAX] == SYS_clone && ip[0] == 0x0f && ip[1] == 0x05)
		restarted++;
#endif
	(void)sig;
	(void)info;
	(void)arg;
}

/* clone(2) itself; the child ends at once. 0, or an errno. */
static int clones(unsigned long flags)
{
	long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
	int status;

	if (!pid)
		_exit(0);
	if (pid < 0)
		return errno;
	while (waitpid((pid_t)pid, &status, 0) < 0 && errno == EINTR)
		;
	return 0;
}

static void do_restart(int n)
{
	struct sigaction sa = {.sa_sigaction = on_signal, .sa_flags = SA_RESTART | SA_SIGINFO};
	int failed = 0, done = 0;
	pthread_t rain;

	sigaction(SIGURG, &sa, NULL);
	if (pthread_create(&rain, NULL, rains, NULL))
		errx(1, "no thread");
	for (; done < n && restarted < 5; done++)
		failed += clones(CLONE_NEWUTS) != 0;
	over = 1;
	pthread_join(rain, NULL);
	printf("made %d\nfailed %d\nrestarted %d\n", done - failed, failed, (int)restarted);
}

static void do_stale(void)
{
	struct rlimit none = {0, 0};

	if (clones(CLONE_NEWUTS) || clones(0))
		errx(77, "no uts namespace");
	/* CLONE_SIGHAND without CLONE_VM: the kernel refuses it. */
	printf("plain %s\n", strerrorname_np(clones(CLONE_SIGHAND)));
	printf("again %s\n", strerrorname_np(clones(CLONE_SIGHAND)));
	/* No more processes, for a user who is not root. */
	if (clones(CLONE_NEWUTS) || setresuid(65534, 65534, 65534) ||
		setrlimit(RLIMIT_NPROC, &none))
		err(1, "no limit");
	printf("fork %s\n", strerrorname_np(clones(0)));
#ifdef SYS_vfork
	{
		pid_t pid = vfork();

		if (!pid)
			_exit(0);
		printf("vfork %s\n", pid < 0 ? strerrorname_np(errno) : "0");
	}
#endif
}

/* No sleep shows it better: a call that is on for as long as the test wants. */
static void do_older(void)
{
	struct sock_filter pass = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog prog = {1, &pass};
	char c;
	long pid;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
		err(77, "no seccomp");
	pid = syscall(SYS_clone, CLONE_VFORK | CLONE_NEWUTS | SIGCHLD, 0, 0, 0, 0);
	if (!pid) {
		printf("getpid %d\nwaits\n", getppid());
		fflush(stdout);
		_exit(read(STDIN_FILENO, &c, 1) < 0);
	}
	puts(pid > 0 ? "over" : "failed");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "unshare") && argc == 3)
		do_unshare(atoi(argv[2]));
	else if (!strcmp(what, "restart") && argc == 3)
		do_restart(atoi(argv[2]));
	else if (!strcmp(what, "stale"))
		do_stale();
	else if (!strcmp(what, "older"))
		do_older();
	else
		errx(2, "atonce unshare N|restart N|stale|older");
	return 0;
}
