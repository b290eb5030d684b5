// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/fd.h"
#include "lib/text.h"
#include "gen/opts_gen.h"
#include "lib/opts.h"

struct demo {
	bool json, raw, list, quiet;
	int tree, color, how;
	const char *output, *mount;
	bool has_mount, has_count;
	uint64_t count, duration, called;
	struct opt_list events, hooks;
};

static const char *const colors[] = {"auto", "always", "never", NULL};

static int take_even(const struct opt *o, const char *arg, void *opts, struct err *err)
{
	struct demo *d = opts;

	assert_string_equal(o->name, "even");
	if (!strcmp(arg, "odd"))
		return -EINVAL;
	if (!strcmp(arg, "gone"))
		return err_set(err, -ENOENT, "look for %s", arg);
	d->called++;
	return 0;
}

static const struct opt rows[] = {
	{'e', "event", "KIND,...", OPT_LIST(struct demo, events), .commas = true, .group = "Choose",
		.help = "only events of these kinds, several with commas or by giving the option "
			"again"},
	{0, "hook", "NAME=ALT", OPT_LIST(struct demo, hooks), .help = "force an alternative"},
	{'c', "count", "N", OPT_U64(struct demo, count), .min = 1, .max = 1000,
		.has = OPT_HAS(struct demo, has_count), .help = "end after N events"},
	{0, "duration", "TIME", OPT_DURATION(struct demo, duration), .help = "end after TIME"},
	{0, "even", "N", OPT_CALL(take_even), .expect = "an even number", .help = "call back"},
	{'J', "json", NULL, OPT_FLAG(struct demo, json), .exclude = 1, .group = "Output",
		.help = "JSON Lines"},
	{'r', "raw", NULL, OPT_FLAG(struct demo, raw), .exclude = 1, .help = "raw"},
	{'l', "list", NULL, OPT_FLAG(struct demo, list), .exclude = 2, .help = "a list"},
	{'T', "tree", NULL, OPT_SET(struct demo, tree, 7), .exclude = 2 | 4, .help = "a tree"},
	{'o', "output", "LIST", OPT_STR(struct demo, output), .complete = OPT_C_FILE,
		.help = "columns"},
	{0, "color", "WHEN", OPT_CHOICE(struct demo, color), .choices = colors, .help = "colour"},
	{'m', "mount", "FILE", OPT_STR(struct demo, mount), .arg_optional = true,
		.letter_plain = true, .has = OPT_HAS(struct demo, has_mount),
		.help = "mount namespace"},
	{'q', NULL, NULL, OPT_FLAG(struct demo, quiet), .exclude = 4, .help = "say less"},
	{0, "old-name", NULL, OPT_SET(struct demo, how, 1), .hidden = true},
	{0, "old-value", "N", OPT_SET(struct demo, how, 2), .hidden = true},
	OPT_HELP_ROWS,
};

static const struct opts_spec spec = {
	.name = "nswatch demo",
	.summary = "Shows what a table of options can do.",
	.usage = (const char *const[]){"[OPTION...] [-- CMD [ARG...]]", "--help", NULL},
	.rows = rows,
	.nrows = sizeof(rows) / sizeof(rows[0]),
	.examples =
		(const struct opts_pair[]){
			{"nswatch demo -J", "JSON for other programs"},
			{"nswatch demo -- sh", "a shell"},
			{0},
		},
	.exits = (const struct opts_pair[]){{"0", "all went well"}, {"2", "wrong usage"}, {0}},
	.operand = OPT_C_FILE,
};

struct run {
	struct demo d;
	struct opts_rest rest;
	struct err err;
	int r;
	char *argv[16];
};

static void run_spec(struct run *run, const struct opts_spec *s, const char *const *args)
{
	int argc = 0;

	memset(run, 0, sizeof(*run));
	run->argv[argc++] = (char *)"demo";
	for (; *args; args++)
		run->argv[argc++] = (char *)*args;
	run->r = opts_parse(s, argc, run->argv, &run->d, &run->rest, &run->err);
}

#define RUN(run, ...) run_spec((run), &spec, (const char *const[]){__VA_ARGS__, NULL})

/* The one line that the arguments end with, and the hint behind it. */
#define assert_refused(text, hint_text, ...)                                                       \
	do {                                                                                       \
		struct run run_;                                                                   \
		RUN(&run_, __VA_ARGS__);                                                           \
		assert_int_equal(run_.r, -EINVAL);                                                 \
		assert_int_equal(run_.err.code, -EINVAL);                                          \
		assert_string_equal(run_.err.what, text);                                          \
		assert_string_equal(run_.err.hint, hint_text);                                     \
		opts_free(&spec, &run_.d);                                                         \
	} while (0)

static void test_nothing(void **state)
{
	struct run run;

	run_spec(&run, &spec, (const char *const[]){NULL});
	assert_int_equal(run.r, OPTS_RUN);
	assert_int_equal(run.rest.argc, 0);
	assert_false(run.rest.dashes);
	assert_false(run.d.json || run.d.has_mount || run.d.has_count);
}

static void test_types(void **state)
{
	struct run run;

	RUN(&run, "-J", "--count=0x10", "--duration", "1.5", "-oNS,TYPE", "--color", "never", "-T",
		"-e", "setns");
	assert_int_equal(run.r, OPTS_RUN);
	assert_true(run.d.json);
	assert_false(run.d.raw);
	assert_true(run.d.has_count);
	assert_int_equal(run.d.count, 16);
	assert_int_equal(run.d.duration, 1500000000);
	assert_string_equal(run.d.output, "NS,TYPE");
	assert_int_equal(run.d.color, 2);
	assert_int_equal(run.d.tree, 7);
	assert_int_equal(run.d.events.n, 1);
	opts_free(&spec, &run.d);
}

static void test_lists(void **state)
{
	struct run run;

	RUN(&run, "-e", "unshare,setns", "--event=exit", "--hook", "a=b,c", "--hook=d=e");
	assert_int_equal(run.r, OPTS_RUN);
	assert_int_equal(run.d.events.n, 3);
	assert_string_equal(run.d.events.v[0], "unshare");
	assert_string_equal(run.d.events.v[1], "setns");
	assert_string_equal(run.d.events.v[2], "exit");
	assert_int_equal(run.d.hooks.n, 2);
	assert_string_equal(run.d.hooks.v[0], "a=b,c");
	assert_string_equal(run.d.hooks.v[1], "d=e");
	opts_free(&spec, &run.d);
	assert_null(run.d.events.v);
	assert_int_equal(run.d.hooks.n, 0);
	assert_refused("--event: an empty name in 'a,,b'", "", "-e", "a,,b");
	assert_refused("--event: an empty name in ''", "", "--event=");
}

static void test_optional_argument(void **state)
{
	struct run run;

	RUN(&run, "-m", "file");
	assert_true(run.d.has_mount);
	assert_null(run.d.mount);
	assert_int_equal(run.rest.argc, 1);
	RUN(&run, "--mount=/run/ns", "--mount", "x");
	assert_true(run.d.has_mount);
	assert_null(run.d.mount); /* the last one counts */
	RUN(&run, "-mJ", "--mount=/run/ns");
	assert_true(run.d.json);
	assert_string_equal(run.d.mount, "/run/ns");
}

static void test_given_or_not(void **state)
{
	struct run run;

	RUN(&run, "--json");
	assert_false(run.d.has_count);
	RUN(&run, "-c1");
	assert_true(run.d.has_count);
}

static void test_operands(void **state)
{
	struct run run;

	RUN(&run, "-J", "sh", "-c", "true");
	assert_int_equal(run.r, OPTS_RUN);
	assert_int_equal(run.rest.argc, 3);
	assert_string_equal(run.rest.argv[1], "-c");
	assert_false(run.rest.dashes);
	assert_false(run.d.has_count);

	RUN(&run, "-J", "--", "-c", "5");
	assert_int_equal(run.rest.argc, 2);
	assert_string_equal(run.rest.argv[0], "-c");
	assert_true(run.rest.dashes);

	RUN(&run, "--");
	assert_int_equal(run.rest.argc, 0);
	assert_true(run.rest.dashes);
}

/* A "--" that is an option's argument does not end the options. */
static void test_dashes_as_argument(void **state)
{
	struct run run;

	RUN(&run, "-o", "--");
	assert_string_equal(run.d.output, "--");
	assert_false(run.rest.dashes);
	RUN(&run, "-o", "--", "sh");
	assert_false(run.rest.dashes);
	assert_int_equal(run.rest.argc, 1);
	RUN(&run, "-o", "--", "--", "sh");
	assert_true(run.rest.dashes);
	assert_int_equal(run.rest.argc, 1);
}

static void test_permute(void **state)
{
	struct opts_spec other = spec;
	struct run run;

	other.permute = true;
	run_spec(&run, &other, (const char *const[]){"4026531835", "-J", "--count", "5", NULL});
	assert_int_equal(run.r, OPTS_RUN);
	assert_true(run.d.json);
	assert_int_equal(run.d.count, 5);
	assert_int_equal(run.rest.argc, 1);
	assert_string_equal(run.rest.argv[0], "4026531835");
}

static void test_no_operands(void **state)
{
	struct opts_spec other = spec;
	struct run run;

	other.no_operands = true;
	run_spec(&run, &other, (const char *const[]){"-J", "x\ny", NULL});
	assert_int_equal(run.r, -EINVAL);
	assert_string_equal(run.err.what, "unexpected operand 'x?y'");
}

static void test_help_and_version(void **state)
{
	struct run run;

	RUN(&run, "-h", "--nonsense");
	assert_int_equal(run.r, OPTS_HELP);
	RUN(&run, "-J", "--version");
	assert_int_equal(run.r, OPTS_VERSION);
}

static void test_bad_values(void **state)
{
	assert_refused(
		"--duration: '5x' is not a duration (5, 500ms, 2m, 1h)", "", "--duration", "5x");
	assert_refused("--duration: '1e300' is out of range", "", "--duration=1e300");
	assert_refused("--count: '12x' is not a number", "", "--count=12x");
	assert_refused("--count: '' is not a number", "", "--count=");
	assert_refused("--count: '-1' is not a number", "", "-c-1");
	assert_refused("--count: '0' is out of range (1 to 1000)", "", "-c", "0");
	assert_refused("--count: '99999999999999999999' is out of range (1 to 1000)", "",
		"--count=99999999999999999999");
	assert_refused("--color: 'alwys' is none of auto, always, never", "did you mean 'always'?",
		"--color=alwys");
	assert_refused("--color: '' is none of auto, always, never", "", "--color=");
}

static void test_callback(void **state)
{
	struct run run;

	RUN(&run, "--even=2", "--even", "4");
	assert_int_equal(run.d.called, 2);
	assert_refused("--even: 'odd' is not an even number", "", "--even=odd");
	RUN(&run, "--even=gone");
	assert_int_equal(run.r, -EINVAL);
	assert_string_equal(run.err.what, "look for gone: No such file or directory");
}

static void test_long_value_is_cut(void **state)
{
	char arg[300];
	struct run run;

	memset(arg, 'a', sizeof(arg) - 1);
	arg[sizeof(arg) - 1] = '\0';
	RUN(&run, "--count", arg);
	assert_int_equal(run.r, -EINVAL);
	assert_non_null(strstr(run.err.what, "aaa...' is not a number"));
	assert_true(strlen(run.err.what) < 120);
	arg[0] = arg[1] = '-';
	RUN(&run, arg);
	assert_int_equal(run.r, -EINVAL);
	assert_true(strlen(run.err.what) < 120);
}

static void test_unknown(void **state)
{
	assert_refused("unknown option '--evnt'", "did you mean '--event'?", "--evnt");
	assert_refused("unknown option '--cuont'", "did you mean '--count'?", "--cuont=5");
	assert_refused("unknown option '--old-nane'", "'nswatch demo --help' shows all options",
		"--old-nane");
	assert_refused(
		"unknown option '--zzzzzz'", "'nswatch demo --help' shows all options", "--zzzzzz");
	assert_refused("unknown option '-x'", "'nswatch demo --help' shows all options", "-Jx");
	assert_refused("unknown option '-?'", "'nswatch demo --help' shows all options", "-\xff");
	assert_refused("unknown option '-:'", "'nswatch demo --help' shows all options", "-:");
}

static void test_abbreviations(void **state)
{
	struct run run;

	RUN(&run, "--dur=5", "--js");
	assert_int_equal(run.r, OPTS_RUN);
	assert_int_equal(run.d.duration, 5000000000);
	assert_true(run.d.json);
	assert_refused("option '--co' is ambiguous: --count, --color", "", "--co");
	assert_refused("option '--ev' is ambiguous: --event, --even", "", "--ev=1");
	RUN(&run, "--even", "8"); /* exact, though --event begins so too */
	assert_int_equal(run.d.called, 1);
}

static void test_arguments_missing_or_too_many(void **state)
{
	assert_refused("--count: needs an argument, N", "", "--count");
	assert_refused("--event: needs an argument, KIND,...", "", "-J", "-e");
	assert_refused("--json: takes no argument", "", "--json=yes");
	assert_refused("--help: takes no argument", "", "--help=x");
}

static void test_exclusive(void **state)
{
	struct run run;

	assert_refused("--json and --raw exclude each other", "", "-Jr");
	assert_refused("--raw and --json exclude each other", "", "--raw", "--json");
	assert_refused("--list and --tree exclude each other", "", "-l", "-T");
	assert_refused("--tree and -q exclude each other", "", "-T", "-q");
	RUN(&run, "-J", "-J", "-l", "-q");
	assert_int_equal(run.r, OPTS_RUN);
}

static void test_null_err(void **state)
{
	char *argv[] = {(char *)"demo", (char *)"--count=x", NULL};
	struct opts_rest rest;
	struct demo d = {0};

	assert_int_equal(opts_parse(&spec, 2, argv, &d, &rest, NULL), -EINVAL);
	argv[1] = (char *)"--even=gone";
	assert_int_equal(opts_parse(&spec, 2, argv, &d, &rest, NULL), -EINVAL);
	argv[1] = (char *)"--nope";
	assert_int_equal(opts_parse(&spec, 2, argv, &d, &rest, NULL), -EINVAL);
}

/* --- help --- */

static char *help_at(unsigned int width)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	opts_help(&spec, f, width);
	fclose(f);
	return text;
}

static void test_help_text(void **state)
{
	auto_free char *text = help_at(80);

	assert_string_equal(text,
		"Usage: nswatch demo [OPTION...] [-- CMD [ARG...]]\n"
		"       nswatch demo --help\n"
		"\n"
		"Shows what a table of options can do.\n"
		"\n"
		"Choose:\n"
		"  -e, --event=KIND,...  only events of these kinds, several with commas or by\n"
		"                        giving the option again\n"
		"      --hook=NAME=ALT   force an alternative\n"
		"  -c, --count=N         end after N events\n"
		"      --duration=TIME   end after TIME\n"
		"      --even=N          call back\n"
		"\n"
		"Output:\n"
		"  -J, --json            JSON Lines\n"
		"  -r, --raw             raw\n"
		"  -l, --list            a list\n"
		"  -T, --tree            a tree\n"
		"  -o, --output=LIST     columns\n"
		"      --color=WHEN      colour\n"
		"  -m, --mount[=FILE]    mount namespace\n"
		"  -q                    say less\n"
		"\n"
		"Other:\n"
		"  -h, --help            show this help\n"
		"  -V, --version         show the version\n"
		"\n"
		"Examples:\n"
		"  nswatch demo -J     JSON for other programs\n"
		"  nswatch demo -- sh  a shell\n"
		"\n"
		"Exit status:\n"
		"  0  all went well\n"
		"  2  wrong usage\n");
}

/* Whatever the width: no line is longer, unless one word is. */
static void test_help_width(void **state)
{
	for (unsigned int width = 40; width < 130; width += 3) {
		auto_free char *text = help_at(width);

		for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
			if (strlen(line) > width)
				fail_msg("width %u: '%s'", width, line);
	}
}

/* --- completion and manual page --- */

static const struct opts_spec *const specs[] = {&spec};

static char *completion(enum opts_shell shell)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	opts_completion(shell, "nswatch", specs, 1, f);
	fclose(f);
	return text;
}

/* What bash itself offers for the words, joined by blanks. */
static const char *bash_offers(const char *words, char *dst, size_t size)
{
	static const char script[] = "eval \"$GEN\"; eval \"COMP_WORDS=($WORDS)\";"
				     "COMP_CWORD=$((${#COMP_WORDS[@]} - 1));"
				     "_nswatch nswatch \"${COMP_WORDS[COMP_CWORD]}\""
				     " \"${COMP_WORDS[COMP_CWORD - 1]}\"; echo \"${COMPREPLY[*]}\"";
	auto_free char *text = completion(OPTS_BASH);
	auto_free char *cmd = NULL;
	FILE *f;

	setenv("GEN", text, 1);
	setenv("WORDS", words, 1);
	assert_true(asprintf(&cmd, "bash --norc -c '%s'", script) > 0);
	f = popen(cmd, "r");
	assert_non_null(f);
	if (!fgets(dst, (int)size, f))
		dst[0] = '\0';
	assert_int_equal(pclose(f), 0);
	dst[strcspn(dst, "\n")] = '\0';
	return dst;
}

static void test_bash_completion(void **state)
{
	static const struct {
		const char *words, *offers;
	} cases[] = {
		{"nswatch \"\"", "demo --help --version"},
		{"nswatch demo --co", "--count --color"},
		{"nswatch --co", "--count --color"}, /* the first command's */
		{"nswatch -J --color \"\"", "auto always never"},
		{"nswatch demo --color \"\"", "auto always never"},
		{"nswatch demo --color = al", "always"},
		{"nswatch demo --color =", "auto always never"},
		{"nswatch demo -J --old", ""},
		{"nswatch demo --count \"\"", ""},
		{"nswatch demo -o /etc/passw", "/etc/passwd"},
		{"nswatch demo --mount /etc/passw", "/etc/passwd"}, /* the operand */
		{"nswatch demo -- cat /etc/passw", "/etc/passwd"},
	};
	auto_free char *text = completion(OPTS_BASH);
	char got[4096];

	assert_null(strstr(text, "old-"));
	if (system("bash -c true >/dev/null 2>&1"))
		skip();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bash_offers(cases[i].words, got, sizeof(got));
		/* /etc/passwd- stands beside it on many machines. */
		if (cases[i].offers[0] == '/' ? !strstr(got, cases[i].offers)
					      : !!strcmp(got, cases[i].offers))
			fail_msg("%s: offers '%s'", cases[i].words, got);
	}
}

static void test_zsh_and_fish_completion(void **state)
{
	auto_free char *zsh = completion(OPTS_ZSH);
	auto_free char *fish = completion(OPTS_FISH);

	assert_ptr_equal(strstr(zsh, "#compdef nswatch\n"), zsh);
	assert_non_null(strstr(zsh, "\t\t'--color=[colour]:WHEN:(auto always never)' \\\n"));
	assert_non_null(strstr(zsh, "\t\t'-m[mount namespace]' \\\n"));
	assert_non_null(strstr(zsh, "\t\t'--mount=-[mount namespace]::FILE: ' \\\n"));
	assert_null(strstr(zsh, "old-name"));
	assert_non_null(
		strstr(fish, " -s o -l output -x -a '(__fish_complete_path)' -d 'columns'\n"));
	assert_non_null(strstr(fish, " -l color -x -a 'auto always never' -d 'colour'\n"));
	assert_non_null(
		strstr(fish, "-n '__fish_use_subcommand; or __fish_seen_subcommand_from demo'"));
	assert_null(strstr(fish, "old-name"));
}

static void test_quoting_of_generated_text(void **state)
{
	static const struct opt odd[] = {
		{'x', "odd", "A B", OPT_T_FLAG, .help = "it's [odd]: a\\b\n.Sh NO"},
		{'y', NULL, NULL, OPT_T_FLAG, .help = "read-only (--no-write)"},
	};
	static const struct opts_spec odd_spec = {.name = "odd", .rows = odd, .nrows = 2};
	const struct opts_spec *const odd_specs[] = {&odd_spec};
	auto_free char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	opts_completion(OPTS_ZSH, "odd", odd_specs, 1, f);
	opts_man(&odd_spec, f);
	fclose(f);
	assert_non_null(strstr(text, "'-x+[it'\\''s \\[odd\\]\\: a\\\\b .Sh NO]:A B: '"));
	assert_non_null(strstr(text, ".It Fl x , Fl \\-\\&odd Ns = Ns Ar \\&A\\ B\n"
				     "it's [odd]: a\\eb\n"
				     "\\&.Sh NO\n"));
	assert_non_null(strstr(text, "\nread-only (\\-\\-no\\-write)\n"));
}

static void test_man_page(void **state)
{
	auto_free char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	opts_man(&spec, f);
	fclose(f);
	assert_ptr_equal(
		strstr(text, ".Sh OPTIONS\n"
			     ".Ss Choose\n"
			     ".Bl -tag -width Ds\n"
			     ".It Fl e , Fl \\-\\&event Ns = Ns Ar \\&KIND\\&,\\&.\\&.\\&.\n"),
		text);
	assert_non_null(strstr(text, ".It Fl m , Fl \\-\\&mount Ns Oo Ns = Ns Ar \\&FILE Ns Oc\n"
				     "mount namespace\n"));
	assert_non_null(strstr(text, ".It Fl q\nsay less\n.El\n.Ss Other\n"));
	assert_null(strstr(text, "old"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_optional_argument),
		cmocka_unit_test(test_given_or_not),
		cmocka_unit_test(test_operands),
		cmocka_unit_test(test_dashes_as_argument),
		cmocka_unit_test(test_permute),
		cmocka_unit_test(test_no_operands),
		cmocka_unit_test(test_help_and_version),
		cmocka_unit_test(test_bad_values),
		cmocka_unit_test(test_callback),
		cmocka_unit_test(test_long_value_is_cut),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_abbreviations),
		cmocka_unit_test(test_arguments_missing_or_too_many),
		cmocka_unit_test(test_exclusive),
		cmocka_unit_test(test_null_err),
		cmocka_unit_test(test_help_text),
		cmocka_unit_test(test_help_width),
		cmocka_unit_test(test_bash_completion),
		cmocka_unit_test(test_zsh_and_fish_completion),
		cmocka_unit_test(test_quoting_of_generated_text),
		cmocka_unit_test(test_man_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
