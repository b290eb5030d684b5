// SPDX-License-Identifier: GPL-2.0-only
/* setns.bpf.c - setns(2): through which descriptor, into what, with what result. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "calls.h"
#include "compat.h"
#include "emit.h"
#include "fdfile.h"
#include "filtered.h"
#include "inflight.h"
#include "known.h"

/* include/uapi/linux/magic.h */
#define PROC_SUPER_MAGIC    0x9fa0
#define PID_FS_MAGIC        0x50494446 /* pidfds from 6.9 */
#define ANON_INODE_FS_MAGIC 0x09041934 /* pidfds before */

static __always_inline u32 nsfs_type(struct ns_common *ns)
{
	u32 slot = ns ? slot_of_flag(ns_flag(ns)) : NS_SLOTS;

	return slot < NS_TYPES ? slot + 1 : 0;
}

/* What the descriptor is. Of the pidfds of old only "an anonymous inode" can be told. */
static __always_inline void setns_target(int fd, struct inflight *in)
{
	struct file *f = fd_file(fd);
	struct inode *inode = BPF_CORE_READ(f, f_inode);
	struct pid *pid = 0;

	in->fd_kind = EV_FD_BAD;
	if (!f)
		return;
	switch (BPF_CORE_READ(inode, i_sb, s_magic)) {
	case NSFS_MAGIC:
		in->fd_kind = EV_FD_NSFS;
		in->target_inum = BPF_CORE_READ(inode, i_ino);
		/* fs/nsfs.c: i_private is the namespace. */
		in->target_type = nsfs_type(BPF_CORE_READ(inode, i_private));
		return;
	case PID_FS_MAGIC:
		in->fd_kind = EV_FD_PIDFD;
		pid = BPF_CORE_READ(inode, i_private);
		break;
	case ANON_INODE_FS_MAGIC:
		in->fd_kind = EV_FD_PIDFD;
		return;
	case PROC_SUPER_MAGIC:
		in->fd_kind = EV_FD_PROC;
		return;
	default:
		in->fd_kind = EV_FD_OTHER;
		return;
	}
	in->target_pid = BPF_CORE_READ(pid, numbers[0].nr);
}

static __always_inline int setns_begin(int fd, u64 flags, bool alone)
{
	struct inflight in = {.flags = (u32)flags, .fd = fd};

	if (!actor_traced())
		return 0;
	setns_target(fd, &in);
	task_nsset(current_task(), &in.before);
	inflight_put(CALL_SETNS, &in, alone);
	return 0;
}

/* Global, so that the verifier looks at it once. */
__noinline int setns_end(s64 returned, u32 evf)
{
	struct inflight *in = inflight_get(CALL_SETNS);
	struct ev_setns *e;
	struct ev_nsset after = {};
	s32 result = returned;
	u32 changed, slots;

	if (!in)
		return 0;
	if (call_restarts(result)) {
		inflight_drop(CALL_SETNS);
		return 0;
	}
	/* So that the ends of those are told which only this call gave to the traced tree. */
	if (!result && cfg.tree_on && (kind_on(EV_NS_FREE) || kind_on(EV_FORK_DENIED)))
		ns_remember_task(current_task());
	task_nsset(current_task(), &after);
	changed = nsset_changed(&in->before, &after);
	slots = changed | slots_of_flags(in->flags);
	if (event_wanted(EV_SETNS, slots, false)) {
		e = event_begin(ev_setns, EV_SETNS, evf);
		if (e) {
			e->ns_flags = in->flags;
			e->result = result;
			e->fd = in->fd;
			e->fd_kind = in->fd_kind;
			e->target_inum = in->target_inum;
			e->target_pid = in->target_pid;
			e->target_type = in->target_type;
			e->changed = changed;
			e->before = in->before;
			e->after = after;
			event_end(e);
		}
	}
	inflight_drop(CALL_SETNS);
	return 0;
}

SEC("?fentry/" SYS_WRAPPER "setns")
int BPF_PROG(setns_fentry, struct pt_regs *regs)
{
	return setns_begin(SYS_ARG1(regs), SYS_ARG2(regs), false);
}

SEC("?fexit/" SYS_WRAPPER "setns")
int BPF_PROG(setns_fexit, struct pt_regs *regs, long ret)
{
	return setns_end(ret, 0);
}

/* Behind the two above: see first_told(). */
SEC("?fentry/" SYS_WRAPPER "setns")
int BPF_PROG(setns_fentry_again, struct pt_regs *regs)
{
	return setns_begin(SYS_ARG1(regs), SYS_ARG2(regs), false);
}

SEC("?fexit/" SYS_WRAPPER "setns")
int BPF_PROG(setns_fexit_again, struct pt_regs *regs, long ret)
{
	return setns_end(ret, 0);
}

SEC("?kprobe/" SYS_WRAPPER "setns")
int BPF_KPROBE(setns_kprobe, struct pt_regs *regs)
{
	return setns_begin(SYS_ARG1(regs), SYS_ARG2(regs), true);
}

SEC("?kretprobe/" SYS_WRAPPER "setns")
int BPF_KRETPROBE(setns_kretprobe, long ret)
{
	return setns_end(ret, 0);
}

__noinline int setns_enters(s64 fd, u64 flags)
{
	return setns_begin(fd, flags, true);
}

__noinline int setns_returns(s64 result, u32 compat)
{
	struct pt_regs *regs = compat ? 0 : filtered_regs(CALL_SETNS);

	if (regs)
		setns_enters((s32)SYS_ARG1(regs), SYS_ARG2(regs));
	return setns_end(regs && result > 0 ? 0 : result, regs ? EVF_FILTERED : 0);
}

SEC("?tracepoint/syscalls/sys_enter_setns")
int setns_tp_enter(struct trace_event_raw_sys_enter *ctx)
{
	return setns_enters(ctx->args[0], ctx->args[1]);
}

SEC("?tracepoint/syscalls/sys_enter_setns")
int setns_tp_enter_again(struct trace_event_raw_sys_enter *ctx)
{
	return setns_begin(ctx->args[0], ctx->args[1], false);
}

SEC("?tracepoint/syscalls/sys_exit_setns")
int setns_tp_exit(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(false) ? 0 : setns_returns(ctx->ret, false);
}

SEC("?tracepoint/syscalls/sys_exit_setns")
int setns_tp_exit_again(struct trace_event_raw_sys_exit *ctx)
{
	return return_is_told(true) ? 0 : setns_returns(ctx->ret, false);
}

/* Attached while calls of the 32-bit ABI are looked for: compat.bpf.c. */
SEC("?tp_btf/sys_enter")
int BPF_PROG(setns_compat_enter, struct pt_regs *regs, long id)
{
	if (id != COMPAT_NR_setns || !TASK_IN_COMPAT(current_task()))
		return 0;
	return setns_enters((s32)COMPAT_ARG1(regs), COMPAT_ARG2(regs));
}

SEC("?tp_btf/sys_exit")
int BPF_PROG(setns_compat_exit, struct pt_regs *regs, long ret)
{
	if (!compat_returns(regs, COMPAT_NR_setns))
		return 0;
	return setns_returns(ret, true);
}

#ifdef COMPAT_WRAPPER
/* The 32-bit ABI has a wrapper of its own around the same function. */
SEC("?fentry/" COMPAT_WRAPPER "setns")
int BPF_PROG(setns_compat_fentry, struct pt_regs *regs)
{
	return setns_begin(COMPAT_ARG1(regs), COMPAT_ARG2(regs), true);
}

SEC("?fexit/" COMPAT_WRAPPER "setns")
int BPF_PROG(setns_compat_fexit, struct pt_regs *regs, long ret)
{
	return setns_end(ret, 0);
}

SEC("?kprobe/" COMPAT_WRAPPER "setns")
int BPF_KPROBE(setns_compat_kprobe, struct pt_regs *regs)
{
	return setns_begin(COMPAT_ARG1(regs), COMPAT_ARG2(regs), true);
}

SEC("?kretprobe/" COMPAT_WRAPPER "setns")
int BPF_KRETPROBE(setns_compat_kretprobe, long ret)
{
	return setns_end(ret, 0);
}
#endif
