// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/types.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/config.h"
#include "nswatch.skel.h"
#include "probe/sweep.h"

static bool sweeps_keys(const struct nswatch_bpf *skel)
{
	return bpf_program__autoload(skel->progs.nsfree_sweep_key);
}

bool sweep_is_on(const struct nswatch_bpf *skel)
{
	return bpf_program__autoload(skel->progs.nsfree_sweep) || sweeps_keys(skel);
}

/* The next key is got before the program may delete this one: else the walk would begin again. */
static int sweep_keys(const struct nswatch_bpf *skel)
{
	int known = bpf_map__fd(skel->maps.known);
	int prog = bpf_program__fd(skel->progs.nsfree_sweep_key);
	uint64_t args[1];
	uint32_t key, next;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args));
	int r = bpf_map_get_next_key(known, NULL, &next);

	while (!r) {
		args[0] = key = next;
		r = bpf_map_get_next_key(known, &key, &next);
		if (bpf_prog_test_run_opts(prog, &opts))
			return -errno;
	}
	return r == -ENOENT ? 0 : r;
}

int sweep_run(const struct nswatch_bpf *skel)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	if (!sweep_is_on(skel))
		return 0;
	if (sweeps_keys(skel))
		return sweep_keys(skel);
	return bpf_prog_test_run_opts(bpf_program__fd(skel->progs.nsfree_sweep), &opts) ? -errno
											: 0;
}
