// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/netns_ip.h"
#include "gen/gen.h"
#include "gen/man.h"
#include "gen/opts_gen.h"
#include "lib/err.h"
#include "lib/fd.h"
#include "lib/util.h"

/* Only plain words of what names namespaces: bash evaluates what it is offered. */
#define NAMES "command ls /run/netns 2>/dev/null | LC_ALL=C grep -x \"[A-Za-z0-9._:@+-]\\{1,\\}\""

static void put_all(const char *(*name_at)(size_t), const char *before, FILE *f)
{
	const char *name;

	for (size_t i = 0; (name = name_at(i)); i++)
		fprintf(f, "%s%s%s", i ? " " : "", before, name);
}

static void gen_bash(FILE *f)
{
	fputs("# bash completion for ip-netns; generated, do not edit.\n"
	      "# shellcheck shell=bash\n"
	      "_ip_netns() {\n"
	      "\tlocal words='",
		f);
	put_all(ip_option_name, "-", f);
	fputs("'\n"
	      "\tCOMPREPLY=()\n"
	      "\tcase $3 in -b | -batch) mapfile -t COMPREPLY < <(compgen -f -- \"$2\") && return "
	      ";; esac\n"
	      "\t[[ $2 == -* ]] || words=\"",
		f);
	put_all(ip_command_name, "", f);
	fputs(" $(" NAMES ")\"\n"
	      "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$2\")\n"
	      "}\n"
	      "complete -o filenames -F _ip_netns ip-netns\n",
		f);
}

static void gen_zsh(FILE *f)
{
	fputs("#compdef ip-netns\n"
	      "# zsh completion for ip-netns; generated, do not edit.\n"
	      "local -a all\n"
	      "all=(${(f)\"$(" NAMES ")\"})\n"
	      "case $words[CURRENT-1] in (-b|-batch) _files; return ;; esac\n"
	      "if [[ $PREFIX == -* ]]; then\n"
	      "\tcompadd -- ",
		f);
	put_all(ip_option_name, "-", f);
	fputs("\nelse\n\tcompadd -a all\n\tcompadd ", f);
	put_all(ip_command_name, "", f);
	fputs("\nfi\n", f);
}

static void gen_fish(FILE *f)
{
	const char *name;

	fputs("# fish completion for ip-netns; generated, do not edit.\n"
	      "function __ip_netns_names\n"
	      "\tsh -c '" NAMES "'\n"
	      "end\n"
	      "complete -c ip-netns -f -a '",
		f);
	put_all(ip_command_name, "", f);
	fputs(" (__ip_netns_names)'\n", f);
	for (size_t i = 0; (name = ip_option_name(i)); i++)
		fprintf(f, "complete -c ip-netns -o %s%s\n", name,
			!strcmp(name, "batch")   ? " -r -F"
			: !strcmp(name, "netns") ? " -x -a '(__ip_netns_names)'"
						 : "");
}

void gen_ip(enum opts_shell shell, FILE *f)
{
	static void (*const gen[])(FILE * f) = {
		[OPTS_BASH] = gen_bash,
		[OPTS_ZSH] = gen_zsh,
		[OPTS_FISH] = gen_fish,
	};

	gen[shell](f);
}

/* --- gen --------------------------------------------------------------------------------- */

/*
 * Nswatch-gen: writes completion files and manual pages from the tables
 * that nswatch works by. The Makefile runs it on the machine that builds; it is
 * not installed, because it opens whatever file it is given.
 */

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
	for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(shells); i++) {
		if (strcmp(argv[1], shells[i].name) != 0)
			continue;
		gen_completion(shells[i].shell);
		return EXIT_OK;
	}
	for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(shells); i++) {
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
