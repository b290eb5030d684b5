// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor.c - nswatch doctor: what works here, and what is in the way. */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/doctor.h"
#include "kernel/kconfig.h"
#include "kernel/nstype.h"
#include "lib/caps.h"
#include "lib/err.h"
#include "lib/fd.h"
#include "lib/opts.h"
#include "lib/util.h"
#include "out/color.h"
#include "snapshot/brief_iter.h"
#include "snapshot/tasks_iter.h"
#include "source/compat.h"
#include "source/rights.h"
#include "source/session.h"
#include "why/rule.h"
#include "why/step.h"
#include "why/subject.h"

/* --- findings --------------------------------------------------------------------------------- */

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
	return ((doctor_list_refused(d, LIST_BRIEF_HIDDEN) ||
			doctor_list_refused(d, LIST_BRIEF_CAST)) &&
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
		 "Raise the limit (ulimit -l unlimited), or run nswatch with CAP_SYS_RESOURCE."},
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

/* --- lists ------------------------------------------------------------------------------------ */

static int brief_try(enum brief_way way)
{
	auto_brief_iter struct brief_iter it = BRIEF_ITER_NONE;

	return brief_iter_open_way(way, &it, NULL);
}

static int tasks_try(enum tasks_iter_way way)
{
	int fd, ret = tasks_iter_open_way(way, false, &fd, NULL);

	if (!ret)
		close(fd);
	return ret;
}

static int brief_cast(void)
{
	return brief_try(BRIEF_CAST);
}

static int brief_plain(void)
{
	return brief_try(BRIEF_PLAIN);
}

static int brief_hidden(void)
{
	return brief_try(BRIEF_HIDDEN);
}

static int tasks_light(void)
{
	return tasks_try(TASKS_ITER_LIGHT);
}

static int tasks_full(void)
{
	return tasks_try(TASKS_ITER_FULL);
}

const struct doctor_list_row doctor_list_rows[LIST_COUNT] = {
	[LIST_BRIEF_HIDDEN] = {"brief-hidden",
		"one BPF program reads each set of namespaces once, by plain loads, and all that "
		"keeps namespaces (6.2)",
		brief_hidden},
	[LIST_BRIEF_CAST] = {"brief-cast", "the same for --visible (6.2)", brief_cast},
	[LIST_BRIEF_PLAIN] = {"brief-plain", "the same by helper calls (5.18)", brief_plain},
	[LIST_TASKS_LIGHT] = {"tasks-light", "a BPF program tells every process (5.17)",
		tasks_light},
	[LIST_TASKS_FULL] = {"tasks-full", "the same, loaded by libbpf (5.8)", tasks_full},
};

void doctor_lists(struct doctor *d)
{
	for (int i = 0; i < LIST_COUNT; i++)
		d->lists[i] = doctor_list_rows[i].try();
}

enum way_state doctor_list_state(const struct doctor *d, enum doctor_list l)
{
	if (d->lists[l])
		return d->lists[l] == -EPERM ? WAY_UNKNOWN : WAY_NO;
	for (int i = 0; i < (int)l; i++)
		if (!d->lists[i])
			return WAY_POSSIBLE;
	return WAY_CHOSEN;
}

/* Refused though the kernel has all that the program asks for. */
bool doctor_list_refused(const struct doctor *d, enum doctor_list l)
{
	return d->lists[l] == -EACCES || d->lists[l] == -EINVAL || d->lists[l] == -E2BIG;
}

/* --- the command ------------------------------------------------------------------------------ */

struct doctor_opts {
	bool json;
	int color;
	struct opt_list hooks;
};

static const char *const color_words[] = {"auto", "always", "never", NULL};

static const struct opt doctor_rows[] = {
	{'J', "json", NULL, OPT_FLAG(struct doctor_opts, json), .group = "Output",
		.help = "one JSON document instead of text"},
	{0, "color", "WHEN", OPT_CHOICE(struct doctor_opts, color), .choices = color_words,
		.help = "colour the text: auto, always or never"},
	{0, "hook", "NAME=ALT", OPT_LIST(struct doctor_opts, hooks), .group = "What is tried",
		.help = "force an alternative of a hook, as trace does; NAME may be 'all'"},
	OPT_HELP_ROWS,
};

static const struct opts_pair doctor_exits[] = {
	{"0", "live tracing works, perhaps with limits: the verdict says which"},
	{"1", "an alternative forced by --hook is not available, or output failed"},
	{"2", "wrong usage"},
	{"3", "live tracing does not work here: 'nswatch trace' would end with 3 too"},
	{0},
};

static const struct opts_pair doctor_examples[] = {
	{"nswatch doctor", "what works here; without root, what would be needed"},
	{"nswatch doctor --json | jq '.hooks[] | {name, chosen}'",
		"the hooks that trace would use"},
	{0},
};

const struct opts_spec doctor_spec = {
	.name = "nswatch doctor",
	.summary = "Say what this kernel allows nswatch to do, why, and what is missing.",
	.usage = (const char *const[]){"[OPTION...]", NULL},
	.rows = doctor_rows,
	.nrows = ARRAY_SIZE(doctor_rows),
	.no_operands = true,
	.notes = "nswatch doctor finds out by trying: it loads and attaches small BPF programs, "
		 "and starts a trace for a moment. Nothing of this stays in the kernel. What can't "
		 "be tried for want of rights is 'unknown', never 'no'.",
	.examples = doctor_examples,
	.exits = doctor_exits,
};

const char *const verdict_names[] = {"full", "limited", "none"};
const char *const weight_names[] = {"needed", "better", "note"};
const char *const way_names[] = {"chosen", "possible", "no", "unknown", "none"};

/* --- what can be said ------------------------------------------------------------------------ */

static bool hook_has_way(const struct hook_choice *c, enum hook_alt alt)
{
	for (size_t i = 0; i < hooks_count; i++)
		if (!strcmp(hooks[i].name, c->name) && hooks[i].way[alt].progs[0])
			return true;
	return false;
}

bool doctor_hook_built(const struct hook_choice *c)
{
	for (int alt = 0; alt < ALT_COUNT; alt++)
		if (hook_has_way(c, (enum hook_alt)alt))
			return true;
	return false;
}

enum way_state doctor_way(const struct doctor *d, const struct hook_choice *c, enum hook_alt alt)
{
	static const enum feature needs[ALT_COUNT] = {
		[ALT_FENTRY] = FEAT_TRAMPOLINE, [ALT_KPROBE] = FEAT_KPROBE, [ALT_TP] = FEAT_TP_BTF};

	if (!hook_has_way(c, alt))
		return WAY_NONE;
	if (c->alt == alt)
		return WAY_CHOSEN;
	if (!(c->refused & 1u << alt) && !strcmp(c->why[alt], "possible"))
		return WAY_POSSIBLE;
	return features_fact(needs[alt], false)->answer == ANSWER_UNKNOWN ? WAY_UNKNOWN : WAY_NO;
}

static enum verdict doctor_judge(const struct doctor *d)
{
	enum verdict v = VERDICT_FULL;

	if (d->err.code || !d->tried)
		return VERDICT_NONE;
	for (size_t i = 0; i < d->hooks.count; i++) {
		const struct hook_choice *c = &d->hooks.of[i];
		const struct hook_way *way = hook_choice_way(c);

		if (!doctor_hook_built(c))
			continue;
		if (!way || way->inferred || (way->caveat && *way->caveat))
			v = VERDICT_LIMITED;
	}
	return v;
}

const char *doctor_verdict_text(const struct doctor *d)
{
	switch (d->verdict) {
	case VERDICT_FULL:
		return "Live tracing works: every event is seen as it happens.";
	case VERDICT_LIMITED:
		return "Live tracing works, with limits: some events are inferred or missed (see "
		       "Hooks).";
	default:
		break;
	}
	if (features_missing_rights()[0])
		return "Live tracing does not work with the rights of this process.";
	return "Live tracing does not work here.";
}

int64_t doctor_limit(unsigned int type)
{
	char name[64];
	int64_t limit;

	snprintf(name, sizeof(name), "user.max_%s_namespaces", ns_types[type].name);
	return features_sysctl(name, &limit) ? -1 : limit;
}

/* --- finding out ----------------------------------------------------------------------------- */

static void doctor_features(void)
{
	features_get();
	for (int i = 0; i < FEAT_COUNT; i++)
		features_fact((enum feature)i, true);
}

/* A trace of everything, for a moment: it knows which hooks really attach. */
static int doctor_try(struct doctor *d, const struct hook_force *forces, size_t n)
{
	struct session_opts opts = {.kinds = ~0ULL, .forces = forces, .nforces = n};
	struct session *s = NULL;
	const struct rights_use use = {.notes = true};
	struct err err = {0};
	int r = 0;

	if (features_may_trace()) {
		d->tried = true;
		if (!session_open(&opts, NULL, NULL, &d->err, &s)) {
			d->err = (struct err){0};
			d->hooks = *session_hooks(s);
			d->kept = rights_needed(s, &use);
			session_close(s);
			return 0;
		}
	}
	hooks_init(&d->hooks, ~0ULL, forces, n);
	r = hooks_choose(&d->hooks, &err);
	/* Without rights a forced alternative is refused like any other: that is no news. */
	if (r && d->tried)
		log_err(&err);
	return d->tried ? r : 0;
}

static int doctor_run(const struct doctor_opts *o, const struct hook_force *forces, size_t n)
{
	auto_filecaps filecaps_was was = filecaps_use();
	static struct doctor d;
	auto_buf struct buf b = {0};
	int r, w;

	d.f = features_get();
	doctor_features();
	r = doctor_try(&d, forces, n);
	doctor_lists(&d);
	d.verdict = doctor_judge(&d);
	doctor_find(&d);
	if (o->json)
		doctor_json(&b, &d);
	else
		doctor_text(&b, &d, opts_width(stdout),
			color_enabled((enum color_when)o->color, STDOUT_FILENO));
	features_release();
	w = output_put(&b);
	if (r || w)
		return EXIT_FAIL;
	return d.verdict == VERDICT_NONE ? EXIT_CANT : EXIT_OK;
}

int cmd_doctor(int argc, char **argv)
{
	struct doctor_opts o = {0};
	struct hook_force forces[HOOKS_MAX];
	struct opts_rest rest;
	struct err err = {0};
	int status, r = opts_parse(&doctor_spec, argc, argv, &o, &rest, &err);

	if (!r && o.hooks.n > HOOKS_MAX)
		r = err_say(&err, -E2BIG, "--hook: more than %d", HOOKS_MAX);
	for (size_t i = 0; !r && i < o.hooks.n; i++)
		r = hook_force_parse(o.hooks.v[i], &forces[i], &err);
	if (!cmd_opts_done(&doctor_spec, r, &err, &status))
		status = doctor_run(&o, forces, o.hooks.n);
	opts_free(&doctor_spec, &o);
	return status;
}
