// SPDX-License-Identifier: GPL-2.0-only
/* caller.bpf.c - what caller.h declares: each program that needs one of these takes it along. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "caller.h"

__noinline int caller_map_holds(u64 map, u32 id)
{
	return map_holds((void *)map, id);
}

__noinline int caller_is_unmapped(void)
{
	return caller_unmapped();
}

__noinline int caller_is_chrooted(void)
{
	return task_chrooted(current_task());
}
