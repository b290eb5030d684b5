// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nsact.c - does what its arguments say, one after the other, and reports what
 * the kernel says of it, as "key value" lines: facts for tests that do not come
 * from nswatch.
 *
 *	unshare TYPES		unshare(2): "uts,ipc"; also a number
 *	setns PATH TYPES	setns(2) on an open of PATH; TYPES may be 0
 *	setnspid PID TYPES	setns(2) on a pidfd; says what file system pidfds are in
 *	mountns open_tree|fsmount	a mount namespace by it; its inum
 *	clone TYPES VERBS...	clone(2) with these flags; the child does the rest, the parent waits
 *	clone3 TYPES VERBS...
 *	fork VERBS...		fork(2); the child does the rest, the parent waits
 *	tryfork tryvfork tryclone tryclone3	a child that ends at once; says errno
 *	thread VERBS...		a thread does the rest, the process waits for it
 *	clonethread TYPES	clone(2) of a thread with these flags; its tid and namespaces
 *	threads N		N threads that sleep for ever
 *	children N		N children that sleep until this process ends
 *	orphans N		the same, but the end of their parent does nothing to them
 *	zombies N		N children that are dead and stay unreaped
 *	headless N		a child with N threads whose leader has ended
 *	ns			inums of all namespaces of this thread, getpid, getppid, tid
 *	owner			owner user namespaces (NS_GET_USERNS), parents (NS_GET_PARENT)
 *	nsid			the kernel's unique ids (NS_GET_ID, 6.18)
 *	born			start of the process in clock ticks since boot
 *	now			CLOCK_BOOTTIME in ns
 *	name WORD		the thread's name
 *	bind FROM PATH		a bind mount; unbind PATH	unmounts it
 *	on SIG handle|once|ignore|block|wait	what it does with a signal (wait: until one comes)
 *	socket			a UDP socket, kept open
 *	say WORD  wait		prints a line; waits for a line
 *	block SIG  await SIG	blocks a signal; takes it when it comes, even if it came before
 *	filter CALL ERRNO	from now on seccomp refuses unshare, clone, clone3, setns, mount
 *				or nsio (the ioctls of nsfs) with it
 *	txring DEV		sends a frame through a ring of AF_PACKET; returns when a device has
 *sent it exec PROG ARGS... exit CODE  kill SIG
 *	--			ends the verbs of a child or thread: its maker goes on behind it
 */
#include <errno.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Not in the headers of older systems. */
#define NS_ID_OF    _IOR(0xb7, 13, uint64_t) /* NS_GET_ID */
#define PIDFS_MAGIC 0x50494446

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

static void say_number(const char *key, const char *type, uint64_t v)
{
	printf("%s%s %llu\n", key, type, (unsigned long long)v);
}

static void say_ns(void)
{
	static int proc = -1;
	char path[64];
	struct stat st;

	/* Of the beginning: in an empty mount namespace there is none. */
	if (proc < 0)
		proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	printf("ns\n");
	printf("getpid %d\n", getpid());
	printf("getppid %d\n", getppid());
	printf("tid %ld\n", syscall(SYS_gettid));
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		/* /proc may be another pid namespace's: thread-self is whoever asks there. */
		snprintf(path, sizeof(path), "thread-self/ns/%s", types[i].name);
		if (!fstatat(proc, path, &st, 0))
			printf("%s %lu\n", types[i].name, (unsigned long)st.st_ino);
	}
	fflush(stdout);
}

static void say_related(const char *key, const char *type, int fd, unsigned long request)
{
	int other = ioctl(fd, request);
	struct stat st;

	if (other < 0)
		return;
	if (!fstat(other, &st))
		say_number(key, type, st.st_ino);
	close(other);
}

/* owner: of all eight types; otherwise their ids. */
static void say_about(int owner)
{
	for (size_t i = 0; i < 8; i++) {
		char path[64];
		uint64_t id;
		int fd;

		snprintf(path, sizeof(path), "/proc/thread-self/ns/%s", types[i].name);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		if (owner) {
			say_related("owner_", types[i].name, fd, NS_GET_USERNS);
			say_related("parent_", types[i].name, fd, NS_GET_PARENT);
		} else if (!ioctl(fd, NS_ID_OF, &id)) {
			say_number("nsid_", types[i].name, id);
		}
		close(fd);
	}
	fflush(stdout);
}

static void say_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	say_number("now", "", (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec);
	fflush(stdout);
}

/* proc(5): the 22nd word of stat. The name may hold anything, but this is our own. */
static void say_born(void)
{
	FILE *f = fopen("/proc/self/stat", "r");
	unsigned long long v = 0;

	if (f && fscanf(f,
			 "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d "
			 "%*d %*d %*d %*d %*d %llu",
			 &v) == 1)
		say_number("born", "", v);
	if (f)
		fclose(f);
	fflush(stdout);
}

/* No buffering: another process may read the next line. */
static void wait_line(void)
{
	char c = 0;

	while (c != '\n')
		if (read(STDIN_FILENO, &c, 1) != 1)
			exit(3);
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
		if (!strcmp(*v, "fork") || !strcmp(*v, "clone") || !strcmp(*v, "clone3") ||
			!strcmp(*v, "thread"))
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
#ifdef SYS_fork
		pid = syscall(SYS_fork);
#else /* arm64 */
		pid = raw_clone(0, 0);
#endif
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
	int given = *path >= '0' && *path <= '9';
	int fd = given ? atoi(path) : open(path, O_RDONLY);

	printf("fd %d\n", fd);
	result("setns", setns(fd, flags_of(flags)));
	if (!given) /* or it would keep the namespace */
		close(fd);
}

/* A mount namespace that no process is in, kept by the descriptor: of 7.0 and 7.1. */
static void do_mountns(const char *call)
{
	struct stat st = {0};
	int fd;

	if (!strcmp(call, "open_tree")) {
		fd = (int)syscall(428 /* open_tree */, AT_FDCWD, "/", 2 /* OPEN_TREE_NAMESPACE */);
	} else {
		int fs = (int)syscall(430 /* fsopen */, "tmpfs", 0);

		syscall(431 /* fsconfig */, fs, 6 /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0);
		fd = (int)syscall(432 /* fsmount */, fs, 2 /* FSMOUNT_NAMESPACE */, 0);
	}
	result(call, fd);
	if (fd >= 0 && !fstat(fd, &st))
		say_number("made", "", st.st_ino);
}

static void do_setns_pid(const char *pid, const char *flags)
{
	int fd = (int)syscall(SYS_pidfd_open, atoi(pid), 0);
	struct statfs fs = {0};

	fstatfs(fd, &fs);
	printf("fd %d\npidfs %d\n", fd, fs.f_type == PIDFS_MAGIC);
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

static void child_for_ever(int ready, int orphan)
{
	if (!orphan)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(ready);
	sleeper(NULL);
}

static void do_children(int n, int orphans)
{
	for (int i = 0; i < n; i++) {
		int ready[2];
		pid_t pid;
		char c;

		if (pipe(ready))
			exit(3);
		pid = fork();
		if (!pid) {
			close(ready[0]);
			child_for_ever(ready[1], orphans);
		}
		if (pid < 0)
			result("children", pid);
		else
			printf("child %d\n", pid);
		fflush(stdout);
		close(ready[1]);
		/* The end of file: it will not outlive us. */
		if (read(ready[0], &c, 1))
			exit(3);
		close(ready[0]);
	}
}

/* Without a stack protector's or errno's help: it has the thread area of who made it. */
static int thread_waits(void *fd)
{
	char c;

	syscall(SYS_read, *(int *)fd, &c, 1);
	syscall(SYS_exit, 0);
	return 0;
}

static void do_clonethread(const char *types)
{
	static char stack[1 << 16] __attribute__((aligned(16)));
	static const char *const links[] = {"mnt", "uts", "ipc", "user", "pid", "net", "cgroup"};
	int hold[2], tid;
	char path[64];

	if (pipe(hold))
		exit(3);
	tid = clone(thread_waits, stack + sizeof(stack),
		CLONE_VM | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | (int)flags_of(types),
		&hold[0]);
	result("clonethread", tid);
	for (size_t i = 0; tid > 0 && i < sizeof(links) / sizeof(links[0]); i++) {
		struct stat st = {0};

		snprintf(path, sizeof(path), "/proc/self/task/%d/ns/%s", tid, links[i]);
		if (!stat(path, &st))
			say_number("thread_", links[i], st.st_ino);
	}
	if (tid > 0)
		say_number("thread", "", (unsigned long)tid);
	close(hold[1]);
	snprintf(path, sizeof(path), "/proc/self/task/%d", tid);
	while (tid > 0 && !access(path, F_OK))
		sched_yield();
	close(hold[0]);
}

static void do_threads(int n)
{
	pthread_t t;

	for (int i = 0; i < n; i++)
		if (pthread_create(&t, NULL, sleeper, NULL))
			exit(3);
}

/* The children are dead when this returns, and nobody has reaped them. */
static void do_zombies(int n)
{
	for (int i = 0; i < n; i++) {
		siginfo_t info;
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		if (pid < 0 || waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT))
			exit(3);
		printf("zombie %d\n", pid);
	}
	fflush(stdout);
}

/* The leader is gone when this returns, or about to be: its memory is released already. */
static void do_headless(int n)
{
	volatile int *leader =
		mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct timespec ms = {.tv_nsec = 1000000};
	pid_t pid;

	*leader = 1;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(STDIN_FILENO);
		close(STDOUT_FILENO);
		do_threads(n);
		/* The kernel clears it when this thread ends (kernel/fork.c mm_release()). */
		syscall(SYS_set_tid_address, leader);
		syscall(SYS_exit, 0);
	}
	if (pid < 0)
		exit(3);
	while (*leader)
		nanosleep(&ms, NULL);
	printf("headless %d\n", pid);
	fflush(stdout);
}

static char **act(char **v);

static void *thread_acts(void *arg)
{
	char **v = arg;

	while (*v && strcmp(*v, "--"))
		v = act(v);
	return NULL;
}

static char **do_thread(char **v)
{
	pthread_t t;

	if (pthread_create(&t, NULL, thread_acts, v))
		exit(3);
	pthread_join(t, NULL);
	return behind(v);
}

static void on_handle(int)
{
}

static void on_signal(int sig, const char *how)
{
	struct sigaction sa = {
		.sa_handler = !strcmp(how, "ignore") ? SIG_IGN : on_handle, .sa_flags = SA_RESTART};
	struct timespec day = {.tv_sec = 86400};
	sigset_t set;

	if (!strcmp(how, "once"))
		sa.sa_flags |= (int)SA_RESETHAND;
	sigemptyset(&set);
	sigaddset(&set, sig);
	if (!strcmp(how, "block") || !strcmp(how, "wait"))
		sigprocmask(SIG_BLOCK, &set, NULL);
	else
		sigaction(sig, &sa, NULL);
	if (!strcmp(how, "wait"))
		result("sigtimedwait", sigtimedwait(&set, NULL, &day) == sig ? 0 : -1);
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

/* Verbs that only ask; NULL for another. */
static char **act_asks(char **v)
{
	if (verb_is(v, "ns", 0))
		say_ns();
	else if (verb_is(v, "owner", 0))
		say_about(1);
	else if (verb_is(v, "nsid", 0))
		say_about(0);
	else if (verb_is(v, "born", 0))
		say_born();
	else if (verb_is(v, "now", 0))
		say_now();
	else
		return NULL;
	return v + 1;
}

/* Verbs that make processes and threads; NULL for another. */
static char **act_makes(char **v)
{
	if (verb_is(v, "fork", 0) || verb_is(v, "clone", 1) || verb_is(v, "clone3", 1))
		return do_child(v);
	if (verb_is(v, "thread", 0))
		return do_thread(v + 1);
	if (!strncmp(v[0], "try", 3)) {
		try_fork(v[0]);
		return v + 1;
	}
	if (verb_is(v, "threads", 1))
		do_threads(atoi(v[1]));
	else if (verb_is(v, "clonethread", 1))
		do_clonethread(v[1]);
	else if (verb_is(v, "children", 1))
		do_children(atoi(v[1]), 0);
	else if (verb_is(v, "orphans", 1))
		do_children(atoi(v[1]), 1);
	else if (verb_is(v, "zombies", 1))
		do_zombies(atoi(v[1]));
	else if (verb_is(v, "headless", 1))
		do_headless(atoi(v[1]));
	else
		return NULL;
	return v + 2;
}

/* Verbs that change this thread's namespaces; NULL for another. */
static char **act_moves(char **v)
{
	if (verb_is(v, "unshare", 1)) {
		result("unshare", syscall(SYS_unshare, flags_of(v[1])));
		return v + 2;
	}
	if (verb_is(v, "mountns", 1)) {
		do_mountns(v[1]);
		return v + 2;
	}
	if (verb_is(v, "setns", 2))
		do_setns(v[1], v[2]);
	else if (verb_is(v, "setnspid", 2))
		do_setns_pid(v[1], v[2]);
	else
		return NULL;
	return v + 3;
}

/* Calls are told by the number alone: this program makes none of another architecture. */
static const struct {
	const char *name;
	unsigned int nr;
} calls[] = {{"unshare", SYS_unshare}, {"clone", SYS_clone}, {"clone3", SYS_clone3},
	{"setns", SYS_setns}, {"mount", SYS_mount}, {"nsio", SYS_ioctl}};

/* Of ioctl(2) those whose type is that of nsfs. */
static void do_filter(const char *call, int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0 /* nr */),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 5),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xff00),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, _IOC_TYPE(NS_GET_USERNS) << 8, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned int)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {sizeof(code) / sizeof(code[0]), code};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (!strcmp(call, calls[i].name))
			code[1].k = calls[i].nr;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	result("filter", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog));
}

#define FRAME 2048

/* Until the frame is sent the caller sleeps in tpacket_snd() and holds the device it is sent by. */
static void do_txring(const char *dev)
{
	struct tpacket_req req = {.tp_block_size = FRAME * 2,
		.tp_block_nr = 1,
		.tp_frame_size = FRAME,
		.tp_frame_nr = 2};
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_LOOPBACK)};
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_LOOPBACK));
	struct tpacket_hdr *frame;

	to.sll_ifindex = (int)if_nametoindex(dev);
	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &req, sizeof(req)) ||
		bind(fd, (struct sockaddr *)&to, sizeof(to))) {
		result("txring", -1);
		return;
	}
	frame = mmap(NULL, FRAME * 2, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (frame == MAP_FAILED) {
		result("txring", -1);
		return;
	}
	memset((char *)frame + TPACKET_HDRLEN - sizeof(to), 0xff, 64);
	frame->tp_len = 64;
	frame->tp_status = TP_STATUS_SEND_REQUEST;
	result("txring", send(fd, NULL, 0, 0));
}

/* Verbs about signals; NULL for another. */
static char **act_signals(char **v)
{
	int block = verb_is(v, "block", 1);
	sigset_t set;

	if (!block && !verb_is(v, "await", 1))
		return NULL;
	sigemptyset(&set);
	sigaddset(&set, atoi(v[1]));
	if (block)
		sigprocmask(SIG_BLOCK, &set, NULL);
	else
		printf("await %d\n", sigwaitinfo(&set, NULL));
	fflush(stdout);
	return v + 2;
}

/* Verbs that end it. */
static void act_ends(char **v)
{
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

static char **act(char **v)
{
	char **rest = act_asks(v);

	if (!rest)
		rest = act_makes(v);
	if (!rest)
		rest = act_moves(v);
	if (!rest)
		rest = act_signals(v);
	if (rest)
		return rest;
	if (verb_is(v, "say", 1)) {
		puts(v[1]);
		fflush(stdout);
		return v + 2;
	}
	if (verb_is(v, "name", 1)) {
		prctl(PR_SET_NAME, v[1]);
		return v + 2;
	}
	if (verb_is(v, "txring", 1)) {
		do_txring(v[1]);
		return v + 2;
	}
	if (verb_is(v, "filter", 2)) {
		do_filter(v[1], atoi(v[2]));
		return v + 3;
	}
	if (verb_is(v, "bind", 2)) {
		printf("bind %d\n", mount(v[1], v[2], NULL, MS_BIND, NULL) ? errno : 0);
		return v + 3;
	}
	if (verb_is(v, "unbind", 1)) {
		printf("unbind %d\n", umount2(v[1], MNT_DETACH) ? errno : 0);
		return v + 2;
	}
	if (verb_is(v, "on", 2)) {
		on_signal(atoi(v[1]), v[2]);
		return v + 3;
	}
	if (verb_is(v, "wait", 0))
		wait_line();
	else if (verb_is(v, "socket", 0))
		printf("socket %d\n", socket(AF_INET, SOCK_DGRAM, 0));
	else
		act_ends(v);
	return v + 1;
}

int main(int, char **argv)
{
	char **v = argv + 1;

	while (*v)
		v = act(v);
	return 0;
}
