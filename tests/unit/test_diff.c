// SPDX-License-Identifier: GPL-2.0-or-later
/* What single processes did between two snapshots; test_poll.c has what is harder to see. */
#include "unit/snapshots.h"

/* The healthy twin of everything below: busy processes in their namespaces say nothing. */
static void test_nothing(void **state)
{
	base();
	for (int i = 0; i < 3; i++) {
		host();
		/* Of the same namespaces: born, running another program, ended. */
		struct ns_task *t = add(60, 50, i ? "other" : "cc");

		t->exec_mark += (uint64_t)i;
		if (i == 2) {
			t->flags = TASK_DEAD;
			t->exit_code = 0;
			memset(&t->ns, 0, sizeof(t->ns));
			t->ns.inum[NS_PID] = 100 + NS_PID;
		}
		step();
		assert_int_equal(seen.n, 0);
	}
	host();
	step();
	assert_int_equal(seen.n, 0);
}

static void test_unshare(void **state)
{
	struct ns_task *sh;

	base();
	add(1, 0, "init");
	sh = add(50, 1, "sh");
	sh->ns.inum[NS_UTS] = 500;
	sh->ns.inum[NS_PID_CHILD] = 0; /* no child yet: no number */
	step();
	assert_int_equal(seen.n, 2);
	assert_ns(0, EV_NS_CREATE, 50, NS_UTS, 500);
	assert_ev(1, EV_UNSHARE, 50);
	assert_string_equal(seen.ev[1].hdr.comm, "sh");
	assert_int_equal(seen.ev[1].hdr.ppid, 1);
	assert_int_equal(seen.ev[1].hdr.pidns, 100 + NS_PID);
	assert_int_equal(seen.ev[1].hdr.ns_pid, 50);
	assert_int_equal(seen.ev[1].unshare.result, 0);
	assert_int_equal(seen.ev[1].unshare.ns_flags, 0x04000000 | 0x20000000);
	assert_int_equal(seen.ev[1].unshare.changed, BIT(NS_UTS) | BIT(NS_PID_CHILD));
	assert_int_equal(seen.ev[1].unshare.before.inum[NS_UTS], 100 + NS_UTS);
	assert_int_equal(seen.ev[1].unshare.after.inum[NS_UTS], 500);
	assert_int_equal(seen.ev[1].unshare.before.inum[NS_PID_CHILD], 100 + NS_PID);
	assert_int_equal(seen.ev[1].unshare.after.inum[NS_PID_CHILD], 0);
}

static void test_setns(void **state)
{
	struct ns_task *t;

	add(1, 0, "init");
	add(50, 1, "sh");
	add(60, 1, "box")->ns.inum[NS_NET] = 600;
	step();
	add(1, 0, "init");
	t = add(50, 1, "sh");
	t->ns.inum[NS_NET] = 600;
	t->ns.inum[NS_IPC] = 601;
	add(60, 1, "box")->ns.inum[NS_NET] = 600;
	step();
	/* Both at once: first what is new, then what was there. */
	assert_int_equal(seen.n, 3);
	assert_ns(0, EV_NS_CREATE, 50, NS_IPC, 601);
	assert_ev(1, EV_UNSHARE, 50);
	assert_int_equal(seen.ev[1].unshare.changed, BIT(NS_IPC));
	assert_int_equal(seen.ev[1].unshare.after.inum[NS_NET], 100 + NS_NET);
	assert_ev(2, EV_SETNS, 50);
	assert_int_equal(seen.ev[2].setns.changed, BIT(NS_NET));
	assert_int_equal(seen.ev[2].setns.ns_flags, 0x40000000);
	assert_int_equal(seen.ev[2].setns.fd, -1);
	assert_int_equal(seen.ev[2].setns.before.inum[NS_IPC], 601);
	assert_int_equal(seen.ev[2].setns.after.inum[NS_NET], 600);
}

/* exec moves to the time namespace of children: neither unshare nor setns. */
static void test_time(void **state)
{
	struct ns_task *t;

	base();
	add(1, 0, "init");
	add(50, 1, "sh")->ns.inum[NS_TIME_CHILD] = 700;
	step();
	assert_int_equal(seen.n, 2);
	assert_ns(0, EV_NS_CREATE, 50, NS_TIME, 700);
	assert_ev(1, EV_UNSHARE, 50);
	assert_int_equal(seen.ev[1].unshare.changed, BIT(NS_TIME_CHILD));
	add(1, 0, "init");
	t = add(50, 1, "sh");
	t->ns.inum[NS_TIME] = t->ns.inum[NS_TIME_CHILD] = 700;
	step();
	assert_int_equal(seen.n, 0);
}

static void test_clone(void **state)
{
	struct ns_task *t;

	base();
	host();
	t = add(60, 50, "child");
	t->ns.inum[NS_USER] = 600;
	t->ns.inum[NS_MNT] = 601;
	t->exec_mark = 0x7ff000 + 50; /* still the program of its parent */
	step();
	assert_int_equal(seen.n, 3);
	assert_ns(0, EV_NS_CREATE, 50, NS_MNT, 601);
	assert_ns(1, EV_NS_CREATE, 50, NS_USER, 600);
	assert_ev(2, EV_CLONE, 50);
	assert_int_equal(seen.ev[2].clone.child_pid, 60);
	assert_int_equal(seen.ev[2].clone.child_pidns, 100 + NS_PID);
	assert_int_equal(seen.ev[2].clone.child_ns_pid, 60);
	assert_int_equal(seen.ev[2].clone.changed, BIT(NS_USER) | BIT(NS_MNT));
	assert_int_equal(seen.ev[2].clone.ns_flags, 0x10000000 | 0x00020000);
	assert_int_equal(seen.ev[2].clone.before.inum[NS_USER], 100 + NS_USER);
	assert_int_equal(seen.ev[2].clone.after.inum[NS_USER], 600);
	/* Its own child starts out in the same namespaces: silence. */
	host();
	t = add(60, 50, "child");
	t->ns.inum[NS_USER] = 600;
	t->ns.inum[NS_MNT] = 601;
	t->exec_mark = 0x7ff000 + 50;
	t = add(61, 60, "grandchild");
	t->ns.inum[NS_USER] = 600;
	t->ns.inum[NS_MNT] = 601;
	step();
	assert_int_equal(seen.n, 0);
}

/* Its children would go elsewhere: no clone does that, so it unshared itself. */
static void test_born_unshared(void **state)
{
	struct ns_task *t;

	base();
	host();
	t = add(60, 50, "sh");
	t->ns.inum[NS_UTS] = 600;
	t->ns.inum[NS_PID_CHILD] = 0;
	t->exec_mark = 0x7ff000 + 50;
	step();
	assert_int_equal(seen.n, 2);
	assert_ns(0, EV_NS_CREATE, 60, NS_UTS, 600);
	assert_ev(1, EV_UNSHARE, 60);
	assert_int_equal(seen.ev[1].unshare.changed, BIT(NS_UTS) | BIT(NS_PID_CHILD));
}

/* A child goes where its parent's children go: no call of its own. */
static void test_time_child(void **state)
{
	struct ns_task *t;

	add(1, 0, "init");
	add(50, 1, "sh")->ns.inum[NS_TIME_CHILD] = 700;
	step();
	add(1, 0, "init");
	add(50, 1, "sh")->ns.inum[NS_TIME_CHILD] = 700;
	t = add(60, 50, "child");
	t->ns.inum[NS_TIME] = t->ns.inum[NS_TIME_CHILD] = 700;
	t->exec_mark = 0x7ff000 + 50;
	step();
	assert_int_equal(seen.n, 1);
	assert_ev(0, EV_CLONE, 50);
	assert_int_equal(seen.ev[0].clone.ns_flags, 0);
	assert_int_equal(seen.ev[0].clone.changed, BIT(NS_TIME));
}

/* A new process in namespaces that were there (nsenter) joined them itself. */
static void test_enter(void **state)
{
	add(1, 0, "init");
	add(50, 1, "sh");
	add(60, 1, "box")->ns.inum[NS_NET] = 600;
	step();
	add(1, 0, "init");
	add(50, 1, "sh");
	add(60, 1, "box")->ns.inum[NS_NET] = 600;
	add(70, 50, "top")->ns.inum[NS_NET] = 600;
	step();
	assert_int_equal(seen.n, 2);
	assert_ev(0, EV_SETNS, 70);
	assert_int_equal(seen.ev[0].setns.changed, BIT(NS_NET));
	assert_ev(1, EV_EXEC, 70);
}

/* The article: unshare -p sh -c 'date; ...', then the death of date. */
static void sh_unshared(uint32_t child_ns)
{
	add(1, 0, "init");
	add(50, 1, "sh")->ns.inum[NS_PID_CHILD] = child_ns;
}

static struct ns_task *date_add(void)
{
	struct ns_task *t = add(60, 50, "date");

	t->ns.inum[NS_PID] = t->ns.inum[NS_PID_CHILD] = 800;
	t->ns_pid = 1;
	t->level = 1;
	t->exec_mark = 0x7ff000 + 50;
	return t;
}

static void test_pidns(void **state)
{
	struct ns_task *t;

	base();
	sh_unshared(0);
	step();
	assert_int_equal(seen.n, 1);
	assert_ev(0, EV_UNSHARE, 50);

	sh_unshared(800);
	date_add();
	t = add(61, 60, "helper");
	t->ns.inum[NS_PID] = t->ns.inum[NS_PID_CHILD] = 800;
	t->level = 1;
	t->ns_pid = 2;
	step();
	assert_int_equal(seen.n, 3);
	assert_ns(0, EV_NS_CREATE, 50, NS_PID, 800);
	assert_ev(1, EV_CLONE, 50);
	assert_int_equal(seen.ev[1].clone.ns_flags, 0); /* it was unshare that asked for it */
	assert_int_equal(seen.ev[1].clone.changed, BIT(NS_PID));
	assert_int_equal(seen.ev[1].clone.child_ns_pid, 1);
	assert_ev(2, EV_PIDNS_INIT, 50);
	assert_int_equal(seen.ev[2].init.inum, 800);
	assert_int_equal(seen.ev[2].init.level, 1);
	assert_int_equal(seen.ev[2].init.init_pid, 60);
	assert_int_equal(seen.ev[2].init.parent_ns, 100 + NS_PID);

	/* Gone without a trace of how: no status. sh still names the namespace. */
	sh_unshared(800);
	step();
	assert_int_equal(seen.n, 2);
	assert_ev(0, EV_EXIT, 60);
	assert_int_equal(seen.ev[0].hdr.ns_pid, 1);
	assert_int_equal(seen.ev[0].exit.is_init, 1);
	assert_int_equal(seen.ev[0].exit.empties, 0);
	assert_true(seen.ev[0].hdr.flags & EVF_NO_STATUS);
	assert_int_equal(seen.ev[0].exit.lifetime_ns, now_ns - 60000);
	assert_ev(1, EV_PIDNS_DEATH, 60);
	assert_int_equal(seen.ev[1].death.inum, 800);
	assert_int_equal(seen.ev[1].death.level, 1);
	assert_int_equal(seen.ev[1].death.killed, 1);
	assert_true(seen.ev[1].hdr.flags & EVF_NO_STATUS);

	/* Then sh ends as well. */
	add(1, 0, "init");
	step();
	assert_int_equal(seen.n, 2);
	assert_ev(0, EV_EXIT, 50);
	assert_int_equal(seen.ev[0].exit.empties, BIT(NS_PID_CHILD));
	assert_ns(1, EV_NS_FREE, 50, NS_PID, 800);
	assert_int_equal(seen.ev[1].ns.lifetime_ns, 2000000);
	assert_int_equal(seen.ev[1].ns.creator_pid, 50);
	assert_string_equal(seen.ev[1].ns.creator_comm, "sh");
}

/* A zombie still knows how it ended, and its death is told once. */
static void test_zombie_init(void **state)
{
	struct ns_task *t;

	host();
	step();
	for (int i = 0; i < 3; i++) {
		sh_unshared(800);
		t = date_add();
		if (i) {
			memset(&t->ns, 0, sizeof(t->ns));
			t->ns.inum[NS_PID] = 800;
			t->flags = TASK_DEAD;
			t->exit_code = 9;
		}
		step();
		if (i == 0)
			assert_int_equal(seen.n, 4);
		if (i == 2)
			assert_int_equal(seen.n, 0);
		if (i != 1)
			continue;
		assert_int_equal(seen.n, 2);
		assert_ev(0, EV_EXIT, 60);
		assert_false(seen.ev[0].hdr.flags & EVF_NO_STATUS);
		assert_int_equal(seen.ev[0].exit.exit_code, 9);
		assert_ev(1, EV_PIDNS_DEATH, 60);
		assert_int_equal(seen.ev[1].death.exit_code, 9);
	}
	sh_unshared(800);
	step();
	assert_int_equal(seen.n, 0);
}

/* It came and went between two snapshots, and only its zombie tells. */
static void test_born_dead(void **state)
{
	struct ns_task *t;

	base();
	sh_unshared(800);
	t = date_add();
	memset(&t->ns, 0, sizeof(t->ns));
	t->ns.inum[NS_PID] = 800;
	t->flags = TASK_DEAD;
	t->exit_code = 3 << 8;
	step();
	assert_int_equal(seen.n, 5);
	assert_ns(0, EV_NS_CREATE, 50, NS_PID, 800);
	assert_ev(1, EV_UNSHARE, 50);
	assert_ev(2, EV_PIDNS_INIT, 50);
	assert_ev(3, EV_EXIT, 60);
	assert_int_equal(seen.ev[3].exit.exit_code, 3 << 8);
	assert_ev(4, EV_PIDNS_DEATH, 60);
}

static void test_exec(void **state)
{
	exec_twice(5, "a", 500);
	exec_twice(6, "a", 500);
	assert_int_equal(seen.n, 1);
	assert_ev(0, EV_EXEC, 50);
	assert_int_equal(seen.ev[0].exec.changed, BIT(NS_UTS));
	assert_int_equal(seen.ev[0].exec.ns.inum[NS_UTS], 500);
	assert_int_equal(seen.ev[0].exec.filename_len, 9);
	assert_int_equal(seen.ev[0].exec.args_len, 8);
	assert_memory_equal(seen.ev[0].exec.text, "/bin/progprog\0-x", 17);
	assert_int_equal(seen.ev[0].hdr.size, offsetof(struct ev_exec, text) + 17);
	/* Only renamed: the stack is where it was. */
	exec_twice(6, "b", 500);
	assert_int_equal(seen.n, 0);
	/* Where that can't be read, the name decides. */
	exec_twice(0, "b", 500);
	assert_int_equal(seen.n, 0);
	exec_twice(0, "c", 500);
	assert_int_equal(seen.n, 1);
	assert_ev(0, EV_EXEC, 50);
}

/* exec of a process that is where its parent is: not of interest. */
static void test_exec_at_home(void **state)
{
	exec_twice(5, "a", 100 + NS_UTS);
	exec_twice(6, "b", 100 + NS_UTS);
	assert_int_equal(seen.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_nothing),
		T(test_unshare),
		T(test_setns),
		T(test_time),
		T(test_clone),
		T(test_born_unshared),
		T(test_time_child),
		T(test_enter),
		T(test_pidns),
		T(test_zombie_init),
		T(test_born_dead),
		T(test_exec),
		T(test_exec_at_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
