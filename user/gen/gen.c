// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gen.c - nswatch-gen: writes completion files and manual pages from the tables
 * that nswatch works by. The Makefile runs it on the machine that builds; it is
 * not installed, because it opens whatever file it is given.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "gen/ip.h"
#include "gen/man.h"
#include "gen/opts_gen.h"
#include "lib/err.h"
#include "lib/fd.h"
#include "lib/log.h"

#define SPECS_MAX 32

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

static int gen_run(int argc, char **argv, struct err *err)
{
	for (size_t i = 0; argc == 2 && i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(argv[1], shells[i].name) != 0)
			continue;
		gen_completion(shells[i].shell);
		return EXIT_OK;
	}
	for (size_t i = 0; argc == 2 && i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strncmp(argv[1], "ip-netns-", strlen("ip-netns-")) != 0 ||
			strcmp(argv[1] + strlen("ip-netns-"), shells[i].name) != 0)
			continue;
		gen_ip(shells[i].shell, stdout);
		return EXIT_OK;
	}
	if (argc != 3 || strcmp(argv[1], "man") != 0) {
		err_say(err, -EINVAL,
			"wanted: bash, zsh, fish, the same behind ip-netns-, or man FILE.in");
		return EXIT_USAGE;
	}
	return gen_man(argv[2], err) ? EXIT_FAIL : EXIT_OK;
}

int main(int argc, char **argv)
{
	struct err err = {0};
	int status = gen_run(argc, argv, &err);

	log_set_name("nswatch-gen");
	/* Half a page must not be installed: a full disk is an error too. */
	if (!status && (fflush(stdout) || ferror(stdout))) {
		err_set(&err, -errno, "write to standard output");
		status = EXIT_FAIL;
	}
	if (status)
		log_err(&err);
	return status;
}
