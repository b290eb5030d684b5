// SPDX-License-Identifier: GPL-2.0-only
/*
 * cgroup.bpf.c - the names of cgroups, which events have the numbers of: each cgroup is told
 * with its name and its parent once, when it is made, or when it is met with a process in it.
 * Events pay nothing for it, and a cgroup has its name after it has gone.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "emit.h"

#define DEPTH_MAX 24 /* directories above one another */

/* Those that were told. One that fell out of it is told again when it is met. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, u64);
	__type(value, u32);
} cgroups_told SEC(".maps");

/* 0; -1: no room in the ring buffer, it is told another time. */
static __always_inline int cgroup_tell_one(struct cgroup *c, u64 id, struct cgroup *parent)
{
	struct nsw_cgroup *n = bpf_ringbuf_reserve(&ring, sizeof(*n), 0);

	if (!n)
		return -1;
	__builtin_memset(&n->hdr, 0, sizeof(n->hdr));
	n->hdr.kind = NSW_CGROUP;
	n->hdr.size = sizeof(*n);
	n->hdr.cgroup_id = id;
	n->parent = cgroup_id(parent);
	if (bpf_probe_read_kernel_str(n->name, sizeof(n->name), BPF_CORE_READ(c, kn, name)) < 0)
		n->name[0] = '\0';
	bpf_ringbuf_submit(n, 0);
	return 0;
}

/* It and those above it, up to the first that was told. */
static __always_inline int cgroup_tell(struct cgroup *c)
{
	u32 one = 1;

	for (int i = 0; i < DEPTH_MAX && c; i++) {
		u64 id = cgroup_id(c);
		struct cgroup *parent;

		if (!id || bpf_map_lookup_elem(&cgroups_told, &id))
			break;
		parent = BPF_CORE_READ(c, self.parent, cgroup);
		if (cgroup_tell_one(c, id, parent))
			return -1;
		bpf_map_update_elem(&cgroups_told, &id, &one, BPF_ANY);
		c = parent;
	}
	return 0;
}

SEC("?tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_made, struct cgroup *c)
{
	if (cgroup_counts(c))
		cgroup_tell(c);
	return 0;
}

/* One that was there and empty when the trace began. */
SEC("?tp_btf/cgroup_attach_task")
int BPF_PROG(cgroup_entered, struct cgroup *c)
{
	if (cgroup_counts(c))
		cgroup_tell(c);
	return 0;
}

SEC("?tp_btf/cgroup_release")
int BPF_PROG(cgroup_gone, struct cgroup *c)
{
	u64 id = cgroup_id(c);
	struct ev_hdr *h;

	if (!cgroup_counts(c) || bpf_map_delete_elem(&cgroups_told, &id))
		return 0;
	h = bpf_ringbuf_reserve(&ring, sizeof(*h), 0);
	if (!h)
		return 0;
	__builtin_memset(h, 0, sizeof(*h));
	h->kind = NSW_CGROUP_GONE;
	h->size = sizeof(*h);
	h->cgroup_id = id;
	bpf_ringbuf_submit(h, 0);
	return 0;
}

static __always_inline void member_tell(struct task_struct *t, struct cgroup *c)
{
	struct task_struct *parent = BPF_CORE_READ(t, real_parent);
	struct ev_nsset of_parent = {};
	struct nsw_member *m;

	if (BPF_CORE_READ(t, flags) & PF_KTHREAD || tasks_same_ns(t, parent))
		return;
	m = bpf_ringbuf_reserve(&ring, sizeof(*m), 0);
	if (!m)
		return;
	__builtin_memset(m, 0, sizeof(*m));
	m->hdr.kind = NSW_MEMBER;
	m->hdr.size = sizeof(*m);
	m->hdr.cgroup_id = cgroup_id(c);
	task_nsset(t, &m->ns);
	task_nsset(parent, &of_parent);
	m->changed = nsset_changed(&m->ns, &of_parent);
	bpf_ringbuf_submit(m, 0);
}

/* When the trace begins: what processes are in. */
SEC("?iter/task")
int cgroup_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;
	struct cgroup *c;

	if (!t)
		return 0;
	c = cgroup_of(t);
	cgroup_tell(c);
	if (t->pid == t->tgid)
		member_tell(t, c);
	return 0;
}
