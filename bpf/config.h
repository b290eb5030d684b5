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
	__u32 tree_on;     /* only tasks of the map `tree` */
	__u32 tree_follow; /* children of tasks of the map join it */
	__u32 pad;
};

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
	__u32 init_pid; /* of a pid namespace whose init ended while traced */
	__s32 init_exit_code;
	__u32 pad;
	__u64 init_ended_ns;
	char creator_comm[EV_COMM_LEN];
	char init_comm[EV_COMM_LEN];
};

/* Per-CPU counters. */
struct nsw_stats {
	__u64 sent[EV_KINDS];
	__u64 lost[EV_KINDS]; /* the ring buffer had no room */
	__u64 unknown;        /* namespaces that did not fit into the map `known` */
};

#endif
