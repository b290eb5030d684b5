// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz_cgroup.c - any text as /proc/PID/cgroup. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/text.h"
#include "ns/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_buf struct buf b = {0};
	char *text = malloc(size + 1);
	struct container c;

	memcpy(text, data, size);
	text[size] = '\0';
	if (!container_parse(text, &c)) {
		/* One component of a path: its files are below the directories of runtimes only. */
		if (!c.runtime || !c.id[0] || strpbrk(c.id, "/\n") || strpbrk(c.pod, "/\n"))
			abort();
		container_format(&c, "/nonexistent", &b);
		if (!b.len)
			abort();
	}
	free(text);
	return 0;
}
