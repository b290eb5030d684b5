// SPDX-License-Identifier: GPL-2.0-or-later
/* ls_cols.c - the columns of `nswatch ls`: those of lsns in its order, then our own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/ls.h"
#include "snapshot/container.h"
#include "snapshot/kept.h"
#include "kernel/nstype.h"

#define CMDLINE_MAX 8192
#define TEXT_MAX    65536 /* of a file of /proc */
#define NSEC        1000000000ULL

static const struct ns_node *node_of(const void *row)
{
	return ((const struct ls_row *)row)->node;
}

static const struct ns_task *proc_of(const void *row)
{
	return ((const struct ls_row *)row)->proc;
}

static bool fill_ns(void *ctx, const void *row, struct buf *b)
{
	return cell_u64(b, node_of(row)->inum);
}

static bool fill_type(void *ctx, const void *row, struct buf *b)
{
	return cell_text(b, ns_types[node_of(row)->type].name);
}

static bool fill_path(void *ctx, const void *row, struct buf *b)
{
	const struct ns_node *n = node_of(row);
	const struct ns_task *t = proc_of(row);
	struct ls *l = ctx;

	if (t)
		buf_printf(b, "/proc/%u/ns/%s", t->pid, ns_types[n->type].name);
	/* Where lsns says nothing, neither do we. */
	return t || (!n->plain && !node_path(&l->d->graph, n, b));
}

static bool fill_nprocs(void *ctx, const void *row, struct buf *b)
{
	return !node_of(row)->uncounted && cell_u64(b, node_of(row)->nprocs);
}

static bool fill_pid(void *ctx, const void *row, struct buf *b)
{
	return proc_of(row) && cell_u64(b, proc_of(row)->pid);
}

static bool fill_ppid(void *ctx, const void *row, struct buf *b)
{
	return proc_of(row) && cell_u64(b, proc_of(row)->ppid);
}

static bool fill_command(void *ctx, const void *row, struct buf *b)
{
	return proc_of(row) && cell_text(b, snapshot_command(((struct ls *)ctx)->d, proc_of(row)));
}

/* --- users --- */

static bool user_name(struct ls *l, uint32_t uid, struct buf *b)
{
	const char *name;

	if (!users_find(&l->users, uid, &name)) {
		char text[USER_NAME_LEN + 1] = "";

		if (snapshot_ops(l->d)->user(uid, text, sizeof(text)))
			text[0] = '\0';
		users_put(&l->users, uid, text, strlen(text));
		users_find(&l->users, uid, &name);
	}
	return name ? cell_text(b, name) : cell_u64(b, uid);
}

/* Of a namespace without a process the user who owns it; as to lsns, root where nobody knows. */
static uint32_t row_uid(const void *row)
{
	const struct ls_row *r = row;

	return r->proc ? r->proc->uid : r->node->has_uid ? r->node->owner_uid : 0;
}

static bool fill_uid(void *ctx, const void *row, struct buf *b)
{
	return !node_of(row)->uncounted && cell_u64(b, row_uid(row));
}

static bool fill_user(void *ctx, const void *row, struct buf *b)
{
	return !node_of(row)->uncounted && user_name(ctx, row_uid(row), b);
}

/* --- net namespaces and their mounts --- */

static bool fill_netnsid(void *ctx, const void *row, struct buf *b)
{
	const struct ns_node *n = node_of(row);
	struct ls *l = ctx;
	int32_t id;

	if (n->type != NS_NET || snapshot_ops(l->d)->nsid(l->d, n, &id))
		return false;
	return id < 0 ? cell_text(b, "unassigned") : cell_u64(b, (uint64_t)id);
}

/* The bind mounts of this mount namespace, chained by namespace in their order. */
static bool mounts_chain(struct ls *l)
{
	const struct ns_mounts *m = &l->d->mounts;
	const struct ns_graph *g = &l->d->graph;

	if (l->mount_first)
		return true;
	l->mount_first = calloc(g->n + 1, sizeof(*l->mount_first));
	l->mount_next = calloc(m->n + 1, sizeof(*l->mount_next));
	if (!l->mount_first || !l->mount_next)
		return false;
	for (size_t i = m->n; i-- > 0;) {
		const struct ns_node *n = graph_find(g, m->rows[i].type, m->rows[i].inum);

		if (!n || (l->d->own_mnt && m->rows[i].mnt_ns != l->d->own_mnt))
			continue;
		l->mount_next[i] = l->mount_first[n - g->nodes];
		l->mount_first[n - g->nodes] = (uint32_t)i + 1;
	}
	return true;
}

/* Mounted twice at one place it is named once. */
static bool path_seen(struct ls *l, uint32_t first, uint32_t at)
{
	const struct ns_mounts *m = &l->d->mounts;
	const char *path = mounts_path(m, &m->rows[at - 1]);

	for (; first != at; first = l->mount_next[first - 1])
		if (!strcmp(mounts_path(m, &m->rows[first - 1]), path))
			return true;
	return false;
}

static bool fill_nsfs(void *ctx, const void *row, struct buf *b)
{
	struct ls *l = ctx;
	const struct ns_mounts *m = &l->d->mounts;
	bool lines = !l->o->nowrap && !l->o->form.raw, any = false;
	const char *path;
	uint32_t first, i;

	if (!mounts_chain(l))
		return false;
	first = l->mount_first[node_of(row) - l->d->graph.nodes];
	for (i = first; i; i = l->mount_next[i - 1]) {
		if (path_seen(l, first, i))
			continue;
		path = mounts_path(m, &m->rows[i - 1]);
		table_item(b, !any, lines ? '\n' : ',', path, strlen(path));
		any = true;
	}
	return any;
}

static bool fill_pns(void *ctx, const void *row, struct buf *b)
{
	return cell_u64(b, node_of(row)->rel[REL_PARENT]);
}

static bool fill_ons(void *ctx, const void *row, struct buf *b)
{
	return cell_u64(b, node_of(row)->rel[REL_OWNER]);
}

/* --- what lsns has not --- */

static bool fill_kept(void *ctx, const void *row, struct buf *b)
{
	const struct ls *l = ctx;

	if (node_of(row)->uncounted || (l->kept_short && node_of(row)->nprocs))
		return false;
	kept_words(&l->d->graph, node_of(row), b);
	return true;
}

static bool fill_nthreads(void *ctx, const void *row, struct buf *b)
{
	return cell_u64(b, node_of(row)->nthreads);
}

static bool fill_level(void *ctx, const void *row, struct buf *b)
{
	const struct ns_node *n = node_of(row);

	return (n->type == NS_PID || n->type == NS_USER) && cell_u64(b, n->level);
}

static bool fill_pidns1(void *ctx, const void *row, struct buf *b)
{
	const struct ns_task *t = proc_of(row);

	return t && t->ns_pid && cell_u64(b, t->ns_pid);
}

static bool fill_nspids(void *ctx, const void *row, struct buf *b)
{
	uint32_t pids[64];
	struct ls *l = ctx;
	int n = proc_of(row) ? snapshot_ops(l->d)->nspids(proc_of(row), pids, 64) : 0;

	for (int i = 0; i < n; i++)
		buf_printf(b, "%s%u", i ? "," : "", pids[i]);
	return n > 0;
}

static bool fill_owner(void *ctx, const void *row, struct buf *b)
{
	return node_of(row)->has_uid && user_name(ctx, node_of(row)->owner_uid, b);
}

static bool fill_ouid(void *ctx, const void *row, struct buf *b)
{
	return node_of(row)->has_uid && cell_u64(b, node_of(row)->owner_uid);
}

/* Lines of "inside outside count" as "inside:outside:count,...". */
static bool map_add(
	struct ls *l, const struct ns_task *t, const char *file, const char *what, struct buf *b)
{
	auto_buf struct buf text = {0};
	char *save = NULL;
	size_t n = 0;

	if (snapshot_ops(l->d)->text(t, file, TEXT_MAX, &text) || !text.len)
		return false;
	for (char *line = strtok_r(text.s, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		unsigned long in, out, count;

		if (sscanf(line, "%lu %lu %lu", &in, &out, &count) != 3)
			continue;
		buf_printf(b, "%s%lu:%lu:%lu", n++ ? "," : what, in, out, count);
	}
	return n;
}

static bool fill_maps(void *ctx, const void *row, struct buf *b)
{
	bool uid, gid;

	if (node_of(row)->type != NS_USER || !proc_of(row))
		return false;
	uid = map_add(ctx, proc_of(row), "uid_map", "uid ", b);
	gid = map_add(ctx, proc_of(row), "gid_map", uid ? " gid " : "gid ", b);
	return uid || gid;
}

static bool fill_host(void *ctx, const void *row, struct buf *b)
{
	const struct snapshot *s = ((struct ls *)ctx)->d;

	return node_of(row)->type == NS_UTS && !snapshot_ops(s)->host(&s->graph, node_of(row), b);
}

static bool fill_devs(void *ctx, const void *row, struct buf *b)
{
	const struct snapshot *s = ((struct ls *)ctx)->d;

	return node_of(row)->type == NS_NET && !snapshot_ops(s)->devs(&s->graph, node_of(row), b);
}

/* Asked once of a process: mostly it is the first of several namespaces. */
static const char *container_text(struct ls *l, const struct ns_task *t)
{
	size_t row = (size_t)(t - l->d->tasks.rows);

	if (!l->box_at)
		l->box_at = calloc(l->d->tasks.n + 1, sizeof(*l->box_at));
	if (!l->box_at)
		return "";
	if (!l->box_at[row]) {
		l->box_at[row] = (uint32_t)l->boxes.len + 1;
		container_say(snapshot_ops(l->d), t, &l->boxes);
		buf_add(&l->boxes, "", 1);
	}
	return l->boxes.s + l->box_at[row] - 1;
}

static bool fill_container(void *ctx, const void *row, struct buf *b)
{
	const char *text = proc_of(row) ? container_text(ctx, proc_of(row)) : "";

	buf_puts(b, text);
	return *text;
}

/* --- times ---
 * The kernel does not say when a namespace was made, but those of its own
 * threads are as old as the system, and pid 1 begins a pid namespace.
 */
static bool node_created(struct ls *l, const struct ns_node *n, uint64_t *ret_ns)
{
	const struct ns_task *t = node_proc(&l->d->graph, n);

	if (!t)
		return false;
	if (t->flags & TASK_KTHREAD && t->pid <= 2) {
		*ret_ns = 0;
		return true;
	}
	if (n->type != NS_PID)
		return false;
	/* Of the lowest pid outside, nearly always; else it is looked for. */
	for (size_t i = (size_t)(t - l->d->tasks.rows), k = 0; k < l->d->tasks.n; k++) {
		const struct ns_task *p = &l->d->tasks.rows[(i + k) % l->d->tasks.n];

		if (p->ns_pid != 1 || p->ns.inum[NS_PID] != n->inum || p->pid != p->tid)
			continue;
		*ret_ns = p->start_ns;
		return true;
	}
	return false;
}

static bool fill_created(void *ctx, const void *row, struct buf *b)
{
	struct ls *l = ctx;
	uint64_t at, wall;
	struct tm tm;
	char s[32];
	time_t t;

	if (!node_created(l, node_of(row), &at))
		return false;
	wall = snapshot_ops(l->d)->clock(CLOCK_REALTIME) / NSEC;
	t = (time_t)(wall - (l->now_ns - at + NSEC / 2) / NSEC);
	return gmtime_r(&t, &tm) && strftime(s, sizeof(s), "%Y-%m-%dT%H:%M:%SZ", &tm) &&
	       cell_text(b, s);
}

static bool fill_age(void *ctx, const void *row, struct buf *b)
{
	static const struct {
		unsigned int s;
		char unit, below;
	} units[] = {{86400, 'd', 'h'}, {3600, 'h', 'm'}, {60, 'm', 's'}};
	struct ls *l = ctx;
	uint64_t at, s;

	if (!node_created(l, node_of(row), &at))
		return false;
	s = l->now_ns > at ? (l->now_ns - at) / NSEC : 0;
	for (size_t i = 0; i < 3; i++) {
		unsigned int below = i < 2 ? units[i + 1].s : 1;

		if (s < units[i].s)
			continue;
		buf_printf(b, "%u%c%02u%c", (unsigned int)(s / units[i].s), units[i].unit,
			(unsigned int)(s % units[i].s / below), units[i].below);
		return true;
	}
	buf_printf(b, "%us", (unsigned int)s);
	return true;
}

static bool fill_id(void *ctx, const void *row, struct buf *b)
{
	const struct snapshot *s = ((struct ls *)ctx)->d;
	struct ns_node n = *node_of(row);

	if (!n.id)
		snapshot_ops(s)->ask(&s->graph, &n);
	return n.id && cell_u64(b, n.id);
}

const struct column ls_cols[] = {
	{{"NS", TABLE_NUMBER, TABLE_RIGHT | TABLE_HINT(10)}, "namespace identifier (inode number)",
		0, fill_ns},
	{{"TYPE", TABLE_STRING, TABLE_HINT(5)}, "kind of namespace", 0, fill_type},
	{{"PATH", TABLE_STRING, 0}, "path to the namespace", 0, fill_path},
	{{"NPROCS", TABLE_NUMBER, TABLE_RIGHT | TABLE_HINT(5)},
		"number of processes in the namespace", 0, fill_nprocs},
	{{"PID", TABLE_NUMBER, TABLE_RIGHT | TABLE_HINT(5)}, "lowest pid in the namespace", 0,
		fill_pid},
	{{"PPID", TABLE_NUMBER, TABLE_RIGHT | TABLE_HINT(5)}, "parent of PID", 0, fill_ppid},
	{{"COMMAND", TABLE_STRING, TABLE_TRUNC}, "command line of PID", 0, fill_command},
	{{"UID", TABLE_NUMBER, TABLE_RIGHT}, "uid of PID, or of the owner where there is none", 0,
		fill_uid},
	{{"USER", TABLE_STRING, 0}, "name of that user", 0, fill_user},
	{{"NETNSID", TABLE_STRING, TABLE_RIGHT},
		"id of a net namespace in nswatch's own one, or 'unassigned'", 0, fill_netnsid},
	{{"NSFS", TABLE_STRING, TABLE_WRAP | TABLE_LIST}, "bind mounts in this mount namespace", 0,
		fill_nsfs},
	{{"PNS", TABLE_NUMBER, TABLE_RIGHT | TABLE_HINT(10)},
		"parent namespace (of pid and user namespaces)", SNAP_REL, fill_pns},
	{{"ONS", TABLE_NUMBER, TABLE_RIGHT | TABLE_HINT(10)}, "user namespace that owns it",
		SNAP_REL, fill_ons},
	{{"KEPT", TABLE_STRING, TABLE_TRUNC},
		"what keeps it: proc, thread TID, child TID, fd PID:FD, socket PID:FD, tun PID:FD, "
		"mount PATH, parent NS, owner NS; '+N': N more of these; unseen: none of these was "
		"found",
		SNAP_HIDDEN, fill_kept},
	{{"NTHREADS", TABLE_NUMBER, TABLE_RIGHT}, "number of threads in the namespace",
		SNAP_THREADS, fill_nthreads},
	{{"LEVEL", TABLE_NUMBER, TABLE_RIGHT}, "how deep a pid or user namespace is nested",
		SNAP_REL | SNAP_TREE, fill_level},
	{{"PIDNS1", TABLE_NUMBER, TABLE_RIGHT}, "pid of PID inside its pid namespace", SNAP_NSPIDS,
		fill_pidns1},
	{{"NSPIDS", TABLE_STRING, 0}, "pids of PID at every level, the outermost first", 0,
		fill_nspids},
	{{"OUID", TABLE_NUMBER, TABLE_RIGHT}, "uid of the owner: who made its user namespace",
		SNAP_REL, fill_ouid},
	{{"OWNER", TABLE_STRING, 0}, "name of that user", SNAP_REL, fill_owner},
	{{"MAPS", TABLE_STRING, TABLE_TRUNC},
		"uid and gid map of a user namespace, INSIDE:OUTSIDE:COUNT,...", 0, fill_maps},
	{{"HOST", TABLE_STRING, 0}, "host name in a uts namespace", 0, fill_host},
	{{"DEVS", TABLE_STRING, TABLE_TRUNC}, "network devices of a net namespace", 0, fill_devs},
	{{"CONTAINER", TABLE_STRING, TABLE_TRUNC},
		"container, pod or systemd unit that PID is in; with user:UID, in that user's part "
		"of the cgroups; with in:NAME, in that container",
		0, fill_container},
	{{"CREATED", TABLE_STRING, 0}, "when the namespace was created, where that is known",
		SNAP_NSPIDS, fill_created},
	{{"AGE", TABLE_STRING, TABLE_RIGHT}, "time since CREATED", SNAP_NSPIDS, fill_age},
	{{"ID", TABLE_NUMBER, TABLE_RIGHT}, "unique id that the kernel gave it (6.18)", SNAP_PROCS,
		fill_id},
	{{0}, NULL, 0, NULL},
};

void ls_caches_free(struct ls *l)
{
	free(l->mount_first);
	free(l->mount_next);
	l->mount_first = l->mount_next = NULL;
	free(l->box_at);
	l->box_at = NULL;
	buf_free(&l->boxes);
}
