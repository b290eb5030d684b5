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
#include "ns/container.h"
#include "ns/find.h"
#include "ns/graph.h"
#include "ns/netnsfs.h"
#include "ns/nsfd.h"
#include "ns/procfs.h"
#include "ns/step.h"
#include "ns/types.h"

/* Inode numbers of namespaces are all above (PROC_DYNAMIC_FIRST and below it the initial ones). */
#define INUM_LEAST 0xE0000000u
#define LISTED_MAX 8

/* --- namespaces by number --- */

struct sight {
	struct ns_tasks tasks;
	struct ns_holds holds;
	struct ns_mounts mounts;
	struct ns_graph graph;
};

static void sight_free(struct sight *s)
{
	graph_free(&s->graph);
	mounts_free(&s->mounts);
	holds_free(&s->holds);
	tasks_free(&s->tasks);
}

/* whole: also what keeps those that have no process. */
static int sight_read(struct sight *s, bool whole, struct err *err)
{
	struct procfs_opts o = {.slots = whole ? NS_SLOTS_MASK : NS_TYPES_MASK, .threads = whole};
	struct stat st;
	uint32_t own = stat("/proc/self/ns/mnt", &st) ? 0 : (uint32_t)st.st_ino;
	int r;

	*s = (struct sight){0};
	r = procfs_read(&o, &s->tasks, err);
	if (!r)
		r = graph_tasks(&s->graph, &s->tasks);
	if (!r && whole) {
		r = holds_read(&s->holds, &s->tasks, NS_TYPES_MASK, err);
		if (!r)
			r = mounts_read(&s->mounts, "/proc/self/mountinfo", own, err);
		if (!r)
			r = mounts_read_all(&s->mounts, &s->tasks, own, NULL, err);
		if (!r)
			r = graph_holds(&s->graph, &s->holds);
		if (!r)
			r = graph_mounts(&s->graph, &s->mounts, own);
		if (!r)
			r = graph_relate(&s->graph, GRAPH_ANCESTORS);
	}
	return r ? r : graph_finish(&s->graph);
}

static int find_ref(const struct ns_ref *ref, const char *name, struct found *ret, struct err *err)
{
	struct step step = STEP(OPEN, .what = name);

	for (int whole = 0; whole < 2; whole++) {
		struct sight s;
		const struct ns_node *n;
		int r = sight_read(&s, whole, err), fd = -ENOENT;

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
		sight_free(&s);
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
	struct sight s;
	int ret = sight_read(&s, true, NULL);

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
	sight_free(&s);
	return ret;
}

static int find_file(const char *path, struct found *ret, struct err *err)
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

/* One per container: its oldest process, which is what it was started with. */
struct box {
	struct container c;
	const struct ns_task *first;
};

struct boxes {
	struct box *v;
	size_t n;
	struct ns_tasks tasks;
};

static int box_of(const struct ns_task *t, struct container *ret)
{
	auto_buf struct buf text = {0};

	if (t->flags & (TASK_KTHREAD | TASK_DEAD) || procfs_text(t, "cgroup", 65536, &text) ||
		!text.len)
		return -ENOENT;
	return container_parse(text.s, ret);
}

static bool box_same(const struct container *a, const struct container *b)
{
	return !strcmp(a->runtime, b->runtime) && !strcmp(a->id, b->id);
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
	for (size_t i = 0; i < b->tasks.n; i++) {
		const struct ns_task *t = &b->tasks.rows[i];
		struct container c;
		size_t at = 0;

		if (box_of(t, &c) || !c.runtime)
			continue;
		while (at < b->n && !box_same(&b->v[at].c, &c))
			at++;
		if (at == b->n)
			b->v[b->n++] = (struct box){c, t};
		else if (t->start_ns < b->v[at].first->start_ns)
			b->v[at].first = t;
	}
	return 0;
}

static void boxes_free(struct boxes *b)
{
	free(b->v);
	tasks_free(&b->tasks);
}

/* "docker:web", "web", and from four digits on the beginning of the id. */
static bool box_is_called(const struct box *b, const char *shown, const char *name)
{
	const char *colon = strchr(shown, ':'), *plain = colon ? colon + 1 : shown;
	size_t all = strcspn(shown, ","), len = strlen(name), most = strcspn(plain, ",");

	return (len == all && !strncmp(shown, name, len)) ||
	       (len == most && !strncmp(plain, name, len)) || !strcmp(b->c.id, name) ||
	       (len >= 4 && strlen(b->c.id) == 64 && !strncmp(b->c.id, name, len));
}

/* Holds it, and makes sure that it is still the process that was seen. */
static int box_hold(const struct box *b, struct target *ret, struct err *err)
{
	struct container now;
	int r = target_hold(ret, (pid_t)b->first->pid, 0, err);

	if (r)
		return r;
	if (!box_of(b->first, &now) && box_same(&now, &b->c))
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

static int find_netns(const char *name, struct found *ret, struct err *err)
{
	int fd = netns_open(name, err);

	if (fd < 0)
		return fd;
	ret->type = NS_NET;
	ret->fd = fd;
	return 0;
}

static int find_plain(const char *name, struct found *ret, struct err *err)
{
	auto_buf struct buf path = {0}, matches = {0}, others = {0}, shown = {0};
	struct boxes b = {0};
	const struct box *hit = NULL;
	size_t nmatches = 0, nothers = 0;
	struct stat st;
	bool netns;
	int r;

	buf_printf(&path, "%s/%s", NETNS_DIR, name);
	netns = !lstat(path.s, &st);
	if (netns)
		list_add(&matches, &nmatches, path.s);
	r = boxes_read(&b, err);
	for (size_t i = 0; !r && i < b.n; i++) {
		buf_reset(&shown);
		container_format(&b.v[i].c, "", &shown);
		if (box_is_called(&b.v[i], shown.s, name)) {
			hit = &b.v[i];
			list_add(&matches, &nmatches, shown.s);
		} else if (strcmp(b.v[i].c.runtime, "unit") != 0) {
			list_add(&others, &nothers, shown.s);
		}
	}
	list_netns(&others, &nothers);
	if (!r && nmatches > 1)
		r = err_say(err, -EEXIST, "'%s' may be any of: %s", name, matches.s);
	else if (!r && netns)
		r = find_netns(name, ret, err);
	else if (!r && hit)
		r = box_hold(hit, &ret->target, err);
	else if (!r)
		r = err_say(err, -ENOENT, "no namespace or container is called '%s'; there %s%s",
			name, nothers ? "are: " : "is none with a name", nothers ? others.s : "");
	boxes_free(&b);
	return r;
}

int find_name(const char *name, struct found *ret, struct err *err)
{
	struct err ignored = {0};
	struct ns_ref ref;

	*ret = (struct found){.fd = -1, .target = TARGET_NONE};
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
