// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/features_text.h"

int status_field(const char *text, const char *name, int base, uint64_t *ret)
{
	size_t len = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		unsigned long long v;
		char *end;

		line += *line == '\n';
		if (strncmp(line, name, len) || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, " \t");
		if (!isxdigit((unsigned char)*line))
			return -EINVAL;
		errno = 0;
		v = strtoull(line, &end, base);
		if (errno || (*end && *end != '\n'))
			return -EINVAL;
		*ret = v;
		return 0;
	}
	return -ENOENT;
}

static const char *const lockdown_names[] = {
	[LOCKDOWN_UNKNOWN] = "unknown",
	[LOCKDOWN_NONE] = "none",
	[LOCKDOWN_INTEGRITY] = "integrity",
	[LOCKDOWN_CONFIDENTIALITY] = "confidentiality",
};

const char *features_lockdown_name(enum features_lockdown mode)
{
	return lockdown_names[mode];
}

enum features_lockdown lockdown_parse(const char *text)
{
	const char *open = strchr(text, '[');
	size_t len = open ? strcspn(open + 1, "]") : 0;

	for (int m = LOCKDOWN_NONE; open && m <= LOCKDOWN_CONFIDENTIALITY; m++)
		if (strlen(lockdown_names[m]) == len && !strncmp(open + 1, lockdown_names[m], len))
			return (enum features_lockdown)m;
	return LOCKDOWN_UNKNOWN;
}

bool lsm_has(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (*list) {
		size_t n = strcspn(list, ",\n");

		if (n == len && !strncmp(list, name, n))
			return true;
		list += n + (list[n] != '\0');
	}
	return false;
}

void lsm_ids_format(const uint64_t *ids, size_t n, char *buf, size_t size)
{
	/* From 100 on, as in linux/lsm.h: numbers are never given anew. */
	static const char *const names[] = {"capability", "selinux", "smack", "tomoyo", "apparmor",
		"yama", "loadpin", "safesetid", "lockdown", "bpf", "landlock", "ima", "evm", "ipe"};
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < n && len < size; i++) {
		uint64_t k = ids[i] - 100;
		int r;

		if (k < sizeof(names) / sizeof(names[0]))
			r = snprintf(buf + len, size - len, "%s%s", i ? "," : "", names[k]);
		else
			r = snprintf(buf + len, size - len, "%s%llu", i ? "," : "",
				(unsigned long long)ids[i]);
		len += (size_t)r;
	}
}
