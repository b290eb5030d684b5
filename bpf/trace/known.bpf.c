// SPDX-License-Identifier: GPL-2.0-only
/* known.bpf.c - what known.h declares: each program that needs one of these takes it along. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "known.h"

__noinline int known_learn(u32 slot, u64 ns)
{
	if (actor_traced())
		ns_remember(slot, (void *)ns);
	return 0;
}

__noinline int known_remember(u32 slot, u64 ns)
{
	if (ns_remember(slot, (void *)ns))
		count_missing(EV_LOST_NAMESPACE);
	return 0;
}

/* Which call of the current task makes a mount namespace: these numbers are the same everywhere. */
static __always_inline u32 ns_made_by(u32 type)
{
	u32 nr;

	if (type != NS_MNT || !bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return EV_MADE_BY_CALL;
	nr = SYS_NR((struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf()));
	return nr == NR_OPEN_TREE ? EV_MADE_BY_OPEN_TREE
	       : nr == NR_FSMOUNT ? EV_MADE_BY_FSMOUNT
				  : EV_MADE_BY_CALL;
}

__noinline int known_born(u32 slot, u64 at, u32 flags)
{
	struct ns_common *ns = (void *)at;
	u32 type = slot_type(slot), inum = ns_inum(ns);
	struct ns_known k = {}, *old;
	struct ev_ns *e;

	if (!inum || inum == MNT_NS_ANON_INO)
		return 0;
	/* The same number again: the one before it went unseen. */
	old = bpf_map_lookup_elem(&known, &inum);
	if (old)
		ns_freed(inum, old, EVF_INFERRED | EVF_NO_ACTOR);
	/* The namespaces of others need no room in the trace of a command. */
	if (!actor_traced())
		return 0;
	ns_describe(type, ns, &k);
	k.born_ns = bpf_ktime_get_boot_ns();
	k.creator_pid = bpf_get_current_pid_tgid() >> 32;
	k.made_by = ns_made_by(type);
	k.tree = cfg.tree_on;
	bpf_get_current_comm(k.creator_comm, sizeof(k.creator_comm));
	__sync_fetch_and_add(&known_added, 1);
	if (known_add(inum, &k, BPF_ANY))
		count_missing(EV_LOST_NAMESPACE);
	else if (k.tree)
		__sync_fetch_and_add(&tree_namespaces, 1);
	if (!event_wanted(EV_NS_CREATE, BIT(type), false))
		return 0;
	e = event_begin(ev_ns, EV_NS_CREATE, flags);
	if (!e)
		return 0;
	e->ns_type = type;
	e->inum = inum;
	e->ns_id = k.ns_id;
	e->owner = k.owner;
	e->made_by = k.made_by;
	event_end(e);
	return 0;
}

__noinline int known_left(u32 slot, u64 ns, u32 flags)
{
	struct ns_known *k;

	ns_replace((void *)ns);
	known_learn(slot, ns);
	k = ns_known_as((void *)ns);
	if (k)
		ns_freed(ns_inum((void *)ns), k, flags);
	return 0;
}
