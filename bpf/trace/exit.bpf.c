// SPDX-License-Identifier: GPL-2.0-only
/*
 * exit.bpf.c - the last task of a set of namespaces, the init of a pid
 * namespace, and the death of that namespace with it.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "emit.h"
#include "inflight.h"
#include "known.h"
#include "last.h"
#include "pidcount.h"
#include "plain.h"

static __always_inline bool is_init(struct task_struct *t)
{
	return task_ns_pid(t) == 1 && BPF_CORE_READ(task_pidns(t), level) > 0;
}

static __always_inline u64 process_start(struct task_struct *t)
{
	return BPF_CORE_READ(t, group_leader, start_boottime);
}

#define UNCOUNTED BIT(31)

/*
 * How many processes there are in a pid namespace beside its init; with UNCOUNTED: how many pids
 * but for the threads of its init.
 */
static __always_inline u32 init_others(struct pid_namespace *pidns, struct task_struct *t)
{
	u32 pids = BPF_CORE_READ(pidns, pid_allocated) & ~PIDNS_ADDING;
	u32 own = BPF_CORE_READ(t, signal, nr_threads), n;

	if (pids <= own)
		return 0;
	return pids_count(pidns, t, &n) ? n : UNCOUNTED | (pids - own);
}

/*
 * Threads of an init that end at the same time may all look like the last, and any of them may be
 * the one that lets the namespace die and kills what is in it, before the last one is here. So
 * each leaves how many processes there were, and what is told takes a place that only one gets.
 */
enum init_what {
	INIT_OTHERS, /* the value is how many; the others are told */
	INIT_EXIT,
	INIT_DEATH,
};

struct init_key {
	u64 init; /* what no other process has */
	u64 what;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct init_key);
	__type(value, u32);
} inits SEC(".maps");

static __always_inline struct init_key init_key(struct task_struct *t, enum init_what what)
{
	struct init_key k = {process_start(t) ^ (u64)BPF_CORE_READ(t, tgid) << 40, what};

	return k;
}

static __always_inline bool init_told(struct task_struct *t, enum init_what what)
{
	struct init_key k = init_key(t, what);
	u32 told = 1;
	/* As an int: before 6.4 the verifier puts the call of a function in that returns no more.
	 */
	int r = bpf_map_update_elem(&inits, &k, &told, BPF_NOEXIST);

	return r == -17 /* EEXIST */;
}

/* As init_others() before the kernel begins to kill: disable_pid_allocation() comes first. */
static __always_inline u32 init_count(struct pid_namespace *pidns, struct task_struct *t)
{
	struct init_key k = init_key(t, INIT_OTHERS);
	u32 n = init_others(pidns, t), *before;

	if (BPF_CORE_READ(pidns, pid_allocated) & PIDNS_ADDING) {
		bpf_map_update_elem(&inits, &k, &n, BPF_ANY);
		return n;
	}
	before = bpf_map_lookup_elem(&inits, &k);
	return before ? *before : n;
}

static __always_inline int exit_look(struct task_struct *t)
{
	bool init = is_init(t) && !init_told(t, INIT_EXIT);
	u32 empties = slots_emptied(t);
	struct ev_exit *e;

	/* Who reads of the exit may let another thread of it run. */
	if (init)
		init_count(task_pidns(t), t);
	if (!init && !empties)
		return 0;
	if (!event_wanted(EV_EXIT, empties | (init ? BIT(NS_PID) : 0), false))
		return 0;
	e = event_begin(ev_exit, EV_EXIT, 0);
	if (!e)
		return 0;
	e->exit_code = BPF_CORE_READ(t, exit_code);
	e->is_init = init;
	e->empties = empties;
	e->lifetime_ns = e->hdr.ts_ns - process_start(t);
	task_nsset(t, &e->ns);
	event_end(e);
	return 0;
}

SEC("?tp_btf/sched_process_exit")
int BPF_PROG(exit_tp, struct task_struct *t)
{
	return exit_plain(t) || !first_told(ONCE_EXIT, 1, false) ? 0 : exit_look(t);
}

SEC("?tp_btf/sched_process_exit")
int BPF_PROG(exit_tp_again, struct task_struct *t)
{
	return exit_plain(t) || !first_told(ONCE_EXIT, 1, true) ? 0 : exit_look(t);
}

#define SIGKILL     9
#define SIG_NOINFO  0 /* SEND_SIG_NOINFO: a process, or what the kernel does in its name */
#define SIG_PRIV    1 /* SEND_SIG_PRIV: the kernel itself */
#define PF_EXITING  0x4
#define PT_EXITKILL (1u << 23) /* PTRACE_O_EXITKILL, include/linux/ptrace.h */

/*
 * Who killed an init, by its thread group id, until it ends. Where more than fit are killed and
 * have not ended yet, those killed first are forgotten: their end is told without a killer, as of
 * one that was killed before the trace began.
 */
struct killer {
	u64 ts_ns;
	u32 from; /* enum ev_killer */
	u32 pid;
	char comm[EV_COMM_LEN];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, u32);
	__type(value, struct killer);
} killers SEC(".maps");

/*
 * The task is in kill(2) or its like. Before 5.15 nobody asks: these have an info there, which 7.3
 * no longer hands to the tracepoint.
 */
static __always_inline bool sends_signal(void)
{
	struct pt_regs *regs;
	long nr;

	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return false;
	regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	nr = SYS_NR(regs);
#define IS_IT(n) || nr == (n)
	return false SYS_SIGNALS(IS_IT);
}

/*
 * Of what the kernel sends, si_code is above 0. In the name of a process that ends it sends the
 * signals that children asked for (kernel/exit.c reparent_leader()), without info, and kills who
 * was traced with PTRACE_O_EXITKILL (kernel/ptrace.c exit_ptrace()); a write to cgroup.kill has no
 * info either.
 */
static __always_inline u32 killer_of(struct kernel_siginfo *info, struct task_struct *t)
{
	struct task_struct *by = current_task();
	bool ending = BPF_CORE_READ(by, flags) & PF_EXITING;

	if ((u64)info == SIG_PRIV) {
		if (ending && BPF_CORE_READ(t, ptrace) & PT_EXITKILL &&
			BPF_CORE_READ(t, parent, tgid) == BPF_CORE_READ(by, tgid))
			return EV_KILLER_TRACER;
		return EV_KILLER_KERNEL;
	}
	if ((u64)info > SIG_PRIV)
		return BPF_CORE_READ(info, si_code) > 0 ? EV_KILLER_KERNEL : EV_KILLER_PROCESS;
	if (ending && BPF_CORE_READ(t, pdeath_signal) == SIGKILL)
		return EV_KILLER_PARENT;
	if (ending)
		return EV_KILLER_KERNEL;
	return sends_signal() ? EV_KILLER_PROCESS : EV_KILLER_CGROUP;
}

/*
 * result 0: the signal was delivered, TRACE_SIGNAL_DELIVERED; to an init that is
 * from an ancestor pid namespace or the kernel only.
 */
static __always_inline int init_killed(
	int sig, struct kernel_siginfo *info, struct task_struct *t, int result)
{
	struct killer k = {};
	struct killer *old;
	u32 tgid;

	if (sig != SIGKILL || result || !is_init(t))
		return 0;
	tgid = BPF_CORE_READ(t, tgid);
	/* The first one is who did it, unless it killed another process that had the number. */
	old = bpf_map_lookup_elem(&killers, &tgid);
	if (old && old->ts_ns >= process_start(t))
		return 0;
	k.ts_ns = bpf_ktime_get_boot_ns();
	k.pid = bpf_get_current_pid_tgid() >> 32;
	k.from = killer_of(info, t);
	bpf_get_current_comm(k.comm, sizeof(k.comm));
	bpf_map_update_elem(&killers, &tgid, &k, BPF_ANY);
	return 0;
}

SEC("?tp_btf/signal_generate")
int BPF_PROG(killed_tp, int sig, struct kernel_siginfo *info, struct task_struct *t, int group,
	int result)
{
	return init_killed(sig, info, t, result);
}

/* Done twice it is as it was: see first_told(). */
SEC("?tp_btf/signal_generate")
int BPF_PROG(killed_tp_again, int sig, struct kernel_siginfo *info, struct task_struct *t,
	int group, int result)
{
	return init_killed(sig, info, t, result);
}

static __always_inline void killer_fill(struct ev_pidns_death *e, struct task_struct *t)
{
	u32 tgid = BPF_CORE_READ(t, tgid);
	struct killer *k = bpf_map_lookup_elem(&killers, &tgid);

	/* mark_oom_victim() comes with the signal. */
	if (BPF_CORE_READ(t, signal, oom_mm)) {
		e->killer = EV_KILLER_OOM;
	} else if (k && k->ts_ns >= process_start(t)) {
		e->killer = k->from;
		e->killer_pid = k->pid;
		__builtin_memcpy(e->killer_comm, k->comm, sizeof(e->killer_comm));
	}
}

/* What forks that fail later want to know of the init. */
static __always_inline void init_remember(u32 inum, struct task_struct *t, u64 now, s32 exit_code)
{
	struct ns_known *k = bpf_map_lookup_elem(&known, &inum);

	if (!k)
		return;
	k->init_pid = bpf_get_current_pid_tgid() >> 32;
	k->init_exit_code = exit_code;
	k->init_ended_ns = now;
	k->init_died = process_start(t);
	bpf_get_current_comm(k->init_comm, sizeof(k->init_comm));
}

/*
 * kernel/pid_namespace.c zap_pid_ns_processes(): every pid that is still
 * allocated gets SIGKILL, the init's own threads do not.
 */
static __always_inline void pidns_death_tell(struct pid_namespace *pidns, u32 killed)
{
	struct task_struct *t = current_task();
	u32 inum = ns_inum(NS_OF(pidns));
	s32 code = BPF_CORE_READ(t, exit_code);
	u64 now = bpf_ktime_get_boot_ns();
	struct ns_known *old = bpf_map_lookup_elem(&known, &inum);
	struct ev_pidns_death *e;

	/*
	 * The end of one of the traced tree that had the number was not told yet. Without ids of
	 * namespaces its memory may be another's now, too; but none has two inits.
	 */
	if (old && (!ns_is_known(NS_OF(pidns), old) || old->init_died))
		ns_freed(inum, old, EVF_INFERRED | EVF_NO_ACTOR);
	ns_learn(NS_PID, NS_OF(pidns));
	init_remember(inum, t, now, code);
	if (!event_wanted(EV_PIDNS_DEATH, BIT(NS_PID), ns_in_tree(NS_OF(pidns))))
		return;
	e = event_begin(ev_pidns_death, EV_PIDNS_DEATH, 0);
	if (!e)
		return;
	/* One moment for both: a denied fork later says when this was. */
	e->hdr.ts_ns = now;
	e->inum = inum;
	e->level = BPF_CORE_READ(pidns, level);
	e->exit_code = code;
	e->killed = killed & ~UNCOUNTED;
	e->killed_counted = !(killed & UNCOUNTED);
	e->lifetime_ns = e->hdr.ts_ns - process_start(t);
	/* Core dumps aside, the low bits are the signal. */
	if ((code & 0x7f) == SIGKILL)
		killer_fill(e, t);
	event_end(e);
}

/* Told or not, nobody asks for its killer any more. */
static __always_inline int pidns_death(struct pid_namespace *pidns, u32 killed)
{
	u32 tgid = BPF_CORE_READ(current_task(), tgid);

	pidns_death_tell(pidns, killed);
	bpf_map_delete_elem(&killers, &tgid);
	return 0;
}

SEC("?fentry/zap_pid_ns_processes")
int BPF_PROG(pidnsdeath_fentry, struct pid_namespace *pidns)
{
	if (!first_told(ONCE_DEATH, 1, false))
		return 0;
	return pidns_death(pidns, init_others(pidns, current_task()));
}

SEC("?fentry/zap_pid_ns_processes")
int BPF_PROG(pidnsdeath_fentry_again, struct pid_namespace *pidns)
{
	if (!first_told(ONCE_DEATH, 1, true))
		return 0;
	return pidns_death(pidns, init_others(pidns, current_task()));
}

SEC("?kprobe/zap_pid_ns_processes")
int BPF_KPROBE(pidnsdeath_kprobe, struct pid_namespace *pidns)
{
	return pidns_death(pidns, init_others(pidns, current_task()));
}

/* A thread that is not the last only leaves the count for that one. */
static __always_inline int pidnsdeath_exit(struct task_struct *t, bool again)
{
	bool last = !BPF_CORE_READ(t, signal, live.counter);
	struct pid_namespace *pidns;
	u32 others;

	if (!is_init(t) || (last && !first_told(ONCE_DEATH, 1, again)))
		return 0;
	pidns = task_pidns(t);
	others = init_count(pidns, t);
	return !last || init_told(t, INIT_DEATH) ? 0 : pidns_death(pidns, others);
}

SEC("?tp_btf/sched_process_exit")
int BPF_PROG(pidnsdeath_tp, struct task_struct *t)
{
	return exit_outside(t) ? 0 : pidnsdeath_exit(t, false);
}

SEC("?tp_btf/sched_process_exit")
int BPF_PROG(pidnsdeath_tp_again, struct task_struct *t)
{
	return exit_outside(t) ? 0 : pidnsdeath_exit(t, true);
}
