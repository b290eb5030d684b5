// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/nstype.h"
#include "lib/fd.h"
#include "snapshot/container.h"
#include "snapshot/from_proc.h"
#include "snapshot/sandbox.h"

#define ANCESTORS_MAX 64 /* that are looked at */

/* NS_* that it is made of; the mount namespace of its maker tells it from containers. */
#define SANDBOX_TYPES (1U << NS_USER | 1U << NS_PID | 1U << NS_NET)

bool sandbox_types(uint32_t types)
{
	return types == SANDBOX_TYPES;
}

void container_of_sandbox(const char *comm, uint32_t pid, uint32_t uid, struct container *ret)
{
	*ret = (struct container){.runtime = "sandbox", .hierarchy = "", .path = ""};
	snprintf(ret->id, sizeof(ret->id), "%.*s %u", EV_COMM_LEN, comm, pid);
	/* Anybody can call a process as he likes. */
	ret->has_user = uid && uid != geteuid();
	ret->user = ret->has_user ? uid : 0;
}

static uint32_t ns_number(uint32_t pid, const char *type)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%u/ns/%s", pid, type);
	return stat(path, &st) ? 0 : (uint32_t)st.st_ino;
}

static int task_read(uint32_t pid, struct ns_task *ret)
{
	char path[64], text[2048];
	struct stat st;
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	len = fd_read_file(AT_FDCWD, path, text, sizeof(text));
	if (len <= 0 || procfs_stat_parse(text, (size_t)len, ret) || stat(path, &st))
		return -ENOENT;
	ret->pid = ret->tid = pid;
	ret->uid = st.st_uid;
	return 0;
}

static bool program_of(uint32_t pid, char *ret, size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%u/exe", pid);
	n = readlink(path, ret, size - 1);
	if (n <= 0)
		return false;
	ret[n] = '\0';
	return true;
}

static bool same_program(const struct ns_task *a, const struct ns_task *b)
{
	char of_a[PATH_MAX], of_b[PATH_MAX];

	return program_of(a->pid, of_a, sizeof(of_a)) && program_of(b->pid, of_b, sizeof(of_b)) &&
	       !strcmp(of_a, of_b);
}

static bool made_by(const struct ns_task *t, const struct ns_task *inner, const struct ns_task *a)
{
	uint32_t pid = ns_number(a->pid, "pid"), net = ns_number(a->pid, "net");

	return pid && pid != t->ns.inum[NS_PID] && net && net != t->ns.inum[NS_NET] &&
	       ns_number(a->pid, "mnt") == t->ns.inum[NS_MNT] && same_program(inner, a);
}

int container_by_sandbox(const struct ns_task *t, struct container *ret)
{
	struct ns_task inner = *t, above;
	uint32_t own = ns_number((uint32_t)getpid(), "user"), user = t->ns.inum[NS_USER];

	if (!user || user == own || !t->ns.inum[NS_PID] || !t->ns.inum[NS_NET] ||
		!t->ns.inum[NS_MNT])
		return -ENOENT;
	for (int i = 0; i < ANCESTORS_MAX && inner.ppid; i++, inner = above) {
		if (task_read(inner.ppid, &above))
			return -ENOENT;
		if (ns_number(above.pid, "user") == user)
			continue;
		if (!made_by(t, &inner, &above))
			return -ENOENT;
		container_of_sandbox(above.comm, above.pid, above.uid, ret);
		return 0;
	}
	return -ENOENT;
}
