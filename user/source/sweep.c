// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/types.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/wire/config.h"
#include "lib/clock.h"
#include "lib/err.h"
#include "nswatch.skel.h"
#include "source/sweep.h"

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

#define KEYS_NS 20000000 /* of one run of a part: the ring buffer is to be emptied meanwhile */

/*
 * Runs a program with each key of a map, of up to 8 bytes. The next key is got before the program
 * may delete this one: else the walk would begin again. With from a part of them at a time: it
 * holds the key to go on with, 0: the first one. The sum of what it returned, or -errno.
 */
static int keys_run(const struct bpf_map *map, const struct bpf_program *prog, uint64_t *from)
{
	uint64_t key = 0, next = 0, until = clock_ns(CLOCK_MONOTONIC) + KEYS_NS;
	int fd = bpf_map__fd(map);
	uint32_t one;
	int sum = 0, r = bpf_map_get_next_key(fd, from && *from ? from : NULL, &next);

	while (!r) {
		int ran;

		key = next;
		r = bpf_map_get_next_key(fd, &key, &next);
		ran = prog_run(prog, key, 0, &one);
		if (ran)
			return ran;
		sum += (int)one;
		if (from && clock_ns(CLOCK_MONOTONIC) > until)
			break;
	}
	if (from)
		*from = r ? 0 : key;
	return r && r != -ENOENT ? r : sum;
}

int sweep_run(const struct nswatch_bpf *skel)
{
	static uint64_t from;
	uint32_t ended = 0;
	int r;

	if (!sweep_is_on(skel))
		return 0;
	r = sweeps_keys(skel) ? keys_run(skel->maps.known, skel->progs.nsfree_sweep_key, &from)
			      : prog_run(skel->progs.nsfree_sweep, 0, 0, &ended);
	return r == -ENOTSUPP ? 0 : r ? r : (int)ended;
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
		r = keys_run(skel->maps.nets, skel->progs.netscan_gone, NULL);
	return r < 0 ? r : (int)left;
}
