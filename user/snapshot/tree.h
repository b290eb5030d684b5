/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tree.h - who descends from whom in a snapshot. */
#ifndef NSWATCH_SNAPSHOT_TREE_H
#define NSWATCH_SNAPSHOT_TREE_H

#include "kernel/tasks.h"

/*
 * marks has a byte per row, 1 for the tasks to begin with and else 0; on return
 * their descendants are 1 as well, and so are the threads of all of these.
 * Needs the index; linear.
 */
void tree_mark(const struct ns_tasks *t, uint8_t *marks);

#endif
