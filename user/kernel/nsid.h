/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsid.h - the ids by which the net namespace of a netlink socket calls others:
 * asking for one gives none away, setting does.
 */
#ifndef NSWATCH_KERNEL_NSID_H
#define NSWATCH_KERNEL_NSID_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/netlink.h"

#define NSID_NONE (-1)

/* The id of an open net namespace, NSID_NONE where it has none; 0 or -errno. */
int nsid_get(struct netlink *nl, int ns, int32_t *ret);
/*
 * Gives it an id, which never changes again while both live; NSID_NONE: whichever
 * is free. -EEXIST where it has one already, -ENOSPC where another has this one.
 */
int nsid_set(struct netlink *nl, int ns, int32_t id);

struct nsid {
	int32_t id;
	int32_t current; /* of the same namespace in this one, where a target was asked; NSID_NONE
			  */
};

struct nsids {
	struct nsid *rows; /* in the order of ids */
	size_t n, cap;
};

#define auto_nsids __attribute__((cleanup(nsids_free)))
void nsids_free(struct nsids *s);

/* All ids here, or in the namespace that is called target here (else NSID_NONE). */
int nsids_read(struct netlink *nl, int32_t target, struct nsids *ret);
/* One of them, as the kernel answers: an id that it has not assigned is NSID_NONE. */
int nsid_ask(struct netlink *nl, int32_t target, int32_t id, struct nsid *ret);
/* The same, but -ENOENT where the target calls nobody so. */
int nsid_find(struct netlink *nl, int32_t target, int32_t id, struct nsid *ret);

/* One RTM_NEWNSID or RTM_DELNSID message: 0 or -EBADMSG. Here for the tests. */
int nsid_parse(const struct nlmsghdr *h, struct nsid *ret);

#endif
