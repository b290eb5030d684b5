/* SPDX-License-Identifier: GPL-2.0-or-later */
/* newns.h - unshare(2) and what gives the new namespaces their contents: id maps, clocks, mounts.
 */
#ifndef NSWATCH_ACT_NEWNS_H
#define NSWATCH_ACT_NEWNS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "act/helper.h"
#include "kernel/idmap.h"

enum newns_groups {
	NEWNS_GROUPS_AS_IS,
	NEWNS_GROUPS_DENY,
	NEWNS_GROUPS_ALLOW,
};

struct newns {
	uint64_t flags;               /* CLONE_NEW* */
	uint32_t map_user, map_group; /* in the new user namespace, of the caller; IDMAP_NONE */
	uint32_t euid, egid;          /* of the caller, before anything */
	struct idmap users, groups;   /* written by the helper */
	bool has_owner;               /* become this user and group before */
	uint32_t owner_user, owner_group;
	enum newns_groups setgroups;
	bool has_monotonic, has_boottime;
	int64_t monotonic, boottime; /* seconds */
};

/*
 * Makes ranges and single ids ready: with ranges, or an owner, the single ids become the
 * first of the ranges, for the helper to write. 0 or -ENOMEM.
 */
int newns_prepare(struct newns *n);

/* Whether the helper has maps to write. */
static inline bool newns_wants_helper(const struct newns *n)
{
	return n->users.n || n->groups.n;
}

/*
 * Before any group map is written: afterwards setgroups can't be denied, and without privileges
 * the group map can't be written until it is denied.
 */
static inline bool newns_denies(const struct newns *n)
{
	return n->map_group != IDMAP_NONE || n->setgroups == NEWNS_GROUPS_DENY;
}

/* The steps: become the owner, unshare, write setgroups, a map of one id, a clock. 0 or -errno. */
int newns_own(const struct newns *n, struct err *err);
int newns_unshare(const struct newns *n, struct err *err);
int newns_setgroups(const char *word, struct err *err);
int newns_map(bool groups, uint32_t inner, uint32_t outer, struct err *err);
int newns_clock(int clock, const char *name, int64_t offset, struct err *err);

#define BINFMT_DIR "/proc/sys/fs/binfmt_misc"

/* --- newmounts.c: in a new mount namespace --- */

struct newmounts {
	unsigned long propagation; /* MS_REC and MS_PRIVATE, MS_SLAVE or MS_SHARED; 0: unchanged */
	const char *root;          /* to change to, or NULL */
	const char *wd;            /* to change to then, or NULL */
	const char *proc;          /* where to mount proc, or NULL */
	const char *binfmt;        /* where to mount binfmt_misc, or NULL */
	const char *interp;        /* what to register there, or NULL */
	bool mnt;                  /* the mount namespace is new */
};

/* The interpreter is opened when it is registered (its flag F), so outside of the new root. */
bool newmounts_is_early(const struct newmounts *m);
/* The steps. 0 or -errno. */
int newmounts_propagate(const struct newmounts *m, struct err *err);
int newmounts_move(const struct newmounts *m, struct err *err);
int newmounts_proc(const struct newmounts *m, struct err *err);
/* Mounts binfmt_misc at dir, and registers interp there (NULL: none). */
int newmounts_binfmt(const char *dir, const char *interp, struct err *err);

#endif
