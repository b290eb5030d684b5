/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config.h - what user space tells the BPF programs before they are loaded,
 * and the shapes of the maps that both sides know.
 */
#ifndef NSWATCH_CONFIG_H
#define NSWATCH_CONFIG_H

#include "event.h"

/* Read-only data: the verifier removes what is switched off. */
struct nsw_cfg {
	__u64 kinds; /* bit per enum ev_kind that is wanted */
	__u32 slots; /* bit per enum ns_slot that is wanted; 0: all */
	__u32 uid;   /* of the acting task, when uid_on */
	__u32 uid_on;
	__u32 tree_on;      /* only tasks of the map `tree` */
	__u32 tree_follow;  /* children of tasks of the map join it */
	__u32 task_storage; /* tracing programs have storage of tasks */
	__u32 twice;        /* two programs are on the return of a call: return_is_told() */
	__u32 filtered;     /* calls that a seccomp filter answered are told */
	__u32 cgroup_v1;    /* enum nsw_cgroup_v1: which hierarchy says whose a task is */
	__u32 calls;        /* NSW_CALLS_*: hooks that the programs of all calls serve */
	__u32 pad;
};

/* 0: cgroup2; else the hierarchy of version 1 that has this controller. */
enum nsw_cgroup_v1 {
	CGROUP_V2,
	CGROUP_V1_PIDS,
	CGROUP_V1_MEMORY,
	CGROUP_V1_DEVICES,
};

/* One of these hooks has tracepoints of single calls otherwise: bpf/trace/calls.bpf.c. */
#define NSW_CALLS_CREATE  0x1
#define NSW_CALLS_UNSHARE 0x2
#define NSW_CALLS_SETNS   0x4
#define NSW_CALLS_CLONE   0x8
#define NSW_CALLS_PIN     0x10

/* What is remembered of a namespace, by inum (inums are unique across types). */
struct ns_known {
	__u64 ptr;     /* its struct ns_common */
	__u64 born_ns; /* 0: it was there before the trace */
	__u64 ns_id;
	__u32 slot;
	__u32 owner;
	__u32 level; /* of pid and user namespaces */
	__u32 tree;  /* made by a task of the traced tree */
	__u32 creator_pid;
	__u32 made_by;  /* enum ev_made_by */
	__u32 init_pid; /* of a pid namespace whose init ended while traced */
	__s32 init_exit_code;
	__u32 ended; /* its end was told, and the entry could not be taken away */
	__u32 pad;
	__u64 init_ended_ns;
	__u64 init_died; /* start_boottime of the init whose death was told: numbers are used again
			  */
	char creator_comm[EV_COMM_LEN];
	char init_comm[EV_COMM_LEN];
};

/* Entries of namespaces that were added; one of these counts for many numbers. */
#define KNOWN_TURNS 256
struct known_turn {
	__u64 begun, done; /* how many were about to be added, and how many of them were */
	__u64 inum;        /* of the last one */
};

/* A bind mount of nsfs. */
struct nsw_pin {
	__u32 ns_type;
	__u32 inum;
	__u32 path_len;
	__u32 pad;
	char path[EV_TEXT_MAX];
};

/*
 * Records that are no events: session.c hands them to whoever concludes events
 * from them. They begin with a struct ev_hdr as well.
 */
enum nsw_note {
	NSW_NOTES = 0x4000,
	NSW_MOUNTED = NSW_NOTES, /* struct nsw_mounted */
	NSW_DEV,         /* struct nsw_dev: a device of a net namespace that was looked at */
	NSW_NET,         /* struct nsw_net: that were all of its devices */
	NSW_NET_GONE,    /* struct nsw_net: it has left the list of net namespaces */
	NSW_COMPAT,      /* struct ev_hdr: a 32-bit program, or a call of the 32-bit ABI, began */
	NSW_CGROUP,      /* struct nsw_cgroup: one that was made, or that a process is in */
	NSW_CGROUP_GONE, /* struct ev_hdr: its cgroup_id has gone */
	NSW_MEMBER,      /* struct nsw_member */
};

#define CGROUP_NAME_MAX 256 /* NAME_MAX and the NUL */

struct nsw_cgroup {
	struct ev_hdr hdr;          /* kind, size and, of the cgroup, cgroup_id */
	__u64 parent;               /* its id; 0: this is the root */
	char name[CGROUP_NAME_MAX]; /* of the directory, untrusted; "" of the root */
};

/* When the trace begins: a process whose namespaces are not its parent's. */
struct nsw_member {
	struct ev_hdr hdr; /* kind, size and cgroup_id */
	struct ev_nsset ns;
	__u32 changed; /* bit per slot: it is not the parent's */
	__u32 pad;
};

/* What mntns_list writes. */
struct nsw_mntns {
	__u32 inum;
	__u32 tid; /* a process in it, by its number in the initial pid namespace */
};

/* What a call may have done to the bind mounts of a mount namespace. */
#define MNT_MAY_ADD    0x1
#define MNT_MAY_REMOVE 0x2
#define MNT_KNOWN      0x4 /* it made one mount, and pin_inum says whether that is of a namespace */

#define MNT_TARGET_MAX 128

/*
 * Key of the map `tree`: a process of the traced tree. Its number is given again as soon as it is
 * reaped, and before the kernel tells that it is freed.
 */
struct tree_key {
	__u32 tgid;
	__u32 id; /* tree_id(), or TREE_ANY where user space could not ask for that */
};
#define TREE_ANY 1

/* mount(2), move_mount(2) or umount2(2) succeeded; the header is who called it. */
struct nsw_mounted {
	struct ev_hdr hdr;
	__u32 mnt_ns;    /* inum of the mount namespace */
	__u32 mnt_ns_id; /* the low half of its unique id, 0 where the kernel tells none */
	__u32 may;       /* MNT_MAY_*, MNT_KNOWN */
	__u32 target_len;
	__u32 pin_type;     /* enum ns_slot: of the namespace that the call bound, */
	__u32 pin_inum;     /* 0: it bound none, or the kernel's structs do not tell */
	struct ev_nsset ns; /* of the caller: which task of several bound its own namespace */
	/* The path that the call named, as far as it fits, not ended by NUL; untrusted. Empty
	 * before 5.15, which has no helper for registers. */
	char target[MNT_TARGET_MAX];
};

struct nsw_dev {
	struct ev_hdr hdr; /* kind and size, nothing else */
	__u64 dev;         /* the address of its struct net_device */
	__u64 lower;       /* the same of the first device that it stands on, 0: of none */
	__u32 net;         /* inum */
	__u32 ifindex;
	__u32 lower_net, lower_ifindex;
	char name[EV_DEV_LEN];
	char dev_kind[EV_DEV_LEN];
};

struct nsw_net {
	struct ev_hdr hdr; /* kind and size, nothing else */
	__u32 net;
	__u32 devs; /* NSW_NET: how many struct nsw_dev came before */
	__u32 cut;  /* there are more, which the look did not go through */
	__u32 pad;
	__u64 id; /* tells namespaces that have the same number one after the other apart */
};

/*
 * Calls that can be in flight in one thread at once, one inside the other; and what one
 * program has told, for the one that stands behind it.
 */
enum call {
	CALL_CLONE,
	CALL_NS_CREATE,
	CALL_USERNS_CREATE,
	CALL_MOUNT,
	CALL_REFUSED, /* one that is told only when it fails: the kernel began it */
	ONCE_JOIN,
	ONCE_NS_CREATE,
	ONCE_CLONE,
	ONCE_CLONE_NS,
	ONCE_CLONE_FAILED,
	ONCE_RETURN,
	ONCE_EXEC,
	ONCE_EXIT,
	ONCE_DEATH,
	ONCE_FREE,
	CALL_WORDS, /* those before leave a number, those from here on struct inflight */
	CALL_UNSHARE = CALL_WORDS,
	CALL_SETNS,
	CALLS,
};

/* Per-CPU counters. */
struct nsw_stats {
	__u64 sent[EV_KINDS];
	__u64 lost[EV_KINDS];        /* the ring buffer had no room */
	__u64 missing[EV_LOST_WHYS]; /* what else is not told, and not known by call */
	__u64 calls[CALLS];          /* EV_LOST_CALL */
};

#endif
