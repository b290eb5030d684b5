// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nsact.c - does what its arguments say, one after the other, and reports what
 * the kernel says of it, as "key value" lines: facts for tests that do not come
 * from nswatch.
 *
 *	unshare TYPES		unshare(2): "uts,ipc"; also a number
 *	setns PATH TYPES	setns(2) on an open of PATH; TYPES may be 0
 *	setnspid PID TYPES	setns(2) on a pidfd
 *	clone TYPES VERBS...	clone(2) with these flags; the child does the rest, the parent waits
 *	clone3 TYPES VERBS...
 *	fork VERBS...		fork(2); the child does the rest, the parent waits
 *	tryfork tryvfork tryclone tryclone3	a child that ends at once; says errno
 *	threads N		N threads that sleep for ever
 *	children N		N children that sleep for ever
 *	ns			inums of all namespaces of this process, pid, tid
 *	owner			owner user namespaces (NS_GET_USERNS)
 *	say WORD  wait		prints a line; waits for a line
 *	exec PROG ARGS...
 *	exit CODE  kill SIG
 *	--			ends the verbs of a child: the parent goes on behind it
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *name;
	uint64_t flag;
} types[] = {{"mnt", CLONE_NEWNS}, {"uts", CLONE_NEWUTS}, {"ipc", CLONE_NEWIPC},
	{"user", CLONE_NEWUSER}, {"pid", CLONE_NEWPID}, {"net", CLONE_NEWNET},
	{"cgroup", CLONE_NEWCGROUP}, {"time", CLONE_NEWTIME}, {"pid_for_children", 0},
	{"time_for_children", 0}};

static uint64_t flags_of(const char *s)
{
	char *copy = strdup(s);
	uint64_t flags = 0;

	if (*s >= '0' && *s <= '9')
		return strtoull(s, NULL, 0);
	for (char *t = strtok(copy, ","); t; t = strtok(NULL, ",")) {
		size_t i = 0;

		while (i < 8 && strcmp(types[i].name, t))
			i++;
		if (i == 8) {
			fprintf(stderr, "nsact: no type %s\n", t);
			exit(2);
		}
		flags |= types[i].flag;
	}
	free(copy);
	return flags;
}

static void result(const char *what, long r)
{
	printf("%s %s\n", what, r < 0 ? strerrorname_np(errno) : "0");
	fflush(stdout);
}

static void say_ns(void)
{
	char path[64];
	struct stat st;

	printf("pid %d\n", getpid());
	printf("tid %ld\n", syscall(SYS_gettid));
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		/* /proc may be another pid namespace's: thread-self is whoever asks there. */
		snprintf(path, sizeof(path), "/proc/thread-self/ns/%s", types[i].name);
		if (!stat(path, &st))
			printf("%s %lu\n", types[i].name, (unsigned long)st.st_ino);
	}
	fflush(stdout);
}

static void say_owner(void)
{
	char path[64];
	struct stat st;

	for (size_t i = 0; i < 8; i++) {
		int fd, user;

		snprintf(path, sizeof(path), "/proc/thread-self/ns/%s", types[i].name);
		fd = open(path, O_RDONLY);
		user = fd < 0 ? -1 : ioctl(fd, NS_GET_USERNS);
		if (user >= 0 && !fstat(user, &st))
			printf("owner_%s %lu\n", types[i].name, (unsigned long)st.st_ino);
		if (fd >= 0)
			close(fd);
		if (user >= 0)
			close(user);
	}
	fflush(stdout);
}

static void *sleeper(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static long raw_clone(uint64_t flags, int three)
{
	struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};

	if (three)
		return syscall(SYS_clone3, &args, sizeof(args));
	return syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

static void wait_child(pid_t pid)
{
	int status = 0;

	printf("child %d\n", pid);
	fflush(stdout);
	waitpid(pid, &status, 0);
	printf("status %d\n", status);
	fflush(stdout);
}

/* The verbs behind those of a child. */
static char **behind(char **v)
{
	for (int depth = 1; *v; v++) {
		if (!strcmp(*v, "fork") || !strcmp(*v, "clone") || !strcmp(*v, "clone3"))
			depth++;
		if (!strcmp(*v, "--") && !--depth)
			return v + 1;
	}
	return v;
}

static void try_fork(const char *verb)
{
	long pid;

	if (!strcmp(verb, "tryfork"))
		pid = syscall(SYS_fork);
	else if (!strcmp(verb, "tryvfork"))
		pid = vfork();
	else
		pid = raw_clone(0, !strcmp(verb, "tryclone3"));
	if (!pid)
		_exit(0);
	result(verb, pid);
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void do_setns(char *path, char *flags)
{
	int fd = *path >= '0' && *path <= '9' ? atoi(path) : open(path, O_RDONLY);

	result("setns", setns(fd, flags_of(flags)));
}

static char **do_child(char **v)
{
	int plain = !strcmp(v[0], "fork");
	char **rest = v + (plain ? 1 : 2);
	long pid = plain ? fork() : raw_clone(flags_of(v[1]), !strcmp(v[0], "clone3"));

	if (!pid)
		return rest;
	if (pid < 0)
		result(v[0], pid);
	else
		wait_child(pid);
	return behind(rest);
}

static void do_many(const char *verb, int n)
{
	pthread_t t;

	for (int i = 0; i < n; i++) {
		if (!strcmp(verb, "threads"))
			pthread_create(&t, NULL, sleeper, NULL);
		else if (!fork())
			sleeper(NULL);
	}
}

static int verb_is(char **v, const char *name, int args)
{
	if (strcmp(v[0], name))
		return 0;
	for (int i = 1; i <= args; i++)
		if (!v[i]) {
			fprintf(stderr, "nsact: %s takes %d arguments\n", name, args);
			exit(2);
		}
	return 1;
}

static char **act(char **v)
{
	char line[64];

	if (verb_is(v, "unshare", 1)) {
		result("unshare", syscall(SYS_unshare, flags_of(v[1])));
		return v + 2;
	}
	if (verb_is(v, "setns", 2)) {
		do_setns(v[1], v[2]);
		return v + 3;
	}
	if (verb_is(v, "setnspid", 2)) {
		int fd = (int)syscall(SYS_pidfd_open, atoi(v[1]), 0);

		result("setns", setns(fd, flags_of(v[2])));
		return v + 3;
	}
	if (verb_is(v, "fork", 0) || verb_is(v, "clone", 1) || verb_is(v, "clone3", 1))
		return do_child(v);
	if (!strncmp(v[0], "try", 3)) {
		try_fork(v[0]);
		return v + 1;
	}
	if (verb_is(v, "threads", 1) || verb_is(v, "children", 1)) {
		do_many(v[0], atoi(v[1]));
		return v + 2;
	}
	if (verb_is(v, "ns", 0))
		return say_ns(), v + 1;
	if (verb_is(v, "owner", 0))
		return say_owner(), v + 1;
	if (verb_is(v, "say", 1)) {
		puts(v[1]);
		fflush(stdout);
		return v + 2;
	}
	if (verb_is(v, "wait", 0)) {
		if (!fgets(line, sizeof(line), stdin))
			exit(3);
		return v + 1;
	}
	if (verb_is(v, "exec", 1)) {
		execvp(v[1], v + 1);
		result("exec", -1);
		exit(127);
	}
	if (verb_is(v, "exit", 1))
		exit(atoi(v[1]));
	if (verb_is(v, "kill", 1)) {
		kill(getpid(), atoi(v[1]));
		pause();
	}
	if (verb_is(v, "--", 0))
		exit(0); /* the end of a child's verbs */
	fprintf(stderr, "nsact: no verb %s\n", v[0]);
	exit(2);
}

int main(int, char **argv)
{
	char **v = argv + 1;

	while (*v)
		v = act(v);
	return 0;
}
