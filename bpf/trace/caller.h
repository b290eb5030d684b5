/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * caller.h - what the kernel looks at of a caller before it refuses a call, taken at the event: the
 * caller may be gone before anybody could read of it in /proc.
 */
#ifndef NSWATCH_CALLER_H
#define NSWATCH_CALLER_H

#include "emit.h"

#define EXTENTS_BASE                                                                               \
	5               /* UID_GID_MAP_MAX_BASE_EXTENTS: so many stand in the map itself, unsorted \
			 */
#define EXTENTS_STEPS 9 /* halves of UID_GID_MAP_MAX_EXTENTS, 340 */

static __always_inline bool extent_holds(const struct uid_gid_extent *at, u32 id)
{
	struct uid_gid_extent e = {};

	bpf_core_read(&e, sizeof(e), at);
	return id >= e.lower_first && id - e.lower_first < e.count;
}

/* kernel/user_namespace.c map_id_up(): whether an id of the kernel has a number there. */
static __always_inline bool map_holds(struct uid_gid_map *map, u32 id)
{
	u32 n = BPF_CORE_READ(map, nr_extents), low = 0, high = n;
	struct uid_gid_extent *sorted;

	if (n <= EXTENTS_BASE) {
		for (u32 i = 0; i < EXTENTS_BASE; i++)
			if (i < n && extent_holds(&map->extent[i], id))
				return true;
		return false;
	}
	sorted = BPF_CORE_READ(map, reverse);
	/* The last one that begins at id or before it is the only one that may hold it. */
	for (u32 i = 0; i < EXTENTS_STEPS; i++) {
		u32 half = (low + high) / 2;

		if (high - low <= 1)
			break;
		if (BPF_CORE_READ(sorted + half, lower_first) <= id)
			low = half;
		else
			high = half;
	}
	return extent_holds(sorted + low, id);
}

/*
 * fs/fs_struct.c current_chrooted(): its root is not what is at the top of its mount namespace.
 * Here from below: up from its root over mounts that hide one another, to that of the namespace.
 */
static __always_inline bool task_chrooted(struct task_struct *t)
{
	struct vfsmount *mnt = BPF_CORE_READ(t, fs, root.mnt);
	struct mount *top = BPF_CORE_READ(t, nsproxy, mnt_ns, root);
	struct mount *m = (void *)((char *)mnt - bpf_core_field_offset(struct mount, mnt));

	if (BPF_CORE_READ(t, fs, root.dentry) != BPF_CORE_READ(mnt, mnt_root))
		return true;
	for (u32 i = 0; i < 8; i++) {
		struct mount *parent = BPF_CORE_READ(m, mnt_parent);

		if (m == top || parent == m)
			return false;
		if (BPF_CORE_READ(m, mnt_mountpoint) != BPF_CORE_READ(parent, mnt.mnt_root))
			return true;
		m = parent;
	}
	return false;
}

int caller_map_holds(u64 map, u32 id);

/* Bits as in EV_CALLER, of the current task. */
static __always_inline u32 caller_unmapped(void)
{
	const struct cred *cred = BPF_CORE_READ(current_task(), cred);
	struct user_namespace *user = BPF_CORE_READ(cred, user_ns);

	return ((caller_map_holds((u64)&user->uid_map, BPF_CORE_READ(cred, euid.val)) & 1) |
		       (caller_map_holds((u64)&user->gid_map, BPF_CORE_READ(cred, egid.val)) & 1)
			       << 1) ^
	       3;
}

/* Global functions (caller.bpf.c), whose loops the verifier looks at once in each program. */
int caller_is_unmapped(void);
int caller_is_chrooted(void);

/* Of the current task, in its event. */
static __always_inline void caller_fill_with(struct ev_caller *e, u32 unmapped, u32 chrooted)
{
	struct task_struct *t = current_task();
	const struct cred *cred = BPF_CORE_READ(t, cred);
	struct user_namespace *user = BPF_CORE_READ(cred, user_ns);

	e->threads = BPF_CORE_READ(t, signal, nr_threads);
	if (bpf_core_field_exists(t->seccomp.filter_count))
		e->filters = BPF_CORE_READ(t, seccomp.filter_count.counter);
	e->euid = BPF_CORE_READ(cred, euid.val);
	e->egid = BPF_CORE_READ(cred, egid.val);
	e->uid_extents = BPF_CORE_READ(user, uid_map.nr_extents);
	e->gid_extents = BPF_CORE_READ(user, gid_map.nr_extents);
	e->unmapped = unmapped;
	e->chrooted = chrooted;
	e->user_level = BPF_CORE_READ(user, level);
	e->pid_level = BPF_CORE_READ(t, nsproxy, pid_ns_for_children, level);
	bpf_probe_read_kernel(&e->caps, sizeof(e->caps), &cred->cap_effective);
}

static __always_inline void caller_fill(struct ev_caller *e)
{
	caller_fill_with(e, caller_is_unmapped() & 3, caller_is_chrooted() & 1);
}

#endif
