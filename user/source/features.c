// SPDX-License-Identifier: GPL-2.0-or-later
/* features.c - the facts that only need reading; trial.c has those that need a try. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/types.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/fsmount.h"
#include "kernel/nstype.h"
#include "lib/caps.h"
#include "lib/fd.h"
#include "source/features.h"
#include "lib/util.h"
#include "kernel/procstatus.h"

#ifndef SYS_lsm_list_modules /* 6.8; one number on all architectures that we build for */
#define SYS_lsm_list_modules 461
#endif

const struct features_cap features_caps[] = {
	{"CAP_BPF", CAP_BPF, "load BPF programs and make maps"},
	{"CAP_PERFMON", CAP_PERFMON, "attach them and read kernel memory"},
	{"CAP_SYS_ADMIN", CAP_SYS_ADMIN, "create and enter namespaces; stands for the two above"},
	{"CAP_SYS_PTRACE", CAP_SYS_PTRACE, "see the namespaces of other users' processes"},
	{"CAP_NET_ADMIN", CAP_NET_ADMIN, "move network devices"},
	{"CAP_NET_BROADCAST", CAP_NET_BROADCAST, "hear of devices in other net namespaces"},
	{"CAP_SYS_RESOURCE", CAP_SYS_RESOURCE, "raise the memlock limit (kernels before 5.11)"},
	{"CAP_SYSLOG", CAP_SYSLOG, "see kernel addresses"},
	{"CAP_DAC_READ_SEARCH", CAP_DAC_READ_SEARCH, "read files of others; open namespaces by id"},
};
const size_t features_caps_count = ARRAY_SIZE(features_caps);

#define PER_USER "how many a user may create, 0: none"

const struct features_sysctl features_sysctls[FEATURES_SYSCTLS] = {
	{"kernel.unprivileged_bpf_disabled", "0: some BPF without CAP_BPF, never tracing"},
	{"kernel.perf_event_paranoid",
		"above -1: tracepoints need CAP_PERFMON; 3, Debian: CAP_SYS_ADMIN"},
	{"kernel.kptr_restrict", "2: nobody sees kernel addresses"},
	{"kernel.ftrace_enabled", "0: fentry and kprobes never run"},
	{"net.core.bpf_jit_enable", "0: BPF is interpreted, which is slower"},
	{"kernel.yama.ptrace_scope", "3: no process can be attached to"},
	{"kernel.unprivileged_userns_clone", "0: user namespaces need CAP_SYS_ADMIN"},
	{"kernel.apparmor_restrict_unprivileged_userns", "1: user namespaces need a profile"},
	{"user.max_user_namespaces", PER_USER},
	{"user.max_mnt_namespaces", PER_USER},
	{"user.max_pid_namespaces", PER_USER},
	{"user.max_net_namespaces", PER_USER},
	{"user.max_ipc_namespaces", PER_USER},
	{"user.max_uts_namespaces", PER_USER},
	{"user.max_cgroup_namespaces", PER_USER},
	{"user.max_time_namespaces", PER_USER},
};

const char *const features_options[] = {"BPF_SYSCALL", "BPF_JIT", "BPF_EVENTS", "DEBUG_INFO_BTF",
	"KPROBES", "KPROBE_EVENTS", "FUNCTION_TRACER", "DYNAMIC_FTRACE_WITH_DIRECT_CALLS",
	"FTRACE_SYSCALLS", "BPF_LSM", "NAMESPACES", "UTS_NS", "IPC_NS", "USER_NS", "PID_NS",
	"NET_NS", "TIME_NS", "CGROUPS", "CHECKPOINT_RESTORE", "SECURITY_LOCKDOWN_LSM",
	"IKCONFIG_PROC"};
const size_t features_options_count = ARRAY_SIZE(features_options);

static struct {
	bool done;
	struct features f;
	bool lsm_done, lockdown_done;
	char lsm[256];
	const char *lsm_where;
	enum features_lockdown lockdown;
} cache = {.lsm_where = ""};

static bool mounted_at(const char *path, unsigned long magic)
{
	struct statfs st;

	return !statfs(path, &st) && (unsigned long)st.f_type == magic;
}

static void read_status(struct features *f)
{
	auto_buf struct buf text = {0};
	uint64_t v;
	struct caps c;

	f->seccomp = -1;
	/* Those that the program's file gave are in effect where they are needed. */
	f->caps_known = !caps_get(&c);
	if (f->caps_known)
		f->caps = filecaps_given() ? c.permitted : c.effective;
	if (!procstatus_read(AT_FDCWD, "/proc/self/status", &text) &&
		!procstatus_num(text.s, "Seccomp", 10, &v))
		f->seccomp = (int)v;
}

/* The inode number that a link of /proc/PID/ns names; 0 where it can't be read. */
static uint32_t ns_inum(const char *proc, const char *name)
{
	char path[64], link[64];
	uint32_t inum;
	ssize_t n;
	int type;

	snprintf(path, sizeof(path), "/proc/%s/ns/%s", proc, name);
	n = readlink(path, link, sizeof(link));
	return n <= 0 || ns_link_parse(link, (size_t)n, &type, &inum) ? 0 : inum;
}

/* kthreadd lives in the initial namespaces; it is pid 2 in the initial pid namespace only. */
static bool kthreadd_here(const struct features *f)
{
	char comm[32];

	return f->initial[NS_PID] == ANSWER_YES &&
	       fd_read_file(AT_FDCWD, "/proc/2/comm", comm, sizeof(comm)) > 0 &&
	       !strcmp(comm, "kthreadd\n");
}

static void read_namespaces(struct features *f)
{
	uint32_t mine[NS_TYPES] = {0};
	char path[64];

	slot_for_each (slot, NS_SLOTS_MASK) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_types[slot].name);
		if (!faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW))
			f->types |= 1u << slot;
	}
	slot_for_each (slot, NS_TYPES_MASK) {
		mine[slot] = ns_inum("self", ns_types[slot].name);
		if (mine[slot] && mine[slot] == ns_types[slot].initial)
			f->initial[slot] = ANSWER_YES;
		/* The numbers of mnt and net are fixed only from 6.18. */
		else if (mine[slot] && slot != NS_MNT && slot != NS_NET)
			f->initial[slot] = ANSWER_NO;
	}
	if (!kthreadd_here(f))
		return;
	slot_for_each (slot, NS_TYPES_MASK) {
		uint32_t theirs = ns_inum("2", ns_types[slot].name);

		if (theirs && mine[slot])
			f->initial[slot] = answer_of(theirs == mine[slot]);
	}
}

static void read_sysctls(struct features *f)
{
	for (size_t i = 0; i < FEATURES_SYSCTLS; i++) {
		char path[96], text[64];
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/sys/%s", features_sysctls[i].name);
		for (char *p = path + strlen("/proc/sys/"); *p; p++)
			if (*p == '.')
				*p = '/';
		n = fd_read_file(AT_FDCWD, path, text, sizeof(text));
		f->sysctl[i].code = n < 0 ? (int)n : 0;
		if (n >= 0)
			f->sysctl[i].value = strtoll(text, NULL, 10);
	}
}

static const char *find_container(void)
{
	static char name[32];
	static const struct {
		const char *path, *name;
	} marks[] = {{"/run/.containerenv", "podman"}, {"/.dockerenv", "docker"}};
	char text[16384];
	ssize_t n;

	n = fd_read_file(AT_FDCWD, "/run/systemd/container", text, sizeof(text));
	if (n > 0) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(text, "\n"), text);
		return name;
	}
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (!access(marks[i].path, F_OK))
			return marks[i].name;
	n = fd_read_file(AT_FDCWD, "/proc/1/environ", text, sizeof(text));
	for (const char *p = text; n > 0 && p < text + n; p += strlen(p) + 1)
		if (!strncmp(p, "container=", 10)) {
			snprintf(name, sizeof(name), "%.30s", p + 10);
			return name;
		}
	return "";
}

static void features_read(struct features *f)
{
	struct utsname u;
	struct rlimit rl;

	if (!uname(&u)) {
		snprintf(f->release, sizeof(f->release), "%s", u.release);
		snprintf(f->arch, sizeof(f->arch), "%s", u.machine);
	}
	f->euid = geteuid();
	f->procfs = mounted_at("/proc", PROC_SUPER_MAGIC);
	f->sysfs = mounted_at("/sys", SYSFS_MAGIC);
	if (!getrlimit(RLIMIT_MEMLOCK, &rl))
		f->memlock = rl.rlim_cur == RLIM_INFINITY ? UINT64_MAX : rl.rlim_cur;
	read_status(f);
	read_namespaces(f);
	read_sysctls(f);
	f->container = find_container();
}

const struct features *features_get(void)
{
	if (!cache.done)
		features_read(&cache.f);
	cache.done = true;
	return &cache.f;
}

bool features_has_cap(int number)
{
	return features_get()->caps >> number & 1;
}

int features_sysctl(const char *name, int64_t *ret)
{
	const struct features *f = features_get();

	for (size_t i = 0; i < FEATURES_SYSCTLS; i++) {
		if (strcmp(features_sysctls[i].name, name))
			continue;
		if (!f->sysctl[i].code)
			*ret = f->sysctl[i].value;
		return f->sysctl[i].code;
	}
	return -ENOENT;
}

/*
 * The kernel asks for these capabilities in the initial user namespace; root of
 * another one has none of them there, whatever /proc/self/status says.
 */
const char *features_missing_rights(void)
{
	const struct features *f = features_get();

	if (f->initial[NS_USER] == ANSWER_NO)
		return "CAP_BPF and CAP_PERFMON outside of this user namespace";
	if (features_has_cap(CAP_SYS_ADMIN))
		return "";
	if (features_has_cap(CAP_BPF))
		return features_has_cap(CAP_PERFMON) ? "" : "CAP_PERFMON";
	return features_has_cap(CAP_PERFMON) ? "CAP_BPF" : "CAP_BPF and CAP_PERFMON";
}

bool features_may_trace(void)
{
	return !*features_missing_rights();
}

/* --- LSMs and lockdown ----------------------------------------------------------------------- */

/* A file of securityfs, which need not be mounted. Its length or -errno. */
static ssize_t securityfs_read(const char *name, char *buf, size_t size)
{
	char path[96];
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/kernel/security/%s", name);
	n = fd_read_file(AT_FDCWD, path, buf, size);
	if (n == -ENOENT && !mounted_at("/sys/kernel/security", SECURITYFS_MAGIC)) {
		auto_fd int fd = fsmount_detached("securityfs");

		if (fd < 0)
			return fd;
		n = fd_read_file(fd, name, buf, size);
	}
	return n;
}

static int lsm_list(char *buf, size_t size)
{
	uint64_t ids[32];
	uint32_t bytes = sizeof(ids);
	long n = syscall(SYS_lsm_list_modules, ids, &bytes, 0);

	if (n < 0)
		return -errno;
	lsm_ids_format(ids, (size_t)n, buf, size);
	return 0;
}

const char *features_lsm(const char **ret_where)
{
	char *text = cache.lsm;

	if (!cache.lsm_done) {
		cache.lsm_done = true;
		if (securityfs_read("lsm", text, sizeof(cache.lsm)) > 0)
			cache.lsm_where = "securityfs";
		else if (!lsm_list(text, sizeof(cache.lsm)))
			cache.lsm_where = "lsm_list_modules(2)";
		else
			*text = '\0';
		text[strcspn(text, "\n")] = '\0';
	}
	if (ret_where)
		*ret_where = cache.lsm_where;
	return text;
}

static enum features_lockdown lockdown_read(void)
{
	const char *where, *lsm;
	char text[96];

	if (securityfs_read("lockdown", text, sizeof(text)) > 0)
		return lockdown_parse(text);
	lsm = features_lsm(&where);
	/* Where the module does not run there is no lockdown. */
	return *where && !lsm_has(lsm, "lockdown") ? LOCKDOWN_NONE : LOCKDOWN_UNKNOWN;
}

enum features_lockdown features_lockdown_mode(void)
{
	if (!cache.lockdown_done)
		cache.lockdown = lockdown_read();
	cache.lockdown_done = true;
	return cache.lockdown;
}

/* --- features_text ----------------------------------------------------------------------- */

static const char *const lockdown_names[] = {
	[LOCKDOWN_UNKNOWN] = "unknown",
	[LOCKDOWN_NONE] = "none",
	[LOCKDOWN_INTEGRITY] = "integrity",
	[LOCKDOWN_CONFIDENTIALITY] = "confidentiality",
};

const char *features_lockdown_name(enum features_lockdown mode)
{
	return lockdown_names[mode];
}

enum features_lockdown lockdown_parse(const char *text)
{
	const char *open = strchr(text, '[');
	size_t len = open ? strcspn(open + 1, "]") : 0;

	for (int m = LOCKDOWN_NONE; open && m <= LOCKDOWN_CONFIDENTIALITY; m++)
		if (strlen(lockdown_names[m]) == len && !strncmp(open + 1, lockdown_names[m], len))
			return (enum features_lockdown)m;
	return LOCKDOWN_UNKNOWN;
}

bool lsm_has(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (*list) {
		size_t n = strcspn(list, ",\n");

		if (n == len && !strncmp(list, name, n))
			return true;
		list += n + (list[n] != '\0');
	}
	return false;
}

void lsm_ids_format(const uint64_t *ids, size_t n, char *buf, size_t size)
{
	/* From 100 on, as in linux/lsm.h: numbers are never given anew. */
	static const char *const names[] = {"capability", "selinux", "smack", "tomoyo", "apparmor",
		"yama", "loadpin", "safesetid", "lockdown", "bpf", "landlock", "ima", "evm", "ipe"};
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < n && len < size; i++) {
		uint64_t k = ids[i] - 100;
		int r;

		if (k < ARRAY_SIZE(names))
			r = snprintf(buf + len, size - len, "%s%s", i ? "," : "", names[k]);
		else
			r = snprintf(buf + len, size - len, "%s%llu", i ? "," : "",
				(unsigned long long)ids[i]);
		len += (size_t)r;
	}
}

/* --- nstrial ----------------------------------------------------------------------------- */

/* Newer than the headers that we may be built with. */
#ifndef NSIO
#define NSIO 0xb7
#endif
#ifndef NS_GET_ID /* 6.18 */
#define NS_GET_ID _IOR(NSIO, 13, __u64)
#endif
#ifndef NS_MNT_GET_INFO /* 6.12, together with NS_MNT_GET_NEXT */
struct mnt_ns_info {
	__u32 size;
	__u32 nr_mounts;
	__u64 mnt_ns_id;
};
#define NS_MNT_GET_INFO _IOR(NSIO, 10, struct mnt_ns_info)
#endif
#ifndef SYS_listns /* 6.19 */
#define SYS_listns 470
#endif

static int try_ioctl(const char *link, unsigned long request, void *arg)
{
	auto_fd int fd = open(link, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -EACCES;
	if (!ioctl(fd, request, arg))
		return 0;
	return errno == ENOTTY || errno == EINVAL ? -EOPNOTSUPP : -EACCES;
}

/*
 * Asks for what can't be: the namespaces of a process that is gone. A kernel
 * that takes pidfds (5.8) looks for it (ESRCH), others want a namespace (EINVAL).
 */
static int try_pidfd_setns(void)
{
	auto_fd int fd = -1;
	pid_t pid = vfork();

	if (!pid)
		_exit(0);
	if (pid < 0)
		return -EACCES;
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (fd < 0)
		return errno == ENOSYS ? -EOPNOTSUPP : -EACCES;
	if (!setns(fd, CLONE_NEWUTS))
		return 0;
	return errno == ESRCH ? 0 : errno == EINVAL ? -EOPNOTSUPP : -EACCES;
}

/* The size that a handle needs is told only where nsfs has handles. */
static int try_handle(void)
{
	auto_fd int fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	struct file_handle h = {.handle_bytes = 0};
	int mount_id;

	if (fd < 0)
		return -EACCES;
	if (!name_to_handle_at(fd, "", &h, &mount_id, AT_EMPTY_PATH) || errno == EOVERFLOW)
		return 0;
	return errno == EOPNOTSUPP || errno == ENOSYS ? -EOPNOTSUPP : -EACCES;
}

/* No such flags: EINVAL from the call itself. */
static int try_listns(void)
{
	if (!syscall(SYS_listns, NULL, NULL, 0, ~0u) || errno == EINVAL)
		return 0;
	return errno == ENOSYS ? -EOPNOTSUPP : -EACCES;
}

int nstrial_run(enum feature f)
{
	struct mnt_ns_info info = {0};
	uint64_t id;

	switch (f) {
	case FEAT_PIDFD_SETNS:
		return try_pidfd_setns();
	case FEAT_NS_ID:
		return try_ioctl("/proc/self/ns/uts", NS_GET_ID, &id);
	case FEAT_MNT_NEXT:
		return try_ioctl("/proc/self/ns/mnt", NS_MNT_GET_INFO, &info);
	case FEAT_NS_HANDLE:
		return try_handle();
	case FEAT_LISTNS:
		return try_listns();
	default:
		return -EACCES;
	}
}
