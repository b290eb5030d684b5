/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * namer.h - asks what runtimes' files say of a container, and how net namespaces are called in
 * /run/netns, beside the loop that must not wait: a process of its own reads them. Whatever keeps
 * that one waiting costs no event.
 */
#ifndef NSWATCH_SOURCE_NAMER_H
#define NSWATCH_SOURCE_NAMER_H

#include <stddef.h>
#include <stdint.h>

#include "event/whose.h"
#include "lib/err.h"

struct namer;

/* What answers are handed to; NULL: they are passed over. Texts are valid for the call. */
struct namer_answers {
	/* Whose a cgroup is. */
	void (*whose)(void *ctx, uint64_t id, const struct whose *w);
	/* A name of /run/netns. */
	void (*net)(void *ctx, uint32_t inum, const char *name, size_t len);
	/* All names were told, and reading them took so long. */
	void (*nets_end)(void *ctx, uint64_t cost_ns);
	void *ctx;
};

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
/* Asks for all names of /run/netns; the same. */
int namer_ask_nets(struct namer *n);
/* Takes the answers that are there. */
void namer_take(struct namer *n, const struct namer_answers *to);

#endif
