// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "snapshot/container.h"
#include "act/find.h"
#include "snapshot/snapshot.h"
#include "kernel/netnsfs.h"
#include "kernel/nsfd.h"
#include "snapshot/from_proc.h"
#include "why/step.h"
#include "kernel/nstype.h"

/* Inode numbers of namespaces are all above (PROC_DYNAMIC_FIRST and below it the initial ones). */
#define INUM_LEAST 0xE0000000u
#define LISTED_MAX 8

/* --- namespaces by number --- */

static int find_ref(
	const struct ns_ref *ref, const char *name, struct find_match *ret, struct err *err)
{
	struct step step = STEP(OPEN, .what = name);

	for (int whole = 0; whole < 2; whole++) {
		auto_snapshot struct snapshot s = {0};
		const struct ns_node *n;
		int fd = -ENOENT, r;

		/* What keeps those without a process takes longer to find. */
		r = snapshot_read(&s, SNAPSHOT_PROC, 0, whole ? SNAP_HIDDEN : SNAP_BARE, err);
		n = r ? NULL : graph_find_inum(&s.graph, ref->inum);
		if (n && ref->type >= 0 && (uint32_t)ref->type != n->type)
			r = err_say(err, -ENOENT, "%s: namespace %u is a %s", name, ref->inum,
				ns_types[n->type].long_name);
		else if (n)
			fd = node_open(&s.graph, n);
		if (fd >= 0) {
			ret->fd = fd;
			ret->type = n->type;
		}
		if (r)
			return r;
		if (fd >= 0)
			return step_done(&step, 0, NULL);
		if (n && whole)
			return step_done(&step, fd, err);
	}
	err_say(err, -ENOENT, "%s: there is no such namespace in sight", name);
	err_hint(err, "`nswatch ls --all` lists those there are; as root one sees more");
	return -ENOENT;
}

int find_by_id(unsigned int type, uint64_t id)
{
	auto_snapshot struct snapshot s = {0};
	int ret = snapshot_read(&s, SNAPSHOT_PROC, 0, SNAP_HIDDEN, NULL);

	if (!ret)
		ret = -ENOENT;
	for (size_t i = 0; ret == -ENOENT && i < s.graph.n; i++) {
		auto_fd int fd = -1;
		uint64_t that;

		if (s.graph.nodes[i].type != type)
			continue;
		fd = node_open(&s.graph, &s.graph.nodes[i]);
		if (fd < 0)
			continue;
		if (nsfd_id(fd, &that))
			ret = -EOPNOTSUPP;
		else if (that == id)
			ret = take_fd(&fd);
	}
	return ret;
}

static int find_file(const char *path, struct find_match *ret, struct err *err)
{
	struct step s = STEP(OPEN, .what = path);
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int r = step_done(&s, fd < 0 ? -errno : 0, err), type;

	if (r)
		return r;
	type = nsfd_type(fd);
	if (type < 0)
		return err_say(err, -EINVAL, "%s: not a namespace", path);
	ret->type = (unsigned int)type;
	ret->fd = take_fd(&fd);
	return 0;
}

/* --- containers by name --- */

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
	struct procfs_opts o = {.slots = 1u << NS_PID};
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

/* "docker:web", "web", and from four digits on the beginning of the id. */
static bool box_is_called_so(const struct box *b, const char *shown, const char *name, size_t len)
{
	const char *colon = strchr(shown, ':'), *plain = colon ? colon + 1 : shown;
	size_t all = strcspn(shown, ","), most = strcspn(plain, ","), idlen = strlen(b->c.id);

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

/* Holds it, and makes sure that it is still the process that was seen. */
static int box_hold(const struct box *b, struct target *ret, struct err *err)
{
	auto_buf struct buf text = {0};
	struct container now;
	int r = target_hold(ret, (pid_t)b->first->pid, 0, err);

	if (r)
		return r;
	if (!container_of(snapshot_system, b->first, &text, &now) && box_same(&now, &b->c))
		return 0;
	target_close(ret);
	return err_say(err, -ESRCH, "the container's first process (pid %u) has just ended",
		b->first->pid);
}

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

static int find_netns(const char *name, struct find_match *ret, struct err *err)
{
	int fd = netns_open(name, err);

	if (fd < 0)
		return fd;
	ret->type = NS_NET;
	ret->fd = fd;
	return 0;
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

static int find_plain(const char *name, struct find_match *ret, struct err *err)
{
	__attribute__((cleanup(meant_free))) struct meant m = {0};
	auto_buf struct buf path = {0};
	struct boxes b = {0};
	struct stat st;
	bool netns;
	int r;

	buf_printf(&path, "%s/%s", NETNS_DIR, name);
	netns = !lstat(path.s, &st);
	if (netns)
		list_add(&m.matches, &m.nmatches, path.s);
	r = boxes_read(&b, err);
	for (size_t i = 0; !r && i < b.n; i++)
		meant_box(&m, &b.v[i], name);
	list_netns(&m.others, &m.nothers);
	if (!r && m.nmatches > 1) {
		r = err_say(err, -EEXIST, "'%s' may be any of: %s", name, m.matches.s);
		err_hint(err, "a container is also given by its first process: -t PID -a");
	} else if (!r && netns) {
		r = find_netns(name, ret, err);
	} else if (!r && m.hit) {
		r = box_hold(m.hit, &ret->target, err);
	} else if (!r) {
		r = meant_none(&m, name, err);
	}
	boxes_free(&b);
	return r;
}

int find_name(const char *name, struct find_match *ret, struct err *err)
{
	struct err ignored = {0};
	struct ns_ref ref;

	*ret = (struct find_match){.fd = -1, .target = TARGET_NONE};
	if (!ns_ref_parse(name, &ref, &ignored)) {
		if (ref.inum >= INUM_LEAST)
			return find_ref(&ref, name, ret, err);
		err_say(err, -EINVAL, "%s is not the inode number of a namespace", name);
		err_hint(err, "a process is given by --target: -t %s -a", name);
		return -EINVAL;
	}
	if (strchr(name, '/'))
		return find_file(name, ret, err);
	return find_plain(name, ret, err);
}
