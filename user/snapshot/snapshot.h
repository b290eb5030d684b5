/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot.h - the processes and namespaces of a system at one moment: what there is, what keeps
 * it, and how it is related. Commands ask a snapshot; a snapshot asks its system by one table of
 * functions, so that a system may also be a made-up one.
 */
#ifndef NSWATCH_SNAPSHOT_SNAPSHOT_H
#define NSWATCH_SNAPSHOT_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/whose.h"
#include "kernel/netlink.h"
#include "kernel/netnsfs.h"
#include "lib/err.h"
#include "snapshot/from_bpf.h"
#include "snapshot/graph.h"
#include "snapshot/net.h"

/* What is wanted beyond the first process of each set of namespaces, and what these are. */
enum {
	SNAP_THREADS = 1, /* rows of all threads */
	SNAP_MOUNTS = 2,  /* of all mount namespaces, not only this one */
	SNAP_REL = 4,     /* parents and owners */
	SNAP_TREE = 8,    /* and the namespaces that are only such */
	/* Threads that are not in the namespaces of their process, and those of children to come.
	 */
	SNAP_ASIDE = 512,
	SNAP_HIDDEN = 16, /* everything that keeps namespaces, and those that nothing shows */
	SNAP_NSPIDS = 32, /* pids inside */
	SNAP_FLAT = 64,   /* no parents and owners at all: of types that have none */
	SNAP_PROCS = 128, /* every process, not only the first of each set of namespaces */
	SNAP_BARE =
		256, /* processes alone: neither descriptors nor mounts, nor parents and owners */
};

enum snapshot_source {
	SNAPSHOT_AUTO, /* the first that works */
	SNAPSHOT_BPF,
	SNAPSHOT_PROC,
};

struct snapshot;

/*
 * One way to ask a system. Functions return 0 or -errno, and outputs are untouched on failure
 * unless it says otherwise.
 */
struct snapshot_ops {
	enum snapshot_source source;
	unsigned int lacks; /* SNAP_*: what it can't give */
	/*
	 * s->tasks, and what comes with them: s->facts of their namespaces, and where s->has_holds
	 * is set, s->holds. types: bit per type of interest.
	 */
	int (*tasks)(struct snapshot *s, uint32_t types, unsigned int needs, struct err *err);
	/* s->holds */
	int (*holds)(struct snapshot *s, uint32_t types, struct err *err);
	/* s->mounts and s->own_mnt; all: of every mount namespace, s->mnt_unread counts them. */
	int (*mounts)(struct snapshot *s, bool all, struct err *err);
	int (*ids)(uint32_t types, struct ns_ids *ret);
	int (*names)(struct netns_names *ret, struct err *err);
	int (*devices)(struct net_view *v, const struct ns_graph *g, uint32_t only,
		unsigned int what, struct err *err);

	/*
	 * Of one namespace: owner, parent, owner's uid and id into n. -ENOTTY, -ENOSYS: the kernel,
	 * or what stands for it, does not say whose namespaces are.
	 */
	int (*ask)(const struct ns_graph *g, struct ns_node *n);
	/* Type and number of the namespace with that id. */
	int (*by_id)(uint64_t id, uint32_t *ret_type, uint32_t *ret_inum);
	/* The id by which this net namespace calls it, NSID_NONE where it has none. */
	int (*nsid)(struct snapshot *s, const struct ns_node *n, int32_t *ret);
	/* Added to b: the host name in a uts namespace; the devices in a net namespace. */
	int (*host)(const struct ns_graph *g, const struct ns_node *n, struct buf *b);
	int (*devs)(const struct ns_graph *g, const struct ns_node *n, struct buf *b);

	/* Of one process: see from_proc.h. */
	int (*text)(const struct ns_task *t, const char *name, size_t max, struct buf *b);
	int (*nspids)(const struct ns_task *t, uint32_t *ret, size_t max);
	int (*born)(const struct ns_task *t);

	/*
	 * What a system knows without being asked for each namespace or process; each may be NULL.
	 * The graph of s->tasks, s->holds and s->mounts, finished; what keeps a namespace, as
	 * kept_words() says it; whose the process is: 0 or -ENOENT, valid as long as the system.
	 */
	int (*graph)(struct snapshot *s, struct err *err);
	void (*kept)(const struct ns_node *n, struct buf *b);
	int (*whose)(const struct ns_task *t, struct whose *ret);

	/* Of the machine. */
	int (*user)(uint32_t uid, char *ret, size_t size);
	const char *(*host_name)(void);
	uint64_t (*clock)(clockid_t id); /* nanoseconds */
};

/* The ways to ask the system at hand, the best first; one without .tasks ends them. */
extern const struct snapshot_ops *snapshot_system;

struct snapshot {
	const struct snapshot_ops *ops; /* of what was read; NULL: nothing was */
	struct ns_tasks tasks;
	struct ns_facts facts;
	struct ns_holds holds;
	struct ns_mounts mounts;
	struct ns_ids ids; /* listns(2), where it is to show what nothing else does */
	struct ns_graph graph;
	struct inums mnts; /* where files of nsfs are mounted, see from_brief.h */
	bool mnts_whole;
	uint32_t own_mnt;
	bool has_holds;
	size_t mnt_unread;        /* mount namespaces whose mounts could not be read */
	struct netns_names names; /* by snapshot_names() */
	struct net_view view;     /* by snapshot_devices() */

	struct netlink nl; /* of this net namespace, to ask for ids; .sock is NULL until then */
	struct buf cmds;   /* command lines, each ended by NUL */
	uint32_t *cmd_at;  /* by row of the tasks: place in cmds + 1 */
};

#define auto_snapshot __attribute__((cleanup(snapshot_free)))

void snapshot_free(struct snapshot *s);
/* types: bit per type that is wanted, 0: all; needs: SNAP_*. */
int snapshot_read(struct snapshot *s, enum snapshot_source source, uint32_t types,
	unsigned int needs, struct err *err);
/* The names of net namespaces; the devices in them (NETVIEW_*, only: net.h), after a read. */
int snapshot_names(struct snapshot *s, struct err *err);
int snapshot_devices(struct snapshot *s, uint32_t only, unsigned int what, struct err *err);

/* By which it asks; before a read, the first of the system at hand. */
static inline const struct snapshot_ops *snapshot_ops(const struct snapshot *s)
{
	return s->ops ? s->ops : snapshot_system;
}

/* The command line, arguments separated by blanks; of a process that is gone its comm. */
const char *snapshot_command(struct snapshot *s, const struct ns_task *t);

#endif
