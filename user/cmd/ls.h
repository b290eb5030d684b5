/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ls.h - what the files of `nswatch ls` share. */
#ifndef NSWATCH_CMD_LS_H
#define NSWATCH_CMD_LS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/cmd.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "snapshot/graph.h"
#include "snapshot/snapshot.h"
#include "out/columns.h"

enum ls_source {
	LS_SOURCE_AUTO,
	LS_SOURCE_BPF,
	LS_SOURCE_PROC,
};

enum ls_tree {
	LS_TREE_NONE,
	LS_TREE_PROCESS,
	LS_TREE_OWNER,
	LS_TREE_PARENT,
};

struct ls_opts {
	struct form form;
	bool list, output_all, persistent, nowrap;
	bool all, hidden, has_task, has_tree, has_watch;
	uint32_t types; /* bit per type, 0: all */
	const char *diff;
	uint64_t task, watch_ns;
	int tree, source;
	uint32_t ns; /* the operand, 0: none */
};

/* --- ls_data.c: the snapshot ----------------------------------------------------------------- */

/* What the columns and rows need beyond the processes and what their namespaces are. */
enum {
	LS_NEED_THREADS = 1, /* rows of all threads */
	LS_NEED_MOUNTS = 2,  /* of all mount namespaces, not only this one */
	LS_NEED_REL = 4,     /* parents and owners */
	LS_NEED_TREE = 8,    /* and the namespaces that are only such */
	LS_NEED_HIDDEN = 16, /* everything, for --all and --hidden */
	LS_NEED_NSPIDS = 32, /* pids inside */
	LS_NEED_FLAT = 64,   /* no parents and owners at all: of types that have none */
	LS_NEED_PROCS = 128, /* every process, not only the first of each set of namespaces */
};

struct ls_data {
	struct ns_tasks tasks;
	struct ns_facts facts;
	struct ns_holds holds;
	struct ns_mounts mounts;
	struct ns_ids ids; /* listns(2), where it is to show what nothing else does */
	struct ns_graph graph;
	uint32_t own_mnt;
	bool by_bpf, has_holds;
	size_t mnt_unread; /* mount namespaces whose mounts could not be read */
};

int ls_data_read(struct ls_data *d, enum ls_source source, uint32_t types, unsigned int needs,
	struct err *err);
void ls_data_free(struct ls_data *d);

/* --- ls_cols.c: the columns ------------------------------------------------------------------ */

struct ls_row {
	const struct ns_node *node;
	const struct ns_task *proc; /* NULL: none */
};

/* Their needs are LS_NEED_*, their context is struct ls. */
extern const struct column ls_cols[];

/* --- the command's state --------------------------------------------------------------------- */

struct ls {
	const struct ls_opts *o;
	struct ls_data *d;
	struct columns cols;
	unsigned int needs;
	enum ls_tree tree;

	/* Caches, of one snapshot. */
	struct buf cmds;       /* command lines, each ended by NUL */
	uint32_t *cmd_at;      /* by row of the tasks: place in cmds + 1 */
	struct buf users;      /* names, each ended by NUL */
	struct inums user_at;  /* by uid + 1: place in users */
	uint32_t *mount_first; /* by node: row of the mounts + 1 */
	uint32_t *mount_next;  /* by row of the mounts */
	int netlink;           /* -1: not open yet, -2: can't be had */
	uint64_t now_ns;       /* CLOCK_BOOTTIME */
	uint32_t *keys;        /* by row of the newest table: the namespace, or with NS the pid */
	size_t nkeys;
};

void ls_caches_free(struct ls *l);

/* --- ls_rows.c ------------------------------------------------------------------------------- */

/* Chooses columns, compiles the filter; -EINVAL and the reason. */
int ls_prepare(struct ls *l, const struct ls_opts *o, struct err *err);
/* Reads a snapshot and makes the table of it, whose rows are for the nodes in nodes (may be NULL).
 */
int ls_table(struct ls *l, struct table *t, struct err *err);
/* What stands before the table: the pids of --task. */
void ls_heading(struct ls *l, struct buf *b);
void ls_style(const struct ls *l, struct table_style *ret);
void ls_free(struct ls *l);

/* --- ls_watch.c ------------------------------------------------------------------------------ */

/* Until a signal, or the reader goes away. */
int ls_watch(struct ls *l, struct err *err);
/* Only what changed since --json wrote the file. */
int ls_diff(struct ls *l, struct err *err);

#endif
