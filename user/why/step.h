/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * step.h - the calls that create and enter make on their way to the program, and
 * why the kernel refuses one: rows of step_rows.c, each with the function of the
 * kernel that decides.
 *
 *	struct step s = STEP(UNSHARE, .flags = flags);
 *
 *	r = step_done(&s, unshare(flags) ? -errno : 0, err);
 */
#ifndef NSWATCH_WHY_STEP_H
#define NSWATCH_WHY_STEP_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

enum step_call {
	STEP_UNSHARE,
	STEP_SETNS,
	STEP_FORK,
	STEP_EXEC,
	STEP_PIN,         /* bind mount of a namespace's file; .what: where */
	STEP_PROPAGATION, /* mount(2) of "/" */
	STEP_MOUNT_PROC,
	STEP_MOUNT_BINFMT,
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
	STEP_CALLS,
};

struct idmap;

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
};

/* .what of STEP_OPEN, of what has no path. */
#define STEP_PARENT_USER "parent user namespace"

#define STEP(c, ...) ((struct step){.call = STEP_##c, ##__VA_ARGS__})

/* One explanation. */
struct step_row {
	enum step_call call;
	int error;      /* positive errno, 0: any */
	uint64_t flags; /* holds only if the step had one of these; 0: does not matter */
	/*
	 * NULL: always. May leave a detail (a file, a number) that stands for '@' in the
	 * texts, and behind a newline another one, "@2".
	 */
	int (*holds)(const struct step *s, char *detail, size_t size);
	const char *why;
	/*
	 * NULL: nothing can be done. Of calls that both commands make it may be two texts,
	 * "create's|enter's": a remedy names options of the command that prints it.
	 */
	const char *todo;
	const char *kernel; /* the function that says so */
};

extern const struct step_row step_rows[];
extern const size_t step_rows_count;

/*
 * What became of a step: 0, or code (negative errno), with err saying which call
 * failed, how and, if a row holds, why; its hint says what to do. Tells the witness.
 */
int step_done(const struct step *s, int code, struct err *err);

/*
 * The first row that holds for a step that failed with code, or that would fail with it:
 * NULL where none does. Adds why and what to do (nothing where nothing can be done).
 */
const struct step_row *step_why(const struct step *s, int code, struct buf *why, struct buf *todo);

/* "unshare(user|pid)", "chdir(/nowhere)": the call as messages name it. */
void step_name(struct buf *b, const struct step *s);

/*
 * All rows that hold for a failed step, not only the first: lines "why: ...",
 * "do: ..." and "kernel: ...", each ended by '\n'. Returns how many rows there were.
 */
size_t step_explain(const struct step *s, int code, struct buf *b);

/* Which of the two commands makes the steps; from then on its remedies are said. */
enum step_speaker {
	STEP_BY_CREATE,
	STEP_BY_ENTER,
};
void step_speak_as(enum step_speaker who);
/* Adds what a row says is to be done, with '@' in it; nothing where nothing can be. */
void step_todo(const struct step_row *row, enum step_speaker who, struct buf *b);

/* Called for every step_done, also in forked processes; NULL: nobody. For --explain. */
typedef void (*step_witness)(const struct step *s, int code, void *ctx);
void step_set_witness(step_witness fn, void *ctx);

#endif
