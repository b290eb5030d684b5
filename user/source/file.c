// SPDX-License-Identifier: GPL-2.0-or-later
/* file.c - events of a recording. */
#include <errno.h>
#include <stdlib.h>

#include "event/recfile.h"
#include "lib/caps.h"
#include "source/file.h"

struct filed {
	struct recfile *file;
	bool ended;
};

static int filed_fd(const void *source)
{
	const struct filed *f = source;

	return recfile_fd(f->file);
}

static int filed_take(void *source, source_sink sink, void *ctx, struct err *err)
{
	struct filed *f = source;
	uint64_t before = recfile_count(f->file);
	int r = recfile_take(f->file, sink, ctx, err);

	f->ended = r <= 0;
	return r < 0 ? r : (int)(recfile_count(f->file) - before);
}

static bool filed_ended(const void *source)
{
	const struct filed *f = source;

	return f->ended;
}

static int64_t filed_wall_offset(const void *source)
{
	const struct filed *f = source;

	return recfile_wall_offset(f->file);
}

static const char *filed_host(const void *source, size_t *len)
{
	const struct filed *f = source;

	return recfile_host(f->file, len);
}

static bool filed_user(const void *source, uint32_t uid, const char **ret)
{
	const struct filed *f = source;

	return recfile_user(f->file, uid, ret);
}

static const struct whose *filed_whose(void *source, uint64_t cgroup_id)
{
	const struct filed *f = source;

	return recfile_whose(f->file, cgroup_id);
}

static uint64_t filed_owner(void *source, uint32_t inum)
{
	const struct filed *f = source;

	return recfile_owner(f->file, inum);
}

static const char *filed_ns_name(void *source, uint32_t inum)
{
	const struct filed *f = source;

	return recfile_ns_name(f->file, inum);
}

static void filed_known(const void *source, bool *ret_owners, bool *ret_names)
{
	const struct filed *f = source;

	recfile_known(f->file, ret_owners, ret_names);
}

static void filed_initials(const void *source, uint32_t ret[NS_TYPES])
{
	const struct filed *f = source;

	recfile_initials(f->file, ret);
}

static void filed_close(void *source)
{
	struct filed *f = source;

	recfile_close(f->file);
	free(f);
}

static const struct source_ops filed_ops = {
	.fd = filed_fd,
	.take = filed_take,
	.ended = filed_ended,
	.wall_offset = filed_wall_offset,
	.host = filed_host,
	.user = filed_user,
	.whose = filed_whose,
	.owner = filed_owner,
	.ns_name = filed_ns_name,
	.known = filed_known,
	.initials = filed_initials,
	.close = filed_close,
};

int filed_open(const char *path, struct source *ret, struct err *err)
{
	struct filed *f;
	int r = filecaps_limit(0, err);

	if (r)
		return r;
	f = calloc(1, sizeof(*f));
	if (!f)
		return err_set(err, -ENOMEM, "read %s", path);
	r = recfile_open(path, &f->file, err);
	if (r) {
		free(f);
		return r;
	}
	*ret = (struct source){.ops = &filed_ops, .self = f};
	return 0;
}

const struct recfile *filed_recording(const struct source *s)
{
	const struct filed *f = s->self;

	return f->file;
}
