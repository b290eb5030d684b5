// SPDX-License-Identifier: GPL-2.0-only
/* core.bpf.c - the configuration, the licence, and the event structs for the object's BTF. */
#include "maps.h"

const volatile struct nsw_cfg cfg = {};

__u64 tree_namespaces = 0;
__u64 inflight_spilled = 0;
__u64 filters_armed = 0;

char LICENSE[] SEC("license") = "GPL";

/*
 * Structs reach the object's BTF only if a global refers to them; the unit test
 * of the schema reads them there.
 */
struct event_types {
	struct ev_unshare ev_unshare;
	struct ev_setns ev_setns;
	struct ev_clone ev_clone;
	struct ev_exec ev_exec;
	struct ev_pidns_init ev_pidns_init;
	struct ev_exit ev_exit;
	struct ev_pidns_death ev_pidns_death;
	struct ev_fork_denied ev_fork_denied;
	struct ev_ns ev_ns;
	struct ev_netdev ev_netdev;
	struct ev_pin ev_pin;
	struct ev_lost ev_lost;
	struct ev_refused ev_refused;
};

struct event_types *event_types; /* never set */
