// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One directory is opened per process and everything read relative to it, so
 * that all facts of a row are of one process even if its pid is used again
 * meanwhile. It is /proc/PID/ns, because the links in there are most of the time
 * and a path of one name is found faster than one of two. Reading a link is
 * cheaper than stat(2) of it, which would make an inode of nsfs. Several threads
 * share the work.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "lib/ask.h"
#include "lib/fd.h"
#include "lib/caps.h"
#include "snapshot/from_proc.h"
#include "kernel/nstype.h"
#include "lib/util.h"
#include "lib/array.h"
#include "kernel/procstatus.h"

#define WORKERS_MAX     8
#define PIDS_PER_WORKER 128      /* fewer are not worth a thread */
#define PIDS_PER_ASK    16       /* read between two questions whether to stop */
#define ASK_NS          10000000 /* the same while other threads read */
#define MOUNTINFO_MAX   (1 << 20)
#define PF_KTHREAD      0x00200000
#define SETS_MAX        256 /* sets of namespaces remembered at a time; a power of two */

struct reader {
	int procfd;
	const struct procfs_opts *opts;
	uint32_t slots;
	uint32_t own_pidns; /* of which ns_pid is the pid itself; 0: unknown */
	long tick_ns;
	bool *cancelled; /* read by all threads, written by the one that called */
};

/* A worker reads this part of the pids. */
struct part {
	const struct reader *r;
	const uint32_t *pids;
	size_t n;
	struct ns_tasks tasks;
	struct buf buf;
	uint32_t sets[SETS_MAX]; /* of brief rows, by a hash: the row + 1 */
	struct ns_holds holds;
	struct holds_seen seen;
	pthread_t thread;
	bool started;
	bool asks; /* in the thread that called */
	int ret;
};

struct pid_list {
	uint32_t *pids;
	size_t n, cap;
};

static void pid_list_free(struct pid_list *l)
{
	free(l->pids);
}

static int pid_list_add(struct pid_list *l, uint32_t pid)
{
	if (ARRAY_ROOM(l->pids, l->cap, l->n))
		return -ENOMEM;
	l->pids[l->n++] = pid;
	return 0;
}

/* Names of a directory that are numbers; getdents64 because readdir is slower by half. */
static int pid_list_read(int dirfd, struct pid_list *l)
{
	char chunk[32768] __attribute__((aligned(8)));
	ssize_t len;

	while ((len = getdents64(dirfd, chunk, sizeof(chunk))) > 0) {
		for (char *p = chunk; p < chunk + len;) {
			struct dirent64 *d = (struct dirent64 *)p;
			uint32_t pid = 0;
			int ret;

			for (const char *c = d->d_name; isdigit((unsigned char)*c); c++)
				pid = pid * 10 + (uint32_t)(*c - '0');
			if (pid) {
				ret = pid_list_add(l, pid);
				if (ret)
					return ret;
			}
			p += d->d_reclen;
		}
	}
	return len < 0 ? -errno : 0;
}

/* The directory ns of a process or thread; the rest of it is one up. */
static int ns_open(int dirfd, uint32_t pid)
{
	char name[32];

	snprintf(name, sizeof(name), "%u/ns", pid);
	return openat(dirfd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* The count-th number after s that is separated by one blank; NULL where there are fewer. */
static const char *skip_fields(const char *s, unsigned int count)
{
	while (count-- && s) {
		s = strchr(s, ' ');
		if (s)
			s++;
	}
	return s;
}

/*
 * /proc adds to the names of workers what they work on, which changes all the
 * time and is not in task->comm. "kworker/R-" begins a name that is whole.
 */
static size_t comm_len(const char *comm, size_t len)
{
	static const char worker[] = "kworker/";
	size_t i = sizeof(worker) - 1;

	if (len <= i || memcmp(comm, worker, i) || comm[i] == 'R')
		return len;
	while (i < len && comm[i] != '-' && comm[i] != '+')
		i++;
	return i;
}

int procfs_stat_parse(const char *s, size_t len, struct ns_task *ret)
{
	const char *open = memchr(s, '(', len), *close = memrchr(s, ')', len);
	const char *f;
	size_t n;

	if (!open || !close || close < open || close + 4 > s + len || strlen(s) != len)
		return -EINVAL;
	ret->tid = (uint32_t)strtoul(s, NULL, 10);
	n = comm_len(open + 1, (size_t)(close - open - 1));
	if (n >= sizeof(ret->comm))
		n = sizeof(ret->comm) - 1;
	memcpy(ret->comm, open + 1, n);
	ret->comm[n] = '\0';

	f = close + 2; /* field 3 of proc(5) */
	ret->state = *f;
	ret->flags = *f == 'Z' || *f == 'X' ? TASK_DEAD : 0;
	f = skip_fields(f, 1);
	if (!f)
		return -EINVAL;
	ret->ppid = (uint32_t)strtoul(f, NULL, 10);
	f = skip_fields(f, 9 - 4);
	if (!f)
		return -EINVAL;
	if (strtoul(f, NULL, 10) & PF_KTHREAD)
		ret->flags |= TASK_KTHREAD;
	f = skip_fields(f, 20 - 9);
	if (!f)
		return -EINVAL;
	ret->nthreads = (uint32_t)strtoul(f, NULL, 10);
	f = skip_fields(f, 22 - 20);
	if (!f)
		return -EINVAL;
	ret->start_ns = strtoull(f, NULL, 10); /* in ticks */
	f = skip_fields(f, 28 - 22);
	if (!f)
		return -EINVAL;
	ret->exec_mark = strtoull(f, NULL, 10);
	f = skip_fields(f, 52 - 28);
	ret->exit_code = f && ret->flags & TASK_DEAD ? (int32_t)strtol(f, NULL, 10) : -1;
	return 0;
}

static int nspids_at(int dirfd, const char *status, struct buf *b, uint32_t *ret_pids, size_t max)
{
	int ret;

	buf_reset(b);
	ret = procstatus_read(dirfd, status, b);
	return ret ? ret : procstatus_nspids(b->s, ret_pids, max);
}

/*
 * The inums of all wanted slots. -ESRCH: the task is gone. ENOENT is the answer
 * for a zombie, for types that the kernel lacks and for a pid_for_children
 * whose first child was not born yet.
 */
static int slots_read(const struct reader *r, int nsfd, struct ns_task *t)
{
	char link[64];
	int type;

	slot_for_each (slot, r->slots) {
		ssize_t n = readlinkat(nsfd, ns_types[slot].name, link, sizeof(link));

		if (n < 0 && errno == ESRCH)
			return -ESRCH;
		/* Linux 5.10 gives an empty text to who may not read it, and no error. */
		if (!n || (n < 0 && (errno == EACCES || errno == EPERM))) {
			t->flags |= TASK_UNREADABLE;
			t->exit_code = -1;
			return 0;
		}
		if (n > 0)
			ns_link_parse(link, (size_t)n, &type, &t->ns.inum[slot]);
	}
	return 0;
}

static int level_read(const struct reader *r, int nsfd, struct buf *b, struct ns_task *t)
{
	uint32_t pids[64]; /* the kernel nests 32 deep */
	int n;

	if (r->own_pidns && t->ns.inum[NS_PID] == r->own_pidns) {
		t->ns_pid = t->tid;
		return 0;
	}
	n = nspids_at(nsfd, "../status", b, pids, ARRAY_SIZE(pids));
	if (n < 0)
		return n;
	t->ns_pid = pids[n - 1];
	t->level = (uint16_t)(n - 1);
	return 0;
}

/* One row from a directory /proc/PID/ns or /proc/PID/task/TID/ns. */
static int task_read(const struct reader *r, int nsfd, struct buf *b, struct ns_task *ret)
{
	struct ns_task t = {0};
	struct stat st;
	int err;

	buf_reset(b);
	err = buf_read_file(b, nsfd, "../stat", 4096);
	if (err)
		return err;
	err = b->len ? procfs_stat_parse(b->s, b->len, &t) : -ESRCH;
	if (err)
		return err;
	t.start_ns *= (uint64_t)r->tick_ns;
	t.pid = t.tid;
	/* The directory belongs to the effective user even where the files below it don't. */
	if (fstatat(nsfd, "..", &st, 0))
		return -errno;
	t.uid = st.st_uid;
	/* A brief row has them already. */
	if (r->opts->brief)
		t.ns = ret->ns;
	else
		err = slots_read(r, nsfd, &t);
	if (!err && r->opts->nspids)
		err = level_read(r, nsfd, b, &t);
	if (!err)
		*ret = t;
	return err;
}

static bool is_gone(int err)
{
	return err == -ESRCH || err == -ENOENT;
}

static int task_add(struct part *p, int nsfd, uint32_t leader)
{
	struct ns_task t, *row;
	int ret = task_read(p->r, nsfd, &p->buf, &t);

	if (ret)
		return ret;
	if (leader)
		t.pid = leader;
	row = tasks_add(&p->tasks);
	if (!row)
		return -ENOMEM;
	*row = t;
	return 0;
}

static int threads_add(struct part *p, int nsfd, uint32_t leader)
{
	auto_fd int fd = openat(nsfd, "../task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	__attribute__((cleanup(pid_list_free))) struct pid_list tids = {0};
	int ret;

	if (fd < 0)
		return errno == EACCES ? 0 : -errno;
	ret = pid_list_read(fd, &tids);
	for (size_t i = 0; i < tids.n && !ret; i++) {
		auto_fd int tfd = -1;

		if (tids.pids[i] == leader)
			continue;
		tfd = ns_open(fd, tids.pids[i]);
		ret = tfd < 0 ? -errno : task_add(p, tfd, leader);
		if (is_gone(ret))
			ret = 0;
	}
	return ret;
}

static uint32_t *set_place(struct part *p, const struct ev_nsset *ns)
{
	uint64_t h = 0;

	for (int i = 0; i < NS_SLOTS; i++)
		h = (h ^ ns->inum[i]) * 0x9e3779b97f4a7c15ULL;
	return &p->sets[h >> 40 & (SETS_MAX - 1)];
}

/* Of most processes it is enough to know that there is one more of them. */
static int brief_add(struct part *p, int nsfd, uint32_t pid)
{
	struct ns_task t = {.pid = pid, .tid = pid}, *row;
	uint32_t *place;
	int ret = slots_read(p->r, nsfd, &t);

	if (ret)
		return ret;
	place = set_place(p, &t.ns);
	row = *place ? &p->tasks.rows[*place - 1] : NULL;
	if (row && !memcmp(&row->ns, &t.ns, sizeof(t.ns))) {
		row->others++;
	} else {
		ret = task_read(p->r, nsfd, &p->buf, &t);
		row = ret ? NULL : tasks_add(&p->tasks);
		if (!row)
			return ret ? ret : -ENOMEM;
		*row = t;
		*place = (uint32_t)p->tasks.n;
	}
	if (t.flags & (TASK_KTHREAD | TASK_DEAD | TASK_UNREADABLE) || !p->r->opts->holds)
		return 0;
	return holds_scan(&p->holds, &p->seen, &t, nsfd, p->r->slots & NS_TYPES_MASK);
}

static int process_add(struct part *p, uint32_t pid)
{
	auto_fd int fd = ns_open(p->r->procfd, pid);
	int ret = fd < 0 ? -errno : p->r->opts->brief ? brief_add(p, fd, pid) : task_add(p, fd, 0);

	if (!ret && p->r->opts->threads && p->tasks.rows[p->tasks.n - 1].nthreads > 1)
		ret = threads_add(p, fd, pid);
	/* hidepid= may forbid even this. */
	return is_gone(ret) || ret == -EACCES || ret == -EPERM ? 0 : ret;
}

static bool is_cancelled(const struct reader *r, bool asks)
{
	if (asks && r->opts->stopped && r->opts->stopped(r->opts->stop_ctx))
		__atomic_store_n(r->cancelled, true, __ATOMIC_RELAXED);
	return __atomic_load_n(r->cancelled, __ATOMIC_RELAXED);
}

static void *part_read(void *arg)
{
	struct part *p = arg;

	for (size_t i = 0; i < p->n && !p->ret; i++) {
		p->ret = process_add(p, p->pids[i]);
		if (!p->ret && is_cancelled(p->r, p->asks && i % PIDS_PER_ASK == 0))
			p->ret = -ECANCELED;
	}
	buf_free(&p->buf);
	holds_seen_free(&p->seen);
	return NULL;
}

static size_t workers_for(const struct procfs_opts *o, size_t npids)
{
	size_t n = npids / PIDS_PER_WORKER + 1, cpus = 1;
	cpu_set_t set;

	if (o->workers)
		return o->workers < WORKERS_MAX ? o->workers : WORKERS_MAX;
	if (!sched_getaffinity(0, sizeof(set), &set))
		cpus = (size_t)CPU_COUNT(&set);
	n = n < cpus ? n : cpus;
	return n < WORKERS_MAX ? n : WORKERS_MAX;
}

/* Who waits for another thread still asks whether to stop. */
static void part_join(const struct reader *r, struct part *p)
{
	struct timespec until;

	while (r->opts->stopped && !is_cancelled(r, true)) {
		if (clock_gettime(CLOCK_REALTIME, &until))
			break;
		until.tv_nsec += ASK_NS;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		if (pthread_timedjoin_np(p->thread, NULL, &until) != ETIMEDOUT)
			return;
	}
	pthread_join(p->thread, NULL);
}

static int parts_read(const struct reader *r, const struct pid_list *l, struct ns_tasks *ret)
{
	struct part parts[WORKERS_MAX] = {0};
	size_t n = workers_for(r->opts, l->n), done = 0;
	int err = 0;

	for (size_t i = 0; i < n; i++) {
		struct part *p = &parts[i];

		p->r = r;
		p->pids = l->pids + done;
		p->n = l->n * (i + 1) / n - done;
		done += p->n;
		/* The last part is for this thread, as is any that gets no thread. */
		if (i + 1 < n)
			p->started = !pthread_create(&p->thread, NULL, part_read, p);
		p->asks = !p->started;
		if (!p->started)
			part_read(p);
	}
	for (size_t i = 0; i < n; i++) {
		if (parts[i].started)
			part_join(r, &parts[i]);
		if (!err)
			err = parts[i].ret;
		if (!err)
			err = tasks_append(ret, &parts[i].tasks);
		if (!err && r->opts->holds)
			err = holds_append(r->opts->holds, &parts[i].holds);
		tasks_free(&parts[i].tasks);
		holds_free(&parts[i].holds);
	}
	return err;
}

/* The pid namespace of this process, if the mounted /proc is of just that one. */
static uint32_t own_pidns(const struct reader *r)
{
	auto_fd int fd = openat(r->procfd, "self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_buf struct buf b = {0};
	struct ns_task t = {0};
	uint32_t pids[64];

	if (fd < 0 || nspids_at(fd, "../status", &b, pids, 64) != 1 || slots_read(r, fd, &t))
		return 0;
	return t.ns.inum[NS_PID];
}

int procfs_read(const struct procfs_opts *o, struct ns_tasks *ret, struct err *err)
{
	auto_filecaps filecaps_was was = filecaps_use();
	auto_fd int procfd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	__attribute__((cleanup(pid_list_free))) struct pid_list pids = {0};
	bool cancelled = false;
	struct reader r = {.procfd = procfd,
		.opts = o,
		.tick_ns = 1000000000 / sysconf(_SC_CLK_TCK),
		.cancelled = &cancelled};
	auto_tasks struct ns_tasks tasks = {0};
	int e;

	if (procfd < 0)
		return err_set(err, -errno, "open /proc");
	r.slots = o->slots ? o->slots : NS_SLOTS_MASK;
	if (o->nspids)
		r.slots |= 1u << NS_PID;
	r.own_pidns = o->nspids ? own_pidns(&r) : 0;
	e = pid_list_read(procfd, &pids);
	if (!e)
		e = parts_read(&r, &pids, &tasks);
	if (!e)
		e = tasks_finish(&tasks, ret);
	return e ? err_set(err, e, "read /proc") : 0;
}

bool procfs_is_there(void)
{
	struct statfs fs;

	return !statfs("/proc", &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

/* The option of the procfs at /proc, "hidepid=invisible" or by number; "" where it hides nothing.
 */
static void hidepid_read(struct buf *b)
{
	auto_buf struct buf text = {0};
	const char *at = NULL, *line, *end;

	if (buf_read_file(&text, AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX) || !text.len)
		return;
	/* The last one of that mount point is on top. */
	for (line = text.s; (line = strstr(line, " / /proc ")); line++)
		at = line;
	end = at ? strchrnul(at, '\n') : NULL;
	at = at ? strstr(at, "hidepid=") : NULL;
	if (at && at < end)
		buf_add(b, at, strcspn(at, ", \n"));
}

int procfs_absent(uint32_t pid, struct err *err)
{
	auto_buf struct buf option = {0};

	/* kill(2) does not ask /proc. */
	if (kill((pid_t)pid, 0) && errno != EPERM)
		return err_say(err, -ESRCH, "there is no process %u", pid);
	hidepid_read(&option);
	err_say(err, -EACCES, "process %u is hidden: /proc does not show it%s%s%s", pid,
		option.len ? " (" : "", option.len ? option.s : "", option.len ? ")" : "");
	err_hint(
		err, "root sees it, as does whoever is in the group that gid= of that mount names");
	if (option.len && (strstr(option.s, "ptraceable") || strstr(option.s, "=4")))
		err_hint(err, "root sees it (CAP_SYS_PTRACE)");
	return -EACCES;
}

/* The directory of the very process of the row. */
static int row_open(const struct ns_task *t)
{
	char path[48];
	auto_fd int fd = -1;
	auto_buf struct buf b = {0};
	struct ns_task now = {0};
	uint64_t tick_ns = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);
	int ret;

	snprintf(path, sizeof(path), "/proc/%u/task/%u", t->pid, t->tid);
	if (t->pid == t->tid)
		snprintf(path, sizeof(path), "/proc/%u", t->pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ret = fd < 0 ? -errno : buf_read_file(&b, fd, "stat", 4096);
	if (ret)
		return is_gone(ret) ? -ESRCH : ret;
	/* Rows of the BPF iterator know the start more precisely. */
	if (!b.len || procfs_stat_parse(b.s, b.len, &now) || now.start_ns != t->start_ns / tick_ns)
		return -ESRCH;
	return take_fd(&fd);
}

/*
 * What is in a process' own memory may be of a file system that gives no answer. Which process was
 * read is seen afterwards.
 */
static int cmdline_read(const struct ns_task *t, size_t max, struct buf *b)
{
	size_t start = b->len;
	char path[64];
	int ret;

	snprintf(path, sizeof(path), "/proc/%u/task/%u/cmdline", t->pid, t->tid);
	ret = ask_read(path, max, b);
	if (!ret) {
		auto_fd int fd = row_open(t);

		ret = fd < 0 ? fd : 0;
	}
	if (ret)
		b->len = start;
	if (b->s)
		b->s[b->len] = '\0';
	return is_gone(ret) ? -ESRCH : ret;
}

int procfs_text(const struct ns_task *t, const char *name, size_t max, struct buf *b)
{
	auto_filecaps filecaps_was was = filecaps_use();
	auto_fd int fd = -1;
	int ret;

	if (!strcmp(name, "cmdline"))
		return cmdline_read(t, max, b);
	fd = row_open(t);
	ret = fd < 0 ? fd : buf_read_file(b, fd, name, max);
	return is_gone(ret) ? -ESRCH : ret;
}

int procfs_link(const struct ns_task *t, const char *name, struct buf *b)
{
	auto_filecaps filecaps_was was = filecaps_use();
	auto_fd int fd = row_open(t);
	char link[4096];
	ssize_t n;

	if (fd < 0)
		return fd;
	n = readlinkat(fd, name, link, sizeof(link));
	if (n < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	buf_add(b, link, (size_t)n);
	return 0;
}

int procfs_nspids(const struct ns_task *t, uint32_t *ret_pids, size_t max)
{
	auto_filecaps filecaps_was was = filecaps_use();
	auto_fd int fd = row_open(t);
	auto_buf struct buf b = {0};

	return fd < 0 ? fd : nspids_at(fd, "status", &b, ret_pids, max);
}

int procfs_born(const struct ns_task *t)
{
	auto_filecaps filecaps_was was = filecaps_use();
	auto_fd int fd = row_open(t);
	char link[64];

	if (fd < 0)
		return fd;
	if (readlinkat(fd, "ns/pid_for_children", link, sizeof(link)) >= 0)
		return 1;
	/* A task that has ended has none either. */
	return errno == ENOENT && readlinkat(fd, "ns/pid", link, sizeof(link)) >= 0 ? 0 : -ESRCH;
}

/* ENOENT says that it has none; that it may not be looked at is another thing. */
static bool ns_left(int dirfd, const char *dir)
{
	char path[64], link[64];

	snprintf(path, sizeof(path), "%s/ns/mnt", dir);
	return readlinkat(dirfd, path, link, sizeof(link)) < 0 && errno == ENOENT;
}

uint32_t procfs_live_thread(uint32_t pid)
{
	__attribute__((cleanup(pid_list_free))) struct pid_list tids = {0};
	auto_fd int fd = -1;
	char path[48];

	snprintf(path, sizeof(path), "/proc/%u", pid);
	if (!ns_left(AT_FDCWD, path))
		return 0;
	snprintf(path, sizeof(path), "/proc/%u/task", pid);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || pid_list_read(fd, &tids))
		return 0;
	for (size_t i = 0; i < tids.n; i++) {
		snprintf(path, sizeof(path), "%u", tids.pids[i]);
		if (tids.pids[i] != pid && !ns_left(fd, path))
			return tids.pids[i];
	}
	return 0;
}
