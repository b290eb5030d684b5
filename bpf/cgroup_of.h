/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cgroup_of.h - the cgroup that says whose a task is: of cgroup2, or where the
 * controllers stand in hierarchies of version 1, that of the hierarchy in which
 * container runtimes and systemd put every task.
 */
#ifndef NSWATCH_CGROUP_OF_H
#define NSWATCH_CGROUP_OF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include "wire/config.h"

extern const volatile struct nsw_cfg cfg;

/* The number of the controller that the chosen hierarchy of version 1 has; -1: this kernel has
 * it not. */
static __always_inline int cgroup_subsys(void)
{
	switch (cfg.cgroup_v1) {
	case CGROUP_V1_PIDS:
		if (bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id))
			return bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id);
		break;
	case CGROUP_V1_MEMORY:
		if (bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
			return bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
		break;
	case CGROUP_V1_DEVICES:
		if (bpf_core_enum_value_exists(enum cgroup_subsys_id, devices_cgrp_id))
			return bpf_core_enum_value(enum cgroup_subsys_id, devices_cgrp_id);
		break;
	}
	return -1;
}

static __always_inline struct cgroup *cgroup_of(struct task_struct *t)
{
	struct css_set *set = BPF_CORE_READ(t, cgroups);
	struct cgroup_subsys_state *css = 0;
	int subsys;

	if (!cfg.cgroup_v1)
		return BPF_CORE_READ(set, dfl_cgrp);
	subsys = cgroup_subsys();
	if (subsys < 0)
		return 0;
	bpf_probe_read_kernel(&css, sizeof(css),
		(char *)set + bpf_core_field_offset(struct css_set, subsys) +
			(u32)subsys * sizeof(css));
	return BPF_CORE_READ(css, cgroup);
}

/* 0: of none. */
static __always_inline u64 cgroup_id(struct cgroup *c)
{
	return BPF_CORE_READ(c, kn, id);
}

static __always_inline u64 cgroup_id_of(struct task_struct *t)
{
	return cfg.cgroup_v1 ? cgroup_id(cgroup_of(t)) : bpf_get_current_cgroup_id();
}

/* Whether it is of the chosen hierarchy. */
static __always_inline bool cgroup_counts(struct cgroup *c)
{
	struct cgroup_root *root = BPF_CORE_READ(c, root);
	int subsys;

	if (!cfg.cgroup_v1)
		return !BPF_CORE_READ(root, hierarchy_id);
	subsys = cgroup_subsys();
	return subsys >= 0 && BPF_CORE_READ(root, subsys_mask) & 1U << (subsys & 31);
}

#endif
