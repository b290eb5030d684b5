// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/types.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/wire/config.h"
#include "source/features.h"
#include "lib/clock.h"
#include "nswatch.skel.h"
#include "source/session.h"
#include "source/unseen.h"

/* Between two looks whether the map is full. */
#define LOOK_NS (1000000000ULL)

/* In the order in which they are attached. */
static struct bpf_program **progs(struct nswatch_bpf *skel, struct bpf_program *ret[UNSEEN_LINKS])
{
	size_t n = 0;

	ret[n++] = skel->progs.unseen_exec;
	ret[n++] = skel->progs.unseen_exit;
	ret[n++] = skel->progs.unseen_fork;
	ret[n++] = skel->progs.unseen_fork_again;
	ret[n++] = skel->progs.unseen_unshare;
	ret[n++] = skel->progs.unseen_setns;
	ret[n++] = skel->progs.unseen_unshare_exit;
	ret[n++] = skel->progs.unseen_setns_exit;
	ret[n] = NULL;
	return ret;
}

bool unseen_possible(void)
{
#if defined(__x86_64__)
	return features_get()->initial[NS_PID] == ANSWER_YES;
#else
	return false;
#endif
}

int unseen_enable(struct nswatch_bpf *skel)
{
	struct bpf_program *own[UNSEEN_LINKS];
	int r = bpf_program__set_autoload(skel->progs.unseen_seed, true);

	for (struct bpf_program **p = progs(skel, own); *p && !r; p++)
		r = bpf_program__set_autoload(*p, true);
	if (!r)
		r = bpf_program__set_autoload(skel->progs.unseen_compat_enter, true);
	return r ? r : bpf_program__set_autoload(skel->progs.unseen_compat_exit, true);
}

int unseen_attach(struct unseen *u, struct nswatch_bpf *skel, struct err *err)
{
	struct bpf_program *own[UNSEEN_LINKS];

	if (!bpf_program__autoload(skel->progs.unseen_seed))
		return 0;
	u->skel = skel;
	for (struct bpf_program **p = progs(skel, own); *p; p++) {
		int r = attach_program(*p, &u->links[u->nlinks]);

		if (r)
			return err_set(err, r, "attach %s", bpf_program__name(*p));
		u->nlinks++;
	}
	return 0;
}

int unseen_arm(struct unseen *u, struct err *err)
{
	int r;

	if (!u->skel)
		return 0;
	r = iter_run(u->skel->progs.unseen_seed);
	if (r)
		return err_set(err, r, "run the iterator over tasks");
	u->skel->bss->unseen_armed = 1;
	return 0;
}

/* What has gone is not taken out of the map: nothing tells of it. */
void unseen_tick(struct unseen *u)
{
	struct told_key {
		uint64_t nsproxy, user;
	} key;
	int fd;

	if (!u->skel || !u->skel->bss->unseen_full || clock_ns(CLOCK_MONOTONIC) < u->look_ns)
		return;
	u->look_ns = clock_ns(CLOCK_MONOTONIC) + LOOK_NS;
	u->skel->bss->unseen_armed = 0;
	fd = bpf_map__fd(u->skel->maps.told);
	while (!bpf_map_get_next_key(fd, NULL, &key))
		if (bpf_map_delete_elem(fd, &key))
			return;
	u->skel->bss->unseen_full = 0;
	unseen_arm(u, NULL);
}

void unseen_detach(struct unseen *u)
{
	for (size_t i = 0; i < u->nlinks; i++)
		bpf_link__destroy(u->links[i]);
	*u = (struct unseen){0};
}
