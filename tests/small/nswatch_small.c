// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nswatch_small.c - the program with smaller maps and bounds, so that a test can reach them: linked
 * with --wrap=bpf_object__load_skeleton. NSWATCH_SMALL is a list of NAME=N, of a map of the trace
 * or of a bound below.
 */
#include <errno.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "bpf/wire/config.h"
#include "nswatch.skel.h"

int __real_bpf_object__load_skeleton(struct bpf_object_skeleton *s);
int __wrap_bpf_object__load_skeleton(struct bpf_object_skeleton *s);

static int bound_set(struct nswatch_bpf *skel, const char *name, unsigned long n)
{
	const struct {
		const char *name;
		__u32 *at;
	} bounds[] = {
		{"netscan_nets_max", (__u32 *)&skel->rodata->netscan_nets_max},
		{"netscan_devs_max", (__u32 *)&skel->rodata->netscan_devs_max},
		{"sweep_run_ns", (__u32 *)&skel->rodata->sweep_run_ns},
		{"sweep_dawdle", (__u32 *)&skel->rodata->sweep_dawdle},
		{"sweep_check", (__u32 *)&skel->rodata->sweep_check},
	};
	struct bpf_map *map = bpf_object__find_map_by_name(skel->obj, name);

	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
		if (!strcmp(bounds[i].name, name)) {
			*bounds[i].at = (__u32)n;
			return 0;
		}
	return map ? bpf_map__set_max_entries(map, (__u32)n) : -ENOENT;
}

int __wrap_bpf_object__load_skeleton(struct bpf_object_skeleton *s)
{
	const char *small = getenv("NSWATCH_SMALL");
	struct nswatch_bpf *skel = (void *)((char *)s->obj - offsetof(struct nswatch_bpf, obj));
	char name[64];
	unsigned long n;
	int len;

	for (; small && !strcmp(s->name, "nswatch_bpf") &&
		sscanf(small, " %63[^= ]=%lu%n", name, &n, &len) == 2;
		small += len)
		if (bound_set(skel, name, n)) {
			fprintf(stderr, "NSWATCH_SMALL: no %s\n", name);
			exit(2);
		}
	return __real_bpf_object__load_skeleton(s);
}
