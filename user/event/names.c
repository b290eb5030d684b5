// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "event/names.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Took the bit of CLONE_PARENT_SETTID, which means nothing to unshare(2). */
#define UNSHARE_EMPTY_MNTNS_BIT 0x00100000

const char *slot_label(unsigned int slot)
{
	if (slot == NS_PID_CHILD)
		return "pid (children)";
	if (slot == NS_TIME_CHILD)
		return "time (children)";
	return ns_slot_name(slot);
}

size_t nsflags_names(
	uint64_t flags, unsigned int kind, const char *names[NS_FLAG_NAMES], uint64_t *ret_rest)
{
	bool empty_mntns = kind == EV_UNSHARE && (flags & UNSHARE_EMPTY_MNTNS_BIT);
	size_t n;

	if (empty_mntns)
		flags &= ~(uint64_t)UNSHARE_EMPTY_MNTNS_BIT;
	n = ns_flags_names(flags, names, ret_rest);
	if (empty_mntns)
		names[n++] = "empty_mntns";
	return n;
}

uint32_t nsflags_types(uint64_t flags, unsigned int kind)
{
	if (kind == EV_UNSHARE && (flags & UNSHARE_EMPTY_MNTNS_BIT))
		flags |= NS_CLONE_EMPTY_MNTNS;
	return ns_flags_to_types(flags);
}

const char *signal_name(int sig, char tmp[16])
{
	const char *name = sigabbrev_np(sig);

	if (name)
		return name;
	/* as `kill -l` counts: libc keeps 32 and 33 for itself */
	if (sig == 34)
		return "RTMIN";
	if (sig > 34 && sig <= 64)
		snprintf(tmp, 16, "RTMIN+%d", sig - 34);
	else
		snprintf(tmp, 16, "%d", sig);
	return tmp;
}
