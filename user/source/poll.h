/* SPDX-License-Identifier: GPL-2.0-or-later */
/* poll.h - the source of a trace without BPF: differences of /proc. */
#ifndef NSWATCH_SOURCE_POLL_H
#define NSWATCH_SOURCE_POLL_H

#include "source/poll_look.h"
#include "source/source.h"

/* Containers of events, and names of their net namespaces. */
struct poll_whose {
	bool on, names;
	uint64_t wait_ns; /* how long an event waits for a name at most; the next look waits, too */
};

/*
 * command is the pid whose tree is looked at, instead of the pids of o; 0: none. The pids of o must
 * live as long as the source. o->stopped (NULL: never) says that the trace is to end. 0 or -errno.
 */
int polled_open(const struct poll_opts *o, const struct poll_whose *whose, uint32_t command,
	bool quiet, struct source *ret, struct err *err);

#endif
