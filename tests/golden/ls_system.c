// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ls_system.c - nswatch on a system that is always the same: the whole program, with a table of
 * struct snapshot_ops of its own in place of the kernel's. What is between question and output is
 * the program's own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "kernel/nsid.h"
#include "kernel/nstype.h"
#include "snapshot/snapshot.h"

#include "bpf/wire/tasks.h"

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
	POD_NET = 4026532900,    /* of MADE=pods */
	POD_IPC,
	POD_UTS,
	POD_USER,
	APP_MNT,
	DB_NET,
	DB_USER,
	EVIL_USER,
	EVIL_INNER,
	WEB_MNT,
	WEB_NET = 4026533000, /* of MADE=story */
	WEB_PID,
	MAIL_NET,
	MAIL_PID,
	LAB_NET,
	SHELL_PID,
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
	{POD_NET, NS_NET, POD_USER, 0, 0},
	{POD_IPC, NS_IPC, POD_USER, 0, 0},
	{POD_UTS, NS_UTS, POD_USER, 0, 0},
	{POD_USER, NS_USER, 0, 0, 0},
	{APP_MNT, NS_MNT, POD_USER, 0, 0},
	{DB_NET, NS_NET, DB_USER, 0, 0},
	{DB_USER, NS_USER, 0, 0, 0},
	{EVIL_USER, NS_USER, 0, 0, 0},
	{EVIL_INNER, NS_USER, EVIL_USER, EVIL_USER, 400000},
	{WEB_MNT, NS_MNT, 0, 0, 0},
	{WEB_NET, NS_NET, 0, 0, 0},
	{WEB_PID, NS_PID, 0, 0, 0},
	{MAIL_NET, NS_NET, 0, 0, 0},
	{MAIL_PID, NS_PID, 0, 0, 0},
	{LAB_NET, NS_NET, 0, 0, 0},
	{SHELL_PID, NS_PID, 0, 0, 0},
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

/* Another system, of MADE=pods: two containers of a pod, one whose users overlap with theirs, one
 * with the host's network and a hostile name, a unit. */
#define POD    "/kubepods.slice/kubepods-podf0000000_0000_0000_0000_00000000000f.slice/cri-containerd-"
#define IN_POD [NS_NET] = POD_NET, [NS_IPC] = POD_IPC, [NS_UTS] = POD_UTS, [NS_USER] = POD_USER

static const struct task pod_tasks[] = {
	{1, 1, 0, 0, 1, 0, "systemd", "/sbin/init", "/init.scope", NULL, "1", {0}},
	{2000, 2000, 1, 165535, 2000, 100, "pause", "/pause",
		POD "aaaaaaaaaaaa0000000000000000000000000000000000000000000000000000.scope",
		"0 100000 65536", "2000", {IN_POD}},
	{2001, 2001, 1, 100033, 2001, 101, "app", "app --serve",
		POD "bbbbbbbbbbbb0000000000000000000000000000000000000000000000000000.scope",
		"0 100000 65536", "2001", {IN_POD, [NS_MNT] = APP_MNT}},
	{2002, 2002, 2001, 100033, 2002, 102, "app", "app --work",
		POD "bbbbbbbbbbbb0000000000000000000000000000000000000000000000000000.scope",
		"0 100000 65536", "2002", {IN_POD, [NS_MNT] = APP_MNT}},
	{2100, 2100, 1, 150000, 2100, 110, "db", "db",
		"/docker/cccccccccccc0000000000000000000000000000000000000000000000000000",
		"0 150000 65536", "2100", {[NS_NET] = DB_NET, [NS_USER] = DB_USER}},
	{2200, 2200, 1, 400000, 2200, 120, "evil", "evil", "/lxc.payload.e\033[2Jvil",
		"0 400000 1000", "2200", {[NS_USER] = EVIL_USER}},
	{2201, 2201, 2200, 400010, 2201, 121, "evil", "evil", "/lxc.payload.e\033[2Jvil",
		"0 400010 5", "2201", {[NS_USER] = EVIL_INNER}},
	{2300, 2300, 1, 33, 2300, 130, "web", "web", "/system.slice/web.service", NULL, "2300",
		{[NS_MNT] = WEB_MNT}},
	{2301, 2301, 1, 1000, 2301, 131, "sh", "sh", "/user.slice/user-1000.slice/session-1.scope",
		NULL, "2301", {[NS_MNT] = WEB_MNT}},
};

/* That of the pictures of the README, of MADE=story: two containers on a bridge, a network card
 * that was moved away, and a shell whose pid namespace is dead. */
#define STORY(net, pid)                                                                            \
	{                                                                                          \
		[NS_NET] = net, [NS_PID] = pid, [NS_PID_CHILD] = pid                               \
	}

static const struct task story_tasks[] = {
	{1, 1, 0, 0, 1, 0, "systemd", "/sbin/init", "/init.scope", NULL, "1", {0}},
	{640, 640, 1, 0, 640, 10, "sshd", "sshd", "/", NULL, "640", {0}},
	{2010, 2010, 640, 1000, 2010, 50, "bash", "bash", "/", NULL, "2010", {0}},
	{2087, 2087, 2010, 1000, 2087, 60, "sh", "sh", "/", NULL, "2087",
		{[NS_PID_CHILD] = SHELL_PID}},
	{900, 900, 1, 0, 900, 20, "lxc-start", "lxc-start", "/", NULL, "900", {0}},
	{910, 910, 1, 0, 910, 21, "lxc-start", "lxc-start", "/", NULL, "910", {0}},
	{1200, 1200, 900, 0, 1, 22, "nginx", "nginx", "/lxc.payload.web", NULL, "1200 1",
		STORY(WEB_NET, WEB_PID)},
	{1207, 1207, 1200, 33, 7, 23, "nginx", "nginx", "/lxc.payload.web", NULL, "1207 7",
		STORY(WEB_NET, WEB_PID)},
	{1310, 1310, 910, 0, 1, 24, "postfix", "postfix", "/lxc.payload.mail", NULL, "1310 1",
		STORY(MAIL_NET, MAIL_PID)},
};

static bool is_made_as(const char *name)
{
	const char *made_as = getenv("MADE");

	return made_as && !strcmp(made_as, name);
}

static bool is_pods(void)
{
	return is_made_as("pods");
}

static bool is_story(void)
{
	return is_made_as("story");
}

/* The namespace is of the system that is made. */
static bool is_here(const struct made *m)
{
	return is_story() ? m->inum >= WEB_NET : m->inum < (is_pods() ? WEB_NET : POD_NET);
}

static const struct task *tasks_made(size_t *ret_n)
{
	*ret_n = is_pods() ? COUNT(pod_tasks) : is_story() ? COUNT(story_tasks) : COUNT(tasks);
	return is_pods() ? pod_tasks : is_story() ? story_tasks : tasks;
}

/* Of MADE=hostile: names that would be markup, turn the direction of writing, or fill a line. */
#define MARKUP "<i>&'\"\n\\"

static bool is_hostile(void)
{
	return is_made_as("hostile");
}

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
	strncpy(r->comm, is_hostile() ? MARKUP : t->comm, sizeof(r->comm) - 1);
}

/* The records as the BPF iterator gives them, to be read by the program. */
static int tasks_read(
	unsigned int needs, struct ns_tasks *ret, struct ns_facts *facts, struct err *err)
{
	struct task_rec r;
	int fd = memfd_create("tasks", MFD_CLOEXEC), e;
	size_t n;
	const struct task *t = tasks_made(&n);

	for (size_t i = 0; i < n; i++) {
		if (!(needs & (SNAP_THREADS | SNAP_ASIDE)) && t[i].pid != t[i].tid)
			continue;
		rec_fill(&r, &t[i]);
		if (write(fd, &r, sizeof(r)) != sizeof(r))
			return err_set(err, -EIO, "tasks");
	}
	lseek(fd, 0, SEEK_SET);
	e = from_bpf_read(fd, ret, facts, err);
	close(fd);
	return e;
}

static int bpf_tasks(struct snapshot *s, uint32_t types, unsigned int needs, struct err *err)
{
	return tasks_read(needs, &s->tasks, &s->facts, err);
}

/* The other source: the same tasks, and nothing of what their namespaces are. */
static int proc_tasks(struct snapshot *s, uint32_t types, unsigned int needs, struct err *err)
{
	return tasks_read(needs, &s->tasks, NULL, err);
}

static const struct task *task_of(const struct ns_task *t)
{
	size_t n;
	const struct task *of = tasks_made(&n);

	for (size_t i = 0; i < n; i++)
		if (of[i].tid == t->tid)
			return &of[i];
	return NULL;
}

static int task_text(const struct ns_task *t, const char *name, size_t max, struct buf *b)
{
	const struct task *of = task_of(t);

	if (!of)
		return -ESRCH; /* of the machine at hand */
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

static int task_nspids(const struct ns_task *t, uint32_t *ret, size_t max)
{
	const char *s = task_of(t)->nspids;
	size_t n = 0;
	char *end;

	for (; *s && n < max; s = *end ? end + 1 : end)
		ret[n++] = (uint32_t)strtoul(s, &end, 10);
	return (int)n;
}

/* The pid namespace that sleep's children would be born in is dead. */
static int task_born(const struct ns_task *t)
{
	return 1;
}

/* --- what keeps namespaces without a process --- */

static int made_holds(struct snapshot *s, uint32_t types, struct err *err)
{
	static const struct ns_hold rows[] = {
		{NS_UTS, UTS_FD, 812, 7, false, false},
		{NS_UTS, UTS_FD, 812, 8, false, false},
		{NS_NET, NET_SOCKET, 812, 9, true, false},
		{NS_NET, NET_NAMED, 812, 10, true, true},
	};

	for (size_t i = 0; i < COUNT(rows) && !is_story(); i++)
		if (types & 1u << rows[i].type)
			*holds_add(&s->holds) = rows[i];
	return 0;
}

static int mounts_say(
	struct ns_mounts *m, uint32_t inum, const char *type, const char *path, uint32_t mnt_ns)
{
	auto_buf struct buf b = {0};

	buf_printf(&b, "%u 25 0:4 %s:[%u] %s rw - nsfs nsfs rw\n", inum, type, inum, path);
	return mounts_parse(m, b.s, b.len, mnt_ns);
}

#define OWN_MNT 4026531832

static int made_mounts(struct snapshot *s, bool all, struct err *err)
{
	struct ns_mounts *m = &s->mounts;
	int ret;

	s->own_mnt = OWN_MNT;
	if (is_story())
		return mounts_say(m, LAB_NET, "net", "/run/netns/lab", OWN_MNT);
	ret = mounts_say(m, NET_NAMED, "net", "/run/netns/blue", OWN_MNT) |
	      mounts_say(m, BOX_NET, "net", "/run/docker/netns/0123456789ab", OWN_MNT) |
	      mounts_say(m, BOX_NET, "net", "/run/netns/web\\040site\\011", OWN_MNT);

	return ret || !all ? ret : mounts_say(m, IPC_ELSEWHERE, "ipc", "/srv/a\\040pin", BOX_MNT);
}

/* --- namespaces and what is in them --- */

static int made_ids(uint32_t types, struct ns_ids *ret)
{
	ret->rows = calloc(NS_TYPES + COUNT(made), sizeof(*ret->rows));
	for (uint32_t type = 0; type < NS_TYPES; type++)
		if (types & 1u << type)
			ret->rows[ret->n++] = id_of(type, 0);
	for (size_t i = 0; i < COUNT(made); i++)
		if (types & 1u << made[i].type && is_here(&made[i]))
			ret->rows[ret->n++] = id_of(made[i].type, made[i].inum);
	return 0;
}

static int made_ask(const struct ns_graph *g, struct ns_node *n)
{
	uint32_t user = n->type == NS_USER ? n->inum : up_of(n->type, n->inum, true);

	if (n->type == NS_PID || n->type == NS_USER)
		n->rel[REL_PARENT] = up_of(n->type, n->inum, false);
	n->rel[REL_OWNER] = up_of(n->type, n->inum, true);
	n->id = id_of(n->type, n->inum);
	n->has_uid = user;
	n->owner_uid = made_find(user) ? made_find(user)->uid : 0;
	return 0;
}

static int made_by_id(uint64_t id, uint32_t *ret_type, uint32_t *ret_inum)
{
	*ret_type = id < 1000 ? (uint32_t)id - 1 : made[id - 1000].type;
	*ret_inum = id < 1000 ? ns_types[id - 1].initial : made[id - 1000].inum;
	return 0;
}

static int made_nsid(struct snapshot *s, const struct ns_node *n, int32_t *ret)
{
	*ret = n->inum == BOX_NET ? 0 : n->inum == NET_NAMED ? 4242 : NSID_NONE;
	return 0;
}

static int made_host(const struct ns_graph *g, const struct ns_node *n, struct buf *b)
{
	buf_puts(b, n->inum == BOX_UTS ? "web" : "golden");
	return 0;
}

static int made_devs(const struct ns_graph *g, const struct ns_node *n, struct buf *b)
{
	buf_puts(b, n->inum == BOX_NET   ? "lo,eth0"
		    : made_find(n->inum) ? "lo"
					 : "lo,enp1s0,docker0");
	return 0;
}

/* 255 bytes, of which some turn the direction of writing, and some are no text. */
static const char *long_name(void)
{
	static char name[256];

	memset(name, 'x', sizeof(name) - 1);
	memcpy(name, "\xe2\x80\xae</svg>\xff\n\"", 12);
	return name;
}

/* Names in their order, and as the program wants them too, in the order of inode numbers. */
static int made_names(struct netns_names *ret, struct err *err)
{
	const struct {
		const char *name;
		uint32_t inum;
	} tame[] = {{"blue", NET_NAMED}, {"web site\t", BOX_NET}},
	  hostile[] = {{"<script>alert(1)</script>", NET_NAMED}, {long_name(), BOX_NET}},
	  story[] = {{"lab", LAB_NET}, {"none", 0}},
	  *names = is_hostile() ? hostile
		   : is_story() ? story
				: tame;

	ret->rows = calloc(COUNT(tame), sizeof(*ret->rows));
	ret->by_inum = calloc(COUNT(tame), sizeof(*ret->by_inum));
	for (size_t i = 0; i < COUNT(tame); i++) {
		ret->rows[i] = (struct netns_name){
			names[i].inum, (uint32_t)ret->text.len, NETNS_NO_LINK, 0};
		buf_add(&ret->text, names[i].name, strlen(names[i].name) + 1);
		ret->by_inum[COUNT(tame) - 1 - i] = ret->rows[i];
	}
	ret->n = COUNT(tame);
	return 0;
}

#define NET_HOST 4026531833

/* Each namespace has a loopback; a veth leads from the first one into the container. */
struct device {
	uint32_t net, index, link, flags;
	int32_t link_nsid;
	const char *name, *kind;
	uint32_t master;
};

static const struct device devices[] = {
	{NET_HOST, 1, 0, IFF_UP | IFF_LOOPBACK, -1, "lo", "", 0},
	{NET_HOST, 2, 0, IFF_UP, -1, "enp1s0", "", 0},
	{NET_HOST, 7, 2, IFF_UP, 0, "veth\033[1m", "veth", 0},
	{BOX_NET, 1, 0, IFF_UP | IFF_LOOPBACK, -1, "lo", "", 0},
	{BOX_NET, 2, 7, IFF_UP, 0, "eth0", "veth", 0},
	{NET_SOCKET, 1, 0, IFF_LOOPBACK, -1, "lo", "", 0},
	{NET_NAMED, 1, 0, IFF_LOOPBACK, -1, "lo", "", 0},
};

static const struct device story_devices[] = {
	{NET_HOST, 1, 0, IFF_UP | IFF_LOOPBACK, -1, "lo", "", 0},
	{NET_HOST, 2, 0, IFF_UP, -1, "wlan0", "", 0},
	{NET_HOST, 4, 0, IFF_UP, -1, "lxcbr0", "bridge", 0},
	{NET_HOST, 7, 6, IFF_UP, 0, "vethWEB", "veth", 4},
	{NET_HOST, 9, 8, IFF_UP, 1, "vethMAIL", "veth", 4},
	{WEB_NET, 1, 0, IFF_UP | IFF_LOOPBACK, -1, "lo", "", 0},
	{WEB_NET, 6, 7, IFF_UP, 0, "eth0", "veth", 0},
	{MAIL_NET, 1, 0, IFF_UP | IFF_LOOPBACK, -1, "lo", "", 0},
	{MAIL_NET, 8, 9, IFF_UP, 0, "eth0", "veth", 0},
	{LAB_NET, 1, 0, IFF_LOOPBACK, -1, "lo", "", 0},
	{LAB_NET, 3, 0, IFF_UP, -1, "eno1", "", 0},
};

static const struct device *devices_made(size_t *ret_n)
{
	*ret_n = is_story() ? COUNT(story_devices) : COUNT(devices);
	return is_story() ? story_devices : devices;
}

static int made_devices(struct net_view *v, const struct ns_graph *g, uint32_t only,
	unsigned int what, struct err *err)
{
	size_t ndevices;
	const struct device *all = devices_made(&ndevices);

	v->graph = g;
	v->spaces = calloc(g->n, sizeof(*v->spaces));
	v->peers = calloc(ndevices, sizeof(*v->peers));
	v->space_of = calloc(ndevices, sizeof(*v->space_of));
	v->devs.rows = calloc(ndevices, sizeof(*v->devs.rows));
	for (size_t i = 0; i < g->n; i++) {
		const struct ns_node *n = &g->nodes[g->order[i]];
		struct net_space *s = &v->spaces[v->n];

		if (n->type != NS_NET || (only && n->inum != only))
			continue;
		*s = (struct net_space){.node = n, .inum = n->inum, .first = (uint32_t)v->devs.n};
		s->initial = n->inum == NET_HOST;
		for (const struct device *d = all; d < all + ndevices; d++) {
			struct net_dev *row = &v->devs.rows[v->devs.n];

			if (d->net != n->inum)
				continue;
			*row = (struct net_dev){.index = d->index,
				.link = d->link,
				.master = d->master,
				.link_nsid = d->link_nsid,
				.flags = d->flags,
				.mtu = d->flags & IFF_LOOPBACK ? 65536 : 1500,
				.type = d->flags & IFF_LOOPBACK ? 772 : 1,
				.operstate = d->flags & IFF_UP ? 6 : 2,
				.has_parent = !*d->kind && !(d->flags & IFF_LOOPBACK)};
			strcpy(row->name, is_hostile() ? MARKUP : d->name);
			strcpy(row->kind, d->kind);
			v->space_of[v->devs.n++] = (uint32_t)v->n;
			s->n++;
		}
		v->n++;
	}
	for (uint32_t i = 0; i < v->devs.n; i++)
		for (uint32_t k = 0; k < v->devs.n; k++)
			if (!strcmp(v->devs.rows[i].kind, "veth") && i != k &&
				v->devs.rows[i].link == v->devs.rows[k].index &&
				v->devs.rows[k].link == v->devs.rows[i].index)
				v->peers[i] = (struct net_peer){PEER_FOUND, k, v->space_of[k]};
	return 0;
}

/* --- the machine --- */

static const char *made_host_name(void)
{
	return is_story() ? "laptop" : "golden";
}

static int made_user(uint32_t uid, char *ret, size_t size)
{
	const char *name = uid == 0       ? "root"
			   : uid == 33    ? "www-data"
			   : uid == 1000  ? "anna"
			   : uid == 65534 ? "nobody"
					  : NULL;

	if (!name)
		return -ENOENT;
	strncpy(ret, name, size);
	return 0;
}

static uint64_t made_clock(clockid_t clock)
{
	return (clock == CLOCK_REALTIME ? NOW_WALL : NOW_BOOT) * SEC;
}

#define ASKED                                                                                      \
	.holds = made_holds, .mounts = made_mounts, .ids = made_ids, .names = made_names,          \
	.devices = made_devices, .ask = made_ask, .by_id = made_by_id, .nsid = made_nsid,          \
	.host = made_host, .devs = made_devs, .text = task_text, .nspids = task_nspids,            \
	.born = task_born, .user = made_user, .host_name = made_host_name, .clock = made_clock

static const struct snapshot_ops made_up[] = {
	{SNAPSHOT_BPF, .tasks = bpf_tasks, ASKED},
	{SNAPSHOT_PROC, .tasks = proc_tasks, ASKED},
	{0},
};

static __attribute__((constructor)) void system_put(void)
{
	snapshot_system = made_up;
}
