// SPDX-License-Identifier: GPL-2.0-or-later
/* mounts_parse against any bytes: every row it makes must be sound. */
#include <stdlib.h>
#include <string.h>

#include "kernel/mountinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_mounts struct ns_mounts m = {0};

	if (mounts_parse(&m, (const char *)data, size, 1))
		abort();
	for (size_t i = 0; i < m.n; i++) {
		const struct ns_mount *row = &m.rows[i];

		if (row->type >= NS_TYPES || !row->inum || row->path >= m.text.len)
			abort();
		if (strlen(mounts_path(&m, row)) >= m.text.len - row->path)
			abort();
	}
	return 0;
}
