// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "kernel/nsfd.h"
#include "why/nslimit.h"
#include "snapshot/from_proc.h"
#include "kernel/nstype.h"
#include "kernel/procstatus.h"

#define CHAIN_MAX   (USER_NS_DEEPEST + 1)
#define LOOK_GAP_NS 1000000000ULL /* between two looks at all processes */

void nslimit_name(unsigned int type, struct buf *b)
{
	buf_printf(b, "max_%s_namespaces", ns_types[type].name);
}

/* --- limits ---------------------------------------------------------------------------------- */

/* Those of the calling process' user namespace: set_lookup() in kernel/ucount.c. */
static void limits_here(int64_t ret[NS_TYPES])
{
	for (unsigned int type = 0; type < NS_TYPES; type++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces",
			ns_types[type].name);
		if (!sysctl_num(path, &ret[type]))
			ret[type] = -1;
	}
}

static bool is_own(int user_fd)
{
	struct stat a, b;

	return !fstat(user_fd, &a) && !stat("/proc/self/ns/user", &b) && a.st_ino == b.st_ino;
}

/* Only a process of one thread may go to another user namespace. */
int nslimit_read(int user_fd, int64_t ret[NS_TYPES])
{
	int64_t got[NS_TYPES];
	int pair[2], r = 0;
	ssize_t n;
	pid_t pid;

	if (is_own(user_fd)) {
		limits_here(ret);
		return 0;
	}
	if (pipe2(pair, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid) {
		if (setns(user_fd, CLONE_NEWUSER))
			_exit(1);
		limits_here(got);
		_exit(write(pair[1], got, sizeof(got)) != sizeof(got));
	}
	if (pid < 0)
		r = -errno;
	close(pair[1]);
	n = pid < 0 ? 0 : read(pair[0], got, sizeof(got));
	close(pair[0]);
	if (pid > 0)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	if (!r && n != sizeof(got))
		r = -EPERM;
	if (!r)
		memcpy(ret, got, sizeof(got));
	return r;
}

/* --- the way up ------------------------------------------------------------------------------ */

/* The namespaces from one upwards, as far as they are in sight. */
struct chain {
	int n;
	bool whole; /* the last one is the initial one */
	int fd[CHAIN_MAX];
	uint32_t inum[CHAIN_MAX];
};

static void chain_close(struct chain *c)
{
	while (c->n)
		close(c->fd[--c->n]);
}

#define auto_chain __attribute__((cleanup(chain_close)))

static void chain_read(const struct subject *s, const char *name, struct chain *c)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "%s/ns/%s", s->dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && c->n < CHAIN_MAX) {
		int type = nsfd_type(fd);

		c->fd[c->n] = fd;
		if (type < 0 || nsfd_inum(fd, &c->inum[c->n++]))
			return;
		c->whole = c->inum[c->n - 1] == ns_types[type].initial;
		fd = nsfd_parent(fd);
	}
	if (fd >= 0)
		close(fd);
}

/*
 * Its pids from the pid namespace of the procfs at /proc to its own: one more than its
 * level, if that is the initial one's, and else even less.
 */
static size_t pids_of(const struct subject *s)
{
	auto_buf struct buf text = {0};
	char path[64];
	uint32_t pids[PID_NS_DEEPEST + 1];
	int n;

	snprintf(path, sizeof(path), "%s/status", s->dir);
	if (procstatus_read(AT_FDCWD, path, &text))
		return 0;
	n = procstatus_nspids(text.s, pids, PID_NS_DEEPEST + 1);
	return n < 0 ? 0 : (size_t)n;
}

static bool is_deep(
	const struct subject *s, uint32_t types, const struct chain *users, struct nslimit *ret)
{
	auto_chain struct chain pids = {0};

	if (types & 1u << NS_USER && users->whole && users->n > USER_NS_DEEPEST) {
		ret->type = NS_USER;
		ret->level = USER_NS_DEEPEST;
		ret->ns = users->inum[0];
		return true;
	}
	if (!(types & 1u << NS_PID))
		return false;
	chain_read(s, "pid_for_children", &pids);
	if (!pids.n)
		chain_read(s, "pid", &pids);
	if (!pids.n || (pids.whole ? pids.n : (int)pids_of(s)) <= PID_NS_DEEPEST)
		return false;
	ret->type = NS_PID;
	ret->level = PID_NS_DEEPEST;
	ret->ns = pids.inum[0];
	return true;
}

/* --- how many there are ---------------------------------------------------------------------- */

static const struct ns_node *node_above(const struct ns_graph *g, const struct ns_node *n, int rel)
{
	return n->node[rel] == NODE_NONE ? NULL : &g->nodes[n->node[rel]];
}

/*
 * The user that a namespace is counted for in user_ns. 1: *ret_uid; 0: it is not counted
 * there; -1: it is, for a user who is not known.
 */
static int counted_for(
	const struct ns_graph *g, const struct ns_node *n, uint32_t user_ns, uint32_t *ret_uid)
{
	const struct ns_node *at = n;
	bool named = false;
	uint32_t uid = 0;

	for (int i = 0; at && i <= CHAIN_MAX; i++) {
		if (at->type == NS_USER) {
			if (i && at->inum == user_ns) {
				*ret_uid = uid;
				return named ? 1 : -1;
			}
			named = at->has_uid;
			uid = at->owner_uid;
		}
		at = node_above(g, at, at->type == NS_USER ? REL_PARENT : REL_OWNER);
	}
	return 0;
}

/* Those that the kernel began with are counted for nobody: kernel threads are in them. */
static bool is_initial(const struct ns_graph *g, const struct ns_node *n)
{
	if (n->inum == ns_types[n->type].initial)
		return true;
	for (size_t i = 0; g->tasks && i < g->tasks->n; i++)
		if (g->tasks->rows[i].flags & TASK_KTHREAD)
			return g->tasks->rows[i].ns.inum[n->type] == n->inum;
	return false;
}

static int count_add(struct nscount **v, size_t *n, unsigned int type, uint32_t uid)
{
	struct nscount *more;

	for (size_t i = 0; i < *n; i++) {
		if ((*v)[i].type != type || (*v)[i].uid != uid)
			continue;
		(*v)[i].n++;
		return 0;
	}
	more = realloc(*v, (*n + 1) * sizeof(**v));
	if (!more)
		return -ENOMEM;
	*v = more;
	more[(*n)++] = (struct nscount){type, uid, 1};
	return 0;
}

static int count_order(const void *a, const void *b)
{
	const struct nscount *x = a, *y = b;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

int nscount_read(const struct ns_graph *g, uint32_t user_ns, struct nscount **ret, size_t *ret_n,
	uint32_t ret_unnamed[NS_TYPES])
{
	auto_free struct nscount *v = NULL;
	uint32_t unnamed[NS_TYPES] = {0};
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++) {
		const struct ns_node *node = &g->nodes[i];
		uint32_t uid;
		int r = is_initial(g, node) ? 0 : counted_for(g, node, user_ns, &uid);

		if (r < 0)
			unnamed[node->type]++;
		else if (r && count_add(&v, &n, node->type, uid))
			return -ENOMEM;
	}
	if (n)
		qsort(v, n, sizeof(*v), count_order);
	*ret = take_ptr(v);
	*ret_n = n;
	memcpy(ret_unnamed, unnamed, sizeof(unnamed));
	return 0;
}

/* Of one user, by the processes that there are: a namespace that nobody is in is missing. */
static bool count_by_proc(uint32_t user_ns, unsigned int type, uint32_t uid, uint32_t *ret)
{
	static uint64_t looked_ns;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	auto_tasks struct ns_tasks tasks = {0};
	auto_graph struct ns_graph g = {0};
	auto_free struct nscount *v = NULL;
	struct procfs_opts o = {0};
	uint32_t unnamed[NS_TYPES];
	size_t n = 0;

	if (looked_ns && now - looked_ns < LOOK_GAP_NS)
		return false;
	if (procfs_read(&o, &tasks, NULL) || graph_tasks(&g, &tasks) ||
		graph_relate(&g, GRAPH_ANCESTORS) || graph_finish(&g) ||
		nscount_read(&g, user_ns, &v, &n, unnamed))
		return false;
	looked_ns = clock_ns(CLOCK_MONOTONIC);
	*ret = unnamed[type];
	for (size_t i = 0; i < n; i++)
		if (v[i].type == type && v[i].uid == uid)
			*ret += v[i].n;
	return true;
}

/* --- which it is ----------------------------------------------------------------------------- */

/* For whom the user namespace at place i of the chain counts: who made the one below it. */
static bool chain_uid(const struct subject *s, const struct chain *c, int i, uint32_t *ret)
{
	if (i)
		return !nsfd_owner_uid(c->fd[i - 1], ret);
	return subject_mapped(s, SUBJECT_UID, ret) != MAP_UNKNOWN;
}

/* A limit at place i of the chain is reached, or may be. */
static void limit_weigh(const struct subject *s, const struct chain *c, int i, struct nslimit *l)
{
	uint32_t uid;

	/* The chain itself is counted: i user namespaces are below this one. */
	l->reached = !l->max || (l->type == NS_USER && i >= l->max);
	if (!chain_uid(s, c, i, &uid))
		return;
	if (l->reached && l->max) {
		l->counted = true;
		l->count = (uint32_t)i;
	} else if (!l->reached && count_by_proc(l->user_ns, l->type, uid, &l->count)) {
		l->counted = l->reached = l->count >= l->max;
	}
	l->uid = uid;
}

void nslimit_find(const struct subject *s, uint32_t types, struct nslimit *ret)
{
	auto_chain struct chain users = {0};
	struct nslimit l = {.why = NSLIMIT_UNKNOWN}, best = {0};

	chain_read(s, "user", &users);
	l.user_ns = users.n ? users.inum[0] : 0;
	if (is_deep(s, types, &users, &l)) {
		l.why = NSLIMIT_DEEP;
		l.reached = true;
		*ret = l;
		return;
	}
	for (int i = 0; i < users.n && !best.reached; i++) {
		int64_t max[NS_TYPES];
		bool initial = users.whole && i == users.n - 1;

		if (nslimit_read(users.fd[i], max))
			continue;
		slot_for_each (type, types & NS_TYPES_MASK) {
			struct nslimit at = {.why = initial ? NSLIMIT_SYSTEM : NSLIMIT_SET,
				.type = type,
				.user_ns = users.inum[i],
				.max = max[type]};

			if (at.max < 0 || at.max == INT_MAX)
				continue;
			limit_weigh(s, &users, i, &at);
			/* The lowest that is not reached for sure is the likeliest. */
			if (at.reached || !best.user_ns || at.max < best.max)
				best = at;
			if (at.reached)
				break;
		}
	}
	if (best.user_ns)
		l = best;
	else if (users.n)
		l.why = NSLIMIT_ABOVE;
	*ret = l;
}
