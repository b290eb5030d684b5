// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/nstype.h"
#include "lib/fd.h"
#include "snapshot/tree.h"
#include "source/diff.h"
#include "lib/array.h"

int diff_new(const struct diff_opts *o, struct diff **ret)
{
	struct diff *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->opts = *o;
	d->opts.pids = NULL;
	if (o->npids) {
		d->pids = reallocarray(NULL, o->npids, sizeof(*d->pids));
		if (!d->pids) {
			free(d);
			return -ENOMEM;
		}
		memcpy(d->pids, o->pids, o->npids * sizeof(*d->pids));
	}
	*ret = d;
	return 0;
}

void diff_free(struct diff *d)
{
	if (!d)
		return;
	diff_view_free(&d->prev);
	diff_view_free(&d->now);
	inums_free(&d->lone);
	inums_free(&d->gone);
	buf_free(&d->name);
	buf_free(&d->args);
	free(d->pids);
	free(d);
}

/* --- processes that are there in both --- */

static bool is_new(const struct diff *d, unsigned int slot, uint32_t inum)
{
	const struct inum_entry *e = inums_find(&d->now.held, ns_types[slot].type, inum);

	return e && !(e->a & HELD_TOLD);
}

static int tell_new(struct diff *d, const struct ns_task *actor, const struct ns_task *in)
{
	int ret = 0;

	slot_for_each (slot, NS_SLOTS_MASK)
		if (!ret && in->ns.inum[slot])
			ret = diff_tell_create(d, actor, ns_types[slot].type, in->ns.inum[slot]);
	return ret;
}

static void take_slots(struct ev_nsset *to, const struct ev_nsset *from, uint32_t slots)
{
	slot_for_each (slot, slots)
		to->inum[slot] = from->inum[slot];
}

struct moves {
	uint32_t fresh;  /* slots that hold what nobody had */
	uint32_t joined; /* slots that hold what was there */
};

static struct moves moves_between(
	const struct diff *d, const struct ev_nsset *before, const struct ev_nsset *after)
{
	struct moves m = {0};

	slot_for_each (slot, NS_SLOTS_MASK) {
		uint32_t b = before->inum[slot], a = after->inum[slot];

		if (a == b || (!a && slot != NS_PID_CHILD))
			continue;
		if (!a)
			m.fresh |= 1u << slot;
		else if (is_new(d, slot, a))
			/* From 0: the first child of an unshare that was told before. */
			m.fresh |= b ? 1u << slot : 0;
		else if (b || slot == NS_PID_CHILD)
			m.joined |= 1u << slot;
	}
	return m;
}

/* Unshare to what is new, then setns to what was there. */
static int tell_moves(struct diff *d, const struct ns_task *n, const struct ev_nsset *before,
	const struct moves *m)
{
	struct ev_nsset mid = *before, after;
	int ret = 0;

	take_slots(&mid, &n->ns, m->fresh);
	after = mid;
	take_slots(&after, &n->ns, m->joined);
	if (m->fresh)
		ret = diff_tell_unshare(d, n, before, &mid);
	if (!ret && m->joined)
		ret = diff_tell_setns(d, n, &mid, &after);
	return ret;
}

static bool did_exec(const struct ns_task *before, const struct ns_task *after)
{
	if (before->exec_mark && after->exec_mark)
		return before->exec_mark != after->exec_mark;
	return !(after->flags & TASK_KTHREAD) && memcmp(before->comm, after->comm, EV_COMM_LEN);
}

static int tell_exec_if(struct diff *d, const struct ns_task *before, const struct ns_task *n)
{
	const struct ns_task *parent = n->ppid ? tasks_find(&d->now.tasks, n->ppid) : NULL;

	if (!parent || (parent->flags | n->flags) & (TASK_UNREADABLE | TASK_DEAD))
		return 0;
	if (!memcmp(&parent->ns, &n->ns, sizeof(n->ns)) || !did_exec(before, n))
		return 0;
	return diff_tell_exec(d, n, &parent->ns);
}

static int task_stayed(struct diff *d, const struct ns_task *p, const struct ns_task *n)
{
	struct moves m;
	int ret;

	if ((p->flags | n->flags) & TASK_DEAD || n->flags & TASK_UNREADABLE)
		return 0;
	if (p->flags & TASK_UNREADABLE) {
		/* Not new: just not seen until now. */
		slot_for_each (slot, NS_SLOTS_MASK) {
			struct inum_entry *e =
				inums_find(&d->now.held, ns_types[slot].type, n->ns.inum[slot]);

			if (e)
				e->a |= HELD_TOLD;
		}
		return 0;
	}
	if (memcmp(&p->ns, &n->ns, sizeof(n->ns))) {
		m = moves_between(d, &p->ns, &n->ns);
		/* An exec moves to the time namespace that was meant for children. */
		if (n->ns.inum[NS_TIME] == p->ns.inum[NS_TIME_CHILD])
			m.joined &= ~(1u << NS_TIME);
		ret = tell_new(d, n, n);
		if (!ret)
			ret = tell_moves(d, n, &p->ns, &m);
		if (ret)
			return ret;
	}
	return tell_exec_if(d, p, n);
}

/* --- new processes --- */

/* As it was before it ended, if it has: a zombie has no namespaces. */
static const struct ns_task *parent_of(const struct diff *d, const struct ns_task *n)
{
	const struct ns_task *parent = n->ppid ? tasks_find(&d->now.tasks, n->ppid) : NULL;

	if (parent && parent->flags & TASK_DEAD)
		parent = diff_same_task(&d->prev.tasks, parent);
	return parent && !(parent->flags & (TASK_UNREADABLE | TASK_DEAD)) ? parent : NULL;
}

/* What a child of that parent begins with if nothing new is asked for. */
static struct ev_nsset handed_on(const struct ns_task *parent, const struct ns_task *child)
{
	struct ev_nsset ns = parent->ns;

	ns.inum[NS_PID] = ns.inum[NS_PID_CHILD];
	/* The parent was read before this child made the number visible. */
	if (!ns.inum[NS_PID])
		ns.inum[NS_PID] = child->ns.inum[NS_PID];
	ns.inum[NS_PID_CHILD] = ns.inum[NS_PID];
	ns.inum[NS_TIME] = ns.inum[NS_TIME_CHILD];
	return ns;
}

static int tell_birth(struct diff *d, const struct ns_task *parent, const struct ns_task *n)
{
	struct ev_nsset base = handed_on(parent, n), begun = base;
	struct moves m = moves_between(d, &base, &n->ns);
	bool own = n->ns.inum[NS_PID_CHILD] != n->ns.inum[NS_PID] ||
		   n->ns.inum[NS_TIME_CHILD] != n->ns.inum[NS_TIME];
	int ret = tell_new(d, own ? n : parent, n);

	if (!own)
		take_slots(&begun, &n->ns, m.fresh);
	if (!ret && memcmp(&begun, &parent->ns, sizeof(begun)))
		ret = diff_tell_clone(d, parent, n, own ? 0 : m.fresh, &begun);
	if (!own)
		m.fresh = 0;
	return ret ? ret : tell_moves(d, n, &begun, &m);
}

/* The child still runs what its parent ran at the last snapshot. */
static bool parent_did_exec(
	const struct diff *d, const struct ns_task *parent, const struct ns_task *child)
{
	const struct ns_task *before = diff_same_task(&d->prev.tasks, parent);

	return before && !did_exec(before, child);
}

static bool is_init(const struct ns_task *t)
{
	return t->ns_pid == 1 && t->level;
}

static int task_born(struct diff *d, const struct ns_task *n)
{
	const struct ns_task *parent = parent_of(d, n);
	int ret = 0;

	if (n->flags & TASK_UNREADABLE)
		return 0;
	if (!parent || n->flags & TASK_DEAD)
		ret = tell_new(d, parent ? parent : n, n);
	else if (memcmp(&parent->ns, &n->ns, sizeof(n->ns)))
		ret = tell_birth(d, parent, n);
	if (!ret && is_init(n))
		ret = diff_tell_pidns_init(d, parent, n);
	if (!ret && parent && !parent_did_exec(d, parent, n))
		ret = tell_exec_if(d, parent, n);
	/* It began and ended since the last snapshot, but is not reaped yet. */
	if (!ret && n->flags & TASK_DEAD && is_init(n))
		ret = diff_tell_end(d, n, n, 0);
	return ret;
}

static int birth_cmp(const void *a, const void *b)
{
	const struct ns_task *x = *(const struct ns_task *const *)a;
	const struct ns_task *y = *(const struct ns_task *const *)b;

	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return x->tid < y->tid ? -1 : x->tid > y->tid;
}

/* First what happened to those that stayed, then the new ones, parents before children. */
static int tell_present(struct diff *d)
{
	auto_free const struct ns_task **born = calloc(d->now.tasks.n + 1, sizeof(*born));
	size_t nborn = 0;
	int ret = born ? 0 : -ENOMEM;

	for (size_t i = 0; i < d->now.tasks.n && !ret; i++) {
		const struct ns_task *n = &d->now.tasks.rows[i];
		const struct ns_task *p = diff_same_task(&d->prev.tasks, n);

		if (p)
			ret = task_stayed(d, p, n);
		else
			born[nborn++] = n;
	}
	if (nborn && !ret)
		qsort(born, nborn, sizeof(*born), birth_cmp);
	for (size_t i = 0; i < nborn && !ret; i++)
		ret = task_born(d, born[i]);
	return ret;
}

/* --- what is gone --- */

static bool is_gone(const struct diff *d, uint32_t type, uint32_t inum)
{
	return inum && !inums_find(&d->now.held, type, inum);
}

/*
 * Names for every namespace that went the process that lived longest with it:
 * the parent usually outlives its children.
 */
static int gone_collect(struct diff *d)
{
	const struct ns_tasks *t = &d->prev.tasks;
	bool clean = false;

	for (size_t i = 0; i < t->n; i++) {
		/* Most are where the one before is, and nothing of that is gone. */
		if (clean && !memcmp(&t->rows[i].ns, &t->rows[i - 1].ns, sizeof(t->rows[i].ns)))
			continue;
		clean = true;
		slot_for_each (slot, NS_SLOTS_MASK) {
			uint32_t inum = t->rows[i].ns.inum[slot], type = ns_types[slot].type;
			struct inum_entry *e;

			if (!is_gone(d, type, inum))
				continue;
			clean = false;
			e = inums_put(&d->gone, type, inum);
			if (!e)
				return -ENOMEM;
			if (!e->a || birth_cmp(&(const struct ns_task *){&t->rows[i]},
					     &(const struct ns_task *){&t->rows[e->a - 1]}) < 0)
				e->a = i + 1;
		}
	}
	for (size_t i = 0; i < d->prev.mounts.n; i++) {
		const struct ns_mount *m = &d->prev.mounts.rows[i];

		if (is_gone(d, m->type, m->inum) && !inums_put(&d->gone, m->type, m->inum))
			return -ENOMEM;
	}
	for (size_t i = 0; i < d->lone.nslots; i++) {
		const struct inum_entry *e = &d->lone.slots[i];

		if (is_gone(d, e->type, e->inum) && !inums_put(&d->gone, e->type, e->inum))
			return -ENOMEM;
	}
	return 0;
}

/* Those that a mount elsewhere holds are not gone; they are looked at again in the next step. */
static int gone_check_mounts(struct diff *d)
{
	auto_mounts struct ns_mounts m = {0};
	auto_inums struct inums lone = {0};
	int ret = 0;

	if (d->gone.n && d->opts.other_mounts)
		ret = d->opts.other_mounts(d->opts.ctx, &d->now.tasks, &m);
	for (size_t i = 0; i < m.n && !ret; i++) {
		struct inum_entry *e = inums_find(&d->gone, m.rows[i].type, m.rows[i].inum);

		if (!e)
			continue;
		e->b = GONE_TOLD;
		if (!inums_put(&lone, e->type, e->inum))
			ret = -ENOMEM;
		if (!ret)
			ret = diff_held_add(d, e->type, e->inum);
	}
	inums_free(&d->lone);
	d->lone = lone;
	lone = (struct inums){0};
	return ret;
}

static bool has_ended(const struct ns_task *p, const struct ns_task *n)
{
	return !(p->flags & TASK_DEAD) && (!n || n->flags & TASK_DEAD);
}

static int task_left(struct diff *d, const struct ns_task *p)
{
	const struct ns_task *n = diff_same_task(&d->now.tasks, p);
	uint32_t empties = 0;
	int ret = 0;

	slot_for_each (slot, d->gone.n ? NS_SLOTS_MASK : 0) {
		uint32_t type = ns_types[slot].type;
		const struct inum_entry *e = inums_find(&d->gone, type, p->ns.inum[slot]);

		if (e && e->a == (size_t)(p - d->prev.tasks.rows) + 1 && !e->b &&
			(slot == type || p->ns.inum[slot] != p->ns.inum[type]))
			empties |= 1u << slot;
	}
	if (has_ended(p, n) && (empties || is_init(p)))
		ret = diff_tell_end(d, p, n, empties);
	slot_for_each (slot, empties)
		if (!ret)
			ret = diff_tell_free(d, p, ns_types[slot].type, p->ns.inum[slot]);
	return ret;
}

/* Those that ended or went elsewhere, children before parents. */
static int tell_left(struct diff *d)
{
	auto_free const struct ns_task **left = calloc(d->prev.tasks.n + 1, sizeof(*left));
	size_t nleft = 0;
	int ret = left ? 0 : -ENOMEM;

	for (size_t i = 0; i < d->prev.tasks.n && !ret; i++) {
		const struct ns_task *p = &d->prev.tasks.rows[i],
				     *n = diff_same_task(&d->now.tasks, p);

		if (!n || (p->flags ^ n->flags) & TASK_DEAD ||
			memcmp(&p->ns, &n->ns, sizeof(n->ns)))
			left[nleft++] = p;
	}
	if (nleft && !ret)
		qsort(left, nleft, sizeof(*left), birth_cmp);
	for (size_t i = nleft; i-- && !ret;)
		ret = task_left(d, left[i]);
	return ret;
}

static int tell_gone(struct diff *d)
{
	int ret = gone_collect(d);

	if (!ret)
		ret = gone_check_mounts(d);
	if (!ret)
		ret = tell_left(d);
	/* What only a mount held. */
	for (size_t i = 0; i < d->gone.nslots && !ret; i++)
		if (d->gone.slots[i].inum && !d->gone.slots[i].a)
			ret = diff_tell_free(d, NULL, d->gone.slots[i].type, d->gone.slots[i].inum);
	return ret;
}

/* --- mounts --- */

static bool mount_is_in(const struct ns_mounts *in, const struct inums *by_id,
	const struct ns_mounts *m, const struct ns_mount *row)
{
	const struct inum_entry *e = inums_find(by_id, row->type, row->mnt_id);
	const struct ns_mount *other = e ? &in->rows[e->a] : NULL;

	return other && other->inum == row->inum &&
	       !strcmp(mounts_path(in, other), mounts_path(m, row));
}

/* Mounts of m that are not in other. */
static int tell_mounts(
	struct diff *d, const struct ns_mounts *m, const struct ns_mounts *other, uint16_t kind)
{
	auto_inums struct inums by_id = {0};
	int ret = 0;

	for (size_t i = 0; i < other->n && m->n; i++) {
		struct inum_entry *e;

		if (!other->rows[i].mnt_id)
			continue;
		e = inums_put(&by_id, other->rows[i].type, other->rows[i].mnt_id);
		if (!e)
			return -ENOMEM;
		e->a = i;
	}
	for (size_t i = 0; i < m->n && !ret; i++) {
		if (!m->rows[i].mnt_id || mount_is_in(other, &by_id, m, &m->rows[i]))
			continue;
		if (kind == EV_PIN)
			ret = diff_tell_create(d, NULL, m->rows[i].type, m->rows[i].inum);
		if (!ret)
			ret = diff_tell_pin(d, m, &m->rows[i], kind);
	}
	return ret;
}

static int tell_all(struct diff *d)
{
	int ret = tell_present(d);

	if (!ret)
		ret = tell_mounts(d, &d->now.mounts, &d->prev.mounts, EV_PIN);
	if (!ret)
		ret = tell_mounts(d, &d->prev.mounts, &d->now.mounts, EV_UNPIN);
	return ret ? ret : tell_gone(d);
}

int diff_step(struct diff *d, struct ns_tasks *tasks, struct ns_mounts *mounts, source_sink sink,
	void *ctx)
{
	int ret;

	diff_view_free(&d->now);
	inums_free(&d->gone);
	d->now.tasks = tasks_take(tasks);
	d->now.mounts = *mounts;
	*mounts = (struct ns_mounts){0};
	d->sink = sink;
	d->sink_ctx = ctx;
	ret = diff_view_make(d);
	if (!ret && d->started)
		ret = tell_all(d);
	if (ret)
		return ret;
	diff_view_free(&d->prev);
	d->prev = d->now;
	d->now = (struct diff_view){0};
	d->started = true;
	return 0;
}

/* --- diff_records ------------------------------------------------------------------------ */

size_t diff_known_add(struct diff_view *v, const struct diff_known *k)
{
	if (ARRAY_ROOM(v->known, v->known_cap, v->nknown))
		return 0;
	v->known[v->nknown++] = *k;
	return v->nknown;
}

static bool row_in(const struct diff_view *v, const struct ns_task *row)
{
	return row >= v->tasks.rows && row < v->tasks.rows + v->tasks.n;
}

static bool is_member(const struct diff *d, const struct ns_task *row)
{
	const struct diff_view *v = row_in(&d->now, row) ? &d->now : &d->prev;

	return !d->pids || v->member[row - v->tasks.rows];
}

static void hdr_fill(const struct diff *d, struct ev_hdr *h, uint16_t kind, size_t size,
	const struct ns_task *actor)
{
	memset(h, 0, sizeof(*h));
	h->ts_ns = d->now.tasks.ts_ns;
	h->kind = kind;
	h->size = (uint16_t)size;
	h->flags = EVF_INFERRED | EVF_FROM_POLL;
	if (!actor) {
		h->flags |= EVF_NO_ACTOR;
		return;
	}
	h->pid = actor->pid;
	h->tid = actor->tid;
	h->ppid = actor->ppid;
	h->uid = actor->uid;
	h->pidns = actor->ns.inum[NS_PID];
	h->ns_pid = actor->ns_pid;
	memcpy(h->comm, actor->comm, sizeof(h->comm));
	if (d->opts.cgroup)
		h->cgroup_id = d->opts.cgroup(d->opts.ctx, actor);
}

static int emit(struct diff *d, const struct ev_hdr *h, bool wanted)
{
	return wanted ? d->sink(d->sink_ctx, h, h->size) : 0;
}

static uint32_t slots_changed(const struct ev_nsset *a, const struct ev_nsset *b)
{
	uint32_t ret = 0;

	slot_for_each (slot, NS_SLOTS_MASK)
		ret |= (uint32_t)(a->inum[slot] != b->inum[slot]) << slot;
	return ret;
}

static uint64_t span_to(uint64_t end, uint64_t start)
{
	return start && end > start ? end - start : 0;
}

int diff_tell_create(struct diff *d, const struct ns_task *actor, uint32_t type, uint32_t inum)
{
	struct inum_entry *e = inums_find(&d->now.held, type, inum);
	struct diff_known k = {.born_ns = d->now.tasks.ts_ns};
	struct ev_ns ev = {0};

	if (!e || e->a & HELD_TOLD)
		return 0;
	k.member = actor ? is_member(d, actor) : !d->pids;
	if (actor) {
		k.creator_pid = actor->pid;
		memcpy(k.creator_comm, actor->comm, sizeof(k.creator_comm));
	}
	e->a |= HELD_TOLD;
	e->b = diff_known_add(&d->now, &k);
	hdr_fill(d, &ev.hdr, EV_NS_CREATE, sizeof(ev), actor);
	ev.ns_type = type;
	ev.inum = inum;
	return emit(d, &ev.hdr, k.member);
}

int diff_tell_free(struct diff *d, const struct ns_task *actor, uint32_t type, uint32_t inum)
{
	struct inum_entry *gone = inums_find(&d->gone, type, inum);
	const struct inum_entry *e = inums_find(&d->prev.held, type, inum);
	const struct diff_known *k = e && e->b ? &d->prev.known[e->b - 1] : NULL;
	struct ev_ns ev = {0};

	if (!gone || gone->b & GONE_TOLD)
		return 0;
	gone->b |= GONE_TOLD;
	hdr_fill(d, &ev.hdr, EV_NS_FREE, sizeof(ev), actor);
	ev.ns_type = type;
	ev.inum = inum;
	if (k) {
		ev.lifetime_ns = span_to(ev.hdr.ts_ns, k->born_ns);
		ev.creator_pid = k->creator_pid;
		memcpy(ev.creator_comm, k->creator_comm, sizeof(ev.creator_comm));
	}
	return emit(d, &ev.hdr, !d->pids || (k && k->member) || (actor && is_member(d, actor)));
}

int diff_tell_unshare(struct diff *d, const struct ns_task *n, const struct ev_nsset *before,
	const struct ev_nsset *after)
{
	struct ev_unshare ev = {.changed = slots_changed(before, after)};

	hdr_fill(d, &ev.hdr, EV_UNSHARE, sizeof(ev), n);
	ev.ns_flags = ns_types_to_flags(ev.changed);
	ev.before = *before;
	ev.after = *after;
	return emit(d, &ev.hdr, is_member(d, n));
}

int diff_tell_setns(struct diff *d, const struct ns_task *n, const struct ev_nsset *before,
	const struct ev_nsset *after)
{
	struct ev_setns ev = {.changed = slots_changed(before, after), .fd = -1};

	hdr_fill(d, &ev.hdr, EV_SETNS, sizeof(ev), n);
	ev.ns_flags = ns_types_to_flags(ev.changed);
	ev.fd_kind = EV_FD_OTHER;
	ev.before = *before;
	ev.after = *after;
	return emit(d, &ev.hdr, is_member(d, n));
}

int diff_tell_clone(struct diff *d, const struct ns_task *parent, const struct ns_task *n,
	uint32_t fresh, const struct ev_nsset *begun)
{
	struct ev_clone ev = {.changed = slots_changed(&parent->ns, begun)};

	hdr_fill(d, &ev.hdr, EV_CLONE, sizeof(ev), parent);
	ev.ns_flags = ns_types_to_flags(fresh);
	ev.child_pid = n->pid;
	ev.child_pidns = n->ns.inum[NS_PID];
	ev.child_ns_pid = n->ns_pid;
	ev.before = parent->ns;
	ev.after = *begun;
	return emit(d, &ev.hdr, is_member(d, parent));
}

int diff_tell_exec(struct diff *d, const struct ns_task *n, const struct ev_nsset *parent_ns)
{
	struct ev_exec ev = {.changed = slots_changed(parent_ns, &n->ns), .ns = n->ns};
	const size_t name_max = 255; /* as the BPF side shares the text out */
	size_t name, args;

	if (!is_member(d, n))
		return 0;
	buf_reset(&d->name);
	buf_reset(&d->args);
	if (d->opts.program)
		d->opts.program(d->opts.ctx, n, &d->name, &d->args);
	name = d->name.len < name_max ? d->name.len : name_max;
	args = d->args.len < EV_TEXT_MAX - name_max - 1 ? d->args.len : EV_TEXT_MAX - name_max - 1;
	if (name)
		memcpy(ev.text, d->name.s, name);
	if (args)
		memcpy(ev.text + name, d->args.s, args);
	ev.filename_len = (uint16_t)name;
	ev.args_len = (uint16_t)args;
	hdr_fill(d, &ev.hdr, EV_EXEC, offsetof(struct ev_exec, text) + name + args, n);
	return emit(d, &ev.hdr, true);
}

int diff_tell_pidns_init(struct diff *d, const struct ns_task *parent, const struct ns_task *n)
{
	const struct ns_task *actor = parent ? parent : n;
	struct ev_pidns_init ev = {0};

	hdr_fill(d, &ev.hdr, EV_PIDNS_INIT, sizeof(ev), actor);
	ev.inum = n->ns.inum[NS_PID];
	ev.level = n->level;
	ev.init_pid = n->pid;
	/* One level up is where its parent lives, unless a third one made it by setns. */
	if (parent && parent->level + 1 == n->level)
		ev.parent_ns = parent->ns.inum[NS_PID];
	return emit(d, &ev.hdr, is_member(d, actor));
}

/* Processes of the snapshot before that were in the pid namespace and are gone, without its init.
 */
static uint32_t killed_count(const struct diff *d, const struct ns_task *init)
{
	uint32_t ret = 0;

	for (size_t i = 0; i < d->prev.tasks.n; i++) {
		const struct ns_task *p = &d->prev.tasks.rows[i], *n;

		if (p->ns.inum[NS_PID] != init->ns.inum[NS_PID] || p->tid == init->tid ||
			p->flags & TASK_DEAD)
			continue;
		n = tasks_find(&d->now.tasks, p->tid);
		ret += !n || !tasks_same(n, p) || n->flags & TASK_DEAD;
	}
	return ret;
}

int diff_tell_end(
	struct diff *d, const struct ns_task *p, const struct ns_task *n, uint32_t empties)
{
	bool known = n && n->flags & TASK_DEAD && n->exit_code >= 0;
	struct ev_pidns_death death = {0};
	struct ev_exit ev = {0};
	int ret;

	hdr_fill(d, &ev.hdr, EV_EXIT, sizeof(ev), p);
	ev.is_init = p->ns_pid == 1 && p->level;
	ev.hdr.flags |= known ? 0 : EVF_NO_STATUS;
	ev.exit_code = known ? n->exit_code : 0;
	ev.empties = empties;
	ev.lifetime_ns = span_to(ev.hdr.ts_ns, p->start_ns);
	ev.ns = p->ns;
	ret = emit(d, &ev.hdr, is_member(d, p));
	if (ret || !ev.is_init)
		return ret;
	death.hdr = ev.hdr;
	death.hdr.kind = EV_PIDNS_DEATH;
	death.hdr.size = sizeof(death);
	death.inum = p->ns.inum[NS_PID];
	death.level = p->level;
	death.exit_code = ev.exit_code;
	death.killed = killed_count(d, p);
	death.killed_counted = 1;
	death.lifetime_ns = ev.lifetime_ns;
	return emit(d, &death.hdr, is_member(d, p));
}

int diff_tell_pin(
	struct diff *d, const struct ns_mounts *m, const struct ns_mount *row, uint16_t kind)
{
	const char *path = mounts_path(m, row);
	size_t len = strlen(path);
	struct ev_pin ev = {.ns_type = row->type, .inum = row->inum};

	if (len > sizeof(ev.path))
		len = sizeof(ev.path);
	memcpy(ev.path, path, len);
	ev.path_len = (uint16_t)len;
	hdr_fill(d, &ev.hdr, kind, offsetof(struct ev_pin, path) + len, NULL);
	return emit(d, &ev.hdr, !d->pids);
}

/* --- diff_view --------------------------------------------------------------------------- */

/* What one snapshot says, before it is compared with another. */

void diff_view_free(struct diff_view *v)
{
	tasks_free(&v->tasks);
	mounts_free(&v->mounts);
	inums_free(&v->held);
	free(v->known);
	free(v->member);
	memset(v, 0, sizeof(*v));
}

const struct ns_task *diff_same_task(const struct ns_tasks *t, const struct ns_task *row)
{
	const struct ns_task *ret = tasks_find(t, row->tid);

	return ret && tasks_same(ret, row) ? ret : NULL;
}

/* On its way out (exit_task_namespaces()) and no zombie yet: how it ended comes with the next look.
 */
static bool task_leaving(const struct ns_task *before, const struct ns_task *n)
{
	slot_for_each (slot, NS_SLOTS_MASK & ~(1u << NS_PID_CHILD))
		if (before->ns.inum[slot] && !n->ns.inum[slot])
			return !(n->flags & TASK_DEAD);
	return false;
}

/*
 * What can't be read is taken as it was: a program that became setuid, or a
 * leader that ended before its threads, did not leave its namespaces.
 */
static void rows_carry_over(struct diff *d)
{
	for (size_t i = 0; i < d->now.tasks.n; i++) {
		struct ns_task *n = &d->now.tasks.rows[i];
		bool headless = n->flags & TASK_DEAD && n->nthreads > 1;
		const struct ns_task *p = diff_same_task(&d->prev.tasks, n);

		if (!p || p->flags & (TASK_UNREADABLE | TASK_DEAD))
			continue;
		if (!headless && !(n->flags & TASK_UNREADABLE) && !task_leaving(p, n))
			continue;
		n->ns = p->ns;
		n->flags &= (uint8_t) ~(TASK_UNREADABLE | TASK_DEAD);
	}
}

/* A namespace that is held now; one that was held before is known already. */
int diff_held_add(struct diff *d, uint32_t type, uint32_t inum)
{
	const struct inum_entry *old;
	struct inum_entry *e = inums_find(&d->now.held, type, inum);

	if (e)
		return 0;
	e = inums_put(&d->now.held, type, inum);
	if (!e)
		return -ENOMEM;
	old = inums_find(&d->prev.held, type, inum);
	if (old) {
		e->a = HELD_TOLD;
		if (old->b)
			e->b = diff_known_add(&d->now, &d->prev.known[old->b - 1]);
	}
	return 0;
}

static int held_make(struct diff *d)
{
	const struct ns_task *last = NULL;

	for (size_t i = 0; i < d->now.tasks.n; i++) {
		const struct ns_task *n = &d->now.tasks.rows[i];

		if (last && !memcmp(&last->ns, &n->ns, sizeof(n->ns)))
			continue;
		last = n;
		slot_for_each (slot, NS_SLOTS_MASK)
			if (n->ns.inum[slot] &&
				diff_held_add(d, ns_types[slot].type, n->ns.inum[slot]))
				return -ENOMEM;
	}
	for (size_t i = 0; i < d->now.mounts.n; i++)
		if (diff_held_add(d, d->now.mounts.rows[i].type, d->now.mounts.rows[i].inum))
			return -ENOMEM;
	return 0;
}

/* Once a member, always a member, whoever becomes its parent. */
static int members_make(struct diff *d)
{
	struct diff_view *now = &d->now;

	if (!d->pids)
		return 0;
	now->member = calloc(now->tasks.n + 1, 1);
	if (!now->member)
		return -ENOMEM;
	for (size_t i = 0; i < d->opts.npids && !d->started; i++) {
		const struct ns_task *row = tasks_find(&now->tasks, d->pids[i]);

		if (row)
			now->member[row - now->tasks.rows] = 1;
	}
	for (size_t i = 0; i < d->prev.tasks.n && d->started; i++) {
		const struct ns_task *row;

		if (!d->prev.member[i])
			continue;
		row = diff_same_task(&now->tasks, &d->prev.tasks.rows[i]);
		if (row)
			now->member[row - now->tasks.rows] = 1;
	}
	if (d->opts.follow)
		tree_mark(&now->tasks, now->member);
	return 0;
}

int diff_view_make(struct diff *d)
{
	int ret = d->now.tasks.slots ? 0 : tasks_index(&d->now.tasks);

	if (ret)
		return ret;
	rows_carry_over(d);
	ret = held_make(d);
	return ret ? ret : members_make(d);
}
