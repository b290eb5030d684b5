// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/fd.h"
#include "kernel/ksyms.h"
#include "lib/array.h"
#include "lib/hash.h"

/*
 * Hashes of all names, sorted: 1 MB where the names would take 4. Two names
 * with one hash of 64 bits are not to be expected among 200,000.
 */
static struct {
	uint64_t *hash;
	size_t n, cap;
	bool tried;
} syms;

size_t ksyms_name(const char *line, size_t len, const char **ret)
{
	const char *end = line + len, *p = memchr(line, ' ', len);
	size_t n = 0;

	/* ADDRESS TYPE NAME[\t[MODULE]] */
	if (!p || end - p < 4 || p[2] != ' ')
		return 0;
	p += 3;
	while (p + n < end && p[n] != '\t' && p[n] != '\n')
		n++;
	*ret = p;
	return n;
}

static int syms_add(const char *line, size_t len)
{
	const char *name;
	size_t n = ksyms_name(line, len, &name);

	if (!n)
		return 0;
	if (ARRAY_ROOM(syms.hash, syms.cap, syms.n))
		return -ENOMEM;
	syms.hash[syms.n++] = hash_add(HASH_BEGIN, name, n);
	return 0;
}

static int hash_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int syms_load(void)
{
	auto_fd int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	char part[65536];
	size_t kept = 0;

	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t n = read(fd, part + kept, sizeof(part) - kept);
		char *line = part, *nl;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		kept += (size_t)n;
		while ((nl = memchr(line, '\n', kept - (size_t)(line - part)))) {
			if (syms_add(line, (size_t)(nl - line)))
				return -ENOMEM;
			line = nl + 1;
		}
		kept -= (size_t)(line - part);
		memmove(part, line, kept);
		if (kept == sizeof(part))
			return -EINVAL;
	}
	qsort(syms.hash, syms.n, sizeof(*syms.hash), hash_cmp);
	return 0;
}

bool ksyms_known(void)
{
	if (!syms.tried && syms_load())
		syms.n = 0;
	syms.tried = true;
	return syms.n;
}

bool ksyms_has(const char *name)
{
	uint64_t h = hash_add(HASH_BEGIN, name, strlen(name));

	return ksyms_known() && bsearch(&h, syms.hash, syms.n, sizeof(h), hash_cmp);
}

void ksyms_release(void)
{
	free(syms.hash);
	memset(&syms, 0, sizeof(syms));
}
