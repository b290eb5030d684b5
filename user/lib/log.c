// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/log.h"

static const char *name = "nswatch";
static void (*escaped)(struct buf *b, const char *s, size_t len) = buf_add;

void log_set_name(const char *n)
{
	name = n;
}

const char *log_name(void)
{
	return name;
}

void log_set_escape(void (*escape)(struct buf *b, const char *s, size_t len))
{
	escaped = escape ? escape : buf_add;
}

/* In one write, so that lines of several processes do not mix. */
static void line_put(const char *before, const char *s, size_t len)
{
	auto_buf struct buf b = {0};

	if (before)
		buf_printf(&b, "%s: ", before);
	escaped(&b, s, len);
	buf_putc(&b, '\n');
	fwrite(b.s, 1, b.len, stderr);
}

void log_text(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		line_put(NULL, text, len);
		text += len + (text[len] == '\n');
	}
}

void log_say(const char *fmt, ...)
{
	auto_buf struct buf b = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	line_put(name, b.s ? b.s : "", b.len);
}

void log_err(const struct err *err)
{
	line_put(name, err->what, strlen(err->what));
	if (err->hint[0])
		line_put(name, err->hint, strlen(err->hint));
}
