// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "kernel/nstype.h"
#include "lib/util.h"

/* Not in the headers of older systems. */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

const struct ns_type ns_types[NS_SLOTS] = {
	[NS_MNT] = {"mnt", "mount namespace", "mount", CLONE_NEWNS, NS_MNT, 0xeffffff8},
	[NS_UTS] = {"uts", "UTS namespace", "uts", CLONE_NEWUTS, NS_UTS, 0xeffffffe},
	[NS_IPC] = {"ipc", "IPC namespace", "ipc", CLONE_NEWIPC, NS_IPC, 0xefffffff},
	[NS_USER] = {"user", "user namespace", "user", CLONE_NEWUSER, NS_USER, 0xeffffffd},
	[NS_PID] = {"pid", "PID namespace", "pid", CLONE_NEWPID, NS_PID, 0xeffffffc},
	[NS_NET] = {"net", "net namespace", "net", CLONE_NEWNET, NS_NET, 0xeffffff9},
	[NS_CGROUP] = {"cgroup", "cgroup namespace", "cgroup", CLONE_NEWCGROUP, NS_CGROUP,
		0xeffffffb},
	[NS_TIME] = {"time", "time namespace", "time", CLONE_NEWTIME, NS_TIME, 0xeffffffa},
	[NS_PID_CHILD] = {"pid_for_children", "PID namespace of children", "pid", CLONE_NEWPID,
		NS_PID, 0xeffffffc},
	[NS_TIME_CHILD] = {"time_for_children", "time namespace of children", "time", CLONE_NEWTIME,
		NS_TIME, 0xeffffffa},
};

/* The other bits of clone, clone3 and unshare (linux/sched.h), the high ones by value. */
static const struct {
	uint64_t flag;
	const char *name;
} other_flags[] = {
	{CLONE_FS, "fs"},
	{CLONE_FILES, "files"},
	{CLONE_SYSVSEM, "sysvsem"},
	{CLONE_VM, "vm"},
	{CLONE_SIGHAND, "sighand"},
	{CLONE_THREAD, "thread"},
	{CLONE_PARENT, "parent"},
	{CLONE_VFORK, "vfork"},
	{CLONE_PIDFD, "pidfd"},
	{CLONE_PTRACE, "ptrace"},
	{CLONE_UNTRACED, "untraced"},
	{CLONE_SETTLS, "settls"},
	{CLONE_PARENT_SETTID, "parent_settid"},
	{CLONE_CHILD_SETTID, "child_settid"},
	{CLONE_CHILD_CLEARTID, "child_cleartid"},
	{CLONE_DETACHED, "detached"},
	{CLONE_IO, "io"},
	{1ULL << 32, "clear_sighand"},
	{1ULL << 33, "into_cgroup"},
	{1ULL << 34, "autoreap"},
	{1ULL << 35, "nnp"},
	{1ULL << 36, "pidfd_autokill"},
	{NS_CLONE_EMPTY_MNTNS, "empty_mntns"},
};

static bool name_is(const char *want, const char *name, size_t len)
{
	/* name may hold a NUL: strncmp would stop there. */
	return strlen(want) == len && !memcmp(want, name, len);
}

const char *ns_slot_name(unsigned int slot)
{
	return slot < NS_SLOTS ? ns_types[slot].name : "?";
}

int ns_slot_by_name(const char *name, size_t len)
{
	for (int i = 0; i < NS_SLOTS; i++)
		if (name_is(ns_types[i].name, name, len))
			return i;
	return -1;
}

int ns_type_by_name(const char *name, size_t len)
{
	for (int i = 0; i < NS_TYPES; i++)
		if (name_is(ns_types[i].name, name, len) || name_is(ns_types[i].option, name, len))
			return i;
	return -1;
}

int ns_type_by_flag(uint64_t flag)
{
	for (int i = 0; i < NS_TYPES; i++)
		if (ns_types[i].flag == flag)
			return i;
	return -1;
}

uint32_t ns_flags_to_types(uint64_t flags)
{
	uint32_t ret = 0;

	for (int i = 0; i < NS_TYPES; i++)
		if (flags & ns_types[i].flag)
			ret |= 1u << i;
	if (flags & NS_CLONE_EMPTY_MNTNS)
		ret |= 1u << NS_MNT;
	return ret;
}

uint64_t ns_types_to_flags(uint32_t slots)
{
	uint64_t ret = 0;

	slot_for_each (slot, slots)
		ret |= ns_types[slot].flag;
	return ret;
}

int ns_types_parse(const char *s, uint32_t *ret_mask, struct err *err)
{
	uint32_t mask = 0;

	for (;;) {
		size_t len = strcspn(s, ",");
		int type = ns_type_by_name(s, len);

		if (name_is("all", s, len))
			mask |= NS_TYPES_MASK;
		else if (type < 0)
			return err_say(err, -EINVAL,
				"unknown namespace type '%.*s': there are mnt, uts, ipc, user, "
				"pid, "
				"net, cgroup, time and all",
				(int)(len < 64 ? len : 64), s);
		else
			mask |= 1u << type;
		if (!s[len])
			break;
		s += len + 1;
	}
	*ret_mask = mask;
	return 0;
}

/* Decimal digits and nothing else; 0 is no inode number. */
static int inum_parse(const char *s, size_t len, uint32_t *ret)
{
	uint64_t v = 0;

	if (!len || len > 10 || s[0] == '0')
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -EINVAL;
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	if (v > UINT32_MAX)
		return -ERANGE;
	*ret = (uint32_t)v;
	return 0;
}

int ns_link_parse(const char *s, size_t len, int *ret_type, uint32_t *ret_inum)
{
	const char *colon = memchr(s, ':', len);
	size_t name_len;
	uint32_t inum;
	int type;

	if (!colon || s[len - 1] != ']')
		return -EINVAL;
	name_len = (size_t)(colon - s);
	if (len < name_len + 4 || colon[1] != '[' ||
		inum_parse(colon + 2, len - name_len - 3, &inum))
		return -EINVAL;
	type = ns_slot_by_name(s, name_len);
	if (type < 0 || type >= NS_TYPES)
		return -ENOENT;
	*ret_type = type;
	*ret_inum = inum;
	return 0;
}

int ns_ref_parse(const char *s, struct ns_ref *ret, struct err *err)
{
	struct ns_ref ref = {.type = -1};
	const char *num = strchr(s, ':');
	size_t len;

	if (num) {
		ref.type = ns_type_by_name(s, (size_t)(num - s));
		if (ref.type < 0)
			return err_say(err, -EINVAL,
				"unknown namespace type in '%.64s': there are mnt, uts, ipc, user, "
				"pid, net, cgroup and time",
				s);
		num++;
	} else {
		num = s;
	}
	len = strlen(num);
	if (ref.type >= 0 && len > 2 && num[0] == '[' && num[len - 1] == ']') {
		num++;
		len -= 2;
	}
	if (inum_parse(num, len, &ref.inum))
		return err_say(err, -EINVAL,
			"'%.64s' is no namespace: write its inode number or, with the type, "
			"'net:[4026531840]'",
			s);
	*ret = ref;
	return 0;
}

static void flag_add(struct buf *b, bool *first, const char *name)
{
	if (!*first)
		buf_putc(b, '|');
	*first = false;
	buf_puts(b, name);
}

size_t ns_flags_names(uint64_t flags, const char *names[NS_FLAG_NAMES], uint64_t *ret_rest)
{
	size_t n = 0;

	for (int i = 0; i < NS_TYPES; i++) {
		if (!(flags & ns_types[i].flag))
			continue;
		names[n++] = ns_types[i].name;
		flags &= ~ns_types[i].flag;
	}
	for (size_t i = 0; flags && i < ARRAY_SIZE(other_flags); i++) {
		if (!(flags & other_flags[i].flag))
			continue;
		names[n++] = other_flags[i].name;
		flags &= ~other_flags[i].flag;
	}
	*ret_rest = flags;
	return n;
}

void ns_flags_format(struct buf *b, uint64_t flags)
{
	const char *names[NS_FLAG_NAMES];
	bool first = true;
	size_t n = ns_flags_names(flags, names, &flags);

	for (size_t i = 0; i < n; i++)
		flag_add(b, &first, names[i]);
	if (flags)
		buf_printf(b, "%s0x%llx", first ? "" : "|", (unsigned long long)flags);
}
