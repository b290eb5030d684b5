// SPDX-License-Identifier: GPL-2.0-only
/*
 * pids.bpf.c - what the initial pid namespace calls a process that user space
 * knows by a number of its own: events and the map `tree` have those numbers;
 * and which process it is. User space runs it; the pid namespace is the caller's.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "emit.h"
#include "idr.h"

struct pid_args {
	u64 nr;
};

/* Returns the other one, 0: there is no such process. */
SEC("?raw_tp/nswatch_pid")
int pid_host(struct pid_args *ctx)
{
	struct pid_namespace *ns = task_pidns(current_task());
	u32 nr = ctx->nr, level = BPF_CORE_READ(ns, level);
	struct pid *pid = idr_at(&ns->idr, nr);
	struct upid up = {};

	if (!pid || level > 32)
		return 0;
	/* What is found must be what was asked for, find_pid_ns() in kernel/pid.c has locks and we
	 * not. */
	bpf_core_read(&up, sizeof(up), &pid->numbers[level]);
	if (up.ns != ns || up.nr != (int)nr)
		return 0;
	bpf_core_read(&up, sizeof(up), &pid->numbers[0]);
	return up.nr;
}

static __always_inline struct task_struct *task_of(u32 nr)
{
	struct pid *pid = idr_at(&task_pidns(current_task())->idr, nr);
	struct hlist_node *first = pid ? BPF_CORE_READ(pid, tasks[0].first) : 0;

	if (!first)
		return 0;
	return (void *)((char *)first - bpf_core_field_offset(struct task_struct, pid_links));
}

/* What the map `tree` has of it, tree_id(); 0: there is no such process. */
SEC("?raw_tp/nswatch_tree")
int pid_tree_id(struct pid_args *ctx)
{
	struct task_struct *t = task_of(ctx->nr);

	return t ? tree_id(BPF_CORE_READ(t, group_leader)) : 0;
}

/*
 * The low half of the unique id of the mount namespace of the thread that the caller's
 * pid namespace knows by this number; 0: there is no such thread.
 */
SEC("?raw_tp/nswatch_mntns")
int mntns_of(struct pid_args *ctx)
{
	struct task_struct *t = task_of(ctx->nr);

	return t ? (u32)mnt_ns_id(BPF_CORE_READ(t, nsproxy, mnt_ns)) : 0;
}

static u32 mntns_last;

/* Run by user space: each mount namespace with a process in it, some of them more than once. */
SEC("?iter/task")
int mntns_list(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;
	struct nsw_mntns r = {};

	if (!ctx->meta->seq_num)
		mntns_last = 0;
	if (!t || t->pid != t->tgid)
		return 0;
	r.tid = t->pid;
	r.inum = BPF_CORE_READ(t, nsproxy, mnt_ns, ns.inum);
	/* Most are where the one before is. Without room the kernel asks again. */
	if (r.inum && r.inum != mntns_last && !bpf_seq_write(ctx->meta->seq, &r, sizeof(r)))
		mntns_last = r.inum;
	return 0;
}
