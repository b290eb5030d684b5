// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/cgroup.h"
#include "lib/fd.h"
#include "snapshot/container.h"
#include "snapshot/from_proc.h"
#include "snapshot/inits.h"
#include "snapshot/runtime.h"
#include "snapshot/sandbox.h"
#include "snapshot/snapshot.h"
#include "lib/util.h"

#define ID_DIGITS  64
#define UID_LEN    36
#define CGROUP_MAX 65536 /* of /proc/PID/cgroup */

/* How one component of a cgroup path names a container. */
enum {
	P_ID = 1,      /* what is between prefix and suffix is a number of 64 digits */
	P_BELOW = 2,   /* it stands alone below the prefix as a directory: /docker/ID */
	P_BEHIND = 4,  /* the prefix may have something before it: X.slice:docker:ID */
	P_ESCAPED = 8, /* as systemd writes names: \x2d */
	P_PID = 16,    /* "-1234" ends it, which is not of the name */
	P_UUID = 32,   /* so may a UUID, after '-' or '.' */
	P_APP = 64,    /* a program of the system: what is below is not in another system */
};

static const struct pattern {
	const char *runtime, *prefix, *suffix;
	unsigned int how;
} patterns[] = {
	{"docker", "docker-", ".scope", P_ID},
	{"docker", "docker", "", P_ID | P_BELOW},
	{"docker", ".slice:docker:", "", P_ID | P_BEHIND},
	{"podman", "libpod-", ".scope", P_ID},
	{"podman", "libpod-", "", P_ID},
	{"podman", "libpod-payload-", "", P_ID},
	{"containerd", "cri-containerd-", ".scope", P_ID},
	{"containerd", "nerdctl-", ".scope", P_ID},
	{"containerd", "default", "", P_ID | P_BELOW},
	{"containerd", "k8s.io", "", P_ID | P_BELOW},
	{"containerd", ".slice:cri-containerd:", "", P_ID | P_BEHIND},
	{"containerd", ".slice:nerdctl:", "", P_ID | P_BEHIND},
	{"cri-o", "crio-", ".scope", P_ID},
	{"cri-o", "crio-", "", P_ID},
	{"cri-o", ".slice:crio:", "", P_ID | P_BEHIND},
	{"crun", "crun-", ".scope", 0},
	{"runc", "runc-", ".scope", 0},
	{"lxc", "lxc.payload.", "", 0},
	{"lxc", "lxc.payload", "", P_BELOW},
	{"lxc", "lxc", "", P_BELOW},
	{"nspawn", "systemd-nspawn@", ".service", P_ESCAPED},
	{"machine", "machine-", ".scope", P_ESCAPED},
	{"flatpak", "app-flatpak-", ".scope", P_ESCAPED | P_PID | P_APP},
	{"snap", "snap.", ".scope", P_ESCAPED | P_UUID | P_APP},
	{"snap", "snap.", ".service", P_ESCAPED | P_APP},
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

/* Up to before a number, or a UUID, that ends it. */
static void tail_cut(unsigned int how, struct word *w)
{
	size_t len = w->len, digits = 0;

	if (how & P_UUID && len > UID_LEN + 1 && is_uid(w->s + len - UID_LEN, UID_LEN) &&
		strchr("-.", w->s[len - UID_LEN - 1]))
		w->len -= UID_LEN + 1;
	if (!(how & P_PID))
		return;
	while (digits < len && isdigit((unsigned char)w->s[len - digits - 1]))
		digits++;
	if (digits && digits + 1 < len && w->s[len - digits - 1] == '-')
		w->len -= digits + 1;
}

static bool pattern_match(
	const struct pattern *p, const struct word *w, const struct word *above, struct word *ret)
{
	size_t pre = strlen(p->prefix), suf = strlen(p->suffix);
	const char *s = w->s;

	*ret = *w;
	if (p->how & P_BELOW) {
		if (!word_is(above, p->prefix))
			return false;
	} else {
		if (p->how & P_BEHIND)
			s = memmem(w->s, w->len, p->prefix, pre);
		if (!s || w->len <= pre + suf || memcmp(s, p->prefix, pre) ||
			memcmp(w->s + w->len - suf, p->suffix, suf))
			return false;
		*ret = (struct word){s + pre, (size_t)(w->s + w->len - s) - pre - suf};
	}
	tail_cut(p->how, ret);
	return ret->len && (!(p->how & P_ID) || is_id(ret->s, ret->len));
}

static void copy(char dst[CONTAINER_ID_MAX], const char *s, size_t len)
{
	if (len >= CONTAINER_ID_MAX)
		len = CONTAINER_ID_MAX - 1;
	memcpy(dst, s, len);
	dst[len] = '\0';
}

static int hex(char c)
{
	return isdigit((unsigned char)c)    ? c - '0'
	       : isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10
					    : -1;
}

/* unit_name_escape() in systemd's src/basic/unit-name.c writes what no unit may be called. */
static void copy_escaped(char dst[CONTAINER_ID_MAX], const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < CONTAINER_ID_MAX - 1; i++) {
		int c = len - i >= 4 && s[i] == '\\' && s[i + 1] == 'x' ? hex(s[i + 2]) : -1;

		if (c >= 0 && hex(s[i + 3]) >= 0 && c + hex(s[i + 3])) {
			dst[n++] = (char)(c << 4 | hex(s[i + 3]));
			i += 3;
		} else {
			dst[n++] = s[i];
		}
	}
	dst[n] = '\0';
}

/*
 * "pod8a9b..." of cgroupfs, "kubepods-burstable-pod8a9b_....slice" of systemd, where "kubelet-" or
 * whatever the kubelet was told as its root may be before it.
 */
static bool pod_match(const struct word *w, char ret[CONTAINER_ID_MAX])
{
	const char *s = w->s, *end = w->s + w->len;

	if (w->len > 6 && !memcmp(end - 6, ".slice", 6)) {
		s = memmem(s, w->len, "-pod", 4);
		if (!s)
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

/*
 * podman: "machine-libpod_pod_0123....slice", or the number alone below /libpod_parent. Its first
 * digits are kept, as podman shows them.
 */
static bool podman_pod_match(
	const struct word *w, const struct word *above, char ret[CONTAINER_ID_MAX])
{
	static const char mark[] = "-libpod_pod_", slice[] = ".slice";
	size_t tail = ID_DIGITS + sizeof(slice) - 1;
	const char *s = w->s;

	if (w->len > tail && !memcmp(w->s + w->len - sizeof(slice) + 1, slice, sizeof(slice) - 1)) {
		s = memmem(w->s, w->len, mark, sizeof(mark) - 1);
		if (!s || s + sizeof(mark) - 1 + tail != w->s + w->len)
			return false;
		s += sizeof(mark) - 1;
	} else if (w->len != ID_DIGITS || !word_is(above, "libpod_parent")) {
		return false;
	}
	if (!is_id(s, ID_DIGITS))
		return false;
	copy(ret, s, PODMAN_POD_DIGITS);
	return true;
}

static bool unit_match(const struct word *w)
{
	return (w->len > 8 && !memcmp(w->s + w->len - 8, ".service", 8)) ||
	       (w->len > 6 && !memcmp(w->s + w->len - 6, ".scope", 6));
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

/* What the components so far say. */
struct parsing {
	const char *whole; /* the path */
	struct container *c;
	struct word above; /* the component before */
	enum { BY_NOTHING, BY_UNIT, BY_APP, BY_CONTAINER } by;
	bool in_pod, has_user;
	uint32_t user;
};

/* An app in a container is the container's; a unit is not even in an app. */
static bool pattern_take(struct parsing *p, const struct word *w, const struct pattern *pattern)
{
	bool app = pattern->how & P_APP;
	struct container *c = p->c;
	struct word id;

	if (!pattern_match(pattern, w, &p->above, &id) || (app && p->by == BY_CONTAINER))
		return false;
	if (p->by == BY_CONTAINER)
		snprintf(c->outer, sizeof(c->outer), "%s:%.*s", c->runtime,
			(int)whose_id_shown(c->id), c->id);
	name_take(c, p->whole, w, p->has_user, p->user);
	c->runtime = pattern->runtime;
	(pattern->how & P_ESCAPED ? copy_escaped : copy)(c->id, id.s, id.len);
	p->by = app ? BY_APP : BY_CONTAINER;
	return true;
}

static void word_take(struct parsing *p, const struct word *w)
{
	const char *colon = memchr(w->s, ':', w->len);
	struct word pod = {w->s, colon ? (size_t)(colon - w->s) : w->len};
	struct container *c = p->c;

	if (pod_match(&pod, c->pod)) {
		p->in_pod = true;
		if (!colon)
			return;
	} else if (p->by != BY_CONTAINER && podman_pod_match(w, &p->above, c->pod)) {
		p->in_pod = true;
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		if (pattern_take(p, w, &patterns[i]))
			return;
	/* Below a pod an id alone is a container of whatever runtime. */
	if (p->in_pod && is_id(w->s, w->len)) {
		c->runtime = "container";
		p->by = BY_CONTAINER;
	} else if (p->by <= BY_UNIT && unit_match(w)) {
		c->runtime = "unit";
		p->by = BY_UNIT;
	} else {
		return;
	}
	copy(c->id, w->s, w->len);
	name_take(c, p->whole, w, p->has_user, p->user);
}

/* Every component may name something; the innermost counts, a unit only without a container. */
static void path_parse(const char *path, size_t len, struct container *c)
{
	struct parsing p = {.whole = path, .c = c, .above = {"", 0}};
	struct word w;

	for (const char *end = path + len; path < end; path += w.len + 1, p.above = w) {
		const char *slash = memchr(path, '/', (size_t)(end - path));

		w = (struct word){path, (size_t)((slash ? slash : end) - path)};
		if (!w.len)
			continue;
		word_take(&p, &w);
		p.has_user |= !p.has_user && user_match(&w, &p.user);
	}
	if (!p.in_pod)
		c->pod[0] = '\0';
}

/* "0::/system.slice/x.service"; of version 1 the hierarchy of systemd is asked first. */
int container_parse(const char *cgroup, struct container *ret)
{
	struct cgroup_line l;
	struct container c;

	for (int pass = 0; pass < 3; pass++) {
		for (const char *text = cgroup; cgroup_line_next(&text, &l);) {
			bool two = !l.list_len;
			bool named = l.list_len >= 5 && !memcmp(l.list, "name=", 5);

			if (pass == 0 ? !two : pass == 1 ? !named : two || named)
				continue;
			memset(&c, 0, sizeof(c));
			path_parse(l.path, l.path_len, &c);
			if (!c.runtime)
				continue;
			c.hierarchy = l.list;
			c.hierarchy_len = l.list_len;
			*ret = c;
			return 0;
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

void container_find_owner(struct container *c)
{
	owner_find(c);
	/* One's own names are as good as one's own word. */
	if (c->has_user && c->user == geteuid())
		c->has_user = false;
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
	/* A unit may be where a runtime was called. */
	if ((r == -ENOENT || (!r && !strcmp(ret->runtime, "unit"))) && ops->text == procfs_text &&
		(!container_by_init(t, "", ret) || !container_by_sandbox(t, ret)))
		return 0;
	if (r)
		return r;
	container_find_owner(ret);
	return 0;
}

/* --- for people ------------------------------------------------------------------------------- */

void container_whose(const struct container *c, const struct container_names *names,
	char user[CONTAINER_USER_MAX], struct whose *ret)
{
	*ret = (struct whose){0};
	if (!strcmp(c->runtime, "unit")) {
		ret->of[WHOSE_UNIT] = c->id;
	} else {
		ret->of[WHOSE_RUNTIME] = c->runtime;
		ret->of[WHOSE_ID] = c->id;
	}
	if (c->pod[0])
		ret->of[WHOSE_POD] = c->pod;
	if (names) {
		ret->of[WHOSE_NAME] = names->name;
		ret->of[WHOSE_IMAGE] = names->image;
	}
	/* Its uid is the pod's name as long as no file tells that. */
	if (names && names->pod && (names->pod_namespace || !strcmp(c->runtime, "podman"))) {
		ret->of[WHOSE_POD] = names->pod;
		ret->of[WHOSE_POD_NAMESPACE] = names->pod_namespace;
	}
	if (c->outer[0])
		ret->of[WHOSE_OUTER] = c->outer;
	if (c->has_user) {
		snprintf(user, CONTAINER_USER_MAX, "%u", c->user);
		ret->of[WHOSE_USER] = user;
	}
}

void container_format(const struct container *c, const char *root, struct buf *b)
{
	auto_container_names struct container_names names = {0};
	char user[CONTAINER_USER_MAX];
	struct whose w;

	container_names_read(c, root, &names);
	container_whose(c, &names, user, &w);
	whose_text(b, &w);
}

bool container_say(const struct snapshot_ops *ops, const struct ns_task *t, struct buf *b)
{
	auto_buf struct buf text = {0};
	size_t len = b->len;
	struct container c;
	struct whose w;

	if (ops->whose) {
		if (!ops->whose(t, &w))
			whose_text(b, &w);
		return b->len > len;
	}
	if (container_of(ops, t, &text, &c))
		return false;
	container_format(&c, "", b);
	return true;
}
