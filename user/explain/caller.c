// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explain/caller.h"
#include "lib/fd.h"

#define STATUS_MAX 8192

bool caller_num(const struct event *ev, const char *key, int base, uint64_t *ret)
{
	char path[64], text[STATUS_MAX];
	const char *p;

	snprintf(path, sizeof(path), "/proc/%u/task/%u/status", ev->hdr->pid, ev->hdr->tid);
	if (fd_read_file(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return false;
	p = strstr(text, key);
	if (!p)
		return false;
	*ret = strtoull(p + strlen(key), NULL, base);
	return true;
}

bool caller_has(const struct event *ev, unsigned int cap)
{
	uint64_t set;

	return caller_num(ev, "\nCapEff:", 16, &set) && set >> cap & 1;
}

bool caller_unmapped(const struct event *ev, const char *map)
{
	char path[64], text[64];

	snprintf(path, sizeof(path), "/proc/%u/%s", ev->hdr->pid, map);
	return !fd_read_file(AT_FDCWD, path, text, sizeof(text));
}

/*
 * d_path() goes up to where the reader's own root is, or else to the root of the caller's mount
 * namespace: "/", unless the caller is below that. So a sandboxed service can tell, too.
 */
bool caller_chrooted(const struct event *ev)
{
	char path[64], root[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%u/root", ev->hdr->pid);
	n = readlink(path, root, sizeof(root));
	/* Not one that was removed, which may still be the root of all: "/ (deleted)". */
	return n > 1 && root[1] != ' ';
}

bool caller_confined(const struct event *ev, char ret[LABEL_MAX])
{
	static const char mode[] = " (enforce)";
	char path[64], text[LABEL_MAX + sizeof(mode)];
	char *end;
	ssize_t n;

	/* Since 5.8; attr/current may be another security module's. */
	snprintf(path, sizeof(path), "/proc/%u/attr/apparmor/current", ev->hdr->pid);
	n = fd_read_file(AT_FDCWD, path, text, sizeof(text));
	if (n <= 0)
		return false;
	end = strstr(text, mode);
	if (!end || end == text || end - text >= LABEL_MAX)
		return false;
	memcpy(ret, text, (size_t)(end - text));
	ret[end - text] = '\0';
	return true;
}

bool sysctl_num(const char *path, int64_t *ret)
{
	char text[32], *end;

	if (fd_read_file(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return false;
	*ret = strtoll(text, &end, 10);
	return end > text;
}

bool sysctl_is(const char *path, int64_t want)
{
	int64_t v;

	return sysctl_num(path, &v) && v == want;
}

/* A line of /proc/PID/cgroup for each hierarchy: "0::/path" of v2, "9:memory:/path" of v1. */
int memory_cgroup_version(void)
{
	char text[8192];

	if (fd_read_file(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text)) <= 0)
		return 0;
	if (strstr(text, ":memory:") || strstr(text, ",memory:") || strstr(text, ":memory,") ||
		strstr(text, ",memory,"))
		return 1;
	return strstr(text, "0::/") ? 2 : 0;
}
