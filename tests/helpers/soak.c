// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * soak.c - `soak SECONDS RATE LOG PLACE PINS`: workers that make about RATE calls a second which
 * have to do with namespaces, and write to LOG what each of them did, and what the kernel says of
 * it. The kernel is asked by stat(2) on nsfs, by the results of the calls and by rtnetlink: LOG is
 * what nswatch is held against, and knows nothing of it.
 *
 * A line of LOG is an event as soakcheck writes it, too. A line that begins with `?` is an event
 * that may be told and need not be. PINS percent of the calls pin and unpin. PLACE is a directory
 * with the files that namespaces are mounted on; devices and threads are named as the program was
 * called. Says at last how many calls there were, of each sort.
 *
 * Three sorts of worker: one whose children live for some calls, one that pins and unpins, one that
 * moves network devices.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
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
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIVES  2  /* workers whose children act */
#define SLOTS  10 /* of a process: eight types, and where its children go */
#define PINS   16 /* that the pinning worker has at once */
#define FAILED 99 /* the status of a process that could not do what it was to do */

enum slot { MNT, UTS, IPC, USER, PID, NET, CGROUP, TIME, PID_CHILD, TIME_CHILD };

static const struct {
	const char *name;
	unsigned long flag;
} slots[SLOTS] = {{"mnt", CLONE_NEWNS}, {"uts", CLONE_NEWUTS}, {"ipc", CLONE_NEWIPC},
	{"user", CLONE_NEWUSER}, {"pid", CLONE_NEWPID}, {"net", CLONE_NEWNET},
	{"cgroup", CLONE_NEWCGROUP}, {"time", CLONE_NEWTIME}, {"pid_for_children", 0},
	{"time_for_children", 0}};

enum sort { FORK, CLONE, EXEC, UNSHARE, SETNS, MOUNT, UMOUNT, MOVE, SORTS };

static const char *const sorts[SORTS] = {
	"fork", "clone", "exec", "unshare", "setns", "mount", "umount", "netlink"};

/* What processes of one worker tell each other. */
struct shared {
	unsigned long calls[SORTS];
	uint32_t ns[SLOTS]; /* of the child that was made last */
	int ns_pid;
	int asleep; /* how many sleepers have said what they have to say */
};

/* A process that acts: the namespaces it is in, and which of them nothing else holds. */
struct life {
	int pid; /* as the initial pid namespace numbers it */
	uint32_t ns[SLOTS];
	unsigned int own; /* bit per slot */
};

/* A process whose namespaces others enter; with descriptors of them. */
struct anchor {
	struct life life;
	int pidfd, fds[NET + 1 + 1];
};

static const char *name, *place;
static char self[256];
static int logs = -1, proc = -1;
static struct shared *shared;
static double until;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void die(const char *what)
{
	fprintf(stderr, "soak: %s: %s\n", what, strerror(errno));
	_exit(FAILED);
}

/* A line of the log: one write(2), so that lines of many processes do not mix. */
__attribute__((format(printf, 1, 2))) static void note(const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	line[n++] = '\n';
	if (write(logs, line, (size_t)n) != n)
		die("log");
}

static void count(enum sort s)
{
	__atomic_fetch_add(&shared->calls[s], 1, __ATOMIC_RELAXED);
}

/* --- what the kernel says ------------------------------------------------------------------------
 */

static int pid_outside(void)
{
	char link[32];
	ssize_t n = readlinkat(proc, "self", link, sizeof(link) - 1);

	if (n <= 0)
		die("/proc/self");
	link[n] = 0;
	return atoi(link);
}

static uint32_t ns_number(enum slot s)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "thread-self/ns/%s", slots[s].name);
	if (fstatat(proc, path, &st, 0)) {
		/* Of a pid namespace without a first process: nobody knows its number. */
		if (s == PID_CHILD && errno == ENOENT)
			return 0;
		die(path);
	}
	return (uint32_t)st.st_ino;
}

static void ns_read(uint32_t ns[SLOTS])
{
	for (int s = 0; s < SLOTS; s++)
		ns[s] = ns_number((enum slot)s);
}

/* "uts:1>2,ipc:3>4" of what differs; "-" of nothing. */
static const char *changes(const uint32_t before[SLOTS], const uint32_t after[SLOTS])
{
	static char text[512];
	int n = 0;

	strcpy(text, "-");
	for (int s = 0; s < SLOTS; s++)
		if (before[s] != after[s])
			n += sprintf(text + n, "%s%s:%u>%u", n ? "," : "", slots[s].name, before[s],
				after[s]);
	return text;
}

static const char *slot_names(unsigned int set)
{
	static char text[256];
	int n = 0;

	strcpy(text, "-");
	for (int s = 0; s < SLOTS; s++)
		if (set & 1U << s)
			n += sprintf(text + n, "%s%s", n ? "," : "", slots[s].name);
	return text;
}

/* The slots that a call with these flags changes. */
static unsigned int slots_of(unsigned long flags, int clone)
{
	unsigned int set = 0;

	for (int s = 0; s < PID_CHILD; s++)
		if (flags & slots[s].flag)
			set |= 1U << s;
	if (set & 1U << PID)
		set |= 1U << PID_CHILD;
	if (set & 1U << TIME)
		set |= 1U << TIME_CHILD;
	return clone ? set : set & ~(1U << PID | 1U << TIME);
}

/* --- acts ----------------------------------------------------------------------------------------
 */

/* Namespaces came to be, of a call of this process; each will end, too. */
static void note_made(int pid, unsigned int set, const uint32_t after[SLOTS], uint32_t parent_user)
{
	for (int s = 0; s < SLOTS; s++) {
		int type = s == PID_CHILD ? PID : s == TIME_CHILD ? TIME : s;
		uint32_t owner = s == USER ? parent_user : after[USER];

		if (!(set & 1U << s))
			continue;
		note("ns-create %s %u %u %d", slots[type].name, after[s], owner, pid);
		note("ns-free %s %u %u %d", slots[type].name, after[s], owner, pid);
	}
}

static void note_exit(const struct life *l, int code, int init)
{
	/* Who reads a mountinfo holds that mount namespace, and of a dead init the pid is freed
	 * later. */
	unsigned int empties = l->own & ~(1U << MNT | 1U << PID | 1U << PID_CHILD | 1U << USER);

	if (l->ns[TIME] == l->ns[TIME_CHILD])
		empties &= ~(1U << TIME_CHILD);
	if (empties || init)
		note("exit %d %d %d %s", l->pid, code, init, slot_names(empties));
}

typedef void (*child_does)(struct life *, int);

/*
 * A child by clone(2) or clone3(2), which does what it is told, with arg. Without flags it is in
 * the namespaces of l; where it is not (l chose others for its children), look is set.
 */
static struct life child_make(
	const struct life *l, unsigned long flags, int three, int look, child_does does, int arg)
{
	struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};
	struct life child = *l;
	long pid;

	count(flags ? CLONE : FORK);
	child.own = slots_of(flags, 1);
	pid = three ? syscall(SYS_clone3, &args, sizeof(args))
		    : syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
	if (pid < 0)
		die("clone");
	child.pid = (int)pid;
	if (pid)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	child.pid = pid_outside();
	if (flags || look)
		ns_read(child.ns);
	does(&child, arg);
	_exit(0);
}

/* want: its status, or -1 where any but FAILED is right. */
static void child_wait(int pid, int want)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	if (status == FAILED << 8 || (want >= 0 && status != want << 8)) {
		fprintf(stderr, "soak: a child ended with %#x\n", (unsigned int)status);
		_exit(FAILED);
	}
}

/* What the child said of itself, once it has. */
static void child_note(const struct life *l, const struct life *child, unsigned long flags)
{
	const uint32_t *ns = shared->ns;

	note("clone %d %d %lu 0 %u %d %s", l->pid, child->pid, flags, ns[PID], shared->ns_pid,
		changes(l->ns, ns));
	if (shared->ns_pid == 1)
		note("pidns-init %d %u %u %d %u", l->pid, ns[PID], l->ns[PID], child->pid,
			ns[USER]);
}

static void child_say(const struct life *l)
{
	memcpy(shared->ns, l->ns, sizeof(shared->ns));
	shared->ns_pid = getpid();
}

static void act_child_ends(struct life *l, int code)
{
	int init = getpid() == 1;

	child_say(l);
	note_exit(l, code, init);
	if (init)
		note("pidns-death %d %u %d 0", l->pid, l->ns[PID], code);
	_exit(code);
}

/* A child in the pid namespace that l made for its children, or in that which it entered. */
static void act_fork_into(struct life *l, int code)
{
	struct life child = child_make(l, 0, 0, 1, act_child_ends, code);

	child_wait(child.pid, code);
	if (!l->ns[PID_CHILD])
		l->ns[PID_CHILD] = ns_number(PID_CHILD);
	child_note(l, &child, 0);
}

/* flags with CLONE_NEWPID: with a first child, by whom the number is known. */
static void act_unshare(struct life *l, unsigned long flags)
{
	unsigned int set = slots_of(flags, 0);
	uint32_t before[SLOTS];

	memcpy(before, l->ns, sizeof(before));
	count(UNSHARE);
	if (unshare((int)flags))
		die("unshare");
	for (int s = 0; s < SLOTS; s++)
		if (set & 1U << s)
			l->ns[s] = ns_number((enum slot)s);
	l->own |= set;
	if (flags & CLONE_NEWPID)
		act_fork_into(l, 3);
	note("unshare %d %lu 0 %s", l->pid, flags, changes(before, l->ns));
	note_made(l->pid, set, l->ns, before[USER]);
}

/* One that the kernel refuses. */
static void act_refused(const struct life *l)
{
	count(UNSHARE);
	if (!unshare(CLONE_NEWUTS | 1) || errno != EINVAL)
		die("an unshare that is to fail");
	note("unshare %d %lu %d -", l->pid, CLONE_NEWUTS | 1UL, -EINVAL);
}

/* target: of an nsfs descriptor its number, of a pidfd the process. */
static void act_setns(struct life *l, int fd, const char *kind, unsigned long flags,
	unsigned int set, uint32_t target)
{
	uint32_t before[SLOTS];

	memcpy(before, l->ns, sizeof(before));
	count(SETNS);
	if (setns(fd, (int)flags))
		die("setns");
	for (int s = 0; s < SLOTS; s++)
		if (set & 1U << s)
			l->ns[s] = ns_number((enum slot)s);
	l->own &= ~set;
	note("setns %d %d %s %lu 0 %u %s", l->pid, fd, kind, flags, target, changes(before, l->ns));
}

static void act_bind(const struct life *l, enum slot s, const char *path)
{
	char from[64];

	snprintf(from, sizeof(from), "/proc/thread-self/ns/%s", slots[s].name);
	count(MOUNT);
	if (mount(from, path, NULL, MS_BIND, NULL))
		die(path);
	note("pin %s %u %s", slots[s].name, l->ns[s], path);
	note("?by pin %d %u %s", l->pid, l->ns[s], path);
}

static void act_unbind(int pid, enum slot s, uint32_t inum, const char *path)
{
	count(UMOUNT);
	if (umount2(path, MNT_DETACH))
		die(path);
	note("unpin %s %u %s", slots[s].name, inum, path);
	note("?by unpin %d %u %s", pid, inum, path);
}

/* --- lives ---------------------------------------------------------------------------------------
 */

/* In a mount namespace of its own, which is about to end: a pin that nobody but l knows. */
static void life_pins(struct life *l, unsigned int dice)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/life%u", place, dice % 64);
	count(MOUNT);
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		die("a private tree of mounts");
	act_bind(l, UTS, path);
	if (dice % 2) {
		act_unbind(l->pid, UTS, l->ns[UTS], path);
	} else {
		l->own &= ~(1U << UTS);
		note("?unpin uts %u %s", l->ns[UTS], path);
		note("?by unpin %d %u %s", l->pid, l->ns[UTS], path);
	}
}

/*
 * The program again, which says what it is in: since 6.0 exec(2) enters the time namespace of the
 * children. Its arguments are the status to end with, the log, what it owns, and where its parent
 * is.
 */
static void life_execs(const struct life *l, const uint32_t parent[SLOTS], int code)
{
	char text[3 + SLOTS][16], *argv[6 + SLOTS] = {self, (char *)"exit"};

	snprintf(text[0], sizeof(text[0]), "%d", code);
	snprintf(text[1], sizeof(text[1]), "%d", logs);
	snprintf(text[2], sizeof(text[2]), "%u", l->own);
	for (int s = 0; s < SLOTS; s++)
		snprintf(text[3 + s], sizeof(text[0]), "%u", parent[s]);
	for (int i = 0; i < 3 + SLOTS; i++)
		argv[2 + i] = text[i];
	count(EXEC);
	execv(self, argv);
	die(self);
}

static int executed(char **argv)
{
	struct life l = {.pid = pid_outside(), .own = (unsigned int)atoi(argv[4])};
	unsigned int set = 0;

	logs = atoi(argv[3]);
	ns_read(l.ns);
	for (int s = 0; s < SLOTS; s++)
		if (l.ns[s] != strtoul(argv[5 + s], NULL, 10))
			set |= 1U << s;
	/* What it entered it owns, too: see note_exit(). */
	if (l.own & 1U << TIME_CHILD && l.ns[TIME] == l.ns[TIME_CHILD])
		l.own |= 1U << TIME;
	note("exec %d %s %s", l.pid, argv[0], slot_names(set));
	note_exit(&l, atoi(argv[2]), 0);
	return atoi(argv[2]);
}

static void life_unshares(struct life *l, int dice)
{
	unsigned int d = (unsigned int)dice;
	unsigned long flags = CLONE_NEWUTS | CLONE_NEWIPC;
	uint32_t parent[SLOTS];
	int code = dice % 5;

	memcpy(parent, l->ns, sizeof(parent));
	flags |= d % 5 == 0 ? CLONE_NEWCGROUP : 0;
	flags |= d % 7 == 0 ? CLONE_NEWTIME : 0;
	flags |= d % 11 == 0 ? CLONE_NEWPID : 0;
	flags |= d % 13 == 0 || d % 23 == 0 ? CLONE_NEWNS : 0;
	flags |= d % 31 == 0 ? CLONE_NEWUSER : 0;
	flags |= d % 97 == 0 ? CLONE_NEWNET : 0; /* with its loopback device */
	act_unshare(l, flags);
	if (d % 3 == 0)
		act_unshare(l, CLONE_NEWUTS); /* the first one ends by this */
	if (d % 4 == 0)
		act_refused(l);
	if (d % 23 == 0)
		life_pins(l, d / 23);
	if (d % 17 == 0)
		life_execs(l, parent, code);
	note_exit(l, code, 0);
	_exit(code);
}

static struct anchor anchor;

static void life_enters(struct life *l, int dice)
{
	static const enum slot by_fd[] = {UTS, IPC, NET, CGROUP, MNT, PID};
	unsigned int d = (unsigned int)dice;
	unsigned long flags = CLONE_NEWUTS | CLONE_NEWIPC;

	for (unsigned int i = 0; i < 1 + d % 3; i++) {
		enum slot s = by_fd[(d / 3 + i) % 6];

		act_setns(l, anchor.fds[s], "nsfs", d % 2 ? slots[s].flag : 0,
			1U << (s == PID ? PID_CHILD : s), anchor.life.ns[s]);
	}
	if (d % 5 == 0) {
		flags |= d % 2 ? CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWCGROUP : CLONE_NEWPID;
		act_setns(l, anchor.pidfd, "pidfd", flags, slots_of(flags, 0),
			(uint32_t)anchor.life.pid);
	}
	if (l->ns[PID_CHILD] != l->ns[PID])
		act_fork_into(l, 0);
	_exit(0);
}

static void life_nothing(struct life *l, int dice)
{
	(void)l;
	_exit(dice % 2);
}

static void sleep_for_ever(struct life *l, int arg)
{
	(void)l, (void)arg;
	for (;;)
		pause();
}

/* Killed with the first process of its pid namespace, whose other namespaces (own) end with it. */
static void sleeper(struct life *l, int own)
{
	l->own = (unsigned int)own;
	note_exit(l, 128 + SIGKILL, 0);
	__atomic_fetch_add(&shared->asleep, 1, __ATOMIC_SEQ_CST);
	sleep_for_ever(l, 0);
}

/* The first process of a pid namespace, with which another is killed. */
static void life_init(struct life *l, int others)
{
	child_say(l);
	shared->asleep = 0;
	if (others) {
		child_make(l, 0, 0, 1, sleeper, (int)l->own);
		while (!__atomic_load_n(&shared->asleep, __ATOMIC_SEQ_CST))
			sched_yield();
		l->own = 0;
	}
	note_exit(l, 0, 1);
	note("pidns-death %d %u 0 %d", l->pid, l->ns[PID], others);
	_exit(0);
}

/* --- workers -------------------------------------------------------------------------------------
 */

/* A child by clone(2) or clone3(2), in namespaces of its own. */
static void worker_clones(struct life *l, unsigned int d)
{
	unsigned long flags = CLONE_NEWUTS;
	struct life child;
	int three = d % 2;

	flags |= d % 3 == 0 ? CLONE_NEWIPC : 0;
	flags |= d % 5 == 0 ? CLONE_NEWPID : 0;
	flags |= d % 7 == 0 ? CLONE_NEWNS : 0;
	flags |= d % 11 == 0 ? CLONE_NEWCGROUP : 0;
	flags |= d % 13 == 0 && three ? CLONE_NEWTIME : 0;
	flags |= d % 101 == 0 ? CLONE_NEWNET : 0;
	flags |= d % 37 == 0 ? CLONE_NEWUSER : 0;
	if (flags & CLONE_NEWPID && d % 4 == 0) {
		child = child_make(l, flags, three, 0, life_init, (int)(d / 16 % 2));
		child_wait(child.pid, 0);
	} else {
		child = child_make(l, flags, three, 0, act_child_ends, (int)(d % 4));
		child_wait(child.pid, (int)(d % 4));
	}
	child_note(l, &child, flags);
	/* The pid namespace and the time namespace are two slots each, of one namespace. */
	note_made(l->pid, slots_of(flags, 1) & ~(1U << PID_CHILD | 1U << TIME_CHILD), shared->ns,
		l->ns[USER]);
}

static void worker_lives(struct life *l, unsigned int d)
{
	struct life child;

	switch (d % 8) {
	case 0:
	case 1:
		worker_clones(l, d / 8);
		return;
	case 2:
		child = child_make(l, 0, 0, 0, life_nothing, (int)(d / 8 % 2));
		break;
	case 3:
		child = child_make(l, 0, 0, 0, life_enters, (int)(d / 8));
		break;
	default:
		child = child_make(l, 0, 0, 0, life_unshares, (int)(d / 8));
		break;
	}
	child_wait(child.pid, -1);
}

static void anchor_waits(struct life *l, int fd)
{
	child_say(l);
	if (write(fd, "", 1) != 1)
		_exit(1);
	sleep_for_ever(l, 0);
}

/* An anchor, which is the first process of a pid namespace. */
static void anchor_make(struct life *l, struct anchor *a, unsigned long flags)
{
	char path[64], c;
	int up[2];

	if (pipe2(up, O_CLOEXEC))
		die("pipe");
	a->life = child_make(l, flags, 0, 0, anchor_waits, up[1]);
	if (read(up[0], &c, 1) != 1)
		die("an anchor");
	close(up[0]);
	close(up[1]);
	memcpy(a->life.ns, shared->ns, sizeof(a->life.ns));
	child_note(l, &a->life, flags);
	note_made(l->pid, slots_of(flags, 1) & ~(1U << PID_CHILD | 1U << TIME_CHILD), shared->ns,
		l->ns[USER]);
	a->pidfd = (int)syscall(SYS_pidfd_open, a->life.pid, 0);
	for (int s = 0; s <= CGROUP; s++) {
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", a->life.pid, slots[s].name);
		a->fds[s] = open(path, O_RDONLY | O_CLOEXEC);
		if (a->fds[s] < 0)
			die(path);
	}
}

static void anchor_end(struct anchor *a)
{
	for (int s = 0; s <= CGROUP; s++)
		close(a->fds[s]);
	close(a->pidfd);
	if (a->life.own & 1U << PID)
		note_exit(&a->life, 128 + SIGKILL, 1);
	else /* a socket that was in its net namespace is freed a little later than it is closed */
		note("?exit %d %d 0 net", a->life.pid, 128 + SIGKILL);
	if (a->life.own & 1U << PID)
		note("pidns-death %d %u %d 0", a->life.pid, a->life.ns[PID], 128 + SIGKILL);
	kill(a->life.pid, SIGKILL);
	child_wait(a->life.pid, -1);
}

static unsigned long calls_made(void)
{
	unsigned long n = 0;

	for (int i = 0; i < SORTS; i++)
		n += __atomic_load_n(&shared->calls[i], __ATOMIC_RELAXED);
	return n;
}

static void pace(double begin, double rate)
{
	while (now() < until && (double)calls_made() > (now() - begin) * rate)
		usleep(500);
}

static void work_lives(struct life *l, double rate, unsigned int seed)
{
	double begin = now();

	anchor_make(l, &anchor,
		CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_NEWNS |
			CLONE_NEWPID);
	while (now() < until) {
		worker_lives(l, (unsigned int)rand_r(&seed));
		pace(begin, rate);
	}
	anchor_end(&anchor);
}

/* Namespaces that only a mount keeps, until that is unmounted. */
static void work_pins(struct life *l, double rate, unsigned int seed)
{
	static const enum slot kinds[] = {UTS, IPC, CGROUP, UTS, IPC, UTS};
	struct {
		enum slot slot;
		uint32_t inum;
	} pins[PINS] = {0};
	double begin = now();
	char path[256];

	act_unshare(l, CLONE_NEWNS);
	count(MOUNT);
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		die("a private tree of mounts");
	for (int last = 0; !last;) {
		unsigned int d = (unsigned int)rand_r(&seed), at = d % PINS;
		enum slot s = d % 61 == 0 ? NET : kinds[d / PINS % 6];

		last = now() >= until;
		snprintf(path, sizeof(path), "%s/pin%u", place, at);
		if (pins[at].inum) {
			act_unbind(l->pid, pins[at].slot, pins[at].inum, path);
			if (l->ns[pins[at].slot] == pins[at].inum)
				l->own |= 1U << pins[at].slot;
			pins[at].inum = 0;
		} else {
			act_unshare(l, slots[s].flag);
			act_bind(l, s, path);
			l->own &= ~(1U << s);
			pins[at].slot = s;
			pins[at].inum = l->ns[s];
		}
		pace(begin, rate);
	}
	for (unsigned int at = 0; at < PINS; at++) {
		snprintf(path, sizeof(path), "%s/pin%u", place, at);
		if (!pins[at].inum)
			continue;
		act_unbind(l->pid, pins[at].slot, pins[at].inum, path);
		if (l->ns[pins[at].slot] == pins[at].inum)
			l->own |= 1U << pins[at].slot;
	}
	note_exit(l, 0, 0);
}

/* --- network devices -----------------------------------------------------------------------------
 */

struct request {
	struct nlmsghdr hdr;
	union {
		struct ifinfomsg info;
		struct rtgenmsg gen;
	};
	char attrs[256];
};

static struct rtattr *attr_add(struct request *r, unsigned short type, const void *data, size_t len)
{
	struct rtattr *a = (void *)((char *)r + NLMSG_ALIGN(r->hdr.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(a), data, len);
	r->hdr.nlmsg_len = NLMSG_ALIGN(r->hdr.nlmsg_len) + (unsigned int)RTA_ALIGN(a->rta_len);
	return a;
}

static void attr_end(const struct request *r, struct rtattr *a)
{
	a->rta_len = (unsigned short)((const char *)r + r->hdr.nlmsg_len - (char *)a);
}

static void ask(int sock, struct request *r, const char *what)
{
	struct {
		struct nlmsghdr hdr;
		struct nlmsgerr error;
		char more[512];
	} answer;

	count(MOVE);
	r->hdr.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (send(sock, r, r->hdr.nlmsg_len, 0) < 0 || recv(sock, &answer, sizeof(answer), 0) < 0)
		die(what);
	errno = answer.hdr.nlmsg_type == NLMSG_ERROR ? -answer.error.error : EBADMSG;
	if (errno)
		die(what);
}

static struct request request(unsigned short type)
{
	return (struct request){
		.hdr = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)), .nlmsg_type = type}};
}

static unsigned int link_index(int sock, const char *dev)
{
	struct ifreq r = {0};

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", dev);
	if (ioctl(sock, SIOCGIFINDEX, &r))
		die(dev);
	return (unsigned int)r.ifr_ifindex;
}

static void veth_add(int sock, const char *dev, const char *peer, uint32_t net)
{
	struct request r = request(RTM_NEWLINK);
	struct ifinfomsg info = {0};
	struct rtattr *link, *data, *end;

	r.hdr.nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	attr_add(&r, IFLA_IFNAME, dev, strlen(dev) + 1);
	link = attr_add(&r, IFLA_LINKINFO, NULL, 0);
	attr_add(&r, IFLA_INFO_KIND, "veth", 4);
	data = attr_add(&r, IFLA_INFO_DATA, NULL, 0);
	end = attr_add(&r, VETH_INFO_PEER, &info, sizeof(info));
	attr_add(&r, IFLA_IFNAME, peer, strlen(peer) + 1);
	attr_end(&r, end);
	attr_end(&r, data);
	attr_end(&r, link);
	ask(sock, &r, "veth");
	note("netdev-add %s %u %u", dev, link_index(sock, dev), net);
	note("netdev-add %s %u %u", peer, link_index(sock, peer), net);
}

/* A net namespace and a socket in it. */
struct net {
	uint32_t inum;
	int fd, sock;
};

static void link_move(const struct net *from, const struct net *to, const char *dev)
{
	struct request r = request(RTM_NEWLINK);
	unsigned int index = link_index(from->sock, dev);

	attr_add(&r, IFLA_IFNAME, dev, strlen(dev) + 1);
	attr_add(&r, IFLA_NET_NS_FD, &to->fd, sizeof(to->fd));
	ask(from->sock, &r, "a move");
	note("netdev %s %u>%u %u>%u request", dev, index, link_index(to->sock, dev), from->inum,
		to->inum);
}

static void nsid_set(const struct net *home, const struct net *net)
{
	struct request r = request(RTM_NEWNSID);
	int id = -1;

	r.hdr.nlmsg_len = NLMSG_LENGTH(NLMSG_ALIGN(sizeof(struct rtgenmsg)));
	attr_add(&r, NETNSA_FD, &net->fd, sizeof(net->fd));
	attr_add(&r, NETNSA_NSID, &id, sizeof(id));
	ask(home->sock, &r, "an id of a net namespace");
}

static struct net net_of(struct life *l, int fd, const struct net *home)
{
	struct net net = {.fd = fd};
	struct stat st;

	if (fstat(fd, &st))
		die("fstat");
	net.inum = (uint32_t)st.st_ino;
	if (home)
		act_setns(l, fd, "nsfs", CLONE_NEWNET, 1U << NET, net.inum);
	net.sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (net.sock < 0)
		die("a socket of rtnetlink");
	if (home)
		act_setns(l, home->fd, "nsfs", CLONE_NEWNET, 1U << NET, home->inum);
	return net;
}

static void note_gone(int sock, const char *dev, uint32_t net, const char *why, uint32_t cause)
{
	note("netdev-del %s %u %u %s %u", dev, link_index(sock, dev), net, why, cause);
}

static void veth_remove(const struct net *net, const char *dev, const char *peer)
{
	struct request r = request(RTM_DELLINK);

	note_gone(net->sock, dev, net->inum, "request", 0);
	note_gone(net->sock, peer, net->inum, "request", 0);
	attr_add(&r, IFLA_IFNAME, dev, strlen(dev) + 1);
	ask(net->sock, &r, "a removal");
}

/* The net namespace that one end was moved to ends, and both with it. */
static void veth_die(struct life *l, const struct net *home, const char *dev, const char *peer)
{
	struct anchor a;
	struct net end;

	anchor_make(l, &a, CLONE_NEWNET);
	end = net_of(l, a.fds[NET], home);
	nsid_set(home, &end);
	link_move(home, &end, peer);
	note_gone(home->sock, dev, home->inum, "netns-exit", end.inum);
	note_gone(end.sock, peer, end.inum, "netns-exit", end.inum);
	close(end.sock);
	/* Nobody can ask whose id it was once it has ended, and a busy machine asks late. */
	usleep(500000);
	anchor_end(&a);
}

/* A pair of devices, of which one end is moved there and back. */
static void devices_live(
	struct life *l, const struct net *home, const struct net *far, unsigned int round)
{
	char dev[IFNAMSIZ], peer[IFNAMSIZ];

	snprintf(dev, sizeof(dev), "%.9sa%u", name, round % 1000);
	snprintf(peer, sizeof(peer), "%.9sb%u", name, round % 1000);
	veth_add(home->sock, dev, peer, home->inum);
	for (int i = 0; i < 3; i++) {
		link_move(home, far, peer);
		link_move(far, home, peer);
	}
	if (round % 4)
		veth_remove(home, dev, peer);
	else
		veth_die(l, home, dev, peer);
}

static void work_devices(struct life *l, double rate, unsigned int seed)
{
	struct net home, far;
	struct anchor a;

	(void)rate;
	home = net_of(l, open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), NULL);
	anchor_make(l, &a, CLONE_NEWNET);
	far = net_of(l, a.fds[NET], &home);
	nsid_set(&home, &far);
	for (unsigned int round = seed; now() < until; round++) {
		devices_live(l, &home, &far, round);
		usleep(200000);
	}
	close(far.sock);
	anchor_end(&a);
}

/* --- */

static struct shared *worker(
	void (*work)(struct life *, double, unsigned int), double rate, unsigned int seed)
{
	struct life l = {0};

	shared = mmap(
		NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mmap");
	if (fork())
		return shared;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	l.pid = pid_outside();
	ns_read(l.ns);
	work(&l, rate, seed);
	_exit(0);
}

int main(int argc, char **argv)
{
	struct shared *of[LIVES + 2];
	unsigned long sum[SORTS] = {0}, calls = 0;
	int status, bad = 0;
	double rate, pins;

	proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (argc == 5 + SLOTS && !strcmp(argv[1], "exit"))
		return executed(argv);
	if (argc != 6)
		return 2;
	until = now() + atof(argv[1]);
	rate = atof(argv[2]);
	pins = atof(argv[5]) / 100;
	logs = open(argv[3], O_WRONLY | O_APPEND);
	place = argv[4];
	name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	snprintf(self, sizeof(self), "%s", argv[0]);
	if (logs < 0 || proc < 0)
		return 2;
	for (unsigned int i = 0; i < LIVES; i++)
		of[i] = worker(work_lives, rate * (1 - pins) / LIVES, i + 1);
	of[LIVES] = worker(work_pins, rate * pins, 77);
	of[LIVES + 1] = worker(work_devices, 0, 1);
	while (wait(&status) > 0)
		bad |= status;
	for (int i = 0; i < LIVES + 2; i++)
		for (int s = 0; s < SORTS; s++)
			sum[s] += of[i]->calls[s];
	for (int s = 0; s < SORTS; s++)
		calls += sum[s];
	printf("%lu calls:", calls);
	for (int s = 0; s < SORTS; s++)
		printf(" %lu %s", sum[s], sorts[s]);
	printf("\n");
	return bad ? 1 : 0;
}
