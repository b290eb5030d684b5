// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <unistd.h>

#include "kernel/nstype.h"
#include "out/escape.h"
#include "snapshot/kept.h"
#include "snapshot/snapshot.h"

#define KEEP_TUN KEEP_KINDS /* of KEEP_SOCKET: an open /dev/net/tun */

/* What each is called in a column, and in a sentence. */
static const struct {
	const char *word, *full;
} words[] = {
	[KEEP_PROC] = {"proc", "process"},
	[KEEP_THREAD] = {"thread", "thread"},
	[KEEP_CHILD] = {"child", "the children to come of thread"},
	[KEEP_FD] = {"fd", "descriptor"},
	[KEEP_SOCKET] = {"socket", "socket"},
	[KEEP_MOUNT] = {"mount", "mount"},
	[KEEP_PARENT] = {"parent", "which is below it"},
	[KEEP_OWNER] = {"owner", "which it owns"},
	[KEEP_TUN] = {"tun", "open /dev/net/tun"},
};

static unsigned int hold_kind(const struct ns_hold *h)
{
	return h->tun ? KEEP_TUN : h->socket ? KEEP_SOCKET : KEEP_FD;
}

const char *kept_kind(unsigned int kind)
{
	return kind < KEEP_KINDS ? words[kind].word : "unseen";
}

const char *kept_hold(const struct ns_hold *h)
{
	return words[hold_kind(h)].full;
}

/* --- in a word ------------------------------------------------------------------------------- */

static void word_add(const struct ns_graph *g, enum ns_keep_kind kind, uint32_t at, struct buf *b)
{
	const struct ns_hold *h;
	const struct ns_mount *m;

	switch (kind) {
	case KEEP_PROC:
		buf_puts(b, words[kind].word);
		break;
	case KEEP_THREAD:
	case KEEP_CHILD:
		buf_printf(b, "%s %u", words[kind].word, g->tasks->rows[at].tid);
		break;
	case KEEP_FD:
	case KEEP_SOCKET:
		h = &g->holds->rows[at];
		buf_printf(b, "%s %u:%u", words[hold_kind(h)].word, h->pid, h->fd);
		break;
	case KEEP_MOUNT:
		m = &g->mounts->rows[at];
		buf_printf(b, "%s %s", words[kind].word, mounts_path(g->mounts, m));
		if (g->own_mnt && m->mnt_ns != g->own_mnt)
			buf_printf(b, " in mnt:[%u]", m->mnt_ns);
		break;
	default:
		buf_printf(b, "%s %s:[%u]", words[kind].word, ns_types[g->nodes[at].type].name,
			g->nodes[at].inum);
	}
}

void kept_words(const struct ns_graph *g, const struct ns_node *n, struct buf *b)
{
	size_t kinds = 0;

	if (g->ops && g->ops->kept) {
		g->ops->kept(n, b);
		return;
	}
	for (enum ns_keep_kind kind = 0; kind < KEEP_KINDS; kind++) {
		const struct ns_keep *k = &n->keep[kind];

		if (!k->n)
			continue;
		buf_puts(b, kinds++ ? ", " : "");
		word_add(g, kind, k->at, b);
		if (kind != KEEP_PROC && k->n > 1)
			buf_printf(b, " +%u", k->n - 1);
	}
	if (!kinds)
		buf_puts(b, "unseen");
}

/* --- in full --------------------------------------------------------------------------------- */

struct saying {
	const struct ns_graph *g;
	const struct ns_node *node;
	size_t n, max;
	const char *between;
	struct buf *b;
};

/* One more keeper, which is to be named. */
static bool saying_takes(struct saying *s)
{
	if (s->n++ >= s->max)
		return false;
	if (s->n > 1)
		buf_puts(s->b, s->between);
	return true;
}

static void process_say(uint32_t pid, const struct ns_task *t, struct buf *b)
{
	buf_printf(b, "process %u", pid);
	if (!t)
		return;
	buf_puts(b, " (");
	escape_text(b, t->comm, strlen(t->comm));
	buf_putc(b, ')');
}

void kept_where(const struct ns_graph *g, uint32_t mnt_ns, struct buf *b)
{
	const struct ns_node *mnt = graph_find(g, NS_MNT, mnt_ns);

	if (!mnt_ns || mnt_ns == g->own_mnt)
		return;
	buf_printf(b, " in mnt:[%u]", mnt_ns);
	if (!mnt || (!mnt->nprocs && !mnt->keep[KEEP_THREAD].n))
		return;
	mnt_ns = mnt->keep[mnt->nprocs ? KEEP_PROC : KEEP_THREAD].at;
	buf_puts(b, ", where ");
	process_say(g->tasks->rows[mnt_ns].pid, &g->tasks->rows[mnt_ns], b);
	buf_puts(b, " is");
}

static void mounts_say(struct saying *s)
{
	const struct ns_mounts *m = s->g->mounts;

	for (size_t i = 0; m && i < m->n; i++) {
		const struct ns_mount *row = &m->rows[i];
		const char *path = mounts_path(m, row);

		if (row->type != s->node->type || row->inum != s->node->inum || !saying_takes(s))
			continue;
		buf_printf(s->b, "%s ", words[KEEP_MOUNT].full);
		escape_text(s->b, path, strlen(path));
		kept_where(s->g, row->mnt_ns, s->b);
	}
}

static void holds_say(struct saying *s)
{
	const struct ns_holds *h = s->g->holds;

	for (size_t i = 0; h && i < h->n; i++) {
		const struct ns_hold *row = &h->rows[i];

		if (row->type != s->node->type || row->inum != s->node->inum ||
			row->pid == (uint32_t)getpid() || !saying_takes(s))
			continue;
		buf_printf(s->b, "%s %u of ", kept_hold(row), row->fd);
		process_say(row->pid, tasks_find(s->g->tasks, row->pid), s->b);
	}
}

/* How a task keeps it; KEEP_KINDS: it does not, or its leader does so already. */
static enum ns_keep_kind task_keeps(
	const struct ns_node *n, const struct ns_task *t, const struct ns_task *leader)
{
	if (t->ns.inum[n->type] == n->inum)
		return t->pid == t->tid                                ? KEEP_PROC
		       : leader && leader->ns.inum[n->type] == n->inum ? KEEP_KINDS
								       : KEEP_THREAD;
	return (n->type == NS_PID && t->ns.inum[NS_PID_CHILD] == n->inum) ||
			       (n->type == NS_TIME && t->ns.inum[NS_TIME_CHILD] == n->inum)
		       ? KEEP_CHILD
		       : KEEP_KINDS;
}

static void tasks_say(struct saying *s, bool procs)
{
	const struct ns_tasks *t = s->g->tasks;
	const struct ns_task *leader = NULL;

	for (size_t i = 0; t && i < t->n; i++) {
		const struct ns_task *row = &t->rows[i];
		enum ns_keep_kind kind;

		if (row->pid == row->tid)
			leader = row;
		kind = task_keeps(s->node, row, leader && leader->pid == row->pid ? leader : NULL);
		if (kind == KEEP_KINDS || (kind == KEEP_PROC && !procs) ||
			row->pid == (uint32_t)getpid() || !saying_takes(s))
			continue;
		if (kind != KEEP_PROC)
			buf_printf(s->b, "%s %u of ", words[kind].full, row->tid);
		process_say(row->pid, row, s->b);
	}
}

static void related_say(struct saying *s, enum ns_keep_kind kind)
{
	const struct ns_keep *k = &s->node->keep[kind];
	const struct ns_node *other = &s->g->nodes[k->at];

	if (k->n && saying_takes(s))
		buf_printf(s->b, "%s:[%u], %s", ns_types[other->type].name, other->inum,
			words[kind].full);
	s->n += k->n ? k->n - 1 : 0;
}

size_t kept_say(const struct ns_graph *g, const struct ns_node *n, bool procs, size_t max,
	const char *between, struct buf *b)
{
	struct saying s = {.g = g, .node = n, .max = max, .between = between, .b = b};
	size_t more;

	mounts_say(&s);
	holds_say(&s);
	tasks_say(&s, procs);
	related_say(&s, KEEP_PARENT);
	related_say(&s, KEEP_OWNER);
	more = s.n > max ? s.n - max : 0;
	if (more)
		buf_printf(b, "%sand %zu more", *between == '\n' ? "\n" : " ", more);
	return s.n;
}
