// SPDX-License-Identifier: GPL-2.0-or-later
/* ls_more.c - the columns that lsns has not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/ls.h"
#include "lib/fd.h"
#include "snapshot/container.h"
#include "kernel/inside.h"
#include "kernel/nsfd.h"
#include "snapshot/from_proc.h"
#include "kernel/nstype.h"

#define TEXT_MAX 65536 /* of a file of /proc */
#define NSEC     1000000000ULL

static void fill_kept(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	node_kept(&l->d->graph, r->node, v->text);
	v->is = v->text->len != 0;
}

static void fill_nthreads(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	ls_val_u64(v, r->node->nthreads);
}

static void fill_level(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	if (r->node->type == NS_PID || r->node->type == NS_USER)
		ls_val_u64(v, r->node->level);
}

static void fill_pidns1(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	if (r->proc && r->proc->ns_pid)
		ls_val_u64(v, r->proc->ns_pid);
}

static void fill_nspids(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	uint32_t pids[64];
	int n = r->proc ? procfs_nspids(r->proc, pids, 64) : 0;

	for (int i = 0; i < n; i++)
		buf_printf(v->text, "%s%u", i ? "," : "", pids[i]);
	v->is = n > 0;
}

static void fill_owner(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	if (!r->node->has_uid)
		return;
	ls_user_name(l, r->node->owner_uid, v->text);
	v->is = true;
}

static void fill_ouid(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	if (r->node->has_uid)
		ls_val_u64(v, r->node->owner_uid);
}

/* Lines of "inside outside count" as "inside:outside:count,...". */
static bool map_add(const struct ns_task *t, const char *file, const char *what, struct buf *b)
{
	auto_buf struct buf text = {0};
	char *save = NULL;
	size_t n = 0;

	if (procfs_text(t, file, TEXT_MAX, &text) || !text.len)
		return false;
	for (char *line = strtok_r(text.s, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		unsigned long in, out, count;

		if (sscanf(line, "%lu %lu %lu", &in, &out, &count) != 3)
			continue;
		buf_printf(b, "%s%lu:%lu:%lu", n++ ? "," : what, in, out, count);
	}
	return n;
}

static void fill_maps(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	if (r->node->type != NS_USER || !r->proc)
		return;
	v->is = map_add(r->proc, "uid_map", "uid ", v->text);
	v->is |= map_add(r->proc, "gid_map", v->is ? " gid " : "gid ", v->text);
}

static void fill_inside(struct ls *l, const struct ls_row *r, uint32_t type,
	int (*ask)(int, struct buf *), struct ls_val *v)
{
	auto_fd int fd = r->node->type == type ? node_open(&l->d->graph, r->node) : -1;

	v->is = fd >= 0 && !ask(fd, v->text);
}

static void fill_host(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	fill_inside(l, r, NS_UTS, inside_host, v);
}

static void fill_devs(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	fill_inside(l, r, NS_NET, inside_devs, v);
}

static void fill_container(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	auto_buf struct buf text = {0};
	struct container c;

	if (!r->proc || container_of(r->proc, &text, &c))
		return;
	container_format(&c, "", v->text);
	v->is = true;
}

/* --- times ---
 * The kernel does not say when a namespace was made, but those of its own
 * threads are as old as the system, and pid 1 begins a pid namespace.
 */
static bool node_created(struct ls *l, const struct ls_row *r, uint64_t *ret_ns)
{
	const struct ns_task *t = node_proc(&l->d->graph, r->node);

	if (!t)
		return false;
	if (t->flags & TASK_KTHREAD && t->pid <= 2) {
		*ret_ns = 0;
		return true;
	}
	if (r->node->type != NS_PID)
		return false;
	/* Of the lowest pid outside, nearly always; else it is looked for. */
	for (size_t i = (size_t)(t - l->d->tasks.rows), n = 0; n < l->d->tasks.n; n++) {
		const struct ns_task *p = &l->d->tasks.rows[(i + n) % l->d->tasks.n];

		if (p->ns_pid != 1 || p->ns.inum[NS_PID] != r->node->inum || p->pid != p->tid)
			continue;
		*ret_ns = p->start_ns;
		return true;
	}
	return false;
}

static void fill_created(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	struct timespec ts;
	uint64_t at;
	struct tm tm;
	char s[32];
	time_t t;

	if (!node_created(l, r, &at))
		return;
	clock_gettime(CLOCK_REALTIME, &ts);
	t = ts.tv_sec - (time_t)((l->now_ns - at + NSEC / 2) / NSEC);
	if (gmtime_r(&t, &tm) && strftime(s, sizeof(s), "%Y-%m-%dT%H:%M:%SZ", &tm))
		ls_val_text(v, s);
}

static void fill_age(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	static const struct {
		unsigned int s;
		char unit, below;
	} units[] = {{86400, 'd', 'h'}, {3600, 'h', 'm'}, {60, 'm', 's'}};
	uint64_t at, s;

	if (!node_created(l, r, &at))
		return;
	s = l->now_ns > at ? (l->now_ns - at) / NSEC : 0;
	v->is = true;
	for (size_t i = 0; i < 3; i++) {
		unsigned int below = i < 2 ? units[i + 1].s : 1;

		if (s < units[i].s)
			continue;
		buf_printf(v->text, "%u%c%02u%c", (unsigned int)(s / units[i].s), units[i].unit,
			(unsigned int)(s % units[i].s / below), units[i].below);
		return;
	}
	buf_printf(v->text, "%us", (unsigned int)s);
}

static void fill_id(struct ls *l, const struct ls_row *r, struct ls_val *v)
{
	uint64_t id = r->node->id;
	auto_fd int fd = -1;

	if (!id) {
		fd = node_open(&l->d->graph, r->node);
		if (fd < 0 || nsfd_id(fd, &id))
			return;
	}
	ls_val_u64(v, id);
}

const struct ls_col ls_more_cols[] = {
	{{"KEPT", TABLE_STRING, TABLE_TRUNC},
		"what keeps it: proc, thread TID, child TID, fd PID:FD, socket PID:FD, tun PID:FD, "
		"mount PATH, "
		"parent NS, owner NS; '+N': and N more of these; unseen: none of them",
		LS_NEED_HIDDEN, fill_kept},
	{{"NTHREADS", TABLE_NUMBER, TABLE_RIGHT}, "number of threads in the namespace",
		LS_NEED_THREADS, fill_nthreads},
	{{"LEVEL", TABLE_NUMBER, TABLE_RIGHT}, "how deep a pid or user namespace is nested",
		LS_NEED_REL | LS_NEED_TREE, fill_level},
	{{"PIDNS1", TABLE_NUMBER, TABLE_RIGHT}, "pid of PID inside its pid namespace",
		LS_NEED_NSPIDS, fill_pidns1},
	{{"NSPIDS", TABLE_STRING, 0}, "pids of PID at every level, the outermost first", 0,
		fill_nspids},
	{{"OUID", TABLE_NUMBER, TABLE_RIGHT}, "uid of the owner: who made its user namespace",
		LS_NEED_REL, fill_ouid},
	{{"OWNER", TABLE_STRING, 0}, "name of that user", LS_NEED_REL, fill_owner},
	{{"MAPS", TABLE_STRING, TABLE_TRUNC},
		"uid and gid map of a user namespace, INSIDE:OUTSIDE:COUNT,...", 0, fill_maps},
	{{"HOST", TABLE_STRING, 0}, "host name in a uts namespace", 0, fill_host},
	{{"DEVS", TABLE_STRING, TABLE_TRUNC}, "network devices of a net namespace", 0, fill_devs},
	{{"CONTAINER", TABLE_STRING, TABLE_TRUNC},
		"container, pod or systemd unit that PID is in; user:UID: of that user's part of "
		"the "
		"cgroups, in:NAME: in that container",
		0, fill_container},
	{{"CREATED", TABLE_STRING, 0}, "when it was made, where that is known", LS_NEED_NSPIDS,
		fill_created},
	{{"AGE", TABLE_STRING, TABLE_RIGHT}, "time since then", LS_NEED_NSPIDS, fill_age},
	{{"ID", TABLE_NUMBER, TABLE_RIGHT}, "unique id that the kernel gave it (6.18)",
		LS_NEED_PROCS, fill_id},
	{{0}, NULL, 0, NULL},
};
