// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/netnsfs.h"
#include "kernel/nsfd.h"
#include "kernel/nstype.h"
#include "lib/fd.h"
#include "lib/parse.h"
#include "snapshot/container.h"
#include "snapshot/from_proc.h"
#include "snapshot/named.h"
#include "snapshot/snapshot.h"

#define LISTED_MAX 8
#define LEVELS_MAX 64
#define PID_LIMIT  4194304 /* of the kernel */

/* --- the containers --------------------------------------------------------------------------- */

/* One per cgroup that names one: its oldest process, which is what it was started with. */
struct box {
	struct container c;
	char *text; /* what c points into */
	const struct ns_task *first;
};

struct boxes {
	struct box *v;
	size_t n;
	struct ns_tasks tasks;
};

/* Two directories are two containers, whatever they are called. */
static bool box_same(const struct container *a, const struct container *b)
{
	return !strcmp(a->runtime, b->runtime) && !strcmp(a->id, b->id) &&
	       a->path_len == b->path_len && !memcmp(a->path, b->path, a->path_len);
}

static int box_take(struct boxes *b, const struct ns_task *t)
{
	auto_buf struct buf text = {0};
	struct container c;
	size_t at = 0;

	if (container_of(snapshot_system, t, &text, &c))
		return 0;
	while (at < b->n && !box_same(&b->v[at].c, &c))
		at++;
	if (at < b->n) {
		if (t->start_ns < b->v[at].first->start_ns)
			b->v[at].first = t;
		return 0;
	}
	b->v[b->n++] = (struct box){c, text.s, t};
	text = (struct buf){0};
	return 0;
}

static int boxes_read(struct boxes *b, struct err *err)
{
	struct procfs_opts o = {.slots = 1u << NS_PID, .nspids = true};
	int r = procfs_read(&o, &b->tasks, err);

	if (r)
		return r;
	b->v = calloc(b->tasks.n + 1, sizeof(*b->v));
	if (!b->v)
		return err_set(err, -ENOMEM, "containers");
	for (size_t i = 0; i < b->tasks.n && !r; i++)
		r = box_take(b, &b->tasks.rows[i]);
	return r;
}

static void boxes_free(struct boxes *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->v[i].text);
	free(b->v);
	tasks_free(&b->tasks);
}

/* The first len bytes of a text for fnmatch(3). */
static bool is_like(const char *pattern, const char *text, size_t len)
{
	auto_free char *part = strndup(text, len);

	return part && !fnmatch(pattern, part, 0);
}

/* "we*": a pattern as trace --container takes it. */
static bool box_is_like(const struct box *b, const char *shown, const char *name, size_t len)
{
	const char *colon = strchr(shown, ':'), *plain = colon ? colon + 1 : shown;
	auto_free char *pattern = strndup(name, len);

	return pattern && (is_like(pattern, shown, strcspn(shown, ",")) ||
				  is_like(pattern, plain, strcspn(plain, ",")) ||
				  is_like(pattern, b->c.id, strlen(b->c.id)));
}

/* "docker:web", "web", and from four digits on the beginning of the id. */
static bool box_is_called_so(const struct box *b, const char *shown, const char *name, size_t len)
{
	const char *colon = strchr(shown, ':'), *plain = colon ? colon + 1 : shown;
	size_t all = strcspn(shown, ","), most = strcspn(plain, ","), idlen = strlen(b->c.id);

	if (strcspn(name, "*?[") < len)
		return box_is_like(b, shown, name, len);
	return (len == all && !strncmp(shown, name, len)) ||
	       (len == most && !strncmp(plain, name, len)) ||
	       (len == idlen && !strncmp(b->c.id, name, len)) ||
	       (len >= 4 && idlen == 64 && len < idlen && !strncmp(b->c.id, name, len));
}

/* What the name carries of others who can have made it up: ",user:1000". */
static const char *box_tail(const char *shown)
{
	const char *user = strstr(shown, ",user:"), *in = strstr(shown, ",in:");

	return user ? user : in ? in : shown + strlen(shown);
}

/* Such a name has to be given with that: else the user of a subtree could be taken for root. */
static bool box_is_called(const struct box *b, const char *shown, const char *name, bool *ret_but)
{
	const char *tail = box_tail(shown);
	size_t len = strlen(name), more = strlen(tail);

	if (len > more && !strcmp(name + len - more, tail) &&
		box_is_called_so(b, shown, name, len - more))
		return true;
	*ret_but = more && box_is_called_so(b, shown, name, len);
	return false;
}

/* What tells a container from others, as text. */
static char *box_text(const struct container *c)
{
	auto_buf struct buf b = {0};
	char *ret;

	buf_printf(&b, "%s:%s@", c->runtime, c->id);
	buf_add(&b, c->path, c->path_len);
	buf_add(&b, "", 1);
	ret = b.s;
	b = (struct buf){0};
	return ret;
}

/* --- what there is ---------------------------------------------------------------------------- */

/* What there is, as far as it fits into a line. */
static void list_add(struct buf *b, size_t *n, const char *s)
{
	if (*n < LISTED_MAX)
		buf_printf(b, "%s%s", *n ? ", " : "", s);
	else if (*n == LISTED_MAX)
		buf_puts(b, ", ...");
	++*n;
}

static void list_netns(struct buf *b, size_t *n)
{
	auto_dir DIR *d = opendir(NETNS_DIR);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.')
			list_add(b, n, e->d_name);
}

/* All that a word may mean. */
struct meant {
	struct buf matches, others, but;
	size_t nmatches, nothers, nbut;
	const struct box *hit;
};

static void meant_free(struct meant *m)
{
	buf_free(&m->matches);
	buf_free(&m->others);
	buf_free(&m->but);
}

static void meant_box(struct meant *m, const struct box *box, const char *name)
{
	auto_buf struct buf shown = {0}, full = {0};
	bool but = false;

	container_format(&box->c, "", &shown);
	buf_printf(&full, "%s (pid %u)", shown.s, box->first->pid);
	if (box_is_called(box, shown.s, name, &but)) {
		m->hit = box;
		list_add(&m->matches, &m->nmatches, full.s);
	} else if (but) {
		list_add(&m->but, &m->nbut, shown.s);
	} else if (strcmp(box->c.runtime, "unit") != 0) {
		list_add(&m->others, &m->nothers, shown.s);
	}
}

static int meant_none(const struct meant *m, const char *name, struct err *err)
{
	if (!m->nbut)
		return err_say(err, -ENOENT, "no namespace or container is called '%s'; there %s%s",
			name, m->nothers ? "are: " : "is none with a name",
			m->nothers ? m->others.s : "");
	err_say(err, -ENOENT,
		"'%s' is only what somebody called it whose part of the cgroups it is in: %s", name,
		m->but.s);
	err_hint(err, "if that one is meant, give it that name in full");
	return -ENOENT;
}

/* --- pids inside ------------------------------------------------------------------------------ */

/* The pid namespace of a process is that one, or so many levels below it. */
static bool is_below(const struct ns_task *t, uint32_t pidns, int levels)
{
	char path[48];
	auto_fd int fd = -1;
	uint32_t inum;

	snprintf(path, sizeof(path), "/proc/%u/ns/pid", t->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && levels-- > 0) {
		int up = nsfd_parent(fd);

		close(fd);
		fd = up;
	}
	return fd >= 0 && !nsfd_inum(fd, &inum) && inum == pidns;
}

/*
 * The process that is called pid in a pid namespace, whose level is that of the reader's procfs.
 * ret_hidden: there is one that may be it and may not be looked at.
 */
static const struct ns_task *pid_inside(const struct ns_tasks *tasks, uint32_t pidns,
	unsigned int level, uint32_t pid, bool *ret_hidden)
{
	for (size_t i = 0; i < tasks->n; i++) {
		const struct ns_task *t = &tasks->rows[i];
		uint32_t pids[LEVELS_MAX];
		int n;

		if (t->level < level ||
			(t->level == level && t->ns.inum[NS_PID] && t->ns.inum[NS_PID] != pidns))
			continue;
		n = procfs_nspids(t, pids, LEVELS_MAX);
		if (n <= (int)level || pids[level] != pid)
			continue;
		if (is_below(t, pidns, n - 1 - (int)level))
			return t;
		*ret_hidden |= !t->ns.inum[NS_PID];
	}
	return NULL;
}

/* Somebody who is in it tells the level. */
static int pid_in_ns(const struct ns_tasks *tasks, uint32_t pidns, const char *where, uint32_t pid,
	struct named *ret, struct err *err)
{
	const struct ns_task *t = NULL, *in = NULL;
	bool hidden = false;

	for (size_t i = 0; i < tasks->n && !in; i++)
		if (tasks->rows[i].ns.inum[NS_PID] == pidns)
			in = &tasks->rows[i];
	if (in)
		t = pid_inside(tasks, pidns, in->level, pid, &hidden);
	if (t) {
		ret->task = *t;
		return 0;
	}
	if (!hidden)
		return err_say(err, -ESRCH, "there is no process %u in %s", pid, where);
	err_say(err, -EACCES, "the process that may be %u in %s may not be looked at", pid, where);
	err_hint(err, "run it as root");
	return -EACCES;
}

/* --- the name --------------------------------------------------------------------------------- */

/* "web:7": where the number begins that stands behind the last colon; NULL: none does. */
static const char *pid_part(const char *name, uint32_t *ret_pid)
{
	const char *colon = strrchr(name, ':');
	uint64_t pid;

	if (!colon || colon == name || colon[1] < '0' || colon[1] > '9' ||
		parse_u64(colon + 1, 1, PID_LIMIT, &pid))
		return NULL;
	*ret_pid = (uint32_t)pid;
	return colon;
}

/* The whole word may be a container, and what stands before a number. */
static void meant_all(struct meant *whole, struct meant *part, const struct boxes *b,
	const char *name, const char *front)
{
	for (size_t i = 0; i < b->n; i++) {
		meant_box(whole, &b->v[i], name);
		if (front)
			meant_box(part, &b->v[i], front);
	}
}

static int take_box(const struct box *box, struct named *ret)
{
	ret->task = *box->first;
	ret->box = box_text(&box->c);
	return 0;
}

static int take_inside(const struct boxes *b, const struct box *box, const char *front,
	uint32_t pid, struct named *ret, struct err *err)
{
	uint32_t pidns = box->first->ns.inum[NS_PID];

	if (pidns)
		return pid_in_ns(&b->tasks, pidns, front, pid, ret, err);
	err_say(err, -EACCES, "the pid namespace of %s (pid %u) may not be looked at", front,
		box->first->pid);
	err_hint(err, "run it as root");
	return -EACCES;
}

static int several(
	const char *name, const struct meant *whole, const struct meant *part, struct err *err)
{
	err_say(err, -EEXIST, "'%s' may be any of: %s%s%s", name,
		whole->nmatches ? whole->matches.s : "",
		whole->nmatches && part->nmatches ? ", a pid in " : "",
		part->nmatches ? part->matches.s : "");
	err_hint(err, "a container is also given by its first process: -t PID -a");
	return -EEXIST;
}

static int choose(
	const struct boxes *b, const char *name, bool netns, struct named *ret, struct err *err)
{
	__attribute__((cleanup(meant_free))) struct meant whole = {0}, part = {0};
	auto_free char *front = NULL;
	auto_buf struct buf path = {0};
	uint32_t pid = 0;
	const char *colon = pid_part(name, &pid);
	struct stat st;

	if (colon)
		front = strndup(name, (size_t)(colon - name));
	buf_printf(&path, "%s/%s", NETNS_DIR, name);
	netns = netns && !lstat(path.s, &st);
	if (netns)
		list_add(&whole.matches, &whole.nmatches, path.s);
	meant_all(&whole, &part, b, name, front);
	if (whole.nmatches + part.nmatches > 1)
		return several(name, &whole, &part, err);
	ret->netns = netns;
	if (netns)
		return 0;
	if (whole.hit)
		return take_box(whole.hit, ret);
	if (part.hit)
		return take_inside(b, part.hit, front, pid, ret, err);
	list_netns(&whole.others, &whole.nothers);
	return meant_none(front && part.nbut ? &part : &whole, front ? front : name, err);
}

int named_find(const char *name, bool netns, struct named *ret, struct err *err)
{
	uint32_t pid = 0;
	const char *colon = pid_part(name, &pid);
	auto_free char *front = colon ? strndup(name, (size_t)(colon - name)) : NULL;
	struct named found = {0};
	struct boxes b = {0};
	struct ns_ref ref;
	int r = boxes_read(&b, err);

	if (!r && front && !ns_ref_parse(front, &ref, NULL) && ref.inum >= NS_INUM_LEAST &&
		(ref.type < 0 || ref.type == NS_PID))
		r = pid_in_ns(&b.tasks, ref.inum, front, pid, &found, err);
	else if (!r)
		r = choose(&b, name, netns, &found, err);
	boxes_free(&b);
	if (!r)
		*ret = found;
	return r;
}

void named_free(struct named *n)
{
	free(n->box);
	n->box = NULL;
}

int named_check(const struct named *n, struct err *err)
{
	auto_buf struct buf text = {0};
	auto_free char *now = NULL;
	struct container c;
	int r;

	if (!n->box) {
		r = snapshot_system->text(&n->task, "cgroup", 65536, &text);
		return r ? err_say(err, -ESRCH, "process %u has just ended", n->task.pid) : 0;
	}
	if (!container_of(snapshot_system, &n->task, &text, &c))
		now = box_text(&c);
	if (now && !strcmp(now, n->box))
		return 0;
	return err_say(
		err, -ESRCH, "the container's first process (pid %u) has just ended", n->task.pid);
}
