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

unsigned int wrap_terminal(void)
{
	const char *env = getenv("COLUMNS");
	struct winsize ws;
	uint64_t v;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) && ws.ws_col)
		return ws.ws_col;
	return env && !parse_u64(env, 1, 10000, &v) ? (unsigned int)v : 80;
}
