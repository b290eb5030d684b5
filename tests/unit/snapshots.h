/* SPDX-License-Identifier: GPL-2.0-or-later */
/* snapshots.h - hand-made snapshots for diff_step, and what it told of them. */
#ifndef NSWATCH_TEST_SNAPSHOTS_H
#define NSWATCH_TEST_SNAPSHOTS_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "source/diff.h"
#include "kernel/nstype.h"

#define BIT(n)  (1u << (n))
#define MAX_EVS 64

struct seen {
	size_t n;
	union {
		struct ev_hdr hdr;
		struct ev_unshare unshare;
		struct ev_setns setns;
		struct ev_clone clone;
		struct ev_exec exec;
		struct ev_pidns_init init;
		struct ev_exit exit;
		struct ev_pidns_death death;
		struct ev_ns ns;
		struct ev_pin pin;
	} ev[MAX_EVS];
};

static struct diff *differ;
static struct seen seen;
static struct ns_tasks tasks;
static struct ns_mounts mounts;
static struct ns_mounts elsewhere;
static uint64_t now_ns;

static inline int collect(void *ctx, const void *data, size_t size)
{
	const struct ev_hdr *h = data;

	assert_true(seen.n < MAX_EVS);
	assert_int_equal(h->size, size);
	assert_true(size <= sizeof(seen.ev[0]));
	assert_int_equal(h->flags & (EVF_INFERRED | EVF_FROM_POLL), EVF_INFERRED | EVF_FROM_POLL);
	assert_int_equal(h->ts_ns, now_ns);
	memcpy(&seen.ev[seen.n++], data, size);
	return 0;
}

static inline int other_mounts(void *ctx, const struct ns_tasks *t, struct ns_mounts *m)
{
	for (size_t i = 0; i < elsewhere.n; i++) {
		auto_buf struct buf b = {0};

		buf_printf(&b, "1 2 0:4 %s:[%u] /x rw - nsfs nsfs rw\n",
			ns_slot_name(elsewhere.rows[i].type), elsewhere.rows[i].inum);
		assert_int_equal(mounts_parse(m, b.s, b.len, 77), 0);
	}
	return 0;
}

static inline void program(void *ctx, const struct ns_task *t, struct buf *name, struct buf *args)
{
	buf_puts(name, "/bin/prog");
	buf_add(args, "prog\0-x", 8);
}

/* The namespaces of the host: type t is 100 + t. */
static inline struct ns_task *add(uint32_t pid, uint32_t ppid, const char *comm)
{
	struct ns_task *t = tasks_add(&tasks);

	t->pid = t->tid = t->ns_pid = pid;
	t->ppid = ppid;
	t->start_ns = pid * 1000;
	t->exec_mark = 0x7ff000 + pid;
	t->exit_code = -1;
	t->nthreads = 1;
	t->state = 'S';
	strcpy(t->comm, comm);
	slot_for_each (slot, NS_SLOTS_MASK)
		t->ns.inum[slot] = 100 + ns_types[slot].type;
	return t;
}

static inline void mount_add(const char *line)
{
	assert_int_equal(mounts_parse(&mounts, line, strlen(line), 1), 0);
}

/* Ends a snapshot: the events since the one before are in seen. */
static inline void step(void)
{
	memset(&seen, 0, sizeof(seen));
	now_ns += 1000000;
	tasks.ts_ns = now_ns;
	assert_int_equal(diff_step(differ, &tasks, &mounts, collect, NULL), 0);
	assert_int_equal(tasks.n, 0);
}

static inline int setup_with(const uint32_t *pids, size_t npids, bool follow)
{
	struct diff_opts o = {.pids = pids,
		.npids = npids,
		.follow = follow,
		.other_mounts = other_mounts,
		.program = program};

	now_ns = 1000000000;
	return diff_new(&o, &differ);
}

static inline int setup(void **state)
{
	return setup_with(NULL, 0, false);
}

static inline int teardown(void **state)
{
	diff_free(differ);
	differ = NULL;
	tasks_free(&tasks);
	mounts_free(&mounts);
	mounts_free(&elsewhere);
	return 0;
}

static inline void host(void)
{
	add(1, 0, "init");
	add(50, 1, "sh");
}

static inline void base(void)
{
	host();
	step();
	assert_int_equal(seen.n, 0);
}

static inline void assert_ev(size_t i, unsigned int kind, uint32_t pid)
{
	assert_true(i < seen.n);
	assert_int_equal(seen.ev[i].hdr.kind, kind);
	assert_int_equal(seen.ev[i].hdr.pid, pid);
	assert_int_equal(!pid, !!(seen.ev[i].hdr.flags & EVF_NO_ACTOR));
}

static inline void assert_ns(
	size_t i, unsigned int kind, uint32_t pid, uint32_t type, uint32_t inum)
{
	assert_ev(i, kind, pid);
	assert_int_equal(seen.ev[i].ns.ns_type, type);
	assert_int_equal(seen.ev[i].ns.inum, inum);
}

/* A snapshot of init and one child of it. */
static inline void exec_twice(uint64_t mark, const char *comm, uint32_t uts)
{
	struct ns_task *t;

	add(1, 0, "init");
	t = add(50, 1, comm);
	t->exec_mark = mark;
	t->ns.inum[NS_UTS] = uts;
	step();
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
