// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fd.h"
#include "lib/parse.h"
#include "kernel/idhelper.h"
#include "kernel/idmap.h"

void idmap_free(struct idmap *m)
{
	free(m->v);
	*m = (struct idmap){0};
}

int idmap_add(struct idmap *m, struct idmap_range r)
{
	struct idmap_range *v = realloc(m->v, (m->n + 1) * sizeof(*v));

	if (!v)
		return -ENOMEM;
	m->v = v;
	v[m->n++] = r;
	return 0;
}

/* --- readers --- */

/*
 * A decimal number up to one of the characters of ends, or, last, to the end of the text;
 * where it ends, or NULL.
 */
static const char *number_read(const char *s, const char *ends, bool last, uint32_t *ret)
{
	uint64_t v = 0;
	const char *p = s;

	while (*p >= '0' && *p <= '9') {
		v = v * 10 + (uint64_t)(*p++ - '0');
		if (v > UINT32_MAX)
			return NULL;
	}
	if (p == s || !(*p ? strchr(ends, *p) != NULL : last))
		return NULL;
	*ret = (uint32_t)v;
	return p;
}

/* At least one id, and all of them numbers of 32 bits: insert_extent(), map_write() of the kernel.
 */
static bool range_is_sound(const struct idmap_range *r)
{
	const uint64_t end = 1ULL << 32;

	return r->count && r->outer + (uint64_t)r->count <= end &&
	       (r->inner == IDMAP_NONE || r->inner + (uint64_t)r->count <= end);
}

int idmap_range_parse(const char *s, struct idmap_range *ret)
{
	uint32_t n[3] = {0};
	char sep[2] = "";

	for (int i = 0; i < 3; i++) {
		s = number_read(s, i == 2 ? "" : sep[0] ? sep : ":,", i == 2, &n[i]);
		if (!s)
			return -EINVAL;
		if (i < 2)
			sep[0] = *s++;
	}
	*ret = sep[0] == ':' ? (struct idmap_range){n[0], n[1], n[2]}
			     : (struct idmap_range){n[1], n[0], n[2]};
	return ret->inner != IDMAP_NONE && range_is_sound(ret) ? 0 : -EINVAL;
}

int idmap_subids_parse(
	const char *text, const char *name, uint32_t uid, int identity, struct idmap_range *ret)
{
	size_t len = strlen(name);

	for (const char *line = text; *line;) {
		const char *end = strchrnul(line, '\n'), *colon = strchrnul(line, ':'), *p;
		struct idmap_range r = {.inner = IDMAP_NONE};
		uint32_t id;
		bool mine =
			colon < end && (size_t)(colon - line) == len && !memcmp(line, name, len);

		if (!mine)
			mine = number_read(line, ":", false, &id) && id == uid;
		if (mine && (p = number_read(colon + 1, ":", false, &r.outer)) &&
			number_read(p + 1, "\n", true, &r.count) && range_is_sound(&r)) {
			if (identity)
				r.inner = r.outer;
			*ret = r;
			return 0;
		}
		line = *end ? end + 1 : end;
	}
	return -ENOENT;
}

/* A whole file, as long as it may be. */
static int file_read(const char *path, struct buf *b, struct err *err)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	char chunk[4096];
	ssize_t n;

	if (fd < 0)
		return err_set(err, -errno, "open %s", path);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_add(b, chunk, (size_t)n);
	if (n < 0)
		return err_set(err, -errno, "read %s", path);
	buf_add(b, "", 0);
	return 0;
}

int idmap_add_subids(struct idmap *m, const char *file, uint32_t uid, int identity, struct err *err)
{
	const struct passwd *pw = getpwuid(uid);
	auto_buf struct buf text = {0};
	struct idmap_range r;
	int ret;

	if (!pw) {
		err_say(err, -ENOENT, "the user %u is not known here, so %s can't say its ids", uid,
			file);
		err_hint(err, "only users of /etc/passwd have subordinate ids");
		return -ENOENT;
	}
	ret = file_read(file, &text, err);
	if (ret)
		return ret;
	if (idmap_subids_parse(text.s ? text.s : "", pw->pw_name, uid, identity, &r)) {
		uint32_t first = subids_free(text.s ? text.s : "");

		err_say(err, -ENOENT, "no line of %s is for the user %s", file, pw->pw_name);
		err_hint(err, "as root: `usermod --add-sub%s %u-%u %s`",
			strstr(file, "gid") ? "gids" : "uids", first, first + 65535, pw->pw_name);
		return -ENOENT;
	}
	ret = idmap_add(m, r);
	return ret ? err_set(err, ret, "%s", file) : 0;
}

int idmap_text_parse(struct idmap *m, const char *text)
{
	char *end = (char *)text;

	for (;;) {
		unsigned long n[3];
		struct idmap_range r;

		for (int i = 0; i < 3; i++) {
			const char *p = end;

			n[i] = strtoul(p, &end, 10);
			if (end == p || n[i] > UINT32_MAX)
				return !i && !p[strspn(p, " \n")] ? 0 : -EINVAL;
		}
		r = (struct idmap_range){(uint32_t)n[0], (uint32_t)n[1], (uint32_t)n[2]};
		if (idmap_add(m, r))
			return -ENOMEM;
	}
}

int idmap_all_parse(struct idmap *m, const char *text)
{
	auto_idmap struct idmap all = {0};
	int r = idmap_text_parse(&all, text);

	for (size_t i = 0; !r && i < all.n; i++) {
		all.v[i].outer = all.v[i].inner;
		r = range_is_sound(&all.v[i]) ? idmap_add(m, all.v[i]) : -EINVAL;
	}
	return r;
}

uint32_t idmap_outer(const struct idmap *m, uint32_t inner)
{
	for (size_t i = 0; i < m->n; i++)
		if (inner - m->v[i].inner < m->v[i].count && m->v[i].outer != IDMAP_NONE)
			return m->v[i].outer + (inner - m->v[i].inner);
	return IDMAP_NONE;
}

uint32_t idmap_inner(const struct idmap *m, uint32_t outer)
{
	for (size_t i = 0; i < m->n; i++)
		if (outer - m->v[i].outer < m->v[i].count && m->v[i].outer != IDMAP_NONE)
			return m->v[i].inner + (outer - m->v[i].outer);
	return IDMAP_NONE;
}

int idmap_add_all(struct idmap *m, const char *file, struct err *err)
{
	auto_buf struct buf text = {0};
	int r = file_read(file, &text, err);

	if (r)
		return r;
	r = idmap_all_parse(m, text.s ? text.s : "");
	return r ? err_set(err, r, "%s", file) : 0;
}

/* --- the hole --- */

/* Where id lies in a range that begins at first, 0 if before it, count if behind. */
static uint32_t offset_in(uint32_t id, uint32_t first, uint32_t count)
{
	uint32_t off = id > first ? id - first : 0;

	return off < count ? off : count;
}

/* The next ids of both sides, past those of the pair. */
static struct idmap_range step_over(
	const struct idmap_range *at, uint32_t used, uint32_t inner, uint32_t outer)
{
	struct idmap_range r = {at->inner + used, at->outer + used, 0};

	r.inner += r.inner == inner;
	r.outer += r.outer == outer;
	return r;
}

static int range_split(struct idmap *m, struct idmap_range r, uint32_t inner, uint32_t outer)
{
	struct idmap_range part[3] = {{0}};
	uint32_t in_at, out_at;
	int ret = 0;

	if (r.inner == IDMAP_NONE)
		r.inner = 0;
	else if (inner != IDMAP_NONE && ((outer >= r.outer && outer - r.outer <= r.count) ||
						(inner >= r.inner && inner - r.inner <= r.count)))
		r.count -= r.count > 0;
	in_at = offset_in(inner, r.inner, r.count);
	out_at = offset_in(outer, r.outer, r.count);
	part[0] = (struct idmap_range){r.inner, r.outer, in_at < out_at ? in_at : out_at};
	part[1] = step_over(&part[0], part[0].count, inner, outer);
	part[1].count = in_at < out_at ? out_at - in_at : in_at - out_at;
	part[2] = step_over(&part[1], part[1].count, inner, outer);
	part[2].count = r.count - part[0].count - part[1].count;
	for (int i = 0; !ret && i < 3; i++)
		if (part[i].count)
			ret = idmap_add(m, part[i]);
	return ret;
}

int idmap_place(struct idmap *m, uint32_t inner, uint32_t outer)
{
	auto_idmap struct idmap new = {0};
	struct idmap old = *m;
	int r = 0;

	if (inner == IDMAP_NONE)
		outer = IDMAP_NONE;
	else
		r = idmap_add(&new, (struct idmap_range){inner, outer, 1});
	for (size_t i = 0; !r && i < old.n; i++)
		r = range_split(&new, old.v[i], inner, outer);
	if (r)
		return r;
	*m = new;
	new = old;
	return 0;
}

void idmap_text(const struct idmap *m, struct buf *b)
{
	for (size_t i = 0; i < m->n; i++)
		buf_printf(b, "%u %u %u\n", m->v[i].inner, m->v[i].outer, m->v[i].count);
}
