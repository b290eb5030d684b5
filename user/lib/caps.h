/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * caps.h - capabilities of the calling thread, as sets of bits (1 << CAP_BPF).
 * capget(2), capset(2), capabilities(7).
 */
#ifndef NSWATCH_LIB_CAPS_H
#define NSWATCH_LIB_CAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

#define CAP_BIT(cap) (1ULL << (cap))

struct caps {
	uint64_t effective, permitted, inheritable;
};

/* 0 or -errno. */
int caps_get(struct caps *ret);
int caps_set(const struct caps *c);

/*
 * Gives up for good, for this process and all that it starts, every capability
 * outside of keep, and every way to get one: nothing stays inheritable or
 * ambient, the bounding set shrinks where that is allowed (CAP_SETPCAP), and
 * no_new_privs is set. What is in keep and is not there is not made.
 */
int caps_keep(uint64_t keep, struct err *err);

/* --- names ------------------------------------------------------------------------------- */

/* By number, as capabilities(7) has them without "CAP_", in lower case; NULL behind the last. */
extern const char *const cap_names[];
/* "net_bind_service", "CAP_NET_BIND_SERVICE" or a number up to 63; the number or -EINVAL. */
int cap_parse(const char *s);

/* --- filecaps ---------------------------------------------------------------------------- */

/*
 * Rights that the file of the program gives to a user who has none:
 * its file capabilities, as nswatch(8), RIGHTS, has them.
 *
 * main() takes them out of effect before it does anything else, and gives up for
 * good those that the command has no use for. From then on every open, stat, kill
 * and exec happens with the user's own rights, above all of what the user named.
 * Only the code that asks the kernel about other users' processes, and that loads
 * and runs BPF programs, puts them into effect, for a scope that opens no path
 * of the user:
 *
 *	auto_filecaps filecaps_was was = filecaps_use();
 *
 * Where the file gave no rights (root, an ordinary user), all of this does nothing.
 * Capabilities are those of the thread; threads that begin in such a scope have
 * them in effect.
 */

/*
 * Called once, first. Also gives up a set-user-ID or set-group-ID of the file for
 * good: nothing here was made for it. AT_SECURE of getauxval(3) tells that the file gave
 * something: cap_bprm_creds_from_file() in security/commoncap.c. 0 or -errno.
 */
int filecaps_begin(struct err *err);

/*
 * Gives up for good what is outside of keep (bits as in lib/caps.h). Where nothing
 * is left, the files of /proc/self are the user's again (PR_SET_DUMPABLE): the maps of
 * a new user namespace are written there. 0 or -errno.
 */
int filecaps_limit(uint64_t keep, struct err *err);

/* Whether the file gave rights, in effect or not. */
bool filecaps_given(void);

/* The effective set as it was, plus one; 0: nothing is to be put back. */
typedef uint64_t filecaps_was;

filecaps_was filecaps_use(void);
void filecaps_back(filecaps_was *was);
#define auto_filecaps __attribute__((cleanup(filecaps_back), unused))

#endif
