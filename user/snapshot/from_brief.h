/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * from_brief.h - a snapshot with rows of only those processes that are the first of
 * their set of namespaces, from the records of bpf/wire/brief.h. Enough for a list of
 * namespaces; not for what asks for a process by its pid.
 */
#ifndef NSWATCH_SNAPSHOT_FROM_BRIEF_H
#define NSWATCH_SNAPSHOT_FROM_BRIEF_H

#include "lib/err.h"
#include "snapshot/holds.h"
#include "kernel/tasks.h"
#include "snapshot/from_bpf.h"

/*
 * Reads fd to its end. Rows have others and, where it is plain, cmd; holds gets
 * the open files of interest (types: bit per type), but for own_fds of
 * this process; facts (may be NULL) what the records say of namespaces. -EPROTO: the kernel could
 * not tell files apart.
 */
int brief_read(int fd, const int own_fds[NS_TYPES], uint32_t types, struct ns_tasks *ret,
	struct ns_holds *holds, struct ns_facts *facts, struct err *err);

#endif
