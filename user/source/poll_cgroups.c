// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bpf/wire/config.h"
#include "kernel/cgroup.h"
#include "kernel/nstype.h"
#include "lib/buf.h"
#include "snapshot/from_proc.h"
#include "source/poll_cgroups.h"

#define TEXT_MAX   65536  /* of /proc/PID/cgroup */
#define KNOWN_MAX  131072 /* processes; then all are forgotten before the next */
#define CGROUP_DIR "/sys/fs/cgroup"

struct poll_cgroups {
	struct cgroups *cgroups;
	const char *hierarchy;
	struct inums known; /* by pid: a: when it began, b: the id */
	struct buf text, path;
};

struct poll_cgroups *poll_cgroups_new(struct cgroups *c)
{
	struct poll_cgroups *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->cgroups = c;
	p->hierarchy = cgroup_hierarchy_name(cgroup_hierarchy());
	return p;
}

void poll_cgroups_free(struct poll_cgroups *p)
{
	if (!p)
		return;
	inums_free(&p->known);
	buf_free(&p->text);
	buf_free(&p->path);
	free(p);
}

/* Tells a directory on the way; its id, 0: it has gone. */
static uint64_t node_tell(struct poll_cgroups *p, uint64_t parent, const char *name, size_t len)
{
	struct nsw_cgroup told = {.hdr = {.kind = NSW_CGROUP, .size = sizeof(told)}};
	struct stat st;

	if (len >= sizeof(told.name) || stat(p->path.s, &st))
		return 0;
	told.hdr.cgroup_id = st.st_ino;
	told.parent = parent;
	memcpy(told.name, name, len);
	if (!cgroups_whose(p->cgroups, st.st_ino))
		cgroups_note(p->cgroups, &told, sizeof(told));
	return st.st_ino;
}

static uint64_t path_id(struct poll_cgroups *p, const char *path, size_t path_len)
{
	const char *end = path + path_len;
	uint64_t id;

	buf_reset(&p->path);
	buf_printf(&p->path, CGROUP_DIR "%s%s", *p->hierarchy ? "/" : "", p->hierarchy);
	id = node_tell(p, 0, "", 0);
	while (id && path < end) {
		const char *name = path + 1, *slash = memchr(name, '/', (size_t)(end - name));
		size_t len = (size_t)((slash ? slash : end) - name);

		if (!len)
			break;
		buf_putc(&p->path, '/');
		buf_add(&p->path, name, len);
		id = node_tell(p, id, name, len);
		path = name + len;
	}
	return id;
}

/* What it says now; 0: it has gone, or may not be read. */
static uint64_t task_read(struct poll_cgroups *p, const struct ns_task *t)
{
	const char *text;
	struct cgroup_line l;

	buf_reset(&p->text);
	if (procfs_text(t, "cgroup", TEXT_MAX, &p->text) || !p->text.len)
		return 0;
	for (text = p->text.s; cgroup_line_next(&text, &l);)
		if (cgroup_line_is(&l, p->hierarchy))
			return l.path_len && *l.path == '/' ? path_id(p, l.path, l.path_len) : 0;
	return 0;
}

static void task_keep(struct poll_cgroups *p, const struct ns_task *t, uint64_t id)
{
	struct inum_entry *e;

	if (p->known.n >= KNOWN_MAX)
		inums_free(&p->known);
	e = inums_put(&p->known, 0, t->pid);
	if (!e)
		return;
	e->a = t->start_ns;
	e->b = id;
}

static const struct inum_entry *task_known(const struct poll_cgroups *p, const struct ns_task *t)
{
	const struct inum_entry *e = inums_find(&p->known, 0, t->pid);

	return e && e->a == t->start_ns ? e : NULL;
}

/* The namespaces that it does not have in common with its parent are its container's. */
static void task_member(
	struct poll_cgroups *p, const struct ns_tasks *tasks, const struct ns_task *t, uint64_t id)
{
	const struct ns_task *parent = t->ppid ? tasks_find(tasks, t->ppid) : NULL;
	struct nsw_member m = {
		.hdr = {.kind = NSW_MEMBER, .size = sizeof(m), .cgroup_id = id}, .ns = t->ns};

	if (!parent || parent->flags & TASK_UNREADABLE || t->flags & TASK_UNREADABLE)
		return;
	for (unsigned int slot = 0; slot < NS_TYPES; slot++)
		if (t->ns.inum[slot] != parent->ns.inum[slot])
			m.changed |= 1U << slot;
	cgroups_note(p->cgroups, &m, sizeof(m));
}

void poll_cgroups_see(struct poll_cgroups *p, const struct ns_tasks *tasks)
{
	for (size_t i = 0; i < tasks->n; i++) {
		const struct ns_task *t = &tasks->rows[i];
		uint64_t id;

		if (t->pid != t->tid || t->flags & (TASK_KTHREAD | TASK_DEAD) || task_known(p, t))
			continue;
		id = task_read(p, t);
		task_keep(p, t, id);
		if (id)
			task_member(p, tasks, t, id);
	}
}

uint64_t poll_cgroups_of(struct poll_cgroups *p, const struct ns_task *t)
{
	const struct inum_entry *e;
	uint64_t id = t->flags & (TASK_KTHREAD | TASK_DEAD) ? 0 : task_read(p, t);

	if (id) {
		task_keep(p, t, id);
		return id;
	}
	e = task_known(p, t);
	return e ? e->b : 0;
}
