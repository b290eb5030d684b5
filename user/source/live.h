/* SPDX-License-Identifier: GPL-2.0-or-later */
/* live.h - the source of a live trace: BPF programs, rtnetlink and mountinfo. */
#ifndef NSWATCH_SOURCE_LIVE_H
#define NSWATCH_SOURCE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "event/pick.h"
#include "lib/err.h"
#include "source/hooks.h"
#include "source/source.h"

struct live_opts {
	struct pick
		*pick; /* what the kernel's side can leave out; its pids become those of records */
	pid_t command_pid; /* the command whose tree is traced, 0: none */
	const char
		*command; /* its program: one of the 32-bit ABI is looked for from the beginning */
	bool follow;      /* with the pids of pick: their descendants, too */
	bool kinds_asked; /* the kinds of pick are what the user named, not all there are */
	bool compat, quiet, debug;
	uint64_t ring_size; /* bytes, 0: the default */
	const struct hook_force *forces;
	size_t nforces;
};

/*
 * 0; -ESRCH where a pid of pick is no process; else -errno: nothing can be traced here, and why is
 * in err.
 */
int live_open(const struct live_opts *o, struct source *ret, struct err *err);

#endif
