// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "event/names.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name, *label;
	uint64_t flag;
	unsigned int type;
} slots[NS_SLOTS] = {
	[NS_MNT] = {"mnt", "mnt", 0x00020000, NS_MNT},
	[NS_UTS] = {"uts", "uts", 0x04000000, NS_UTS},
	[NS_IPC] = {"ipc", "ipc", 0x08000000, NS_IPC},
	[NS_USER] = {"user", "user", 0x10000000, NS_USER},
	[NS_PID] = {"pid", "pid", 0x20000000, NS_PID},
	[NS_NET] = {"net", "net", 0x40000000, NS_NET},
	[NS_CGROUP] = {"cgroup", "cgroup", 0x02000000, NS_CGROUP},
	[NS_TIME] = {"time", "time", 0x00000080, NS_TIME},
	[NS_PID_CHILD] = {"pid_for_children", "pid (children)", 0, NS_PID},
	[NS_TIME_CHILD] = {"time_for_children", "time (children)", 0, NS_TIME},
};

/* The other CLONE_* bits. The headers of an old system lack some, so numbers. */
static const struct {
	uint64_t flag;
	const char *name;
	unsigned int kind; /* 0: in all */
} others[] = {
	{0x00000100, "vm", 0},
	{0x00000200, "fs", 0},
	{0x00000400, "files", 0},
	{0x00000800, "sighand", 0},
	{0x00001000, "pidfd", 0},
	{0x00002000, "ptrace", 0},
	{0x00004000, "vfork", 0},
	{0x00008000, "parent", 0},
	{0x00010000, "thread", 0},
	{0x00040000, "sysvsem", 0},
	{0x00080000, "settls", 0},
	/* UNSHARE_EMPTY_MNTNS took the bit of CLONE_PARENT_SETTID */
	{0x00100000, "empty_mntns", EV_UNSHARE},
	{0x00100000, "parent_settid", 0},
	{0x00200000, "child_cleartid", 0},
	{0x00400000, "detached", 0},
	{0x00800000, "untraced", 0},
	{0x01000000, "child_settid", 0},
	{0x80000000, "io", 0},
	{1ULL << 32, "clear_sighand", 0},
	{1ULL << 33, "into_cgroup", 0},
	{1ULL << 34, "autoreap", 0},
	{1ULL << 35, "nnp", 0},
	{1ULL << 36, "pidfd_autokill", 0},
	{1ULL << 37, "empty_mntns", 0},
};

const char *slot_name(unsigned int slot)
{
	return slot < NS_SLOTS ? slots[slot].name : NULL;
}

const char *slot_label(unsigned int slot)
{
	return slot < NS_SLOTS ? slots[slot].label : NULL;
}

int slot_by_name(const char *name, size_t len)
{
	for (unsigned int i = 0; i < NS_SLOTS; i++)
		if (strlen(slots[i].name) == len && !strncasecmp(slots[i].name, name, len))
			return (int)i;
	return -ENOENT;
}

unsigned int slot_type(unsigned int slot)
{
	return slot < NS_SLOTS ? slots[slot].type : slot;
}

uint32_t nsflags_slots(uint64_t flags)
{
	uint32_t mask = 0;

	for (unsigned int i = 0; i < NS_TYPES; i++)
		if (flags & slots[i].flag)
			mask |= 1U << i;
	return mask;
}

uint64_t slot_nsflag(unsigned int slot)
{
	return slot < NS_TYPES ? slots[slot].flag : 0;
}

size_t nsflags_names(
	uint64_t flags, unsigned int kind, const char *names[NSFLAGS_MAX], uint64_t *ret_rest)
{
	size_t n = 0;

	for (unsigned int i = 0; i < NS_TYPES; i++) {
		if (!(flags & slots[i].flag))
			continue;
		names[n++] = slots[i].name;
		flags &= ~slots[i].flag;
	}
	for (size_t i = 0; flags && i < ARRAY_SIZE(others); i++) {
		if (!(flags & others[i].flag) || (others[i].kind && others[i].kind != kind))
			continue;
		names[n++] = others[i].name;
		flags &= ~others[i].flag;
	}
	*ret_rest = flags;
	return n;
}

const char *errno_name(int code)
{
	/* What fork(2) returns inside the kernel before the call is restarted. */
	static const char *const inner[] = {
		"ERESTARTSYS", "ERESTARTNOINTR", "ERESTARTNOHAND", "ENOIOCTLCMD"};

	if (code < 0)
		code = -code;
	if (code >= 512 && code < 512 + (int)ARRAY_SIZE(inner))
		return inner[code - 512];
	return code > 0 ? strerrorname_np(code) : NULL;
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
