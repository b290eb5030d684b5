// SPDX-License-Identifier: GPL-2.0-or-later
/* create.c - nswatch create, and unshare. */
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "cmd/actions.h"
#include "cmd/create.h"
#include "lib/err.h"

/*
 * pid 1 of the new pid namespace will be the first child of the program: a surprise that
 * most only understand after "fork: Cannot allocate memory".
 */
static void children_warn(const struct create_opts *o)
{
	if (!(o->ns.flags & CLONE_NEWPID) || o->fork || o->no_warn || !isatty(STDERR_FILENO))
		return;
	log_say("--pid without --fork: only children of the program enter the new PID namespace,");
	log_say("and when the first of them ends no other can be started; --fork helps");
}

static void opts_init(struct create_opts *o)
{
	*o = (struct create_opts){0};
	pins_init(&o->pins);
	o->ns.map_user = o->ns.map_group = IDMAP_NONE;
	o->ns.euid = geteuid();
	o->ns.egid = getegid();
	/* The kernel's own default, and unshare's. */
	o->mounts.propagation = MS_REC | MS_PRIVATE;
}

struct create_job {
	struct create_opts *o;
	char **program;
};

static int create_main(void *ctx)
{
	const struct create_job *job = ctx;
	int r = actions_begin(job->o->explain);

	if (r)
		return r;
	children_warn(job->o);
	return create_run(job->o, job->program);
}

int cmd_create(int argc, char **argv)
{
	bool alias = !strcmp(log_name(), "unshare");
	int usage = alias ? EXIT_FAIL : EXIT_USAGE, ret;
	struct opts_spec spec = create_spec;
	struct opts_rest rest = {0};
	struct create_opts o;
	struct create_job job = {.o = &o};
	struct err err = {0};

	opts_init(&o);
	o.alias = alias;
	if (alias) {
		spec.name = "unshare";
		spec.nrows--; /* --dry-run */
	}
	ret = opts_parse(&spec, argc, argv, &o, &rest, &err);
	if (ret == OPTS_VERSION && alias) {
		printf("unshare from nswatch %s\n", NSWATCH_VERSION);
		return EXIT_OK;
	}
	if (cmd_opts_done(&spec, ret, &err, &ret))
		return ret == EXIT_USAGE ? usage : ret;
	if (create_settle(&o, &err)) {
		log_err(&err);
		return usage;
	}
	job.program = rest.argv;
	if (o.trace && !o.dry_run)
		return actions_trace(o.trace_opts, argv, create_main, &job);
	return create_main(&job);
}
