// SPDX-License-Identifier: GPL-2.0-or-later
/* netns_act.c - nswatch netns add, attach, delete, set, exec, monitor. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/netns.h"
#include "lib/fd.h"
#include "lib/host.h"
#include "lib/err.h"
#include "lib/parse.h"
#include "snapshot/kept.h"
#include "snapshot/netnsheld.h"
#include "kernel/nsfd.h"
#include "kernel/nsid.h"
#include "kernel/nstype.h"
#include "out/escape.h"
#include "out/json.h"

#define KEPT_LINES 10

/* A name that is none is wrong usage; whether it exists is another thing. */
static bool name_bad(const char *name, int *ret_status)
{
	struct err err = {0};

	if (!netns_name_check(name, &err))
		return false;
	*ret_status = netns_wrong(&err);
	return true;
}

int netns_add(struct netns *n, char **args)
{
	auto_fd int ns = -1;
	struct err err = {0};
	int status;

	if (name_bad(args[0], &status))
		return status;
	ns = netns_new(&err);
	if (ns < 0 || netns_name_add(args[0], ns, &err))
		return output_fail(&err);
	return EXIT_OK;
}

int netns_attach(struct netns *n, char **args)
{
	auto_fd int ns = -1;
	struct err err = {0};
	int status;

	if (name_bad(args[0], &status))
		return status;
	ns = netref_open(&n->d, args[1], NULL, &err);
	if (ns < 0 || netns_name_add(args[0], ns, &err))
		return output_fail(&err);
	return EXIT_OK;
}

/* --- delete ---------------------------------------------------------------------------------- */

/* Keeping it were only the mounts of that name in this mount namespace. */
static bool kept_by_name(const struct snapshot *d, const struct ns_node *node, const char *name)
{
	auto_buf struct buf path = {0};

	buf_printf(&path, NETNS_DIR "/%s", name);
	for (int kind = 0; kind < KEEP_KINDS; kind++)
		if (kind != KEEP_MOUNT && node->keep[kind].n)
			return false;
	for (size_t i = 0; i < d->mounts.n; i++) {
		const struct ns_mount *m = &d->mounts.rows[i];

		if (m->type == NS_NET && m->inum == node->inum &&
			(m->mnt_ns != d->own_mnt ||
				strcmp(mounts_path(&d->mounts, m), path.s) != 0))
			return false;
	}
	return true;
}

/* The name is gone; who thought that the namespace would be too is told why it is not. */
static void left_say(uint32_t inum, const char *name)
{
	struct snapshot d = {0};
	auto_buf struct buf b = {0}, safe = {0};
	const struct ns_node *node;
	char *save = NULL;

	if (netref_read(&d, NULL)) {
		snapshot_free(&d);
		return;
	}
	node = netref_node(&d, inum);
	if (node)
		kept_say(&d.graph, node, true, KEPT_LINES, "\n", &b);
	if (b.len) {
		log_say("%s is deleted, but net:[%u] lives on, kept by:", shown(name, &safe), inum);
		for (char *line = strtok_r(b.s, "\n", &save); line;
			line = strtok_r(NULL, "\n", &save))
			log_say("  %s", line);
	}
	snapshot_free(&d);
}

#define HELD_MAX 8

/* Other namespaces than the name's own, mounted on its file elsewhere, would go with it. */
static int held_refuse(const struct snapshot *d, const struct netns_name *row, const char *name)
{
	const struct ns_graph *g = &d->graph;
	struct netns_held all[HELD_MAX];
	size_t n = netns_held(g, name, all, HELD_MAX), told = 0;
	auto_buf struct buf path = {0};
	struct err err = {0};

	n = n < HELD_MAX ? n : HELD_MAX;
	for (size_t i = 0; i < n; i++) {
		auto_buf struct buf b = {0};

		if (all[i].mount->inum == row->inum)
			continue;
		netns_held_say(g, &all[i], &b);
		err_say(&err, -EBUSY, "%s is not deleted: %s, and %s", name, b.s,
			netns_held_only(g, all, n, &all[i]) ? "it would end"
							    : "would lose this mount");
		if (!told++)
			netns_held_path(g, &all[i], &path);
		else
			log_err(&err);
		if (told > 1)
			continue;
		err_hint(&err,
			"`nswatch enter --net=%s CMD` runs a command there; `nswatch netns delete "
			"--force` removes the name all the same",
			path.s);
		log_err(&err);
	}
	return told ? -EBUSY : 0;
}

/* Which mounts on it stand in the way, for EBUSY. */
static void busy_say(const char *name)
{
	struct snapshot d = {0};
	auto_buf struct buf path = {0};

	buf_printf(&path, NETNS_DIR "/%s", name);
	if (netref_read(&d, NULL)) {
		snapshot_free(&d);
		return;
	}
	for (size_t i = 0; i < d.mounts.n; i++) {
		const struct ns_mount *m = &d.mounts.rows[i];
		auto_buf struct buf where = {0};

		kept_where(&d.graph, m->mnt_ns, &where);
		if (!strcmp(mounts_path(&d.mounts, m), path.s))
			log_say("  it is a mount point%s", where.len ? where.s : " here");
	}
	snapshot_free(&d);
}

static int delete_one(const struct netns *n, const char *name)
{
	__attribute__((cleanup(snapshot_free))) struct snapshot d = {0};
	auto_names struct netns_names names = {0};
	const struct ns_node *node;
	struct err err = {0};
	uint32_t inum = 0;
	bool link, looked;
	int ret = netns_name_read(&names, name, &err);

	if (ret)
		return output_fail(&err);
	/* Behind a link is the file of another name, which stays. */
	link = netns_link(&names, names.rows);
	looked = !link && !netref_read(&d, NULL);
	if (looked && !n->o->force && held_refuse(&d, names.rows, name))
		return EXIT_FAIL;
	ret = netns_name_remove(name, &inum, &err);
	if (ret) {
		ret = output_fail(&err);
		if (err.code == -EBUSY)
			busy_say(name);
		return ret;
	}
	node = looked ? netref_node(&d, inum) : NULL;
	if (inum && !(node && kept_by_name(&d, node, name)))
		left_say(inum, name);
	return EXIT_OK;
}

int netns_delete(struct netns *n, char **args)
{
	struct err err = {0};
	int status = EXIT_OK;

	if (!n->o->all)
		return name_bad(args[0], &status) ? status : delete_one(n, args[0]);
	if (snapshot_names(&n->d, &err))
		return output_fail(&err);
	for (size_t i = 0; i < n->d.names.n; i++) {
		int ret = delete_one(n, netns_text(&n->d.names, &n->d.names.rows[i]));

		status = status ? status : ret;
	}
	return status;
}

/* --- set ------------------------------------------------------------------------------------- */

int netns_set(struct netns *n, char **args)
{
	int32_t id = NSID_NONE, has;
	auto_fd int ns = -1;
	struct err err = {0};
	struct ns_ref ref;
	uint64_t v;
	int ret;

	if (name_bad(args[0], &ret))
		return ret;
	if (strcmp(args[1], "auto") != 0) {
		if (parse_u64(args[1], 0, INT32_MAX, &v)) {
			err_say(&err, -EINVAL, "an id is a number from 0 or 'auto', not '%.64s'",
				args[1]);
			return netns_wrong(&err);
		}
		id = (int32_t)v;
	}
	/* One that has no name is given by its number. */
	ns = ns_ref_parse(args[0], &ref, NULL) ? netref_name_open(&n->d, args[0], &err)
					       : netref_open(&n->d, args[0], NULL, &err);
	if (ns < 0 || netns_socket(n, &err))
		return output_fail(&err);
	ret = nsid_set(&n->nl, ns, id);
	if (!ret)
		return EXIT_OK;
	netlink_err(&n->nl, &err, ret, "set the id of %s", args[0]);
	if (ret == -EEXIST && !nsid_get(&n->nl, ns, &has) && has >= 0)
		err_hint(&err, "its id is %d, and an id stays", has);
	else if (ret == -EPERM)
		err_hint(&err, "that needs root (CAP_NET_ADMIN)");
	else if (ret == -ENOSPC || ret == -EEXIST)
		err_hint(&err, "another net namespace has the id %d: `nswatch netns list-id`", id);
	return output_fail(&err);
}

/* --- exec ------------------------------------------------------------------------------------ */

static void warn(const struct err *e)
{
	log_err(e);
}

static int exec_in(const char *name, char **cmd)
{
	struct err err = {0};
	int ret;

	if (netns_enter(name, warn, &err)) {
		struct snapshot d = {0};
		int fd = err.code == -EINVAL ? netref_name_open(&d, name, &err) : -1;

		if (fd >= 0)
			close(fd);
		snapshot_free(&d);
		return output_fail(&err);
	}
	execvp(cmd[0], cmd);
	ret = -errno;
	err_set(&err, ret, "run %s", cmd[0]);
	log_err(&err);
	return ret == -ENOENT ? 127 : 126;
}

static int wait_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_FAIL;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int exec_all(struct netns *n, char **cmd)
{
	struct err err = {0};
	int status = EXIT_OK;

	if (snapshot_names(&n->d, &err))
		return output_fail(&err);
	for (size_t i = 0; i < n->d.names.n; i++) {
		const char *name = netns_text(&n->d.names, &n->d.names.rows[i]);
		auto_buf struct buf safe = {0};
		pid_t pid;
		int ret;

		if (!n->d.names.rows[i].inum)
			continue;
		printf("\nnetns: %s\n", shown(name, &safe));
		fflush(stdout);
		pid = fork();
		if (!pid)
			_exit(exec_in(name, cmd));
		ret = pid < 0 ? EXIT_FAIL : wait_status(pid);
		if (pid < 0)
			log_say("fork: %s", strerror(errno));
		status = status ? status : ret;
	}
	return status;
}

int netns_exec(struct netns *n, char **args)
{
	int status;

	if (n->o->all)
		return exec_all(n, args);
	if (name_bad(args[0], &status))
		return status;
	return exec_in(args[0], args + 1);
}

/* --- monitor --------------------------------------------------------------------------------- */

static void change_print(const struct netns *n, const char *what, const char *name, struct buf *b)
{
	struct json j = {.b = b};

	if (n->o->form.json) {
		json_object(&j);
		json_kstr(&j, "host", host_name());
		json_kstr(&j, "event", what);
		json_kstr(&j, "name", name);
		json_end_object(&j);
	} else {
		buf_printf(b, "%s ", what);
		/* Scripts that read `ip netns monitor` want names as they are. */
		if (n->o->ip && !isatty(STDOUT_FILENO))
			buf_puts(b, name);
		else
			escape_text(b, name, strlen(name));
	}
	buf_putc(b, '\n');
}

static int changes_read(const struct netns *n, int fd)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	auto_buf struct buf out = {0};
	ssize_t len = read(fd, events, sizeof(events));

	if (len < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	for (char *p = events; p < events + len;) {
		const struct inotify_event *e = (const void *)p;

		p += sizeof(*e) + e->len;
		if (e->mask & IN_Q_OVERFLOW)
			log_say("changes were lost: there were too many at once");
		else if (e->mask & (IN_DELETE_SELF | IN_UNMOUNT))
			return -ENOENT;
		else if (e->len && e->mask & IN_CREATE)
			change_print(n, "add", e->name, &out);
		else if (e->len && e->mask & IN_DELETE)
			change_print(n, "delete", e->name, &out);
	}
	return out.len ? fd_write_all(STDOUT_FILENO, out.s, out.len) : 0;
}

int netns_monitor(struct netns *n, char **args)
{
	auto_fd int fd = inotify_init1(IN_CLOEXEC);
	struct err err = {0};
	int ret = 0;

	if (mkdir(NETNS_DIR, 0755) && errno != EEXIST) {
		err_set(&err, -errno, "make the directory " NETNS_DIR);
		return output_fail(&err);
	}
	if (fd < 0 ||
		inotify_add_watch(fd, NETNS_DIR, IN_CREATE | IN_DELETE | IN_DELETE_SELF) < 0) {
		err_set(&err, -errno, "watch " NETNS_DIR);
		return output_fail(&err);
	}
	while (!ret)
		ret = changes_read(n, fd);
	if (ret == -EPIPE)
		return EXIT_OK;
	if (ret == -ENOENT)
		err_say(&err, ret, NETNS_DIR " is gone");
	else
		err_set(&err, ret, "watch " NETNS_DIR);
	return output_fail(&err);
}
