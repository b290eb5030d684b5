/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hooks.h - which kernel hook gives which events, and in how many ways.
 *
 * One row per hook, one column per alternative. Nothing here loads anything;
 * session.c does, and doctor shows the same rows.
 */
#ifndef NSWATCH_SOURCE_HOOKS_H
#define NSWATCH_SOURCE_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

enum hook_alt {
	ALT_FENTRY, /* fentry/fexit: exact, no cost to other system calls */
	ALT_KPROBE, /* kprobe/kretprobe: the same facts, slower */
	ALT_TP,     /* tracepoints: always there */
	ALT_COUNT,
	ALT_NONE = ALT_COUNT, /* no alternative works, or the hook is off */
};

#define HOOK_PROGS 20
#define HOOK_MORE  2

struct hook_way {
	const char *progs[HOOK_PROGS]; /* names of BPF programs, NULL-ended; none: no such way */
	/* Kernel function (fentry, kprobe) that the way hangs on; NULL: nothing special. */
	const char *needs;
	bool (*stands)(void); /* what else it needs; NULL: nothing */
	/* Its programs see all system calls, and serve other hooks as well: hooks_served(). */
	bool all_calls;
	const char
		*source; /* what it is called where a tracepoint is not what tells: "rtnetlink" */
	bool inferred;   /* what it reports is concluded, not seen */
	const char *caveat; /* what this way misses, NULL for nothing */
	/* More programs, where the kernel has the function that they hang on. */
	const char *more[HOOK_MORE], *more_needs;
	/* Programs that see calls of the 32-bit ABI where the others don't: attached on demand. */
	const char *compat[HOOK_MORE];
};

/*
 * Several rows may carry one name, one after the other: variants of a hook for
 * other kernels. Of every alternative the first variant stands whose needs the
 * kernel has.
 */
struct hook {
	const char *name;
	const char *help; /* one phrase */
	uint64_t kinds;   /* bit per enum ev_kind it gives */
	uint64_t also;    /* kinds of other hooks that need what this one remembers */
	struct hook_way way[ALT_COUNT];
};

extern const struct hook hooks[];
extern const size_t hooks_count;

const char *hook_alt_name(enum hook_alt alt); /* "fentry", "kprobe", "tracepoint", "none" */
int hook_alt_by_name(const char *name);       /* enum hook_alt without ALT_NONE, or -1 */

/* Programs that no hook of the table has, but the trace itself. */
#define PROG_TREE_NEW  "tree_tp_new"
#define PROG_TREE_FREE "tree_tp_free"
#define PROG_SEED      "seed_task"
#define PROG_OLDER     "older_calls"
#define PROG_LEFT      "calls_tp_exit"
#define PROG_SWEEP     "nsfree_sweep"
#define PROG_SWEEP_KEY "nsfree_sweep_key"
#define PROG_PID       "pid_host"
#define PROG_TREE_ID   "pid_tree_id"
#define PROG_CGROUPS   "cgroup_tasks"

/* What tells when programs for calls of the 32-bit ABI are to be attached: bpf/trace/compat.bpf.c.
 */
#define PROG_COMPAT_EXEC  "compat_exec"
#define PROG_COMPAT_CAP   "compat_cap"
#define PROG_COMPAT_COUNT "compat_count"
#define PROG_COMPAT_CALL  "compat_late_call"
#define PROG_COMPAT_EXIT  "compat_late_exit"

/* Programs of ways that are not attached, but run by user space when it wants to know. */
#define PROG_NETSCAN     "netscan_look"
#define PROG_NETSCAN_OLD "netscan_look_old"
#define PROG_NETGONE     "netscan_gone"
#define PROG_NETID       "netscan_id"
#define PROG_MOVING      "netscan_moving"
#define PROG_MNTNS       "mntns_of"
#define PROG_MNTNS_LIST  "mntns_list"

/* What became of a hook: filled by hooks_choose and corrected by session_open. */
struct hook_choice {
	const char *name;
	const struct hook *hook; /* the variant that stands; the first one while alt is ALT_NONE */
	enum hook_alt alt;
	bool wanted; /* some kind that it gives is wanted */
	bool forced;
	bool strict;             /* forced by its name: to have no such way is an error */
	unsigned int refused;    /* bit per alternative that failed when it was tried */
	char why[ALT_COUNT][96]; /* per alternative: "chosen", or the reason why not */
};

#define HOOKS_MAX 16

struct hook_set {
	struct hook_choice of[HOOKS_MAX];
	size_t count;
};

/*
 * Why the kernel refused an alternative ("load" or "attach"), in words that say what
 * to change where they are known.
 */
void hook_refusal(char *why, size_t size, enum hook_alt alt, int code, const char *what);

/* "NAME=ALT", or "all=ALT": each hook that has such a way. */
struct hook_force {
	char name[32];
	enum hook_alt alt;
};

/* Reads a --hook argument; on error the text lists the names that exist. */
int hook_force_parse(const char *s, struct hook_force *ret, struct err *err);

/*
 * Starts a set: one choice per hook name, wanted as kinds (bit per enum
 * ev_kind) says, forces taken in. Nothing is chosen yet.
 */
void hooks_init(struct hook_set *set, uint64_t kinds, const struct hook_force *forces, size_t n);

/*
 * Of chosen hooks, those that programs of all system calls serve (NSW_CALLS_*), where these are
 * attached for one that has no other way: the others' programs of single calls are not needed then.
 * 0: none.
 */
uint32_t hooks_served(const struct hook_set *set);

/* Wants a hook whatever kinds are. */
void hooks_want(struct hook_set *set, const char *name);

/*
 * Chooses the first alternative that the kernel allows and that is not marked
 * as refused, for every hook, wanted or not. -EOPNOTSUPP where a forced one is
 * not to be had, with the reason.
 */
int hooks_choose(struct hook_set *set, struct err *err);

/* The kernel has what the way's further programs hang on. */
bool hook_has_more(const struct hook_way *way);
/* What gives the events: the alternative's name, or its source. */
const char *hook_choice_by(const struct hook_choice *c);
/* The way that stands, NULL while alt is ALT_NONE. */
const struct hook_way *hook_choice_way(const struct hook_choice *c);

#endif
