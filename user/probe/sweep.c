// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/types.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/config.h"
#include "lib/err.h"
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

int prog_run(const struct bpf_program *prog, uint64_t a, uint64_t b, uint32_t *ret)
{
	uint64_t args[] = {a, b};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args));

	if (bpf_prog_test_run_opts(bpf_program__fd(prog), &opts))
		return -errno;
	*ret = opts.retval;
	return 0;
}

/*
 * Runs a program with each key of a map, of up to 8 bytes. The next key is got before the program
 * may delete this one: else the walk would begin again.
 */
static int keys_run(const struct bpf_map *map, const struct bpf_program *prog)
{
	int fd = bpf_map__fd(map);
	uint64_t key = 0, next = 0;
	uint32_t ignored;
	int r = bpf_map_get_next_key(fd, NULL, &next);

	while (!r) {
		int ran;

		key = next;
		r = bpf_map_get_next_key(fd, &key, &next);
		ran = prog_run(prog, key, 0, &ignored);
		if (ran)
			return ran;
	}
	return r == -ENOENT ? 0 : r;
}

int sweep_run(const struct nswatch_bpf *skel)
{
	uint32_t ignored;
	int r;

	if (!sweep_is_on(skel))
		return 0;
	r = sweeps_keys(skel) ? keys_run(skel->maps.known, skel->progs.nsfree_sweep_key)
			      : prog_run(skel->progs.nsfree_sweep, 0, 0, &ignored);
	return r == -ENOTSUPP ? 0 : r;
}

int netscan_run(struct nswatch_bpf *skel, bool all)
{
	bool old = bpf_program__autoload(skel->progs.netscan_look_old);
	uint32_t left;
	int r;

	if (!old && !bpf_program__autoload(skel->progs.netscan_look))
		return -ENOENT;
	if (all)
		skel->bss->netscan_all = 1;
	r = prog_run(old ? skel->progs.netscan_look_old : skel->progs.netscan_look, 0, 0, &left);
	if (!r && old)
		r = keys_run(skel->maps.nets, skel->progs.netscan_gone);
	return r ? r : (int)left;
}
