// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/netdata.h"
#include "lib/fd.h"
#include "lib/err.h"
#include "lib/parse.h"
#include "snapshot/container.h"
#include "snapshot/netnsheld.h"
#include "kernel/nsfd.h"
#include "snapshot/from_proc.h"
#include "kernel/nstype.h"
#include "out/escape.h"

#define PID_LIMIT 4194304 /* of the kernel: numbers of namespaces are far above */

void netdata_free(struct netdata *d)
{
	netview_free(&d->view);
	netns_names_free(&d->names);
	ls_data_free(&d->ls);
	*d = (struct netdata){0};
}

int netdata_read(struct netdata *d, struct err *err)
{
	struct stat st;
	int ret;

	if (d->has_ls)
		return 0;
	d->own = stat("/proc/thread-self/ns/net", &st) ? 0 : (uint32_t)st.st_ino;
	ret = ls_data_read(&d->ls, LS_SOURCE_AUTO, 1u << NS_NET | 1u << NS_MNT,
		LS_NEED_THREADS | LS_NEED_MOUNTS | LS_NEED_FLAT, err);
	if (!ret && !d->names.by_inum)
		ret = netns_names_read(&d->names, err);
	d->has_ls = !ret;
	return ret;
}

const struct ns_node *netdata_node(const struct netdata *d, uint32_t inum)
{
	return graph_find(&d->ls.graph, NS_NET, inum);
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

static int inum_open(struct netdata *d, const char *ref, uint32_t inum, struct err *err)
{
	const struct ns_node *node;
	int fd, ret = netdata_read(d, err);

	if (ret)
		return ret;
	node = netdata_node(d, inum);
	if (!node) {
		err_say(err, -ENOENT, "there is no net namespace %s", ref);
		err_hint(err, "`nswatch ls --all -t net` lists them");
		return -ENOENT;
	}
	fd = node_open(&d->ls.graph, node);
	return fd < 0 ? err_set(err, fd, "open the net namespace %s", ref) : fd;
}

static int ref_open(struct netdata *d, const char *ref, struct err *err)
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
			return netdata_name_open(d, ref, err);
	}
	if (!parse_u64(ref, 1, PID_LIMIT, &pid))
		return pid_open(pid, err);
	if (!ns_ref_parse(ref, &ns, NULL)) {
		if (ns.type >= 0 && ns.type != NS_NET)
			return err_say(err, -EINVAL, "%.64s is no net namespace", ref);
		return inum_open(d, ref, ns.inum, err);
	}
	return netns_open(ref, err);
}

int netdata_name_open(struct netdata *d, const char *name, struct err *err)
{
	auto_buf struct buf said = {0}, path = {0};
	int fd = netns_open(name, err);
	struct netns_held held;

	if (fd != -EINVAL || netdata_read(d, NULL) || !netns_held(&d->ls.graph, name, &held, 1))
		return fd;
	netns_held_say(&d->ls.graph, &held, &said);
	netns_held_path(&d->ls.graph, &held, &path);
	err_say(err, fd, "%s has no net namespace in this mount namespace; %s", name, said.s);
	err_hint(err, "`nswatch enter --net=%s CMD` runs a command there", path.s);
	return fd;
}

int netdata_open(struct netdata *d, const char *ref, uint32_t *ret_inum, struct err *err)
{
	auto_fd int fd = ref_open(d, ref, err);
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

static bool label_names(struct netdata *d, uint32_t inum, struct buf *b)
{
	const struct netns_name *row = netns_names_of(&d->names, inum);
	const struct netns_name *end = d->names.by_inum + d->names.n;
	bool any = false;

	for (; row && row < end && row->inum == inum; row++) {
		buf_printf(b, "%s%s", any ? "," : "", netns_text(&d->names, row));
		any = true;
	}
	return any;
}

static bool label_container(struct netdata *d, const struct ns_node *node, struct buf *b)
{
	const struct ns_task *t = node_proc(&d->ls.graph, node);
	auto_buf struct buf text = {0};
	struct container c;

	if (!t || container_of(t, &text, &c))
		return false;
	container_format(&c, "", b);
	return true;
}

bool netdata_label(struct netdata *d, const struct ns_node *node, struct buf *b)
{
	const struct ns_keep *k = &node->keep[KEEP_MOUNT];

	if (label_names(d, node->inum, b))
		return true;
	if (node->inum == netview_initial(&d->ls.graph)) {
		buf_puts(b, "(initial)");
		return true;
	}
	if (label_container(d, node, b))
		return true;
	if (!k->n)
		return false;
	buf_puts(b, mounts_path(&d->ls.mounts, &d->ls.mounts.rows[k->at]));
	return true;
}

void netdata_say(struct netdata *d, uint32_t inum, struct buf *b)
{
	const struct ns_node *node = netdata_node(d, inum);
	auto_buf struct buf label = {0};

	buf_printf(b, "net:[%u]", inum);
	if (!node || !netdata_label(d, node, &label))
		return;
	if (label.s[0] == '(') {
		buf_printf(b, " %s", label.s);
		return;
	}
	buf_puts(b, " (");
	escape_text(b, label.s, label.len);
	buf_putc(b, ')');
}

/* --- messages --- */

int netdata_fail(const struct err *err)
{
	log_err(err);
	return err->code == -EPERM || err->code == -EACCES || err->code == -EROFS ? EXIT_CANT
										  : EXIT_FAIL;
}

/* Of whom to ask for what could not be seen; "" where root asked already. */
static const char *root_can(void)
{
	struct stat st;

	if (geteuid())
		return "; root can";
	if (!stat("/proc/thread-self/ns/user", &st) && st.st_ino != ns_types[NS_USER].initial)
		return "; root outside of this user namespace can";
	return "";
}

void netdata_unreadable_say(size_t n)
{
	if (n)
		log_say("%zu net namespace%s could not be looked into%s", n, n == 1 ? "" : "s",
			root_can());
}

void netdata_hidden_say(const struct netdata *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->ls.tasks.n; i++)
		n += (d->ls.tasks.rows[i].flags & (TASK_UNREADABLE | TASK_KTHREAD)) ==
		     TASK_UNREADABLE;
	if (n)
		log_say("the net namespaces of %zu process%s could not be seen%s", n,
			n == 1 ? "" : "es", root_can());
}
