// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/parse.h"
#include "out/escape.h"
#include "out/wrap.h"

void wrap_text(struct buf *b, const char *s, const struct wrap *w)
{
	size_t col = w->at;
	bool first = true;

	buf_puts(b, w->on ? w->on : "");
	for (;;) {
		size_t blanks = strspn(s, " "), n = strcspn(s + blanks, " "), width;

		if (!n)
			break;
		s += blanks;
		width = text_width(s, n);
		if (w->width && !first && col + blanks + width > w->width) {
			buf_puts(b, w->off ? w->off : "");
			buf_putc(b, '\n');
			buf_pad(b, ' ', w->indent);
			buf_puts(b, w->on ? w->on : "");
			col = w->indent;
		} else if (!first) {
			buf_pad(b, ' ', blanks);
			col += blanks;
		}
		buf_add(b, s, n);
		col += width;
		first = false;
		s += n;
	}
	buf_puts(b, w->off ? w->off : "");
}

/* What the terminal says, then what the environment does. */
static unsigned int terminal_size(bool lines, const char *name, unsigned int otherwise)
{
	const char *env = getenv(name);
	struct winsize ws = {0};
	unsigned int said;
	uint64_t v;

	if (!isatty(STDOUT_FILENO))
		return 0;
	ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws);
	said = lines ? ws.ws_row : ws.ws_col;
	if (said)
		return said;
	return env && !parse_u64(env, 1, 10000, &v) ? (unsigned int)v : otherwise;
}

unsigned int wrap_terminal(void)
{
	return terminal_size(false, "COLUMNS", 80);
}

unsigned int wrap_terminal_lines(void)
{
	return terminal_size(true, "LINES", 24);
}
