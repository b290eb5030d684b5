/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reasons.h - for the files of reasons: what a predicate is asked with, and the event
 * behind a call of another process.
 */
#ifndef NSWATCH_WHY_REASONS_H
#define NSWATCH_WHY_REASONS_H

#include "event/decode.h"
#include "kernel/nstype.h"
#include "why/rules.h"
#include "why/step.h"
#include "why/subject.h"

/* The calls of a row. */
#define C(call)    (1ULL << STEP_##call)
#define UNSHARINGS (C(UNSHARE) | C(CLONE))

/* The rows of a rule. */
#define REASONS(rows) .reasons = (rows), .nreasons = sizeof(rows) / sizeof((rows)[0])
/* A rule of nswatch's own calls alone. */
#define OWN_TEXTS                                                                                  \
	.evidence = "a call of nswatch create or nswatch enter that failed",                       \
	.text = "The call failed: {why}.", .remedy = "[{?todo}{^todo}.]"
/* The event that tells of a call that was refused. */
#define REFUSED(of) .remedy = "{^todo}.", .event = rule_ev_refused, .kinds = (of)

#define AS_ROOT     "run it as root"
#define LOOK_KERNEL "__ptrace_may_access() in kernel/ptrace.c"

/* Of a process that may not be looked into: by its files in /proc, or by a pidfd. */
#define LOOKS(call, error)                                                                         \
	{.code = "target-other-userns",                                                            \
		C(call),                                                                           \
		error,                                                                             \
		0,                                                                                 \
		step_is_looked_at,                                                                 \
		"process {target} is in another user namespace, which is neither yours nor below " \
		"it, so your capabilities count for nothing there",                                \
		"run it from a user namespace above both, as root of the system",                  \
		"ptrace_has_cap() in kernel/ptrace.c: CAP_SYS_PTRACE in its user namespace",       \
		.arg = LOOK_OTHER_NS},                                                             \
		{.code = "target-other-user",                                                      \
			C(call),                                                                   \
			error,                                                                     \
			0,                                                                         \
			step_is_looked_at,                                                         \
			"process {target} is another user's, and to look into it takes "           \
			"CAP_SYS_PTRACE in its user namespace",                                    \
			AS_ROOT,                                                                   \
			LOOK_KERNEL,                                                               \
			.arg = LOOK_OTHER_USER},                                                   \
		{.code = "target-undumpable",                                                      \
			C(call),                                                                   \
			error,                                                                     \
			0,                                                                         \
			step_is_looked_at,                                                         \
			"process {target} is yours, but may not be dumped (it has more rights "    \
			"than you, or asked for it), and then CAP_SYS_PTRACE is needed to look "   \
			"into it",                                                                 \
			AS_ROOT,                                                                   \
			LOOK_KERNEL,                                                               \
			.arg = LOOK_UNDUMPABLE},                                                   \
	{                                                                                          \
		.code = "target-more-caps", C(call), error, 0, step_is_looked_at,                  \
		"process {target} is yours, but has capabilities that you lack, and then "         \
		"CAP_SYS_PTRACE is needed to look into it",                                        \
		AS_ROOT, "cap_ptrace_access_check() in security/commoncap.c",                      \
		.arg = LOOK_MORE_CAPS                                                              \
	}

bool rule_ev_refused(struct story *s, const struct event *ev, struct finding *f);

/* Who makes it. */
const struct subject *step_who(const struct step *s);
/* What an event of the kind has of it, NULL: none tells of it. */
const struct ev_refused *step_refused(const struct step *s);
const struct ev_setns *step_setns(const struct step *s);
/* The namespaces of who made it, NULL: not known. */
const struct ev_nsset *step_before(const struct step *s);
/* Of a file of /proc/PID/... that PID, of a pidfd its process; 0: neither. */
uint32_t step_target(const struct step *s);
/* The reason that .arg names (enum subject_look) keeps nswatch from looking at the target. */
bool step_is_looked_at(const struct step *s, struct finding *f);
/* The call was to bring a file system, not to change or move what is mounted. */
bool refused_makes_mount(const struct ev_refused *e);

#endif
