/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mountwatch.h - bind mounts of namespaces that come and go, without a hook in
 * the kernel's tree of mounts: differences of mountinfo.
 *
 * They are looked for when a task has changed its mounts (struct nsw_mounted),
 * in its mount namespace, and in our own when the kernel says that its mounts
 * have changed (poll(2) of mountinfo). What is a copy of a mount elsewhere, same
 * namespace on the same path, is no event: a new mount namespace is full of them.
 */
#ifndef NSWATCH_NS_MOUNTWATCH_H
#define NSWATCH_NS_MOUNTWATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/config.h"
#include "event/source.h"
#include "lib/err.h"

struct mountwatch;
struct mountwatch_opts {
	/* Whether events of this namespace are wanted though nobody is known to have acted; NULL:
	 * all. */
	bool (*wanted)(void *ctx, uint32_t inum);
	void *ctx;
	uint64_t kinds; /* bit per enum ev_kind */
};

int mountwatch_open(const struct mountwatch_opts *opts, struct mountwatch **ret, struct err *err);
void mountwatch_close(struct mountwatch *w); /* NULL allowed */

/* A task has changed its mounts: how many events, or a negative errno of the sink. */
int mountwatch_note(struct mountwatch *w, const struct nsw_mounted *m, source_sink sink, void *ctx);
/* Now and then: what nobody has told. */
int mountwatch_tick(struct mountwatch *w, source_sink sink, void *ctx);

#endif
