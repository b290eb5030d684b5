/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hooks.h - which kernel hook gives which events, and in how many ways.
 *
 * One row per hook, one column per alternative. Nothing here loads anything;
 * session.c does, and doctor shows the same rows.
 */
#ifndef NSWATCH_HOOKS_H
#define NSWATCH_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

enum hook_alt {
	ALT_FENTRY, /* fentry/fexit: exact, no cost to other system calls */
	ALT_KPROBE, /* kprobe/kretprobe: the same facts, slower */
	ALT_TP,	    /* tracepoints: always there */
	ALT_COUNT,
	ALT_NONE = ALT_COUNT, /* no alternative works, or the hook is off */
};

#define HOOK_PROGS 8

struct hook_way {
	const char *progs[HOOK_PROGS]; /* names of BPF programs, NULL-ended; none: no such way */
	/* Function that must be in the kernel's BTF (fentry) or symbol table (kprobe), or NULL. */
	const char *needs;
	bool inferred;	     /* what it reports is concluded, not seen */
	const char *caveat; /* what this way misses, "" for nothing */
};

struct hook {
	const char *name;
	const char *help;    /* one phrase */
	uint64_t kinds;	     /* bit per enum ev_kind it gives */
	bool always;	     /* other hooks need it: loaded whatever the filters say */
	/*
	 * Several rows may carry one name: variants of a hook for other kernels.
	 * The first whose way's needs are met stands.
	 */
	struct hook_way way[ALT_COUNT];
};

extern const struct hook hooks[];
extern const size_t hooks_count;

const char *hook_alt_name(enum hook_alt alt); /* "fentry", "kprobe", "tracepoint", "none" */

/* What became of a hook: filled by hooks_choose and corrected by session_open. */
struct hook_choice {
	const struct hook *hook;
	enum hook_alt alt;
	bool forced;
	char why[160]; /* "fentry: refused (EPERM); kprobe: not in this kernel" */
};

#endif
