// SPDX-License-Identifier: GPL-2.0-only
/*
 * compat.bpf.c - system calls of the 32-bit ABI, where tracepoints are the hooks.
 *
 * The events of syscalls/ leave them out (kernel/trace/trace_syscalls.c,
 * trace_get_syscall_nr()). Those of raw_syscalls/ have them, but a program there runs at every
 * system call of the host: so user space attaches it only while somebody could make such
 * calls. The programs here tell it when: an exec of a 32-bit program, and, for int 0x80 in
 * a 64-bit one, a check of a capability in such a call (tp_btf/cap_capable, 6.14).
 *
 * What happens between that and the attaching is concluded: the namespaces of the thread are
 * remembered, and compared at its next system call or its end.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "compat.h"
#include "emit.h"
#include "inflight.h"
#include "known.h"
#include "last.h"

/* The user's address space of a 32-bit program ends here at the latest; of others much higher. */
#define COMPAT_TASK_SIZE (1ULL << 32)

/* User space has attached the programs that see the calls. */
__u32 compat_armed = 0;
__u32 compat_tasks = 0;   /* how many 32-bit programs compat_count has found */
__u64 compat_waiting = 0; /* entries of compat_before */

/* The namespaces of threads that may have changed them before anybody looked. */
struct compat_before {
	struct ev_nsset set;
	struct ev_nsset now; /* scratch: the stack has no room for it */
	u32 nr;              /* of the call that was about to, 0: not known */
	u32 start;           /* thread_start(): numbers of threads are given again */
};

static const struct compat_before compat_nothing;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, u64); /* pid_tgid */
	__type(value, struct compat_before);
} compat_before SEC(".maps");

static __always_inline bool task_is_compat(struct task_struct *t)
{
	unsigned long size = BPF_CORE_READ(t, mm, task_size);

	return size && size <= COMPAT_TASK_SIZE;
}

/* Run by user space: how many there are. */
SEC("?iter/task")
int compat_count(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;

	if (t && task_is_compat(t))
		compat_tasks++;
	return 0;
}

/* Global functions: the verifier looks at them once, not on every way that leads to them. */
__noinline int compat_is_known(u64 ns)
{
	return ns && ns_known_as((struct ns_common *)ns) ? 1 : 0;
}

/*
 * Bit per slot that changed to a namespace that is not known: it was made. In a traced tree those
 * of others are not known either: there it was made if nobody else holds it.
 */
static __always_inline u32 slots_unknown(u32 changed)
{
	struct task_struct *t = current_task();
	struct nsproxy *np = BPF_CORE_READ(t, nsproxy);
	u32 known_too = 0;

	if (cfg.tree_on)
		changed &= slots_emptied(t) | BIT(NS_USER);

#pragma unroll
	for (int i = 0; i < NS_SLOTS; i++)
		known_too |= (u32)(compat_is_known((u64)task_ns(t, np, i)) & 1) << i;
	return changed & ~known_too;
}

#define SLOT_FLAG(slots, slot, flag) ((slots)&BIT(slot) ? (flag) : 0)

static __always_inline u32 flags_of_slots(u32 slots)
{
	return SLOT_FLAG(slots, NS_MNT, CLONE_NEWNS) | SLOT_FLAG(slots, NS_UTS, CLONE_NEWUTS) |
	       SLOT_FLAG(slots, NS_IPC, CLONE_NEWIPC) | SLOT_FLAG(slots, NS_USER, CLONE_NEWUSER) |
	       SLOT_FLAG(slots, NS_PID_CHILD, CLONE_NEWPID) |
	       SLOT_FLAG(slots, NS_NET, CLONE_NEWNET) |
	       SLOT_FLAG(slots, NS_CGROUP, CLONE_NEWCGROUP) |
	       SLOT_FLAG(slots, NS_TIME_CHILD, CLONE_NEWTIME);
}

/* Functions of their own: what each needs of the stack is not added up. */
static __noinline int compat_unshared(
	const struct ev_nsset *before, const struct ev_nsset *after, u32 slots)
{
	struct ev_unshare *e;

	if (!event_wanted(EV_UNSHARE, slots, false))
		return 0;
	e = event_begin(ev_unshare, EV_UNSHARE, EVF_INFERRED | EVF_COMPAT);
	if (!e)
		return 0;
	e->ns_flags = flags_of_slots(slots);
	e->changed = slots;
	e->before = *before;
	e->after = *after;
	event_end(e);
	return 0;
}

static __noinline int compat_entered(
	const struct ev_nsset *before, const struct ev_nsset *after, u32 slots)
{
	struct ev_setns *e;

	if (!event_wanted(EV_SETNS, slots, false))
		return 0;
	e = event_begin(ev_setns, EV_SETNS, EVF_INFERRED | EVF_COMPAT);
	if (!e)
		return 0;
	e->ns_flags = flags_of_slots(slots);
	e->fd = -1; /* not known */
	e->changed = slots;
	e->before = *before;
	e->after = *after;
	event_end(e);
	return 0;
}

#define BORN(t, np, slots, slot)                                                                   \
	do {                                                                                       \
		if ((slots)&BIT(slot))                                                             \
			ns_born(slot, task_ns(t, np, slot), EVF_INFERRED);                         \
	} while (0)

__noinline int compat_born(u32 slots)
{
	struct task_struct *t = current_task();
	struct nsproxy *np = BPF_CORE_READ(t, nsproxy);

	BORN(t, np, slots, NS_USER);
	BORN(t, np, slots, NS_MNT);
	BORN(t, np, slots, NS_UTS);
	BORN(t, np, slots, NS_IPC);
	BORN(t, np, slots, NS_PID_CHILD);
	BORN(t, np, slots, NS_CGROUP);
	BORN(t, np, slots, NS_NET);
	BORN(t, np, slots, NS_TIME_CHILD);
	return 0;
}

/* What the current thread did unseen since then. */
static __always_inline void compat_compare(struct compat_before *then)
{
	struct task_struct *t = current_task();
	u32 changed, made;

	if (!BPF_CORE_READ(t, nsproxy))
		return;
	task_nsset(t, &then->now);
	changed = nsset_changed(&then->set, &then->now);
	if (!changed)
		return;
	made = then->nr == COMPAT_NR_unshare ? changed
	       : then->nr == COMPAT_NR_setns ? 0
					     : slots_unknown(changed);
	if (made) {
		compat_born(made);
		compat_unshared(&then->set, &then->now, made);
	}
	if (changed & ~made)
		compat_entered(&then->set, &then->now, changed & ~made);
}

static __always_inline int compat_resolve(void)
{
	u64 id = bpf_get_current_pid_tgid();
	struct compat_before *then = bpf_map_lookup_elem(&compat_before, &id);

	if (!then)
		return 0;
	if (then->start == thread_start(current_task()))
		compat_compare(then);
	bpf_map_delete_elem(&compat_before, &id);
	__sync_fetch_and_add(&compat_waiting, -1);
	return 0;
}

/* What is remembered of the current thread; NULL where there is no room. */
static __always_inline struct compat_before *compat_entry(void)
{
	u64 id = bpf_get_current_pid_tgid();
	struct compat_before *then = bpf_map_lookup_elem(&compat_before, &id);

	if (then) {
		if (then->start == thread_start(current_task()))
			compat_compare(then);
		return then;
	}
	if (bpf_map_update_elem(&compat_before, &id, &compat_nothing, BPF_ANY)) {
		count_missing(EV_LOST_PROCESS);
		return 0;
	}
	__sync_fetch_and_add(&compat_waiting, 1);
	return bpf_map_lookup_elem(&compat_before, &id);
}

static __noinline int compat_note(void)
{
	struct ev_hdr *h = bpf_ringbuf_reserve(&ring, sizeof(*h), 0);

	if (!h)
		return 0;
	hdr_fill(h, NSW_COMPAT, sizeof(*h), 0);
	bpf_ringbuf_submit(h, 0);
	return 0;
}

/* Remembers what the current thread has, and wakes user space. */
static __always_inline int compat_tell(u32 nr)
{
	struct compat_before *then;

	if (compat_armed || !tree_has(bpf_get_current_pid_tgid() >> 32))
		return 0;
	then = compat_entry();
	if (!then)
		return 0;
	task_nsset(current_task(), &then->set);
	then->nr = nr;
	then->start = thread_start(current_task());
	return compat_note();
}

/* Done twice it is as it was: see first_told(). */
SEC("?tp_btf/sched_process_exec")
int BPF_PROG(compat_exec, struct task_struct *t)
{
	return task_is_compat(t) ? compat_tell(0) : 0;
}

SEC("?tp_btf/sched_process_exec")
int BPF_PROG(compat_exec_again, struct task_struct *t)
{
	return task_is_compat(t) ? compat_tell(0) : 0;
}

static __always_inline int compat_asks(void)
{
	struct pt_regs *regs;
	u32 nr;

	if (compat_armed || !TASK_IN_COMPAT(current_task()))
		return 0;
	regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	nr = COMPAT_NR(regs);
	return nr == COMPAT_NR_unshare || nr == COMPAT_NR_setns || nr == COMPAT_NR_clone ||
			       nr == COMPAT_NR_clone3
		       ? compat_tell(nr)
		       : 0;
}

SEC("?tp_btf/cap_capable")
int BPF_PROG(compat_cap)
{
	return compat_asks();
}

SEC("?tp_btf/cap_capable")
int BPF_PROG(compat_cap_again)
{
	return compat_asks();
}

SEC("?tp_btf/sys_enter")
int BPF_PROG(compat_late_call, struct pt_regs *regs, long id)
{
	return compat_waiting ? compat_resolve() : 0;
}

SEC("?tp_btf/sched_process_exit")
int BPF_PROG(compat_late_exit, struct task_struct *t)
{
	return compat_waiting ? compat_resolve() : 0;
}

SEC("?tp_btf/sched_process_exit")
int BPF_PROG(compat_late_exit_again, struct task_struct *t)
{
	return compat_waiting ? compat_resolve() : 0;
}
