// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor_lists.c - by which ways `nswatch ls` can read the processes here, found out by loading
 * each. */
#include <errno.h>
#include <unistd.h>

#include "cmd/doctor.h"
#include "snapshot/brief_iter.h"
#include "snapshot/tasks_iter.h"

static int brief_try(enum brief_way way)
{
	auto_brief_iter struct brief_iter it = BRIEF_ITER_NONE;

	return brief_iter_open_way(way, &it, NULL);
}

static int tasks_try(enum tasks_iter_way way)
{
	int fd, ret = tasks_iter_open_way(way, false, &fd, NULL);

	if (!ret)
		close(fd);
	return ret;
}

static int brief_cast(void)
{
	return brief_try(BRIEF_CAST);
}

static int brief_plain(void)
{
	return brief_try(BRIEF_PLAIN);
}

static int tasks_light(void)
{
	return tasks_try(TASKS_ITER_LIGHT);
}

static int tasks_full(void)
{
	return tasks_try(TASKS_ITER_FULL);
}

const struct doctor_list_row doctor_list_rows[LIST_COUNT] = {
	[LIST_BRIEF_CAST] = {"brief-cast",
		"one BPF program reads each set of namespaces once, by plain loads (6.2)",
		brief_cast},
	[LIST_BRIEF_PLAIN] = {"brief-plain", "the same by helper calls (5.18)", brief_plain},
	[LIST_TASKS_LIGHT] = {"tasks-light", "a BPF program tells every process (5.17)",
		tasks_light},
	[LIST_TASKS_FULL] = {"tasks-full", "the same, loaded by libbpf (5.8)", tasks_full},
};

void doctor_lists(struct doctor *d)
{
	for (int i = 0; i < LIST_COUNT; i++)
		d->lists[i] = doctor_list_rows[i].try();
}

enum way_state doctor_list_state(const struct doctor *d, enum doctor_list l)
{
	if (d->lists[l])
		return d->lists[l] == -EPERM ? WAY_UNKNOWN : WAY_NO;
	for (int i = 0; i < (int)l; i++)
		if (!d->lists[i])
			return WAY_POSSIBLE;
	return WAY_CHOSEN;
}

/* Refused though the kernel has all that the program asks for. */
bool doctor_list_refused(const struct doctor *d, enum doctor_list l)
{
	return d->lists[l] == -EACCES || d->lists[l] == -EINVAL || d->lists[l] == -E2BIG;
}
