// SPDX-License-Identifier: GPL-2.0-or-later
/* rules_event.c - what events of the lives of pid namespaces mean. */
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "why/subject.h"
#include "why/rules.h"
#include "why/story.h"

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

bool rule_ev_children_only(struct story *s, const struct event *ev, struct finding *f)
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

bool rule_ev_shell(struct story *s, const struct event *ev, struct finding *f)
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
bool rule_ev_first_child(struct story *s, const struct event *ev, struct finding *f)
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

bool rule_ev_fork_denied(struct story *s, const struct event *ev, struct finding *f)
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

bool rule_ev_killed_with_init(struct story *s, const struct event *ev, struct finding *f)
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

bool rule_ev_died_with_parent(struct story *s, const struct event *ev, struct finding *f)
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
	size_t n = sizeof(ways) / sizeof(ways[0]);

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
bool rule_ev_init_killed(struct story *s, const struct event *ev, struct finding *f)
{
	const struct story_pidns *p = killed_init(s, ev);

	if (!p || p->by_parent || (p->level > 1 && !p->parent))
		return false;
	put_death(f, ev);
	put_killer(s, f, ev);
	return true;
}
