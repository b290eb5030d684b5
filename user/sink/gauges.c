// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel/nstype.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "sink/gauges.h"
#include "snapshot/fate.h"
#include "snapshot/groups.h"
#include "snapshot/kept.h"
#include "snapshot/snapshot.h"
#include "why/nslimit.h"

/* --- namespaces ------------------------------------------------------------------------------ */

struct counts {
	uint64_t all[NS_TYPES], hidden[NS_TYPES], kept[NS_TYPES][KEEP_KINDS + 1];
};

static void counts_take(const struct ns_graph *g, struct counts *ret)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct ns_node *n = &g->nodes[i];
		unsigned int kind = 0;

		while (kind < KEEP_KINDS && !n->keep[kind].n)
			kind++;
		ret->all[n->type]++;
		ret->hidden[n->type] += !n->plain;
		ret->kept[n->type][kind]++;
	}
}

static void namespaces_put(struct metrics *m, const struct ns_graph *g)
{
	struct counts c = {0};

	counts_take(g, &c);
	metrics_family(m, "nswatch_namespaces", METRIC_GAUGE, "Namespaces there are, by type.");
	for (unsigned int t = 0; t < NS_TYPES; t++)
		METRIC(m, c.all[t], "type", ns_types[t].name);
	metrics_family(m, "nswatch_namespaces_hidden", METRIC_GAUGE,
		"Of these, those that lsns does not see.");
	for (unsigned int t = 0; t < NS_TYPES; t++)
		METRIC(m, c.hidden[t], "type", ns_types[t].name);
	metrics_family(m, "nswatch_namespaces_kept", METRIC_GAUGE,
		"Namespaces by the first thing that keeps them, as column KEPT of nswatch ls calls "
		"it.");
	for (unsigned int t = 0; t < NS_TYPES; t++)
		for (unsigned int k = 0; k <= KEEP_KINDS; k++)
			if (c.kept[t][k] || k == KEEP_PROC || k == KEEP_MOUNT)
				METRIC(m, c.kept[t][k], "type", ns_types[t].name, "by",
					kept_kind(k));
}

/* --- devices --------------------------------------------------------------------------------- */

static void devices_put(struct metrics *m, const struct net_view *v)
{
	uint64_t by[FATES] = {0};

	for (size_t i = 0; i < v->n; i++)
		for (uint32_t d = 0; d < v->spaces[i].n; d++)
			by[dev_fate(&v->devs.rows[v->spaces[i].first + d], v->spaces[i].initial)]++;
	metrics_family(m, "nswatch_net_devices", METRIC_GAUGE,
		"Network devices of all net namespaces, by what becomes of them when theirs ends.");
	for (unsigned int f = 0; f < FATES; f++)
		METRIC(m, by[f], "on_exit", fate_name((enum net_fate)f));
	metrics_family(m, "nswatch_net_namespaces_unreadable", METRIC_GAUGE,
		"Net namespaces whose devices could not be read.");
	metrics_sample(m, NULL, v->unreadable);
}

/* --- limits ---------------------------------------------------------------------------------- */

/* The first number behind such a text (NULL: at the start) of a file; false: there is none. */
static bool number_read(const char *path, const char *behind, uint64_t *ret)
{
	char text[128], *at = text, *end;

	if (fd_read_file(AT_FDCWD, path, text, sizeof(text)) <= 0)
		return false;
	if (behind)
		at = strstr(text, behind) ? strstr(text, behind) + strlen(behind)
					  : text + strlen(text);
	*ret = strtoull(at, &end, 10);
	return end > at;
}

/*
 * At most what the user has that has most of a type in this user namespace, as limits are for each
 * user: of most namespaces in it the kernel does not say who made them.
 */
static void most_take(const struct ns_graph *g, uint32_t user_ns, uint64_t ret[NS_TYPES])
{
	auto_free struct nscount *v = NULL;
	uint32_t unnamed[NS_TYPES];
	size_t n;

	if (nscount_read(g, user_ns, &v, &n, unnamed))
		return;
	for (size_t i = 0; i < n; i++)
		if (v[i].n > ret[v[i].type])
			ret[v[i].type] = v[i].n;
	for (unsigned int t = 0; t < NS_TYPES; t++)
		ret[t] += unnamed[t];
}

static void limits_put(struct metrics *m, const struct ns_graph *g)
{
	auto_fd int fd = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	int64_t max[NS_TYPES];
	uint64_t most[NS_TYPES] = {0};
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || nslimit_read(fd, max))
		return;
	most_take(g, (uint32_t)st.st_ino, most);
	metrics_family(m, "nswatch_namespace_limit", METRIC_GAUGE,
		"How many namespaces of a type one user may have in this user namespace.");
	for (unsigned int t = 0; t < NS_TYPES; t++)
		if (max[t] >= 0 && max[t] < INT_MAX)
			METRIC(m, (uint64_t)max[t], "type", ns_types[t].name);
	metrics_family(m, "nswatch_namespace_limit_used", METRIC_GAUGE,
		"How many the user with the most of them may have: those of which the kernel does "
		"not say who made them are counted.");
	for (unsigned int t = 0; t < NS_TYPES; t++)
		METRIC(m, most[t], "type", ns_types[t].name);
}

static void pids_put(struct metrics *m)
{
	static const struct {
		const char *name, *path;
	} of[] = {{"pid_max", "/proc/sys/kernel/pid_max"},
		{"threads_max", "/proc/sys/kernel/threads-max"}};
	uint64_t v;

	metrics_family(m, "nswatch_tasks_limit", METRIC_GAUGE,
		"How many tasks the pid namespace (pid_max) and the kernel (threads_max) allow.");
	for (size_t i = 0; i < 2; i++)
		if (number_read(of[i].path, NULL, &v))
			METRIC(m, v, "limit", of[i].name);
	if (!number_read("/proc/loadavg", "/", &v))
		return;
	metrics_family(m, "nswatch_tasks", METRIC_GAUGE, "Tasks there are: processes and threads.");
	metrics_sample(m, NULL, v);
}

/* --- containers ------------------------------------------------------------------------------ */

static int containers_put(struct metrics *m, struct snapshot *s)
{
	auto_groups struct groups g = {0};
	uint64_t rest = 0;
	int r = groups_make(s, GROUP_CONTAINER, &g);

	if (r)
		return r;
	metrics_family(m, "nswatch_container_processes", METRIC_GAUGE, "Processes of a container.");
	for (size_t i = 0; i < g.n; i++) {
		if (i >= GAUGES_CONTAINERS)
			rest += g.v[i].nprocs;
		else
			METRIC(m, g.v[i].nprocs, "container", group_name(&g, &g.v[i]), "pod",
				group_pod(&g, &g.v[i]));
	}
	if (rest)
		METRIC(m, rest, "container", "", "pod", "");
	return 0;
}

int gauges_read(struct metrics *m, bool containers, struct err *err)
{
	auto_snapshot struct snapshot s = {0};
	uint64_t begin = clock_ns(CLOCK_MONOTONIC);
	unsigned int needs = SNAP_HIDDEN | (containers ? SNAP_PROCS | SNAP_REL | SNAP_TREE : 0);
	int r = snapshot_read(&s, SNAPSHOT_AUTO, 0, needs, err);

	if (!r)
		r = snapshot_devices(&s, 0, 0, err);
	if (r)
		return r;
	namespaces_put(m, &s.graph);
	devices_put(m, &s.view);
	limits_put(m, &s.graph);
	pids_put(m);
	r = containers ? containers_put(m, &s) : 0;
	if (r)
		return err_set(err, r, "containers");
	metrics_family(m, "nswatch_snapshot_seconds", METRIC_GAUGE, "How long it took to look.");
	metrics_seconds(m, NULL, clock_ns(CLOCK_MONOTONIC) - begin);
	return 0;
}
