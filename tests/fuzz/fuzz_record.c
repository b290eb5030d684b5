// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz_record.c - any bytes as one record: decoded, and shown in every way. */
#include <errno.h>
#include <stddef.h>

#include "fuzz/render.h"

static void record(const void *rec, size_t size, int64_t wall_offset)
{
	struct event ev = {0};
	struct err err = {0};
	int r = event_decode(rec, size, wall_offset, &ev, &err);

	if (r) {
		MUST(r == -EBADMSG && !ev.schema && err.code == r);
		check_err(&err);
	} else {
		render(&ev);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint16_t len = (uint16_t)size;
	char *rec = malloc(size);

	memcpy(rec, data, size);
	record(rec, size, 0);
	/* A length that fits, so that what is behind the header is reached. */
	if (size >= sizeof(struct ev_hdr) && size <= UINT16_MAX) {
		memcpy(rec + offsetof(struct ev_hdr, size), &len, sizeof(len));
		record(rec, size, 1795560000000000000LL);
	}
	free(rec);
	return 0;
}
