/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inflight.h - what the entry of a call leaves for its return, by thread.
 *
 * Where tracing programs have storage of tasks (5.13; user space asks by loading), it
 * is kept there, so that any number of calls can be in flight. Elsewhere, and where the
 * kernel has no memory at that moment, it is kept in a map of fixed size. An entry that
 * neither has room for is counted as a lost call, and the thread is marked, so that its
 * return is not taken for that of a call that never began (filtered.h).
 */
#ifndef NSWATCH_INFLIGHT_H
#define NSWATCH_INFLIGHT_H

#include "emit.h"

struct inflight {
	u64 flags;
	u64 ptr;
	s32 fd;
	u32 fd_kind;
	u32 target_inum;
	u32 target_pid;
	u32 target_type; /* enum ns_slot + 1, 0: unknown */
	struct ev_nsset before;
};

/* All that is in flight in one thread. Only unshare and setns leave more than a number. */
struct task_calls {
	u32 present; /* bit per enum call */
	u32 pad;
	u64 word[CALL_WORDS];
	struct inflight call; /* no thread is in two system calls at once */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_calls);
} task_calls SEC(".maps") __weak;

/* Numbers of threads are given again: what one that has ended left is not found by another. */
struct inflight_key {
	u64 thread; /* pid_tgid */
	u32 start;  /* thread_start() */
	u32 call;
};

/* Where there is no storage of tasks, or it failed. User space makes it larger for the former. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct inflight_key);
	__type(value, struct inflight);
} inflight SEC(".maps") __weak;

/* How many entries are in the map: 0 almost always where there is storage of tasks. */
extern __u64 inflight_spilled;

/*
 * Threads whose next return without an entry is not that of a call which never began: its entry
 * was lost, or the call is older than the hook. By thread id; the value is thread_start(), since a
 * thread may end without such a return and another one get its number. (Not bits in an array:
 * before 5.12 there are no atomic operations for those.)
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, u32);
	__type(value, u32);
} entry_missing SEC(".maps") __weak;

static __always_inline u32 thread_start(struct task_struct *t)
{
	return BPF_CORE_READ(t, start_boottime);
}

static __always_inline void entry_mark(struct task_struct *t)
{
	u32 tid = BPF_CORE_READ(t, pid), start = thread_start(t);

	if (cfg.filtered)
		bpf_map_update_elem(&entry_missing, &tid, &start, BPF_ANY);
}

/* Whether the current thread was marked; it is no more. */
static __always_inline bool entry_unmark(void)
{
	u32 tid = (u32)bpf_get_current_pid_tgid();
	u32 *start = bpf_map_lookup_elem(&entry_missing, &tid);
	bool marked = start && *start == thread_start(current_task());

	if (start)
		bpf_map_delete_elem(&entry_missing, &tid);
	return marked;
}

static __always_inline struct task_calls *calls_of_task(u64 flags)
{
	return cfg.task_storage
		       ? bpf_task_storage_get(&task_calls, bpf_get_current_task_btf(), 0, flags)
		       : 0;
}

static __always_inline struct inflight_key inflight_key(u32 call)
{
	struct inflight_key k = {bpf_get_current_pid_tgid(), thread_start(current_task()), call};

	return k;
}

static __always_inline struct inflight *inflight_get_spilled(u32 call)
{
	struct inflight_key k = inflight_key(call);

	return cfg.task_storage && !inflight_spilled ? 0 : bpf_map_lookup_elem(&inflight, &k);
}

static __always_inline void inflight_spill(u32 call, const struct inflight *in, bool alone)
{
	struct inflight_key k = inflight_key(call);

	if (bpf_map_delete_elem(&inflight, &k))
		__sync_fetch_and_add(&inflight_spilled, 1);
	else if (alone)
		count_lost_call(call);
	if (!bpf_map_update_elem(&inflight, &k, in, BPF_ANY))
		return;
	__sync_fetch_and_add(&inflight_spilled, -1);
	count_lost_call(call);
	entry_mark(current_task());
}

/*
 * Whole: a copy of in; else a number, word. An entry that is there already is one whose return was
 * not seen, for kretprobes have few places for calls that are on; or it is what another program
 * at the same place has just left, which is the same.
 */
static __always_inline void inflight_store(
	u32 call, bool whole, const struct inflight *in, u64 word, bool alone)
{
	struct task_calls *t = calls_of_task(BPF_LOCAL_STORAGE_GET_F_CREATE);
	struct inflight plain = {.flags = word};

	if (!t) {
		inflight_spill(call, whole ? in : &plain, alone);
		return;
	}
	if (alone && t->present & BIT(call))
		count_lost_call(call);
	t->present |= BIT(call);
	if (whole)
		t->call = *in;
	else
		t->word[call] = word;
}

/* What unshare or setns leave. */
static __always_inline void inflight_put(u32 call, const struct inflight *in, bool alone)
{
	inflight_store(call, true, in, 0, alone);
}

/* What the others leave: a number. */
static __always_inline void inflight_put_word(u32 call, u64 word)
{
	bool alone = call != CALL_CLONE && call != CALL_MOUNT && call != ONCE_CLONE_FAILED &&
		     call != ONCE_RETURN;

	inflight_store(call, false, 0, word, alone);
}

static __always_inline bool inflight_has(u32 call)
{
	struct task_calls *t = calls_of_task(0);

	return (t && t->present & BIT(call)) || inflight_get_spilled(call);
}

/* NULL: nothing was left. */
static __always_inline struct inflight *inflight_get(u32 call)
{
	struct task_calls *t = calls_of_task(0);

	if (t && t->present & BIT(call))
		return &t->call;
	return inflight_get_spilled(call);
}

static __always_inline void inflight_drop(u32 call)
{
	struct inflight_key k = inflight_key(call);
	struct task_calls *t = calls_of_task(0);

	if (t && t->present & BIT(call)) {
		t->present &= ~BIT(call);
		return;
	}
	if (cfg.task_storage && !inflight_spilled)
		return;
	if (!bpf_map_delete_elem(&inflight, &k))
		__sync_fetch_and_add(&inflight_spilled, -1);
}

/* Takes the number away: false where none was left. */
static __always_inline bool inflight_take_word(u32 call, u64 *ret)
{
	struct task_calls *t = calls_of_task(0);
	struct inflight *in;

	if (t && t->present & BIT(call)) {
		t->present &= ~BIT(call);
		*ret = t->word[call];
		return true;
	}
	in = inflight_get_spilled(call);
	if (!in)
		return false;
	*ret = in->flags;
	inflight_drop(call);
	return true;
}

/*
 * Whether something that happens to the current task was not told yet; it is from here on.
 *
 * The kernel leaves a program out on a CPU where the same program of another task was preempted
 * (kernel/bpf/trampoline.c __bpf_prog_enter_recur(), kernel/trace/bpf_trace.c __bpf_trace_run();
 * from 7.0 programs on tracepoints are preempted as well, and at once by who reads the event that
 * they have just told). So a second one (`again`) stands at the same place, and whichever comes
 * first tells. id is what this time has in common with no other: not 0.
 */
static __always_inline bool first_told(u32 call, u64 id, bool again)
{
	struct task_calls *t = calls_of_task(BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!t)
		return !again;
	if (t->word[call] == id)
		return false;
	t->word[call] = id;
	return true;
}

/*
 * Whether the other one of two programs at the return of a system call has told it. From 7.0 those
 * on tracepoints of single calls are preempted, too, and a task that runs on that CPU meanwhile
 * makes the same call without the program. Nothing tells two returns of a thread apart, so the
 * first program leaves a mark and the second takes it away; where the mark is that of another
 * return, both programs have missed one.
 */
static __always_inline bool return_is_told(bool again)
{
	u64 word;

	if (!cfg.twice)
		return false;
	if (again)
		return inflight_take_word(ONCE_RETURN, &word);
	inflight_put_word(ONCE_RETURN, 1);
	return false;
}

/*
 * kernel/signal.c, arch_do_signal_or_restart(): the call is made once more, or the program gets
 * EINTR; it never sees these (include/linux/errno.h). A call that is made once more is told then.
 */
static __always_inline bool call_restarts(s64 result)
{
	return result == -512 /* ERESTARTSYS */ || result == -513 /* ERESTARTNOINTR */ ||
	       result == -514 /* ERESTARTNOHAND */ || result == -516 /* ERESTART_RESTARTBLOCK */;
}

#endif
