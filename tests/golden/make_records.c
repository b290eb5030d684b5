// SPDX-License-Identifier: GPL-2.0-or-later
/* make_records.c - writes the samples as a recording: make_records FILE. */
#include <stdio.h>

#include "event/recfile.h"
#include "golden/samples.h"

static int write_samples(struct recfile_writer *w, struct err *err)
{
	static struct samples all;
	int rc = 0;

	samples_make(&all);
	for (size_t i = 0; i < all.n && !rc; i++)
		rc = recfile_write(w, &all.rec[i], all.rec[i].hdr.size, err);
	return rc;
}

int main(int argc, char **argv)
{
	auto_buf struct buf meta = {0};
	struct recfile_writer *w;
	struct err err = {0};
	int rc;

	if (argc != 2) {
		fputs("usage: make_records FILE\n", stderr);
		return 2;
	}
	recfile_meta_add(&meta, "hostname", "golden");
	recfile_meta_add(&meta, "kernel", "6.18.0");
	recfile_meta_add(&meta, "hooks", "unshare by fentry, exec by tracepoint");
	rc = recfile_create(argv[1], SAMPLES_WALL_OFFSET, &meta, &w, &err);
	if (!rc)
		rc = write_samples(w, &err) ? -1 : recfile_finish(w, &err);
	if (rc)
		fprintf(stderr, "make_records: %s\n", err.what);
	return rc ? 1 : 0;
}
