/* SPDX-License-Identifier: GPL-2.0-only */
/* inflight.h - what the entry of a call leaves for its return, by thread. */
#ifndef NSWATCH_INFLIGHT_H
#define NSWATCH_INFLIGHT_H

#include "maps.h"

/* Calls that can be in flight in one thread at once, one inside the other. */
enum call {
	CALL_UNSHARE,
	CALL_SETNS,
	CALL_CLONE,
	CALL_NS_CREATE,
	CALL_USERNS_CREATE,
	CALL_MOUNT,
	CALL_EXIT, /* no call: what one program on an exit leaves for the next */
};

struct inflight_key {
	u64 thread; /* pid_tgid */
	u64 call;
};

struct inflight {
	u64 flags;
	u64 ptr;
	s32 fd;
	u32 fd_kind;
	u32 target_inum;
	u32 target_pid;
	struct ev_nsset before;
};

/* LRU: a thread that is killed between entry and return leaves nothing for ever. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct inflight_key);
	__type(value, struct inflight);
} inflight SEC(".maps") __weak;

static __always_inline struct inflight_key inflight_key(u32 call)
{
	struct inflight_key k = {.thread = bpf_get_current_pid_tgid(), .call = call};

	return k;
}

static __always_inline void inflight_put(u32 call, const struct inflight *in)
{
	struct inflight_key k = inflight_key(call);

	bpf_map_update_elem(&inflight, &k, in, BPF_ANY);
}

static __always_inline struct inflight *inflight_get(u32 call)
{
	struct inflight_key k = inflight_key(call);

	return bpf_map_lookup_elem(&inflight, &k);
}

static __always_inline void inflight_drop(u32 call)
{
	struct inflight_key k = inflight_key(call);

	bpf_map_delete_elem(&inflight, &k);
}

#endif
