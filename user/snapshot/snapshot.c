// SPDX-License-Identifier: GPL-2.0-or-later
/* snapshot.c - a snapshot, and the ways to ask the kernel for it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel/inside.h"
#include "kernel/nsid.h"
#include "kernel/nstype.h"
#include "lib/ask.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/host.h"
#include "snapshot/brief_iter.h"
#include "snapshot/fds_iter.h"
#include "snapshot/from_brief.h"
#include "snapshot/from_proc.h"
#include "snapshot/mountsheld.h"
#include "snapshot/snapshot.h"
#include "snapshot/tasks_iter.h"

#define CMDLINE_MAX 8192

/* --- processes, by the three ways ------------------------------------------------------------ */

/* What these need, a brief snapshot does not have. */
#define NOT_BRIEF                                                                                  \
	(SNAP_THREADS | SNAP_ASIDE | SNAP_REL | SNAP_TREE | SNAP_HIDDEN | SNAP_NSPIDS |            \
		SNAP_PROCS | SNAP_BARE)
#define NOT_RELATED (NOT_BRIEF & ~(SNAP_REL | SNAP_TREE))
#define NOT_HIDDEN  (NOT_RELATED & ~(SNAP_ASIDE | SNAP_HIDDEN))

static int brief_take(
	struct snapshot *s, const struct brief_iter *it, uint32_t types, struct err *err)
{
	const struct brief_into into = {
		types, &s->tasks, &s->holds, &s->facts, &s->mnts, &s->mnts_whole};
	auto_fd int fd = -1;
	int own[NS_TYPES + 1], ret;

	/* It looks into the memory of processes, which a file system may back. */
	memcpy(own, it->ns, sizeof(it->ns));
	own[NS_TYPES] = it->sock;
	fd = ask_stream(it->fd, own, NS_TYPES + 1);
	ret = fd < 0 ? fd : brief_read(fd, it->ns, &into, err);
	ask_stream_end();
	s->has_holds = !ret;
	if (!ret)
		return 0;
	holds_free(&s->holds);
	facts_free(&s->facts);
	inums_free(&s->mnts);
	s->mnts_whole = false;
	return ret;
}

static int brief_tasks(struct snapshot *s, uint32_t types, unsigned int needs, struct err *err)
{
	auto_brief_iter struct brief_iter it = BRIEF_ITER_NONE;
	int ret = brief_iter_open(&it, err);

	return ret ? ret : brief_take(s, &it, types, err);
}

static int related_tasks(struct snapshot *s, uint32_t types, unsigned int needs, struct err *err)
{
	auto_brief_iter struct brief_iter it = BRIEF_ITER_NONE;
	int ret = brief_iter_open_more(BRIEF_RELATED, &it, err);

	return ret ? ret : brief_take(s, &it, types, err);
}

static int hidden_tasks(struct snapshot *s, uint32_t types, unsigned int needs, struct err *err)
{
	auto_brief_iter struct brief_iter it = BRIEF_ITER_NONE;
	int ret = brief_iter_open_more(BRIEF_HIDDEN, &it, err);

	/* A mount namespace that only a descriptor keeps is of interest for what is mounted there.
	 */
	if (needs & SNAP_MOUNTS)
		types |= 1u << NS_MNT;
	return ret ? ret : brief_take(s, &it, types, err);
}

static int bpf_tasks(struct snapshot *s, uint32_t types, unsigned int needs, struct err *err)
{
	auto_fd int fd = -1;
	int ret = tasks_iter_open(needs & (SNAP_THREADS | SNAP_ASIDE), &fd, err);

	return ret ? ret : from_bpf_read(fd, &s->tasks, &s->facts, err);
}

static int proc_tasks(struct snapshot *s, uint32_t types, unsigned int needs, struct err *err)
{
	struct procfs_opts o = {
		.slots = types,
		.threads = needs & (SNAP_THREADS | SNAP_ASIDE),
		.nspids = needs & SNAP_NSPIDS,
	};

	if (needs & SNAP_HIDDEN && types & 1u << NS_PID)
		o.slots |= 1u << NS_PID_CHILD;
	if (needs & SNAP_HIDDEN && types & 1u << NS_TIME)
		o.slots |= 1u << NS_TIME_CHILD;
	if (needs & SNAP_MOUNTS)
		o.slots |= 1u << NS_MNT;
	if (!(needs & (NOT_BRIEF | SNAP_MOUNTS))) {
		o.brief = s->has_holds = true;
		o.holds = &s->holds;
	}
	return procfs_read(&o, &s->tasks, err);
}

static int proc_holds(struct snapshot *s, uint32_t types, struct err *err)
{
	return holds_read(&s->holds, &s->tasks, types, err);
}

static int bpf_holds(struct snapshot *s, uint32_t types, struct err *err)
{
	auto_fd int fd = -1;

	if (!fds_iter_open(&fd, NULL) && !holds_from(&s->holds, fd, types, NULL))
		return 0;
	holds_free(&s->holds);
	return proc_holds(s, types, err);
}

/* --- what all ways ask in the same way ------------------------------------------------------- */

static int kernel_mounts(struct snapshot *s, bool all, struct err *err)
{
	struct stat st;
	int ret;

	s->own_mnt = stat("/proc/self/ns/mnt", &st) ? 0 : (uint32_t)st.st_ino;
	ret = mounts_read(&s->mounts, "/proc/self/mountinfo", s->own_mnt, err);
	s->mounts.only = s->mnts_whole ? &s->mnts : NULL;
	if (!ret && all)
		ret = mounts_read_all(&s->mounts, &s->tasks, s->own_mnt, &s->mnt_unread, err);
	if (ret || !all)
		return ret;
	ret = mounts_read_held(&s->mounts, &s->tasks, &s->holds, s->own_mnt, &s->mnt_unread);
	return ret ? err_set(err, ret, "read mounts") : 0;
}

static int kernel_nsid(struct snapshot *s, const struct ns_node *n, int32_t *ret)
{
	auto_fd int fd = -1;
	int r = s->nl.sock ? 0 : netlink_open(&s->nl, NULL);

	if (!r)
		fd = node_open(&s->graph, n);
	return r ? r : fd < 0 ? fd : nsid_get(&s->nl, fd, ret);
}

static int kernel_host(const struct ns_graph *g, const struct ns_node *n, struct buf *b)
{
	auto_fd int fd = node_open(g, n);

	return fd < 0 ? fd : inside_host(fd, b);
}

static int kernel_devs(const struct ns_graph *g, const struct ns_node *n, struct buf *b)
{
	auto_fd int fd = node_open(g, n);

	return fd < 0 ? fd : inside_devs(fd, b);
}

#define KERNEL_ASKED                                                                               \
	.mounts = kernel_mounts, .ids = listns_read, .names = netns_names_read,                    \
	.devices = netview_read, .ask = node_ask, .by_id = node_by_id, .nsid = kernel_nsid,        \
	.host = kernel_host, .devs = kernel_devs, .text = procfs_text, .nspids = procfs_nspids,    \
	.born = procfs_born, .user = ask_user, .host_name = host_name, .clock = clock_ns

static const struct snapshot_ops kernel[] = {
	{SNAPSHOT_BPF, NOT_BRIEF, brief_tasks, bpf_holds, KERNEL_ASKED},
	{SNAPSHOT_BPF, NOT_RELATED, related_tasks, bpf_holds, KERNEL_ASKED},
	{SNAPSHOT_BPF, NOT_HIDDEN, hidden_tasks, bpf_holds, KERNEL_ASKED},
	{SNAPSHOT_BPF, 0, bpf_tasks, bpf_holds, KERNEL_ASKED},
	{SNAPSHOT_PROC, 0, proc_tasks, proc_holds, KERNEL_ASKED},
	{0},
};

const struct snapshot_ops *snapshot_system = kernel;

/* --- reading --------------------------------------------------------------------------------- */

void snapshot_free(struct snapshot *s)
{
	netview_free(&s->view);
	netns_names_free(&s->names);
	graph_free(&s->graph);
	ids_free(&s->ids);
	holds_free(&s->holds);
	mounts_free(&s->mounts);
	inums_free(&s->mnts);
	facts_free(&s->facts);
	tasks_free(&s->tasks);
	netlink_close(&s->nl);
	buf_free(&s->cmds);
	free(s->cmd_at);
	*s = (struct snapshot){0};
}

/* By the first way that can give it; the error is that of the last one. */
static int tasks_get(struct snapshot *s, enum snapshot_source source, uint32_t types,
	unsigned int needs, struct err *err)
{
	int ret = -EOPNOTSUPP;

	for (s->ops = snapshot_system; s->ops->tasks; s->ops++) {
		if (needs & s->ops->lacks || (source && source != s->ops->source))
			continue;
		ret = s->ops->tasks(s, types, needs, err);
		if (!ret)
			return 0;
	}
	s->ops = NULL;
	return ret;
}

static int graph_relate_all(struct ns_graph *g, const struct ns_ids *ids, enum graph_scope scope)
{
	int ret = graph_relate(g, scope);

	/* By their ids they are found to be known. */
	if (!ret)
		ret = graph_ids(g, ids);
	return ret ? ret : graph_relate(g, scope);
}

static int graph_make(
	struct snapshot *s, uint32_t types, unsigned int needs, bool related, struct err *err)
{
	struct ns_graph *g = &s->graph;
	enum graph_scope scope = needs & SNAP_HIDDEN ? GRAPH_ANCESTORS
				 : needs & SNAP_TREE ? GRAPH_TREE
				 : needs & SNAP_REL  ? GRAPH_ALL
						     : GRAPH_BARE;
	int ret;

	g->types = types;
	g->ops = s->ops;
	g->facts = &s->facts;
	if (s->ops->graph)
		return s->ops->graph(s, err);
	ret = graph_tasks(g, &s->tasks);
	if (!ret)
		ret = graph_holds(g, &s->holds);
	if (!ret)
		ret = graph_mounts(g, &s->mounts, s->own_mnt);
	if (!ret && !(needs & SNAP_FLAT))
		ret = graph_relate_all(g, &s->ids, scope);
	if (!ret)
		ret = graph_finish(g);
	if (ret)
		return err_set(err, ret, "namespaces");
	if (g->lacks != -ENOTTY || !related)
		return 0;
	err_say(err, g->lacks, "this kernel does not say whose namespaces are (NS_GET_USERNS)");
	err_hint(err, "what needs no owners and parents can still be listed");
	return g->lacks;
}

int snapshot_read(struct snapshot *s, enum snapshot_source source, uint32_t types,
	unsigned int needs, struct err *err)
{
	unsigned int asked = needs;
	int ret;

	if (!types)
		types = NS_TYPES_MASK;
	if (needs & SNAP_HIDDEN) {
		needs |= SNAP_ASIDE | SNAP_MOUNTS | SNAP_REL;
		/* Before all else: what is made while that is read is no hidden one. */
		if (snapshot_system->ids(types, &s->ids) == -ENOMEM)
			return err_set(err, -ENOMEM, "namespaces");
	}
	ret = tasks_get(s, source, types, needs, err);
	if (needs & SNAP_BARE)
		return ret ? ret : graph_make(s, types, needs | SNAP_FLAT, false, err);
	if (!ret && !s->has_holds)
		ret = s->ops->holds(s, needs & SNAP_MOUNTS ? types | 1u << NS_MNT : types, err);
	if (!ret)
		ret = s->ops->mounts(s, needs & SNAP_MOUNTS, err);
	/* What is hidden is looked for as far as the kernel says; only relations must be there. */
	return ret ? ret : graph_make(s, types, needs, asked & SNAP_REL, err);
}

int snapshot_names(struct snapshot *s, struct err *err)
{
	return s->names.by_inum ? 0 : snapshot_ops(s)->names(&s->names, err);
}

int snapshot_devices(struct snapshot *s, uint32_t only, unsigned int what, struct err *err)
{
	return snapshot_ops(s)->devices(&s->view, &s->graph, only, what, err);
}

/* --- of one process -------------------------------------------------------------------------- */

/*
 * Every argument is ended by NUL; shown they are separated by blanks. Where the
 * process is gone, its pid may be another's by now: then comm has to do.
 */
static size_t cmdline_read(const struct snapshot *s, const struct ns_task *t, struct buf *b)
{
	size_t at = b->len;

	/*
	 * Workers of the kernel say in comm what they are at, and /proc has longer names of its
	 * threads than task->comm (from 5.17, proc_task_name() in fs/proc/array.c).
	 */
	if (t->flags & TASK_DEAD ||
		(t->flags & TASK_KTHREAD && strncmp(t->comm, "kworker/", 8) &&
			strlen(t->comm) < sizeof(t->comm) - 1) ||
		snapshot_ops(s)->text(
			t, t->flags & TASK_KTHREAD ? "comm" : "cmdline", CMDLINE_MAX - 1, b)) {
		b->len = at;
		return 0;
	}
	if (b->len > at && (b->s[b->len - 1] == '\0' || b->s[b->len - 1] == '\n'))
		b->len--;
	for (size_t i = at; i < b->len; i++)
		if (!b->s[i])
			b->s[i] = ' ';
	return b->len - at;
}

const char *snapshot_command(struct snapshot *s, const struct ns_task *t)
{
	size_t row = (size_t)(t - s->tasks.rows);

	if (t->cmd)
		return s->tasks.text.s + t->cmd - 1;
	if (!s->cmd_at)
		s->cmd_at = calloc(s->tasks.n + 1, sizeof(*s->cmd_at));
	if (!s->cmd_at)
		return t->comm;
	if (!s->cmd_at[row]) {
		s->cmd_at[row] = (uint32_t)s->cmds.len + 1;
		if (!cmdline_read(s, t, &s->cmds))
			buf_puts(&s->cmds, t->comm);
		buf_add(&s->cmds, "", 1);
	}
	return s->cmds.s + s->cmd_at[row] - 1;
}
