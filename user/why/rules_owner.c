// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rules_owner.c - what a process with capabilities of its own user namespace may not do,
 * because it is in namespaces that another one owns, or that a more privileged one filled.
 */
#include <string.h>

#include "why/evidence.h"
#include "why/rules.h"
#include "why/mountsight.h"
#include "why/subject.h"
#include "kernel/nstype.h"

#define ABOVE_MAX 64

/* The user namespace is the other one, or below it: who has capabilities there has them here. */
static bool is_within(const struct ns_graph *g, uint32_t user_ns, uint32_t other)
{
	for (int i = 0; user_ns && i < ABOVE_MAX; i++) {
		const struct ns_node *n = graph_find(g, NS_USER, user_ns);

		if (user_ns == other)
			return true;
		user_ns = n ? n->rel[REL_PARENT] : 0;
	}
	return false;
}

/* Who owns its namespace of that type, if that is not its own user namespace or one below; else 0.
 */
static uint32_t foreign_owner(const struct evidence *e, const struct ns_task *t, unsigned int type)
{
	const struct ns_node *n =
		t->ns.inum[type] ? graph_find(e->graph, type, t->ns.inum[type]) : NULL;

	if (!n || !n->rel[REL_OWNER] || is_within(e->graph, n->rel[REL_OWNER], t->ns.inum[NS_USER]))
		return 0;
	return n->rel[REL_OWNER];
}

/* It lives in a user namespace of its own, and has capabilities there. */
static bool is_capable_below(const struct ns_task *t)
{
	struct subject s = subject_process(t->pid);
	uint32_t user_ns;
	uint64_t caps;

	return !(t->flags & (TASK_DEAD | TASK_KTHREAD | TASK_UNREADABLE)) && t->ns.inum[NS_USER] &&
	       t->ns.inum[NS_USER] != ns_types[NS_USER].initial &&
	       subject_num(&s, "\nCapEff:", 16, &caps) && caps &&
	       subject_ns(&s, "user", &user_ns) && user_ns == t->ns.inum[NS_USER];
}

bool rule_caps_elsewhere(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	/* Those whose owner is asked at calls that programs make, with the letter of unshare. */
	static const struct {
		unsigned int type;
		const char *key;
		char letter;
	} asked[] = {{NS_NET, "net", 'n'}, {NS_MNT, "mnt", 'm'}, {NS_UTS, "uts", 'u'}};
	char letters[sizeof(asked) / sizeof(asked[0]) + 2] = "-";
	uint32_t owner = 0;
	size_t n = 1;

	if (!is_capable_below(t))
		return false;
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		uint32_t by = foreign_owner(e, t, asked[i].type);

		if (!by || (owner && by != owner))
			continue;
		owner = by;
		finding_ns(f, asked[i].key, asked[i].type, t->ns.inum[asked[i].type]);
		letters[n++] = asked[i].letter;
	}
	if (!owner)
		return false;
	finding_num(f, "pid", t->pid);
	finding_text(f, "comm", t->comm);
	finding_ns(f, "own", NS_USER, t->ns.inum[NS_USER]);
	finding_ns(f, "ns", NS_USER, owner);
	finding_text(f, "letters", letters);
	return true;
}

/* A mount namespace that a user namespace owns: what came from above is locked there. */
static bool is_mnt_below(const struct evidence *e, const struct ns_task *t, uint32_t *ret_owner)
{
	const struct ns_node *n =
		t->ns.inum[NS_MNT] ? graph_find(e->graph, NS_MNT, t->ns.inum[NS_MNT]) : NULL;

	if (!n || t->flags & (TASK_DEAD | TASK_KTHREAD | TASK_UNREADABLE) || !n->rel[REL_OWNER] ||
		n->rel[REL_OWNER] == ns_types[NS_USER].initial)
		return false;
	*ret_owner = n->rel[REL_OWNER];
	return true;
}

bool rule_mounts_locked(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	uint32_t owner;

	if (!is_mnt_below(e, t, &owner) || !is_capable_below(t))
		return false;
	finding_num(f, "pid", t->pid);
	finding_text(f, "comm", t->comm);
	finding_ns(f, "ns", NS_MNT, t->ns.inum[NS_MNT]);
	finding_ns(f, "owner", NS_USER, owner);
	return true;
}

struct wanted {
	const char *fs;
	unsigned int type; /* the namespace that it shows: CAP_SYS_ADMIN is needed over it, too */
	const char *foreign, *cover, *none; /* facts */
};

/* Why mounting that file system is refused, if it is. */
static bool put_refused(
	struct evidence *e, const struct ns_task *t, const struct wanted *w, struct finding *f)
{
	struct subject s = subject_process(t->pid);
	char detail[256] = "";
	enum fs_sight sight;

	if (foreign_owner(e, t, w->type)) {
		finding_ns(f, w->foreign, w->type, t->ns.inum[w->type]);
		return true;
	}
	sight = fs_in_sight(&s, w->fs, detail, sizeof(detail));
	if (sight == SIGHT_COVERED)
		finding_text(f, w->cover, detail);
	else if (sight == SIGHT_NONE)
		finding_text(f, w->none, "yes");
	return sight == SIGHT_COVERED || sight == SIGHT_NONE;
}

bool rule_proc_refused(struct evidence *e, const struct ns_task *t, struct finding *f)
{
	static const struct wanted wanted[] = {
		{"proc", NS_PID, "proc_pid", "proc_cover", "proc_none"},
		{"sysfs", NS_NET, "sys_net", "sys_cover", "sys_none"}};
	struct subject s = subject_process(t->pid);
	uint32_t owner, inum;
	bool proc, sys;

	if (!is_mnt_below(e, t, &owner) || !is_capable_below(t))
		return false;
	proc = put_refused(e, t, &wanted[0], f);
	sys = put_refused(e, t, &wanted[1], f);
	if (proc && sys)
		finding_text(f, "both", "yes");
	/* It was its mounts that were read. */
	if ((!proc && !sys) || !subject_ns(&s, "mnt", &inum) || inum != t->ns.inum[NS_MNT])
		return false;
	finding_num(f, "pid", t->pid);
	finding_text(f, "comm", t->comm);
	finding_ns(f, "ns", NS_MNT, t->ns.inum[NS_MNT]);
	finding_ns(f, "owner", NS_USER, owner);
	return true;
}
