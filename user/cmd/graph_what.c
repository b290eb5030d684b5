// SPDX-License-Identifier: GPL-2.0-or-later
/* graph_what.c - the words behind `nswatch graph KIND`: what of the picture they name. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cmd/graph.h"
#include "cmd/lookback.h"
#include "kernel/nsfd.h"
#include "kernel/nstype.h"
#include "lib/fd.h"
#include "lib/parse.h"
#include "out/escape.h"
#include "snapshot/container.h"
#include "snapshot/from_proc.h"
#include "snapshot/named.h"
#include "snapshot/netref.h"

#define PID_LIMIT 4194304 /* of the kernel: numbers of namespaces are far above */

static int box_ask(struct picture *p, const char *word, uint32_t inum, struct err *err)
{
	uint32_t box = picture_find(p, inum);

	if (box == PICTURE_NONE)
		return err_say(err, -ENOENT, "%.64s: no such %s namespace in sight", word, p->kind);
	picture_ask_box(p, box);
	return 0;
}

/* --- net -------------------------------------------------------------------------------------- */

/* Rows have the places of devices: system.h. */
static size_t devices_ask(struct snapshot *s, const char *word, struct picture *p)
{
	size_t found = 0;

	for (uint32_t i = 0; i < s->view.devs.n; i++) {
		if (!dev_called(&s->view.devs, &s->view.devs.rows[i], word))
			continue;
		picture_ask_row(p, i);
		found++;
	}
	return found;
}

static size_t names_ask(struct snapshot *s, const char *word, struct picture *p)
{
	size_t found = 0;

	for (size_t i = 0; i < s->names.n; i++) {
		const struct netns_name *n = &s->names.rows[i];

		if (n->inum && !strcmp(netns_text(&s->names, n), word) &&
			!box_ask(p, word, n->inum, NULL))
			found++;
	}
	return found;
}

/* What the snapshot does not name: a process, a container, a file. */
static int net_open(struct snapshot *s, const char *word, struct picture *p, struct err *err)
{
	auto_buf struct buf b = {0};
	uint32_t inum = 0;
	int fd = netref_open(s, word, &inum, err);

	if (fd >= 0) {
		close(fd);
		return box_ask(p, word, inum, err);
	}
	if (fd == -ENOENT && named_is_name(word) && !strchr(word, '/')) {
		err_say(err, fd, "'%s' is no net namespace, process, container or device",
			shown(word, &b));
		err_hint(err, "`nswatch netdev` lists what there is");
	}
	return fd;
}

static int net_ask(struct snapshot *s, const char *word, struct picture *p, struct err *err)
{
	size_t found = devices_ask(s, word, p) + names_ask(s, word, p);
	struct err why = {0};
	struct ns_ref ref;
	uint64_t pid;
	int r;

	if (parse_u64(word, 1, PID_LIMIT, &pid) && !ns_ref_parse(word, &ref, NULL))
		return box_ask(p, word, ref.inum, err);
	r = net_open(s, word, p, &why);
	if (!r || (found && r == -ENOENT))
		return 0;
	*err = why;
	return r;
}

/* --- the other types -------------------------------------------------------------------------- */

/* Of a process its row. Of one that nobody sees nothing is known. */
static int task_ask(const struct snapshot *s, uint32_t type, const struct ns_task *t, bool box,
	struct picture *p, struct err *err)
{
	uint32_t inum = t->ns.inum[type];

	if (!inum && t->flags & TASK_UNREADABLE)
		return err_say(err, -EACCES,
			"the namespaces of process %u may not be read: run it as root", t->pid);
	/* A container that has the host's namespace is no more than its first process. */
	if (box && inum != graph_initial(&s->graph, (enum ns_slot)type))
		return box_ask(p, "the container", inum, err);
	for (uint32_t i = 0; i < p->nrows; i++) {
		if (p->rows[i].what != PICTURE_PROCESS || p->rows[i].number != t->pid)
			continue;
		picture_ask_row(p, i);
		return 0;
	}
	return box_ask(p, "the process", inum, err);
}

static int file_ask(const char *path, uint32_t type, struct picture *p, struct err *err)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	uint32_t inum;

	if (fd < 0)
		return err_set(err, -errno, "open %s", path);
	if (nsfd_type(fd) != (int)type || nsfd_inum(fd, &inum))
		return err_say(err, -EINVAL, "%s is no %s namespace", path, p->kind);
	return box_ask(p, path, inum, err);
}

static int pid_ask(
	struct snapshot *s, uint32_t type, uint32_t pid, struct picture *p, struct err *err)
{
	const struct ns_task *t = tasks_find(&s->tasks, pid);
	int r;

	if (t)
		return task_ask(s, type, tasks_live(&s->tasks, t), false, p, err);
	r = procfs_absent(pid, err);
	return r ? r : err_say(err, -ESRCH, "there is no process %u", pid);
}

static int named_ask(
	struct snapshot *s, uint32_t type, const char *word, struct picture *p, struct err *err)
{
	auto_named struct named n = {0};
	auto_buf struct buf b = {0};
	const struct ns_task *t;
	int r = named_find(word, false, &n, err);

	if (r == -ENOENT) {
		err_say(err, r, "'%s' is no %s namespace, process or container", shown(word, &b),
			p->kind);
		err_hint(err, "`nswatch ls -t %s` lists what there is", p->kind);
	}
	if (r)
		return r;
	t = tasks_find(&s->tasks, n.task.pid);
	if (!t)
		return err_say(err, -ESRCH, "'%s' has just ended", shown(word, &b));
	return task_ask(s, type, tasks_live(&s->tasks, t), !strchr(word, ':') || n.task.ns_pid == 1,
		p, err);
}

/* --- of the past, where nothing can be opened ------------------------------------------------- */

/* "docker:web" or "web". */
static bool is_called(const struct buf *said, const char *word)
{
	const char *colon = said->len ? strchr(said->s, ':') : NULL;

	return said->len && (!strcmp(said->s, word) || (colon && !strcmp(colon + 1, word)));
}

/* The namespaces of their own of which processes of that container are the first. */
static size_t containers_ask(
	const struct snapshot *s, uint32_t type, const char *word, struct picture *p)
{
	size_t found = 0;

	for (size_t i = 0; i < s->graph.n; i++) {
		const struct ns_node *n = &s->graph.nodes[s->graph.order[i]];
		const struct ns_task *t = n->type == type ? node_proc(&s->graph, n) : NULL;
		auto_buf struct buf said = {0};

		if (!t || n->inum == graph_initial(&s->graph, (enum ns_slot)type) ||
			!container_say(snapshot_ops(s), t, &said) || !is_called(&said, word))
			continue;
		found += !box_ask(p, word, n->inum, NULL);
	}
	return found;
}

static int past_ask(
	struct snapshot *s, uint32_t type, const char *word, struct picture *p, struct err *err)
{
	const struct ns_task *t = NULL;
	auto_buf struct buf b = {0};
	struct ns_ref ref;
	uint64_t pid;
	size_t found = containers_ask(s, type, word, p);

	if (type == NS_NET)
		found += devices_ask(s, word, p) + names_ask(s, word, p);
	if (!parse_u64(word, 1, PID_LIMIT, &pid))
		t = tasks_find(&s->tasks, (uint32_t)pid);
	if (t && t->ns.inum[type])
		found += !task_ask(s, type, t, false, p, NULL);
	else if (!found && !ns_ref_parse(word, &ref, NULL))
		return box_ask(p, word, ref.inum, err);
	if (found)
		return 0;
	err_say(err, -ENOENT, "'%s': nothing of that time is called so", shown(word, &b));
	err_hint(err,
		"of the past %s namespaces are known by number, first process and container%s",
		p->kind, type == NS_NET ? ", name and device" : "");
	return -ENOENT;
}

int graph_ask(
	struct snapshot *s, uint32_t type, const char *word, struct picture *p, struct err *err)
{
	struct ns_ref ref;
	uint64_t pid;

	if (!ns_ref_parse(word, &ref, NULL) && ref.type >= 0 && (uint32_t)ref.type != type)
		return err_say(err, -EINVAL, "%.64s is no %s namespace", word, p->kind);
	if (lookback_on())
		return past_ask(s, type, word, p, err);
	if (type == NS_NET)
		return net_ask(s, word, p, err);
	if (strchr(word, '/'))
		return file_ask(word, type, p, err);
	if (!parse_u64(word, 1, PID_LIMIT, &pid))
		return pid_ask(s, type, (uint32_t)pid, p, err);
	if (!ns_ref_parse(word, &ref, NULL))
		return box_ask(p, word, ref.inum, err);
	return named_ask(s, type, word, p, err);
}
