// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/util.h"

static void err_fill(struct err *err, int code, const char *fmt, va_list ap)
{
	err->code = code;
	err->hint[0] = '\0';
	vsnprintf(err->what, sizeof(err->what), fmt, ap);
}

const char *errno_name(int code)
{
	/* What fork(2) returns inside the kernel before the call is restarted. */
	static const char *const inner[] = {
		"ERESTARTSYS", "ERESTARTNOINTR", "ERESTARTNOHAND", "ENOIOCTLCMD"};

	if (code < 0 && code != INT_MIN)
		code = -code;
	if (code >= 512 && code < 512 + (int)(ARRAY_SIZE(inner)))
		return inner[code - 512];
	if (code == ENOTSUPP)
		return "ENOTSUPP";
	return code > 0 ? strerrorname_np(code) : NULL;
}

const char *errno_word(int code)
{
	const char *name = errno_name(code);

	return name ? name : "an unknown error";
}

const char *errno_text(int code)
{
	if (code == -ENOTSUPP)
		return "not supported by this kernel (ENOTSUPP)";
	return strerror(code < 0 && code != INT_MIN ? -code : code);
}

int err_set(struct err *err, int code, const char *fmt, ...)
{
	size_t len;
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	err_fill(err, code, fmt, ap);
	va_end(ap);
	len = strlen(err->what);
	if (code < 0)
		snprintf(err->what + len, sizeof(err->what) - len, ": %s", errno_text(code));
	return code;
}

int err_say(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	err_fill(err, code, fmt, ap);
	va_end(ap);
	return code;
}

void err_hint(struct err *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return;
	va_start(ap, fmt);
	vsnprintf(err->hint, sizeof(err->hint), fmt, ap);
	va_end(ap);
}

/* --- log --------------------------------------------------------------------------------- */

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
