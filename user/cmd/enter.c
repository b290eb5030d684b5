// SPDX-License-Identifier: GPL-2.0-or-later
/* enter.c - nswatch enter, and nsenter. */
#include <stdio.h>
#include <string.h>

#include "cmd/actions.h"
#include "cmd/enter.h"
#include "lib/err.h"
#include "why/step.h"

static bool has_file(const struct enter_opts *o)
{
	for (unsigned int i = 0; i < NS_TYPES; i++)
		if (o->file[i])
			return true;
	return false;
}

/*
 * The program and its arguments. Before them stands the target, if no option names one.
 * nsenter knows no such thing.
 */
static char **program(struct enter_opts *o, const struct opts_rest *rest)
{
	char **argv = rest->argv;

	if (o->alias || o->pid || has_file(o) || rest->dashes || !rest->argc)
		return argv;
	o->name = *argv++;
	if (*argv && !strcmp(*argv, "--"))
		argv++;
	return argv;
}

struct enter_job {
	struct enter_opts *o;
	char **program;
};

static int enter_main(void *ctx)
{
	const struct enter_job *job = ctx;
	int r = actions_begin(job->o->explain);

	if (r)
		return r;
	return enter_run(job->o, job->program);
}

int cmd_enter(int argc, char **argv)
{
	bool alias = !strcmp(log_name(), "nsenter");
	int usage = alias ? EXIT_FAIL : EXIT_USAGE, ret;
	struct enter_opts o = {.alias = alias};
	struct opts_spec spec = enter_spec;
	struct opts_rest rest = {0};
	struct err err = {0};
	struct enter_job job = {.o = &o};

	step_speak_as(STEP_BY_ENTER);
	if (alias) {
		spec.name = "nsenter";
		spec.nrows--; /* --dry-run */
		spec.usage = (const char *const[]){"[OPTION...] [PROGRAM [ARG...]]", NULL};
	}
	ret = opts_parse(&spec, argc, argv, &o, &rest, &err);
	if (ret == OPTS_VERSION && alias) {
		printf("nsenter from nswatch %s\n", NSWATCH_VERSION);
		return EXIT_OK;
	}
	if (cmd_opts_done(&spec, ret, &err, &ret))
		return ret == EXIT_USAGE ? usage : ret;
	job.program = program(&o, &rest);
	if (enter_settle(&o, &err)) {
		log_err(&err);
		return usage;
	}
	if (o.trace && !o.dry_run)
		return actions_trace(o.trace_opts, argv, enter_main, &job);
	return enter_main(&job);
}
