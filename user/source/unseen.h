/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unseen.h - calls by int 0x80 in 64-bit programs, which tracepoints leave out: they are told by
 * what they did. bpf/trace/unseen.bpf.c says how.
 */
#ifndef NSWATCH_SOURCE_UNSEEN_H
#define NSWATCH_SOURCE_UNSEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct nswatch_bpf;
struct bpf_link;

#define UNSEEN_LINKS 9

struct unseen {
	struct nswatch_bpf *skel; /* NULL: not wanted */
	struct bpf_link *links[UNSEEN_LINKS];
	size_t nlinks;
	uint64_t look_ns; /* CLOCK_MONOTONIC: the next look whether the map is full */
};

/*
 * Whether a 64-bit program of this architecture can make such calls, and who nswatch is can see all
 * tasks: what it does not see it would take for new.
 */
bool unseen_possible(void);
/* Before load. 0 or -errno. */
int unseen_enable(struct nswatch_bpf *skel);
/* Before the hooks are attached: what is concluded is told before their events. */
int unseen_attach(struct unseen *u, struct nswatch_bpf *skel, struct err *err);
/* After the hooks are attached: what is there is accounted for. */
int unseen_arm(struct unseen *u, struct err *err);
/* Now and then: makes room where there is none any more. */
void unseen_tick(struct unseen *u);
/* Before the skeleton goes. */
void unseen_detach(struct unseen *u);

#endif
