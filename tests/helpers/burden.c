// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * burden.c - `burden WHAT N SECONDS`: what an unprivileged process can make long, and
 * nswatch may have to read: made first (then it says "ready"), then used so long. Says at
 * its end how often it did what makes somebody look.
 *
 * mounts   N bind mounts in an own mount namespace, then one mounted and unmounted
 * pins     the same of the file of a namespace
 * trees    the same, recursively, so that no call says what it mounts
 * cmdline  a command line of N bytes, then calls that are refused
 * fds      N descriptors, then setns(2) to one that is refused
 * devices  N network devices in an own net namespace, then one made and removed
 * nets     N net namespaces in use, then one made and left
 * many     N mount namespaces in use, then a bind mount in each in turn
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long n;
static double until;

static void die(const char *what)
{
	perror(what);
	exit(77);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

static void own(int flags)
{
	int uid = (int)getuid(), gid = (int)getgid();
	char map[64];

	if (unshare(CLONE_NEWUSER | flags))
		die("unshare");
	put("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %d 1", uid);
	put("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %d 1", gid);
	put("/proc/self/gid_map", map);
}

static void ready(double seconds)
{
	printf("ready\n");
	fflush(stdout);
	until = now() + seconds;
}

static long mounts(double seconds, int pins, unsigned long flags)
{
	const char *from = pins ? "/proc/self/ns/uts" : "/mnt/a", *to = "/mnt/b";
	long did = 0;

	own(CLONE_NEWNS | CLONE_NEWUTS);
	if (mount("x", "/mnt", "tmpfs", 0, NULL))
		die("mount a tmpfs");
	if (pins)
		close(open("/mnt/b", O_CREAT | O_RDWR, 0600));
	else if (mkdir("/mnt/a", 0700) || mkdir("/mnt/b", 0700))
		die("mkdir");
	for (long i = 0; i < n; i++)
		if (mount(from, to, NULL, MS_BIND, NULL))
			die("bind");
	ready(seconds);
	for (; now() < until; did++)
		if (mount(from, to, NULL, MS_BIND | flags, NULL) || umount2(to, MNT_DETACH))
			die("mount");
	return did;
}

static long refused(double seconds)
{
	int fd = open("/proc/1/ns/uts", O_RDONLY);
	long did = 0;

	if (fd < 0)
		fd = open("/proc/self/ns/uts", O_RDONLY);
	ready(seconds);
	for (; now() < until; did++) {
		setns(fd, CLONE_NEWUTS);
		unshare(CLONE_NEWUTS);
		usleep(1000);
	}
	return did;
}

#define ARG_ONE 100000 /* MAX_ARG_STRLEN is 131072 */
#define ARGS    64

/* The arguments are the burden: so it is run once more with them. */
static long cmdline(char **argv, double seconds)
{
	char *args[ARGS] = {argv[0], "refused", "0", argv[3]};
	char *big = malloc(ARG_ONE + 1);

	if (!n)
		return refused(seconds);
	memset(big, 'x', ARG_ONE);
	big[ARG_ONE] = '\0';
	for (long i = 0; i < n / ARG_ONE && i + 5 < ARGS; i++)
		args[4 + i] = big;
	execv("/proc/self/exe", args);
	die("exec");
	return 0;
}

static long fds(double seconds)
{
	struct rlimit r;

	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
	for (long i = 0; i < n; i++)
		if (open("/proc/self/ns/net", O_RDONLY) < 0)
			break;
	return refused(seconds);
}

static long devices(double seconds)
{
	long did = 0;
	FILE *ip;

	own(CLONE_NEWNET);
	ip = popen("ip -batch - >/dev/null", "w");
	if (!ip)
		die("ip");
	for (long i = 0; i < n; i++)
		fprintf(ip, "link add name t%ld type bridge\n", i);
	if (pclose(ip))
		die("ip");
	ready(seconds);
	/* One after the other: what waits in a pipe would go on for minutes. */
	for (; now() < until; did++) {
		ip = popen("ip -batch - >/dev/null", "w");
		if (!ip)
			die("ip");
		fprintf(ip, "link add name tt type bridge\nlink del tt\n");
		if (pclose(ip))
			die("ip");
	}
	return did;
}

/* Children that keep what they unshared until we end. */
static void keepers(int flags, int in, int out)
{
	for (long i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(flags))
			_exit(1);
		for (char c; in >= 0 && read(in, &c, 1) == 1;)
			if (mount("/mnt", "/mnt", NULL, MS_BIND, NULL) ||
				umount2("/mnt", MNT_DETACH) || write(out, &c, 1) != 1)
				_exit(1);
		pause();
		_exit(0);
	}
}

static long nets(double seconds)
{
	long did = 0;

	own(CLONE_NEWNET);
	keepers(CLONE_NEWNET, -1, -1);
	ready(seconds);
	for (; now() < until; did++)
		if (unshare(CLONE_NEWNET))
			die("unshare");
	return did;
}

static long many(double seconds)
{
	int to[2], from[2];
	long did = 0;
	char c = 'x';

	own(CLONE_NEWNS);
	if (pipe(to) || pipe(from) || mount("x", "/mnt", "tmpfs", 0, NULL))
		die("prepare");
	keepers(CLONE_NEWNS, to[0], from[1]);
	ready(seconds);
	for (; now() < until; did++)
		if (write(to[1], &c, 1) != 1 || read(from[0], &c, 1) != 1)
			die("a keeper");
	return did;
}

int main(int argc, char **argv)
{
	const char *what = argc > 3 ? argv[1] : "";
	double seconds = argc > 3 ? atof(argv[3]) : 0;
	long did;

	n = argc > 3 ? atol(argv[2]) : 0;
	if (!strcmp(what, "mounts") || !strcmp(what, "pins") || !strcmp(what, "trees"))
		did = mounts(seconds, *what == 'p', *what == 't' ? MS_REC : 0);
	else if (!strcmp(what, "cmdline") || !strcmp(what, "refused"))
		did = cmdline(argv, seconds);
	else if (!strcmp(what, "fds"))
		did = fds(seconds);
	else if (!strcmp(what, "devices"))
		did = devices(seconds);
	else if (!strcmp(what, "nets"))
		did = nets(seconds);
	else if (!strcmp(what, "many"))
		did = many(seconds);
	else
		return 2;
	printf("%ld\n", did);
	return 0;
}
