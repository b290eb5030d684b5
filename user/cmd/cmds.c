// SPDX-License-Identifier: GPL-2.0-or-later
/* cmds.c - the table of commands. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "lib/err.h"
#include "lib/util.h"

/*
 * A command of RIGHTS_LOOK or RIGHTS_TRACE that only acts, or reads a recording, gives up all:
 * create and enter have theirs for --trace alone.
 */
const struct cmd cmds[] = {
	{"trace", "live events; also what `nswatch` alone does", cmd_trace, &trace_spec,
		RIGHTS_TRACE},
	{"ls", "the namespaces there are; also when called as lsns", cmd_ls, &ls_spec, RIGHTS_LOOK},
	{"create", "run a program in new namespaces; also when called as unshare", cmd_create,
		&create_spec, RIGHTS_TRACE},
	{"enter", "run a program in namespaces that exist; also when called as nsenter", cmd_enter,
		&enter_spec, RIGHTS_TRACE},
	{"explain", "why that went wrong: a process, a namespace, a command", cmd_explain,
		&explain_spec, RIGHTS_TRACE},
	{"netns", "named net namespaces; also when called as ip-netns", cmd_netns, &netns_spec,
		RIGHTS_LOOK},
	{"netdev", "network devices of all net namespaces; moves them", cmd_netdev, &netdev_spec,
		RIGHTS_LOOK},
	{"doctor", "what this kernel allows, hook by hook", cmd_doctor, &doctor_spec, RIGHTS_TRACE},
};

const size_t cmds_count = ARRAY_SIZE(cmds);

const struct cmd *cmd_find(const char *name)
{
	for (size_t i = 0; i < cmds_count; i++)
		if (!strcmp(cmds[i].name, name))
			return &cmds[i];
	return NULL;
}

bool cmd_opts_done(const struct opts_spec *spec, int parsed, const struct err *err, int *ret_status)
{
	if (parsed == OPTS_RUN)
		return false;
	*ret_status = EXIT_OK;
	if (parsed == OPTS_HELP) {
		opts_help(spec, stdout, opts_width(stdout));
	} else if (parsed == OPTS_VERSION) {
		printf("nswatch %s\n", NSWATCH_VERSION);
	} else {
		log_err(err);
		if (!err->hint[0])
			log_say("`%s --help` says more", spec->name);
		*ret_status = EXIT_USAGE;
	}
	return true;
}
