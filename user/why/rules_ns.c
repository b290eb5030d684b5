// SPDX-License-Identifier: GPL-2.0-or-later
/* rules_ns.c - what holds of a namespace now. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "why/evidence.h"
#include "why/rules.h"
#include "lib/fd.h"
#include "kernel/inside.h"
#include "kernel/nstype.h"

static void put_ns(struct finding *f, const struct ns_node *n)
{
	finding_ns(f, "ns", n->type, n->inum);
}

/* --- what keeps a namespace that nobody lives in --------------------------------------------- */

/* The most telling of what keeps it is of this kind, and no process is in it, also by now. */
static bool kept_by(struct evidence *e, const struct ns_node *n, enum ns_keep_kind kind)
{
	for (int k = 0; k < (int)kind; k++)
		if (n->keep[k].n)
			return false;
	return n->keep[kind].n && evidence_nobody(e, n);
}

/* The descriptor is still what it was in the snapshot. */
static bool holder_holds(const struct ns_hold *h)
{
	char path[64], link[64], want[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%u/fd/%u", h->pid, h->fd);
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		return false;
	link[n] = '\0';
	if (h->tun)
		return link[0] == '/';
	if (h->socket)
		return !strncmp(link, "socket:", 7);
	snprintf(want, sizeof(want), "%s:[%u]", ns_types[h->type].name, h->inum);
	return !strcmp(link, want);
}

bool rule_ns_kept(struct evidence *e, const struct ns_node *n, enum ns_keep_kind *ret)
{
	for (int k = 0; k < KEEP_KINDS; k++) {
		if (!n->keep[k].n)
			continue;
		*ret = (enum ns_keep_kind)k;
		return kept_by(e, n, *ret) &&
		       ((k != KEEP_FD && k != KEEP_SOCKET) ||
			       holder_holds(&e->graph->holds->rows[n->keep[k].at]));
	}
	return false;
}

static void put_holder(
	struct evidence *e, const struct ns_node *n, enum ns_keep_kind kind, struct finding *f)
{
	const struct ns_hold *h = &e->graph->holds->rows[n->keep[kind].at];
	const struct ns_task *t = tasks_find(e->tasks, h->pid);

	put_ns(f, n);
	finding_num(f, "pid", h->pid);
	finding_num(f, "fd", h->fd);
	if (h->socket)
		finding_text(f, "what", h->tun ? "The open /dev/net/tun" : "Socket");
	if (t)
		finding_text(f, "comm", t->comm);
	if (n->keep[kind].n > 1)
		finding_num(f, "more", n->keep[kind].n - 1);
	if (n->keep[KEEP_MOUNT].n)
		finding_num(f, "mounts", n->keep[KEEP_MOUNT].n);
}

static bool kept_by_holder(
	struct evidence *e, const struct ns_node *n, enum ns_keep_kind kind, struct finding *f)
{
	if (!kept_by(e, n, kind) || !holder_holds(&e->graph->holds->rows[n->keep[kind].at]))
		return false;
	put_holder(e, n, kind, f);
	return true;
}

bool rule_kept_fd(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	return kept_by_holder(e, n, KEEP_FD, f);
}

bool rule_kept_socket(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	return kept_by_holder(e, n, KEEP_SOCKET, f);
}

static bool kept_by_mount(
	struct evidence *e, const struct ns_node *n, bool foreign, struct finding *f)
{
	const struct ns_mount *m;

	if (!kept_by(e, n, KEEP_MOUNT))
		return false;
	m = &e->graph->mounts->rows[n->keep[KEEP_MOUNT].at];
	if (foreign != (e->graph->own_mnt && m->mnt_ns != e->graph->own_mnt))
		return false;
	put_ns(f, n);
	finding_text(f, "path", mounts_path(e->graph->mounts, m));
	if (n->keep[KEEP_MOUNT].n > 1)
		finding_num(f, "more", n->keep[KEEP_MOUNT].n - 1);
	if (foreign) {
		const struct ns_node *mnt = graph_find(e->graph, NS_MNT, m->mnt_ns);
		const struct ns_task *t = mnt ? node_proc(e->graph, mnt) : NULL;

		finding_ns(f, "mnt", NS_MNT, m->mnt_ns);
		if (t) {
			finding_num(f, "pid", t->pid);
			finding_text(f, "comm", t->comm);
		}
	}
	return true;
}

bool rule_kept_mount(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	return kept_by_mount(e, n, false, f);
}

bool rule_kept_foreign_mount(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	return kept_by_mount(e, n, true, f);
}

bool rule_kept_thread(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	const struct ns_task *t;

	if (n->nprocs || !n->keep[KEEP_THREAD].n)
		return false;
	t = &e->tasks->rows[n->keep[KEEP_THREAD].at];
	put_ns(f, n);
	finding_num(f, "tid", t->tid);
	finding_num(f, "pid", t->pid);
	finding_text(f, "comm", t->comm);
	if (n->keep[KEEP_THREAD].n > 1)
		finding_num(f, "more", n->keep[KEEP_THREAD].n - 1);
	return true;
}

/* --- user namespaces ------------------------------------------------------------------------- */

static const struct ns_task *user_member(struct evidence *e, const struct ns_node *n)
{
	if (n->type != NS_USER || n->inum == ns_types[NS_USER].initial)
		return NULL;
	return node_proc(e->graph, n);
}

bool rule_user_unmapped(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	const struct ns_task *t = user_member(e, n);
	int uids, gids;

	if (!t || t->flags & TASK_DEAD)
		return false;
	uids = evidence_map_lines(t, "uid_map");
	gids = evidence_map_lines(t, "gid_map");
	if (uids < 0 || gids < 0 || (uids && gids))
		return false;
	put_ns(f, n);
	if (!uids && !gids)
		finding_text(f, "both", "yes");
	else
		finding_text(f, "map", uids ? "gid_map" : "uid_map");
	finding_num(f, "pid", t->pid);
	finding_text(f, "comm", t->comm);
	finding_num(f, "members", n->nprocs);
	return true;
}

bool rule_user_setgroups(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	const struct ns_task *t = user_member(e, n);

	if (!t || t->flags & TASK_DEAD || evidence_map_lines(t, "gid_map") <= 0 ||
		evidence_setgroups(t) != 0)
		return false;
	put_ns(f, n);
	finding_num(f, "pid", t->pid);
	finding_text(f, "comm", t->comm);
	finding_num(f, "members", n->nprocs);
	return true;
}

/* --- net namespaces -------------------------------------------------------------------------- */

static uint64_t words_count(const struct buf *b)
{
	uint64_t n = b->len ? 1 : 0;

	for (size_t i = 0; i < b->len; i++)
		n += b->s[i] == ',';
	return n;
}

bool rule_net_down(struct evidence *e, const struct ns_node *n, struct finding *f)
{
	const struct ns_task *t = node_proc(e->graph, n);
	auto_buf struct buf up = {0}, all = {0};
	auto_fd int fd = -1;

	if (n->type != NS_NET || !n->nprocs)
		return false;
	fd = node_open(e->graph, n);
	if (fd < 0 || inside_devs_up(fd, &up) || up.len || inside_devs(fd, &all))
		return false;
	put_ns(f, n);
	finding_num(f, "members", n->nprocs);
	if (t)
		finding_num(f, "pid", t->pid);
	finding_num(f, "devices", words_count(&all));
	if (all.len)
		finding_textn(f, "names", all.s, all.len);
	return true;
}
