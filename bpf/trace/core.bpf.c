// SPDX-License-Identifier: GPL-2.0-only
/* core.bpf.c - the configuration, the licence, and the event structs for the object's BTF. */
#include "maps.h"

const volatile struct nsw_cfg cfg = {};

__u64 tree_namespaces = 0;
__u64 known_added = 0;
__u32 tree_any = 0;
struct known_turn known_turns[KNOWN_TURNS] = {};
__u64 inflight_spilled = 0;
__u64 filters_armed = 0;

char LICENSE[] SEC("license") = "GPL";

/*
 * Structs reach the object's BTF only if a global refers to them; the unit test
 * of the schema reads them there.
 */
#define EVENT_TYPE(K, name, s, size) struct s name;
struct event_types {
	EV_KIND_LIST(EVENT_TYPE)
};

struct event_types *event_types; /* never set */
