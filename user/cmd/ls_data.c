// SPDX-License-Identifier: GPL-2.0-or-later
/* ls_data.c - one snapshot for `nswatch ls`, from the BPF iterators or from /proc. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/ls.h"
#include "lib/ask.h"
#include "lib/fd.h"
#include "snapshot/from_brief.h"
#include "snapshot/mountsheld.h"
#include "snapshot/from_proc.h"
#include "kernel/nstype.h"
#include "snapshot/brief_iter.h"
#include "snapshot/fds_iter.h"
#include "snapshot/tasks_iter.h"

void ls_data_free(struct ls_data *d)
{
	graph_free(&d->graph);
	ids_free(&d->ids);
	holds_free(&d->holds);
	mounts_free(&d->mounts);
	facts_free(&d->facts);
	tasks_free(&d->tasks);
	*d = (struct ls_data){0};
}

/* What these need, a brief snapshot does not have. */
#define LS_NEED_MORE                                                                               \
	(LS_NEED_THREADS | LS_NEED_REL | LS_NEED_TREE | LS_NEED_HIDDEN | LS_NEED_NSPIDS |          \
		LS_NEED_PROCS)

static int tasks_by_bpf(struct ls_data *d, unsigned int needs, struct err *err)
{
	auto_fd int fd = -1;
	int ret = tasks_iter_open(needs & LS_NEED_THREADS, &fd, err);

	return ret ? ret : snapshot_read(fd, &d->tasks, &d->facts, err);
}

static int tasks_by_proc(struct ls_data *d, uint32_t types, unsigned int needs, struct err *err)
{
	struct procfs_opts o = {
		.slots = types,
		.threads = needs & LS_NEED_THREADS,
		.nspids = needs & LS_NEED_NSPIDS,
	};

	if (needs & LS_NEED_HIDDEN && types & 1u << NS_PID)
		o.slots |= 1u << NS_PID_CHILD;
	if (needs & LS_NEED_HIDDEN && types & 1u << NS_TIME)
		o.slots |= 1u << NS_TIME_CHILD;
	if (needs & LS_NEED_MOUNTS)
		o.slots |= 1u << NS_MNT;
	if (!(needs & (LS_NEED_MORE | LS_NEED_MOUNTS))) {
		o.brief = d->has_holds = true;
		o.holds = &d->holds;
	}
	return procfs_read(&o, &d->tasks, err);
}

static int brief_by_bpf(struct ls_data *d, uint32_t types, struct err *err)
{
	auto_brief_iter struct brief_iter it = BRIEF_ITER_NONE;
	auto_fd int fd = -1;
	int own[NS_TYPES + 1], ret = brief_iter_open(&it, err);

	if (!ret) {
		/* It looks into the memory of processes, which a file system may back. */
		memcpy(own, it.ns, sizeof(it.ns));
		own[NS_TYPES] = it.sock;
		fd = ask_stream(it.fd, own, NS_TYPES + 1);
		ret = fd < 0 ? fd : brief_read(fd, it.ns, types, &d->tasks, &d->holds, err);
		ask_stream_end();
	}
	if (ret)
		holds_free(&d->holds);
	return ret;
}

static int tasks_get(struct ls_data *d, enum ls_source source, uint32_t types, unsigned int needs,
	struct err *err)
{
	int ret;

	if (source != LS_SOURCE_PROC && !(needs & LS_NEED_MORE) && !brief_by_bpf(d, types, NULL)) {
		d->by_bpf = d->has_holds = true;
		return 0;
	}
	if (source != LS_SOURCE_PROC) {
		ret = tasks_by_bpf(d, needs, err);
		d->by_bpf = !ret;
		if (!ret || source == LS_SOURCE_BPF)
			return ret;
	}
	return tasks_by_proc(d, types, needs, err);
}

static int holds_get(struct ls_data *d, uint32_t types, struct err *err)
{
	auto_fd int fd = -1;

	if (d->has_holds)
		return 0;
	if (d->by_bpf && !fds_iter_open(&fd, NULL) && !holds_from(&d->holds, fd, types, NULL))
		return 0;
	holds_free(&d->holds);
	return holds_read(&d->holds, &d->tasks, types, err);
}

static int mounts_get(struct ls_data *d, unsigned int needs, struct err *err)
{
	struct stat st;
	int ret;

	d->own_mnt = stat("/proc/self/ns/mnt", &st) ? 0 : (uint32_t)st.st_ino;
	ret = mounts_read(&d->mounts, "/proc/self/mountinfo", d->own_mnt, err);
	if (ret || !(needs & LS_NEED_MOUNTS))
		return ret;
	ret = mounts_read_all(&d->mounts, &d->tasks, d->own_mnt, &d->mnt_unread, err);
	if (ret)
		return ret;
	ret = mounts_read_held(&d->mounts, &d->tasks, &d->holds, d->own_mnt, &d->mnt_unread);
	return ret ? err_set(err, ret, "read mounts") : 0;
}

static bool node_facts(void *ctx, struct ns_node *n)
{
	const struct ns_fact *f = facts_find(ctx, n->type, n->inum);

	if (!f)
		return false;
	n->id = f->id;
	n->rel[REL_OWNER] = f->owner;
	n->rel[REL_PARENT] = f->parent;
	n->level = f->level;
	if (n->type != NS_USER)
		f = facts_find(ctx, NS_USER, f->owner);
	n->has_uid = f;
	n->owner_uid = f ? f->owner_uid : 0;
	return true;
}

static int graph_relate_all(struct ns_graph *g, const struct ns_ids *ids, enum graph_scope scope)
{
	int ret = graph_relate(g, scope);

	/* By their ids they are found to be known. */
	if (!ret)
		ret = graph_ids(g, ids);
	return ret ? ret : graph_relate(g, scope);
}

static int graph_make(struct ls_data *d, uint32_t types, unsigned int needs, struct err *err)
{
	struct ns_graph *g = &d->graph;
	enum graph_scope scope = needs & LS_NEED_HIDDEN ? GRAPH_ANCESTORS
				 : needs & LS_NEED_TREE ? GRAPH_TREE
				 : needs & LS_NEED_REL  ? GRAPH_ALL
							: GRAPH_BARE;
	int ret;

	g->types = types;
	if (d->by_bpf) {
		g->facts = node_facts;
		g->facts_ctx = &d->facts;
	}
	ret = graph_tasks(g, &d->tasks);
	if (!ret)
		ret = graph_holds(g, &d->holds);
	if (!ret)
		ret = graph_mounts(g, &d->mounts, d->own_mnt);
	if (!ret && !(needs & LS_NEED_FLAT))
		ret = graph_relate_all(g, &d->ids, scope);
	if (!ret)
		ret = graph_finish(g);
	if (ret)
		return err_set(err, ret, "namespaces");
	if (g->lacks != -ENOTTY || !(needs & LS_NEED_REL))
		return 0;
	err_say(err, g->lacks, "this kernel does not say whose namespaces are (NS_GET_USERNS)");
	err_hint(err, "what needs no owners and parents can still be listed");
	return g->lacks;
}

int ls_data_read(struct ls_data *d, enum ls_source source, uint32_t types, unsigned int needs,
	struct err *err)
{
	int ret;

	if (!types)
		types = NS_TYPES_MASK;
	if (needs & LS_NEED_HIDDEN) {
		needs |= LS_NEED_THREADS | LS_NEED_MOUNTS | LS_NEED_REL;
		/* Before all else: what is made while that is read is no hidden one. */
		if (listns_read(types, &d->ids) == -ENOMEM)
			return err_set(err, -ENOMEM, "namespaces");
	}
	ret = tasks_get(d, source, types, needs, err);
	if (!ret)
		ret = holds_get(d, needs & LS_NEED_MOUNTS ? types | 1u << NS_MNT : types, err);
	if (!ret)
		ret = mounts_get(d, needs, err);
	return ret ? ret : graph_make(d, types, needs, err);
}
