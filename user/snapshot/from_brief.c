// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "lib/ask.h"
#include "snapshot/from_brief.h"
#include "bpf/wire/brief.h"
#include "bpf/wire/tasks.h"
#include "kernel/nstype.h"

#define PF_KTHREAD 0x00200000

struct reader {
	const struct brief_into *into;
	struct ns_tasks *tasks;
	uint32_t own_pid;
	const int *own_fds;
	bool ended;
};

/* Arguments are ended by NUL each; shown they are separated by blanks. */
static uint32_t cmd_take(struct buf *b, const char *cmd, size_t len)
{
	size_t at = b->len;

	if (len && cmd[len - 1] == '\0')
		len--;
	buf_add(b, cmd, len);
	for (size_t i = at; i < b->len; i++)
		if (!b->s[i])
			b->s[i] = ' ';
	buf_add(b, "", 1);
	return (uint32_t)at + 1;
}

static int task_take(struct reader *r, const struct brief_task *rec)
{
	struct ns_task *t = tasks_add(r->tasks);

	if (!t)
		return -ENOMEM;
	t->pid = rec->pid;
	t->tid = rec->tid;
	t->ppid = rec->ppid;
	t->uid = rec->uid;
	t->state = rec->exit_state ? 'Z' : '?';
	t->flags = rec->exit_state ? TASK_DEAD : 0;
	if (rec->flags & PF_KTHREAD)
		t->flags |= TASK_KTHREAD;
	t->exit_code = -1;
	t->start_ns = rec->start_ns;
	memcpy(t->comm, rec->comm, sizeof(t->comm));
	t->comm[sizeof(t->comm) - 1] = '\0';
	memcpy(t->ns.inum, rec->inum, sizeof(rec->inum));
	if (rec->cmd_len && !rec->cmd_cut)
		t->cmd = cmd_take(&r->tasks->text, rec->cmd, rec->cmd_len);
	return 0;
}

static bool fd_is_own(const struct reader *r, uint32_t fd)
{
	for (int i = 0; i < NS_TYPES; i++)
		if (r->own_fds[i] == (int)fd)
			return true;
	return false;
}

static int fds_take(struct reader *r, const struct brief_fds *rec)
{
	size_t n = (rec->hdr.size - BRIEF_FDS_MIN) / sizeof(rec->fds[0]);

	/* Of so many /proc tells all. */
	if (rec->more)
		return holds_of(r->into->holds, rec->pid, r->into->types);
	for (size_t i = 0; i < n; i++) {
		const struct brief_fd *f = &rec->fds[i];
		int ret = 0;

		if (!f->socket && rec->pid == r->own_pid && fd_is_own(r, f->fd))
			continue;
		if (!f->socket || r->into->types & 1u << NS_NET)
			ret = holds_add_fd(r->into->holds, rec->pid, f->fd, f->socket ? f->inum : 0,
				f->socket == FD_TUN, r->into->types);
		if (ret)
			return ret;
	}
	return 0;
}

static int count_take(struct reader *r, const struct brief_count *c)
{
	if (!c->n)
		return 0;
	if (c->record >= r->tasks->n)
		return -EBADMSG;
	r->tasks->rows[c->record].others = c->n - 1;
	return 0;
}

static int end_take(struct reader *r, const struct brief_end *rec)
{
	int ret = rec->learned ? 0 : -EPROTO;

	r->ended = true;
	for (size_t i = 0; i < BRIEF_PLACES && !ret; i++)
		ret = count_take(r, &rec->counts[i]);
	return ret;
}

static int facts_take(struct reader *r, const struct brief_facts *f)
{
	struct task_rec rec = {
		.pid_parent = f->pid_parent,
		.level = f->pid_level,
		.child_parent = f->child_parent,
		.child_level = f->child_level,
		.user_level = f->user_level,
		.user_owner = f->user_owner,
	};

	if (!r->tasks->n)
		return -EBADMSG;
	if (!r->into->facts)
		return 0;
	for (int i = 0; i < NS_SLOTS; i++) {
		rec.inum[i] = r->tasks->rows[r->tasks->n - 1].ns.inum[i];
		rec.owner[i] = f->owner[i];
		rec.id[i] = f->id[i];
	}
	return facts_learn(r->into->facts, &rec);
}

static int mounts_take(struct reader *r, const struct brief_mounts *rec)
{
	if (!r->into->mnts)
		return 0;
	for (size_t i = 0; i < BRIEF_MNTS; i++)
		if (rec->mnt[i] && !inums_put(r->into->mnts, NS_MNT, rec->mnt[i]))
			return -ENOMEM;
	*r->into->mnts_whole = rec->whole;
	return 0;
}

/* The least and the most that a record of a kind may have. */
static const struct {
	size_t min, max;
} sizes[] = {
	[BRIEF_TASK] = {BRIEF_TASK_MIN, sizeof(struct brief_task)},
	[BRIEF_FDS] = {BRIEF_FDS_MIN, sizeof(struct brief_fds)},
	[BRIEF_SET] = {sizeof(struct brief_set), sizeof(struct brief_set)},
	[BRIEF_END] = {sizeof(struct brief_end), sizeof(struct brief_end)},
	[BRIEF_FACTS] = {sizeof(struct brief_facts), sizeof(struct brief_facts)},
	[BRIEF_MOUNTS] = {sizeof(struct brief_mounts), sizeof(struct brief_mounts)},
};

static bool size_fits(const struct brief_hdr *h)
{
	return h->kind >= BRIEF_TASK && h->kind < BRIEF_KINDS && h->size >= sizes[h->kind].min &&
	       h->size <= sizes[h->kind].max && h->size % 4 == 0;
}

static int rec_take(struct reader *r, const struct brief_hdr *h)
{
	const struct brief_task *t = (const void *)h;

	switch (h->kind) {
	case BRIEF_TASK:
		return t->cmd_len > h->size - BRIEF_TASK_MIN ? -EBADMSG : task_take(r, t);
	case BRIEF_FDS:
		return fds_take(r, (const void *)h);
	case BRIEF_SET:
		return count_take(r, &((const struct brief_set *)h)->count);
	case BRIEF_FACTS:
		return facts_take(r, (const void *)h);
	case BRIEF_MOUNTS:
		return mounts_take(r, (const void *)h);
	default:
		return end_take(r, (const void *)h);
	}
}

/* The whole records at the start of so many bytes; how many bytes they are, or -errno. */
static ssize_t recs_take(struct reader *r, const char *s, size_t len)
{
	struct brief_hdr h;
	size_t at = 0;

	while (len - at >= sizeof(h)) {
		int ret;

		memcpy(&h, s + at, sizeof(h));
		if (!size_fits(&h) || r->ended)
			return -EBADMSG;
		if (h.size > len - at)
			break;
		ret = rec_take(r, (const void *)(s + at));
		if (ret)
			return ret;
		at += h.size;
	}
	return (ssize_t)at;
}

static int recs_read(struct reader *r, int fd)
{
	/* The kernel gives 32 KB at a time. */
	static _Thread_local union {
		struct brief_task align;
		char bytes[65536];
	} u;
	size_t have = 0;

	for (;;) {
		int late = ask_stream_wait(fd);
		ssize_t n = late ? 0 : read(fd, u.bytes + have, sizeof(u) - have), done;

		if (late)
			return late;
		/* EAGAIN: it passed over a million tasks without finding one to tell. */
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return have || !r->ended ? -EIO : 0;
		have += (size_t)n;
		done = recs_take(r, u.bytes, have);
		if (done < 0)
			return (int)done;
		have -= (size_t)done;
		memmove(u.bytes, u.bytes + done, have);
	}
}

int brief_read(int fd, const int own_fds[NS_TYPES], const struct brief_into *into, struct err *err)
{
	auto_tasks struct ns_tasks tasks = {0};
	struct reader r = {
		.into = into, .tasks = &tasks, .own_pid = (uint32_t)getpid(), .own_fds = own_fds};
	int e = recs_read(&r, fd);

	if (!e)
		e = tasks_finish(&tasks, into->tasks);
	return e ? err_set(err, e, "read the BPF iterator of processes") : 0;
}
