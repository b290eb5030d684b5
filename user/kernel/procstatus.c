// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/procstatus.h"

int procstatus_read(int dirfd, const char *path, struct buf *b)
{
	size_t start = b->len;
	int r = buf_read_file(b, dirfd, path, PROCSTATUS_MAX);

	return !r && b->len == start ? -ESRCH : r;
}

const char *procstatus_line(const char *status, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = status; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, len) && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, " \t");
	}
	return NULL;
}

int procstatus_num(const char *status, const char *key, int base, uint64_t *ret)
{
	const char *p = procstatus_line(status, key);
	unsigned long long v;
	char *end;

	if (!p)
		return -ENOENT;
	if (!isxdigit((unsigned char)*p))
		return -EINVAL;
	errno = 0;
	v = strtoull(p, &end, base);
	if (errno || !strchr("\t\n", *end)) /* or the end */
		return -EINVAL;
	*ret = v;
	return 0;
}

/* The next number of a line; NULL behind the last. */
static const char *line_number(const char *p, uint32_t *ret)
{
	char *end;

	p += strspn(p, " \t");
	if (!isdigit((unsigned char)*p))
		return NULL;
	*ret = (uint32_t)strtoul(p, &end, 10);
	return end;
}

int procstatus_nth(const char *status, const char *key, unsigned int nth, uint32_t *ret)
{
	const char *p = procstatus_line(status, key);
	uint32_t v = 0;

	if (!p)
		return -ENOENT;
	for (unsigned int i = 0; p && i <= nth; i++)
		p = line_number(p, &v);
	if (!p)
		return -EINVAL;
	*ret = v;
	return 0;
}

int procstatus_nspids(const char *status, uint32_t *ret_pids, size_t max)
{
	const char *p = procstatus_line(status, "NSpid");
	uint32_t pid;
	size_t n = 0;

	for (p = p ? line_number(p, &pid) : NULL; p; p = line_number(p, &pid)) {
		if (n == max)
			return -EINVAL;
		ret_pids[n++] = pid;
	}
	return n ? (int)n : -EINVAL;
}
