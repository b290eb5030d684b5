/* SPDX-License-Identifier: GPL-2.0-only */
/* idr.h - what the kernel keeps by numbers: ids of net namespaces, pids of a pid namespace. */
#ifndef NSWATCH_IDR_H
#define NSWATCH_IDR_H

#include <bpf/bpf_core_read.h>
#include "vmlinux.h"

#define XA_LEVELS 6

/* lib/xarray.c xa_load(): entries that end in binary 10 are nodes, but for small ones. */
static __always_inline void *idr_at(const struct idr *idr, u32 nr)
{
	u64 entry = (u64)BPF_CORE_READ(idr, idr_rt.xa_head);
	u32 at = nr - BPF_CORE_READ(idr, idr_base);
	bool deep = false;

	for (int i = 0; i < XA_LEVELS; i++) {
		struct xa_node *node = (void *)(entry - 2);
		u32 slot;

		if ((entry & 3) != 2 || entry <= 4096)
			break;
		slot = at >> (BPF_CORE_READ(node, shift) & 31);
		if (slot > 63 && !i)
			return 0;
		bpf_core_read(&entry, sizeof(entry), &node->slots[slot & 63]);
		deep = true;
	}
	/* Without a node there is just the entry of number 0. */
	return (entry & 3) || (!deep && at) ? 0 : (void *)entry;
}

#endif
