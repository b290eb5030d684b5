// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gen.c - `nswatch gen`: completion files and manual pages from the tables that
 * the program itself works by. For the Makefile, and in no help.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/gen.h"
#include "lib/err.h"
#include "lib/fd.h"
#include "lib/log.h"

#define SPECS_MAX 32

static const struct opt gen_rows[] = {OPT_HELP_ROWS};

const struct opts_spec gen_spec = {
	.name = "nswatch gen",
	.summary = "Writes completion files and manual pages.",
	.usage = (const char *const[]){"bash|zsh|fish", "man FILE.in", NULL},
	.rows = gen_rows,
	.nrows = sizeof(gen_rows) / sizeof(gen_rows[0]),
};

static const struct {
	const char *name;
	enum opts_shell shell;
} shells[] = {
	{"bash", OPTS_BASH},
	{"zsh", OPTS_ZSH},
	{"fish", OPTS_FISH},
};

static void gen_completion(enum opts_shell shell)
{
	const struct opts_spec *specs[SPECS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < cmds_count && n < SPECS_MAX; i++)
		if (cmds[i].summary)
			specs[n++] = cmds[i].spec;
	opts_completion(shell, "nswatch", specs, n, stdout);
}

/* A line "@PART@" is a placeholder: its end is cut off. */
static bool is_placeholder(char *line)
{
	size_t len = strlen(line);

	if (len && line[len - 1] == '\n')
		len--;
	if (len < 3 || line[0] != '@' || line[len - 1] != '@')
		return false;
	line[len - 1] = '\0';
	return true;
}

static int gen_page(FILE *in, const char *path, struct err *err)
{
	auto_free char *line = NULL;
	size_t cap = 0;

	for (unsigned int n = 1; getline(&line, &cap, in) >= 0; n++) {
		if (!is_placeholder(line))
			fputs(line, stdout);
		else if (gen_man_part(line + 1, stdout))
			return err_say(
				err, -ENOENT, "%s:%u: no part is called '%s'", path, n, line + 1);
	}
	return ferror(in) ? err_set(err, -EIO, "read %s", path) : 0;
}

static int gen_man(const char *path, struct err *err)
{
	FILE *in = fopen(path, "re");
	int r;

	if (!in)
		return err_set(err, -errno, "%s", path);
	r = gen_page(in, path, err);
	fclose(in);
	return r;
}

static int gen_run(const struct opts_rest *rest, struct err *err)
{
	for (size_t i = 0; rest->argc == 1 && i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(rest->argv[0], shells[i].name))
			continue;
		gen_completion(shells[i].shell);
		return EXIT_OK;
	}
	if (rest->argc != 2 || strcmp(rest->argv[0], "man")) {
		err_say(err, -EINVAL, "wanted: bash, zsh, fish, or man FILE.in");
		return EXIT_USAGE;
	}
	return gen_man(rest->argv[1], err) ? EXIT_FAIL : EXIT_OK;
}

int cmd_gen(int argc, char **argv)
{
	struct opts_rest rest;
	struct err err = {0};
	int status, none, r = opts_parse(&gen_spec, argc, argv, &none, &rest, &err);

	if (cmd_opts_done(&gen_spec, r, &err, &status))
		return status;
	status = gen_run(&rest, &err);
	/* Half a page must not be installed: a full disk is an error too. */
	if (!status && (fflush(stdout) || ferror(stdout))) {
		err_set(&err, -errno, "write to standard output");
		status = EXIT_FAIL;
	}
	if (status)
		log_err(&err);
	return status;
}
