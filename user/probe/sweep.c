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

/*
 * Runs a program with each key of a map, of up to 8 bytes. The next key is got before the program
 * may delete this one: else the walk would begin again.
 */
static int keys_run(const struct bpf_map *map, const struct bpf_program *prog)
{
	int fd = bpf_map__fd(map);
	uint64_t args[1], key = 0, next = 0;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args));
	int r = bpf_map_get_next_key(fd, NULL, &next);

	while (!r) {
		args[0] = key = next;
		r = bpf_map_get_next_key(fd, &key, &next);
		if (bpf_prog_test_run_opts(bpf_program__fd(prog), &opts))
			return -errno;
	}
	return r == -ENOENT ? 0 : r;
}

/* What the program returns, or -errno. */
static int prog_run(const struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	return bpf_prog_test_run_opts(bpf_program__fd(prog), &opts) ? -errno : (int)opts.retval;
}

int sweep_run(const struct nswatch_bpf *skel)
{
	if (!sweep_is_on(skel))
		return 0;
	if (sweeps_keys(skel))
		return keys_run(skel->maps.known, skel->progs.nsfree_sweep_key);
	return prog_run(skel->progs.nsfree_sweep);
}

int netscan_run(struct nswatch_bpf *skel, bool all)
{
	bool old = bpf_program__autoload(skel->progs.netscan_look_old);
	int left, r;

	if (!old && !bpf_program__autoload(skel->progs.netscan_look))
		return -ENOENT;
	if (all)
		skel->bss->netscan_all = 1;
	if (!old)
		return prog_run(skel->progs.netscan_look);
	left = prog_run(skel->progs.netscan_look_old);
	r = left < 0 ? left : keys_run(skel->maps.nets, skel->progs.netscan_gone);
	return r ? r : left;
}
