// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "act/find.h"
#include "snapshot/named.h"
#include "snapshot/snapshot.h"
#include "kernel/netnsfs.h"
#include "kernel/nsfd.h"
#include "why/step.h"
#include "kernel/nstype.h"

/* --- namespaces by number --- */

static int find_ref(
	const struct ns_ref *ref, const char *name, struct find_match *ret, struct err *err)
{
	struct step step = STEP(OPEN, .what = name);

	for (int whole = 0; whole < 2; whole++) {
		auto_snapshot struct snapshot s = {0};
		const struct ns_node *n;
		int fd = -ENOENT, r;

		/* What keeps those without a process takes longer to find. */
		r = snapshot_read(&s, SNAPSHOT_PROC, 0, whole ? SNAP_HIDDEN : SNAP_BARE, err);
		n = r ? NULL : graph_find_inum(&s.graph, ref->inum);
		if (n && ref->type >= 0 && (uint32_t)ref->type != n->type)
			r = err_say(err, -ENOENT, "%s: namespace %u is a %s", name, ref->inum,
				ns_types[n->type].long_name);
		else if (n)
			fd = node_open(&s.graph, n);
		if (fd >= 0) {
			ret->fd = fd;
			ret->type = n->type;
		}
		if (r)
			return r;
		if (fd >= 0)
			return step_done(&step, 0, NULL);
		if (n && whole)
			return step_done(&step, fd, err);
	}
	err_say(err, -ENOENT, "%s: there is no such namespace in sight", name);
	err_hint(err, "`nswatch ls` lists those there are; as root one sees more");
	return -ENOENT;
}

int find_by_id(unsigned int type, uint64_t id)
{
	auto_snapshot struct snapshot s = {0};
	int ret = snapshot_read(&s, SNAPSHOT_PROC, 0, SNAP_HIDDEN, NULL);

	if (!ret)
		ret = -ENOENT;
	for (size_t i = 0; ret == -ENOENT && i < s.graph.n; i++) {
		auto_fd int fd = -1;
		uint64_t that;

		if (s.graph.nodes[i].type != type)
			continue;
		fd = node_open(&s.graph, &s.graph.nodes[i]);
		if (fd < 0)
			continue;
		if (nsfd_id(fd, &that))
			ret = -EOPNOTSUPP;
		else if (that == id)
			ret = take_fd(&fd);
	}
	return ret;
}

static int find_file(const char *path, struct find_match *ret, struct err *err)
{
	struct step s = STEP(OPEN, .what = path);
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int r = step_done(&s, fd < 0 ? -errno : 0, err), type;

	if (r)
		return r;
	type = nsfd_type(fd);
	if (type < 0)
		return err_say(err, -EINVAL, "%s: not a namespace", path);
	ret->type = (unsigned int)type;
	ret->fd = take_fd(&fd);
	return 0;
}

/* --- names --- */

static int find_netns(const char *name, struct find_match *ret, struct err *err)
{
	int fd = netns_open(name, err);

	if (fd < 0)
		return fd;
	ret->type = NS_NET;
	ret->fd = fd;
	return 0;
}

/* Holds it, and makes sure that it is still the process that was seen. */
static int hold(const struct named *n, struct target *ret, struct err *err)
{
	int r = target_hold(ret, (pid_t)n->task.pid, 0, err);

	if (r)
		return r;
	r = named_check(n, err);
	if (r)
		target_close(ret);
	return r;
}

static int find_plain(const char *name, struct find_match *ret, struct err *err)
{
	auto_named struct named n = {0};
	int r = named_find(name, true, &n, err);

	if (r)
		return r;
	return n.netns ? find_netns(name, ret, err) : hold(&n, &ret->target, err);
}

int find_target(const char *name, struct target *ret, struct err *err)
{
	auto_named struct named n = {0};
	int r = named_find(name, false, &n, err);

	return r ? r : hold(&n, ret, err);
}

int find_name(const char *name, struct find_match *ret, struct err *err)
{
	struct err ignored = {0};
	struct ns_ref ref;

	*ret = (struct find_match){.fd = -1, .target = TARGET_NONE};
	if (!ns_ref_parse(name, &ref, &ignored)) {
		if (ref.inum >= NS_INUM_LEAST)
			return find_ref(&ref, name, ret, err);
		err_say(err, -EINVAL, "%s is not the inode number of a namespace", name);
		err_hint(err, "a process is given by --target: -t %s -a", name);
		return -EINVAL;
	}
	if (strchr(name, '/'))
		return find_file(name, ret, err);
	return find_plain(name, ret, err);
}
