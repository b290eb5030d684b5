/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netnsfs.h - named net namespaces: files below /run/netns on which namespaces
 * are bind-mounted, as ip-netns(8) makes them, so that both can be used by turns.
 */
#ifndef NSWATCH_KERNEL_NETNSFS_H
#define NSWATCH_KERNEL_NETNSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

#define NETNS_DIR     "/run/netns"
#define NETNS_ETC_DIR "/etc/netns"

#define NETNS_NO_LINK UINT32_MAX

struct netns_name {
	/*
	 * What a program finds that opens the name, links followed, as ip(8) does. 0: a file
	 * on which no namespace is mounted here, or a link that leads to none.
	 */
	uint32_t inum;
	uint32_t text; /* where the name starts, see netns_text */
	uint32_t link; /* where the target of the link starts; NETNS_NO_LINK: it is a file */
	int code;      /* of a link without a namespace: why not, -ENOENT where it leads nowhere */
};

struct netns_names {
	struct netns_name *rows; /* in the order of names */
	struct netns_name *by_inum;
	size_t n, cap;
	struct buf text; /* untrusted */
};

#define auto_names __attribute__((cleanup(netns_names_free)))

void netns_names_free(struct netns_names *s);
/* All names; none where there is no directory. 0 or -errno. */
int netns_names_read(struct netns_names *s, struct err *err);

/* One of which it is known what it names; all are put before netns_names_finish(). 0 or -ENOMEM. */
int netns_names_put(struct netns_names *s, const char *name, uint32_t inum);
int netns_names_finish(struct netns_names *s);

static inline const char *netns_text(const struct netns_names *s, const struct netns_name *row)
{
	return s->text.s + row->text;
}

/* Where its link leads, as the link has it; NULL where the name is no link. */
static inline const char *netns_link(const struct netns_names *s, const struct netns_name *row)
{
	return row->link == NETNS_NO_LINK ? NULL : s->text.s + row->link;
}

/* Only that name; -ENOENT where there is none, and the reason. */
int netns_name_read(struct netns_names *s, const char *name, struct err *err);

/* The first row of by_inum of that namespace (more may follow), NULL: it has no name. */
const struct netns_name *netns_names_of(const struct netns_names *s, uint32_t inum);

/* 1 to 255 bytes, neither . nor .., no '/': 0 or -EINVAL and the reason. */
int netns_name_check(const char *name, struct err *err);

/*
 * The namespace of that name, open; -errno and the reason. -ENOENT: there is no such name,
 * or it is a link that leads nowhere; -EINVAL: it leads to no net namespace.
 */
int netns_open(const char *name, struct err *err);
/* A new net namespace, open, which nothing else keeps. The caller stays where it is. */
int netns_new(struct err *err);

/*
 * Gives an open namespace a name: makes the directory, a shared mount of it, the
 * file and the mount on it, under the lock that iproute2 takes. What was made is
 * undone when a later step fails. 0; -EEXIST: the name is taken; -errno.
 */
int netns_name_add(const char *name, int ns, struct err *err);
/*
 * Takes the name away, from every mount namespace: the kernel unmounts a file
 * that is removed. *ret_inum (may be NULL) is the namespace, 0 where there was
 * none. A name that can't be removed stays mounted.
 */
int netns_name_remove(const char *name, uint32_t *ret_inum, struct err *err);

/*
 * Moves this process to where a program finds the namespace of that name around
 * it: there, in a mount namespace of its own, in which /sys shows it and the
 * files of /etc/netns/NAME lie over those of /etc. What of these can't be mounted
 * is told to warn (may be NULL) and passed over. On failure it is in between: the
 * caller ends.
 */
int netns_enter(const char *name, void (*warn)(const struct err *e), struct err *err);

#endif
