// SPDX-License-Identifier: GPL-2.0-only
/*
 * fds.bpf.c - the open files that keep namespaces: of nsfs, and sockets and tun
 * files of another net namespace than the one their task is in. All others are passed
 * over here, so that nothing is to be read of most processes.
 *
 * Only helpers follow pointers: see tasks.bpf.c for what a typed load costs.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "wire/fds.h"

#define NSFS_MAGIC   0x6e736673
#define SOCKFS_MAGIC 0x534f434b

char LICENSE[] SEC("license") = "GPL";

static __always_inline u32 sock_net(struct sock *sk)
{
	return sk ? BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum) : 0;
}

static __always_inline u32 socket_net(struct file *file)
{
	struct socket *sock = BPF_CORE_READ(file, private_data);

	return sock ? sock_net(BPF_CORE_READ(sock, sk)) : 0;
}

SEC("iter/task_file")
int fds_dump(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct fd_rec r = {};
	struct inode *inode;
	unsigned long magic;

	if (!task || !file)
		return 0;
	inode = BPF_CORE_READ(file, f_inode);
	magic = BPF_CORE_READ(inode, i_sb, s_magic);
	if (magic == NSFS_MAGIC) {
		r.inum = BPF_CORE_READ(inode, i_ino);
	} else if (magic == SOCKFS_MAGIC) {
		r.socket = FD_SOCKET;
		r.inum = socket_net(file);
	} else if (BPF_CORE_READ(inode, i_rdev) == TUN_RDEV) {
		r.socket = FD_TUN;
		r.inum = sock_net(BPF_CORE_READ(file, private_data));
	}
	if (!r.inum || (r.socket && r.inum == BPF_CORE_READ(task, nsproxy, net_ns, ns.inum)))
		return 0;
	/* The iterator gives a thread only where its files are not those of its leader. */
	r.pid = BPF_CORE_READ(task, pid);
	r.fd = ctx->fd;
	bpf_seq_write(ctx->meta->seq, &r, sizeof(r));
	return 0;
}
