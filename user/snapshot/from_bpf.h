/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * from_bpf.h - the rows of a snapshot from the records of the BPF iterator, the
 * same as procfs.h gives, and what the records say of the namespaces themselves.
 *
 * Three things differ from /proc: a pid_for_children that has no child yet has
 * its number here and 0 there, start_ns is exact, and exec_mark is 0.
 */
#ifndef NSWATCH_SNAPSHOT_FROM_BPF_H
#define NSWATCH_SNAPSHOT_FROM_BPF_H

#include "lib/err.h"
#include "lib/inums.h"
#include "kernel/tasks.h"

/* A namespace that some task names. */
struct ns_fact {
	uint32_t type; /* enum ns_slot, one of the eight types */
	uint32_t inum;
	uint64_t id;        /* the kernel's unique id, 0 where it has none */
	uint32_t owner;     /* inum of the owner user namespace, 0: none (the initial one's) */
	uint32_t parent;    /* inum, of pid and user namespaces; 0: none */
	uint32_t level;     /* of pid and user namespaces */
	uint32_t owner_uid; /* of user namespaces: who made it, as the initial one numbers */
};

struct ns_facts {
	struct ns_fact *rows; /* in the order in which tasks name them */
	size_t n, cap;
	struct inums index; /* a: place in rows */
};

#define auto_facts __attribute__((cleanup(facts_free)))

void facts_free(struct ns_facts *f);
/* NULL where there is none. */
const struct ns_fact *facts_find(const struct ns_facts *f, uint32_t type, uint32_t inum);

struct task_rec;

/* Adds what a record says of namespaces that are not known yet; 0 or -ENOMEM. */
int facts_learn(struct ns_facts *f, const struct task_rec *rec);

/*
 * Reads fd to its end: records of bpf/wire/tasks.h. Facts are added to those that are
 * there already; NULL: not wanted. The tasks are indexed as by procfs_read().
 */
int from_bpf_read(int fd, struct ns_tasks *ret, struct ns_facts *facts, struct err *err);

#endif
