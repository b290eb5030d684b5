// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>

#include "lib/err.h"
#include "lib/log.h"

static const char *name = "nswatch";
static bool silent;

void log_set_name(const char *n)
{
	name = n;
}

const char *log_name(void)
{
	return name;
}

void log_set_quiet(bool quiet)
{
	silent = quiet;
}

void log_say(const char *fmt, ...)
{
	va_list ap;

	if (silent)
		return;
	va_start(ap, fmt);
	fprintf(stderr, "%s: ", name);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

void log_err(const struct err *err)
{
	fprintf(stderr, "%s: %s\n", name, err->what);
	if (err->hint[0])
		fprintf(stderr, "%s: %s\n", name, err->hint);
}
