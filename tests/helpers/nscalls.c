// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nscalls.c SEED CALLS - makes some CALLS calls that have to do with namespaces, drawn
 * by SEED: unshare, setns (by nsfs, pidfd, directory, anything), clone, clone3, fork,
 * vfork, exec, by threads too, with signals that make the kernel restart them, and in
 * processes that are killed meanwhile. tests/compare/run.sh has them watched by nswatch
 * and strace at once.
 *
 * What only the caller can say of itself goes to the descriptor FACTS, a line each, and
 * comes from /proc, not from the calls:
 *	b TID PARENT K NSPID NSSET	a thread was born by the K-th attempt of the thread PARENT
 *	s TID NSSET		its namespaces after an unshare or setns
 *	x TID NSSET		after an exec
 * NSSET is ten inode numbers, in the order of names[]; 0 where there is none.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define FACTS 9
#define DEPTH 3

static const char *const names[] = {"mnt", "uts", "ipc", "user", "pid", "net", "cgroup", "time",
	"pid_for_children", "time_for_children"};
#define SLOTS (sizeof(names) / sizeof(names[0]))
#define TYPES 8

static const unsigned int flag_of[TYPES] = {CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER,
	CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP, CLONE_NEWTIME};

/* Of the thread: a child by fork begins with its parent's. */
static __thread uint64_t rng;
static __thread unsigned int tid;  /* as the initial pid namespace numbers it */
static __thread unsigned int made; /* attempts to make a child or thread */
static int home[TYPES];            /* descriptors of the namespaces in the beginning */
static int top_pidfd, dir_fd, null_fd;
static const char *self;

static unsigned int draw(unsigned int below)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (unsigned int)(rng >> 33) % below;
}

/* "PID/task/TID": of the procfs that was mounted in the beginning. */
static unsigned int thread_id(void)
{
	char path[64] = "";
	const char *last;

	if (readlink("/proc/thread-self", path, sizeof(path) - 1) < 0)
		_exit(9);
	last = strrchr(path, '/');
	return (unsigned int)atoi(last ? last + 1 : "0");
}

/* One write: lines of several threads do not mix. */
static void tell(char what, const char *more)
{
	char line[512], path[64];
	int n = snprintf(line, sizeof(line), "%c %u%s", what, tid, more);
	struct stat st;

	for (size_t i = 0; i < SLOTS; i++) {
		snprintf(path, sizeof(path), "/proc/thread-self/ns/%s", names[i]);
		n += snprintf(line + n, sizeof(line) - (size_t)n, " %lu",
			stat(path, &st) ? 0UL : (unsigned long)st.st_ino);
	}
	line[n++] = '\n';
	if (write(FACTS, line, (size_t)n) != n)
		_exit(9);
}

static void born(unsigned int parent, unsigned int attempt)
{
	char more[64];

	tid = thread_id();
	made = 0;
	snprintf(more, sizeof(more), " %u %u %d", parent, attempt, getpid());
	tell('b', more);
}

/* Copies of mounts and net namespaces cost the most: they are drawn less often. */
static unsigned int draw_type(void)
{
	static const unsigned char often[] = {1, 1, 1, 1, 2, 2, 3, 4, 4, 6, 6, 7, 0};

	return draw(300) ? often[draw(sizeof(often))] : 5;
}

static unsigned int draw_flags(void)
{
	unsigned int flags = flag_of[draw_type()];

	while (!draw(3))
		flags |= flag_of[draw_type()];
	return flags;
}

static void do_unshare(void)
{
	static const unsigned int odd[] = {0, 1, CLONE_FS, CLONE_FILES, CLONE_SYSVSEM, CLONE_VM,
		CLONE_THREAD, CLONE_SIGHAND, CLONE_NEWUTS | 1, CLONE_PARENT};

	syscall(SYS_unshare, draw(4) ? draw_flags() : odd[draw(sizeof(odd) / sizeof(odd[0]))]);
	tell('s', "");
}

static void do_setns(void)
{
	unsigned int type = draw_type(), nstype = draw(2) ? flag_of[type] : 0;
	char path[64];
	int fd;

	if (!draw(8))
		nstype = draw_flags();
	switch (draw(10)) {
	case 0:
		syscall(SYS_setns, draw(2) ? top_pidfd : null_fd, nstype);
		break;
	case 1:
		syscall(SYS_setns, top_pidfd, draw_flags());
		break;
	case 2:
		syscall(SYS_setns, dir_fd, nstype);
		break;
	case 3:
		syscall(SYS_setns, draw(2) ? -1 : 900, nstype);
		break;
	case 4:
		fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
		syscall(SYS_setns, fd, flag_of[type]);
		close(fd);
		break;
	case 5:
	case 6:
		snprintf(path, sizeof(path), "/proc/thread-self/ns/%s", names[type]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		syscall(SYS_setns, fd, nstype);
		if (fd >= 0)
			close(fd);
		break;
	default:
		syscall(SYS_setns, home[type], nstype);
	}
	tell('s', "");
}

static void acts(unsigned int n, unsigned int depth);

/* Beside other threads a child by a raw clone may have been born with the C library's locks held:
 * it makes neither threads nor children. */
static volatile int threads;

static _Noreturn void child(unsigned int parent, unsigned int attempt, unsigned int depth)
{
	born(parent, attempt);
	acts(draw(6), depth + 1);
	_exit(0);
}

static void await(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static long raw_clone(uint64_t flags, int three)
{
	struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};

	if (three)
		return syscall(SYS_clone3, &args, sizeof(args));
	return syscall(SYS_clone, (unsigned long)flags | SIGCHLD, 0, 0, 0, 0);
}

static void do_clone(unsigned int depth)
{
	uint64_t flags = draw(6) ? draw_flags() : 0;
	unsigned int parent = tid, attempt = made++;
	long pid;

	if (!draw(8)) /* refused: it would share handlers without memory */
		flags |= CLONE_SIGHAND;
	if (!draw(12))
		flags |= CLONE_FS; /* refused beside CLONE_NEWNS */
	pid = raw_clone(flags, (int)draw(2));
	if (!pid)
		child(parent, attempt, threads ? DEPTH : depth);
	if (pid > 0)
		await((pid_t)pid);
}

static void run_self(unsigned int calls, unsigned int depth)
{
	char words[4][32];
	char *argv[] = {(char *)self, "go", words[0], words[1], words[2], words[3], NULL};

	snprintf(words[0], sizeof(words[0]), "%llu", (unsigned long long)rng);
	snprintf(words[1], sizeof(words[1]), "%u", calls);
	snprintf(words[2], sizeof(words[2]), "%u", depth);
	snprintf(words[3], sizeof(words[3]), "%u", made);
	execve(argv[0], argv, environ);
}

static void do_fork(unsigned int depth)
{
	unsigned int parent = tid, attempt = made++, how = draw(4);
	pid_t pid = how == 1 ? vfork() : fork();

	if (!pid && how != 1)
		threads = 0;
	if (!pid && how == 1) { /* in the parent's memory, which is mended below */
		born(parent, attempt);
		run_self(0, depth);
		_exit(0);
	}
	if (!pid && how == 2) {
		born(parent, attempt);
		if (!draw(4))
			execve("/nonexistent", (char *[]){"nonexistent", NULL}, environ);
		run_self(draw(4), depth + 1);
		_exit(0);
	}
	if (!pid)
		child(parent, attempt, depth);
	tid = parent;
	made = attempt + 1;
	if (pid > 0)
		await(pid);
}

struct start {
	uint64_t rng;
	unsigned int parent, attempt, depth;
};

static void *thread_main(void *arg)
{
	struct start *s = arg;

	rng = s->rng;
	born(s->parent, s->attempt);
	acts(1 + draw(4), s->depth + 1);
	return NULL;
}

static int thread_start(struct start *s, pthread_t *ret, void *(*run)(void *), unsigned int depth)
{
	*s = (struct start){rng ^ 0x9e3779b97f4a7c15U, tid, made++, depth};
	__atomic_add_fetch(&threads, 1, __ATOMIC_SEQ_CST);
	if (!pthread_create(ret, NULL, run, s))
		return 0;
	__atomic_sub_fetch(&threads, 1, __ATOMIC_SEQ_CST);
	return -1;
}

static void thread_await(pthread_t t)
{
	pthread_join(t, NULL);
	__atomic_sub_fetch(&threads, 1, __ATOMIC_SEQ_CST);
}

/* The other one acts at the same time. */
static void do_thread(unsigned int depth)
{
	struct start s;
	pthread_t t;

	if (thread_start(&s, &t, thread_main, depth))
		return;
	acts(1 + draw(3), depth + 1);
	thread_await(t);
}

/* Signals that come while calls run: a clone that has begun is restarted. No more than these,
 * so that the slowest machine gets on. */
static volatile int alarms;

static void alarm_again(int)
{
	struct itimerval soon = {.it_value.tv_usec = 40};

	if (alarms-- > 0)
		setitimer(ITIMER_REAL, &soon, NULL);
}

static void do_signals(void)
{
	struct itimerval soon = {.it_value.tv_usec = 40};

	alarms = 20;
	setitimer(ITIMER_REAL, &soon, NULL);
	for (int i = 0; i < 4; i++)
		draw(2) ? do_clone(DEPTH) : do_fork(DEPTH);
	alarms = 0;
}

static pid_t pestered;

static void *pester(void *arg)
{
	struct start *s = arg;

	born(s->parent, s->attempt);
	for (int i = 0; i < 40; i++) {
		syscall(SYS_tgkill, getpid(), pestered, SIGUSR1);
		usleep(20);
	}
	return NULL;
}

static void do_pestered(void)
{
	struct start s;
	pthread_t t;

	pestered = (pid_t)syscall(SYS_gettid);
	if (thread_start(&s, &t, pester, 0))
		return;
	for (int i = 0; i < 3; i++)
		do_clone(DEPTH);
	thread_await(t);
}

/* Ends in the midst of whatever it does; as pid 1 it takes its children along. */
static void do_kill(void)
{
	unsigned int parent = tid, attempt = made++;
	long pid = raw_clone(draw(2) ? CLONE_NEWPID : 0, (int)draw(2));

	if (!pid) {
		born(parent, attempt);
		parent = tid;
		attempt = made++;
		if (!raw_clone(0, 0))
			born(parent, attempt);
		for (int i = 0; i < 40; i++)
			switch (draw(3)) {
			case 0:
				do_unshare();
				break;
			case 1:
				do_setns();
				break;
			default:
				parent = tid;
				attempt = made++;
				pid = raw_clone(draw_flags() & ~CLONE_NEWPID, 0);
				if (!pid) {
					born(parent, attempt);
					_exit(0);
				}
			}
		_exit(0);
	}
	usleep(draw(3000));
	if (pid > 0) {
		kill((pid_t)pid, SIGKILL);
		await((pid_t)pid);
	}
}

static void act(unsigned int depth)
{
	unsigned int what = draw(100);

	if (what < 35)
		do_unshare();
	else if (what < 65)
		do_setns();
	else if (depth >= DEPTH)
		do_unshare();
	else if (what < 80)
		do_clone(depth);
	else if (what < 90)
		do_fork(depth);
	else if (what < 95)
		do_thread(depth);
	else if (what < 96)
		do_signals();
	else if (what < 98)
		do_pestered();
	else
		do_kill();
}

static void acts(unsigned int n, unsigned int depth)
{
	for (unsigned int i = 0; i < n; i++)
		act(depth);
}

static void on_signal(int)
{
}

static void signals_set(void)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	sigaction(SIGUSR1, &sa, NULL);
	sa.sa_handler = alarm_again;
	sigaction(SIGALRM, &sa, NULL);
}

/* Descriptors that setns is tried with; they stay open over an exec, at the same numbers. */
static void home_open(void)
{
	char path[64];

	for (size_t i = 0; i < TYPES; i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		home[i] = open(path, O_RDONLY);
		if (home[i] >= 0 && dup2(home[i], 20 + (int)i) < 0)
			exit(3);
		home[i] = 20 + (int)i;
	}
	dup2((int)syscall(SYS_pidfd_open, getpid(), 0), 30);
	dup2(open("/proc/self", O_RDONLY | O_DIRECTORY), 31);
	dup2(open("/dev/null", O_RDONLY), 32);
}

static void home_known(void)
{
	for (int i = 0; i < TYPES; i++)
		home[i] = 20 + i;
	top_pidfd = 30;
	dir_fd = 31;
	null_fd = 32;
}

/* Workers of some twenty calls each, two at a time: a process that is worn out gets no further. */
static void top(unsigned int calls)
{
	unsigned int running = 0;

	while (calls) {
		unsigned int n = calls < 8 ? calls : 8, parent = tid, attempt = made++;
		pid_t pid = fork();

		if (!pid) {
			rng ^= (uint64_t)attempt * 0x9e3779b97f4a7c15U;
			draw(2);
			born(parent, attempt);
			acts(n, 0);
			_exit(0);
		}
		if (pid < 0)
			exit(3);
		calls -= n;
		if (++running == 2 && wait(NULL) > 0)
			running--;
	}
	while (wait(NULL) > 0)
		;
}

int main(int argc, char **argv)
{
	self = argv[0];
	signals_set();
	home_known();
	if (argc == 6 && !strcmp(argv[1], "go")) {
		rng = strtoull(argv[2], NULL, 0);
		made = (unsigned int)atoi(argv[5]);
		tid = thread_id();
		tell('x', "");
		acts((unsigned int)atoi(argv[3]), (unsigned int)atoi(argv[4]));
		return 0;
	}
	if (argc != 3) {
		fprintf(stderr, "usage: nscalls SEED CALLS\n");
		return 2;
	}
	home_open();
	rng = strtoull(argv[1], NULL, 0) * 0x9e3779b97f4a7c15U + 1;
	tid = thread_id();
	tell('x', ""); /* strace has run it */
	top((unsigned int)atoi(argv[2]));
	return 0;
}
