// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/fd.h"
#include "lib/near.h"
#include "lib/opts.h"
#include "lib/parse.h"

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
