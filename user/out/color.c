// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "out/color.h"

static const char *const palette[ROLES] = {
	[ROLE_PLAIN] = "",
	[ROLE_HEADING] = "\033[1m",
	[ROLE_BEGIN] = "\033[32m",
	[ROLE_MOVE] = "\033[36m",
	[ROLE_END] = "\033[33m",
	[ROLE_FAIL] = "\033[1;31m",
	[ROLE_DIM] = "\033[2m",
	[ROLE_GOOD] = "\033[32m",
	[ROLE_WARN] = "\033[33m",
};

bool color_enabled(enum color_when when, int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when != COLOR_AUTO)
		return when == COLOR_ALWAYS;
	return !(no && *no) && term && strcmp(term, "dumb") && isatty(fd);
}

const char *color_on(bool on, enum color_role role)
{
	return on ? palette[role] : "";
}

const char *color_off(bool on, enum color_role role)
{
	return on && *palette[role] ? "\033[0m" : "";
}
