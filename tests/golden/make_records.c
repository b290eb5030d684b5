// SPDX-License-Identifier: GPL-2.0-or-later
/* make_records.c - writes the samples as a recording: make_records FILE [KIND...], all kinds by
 * default. */
#include <stdio.h>
#include <string.h>

#include "event/naming.h"
#include "event/recfile.h"
#include "event/schema.h"
#include "golden/samples.h"

/* The names of the users that the samples are of; others have none. */
static const char *user_name(uint32_t uid)
{
	return uid == 0 ? "root" : uid == 1000 ? "al\033[1mice" : NULL;
}

static int kind_wanted(unsigned int kind, char **kinds)
{
	const struct ev_schema *schema = schema_of(kind);

	if (!*kinds)
		return 1;
	for (; *kinds; kinds++)
		if (schema && !strcmp(schema->name, *kinds))
			return 1;
	return 0;
}

static int write_samples(struct recfile_writer *w, char **kinds, struct err *err)
{
	static struct samples all;
	int rc = 0;

	samples_make(&all);
	for (size_t i = 0; i < all.n && !rc; i++) {
		if (!kind_wanted(all.rec[i].hdr.kind, kinds))
			continue;
		namings_user(recfile_namings(w), all.rec[i].hdr.uid, user_name(all.rec[i].hdr.uid));
		rc = recfile_write(w, &all.rec[i], all.rec[i].hdr.size, err);
	}
	return rc;
}

int main(int argc, char **argv)
{
	auto_buf struct buf meta = {0};
	struct recfile_writer *w;
	struct err err = {0};
	int rc;

	if (argc < 2) {
		fputs("usage: make_records FILE [KIND...]\n", stderr);
		return 2;
	}
	recfile_meta_add(&meta, "hostname", "golden");
	recfile_meta_add(&meta, "kernel", "6.18.0");
	recfile_meta_add(&meta, "hooks", "unshare by fentry, exec by tracepoint");
	rc = recfile_create(argv[1], SAMPLES_WALL_OFFSET, &meta, &w, &err);
	if (!rc)
		rc = write_samples(w, argv + 2, &err) ? -1 : recfile_finish(w, &err);
	if (rc)
		fprintf(stderr, "make_records: %s\n", err.what);
	return rc ? 1 : 0;
}
