// SPDX-License-Identifier: GPL-2.0-or-later
/* The graph of made-up tasks, then of namespaces of a child that are kept in every way. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fd.h"
#include "snapshot/graph.h"
#include "snapshot/snapshot.h"
#include "snapshot/kept.h"
#include "kernel/nsfd.h"
#include "snapshot/from_proc.h"
#include "kernel/nstype.h"

static struct ns_task *task(struct ns_tasks *t, uint32_t pid, uint32_t tid)
{
	struct ns_task *row = tasks_add(t);

	row->pid = pid;
	row->tid = tid;
	row->ppid = 1;
	slot_for_each (slot, NS_SLOTS_MASK)
		row->ns.inum[slot] = 100 + ns_types[slot].type;
	return row;
}

static void assert_kept(const struct ns_graph *g, uint32_t type, uint32_t inum, const char *want)
{
	const struct ns_node *n = graph_find(g, type, inum);
	auto_buf struct buf b = {0};

	assert_non_null(n);
	kept_words(g, n, &b);
	assert_string_equal(b.s, want);
}

static void test_tasks(void **state)
{
	auto_graph struct ns_graph g = {0};
	auto_tasks struct ns_tasks t = {0};
	const struct ns_node *n;

	task(&t, 9, 9);
	task(&t, 12, 12);
	task(&t, 12, 13)->ns.inum[NS_NET] = 200;
	task(&t, 12, 14)->ns.inum[NS_NET] = 200;
	task(&t, 15, 15)->ns.inum[NS_PID_CHILD] = 201;
	task(&t, 16, 16)->ns.inum[NS_UTS] = 0;
	assert_int_equal(graph_tasks(&g, &t), 0);
	assert_int_equal(graph_finish(&g), 0);
	assert_int_equal(g.n, NS_TYPES + 2);
	for (size_t i = 1; i < g.n; i++)
		assert_true(g.nodes[g.order[i - 1]].inum < g.nodes[g.order[i]].inum);

	n = graph_find(&g, NS_MNT, 100 + NS_MNT);
	assert_int_equal(n->nprocs, 4);
	assert_int_equal(n->nthreads, 6);
	assert_int_equal(node_proc(&g, n)->pid, 9);
	assert_true(n->plain);
	assert_int_equal(graph_find(&g, NS_UTS, 100 + NS_UTS)->nprocs, 3);
	assert_kept(&g, NS_MNT, 100 + NS_MNT, "proc");
	n = graph_find_inum(&g, 200);
	assert_int_equal(n->type, NS_NET);
	assert_int_equal(n->nprocs, 0);
	assert_int_equal(n->nthreads, 2);
	assert_null(node_proc(&g, n));
	assert_false(n->plain);
	assert_kept(&g, NS_NET, 200, "thread 13 +1");
	assert_kept(&g, NS_PID, 201, "child 15");
	assert_null(graph_find(&g, NS_NET, 201));
	assert_null(graph_find_inum(&g, 0));
}

static void test_types(void **state)
{
	auto_graph struct ns_graph g = {.types = 1u << NS_PID};
	auto_tasks struct ns_tasks t = {0};

	task(&t, 9, 9)->ns.inum[NS_PID_CHILD] = 5;
	assert_int_equal(graph_tasks(&g, &t), 0);
	assert_int_equal(g.n, 2);
	assert_non_null(graph_find(&g, NS_PID, 5));
}

/* user 300 > 301 > 302; 302 owns net 400; pid 500 > 501 */
static int made_up(const struct ns_graph *g, struct ns_node *n)
{
	static const uint32_t facts[][4] = {{NS_USER, 301, 300, 300}, {NS_USER, 302, 301, 301},
		{NS_NET, 400, 0, 302}, {NS_PID, 501, 500, 300}};

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		if (n->type != facts[i][0] || n->inum != facts[i][1])
			continue;
		n->rel[REL_PARENT] = facts[i][2];
		n->rel[REL_OWNER] = facts[i][3];
	}
	return 0;
}

static const struct snapshot_ops made_up_ops = {.ask = made_up};

static void related(struct ns_graph *g, const struct ns_tasks *t, const struct ns_holds *h,
	enum graph_scope scope)
{
	graph_free(g);
	g->ops = &made_up_ops;
	assert_int_equal(graph_tasks(g, t), 0);
	assert_int_equal(graph_holds(g, h), 0);
	assert_int_equal(graph_relate(g, scope), 0);
	assert_int_equal(graph_finish(g), 0);
}

static void test_relations(void **state)
{
	auto_graph struct ns_graph g = {0};
	auto_tasks struct ns_tasks t = {0};
	auto_holds struct ns_holds h = {0};
	struct ns_task *row = task(&t, 9, 9);

	memset(&row->ns, 0, sizeof(row->ns));
	row->ns.inum[NS_PID] = 501;
	row->ns.inum[NS_USER] = 300;
	related(&g, &t, &h, GRAPH_BARE);
	assert_int_equal(g.n, 2);
	related(&g, &t, &h, GRAPH_ALL);
	assert_int_equal(g.n, 2);
	assert_int_equal(graph_find(&g, NS_PID, 501)->rel[REL_PARENT], 500);
	related(&g, &t, &h, GRAPH_ANCESTORS);
	assert_int_equal(g.n, 3);
	assert_kept(&g, NS_PID, 500, "parent pid:[501]");
	assert_false(graph_find(&g, NS_PID, 500)->plain);
	assert_int_equal(graph_find(&g, NS_PID, 501)->level, 1);
	related(&g, &t, &h, GRAPH_TREE);
	assert_true(graph_find(&g, NS_PID, 500)->plain);

	/* What an fd keeps keeps all that is above: lsns lists it too. */
	*holds_add(&h) = (struct ns_hold){NS_NET, 400, 9, 7, false, false};
	*holds_add(&h) = (struct ns_hold){NS_NET, 400, 9, 8, false, false};
	*holds_add(&h) = (struct ns_hold){NS_NET, 400, 9, 9, true, false};
	related(&g, &t, &h, GRAPH_BARE);
	assert_int_equal(g.n, 5);
	assert_kept(&g, NS_NET, 400, "fd 9:7 +1, socket 9:9");
	assert_kept(&g, NS_USER, 302, "owner net:[400]");
	assert_kept(&g, NS_USER, 301, "parent user:[302]");
	assert_kept(&g, NS_USER, 300, "proc, parent user:[301]");
	assert_int_equal(graph_find(&g, NS_USER, 302)->level, 2);
	for (size_t i = 0; i < g.n; i++)
		assert_true(g.nodes[i].plain);
	assert_ptr_equal(&g.nodes[graph_find(&g, NS_NET, 400)->node[REL_OWNER]],
		graph_find(&g, NS_USER, 302));
}

/* --- namespaces of this machine --- */

/* A user namespace needs no rights where the system allows it; else the test is of root. */
static int child_main(int to)
{
	char c = 0;
	int fd;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWUTS))
		c = 1;
	fd = open("/proc/self/ns/uts", O_RDONLY);
	if (!c && (fd < 0 || socket(AF_INET, SOCK_DGRAM, 0) < 0 ||
			  unshare(CLONE_NEWNET | CLONE_NEWUTS)))
		c = 1;
	if (write(to, &c, 1) != 1)
		return 1;
	for (;;)
		pause();
}

static bool opens_by_id(const struct ns_node *n)
{
	struct nsfd_is is = {(uint32_t)ns_types[n->type].flag, n->inum};
	auto_fd int fd = nsfd_by_id(n->id, &is);

	return fd >= 0;
}

static void test_live(void **state)
{
	struct procfs_opts o = {0};
	auto_graph struct ns_graph g = {0};
	auto_tasks struct ns_tasks t = {0};
	auto_holds struct ns_holds h = {0};
	const struct ns_node *uts = NULL, *net = NULL, *user;
	auto_buf struct buf path = {0};
	auto_fd int fd = -1, sock = -1, again = -1;
	uint32_t inum, uid;
	struct stat st;
	int p[2], type;
	char c = 1;
	pid_t pid;

	assert_int_equal(pipe(p), 0);
	pid = fork();
	if (!pid)
		_exit(child_main(p[1]));
	assert_int_equal(read(p[0], &c, 1), 1);
	if (c) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		print_message("no user namespaces here\n");
		skip();
	}
	assert_int_equal(procfs_read(&o, &t, NULL), 0);
	assert_int_equal(holds_read(&h, &t, NS_TYPES_MASK, NULL), 0);
	assert_int_equal(graph_tasks(&g, &t), 0);
	assert_int_equal(graph_holds(&g, &h), 0);
	assert_int_equal(graph_relate(&g, GRAPH_ALL), 0);
	assert_int_equal(graph_finish(&g), 0);
	for (size_t i = 0; i < h.n; i++) {
		if (h.rows[i].pid != (uint32_t)pid)
			continue;
		if (h.rows[i].socket)
			net = graph_find(&g, NS_NET, h.rows[i].inum);
		else
			uts = graph_find(&g, NS_UTS, h.rows[i].inum);
	}
	assert_non_null(uts);
	assert_int_equal(uts->nprocs, 0);
	assert_int_equal(node_path(&g, uts, &path), 0);
	assert_int_equal(stat(path.s, &st), 0);
	assert_int_equal(st.st_ino, uts->inum);
	fd = node_open(&g, uts);
	assert_true(fd >= 0);
	assert_int_equal(nsfd_inum(fd, &inum), 0);
	assert_int_equal(inum, uts->inum);
	type = nsfd_type(fd);
	assert_int_equal(type, NS_UTS);

	user = graph_find(&g, NS_USER, tasks_find(&t, (uint32_t)pid)->ns.inum[NS_USER]);
	assert_non_null(user);
	assert_int_equal(uts->rel[REL_OWNER], user->inum);
	assert_int_equal(stat("/proc/self/ns/user", &st), 0);
	assert_int_equal(user->rel[REL_PARENT], st.st_ino);
	uid = user->owner_uid;
	assert_int_equal(uid, geteuid());
	if (net) { /* pidfd_getfd needs more rights than the rest */
		assert_int_equal(net->nprocs, 0);
		assert_int_equal(net->rel[REL_OWNER], user->inum);
		sock = node_open(&g, net);
		assert_true(sock >= 0);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);

	/* What kept it is gone, but for this descriptor: by its id it is found, where it has one.
	 */
	again = node_open(&g, uts);
	assert_int_equal(again >= 0, uts->id && opens_by_id(uts));
	if (again >= 0)
		assert_int_equal(nsfd_inum(again, &inum), 0);
	assert_int_equal(inum, uts->inum);
	/* It is gone, as soon as the kernel has freed it: nothing else is opened in its place. */
	fd_closep(&again);
	fd_closep(&fd);
	for (int tries = 0; (again = node_open(&g, uts)) >= 0 && tries < 1000; tries++) {
		fd_closep(&again);
		usleep(10000);
	}
	assert_true(again < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tasks),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_relations),
		cmocka_unit_test(test_live),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
