/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsfd.h - what nsfs says of a namespace that is open: ioctl_ns(2). */
#ifndef NSWATCH_KERNEL_NSFD_H
#define NSWATCH_KERNEL_NSFD_H

#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/nstype.h"

/* Its inode number; -EINVAL where the fd is of no namespace. */
int nsfd_inum(int fd, uint32_t *ret);
/* One of the eight types, or -errno. */
int nsfd_type(int fd);
/*
 * The namespace above (of pid and user namespaces) and the user namespace that
 * owns it, open; -EPERM where that is not in the caller's sight, and for the
 * initial ones.
 */
int nsfd_parent(int fd);
int nsfd_owner(int fd);
/* Who made a user namespace, in the numbers of the caller's. */
int nsfd_owner_uid(int fd, uint32_t *ret);
/* The kernel's unique number, never used again; -ENOTTY before 6.18. */
int nsfd_id(int fd, uint64_t *ret);
/*
 * The numbers of the initial namespaces, by type; those that can't be read stay as they are. For
 * a process of the initial pid namespace.
 */
void nsfd_initials(uint32_t ret[NS_TYPES]);
/* As the kernel numbers one: bit of its type (0: not known), inode number. */
struct nsfd_is {
	uint32_t flag, inum;
};

/*
 * The namespace of a unique number, open. is (NULL: not known) is compared, and has
 * to be given before 6.19; -EOPNOTSUPP before 6.18, -ESTALE where there is none such.
 */
int nsfd_by_id(uint64_t id, const struct nsfd_is *is);
/* The net namespace of a socket of another process, open. */
int nsfd_of_socket(uint32_t pid, uint32_t fd);
/*
 * That of an open /dev/net/tun of another process; -ENOTTY where the descriptor is another
 * file. No file system is asked, as one in user space could keep the answer for itself.
 */
int nsfd_of_tun(uint32_t pid, uint32_t fd);

/* --- listns ------------------------------------------------------------------------------ */

/*
 * The namespaces that the kernel lists itself (listns(2), from 6.19):
 * all that a task, an open or mounted nsfs file, or one below them keeps, also
 * where nothing in /proc tells of it.
 */

struct ns_ids {
	uint64_t *rows; /* the kernel's unique ids, each greater than the one before */
	size_t n, cap;
};

#define auto_ids __attribute__((cleanup(ids_free)))
void ids_free(struct ns_ids *ids);

/*
 * Those that the caller may see, of the types (bit per type): all in the initial
 * pid namespace with CAP_SYS_ADMIN, else its own. -ENOSYS before 6.19.
 */
int listns_read(uint32_t types, struct ns_ids *ret);

#endif
