// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Columns of ls that are read from /proc after the snapshot: of a pid that is
 * another process by now they say nothing of that one.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "cmd/ls.h"
#include "snapshot/from_proc.h"
#include "kernel/nstype.h"

/* A snapshot of this process alone; what it is named there no /proc says. */
static void snapshot_of_me(struct snapshot *d)
{
	struct procfs_opts o = {.workers = 1};
	auto_tasks struct ns_tasks all = {0};
	struct ns_task *t = tasks_add(&d->tasks);

	assert_int_equal(procfs_read(&o, &all, NULL), 0);
	assert_non_null(t);
	*t = *tasks_find(&all, (uint32_t)getpid());
	strcpy(t->comm, "then");
	assert_int_equal(tasks_index(&d->tasks), 0);
	assert_int_equal(graph_tasks(&d->graph, &d->tasks), 0);
	assert_int_equal(graph_finish(&d->graph), 0);
}

static bool col_says(struct ls *l, const char *name, struct buf *text)
{
	const struct column *c = ls_cols;
	const struct ns_task *t = &l->d->tasks.rows[0];
	struct ls_row row = {graph_find(&l->d->graph, NS_USER, t->ns.inum[NS_USER]), t};

	while (c->col.name && strcmp(c->col.name, name) != 0)
		c++;
	assert_non_null(c->col.name);
	assert_non_null(row.node);
	buf_reset(text);
	return c->fill(l, &row, text);
}

static void reused(uint64_t later_ns)
{
	static const char *const others[] = {"NSPIDS", "MAPS", "CONTAINER"};
	struct snapshot d = {0};
	struct ls l = {.d = &d};
	auto_buf struct buf text = {0};

	snapshot_of_me(&d);
	assert_true(col_says(&l, "COMMAND", &text));
	assert_non_null(strstr(text.s, "test_ls"));
	assert_true(col_says(&l, "NSPIDS", &text));
	assert_true(col_says(&l, "MAPS", &text));

	free(d.cmd_at);
	d.cmd_at = NULL;
	d.tasks.rows[0].start_ns -= later_ns;
	assert_true(col_says(&l, "COMMAND", &text));
	assert_string_equal(text.s, "then");
	for (size_t i = 0; i < 3; i++)
		assert_false(col_says(&l, others[i], &text));
	ls_caches_free(&l);
	snapshot_free(&d);
}

static void test_reused(void **state)
{
	reused(1000000000);
}

/* The least that /proc tells apart. */
static void test_reused_at_once(void **state)
{
	reused(1000000000 / (uint64_t)sysconf(_SC_CLK_TCK));
}

/* One that is dying has no command line any more, and its pid may be free before it is asked. */
static void test_dead(void **state)
{
	struct snapshot d = {0};
	struct ls l = {.d = &d};
	auto_buf struct buf text = {0};

	snapshot_of_me(&d);
	d.tasks.rows[0].flags |= TASK_DEAD;
	assert_true(col_says(&l, "COMMAND", &text));
	assert_string_equal(text.s, "then");
	ls_caches_free(&l);
	snapshot_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reused),
		cmocka_unit_test(test_reused_at_once),
		cmocka_unit_test(test_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
