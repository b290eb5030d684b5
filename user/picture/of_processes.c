// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * of_processes.c - a picture of namespaces of any type with the processes in them: of pid and user
 * namespaces a tree, of user namespaces with what they own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/nstype.h"
#include "lib/inums.h"
#include "picture/system.h"
#include "snapshot/container.h"
#include "snapshot/netref.h"

struct drawing {
	struct snapshot *s;
	const struct picture_wants *wants;
	struct picture *p;
	uint32_t type;
	struct inums boxes; /* by namespace: a: its box + 1 */
	uint32_t *row_of;   /* by row of the tasks, PICTURE_NONE: it is not drawn */
};

static uint32_t box_of(const struct drawing *d, uint32_t type, uint32_t inum)
{
	const struct inum_entry *e = inum ? inums_find(&d->boxes, type, inum) : NULL;

	return e ? (uint32_t)e->a - 1 : PICTURE_NONE;
}

static void user_say(const struct drawing *d, uint32_t uid, struct buf *b)
{
	char name[64] = "";

	if (snapshot_ops(d->s)->user(uid, name, sizeof(name)))
		buf_printf(b, "user %u", uid);
	else
		buf_printf(b, "%.*s", (int)sizeof(name), name);
}

/* --- boxes ------------------------------------------------------------------------------------ */

static bool is_initial(const struct drawing *d, const struct ns_node *n)
{
	return n->inum == graph_initial(&d->s->graph, (enum ns_slot)n->type);
}

static void box_name(struct drawing *d, const struct ns_node *n, uint32_t box)
{
	const struct ns_task *t = node_proc(&d->s->graph, n);
	auto_buf struct buf name = {0};

	if (is_initial(d, n))
		buf_puts(&name, "(initial)");
	else if (t)
		container_say(snapshot_ops(d->s), t, &name);
	d->p->boxes[box].name = picture_text(d->p, name.s, name.len);
}

/* A pid namespace without a process has no pid 1 yet, or no longer. */
static void empty_say(
	const struct drawing *d, const struct ns_node *n, struct picture_box *b, struct buf *note)
{
	const struct ns_keep *child = &n->keep[KEEP_CHILD];
	const struct snapshot_ops *ops = snapshot_ops(d->s);
	int born = child->n && ops->born ? ops->born(&d->s->tasks.rows[child->at]) : -ENOENT;

	b->tone = born == 0 ? PICTURE_WARN : PICTURE_BAD;
	buf_puts(note, born == 0  ? "no process yet: its pid 1 is not born"
		       : born > 0 ? "dead: its pid 1 has ended, and each fork into it fails"
				  : "no process: its pid 1 has ended, or is not born yet");
}

static void box_note(struct drawing *d, const struct ns_node *n, uint32_t box)
{
	struct picture_box *b = &d->p->boxes[box];
	auto_buf struct buf note = {0};
	uint32_t owner = n->rel[REL_OWNER];

	if (n->type == NS_PID && !n->nprocs && !is_initial(d, n)) {
		empty_say(d, n, b, &note);
	} else if (n->type == NS_USER && n->has_uid && !is_initial(d, n)) {
		buf_puts(&note, "made by ");
		user_say(d, n->owner_uid, &note);
	} else if (n->type != NS_USER && owner && owner != graph_initial(&d->s->graph, NS_USER)) {
		buf_printf(&note, "owned by user:[%u]", owner);
	}
	b->note = picture_text(d->p, note.s, note.len);
}

static void boxes_make(struct drawing *d)
{
	const struct ns_graph *g = &d->s->graph;

	for (size_t i = 0; i < g->n; i++) {
		const struct ns_node *n = &g->nodes[g->order[i]];
		struct inum_entry *e;
		uint32_t box;

		if (n->type != d->type)
			continue;
		box = picture_box(d->p, n->type, n->inum);
		e = inums_put(&d->boxes, n->type, n->inum);
		if (e)
			e->a = box + 1;
		box_name(d, n, box);
		box_note(d, n, box);
		if (!is_initial(d, n))
			picture_kept(d->s, n, false, d->p, box);
	}
	for (size_t i = 0; i < g->n; i++) {
		const struct ns_node *n = &g->nodes[g->order[i]];
		uint32_t box = n->type == d->type ? box_of(d, n->type, n->inum) : PICTURE_NONE;

		if (box != PICTURE_NONE && n->node[REL_PARENT] != NODE_NONE)
			d->p->boxes[box].up =
				box_of(d, d->type, g->nodes[n->node[REL_PARENT]].inum);
	}
}

/* --- rows ------------------------------------------------------------------------------------- */

static void process_row(struct drawing *d, uint32_t at, const struct ns_task *t, uint32_t box)
{
	uint32_t row = picture_row(d->p, box, PICTURE_PROCESS);
	struct picture_row *r = &d->p->rows[row];
	auto_buf struct buf note = {0};

	d->row_of[at] = row;
	r->number = t->pid;
	r->inside = t->ns_pid;
	buf_printf(&note, "%u", t->pid);
	if (t->ns_pid && t->ns_pid != t->pid)
		buf_printf(&note, ", pid %u inside", t->ns_pid);
	if (t->flags & TASK_DEAD)
		buf_puts(&note, ", zombie");
	r->tone = t->flags & TASK_DEAD ? PICTURE_DIM : PICTURE_PLAIN;
	r->name = picture_text(d->p, t->comm, strlen(t->comm));
	r->note = picture_text(d->p, note.s, note.len);
}

/* Of the past only the first process of each namespace is known, and how many there were. */
static void others_say(struct drawing *d)
{
	const struct ns_graph *g = &d->s->graph;

	for (size_t i = 0; i < g->n; i++) {
		const struct ns_node *n = &g->nodes[g->order[i]];
		uint32_t box = n->type == d->type ? box_of(d, n->type, n->inum) : PICTURE_NONE, row;
		auto_buf struct buf name = {0};

		if (box == PICTURE_NONE || n->nprocs < 2)
			continue;
		row = picture_row(d->p, box, PICTURE_MORE);
		buf_printf(&name, "%u more process%s", n->nprocs - 1, n->nprocs == 2 ? "" : "es");
		d->p->rows[row].number = n->nprocs - 1;
		d->p->rows[row].name = picture_text(d->p, name.s, name.len);
		d->p->rows[row].tone = PICTURE_DIM;
	}
}

static void rows_make(struct drawing *d)
{
	const struct ns_tasks *t = &d->s->tasks;
	uint32_t kernel = 0, first = PICTURE_NONE;

	for (uint32_t i = 0; i < t->n; i++) {
		const struct ns_task *row = &t->rows[i];
		uint32_t box = box_of(d, d->type, row->ns.inum[d->type]);

		d->row_of[i] = PICTURE_NONE;
		if (row->pid != row->tid || box == PICTURE_NONE || row->pid == (uint32_t)getpid())
			continue;
		if (row->flags & TASK_KTHREAD && !d->wants->all) {
			first = box;
			kernel++;
			continue;
		}
		process_row(d, i, row, box);
	}
	if (kernel) {
		uint32_t row = picture_row(d->p, first, PICTURE_MORE);
		auto_buf struct buf name = {0};

		buf_printf(&name, "%u thread%s of the kernel", kernel, kernel == 1 ? "" : "s");
		d->p->rows[row].number = kernel;
		d->p->rows[row].name = picture_text(d->p, name.s, name.len);
		d->p->rows[row].tone = PICTURE_DIM;
	}
}

/* The parent in the same namespace is above it, one elsewhere is linked. */
static void rows_link(struct drawing *d)
{
	const struct ns_tasks *t = &d->s->tasks;
	unsigned int child = d->type == NS_PID ? NS_PID_CHILD : NS_TIME_CHILD;

	for (uint32_t i = 0; i < t->n; i++) {
		const struct ns_task *row = &t->rows[i],
				     *parent = row->ppid ? tasks_find(t, row->ppid) : NULL;
		uint32_t at = d->row_of[i], up, to;

		if (at == PICTURE_NONE)
			continue;
		up = parent ? d->row_of[parent - t->rows] : PICTURE_NONE;
		if (up != PICTURE_NONE && d->p->rows[up].box == d->p->rows[at].box)
			d->p->rows[at].up = up;
		else if (up != PICTURE_NONE)
			picture_link(d->p, PICTURE_CHILD, up, at);
		if (d->type != NS_PID && d->type != NS_TIME)
			continue;
		to = row->ns.inum[child] == row->ns.inum[d->type]
			     ? PICTURE_NONE
			     : box_of(d, d->type, row->ns.inum[child]);
		if (to != PICTURE_NONE)
			picture_link_box(d->p, PICTURE_CHILDREN, at, to);
	}
}

static void owned_row(struct drawing *d, const struct ns_node *n)
{
	uint32_t box = box_of(d, NS_USER, n->rel[REL_OWNER]), row;
	auto_buf struct buf name = {0};

	if (box == PICTURE_NONE || is_initial(d, n))
		return;
	row = picture_row(d->p, box, PICTURE_OWNED);
	buf_printf(&name, "%s:[%u]", ns_types[n->type].name, n->inum);
	d->p->rows[row].number = n->inum;
	d->p->rows[row].name = picture_text(d->p, name.s, name.len);
	d->p->rows[row].note = picture_text(d->p, "owned", 5);
}

/* What user namespaces own, by type: those of user namespaces are boxes of their own. */
static void owned_make(struct drawing *d)
{
	const struct ns_graph *g = &d->s->graph;

	for (uint32_t type = 0; type < NS_TYPES; type++)
		for (size_t i = 0; i < g->n && type != NS_USER; i++)
			if (g->nodes[g->order[i]].type == type)
				owned_row(d, &g->nodes[g->order[i]]);
}

static const char *title_of(uint32_t type)
{
	static const char *const titles[NS_TYPES] = {
		[NS_MNT] = "Mount namespaces",
		[NS_UTS] = "UTS namespaces",
		[NS_IPC] = "IPC namespaces",
		[NS_USER] = "User namespaces",
		[NS_PID] = "Pid namespaces",
		[NS_NET] = "Net namespaces",
		[NS_CGROUP] = "Cgroup namespaces",
		[NS_TIME] = "Time namespaces",
	};

	return titles[type];
}

void picture_of_processes(
	struct snapshot *s, uint32_t type, const struct picture_wants *w, struct picture *ret)
{
	struct drawing d = {.s = s, .wants = w, .p = ret, .type = type};

	*ret = (struct picture){.title = title_of(type),
		.kind = ns_types[type].name,
		.host = snapshot_ops(s)->host_name(),
		.thing = "process",
		.things = "processes"};
	d.row_of = calloc(s->tasks.n + 1, sizeof(*d.row_of));
	if (d.row_of) {
		boxes_make(&d);
		rows_make(&d);
		rows_link(&d);
		if (snapshot_ops(s)->graph)
			others_say(&d);
		if (type == NS_USER)
			owned_make(&d);
	}
	free(d.row_of);
	inums_free(&d.boxes);
}
