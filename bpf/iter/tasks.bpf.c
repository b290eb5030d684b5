// SPDX-License-Identifier: GPL-2.0-only
/*
 * tasks.bpf.c - every task with its namespaces, for snapshots. Alone in its
 * object, so that its light skeleton loads in a few milliseconds.
 *
 * Pointers that the verifier knows the type of are followed directly: a load
 * instruction where BPF_CORE_READ() calls a helper, and 0 where the address is
 * bad. But for each pointer loaded from a trusted one (as the iterator's task
 * is, from 6.4) it searches all of BTF several times, 1 to 5 ms for each such
 * load on each path. So only the two pointers that lead to most of the rest are
 * loaded that way, once and before the first branch.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "flavors.h"
#include "task_ns.h"
#include "wire/tasks.h"

char LICENSE[] SEC("license") = "GPL";

#define SIGTERM 15

/* 0: threads as well. */
const volatile __u32 leaders_only = 1;

#define ID_OF(ns)                                                                                  \
	({                                                                                         \
		struct ns_common___id *n_ = (void *)(ns);                                          \
		bpf_core_field_exists(n_->ns_id) && bpf_core_field_exists(n_->ns_type) ? n_->ns_id \
										       : 0;        \
	})

/* A slot from a pointer to any type of namespace that has an owner. */
#define FILL(r, slot, p)                                                                           \
	do {                                                                                       \
		typeof(p) p_ = (p);                                                                \
		(r)->inum[slot] = p_->ns.inum;                                                     \
		(r)->owner[slot] = p_->user_ns->ns.inum;                                           \
		(r)->id[slot] = ID_OF(&p_->ns);                                                    \
	} while (0)

static __always_inline void fill_user(struct task_rec *r, struct user_namespace *user)
{
	r->inum[NS_USER] = user->ns.inum;
	r->owner[NS_USER] = user->parent->ns.inum;
	r->id[NS_USER] = ID_OF(&user->ns);
	r->user_level = user->level;
	r->user_owner = user->owner.val;
}

static __always_inline void fill_nsproxy(struct task_rec *r, struct nsproxy *np)
{
	struct pid_namespace *child = np->pid_ns_for_children;

	FILL(r, NS_MNT, np->mnt_ns);
	FILL(r, NS_UTS, np->uts_ns);
	FILL(r, NS_IPC, np->ipc_ns);
	FILL(r, NS_NET, np->net_ns);
	FILL(r, NS_CGROUP, np->cgroup_ns);
	FILL(r, NS_TIME, np->time_ns);
	FILL(r, NS_TIME_CHILD, np->time_ns_for_children);
	FILL(r, NS_PID_CHILD, child);
	r->child_level = child->level;
	r->child_parent = child->parent->ns.inum;
}

/*
 * The pid namespace a task lives in is named only by an array whose place is
 * the level, which no typed pointer can follow. Mostly it is the one of its
 * children, which is known already.
 */
static __always_inline void fill_pid(struct task_rec *r, struct task_struct *t, u64 child)
{
	struct pid *pid = BPF_CORE_READ(t, thread_pid);
	u32 level = BPF_CORE_READ(pid, level);
	struct pid_namespace *ns;
	struct upid up = {};

	if (!pid)
		return;
	bpf_core_read(&up, sizeof(up), &pid->numbers[level]);
	ns = up.ns;
	r->ns_pid = up.nr;
	r->level = level;
	if ((u64)ns == child) {
		r->inum[NS_PID] = r->inum[NS_PID_CHILD];
		r->owner[NS_PID] = r->owner[NS_PID_CHILD];
		r->id[NS_PID] = r->id[NS_PID_CHILD];
		r->pid_parent = r->child_parent;
		return;
	}
	r->inum[NS_PID] = ns_inum(NS_OF(ns));
	r->owner[NS_PID] = BPF_CORE_READ(ns, user_ns, ns.inum);
	r->id[NS_PID] = ns_id(NS_OF(ns));
	r->pid_parent = BPF_CORE_READ(ns, parent, ns.inum);
}

/* By the addresses of its mount and its dentry, which are not told as they are. */
static __always_inline u64 root_of(struct task_struct *t)
{
	u64 mnt = (u64)BPF_CORE_READ(t, fs, root.mnt);

	return mnt ? mnt * 0x9e3779b97f4a7c15ULL ^ (u64)BPF_CORE_READ(t, fs, root.dentry) : 0;
}

static __always_inline u32 task_state(struct task_struct *t)
{
	struct task_struct___old_state *old = (void *)t;

	if (bpf_core_field_exists(old->state))
		return old->state;
	return t->__state;
}

static __always_inline void fill_task(struct task_rec *r, struct task_struct *t)
{
	r->pid = t->tgid;
	r->tid = t->pid;
	r->ppid = BPF_CORE_READ(t, real_parent, tgid);
	r->flags = t->flags;
	r->state = task_state(t);
	r->exit_state = t->exit_state;
	r->exit_code = t->exit_code;
	r->nthreads = BPF_CORE_READ(t, signal, nr_threads);
	r->start_ns = t->start_boottime;
	r->root = root_of(t);
	bpf_core_read_str(r->comm, sizeof(r->comm), &t->comm);
}

SEC("iter/task")
int tasks_dump(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;
	const struct cred *cred;
	struct task_rec r = {};
	struct nsproxy *np;

	if (!t || (leaders_only && t->pid != t->tgid))
		return 0;
	np = t->nsproxy;
	cred = t->real_cred;
	r.uid = cred->euid.val;
	fill_user(&r, cred->user_ns);
	fill_nsproxy(&r, np);
	fill_task(&r, t);
	/*
	 * Nothing kept the nsproxy alive meanwhile. Where the task has another
	 * one now, what was read may be of anything: 1 asks to be called again.
	 */
	if (BPF_CORE_READ(t, nsproxy) != np)
		return 1;
	fill_pid(&r, t, (u64)np->pid_ns_for_children);
	if (r.ns_pid == 1 && r.level)
		r.term_flags = BPF_CORE_READ(t, sighand, action[SIGTERM - 1].sa.sa_flags);
	bpf_seq_write(ctx->meta->seq, &r, sizeof(r));
	return 0;
}
