/* SPDX-License-Identifier: GPL-2.0-or-later */
/* names.h - words for numbers of the kernel that kernel/nstype.h has none for. */
#ifndef NSWATCH_EVENT_NAMES_H
#define NSWATCH_EVENT_NAMES_H

#include "lib/err.h"
#include "kernel/nstype.h"

/* A slot in a sentence: "uts", "pid (children)". */
const char *slot_label(unsigned int slot);

/* As ns_flags_names, for an event kind: unshare(2) uses a bit in a way of its own. */
size_t nsflags_names(
	uint64_t flags, unsigned int kind, const char *names[NS_FLAG_NAMES], uint64_t *ret_rest);

/* As ns_flags_to_types, for an event kind. */
uint32_t nsflags_types(uint64_t flags, unsigned int kind);

/* "KILL" of 9, "RTMIN+1" of 35; never NULL. */
const char *signal_name(int sig, char tmp[16]);

#endif
