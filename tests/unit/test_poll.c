// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Differences of snapshots where something ends, is held elsewhere, can't be
 * read or is not wanted; descendants; and poll.c against the real /proc.
 */
#include "unit/snapshots.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "source/poll_look.h"
#include "snapshot/tree.h"

static void test_leave(void **state)
{
	exec_twice(5, "a", 500);
	/* Back to that of the host: nobody is left behind. */
	exec_twice(5, "a", 100 + NS_UTS);
	assert_int_equal(seen.n, 2);
	assert_ev(0, EV_SETNS, 50);
	assert_ns(1, EV_NS_FREE, 50, NS_UTS, 500);
	assert_int_equal(seen.ev[1].ns.lifetime_ns, 0); /* older than the first snapshot */
	assert_int_equal(seen.ev[1].ns.creator_pid, 0);
}

/* Of several that ended, the one that was there first ended last. */
static void test_exit(void **state)
{
	add(1, 0, "init");
	for (uint32_t pid = 50; pid < 53; pid++)
		add(pid, pid == 50 ? 1 : 50, "x")->ns.inum[NS_NET] = 500;
	step();
	add(1, 0, "init");
	add(52, 1, "x")->ns.inum[NS_NET] = 500;
	step();
	assert_int_equal(seen.n, 0);
	add(1, 0, "init");
	for (uint32_t pid = 50; pid < 53; pid++)
		add(pid, pid == 50 ? 1 : 50, "x")->ns.inum[NS_NET] = 500;
	step();
	add(1, 0, "init");
	step();
	assert_int_equal(seen.n, 2);
	assert_ev(0, EV_EXIT, 50);
	assert_int_equal(seen.ev[0].exit.empties, BIT(NS_NET));
	assert_int_equal(seen.ev[0].exit.is_init, 0);
	assert_ns(1, EV_NS_FREE, 50, NS_NET, 500);
}

#define PIN "40 2 0:4 net:[500] /run/netns/a\\040b rw - nsfs nsfs rw\n"

static void test_pin(void **state)
{
	base();
	host();
	mount_add(PIN);
	step();
	assert_int_equal(seen.n, 2);
	assert_ns(0, EV_NS_CREATE, 0, NS_NET, 500);
	assert_ev(1, EV_PIN, 0);
	assert_int_equal(seen.ev[1].pin.ns_type, NS_NET);
	assert_int_equal(seen.ev[1].pin.inum, 500);
	assert_int_equal(seen.ev[1].pin.path_len, 14);
	assert_memory_equal(seen.ev[1].pin.path, "/run/netns/a b", 14);
	host();
	mount_add(PIN);
	step();
	assert_int_equal(seen.n, 0);
	/* The number of the mount used again for another path. */
	host();
	mount_add("40 2 0:4 net:[500] /other rw - nsfs nsfs rw\n");
	step();
	assert_int_equal(seen.n, 2);
	assert_ev(0, EV_PIN, 0);
	assert_ev(1, EV_UNPIN, 0);
	/* And for another namespace. */
	host();
	mount_add("40 2 0:4 net:[501] /other rw - nsfs nsfs rw\n");
	step();
	assert_int_equal(seen.n, 4);
	assert_ns(0, EV_NS_CREATE, 0, NS_NET, 501);
	assert_ev(1, EV_PIN, 0);
	assert_ev(2, EV_UNPIN, 0);
	assert_int_equal(seen.ev[2].pin.inum, 500);
	assert_ns(3, EV_NS_FREE, 0, NS_NET, 500);
	assert_int_equal(seen.ev[3].ns.lifetime_ns, 3000000);
	host();
	step();
	assert_int_equal(seen.n, 2);
	assert_ev(0, EV_UNPIN, 0);
	assert_ns(1, EV_NS_FREE, 0, NS_NET, 501);
}

/* The last process ended, but a bind mount holds: free only once that is gone too. */
static void test_kept_by_mount(void **state)
{
	for (int other = 0; other < 2; other++) {
		teardown(NULL);
		setup(NULL);
		exec_twice(5, "a", 100 + NS_UTS);
		if (!other)
			mount_add(PIN);
		exec_twice(5, "a", 501);
		add(1, 0, "init");
		if (other)
			assert_int_equal(mounts_parse(&elsewhere,
						 "9 2 0:4 uts:[501] /y rw - nsfs x x\n", 36, 77),
				0);
		else
			mount_add(PIN "41 2 0:4 uts:[501] /z rw - nsfs nsfs rw\n");
		step();
		assert_int_equal(seen.n, other ? 0 : 1);
		for (int i = 0; i < 2; i++) {
			add(1, 0, "init");
			if (!other)
				mount_add(PIN "41 2 0:4 uts:[501] /z rw - nsfs nsfs rw\n");
			step();
			assert_int_equal(seen.n, 0);
		}
		elsewhere.n = 0;
		add(1, 0, "init");
		if (!other)
			mount_add(PIN);
		step();
		assert_int_equal(seen.n, other ? 1 : 2);
		assert_ns(seen.n - 1, EV_NS_FREE, 0, NS_UTS, 501);
		assert_int_equal(seen.ev[seen.n - 1].ns.creator_pid, 50);
		assert_int_equal(seen.ev[seen.n - 1].ns.lifetime_ns, 4000000);
	}
}

/* What can't be read says nothing: neither that it left nor that it came. */
static void test_unreadable(void **state)
{
	struct ns_task *t;

	exec_twice(5, "a", 500);
	for (int i = 0; i < 2; i++) {
		add(1, 0, "init");
		t = add(50, 1, "passwd");
		memset(&t->ns, 0, sizeof(t->ns));
		t->flags = TASK_UNREADABLE;
		t->exec_mark = 0;
		step();
		/* It was the exec that made it so. */
		assert_int_equal(seen.n, !i);
		if (!i)
			assert_ev(0, EV_EXEC, 50);
	}
	exec_twice(0x7ff000 + 50, "passwd", 500);
	assert_int_equal(seen.n, 0);
	/* Never seen before, then readable. */
	for (int i = 0; i < 2; i++) {
		add(1, 0, "init");
		t = add(40, 1, "other");
		if (!i) {
			memset(&t->ns, 0, sizeof(t->ns));
			t->flags = TASK_UNREADABLE;
		} else {
			t->ns.inum[NS_UTS] = 501;
		}
		/* Joins what was there all the time, though nobody could see it. */
		t = add(50, 1, "passwd");
		t->ns.inum[NS_UTS] = 500 + (uint32_t)i;
		step();
		assert_int_equal(seen.n, i ? 2 : 0);
	}
	assert_ev(0, EV_SETNS, 50);
	assert_ns(1, EV_NS_FREE, 50, NS_UTS, 500);
}

/* Seen between its namespaces and its end: nothing is said until it is a zombie. */
static void test_leaving(void **state)
{
	struct ns_task *t;

	base();
	add(1, 0, "init");
	add(50, 1, "sh")->ns.inum[NS_UTS] = 500;
	step();
	add(1, 0, "init");
	t = add(50, 1, "sh");
	memset(&t->ns, 0, sizeof(t->ns));
	t->ns.inum[NS_PID] = 100 + NS_PID;
	t->ns.inum[NS_USER] = 100 + NS_USER;
	step();
	assert_int_equal(seen.n, 0);
	add(1, 0, "init");
	t = add(50, 1, "sh");
	memset(&t->ns, 0, sizeof(t->ns));
	t->flags = TASK_DEAD;
	t->exit_code = 3 << 8;
	step();
	assert_int_equal(seen.n, 2);
	assert_ev(0, EV_EXIT, 50);
	assert_int_equal(seen.ev[0].exit.exit_code, 3 << 8);
	assert_int_equal(seen.ev[0].exit.empties, BIT(NS_UTS));
	assert_ns(1, EV_NS_FREE, 50, NS_UTS, 500);
}

/* The leader ended, its threads live on: the process did not leave. */
static void test_headless(void **state)
{
	struct ns_task *t;

	exec_twice(5, "a", 500);
	for (int i = 0; i < 3; i++) {
		add(1, 0, "init");
		t = add(50, 1, "a");
		memset(&t->ns, 0, sizeof(t->ns));
		t->flags = TASK_DEAD;
		t->exec_mark = 0;
		t->nthreads = 3;
		step();
		assert_int_equal(seen.n, 0);
	}
	add(1, 0, "init");
	step();
	assert_int_equal(seen.n, 2);
	assert_ev(0, EV_EXIT, 50);
	assert_ns(1, EV_NS_FREE, 50, NS_UTS, 500);
}

/* The same pid, another process: the old one ended and the new one was cloned. */
static void test_pid_reuse(void **state)
{
	exec_twice(5, "a", 500);
	add(1, 0, "init");
	add(50, 1, "b")->start_ns = 99;
	step();
	assert_int_equal(seen.n, 2);
	assert_ev(0, EV_EXIT, 50);
	assert_string_equal(seen.ev[0].hdr.comm, "a");
	assert_ns(1, EV_NS_FREE, 50, NS_UTS, 500);
}

static void busy(uint32_t gen)
{
	add(1, 0, "init");
	add(50, 1, "sh")->ns.inum[NS_UTS] = 500 + gen;
	add(60, 50, "kid")->ns.inum[NS_UTS] = 600 + gen;
	/* Its parent went away and init took it over. */
	add(70, gen > 1 ? 1 : 60, "grandkid")->ns.inum[NS_UTS] = 700 + gen;
	add(80, 1, "stranger")->ns.inum[NS_UTS] = 800 + gen;
}

static void test_filter(void **state)
{
	static const uint32_t pids[] = {50, 12345};

	for (int follow = 0; follow < 2; follow++) {
		teardown(NULL);
		setup_with(pids, 2, follow);
		for (uint32_t gen = 0; gen < 4; gen++) {
			unsigned int by_pid[100] = {0};

			busy(gen);
			step();
			for (size_t i = 0; i < seen.n; i++)
				by_pid[seen.ev[i].hdr.pid]++;
			assert_int_equal(by_pid[50], gen ? 3 : 0);
			assert_int_equal(by_pid[60], gen && follow ? 3 : 0);
			assert_int_equal(by_pid[70], gen && follow ? 3 : 0);
			assert_int_equal(by_pid[80] + by_pid[1] + by_pid[0], 0);
		}
	}
}

static int refuse(void *ctx, const void *data, size_t size)
{
	return -EPIPE;
}

static void test_sink_error(void **state)
{
	base();
	add(1, 0, "init");
	add(50, 1, "sh")->ns.inum[NS_UTS] = 500;
	assert_int_equal(diff_step(differ, &tasks, &mounts, refuse, NULL), -EPIPE);
}

static void test_tree(void **state)
{
	uint8_t marks[8] = {0};
	const uint32_t n = 100000;
	uint8_t *many;

	add(1, 0, "init");
	add(5, 1, "a");
	add(6, 7, "circle");
	add(7, 6, "circle");
	add(8, 5, "b");
	add(9, 5, "thread")->pid = 8;
	add(10, 8, "c");
	add(11, 999, "orphan");
	assert_int_equal(tasks_index(&tasks), 0);
	marks[1] = 1;
	tree_mark(&tasks, marks);
	assert_memory_equal(marks, ((uint8_t[]){0, 1, 0, 0, 1, 1, 1, 0}), 8);
	memset(marks, 0, sizeof(marks));
	tree_mark(&tasks, marks);
	assert_memory_equal(marks, ((uint8_t[8]){0}), 8);

	/* A chain in the worst order must not cost the square. */
	tasks_free(&tasks);
	for (uint32_t i = 1; i <= n; i++)
		add(i, i < n ? i + 1 : 0, "x");
	assert_int_equal(tasks_index(&tasks), 0);
	many = calloc(n, 1);
	many[n - 1] = 1;
	tree_mark(&tasks, many);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(many[i], 1);
	free(many);
}

static int count(void *ctx, const void *data, size_t size)
{
	*(size_t *)ctx += 1;
	return 0;
}

/* The real thing: a timer that fires, and a process that did nothing is not told. */
static void test_real(void **state)
{
	uint32_t me = (uint32_t)getpid();
	struct poll_opts o = {.interval_ns = 1000000, .pids = &me, .npids = 1, .follow = true};
	struct err err = {0};
	struct ns_poll *p;
	struct pollfd pfd;
	size_t n = 0, all;

	assert_int_equal(poll_open(&o, &p, &err), 0);
	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		pfd = (struct pollfd){.fd = poll_fd(p), .events = POLLIN};
		assert_int_equal(poll(&pfd, 1, 10000), 1);
		assert_int_equal(poll_step(p, count, &n, &err), 0);
		waitpid(pid, NULL, 0);
	}
	assert_int_equal(n, 0);
	assert_true(poll_unreadable(p, &all) <= all);
	assert_true(all >= 1);
	poll_close(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_leave),
		T(test_exit),
		T(test_pin),
		T(test_kept_by_mount),
		T(test_unreadable),
		T(test_leaving),
		T(test_headless),
		T(test_pid_reuse),
		T(test_filter),
		T(test_sink_error),
		T(test_tree),
		cmocka_unit_test(test_real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
