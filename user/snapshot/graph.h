/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * graph.h - the namespaces that a snapshot shows, what keeps each of them, and
 * how they are related. Linear in tasks plus namespaces.
 *
 *	graph_tasks, graph_holds, graph_mounts	put namespaces in, any number of times
 *	graph_relate				asks for parents and owners
 *	graph_ids				puts in what nothing else shows: to be related, too
 *	graph_finish				links and sorts
 */
#ifndef NSWATCH_SNAPSHOT_GRAPH_H
#define NSWATCH_SNAPSHOT_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "snapshot/holds.h"
#include "lib/inums.h"
#include "kernel/nsfd.h"
#include "kernel/mountinfo.h"
#include "kernel/tasks.h"

/* What keeps a namespace, the most telling first. */
enum ns_keep_kind {
	KEEP_PROC,   /* a process: its leader is in it */
	KEEP_THREAD, /* another thread than the leader of its process, which is elsewhere */
	KEEP_CHILD,  /* pid_for_children, time_for_children of a task that is not in it */
	KEEP_FD,     /* an open file of nsfs */
	KEEP_SOCKET, /* a socket, or an open /dev/net/tun (of net namespaces) */
	KEEP_MOUNT,  /* a bind mount */
	KEEP_PARENT, /* it is above another one (pid, user) */
	KEEP_OWNER,  /* it owns another one (user) */
	KEEP_KINDS,
};

/* The first of a kind, and how many there are. */
struct ns_keep {
	uint32_t n;
	/*
	 * Place in the tasks (PROC: of the lowest pid, THREAD, CHILD), in the
	 * holds (FD, SOCKET), in the mounts, or in the nodes (PARENT, OWNER).
	 */
	uint32_t at;
};

enum ns_rel {
	REL_PARENT, /* pid and user namespaces */
	REL_OWNER,  /* the owning user namespace; of a user namespace its parent */
	NS_RELS,
};

#define NODE_NONE UINT32_MAX

struct ns_node {
	uint32_t type, inum;
	uint32_t nprocs;
	uint32_t nthreads; /* of all its tasks, where the snapshot has threads; see graph_tasks */
	struct ns_keep keep[KEEP_KINDS];
	uint32_t rel[NS_RELS];  /* inums, 0: none, or not in sight */
	uint32_t node[NS_RELS]; /* their places, NODE_NONE: not in the graph; by graph_finish */
	uint32_t level;         /* of pid and user namespaces: how many are above it */
	/* Who made it (a user namespace), or the user namespace that owns it; where has_uid. */
	uint32_t owner_uid;
	uint64_t id;  /* the kernel's unique one, 0: unknown */
	bool related; /* rel is known, and owner_uid if it can be */
	bool has_uid;
	bool uncounted; /* nprocs is not known: it was made after the snapshot */
	/* What lsns would list: by leaders, fds, own bind mounts, and above what these keep. */
	bool plain;
};

struct ns_facts;
struct snapshot_ops;

struct ns_graph {
	struct ns_node *nodes;
	size_t n, cap, nrelated;
	uint32_t *order; /* places by inum; made by graph_finish */
	struct inums index;
	const struct ns_tasks *tasks;
	const struct ns_holds *holds;
	const struct ns_mounts *mounts;
	uint32_t own_mnt; /* of the mounts of this process */
	uint32_t types;   /* bit per type that is taken, others are passed over; 0: all */
	const struct ns_facts *facts; /* from_bpf.h: what is known already; may be NULL */
	const struct snapshot_ops
		*ops; /* snapshot.h: who else is asked; NULL: the system at hand */
	/* -ENOTTY, -ENOSYS: the kernel, or what stands for it, does not say whose one is */
	int lacks;
};

#define auto_graph __attribute__((cleanup(graph_free)))

void graph_free(struct ns_graph *g);

/* One that is known to be there, made where there was none. 0 or -ENOMEM. */
int graph_put(struct ns_graph *g, uint32_t type, uint32_t inum, struct ns_node **ret);

/* All return 0 or -ENOMEM, and keep a pointer to what they are given. */
int graph_tasks(struct ns_graph *g, const struct ns_tasks *t);
int graph_holds(struct ns_graph *g, const struct ns_holds *h);
/* own_mnt: inum of the mount namespace of this process, 0: they are all of it. */
int graph_mounts(struct ns_graph *g, const struct ns_mounts *m, uint32_t own_mnt);

/*
 * Parents and owners, by facts or else by opening the namespaces: of all, or
 * only of the bare ones, which have no process or are open somewhere: what is
 * above those lsns lists. The namespaces found so are put in.
 */
enum graph_scope {
	GRAPH_BARE,      /* of the bare ones */
	GRAPH_ALL,       /* of all, but only those of the bare ones are put in */
	GRAPH_TREE,      /* of all, and all are put in, as lsns does for its trees */
	GRAPH_ANCESTORS, /* of all, and all are put in, hidden where lsns has them in trees only */
};

/* Again, it relates what was put in since. */
int graph_relate(struct ns_graph *g, enum graph_scope scope);
/* Those of them that are not there yet, by their ids: nothing is known that keeps them. */
int graph_ids(struct ns_graph *g, const struct ns_ids *ids);
int graph_finish(struct ns_graph *g);

struct ns_node *graph_find(const struct ns_graph *g, uint32_t type, uint32_t inum);
/* The inode number of the initial namespace of this type; 0: it is not in sight. */
uint32_t graph_initial(const struct ns_graph *g, enum ns_slot type);
/* By number alone: numbers are unique among all types. NULL where there is none. */
struct ns_node *graph_find_inum(const struct ns_graph *g, uint32_t inum);

/* The process of the lowest pid, NULL where it has none. */
static inline const struct ns_task *node_proc(const struct ns_graph *g, const struct ns_node *n)
{
	return n->nprocs ? &g->tasks->rows[n->keep[KEEP_PROC].at] : NULL;
}

/*
 * Opens it by whatever keeps it; -errno, and -ENOTTY or -ENOSYS where nsfs answers nothing. What
 * is open is the namespace of that very number.
 */
int node_open(const struct ns_graph *g, const struct ns_node *n);
/* Owner, parent, owner's uid and id: snapshot.h, .ask and .by_id of the kernel. */
int node_ask(const struct ns_graph *g, struct ns_node *n);
int node_by_id(uint64_t id, uint32_t *ret_type, uint32_t *ret_inum);
/*
 * "/proc/PID/..." or the mount point by which it can be entered: 0, or -ENOENT
 * where there is none (a socket, a relation).
 */
int node_path(const struct ns_graph *g, const struct ns_node *n, struct buf *b);

#endif
