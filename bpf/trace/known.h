/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * known.h - the namespaces that the trace knows of, and the two events of their
 * life: every hook that sees one born or gone ends here.
 */
#ifndef NSWATCH_KNOWN_H
#define NSWATCH_KNOWN_H

#include "emit.h"

/* fs/namespace.c MNT_NS_ANON_INO (6.18): all anonymous mount namespaces share it. */
#define MNT_NS_ANON_INO 0xEFFFFFF7U

/* How many namespaces that the tree made exist: read by user space. */
extern __u64 tree_namespaces;
/* How many namespaces were ever put into the map `known`: the same. */
extern __u64 known_added;

/*
 * The map is keyed by numbers, which the kernel gives again at once, and an entry can only be taken
 * away by its number. So an entry is changed by who holds the number: the hooks of an end run
 * before the kernel takes it back, those of a birth before anybody can end the namespace. A sweep
 * holds none, and asks these counts whether an entry came in between.
 */
extern struct known_turn known_turns[KNOWN_TURNS];

#define KNOWN_ENOENT (-2)

/* All additions to the map. */
static __always_inline long known_add(u32 inum, const struct ns_known *k, u64 flags)
{
	struct known_turn *turn = &known_turns[inum & (KNOWN_TURNS - 1)];
	long r;

	turn->inum = inum;
	__sync_fetch_and_add(&turn->begun, 1);
	r = bpf_map_update_elem(&known, &inum, k, flags);
	__sync_fetch_and_add(&turn->done, 1);
	return r;
}

/* What is known by that number is this namespace, and not one that had the number before it. */
static __always_inline bool ns_is_known(struct ns_common *ns, const struct ns_known *k)
{
	return k->ptr == (u64)ns && k->ns_id == ns_id(ns);
}

/* What is known of this namespace; NULL: nothing, or what had its number before it. */
static __always_inline struct ns_known *ns_known_as(struct ns_common *ns)
{
	u32 inum = ns_inum(ns);
	struct ns_known *k = bpf_map_lookup_elem(&known, &inum);

	return k && ns_is_known(ns, k) ? k : 0;
}

/* A task of the traced tree made it. ns: NULL allowed. */
static __always_inline bool ns_in_tree(struct ns_common *ns)
{
	struct ns_known *k;

	if (!cfg.tree_on || !ns)
		return false;
	k = ns_known_as(ns);
	return k && k->tree;
}

/* Workers free these types: whoever runs when they go is not who let them go. */
static __always_inline bool freed_by_worker(u32 type)
{
	return type == NS_PID || type == NS_NET || type == NS_USER || type == NS_IPC;
}

/* A namespace is gone; k is what was known of it, perhaps just what it says itself. */
static __always_inline void ns_free_tell(u32 inum, const struct ns_known *k, u32 flags)
{
	u32 type = slot_type(k->slot);
	struct ev_ns *e;

	if (freed_by_worker(type))
		flags |= EVF_NO_ACTOR;
	/* Without an actor only the namespace itself can belong to the tree. */
	if (cfg.tree_on && (flags & EVF_NO_ACTOR) && !k->tree)
		return;
	if (!event_wanted(EV_NS_FREE, BIT(type), cfg.tree_on && k->tree))
		return;
	e = event_begin(ev_ns, EV_NS_FREE, flags);
	if (!e)
		return;
	e->ns_type = type;
	e->inum = inum;
	e->ns_id = k->ns_id;
	e->owner = k->owner;
	e->creator_pid = k->creator_pid;
	e->made_by = k->made_by;
	if (k->born_ns)
		e->lifetime_ns = e->hdr.ts_ns - k->born_ns;
	__builtin_memcpy(e->creator_comm, k->creator_comm, EV_COMM_LEN);
	event_end(e);
}

/* The entry is gone, or marked: k is a copy. */
static __always_inline void ns_ended(u32 inum, const struct ns_known *k, u32 flags)
{
	if (k->tree)
		__sync_fetch_and_add(&tree_namespaces, -1);
	ns_free_tell(inum, k, flags);
}

/*
 * The namespace inum is gone; of is what the map says, and the number is held by who calls, or by
 * nobody. The copy is made first, since the entry may be used again at once.
 */
static __always_inline void ns_freed(u32 inum, struct ns_known *of, u32 flags)
{
	struct ns_known k = *of;
	/* As an int: see init_told() in exit.bpf.c. */
	int r = bpf_map_delete_elem(&known, &inum);

	if (r == KNOWN_ENOENT || k.ended)
		return;
	/* The lock is not to be had: EBUSY before 6.15, ETIMEDOUT since. */
	if (r)
		of->ended = 1;
	ns_ended(inum, &k, flags);
}

/* The end of what had the number of this namespace before it was not seen: it is told now. */
static __always_inline void ns_replace(struct ns_common *ns)
{
	u32 inum = ns_inum(ns);
	struct ns_known *k = bpf_map_lookup_elem(&known, &inum);

	if (k && !ns_is_known(ns, k))
		ns_freed(inum, k, EVF_INFERRED | EVF_NO_ACTOR);
}

/* The number's entry is still the one that k is a copy of: their memory is used again, too. */
static __always_inline bool known_is(u32 inum, const struct ns_known *k)
{
	const struct ns_known *now = bpf_map_lookup_elem(&known, &inum);

	return now && now->ptr == k->ptr && now->ns_id == k->ns_id && now->born_ns == k->born_ns;
}

/*
 * The same by who does not hold the number: k is a copy. False: nobody can say now, the next sweep
 * can. A new namespace may get the number between the look and the delete, which then took away the
 * new entry, while the old end was told by who added that.
 */
static __always_inline bool ns_freed_late(u32 inum, const struct ns_known *k, u32 flags)
{
	struct known_turn *turn = &known_turns[inum & (KNOWN_TURNS - 1)];
	volatile u64 *begun = &turn->begun, *done = &turn->done;
	u64 before = *begun;

	if (*done != before || !known_is(inum, k) || bpf_map_delete_elem(&known, &inum))
		return false;
	if (*begun != before && *done == *begun && turn->inum == inum &&
		!bpf_map_lookup_elem(&known, &inum)) {
		count_missing(EV_LOST_NAMESPACE);
		return false;
	}
	if (!k->ended)
		ns_ended(inum, k, flags);
	return true;
}

/* What a namespace says itself. */
static __always_inline void ns_describe(u32 slot, struct ns_common *ns, struct ns_known *ret)
{
	ret->ptr = (u64)ns;
	ret->slot = slot_type(slot);
	ret->ns_id = ns_id(ns);
	ret->owner = ns_owner(ret->slot, ns);
	ret->level = ns_level(ret->slot, ns);
}

/* Remembers a namespace that exists already (no event): -E2BIG where there is no room. */
static __always_inline long ns_remember(u32 slot, struct ns_common *ns)
{
	struct ns_known k = {};
	u32 inum = ns_inum(ns);
	long r;

	if (!inum || bpf_map_lookup_elem(&known, &inum))
		return 0;
	ns_describe(slot, ns, &k);
	r = known_add(inum, &k, BPF_NOEXIST);
	if (!r)
		__sync_fetch_and_add(&known_added, 1);
	return r == -17 /* EEXIST */ ? 0 : r;
}

/*
 * Global functions (known.bpf.c), which the verifier looks at once in each program, not on every
 * way that leads to them. They take numbers alone: ns is the address of a struct ns_common.
 */
int known_learn(u32 slot, u64 ns);
int known_remember(u32 slot, u64 ns);
int known_born(u32 slot, u64 ns, u32 flags);
int known_left(u32 slot, u64 ns, u32 flags);

/* Remembers a namespace that the current task is about to change, where that is traced. */
static __always_inline void ns_learn(u32 slot, struct ns_common *ns)
{
	known_learn(slot, address_of(ns));
}

/* A namespace came to be by the current task: event and memory of it. */
static __always_inline void ns_born(u32 slot, struct ns_common *ns, u32 flags)
{
	known_born(slot, address_of(ns), flags);
}

/* The last task of a namespace leaves it. */
static __always_inline void ns_left(u32 slot, struct ns_common *ns, u32 flags)
{
	known_left(slot, address_of(ns), flags);
}

/* All that a task is in, or its children will be in. */
static __noinline __attribute__((unused)) void ns_remember_task(struct task_struct *t)
{
	struct nsproxy *np = BPF_CORE_READ(t, nsproxy);

	known_remember(NS_USER, (u64)task_ns(t, np, NS_USER));
	known_remember(NS_PID, (u64)task_ns(t, np, NS_PID));
	if (!np)
		return;
	known_remember(NS_MNT, (u64)task_ns(t, np, NS_MNT));
	known_remember(NS_UTS, (u64)task_ns(t, np, NS_UTS));
	known_remember(NS_IPC, (u64)task_ns(t, np, NS_IPC));
	known_remember(NS_NET, (u64)task_ns(t, np, NS_NET));
	known_remember(NS_CGROUP, (u64)task_ns(t, np, NS_CGROUP));
	known_remember(NS_TIME, (u64)task_ns(t, np, NS_TIME));
	known_remember(NS_PID_CHILD, (u64)task_ns(t, np, NS_PID_CHILD));
	known_remember(NS_TIME_CHILD, (u64)task_ns(t, np, NS_TIME_CHILD));
}

#endif
