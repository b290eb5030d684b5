// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/fd.h"
#include "kernel/idhelper.h"
#include "lib/util.h"

#define MAP_RANGES 340 /* UID_GID_MAP_MAX_EXTENTS, include/linux/user_namespace.h, from 4.15 */
#define OVERFLOW   65534
#define FIRST_SUB  100000 /* SUB_UID_MIN of login.defs(5) */

const char *idhelper_path(const char *name, char path[64])
{
	static const char *const dirs[] = {
		"/usr/bin", "/bin", "/run/wrappers/bin", "/usr/local/bin"};

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, 64, "%s/%s", dirs[i], name);
		if (!access(path, F_OK))
			return path;
	}
	return NULL;
}

static bool is_for_groups(const char *name)
{
	return !strcmp(name, "newgidmap");
}

const char *idhelper_file(const char *name)
{
	return is_for_groups(name) ? "/etc/subgid" : "/etc/subuid";
}

/* --- the map --- */

static bool overlap(uint32_t a, uint32_t na, uint32_t b, uint32_t nb)
{
	return a < b + (uint64_t)nb && b < a + (uint64_t)na;
}

static enum idhelper_lack pair_flaw(
	const struct idmap_range *a, const struct idmap_range *b, char *detail, size_t size)
{
	bool inner = overlap(a->inner, a->count, b->inner, b->count);

	if (!inner && !overlap(a->outer, a->count, b->outer, b->count))
		return IDHELPER_NOTHING;
	snprintf(detail, size, "%u:%u:%u and %u:%u:%u", a->inner, a->outer, a->count, b->inner,
		b->outer, b->count);
	return inner ? IDHELPER_INNER_TWICE : IDHELPER_OUTER_TWICE;
}

/* map_write(), insert_extent() and mappings_overlap() in kernel/user_namespace.c. */
enum idhelper_lack idmap_flaw(const struct idmap *m, char *detail, size_t size)
{
	auto_buf struct buf text = {0};
	enum idhelper_lack lack;

	for (size_t i = 0; i < m->n; i++) {
		if (m->v[i].count)
			continue;
		snprintf(detail, size, "%u:%u:0", m->v[i].inner, m->v[i].outer);
		return IDHELPER_RANGE_EMPTY;
	}
	if (m->n > MAP_RANGES) {
		snprintf(detail, size, "%zu", m->n);
		return IDHELPER_MANY;
	}
	for (size_t i = 0; i < m->n; i++)
		for (size_t k = i + 1; k < m->n; k++) {
			lack = pair_flaw(&m->v[i], &m->v[k], detail, size);
			if (lack)
				return lack;
		}
	idmap_text(m, &text);
	if (text.len >= (size_t)sysconf(_SC_PAGESIZE)) {
		snprintf(detail, size, "%zu bytes", text.len);
		return IDHELPER_LONG;
	}
	return IDHELPER_NOTHING;
}

/* --- the program --- */

/* Its file capabilities have the one that it needs: struct vfs_cap_data, linux/capability.h. */
static bool has_file_cap(const char *path, unsigned int cap)
{
	struct vfs_ns_cap_data c = {0};
	ssize_t n = getxattr(path, "security.capability", &c, sizeof(c));

	return n >= (ssize_t)(2 * sizeof(uint32_t)) && c.data[0].permitted >> cap & 1;
}

static enum idhelper_lack program_lack(const char *path, unsigned int cap)
{
	struct statvfs fs;
	struct stat st;

	if (stat(path, &st))
		return IDHELPER_NOTHING;
	if (access(path, X_OK))
		return IDHELPER_NO_X;
	if (!has_file_cap(path, cap)) {
		if (!(st.st_mode & S_ISUID))
			return IDHELPER_NO_BIT;
		if (st.st_uid == OVERFLOW)
			return IDHELPER_NO_OWNER;
		if (st.st_uid)
			return IDHELPER_NO_BIT;
	}
	/* mnt_may_suid() in fs/namespace.c; bprm_fill_uid() and task_no_new_privs(). */
	if (!statvfs(path, &fs) && fs.f_flag & ST_NOSUID)
		return IDHELPER_NOSUID;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return IDHELPER_NO_NEW_PRIVS;
	if (!prctl(PR_CAPBSET_READ, cap, 0, 0, 0))
		return IDHELPER_BOUNDED;
	return IDHELPER_NOTHING;
}

/* --- the user and the ranges --- */

static int text_read(const char *path, struct buf *b)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	char chunk[4096];
	ssize_t n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_add(b, chunk, (size_t)n);
	buf_add(b, "", 0);
	return n < 0 ? -errno : 0;
}

/* nsswitch.conf(5) may name another source of ranges, which can't be asked here. */
bool idhelper_asks_others(void)
{
	auto_buf struct buf b = {0};
	const char *p;

	if (text_read("/etc/nsswitch.conf", &b) || !b.len)
		return false;
	p = !strncmp(b.s, "subid:", 6) ? b.s : strstr(b.s, "\nsubid:");
	if (!p)
		return false;
	p = strchr(p, ':') + 1;
	p += strspn(p, " \t");
	return strncmp(p, "files", 5) != 0 || p[5 + strspn(p + 5, " \t")] > '\n';
}

/* login.defs(5): newuidmap lets pass who is in another group than the one of passwd. */
static bool other_groups_may(void)
{
	auto_buf struct buf b = {0};
	const char *p;

	if (text_read("/etc/login.defs", &b) || !b.len)
		return false;
	p = strstr(b.s, "\nGRANT_AUX_GROUP_SUBIDS");
	return p && strncmp(p + 23 + strspn(p + 23, " \t"), "yes", 3) == 0;
}

/* The end of what the lines of the user give from id on without a gap; id where nothing. */
static uint64_t given_up_to(const char *text, const struct passwd *pw, uint64_t id, bool *any)
{
	struct idmap_range r;

	for (const char *line = text; *line;) {
		const char *end = strchrnul(line, '\n');
		auto_free char *one = strndup(line, (size_t)(end - line));

		line = *end ? end + 1 : end;
		if (!one || idmap_subids_parse(one, pw->pw_name, pw->pw_uid, 0, &r))
			continue;
		*any = true;
		if (id >= r.outer && id < r.outer + (uint64_t)r.count) {
			id = r.outer + (uint64_t)r.count;
			line = text;
		}
	}
	return id;
}

/* have_range() of shadow-utils; the own id alone is everybody's. */
static enum idhelper_lack ranges_lack(
	const struct idhelper *h, const struct passwd *pw, char *detail, size_t size)
{
	uint32_t own = is_for_groups(h->name) ? pw->pw_gid : pw->pw_uid;
	auto_buf struct buf text = {0};
	uint32_t free_from;
	bool any = false;

	if (idhelper_asks_others())
		return IDHELPER_NOTHING;
	text_read(idhelper_file(h->name), &text);
	for (size_t i = 0; i < h->map->n; i++) {
		const struct idmap_range *r = &h->map->v[i];
		uint64_t end = r->outer + (uint64_t)r->count;

		if ((r->outer == own && r->count == 1) ||
			given_up_to(text.s ? text.s : "", pw, r->outer, &any) >= end)
			continue;
		/* As usermod(8) takes it, with the name that the lines are for. */
		if (any) {
			snprintf(detail, size, "%u-%llu\n%.32s", r->outer,
				(unsigned long long)end - 1, pw->pw_name);
			return IDHELPER_NOT_OURS;
		}
		free_from = subids_free(text.s ? text.s : "");
		snprintf(detail, size, "%.32s\n%u-%u", pw->pw_name, free_from, free_from + 65535);
		return IDHELPER_NO_LINE;
	}
	return IDHELPER_NOTHING;
}

static enum idhelper_lack user_lack(const struct idhelper *h, char *detail, size_t size)
{
	const struct passwd *pw = getpwuid(getuid());

	if (!pw) {
		snprintf(detail, size, "%u", getuid());
		return IDHELPER_NO_NAME;
	}
	if (getgid() != pw->pw_gid && !other_groups_may()) {
		snprintf(detail, size, "%u\n%u", getgid(), pw->pw_gid);
		return IDHELPER_OTHER_GROUP;
	}
	return ranges_lack(h, pw, detail, size);
}

enum idhelper_lack idhelper_lack(const struct idhelper *h, char *detail, size_t size)
{
	unsigned int cap = is_for_groups(h->name) ? CAP_SETGID : CAP_SETUID;
	enum idhelper_lack lack = idmap_flaw(h->map, detail, size);
	char path[64];

	if (!lack && idhelper_path(h->name, path)) {
		snprintf(detail, size, "%s", path);
		lack = program_lack(path, cap);
	}
	return lack ? lack : user_lack(h, detail, size);
}

uint32_t subids_free(const char *text)
{
	uint64_t free_from = FIRST_SUB;

	for (const char *line = text; *line;) {
		const char *end = strchrnul(line, '\n'), *colon = strchrnul(line, ':');
		char *p;
		uint64_t first, count;

		line = *end ? end + 1 : end;
		if (colon >= end)
			continue;
		first = strtoull(colon + 1, &p, 10);
		count = *p == ':' ? strtoull(p + 1, NULL, 10) : 0;
		if (first <= UINT32_MAX && count <= UINT32_MAX && first + count > free_from)
			free_from = first + count;
	}
	return free_from > UINT32_MAX - 65536 ? FIRST_SUB : (uint32_t)free_from;
}
