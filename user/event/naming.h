/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * naming.h - the names that events need where they are read elsewhere or later: of users, cgroups
 * and net namespaces. Each is told once, and again where it has changed or a reader has forgotten
 * it (USERS_MAX, WHOSES_MAX, NSNAMES_MAX).
 */
#ifndef NSWATCH_EVENT_NAMING_H
#define NSWATCH_EVENT_NAMING_H

#include <stddef.h>
#include <stdint.h>

#include "event/decode.h"
#include "event/nsname.h"
#include "event/whose.h"
#include "lib/inums.h"

enum naming_of {
	NAMING_USER,  /* key: the uid; text: the name */
	NAMING_WHOSE, /* key: the cgroup; text: whose it is, packed (whose_pack()) */
	NAMING_OWNER, /* key: a namespace; value: the cgroup of its container, 0: none */
	NAMING_NET,   /* key: a net namespace; text: its name, empty: it has none */
};

struct naming {
	enum naming_of of;
	uint64_t key, value;
	const char *text; /* untrusted, len bytes */
	size_t len;
};

/* What was told already. Zeroed but for tell and ctx. */
struct namings {
	void (*tell)(void *ctx, const struct naming *n);
	void *ctx;
	struct inums users; /* by uid + 1 */
	struct whoses whoses;
	struct nsnames nets;
};

/* Then all is told again. */
void namings_forget(struct namings *n);

/* NULL, and none: nothing is told. */
void namings_user(struct namings *n, uint32_t uid, const char *name);
/* NULL: it is not known. */
void namings_whose(struct namings *n, uint64_t cgroup, const struct whose *whose);
void namings_owner(struct namings *n, uint32_t inum, uint64_t cgroup);
/* NULL: it has none. */
void namings_net(struct namings *n, uint32_t inum, const char *name);

/* All that the event needs; the cgroup of the container of the namespace that it is about, 0: none.
 */
uint64_t namings_event(struct namings *n, const struct event *ev, const char *user);

#endif
