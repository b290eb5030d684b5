// SPDX-License-Identifier: GPL-2.0-or-later
/* Hand-made snapshots through diff_step; poll.c itself against this kernel's /proc at the end. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ns/diff.h"
#include "ns/poll.h"
#include "ns/tree.h"
#include "ns/types.h"

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

static int collect(void *ctx, const void *data, size_t size)
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

static int other_mounts(void *ctx, const struct ns_tasks *t, struct ns_mounts *m)
{
	for (size_t i = 0; i < elsewhere.n; i++) {
		auto_buf struct buf b = {0};

		buf_printf(&b, "1 2 0:4 %s:[%u] /x rw - nsfs nsfs rw\n",
			ns_slot_name(elsewhere.rows[i].type), elsewhere.rows[i].inum);
		assert_int_equal(mounts_parse(m, b.s, b.len, 77), 0);
	}
	return 0;
}

static void program(void *ctx, const struct ns_task *t, struct buf *name, struct buf *args)
{
	buf_puts(name, "/bin/prog");
	buf_add(args, "prog\0-x", 8);
}

/* The namespaces of the host: type t is 100 + t. */
static struct ns_task *add(uint32_t pid, uint32_t ppid, const char *comm)
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

static void mount_add(const char *line)
{
	assert_int_equal(mounts_parse(&mounts, line, strlen(line), 1), 0);
}

/* Ends a snapshot: the events since the one before are in seen. */
static void step(void)
{
	memset(&seen, 0, sizeof(seen));
	now_ns += 1000000;
	tasks.ts_ns = now_ns;
	assert_int_equal(diff_step(differ, &tasks, &mounts, collect, NULL), 0);
	assert_int_equal(tasks.n, 0);
}

static int setup_with(const uint32_t *pids, size_t npids, bool follow)
{
	struct diff_opts o = {.pids = pids,
		.npids = npids,
		.follow = follow,
		.other_mounts = other_mounts,
		.program = program};

	now_ns = 1000000000;
	return diff_new(&o, &differ);
}

static int setup(void **state)
{
	return setup_with(NULL, 0, false);
}

static int teardown(void **state)
{
	diff_free(differ);
	differ = NULL;
	tasks_free(&tasks);
	mounts_free(&mounts);
	mounts_free(&elsewhere);
	return 0;
}

static void host(void)
{
	add(1, 0, "init");
	add(50, 1, "sh");
}

static void base(void)
{
	host();
	step();
	assert_int_equal(seen.n, 0);
}

static void assert_ev(size_t i, unsigned int kind, uint32_t pid)
{
	assert_true(i < seen.n);
	assert_int_equal(seen.ev[i].hdr.kind, kind);
	assert_int_equal(seen.ev[i].hdr.pid, pid);
	assert_int_equal(!pid, !!(seen.ev[i].hdr.flags & EVF_NO_ACTOR));
}

static void assert_ns(size_t i, unsigned int kind, uint32_t pid, uint32_t type, uint32_t inum)
{
	assert_ev(i, kind, pid);
	assert_int_equal(seen.ev[i].ns.ns_type, type);
	assert_int_equal(seen.ev[i].ns.inum, inum);
}

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

static void exec_twice(uint64_t mark, const char *comm, uint32_t uts)
{
	struct ns_task *t;

	add(1, 0, "init");
	t = add(50, 1, comm);
	t->exec_mark = mark;
	t->ns.inum[NS_UTS] = uts;
	step();
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

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

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
		T(test_leave),
		T(test_exit),
		T(test_pin),
		T(test_kept_by_mount),
		T(test_unreadable),
		T(test_headless),
		T(test_pid_reuse),
		T(test_filter),
		T(test_sink_error),
		T(test_tree),
		cmocka_unit_test(test_real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
