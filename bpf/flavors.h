/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * flavors.h - members that other kernels call or type differently. What stands
 * behind ___ is ignored by CO-RE; each flavour says which kernels have it.
 */
#ifndef NSWATCH_FLAVORS_H
#define NSWATCH_FLAVORS_H

#include "vmlinux.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* 5.11 to 6.17: the reference count moved from each type into ns_common. */
struct ns_common___count {
	refcount_t count;
};

/* 6.18: renamed, and types and unique ids for all (they had been mount namespaces' only). */
struct ns_common___ref {
	refcount_t __ns_ref;
};

struct ns_common___id {
	u32 ns_type; /* CLONE_NEW* */
	u64 ns_id;
};

/* Up to 6.17: a number that no other mount namespace ever gets. */
struct mnt_namespace___seq {
	u64 seq;
};

/* Before 6.8 the mounts of a namespace are a list, the newest at its end. */
struct mnt_namespace___list {
	struct list_head list;
};

struct mount___list {
	struct list_head mnt_list;
};

/* From then on a tree by a number that grows: the newest is the rightmost. */
struct rb_node___right {
	struct rb_node___right *rb_right;
};

struct rb_root___right {
	struct rb_node___right *rb_node;
};

struct mnt_namespace___tree {
	struct rb_root___right mounts;
};

struct mount___tree {
	struct rb_node___right mnt_node;
};

/* The mounts of a file system: up to 6.17 a list, then a chain. */
struct super_block___list {
	struct list_head s_mounts;
};

struct super_block___chain {
	struct mount *s_mounts;
};

struct mount___instance {
	struct list_head mnt_instance;
};

struct mount___chain {
	struct mount___chain *mnt_next_for_sb;
};

/* Up to 6.17 the type stands with the operations. */
struct proc_ns_operations___type {
	int type; /* CLONE_NEW* */
};

struct ns_common___ops {
	const struct proc_ns_operations___type *ops;
};

/* 5.10: a count of its own in every type. */
struct kref___old {
	refcount_t refcount;
};

struct uts_namespace___old {
	struct kref___old kref;
};

struct ipc_namespace___old {
	refcount_t count;
};

struct mnt_namespace___old {
	atomic_t count;
};

struct pid_namespace___old {
	struct kref___old kref;
};

struct user_namespace___old {
	atomic_t count;
};

struct net___old {
	refcount_t count;
};

struct cgroup_namespace___old {
	refcount_t count;
};

struct time_namespace___old {
	struct kref___old kref;
};

/* 5.10 to 5.13: __state was called state. */
struct task_struct___old_state {
	volatile long state;
};

/* Before 6.8, and before that came to the stable series, in a bit field. */
enum netreg_state___old { NETREG_NONE___old };

struct net_device___old {
	enum netreg_state___old reg_state : 8;
};

#pragma clang attribute pop

#endif
