/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * from_brief.h - a snapshot with rows of only those processes that are the first of
 * their set of namespaces, from the records of bpf/wire/brief.h. Enough for a list of
 * namespaces; not for what asks for a process by its pid.
 */
#ifndef NSWATCH_SNAPSHOT_FROM_BRIEF_H
#define NSWATCH_SNAPSHOT_FROM_BRIEF_H

#include "lib/err.h"
#include "lib/inums.h"
#include "snapshot/holds.h"
#include "kernel/tasks.h"
#include "snapshot/from_bpf.h"

/* Where the records go. */
struct brief_into {
	uint32_t types; /* bit per type: the open files of interest */
	struct ns_tasks *tasks;
	struct ns_holds *holds;
	struct ns_facts *facts; /* may be NULL: what the records say of namespaces */
	/*
	 * May be NULL: mount namespaces in which files of nsfs are mounted; from hidden.bpf.c.
	 * Where *mnts_whole is set, they are in no other.
	 */
	struct inums *mnts;
	bool *mnts_whole;
};

/*
 * Reads fd to its end. Rows have others and, where it is plain, cmd; of a thread only those
 * namespaces that its leader is not in, and it counts further threads as others. own_fds of this
 * process are passed over. -EPROTO: the kernel could not tell files apart.
 */
int brief_read(int fd, const int own_fds[NS_TYPES], const struct brief_into *into, struct err *err);

#endif
