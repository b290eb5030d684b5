// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz_recfile.c - any bytes as a recording: every record that is given out can be decoded or
 * refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "event/decode.h"
#include "event/recfile.h"
#include "fuzz/text.h"
#include "lib/fd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take(void *ctx, const void *data, size_t size)
{
	size_t *n = ctx;
	struct event ev;
	struct err err = {0};

	if ((uintptr_t)data % 8)
		abort();
	if (event_decode(data, size, 0, &ev, &err))
		err_is_said(&err);
	++*n;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_fd int fd = memfd_create("recording", MFD_CLOEXEC);
	struct recfile *r = NULL;
	struct err err = {0};
	size_t n = 0, len;
	char path[32];
	const char *v;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 || fd_write_all(fd, data, size))
		abort();
	if (recfile_open(path, &r, &err)) {
		err_is_said(&err);
		return 0;
	}
	v = recfile_meta_get(r, "hooks", &len);
	if (v && (v < recfile_meta(r) || v + len > recfile_meta(r) + strlen(recfile_meta(r))))
		abort();
	if (recfile_read(r, take, &n, NULL, &err))
		err_is_said(&err);
	if (recfile_count(r) != n)
		abort();
	recfile_close(r);
	return 0;
}
