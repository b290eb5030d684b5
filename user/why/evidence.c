// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "why/evidence.h"
#include "lib/ask.h"
#include "lib/fd.h"
#include "snapshot/from_proc.h"
#include "kernel/nstype.h"
#include "lib/util.h"
#include "lib/array.h"
#include "lib/hash.h"
#include "kernel/procstatus.h"

#define PROC_MAGIC     0x9fa0 /* include/uapi/linux/magic.h */
#define PROC_ROOT_INO  1
#define EXITING        0x4                /* PF_EXITING, include/linux/sched.h */
#define PID_FROM_PIDNS _IOR(0xb7, 6, int) /* NS_GET_PID_FROM_PIDNS */
#define PROGRAM_MAX    4096
#define PIDNS_DEPTH    33 /* MAX_PID_NS_LEVEL and one */
#define LOOKS          3  /* at a process that does not stand still */

void evidence_free(struct evidence *e)
{
	inums_free(&e->pidns);
	inums_free(&e->dead);
	inums_free(&e->asleep);
	inums_free(&e->later);
	inums_free(&e->roots);
	free(e->zombies);
	free(e->procs);
	*e = (struct evidence){0};
}

/* A process lives as long as one of its threads does, the leader or another. */
static bool process_lives(const struct ns_tasks *tasks, size_t leader)
{
	for (size_t i = leader; i < tasks->n && tasks->rows[i].pid == tasks->rows[leader].pid; i++)
		if (!(tasks->rows[i].flags & TASK_DEAD))
			return true;
	return false;
}

static int task_count(struct evidence *e, size_t row)
{
	const struct ns_task *t = &e->tasks->rows[row];
	struct inum_entry *in;

	if (t->flags & TASK_DEAD && t->pid == t->tid) {
		const struct ns_task *parent = tasks_find(e->tasks, t->ppid);

		if (parent)
			e->zombies[parent - e->tasks->rows]++;
	}
	if (!t->ns.inum[NS_PID])
		return 0;
	in = inums_put(&e->pidns, NS_PID, t->ns.inum[NS_PID]);
	if (!in)
		return -ENOMEM;
	in->a += t->pid == t->tid && process_lives(e->tasks, row);
	if (t->ns_pid == 1 && t->pid == t->tid)
		in->b = row + 1;
	return 0;
}

int evidence_make(const struct ns_tasks *t, const struct ns_graph *g, struct evidence *ret)
{
	auto_evidence struct evidence e = {.tasks = t, .graph = g};
	int r = 0;

	e.zombies = calloc(t->n ? t->n : 1, sizeof(*e.zombies));
	if (!e.zombies)
		return -ENOMEM;
	for (size_t i = 0; i < t->n && !r; i++)
		r = task_count(&e, i);
	if (r)
		return r;
	*ret = e;
	e = (struct evidence){0};
	return 0;
}

const struct ns_task *evidence_init(const struct evidence *e, uint32_t pidns)
{
	const struct inum_entry *in = pidns ? inums_find(&e->pidns, NS_PID, pidns) : NULL;

	return in && in->b ? &e->tasks->rows[in->b - 1] : NULL;
}

uint64_t evidence_alive(const struct evidence *e, uint32_t pidns)
{
	const struct inum_entry *in = pidns ? inums_find(&e->pidns, NS_PID, pidns) : NULL;

	return in ? in->a : 0;
}

bool evidence_is_init(const struct ns_task *t)
{
	return t->ns_pid == 1 && t->pid == t->tid && t->ns.inum[NS_PID] &&
	       t->ns.inum[NS_PID] != ns_types[NS_PID].initial;
}

/* Programs that run other programs: the same file says little. */
static bool is_interpreter(const char *exe)
{
	static const char *const names[] = {"sh", "bash", "dash", "zsh", "busybox", "perl",
		"python", "ruby", "node", "java", "php"};
	const char *slash = strrchr(exe, '/');
	const char *name = slash ? slash + 1 : exe;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strncmp(name, names[i], strlen(names[i])))
			return true;
	return false;
}

static bool same_file(const struct ns_task *a, const struct ns_task *b, const char *name)
{
	auto_buf struct buf of_a = {0}, of_b = {0};

	return !procfs_text(a, name, PROGRAM_MAX, &of_a) &&
	       !procfs_text(b, name, PROGRAM_MAX, &of_b) && of_a.len && of_a.len == of_b.len &&
	       !memcmp(of_a.s, of_b.s, of_a.len);
}

bool evidence_own_sandbox(const struct evidence *e, const struct ns_task *init)
{
	const struct ns_task *parent = tasks_find(e->tasks, init->ppid);
	auto_buf struct buf own = {0}, outer = {0};

	if (!parent || parent->ns.inum[NS_PID] == init->ns.inum[NS_PID] ||
		procfs_link(init, "exe", &own) || procfs_link(parent, "exe", &outer) || !own.len ||
		strcmp(own.s, outer.s) != 0)
		return false;
	return !is_interpreter(own.s) || same_file(init, parent, "cmdline");
}

bool evidence_is_above(const struct evidence *e, uint32_t pidns, uint32_t other)
{
	const struct ns_node *at = graph_find(e->graph, NS_PID, other);

	for (int depth = 0; at && at->rel[REL_PARENT] && depth < PIDNS_DEPTH; depth++) {
		if (at->rel[REL_PARENT] == pidns)
			return true;
		at = graph_find(e->graph, NS_PID, at->rel[REL_PARENT]);
	}
	return false;
}

/*
 * With hidepid= the processes of others are missing, those whose namespaces may
 * not be read could be anywhere below, and a /proc of another pid namespace
 * than ours has other numbers. The status of the unreadable says at how many
 * levels they have a pid: one alone means that they are where we are.
 */
static bool sees_all(const struct ns_tasks *tasks)
{
	uint32_t pids[2];

	if (access("/proc/1", F_OK))
		return false;
	for (size_t i = 0; tasks->unreadable && i < tasks->n; i++) {
		const struct ns_task *t = &tasks->rows[i];
		int n;

		if (!(t->flags & TASK_UNREADABLE))
			continue;
		n = procfs_nspids(t, pids, 2);
		if (n != 1 && n != -ESRCH)
			return false;
	}
	return true;
}

/* A new look at all processes: the snapshot is older than what we know of the namespace. */
static bool nobody_is_there(uint32_t pidns)
{
	auto_tasks struct ns_tasks now = {0};
	struct procfs_opts o = {.slots = 1u << NS_PID};

	if (procfs_read(&o, &now, NULL))
		return false;
	for (size_t i = 0; i < now.n; i++)
		if (now.rows[i].ns.inum[NS_PID] == pidns && !(now.rows[i].flags & TASK_DEAD))
			return false;
	return sees_all(&now);
}

static bool proc_is_ours(void)
{
	char link[32] = "";

	return readlink("/proc/self", link, sizeof(link) - 1) > 0 &&
	       strtol(link, NULL, 10) == getpid();
}

static bool pid_is_ending(uint32_t pid)
{
	auto_buf struct buf b = {0};
	char path[32], text[4096];
	const char *p;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	if (fd_read_file(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return true; /* gone meanwhile */
	p = strrchr(text, ')');
	/* The 9th field of proc(5), the 3rd is behind the name. */
	for (int field = 2; p && field < 9; field++)
		p = strchr(p + 1, ' ');
	return p && strtoul(p, NULL, 10) & EXITING;
}

/*
 * A pid namespace that had a pid 1 has none any more, or one that is ending: no
 * pid is given out there again, ever. Newer kernels are asked (6.11), of older
 * ones all processes are looked at.
 */
static bool pidns_is_dead(struct evidence *e, const char *link, uint32_t inum)
{
	auto_fd int fd = -1;
	struct stat st;
	int pid;

	if (inums_find(&e->dead, NS_PID, inum))
		return true;
	fd = open(link, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) || st.st_ino != inum || !proc_is_ours())
		return false;
	pid = ioctl(fd, PID_FROM_PIDNS, 1);
	if (pid > 0 && !pid_is_ending((uint32_t)pid))
		return false;
	if (pid < 0 && errno != ESRCH && !nobody_is_there(inum))
		return false;
	inums_put(&e->dead, NS_PID, inum);
	return true;
}

static int later_look(struct evidence *e)
{
	auto_tasks struct ns_tasks now = {0};
	struct procfs_opts o = {.threads = true};

	if (procfs_read(&o, &now, NULL))
		return -1;
	for (size_t i = 0; i < now.n; i++)
		for (unsigned int slot = 0; slot < NS_SLOTS; slot++) {
			uint32_t inum = now.rows[i].ns.inum[slot];

			if (inum && !inums_put(&e->later, ns_types[slot].type, inum))
				return -1;
		}
	return sees_all(&now) ? 1 : -1;
}

bool evidence_nobody(struct evidence *e, const struct ns_node *n)
{
	if (n->nprocs || n->keep[KEEP_THREAD].n)
		return false;
	if (!e->looked)
		e->looked = later_look(e);
	return e->looked > 0 && !inums_find(&e->later, n->type, n->inum);
}

/* --- of one process -------------------------------------------------------------------------- */

/* "/proc/812/NAME", or of a thread "/proc/812/task/813/NAME". */
static const char *task_path(const struct ns_task *t, const char *name, char dst[96])
{
	if (t->pid == t->tid)
		snprintf(dst, 96, "/proc/%u/%s", t->pid, name);
	else
		snprintf(dst, 96, "/proc/%u/task/%u/%s", t->pid, t->tid, name);
	return dst;
}

static bool task_is_there(const struct ns_task *t)
{
	auto_buf struct buf b = {0};

	return !procfs_text(t, "stat", 16, &b);
}

/*
 * The link has no target before pid 1 is born, and keeps the number of a
 * namespace whose pid 1 has ended.
 */
enum child_ns evidence_children(struct evidence *e, const struct ns_task *t, uint32_t *ret_inum)
{
	char path[96], link[64];
	uint32_t inum = t->ns.inum[NS_PID_CHILD], own = t->ns.inum[NS_PID];
	ssize_t n;

	*ret_inum = inum;
	if (!own || t->flags & (TASK_DEAD | TASK_KTHREAD | TASK_UNREADABLE))
		return CHILD_NS_UNKNOWN;
	if (inum == own)
		return CHILD_NS_OWN;
	n = readlink(task_path(t, "ns/pid_for_children", path), link, sizeof(link));
	if (n < 0 && (errno != ENOENT || !task_is_there(t) ||
			     access("/proc/self/ns/pid_for_children", F_OK)))
		return CHILD_NS_UNKNOWN;
	if (n < 0)
		return evidence_exiting(t) ? CHILD_NS_UNKNOWN : CHILD_NS_UNBORN;
	if (!inum)
		return CHILD_NS_UNKNOWN; /* born since the snapshot */
	return pidns_is_dead(e, path, inum) ? CHILD_NS_DEAD : CHILD_NS_ALIVE;
}

static int signals_parse(const char *status, struct signals *ret)
{
	uint64_t own, shared, tracer;

	if (procstatus_num(status, "TracerPid", 10, &tracer) ||
		procstatus_num(status, "SigPnd", 16, &own) ||
		procstatus_num(status, "ShdPnd", 16, &shared) ||
		procstatus_num(status, "SigBlk", 16, &ret->blocked) ||
		procstatus_num(status, "SigIgn", 16, &ret->ignored) ||
		procstatus_num(status, "SigCgt", 16, &ret->caught))
		return -EINVAL;
	ret->pending = own | shared;
	ret->tracer = (uint32_t)tracer;
	return 0;
}

static bool is_sigwait(const char *call)
{
	long nr = strtol(call, NULL, 10);

	if (nr == SYS_rt_sigtimedwait)
		return true;
#ifdef __x86_64__
	if (nr == 177 || nr == 421) /* rt_sigtimedwait of 32-bit programs */
		return true;
#endif
	return false;
}

/*
 * sigtimedwait(2) unblocks what it waits for as long as it sleeps, and the mask
 * it keeps meanwhile (real_blocked) is not in /proc: so the call is looked at
 * before and after.
 */
int evidence_signals(const struct ns_task *t, struct signals *ret)
{
	auto_buf struct buf before = {0}, after = {0}, status = {0};
	struct signals s = {0};
	int r;

	for (int i = 0; i < LOOKS; i++) {
		buf_reset(&before);
		buf_reset(&after);
		buf_reset(&status);
		r = procfs_text(t, "syscall", 256, &before);
		if (!r)
			r = procfs_text(t, "status", PROCSTATUS_MAX, &status);
		if (!r)
			r = procfs_text(t, "syscall", 256, &after);
		if (!r && (!status.len || !before.len || !after.len))
			r = -ESRCH;
		if (!r)
			r = signals_parse(status.s, &s);
		if (r)
			return r;
		s.waiting = is_sigwait(before.s) || is_sigwait(after.s);
		if (s.waiting || !strcmp(before.s, after.s)) {
			*ret = s;
			return 0;
		}
	}
	return -EAGAIN;
}

/*
 * The status of a process has its pids from the pid namespace of the procfs to its
 * own: where it has just one of us, the two are the same.
 */
static uint32_t proc_if_ours(const char *root)
{
	auto_buf struct buf status = {0};
	char path[128], text[64];
	uint32_t pids[2], inum = 0;
	ssize_t n;
	int type;

	/* The status of whoever reads it: of a child in the same pid namespace here. */
	snprintf(path, sizeof(path), "%s/self/status", root);
	if (ask_read(path, PROCSTATUS_MAX, &status) || !status.len ||
		procstatus_nspids(status.s, pids, 2) != 1)
		return 0;
	n = readlink("/proc/self/ns/pid", text, sizeof(text));
	if (n > 0)
		ns_link_parse(text, (size_t)n, &type, &inum);
	return inum;
}

/* Its processes may be hidden from us. */
static bool proc_hides(const struct ns_task *t)
{
	auto_buf struct buf b = {0};

	return procfs_text(t, "mountinfo", 1 << 20, &b) || !b.s || strstr(b.s, "hidepid=");
}

static bool proc_ask(const struct ns_task *t, const char *root, dev_t dev, struct proc_fs *ret)
{
	char path[128], link[64];
	int n, type;

	*ret = (struct proc_fs){.dev = dev};
	snprintf(path, sizeof(path), "%s/1/ns/pid", root);
	n = ask_link(path, link, sizeof(link));
	if (n > 0)
		ns_link_parse(link, (size_t)n, &type, &ret->pidns);
	else if (n == -ENOENT)
		ret->dead = !proc_hides(t);
	else
		ret->pidns = proc_if_ours(root);
	return true;
}

/*
 * The root of every procfs has the same inode number, and a device of its own. Another process'
 * root directory may be of a file system that gives no answer. Which of e->procs + 1 is at /proc,
 * 0: none; -errno where nothing is known.
 */
static int proc_find(struct evidence *e, const struct ns_task *t)
{
	char root[64];
	struct ask_stat st;
	struct proc_fs fs;
	int r;

	snprintf(root, sizeof(root), "/proc/%u/root/proc", t->pid);
	r = ask_stat(root, &st);
	if (r)
		return r == -ENOENT && task_is_there(t) ? 0 : r;
	if (st.ino != PROC_ROOT_INO || st.fs != PROC_MAGIC)
		return 0;
	for (size_t i = 0; i < e->nprocs; i++)
		if (e->procs[i].dev == st.dev)
			return (int)i + 1;
	if (!proc_ask(t, root, st.dev, &fs) || !task_is_there(t))
		return -ESRCH;
	if (ARRAY_ROOM(e->procs, e->procs_cap, e->nprocs))
		return -ENOMEM;
	e->procs[e->nprocs++] = fs;
	return (int)e->nprocs;
}

/* Processes with the same root directory see the same procfs: one of them is asked. */
bool evidence_proc(struct evidence *e, const struct ns_task *t, struct proc_fs *ret)
{
	uint64_t id = t->root ? hash_id(t->root) : 0;
	struct inum_entry *in = inums_find_id(&e->roots, id);
	int at = in ? (int)in->a : proc_find(e, t);

	if (at < 0)
		return false;
	if (!in) {
		in = inums_put_id(&e->roots, id);
		if (in)
			in->a = (uint64_t)at;
	}
	if (!at)
		return false;
	*ret = e->procs[at - 1];
	return true;
}

int evidence_map_lines(const struct ns_task *t, const char *file)
{
	auto_buf struct buf b = {0};
	int r = procfs_text(t, file, PROCSTATUS_MAX, &b), n = 0;

	if (r)
		return r;
	for (size_t i = 0; i < b.len; i++)
		n += b.s[i] == '\n';
	return task_is_there(t) ? n : -ESRCH;
}

int evidence_setgroups(const struct ns_task *t)
{
	auto_buf struct buf b = {0};
	int r = procfs_text(t, "setgroups", 64, &b);

	if (r)
		return r;
	return b.s && !strcmp(b.s, "allow\n") ? 1 : b.s && !strcmp(b.s, "deny\n") ? 0 : -EINVAL;
}

int evidence_filters(const struct ns_task *t)
{
	auto_buf struct buf b = {0};
	int r = procfs_text(t, "status", PROCSTATUS_MAX, &b);
	uint64_t mode, n;

	if (r)
		return r;
	if (!b.s || procstatus_num(b.s, "Seccomp", 10, &mode))
		return -EINVAL;
	if (mode != 2) /* SECCOMP_MODE_FILTER */
		return 0;
	return procstatus_num(b.s, "Seccomp_filters", 10, &n) || !n ? 1 : (int)n;
}

bool evidence_exiting(const struct ns_task *t)
{
	return task_is_there(t) && pid_is_ending(t->pid) && task_is_there(t);
}

static char state_now(const struct ns_task *t)
{
	auto_buf struct buf b = {0};
	struct ns_task now = {0};

	if (procfs_text(t, "stat", 4096, &b) || !b.len || procfs_stat_parse(b.s, b.len, &now))
		return 0;
	return now.state;
}

bool evidence_zombie(const struct ns_task *t)
{
	return state_now(t) == 'Z';
}

bool evidence_asleep(const struct ns_task *t)
{
	return state_now(t) == 'S';
}

/* Calls that can sleep, and which of their arguments tells how long. */
enum timeout_kind {
	TIMEOUT_MS,       /* milliseconds, below 0: for ever */
	TIMEOUT_SECONDS,  /* a pointer to a struct that begins with 64 bits of seconds; NULL: for
			     ever */
	TIMEOUT_DEADLINE, /* the same, but of clock_nanosleep(2), where it may be a time of day */
};

static const struct timeout_call {
	long nr;
	enum timeout_kind kind;
	int arg;
} timeout_calls[] = {
#ifdef SYS_poll
	{SYS_poll, TIMEOUT_MS, 2},
	{SYS_epoll_wait, TIMEOUT_MS, 3},
	{SYS_select, TIMEOUT_SECONDS, 4},
#endif
	{SYS_epoll_pwait, TIMEOUT_MS, 3},
	{SYS_ppoll, TIMEOUT_SECONDS, 2},
	{SYS_pselect6, TIMEOUT_SECONDS, 4},
	{SYS_nanosleep, TIMEOUT_SECONDS, 0},
	{SYS_clock_nanosleep, TIMEOUT_DEADLINE, 2},
	{SYS_futex, TIMEOUT_SECONDS, 3},
};

/* 64 bits of its memory; false where that may not be read. */
static bool task_word(const struct ns_task *t, uint64_t at, uint64_t *ret)
{
	char path[64];
	auto_fd int fd = -1;

	snprintf(path, sizeof(path), "/proc/%u/mem", t->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && pread(fd, ret, sizeof(*ret), (off_t)at) == sizeof(*ret);
}

static bool timeout_within(const struct ns_task *t, const struct timeout_call *c,
	const unsigned long long args[6], uint64_t max)
{
	unsigned long long arg = args[c->arg];
	uint64_t seconds;

	if (c->kind == TIMEOUT_MS)
		return (int32_t)arg >= 0 && (uint64_t)(int32_t)arg <= max * 1000;
	if (!arg || !task_word(t, arg, &seconds))
		return arg != 0;
	if (c->kind == TIMEOUT_DEADLINE && args[1] & TIMER_ABSTIME) {
		struct timespec now;

		if (clock_gettime((clockid_t)args[0], &now))
			return true;
		seconds -= (uint64_t)now.tv_sec < seconds ? (uint64_t)now.tv_sec : seconds;
	}
	return seconds <= max;
}

bool evidence_sleeps_for(const struct ns_task *t, uint64_t max)
{
	auto_buf struct buf b = {0};
	unsigned long long a[6];
	long nr;

	if (procfs_text(t, "syscall", 256, &b) || !b.len ||
		sscanf(b.s, "%ld %llx %llx %llx %llx %llx %llx", &nr, &a[0], &a[1], &a[2], &a[3],
			&a[4], &a[5]) != 7)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(timeout_calls); i++)
		if (timeout_calls[i].nr == nr)
			return timeout_within(t, &timeout_calls[i], a, max);
	return false;
}

int evidence_switches(const struct ns_task *t, uint64_t *ret)
{
	auto_buf struct buf b = {0};
	int r = procfs_text(t, "status", PROCSTATUS_MAX, &b);

	if (r)
		return r;
	return b.s ? procstatus_num(b.s, "voluntary_ctxt_switches", 10, ret) : -EINVAL;
}
