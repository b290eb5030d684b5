// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <strings.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/ask.h"
#include "lib/caps.h"
#include "lib/parse.h"

#define WORDS    _LINUX_CAPABILITY_U32S_3
#define CAPS_MAX 64

/* glibc has no wrappers for these two. */
int caps_get(struct caps *ret)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[WORDS];

	if (syscall(SYS_capget, &head, data))
		return -errno;
	*ret = (struct caps){0};
	for (int i = WORDS - 1; i >= 0; i--) {
		ret->effective = ret->effective << 32 | data[i].effective;
		ret->permitted = ret->permitted << 32 | data[i].permitted;
		ret->inheritable = ret->inheritable << 32 | data[i].inheritable;
	}
	return 0;
}

int caps_set(const struct caps *c)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[WORDS];

	for (unsigned int i = 0; i < WORDS; i++) {
		data[i].effective = (uint32_t)(c->effective >> 32 * i);
		data[i].permitted = (uint32_t)(c->permitted >> 32 * i);
		data[i].inheritable = (uint32_t)(c->inheritable >> 32 * i);
	}
	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

/* EINVAL: the kernel does not know it. EPERM: then no_new_privs has to do. */
static int bounding_keep(uint64_t keep)
{
	for (unsigned long cap = 0; cap < CAPS_MAX; cap++) {
		if (keep & CAP_BIT(cap) || !prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
			continue;
		return errno == EINVAL || errno == EPERM ? 0 : -errno;
	}
	return 0;
}

int caps_keep(uint64_t keep, struct err *err)
{
	struct caps c;
	int r = caps_get(&c);

	/* It would keep what is given up here. */
	ask_end();
	if (!r && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		r = -errno;
	/* Before the capability goes that it takes. */
	if (!r)
		r = bounding_keep(keep);
	/* What is not inheritable is not ambient any more: cap_capset() in security/commoncap.c. */
	c.permitted &= keep;
	c.effective &= keep;
	c.inheritable = 0;
	if (!r)
		r = caps_set(&c);
	return r ? err_set(err, r, "give up what is not needed of the rights") : 0;
}

/* --- names ------------------------------------------------------------------------------- */

const char *const cap_names[] = {
	[CAP_CHOWN] = "chown",
	[CAP_DAC_OVERRIDE] = "dac_override",
	[CAP_DAC_READ_SEARCH] = "dac_read_search",
	[CAP_FOWNER] = "fowner",
	[CAP_FSETID] = "fsetid",
	[CAP_KILL] = "kill",
	[CAP_SETGID] = "setgid",
	[CAP_SETUID] = "setuid",
	[CAP_SETPCAP] = "setpcap",
	[CAP_LINUX_IMMUTABLE] = "linux_immutable",
	[CAP_NET_BIND_SERVICE] = "net_bind_service",
	[CAP_NET_BROADCAST] = "net_broadcast",
	[CAP_NET_ADMIN] = "net_admin",
	[CAP_NET_RAW] = "net_raw",
	[CAP_IPC_LOCK] = "ipc_lock",
	[CAP_IPC_OWNER] = "ipc_owner",
	[CAP_SYS_MODULE] = "sys_module",
	[CAP_SYS_RAWIO] = "sys_rawio",
	[CAP_SYS_CHROOT] = "sys_chroot",
	[CAP_SYS_PTRACE] = "sys_ptrace",
	[CAP_SYS_PACCT] = "sys_pacct",
	[CAP_SYS_ADMIN] = "sys_admin",
	[CAP_SYS_BOOT] = "sys_boot",
	[CAP_SYS_NICE] = "sys_nice",
	[CAP_SYS_RESOURCE] = "sys_resource",
	[CAP_SYS_TIME] = "sys_time",
	[CAP_SYS_TTY_CONFIG] = "sys_tty_config",
	[CAP_MKNOD] = "mknod",
	[CAP_LEASE] = "lease",
	[CAP_AUDIT_WRITE] = "audit_write",
	[CAP_AUDIT_CONTROL] = "audit_control",
	[CAP_SETFCAP] = "setfcap",
	[CAP_MAC_OVERRIDE] = "mac_override",
	[CAP_MAC_ADMIN] = "mac_admin",
	[CAP_SYSLOG] = "syslog",
	[CAP_WAKE_ALARM] = "wake_alarm",
	[CAP_BLOCK_SUSPEND] = "block_suspend",
	[CAP_AUDIT_READ] = "audit_read",
	[CAP_PERFMON] = "perfmon",
	[CAP_BPF] = "bpf",
	[CAP_CHECKPOINT_RESTORE] = "checkpoint_restore",
	NULL,
};

int cap_parse(const char *s)
{
	uint64_t number;

	if (!parse_u64(s, 0, CAPS_MAX - 1, &number))
		return (int)number;
	if (!strncasecmp(s, "cap_", 4))
		s += 4;
	for (int i = 0; cap_names[i]; i++)
		if (!strcasecmp(cap_names[i], s))
			return i;
	return -EINVAL;
}

/* --- filecaps ---------------------------------------------------------------------------- */

static bool given;

/* Of a set-user-ID and set-group-ID file; capabilities go with the user id 0. */
static int ids_give_up(void)
{
	uid_t uid = getuid();
	gid_t gid = getgid();

	if (gid != getegid() && setresgid(gid, gid, gid))
		return -errno;
	if (uid != geteuid() && setresuid(uid, uid, uid))
		return -errno;
	return 0;
}

int filecaps_begin(struct err *err)
{
	struct caps c;
	int r;

	if (!getauxval(AT_SECURE))
		return 0;
	r = ids_give_up();
	/* Root's rights are its own: the file gave an id at most. */
	if (!r && !getuid())
		return 0;
	if (!r)
		r = caps_get(&c);
	c.effective = 0;
	if (!r)
		r = caps_set(&c);
	given = !r;
	return r ? err_set(err, r, "take the rights of the program's file out of effect") : 0;
}

int filecaps_limit(uint64_t keep, struct err *err)
{
	struct caps c;
	int r;

	if (!given)
		return 0;
	r = caps_get(&c);
	c.permitted &= keep;
	c.effective = 0;
	c.inheritable &= keep;
	if (!r)
		r = caps_set(&c);
	if (r)
		return err_set(err, r, "give up rights of the program's file");
	if (c.permitted)
		return 0;
	given = false;
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
		       ? err_set(err, -errno, "own the files of /proc/self again")
		       : 0;
}

bool filecaps_given(void)
{
	return given;
}

filecaps_was filecaps_use(void)
{
	struct caps c;
	uint64_t was;

	if (!given || caps_get(&c) || c.effective == c.permitted)
		return 0;
	was = c.effective;
	c.effective = c.permitted;
	return caps_set(&c) ? 0 : was + 1;
}

void filecaps_back(filecaps_was *was)
{
	struct caps c;

	if (!*was || caps_get(&c))
		return;
	/* What was given up for good meanwhile is not there to be put back. */
	c.effective = (*was - 1) & c.permitted;
	caps_set(&c);
	*was = 0;
}
