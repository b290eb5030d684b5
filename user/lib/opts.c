// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/fd.h"
#include "lib/opts.h"
#include "lib/parse.h"
#include "lib/text.h"

/* Long options return their row plus this, so that no letter is mistaken for them. */
#define LONG_BASE 256

#define NAME_MAX_ 48

/* One run of the parser. */
struct parser {
	const struct opts_spec *spec;
	void *opts;
	const struct opt *by_bit[32]; /* who took a bit of .exclude first */
	struct err *err;
};

/* How messages call an option: "--count", "-x". */
static const char *opt_name(const struct opt *o, char *dst)
{
	if (o->name)
		snprintf(dst, NAME_MAX_, "--%s", o->name);
	else
		snprintf(dst, NAME_MAX_, "-%c", o->letter);
	return dst;
}

/* What the user typed, for a one-line message: short and without control characters. */
static const char *arg_show(const char *arg, char dst[80])
{
	size_t i;

	for (i = 0; arg[i] && i < 64; i++)
		dst[i] = (unsigned char)arg[i] < 0x20 || arg[i] == 0x7f ? '?' : arg[i];
	strcpy(dst + i, arg[i] ? "..." : "");
	return dst;
}

static int opt_bad(const struct opt *o, const char *arg, const char *expect, struct err *err)
{
	char name[NAME_MAX_], shown[80];

	return err_say(err, -EINVAL, "%s: '%s' is not %s", opt_name(o, name), arg_show(arg, shown),
		expect);
}

/* --- lists --- */

void opt_list_add(struct opt_list *l, const char *s, size_t len)
{
	char **v = realloc(l->v, (l->n + 1) * sizeof(*v));
	char *copy = strndup(s, len);

	if (!v || !copy) {
		fputs("nswatch: out of memory\n", stderr);
		_Exit(1);
	}
	l->v = v;
	v[l->n++] = copy;
}

void opt_list_free(struct opt_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct opt_list){0};
}

void opts_free(const struct opts_spec *spec, void *opts)
{
	for (size_t i = 0; i < spec->nrows; i++)
		if (spec->rows[i].type == OPT_T_LIST)
			opt_list_free((struct opt_list *)((char *)opts + spec->rows[i].off));
}

/* --- one reader per type --- */

typedef int (*store_fn)(const struct opt *o, const char *arg, void *at, struct err *err);

static int store_flag(const struct opt *o, const char *arg, void *at, struct err *err)
{
	*(bool *)at = true;
	return 0;
}

static int store_set(const struct opt *o, const char *arg, void *at, struct err *err)
{
	*(int *)at = o->set;
	return 0;
}

static int store_str(const struct opt *o, const char *arg, void *at, struct err *err)
{
	*(const char **)at = arg;
	return 0;
}

static int store_u64(const struct opt *o, const char *arg, void *at, struct err *err)
{
	uint64_t max = o->max ? o->max : UINT64_MAX;
	char name[NAME_MAX_], shown[80];
	int r;

	if (!arg)
		return 0;
	r = parse_u64(arg, o->min, max, at);
	if (!r)
		return 0;
	if (r == -EINVAL)
		return opt_bad(o, arg, "a number", err);
	if (max == UINT64_MAX)
		return err_say(err, -EINVAL, "%s: '%s' is out of range (%llu or more)",
			opt_name(o, name), arg_show(arg, shown), (unsigned long long)o->min);
	return err_say(err, -EINVAL, "%s: '%s' is out of range (%llu to %llu)", opt_name(o, name),
		arg_show(arg, shown), (unsigned long long)o->min, (unsigned long long)max);
}

static int store_duration(const struct opt *o, const char *arg, void *at, struct err *err)
{
	char name[NAME_MAX_], shown[80];
	int r;

	if (!arg)
		return 0;
	r = parse_duration(arg, at);
	if (r == -ERANGE)
		return err_say(err, -EINVAL, "%s: '%s' is out of range", opt_name(o, name),
			arg_show(arg, shown));
	return r ? opt_bad(o, arg, "a duration (5, 500ms, 2m, 1h)", err) : 0;
}

static int store_choice(const struct opt *o, const char *arg, void *at, struct err *err)
{
	char name[NAME_MAX_], shown[80];
	auto_buf struct buf all = {0};
	struct near near;

	if (!arg)
		return 0;
	near = near_to(arg, strlen(arg));
	for (int i = 0; o->choices[i]; i++) {
		if (!strcmp(o->choices[i], arg)) {
			*(int *)at = i;
			return 0;
		}
		buf_printf(&all, "%s%s", i ? ", " : "", o->choices[i]);
		near_try(&near, o->choices[i]);
	}
	err_say(err, -EINVAL, "%s: '%s' is none of %s", opt_name(o, name), arg_show(arg, shown),
		all.s);
	if (near.best)
		err_hint(err, "did you mean '%s'?", near.best);
	return -EINVAL;
}

static int store_list(const struct opt *o, const char *arg, void *at, struct err *err)
{
	char name[NAME_MAX_], shown[80];
	const char *s = arg;

	if (!arg)
		return 0;
	if (!o->commas) {
		opt_list_add(at, arg, strlen(arg));
		return 0;
	}
	for (;;) {
		size_t len = strcspn(s, ",");

		if (!len)
			return err_say(err, -EINVAL, "%s: an empty name in '%s'", opt_name(o, name),
				arg_show(arg, shown));
		opt_list_add(at, s, len);
		if (!s[len])
			return 0;
		s += len + 1;
	}
}

static const store_fn stores[] = {
	[OPT_T_FLAG] = store_flag,
	[OPT_T_SET] = store_set,
	[OPT_T_STR] = store_str,
	[OPT_T_U64] = store_u64,
	[OPT_T_DURATION] = store_duration,
	[OPT_T_CHOICE] = store_choice,
	[OPT_T_LIST] = store_list,
};

static int opt_call(const struct parser *p, const struct opt *o, const char *arg)
{
	struct err local = {0};
	int r = o->call(o, arg, p->opts, &local);

	if (r >= 0)
		return 0;
	if (!local.what[0])
		return opt_bad(o, arg ? arg : "", o->expect ? o->expect : "valid here", p->err);
	if (p->err)
		*p->err = local;
	return -EINVAL;
}

static int opt_exclude(struct parser *p, const struct opt *o)
{
	char name[NAME_MAX_], other[NAME_MAX_];

	for (unsigned int b = 0; b < 32; b++) {
		if (!(o->exclude & (UINT32_C(1) << b)))
			continue;
		if (p->by_bit[b] && p->by_bit[b] != o)
			return err_say(p->err, -EINVAL, "%s and %s exclude each other",
				opt_name(p->by_bit[b], other), opt_name(o, name));
		p->by_bit[b] = o;
	}
	return 0;
}

static int opt_take(struct parser *p, const struct opt *o, const char *arg)
{
	int r = opt_exclude(p, o);

	if (r)
		return r;
	if (o->type == OPT_T_HELP)
		return OPTS_HELP;
	if (o->type == OPT_T_VERSION)
		return OPTS_VERSION;
	if (o->type == OPT_T_CALL)
		r = opt_call(p, o, arg);
	else
		r = stores[o->type](o, arg, (char *)p->opts + o->off, p->err);
	if (!r && o->has)
		*((bool *)p->opts + o->has - 1) = true;
	return r;
}

/* --- getopt_long's view of the table, and what it complains about --- */

static struct option *long_options(const struct opts_spec *spec)
{
	struct option *l = calloc(spec->nrows + 1, sizeof(*l));
	size_t n = 0;

	for (size_t i = 0; l && i < spec->nrows; i++) {
		const struct opt *o = &spec->rows[i];

		if (!o->name)
			continue;
		l[n].name = o->name;
		l[n].has_arg = !o->arg           ? no_argument
			       : o->arg_optional ? optional_argument
						 : required_argument;
		l[n++].val = LONG_BASE + (int)i;
	}
	return l;
}

static void short_options(const struct opts_spec *spec, struct buf *b)
{
	/* ':' in front: a missing argument is told from an unknown option. */
	buf_puts(b, spec->permute ? ":" : "+:");
	for (size_t i = 0; i < spec->nrows; i++) {
		const struct opt *o = &spec->rows[i];

		if (!o->letter)
			continue;
		buf_putc(b, o->letter);
		if (o->arg && !o->letter_plain)
			buf_puts(b, o->arg_optional ? "::" : ":");
	}
}

static const struct opt *row_of(const struct opts_spec *spec, int c)
{
	if (c >= LONG_BASE)
		return &spec->rows[c - LONG_BASE];
	for (size_t i = 0; i < spec->nrows; i++)
		if (spec->rows[i].letter == c)
			return &spec->rows[i];
	return NULL;
}

/* A long name that getopt did not take: unknown, or the beginning of several. */
static int long_unknown(const struct parser *p, const char *word)
{
	size_t len = strcspn(word, "="), begins = 0;
	struct near near = near_to(word, len);
	auto_buf struct buf all = {0};
	char shown[80];

	for (size_t i = 0; i < p->spec->nrows; i++) {
		const struct opt *o = &p->spec->rows[i];

		if (!o->name)
			continue;
		if (!strncmp(o->name, word, len))
			buf_printf(&all, "%s--%s", begins++ ? ", " : "", o->name);
		if (!o->hidden)
			near_try(&near, o->name);
	}
	arg_show(word, shown);
	if (len < 64)
		shown[len] = '\0';
	if (len && begins > 1)
		return err_say(p->err, -EINVAL, "option '--%s' is ambiguous: %s", shown, all.s);
	err_say(p->err, -EINVAL, "unknown option '--%s'", shown);
	if (near.best)
		err_hint(p->err, "did you mean '--%s'?", near.best);
	else
		err_hint(p->err, "'%s --help' shows all options", p->spec->name);
	return -EINVAL;
}

static int opt_missing(const struct parser *p, const struct opt *o)
{
	char name[NAME_MAX_];

	return err_say(p->err, -EINVAL, "%s: needs an argument, %s", opt_name(o, name), o->arg);
}

static int opt_refused(const struct parser *p, const char *word)
{
	char name[NAME_MAX_];

	if (optopt >= LONG_BASE)
		return err_say(p->err, -EINVAL, "%s: takes no argument",
			opt_name(&p->spec->rows[optopt - LONG_BASE], name));
	if (!optopt)
		return long_unknown(p, word + 2);
	err_say(p->err, -EINVAL, "unknown option '-%c'",
		optopt > 0 && isprint(optopt) ? optopt : '?');
	err_hint(p->err, "'%s --help' shows all options", p->spec->name);
	return -EINVAL;
}

int opts_parse(const struct opts_spec *spec, int argc, char **argv, void *opts,
	struct opts_rest *ret, struct err *err)
{
	struct parser p = {.spec = spec, .opts = opts, .err = err};
	auto_free struct option *longs = long_options(spec);
	auto_buf struct buf shorts = {0};
	int c, r, before;

	if (!longs)
		return err_set(err, -ENOMEM, "%s", spec->name);
	short_options(spec, &shorts);
	opterr = 0;
	optind = 0; /* glibc: forget an earlier run */
	for (before = 1;; before = optind) {
		c = getopt_long(argc, argv, shorts.s, longs, NULL);
		if (c == -1)
			break;
		if (c == ':')
			return opt_missing(&p, row_of(spec, optopt));
		if (c == '?')
			return opt_refused(&p, argv[optind - 1]);
		r = opt_take(&p, row_of(spec, c), optarg);
		if (r)
			return r;
	}
	/* Only "--" is stepped over without being an option. */
	*ret = (struct opts_rest){argc - optind, argv + optind, !spec->permute && optind > before};
	if (spec->no_operands && ret->argc) {
		char shown[80];

		return err_say(
			err, -EINVAL, "unexpected operand '%s'", arg_show(ret->argv[0], shown));
	}
	return OPTS_RUN;
}

/* --- opts_help --------------------------------------------------------------------------- */

#define LEFT_MAX 30 /* what is wider stands on a line of its own */

/* Columns of UTF-8 text without wide or combining characters, as our own tables are. */
static size_t text_width(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

/* Words of text from column at, broken before width and continued at indent. */
static void wrap(FILE *f, const char *text, size_t at, size_t indent, size_t width)
{
	bool first = true;

	for (;;) {
		size_t len, w;

		text += strspn(text, " ");
		if (*text == '\n') {
			fprintf(f, "\n%*s", text[1] == '\n' ? 0 : (int)indent, "");
			at = indent;
			first = true;
			text++;
			continue;
		}
		len = strcspn(text, " \n");
		if (!len)
			break;
		w = text_width(text, len);
		if (!first && at + 1 + w > width) {
			fprintf(f, "\n%*s", (int)indent, "");
			at = indent;
			first = true;
		}
		fprintf(f, "%s%.*s", first ? "" : " ", (int)len, text);
		at += w + !first;
		first = false;
		text += len;
	}
	fputc('\n', f);
}

static void left_of(const struct opt *o, struct buf *b)
{
	const char *open = o->arg_optional ? "[" : "", *close = o->arg_optional ? "]" : "";

	buf_reset(b);
	if (o->letter)
		buf_printf(b, "-%c", o->letter);
	if (o->name)
		buf_printf(b, "%s--%s", o->letter ? ", " : "    ", o->name);
	if (o->arg)
		buf_printf(b, "%s%s%s%s", open,
			o->name           ? "="
			: o->arg_optional ? ""
					  : " ",
			o->arg, close);
}

/* "  LEFT   TEXT", the text wrapped at its own column. */
static void row_print(FILE *f, const char *left, const char *text, size_t column, size_t width)
{
	size_t at = 2 + text_width(left, strlen(left));

	fprintf(f, "  %s", left);
	if (at + 2 > column)
		fprintf(f, "\n%*s", (int)column, "");
	else
		fprintf(f, "%*s", (int)(column - at), "");
	wrap(f, text, column, column, width);
}

static void options_print(const struct opts_spec *spec, FILE *f, size_t width)
{
	auto_buf struct buf left = {0};
	size_t most = 0, limit = width / 2 < LEFT_MAX ? width / 2 : LEFT_MAX;

	for (size_t i = 0; i < spec->nrows; i++) {
		size_t w;

		left_of(&spec->rows[i], &left);
		w = text_width(left.s, left.len);
		if (!spec->rows[i].hidden && w > most && w <= limit)
			most = w;
	}
	for (size_t i = 0; i < spec->nrows; i++) {
		const struct opt *o = &spec->rows[i];

		if (o->group || !i)
			fprintf(f, "\n%s:\n", o->group ? o->group : "Options");
		if (o->hidden)
			continue;
		left_of(o, &left);
		row_print(f, left.s, o->help ? o->help : "", 2 + most + 2, width);
	}
}

static void usage_print(const struct opts_spec *spec, FILE *f, size_t width)
{
	static const char *const plain[] = {"[OPTION...]", NULL};
	const char *const *u = spec->usage ? spec->usage : plain;
	size_t column = strlen("Usage: ") + strlen(spec->name) + 1;

	for (size_t i = 0; u[i]; i++) {
		fprintf(f, "%s %s ", i ? "      " : "Usage:", spec->name);
		wrap(f, u[i], column, column, width);
	}
}

static void pairs_print(FILE *f, const char *heading, const struct opts_pair *p, size_t width)
{
	size_t most = 0, limit = width / 2;

	if (!p)
		return;
	for (size_t i = 0; p[i].name; i++) {
		size_t w = text_width(p[i].name, strlen(p[i].name));

		if (w > most && w <= limit)
			most = w;
	}
	/* Where nothing fits on the left, every text is indented below its line. */
	fprintf(f, "\n%s:\n", heading);
	for (size_t i = 0; p[i].name; i++)
		row_print(f, p[i].name, p[i].text, most ? 2 + most + 2 : 6, width);
}

unsigned int opts_width(FILE *f)
{
	const char *env = getenv("COLUMNS");
	struct winsize ws;
	uint64_t v;

	if (env && !parse_u64(env, 40, 1000, &v))
		return (unsigned int)v;
	if (isatty(fileno(f)) && !ioctl(fileno(f), TIOCGWINSZ, &ws) && ws.ws_col >= 40)
		return ws.ws_col < 120 ? ws.ws_col : 120;
	return 80;
}

void opts_help(const struct opts_spec *spec, FILE *f, unsigned int width)
{
	if (width < 40)
		width = 40;
	usage_print(spec, f, width);
	if (spec->summary) {
		fputc('\n', f);
		wrap(f, spec->summary, 0, 0, width);
	}
	options_print(spec, f, width);
	if (spec->notes) {
		fputc('\n', f);
		wrap(f, spec->notes, 0, 0, width);
	}
	pairs_print(f, "Examples", spec->examples, width);
	pairs_print(f, "Exit status", spec->exits, width);
}
