// SPDX-License-Identifier: GPL-2.0-or-later
/* main.c - which command is meant, and its end. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/ask.h"
#include "lib/err.h"
#include "lib/fd.h"
#include "lib/caps.h"
#include "lib/text.h"
#include "snapshot/from_proc.h"
#include "out/escape.h"
#include "lib/util.h"

static void help(FILE *f)
{
	fprintf(f,
		"nswatch %s: what happens to Linux namespaces, live and on demand\n\n"
		"Usage: nswatch COMMAND [OPTION...]\n"
		"       nswatch [OPTION...] [-- CMD [ARG...]]   (as nswatch trace)\n\n"
		"Commands:\n",
		NSWATCH_VERSION);
	for (size_t i = 0; i < cmds_count; i++)
		fprintf(f, "  %-9s %s\n", cmds[i].name, cmds[i].summary);
	fprintf(f, "\n`nswatch COMMAND --help` shows the options of a command.\n"
		   "To begin:\n"
		   "  sudo nswatch                          everything, until Ctrl-C\n"
		   "  sudo nswatch -- unshare -p -f date    what a command does\n"
		   "  nswatch doctor                        what can be seen here, and how well\n");
}

/* Called by the name of another program it behaves as that one. */
static const struct alias {
	const char *name, *cmd;
	const char *option; /* goes before the arguments; NULL: none */
} aliases[] = {
	{"lsns", "ls", NULL},
	{"unshare", "create", NULL},
	{"nsenter", "enter", NULL},
	{"ip-netns", "netns", "--ip"},
};

static const struct alias *alias_find(const char *argv0)
{
	const char *slash = argv0 ? strrchr(argv0, '/') : NULL;
	const char *base = slash ? slash + 1 : argv0;

	for (size_t i = 0; base && i < ARRAY_SIZE(aliases); i++)
		if (!strcmp(base, aliases[i].name))
			return &aliases[i];
	return NULL;
}

static int unknown(const char *name)
{
	struct near near = near_to(name, strlen(name));

	for (size_t i = 0; i < cmds_count; i++)
		near_try(&near, cmds[i].name);
	log_say("no command '%s'%s%s%s", name, near.best ? ", did you mean '" : "",
		near.best ? near.best : "", near.best ? "'?" : "");
	log_say("`nswatch --help` lists the commands");
	return EXIT_USAGE;
}

/* Whatever failed: most of it can't work so. */
static int proc_say(int status)
{
	if (status && status != EXIT_USAGE && !procfs_is_there()) {
		log_say("/proc is not mounted here, and most can't be known without it");
		log_say("mount it: mount -t proc proc /proc");
	}
	return status;
}

static int run_limited(const struct cmd *c, int argc, char **argv)
{
	struct err err = {0};

	if (filecaps_limit(c->file_rights, &err)) {
		log_err(&err);
		return EXIT_FAIL;
	}
	return proc_say(c->run(argc, argv));
}

static int run_alias(const struct alias *a, int argc, char **argv)
{
	const struct cmd *c = cmd_find(a->cmd);
	auto_free char **args = NULL;

	log_set_name(a->name);
	if (!a->option)
		return run_limited(c, argc, argv);
	args = calloc((size_t)argc + 2, sizeof(*args));
	if (!args) {
		log_say("%s", strerror(ENOMEM));
		return EXIT_FAIL;
	}
	args[0] = argv[0];
	args[1] = (char *)a->option;
	memcpy(args + 2, argv + 1, (size_t)(argc - 1) * sizeof(*args));
	return run_limited(c, argc + 1, args);
}

static int run(int argc, char **argv)
{
	const struct alias *a = alias_find(argv[0]);
	const char *first = argc > 1 ? argv[1] : NULL;
	const struct cmd *c;

	if (a)
		return run_alias(a, argc, argv);
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
		return c ? run_limited(c, argc - 1, argv + 1) : unknown(first);
	}
	return run_limited(&cmds[0], argc, argv);
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

/* What another process keeps from answering is left out, which is told. */
static void unanswered_say(void)
{
	if (ask_unanswered())
		log_say("%zu looks at what file systems, other processes' memory or the name "
			"service have to answer got no answer in time: that is left out",
			ask_unanswered());
}

/* A standard descriptor that the caller closed stays one that can be neither read nor written, so
 * that no file which is opened gets its number, and then what is printed. Programs that are run
 * find it closed.
 */
static void std_hold(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		/* The lowest free number is this one. */
		if (fcntl(fd, F_GETFD) < 0 &&
			open("/dev/null", (fd ? O_RDONLY : O_WRONLY) | O_CLOEXEC) < 0 &&
			open("/", O_PATH | O_CLOEXEC) < 0)
			return;
}

int main(int argc, char **argv)
{
	struct err err = {0};
	int status;

	std_hold();
	log_set_escape(escape_talk);
	if (filecaps_begin(&err)) {
		log_err(&err);
		return EXIT_FAIL;
	}
	setlocale(LC_CTYPE, "");
	status = output_end(run(argc, argv));
	unanswered_say();
	return status;
}
