// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * refused.c - from an event of a call that was refused to the reason why, by the same rows
 * as create and enter ask. What the kernel looked at is in the event; what is read of /proc
 * beside it, only for events of now, and where that says nothing, the texts say so.
 */
#include <string.h>

#include "event/sentence.h"
#include "event/value.h"
#include "why/reasons.h"
#include "why/story.h"

#define TEXT(f, key, member) finding_textn(f, key, member, strnlen(member, sizeof(member)))

/* --- what a predicate asks ------------------------------------------------------------------- */

const struct subject *step_who(const struct step *s)
{
	static const struct subject self = {.dir = "/proc/self"};

	return s->who ? s->who : &self;
}

const struct ev_refused *step_refused(const struct step *s)
{
	return s->ev && s->ev->schema->kind == EV_REFUSED ? s->ev->rec : NULL;
}

const struct ev_setns *step_setns(const struct step *s)
{
	return s->ev && s->ev->schema->kind == EV_SETNS ? s->ev->rec : NULL;
}

const struct ev_nsset *step_before(const struct step *s)
{
	const struct ev_unshare *u = s->ev ? s->ev->rec : NULL;
	const struct ev_clone *c = s->ev ? s->ev->rec : NULL;
	const struct ev_setns *n = s->ev ? s->ev->rec : NULL;

	switch (s->ev ? s->ev->schema->kind : 0) {
	case EV_UNSHARE:
		return &u->before;
	case EV_CLONE:
		return &c->before;
	case EV_SETNS:
		return &n->before;
	}
	return NULL;
}

/* --- the call of an event -------------------------------------------------------------------- */

static const enum step_call calls[EV_REFUSED_CALLS] = {
	[EV_REFUSED_MOUNT] = STEP_MOUNT,
	[EV_REFUSED_UMOUNT] = STEP_MOUNT,
	[EV_REFUSED_FSCONFIG] = STEP_MOUNT,
	[EV_REFUSED_FSMOUNT] = STEP_MOUNT,
	[EV_REFUSED_MOVE_MOUNT] = STEP_MOUNT,
	[EV_REFUSED_FSOPEN] = STEP_MOUNT,
	[EV_REFUSED_OPEN_TREE] = STEP_MOUNT,
	[EV_REFUSED_MOUNT_SETATTR] = STEP_MOUNT,
	[EV_REFUSED_OPEN] = STEP_OPEN,
	[EV_REFUSED_UID_MAP] = STEP_UID_MAP,
	[EV_REFUSED_GID_MAP] = STEP_GID_MAP,
	[EV_REFUSED_SETGROUPS_FILE] = STEP_DENY_GROUPS,
	[EV_REFUSED_SETGROUPS] = STEP_SETGROUPS,
	[EV_REFUSED_RTNETLINK] = STEP_RTNETLINK,
	[EV_REFUSED_TIMENS_OFFSETS] = STEP_CLOCK,
};

/* The call and its result; false: another event. */
static bool step_read(const struct event *ev, struct step *s, int *ret_result)
{
	const struct ev_unshare *u = ev->rec;
	const struct ev_clone *c = ev->rec;
	const struct ev_setns *n = ev->rec;
	const struct ev_refused *e = ev->rec;

	switch (ev->schema->kind) {
	case EV_UNSHARE:
		*s = STEP(UNSHARE, .flags = u->ns_flags);
		*ret_result = u->result;
		break;
	case EV_CLONE:
		*s = STEP(CLONE, .flags = c->ns_flags);
		*ret_result = c->result;
		break;
	case EV_SETNS:
		*s = STEP(SETNS, .flags = n->ns_flags);
		*ret_result = n->result;
		break;
	case EV_REFUSED:
		if (e->call >= EV_REFUSED_CALLS)
			return false;
		*s = (struct step){.call = calls[e->call]};
		*ret_result = e->result;
		break;
	default:
		return false;
	}
	/* What a filter says has other reasons than the kernel's. */
	if (ev->hdr->flags & EVF_FILTERED)
		s->call = STEP_FILTERED;
	s->ev = ev;
	return true;
}

bool event_is_refused(const struct event *ev)
{
	struct step s;
	int result;

	return step_read(ev, &s, &result) && (result < 0 || s.call == STEP_FILTERED);
}

/* --- what the texts of the rules name -------------------------------------------------------- */

static void put_call(struct finding *f, const struct step *s)
{
	auto_buf struct buf types = {0};

	finding_text(f, "call", s->ev->schema->name);
	value_slots(&types, ns_flags_to_types(s->flags));
	if (types.len && ns_flags_to_types(s->flags))
		finding_textn(f, "types", types.s, types.len);
}

static void put_refused(struct finding *f, const struct step *s, const struct ev_refused *e)
{
	const struct ev_field *field = schema_field(s->ev->schema, "call", 4);
	bool users = e->call == EV_REFUSED_UID_MAP;
	auto_buf struct buf request = {0};

	finding_text(f, "call", field->names[e->call]);
	if (e->inum && e->ns_type < NS_TYPES)
		finding_ns(f, "ns", e->ns_type, e->inum);
	if (e->owner)
		finding_ns(f, "owner", NS_USER, e->owner);
	if (e->fs_type[0] && refused_makes_mount(e))
		TEXT(f, "fs", e->fs_type);
	if (e->path[0])
		TEXT(f, "path", e->path);
	if (e->message[0])
		TEXT(f, "message", e->message);
	if (s->call == STEP_UID_MAP || s->call == STEP_GID_MAP) {
		finding_text(f, "file", users ? "uid_map" : "gid_map");
		finding_text(f, "cap", users ? "CAP_SETUID" : "CAP_SETGID");
		finding_text(f, "helper", users ? "newuidmap" : "newgidmap");
		finding_num(f, "id", users ? e->euid : e->egid);
	}
	if (s->call != STEP_RTNETLINK)
		return;
	refusal_request(&request, e->request);
	finding_textn(f, "request", request.s, request.len);
}

bool rule_ev_refused(struct story *st, const struct event *ev, struct finding *f)
{
	const struct ev_refused *e;
	char path[EV_REFUSED_PATH + 1];
	struct subject who;
	struct step s;
	int result;

	if (!step_read(ev, &s, &result) || !step_concerns(f->rule, &s, result))
		return false;
	who = subject_caller(ev, st->live);
	s.who = &who;
	e = step_refused(&s);
	if (e) {
		memcpy(path, e->path, sizeof(e->path));
		path[EV_REFUSED_PATH] = '\0';
		s.what = path;
	}
	finding_actor(f, ev);
	if (result)
		finding_errno(f, "errno", result);
	else
		finding_text(f, "success", "success");
	finding_num(f, "uid", e && who.then ? e->euid : ev->hdr->uid);
	if (who.user_ns && !e)
		finding_ns(f, "user_ns", NS_USER, who.user_ns);
	if (e)
		put_refused(f, &s, e);
	else
		put_call(f, &s);
	return step_why(&s, result, f->rule, f) != NULL;
}

/* --- filters --------------------------------------------------------------------------------- */

static bool has_filters(const struct step *s, struct finding *f)
{
	uint32_t n = subject_filters(step_who(s));

	if (n > 1)
		finding_num(f, "filters", n);
	return true;
}

static bool rule_seccomp(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	struct subject s = subject_process(t->pid);
	uint32_t n = t->flags & (TASK_DEAD | TASK_KTHREAD) ? 0 : subject_filters(&s);

	if (!n)
		return false;
	finding_task(f, t);
	finding_num(f, "filters", n);
	finding_ns(f, "own", NS_PID, t->ns.inum[NS_PID]);
	return true;
}

#define SECCOMP_FACT                                                                               \
	{                                                                                          \
		"__secure_computing()", "3.5",                                                     \
			"runs before the system call and its tracepoint; SECCOMP_RET_ERRNO makes " \
			"it fail without being called: the errno is the filter's choice"           \
	}

/* clang-format off */
static const struct reason filter_reasons[] = {
	{.code = "seccomp-filter", C(FILTERED), REASON_ANY, 0, has_filters,
		"the kernel did not look at it, and [{?errno}no right that the process has or lacks "
		"matters][{?success}nothing was done, though the process believes so]",
		"allow {call} in the seccomp profile of the container or service "
		"(docker: --security-opt seccomp=FILE; systemd: RestrictNamespaces=, SystemCallFilter=; "
		"LXC: lxc.seccomp.profile)", "__secure_computing() in kernel/seccomp.c", "3.5"},
};

static const struct rule rows[] = {
	{
		.code = "call-filtered", .weight = RULE_TROUBLE,
		.title = "A seccomp filter answered a call before the kernel saw it.",
		.evidence = "sys_exit of unshare, setns, clone, mount and its like or setgroups without sys_enter, "
			    "by a process under a filter (the tracepoint alternatives of the hooks, x86, from 5.15); of "
			    "mount and its like and setgroups also the return of __secure_computing() (fentry)",
		.text = "{call}[ of {types}] by {comm} ({pid}) was answered with [{errno}][{success}] by a seccomp "
			"filter[, one of the {filters} in force on it]: {why}.",
		.facts = FACTS({"syscall_trace_enter(), syscall_exit_work()", "5.10",
			"a filter's answer skips the call and sys_enter; sys_exit comes nevertheless"}, SECCOMP_FACT),
		REASONS(filter_reasons), REFUSED(CALLS | K(REFUSED)),
	}, {
		.code = "seccomp-filter", .weight = RULE_NOTE, .once = true,
		.title = "A seccomp filter decides which calls of a process reach the kernel.",
		.evidence = "Seccomp and Seccomp_filters in /proc/PID/status",
		.text = "{comm} ({pid}) in {own} is under {filters} seccomp {filters|filter|filters}. A "
			"call of unshare, setns or clone that a filter refuses fails with the errno "
			"that the filter chose (mostly EPERM), whatever rights the process has."
			"[ So it is for {more} more {more|process|processes} there.]",
		.remedy = "nswatch trace marks such a call as filtered where its hooks are tracepoints "
			  "(nswatch trace --hook all=tracepoint); allow it in the profile of the container or service.",
		.facts = FACTS(SECCOMP_FACT), .process = rule_seccomp,
	},
};
/* clang-format on */

const struct rule_set rules_refused = RULE_SET(rows);
