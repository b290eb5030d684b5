/* SPDX-License-Identifier: GPL-2.0-or-later */
/* create.h - the parts of nswatch create. */
#ifndef NSWATCH_CMD_CREATE_H
#define NSWATCH_CMD_CREATE_H

#include "cmd/cmd.h"
#include "lib/err.h"
#include "act/launch.h"
#include "act/newns.h"
#include "act/pin.h"

struct create_opts {
	struct newns ns;
	struct newmounts mounts;
	struct pins pins;
	struct launch_how how;
	struct launch_ids ids;
	struct opt_list keep_env;
	bool fork, forward, init, keep_caps, clear_env;
	bool mount_proc, mount_binfmt;
	bool no_warn, explain, trace, dry_run;
	const char *trace_opts;
	bool alias; /* called as unshare */
};

/* What the options imply, and which exclude each other. 0 or -EINVAL with err. */
int create_settle(struct create_opts *o, struct err *err);

/* Makes it and runs argv (NULL-ended; empty: a shell). An exit status; dry_run: tells the steps. */
int create_run(struct create_opts *o, char **argv);

#endif
