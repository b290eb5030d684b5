// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fd.h"
#include "lib/caps.h"
#include "lib/inums.h"
#include "kernel/mountinfo.h"
#include "kernel/nstype.h"
#include "lib/array.h"

void mounts_free(struct ns_mounts *m)
{
	free(m->rows);
	buf_free(&m->text);
	memset(m, 0, sizeof(*m));
}

static struct ns_mount *mounts_add(struct ns_mounts *m)
{
	if (ARRAY_ROOM(m->rows, m->cap, m->n))
		return NULL;
	return memset(&m->rows[m->n++], 0, sizeof(*m->rows));
}

/*
 * The kernel writes blank, tab, newline, backslash and # as \ooo. Other
 * backslashes can't come from it and stand for themselves, as does a NUL, which
 * would cut the path.
 */
static void path_decode(struct buf *b, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\\' && len - i > 3 && s[i + 1] >= '0' && s[i + 1] <= '3' &&
			(s[i + 2] & 0xf8) == '0' && (s[i + 3] & 0xf8) == '0') {
			char c = (char)((s[i + 1] - '0') << 6 | (s[i + 2] - '0') << 3 |
					(s[i + 3] - '0'));

			if (c) {
				buf_putc(b, c);
				i += 3;
				continue;
			}
		}
		if (s[i])
			buf_putc(b, s[i]);
	}
	buf_add(b, "", 1);
}

/* The next field of a line, ended by one blank. False at the end of the line. */
static bool field_next(const char **s, const char *end, const char **ret, size_t *ret_len)
{
	const char *blank;

	if (*s >= end)
		return false;
	blank = memchr(*s, ' ', (size_t)(end - *s));
	*ret = *s;
	*ret_len = (size_t)((blank ? blank : end) - *s);
	*s = blank ? blank + 1 : end;
	return true;
}

/*
 * ID PARENT MAJOR:MINOR ROOT MOUNTPOINT OPTIONS [OPTIONAL...] - FSTYPE SOURCE OPTIONS
 * The root of nsfs is "net:[4026532938]", where that of others starts with '/'.
 */
static int line_parse(struct ns_mounts *m, const char *s, const char *end, uint32_t mnt_ns)
{
	const char *id, *root, *path, *f;
	size_t len, root_len, path_len;
	struct ns_mount *row;
	uint32_t inum;
	int type;

	if (!field_next(&s, end, &id, &len) || !field_next(&s, end, &f, &len) ||
		!field_next(&s, end, &f, &len) || !field_next(&s, end, &root, &root_len) ||
		!root_len || *root == '/' || !field_next(&s, end, &path, &path_len) || !path_len ||
		ns_link_parse(root, root_len, &type, &inum))
		return 0;
	do {
		if (!field_next(&s, end, &f, &len))
			return 0;
	} while (len != 1 || *f != '-');
	if (!field_next(&s, end, &f, &len) || len != 4 || memcmp(f, "nsfs", 4))
		return 0;
	row = mounts_add(m);
	if (!row)
		return -ENOMEM;
	row->type = (uint32_t)type;
	row->inum = inum;
	row->mnt_ns = mnt_ns;
	while (id < end && *id >= '0' && *id <= '9')
		row->mnt_id = row->mnt_id * 10 + (uint32_t)(*id++ - '0');
	row->path = m->text.len;
	path_decode(&m->text, path, path_len);
	return 0;
}

int mounts_parse(struct ns_mounts *m, const char *text, size_t len, uint32_t mnt_ns)
{
	const char *end = text + len;
	int ret = 0;

	while (text < end && !ret) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));

		ret = line_parse(m, text, nl ? nl : end, mnt_ns);
		text = nl ? nl + 1 : end;
	}
	return ret;
}

/* Whole lines are parsed as they come, so that memory does not grow with the file. */
int mounts_read_fd(struct ns_mounts *m, int fd, uint32_t mnt_ns, mounts_between between, void *ctx)
{
	auto_buf struct buf b = {0};

	for (;;) {
		const char *nl;
		size_t whole;
		ssize_t n;
		int ret = between ? between(ctx, m) : 0;

		if (ret)
			return ret;
		buf_reserve(&b, 65536);
		n = read(fd, b.s + b.len, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		b.len += (size_t)n;
		if (!n)
			return mounts_parse(m, b.s, b.len, mnt_ns);
		nl = memrchr(b.s, '\n', b.len);
		if (!nl)
			continue;
		whole = (size_t)(nl - b.s) + 1;
		ret = mounts_parse(m, b.s, whole, mnt_ns);
		if (ret)
			return ret;
		memmove(b.s, b.s + whole, b.len - whole);
		b.len -= whole;
	}
}

int mounts_read_between(
	struct ns_mounts *m, const char *path, uint32_t mnt_ns, mounts_between between, void *ctx)
{
	auto_filecaps filecaps_was was = filecaps_use();
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : mounts_read_fd(m, fd, mnt_ns, between, ctx);
}

int mounts_read(struct ns_mounts *m, const char *path, uint32_t mnt_ns, struct err *err)
{
	int ret = mounts_read_between(m, path, mnt_ns, NULL, NULL);

	return ret ? err_set(err, ret, "read %s", path) : 0;
}

int mounts_read_all_between(struct ns_mounts *m, const struct ns_tasks *t, uint32_t skip,
	size_t *ret_unreadable, mounts_between between, void *ctx)
{
	auto_inums struct inums seen = {0}, done = {0};

	if (skip && (!inums_put(&seen, NS_MNT, skip) || !inums_put(&done, NS_MNT, skip)))
		return -ENOMEM;
	for (size_t i = 0; i < t->n; i++) {
		uint32_t inum = t->rows[i].ns.inum[NS_MNT];
		char path[64];
		int ret;

		if (!inum || inums_find(&done, NS_MNT, inum) || !mounts_in(m, inum))
			continue;
		snprintf(path, sizeof(path), "/proc/%u/task/%u/mountinfo", t->rows[i].pid,
			t->rows[i].tid);
		if (!inums_put(&seen, NS_MNT, inum))
			return -ENOMEM;
		ret = mounts_read_between(m, path, inum, between, ctx);
		if (ret == -ENOMEM || ret == -ECANCELED)
			return ret;
		/* One that ended, or may not be read, leaves it to the next of that namespace. */
		if (ret)
			continue;
		if (!inums_put(&done, NS_MNT, inum))
			return -ENOMEM;
	}
	if (ret_unreadable)
		*ret_unreadable = seen.n - done.n;
	return 0;
}

int mounts_read_all(struct ns_mounts *m, const struct ns_tasks *t, uint32_t skip,
	size_t *ret_unreadable, struct err *err)
{
	int ret = mounts_read_all_between(m, t, skip, ret_unreadable, NULL, NULL);

	return ret ? err_set(err, ret, "read mounts") : 0;
}

/* --- one line -------------------------------------------------------------------------------- */

void mount_line_free(struct mount_line *l)
{
	buf_free(&l->root);
	buf_free(&l->point);
}

static int line_take(struct mount_line *l, const char *s, const char *end, uint32_t id)
{
	const char *f, *root, *point;
	size_t len, root_len, point_len;
	unsigned int major, minor;

	if (sscanf(s, "%u %u %u:%u ", &l->id, &l->parent, &major, &minor) != 4 || l->id != id)
		return -ENOENT;
	for (int i = 0; i < 3; i++)
		if (!field_next(&s, end, &f, &len))
			return -ENOENT;
	if (!field_next(&s, end, &root, &root_len) || !field_next(&s, end, &point, &point_len))
		return -ENOENT;
	l->dev = (uint64_t)major << 32 | minor;
	buf_reset(&l->root);
	buf_reset(&l->point);
	path_decode(&l->root, root, root_len);
	path_decode(&l->point, point, point_len);
	return 0;
}

int mount_line_read(struct mount_line *ret, const char *path, uint32_t id)
{
	FILE *f = fopen(path, "re");
	int found = -ENOENT;
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;

	if (!f)
		return -errno;
	while (found && (len = getline(&line, &cap, f)) > 0)
		found = line_take(ret, line, line + len - (line[len - 1] == '\n'), id);
	free(line);
	fclose(f);
	return found;
}
