// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/statedir.h"

int statedir_own(struct buf *ret, struct err *err)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && *state == '/')
		buf_printf(ret, "%s/nswatch", state);
	else if (home && *home == '/')
		buf_printf(ret, "%s/.local/state/nswatch", home);
	else
		return err_say(err, -ENOENT, "no place for what is kept: HOME is not set");
	return 0;
}

const char *statedir_host(const char *usual)
{
	const char *dir = getenv("STATE_DIRECTORY");

	return dir && *dir == '/' && !strchr(dir, ':') ? dir : usual;
}

int statedir_make(char *path, struct err *err)
{
	for (char *at = path + 1;; at++) {
		char was = *at;

		if (was && was != '/')
			continue;
		*at = '\0';
		if (mkdir(path, 0700) && errno != EEXIST)
			return err_set(err, -errno, "make %s", path);
		*at = was;
		if (!was)
			return 0;
	}
}
