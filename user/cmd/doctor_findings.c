// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor_findings.c - what is missing and what to do, as one table. */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "cmd/doctor.h"
#include "source/compat.h"
#include "kernel/kconfig.h"
#include "why/rule.h"
#include "why/step.h"
#include "why/subject.h"
#include "lib/util.h"

static enum answer fact(enum feature f)
{
	return features_fact(f, false)->answer;
}

static bool refused(enum feature f, int code)
{
	const struct feature_answer *x = features_fact(f, false);

	return x->answer == ANSWER_NO && x->code == code;
}

/* The sysctl is there and has the value. */
static bool setting_is(const char *name, int64_t value)
{
	int64_t v;

	return !features_sysctl(name, &v) && v == value;
}

static bool foreign_userns(const struct doctor *d)
{
	return d->f->initial[NS_USER] == ANSWER_NO;
}

static bool no_rights(const struct doctor *d)
{
	return !foreign_userns(d) && !features_may_trace();
}

static bool no_bpf(const struct doctor *d)
{
	return refused(FEAT_BPF, -ENOSYS) || kconfig_get("BPF_SYSCALL") == ANSWER_NO;
}

static bool bpf_seccomp(const struct doctor *d)
{
	return features_may_trace() && refused(FEAT_BPF, -EPERM) && d->f->seccomp == 2;
}

static bool bpf_policy(const struct doctor *d)
{
	return features_may_trace() && refused(FEAT_BPF, -EPERM) && d->f->seccomp != 2;
}

static bool no_ringbuf(const struct doctor *d)
{
	return refused(FEAT_RINGBUF, -EINVAL);
}

static bool low_memlock(const struct doctor *d)
{
	return features_may_trace() && refused(FEAT_RINGBUF, -EPERM) && d->f->memlock < 64 << 20 &&
	       !features_has_cap(CAP_SYS_RESOURCE);
}

static bool no_btf(const struct doctor *d)
{
	return fact(FEAT_BTF) == ANSWER_NO;
}

static bool lockdown_reads(const struct doctor *d)
{
	return features_lockdown_mode() == LOCKDOWN_CONFIDENTIALITY;
}

static bool no_tracefs(const struct doctor *d)
{
	return features_may_trace() && !lockdown_reads(d) && fact(FEAT_TRACEFS) != ANSWER_YES &&
	       fact(FEAT_TRAMPOLINE) != ANSWER_YES && fact(FEAT_KPROBE) != ANSWER_YES;
}

/* Debian's own: perf_paranoid_any(). What is not attached by perf_event_open(2) does not mind. */
static bool perf_paranoid(const struct doctor *d)
{
	int64_t v;

	return features_may_trace() && !features_has_cap(CAP_SYS_ADMIN) &&
	       !features_sysctl("kernel.perf_event_paranoid", &v) && v > 2;
}

static bool ftrace_off(const struct doctor *d)
{
	return setting_is("kernel.ftrace_enabled", 0);
}

static bool jit_off(const struct doctor *d)
{
	return setting_is("net.core.bpf_jit_enable", 0);
}

static bool fentry_refused(const struct doctor *d)
{
	return fact(FEAT_TRAMPOLINE) == ANSWER_NO && fact(FEAT_BPF) == ANSWER_YES &&
	       fact(FEAT_BTF) == ANSWER_YES && !ftrace_off(d);
}

static bool no_kprobes(const struct doctor *d)
{
	return refused(FEAT_KPROBE, -ENOENT) && fact(FEAT_TRAMPOLINE) != ANSWER_YES;
}

static bool syscall_hooks(const struct doctor *d)
{
	for (size_t i = 0; i < d->hooks.count; i++)
		if (!strcmp(d->hooks.of[i].name, "unshare"))
			return d->hooks.of[i].alt == ALT_TP;
	return false;
}

static bool int80_late(const struct doctor *d)
{
	return syscall_hooks(d) && compat_has_cap();
}

static bool int80_unseen(const struct doctor *d)
{
	return syscall_hooks(d) && !compat_has_cap();
}

static bool foreign_pidns(const struct doctor *d)
{
	return d->f->initial[NS_PID] == ANSWER_NO;
}

static bool no_ptrace(const struct doctor *d)
{
	return !features_has_cap(CAP_SYS_PTRACE);
}

static bool no_broadcast(const struct doctor *d)
{
	for (size_t i = 0; i < d->hooks.count; i++)
		if (!strcmp(d->hooks.of[i].name, "netdev"))
			return d->hooks.of[i].alt == ALT_TP && !features_has_cap(CAP_NET_BROADCAST);
	return false;
}

static bool list_refused(const struct doctor *d)
{
	return (doctor_list_refused(d, LIST_BRIEF_CAST) &&
		       features_btf_has_func("bpf_rdonly_cast")) ||
	       (d->lists[LIST_BRIEF_CAST] && doctor_list_refused(d, LIST_BRIEF_PLAIN) &&
		       features_btf_has_func("bpf_loop"));
}

static bool seccomp(const struct doctor *d)
{
	return d->f->seccomp == 2;
}

static const struct {
	struct doctor_finding f;
	bool (*holds)(const struct doctor *d);
} rows[] = {
	{{"no-bpf", WEIGHT_NEEDED, "This kernel has no BPF.",
		 "Run a kernel with CONFIG_BPF_SYSCALL=y."},
		no_bpf},
	{{"no-rights", WEIGHT_NEEDED, "This process may not load BPF programs and attach them.",
		 "Run nswatch as root, or give it CAP_BPF and CAP_PERFMON "
		 "(and CAP_SYS_ADMIN where tracefs is not mounted)."},
		no_rights},
	{{"foreign-userns", WEIGHT_NEEDED,
		 "This is not the initial user namespace: the kernel takes no BPF program from "
		 "here, "
		 "whatever capabilities are held.",
		 "Run nswatch outside of the container, or in one that has the host's user "
		 "namespace and all rights."},
		foreign_userns},
	{{"bpf-seccomp", WEIGHT_NEEDED,
		 "bpf(2) is refused, and a seccomp filter is set: container managers do that.",
		 "Start the container without seccomp filter, or run nswatch outside of it."},
		bpf_seccomp},
	{{"bpf-policy", WEIGHT_NEEDED,
		 "bpf(2) is refused in spite of all rights: a security module.",
		 "Look for denials in the kernel log (dmesg, ausearch -m avc)."},
		bpf_policy},
	{{"no-btf", WEIGHT_NEEDED, "This kernel does not describe its types (BTF).",
		 "Run a kernel with CONFIG_DEBUG_INFO_BTF=y."},
		no_btf},
	{{"no-ringbuf", WEIGHT_NEEDED, "This kernel has no ring buffer for BPF.",
		 "Run a kernel that has one: 5.8 and newer."},
		no_ringbuf},
	{{"low-memlock", WEIGHT_NEEDED, "The limit of locked memory is too low for BPF maps.",
		 "Raise it (ulimit -l unlimited), or run with CAP_SYS_RESOURCE."},
		low_memlock},
	{{"lockdown", WEIGHT_NEEDED,
		 "Lockdown is 'confidentiality': BPF programs may not read kernel memory.",
		 "Boot with lockdown=integrity or none."},
		lockdown_reads},
	{{"no-tracefs", WEIGHT_BETTER,
		 "tracefs can't be read: hooks that need tracepoints of system calls don't work.",
		 "Mount tracefs on /sys/kernel/tracing, and run nswatch as root or with "
		 "CAP_DAC_READ_SEARCH; where it is not mounted CAP_SYS_ADMIN does, too."},
		no_tracefs},
	{{"perf-paranoid", WEIGHT_BETTER,
		 "kernel.perf_event_paranoid is above 2: kprobes and tracepoints of system calls "
		 "are for CAP_SYS_ADMIN only, and fentry is all that is left.",
		 "sysctl kernel.perf_event_paranoid=2, or run nswatch with CAP_SYS_ADMIN."},
		perf_paranoid},
	{{"ftrace-off", WEIGHT_BETTER,
		 "ftrace is switched off: fentry programs and kprobes would attach and never run.",
		 "sysctl kernel.ftrace_enabled=1"},
		ftrace_off},
	{{"jit-off", WEIGHT_BETTER,
		 "The BPF compiler is switched off: programs are interpreted, which is slower.",
		 "sysctl net.core.bpf_jit_enable=1"},
		jit_off},
	{{"fentry-refused", WEIGHT_BETTER,
		 "This kernel refuses fentry programs, the exact and cheapest hooks.", ""},
		fentry_refused},
	{{"no-kprobes", WEIGHT_BETTER,
		 "This kernel has no kprobes, which could stand in for fentry.",
		 "Run a kernel with CONFIG_KPROBE_EVENTS=y."},
		no_kprobes},
	{{"syscall-tracepoints", WEIGHT_BETTER,
		 "System calls are watched by tracepoints: while a trace runs, every system call "
		 "of "
		 "every process is a little slower.",
		 ""},
		syscall_hooks},
	{{"compat-late", WEIGHT_NOTE,
		 "Calls of the 32-bit ABI are looked for when a 32-bit program, or a call by int "
		 "0x80 in another, is noticed: what it does in the first milliseconds is "
		 "inferred, and refusals then are not seen.",
		 "Where that matters: nswatch trace --compat, at the cost of every system call."},
		int80_late},
	{{"compat-unseen", WEIGHT_BETTER,
		 "Calls of the 32-bit ABI are looked for while a 32-bit program lives (what it "
		 "does in its first milliseconds is inferred); calls by int 0x80 in a 64-bit "
		 "program are not seen.",
		 "nswatch trace --compat sees all of them, at the cost of every system call."},
		int80_unseen},
	{{"foreign-pidns", WEIGHT_NOTE,
		 "This is not the initial pid namespace: events show pids of the initial one, "
		 "which "
		 "differ from those seen here.",
		 "Run nswatch with the host's pid namespace."},
		foreign_pidns},
	{{"no-broadcast", WEIGHT_BETTER,
		 "Without CAP_NET_BROADCAST rtnetlink tells only of the own net namespace.",
		 "Run nswatch as root, or give it CAP_NET_BROADCAST too."},
		no_broadcast},
	{{"no-ptrace", WEIGHT_NOTE,
		 "Without CAP_SYS_PTRACE the namespaces of other users' processes stay hidden from "
		 "snapshots.",
		 "Run nswatch as root."},
		no_ptrace},
	{{"list-refused", WEIGHT_BETTER,
		 "The kernel's verifier refused the fastest program that reads processes, though "
		 "the kernel has what it needs: ls takes a slower way (see Lists).",
		 "Report it with the kernel's release and the clang that built nswatch."},
		list_refused},
	{{"seccomp-filter", WEIGHT_NOTE,
		 "A seccomp filter is in force on this process: what it refuses here the kernel "
		 "never sees.",
		 "Allow it in the profile of the container or service, or run nswatch outside."},
		seccomp},
};

#define FORESEEN 4 /* by step_foresee() for both subjects */

_Static_assert(ARRAY_SIZE(rows) + FORESEEN <= FINDINGS_MAX, "room for every finding");

/* --- what calls for namespaces would be refused ---------------------------------------------- */

struct foreseen {
	struct doctor *d;
	const char *who;
};

static char *said(const struct finding *f, const char *template, const char *who, const char *what)
{
	auto_buf struct buf b = {0};

	if (who)
		buf_printf(&b, "%s can't %s: ", who, what);
	finding_say(f, template, &b);
	return strdup(b.s ? b.s : "");
}

/* By the reasons that create, enter, explain and the notes give, with their codes. */
static void put_foreseen(void *ctx, const char *what, const struct finding *f)
{
	struct foreseen *of = ctx;
	struct doctor *d = of->d;
	char *text, *todo;

	for (size_t i = 0; i < d->nfindings; i++)
		if (!strcmp(d->findings[i].code, f->reason->code))
			return;
	text = said(f, "{why}.", of->who, what);
	todo = said(f, f->reason->todo ? "{^todo}." : "", NULL, NULL);
	if (text && todo)
		d->findings[d->nfindings++] =
			(struct doctor_finding){f->reason->code, WEIGHT_NOTE, text, todo};
}

void doctor_find(struct doctor *d)
{
	const struct subject self = subject_self(), ordinary = subject_ordinary();

	d->nfindings = 0;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].holds(d))
			d->findings[d->nfindings++] = rows[i].f;
	step_foresee(&self, false, put_foreseen, &(struct foreseen){d, "This process"});
	step_foresee(&ordinary, true, put_foreseen, &(struct foreseen){d, "An ordinary user"});
}
