/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * emit.h - from a hook to the ring buffer: is the event wanted, reserve, fill
 * the header, submit; what does not fit is counted.
 */
#ifndef NSWATCH_EMIT_H
#define NSWATCH_EMIT_H

#include "cgroup_of.h"
#include "maps.h"
#include "task_ns.h"

static __always_inline struct task_struct *current_task(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

static __always_inline bool kind_on(u32 kind)
{
	return cfg.kinds & (1ULL << kind);
}

/* Of the process of a leader: exec by another thread hands its start on, kernel de_thread(). */
static __always_inline u32 tree_id(struct task_struct *leader)
{
	u32 id = BPF_CORE_READ(leader, start_boottime);

	return id > TREE_ANY ? id : TREE_ANY + 1;
}

/* Set by user space: there are entries with TREE_ANY. */
extern __u32 tree_any;

/* Whether that process is in the map, and not another one that had its number. */
static __always_inline bool tree_has_process(u32 tgid, struct task_struct *leader)
{
	struct tree_key key = {tgid, tree_id(leader)};

	if (bpf_map_lookup_elem(&tree, &key))
		return true;
	key.id = TREE_ANY;
	return tree_any && bpf_map_lookup_elem(&tree, &key);
}

/* Whether the current process is traced. */
static __always_inline bool tree_has(u32 tgid)
{
	return !cfg.tree_on || tree_has_process(tgid, BPF_CORE_READ(current_task(), group_leader));
}

static __always_inline bool actor_traced(void)
{
	return tree_has(bpf_get_current_pid_tgid() >> 32);
}

/*
 * Whether the current task and the slots of an event pass the filters that are
 * applied in the kernel. in_tree: the event's namespace belongs to the tree,
 * whoever acts (workers free what the tree made).
 */
static __always_inline bool event_wanted(u32 kind, u32 slots, bool in_tree)
{
	if (!kind_on(kind))
		return false;
	if (cfg.slots && slots && !(cfg.slots & slots))
		return false;
	if (cfg.uid_on && !in_tree && (u32)bpf_get_current_uid_gid() != cfg.uid)
		return false;
	return in_tree || tree_has(bpf_get_current_pid_tgid() >> 32);
}

static __always_inline void count_event(u32 kind, bool lost)
{
	u32 zero = 0;
	struct nsw_stats *s = bpf_map_lookup_elem(&stats, &zero);

	if (!s || kind >= EV_KINDS)
		return;
	if (lost)
		s->lost[kind]++;
	else
		s->sent[kind]++;
}

/* Something that no record stands for is missing: user space tells it as a lost event. */
static __always_inline void count_missing_more(u32 why, u32 n)
{
	u32 zero = 0;
	struct nsw_stats *s = bpf_map_lookup_elem(&stats, &zero);

	if (s && why < EV_LOST_WHYS)
		s->missing[why] += n;
}

static __always_inline void count_missing(u32 why)
{
	count_missing_more(why, 1);
}

static __always_inline void count_lost_call(u32 call)
{
	u32 zero = 0;
	struct nsw_stats *s = bpf_map_lookup_elem(&stats, &zero);

	if (s && call < CALLS)
		s->calls[call]++;
}

/* Kinds whose header's task is in the system call that is told. */
static __always_inline bool kind_is_call(u32 kind)
{
	return kind == EV_UNSHARE || kind == EV_SETNS || kind == EV_CLONE ||
	       kind == EV_FORK_DENIED || kind == EV_REFUSED;
}

/* Fills everything of a header but what the caller knows: kind, size, flags. */
static __always_inline void hdr_fill(struct ev_hdr *h, u32 kind, u32 size, u32 flags)
{
	struct task_struct *t = current_task();
	u64 id = bpf_get_current_pid_tgid();

	h->ts_ns = bpf_ktime_get_boot_ns();
	h->kind = kind;
	h->size = size;
	h->flags = flags;
	if (kind_is_call(kind) && TASK_IN_COMPAT(t))
		h->flags |= EVF_COMPAT;
	h->cpu = bpf_get_smp_processor_id();
	h->pad = 0;
	if (flags & EVF_NO_ACTOR) {
		h->pid = h->tid = h->ppid = h->uid = h->pidns = h->ns_pid = 0;
		h->cgroup_id = 0;
		__builtin_memset(h->comm, 0, sizeof(h->comm));
		return;
	}
	h->pid = id >> 32;
	h->tid = (u32)id;
	h->ppid = BPF_CORE_READ(t, real_parent, tgid);
	h->uid = (u32)bpf_get_current_uid_gid();
	h->pidns = ns_inum(NS_OF(task_pidns(t)));
	h->ns_pid = task_ns_pid(t);
	h->cgroup_id = cgroup_id_of(t);
	bpf_get_current_comm(h->comm, sizeof(h->comm));
}

/*
 * One test of the pointer, then its two ways: verifiers before 6.3 forget between
 * two tests that a reserved record is not NULL.
 *
 * Room for one struct ev_*, header filled, the rest zero; NULL where the ring is
 * full.
 */
#define event_begin(type, kind, flags)                                                             \
	({                                                                                         \
		struct type *e_ = bpf_ringbuf_reserve(&ring, sizeof(struct type), 0);              \
		if (e_) {                                                                          \
			__builtin_memset(e_, 0, sizeof(*e_));                                      \
			hdr_fill(&e_->hdr, kind, sizeof(struct type), flags);                      \
			count_event(kind, false);                                                  \
		} else {                                                                           \
			count_event(kind, true);                                                   \
		}                                                                                  \
		e_;                                                                                \
	})

static __always_inline void event_end(void *e)
{
	bpf_ringbuf_submit(e, 0);
}

#endif
