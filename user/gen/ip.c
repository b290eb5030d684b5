// SPDX-License-Identifier: GPL-2.0-or-later
#include "gen/ip.h"
#include "cmd/netns_ip.h"

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
