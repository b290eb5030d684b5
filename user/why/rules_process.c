// SPDX-License-Identifier: GPL-2.0-or-later
/* rules_process.c - what holds of a process now. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "event/value.h"
#include "why/evidence.h"
#include "why/rules.h"
#include "kernel/nstype.h"

#define ZOMBIE_LOOK_NS 100000000 /* between two looks at inits with dead children */

#define REAP_SECONDS 120 /* who wakes up within them may be about to reap */

#define SIG(n) (1ULL << ((n)-1))

static void put_task(struct finding *f, const struct ns_task *t)
{
	finding_num(f, "pid", t->pid);
	finding_text(f, "comm", t->comm);
}

/* The thread of the process (the leader first) whose children go where it is asked for. */
static const struct ns_task *thread_with(
	struct evidence *e, const struct ns_task *t, enum child_ns want, uint32_t *ret_inum)
{
	const struct ns_task *end = e->tasks->rows + e->tasks->n;

	for (const struct ns_task *row = t; row < end && row->pid == t->pid; row++) {
		if (row->ns.inum[NS_PID_CHILD] == t->ns.inum[NS_PID])
			continue;
		if (evidence_children(e, row, ret_inum) == want)
			return row;
	}
	return NULL;
}

static bool children_are(
	struct evidence *e, const struct ns_task *t, enum child_ns want, struct finding *f)
{
	uint32_t inum;
	const struct ns_task *row = thread_with(e, t, want, &inum);

	if (!row)
		return false;
	put_task(f, t);
	if (row != t)
		finding_num(f, "tid", row->tid);
	if (inum)
		finding_ns(f, "ns", NS_PID, inum);
	finding_ns(f, "own", NS_PID, t->ns.inum[NS_PID]);
	return true;
}

bool rule_children_dead(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	return children_are(e, t, CHILD_NS_DEAD, f);
}

bool rule_children_unborn(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	return children_are(e, t, CHILD_NS_UNBORN, f);
}

bool rule_children_elsewhere(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	const struct fact *ns;
	const struct ns_task *init;

	if (!children_are(e, t, CHILD_NS_ALIVE, f))
		return false;
	ns = finding_fact(f, "ns");
	finding_num(f, "living", evidence_alive(e, (uint32_t)ns->n));
	init = evidence_init(e, (uint32_t)ns->n);
	if (init) {
		finding_num(f, "init_pid", init->pid);
		finding_text(f, "init_comm", init->comm);
	}
	return true;
}

static bool parent_is_known(const struct evidence *e, uint32_t pidns)
{
	const struct ns_node *n = graph_find(e->graph, NS_PID, pidns);

	return n && n->rel[REL_PARENT];
}

bool rule_proc_other(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	uint32_t own = t->ns.inum[NS_PID];
	const struct ns_task *init;
	struct proc_fs fs;

	if (!own || t->flags & (TASK_DEAD | TASK_KTHREAD))
		return false;
	if (!evidence_proc(e, t, &fs))
		return false;
	if (fs.pidns == own || (!fs.pidns && !fs.dead))
		return false;
	/* Who only waits outside for the namespace that it made has its /proc rightly so. */
	init = evidence_init(e, fs.pidns);
	if (fs.pidns && (fs.pidns == t->ns.inum[NS_PID_CHILD] || (init && init->ppid == t->pid)))
		return false;
	put_task(f, t);
	finding_ns(f, "own", NS_PID, own);
	if (fs.pidns)
		finding_ns(f, "ns", NS_PID, fs.pidns);
	else
		finding_text(f, "dead", "yes");
	/* Of an ancestor's procfs every process has a number: /proc/self is its own. */
	if (fs.pidns && evidence_is_above(e, fs.pidns, own))
		finding_text(f, "above", "yes");
	else if (!fs.pidns || evidence_is_above(e, own, fs.pidns) || parent_is_known(e, own))
		finding_text(f, "aside", "yes");
	init = evidence_init(e, own);
	if (init && evidence_own_sandbox(e, init))
		f->weight = RULE_NOTE;
	if (t->ns_pid && t->level)
		finding_num(f, "ns_pid", t->ns_pid);
	return true;
}

/* What its pid 1 does is what a program wants that made its sandbox itself: worth a note. */
static void put_own_sandbox(struct evidence *e, const struct ns_task *init, struct finding *f)
{
	if (!evidence_own_sandbox(e, init)) {
		finding_text(f, "stopped", "yes");
		return;
	}
	finding_text(f, "by_design", "yes");
	f->weight = RULE_NOTE;
}

/*
 * Default actions of a signal do nothing to an init, whoever sends it; only
 * SIGKILL and SIGSTOP from an ancestor are forced. A blocked signal is kept for
 * who will unblock or wait for it, a tracer sees every one.
 */
bool rule_init_ignores(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	const uint64_t mask = SIG(SIGTERM);
	struct signals s;

	if (!evidence_is_init(t) || t->flags & TASK_DEAD || evidence_signals(t, &s))
		return false;
	/* It ends already, or is about to. */
	if (s.pending & SIG(SIGKILL) || evidence_exiting(t))
		return false;
	if (s.caught & mask || s.blocked & mask || s.waiting || s.tracer)
		return false;
	put_task(f, t);
	finding_ns(f, "ns", NS_PID, t->ns.inum[NS_PID]);
	if (s.ignored & mask)
		finding_text(f, "by_itself", "yes");
	else
		finding_text(f, "by_kernel", "yes");
	if (!(s.caught & SIG(SIGINT)) && !(s.blocked & SIG(SIGINT)))
		finding_text(f, "int_too", "yes");
	put_own_sandbox(e, t, f);
	return true;
}

/*
 * The first signal is handled, and sets the default action, which does nothing to an init. A
 * handler that only cleans up and raises the signal again (that of node, where a program has none
 * of its own) does not end it either.
 */
bool rule_init_once(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	struct signals s;

	if (!evidence_is_init(t) || !(t->flags & TASK_TERM_ONCE) || t->flags & TASK_DEAD ||
		evidence_signals(t, &s) || s.pending & SIG(SIGKILL) || evidence_exiting(t))
		return false;
	if (!(s.caught & SIG(SIGTERM)) || s.blocked & SIG(SIGTERM) || s.waiting || s.tracer)
		return false;
	put_task(f, t);
	finding_ns(f, "ns", NS_PID, t->ns.inum[NS_PID]);
	put_own_sandbox(e, t, f);
	return true;
}

/* --- zombies --------------------------------------------------------------------------------- */

static bool row_is_zombie_of(const struct ns_task *row, const struct ns_task *init)
{
	return row->flags & TASK_DEAD && row->pid == row->tid && row->ppid == init->pid;
}

/* How many are still there, and still dead: 0 where something moves. */
static uint32_t zombies_stay(
	const struct evidence *e, const struct ns_task *init, const struct ns_task **ret_oldest)
{
	uint32_t n = 0;

	*ret_oldest = NULL;
	for (size_t i = 0; i < e->tasks->n; i++) {
		const struct ns_task *row = &e->tasks->rows[i];

		if (!row_is_zombie_of(row, init) || !evidence_zombie(row))
			continue;
		n++;
		if (!*ret_oldest || row->start_ns < (*ret_oldest)->start_ns)
			*ret_oldest = row;
	}
	return n;
}

/* Asleep, with no news of a child on its way to it. */
static bool sleeps_on(const struct ns_task *init, struct signals *s)
{
	return evidence_asleep(init) && !evidence_signals(init, s) && !(s->pending & SIG(SIGCHLD));
}

static bool may_leave_zombies(const struct evidence *e, const struct ns_task *t)
{
	return e->zombies[t - e->tasks->rows] && evidence_is_init(t) && !(t->flags & TASK_DEAD);
}

/* The first look at all of them, and one pause for all. */
static void look_first(struct evidence *e)
{
	struct timespec pause = {.tv_nsec = ZOMBIE_LOOK_NS};

	e->looked_asleep = true;
	for (size_t i = 0; i < e->tasks->n; i++) {
		const struct ns_task *t = &e->tasks->rows[i];
		struct inum_entry *in;
		struct signals s;
		uint64_t switches;

		if (!may_leave_zombies(e, t) || !sleeps_on(t, &s) || evidence_exiting(t) ||
			evidence_switches(t, &switches))
			continue;
		in = inums_put(&e->asleep, 0, t->pid);
		if (in)
			in->a = switches;
	}
	if (e->asleep.n)
		nanosleep(&pause, NULL);
}

/*
 * A zombie is normal for a moment. This one stays: the init slept from the first
 * look to the second, knew of the death, and its dead children are still there.
 */
bool rule_init_zombies(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	const struct ns_task *oldest;
	const struct inum_entry *in;
	struct signals s;
	uint64_t switches;
	uint32_t n;

	if (!may_leave_zombies(e, t))
		return false;
	if (!e->looked_asleep)
		look_first(e);
	in = inums_find(&e->asleep, 0, t->pid);
	if (!in)
		return false;
	n = zombies_stay(e, t, &oldest);
	if (!n || !sleeps_on(t, &s) || evidence_switches(t, &switches) || switches != in->a)
		return false;
	put_task(f, t);
	finding_ns(f, "ns", NS_PID, t->ns.inum[NS_PID]);
	finding_num(f, "zombies", n);
	finding_num(f, "oldest_pid", oldest->pid);
	finding_text(f, "oldest_comm", oldest->comm);
	put_own_sandbox(e, t, f);
	/* It may reap them then, as cron daemons do once a minute. */
	if (evidence_sleeps_for(t, REAP_SECONDS)) {
		finding_text(f, "periodic", "yes");
		f->weight = RULE_NOTE;
	}
	return true;
}

/* --- an init that can't end ------------------------------------------------------------------ */

/* Who holds its end up: zombies in the namespace whose parent is outside of it. */
static uint32_t held_by_outside(const struct evidence *e, const struct ns_task *init,
	const struct ns_task **ret_zombie, const struct ns_task **ret_parent)
{
	uint32_t n = 0;

	for (size_t i = 0; i < e->tasks->n; i++) {
		const struct ns_task *row = &e->tasks->rows[i];
		const struct ns_task *parent;

		if (!(row->flags & TASK_DEAD) || row->pid != row->tid || row->pid == init->pid ||
			row->ns.inum[NS_PID] != init->ns.inum[NS_PID])
			continue;
		parent = tasks_find(e->tasks, row->ppid);
		if (!parent || parent->ns.inum[NS_PID] == init->ns.inum[NS_PID] ||
			!evidence_zombie(row))
			continue;
		if (!n++) {
			*ret_zombie = row;
			*ret_parent = parent;
		}
	}
	return n;
}

bool rule_init_stuck(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	const struct ns_task *zombie = NULL, *parent = NULL;
	uint32_t n;

	if (!evidence_is_init(t) || t->flags & TASK_DEAD)
		return false;
	n = held_by_outside(e, t, &zombie, &parent);
	if (!n || !evidence_exiting(t))
		return false;
	put_task(f, t);
	finding_ns(f, "ns", NS_PID, t->ns.inum[NS_PID]);
	finding_num(f, "zombies", n);
	finding_num(f, "zombie_pid", zombie->pid);
	finding_text(f, "zombie_comm", zombie->comm);
	finding_num(f, "parent_pid", parent->pid);
	finding_text(f, "parent_comm", parent->comm);
	return true;
}

/* --- what stands before the kernel ----------------------------------------------------------- */

bool rule_seccomp(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	int n;

	if (t->flags & (TASK_DEAD | TASK_KTHREAD))
		return false;
	n = evidence_filters(t);
	if (n <= 0)
		return false;
	put_task(f, t);
	finding_num(f, "filters", (uint64_t)n);
	finding_ns(f, "own", NS_PID, t->ns.inum[NS_PID]);
	return true;
}

/* --- what it holds --------------------------------------------------------------------------- */

#define HELD_MAX 8 /* namespaces that are named */

static bool is_foreign(const struct ns_task *t, const struct ns_hold *h)
{
	return h->pid == t->pid && h->inum && h->inum != t->ns.inum[h->type];
}

static bool same_ns(const struct ns_hold *a, const struct ns_hold *b)
{
	return a->type == b->type && a->inum == b->inum && a->pid == b->pid;
}

static const char *hold_word(const struct ns_hold *h)
{
	return h->tun ? "the open /dev/net/tun" : h->socket ? "socket" : "descriptor";
}

/* "net:[4026532938] by socket 5 and 2 more": the row at, and what follows of the same namespace. */
static void held_add(const struct ns_holds *all, size_t at, struct buf *b)
{
	const struct ns_hold *h = &all->rows[at];
	size_t more = 0;

	for (size_t i = at + 1; i < all->n && all->rows[i].pid == h->pid; i++)
		more += same_ns(&all->rows[i], h);
	if (b->len)
		buf_puts(b, ", ");
	value_inum(b, h->type, h->inum);
	buf_printf(b, " by %s %u", hold_word(h), h->fd);
	if (more)
		buf_printf(b, " and %zu more", more);
}

static bool held_before(const struct ns_holds *all, size_t at)
{
	for (size_t i = at; i-- > 0 && all->rows[i].pid == all->rows[at].pid;)
		if (same_ns(&all->rows[i], &all->rows[at]))
			return true;
	return false;
}

bool rule_holds(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	const struct ns_holds *all = e->graph->holds;
	auto_buf struct buf b = {0};
	size_t n = 0;

	for (size_t i = 0; all && i < all->n; i++) {
		if (!is_foreign(t, &all->rows[i]) || held_before(all, i))
			continue;
		if (n++ < HELD_MAX)
			held_add(all, i, &b);
	}
	if (!n)
		return false;
	if (n > HELD_MAX)
		buf_printf(&b, " and %zu more namespaces", n - HELD_MAX);
	put_task(f, t);
	finding_num(f, "namespaces", n);
	finding_textn(f, "held", b.s, b.len);
	return true;
}
