// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dump.bpf.c - the control of ls.sh: an iterator over all tasks that only writes
 * what a list of namespaces is made of, as plainly as that can be done.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "wire/event.h"

char LICENSE[] SEC("license") = "GPL";

struct dump_rec {
	__u32 pid, ppid, uid;
	__u32 inum[NS_TYPES];
	char comm[16];
};

SEC("iter/task")
int dump_task(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;
	struct dump_rec r = {};
	struct upid up = {};
	struct nsproxy *np;
	struct pid *pid;
	u32 level;

	if (!t || t->pid != t->tgid)
		return 0;
	np = BPF_CORE_READ(t, nsproxy);
	pid = BPF_CORE_READ(t, thread_pid);
	level = BPF_CORE_READ(pid, level);
	bpf_core_read(&up, sizeof(up), &pid->numbers[level]);
	r.pid = t->pid;
	r.ppid = BPF_CORE_READ(t, real_parent, tgid);
	r.uid = BPF_CORE_READ(t, real_cred, euid.val);
	r.inum[NS_MNT] = BPF_CORE_READ(np, mnt_ns, ns.inum);
	r.inum[NS_UTS] = BPF_CORE_READ(np, uts_ns, ns.inum);
	r.inum[NS_IPC] = BPF_CORE_READ(np, ipc_ns, ns.inum);
	r.inum[NS_NET] = BPF_CORE_READ(np, net_ns, ns.inum);
	r.inum[NS_CGROUP] = BPF_CORE_READ(np, cgroup_ns, ns.inum);
	r.inum[NS_TIME] = BPF_CORE_READ(np, time_ns, ns.inum);
	r.inum[NS_USER] = BPF_CORE_READ(t, real_cred, user_ns, ns.inum);
	r.inum[NS_PID] = BPF_CORE_READ(up.ns, ns.inum);
	bpf_core_read_str(r.comm, sizeof(r.comm), &t->comm);
	bpf_seq_write(ctx->meta->seq, &r, sizeof(r));
	return 0;
}
