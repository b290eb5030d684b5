// SPDX-License-Identifier: GPL-2.0-or-later
/* rules_pidns.c - what holds of pid namespaces: of where children are born, of pid 1, of their
 * ends. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "kernel/nstype.h"
#include "why/evidence.h"
#include "why/rules.h"
#include "why/story.h"
#include "why/subject.h"
#include "lib/util.h"

#define ZOMBIE_LOOK_NS 100000000 /* between two looks at inits with dead children */

#define REAP_SECONDS 120 /* who wakes up within them may be about to reap */

#define SIG(n) (1ULL << ((n)-1))

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
	finding_task(f, t);
	if (row != t)
		finding_num(f, "tid", row->tid);
	if (inum)
		finding_ns(f, "ns", NS_PID, inum);
	finding_ns(f, "own", NS_PID, t->ns.inum[NS_PID]);
	return true;
}

static bool rule_children_dead(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	return children_are(e, t, CHILD_NS_DEAD, f);
}

static bool rule_children_unborn(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	return children_are(e, t, CHILD_NS_UNBORN, f);
}

static bool rule_children_elsewhere(struct evidence *e, const struct ns_task *t, struct finding *f)
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

static bool rule_proc_other(struct evidence *e, const struct ns_task *t, struct finding *f)
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
	finding_task(f, t);
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
static bool rule_init_ignores(struct evidence *e, const struct ns_task *t, struct finding *f)
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
	finding_task(f, t);
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
static bool rule_init_once(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	struct signals s;

	if (!evidence_is_init(t) || !(t->flags & TASK_TERM_ONCE) || t->flags & TASK_DEAD ||
		evidence_signals(t, &s) || s.pending & SIG(SIGKILL) || evidence_exiting(t))
		return false;
	if (!(s.caught & SIG(SIGTERM)) || s.blocked & SIG(SIGTERM) || s.waiting || s.tracer)
		return false;
	finding_task(f, t);
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
static bool rule_init_zombies(struct evidence *e, const struct ns_task *t, struct finding *f)
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
	finding_task(f, t);
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

static bool rule_init_stuck(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	const struct ns_task *zombie = NULL, *parent = NULL;
	uint32_t n;

	if (!evidence_is_init(t) || t->flags & TASK_DEAD)
		return false;
	n = held_by_outside(e, t, &zombie, &parent);
	if (!n || !evidence_exiting(t))
		return false;
	finding_task(f, t);
	finding_ns(f, "ns", NS_PID, t->ns.inum[NS_PID]);
	finding_num(f, "zombies", n);
	finding_num(f, "zombie_pid", zombie->pid);
	finding_text(f, "zombie_comm", zombie->comm);
	finding_num(f, "parent_pid", parent->pid);
	finding_text(f, "parent_comm", parent->comm);
	return true;
}

/* --- events of their lives -------------------------------------------------------------------- */

/* What a call that succeeded changed; NULL for other events. */
static const struct ev_nsset *changed_to(
	const struct event *ev, uint32_t *ret_changed, const struct ev_nsset **ret_before)
{
	const struct ev_unshare *u = ev->rec;
	const struct ev_setns *n = ev->rec;

	if (ev->schema->kind == EV_UNSHARE && !u->result) {
		*ret_changed = u->changed;
		*ret_before = &u->before;
		return &u->after;
	}
	if (ev->schema->kind == EV_SETNS && !n->result) {
		*ret_changed = n->changed;
		*ret_before = &n->before;
		return &n->after;
	}
	return NULL;
}

static bool rule_ev_children_only(struct story *s, const struct event *ev, struct finding *f)
{
	const struct ev_nsset *before, *after;
	uint32_t changed;

	after = changed_to(ev, &changed, &before);
	if (!after || !(changed >> NS_PID_CHILD & 1))
		return false;
	/* Back to where it lives: nothing is elsewhere any more. */
	if (after->inum[NS_PID_CHILD] == after->inum[NS_PID])
		return false;
	finding_actor(f, ev);
	finding_ns(f, "own", NS_PID, after->inum[NS_PID]);
	if (after->inum[NS_PID_CHILD])
		finding_ns(f, "ns", NS_PID, after->inum[NS_PID_CHILD]);
	if (ev->schema->kind == EV_UNSHARE)
		finding_text(f, "first", "yes");
	return true;
}

static bool one_of(const char *const *names, const char *name, size_t len)
{
	for (; *names; names++)
		if (strlen(*names) == len && !memcmp(*names, name, len))
			return true;
	return false;
}

static bool is_shell(const char *name, size_t len)
{
	static const char *const shells[] = {
		"sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "busybox", NULL};
	const char *slash = memrchr(name, '/', len);

	if (slash) {
		len -= (size_t)(slash + 1 - name);
		name = slash + 1;
	}
	return one_of(shells, name, len);
}

/*
 * The pid namespace has had no pid 1 yet. Who entered a living one with setns (nsenter --no-fork)
 * has children there that are not pid 1.
 */
static bool is_unborn(const struct story *s, uint32_t pidns)
{
	const struct story_pidns *p = story_pidns(s, pidns);

	return p && p->unborn;
}

static bool rule_ev_shell(struct story *s, const struct event *ev, struct finding *f)
{
	const struct ev_exec *e = ev->rec;
	uint32_t own, child;

	if (ev->schema->kind != EV_EXEC || !is_shell(e->text, e->filename_len))
		return false;
	own = e->ns.inum[NS_PID];
	child = e->ns.inum[NS_PID_CHILD];
	if (!own || !child || own == child || !is_unborn(s, child))
		return false;
	finding_actor(f, ev);
	finding_ns(f, "own", NS_PID, own);
	finding_ns(f, "ns", NS_PID, child);
	if (ev->hdr->ns_pid)
		finding_num(f, "ns_pid", ev->hdr->ns_pid);
	return true;
}

/* clone(CLONE_NEWPID) makes its child pid 1 on purpose; after unshare it is whoever comes. */
static bool rule_ev_first_child(struct story *s, const struct event *ev, struct finding *f)
{
	const struct ev_pidns_init *e = ev->rec;

	if (ev->schema->kind != EV_PIDNS_INIT || ev->hdr->pidns == e->inum ||
		story_clone_flags(s, e->init_pid) & CLONE_NEWPID)
		return false;
	finding_actor(f, ev);
	finding_ns(f, "ns", NS_PID, e->inum);
	finding_num(f, "init_pid", e->init_pid);
	return true;
}

static bool rule_ev_fork_denied(struct story *s, const struct event *ev, struct finding *f)
{
	const struct ev_fork_denied *e = ev->rec;

	if (ev->schema->kind != EV_FORK_DENIED)
		return false;
	finding_actor(f, ev);
	finding_ns(f, "ns", NS_PID, e->inum);
	finding_errno(f, "errno", e->result);
	if (ev->hdr->pidns)
		finding_ns(f, "own", NS_PID, ev->hdr->pidns);
	if (!e->init_pid)
		return true;
	finding_num(f, "init_pid", e->init_pid);
	finding_comm(f, "init_comm", e->init_comm);
	if (!(ev->hdr->flags & EVF_NO_STATUS))
		finding_exit(f, "init_end", e->init_exit_code);
	if (e->init_ended_ns && e->init_ended_ns <= ev->hdr->ts_ns)
		finding_time(f, "ago", ev->hdr->ts_ns - e->init_ended_ns);
	return true;
}

static void put_death(struct finding *f, const struct event *ev)
{
	const struct ev_pidns_death *e = ev->rec;

	finding_actor(f, ev);
	finding_ns(f, "ns", NS_PID, e->inum);
	if (!(ev->hdr->flags & EVF_NO_STATUS))
		finding_exit(f, "end", e->exit_code);
}

/* Small inits: they reap, pass signals on, and end when the one program ends that they run. */
static bool is_small_init(const char comm[EV_COMM_LEN])
{
	static const char *const names[] = {"tini", "tini-static", "dumb-init", "docker-init",
		"catatonit", "podman-init", "pause", NULL};

	return one_of(names, comm, strnlen(comm, EV_COMM_LEN));
}

static bool rule_ev_killed_with_init(struct story *s, const struct event *ev, struct finding *f)
{
	const struct ev_pidns_death *e = ev->rec;

	if (ev->schema->kind != EV_PIDNS_DEATH || !e->killed)
		return false;
	put_death(f, ev);
	finding_num(f, "killed", e->killed);
	if (!e->killed_counted)
		finding_text(f, "at_most", "yes");
	if (WTERMSIG(e->exit_code))
		finding_text(f, "by_signal", "yes");
	else if (is_small_init(ev->hdr->comm))
		finding_text(f, "by_child", "yes");
	else
		finding_text(f, "by_itself", "yes");
	return true;
}

static const struct story_pidns *killed_init(struct story *s, const struct event *ev)
{
	const struct ev_pidns_death *e = ev->rec;

	if (ev->schema->kind != EV_PIDNS_DEATH || ev->hdr->flags & EVF_NO_STATUS ||
		WTERMSIG(e->exit_code) != SIGKILL)
		return NULL;
	return story_pidns(s, e->inum);
}

static bool rule_ev_died_with_parent(struct story *s, const struct event *ev, struct finding *f)
{
	const struct story_pidns *p = killed_init(s, ev), *up;

	if (!p || !p->by_parent)
		return false;
	up = story_pidns(s, p->parent);
	put_death(f, ev);
	finding_ns(f, "parent", NS_PID, p->parent);
	if (up) {
		finding_num(f, "parent_init", up->init_pid);
		finding_comm(f, "parent_comm", up->init_comm);
		finding_exit(f, "parent_end", up->exit_code);
	}
	return true;
}

static bool is_runtime(const char comm[EV_COMM_LEN])
{
	static const char *const names[] = {"runc", "crun", "youki", "runsc", "containerd-shim",
		"containerd-shim-", "dockerd", "podman", "conmon", "lxc-start", "lxc-stop",
		"lxc-monitord", "systemd-nspawn", NULL};

	return one_of(names, comm, strnlen(comm, EV_COMM_LEN));
}

/* The files of the memory controller: of the hierarchy that is here, of both where that is unknown.
 */
static void put_memory(struct story *s, struct finding *f)
{
	static const char *const limits[] = {"memory.max", "memory.limit_in_bytes",
		"memory.max (cgroup v1: memory.limit_in_bytes)"};
	static const char *const events[] = {"memory.events", "memory.oom_control",
		"memory.events (cgroup v1: memory.oom_control)"};
	int version = s->live ? memory_cgroup_version() : 0, at = version ? version == 1 : 2;

	finding_text(f, "limit", limits[at]);
	finding_text(f, "events", events[at]);
}

static void put_killer(struct story *s, struct finding *f, const struct event *ev)
{
	static const char *const ways[] = {
		[EV_KILLER_NONE] = "unseen",
		[EV_KILLER_PROCESS] = "process",
		[EV_KILLER_OOM] = "oom",
		[EV_KILLER_KERNEL] = "kernel",
		[EV_KILLER_PARENT] = "parent",
		[EV_KILLER_CGROUP] = "cgroup",
		[EV_KILLER_TRACER] = "tracer",
	};
	const struct ev_pidns_death *e = ev->rec;
	size_t n = ARRAY_SIZE(ways);

	finding_text(f, e->killer < n ? ways[e->killer] : "unseen", "yes");
	put_memory(s, f);
	if (e->killer == EV_KILLER_NONE || e->killer == EV_KILLER_OOM ||
		e->killer == EV_KILLER_KERNEL)
		return;
	finding_num(f, "killer_pid", e->killer_pid);
	if (e->killer_comm[0])
		finding_comm(f, "killer_comm", e->killer_comm);
	else
		finding_text(f, "killer_comm", "a process");
	if (is_runtime(e->killer_comm))
		finding_text(f, "runtime", "yes");
}

/*
 * Nothing in the namespace itself can kill its init. Where a namespace above it
 * may have died unseen, that could be the reason: then nothing is said.
 */
static bool rule_ev_init_killed(struct story *s, const struct event *ev, struct finding *f)
{
	const struct story_pidns *p = killed_init(s, ev);

	if (!p || p->by_parent || (p->level > 1 && !p->parent))
		return false;
	put_death(f, ev);
	put_killer(s, f, ev);
	return true;
}

#define CHILDREN_FACT                                                                              \
	{                                                                                          \
		"pidns_install(), create_new_namespaces()", "3.8",                                 \
			"setns(2) and unshare(2) set nsproxy->pid_ns_for_children; the pid that "  \
			"a "                                                                       \
			"process has can't change"                                                 \
	}
#define DEAD_FACT                                                                                  \
	{                                                                                          \
		"zap_pid_ns_processes(), alloc_pid()", NULL,                                       \
			"the end of pid 1 clears PIDNS_ADDING (disable_pid_allocation()), and "    \
			"alloc_pid() then returns ENOMEM for ever"                                 \
	}

/* --- the rules -------------------------------------------------------------------------------- */

/* clang-format off */
static const struct rule rows[] = {
	{
		.code = "pidns-dead", .weight = RULE_TROUBLE,
		.title = "New processes would be born in a pid namespace whose pid 1 has ended: "
			 "every fork fails with ENOMEM.",
		.evidence = "pid_for_children differs from the pid namespace, it has a number, and "
			    "its pid 1 is gone; or a fork that was denied",
		.text = "The next fork of {comm} ({pid})[, thread {tid},] will fail with ENOMEM, \"Cannot "
			"allocate memory\", though memory is not short: its children would be born "
			"in {ns}, which is dead since its pid 1 ended.",
		.note = "Memory is not the problem. {ns} died with its pid 1[, {init_comm} "
			"({init_pid})][, which {init_end}][, {ago} ago], and no process can be born in "
			"it again. Every fork of {pid} will fail like this.",
		.remedy = "The process can't be mended; end it. Start the program as a child, so that it "
			  "is pid 1 itself: `unshare --fork --pid PROGRAM`. To enter a namespace, choose one "
			  "whose pid 1 lives.",
		.facts = FACTS(DEAD_FACT, {"copy_process()", "3.8",
			"children get their pid from nsproxy->pid_ns_for_children"}),
		.process = rule_children_dead, .event = rule_ev_fork_denied, .kinds = K(FORK_DENIED),
	}, {
		.code = "children-only", .weight = RULE_NOTE,
		.title = "Only the children of a process are in another pid namespace; it is not.",
		.evidence = "pid_for_children differs from the pid namespace and its pid 1 lives; or "
			    "an unshare or setns that changed pid_for_children",
		.text = "The children of {comm} ({pid})[, thread {tid},] are born in {ns}, it itself stays "
			"in {own}. {living} {living|process lives|processes live} in {ns}[; pid 1 "
			"there is {init_comm} ({init_pid})].",
		.note = "{comm} ({pid}) itself stays in {own}; only its children will be "
			"elsewhere[, in {ns}].[{?first} The first of them becomes pid 1 there.]",
		.remedy = "Nothing, if that is what was wanted (unshare --fork waits like this). What is "
			  "to live in the namespace must be forked.",
		.facts = FACTS(CHILDREN_FACT),
		.process = rule_children_elsewhere, .event = rule_ev_children_only, .kinds = K(UNSHARE) | K(SETNS),
	}, {
		.code = "children-unborn", .weight = RULE_NOTE,
		.title = "The next child of a process becomes pid 1 of a new pid namespace.",
		.evidence = "pid_for_children differs from the pid namespace, and "
			    "/proc/PID/ns/pid_for_children does not exist yet",
		.text = "The next child of {comm} ({pid})[, thread {tid},] becomes pid 1 of a new pid "
			"namespace. When that child ends, the namespace is dead, and every later fork "
			"fails with ENOMEM.",
		.remedy = "Let the first child be one that stays until the end: `unshare --fork --pid PROGRAM`.",
		.facts = FACTS(CHILDREN_FACT, {"pidns_for_children_get()", "4.12",
			"the link has no target as long as the namespace has no child_reaper"}),
		.process = rule_children_unborn,
	}, {
		.code = "first-child-is-init", .weight = RULE_NOTE,
		.title = "Whatever was forked first after unshare is pid 1: the namespace ends with it.",
		.evidence = "the birth of a pid 1 that no clone(CLONE_NEWPID) asked for",
		.text = "Process {init_pid}, the first child of {comm} ({pid}), is pid 1 of {ns}. When it "
			"ends, all others there are killed and no more can be born.",
		.remedy = "If that child is a short-lived command, start the program itself as the first "
			  "child: `unshare --fork --pid PROGRAM`.",
		.facts = FACTS({"alloc_pid(), copy_process()", NULL,
			"who gets pid 1 becomes child_reaper of the namespace and SIGNAL_UNKILLABLE"}),
		.event = rule_ev_first_child, .kinds = K(PIDNS_INIT),
	}, {
		.code = "shell-not-pid-1", .weight = RULE_TROUBLE,
		.title = "A shell runs outside of the pid namespace that was made for it.",
		.evidence = "a program named as a shell is run by a process whose children go to a pid "
			    "namespace that unshare made and that has had no pid 1 yet",
		.text = "This shell ({pid}) is in {own}, not in {ns}[; its $$ is {ns_pid}]. Its first command "
			"becomes pid 1 of {ns}, and when that ends it can fork no more.",
		.remedy = "Let unshare fork before it runs the shell: `unshare --fork --pid PROGRAM`.",
		.facts = FACTS(CHILDREN_FACT, DEAD_FACT),
		.event = rule_ev_shell, .kinds = K(EXEC),
	}, {
		.code = "killed-with-init", .weight = RULE_TROUBLE,
		.title = "The kernel killed all processes of a pid namespace because its pid 1 ended.",
		.evidence = "the end of a pid 1 while other pids of its namespace were in use",
		.text = "pid 1 of {ns}, {comm} ({pid})[, {end}], and [{?at_most}at most ]{killed} other "
			"{killed|process|processes} there {killed|was|were} killed with it by the "
			"kernel (SIGKILL).",
		.remedy = "[{?by_signal}Look for who ended pid 1; the others went with it.]"
			  "[{?by_itself}pid 1 must outlive the others: let it wait for them before it "
			  "ends (in a shell: wait).][{?by_child}{comm} ends when the program ends that "
			  "it runs, and takes the rest along: let that program wait for the others before "
			  "it ends (in a shell: wait).]",
		.facts = FACTS({"zap_pid_ns_processes()", NULL,
			"sends SIGKILL to every process of the namespace and waits until they are gone"}),
		.event = rule_ev_killed_with_init, .kinds = K(PIDNS_DEATH),
	}, {
		.code = "died-with-parent", .weight = RULE_TROUBLE,
		.title = "A pid namespace died because the one above it did.",
		.evidence = "the end by SIGKILL of a pid 1 after that of the namespace above",
		.text = "pid 1 of {ns}, {comm} ({pid}), was killed because the namespace above it, "
			"{parent}, died: its pid 1[, {parent_comm} ({parent_init})][, {parent_end}].",
		.remedy = "Look for the reason there.",
		.facts = FACTS({"zap_pid_ns_processes()", NULL,
			"a process has a pid in every namespace above its own, so it is killed with "
			"each of them"}),
		.event = rule_ev_died_with_parent, .kinds = K(PIDNS_DEATH),
	}, {
		.code = "init-killed", .weight = RULE_TROUBLE,
		.title = "pid 1 of a pid namespace was killed from outside.",
		.evidence = "the end by SIGKILL of a pid 1 whose namespace above lives; who generated the "
			    "signal, and whether memory ran out",
		.text = "{comm} ({pid}), pid 1 of {ns}, was killed by SIGKILL, sent by "
			"[{?process}{killer_comm} ({killer_pid}) with kill(2) or its like]"
			"[{?parent}the kernel because its parent {killer_comm} ({killer_pid}) ended, as it had "
			"asked for (PR_SET_PDEATHSIG: unshare --kill-child, bwrap --die-with-parent)]"
			"[{?cgroup}{killer_comm} ({killer_pid}) to its whole cgroup (cgroup.kill)]"
			"[{?tracer}the kernel because its tracer {killer_comm} ({killer_pid}) ended "
			"(PTRACE_O_EXITKILL)]"
			"[{?oom}the kernel, because memory ran out]"
			"[{?kernel}the kernel][{?unseen}somebody unseen: a process in a namespace above, "
			"its parent that ended (unshare --kill-child), or the kernel (out of memory)]. "
			"Nobody inside can kill it.",
		.remedy = "[{?oom}Give its cgroup more memory, or let it take less: {limit} is the cgroup's "
			  "limit, and {events} counts what was killed for it. dmesg says whether it was "
			  "this limit or the memory of the whole machine.]"
			  "[{?process}Ask why {killer_comm} ({killer_pid}) did so[: {killer_comm} is a "
			  "container runtime, which kills what does not end on SIGTERM in time{?runtime}].]"
			  "[{?parent}Look for why {killer_comm} ({killer_pid}) ended; without that option "
			  "it would have lived on.]"
			  "[{?cgroup}Who stops a service or a container as a whole kills it so.]"
			  "[{?tracer}Look for why {killer_comm} ({killer_pid}) ended.]"
			  "[{?kernel}dmesg may say why.]"
			  "[{?unseen}dmesg and {events} of its cgroup tell whether memory ran out.]",
		.facts = FACTS({"sig_task_ignored()", NULL,
			"SIGKILL reaches an init only when it is forced: sent from an ancestor pid "
			"namespace or by the kernel"}),
		.event = rule_ev_init_killed, .kinds = K(PIDNS_DEATH),
	}, {
		.code = "init-ignores-signals", .weight = RULE_TROUBLE, .state = true,
		.title = "pid 1 of a pid namespace has no handler for SIGTERM: the signal does nothing.",
		.evidence = "SigCgt, SigBlk and SigIgn in /proc/PID/status; it does not wait for signals "
			    "in sigtimedwait(2) and is not traced",
		.text = "SIGTERM does nothing to {comm} ({pid}), pid 1 of {ns}: [{?by_kernel}it has no "
			"handler, and the kernel drops what would kill an init][{?by_itself}it ignores "
			"the signal]. [{?int_too}SIGINT does nothing either. ][{?by_design}Its parent, outside, "
			"is the same program and made the namespace: it may well want it so.]"
			"[{?stopped}Whoever stops it politely waits in vain and sends SIGKILL in the end.]",
		.remedy = "Let pid 1 handle SIGTERM (in a shell: trap 'exit' TERM, and wait for its child "
			  "in the background), or run a small init (tini, dumb-init; docker run --init).",
		.facts = FACTS({"sig_task_ignored()", NULL,
			"signals with the default action are dropped for a process that is "
			"SIGNAL_UNKILLABLE; SIGKILL and SIGSTOP pass when forced"},
			{"sig_ignored()", NULL, "blocked signals are kept, and a tracer sees all"}),
		.process = rule_init_ignores,
	}, {
		.code = "init-handles-once", .weight = RULE_TROUBLE, .state = true,
		.title = "pid 1 of a pid namespace handles SIGTERM only once.",
		.evidence = "SA_RESETHAND of its handler of SIGTERM (by the BPF iterator), SigCgt",
		.text = "The handler of SIGTERM of {comm} ({pid}), pid 1 of {ns}, is for one time "
			"(SA_RESETHAND): the second SIGTERM does nothing, and neither does the first where "
			"the handler only cleans up and raises the signal again, as that of node does "
			"for a program without one of its own.",
		.remedy = "Let the program handle SIGTERM itself (node: process.on('SIGTERM')), or run "
			  "a small init as pid 1 (tini, dumb-init; docker run --init).",
		.facts = FACTS({"get_signal()", NULL,
			"with SA_ONESHOT the action is set to the default before the handler runs"},
			{"sig_task_ignored()", NULL,
			"signals with the default action are dropped for a process that is "
			"SIGNAL_UNKILLABLE"}),
		.process = rule_init_once,
	}, {
		.code = "init-leaves-zombies", .weight = RULE_TROUBLE, .state = true,
		.title = "pid 1 of a pid namespace does not reap its dead children.",
		.evidence = "dead children of a pid 1 that sleeps without news of them, at two looks",
		.text = "{zombies} dead {zombies|process lies|processes lie} unreaped under {comm} ({pid}), "
			"pid 1 of {ns}; the oldest is {oldest_comm} ({oldest_pid}). Orphans of the "
			"namespace come to pid 1, which must wait(2) for them, and each keeps a pid.[ It sleeps "
			"for a given time, and may reap them when it wakes up: look again then.{?periodic}]"
			"[ Its parent, outside, is the same program and made the namespace: it may well want it "
			"so.{?by_design}]",
		.remedy = "Run a small init as pid 1 (tini, dumb-init; docker run --init), or let the "
			  "program wait for all its children.",
		.facts = FACTS({"find_new_reaper()", NULL,
			"orphans are given to child_reaper of their pid namespace"}),
		.process = rule_init_zombies,
	}, {
		.code = "init-stuck", .weight = RULE_TROUBLE, .state = true,
		.title = "pid 1 of a pid namespace can't end: a dead process there was not reaped from "
			 "outside.",
		.evidence = "PF_EXITING of a pid 1, and zombies in its namespace whose parents are not "
			    "in it",
		.text = "{comm} ({pid}), pid 1 of {ns}, is ending and waits for {zombies} dead "
			"{zombies|process|processes} of its namespace: {zombie_comm} ({zombie_pid}) is a "
			"child of {parent_comm} ({parent_pid}), which is outside and does not reap it.",
		.remedy = "End {parent_comm} ({parent_pid}), or make it wait(2) for its child: then pid 1 ends too.",
		.facts = FACTS({"zap_pid_ns_processes()", NULL,
			"waits until no other pid of the namespace is in use, and only a parent's "
			"wait(2) frees that of a dead process"}),
		.process = rule_init_stuck,
	}, {
		.code = "proc-of-another-pidns", .weight = RULE_TROUBLE, .once = true, .state = true,
		.title = "/proc shows another pid namespace than the one the process is in.",
		.evidence = "the procfs at /proc of the process: the pid namespace of its process 1",
		.text = "{comm} ({pid}) is in {own}, but its /proc shows [{ns}][a pid namespace that is dead"
			"{?dead}].[ It is {ns_pid} to itself and has another number there:{?above} "
			"/proc/self is right, but /proc/$$ is of another process or of none, and ps "
			"disagrees with what fork and kill say.][{?aside} It has no number there: "
			"/proc/self leads nowhere.][ So it is for {more} more {more|process|processes} "
			"there.]",
		.remedy = "Give it a /proc of its pid namespace, in a mount namespace of its own, when both are "
			  "made: `unshare --fork --pid --mount-proc PROGRAM`.",
		.facts = FACTS({"proc_get_tree(), proc_fill_super()", "5.8",
			"an instance of procfs is of the pid namespace of who mounted it"}),
		.process = rule_proc_other,
	},
};
/* clang-format on */

const struct rule_set rules_pidns = RULE_SET(rows);
