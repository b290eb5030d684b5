/* SPDX-License-Identifier: GPL-2.0-or-later */
/* enter.h - the parts of nswatch enter. */
#ifndef NSWATCH_CMD_ENTER_H
#define NSWATCH_CMD_ENTER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cmd/cmd.h"
#include "lib/err.h"
#include "kernel/nstype.h"

/* An id to become. */
struct enter_id {
	bool set, follow; /* follow: the target's */
	uint32_t id;
};

/* A directory: that of the target, or a path. */
struct enter_dir {
	bool set;
	const char *path; /* NULL: the target's */
};

struct enter_opts {
	uint32_t types;             /* asked for, bit per type */
	const char *file[NS_TYPES]; /* FILE or :NSID, NULL: the target's */
	bool all, has_socket, user_parent;
	pid_t pid; /* 0: no --target */
	uint64_t inode;
	uint64_t socket;
	const char *name; /* TARGET, NULL: none */
	struct enter_id uid, gid;
	bool preserve, keep_caps;
	struct enter_dir root, wd;
	const char *wdns;
	bool env, no_fork, join_cgroup, follow_context;
	bool explain, trace, dry_run;
	const char *trace_opts;
	bool alias; /* called as nsenter */
};

/* What the options imply. 0 or -EINVAL with err. */
int enter_settle(const struct enter_opts *o, struct err *err);

/* Enters and runs argv (NULL-ended; empty: a shell). An exit status; dry_run: tells the steps. */
int enter_run(const struct enter_opts *o, char **argv);

#endif
