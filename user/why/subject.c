// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event/decode.h"
#include "kernel/nstype.h"
#include "lib/ask.h"
#include "lib/fd.h"
#include "why/subject.h"
#include "kernel/procstatus.h"

#define MAP_MAX  (64 << 10)
#define OVERFLOW 65534 /* what an id without number is shown as: overflowuid, overflowgid */

struct subject subject_self(void)
{
	return (struct subject){.dir = "/proc/self"};
}

bool subject_is_self(const struct subject *s)
{
	return !strncmp(s->dir, "/proc/self", 10) || !strncmp(s->dir, "/proc/thread-self", 17);
}

struct subject subject_ordinary(void)
{
	static const struct ev_caller plain = {.threads = 1, .uid_extents = 1, .gid_extents = 1};

	return (struct subject){.then = &plain, .user_ns = ns_types[NS_USER].initial};
}

struct subject subject_process(uint32_t pid)
{
	struct subject s = {0};

	snprintf(s.dir, sizeof(s.dir), "/proc/%u", pid);
	return s;
}

struct subject subject_thread(uint32_t pid, uint32_t tid)
{
	struct subject s = {0};

	snprintf(s.dir, sizeof(s.dir), "/proc/%u/task/%u", pid, tid);
	return s;
}

/* What an event has of its caller. Where it was is in each, the rest in those of calls that failed.
 */
struct subject subject_caller(const struct event *ev, bool live)
{
	struct subject s = {0};
	const struct ev_unshare *u = ev->rec;
	const struct ev_clone *c = ev->rec;
	const struct ev_setns *n = ev->rec;
	const struct ev_refused *r = ev->rec;

	if (live)
		s = subject_thread(ev->hdr->pid, ev->hdr->tid);
	switch (ev->schema->kind) {
	case EV_UNSHARE:
		s.then = (const void *)&u->threads;
		s.user_ns = u->before.inum[NS_USER];
		break;
	case EV_CLONE:
		s.then = (const void *)&c->threads;
		s.user_ns = c->before.inum[NS_USER];
		break;
	case EV_SETNS:
		s.user_ns = n->before.inum[NS_USER];
		break;
	case EV_REFUSED:
		s.then = (const void *)&r->threads;
		s.user_ns = r->own;
		break;
	}
	if (s.then && !s.then->threads)
		s.then = NULL;
	return s;
}

static ssize_t subject_read(const struct subject *s, const char *name, char *text, size_t size)
{
	char path[96];

	if (!*s->dir)
		return -ESRCH;
	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	return fd_read_file(AT_FDCWD, path, text, size);
}

static int subject_status(const struct subject *s, struct buf *b)
{
	char path[96];

	if (!*s->dir)
		return -ESRCH;
	snprintf(path, sizeof(path), "%s/status", s->dir);
	return procstatus_read(AT_FDCWD, path, b);
}

bool subject_num(const struct subject *s, const char *key, int base, uint64_t *ret)
{
	auto_buf struct buf text = {0};

	return !subject_status(s, &text) && !procstatus_num(text.s, key, base, ret);
}

static bool subject_caps(const struct subject *s, uint64_t *ret)
{
	if (!s->then)
		return subject_num(s, "CapEff", 16, ret);
	*ret = s->then->caps;
	return true;
}

bool subject_has(const struct subject *s, unsigned int cap)
{
	uint64_t set;

	return subject_caps(s, &set) && set >> cap & 1;
}

bool subject_lacks(const struct subject *s, unsigned int cap)
{
	uint64_t set;

	return subject_caps(s, &set) && !(set >> cap & 1);
}

bool subject_lacks_initially(const struct subject *s, unsigned int cap)
{
	uint32_t user_ns = s->user_ns;

	return subject_lacks(s, cap) || ((user_ns || subject_ns(s, "user", &user_ns)) &&
						user_ns != ns_types[NS_USER].initial);
}

uint32_t subject_threads(const struct subject *s)
{
	uint64_t n = 0;

	if (s->then)
		return s->then->threads;
	return subject_num(s, "Threads", 10, &n) ? (uint32_t)n : 0;
}

uint32_t subject_filters(const struct subject *s)
{
	uint64_t n;

	if (s->then)
		return s->then->filters;
	if (!subject_num(s, "Seccomp", 10, &n) || n != 2)
		return 0;
	/* How many the kernel says from 5.9 on. */
	return subject_num(s, "Seccomp_filters", 10, &n) ? (uint32_t)n : 1;
}

bool subject_ns(const struct subject *s, const char *name, uint32_t *ret)
{
	char path[96], link[64];
	ssize_t n;
	int type;

	if (!*s->dir)
		return false;
	snprintf(path, sizeof(path), "%s/ns/%s", s->dir, name);
	n = readlink(path, link, sizeof(link));
	return n > 0 && !ns_link_parse(link, (size_t)n, &type, ret);
}

/* No mount of its mountinfo is at "/": what is above its root is not shown there. */
static bool root_is_no_mount(const struct subject *s)
{
	auto_free char *line = NULL;
	auto_file FILE *f = NULL;
	char path[64];
	size_t cap = 0;

	snprintf(path, sizeof(path), "%s/mountinfo", s->dir);
	f = fopen(path, "re");
	while (f && getline(&line, &cap, f) > 0) {
		char *point = line;

		for (int i = 0; point && i < 4; i++)
			point = strchr(point + 1, ' ');
		if (point && !strncmp(point, " / ", 3))
			return false;
	}
	return f != NULL;
}

/* Another process' root may be of a file system that gives no answer. */
static bool root_is(const struct subject *s, const char *path, const struct stat *own)
{
	struct ask_stat asked;
	struct stat st;

	if (!subject_is_self(s))
		return !ask_stat(path, &asked) && asked.dev == own->st_dev &&
		       asked.ino == own->st_ino;
	return !stat(path, &st) && st.st_dev == own->st_dev && st.st_ino == own->st_ino;
}

/*
 * d_path() goes up to where the reader's own root is, or else to the root of the subject's
 * mount namespace: "/", unless the subject is below that. So a sandboxed service can tell,
 * too. Of the reader itself the link is always "/".
 */
bool subject_chrooted(const struct subject *s)
{
	char path[64], root[64];
	struct stat own;
	ssize_t n;

	if (s->then || !*s->dir)
		return s->then && s->then->chrooted;
	snprintf(path, sizeof(path), "%s/root", s->dir);
	if (!stat("/", &own) && root_is(s, path, &own))
		return root_is_no_mount(s);
	n = readlink(path, root, sizeof(root));
	/* Not one that was removed, which may still be the root of all: "/ (deleted)". */
	return n > 1 && root[1] != ' ';
}

/* --- ids ------------------------------------------------------------------------------------- */

enum subject_map map_lookup(const char *text, bool inner, uint32_t id)
{
	bool any = false;

	for (const char *p = text;;) {
		unsigned long n[3];

		for (int i = 0; i < 3; i++) {
			char *end;

			n[i] = strtoul(p, &end, 10);
			if (end == p)
				return any ? MAP_LACKS : MAP_EMPTY;
			p = end;
		}
		any = true;
		if (id >= n[!inner] && id - n[!inner] < n[2])
			return MAP_HOLDS;
	}
}

/* The second number of "Uid" and "Gid" is the effective one. */
static bool effective_id(const struct subject *s, enum subject_id id, uint32_t *ret)
{
	auto_buf struct buf text = {0};

	return !subject_status(s, &text) &&
	       !procstatus_nth(text.s, id == SUBJECT_UID ? "Uid" : "Gid", 1, ret);
}

/*
 * The kernel shows ids, and the second column of a map, as the reader numbers them, but the
 * second column of the reader's own map as the user namespace above does
 * (uid_m_show() in kernel/user_namespace.c).
 */
enum subject_map subject_mapped(const struct subject *s, enum subject_id id, uint32_t *ret_id)
{
	auto_free char *text = malloc(MAP_MAX);
	uint32_t n, own, that;
	struct subject self = subject_self();
	unsigned int bit = id == SUBJECT_UID ? 1 : 2;

	if (s->then) {
		if (ret_id)
			*ret_id = id == SUBJECT_UID ? s->then->euid : s->then->egid;
		if (!(s->then->unmapped & bit))
			return MAP_HOLDS;
		return (id == SUBJECT_UID ? s->then->uid_extents : s->then->gid_extents)
			       ? MAP_LACKS
			       : MAP_EMPTY;
	}
	if (!text ||
		subject_read(s, id == SUBJECT_UID ? "uid_map" : "gid_map", text, MAP_MAX) < 0 ||
		!effective_id(s, id, &n) || !subject_ns(s, "user", &that) ||
		!subject_ns(&self, "user", &own))
		return MAP_UNKNOWN;
	if (ret_id)
		*ret_id = n;
	if (own == that)
		return map_lookup(text, true, n);
	/* To a reader below the initial user namespace it may be somebody without number. */
	if (n == OVERFLOW && own != ns_types[NS_USER].initial && *text)
		return MAP_UNKNOWN;
	return map_lookup(text, false, n);
}

/* --- looking into another process ------------------------------------------------------------ */

/* A file whose owner is root where the process is not dumpable: task_dump_owner() in
 * fs/proc/base.c.
 */
static bool is_undumpable(const struct subject *s)
{
	struct stat dir, file;
	char path[64];

	snprintf(path, sizeof(path), "%s/environ", s->dir);
	return !stat(s->dir, &dir) && !stat(path, &file) && dir.st_uid != file.st_uid;
}

enum subject_look subject_looked_at(const struct subject *s)
{
	struct subject self = subject_self();
	uint64_t own_caps, caps;
	uint32_t inum, uid;

	if (subject_ns(s, "user", &inum) || errno != EACCES)
		return LOOK_ALLOWED;
	/* The capability is enough for every process of this user namespace and those below. */
	if (subject_has(&self, CAP_SYS_PTRACE))
		return LOOK_OTHER_NS;
	if (!effective_id(s, SUBJECT_UID, &uid))
		return LOOK_UNSAID;
	if (uid != geteuid())
		return LOOK_OTHER_USER;
	if (is_undumpable(s))
		return LOOK_UNDUMPABLE;
	if (subject_num(s, "CapPrm", 16, &caps) && subject_num(&self, "CapPrm", 16, &own_caps) &&
		caps & ~own_caps)
		return LOOK_MORE_CAPS;
	return LOOK_UNSAID;
}

/* --- what else may refuse -------------------------------------------------------------------- */

bool subject_confined(const struct subject *s, char ret[LABEL_MAX])
{
	static const char mode[] = " (enforce)";
	char text[LABEL_MAX + sizeof(mode)];
	char *end;

	/* Since 5.8; attr/current may be another security module's. */
	if (subject_read(s, "attr/apparmor/current", text, sizeof(text)) <= 0)
		return false;
	end = strstr(text, mode);
	if (!end || end == text || end - text >= LABEL_MAX)
		return false;
	memcpy(ret, text, (size_t)(end - text));
	ret[end - text] = '\0';
	return true;
}

bool sysctl_num(const char *path, int64_t *ret)
{
	char text[32], *end;

	if (fd_read_file(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return false;
	*ret = strtoll(text, &end, 10);
	return end > text;
}

bool sysctl_is(const char *path, int64_t want)
{
	int64_t v;

	return sysctl_num(path, &v) && v == want;
}

/* A line of /proc/PID/cgroup for each hierarchy: "0::/path" of v2, "9:memory:/path" of v1. */
int memory_cgroup_version(void)
{
	char text[8192];

	if (fd_read_file(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text)) <= 0)
		return 0;
	if (strstr(text, ":memory:") || strstr(text, ",memory:") || strstr(text, ":memory,") ||
		strstr(text, ",memory,"))
		return 1;
	return strstr(text, "0::/") ? 2 : 0;
}
