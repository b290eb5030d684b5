// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "gen/opts_gen.h"
#include "lib/opts.h"

/*
 * A line that starts with '.' or ''' would be a request. The '-' of options is
 * a minus, so that it can be copied from the page; that of "read-only" a hyphen.
 */
void mdoc_text(FILE *f, const char *s)
{
	bool line = true, word = true, option = false;

	for (; *s; s++) {
		if (line && (*s == '.' || *s == '\''))
			fputs("\\&", f);
		if (word)
			option = *s == '-';
		if (*s == '\\')
			fputs("\\e", f);
		else if (*s == '-' && option)
			fputs("\\-", f);
		else
			fputc(*s, f);
		line = *s == '\n';
		word = isspace((unsigned char)*s) || *s == '(';
	}
	fputc('\n', f);
}

/* What mdoc would take for punctuation or a macro is escaped. */
void mdoc_word(FILE *f, const char *s)
{
	for (const char *p = s; *p; p++) {
		/* Blanks would end the argument, '-' would become a hyphen. */
		if (*p == ' ')
			fputs("\\ ", f);
		else if (*p == '-')
			fputs("\\-", f);
		else if (*p == '\\')
			fputs("\\e", f);
		else if (*p == '"')
			fputs("\\(dq", f);
		else
			fprintf(f, "%s%c", p == s || ispunct((unsigned char)*p) ? "\\&" : "", *p);
	}
}

/* --- opts_gen ---------------------------------------------------------------------------- */

/* Completion and manual page from the tables of options. */

/* The word that calls a command: "trace" of "nswatch trace". */
static const char *command_of(const struct opts_spec *spec)
{
	const char *space = strrchr(spec->name, ' ');

	return space ? space + 1 : spec->name;
}

/* Text into a shell's '...', where a ' is left, escaped and entered again. */
static void put_quoted(FILE *f, const char *s, const char *escape)
{
	for (; *s; s++) {
		if (*s == '\'')
			fputs("'\\''", f);
		else if (strchr(escape, *s))
			fprintf(f, "\\%c", *s);
		else
			fputc(*s == '\n' ? ' ' : *s, f);
	}
}

static bool has_words(const struct opt *o)
{
	return o->choices && o->choices[0];
}

/*
 * What there is to choose from, one a line, by sh: files and lists that cost nothing. Others
 * name devices and namespaces, and bash evaluates what it is offered: only plain words pass.
 */
static const char words_body[] =
	"\tcase $1 in\n"
	"\tevents) nswatch trace --list-events | sed \"s/ .*//\" ;;\n"
	"\ttypes) printf \"%s\\n\" mnt uts ipc user pid net cgroup time ;;\n"
	"\tcolumns)\n"
	"\t\tcase $2 in\n"
	"\t\tls | netns | netdev) nswatch \"$2\" --list-columns ;;\n"
	"\t\t*) nswatch trace --list-columns ;;\n"
	"\t\tesac | sed -n \"s/^ *\\([A-Z][^ ]*\\) .*/\\1/p\"\n"
	"\t\t;;\n"
	"\tnetns) command ls /run/netns ;;\n"
	"\tnetns_do)\n"
	"\t\tprintf \"%s\\n\" list list-id add attach delete exec identify pids set monitor\n"
	"\t\tcommand ls /run/netns\n"
	"\t\t;;\n"
	"\tnetdev_do)\n"
	"\t\tprintf \"%s\\n\" list where move\n"
	"\t\tcommand ls /sys/class/net\n"
	"\t\t;;\n"
	"\tcontainer)\n"
	"\t\tcommand ls /run/netns\n"
	"\t\tcommand ls /var/lib/lxc\n"
	"\t\tcommand ls /run/systemd/machines\n"
	"\t\tnswatch ls --by container -nro NAME | sed \"s/^[^:]*://\"\n"
	"\t\t;;\n"
	"\tboxes)\n"
	"\t\tnswatch ls --by container -nro NAME | sed \"s/^[^:]*://\"\n"
	"\t\tnswatch ls --by unit -nro NAME\n"
	"\t\t;;\n"
	"\tprocess)\n"
	"\t\tcommand ls /proc | grep \"^[0-9]\"\n"
	"\t\tnswatch ls --by container -nro NAME | sed \"s/^[^:]*://\"\n"
	"\t\t;;\n"
	"\tsubject)\n"
	"\t\tnswatch explain --list | sed -n \"s/^\\([a-z][^ ]*\\).*/\\1/p\"\n"
	"\t\tcommand ls /proc | grep \"^[0-9]\"\n"
	"\t\tcommand ls /run/netns\n"
	"\t\tnswatch ls --by container -nro NAME | sed \"s/^[^:]*://\"\n"
	"\t\t;;\n"
	"\tgraph_do)\n"
	"\t\tprintf \"%s\\n\" net pid user mnt uts ipc cgroup time\n"
	"\t\tcommand ls /proc | grep \"^[0-9]\"\n"
	"\t\tcommand ls /run/netns /sys/class/net\n"
	"\t\tnswatch ls --by container -nro NAME | sed \"s/^[^:]*://\"\n"
	"\t\t;;\n"
	"\tesac 2>/dev/null | LC_ALL=C grep -x \"[A-Za-z0-9._:@+-]\\{1,\\}\"\n";

/* --- bash --- */

/* The last word of a list; what stands before it stays. */
static const char bash_pick[] =
	"_nswatch_pick() {\n"
	"\tlocal last=$cur\n"
	"\tcase $1 in events | types | columns) last=${cur##*[,+]} ;; esac\n"
	"\tcompgen -P \"${cur%\"$last\"}\" -W \"$(_nswatch_words \"$@\")\" -- \"$last\"\n"
	"}\n";

static const char *const bash_complete[] = {
	[OPT_C_NONE] = "",
	[OPT_C_FILE] = "compgen -f -- \"$cur\"",
	[OPT_C_DIR] = "compgen -d -- \"$cur\"",
	[OPT_C_USER] = "compgen -u -- \"$cur\"",
	[OPT_C_GROUP] = "compgen -g -- \"$cur\"",
	[OPT_C_PID] = "compgen -W \"$(cd /proc && echo [0-9]*)\" -- \"$cur\"",
	[OPT_C_EVENTS] = "_nswatch_pick events",
	[OPT_C_TYPES] = "_nswatch_pick types",
	[OPT_C_TYPE] = "_nswatch_pick types",
	[OPT_C_COLUMNS] = "_nswatch_pick columns \"$cmd\"",
	[OPT_C_NETNS] = "_nswatch_pick netns",
	[OPT_C_NETNS_DO] = "_nswatch_pick netns_do",
	[OPT_C_NETDEV_DO] = "_nswatch_pick netdev_do",
	[OPT_C_CONTAINER] = "_nswatch_pick container",
	[OPT_C_SUBJECT] = "_nswatch_pick subject",
	[OPT_C_PROCESS] = "_nswatch_pick process",
	[OPT_C_BOXES] = "_nswatch_pick boxes",
	[OPT_C_GRAPH_DO] = "_nswatch_pick graph_do",
};

/* "-o|--output" */
static void bash_pattern(const struct opt *o, FILE *f)
{
	if (o->letter && !o->letter_plain)
		fprintf(f, "-%c%s", o->letter, o->name ? "|" : "");
	if (o->name)
		fprintf(f, "--%s", o->name);
}

static void bash_argument(const struct opt *o, FILE *f)
{
	if (!o->arg || o->hidden)
		return;
	fputs("\t\t", f);
	bash_pattern(o, f);
	fputs(")", f);
	if (has_words(o)) {
		fputs(" mapfile -t COMPREPLY < <(compgen -W '", f);
		for (size_t i = 0; o->choices[i]; i++) {
			fputs(i ? " " : "", f);
			put_quoted(f, o->choices[i], "");
		}
		fputs("' -- \"$cur\");", f);
	} else if (o->complete != OPT_C_NONE) {
		fprintf(f, " mapfile -t COMPREPLY < <(%s);", bash_complete[o->complete]);
	}
	/* An optional argument is only read behind '=', another word is the next operand. */
	fputs(o->arg_optional ? " ((eq)) && return ;;\n" : " return ;;\n", f);
}

static void bash_command(const struct opts_spec *spec, FILE *f)
{
	fprintf(f, "\t%s)\n\t\tcase $prev in\n", command_of(spec));
	for (size_t i = 0; i < spec->nrows; i++)
		bash_argument(&spec->rows[i], f);
	fputs("\t\tesac\n\t\twords='", f);
	for (size_t i = 0; i < spec->nrows; i++) {
		const struct opt *o = &spec->rows[i];

		if (o->name && !o->hidden)
			fprintf(f, "--%s ", o->name);
	}
	fputs("'\n", f);
	if (spec->operand != OPT_C_NONE)
		fprintf(f, "\t\toperand='%s'\n", bash_complete[spec->operand]);
	fputs("\t\t;;\n", f);
}

/*
 * The command is the first word; one that is an option belongs to the first
 * command. Behind "--" stands a program.
 */
static const char bash_words[] =
	"\tlocal cur=$2 prev=$3 words='' cmd='' operand=: eq=0 i\n"
	"\tCOMPREPLY=()\n"
	"\tif [[ $cur == = ]]; then cur='' eq=1\n"
	"\telif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD - 2]} eq=1; fi\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tif [[ ${COMP_WORDS[i]} == -- ]]; then\n"
	"\t\t\tif ((i + 1 == COMP_CWORD)); then mapfile -t COMPREPLY < <(compgen -c -- \"$cur\")\n"
	"\t\t\telse mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); fi\n"
	"\t\t\treturn\n"
	"\t\tfi\n"
	"\t\t[[ -n $cmd ]] || cmd=${COMP_WORDS[i]}\n"
	"\tdone\n"
	"\t[[ -n $cmd || $cur != -* ]] || cmd=$cur\n";

static const char bash_reply[] = "\tif [[ -z $cmd || $cur == -* ]]; then\n"
				 "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
				 "\telse\n"
				 "\t\tmapfile -t COMPREPLY < <(eval \"$operand\")\n"
				 "\tfi\n"
				 "}\n";

static void gen_bash(const char *prog, const struct opts_spec *const *specs, size_t n, FILE *f)
{
	fprintf(f,
		"# bash completion for %s; generated, do not edit.\n"
		"# shellcheck shell=bash disable=SC2016,SC2034\n"
		"_nswatch_words() {\n%s}\n"
		"%s"
		"_%s() {\n"
		"%s"
		"\t[[ $cmd != -* ]] || cmd=%s\n"
		"\tcase $cmd in\n"
		"\t'')\n"
		"\t\twords='",
		prog, words_body, bash_pick, prog, bash_words, command_of(specs[0]));
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s ", command_of(specs[i]));
	fputs("--help --version'\n\t\t;;\n", f);
	for (size_t i = 0; i < n; i++)
		bash_command(specs[i], f);
	fprintf(f, "\tesac\n%scomplete -o filenames -F _%s %s\n", bash_reply, prog, prog);
}

/* --- zsh --- */

static const char *const zsh_complete[] = {
	[OPT_C_NONE] = " ",
	[OPT_C_FILE] = "_files",
	[OPT_C_DIR] = "_files -/",
	[OPT_C_USER] = "_users",
	[OPT_C_GROUP] = "_groups",
	[OPT_C_PID] = "_pids",
	[OPT_C_EVENTS] = " _nswatch_pick events",
	[OPT_C_TYPES] = " _nswatch_pick types",
	[OPT_C_TYPE] = " _nswatch_pick types",
	[OPT_C_COLUMNS] = " _nswatch_pick columns $words[1]",
	[OPT_C_NETNS] = " _nswatch_pick netns",
	[OPT_C_NETNS_DO] = " _nswatch_pick netns_do",
	[OPT_C_NETDEV_DO] = " _nswatch_pick netdev_do",
	[OPT_C_CONTAINER] = " _nswatch_pick container",
	[OPT_C_SUBJECT] = " _nswatch_pick subject",
	[OPT_C_PROCESS] = " _nswatch_pick process",
	[OPT_C_BOXES] = " _nswatch_pick boxes",
	[OPT_C_GRAPH_DO] = " _nswatch_pick graph_do",
};

#define ZSH_ESCAPE "[]:\\"

static void zsh_spec(const struct opt *o, bool with_name, FILE *f)
{
	bool arg = o->arg && (with_name || !o->letter_plain);

	fputs("\t\t'", f);
	if (o->type == OPT_T_LIST || o->type == OPT_T_CALL)
		fputc('*', f);
	if (with_name)
		fprintf(f, "--%s%s", o->name, !arg ? "" : o->arg_optional ? "=-" : "=");
	else
		fprintf(f, "-%c%s", o->letter, !arg ? "" : o->arg_optional ? "-" : "+");
	fputc('[', f);
	put_quoted(f, o->help ? o->help : "", ZSH_ESCAPE);
	fputc(']', f);
	if (arg) {
		fputs(o->arg_optional ? "::" : ":", f);
		put_quoted(f, o->arg, ZSH_ESCAPE);
		fputc(':', f);
		if (has_words(o)) {
			fputc('(', f);
			for (size_t i = 0; o->choices[i]; i++) {
				fputs(i ? " " : "", f);
				put_quoted(f, o->choices[i], "() :\\");
			}
			fputc(')', f);
		} else {
			fputs(zsh_complete[o->complete], f);
		}
	}
	fputs("' \\\n", f);
}

static void zsh_command(const struct opts_spec *spec, FILE *f)
{
	fprintf(f, "\t%s)\n\t\t_arguments -s %s\\\n", command_of(spec),
		spec->permute ? "" : "-A '-*' ");
	for (size_t i = 0; i < spec->nrows; i++) {
		const struct opt *o = &spec->rows[i];

		if (o->hidden)
			continue;
		if (o->letter)
			zsh_spec(o, false, f);
		if (o->name)
			zsh_spec(o, true, f);
	}
	/* A blank would be a message, beside which zsh inserts no option. */
	fprintf(f, "\t\t'*::operand:%s'\n\t\t;;\n",
		spec->operand == OPT_C_NONE ? "{:}" : zsh_complete[spec->operand]);
}

static void gen_zsh(const char *prog, const struct opts_spec *const *specs, size_t n, FILE *f)
{
	fprintf(f,
		"#compdef %s\n"
		"# zsh completion for %s; generated, do not edit.\n"
		"_nswatch_words() {\n%s}\n"
		"_nswatch_pick() {\n"
		"\tlocal -a all\n"
		"\tall=(${(f)\"$(_nswatch_words \"$@\")\"})\n"
		"\tcase $1 in (events|types|columns) compset -P '*[,+]' ;; esac\n"
		"\tcompadd -a all\n"
		"}\n"
		"_%s() {\n"
		"\tlocal -a commands\n"
		"\tcommands=(\n",
		prog, prog, words_body, prog);
	for (size_t i = 0; i < n; i++) {
		fprintf(f, "\t\t'%s:", command_of(specs[i]));
		put_quoted(f, specs[i]->summary ? specs[i]->summary : "", ":\\");
		fputs("'\n", f);
	}
	fprintf(f,
		"\t)\n"
		"\tif [[ $words[2] == -* ]]; then\n"
		"\t\twords[1]=%s\n"
		"\telif ((CURRENT == 2)); then\n"
		"\t\t_describe command commands\n"
		"\t\treturn\n"
		"\telse\n"
		"\t\tshift words\n"
		"\t\t((CURRENT--))\n"
		"\tfi\n"
		"\tcase $words[1] in\n",
		command_of(specs[0]));
	for (size_t i = 0; i < n; i++)
		zsh_command(specs[i], f);
	fprintf(f, "\tesac\n}\n_%s \"$@\"\n", prog);
}

/* --- fish --- */

static const char *const fish_complete[] = {
	[OPT_C_NONE] = "",
	[OPT_C_FILE] = "(__fish_complete_path)",
	[OPT_C_DIR] = "(__fish_complete_directories)",
	[OPT_C_USER] = "(__fish_complete_users)",
	[OPT_C_GROUP] = "(__fish_complete_groups)",
	[OPT_C_PID] = "(__fish_complete_pids)",
	[OPT_C_EVENTS] = "(__fish_complete_list , \"__nswatch_words events\")",
	[OPT_C_TYPES] = "(__fish_complete_list , \"__nswatch_words types\")",
	[OPT_C_TYPE] = "(__nswatch_words types)",
	[OPT_C_COLUMNS] =
		"(__fish_complete_list , \"__nswatch_words columns \"(commandline -opc)[2])",
	[OPT_C_NETNS] = "(__nswatch_words netns)",
	[OPT_C_NETNS_DO] = "(__nswatch_words netns_do)",
	[OPT_C_NETDEV_DO] = "(__nswatch_words netdev_do)",
	[OPT_C_CONTAINER] = "(__nswatch_words container)",
	[OPT_C_SUBJECT] = "(__nswatch_words subject)",
	[OPT_C_PROCESS] = "(__nswatch_words process)",
	[OPT_C_BOXES] = "(__nswatch_words boxes)",
	[OPT_C_GRAPH_DO] = "(__nswatch_words graph_do)",
};

/* The beginning of a line that holds behind the command; first: also without one. */
static void fish_line(const char *prog, const char *command, bool first, FILE *f)
{
	fprintf(f, "complete -c %s -n '%s__fish_seen_subcommand_from %s'", prog,
		first ? "__fish_use_subcommand; or " : "", command);
}

static void fish_option(const struct opt *o, FILE *f)
{
	if (o->letter)
		fprintf(f, " -s %c", o->letter);
	if (o->name)
		fprintf(f, " -l %s", o->name);
	/* -x: the next word is its argument; an optional one follows '=' only. */
	if (o->arg && !o->arg_optional)
		fputs(" -x", f);
	if (o->arg && (has_words(o) || o->complete != OPT_C_NONE)) {
		fputs(" -a '", f);
		if (!has_words(o))
			fputs(fish_complete[o->complete], f);
		for (size_t i = 0; has_words(o) && o->choices[i]; i++) {
			fputs(i ? " " : "", f);
			put_quoted(f, o->choices[i], "");
		}
		fputc('\'', f);
	}
	fputs(" -d '", f);
	put_quoted(f, o->help ? o->help : "", "");
	fputs("'\n", f);
}

static void gen_fish(const char *prog, const struct opts_spec *const *specs, size_t n, FILE *f)
{
	fprintf(f,
		"# fish completion for %s; generated, do not edit.\n"
		"function __nswatch_words\n\tsh -c '%s' nswatch $argv\nend\n"
		"complete -c %s -f\n",
		prog, words_body, prog);
	for (size_t i = 0; i < n; i++) {
		fprintf(f, "complete -c %s -n __fish_use_subcommand -a %s -d '", prog,
			command_of(specs[i]));
		put_quoted(f, specs[i]->summary ? specs[i]->summary : "", "");
		fputs("'\n", f);
	}
	for (size_t i = 0; i < n; i++) {
		const char *command = command_of(specs[i]);

		for (size_t k = 0; k < specs[i]->nrows; k++) {
			if (specs[i]->rows[k].hidden)
				continue;
			fish_line(prog, command, !i, f);
			fish_option(&specs[i]->rows[k], f);
		}
		if (specs[i]->operand != OPT_C_NONE) {
			fish_line(prog, command, false, f);
			fprintf(f, " -a '%s'\n", fish_complete[specs[i]->operand]);
		}
	}
}

void opts_completion(enum opts_shell shell, const char *prog, const struct opts_spec *const *specs,
	size_t nspecs, FILE *f)
{
	static void (*const gen[])(
		const char *prog, const struct opts_spec *const *specs, size_t n, FILE *f) = {
		[OPTS_BASH] = gen_bash,
		[OPTS_ZSH] = gen_zsh,
		[OPTS_FISH] = gen_fish,
	};

	gen[shell](prog, specs, nspecs, f);
}

/* --- mdoc --- */

static void mdoc_argument(const struct opt *o, bool behind_name, FILE *f)
{
	if (o->arg_optional)
		fputs(" Ns Oo", f);
	if (behind_name)
		fprintf(f, "%s =", o->arg_optional ? " Ns" : " Ns");
	if (behind_name || o->arg_optional)
		fputs(" Ns", f);
	fputs(" Ar ", f);
	mdoc_word(f, o->arg);
	if (o->arg_optional)
		fputs(" Ns Oc", f);
}

void opts_man(const struct opts_spec *spec, FILE *f)
{
	bool open = false;

	fputs(".Sh OPTIONS\n", f);
	for (size_t i = 0; i < spec->nrows; i++) {
		const struct opt *o = &spec->rows[i];

		if (o->group || !open) {
			if (open)
				fputs(".El\n", f);
			if (o->group) {
				fputs(".Ss ", f);
				mdoc_text(f, o->group);
			}
			fputs(".Bl -tag -width Ds\n", f);
			open = true;
		}
		if (o->hidden)
			continue;
		fputs(".It", f);
		if (o->letter)
			fprintf(f, " Fl %c", o->letter);
		if (o->letter && o->arg && !o->name)
			mdoc_argument(o, false, f);
		if (o->name) {
			fprintf(f, "%s Fl \\-", o->letter ? " ," : "");
			mdoc_word(f, o->name);
			if (o->arg)
				mdoc_argument(o, true, f);
		}
		fputc('\n', f);
		mdoc_text(f, o->help ? o->help : "");
	}
	if (open)
		fputs(".El\n", f);
}
