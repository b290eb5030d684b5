// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rules_call.c - why a call was refused, and what became of a device.
 *
 * An event has the errno, not its reason. What else speaks for one is read of
 * the caller while it is there, only for events of now (story.live), and where
 * that says nothing, the texts say so.
 */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "event/value.h"
#include "why/evidence.h"
#include "why/rules.h"
#include "why/story.h"
#include "lib/clock.h"
#include "why/nslimit.h"
#include "why/subject.h"
#include "kernel/nstype.h"

static const struct ev_caller *facts_of(const struct event *ev);

/* Who made the call, as long as that thread lives. */
static struct subject caller_of(const struct event *ev)
{
	return subject_thread(ev->hdr->pid, ev->hdr->tid);
}

static bool caller_num(const struct event *ev, const char *key, int base, uint64_t *ret)
{
	struct subject s = caller_of(ev);

	return subject_num(&s, key, base, ret);
}

static bool caller_has(const struct event *ev, unsigned int cap)
{
	const struct ev_caller *facts = facts_of(ev);
	struct subject s = caller_of(ev);

	return facts ? facts->caps >> cap & 1 : subject_has(&s, cap);
}

static bool caller_confined(const struct event *ev, char ret[LABEL_MAX])
{
	struct subject s = caller_of(ev);

	return subject_confined(&s, ret);
}

/* What unshare, clone and setns have in common. */
struct call {
	const char *name;
	uint64_t flags; /* CLONE_NEW* */
	int result;
	const struct ev_nsset *before;
};

/* What the kernel looked at of the caller when it refused, NULL where the event does not have it.
 */
static const struct ev_caller *facts_of(const struct event *ev)
{
	const struct ev_unshare *u = ev->rec;
	const struct ev_clone *c = ev->rec;
	const struct ev_refused *r = ev->rec;
	const struct ev_caller *facts = NULL;

	if (ev->schema->kind == EV_UNSHARE)
		facts = (const void *)&u->threads;
	else if (ev->schema->kind == EV_CLONE)
		facts = (const void *)&c->threads;
	else if (ev->schema->kind == EV_REFUSED)
		facts = (const void *)&r->threads;
	return facts && facts->threads ? facts : NULL;
}

static bool call_read(const struct event *ev, struct call *ret)
{
	const struct ev_unshare *u = ev->rec;
	const struct ev_clone *c = ev->rec;
	const struct ev_setns *n = ev->rec;

	switch (ev->schema->kind) {
	case EV_UNSHARE:
		*ret = (struct call){"unshare", u->ns_flags, u->result, &u->before};
		return true;
	case EV_CLONE:
		*ret = (struct call){"clone", c->ns_flags, c->result, &c->before};
		return true;
	case EV_SETNS:
		*ret = (struct call){"setns", n->ns_flags, n->result, &n->before};
		return true;
	}
	return false;
}

/* A call that the kernel itself answered: what a filter says has other reasons than these rules
 * know. */
static bool call_of(const struct event *ev, struct call *ret)
{
	return !(ev->hdr->flags & EVF_FILTERED) && call_read(ev, ret);
}

/* A failed unshare or clone with this errno. */
static bool made_none(const struct event *ev, int error, struct call *ret)
{
	return call_of(ev, ret) && ev->schema->kind != EV_SETNS && ret->result == -error;
}

static void put_call(struct finding *f, const struct event *ev, const struct call *c)
{
	auto_buf struct buf types = {0};

	finding_actor(f, ev);
	finding_text(f, "call", c->name);
	if (c->result)
		finding_errno(f, "errno", c->result);
	else
		finding_text(f, "success", "success");
	value_slots(&types, ns_flags_to_types(c->flags));
	if (types.len && ns_flags_to_types(c->flags))
		finding_textn(f, "types", types.s, types.len);
}

static bool rule_ev_pid_taken(struct story *s, const struct event *ev, struct finding *f)
{
	struct call c;

	if (!made_none(ev, EINVAL, &c) || !(c.flags & CLONE_NEWPID) || !c.before->inum[NS_PID] ||
		!c.before->inum[NS_PID_CHILD] ||
		c.before->inum[NS_PID] == c.before->inum[NS_PID_CHILD])
		return false;
	put_call(f, ev, &c);
	finding_ns(f, "own", NS_PID, c.before->inum[NS_PID]);
	finding_ns(f, "ns", NS_PID, c.before->inum[NS_PID_CHILD]);
	return true;
}

/* Another thread than the leader called it, or there are others a moment later. */
static bool has_threads(struct story *s, const struct event *ev, struct finding *f)
{
	const struct ev_caller *facts = facts_of(ev);
	uint64_t n;

	if (facts && facts->threads == 1)
		return false;
	if (facts || (s->live && caller_num(ev, "\nThreads:", 10, &n) && n > 1)) {
		finding_num(f, "threads", facts ? facts->threads : n);
		return true;
	}
	if (ev->hdr->tid == ev->hdr->pid)
		return false;
	finding_text(f, "several", "yes");
	return true;
}

/* The type of namespace that the descriptor given to setns(2) is of, as long as it is open. */
static int setns_type(struct story *s, const struct ev_setns *n)
{
	char path[64], link[64];
	ssize_t len;
	int type;
	uint32_t inum;

	if (n->target_type)
		return (int)n->target_type - 1;
	snprintf(path, sizeof(path), "/proc/%u/fd/%d", n->hdr.pid, n->fd);
	len = s->live ? readlink(path, link, sizeof(link)) : -1;
	if (len <= 0 || ns_link_parse(link, (size_t)len, &type, &inum) || inum != n->target_inum)
		return -1;
	return type;
}

static bool wants_one_thread(struct story *s, const struct event *ev, const struct call *c)
{
	const struct ev_setns *n = ev->rec;
	int type;

	if (ev->schema->kind == EV_UNSHARE)
		return c->result == -EINVAL && c->flags & CLONE_NEWUSER;
	if (ev->schema->kind != EV_SETNS)
		return false;
	if (c->result == -EUSERS)
		return true; /* timens_install() alone */
	if (c->result != -EINVAL || n->target_inum == c->before->inum[NS_USER])
		return false;
	type = setns_type(s, n);
	return (type == NS_USER || type == NS_MNT) &&
	       (!c->flags || ns_flags_to_types(c->flags) == 1u << type);
}

static bool rule_ev_threads(struct story *s, const struct event *ev, struct finding *f)
{
	struct call c;

	if (!call_of(ev, &c) || !wants_one_thread(s, ev, &c))
		return false;
	put_call(f, ev, &c);
	if (has_threads(s, ev, f))
		return true;
	finding_text(f, "several", "yes");
	return c.result == -EUSERS;
}

static bool rule_ev_own_user(struct story *s, const struct event *ev, struct finding *f)
{
	const struct ev_setns *n = ev->rec;
	struct call c;

	if (!call_of(ev, &c) || ev->schema->kind != EV_SETNS || c.result != -EINVAL ||
		!n->target_inum || n->target_inum != c.before->inum[NS_USER])
		return false;
	put_call(f, ev, &c);
	finding_ns(f, "ns", NS_USER, n->target_inum);
	return true;
}

static void put_limit(struct finding *f, const struct nslimit *l)
{
	auto_buf struct buf name = {0};

	nslimit_name(l->type, &name);
	finding_textn(f, "limit", name.s, name.len);
	finding_ns(f, "limit_ns", NS_USER, l->user_ns);
	finding_num(f, "max", (uint64_t)l->max);
	finding_text(f, l->reached ? "reached" : "maybe", "yes");
	if (l->why == NSLIMIT_SET) {
		finding_text(f, "on_purpose", "yes");
	} else {
		finding_text(f, "system", "yes");
		finding_num(f, "more_max", l->max ? (uint64_t)l->max * 2 : 10000);
	}
	if (!l->counted)
		return;
	finding_num(f, "limit_uid", l->uid);
	finding_num(f, "count", l->count);
}

/*
 * Somebody who is in the user namespace of the call: the caller, or if that has ended its
 * parent. A number may be another process' by now, so it is asked for its namespace.
 */
static bool member_of(const struct event *ev, uint32_t user_ns, struct subject *ret)
{
	struct subject s[] = {caller_of(ev), subject_process(ev->hdr->ppid)};

	for (size_t i = 0; i < sizeof(s) / sizeof(s[0]); i++) {
		uint32_t inum;

		if (!subject_ns(&s[i], "user", &inum) || inum != user_ns)
			continue;
		*ret = s[i];
		return true;
	}
	return false;
}

/* The namespaces of a type that was asked for are as deep as they may be, as the event tells. */
static bool put_depth(const struct event *ev, const struct call *c, struct finding *f)
{
	const struct ev_caller *facts = facts_of(ev);
	bool user = facts && c->flags & CLONE_NEWUSER && facts->user_level >= USER_NS_DEEPEST;
	bool pid = facts && c->flags & CLONE_NEWPID && facts->pid_level >= PID_NS_DEEPEST;

	if (!user && !pid)
		return false;
	finding_num(f, "deepest", user ? facts->user_level : facts->pid_level);
	if (user)
		finding_ns(f, "deep_ns", NS_USER, c->before->inum[NS_USER]);
	else
		finding_ns(f, "deep_ns", NS_PID, c->before->inum[NS_PID_CHILD]);
	finding_text(f, user ? "deep_user" : "deep_pid", "yes");
	return true;
}

#define LIMIT_LOOKS  8 /* in a second: each takes a process for a user namespace, and anybody */
#define LIMIT_SECOND 1000000000ULL /* can fail in a loop */

/* What was found a moment ago of the same user namespace is found again. */
static void limit_look(const struct event *ev, const struct call *c, struct nslimit *ret)
{
	static struct nslimit last;
	static uint64_t last_flags, second_ns;
	static uint32_t last_ns;
	static int looks;
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	struct subject who = {""};

	if (now - second_ns > LIMIT_SECOND) {
		second_ns = now;
		looks = last_ns = 0;
	}
	if (last_ns == c->before->inum[NS_USER] && last_flags == c->flags) {
		*ret = last;
		return;
	}
	if (looks >= LIMIT_LOOKS || !member_of(ev, c->before->inum[NS_USER], &who))
		return;
	looks++;
	nslimit_find(&who, ns_flags_to_types(c->flags), ret);
	/* The parent may be less deep in pid namespaces. */
	if (!ret->reached && c->flags & CLONE_NEWPID && strcmp(who.dir, caller_of(ev).dir) != 0)
		ret->why = NSLIMIT_UNKNOWN;
	last = *ret;
	last_flags = c->flags;
	last_ns = c->before->inum[NS_USER];
}

static bool rule_ev_limit(struct story *s, const struct event *ev, struct finding *f)
{
	struct nslimit l = {.why = NSLIMIT_UNKNOWN};
	struct call c;

	if (!made_none(ev, ENOSPC, &c) || !ns_flags_to_types(c.flags))
		return false;
	put_call(f, ev, &c);
	if (c.before->inum[NS_USER])
		finding_ns(f, "user_ns", NS_USER, c.before->inum[NS_USER]);
	if (put_depth(ev, &c, f))
		return true;
	if (s->live)
		limit_look(ev, &c, &l);
	if (l.why == NSLIMIT_SET || l.why == NSLIMIT_SYSTEM) {
		put_limit(f, &l);
		return true;
	}
	if (l.why == NSLIMIT_DEEP) {
		finding_num(f, "deepest", l.level);
		finding_ns(f, "deep_ns", l.type, l.ns);
		finding_text(f, l.type == NS_USER ? "deep_user" : "deep_pid", "yes");
		return true;
	}
	finding_text(f, "unknown", "yes");
	if (c.flags & CLONE_NEWUSER && !facts_of(ev))
		finding_text(f, "may_user", "yes");
	if (c.flags & CLONE_NEWPID && !facts_of(ev))
		finding_text(f, "may_pid", "yes");
	return true;
}

/*
 * All that the kernel itself asks for: unshare and clone want it in the caller's
 * user namespace; setns in others too, which who has it in the initial one has.
 */
static bool has_rights(const struct event *ev, const struct call *c)
{
	if (!caller_has(ev, CAP_SYS_ADMIN))
		return false;
	return ev->schema->kind != EV_SETNS ||
	       (c->before->inum[NS_USER] == ns_types[NS_USER].initial &&
		       caller_has(ev, CAP_SYS_CHROOT));
}

static bool rule_ev_confined(struct story *s, const struct event *ev, struct finding *f)
{
	char label[LABEL_MAX];
	struct call c;

	if (!s->live || !call_of(ev, &c) || (c.result != -EPERM && c.result != -EACCES) ||
		(c.flags & CLONE_NEWUSER && ev->schema->kind != EV_SETNS) || !has_rights(ev, &c) ||
		!caller_confined(ev, label))
		return false;
	put_call(f, ev, &c);
	finding_text(f, "profile", label);
	return true;
}

static bool rule_ev_no_rights(struct story *s, const struct event *ev, struct finding *f)
{
	struct call c;

	if (!call_of(ev, &c) || c.result != -EPERM)
		return false;
	if (ev->schema->kind != EV_SETNS &&
		(c.flags & CLONE_NEWUSER || !ns_flags_to_types(c.flags)))
		return false;
	/* Not what it lacks, then: see rule_ev_confined(). */
	if ((s->live || facts_of(ev)) && has_rights(ev, &c))
		return false;
	put_call(f, ev, &c);
	if (ev->schema->kind == EV_SETNS)
		finding_text(f, "enter", "yes");
	else
		finding_text(f, "make", "yes");
	if (c.before->inum[NS_USER])
		finding_ns(f, "user_ns", NS_USER, c.before->inum[NS_USER]);
	finding_num(f, "uid", ev->hdr->uid);
	return true;
}

/* --- which layer refused a user namespace ---------------------------------------------------- */

static void put_unmapped(struct finding *f, enum subject_id id, uint32_t n, bool empty)
{
	finding_num(f, id == SUBJECT_UID ? "own_uid" : "own_gid", n);
	finding_text(f, "map", id == SUBJECT_UID ? "uid_map" : "gid_map");
	finding_text(f, "unmapped", "yes");
	finding_text(f, empty ? "empty" : "others", "yes");
}

/* What its maps lack of the caller, as the event has it. */
static bool put_unmapped_then(const struct ev_caller *facts, struct finding *f)
{
	if (facts->unmapped & 1)
		put_unmapped(f, SUBJECT_UID, facts->euid, !facts->uid_extents);
	else if (facts->unmapped & 2)
		put_unmapped(f, SUBJECT_GID, facts->egid, !facts->gid_extents);
	return facts->unmapped & 3;
}

/* The same as it is now. */
static bool put_unmapped_now(const struct subject *s, struct finding *f)
{
	for (int id = SUBJECT_UID; id <= SUBJECT_GID; id++) {
		uint32_t n;
		enum subject_map map = subject_mapped(s, (enum subject_id)id, &n);

		if (map != MAP_EMPTY && map != MAP_LACKS)
			continue;
		put_unmapped(f, (enum subject_id)id, n, map == MAP_EMPTY);
		return true;
	}
	return false;
}

/* A setting of this system, or a profile that the caller is still under. */
static bool put_policy(const struct event *ev, struct finding *f)
{
	struct subject s = caller_of(ev);
	char label[LABEL_MAX];

	if (ev->hdr->uid && sysctl_is("/proc/sys/kernel/unprivileged_userns_clone", 0)) {
		finding_text(f, "sysctl", "yes");
		return true;
	}
	if (ev->hdr->uid &&
		sysctl_is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1)) {
		finding_text(f, "restricted", "yes");
		return true;
	}
	if (!subject_confined(&s, label))
		return false;
	finding_text(f, "profile", label);
	return true;
}

/* Not a seccomp filter: what that refuses does not get as far as our hooks. */
static bool put_layer(const struct story *st, const struct event *ev, struct finding *f)
{
	const struct ev_caller *facts = facts_of(ev);
	struct subject s = caller_of(ev);

	if (facts ? put_unmapped_then(facts, f) : st->live && put_unmapped_now(&s, f))
		return true;
	if (facts ? facts->chrooted : st->live && subject_chrooted(&s)) {
		finding_text(f, "chroot", "yes");
		return true;
	}
	return st->live && put_policy(ev, f);
}

static bool rule_ev_user_refused(struct story *s, const struct event *ev, struct finding *f)
{
	struct call c;

	if (!made_none(ev, EPERM, &c) && !made_none(ev, EACCES, &c))
		return false;
	if (!(c.flags & CLONE_NEWUSER))
		return false;
	put_call(f, ev, &c);
	finding_num(f, "uid", ev->hdr->uid);
	if (c.before->inum[NS_USER])
		finding_ns(f, "user_ns", NS_USER, c.before->inum[NS_USER]);
	if (!put_layer(s, ev, f))
		finding_text(f, "unknown", "yes");
	return true;
}

/* Its name is that of its choice in the schema. */
static void put_refused_call(struct finding *f, const struct event *ev)
{
	const struct ev_refused *e = ev->rec;
	const struct ev_field *field = schema_field(ev->schema, "call", 4);

	finding_actor(f, ev);
	finding_errno(f, "errno", e->result);
	finding_text(f, "call", e->call < EV_REFUSED_CALLS ? field->names[e->call] : "a call");
}

static bool rule_ev_filtered(struct story *s, const struct event *ev, struct finding *f)
{
	const struct ev_caller *facts = facts_of(ev);
	uint64_t n;
	struct call c;

	if (!(ev->hdr->flags & EVF_FILTERED))
		return false;
	if (ev->schema->kind == EV_REFUSED)
		put_refused_call(f, ev);
	else if (call_read(ev, &c))
		put_call(f, ev, &c);
	else
		return false;
	if (facts && facts->filters)
		n = facts->filters;
	else if (!s->live || !caller_num(ev, "\nSeccomp_filters:", 10, &n))
		n = 0;
	if (n > 1)
		finding_num(f, "filters", n);
	return true;
}

/* --- what stands before the kernel ----------------------------------------------------------- */

static bool rule_seccomp(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	int n;

	if (t->flags & (TASK_DEAD | TASK_KTHREAD))
		return false;
	n = evidence_filters(t);
	if (n <= 0)
		return false;
	finding_task(f, t);
	finding_num(f, "filters", (uint64_t)n);
	finding_ns(f, "own", NS_PID, t->ns.inum[NS_PID]);
	return true;
}

/* --- the rules -------------------------------------------------------------------------------- */

/* clang-format off */
static const struct rule rows[] = {
	{
		.code = "pid-children-taken", .weight = RULE_TROUBLE,
		.title = "A second pid namespace can't be made before the first has a child.",
		.evidence = "EINVAL of unshare or clone with CLONE_NEWPID by a process whose children go "
			    "elsewhere already",
		.text = "{call} failed because {comm} ({pid}) is in {own} and its children go to {ns} "
			"already: only who is in the pid namespace of its children can make another.",
		.remedy = "Fork first, and make the next pid namespace in the child.",
		.facts = FACTS({"copy_pid_ns()", "3.8",
			"EINVAL where pid_ns_for_children is not the caller's own pid namespace"}),
		.event = rule_ev_pid_taken, .kinds = CALLS,
	}, {
		.code = "single-thread-required", .weight = RULE_TROUBLE,
		.title = "The call is refused to a process of several threads.",
		.evidence = "EINVAL or EUSERS of a call that wants a single thread, and that the caller "
			    "has several",
		.text = "{call} failed with {errno} because the process {comm} ({pid}) has "
			"[{threads} threads][more than one thread{?several}].",
		.remedy = "Do it before threads are started, or in a child after fork(2).",
		.facts = FACTS({"ksys_unshare(), check_unshare_flags()", "3.8",
			"CLONE_NEWUSER implies CLONE_THREAD, which wants an empty thread group"},
			{"userns_install()", "3.8", "EINVAL where the thread group is not empty"},
			{"mntns_install()", "3.8", "EINVAL where root and working directory are shared"},
			{"timens_install()", "5.6", "EUSERS where other threads share the memory"}),
		.event = rule_ev_threads, .kinds = CALLS,
	}, {
		.code = "own-user-namespace", .weight = RULE_TROUBLE,
		.title = "A process can't enter the user namespace that it is in.",
		.evidence = "EINVAL of setns to the caller's own user namespace",
		.text = "setns failed because {comm} ({pid}) is in {ns} already: entering one's own user "
			"namespace again would give all capabilities back.",
		.remedy = "Leave the user namespace out of the list (nsenter without --user).",
		.facts = FACTS({"userns_install()", "3.8", "EINVAL where it is the current one"}),
		.event = rule_ev_own_user, .kinds = CALLS,
	}, {
		.code = "limit-reached", .weight = RULE_TROUBLE,
		.title = "A limit on the number of namespaces, or on their depth, is reached.",
		.evidence = "ENOSPC of unshare or clone; of the caller's user namespace and those above it the "
			    "limits (/proc/sys/user/max_*_namespaces), and how many namespaces there are",
		.text = "{call} of [{types} ]failed with ENOSPC, which has nothing to do with disks: "
			"[user namespaces nest 33 deep, and {deep_ns} is at level {deepest}{?deep_user}]"
			"[pid namespaces nest 32 deep, and {deep_ns} is at level {deepest}{?deep_pid}]"
			"[the limit {limit} of {limit_ns} [is{?reached}][is probably{?maybe}] reached, which is "
			"{max} for each user[, and user {limit_uid} has {count}]]"
			"[{?on_purpose}; it was set there on purpose, as bubblewrap --disable-userns does]"
			"[{?unknown}a limit on namespaces is reached in [{user_ns} ]or above it"
			"[{?may_user}, or user namespaces are nested 33 deep]"
			"[{?may_pid}, or pid namespaces are nested 32 deep]].",
		.remedy = "[{?on_purpose}Start it outside of the sandbox that set the limit.]"
			  "[{?system}As root: `echo {more_max} >/proc/sys/user/{limit}`; or end what holds old "
			  "ones, which nswatch ls --all lists.]"
			  "[{?deepest}Start it from a namespace further up.][{?unknown}End what holds old ones, "
			  "which nswatch ls --all lists, or start it outside of the sandbox that it is in.]",
		.facts = FACTS({"inc_ucount()", "4.9",
			"counts per user in each user namespace upwards; ENOSPC at the first that is "
			"full. A new user namespace begins with limits of INT_MAX: lower ones were set"},
			{"create_user_ns(), create_pid_namespace()", "4.9",
			"ENOSPC beyond level 33 of user and level 32 of pid namespaces"}),
		.event = rule_ev_limit, .kinds = CALLS,
	}, {
		.code = "no-rights", .weight = RULE_TROUBLE,
		.title = "Making or entering namespaces needs CAP_SYS_ADMIN.",
		.evidence = "EPERM of setns, or of unshare and clone without CLONE_NEWUSER",
		.text = "{call} failed because {comm} ({pid}), user {uid}, [{?make}lacks CAP_SYS_ADMIN in its "
			"user namespace {user_ns}][{?enter}lacks CAP_SYS_ADMIN there, or in its own user "
			"namespace].",
		.remedy = "[{?make}Run it as root, or in a user namespace of its own, where it has all capabilities: "
			  "`unshare --user --map-root-user PROGRAM`.][{?enter}Run it as root, or enter the user "
			  "namespace that owns the other one first.]",
		.facts = FACTS({"unshare_nsproxy_namespaces(), copy_namespaces()", "3.8",
			"want CAP_SYS_ADMIN in the user namespace that will own the new ones"},
			{"netns_install() and its like", "3.8",
			"want CAP_SYS_ADMIN in the owner of the namespace and in one's own user "
			"namespace"}),
		.event = rule_ev_no_rights, .kinds = CALLS,
	}, {
		.code = "userns-refused", .weight = RULE_TROUBLE,
		.title = "A user namespace was refused: by which layer.",
		.evidence = "EPERM or EACCES of unshare or clone with CLONE_NEWUSER; uid_map, gid_map, root and "
			    "AppArmor profile of the caller; kernel.unprivileged_userns_clone, "
			    "kernel.apparmor_restrict_unprivileged_userns",
		.text = "{comm} ({pid}), user {uid}, may not make a user namespace ({errno}): "
			"[its [user {own_uid}][group {own_gid}] has no number in its own user "
			"namespace{?unmapped}[ {user_ns}], [whose {map} is empty{?empty}][whose {map} "
			"has none for it{?others}].][it is in a chroot, where no user namespace may be "
			"made.{?chroot}][kernel.unprivileged_userns_clone is 0: only root may.{?sysctl}]"
			"[kernel.apparmor_restrict_unprivileged_userns is 1: AppArmor wants a profile "
			"that allows it.{?restricted}][it is confined by the AppArmor profile {profile}, "
			"which does not say that it may.][{?unknown}nothing that can be read tells why. It "
			"could be its user or group without number in its own user namespace, a chroot, a "
			"sysctl or a security module. (Not a seccomp filter: that answers before the "
			"kernel.)]",
		.remedy = "[{?unmapped}Make the user namespace that it is in with its user and group in the "
			  "maps: `unshare --user --map-root-user PROGRAM`.][{?chroot}Start it outside of the "
			  "chroot.][{?sysctl}Allow it, as root: "
			  "`echo 1 >/proc/sys/kernel/unprivileged_userns_clone`.][{?restricted}Give the "
			  "program a profile with the rule \"userns,\", or as root write 0 to "
			  "kernel.apparmor_restrict_unprivileged_userns.][Give the profile {profile} the "
			  "rule \"userns,\".][{?unknown}dmesg and the audit log have what a security "
			  "module refused; the others are looked at while the caller lives.]",
		.facts = FACTS({"create_user_ns()", "3.8",
			"EPERM in a chroot, and where user or group have no number in the namespace"},
			{"security_create_user_ns()", "6.1", "a security module may refuse it"}),
		.event = rule_ev_user_refused, .kinds = CALLS,
	}, {
		.code = "profile-refused", .weight = RULE_TROUBLE,
		.title = "A security module refused what the process has every right to.",
		.evidence = "EPERM or EACCES of a call; CAP_SYS_ADMIN in CapEff of the caller, and "
			    "/proc/PID/attr/apparmor/current",
		.text = "{call}[ of {types}] failed with {errno} though {comm} ({pid}) has CAP_SYS_ADMIN: it is "
			"confined by the AppArmor profile {profile}, which does not let it use that.",
		.remedy = "Add \"capability sys_admin\" to the profile (aa-logprof), or run it in another one; "
			  "dmesg and the audit log have the refusal.",
		.facts = FACTS({"apparmor_capable()", "2.6.36",
			"a capability counts only where the profile allows it too"}),
		.event = rule_ev_confined, .kinds = CALLS,
	}, {
		.code = "call-filtered", .weight = RULE_TROUBLE,
		.title = "A seccomp filter answered a call before the kernel saw it.",
		.evidence = "sys_exit of unshare, setns, clone, mount and its like or setgroups without sys_enter, "
			    "by a process under a filter (the tracepoint alternatives of the hooks, x86, from 5.15)",
		.text = "{call}[ of {types}] by {comm} ({pid}) was answered with [{errno}][{success}] by a seccomp "
			"filter[, one of the {filters} in force on it]: the kernel did not look at "
			"it, and [{?errno}no right that the process has or lacks matters][{?success}"
			"nothing was done, though the process believes so].",
		.remedy = "Allow {call} in the seccomp profile of the container or service "
			  "(docker: --security-opt seccomp=FILE; systemd: RestrictNamespaces=, SystemCallFilter=; "
			  "LXC: lxc.seccomp.profile).",
		.facts = FACTS({"syscall_trace_enter(), syscall_exit_work()", "5.10",
			"a filter's answer skips the call and sys_enter; sys_exit comes nevertheless"},
			{"__seccomp_filter()", "3.5", "SECCOMP_RET_ERRNO: the errno is the filter's choice"}),
		.event = rule_ev_filtered, .kinds = CALLS | K(REFUSED),
	}, {
		.code = "seccomp-filter", .weight = RULE_NOTE, .once = true,
		.title = "A seccomp filter decides which calls of a process reach the kernel.",
		.evidence = "Seccomp and Seccomp_filters in /proc/PID/status",
		.text = "{comm} ({pid}) in {own} is under [{filters} ]seccomp {filters|filter|filters}. A "
			"call of unshare, setns or clone that a filter refuses fails with the errno "
			"that the filter chose (mostly EPERM), whatever rights the process has."
			"[ So it is for {more} more {more|process|processes} there.]",
		.remedy = "nswatch trace marks such a call as filtered where its hooks are tracepoints "
			  "(nswatch trace --hook all=tracepoint); allow it in the profile of the container or service.",
		.facts = FACTS({"__secure_computing()", "3.5",
			"runs before the system call and its tracepoint; SECCOMP_RET_ERRNO makes it "
			"fail without being called"}),
		.process = rule_seccomp,
	},
};
/* clang-format on */

const struct rule_set rules_call = RULE_SET(rows);
