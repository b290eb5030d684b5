/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nslimit.h - why making a namespace fails with ENOSPC: namespaces of its type are nested
 * as deep as the kernel lets them, or a limit of a user namespace is reached.
 *
 * inc_ucount() in kernel/ucount.c counts a new namespace in the user namespace that owns
 * it, for the user that makes it, and in each one above, for the user that made the one
 * below; each has limits of its own (/proc/sys/user/max_*_namespaces as seen by a process
 * in it). Those of a new user namespace are INT_MAX: lower ones were set on purpose,
 * as bubblewrap --disable-userns does. Only the initial user namespace has real limits by
 * itself.
 */
#ifndef NSWATCH_WHY_NSLIMIT_H
#define NSWATCH_WHY_NSLIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "snapshot/graph.h"
#include "why/subject.h"

#define USER_NS_DEEPEST 33 /* create_user_ns(): ENOSPC where the parent's level is over 32 */
#define PID_NS_DEEPEST  32 /* MAX_PID_NS_LEVEL of create_pid_namespace() */

enum nslimit_why {
	NSLIMIT_DEEP,    /* .type is nested to .level, the last that the kernel allows */
	NSLIMIT_SET,     /* a limit that somebody set in .user_ns, not the initial one */
	NSLIMIT_SYSTEM,  /* the limit of the initial user namespace, nothing else is in sight */
	NSLIMIT_ABOVE,   /* none of its own is: one of a user namespace above, or the depth */
	NSLIMIT_UNKNOWN, /* the subject is gone, or may not be looked at */
};

struct nslimit {
	enum nslimit_why why;
	unsigned int type; /* enum ns_slot */
	uint32_t level;    /* DEEP */
	uint32_t user_ns;  /* SET, SYSTEM: whose limit; else the subject's, 0: not known */
	uint32_t ns;       /* DEEP: the namespace at that level */
	int64_t max;       /* SET, SYSTEM: for each user */
	bool reached;      /* for sure */
	bool counted;      /* .uid has .count of .type there (or more); the caller's numbers */
	uint32_t uid, count;
};

/* types: bits of those that were to be made. */
void nslimit_find(const struct subject *s, uint32_t types, struct nslimit *ret);

/* "max_uts_namespaces": the file below /proc/sys/user. */
void nslimit_name(unsigned int type, struct buf *b);

/*
 * The limits of an open user namespace by type, -1 where not known: 0, or -errno where
 * it may not be entered to ask for them.
 */
int nslimit_read(int user_fd, int64_t ret[NS_TYPES]);

/* How many namespaces of a type one user has in a user namespace, with those below it. */
struct nscount {
	unsigned int type;
	uint32_t uid;
	uint32_t n;
};

/*
 * Of all namespaces of the graph, sorted by type and user: what a user made in this user
 * namespace itself (only user namespaces name their maker), and all that is below one
 * that the user made. *ret_unnamed: by type, those whose maker the kernel does not tell. 0 or
 * -ENOMEM; free(*ret).
 */
int nscount_read(const struct ns_graph *g, uint32_t user_ns, struct nscount **ret, size_t *ret_n,
	uint32_t ret_unnamed[NS_TYPES]);

#endif
