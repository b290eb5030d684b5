/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nstype.h - the eight types of namespaces and the ten places (enum ns_slot of
 * bpf/wire/event.h) where a task names one: names, flags, links below /proc/PID/ns.
 *
 * Names of signals and errno values need no table: glibc has sigabbrev_np and
 * strerrorname_np.
 */
#ifndef NSWATCH_KERNEL_NSTYPE_H
#define NSWATCH_KERNEL_NSTYPE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/wire/event.h"
#include "lib/buf.h"
#include "lib/err.h"

struct ns_type {
	const char *name;      /* of the slot, also its link below /proc/PID/ns: "mnt" */
	const char *long_name; /* "mount namespace" */
	const char *option;    /* what unshare(1) and nsenter(1) call it: "mount" */
	uint64_t flag;         /* CLONE_NEW* */
	enum ns_slot type;     /* the slot itself, or NS_PID and NS_TIME of where children go */
	/*
	 * Inode number of the initial namespace, which the kernel fixes; of mnt
	 * and net only from 6.18, and another number before.
	 */
	uint32_t initial;
};

/* By enum ns_slot. */
extern const struct ns_type ns_types[NS_SLOTS];

#define NS_TYPES_MASK ((1u << NS_TYPES) - 1)
#define NS_SLOTS_MASK ((1u << NS_SLOTS) - 1)

/* Every slot whose bit is in the mask. */
#define slot_for_each(slot, mask)                                                                  \
	for (unsigned int slot = 0; slot < NS_SLOTS; slot++)                                       \
		if (!((mask) & (1u << slot))) {                                                    \
		} else

/* The name of a slot, "?" for a number that is none. */
const char *ns_slot_name(unsigned int slot);
/* The slot of that name ("mnt", "pid_for_children"), or -1. Exact and case-sensitive. */
int ns_slot_by_name(const char *name, size_t len);
/* One of the eight types, also by its option name ("mount"), or -1. */
int ns_type_by_name(const char *name, size_t len);
/* The type whose CLONE_NEW* flag this is, or -1. */
int ns_type_by_flag(uint64_t flag);
/* CLONE_NEW* flags to bits of the eight types, and back (children count as their type). */
uint32_t ns_flags_to_types(uint64_t flags);
uint64_t ns_types_to_flags(uint32_t slots);

/* "uts,ipc,net" or "all" to bits per type; on error the text lists what exists. */
int ns_types_parse(const char *s, uint32_t *ret_mask, struct err *err);

/* A namespace as people write it. */
struct ns_ref {
	int type; /* one of the eight types, -1 where only the number is given */
	uint32_t inum;
};

/* Inode numbers of namespaces are all above (PROC_DYNAMIC_FIRST and below it the initial ones). */
#define NS_INUM_LEAST 0xE0000000u

/* "net:[4026532938]", "net:4026532938" or "4026532938". */
int ns_ref_parse(const char *s, struct ns_ref *ret, struct err *err);

/*
 * The same for text of the kernel: exactly "net:[4026532938]", no NUL needed. 0,
 * -EINVAL, or -ENOENT for the well-formed name of a type that is not known.
 */
int ns_link_parse(const char *s, size_t len, int *ret_type, uint32_t *ret_inum);

/* CLONE_EMPTY_MNTNS (linux/sched.h, 7.1): a mount namespace without mounts. */
#define NS_CLONE_EMPTY_MNTNS (1ULL << 37)

#define NS_FLAG_NAMES 64
/*
 * The names of the bits in flags, namespaces first; bits without one go to
 * ret_rest. Returns how many there are.
 */
size_t ns_flags_names(uint64_t flags, const char *names[NS_FLAG_NAMES], uint64_t *ret_rest);

/*
 * Bits of clone, clone3, unshare and setns: "uts|ipc|pid|fs"; bits without a
 * name follow as one hexadecimal number. Adds nothing for 0.
 */
void ns_flags_format(struct buf *b, uint64_t flags);

#endif
