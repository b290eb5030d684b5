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
