/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * step.h - calls that the kernel may refuse: those that create and enter make on their way
 * to the program, and those of other processes that events tell of. Why it does so is a
 * struct reason (why/rule.h) in both cases.
 *
 *	struct step s = STEP(UNSHARE, .flags = flags);
 *
 *	r = step_done(&s, unshare(flags) ? -errno : 0, err);
 */
#ifndef NSWATCH_WHY_STEP_H
#define NSWATCH_WHY_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

enum step_call {
	STEP_UNSHARE,
	STEP_CLONE,
	STEP_SETNS,
	STEP_FORK,
	STEP_EXEC,
	STEP_PIN,         /* bind mount of a namespace's file; .what: where */
	STEP_PROPAGATION, /* mount(2) of "/" */
	STEP_MOUNT_PROC,
	STEP_MOUNT_BINFMT,
	STEP_MOUNT, /* any other call about mounts */
	STEP_BINFMT_REGISTER,
	STEP_UID_MAP, /* a write to /proc/PID/uid_map */
	STEP_GID_MAP,
	STEP_DENY_GROUPS,  /* a write to /proc/PID/setgroups */
	STEP_NEWIDMAP,     /* newuidmap or newgidmap; .what: which */
	STEP_NEWIDMAP_END, /* its end with another status than 0 */
	STEP_SETGROUPS,    /* the system call */
	STEP_SETGID,
	STEP_SETUID,
	STEP_CHROOT,
	STEP_CHDIR,
	STEP_CLOCK,    /* a write to /proc/self/timens_offsets */
	STEP_CAPS,     /* capset, prctl(PR_CAP_AMBIENT_RAISE) */
	STEP_OPEN,     /* of a directory, a namespace's file or another file; .what: its path */
	STEP_PIDFD,    /* pidfd_open(2) of a target */
	STEP_CGROUP,   /* a write to cgroup.procs */
	STEP_DEATHSIG, /* prctl(PR_SET_PDEATHSIG) */
	STEP_RTNETLINK,
	STEP_FILTERED, /* any call that a seccomp filter answered */
	STEP_CALLS,
};

struct event;
struct finding;
struct idmap;
struct reason;
struct rule;
struct subject;

/* What was tried. Members that do not apply stay 0 or NULL. */
struct step {
	enum step_call call;
	uint64_t flags;   /* CLONE_NEW* that it was about */
	const char *what; /* path, program or numbers that it was about; untrusted */
	/*
	 * STEP_SETNS: the open namespace, or a pidfd; 0: not said. The conditions ask it
	 * whose it is.
	 */
	int fd;
	/* STEP_NEWIDMAP, STEP_UID_MAP, STEP_GID_MAP: what was to be written; NULL: not said. */
	const struct idmap *map;
	const struct subject *who; /* NULL: this process */
	const struct event *ev;    /* that tells of it, NULL: this process makes it */
	bool ahead;                /* it is not made: step_foresee() alone */
};

/* .what of STEP_OPEN, of what has no path. */
#define STEP_PARENT_USER "parent user namespace"

#define STEP(c, ...) ((struct step){.call = STEP_##c, ##__VA_ARGS__})

/*
 * What became of a step: 0, or code (negative errno), with err saying which call
 * failed, how and, if a row holds, why; its hint says what to do. Tells the witness.
 */
int step_done(const struct step *s, int code, struct err *err);

/*
 * The first reason that holds for a step that failed with code (negative errno), or that
 * would fail with it: NULL where none does. It is in f then, with its facts; only: of this
 * rule alone, NULL: of all.
 */
const struct reason *step_why(
	const struct step *s, int code, const struct rule *only, struct finding *f);
/* The rule has reasons for such a call to fail so, whether they hold or not. */
bool step_concerns(const struct rule *rule, const struct step *s, int code);
/*
 * What a process would be refused before it tries, as far as its state tells: called for each
 * of a few calls ("make a user namespace", of which only_user alone) with the first reason, in f.
 */
typedef void (*step_foreseen)(void *ctx, const char *what, const struct finding *f);
void step_foresee(const struct subject *who, bool only_user, step_foreseen fn, void *ctx);

/* "unshare(user|pid)", "chdir(/nowhere)": the call as messages name it. */
void step_name(struct buf *b, const struct step *s);

/*
 * All reasons that hold for a failed step, not only the first: lines "why: ... [CODE]",
 * "do: ..." and "kernel: ...", each ended by '\n'. Returns how many there were.
 */
size_t step_explain(const struct step *s, int code, struct buf *b);

/* Which of the two commands makes the steps; from then on its remedies are said. */
enum step_speaker {
	STEP_BY_CREATE,
	STEP_BY_ENTER,
};
void step_speak_as(enum step_speaker who);

/* Called for every step_done, also in forked processes; NULL: nobody. For --explain. */
typedef void (*step_witness)(const struct step *s, int code, void *ctx);
void step_set_witness(step_witness fn, void *ctx);

#endif
