// SPDX-License-Identifier: GPL-2.0-or-later
/* main.c - the command table. */
#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/near.h"

const struct cmd cmds[] = {
	{"trace", "live events; also what `nswatch` alone does", cmd_trace, &trace_spec},
	{"ls", "the namespaces there are; also when called as lsns", cmd_ls, &ls_spec},
	{"create", "run a program in new namespaces; also when called as unshare", cmd_create,
		&create_spec},
	{"enter", "run a program in namespaces that exist; also when called as nsenter", cmd_enter,
		&enter_spec},
	{"explain", "why that went wrong: a process, a namespace, a command", cmd_explain,
		&explain_spec},
	{"netns", "named net namespaces, as ip-netns(8) keeps them", cmd_netns, &netns_spec},
	{"netdev", "network devices of all net namespaces; moves them", cmd_netdev, &netdev_spec},
	{"doctor", "what this kernel allows, hook by hook", cmd_doctor, &doctor_spec},
	{"gen", NULL, cmd_gen, &gen_spec},
};

const size_t cmds_count = sizeof(cmds) / sizeof(cmds[0]);

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
			fprintf(stderr, "%s: `%s --help` says more\n", log_name(), spec->name);
		*ret_status = EXIT_USAGE;
	}
	return true;
}

static void help(FILE *f)
{
	fprintf(f,
		"nswatch %s: what happens to Linux namespaces, live and on demand\n\n"
		"Usage: nswatch COMMAND [OPTION...]\n"
		"       nswatch [OPTION...] [-- CMD [ARG...]]   (as nswatch trace)\n\n"
		"Commands:\n",
		NSWATCH_VERSION);
	for (size_t i = 0; i < cmds_count; i++)
		if (cmds[i].summary)
			fprintf(f, "  %-9s %s\n", cmds[i].name, cmds[i].summary);
	fprintf(f, "\n`nswatch COMMAND --help` shows the options of a command.\n"
		   "To begin:\n"
		   "  sudo nswatch                          everything, until Ctrl-C\n"
		   "  sudo nswatch -- unshare -p -f date    what a command does\n"
		   "  nswatch doctor                        what can be seen here, and how well\n");
}

static const struct cmd *cmd_find(const char *name)
{
	for (size_t i = 0; i < cmds_count; i++)
		if (!strcmp(cmds[i].name, name))
			return &cmds[i];
	return NULL;
}

/* Called by the name of another program it behaves as that one. */
static const struct {
	const char *name, *cmd;
} aliases[] = {
	{"lsns", "ls"},
	{"unshare", "create"},
	{"nsenter", "enter"},
};

static const struct cmd *cmd_by_alias(const char *argv0)
{
	const char *slash = argv0 ? strrchr(argv0, '/') : NULL;
	const char *base = slash ? slash + 1 : argv0;

	for (size_t i = 0; base && i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		if (strcmp(base, aliases[i].name) != 0)
			continue;
		log_set_name(aliases[i].name);
		return cmd_find(aliases[i].cmd);
	}
	return NULL;
}

static int unknown(const char *name)
{
	struct near near = near_to(name, strlen(name));

	for (size_t i = 0; i < cmds_count; i++)
		if (cmds[i].summary)
			near_try(&near, cmds[i].name);
	log_say("no command '%s'%s%s%s", name, near.best ? ", did you mean '" : "",
		near.best ? near.best : "", near.best ? "'?" : "");
	log_say("`nswatch --help` lists the commands");
	return EXIT_USAGE;
}

static int run(int argc, char **argv)
{
	const struct cmd *c = cmd_by_alias(argv[0]);
	const char *first = argc > 1 ? argv[1] : NULL;

	if (c)
		return c->run(argc, argv);
	if (first && (!strcmp(first, "help") || !strcmp(first, "--help") || !strcmp(first, "-h"))) {
		if (argc > 2 && (c = cmd_find(argv[2]))) {
			opts_help(c->spec, stdout, opts_width(stdout));
			return EXIT_OK;
		}
		help(stdout);
		return EXIT_OK;
	}
	if (first && first[0] != '-') {
		c = cmd_find(first);
		return c ? c->run(argc - 1, argv + 1) : unknown(first);
	}
	return cmd_trace(argc, argv);
}

/* What was printed and did not arrive is an error; a reader that had enough is none. */
static int output_end(int status)
{
	bool failed = fflush(stdout) != 0;

	if (failed && errno == EPIPE)
		return status;
	if (!failed && !ferror(stdout))
		return status;
	log_say("write to standard output: %s", strerror(failed ? errno : EIO));
	return status ? status : EXIT_FAIL;
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	return output_end(run(argc, argv));
}
