/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * listns.h - the namespaces that the kernel lists itself (listns(2), from 6.19):
 * all that a task, an open or mounted nsfs file, or one below them keeps, also
 * where nothing in /proc tells of it.
 */
#ifndef NSWATCH_KERNEL_LISTNS_H
#define NSWATCH_KERNEL_LISTNS_H

#include <stddef.h>
#include <stdint.h>

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
