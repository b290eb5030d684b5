// SPDX-License-Identifier: GPL-2.0-or-later
/* Records of the iterator to rows and facts; then the real iterator against /proc, where it loads.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fd.h"
#include "snapshot/from_proc.h"
#include "snapshot/from_bpf.h"
#include "kernel/nstype.h"
#include "bpf/wire/tasks.h"
#include "unit/feed.h"
#include "snapshot/tasks_iter.h"

static struct task_rec rec_of(uint32_t pid, uint32_t tid)
{
	struct task_rec r = {.pid = pid, .tid = tid, .ppid = 1, .ns_pid = tid, .nthreads = 1};

	slot_for_each (slot, NS_SLOTS_MASK) {
		r.inum[slot] = 100 + ns_types[slot].type;
		r.owner[slot] = slot == NS_USER ? 0 : 100 + NS_USER;
		r.id[slot] = 1000 + ns_types[slot].type;
	}
	strcpy(r.comm, "x");
	return r;
}

/* Gives the bytes in pieces of that size to from_bpf_read. */
static int feed(
	const void *data, size_t len, size_t piece, struct ns_tasks *t, struct ns_facts *facts)
{
	struct feed f = feed_begin(data, len, piece);
	int ret = from_bpf_read(f.fd, t, facts, NULL);

	feed_end(&f);
	return ret;
}

static void test_rows(void **state)
{
	auto_tasks struct ns_tasks t = {0};
	const struct ns_task *row;
	struct task_rec r = rec_of(7, 7);

	r.ppid = 3;
	r.uid = 1000;
	r.ns_pid = 1;
	r.level = 2;
	r.flags = 0x00200000;
	r.start_ns = 12345;
	r.root = 99;
	memset(r.comm, 'y', sizeof(r.comm));
	assert_int_equal(feed(&r, sizeof(r), sizeof(r), &t, NULL), 0);
	assert_int_equal(t.n, 1);
	row = tasks_find(&t, 7);
	assert_non_null(row);
	assert_int_equal(row->pid, 7);
	assert_int_equal(row->ppid, 3);
	assert_int_equal(row->uid, 1000);
	assert_int_equal(row->ns_pid, 1);
	assert_int_equal(row->level, 2);
	assert_int_equal(row->flags, TASK_KTHREAD);
	assert_int_equal(row->exit_code, -1);
	assert_int_equal(row->start_ns, 12345);
	assert_int_equal(row->root, 99);
	assert_string_equal(row->comm, "yyyyyyyyyyyyyyy");
	assert_memory_equal(row->ns.inum, r.inum, sizeof(r.inum));
	assert_true(t.ts_ns);
}

/* The letters of /proc/PID/stat, from the bits that Linux 5.10 to 7.x use. */
static void test_states(void **state)
{
	static const struct {
		uint32_t state, exit_state;
		char letter;
	} cases[] = {
		{0, 0, 'R'},
		{0x1, 0, 'S'},
		{0x2, 0, 'D'},
		{0x102, 0, 'D'},
		{0x4, 0, 'T'},
		{0x8, 0, 't'},
		{0x80, 0x10, 'X'},
		{0x80, 0x20, 'Z'},
		{0x40, 0, 'P'},
		{0x402, 0, 'I'},
		{0x1000, 0, 'D'},
		{0x400, 0, 'R'},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_tasks struct ns_tasks t = {0};
		struct task_rec r = rec_of(7, 7);

		r.state = cases[i].state;
		r.exit_state = cases[i].exit_state;
		r.exit_code = 256;
		assert_int_equal(feed(&r, sizeof(r), sizeof(r), &t, NULL), 0);
		assert_int_equal(t.rows[0].state, cases[i].letter);
		assert_int_equal(t.rows[0].flags, r.exit_state ? TASK_DEAD : 0);
		assert_int_equal(t.rows[0].exit_code, r.exit_state ? 256 : -1);
	}
}

/* However the bytes come, and in whatever order the threads. */
static void test_pieces(void **state)
{
	static const size_t pieces[] = {1, 100, 255, 256, 257, 4096, 100000};
	struct task_rec recs[300];

	for (uint32_t i = 0; i < 300; i++)
		recs[i] = rec_of(i < 200 ? i + 1 : 100, i + 1);
	for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]); p++) {
		auto_tasks struct ns_tasks t = {0};

		assert_int_equal(feed(recs, sizeof(recs), pieces[p], &t, NULL), 0);
		assert_int_equal(t.n, 300);
		assert_int_equal(t.rows[98].tid, 99);
		for (uint32_t i = 99; i < 200; i++) {
			assert_int_equal(t.rows[i].pid, 100);
			assert_int_equal(t.rows[i].tid, i == 99 ? 100 : i + 101);
		}
		assert_int_equal(t.rows[200].pid, 101);
		for (uint32_t i = 1; i <= 300; i++)
			assert_int_equal(tasks_find(&t, i)->tid, i);
	}
}

static void test_broken(void **state)
{
	auto_tasks struct ns_tasks t = {0};
	struct task_rec recs[2] = {rec_of(1, 1), rec_of(2, 2)};
	struct err err = {0};

	assert_int_equal(feed(recs, sizeof(recs) - 1, 4096, &t, NULL), -EIO);
	assert_int_equal(t.n, 0);
	assert_int_equal(from_bpf_read(-1, &t, NULL, &err), -EBADF);
	assert_non_null(strstr(err.what, "BPF iterator"));
	assert_int_equal(feed(recs, 0, 1, &t, NULL), 0);
	assert_int_equal(t.n, 0);
}

static void test_facts(void **state)
{
	auto_tasks struct ns_tasks t = {0};
	auto_facts struct ns_facts f = {0};
	struct task_rec recs[3] = {rec_of(1, 1), rec_of(2, 2), rec_of(3, 3)};
	const struct ns_fact *fact;

	recs[1].inum[NS_USER] = 500;
	recs[1].owner[NS_USER] = 100 + NS_USER;
	recs[1].id[NS_USER] = 5000;
	recs[1].user_level = 1;
	recs[1].user_owner = 1000;
	recs[1].inum[NS_PID] = 501;
	recs[1].owner[NS_PID] = 500;
	recs[1].level = 1;
	recs[1].pid_parent = 100 + NS_PID;
	recs[1].inum[NS_PID_CHILD] = 502;
	recs[1].owner[NS_PID_CHILD] = 500;
	recs[1].child_level = 2;
	recs[1].child_parent = 501;
	recs[2].inum[NS_NET] = 500; /* the number of another type is another namespace */
	assert_int_equal(feed(recs, sizeof(recs), sizeof(recs), &t, &f), 0);
	assert_int_equal(f.n, NS_TYPES + 4);
	fact = facts_find(&f, NS_USER, 500);
	assert_non_null(fact);
	assert_int_equal(fact->id, 5000);
	assert_int_equal(fact->parent, 100 + NS_USER);
	assert_int_equal(fact->owner, 100 + NS_USER);
	assert_int_equal(fact->level, 1);
	assert_int_equal(fact->owner_uid, 1000);
	fact = facts_find(&f, NS_PID, 501);
	assert_int_equal(fact->parent, 100 + NS_PID);
	assert_int_equal(fact->owner, 500);
	assert_int_equal(fact->level, 1);
	fact = facts_find(&f, NS_PID, 502);
	assert_int_equal(fact->parent, 501);
	assert_int_equal(fact->level, 2);
	assert_int_equal(facts_find(&f, NS_NET, 500)->id, 1000 + NS_NET);
	assert_null(facts_find(&f, NS_UTS, 500));
	assert_null(facts_find(&f, NS_UTS, 0));
	assert_int_equal(facts_find(&f, NS_USER, 100 + NS_USER)->parent, 0);
	/* A second snapshot adds only what is new. */
	assert_int_equal(feed(recs, sizeof(recs), sizeof(recs), &t, &f), 0);
	assert_int_equal(f.n, NS_TYPES + 4);
}

/*
 * A child in namespaces of its own, with a child; both end with their parent's
 * pipe. Then those that differ from their children, and users that differ from
 * the effective ones.
 */
static pid_t spawn(unsigned long flags, bool odd, const int in[2], int ready)
{
	pid_t pid = (pid_t)syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
	char c;

	if (pid)
		return pid;
	close(in[1]);
	pid = fork();
	if (pid < 0 || (pid && odd && (unshare(CLONE_NEWPID) || seteuid(65534))))
		_exit(1);
	if (write(ready, "", 1) != 1)
		_exit(1);
	while (read(in[0], &c, 1) > 0)
		;
	wait(NULL);
	_exit(0);
}

static void assert_same(const struct ns_task *bpf, const struct ns_task *proc)
{
	struct ns_task a = *bpf, b = *proc;

	/* As snapshot.h says. */
	assert_int_equal(a.start_ns / 10000000, b.start_ns / 10000000);
	a.start_ns = b.start_ns;
	a.exec_mark = b.exec_mark;
	a.root = b.root;
	/* Whether it is running changes between the two. */
	a.state = b.state;
	if (!b.ns.inum[NS_PID_CHILD])
		a.ns.inum[NS_PID_CHILD] = 0;
	assert_memory_equal(&a, &b, sizeof(a));
}

static bool of_this_test(const struct ns_tasks *t, const struct ns_task *row)
{
	for (int i = 0; row && i < 3; i++) {
		if (row->ppid == (uint32_t)getpid())
			return true;
		row = tasks_find(t, row->ppid);
	}
	return false;
}

static void iterate(enum tasks_iter_way way)
{
	static const unsigned long flags[] = {0, CLONE_NEWUTS | CLONE_NEWIPC, CLONE_NEWNET,
		CLONE_NEWNS | CLONE_NEWCGROUP, CLONE_NEWPID, CLONE_NEWUSER | CLONE_NEWPID};
	enum { N = sizeof(flags) / sizeof(flags[0]) };
	auto_tasks struct ns_tasks bpf = {0}, proc = {0};
	auto_facts struct ns_facts facts = {0};
	struct procfs_opts o = {.nspids = true, .workers = 1};
	const struct ns_fact *fact;
	struct err err = {0};
	size_t mine = 0;
	auto_fd int fd = -1;
	pid_t pids[N];
	int in[2], ready[2], ret;
	char c;

	ret = tasks_iter_open_way(way, false, &fd, &err);
	if (ret) {
		print_message("%s\n", err.what);
		skip();
	}
	assert_int_equal(pipe(in) | pipe(ready), 0);
	for (size_t i = 0; i < N; i++)
		pids[i] = spawn(flags[i], i == 0, in, ready[1]);
	for (size_t i = 0; i < 2 * N; i++)
		assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(from_bpf_read(fd, &bpf, &facts, &err), 0);
	assert_int_equal(procfs_read(&o, &proc, &err), 0);
	for (int i = 0; i < 2; i++) {
		close(in[i]);
		close(ready[i]);
	}
	for (size_t i = 0; i < proc.n; i++) {
		const struct ns_task *row = tasks_find(&bpf, proc.rows[i].tid);

		if (!of_this_test(&proc, &proc.rows[i]))
			continue;
		assert_non_null(row);
		assert_same(row, &proc.rows[i]);
		mine++;
		slot_for_each (slot, NS_SLOTS_MASK)
			assert_non_null(
				facts_find(&facts, ns_types[slot].type, row->ns.inum[slot]));
	}
	assert_int_equal(mine, 2 * N);
	assert_int_equal(tasks_find(&bpf, (uint32_t)pids[0])->uid, 65534);
	fact = facts_find(&facts, NS_USER, tasks_find(&bpf, (uint32_t)pids[5])->ns.inum[NS_USER]);
	assert_int_equal(fact->level, 1);
	assert_int_equal(fact->owner_uid, geteuid());
	assert_int_equal(fact->parent, tasks_find(&bpf, (uint32_t)getpid())->ns.inum[NS_USER]);
	fact = facts_find(&facts, NS_PID, tasks_find(&bpf, (uint32_t)pids[5])->ns.inum[NS_PID]);
	assert_int_equal(fact->owner, tasks_find(&bpf, (uint32_t)pids[5])->ns.inum[NS_USER]);
	for (size_t i = 0; i < N; i++)
		waitpid(pids[i], NULL, 0);
}

static void test_light(void **state)
{
	iterate(TASKS_ITER_LIGHT);
}

static void test_full(void **state)
{
	iterate(TASKS_ITER_FULL);
}

/* Threads follow their leader in both. */
static void test_threads(void **state)
{
	auto_tasks struct ns_tasks leaders = {0}, all = {0};
	struct err err = {0};
	size_t lead = 0;
	int fd;

	for (int threads = 0; threads < 2; threads++) {
		if (tasks_iter_open(threads, &fd, &err)) {
			print_message("%s\n", err.what);
			skip();
		}
		assert_int_equal(from_bpf_read(fd, threads ? &all : &leaders, NULL, &err), 0);
		close(fd);
	}
	for (size_t i = 0; i < leaders.n; i++)
		assert_int_equal(leaders.rows[i].pid, leaders.rows[i].tid);
	for (size_t i = 0; i < all.n; i++) {
		if (all.rows[i].pid == all.rows[i].tid)
			lead = i;
		else if (all.rows[lead].pid == all.rows[lead].tid)
			assert_int_equal(all.rows[i].pid, all.rows[lead].pid);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_light),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
