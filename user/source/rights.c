// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/capability.h>

#include "lib/caps.h"
#include "source/features.h"
#include "source/rights.h"
#include "lib/util.h"

/*
 * Before 5.19 (c8644cd0efe7), a kernel that lets only CAP_BPF load programs asks
 * for it on every call of bpf(2), also on descriptors that are open. Whether it
 * does is tried. Where anybody may load programs it can't be, and root may change
 * that at any time.
 */
static bool need_bpf(struct session *s, const struct rights_use *use)
{
	struct session_counts counts;
	struct caps all, less;
	int64_t closed;
	int r;

	(void)use;
	if (features_sysctl("kernel.unprivileged_bpf_disabled", &closed) || !closed ||
		caps_get(&all))
		return true;
	less = all;
	less.effective &= ~(CAP_BIT(CAP_BPF) | CAP_BIT(CAP_SYS_ADMIN));
	if (caps_set(&less))
		return true;
	r = session_counts_barely(s, &counts);
	return caps_set(&all) || r;
}

/*
 * PTRACE_MODE_READ: proc_ns_readlink() in fs/proc/namespaces.c for the mount
 * namespaces, proc_pid_get_link() in fs/proc/base.c for the root that a refused
 * caller has and the descriptor that it gave.
 */
static bool need_ptrace(struct session *s, const struct rights_use *use)
{
	static const char *const calls[] = {"unshare", "setns", "clone", "refused"};

	for (size_t i = 0; use->notes && i < ARRAY_SIZE(calls); i++)
		if (session_alt(s, calls[i]) != ALT_NONE)
			return true;
	return session_alt(s, "pin") == ALT_TP;
}

/*
 * The directory of a process' descriptors is its user's alone: proc_fd_permission() in
 * fs/proc/fd.c asks generic_permission(), which CAP_SYS_PTRACE does not satisfy.
 */
static bool need_read_search(struct session *s, const struct rights_use *use)
{
	return use->notes && session_alt(s, "setns") != ALT_NONE;
}

static bool need_kill(struct session *s, const struct rights_use *use)
{
	(void)s;
	return use->command;
}

const struct trace_right trace_rights[] = {
	{CAP_BPF, "CAP_BPF", "this kernel asks for it to read maps and to run programs", need_bpf},
	{CAP_SYS_PTRACE, "CAP_SYS_PTRACE",
		"to find the bind mounts of other mount namespaces, and why a call was refused",
		need_ptrace},
	{CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH",
		"to see which descriptor a refused setns was given", need_read_search},
	{CAP_KILL, "CAP_KILL", "to hand signals to a command that became another user", need_kill},
};
const size_t trace_rights_count = ARRAY_SIZE(trace_rights);

uint64_t rights_needed(struct session *s, const struct rights_use *use)
{
	uint64_t keep = 0;

	for (size_t i = 0; i < trace_rights_count; i++)
		if (trace_rights[i].needed(s, use))
			keep |= CAP_BIT(trace_rights[i].cap);
	/* CAP_SYS_ADMIN stands for CAP_BPF where that is not held: bpf_capable(). */
	if (keep & CAP_BIT(CAP_BPF) && !features_has_cap(CAP_BPF))
		keep |= CAP_BIT(CAP_SYS_ADMIN);
	return keep;
}
