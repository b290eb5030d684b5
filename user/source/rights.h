/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rights.h - the capabilities that a trace goes on to need when its hooks are
 * attached, of which there are few: the ring buffer is mapped, the programs run
 * by themselves, and what the kernel asks a right for lies behind.
 */
#ifndef NSWATCH_SOURCE_RIGHTS_H
#define NSWATCH_SOURCE_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/session.h"

struct rights_use {
	bool command; /* one was started: signals are handed to it */
	bool notes;   /* are made while the caller is still there */
};

struct trace_right {
	int cap;
	const char *name; /* "CAP_BPF" */
	const char *why;  /* it stays */
	bool (*needed)(struct session *s, const struct rights_use *use);
};

extern const struct trace_right trace_rights[];
extern const size_t trace_rights_count;

/* One bit per capability, as lib/caps.h has them. */
uint64_t rights_needed(struct session *s, const struct rights_use *use);

#endif
