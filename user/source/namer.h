/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * namer.h - asks what runtimes' files say of a container, beside the loop that must not wait: a
 * process of its own reads them. Whatever keeps that one waiting costs no event.
 */
#ifndef NSWATCH_SOURCE_NAMER_H
#define NSWATCH_SOURCE_NAMER_H

#include <stddef.h>
#include <stdint.h>

#include "event/whose.h"
#include "lib/err.h"

struct namer;

/* Whose a cgroup is, as its answer has it; w points into a buffer of the call. */
typedef int (*namer_fn)(void *ctx, uint64_t id, const struct whose *w);

/*
 * Starts it; before capabilities are given up: it keeps CAP_DAC_READ_SEARCH alone. It ends when
 * the caller does, however that ends. 0 or -errno.
 */
int namer_start(struct namer **ret, struct err *err);
void namer_end(struct namer *n); /* NULL allowed */
/* Readable when there is an answer. */
int namer_fd(const struct namer *n);
/* Asks whose the cgroup with this path is; 0, or -EAGAIN: not now, or -errno: never any more. */
int namer_ask(struct namer *n, uint64_t id, const char *path);
/* Takes the answers that are there: how many, or what fn returned. */
int namer_take(struct namer *n, namer_fn fn, void *ctx);

#endif
