// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "snapshot/container.h"
#include "snapshot/runtime.h"
#include "snapshot/snapshot.h"
#include "lib/util.h"

#define ID_DIGITS  64
#define ID_SHOWN   12
#define UID_LEN    36
#define CGROUP_MAX 65536 /* of /proc/PID/cgroup */

/* How one component of a cgroup path names a container. */
struct pattern {
	const char *runtime, *prefix, *suffix;
	bool id;    /* what is between is a number of 64 digits */
	bool below; /* it stands alone below the prefix as a directory: /docker/ID */
};

static const struct pattern patterns[] = {
	{"docker", "docker-", ".scope", true, false},
	{"docker", "docker", "", true, true},
	{"podman", "libpod-", ".scope", true, false},
	{"podman", "libpod-", "", true, false},
	{"containerd", "cri-containerd-", ".scope", true, false},
	{"containerd", "nerdctl-", ".scope", true, false},
	{"containerd", "default", "", true, true},
	{"cri-o", "crio-", ".scope", true, false},
	{"cri-o", "crio-", "", true, false},
	{"lxc", "lxc.payload.", "", false, false},
	{"lxc", "lxc", "", false, true},
	{"nspawn", "systemd-nspawn@", ".service", false, false},
	{"machine", "machine-", ".scope", false, false},
};

struct word {
	const char *s;
	size_t len;
};

static bool is_id(const char *s, size_t len)
{
	if (len != ID_DIGITS)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isxdigit((unsigned char)s[i]))
			return false;
	return true;
}

static bool word_is(const struct word *w, const char *s)
{
	return w->len == strlen(s) && !memcmp(w->s, s, w->len);
}

static bool pattern_match(
	const struct pattern *p, const struct word *w, const struct word *above, struct word *ret)
{
	size_t pre = strlen(p->prefix), suf = strlen(p->suffix);

	*ret = *w;
	if (p->below) {
		if (!word_is(above, p->prefix))
			return false;
	} else {
		if (w->len <= pre + suf || memcmp(w->s, p->prefix, pre) ||
			memcmp(w->s + w->len - suf, p->suffix, suf))
			return false;
		*ret = (struct word){w->s + pre, w->len - pre - suf};
	}
	return ret->len && (!p->id || is_id(ret->s, ret->len));
}

static void copy(char dst[CONTAINER_ID_MAX], const char *s, size_t len)
{
	if (len >= CONTAINER_ID_MAX)
		len = CONTAINER_ID_MAX - 1;
	memcpy(dst, s, len);
	dst[len] = '\0';
}

/* Digits and what separates them: '-', '_' where systemd names the slice. */
static bool is_uid(const char *s, size_t len)
{
	if (len != UID_LEN && len != 32)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isxdigit((unsigned char)s[i]) && s[i] != '-' && s[i] != '_')
			return false;
	return true;
}

/* "pod8a9b..." of cgroupfs, "kubepods-burstable-pod8a9b_....slice" of systemd. */
static bool pod_match(const struct word *w, char ret[CONTAINER_ID_MAX])
{
	const char *s = w->s, *end = w->s + w->len;

	if (w->len > 9 && !memcmp(s, "kubepods", 8)) {
		s = memmem(s, w->len, "-pod", 4);
		if (!s || memcmp(end - 6, ".slice", 6))
			return false;
		s++;
		end -= 6;
	}
	if (end - s <= 3 || memcmp(s, "pod", 3) || !is_uid(s + 3, (size_t)(end - s - 3)))
		return false;
	copy(ret, s + 3, (size_t)(end - s - 3));
	for (char *c = ret; *c; c++)
		if (*c == '_')
			*c = '-';
	return true;
}

static bool unit_match(const struct word *w)
{
	return (w->len > 8 && !memcmp(w->s + w->len - 8, ".service", 8)) ||
	       (w->len > 6 && !memcmp(w->s + w->len - 6, ".scope", 6));
}

static size_t shown_len(const char *id)
{
	size_t len = strlen(id);

	return is_id(id, len) ? ID_SHOWN : len;
}

/* "user@1000.service": below it the user's own manager makes what it likes. */
static bool user_match(const struct word *w, uint32_t *ret)
{
	char *end;
	unsigned long uid;

	if (w->len <= 13 || memcmp(w->s, "user@", 5) != 0 || !isdigit((unsigned char)w->s[5]))
		return false;
	uid = strtoul(w->s + 5, &end, 10);
	if (end - w->s + 8 != (ssize_t)w->len || memcmp(end, ".service", 8) != 0 || !uid ||
		uid >= UINT32_MAX)
		return false;
	*ret = (uint32_t)uid;
	return true;
}

/* w names something: the text up to it, and whose it is by what stands above. */
static void name_take(
	struct container *c, const char *path, const struct word *w, bool has_user, uint32_t user)
{
	c->path = path;
	c->path_len = (size_t)(w->s + w->len - path);
	c->has_user = has_user;
	c->user = has_user ? user : 0;
}

/* Every component may name something; the innermost counts, a unit only without a container. */
static void path_parse(const char *path, size_t len, struct container *c)
{
	const char *whole = path;
	struct word above = {"", 0}, w, id;
	bool in_pod = false, by_unit = true, has_user = false;
	uint32_t user = 0;

	for (const char *end = path + len; path < end; path += w.len + 1, above = w) {
		const char *slash = memchr(path, '/', (size_t)(end - path));
		bool found = false;

		w = (struct word){path, (size_t)((slash ? slash : end) - path)};
		if (!w.len)
			continue;
		if (pod_match(&w, c->pod)) {
			in_pod = true;
			continue;
		}
		for (size_t i = 0; i < ARRAY_SIZE(patterns) && !found; i++) {
			if (!pattern_match(&patterns[i], &w, &above, &id))
				continue;
			if (!by_unit)
				snprintf(c->outer, sizeof(c->outer), "%s:%.*s", c->runtime,
					(int)shown_len(c->id), c->id);
			name_take(c, whole, &w, has_user, user);
			c->runtime = patterns[i].runtime;
			copy(c->id, id.s, id.len);
			found = true;
			by_unit = false;
		}
		/* Below a pod an id alone is a container of whatever runtime. */
		if (!found && in_pod && is_id(w.s, w.len)) {
			c->runtime = "container";
			copy(c->id, w.s, w.len);
			name_take(c, whole, &w, has_user, user);
			by_unit = false;
		} else if (!found && by_unit && unit_match(&w)) {
			c->runtime = "unit";
			copy(c->id, w.s, w.len);
			name_take(c, whole, &w, has_user, user);
		}
		has_user |= !has_user && user_match(&w, &user);
	}
	if (!in_pod)
		c->pod[0] = '\0';
}

/* "0::/system.slice/x.service"; of version 1 the hierarchy of systemd is asked first. */
int container_parse(const char *cgroup, struct container *ret)
{
	struct container c;

	for (int pass = 0; pass < 3; pass++) {
		for (const char *line = cgroup; *line;) {
			const char *nl = strchrnul(line, '\n'),
				   *kind = memchr(line, ':', (size_t)(nl - line));
			const char *path =
				kind ? memchr(kind + 1, ':', (size_t)(nl - kind - 1)) : NULL;
			bool two = kind && path == kind + 1;
			bool named = path && path - kind > 5 && !memcmp(kind + 1, "name=", 5);

			if (path && (pass == 0 ? two : pass == 1 ? named : !two && !named)) {
				memset(&c, 0, sizeof(c));
				path_parse(path + 1, (size_t)(nl - path - 1), &c);
				if (c.runtime) {
					c.hierarchy = kind + 1;
					c.hierarchy_len = (size_t)(path - kind - 1);
					*ret = c;
					return 0;
				}
			}
			line = *nl ? nl + 1 : nl;
		}
	}
	return -ENOENT;
}

/* --- whose directories they are --------------------------------------------------------------- */

/* Where the hierarchies are mounted; cgroup2 alone, or beside version 1. */
static bool top_open(const struct container *c, struct buf *b)
{
	static const char named[] = "name=";
	const char *s = c->hierarchy;
	int len = (int)c->hierarchy_len;

	buf_puts(b, "/sys/fs/cgroup");
	if (!len && !access("/sys/fs/cgroup/unified/cgroup.procs", F_OK))
		buf_puts(b, "/unified");
	if (len > 5 && !memcmp(s, named, 5)) {
		s += 5;
		len -= 5;
	}
	if (len)
		buf_printf(b, "/%.*s", len, s);
	return !memmem(c->path, c->path_len, "/../", 4);
}

/* Of the directories above the name, the owner of the first that does not belong to root. */
static void owner_find(struct container *c)
{
	auto_buf struct buf b = {0};
	struct stat top, st;
	size_t start;

	if (c->has_user || !top_open(c, &b) || stat(b.s, &top))
		return;
	start = b.len;
	for (size_t i = 1; i < c->path_len; i++) {
		if (c->path[i] != '/')
			continue;
		b.len = start;
		buf_add(&b, c->path, i);
		if (stat(b.s, &st))
			return;
		if (!st.st_uid || st.st_uid == top.st_uid)
			continue;
		c->has_user = true;
		c->user = st.st_uid;
		return;
	}
}

int container_of(const struct snapshot_ops *ops, const struct ns_task *t, struct buf *text,
	struct container *ret)
{
	int r;

	if (t->flags & (TASK_KTHREAD | TASK_DEAD))
		return -ENOENT;
	buf_reset(text);
	r = ops->text(t, "cgroup", CGROUP_MAX, text);
	if (!r)
		r = text->len ? container_parse(text->s, ret) : -ENOENT;
	if (r)
		return r;
	owner_find(ret);
	/* One's own names are as good as one's own word. */
	if (ret->has_user && ret->user == geteuid())
		ret->has_user = false;
	return 0;
}

/* --- for people ------------------------------------------------------------------------------- */

void container_format(const struct container *c, const char *root, struct buf *b)
{
	auto_container_names struct container_names names = {0};

	container_names_read(c, root, &names);
	buf_printf(b, "%s:", c->runtime);
	if (names.name)
		buf_puts(b, names.name);
	else
		buf_add(b, c->id, shown_len(c->id));
	if (names.pod && names.pod_namespace)
		buf_printf(b, ",pod:%s/%s", names.pod_namespace, names.pod);
	else if (c->pod[0])
		buf_printf(b, ",pod:%s", c->pod);
	if (c->has_user)
		buf_printf(b, ",user:%u", c->user);
	if (c->outer[0])
		buf_printf(b, ",in:%s", c->outer);
}
