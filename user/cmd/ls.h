/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ls.h - what the files of `nswatch ls` share. */
#ifndef NSWATCH_CMD_LS_H
#define NSWATCH_CMD_LS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/cmd.h"
#include "cmd/lookback.h"
#include "lib/users.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "snapshot/boxed.h"
#include "snapshot/graph.h"
#include "snapshot/groups.h"
#include "snapshot/snapshot.h"
#include "out/columns.h"

enum ls_tree {
	LS_TREE_NONE,
	LS_TREE_PROCESS,
	LS_TREE_OWNER,
	LS_TREE_PARENT,
};

struct ls_opts {
	struct form form;
	struct opt_list containers;
	bool list, output_all, persistent, nowrap;
	bool all, hidden, visible, unasked; /* unasked: all, and nobody said so */
	bool has_task, has_tree, has_watch;
	uint32_t types; /* bit per type, 0: all */
	struct lookback_opts past;
	const char *diff_since;
	const char *diff, *task_name; /* -p by a name: task is its pid, once it is found */
	uint64_t task, watch_ns;
	int tree, source, by; /* by: enum group_by */
	uint32_t ns;          /* the operand, 0: none */
};

/* --- ls_cols.c: the columns ------------------------------------------------------------------ */

struct ls_row {
	const struct ns_node *node;
	const struct ns_task *proc; /* NULL: none */
};

/* Their needs are SNAP_*, their context is struct ls. */
extern const struct column ls_cols[];

/* --- the command's state --------------------------------------------------------------------- */

struct ls {
	const struct ls_opts *o;
	struct snapshot *d;
	struct boxed boxed; /* of the snapshot: what --container chose */
	struct columns cols;
	unsigned int needs;
	enum ls_tree tree;
	/* KEPT says nothing of what a process keeps, and is left out where it says nothing at all.
	 */
	bool kept_short;

	/* Caches, of one snapshot. */
	struct users users;    /* as the system names them */
	uint32_t *mount_first; /* by node: row of the mounts + 1 */
	uint32_t *mount_next;  /* by row of the mounts */
	uint64_t now_ns;       /* CLOCK_BOOTTIME */
	uint32_t *box_at;      /* by row of the tasks: place in boxes + 1, 0: not asked yet */
	struct buf boxes;      /* what CONTAINER shows of it, each ended by NUL */
	uint32_t *keys;        /* by row of the newest table: the namespace, or with NS the pid */
	const struct groups *groups; /* of the rows of --by, while these are made */
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

/* --- ls_by.c ---------------------------------------------------------------------------------- */

/* Their context is struct ls, their rows are struct group. */
extern const struct column ls_by_cols[];
/* The names of enum group_by, NULL-ended. */
extern const char *const ls_bys[];

/* "containers": the name of the array in JSON. */
const char *ls_by_name(const struct ls_opts *o);
/* The columns without --output, made in b. */
const char *ls_by_shown(const struct ls_opts *o, struct buf *b);
/* The table of what was read. */
int ls_by_table(struct ls *l, struct table *t, struct err *err);

/* --- ls_watch.c ------------------------------------------------------------------------------ */

/* Until a signal, or the reader goes away. */
int ls_watch(struct ls *l, struct err *err);
/* Only what changed since --json wrote the file. */
int ls_diff(struct ls *l, struct err *err);
/* Only what changed since --diff-since, by the history. */
int ls_diff_since(struct ls *l, struct err *err);

#endif
