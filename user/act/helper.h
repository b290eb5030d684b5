/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * helper.h - a process that stays in the old namespaces, with the old privileges, and
 * does there what the caller no longer can after unshare(2): writes id maps, mounts the
 * pins and, if anything fails, undoes them.
 *
 * It undoes also if the caller dies before it said that all is well, so it is told so
 * (HELPER_KEEP) last of all before the program runs.
 */
#ifndef NSWATCH_ACT_HELPER_H
#define NSWATCH_ACT_HELPER_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/err.h"
#include "kernel/idmap.h"
#include "act/pin.h"

struct helper_job {
	const struct idmap *users, *groups; /* empty: none */
	struct pins *pins;
	/*
	 * Nobody waits for it: it must not be a child of the program that the caller
	 * becomes.
	 */
	bool orphan;
};

struct helper {
	pid_t pid;  /* 0: none, or an orphan */
	int fd;     /* -1: none */
	int status; /* what to exit with after a failure: 1, or that of newuidmap */
};

#define HELPER_NONE                                                                                \
	{                                                                                          \
		0, -1, 1                                                                           \
	}

enum helper_order {
	HELPER_MAP = 'm',
	HELPER_PIN = 'p',
	HELPER_UNDO = 'u', /* and end */
	HELPER_KEEP = 'k', /* and end when the caller's descriptor is closed */
};

int helper_start(const struct helper_job *job, struct helper *ret, struct err *err);

/* Waits until it is done; -errno with the helper's own err. Nothing without a helper. */
int helper_ask(struct helper *h, enum helper_order order, struct err *err);

/* Closes and waits for it where it is a child. */
void helper_end(struct helper *h);

#endif
