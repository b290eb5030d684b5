// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/opts.h"
#include "lib/parse.h"

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
