// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source/diff_records.h"
#include "kernel/nstype.h"

size_t diff_known_add(struct diff_view *v, const struct diff_known *k)
{
	if (v->nknown == v->known_cap) {
		size_t cap = v->known_cap ? v->known_cap * 2 : 16;
		struct diff_known *known = reallocarray(v->known, cap, sizeof(*known));

		if (!known)
			return 0;
		v->known = known;
		v->known_cap = cap;
	}
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
