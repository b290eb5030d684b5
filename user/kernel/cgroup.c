// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <linux/types.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/wire/config.h"
#include "kernel/cgroup.h"
#include "lib/fd.h"
#include "lib/util.h"

/* The number of the hierarchy of a controller; 0: cgroup2, or there is no such controller. */
static unsigned long hierarchy_of(const char *text, const char *controller)
{
	size_t len = strlen(controller);

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (!strncmp(line, controller, len) && line[len] == '\t')
			return strtoul(line + len, NULL, 10);
	return 0;
}

/* systemd has every unit in the first, whatever it accounts. */
static const struct {
	const char *controller;
	uint32_t v1;
} rows[] = {
	{"pids", CGROUP_V1_PIDS},
	{"memory", CGROUP_V1_MEMORY},
	{"devices", CGROUP_V1_DEVICES},
};

const char *cgroup_hierarchy_name(uint32_t v1)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].v1 == v1)
			return rows[i].controller;
	return "";
}

uint32_t cgroup_hierarchy_parse(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (hierarchy_of(text, rows[i].controller))
			return rows[i].v1;
	return CGROUP_V2;
}

uint32_t cgroup_hierarchy(void)
{
	char text[4096];

	if (fd_read_file(AT_FDCWD, "/proc/cgroups", text, sizeof(text)) <= 0)
		return CGROUP_V2;
	return cgroup_hierarchy_parse(text);
}

bool cgroup_line_next(const char **text, struct cgroup_line *ret)
{
	while (**text) {
		const char *line = *text, *end = strchrnul(line, '\n');
		const char *list = memchr(line, ':', (size_t)(end - line));
		const char *path = list ? memchr(list + 1, ':', (size_t)(end - list - 1)) : NULL;

		*text = *end ? end + 1 : end;
		if (!path)
			continue;
		*ret = (struct cgroup_line){
			list + 1, (size_t)(path - list - 1), path + 1, (size_t)(end - path - 1)};
		return true;
	}
	return false;
}

bool cgroup_line_is(const struct cgroup_line *l, const char *hierarchy)
{
	size_t len = strlen(hierarchy);

	/* "pids", or among "cpu,pids"; nothing of cgroup2. */
	for (const char *word = l->list, *end = word + l->list_len; word <= end;) {
		const char *comma = memchr(word, ',', (size_t)(end - word));
		size_t is = (size_t)((comma ? comma : end) - word);

		if (is == len && !memcmp(word, hierarchy, len))
			return true;
		word += is + 1;
	}
	return false;
}
