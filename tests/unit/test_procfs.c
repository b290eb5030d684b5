// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "snapshot/from_proc.h"
#include "kernel/nstype.h"
#include "kernel/procstatus.h"

/* One worker: others would be threads of this process too, and be counted. */
static const struct procfs_opts everything = {.workers = 1, .threads = true, .nspids = true};

static void assert_slots(const struct ns_task *t, pid_t pid)
{
	for (int i = 0; i < NS_SLOTS; i++) {
		char path[64];
		struct stat st;

		snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, ns_types[i].name);
		if (stat(path, &st))
			assert_int_equal(t->ns.inum[i], 0);
		else
			assert_int_equal(t->ns.inum[i], st.st_ino);
	}
}

/* This process, by every fact that the system tells in another way. */
static void test_self(void **state)
{
	auto_tasks struct ns_tasks t = {0};
	const struct ns_task *me;
	struct timespec ts;
	struct err err = {0};
	uint64_t now;

	assert_int_equal(prctl(PR_SET_NAME, "a) R (b\n\xff"), 0);
	assert_int_equal(procfs_read(&everything, &t, &err), 0);
	clock_gettime(CLOCK_BOOTTIME, &ts);
	now = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	me = tasks_find(&t, (uint32_t)getpid());
	assert_non_null(me);
	assert_slots(me, getpid());
	assert_true(me->ns.inum[NS_MNT]);
	assert_int_equal(me->pid, getpid());
	assert_int_equal(me->tid, getpid());
	assert_int_equal(me->ppid, getppid());
	assert_int_equal(me->uid, geteuid());
	assert_string_equal(me->comm, "a) R (b\n\xff");
	assert_int_equal(me->state, 'R');
	assert_int_equal(me->flags, 0);
	assert_int_equal(me->nthreads, 1);
	assert_int_equal(me->ns_pid, getpid());
	assert_int_equal(me->level, 0);
	assert_true(me->exec_mark);
	assert_true(t.ts_ns <= now && now - t.ts_ns < 10000000000);
	assert_true(me->start_ns && me->start_ns <= t.ts_ns);
}

/* Rows are sorted by process, found by the index, and each process is there once. */
static void test_order(void **state)
{
	auto_tasks struct ns_tasks one = {0}, many = {0}, after = {0};
	struct procfs_opts o = {.workers = 1};
	size_t common = 0;

	assert_int_equal(procfs_read(&o, &one, NULL), 0);
	o.workers = 7;
	assert_int_equal(procfs_read(&o, &many, NULL), 0);
	o.workers = 1;
	assert_int_equal(procfs_read(&o, &after, NULL), 0);
	for (size_t i = 0; i < many.n; i++) {
		const struct ns_task *row = &many.rows[i], *other = tasks_find(&one, row->tid);
		const struct ns_task *last = tasks_find(&after, row->tid);

		assert_ptr_equal(tasks_find(&many, row->tid), row);
		assert_int_equal(row->pid, row->tid);
		if (i)
			assert_true(row[-1].pid < row->pid);
		if (!other || !tasks_same(row, other))
			continue;
		common++;
		assert_int_equal(row->ns_pid, 0);
		/* Others enter namespaces meanwhile. */
		if (!last || memcmp(&last->ns, &other->ns, sizeof(last->ns)) != 0)
			continue;
		if (!((row->flags | other->flags | last->flags) & TASK_DEAD))
			assert_memory_equal(&row->ns, &other->ns, sizeof(row->ns));
	}
	assert_true(common >= 1);
	assert_null(tasks_find(&many, UINT32_MAX));
}

static void *thread_main(void *arg)
{
	prctl(PR_SET_NAME, "other");
	pthread_barrier_wait(arg);
	pthread_barrier_wait(arg);
	return NULL;
}

static void test_threads(void **state)
{
	auto_tasks struct ns_tasks t = {0}, leaders = {0};
	pthread_barrier_t barrier;
	pthread_t thread;
	const struct ns_task *me;

	pthread_barrier_init(&barrier, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, thread_main, &barrier), 0);
	pthread_barrier_wait(&barrier);
	assert_int_equal(procfs_read(&everything, &t, NULL), 0);
	assert_int_equal(procfs_read(&(struct procfs_opts){.workers = 1}, &leaders, NULL), 0);
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);

	me = tasks_find(&t, (uint32_t)getpid());
	assert_non_null(me);
	assert_int_equal(me->nthreads, 2);
	assert_true(me + 1 < t.rows + t.n);
	assert_int_equal(me[1].pid, getpid());
	assert_int_not_equal(me[1].tid, getpid());
	assert_string_equal(me[1].comm, "other");
	assert_memory_equal(&me[1].ns, &me->ns, sizeof(me->ns));
	assert_null(tasks_find(&leaders, me[1].tid));
}

static void test_slots(void **state)
{
	struct procfs_opts o = {.slots = 1u << NS_UTS};
	auto_tasks struct ns_tasks t = {0};
	const struct ns_task *me;

	assert_int_equal(procfs_read(&o, &t, NULL), 0);
	me = tasks_find(&t, (uint32_t)getpid());
	assert_non_null(me);
	for (int i = 0; i < NS_SLOTS; i++)
		assert_int_equal(!!me->ns.inum[i], i == NS_UTS);
}

/* A zombie has left its namespaces but can be told from a process that may not be read. */
static void test_zombie(void **state)
{
	auto_tasks struct ns_tasks t = {0};
	const struct ns_task *row;
	siginfo_t info;
	pid_t pid = fork();

	if (!pid)
		_exit(3);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(procfs_read(&everything, &t, NULL), 0);
	waitpid(pid, NULL, 0);
	row = tasks_find(&t, (uint32_t)pid);
	assert_non_null(row);
	assert_int_equal(row->state, 'Z');
	assert_int_equal(row->flags, TASK_DEAD);
	assert_int_equal(row->exit_code, 3 << 8);
	assert_int_equal(row->ns.inum[NS_MNT], 0);
	assert_int_equal(row->ns.inum[NS_UTS], 0);
}

static void test_text(void **state)
{
	auto_tasks struct ns_tasks t = {0};
	auto_buf struct buf b = {0};
	struct ns_task me;
	uint32_t pids[64];

	assert_int_equal(procfs_read(&everything, &t, NULL), 0);
	me = *tasks_find(&t, (uint32_t)getpid());
	assert_int_equal(procfs_text(&me, "cmdline", 4096, &b), 0);
	assert_non_null(strstr(b.s, "test_procfs"));
	buf_reset(&b);
	assert_int_equal(procfs_text(&me, "cmdline", 3, &b), 0);
	assert_int_equal(b.len, 3);
	buf_reset(&b);
	assert_int_equal(procfs_link(&me, "exe", &b), 0);
	assert_non_null(strstr(b.s, "/test_procfs"));
	assert_true(procfs_nspids(&me, pids, 64) >= 1);
	assert_int_equal(pids[0], getpid());
	me.start_ns += 999; /* within the same tick, as the BPF iterator reports it */
	assert_true(procfs_nspids(&me, pids, 64) >= 1);

	/* The pid belongs to another process now. */
	me.start_ns += 1000000000;
	buf_reset(&b);
	assert_int_equal(procfs_text(&me, "cmdline", 4096, &b), -ESRCH);
	assert_int_equal(procfs_link(&me, "exe", &b), -ESRCH);
	assert_int_equal(procfs_nspids(&me, pids, 64), -ESRCH);
	assert_int_equal(b.len, 0);
}

static void test_stat_parse(void **state)
{
	static const char good[] =
		"7 (a) Z (b) Z 3 1 1 0 -1 4227084 0 0 0 0 1 2 3 4 20 0 5 0 250 6 7 "
		"8 9 10 140 12 13 14 15 16 17 0 0 0 0 1 0 0 0 0 0 19 20 21 22 23 24 "
		"25 2304\n";
	static const char kworker[] =
		"2 (kworker/u16:3-events_unbound) I 2 0 0 0 -1 69238880 0 0 0 0 0 "
		"0 0 0 20 0 1 0 9 0 0 0 0 0 0";
	static const char rescuer[] =
		"3 (kworker/R-writeback) I 2 0 0 0 -1 69238880 0 0 0 0 0 0 0 0 0 "
		"-20 1 0 9 0 0 0 0 0 0";
	static const char *const bad[] = {"", "7", "7 (a", "7 (a)", "7 (a) ", "7 )a( S 1",
		"7 (a) S", "7 (a) S 1 1 1",
		"7 (a) S 3 1 1 0 -1 4 0 0 0 0 1 2 3 4 20 0 5 0 250 6 7"};
	struct ns_task t = {0};

	assert_int_equal(procfs_stat_parse(good, sizeof(good) - 1, &t), 0);
	assert_int_equal(t.tid, 7);
	assert_string_equal(t.comm, "a) Z (b");
	assert_int_equal(t.ppid, 3);
	assert_int_equal(t.nthreads, 5);
	assert_int_equal(t.start_ns, 250);
	assert_int_equal(t.exec_mark, 140);
	assert_int_equal(t.exit_code, 2304);
	assert_int_equal(t.flags, TASK_DEAD);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(procfs_stat_parse(bad[i], strlen(bad[i]), &t), -EINVAL);
	/* What a worker works on is no part of its name; a rescuer's name is longer than most. */
	assert_int_equal(procfs_stat_parse(kworker, sizeof(kworker) - 1, &t), 0);
	assert_string_equal(t.comm, "kworker/u16:3");
	assert_int_equal(t.flags, TASK_KTHREAD);
	assert_int_equal(t.exit_code, -1);
	assert_int_equal(procfs_stat_parse(rescuer, sizeof(rescuer) - 1, &t), 0);
	assert_string_equal(t.comm, "kworker/R-write");
}

static void test_nspid_parse(void **state)
{
	uint32_t pids[3];

	assert_int_equal(
		procstatus_nspids("Name:\tx\nNSpid:\t7451\t12\t1\nNSpgid:\t1\n", pids, 3), 3);
	assert_int_equal(pids[0], 7451);
	assert_int_equal(pids[2], 1);
	assert_int_equal(procstatus_nspids("NSpid:\t9", pids, 3), 1);
	assert_int_equal(procstatus_nspids("Name:\tNSpid:\t9\n", pids, 3), -EINVAL);
	assert_int_equal(procstatus_nspids("NSpid:\t1\t2\t3\t4\n", pids, 3), -EINVAL);
	assert_int_equal(procstatus_nspids("NSpid:\t\n1\n", pids, 3), -EINVAL);
	assert_int_equal(procstatus_nspids("", pids, 3), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_self),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_zombie),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_stat_parse),
		cmocka_unit_test(test_nspid_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
