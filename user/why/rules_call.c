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

bool rule_ev_pid_taken(struct story *s, const struct event *ev, struct finding *f)
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

bool rule_ev_threads(struct story *s, const struct event *ev, struct finding *f)
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

bool rule_ev_own_user(struct story *s, const struct event *ev, struct finding *f)
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

bool rule_ev_limit(struct story *s, const struct event *ev, struct finding *f)
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

bool rule_ev_confined(struct story *s, const struct event *ev, struct finding *f)
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

bool rule_ev_no_rights(struct story *s, const struct event *ev, struct finding *f)
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

bool rule_ev_user_refused(struct story *s, const struct event *ev, struct finding *f)
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

bool rule_ev_filtered(struct story *s, const struct event *ev, struct finding *f)
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

/* --- devices --------------------------------------------------------------------------------- */

static void put_device(struct finding *f, const struct ev_netdev *e)
{
	finding_textn(f, "dev", e->old_name, strnlen(e->old_name, EV_DEV_LEN));
	if (e->dev_kind[0])
		finding_textn(f, "kind", e->dev_kind, strnlen(e->dev_kind, EV_DEV_LEN));
	/* The one that ended: of the peer of a veth another than its own. */
	finding_ns(f, "ns", NS_NET, e->cause ? e->cause : e->from);
	if (!strncmp(e->dev_kind, "veth", EV_DEV_LEN))
		finding_text(f, "pair", "yes");
}

bool rule_ev_dev_returned(struct story *s, const struct event *ev, struct finding *f)
{
	const struct ev_netdev *e = ev->rec;

	if (ev->schema->kind != EV_NETDEV || e->why != EV_WHY_NETNS_EXIT)
		return false;
	put_device(f, e);
	finding_ns(f, "to", NS_NET, e->to);
	finding_num(f, "ifindex", e->new_ifindex);
	if (strncmp(e->old_name, e->new_name, EV_DEV_LEN) != 0)
		finding_textn(f, "new_name", e->new_name, strnlen(e->new_name, EV_DEV_LEN));
	else
		finding_text(f, "same", "yes");
	return true;
}

bool rule_ev_dev_destroyed(struct story *s, const struct event *ev, struct finding *f)
{
	const struct ev_netdev *e = ev->rec;

	if (ev->schema->kind != EV_NETDEV_DEL || e->why != EV_WHY_NETNS_EXIT)
		return false;
	put_device(f, e);
	if (e->cause && e->cause != e->from)
		finding_ns(f, "far", NS_NET, e->from);
	else
		finding_text(f, "own", "yes");
	return true;
}
