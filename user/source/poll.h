/* SPDX-License-Identifier: GPL-2.0-or-later */
/* poll.h - the source of a trace without BPF: differences of /proc. */
#ifndef NSWATCH_SOURCE_POLL_H
#define NSWATCH_SOURCE_POLL_H

#include "source/poll_look.h"
#include "source/source.h"

/*
 * command is the pid whose tree is looked at, instead of the pids of o; 0: none. The pids of o must
 * live as long as the source. o->stopped (NULL: never) says that the trace is to end. 0 or -errno.
 */
int polled_open(const struct poll_opts *o, uint32_t command, bool quiet, struct source *ret,
	struct err *err);

#endif
