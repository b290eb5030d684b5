// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "snapshot/from_bpf.h"
#include "bpf/wire/tasks.h"
#include "kernel/nstype.h"
#include "lib/array.h"

/* include/linux/sched.h */
#define PF_KTHREAD       0x00200000
#define TASK_REPORT_MASK 0x7f
#define TASK_IDLE_BITS   0x402 /* TASK_UNINTERRUPTIBLE | TASK_NOLOAD */
#define TASK_RTLOCK_WAIT 0x1000
#define STATE_IDLE       8
#define STATE_DISK_SLEEP 2

void facts_free(struct ns_facts *f)
{
	free(f->rows);
	inums_free(&f->index);
	memset(f, 0, sizeof(*f));
}

const struct ns_fact *facts_find(const struct ns_facts *f, uint32_t type, uint32_t inum)
{
	const struct inum_entry *e = inum ? inums_find(&f->index, type, inum) : NULL;

	return e ? &f->rows[e->a] : NULL;
}

/* The row of a namespace and whether it is new; NULL without memory. */
static struct ns_fact *facts_put(struct ns_facts *f, uint32_t type, uint32_t inum, bool *ret_new)
{
	struct inum_entry *e = inums_find(&f->index, type, inum);

	*ret_new = !e;
	if (e)
		return &f->rows[e->a];
	if (ARRAY_ROOM(f->rows, f->cap, f->n))
		return NULL;
	e = inums_put(&f->index, type, inum);
	if (!e)
		return NULL;
	e->a = f->n;
	f->rows[f->n] = (struct ns_fact){.type = type, .inum = inum};
	return &f->rows[f->n++];
}

int facts_learn(struct ns_facts *f, const struct task_rec *rec)
{
	slot_for_each (slot, NS_SLOTS_MASK) {
		struct ns_fact *fact;
		bool is_new;

		if (!rec->inum[slot])
			continue;
		fact = facts_put(f, ns_types[slot].type, rec->inum[slot], &is_new);
		if (!fact)
			return -ENOMEM;
		if (!is_new)
			continue;
		fact->id = rec->id[slot];
		fact->owner = rec->owner[slot];
		if (slot == NS_USER) {
			fact->parent = rec->owner[slot];
			fact->level = rec->user_level;
			fact->owner_uid = rec->user_owner;
		} else if (slot == NS_PID) {
			fact->parent = rec->pid_parent;
			fact->level = rec->level;
		} else if (slot == NS_PID_CHILD) {
			fact->parent = rec->child_parent;
			fact->level = rec->child_level;
		}
	}
	return 0;
}

/* As fs/proc/array.c get_task_state() does: the highest bit that is reported. */
static char state_letter(uint32_t state, uint32_t exit_state)
{
	uint32_t bits = (state | exit_state) & TASK_REPORT_MASK;
	unsigned int index = bits ? 32u - (unsigned int)__builtin_clz(bits) : 0;

	if ((state & TASK_IDLE_BITS) == TASK_IDLE_BITS)
		index = STATE_IDLE;
	else if (state & TASK_RTLOCK_WAIT)
		index = STATE_DISK_SLEEP;
	return "RSDTtXZPI"[index];
}

static void row_fill(struct ns_task *t, const struct task_rec *rec)
{
	t->pid = rec->pid;
	t->tid = rec->tid;
	t->ppid = rec->ppid;
	t->uid = rec->uid;
	t->ns_pid = rec->ns_pid;
	t->level = (uint16_t)rec->level;
	t->nthreads = rec->nthreads;
	t->state = state_letter(rec->state, rec->exit_state);
	t->flags = rec->exit_state ? TASK_DEAD : 0;
	if (rec->term_flags & SA_RESETHAND)
		t->flags |= TASK_TERM_ONCE;
	if (rec->flags & PF_KTHREAD)
		t->flags |= TASK_KTHREAD;
	t->exit_code = rec->exit_state ? rec->exit_code : -1;
	t->start_ns = rec->start_ns;
	t->root = rec->root;
	memcpy(t->comm, rec->comm, sizeof(t->comm));
	t->comm[sizeof(t->comm) - 1] = '\0';
	memcpy(t->ns.inum, rec->inum, sizeof(t->ns.inum));
}

static int rec_take(const struct task_rec *rec, struct ns_tasks *tasks, struct ns_facts *facts)
{
	/* Most are where the one before is. */
	bool same = tasks->n &&
		    !memcmp(tasks->rows[tasks->n - 1].ns.inum, rec->inum, sizeof(rec->inum));
	struct ns_task *t = tasks_add(tasks);

	if (!t)
		return -ENOMEM;
	row_fill(t, rec);
	return facts && !same ? facts_learn(facts, rec) : 0;
}

/* Leaders by pid, each followed by its threads: the iterator goes by tid alone. */
static int row_cmp(const void *a, const void *b)
{
	const struct ns_task *x = a, *y = b;
	bool x_leads = x->pid == x->tid, y_leads = y->pid == y->tid;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x_leads != y_leads)
		return x_leads ? -1 : 1;
	return x->tid < y->tid ? -1 : x->tid > y->tid;
}

static int recs_read(int fd, struct ns_tasks *tasks, struct ns_facts *facts)
{
	union {
		struct task_rec recs[256];
		char bytes[256 * sizeof(struct task_rec)];
	} u;
	size_t have = 0;

	for (;;) {
		ssize_t n = read(fd, u.bytes + have, sizeof(u) - have);
		size_t whole;

		/* EAGAIN: it looked at a million tasks without finding one to tell. */
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return have ? -EIO : 0;
		have += (size_t)n;
		whole = have / sizeof(u.recs[0]);
		for (size_t i = 0; i < whole; i++) {
			int ret = rec_take(&u.recs[i], tasks, facts);

			if (ret)
				return ret;
		}
		have -= whole * sizeof(u.recs[0]);
		memmove(u.bytes, &u.recs[whole], have);
	}
}

int from_bpf_read(int fd, struct ns_tasks *ret, struct ns_facts *facts, struct err *err)
{
	auto_tasks struct ns_tasks tasks = {0};
	int e = recs_read(fd, &tasks, facts);

	for (size_t i = 1; i < tasks.n && !e; i++) {
		if (row_cmp(&tasks.rows[i - 1], &tasks.rows[i]) > 0) {
			qsort(tasks.rows, tasks.n, sizeof(*tasks.rows), row_cmp);
			break;
		}
	}
	if (!e)
		e = tasks_finish(&tasks, ret);
	return e ? err_set(err, e, "read the BPF iterator of tasks") : 0;
}
