/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sandbox.h - sandboxes that a program makes for itself, as Chromium and what is built on it do: a
 * process that it makes in a new user, pid and net namespace at once, and in no other (Chromium,
 * sandbox/linux/services/namespace_sandbox.cc). Neither a cgroup nor a file names them, so that
 * they are called after the process which made them.
 */
#ifndef NSWATCH_SNAPSHOT_SANDBOX_H
#define NSWATCH_SNAPSHOT_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/tasks.h"

struct container;

/* The sandbox of process pid of user uid, whose name is comm: untrusted, of EV_COMM_LEN at most. */
void container_of_sandbox(const char *comm, uint32_t pid, uint32_t uid, struct container *ret);

/* Whether these are the types of namespaces (a bit each) that such a sandbox is made of. */
bool sandbox_types(uint32_t types);

/*
 * That a process is in: an ancestor of it that runs the same program made it. From /proc; 0 or
 * -ENOENT.
 */
int container_by_sandbox(const struct ns_task *t, struct container *ret);

#endif
