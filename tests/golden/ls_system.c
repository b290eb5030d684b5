// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ls_system.c - nswatch on a system that is always the same: linked with the
 * whole program, whose questions to the kernel about namespaces and processes
 * it answers (--wrap, see the Makefile). What is between question and output is
 * the program's own. With NSWATCH_GOLDEN_TTY set standard output is a terminal.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "snapshot/graph.h"
#include "kernel/nsfd.h"
#include "snapshot/from_proc.h"
#include "snapshot/snapshot.h"
#include "kernel/nstype.h"
#include "bpf/wire/tasks.h"
#include "snapshot/brief_iter.h"

#define PF_KTHREAD 0x00200000
#define SEC        1000000000ULL
#define NOW_BOOT   100000
#define NOW_WALL   1764000000
#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))

/* --- the namespaces --- */

enum {
	USER_ANNA = 4026532800,
	USER_INNER,
	USER_OWNER, /* has nothing but a net namespace */
	PID_ANNA,
	PID_INNER,
	BOX_MNT = 4026532810,
	BOX_UTS,
	BOX_IPC,
	BOX_PID,
	BOX_CGROUP,
	BOX_NET,
	UTS_THREAD = 4026532820,
	UTS_FD,
	NET_SOCKET,
	NET_NAMED,
	IPC_ELSEWHERE,
	CGROUP_LOUD,
	UTS_UNSEEN = 4026532830, /* only the kernel itself lists it */
};

static const struct made {
	uint32_t inum, type, owner, parent, uid; /* 0: the initial one */
} made[] = {
	{USER_ANNA, NS_USER, 0, 0, 1000},
	{USER_INNER, NS_USER, USER_ANNA, USER_ANNA, 1000},
	{USER_OWNER, NS_USER, 0, 0, 1001},
	{PID_ANNA, NS_PID, USER_ANNA, 0, 0},
	{PID_INNER, NS_PID, USER_ANNA, PID_ANNA, 0},
	{BOX_MNT, NS_MNT, 0, 0, 0},
	{BOX_UTS, NS_UTS, 0, 0, 0},
	{BOX_IPC, NS_IPC, 0, 0, 0},
	{BOX_PID, NS_PID, 0, 0, 0},
	{BOX_CGROUP, NS_CGROUP, 0, 0, 0},
	{BOX_NET, NS_NET, 0, 0, 0},
	{UTS_THREAD, NS_UTS, 0, 0, 0},
	{UTS_FD, NS_UTS, 0, 0, 0},
	{NET_SOCKET, NS_NET, USER_OWNER, 0, 0},
	{NET_NAMED, NS_NET, 0, 0, 0},
	{IPC_ELSEWHERE, NS_IPC, 0, 0, 0},
	{CGROUP_LOUD, NS_CGROUP, 0, 0, 0},
	{UTS_UNSEEN, NS_UTS, 0, 0, 0},
};

static const struct made *made_find(uint32_t inum)
{
	for (size_t i = 0; i < COUNT(made); i++)
		if (made[i].inum == inum)
			return &made[i];
	return NULL;
}

static uint64_t id_of(uint32_t type, uint32_t inum)
{
	const struct made *m = made_find(inum);

	return m ? 1000 + (uint64_t)(m - made) : 1 + type;
}

/* The number of the one that owns it or is above it, 0: none is. */
static uint32_t up_of(uint32_t type, uint32_t inum, bool owner)
{
	const struct made *m = made_find(inum);
	uint32_t up = m ? owner ? m->owner : m->parent : 0;

	if (!m && (!owner || type == NS_USER))
		return 0;
	return up ? up : ns_types[owner ? NS_USER : type].initial;
}

static uint32_t depth_of(uint32_t type, uint32_t inum)
{
	uint32_t n = 0;

	while ((inum = up_of(type, inum, false)))
		n++;
	return n;
}

/* --- the processes --- */

/* In the container. */
#define BOX                                                                                        \
	{                                                                                          \
		[NS_MNT] = BOX_MNT, [NS_UTS] = BOX_UTS, [NS_IPC] = BOX_IPC, [NS_PID] = BOX_PID,    \
		[NS_CGROUP] = BOX_CGROUP, [NS_NET] = BOX_NET, [NS_PID_CHILD] = BOX_PID             \
	}

static const struct task {
	uint32_t pid, tid, ppid, uid, ns_pid, start_s;
	const char *comm, *cmdline, *cgroup, *uid_map, *nspids;
	uint32_t ns[NS_SLOTS]; /* 0: the initial one */
} tasks[] = {
	{1, 1, 0, 0, 1, 0, "systemd", "/sbin/init", "/init.scope", NULL, "1", {0}},
	{2, 2, 0, 0, 2, 0, "kthreadd", NULL, "/", NULL, "2", {0}},
	{310, 310, 1, 0, 310, 20, "cron", "/usr/sbin/cron -f", "/system.slice/cron.service", NULL,
		"310", {0}},
	{812, 812, 1, 0, 812, 30, "keeper", "keeper --all", "/system.slice/keeper.service", NULL,
		"812", {0}},
	{812, 815, 1, 0, 815, 31, "worker", NULL, NULL, NULL, "815", {[NS_UTS] = UTS_THREAD}},
	{900, 900, 310, 1000, 900, 90000, "unshare", "unshare -U -p -f bash",
		"/user.slice/user-1000.slice/session-3.scope", "0 1000 1", "900",
		{[NS_USER] = USER_ANNA, [NS_PID_CHILD] = PID_ANNA}},
	{901, 901, 900, 1000, 1, 90001, "bash", "bash",
		"/user.slice/user-1000.slice/session-3.scope", "0 1000 1", "901 1",
		{[NS_USER] = USER_ANNA, [NS_PID] = PID_ANNA, [NS_PID_CHILD] = PID_ANNA}},
	{902, 902, 901, 1000, 2, 99990, "sleep", "sleep 100",
		"/user.slice/user-1000.slice/session-3.scope", "0 0 1", "902 2",
		{[NS_USER] = USER_INNER, [NS_PID] = PID_ANNA, [NS_PID_CHILD] = PID_INNER}},
	{1200, 1200, 1, 0, 1, 5000, "nginx", "nginx: master process",
		"/system.slice/"
		"docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope",
		NULL, "1200 1", BOX},
	{1210, 1210, 1200, 33, 7, 5001, "nginx", "nginx: worker process", "/", NULL, "1210 7", BOX},
	{1300, 1300, 1, 65534, 1300, 6000, "loud",
		"loud \033[31mred\033[0m\n\xff\xc3\xa9 a\\x and words enough for more than a line "
		"of eighty",
		"/", NULL, "1300", {[NS_CGROUP] = CGROUP_LOUD}},
};

static void rec_fill(struct task_rec *r, const struct task *t)
{
	*r = (struct task_rec){.pid = t->pid,
		.tid = t->tid,
		.ppid = t->ppid,
		.uid = t->uid,
		.ns_pid = t->ns_pid,
		.flags = t->pid == 2 ? PF_KTHREAD : 0,
		.state = 1,
		.nthreads = t->pid == 812 ? 2 : 1,
		.start_ns = t->start_s * SEC};
	slot_for_each (slot, NS_SLOTS_MASK) {
		uint32_t type = ns_types[slot].type;

		r->inum[slot] = t->ns[slot] ? t->ns[slot] : ns_types[type].initial;
		r->owner[slot] = up_of(type, r->inum[slot], true);
		r->id[slot] = id_of(type, r->inum[slot]);
	}
	r->level = depth_of(NS_PID, r->inum[NS_PID]);
	r->pid_parent = up_of(NS_PID, r->inum[NS_PID], false);
	r->child_level = depth_of(NS_PID, r->inum[NS_PID_CHILD]);
	r->child_parent = up_of(NS_PID, r->inum[NS_PID_CHILD], false);
	r->user_level = depth_of(NS_USER, r->inum[NS_USER]);
	r->user_owner = made_find(r->inum[NS_USER]) ? made_find(r->inum[NS_USER])->uid : 0;
	strncpy(r->comm, t->comm, sizeof(r->comm) - 1);
}

/* What is wrapped has no declaration of its own. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

int __wrap_tasks_iter_open(bool threads, int *ret_fd, struct err *err)
{
	struct task_rec r;
	int fd = memfd_create("tasks", MFD_CLOEXEC);

	for (size_t i = 0; i < COUNT(tasks); i++) {
		if (!threads && tasks[i].pid != tasks[i].tid)
			continue;
		rec_fill(&r, &tasks[i]);
		if (write(fd, &r, sizeof(r)) != sizeof(r))
			return err_set(err, -EIO, "tasks");
	}
	lseek(fd, 0, SEEK_SET);
	*ret_fd = fd;
	return 0;
}

int __wrap_brief_iter_open(struct brief_iter *ret, struct err *err)
{
	return -EPERM;
}

int __wrap_fds_iter_open(int *ret_fd, struct err *err)
{
	return -EPERM;
}

static const struct task *task_of(const struct ns_task *t)
{
	for (size_t i = 0; i < COUNT(tasks); i++)
		if (tasks[i].tid == t->tid)
			return &tasks[i];
	return NULL;
}

int __wrap_procfs_text(const struct ns_task *t, const char *name, size_t max, struct buf *b)
{
	const struct task *of = task_of(t);

	if (!strcmp(name, "cgroup") && of->cgroup)
		buf_printf(b, "0::%s\n", of->cgroup);
	else if (strstr(name, "id_map"))
		buf_printf(b, "%s\n", of->uid_map ? of->uid_map : "0 0 4294967295");
	else if (!strcmp(name, "cmdline") && of->cmdline)
		buf_puts(b, of->cmdline);
	else if (!strcmp(name, "comm"))
		buf_printf(b, "%s\n", of->comm);
	else
		return -ESRCH;
	return 0;
}

int __wrap_procfs_nspids(const struct ns_task *t, uint32_t *ret, size_t max)
{
	const char *s = task_of(t)->nspids;
	size_t n = 0;
	char *end;

	for (; *s && n < max; s = *end ? end + 1 : end)
		ret[n++] = (uint32_t)strtoul(s, &end, 10);
	return (int)n;
}

/* --- what keeps namespaces without a process --- */

int __wrap_holds_read(struct ns_holds *h, const struct ns_tasks *t, uint32_t types, struct err *err)
{
	static const struct ns_hold rows[] = {
		{NS_UTS, UTS_FD, 812, 7, false, false},
		{NS_UTS, UTS_FD, 812, 8, false, false},
		{NS_NET, NET_SOCKET, 812, 9, true, false},
		{NS_NET, NET_NAMED, 812, 10, true, true},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (types & 1u << rows[i].type)
			*holds_add(h) = rows[i];
	return 0;
}

/* The other source: the same tasks, and nothing of what their namespaces are. */
int __wrap_procfs_read(const struct procfs_opts *o, struct ns_tasks *ret, struct err *err)
{
	int fd, r = __wrap_tasks_iter_open(o->threads, &fd, err);

	r = r ? r : snapshot_read(fd, ret, NULL, err);
	close(fd);
	return r || !o->holds ? r : __wrap_holds_read(o->holds, ret, o->slots, err);
}

static int mounts_say(
	struct ns_mounts *m, uint32_t inum, const char *type, const char *path, uint32_t mnt_ns)
{
	auto_buf struct buf b = {0};

	buf_printf(&b, "%u 25 0:4 %s:[%u] %s rw - nsfs nsfs rw\n", inum, type, inum, path);
	return mounts_parse(m, b.s, b.len, mnt_ns);
}

int __wrap_mounts_read(struct ns_mounts *m, const char *path, uint32_t mnt_ns, struct err *err)
{
	return mounts_say(m, NET_NAMED, "net", "/run/netns/blue", mnt_ns) |
	       mounts_say(m, BOX_NET, "net", "/run/docker/netns/0123456789ab", mnt_ns) |
	       mounts_say(m, BOX_NET, "net", "/run/netns/web\\040site\\011", mnt_ns);
}

int __wrap_mounts_read_all(struct ns_mounts *m, const struct ns_tasks *t, uint32_t skip,
	size_t *ret_unreadable, struct err *err)
{
	*ret_unreadable = 0;
	return mounts_say(m, IPC_ELSEWHERE, "ipc", "/srv/a\\040pin", BOX_MNT);
}

/* --- open namespaces: a descriptor each --- */

static struct {
	uint32_t type, inum;
} opened[1024];

static int ns_open(uint32_t type, uint32_t inum)
{
	int fd = inum ? open("/dev/null", O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return -EPERM;
	opened[fd].type = type;
	opened[fd].inum = inum;
	return fd;
}

int __wrap_node_open(const struct ns_graph *g, const struct ns_node *n)
{
	return ns_open(n->type, n->inum);
}

int __wrap_nsfd_by_id(uint64_t id, const struct nsfd_is *is)
{
	const struct made *m = &made[id - 1000];

	return id < 1000 ? ns_open((uint32_t)id - 1, ns_types[id - 1].initial)
			 : ns_open(m->type, m->inum);
}

int __wrap_listns_read(uint32_t types, struct ns_ids *ret)
{
	ret->rows = calloc(NS_TYPES + COUNT(made), sizeof(*ret->rows));
	for (uint32_t type = 0; type < NS_TYPES; type++)
		if (types & 1u << type)
			ret->rows[ret->n++] = id_of(type, 0);
	for (size_t i = 0; i < COUNT(made); i++)
		if (types & 1u << made[i].type)
			ret->rows[ret->n++] = id_of(made[i].type, made[i].inum);
	return 0;
}

int __wrap_nsfd_type(int fd)
{
	return (int)opened[fd].type;
}

int __wrap_nsfd_parent(int fd)
{
	return ns_open(opened[fd].type, up_of(opened[fd].type, opened[fd].inum, false));
}

int __wrap_nsfd_owner(int fd)
{
	return ns_open(NS_USER, up_of(opened[fd].type, opened[fd].inum, true));
}

int __wrap_nsfd_owner_uid(int fd, uint32_t *ret)
{
	const struct made *m = made_find(opened[fd].inum);

	*ret = m ? m->uid : 0;
	return 0;
}

int __wrap_nsfd_inum(int fd, uint32_t *ret)
{
	*ret = opened[fd].inum;
	return 0;
}

int __wrap_nsfd_id(int fd, uint64_t *ret)
{
	*ret = id_of(opened[fd].type, opened[fd].inum);
	return 0;
}

int __wrap_inside_host(int fd, struct buf *b)
{
	buf_puts(b, opened[fd].inum == BOX_UTS ? "web" : "golden");
	return 0;
}

int __wrap_inside_devs(int fd, struct buf *b)
{
	buf_puts(b, opened[fd].inum == BOX_NET   ? "lo,eth0"
		    : made_find(opened[fd].inum) ? "lo"
						 : "lo,enp1s0,docker0");
	return 0;
}

int __wrap_netnsid_open(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int __wrap_netnsid_get(int sock, int ns, int32_t *ret)
{
	*ret = opened[ns].inum == BOX_NET ? 0 : opened[ns].inum == NET_NAMED ? 4242 : -1;
	return 0;
}

/* --- the C library --- */

const char *__wrap_host_name(void)
{
	return "golden";
}

struct passwd *__wrap_getpwuid(uid_t uid)
{
	static char root[] = "root", anna[] = "anna", www[] = "www-data", nobody[] = "nobody";
	static struct passwd ret;

	ret.pw_name = uid == 0       ? root
		      : uid == 33    ? www
		      : uid == 1000  ? anna
		      : uid == 65534 ? nobody
				     : NULL;
	return ret.pw_name ? &ret : NULL;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
	*ret = (struct timespec){.tv_sec = clock == CLOCK_REALTIME ? NOW_WALL : NOW_BOOT};
	return 0;
}

int __wrap_isatty(int fd)
{
	return fd == STDOUT_FILENO && getenv("NSWATCH_GOLDEN_TTY");
}
