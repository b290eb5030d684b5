/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compat.h - when a session looks for system calls of the 32-bit ABI, where tracepoints are
 * its hooks: bpf/trace/compat.bpf.c says why not always.
 */
#ifndef NSWATCH_SOURCE_COMPAT_H
#define NSWATCH_SOURCE_COMPAT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "source/hooks.h"

struct nswatch_bpf;
struct bpf_link;

#define COMPAT_LINKS 16

struct compat {
	struct nswatch_bpf *skel; /* NULL: the hooks see such calls by themselves */
	const struct hook_set *hooks;
	bool always;
	struct bpf_link *armed[COMPAT_LINKS]; /* what runs at every system call */
	size_t narmed;
	struct bpf_link *waits[6]; /* what tells when that is wanted */
	uint64_t until_ns;         /* CLOCK_MONOTONIC: armed at least until then */
	uint64_t look_ns;          /* the next look whether it still is */
};

/* Whether a chosen way leaves such calls to the programs here. */
bool compat_wanted(const struct hook_set *set);
/* Before load: marks the programs that the choices ask for. */
int compat_enable(const struct hook_set *set, struct nswatch_bpf *skel);
/* After the hooks are attached. */
int compat_start(struct compat *c, const struct hook_set *set, bool always,
	struct nswatch_bpf *skel, struct err *err);
/* A 32-bit program or call began: its next calls are seen. */
void compat_arm(struct compat *c);
/* Now and then: disarms where no 32-bit program lives any more. */
void compat_tick(struct compat *c);
/* Before the skeleton goes. */
void compat_disarm(struct compat *c);

/* Whether a program, by path or as PATH finds it, is a 32-bit one. */
bool compat_program(const char *name);
/* The kernel tells of int 0x80 in 64-bit programs without a program at every system call. */
bool compat_has_cap(void);

#endif
