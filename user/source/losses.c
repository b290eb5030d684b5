// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "lib/clock.h"
#include "source/losses.h"

/* The names of calls whose loss is an event's; NULL of what belongs to no call. */
static const char *const call_names[CALLS] = {
	[CALL_UNSHARE] = "unshare",
	[CALL_SETNS] = "setns",
	[CALL_CLONE] = "clone",
	[CALL_NS_CREATE] = "ns-create",
	[CALL_USERNS_CREATE] = "ns-create",
	[CALL_MOUNT] = "mount",
	[CALL_REFUSED] = "refused",
};

struct telling {
	source_sink sink;
	void *ctx;
	int r;
};

static void tell(struct telling *t, uint32_t why, const char *where, uint64_t now, uint64_t *told)
{
	struct ev_lost e = {
		.hdr = {.kind = EV_LOST, .size = sizeof(e), .flags = EVF_NO_ACTOR}, .why = why};

	if (now <= *told || t->r < 0)
		return;
	e.hdr.ts_ns = clock_ns(CLOCK_BOOTTIME);
	e.count = now - *told;
	snprintf(e.where, sizeof(e.where), "%s", where);
	*told = now;
	t->r = t->sink(t->ctx, &e, sizeof(e));
}

static uint64_t prog_misses(const struct bpf_program *p)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);
	int fd = p ? bpf_program__fd(p) : -1;

	return fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) ? 0 : info.recursion_misses;
}

static bool is_again(const char *name)
{
	size_t len = strlen(name), end = strlen(PROG_AGAIN);

	return len > end && !strcmp(name + len - end, PROG_AGAIN);
}

/* The program that tells what this one missed; NULL: none. */
static const struct bpf_program *prog_behind(const struct bpf_object *obj, const char *name)
{
	char again[64];

	/* Another place, so that they run in this order: see nsfree_number in
	 * bpf/trace/nslife.bpf.c. */
	snprintf(again, sizeof(again), "%s%s", name, PROG_AGAIN);
	return bpf_object__find_program_by_name(
		obj, strcmp(name, "nsfree_fentry") ? again : "nsfree_number");
}

/* Of two that stand for one another only what both missed can be missing. */
static void tell_program(struct telling *t, const struct bpf_object *obj,
	const struct bpf_program *p, uint64_t *told)
{
	const char *name = bpf_program__name(p);
	const struct bpf_program *behind = prog_behind(obj, name);
	uint64_t misses = prog_misses(p), its;

	if (misses && behind && bpf_program__fd(behind) >= 0) {
		its = prog_misses(behind);
		misses = its < misses ? its : misses;
	}
	tell(t, EV_LOST_PROGRAM, name, misses, told);
}

int losses_tell(struct losses *l, const struct session_counts *now, struct bpf_object *obj,
	source_sink sink, void *ctx)
{
	struct telling t = {.sink = sink, .ctx = ctx};
	struct bpf_program *p;
	size_t i = 0;

	tell(&t, EV_LOST_RECORD, "", now->lost_all, &l->told.lost_all);
	for (uint32_t c = 0; c < CALLS; c++)
		if (call_names[c])
			tell(&t, EV_LOST_CALL, call_names[c], now->calls[c], &l->told.calls[c]);
	for (uint32_t why = EV_LOST_NAMESPACE; why < EV_LOST_WHYS; why++)
		tell(&t, why, "", now->missing[why], &l->told.missing[why]);
	bpf_object__for_each_program(p, obj)
	{
		const char *name = bpf_program__name(p);

		if (i < LOSSES_PROGS && !is_again(name) && strcmp(name, "nsfree_number") != 0)
			tell_program(&t, obj, p, &l->skipped[i]);
		i++;
	}
	return t.r;
}
