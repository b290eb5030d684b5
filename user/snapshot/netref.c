// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "snapshot/netref.h"
#include "lib/fd.h"
#include "lib/err.h"
#include "lib/parse.h"
#include "snapshot/container.h"
#include "snapshot/named.h"
#include "snapshot/netnsheld.h"
#include "kernel/nsfd.h"
#include "snapshot/from_proc.h"
#include "kernel/nstype.h"
#include "out/escape.h"

#define PID_LIMIT 4194304 /* of the kernel: numbers of namespaces are far above */

static int needs_read(struct snapshot *s, unsigned int needs, struct err *err)
{
	int ret = 0;

	if (!s->ops)
		ret = snapshot_read(s, SNAPSHOT_AUTO, 1u << NS_NET | 1u << NS_MNT,
			needs | SNAP_MOUNTS | SNAP_FLAT, err);
	return ret ? ret : snapshot_names(s, err);
}

int netref_read(struct snapshot *s, struct err *err)
{
	return needs_read(s, SNAP_THREADS, err);
}

int netref_read_briefly(struct snapshot *s, struct err *err)
{
	return needs_read(s, SNAP_ASIDE, err);
}

const struct ns_node *netref_node(const struct snapshot *s, uint32_t inum)
{
	return graph_find(&s->graph, NS_NET, inum);
}

/* --- references ------------------------------------------------------------------------------ */

static int path_open(const char *path, struct err *err)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return err_set(err, -errno, "open %s", path);
	if (nsfd_type(fd) != NS_NET)
		return err_say(err, -EINVAL, "%s is no net namespace", path);
	return take_fd(&fd);
}

static int pid_open(uint64_t pid, struct err *err)
{
	char path[64];
	uint32_t tid;
	int fd, ret;

	snprintf(path, sizeof(path), "/proc/%u/ns/net", (unsigned int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	tid = fd < 0 ? procfs_live_thread((uint32_t)pid) : 0;
	if (tid) {
		snprintf(path, sizeof(path), "/proc/%u/task/%u/ns/net", (unsigned int)pid, tid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (fd >= 0)
		return fd;
	ret = -errno;
	if (ret == -ENOENT)
		return procfs_absent((uint32_t)pid, err);
	err_set(err, ret, "the net namespace of process %u", (unsigned int)pid);
	if (ret == -EACCES || ret == -EPERM)
		err_hint(err, "another user's namespaces can be opened by root (CAP_SYS_PTRACE)");
	return ret;
}

static int inum_open(struct snapshot *s, const char *ref, uint32_t inum, struct err *err)
{
	const struct ns_node *node;
	int fd, ret = netref_read(s, err);

	if (ret)
		return ret;
	node = netref_node(s, inum);
	if (!node) {
		err_say(err, -ENOENT, "there is no net namespace %s", ref);
		err_hint(err, "`nswatch ls -t net` lists them");
		return -ENOENT;
	}
	fd = node_open(&s->graph, node);
	return fd < 0 ? err_set(err, fd, "open the net namespace %s", ref) : fd;
}

/* A container, or a pid in one: what is no name of a net namespace. */
static int named_open(const char *ref, struct err *err)
{
	auto_named struct named n = {0};
	auto_fd int fd = -1;
	struct err why = {0};
	int r = named_find(ref, false, &n, &why);

	if (r == -ENOENT)
		return netns_open(ref, err);
	if (!r) {
		fd = pid_open(n.task.pid, &why);
		r = fd < 0 ? fd : named_check(&n, &why);
	}
	if (!r)
		return take_fd(&fd);
	if (err)
		*err = why;
	return r;
}

static int ref_open(struct snapshot *s, const char *ref, struct err *err)
{
	char path[sizeof(NETNS_DIR) + 256];
	struct ns_ref ns;
	struct stat st;
	uint64_t pid;

	if (strchr(ref, '/'))
		return path_open(ref, err);
	if (!netns_name_check(ref, NULL)) {
		snprintf(path, sizeof(path), NETNS_DIR "/%s", ref);
		if (!lstat(path, &st))
			return netref_name_open(s, ref, err);
	}
	if (!parse_u64(ref, 1, PID_LIMIT, &pid))
		return pid_open(pid, err);
	if (!ns_ref_parse(ref, &ns, NULL)) {
		if (ns.type >= 0 && ns.type != NS_NET)
			return err_say(err, -EINVAL, "%.64s is no net namespace", ref);
		return inum_open(s, ref, ns.inum, err);
	}
	return named_open(ref, err);
}

int netref_known(struct snapshot *s, const char *ref, uint32_t *ret, struct err *err)
{
	struct ns_ref ns;
	int r = netref_read_briefly(s, err);

	if (r)
		return r;
	for (size_t i = 0; i < s->names.n; i++) {
		if (strcmp(netns_text(&s->names, &s->names.rows[i]), ref) != 0)
			continue;
		*ret = s->names.rows[i].inum;
		return 0;
	}
	if (ns_ref_parse(ref, &ns, NULL) || !netref_node(s, ns.inum))
		return err_say(err, -ENOENT,
			"there was no net namespace '%.64s', by its name or number", ref);
	*ret = ns.inum;
	return 0;
}

int netref_name_open(struct snapshot *s, const char *name, struct err *err)
{
	auto_buf struct buf said = {0}, path = {0};
	int fd = netns_open(name, err);
	struct netns_held held;

	if (fd != -EINVAL || netref_read(s, NULL) || !netns_held(&s->graph, name, &held, 1))
		return fd;
	netns_held_say(&s->graph, &held, &said);
	netns_held_path(&s->graph, &held, &path);
	err_say(err, fd, "%s has no net namespace in this mount namespace; %s", name, said.s);
	err_hint(err, "`nswatch enter --net=%s CMD` runs a command there", path.s);
	return fd;
}

int netref_open(struct snapshot *s, const char *ref, uint32_t *ret_inum, struct err *err)
{
	auto_fd int fd = ref_open(s, ref, err);
	uint32_t inum;
	int ret;

	if (fd < 0)
		return fd;
	ret = nsfd_inum(fd, &inum);
	if (ret)
		return err_set(err, ret, "the net namespace %.64s", ref);
	if (ret_inum)
		*ret_inum = inum;
	return take_fd(&fd);
}

/* --- words ----------------------------------------------------------------------------------- */

static bool label_names(struct snapshot *s, uint32_t inum, struct buf *b)
{
	const struct netns_name *row = netns_names_of(&s->names, inum);
	const struct netns_name *end = s->names.by_inum + s->names.n;
	bool any = false;

	for (; row && row < end && row->inum == inum; row++) {
		buf_printf(b, "%s%s", any ? "," : "", netns_text(&s->names, row));
		any = true;
	}
	return any;
}

static bool label_container(struct snapshot *s, const struct ns_node *node, struct buf *b)
{
	const struct ns_task *t = node_proc(&s->graph, node);

	return t && container_say(snapshot_ops(s), t, b);
}

bool netref_label(struct snapshot *s, const struct ns_node *node, struct buf *b)
{
	const struct ns_keep *k = &node->keep[KEEP_MOUNT];

	if (label_names(s, node->inum, b))
		return true;
	if (node->inum == graph_initial(&s->graph, NS_NET)) {
		buf_puts(b, "(initial)");
		return true;
	}
	if (label_container(s, node, b))
		return true;
	if (!k->n)
		return false;
	buf_puts(b, mounts_path(&s->mounts, &s->mounts.rows[k->at]));
	return true;
}

void netref_say(struct snapshot *s, uint32_t inum, struct buf *b)
{
	const struct ns_node *node = netref_node(s, inum);
	auto_buf struct buf label = {0};

	buf_printf(b, "net:[%u]", inum);
	if (!node || !netref_label(s, node, &label))
		return;
	if (label.s[0] == '(') {
		buf_printf(b, " %s", label.s);
		return;
	}
	buf_puts(b, " (");
	escape_text(b, label.s, label.len);
	buf_putc(b, ')');
}
