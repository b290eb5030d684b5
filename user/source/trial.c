// SPDX-License-Identifier: GPL-2.0-or-later
/* trial.c - facts that only a try tells: tiny BPF programs and system calls. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/fd.h"
#include "lib/parse.h"
#include "kernel/nstype.h"
#include "source/features.h"
#include "kernel/btf.h"
#include "kernel/kconfig.h"
#include "kernel/ksyms.h"
#include "kernel/tracefs.h"

#define SLOW_LOOKUP_US 20000
#define KPROBE_PMU     "/sys/bus/event_source/devices/kprobe"

const struct feature_row features_rows[FEAT_COUNT] = {
	[FEAT_BPF] = {"bpf", "BPF programs", "live tracing, fast snapshots"},
	[FEAT_RINGBUF] = {"ringbuf", "ring buffer", "the way of events to nswatch"},
	[FEAT_BTF] = {"btf", "kernel BTF", "programs fit themselves to this kernel"},
	[FEAT_TRAMPOLINE] = {"trampoline", "fentry/fexit", "exact events at the lowest cost"},
	[FEAT_KPROBE] = {"kprobe", "kprobes", "exact events where fentry is refused"},
	[FEAT_TP_BTF] = {"tp_btf", "typed tracepoints", "births and deaths of processes"},
	[FEAT_TRACEFS] = {"tracefs", "tracefs", "ids of system call tracepoints"},
	[FEAT_TRACEPOINT] = {"tracepoint", "syscall tracepoints",
		"events where nothing else works"},
	[FEAT_ITER_TASK] = {"iter_task", "task iterator", "fast snapshots"},
	[FEAT_ITER_FILE] = {"iter_task_file", "file iterator", "namespaces held by descriptors"},
	[FEAT_PIDFD_SETNS] = {"pidfd_setns", "setns of a pidfd", "entering several at once"},
	[FEAT_NS_ID] = {"ns_id", "namespace ids", "identities that are never reused"},
	[FEAT_MNT_NEXT] = {"mnt_next", "mount namespace walk", "mount namespaces without process"},
	[FEAT_NS_HANDLE] = {"ns_handle", "namespace handles", "opening a namespace by its id"},
	[FEAT_LISTNS] = {"listns", "listns(2)", "namespaces that nothing visible holds"},
};

static struct {
	bool done;
	bool attach;
	struct feature_answer fact;
} facts[FEAT_COUNT];

/*
 * Reads kernel memory, as all programs of nswatch do, because lockdown may forbid
 * just that: r1 = fp - 8; r2 = 8; r3 = 0; bpf_probe_read_kernel(); r0 = 0; exit.
 */
static const struct bpf_insn reader[] = {
	{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_10},
	{.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_1, .imm = -8},
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = 8},
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3},
	{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_probe_read_kernel},
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
	{.code = BPF_JMP | BPF_EXIT},
};

static int fact_is(struct feature_answer *f, enum answer a, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static int fact_is(struct feature_answer *f, enum answer a, int code, const char *fmt, ...)
{
	va_list ap;

	f->answer = a;
	f->code = code;
	va_start(ap, fmt);
	vsnprintf(f->why, sizeof(f->why), fmt, ap);
	va_end(ap);
	return code;
}

/* A refusal without the rights tells nothing of the kernel: unknown, not no. */
static int fact_refused(struct feature_answer *f, int code, const char *doing)
{
	const char *missing = features_missing_rights();

	if ((code == -EPERM || code == -EACCES) && *missing) {
		snprintf(f->hint, sizeof(f->hint), "run nswatch as root, or with %s", missing);
		return fact_is(f, ANSWER_UNKNOWN, -EACCES, "not tried: needs %s", missing);
	}
	if (code == -ENOSYS)
		return fact_is(f, ANSWER_NO, code, "this kernel has no bpf(2)");
	if ((code == -EPERM || code == -EINVAL) &&
		features_lockdown_mode() == LOCKDOWN_CONFIDENTIALITY) {
		snprintf(f->hint, sizeof(f->hint), "boot with lockdown=integrity or none");
		return fact_is(f, ANSWER_NO, code, "%s: forbidden by lockdown", doing);
	}
	return fact_is(f, ANSWER_NO, code, "%s: refused (%s)%s", doing, errno_word(code),
		code == -EPERM ? " in spite of all rights" : "");
}

#define INSNS(a) (sizeof(a) / sizeof((a)[0]))

/* --- BPF programs ---------------------------------------------------------------------------- */

struct trial {
	enum bpf_prog_type type;
	enum bpf_attach_type attach;
	/* BTF: what they hang on, the first that exists; functions that hardly ever run. */
	const char *targets[3];
	unsigned int kind;
	int (*attach_fn)(int prog); /* an fd or -errno */
};

static int attach_raw(int prog)
{
	return bpf_raw_tracepoint_open(NULL, prog);
}

static int attach_iter(int prog)
{
	auto_fd int link = bpf_link_create(prog, 0, BPF_TRACE_ITER, NULL);

	return link < 0 ? link : bpf_iter_create(link);
}

/* Takes the event over: its descriptor, with prog on it, or -errno. */
static int attach_perf(int event, int prog)
{
	auto_fd int fd = event;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, PERF_EVENT_IOC_SET_BPF, prog) || ioctl(fd, PERF_EVENT_IOC_ENABLE, 0))
		return -errno;
	return take_fd(&fd);
}

static int perf_open(struct perf_event_attr *attr)
{
	attr->size = sizeof(*attr);
	return (int)syscall(SYS_perf_event_open, attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
}

#define QUIET_SYSCALL "sys_enter_acct"
#define QUIET_FUNC    "bpf_fentry_test1" /* only BPF_PROG_TEST_RUN calls it */

static int attach_syscall(int prog)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT};
	uint64_t id;
	int r = tracefs_tp_id("syscalls", QUIET_SYSCALL, &id);

	if (r)
		return r;
	attr.config = id;
	return attach_perf(perf_open(&attr), prog);
}

/* The type of the PMU that makes kprobes, or -errno. */
static int kprobe_pmu(void)
{
	char text[16];
	uint64_t type;
	ssize_t n = fd_read_file(AT_FDCWD, KPROBE_PMU "/type", text, sizeof(text));

	if (n < 0)
		return (int)n;
	text[strcspn(text, "\n")] = '\0';
	n = parse_u64(text, 1, INT32_MAX, &type);
	return n ? (int)n : (int)type;
}

static int kprobe_open(const char *func, uint64_t offset)
{
	struct perf_event_attr attr = {.kprobe_func = (uintptr_t)func, .probe_offset = offset};
	int type = kprobe_pmu();

	if (type < 0) {
		errno = -type;
		return -1;
	}
	attr.type = (uint32_t)type;
	return perf_open(&attr);
}

static int attach_kprobe(int prog)
{
	return attach_perf(kprobe_open(QUIET_FUNC, 0), prog);
}

static const struct trial trials[FEAT_COUNT] = {
	[FEAT_BPF] = {.type = BPF_PROG_TYPE_TRACEPOINT},
	[FEAT_TRAMPOLINE] = {BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY,
		{QUIET_FUNC, "bpf_modify_return_test"}, BTF_KIND_FUNC, attach_raw},
	[FEAT_KPROBE] = {.type = BPF_PROG_TYPE_KPROBE, .attach_fn = attach_kprobe},
	[FEAT_TP_BTF] = {BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, {"btf_trace_sched_kthread_stop"},
		BTF_KIND_TYPEDEF, attach_raw},
	[FEAT_TRACEPOINT] = {.type = BPF_PROG_TYPE_TRACEPOINT, .attach_fn = attach_syscall},
	[FEAT_ITER_TASK] = {BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, {"bpf_iter_task"}, BTF_KIND_FUNC,
		attach_iter},
	[FEAT_ITER_FILE] = {BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, {"bpf_iter_task_file"},
		BTF_KIND_FUNC, attach_iter},
};

/* The BTF id of the trial's target: 0, or -errno and the fact says why. */
static int trial_target(const struct trial *t, uint32_t *ret_id, struct feature_answer *f)
{
	struct err err = {0};
	int r;

	for (size_t i = 0; i < 3 && t->targets[i]; i++) {
		r = kbtf_kernel_find(t->targets[i], t->kind, ret_id, &err);
		if (!r)
			return 0;
		if (!err.code)
			continue;
		snprintf(f->hint, sizeof(f->hint), "%.199s", err.hint);
		return fact_is(f, r == -EACCES ? ANSWER_UNKNOWN : ANSWER_NO, r, "%.199s", err.what);
	}
	return fact_is(f, ANSWER_NO, -ENOENT, "the kernel's BTF has no %s", t->targets[0]);
}

/*
 * Measured on 6.1 and 6.18: with this setting fentry programs and kprobes attach
 * without complaint, and never run. (On 5.10 fentry is refused; newer kernels
 * than 6.18 do not let it be switched off.)
 */
static bool ftrace_off(struct feature_answer *f)
{
	int64_t value;

	if (features_sysctl("kernel.ftrace_enabled", &value) || value)
		return false;
	snprintf(f->hint, sizeof(f->hint), "sysctl kernel.ftrace_enabled=1");
	fact_is(f, ANSWER_NO, -EBUSY, "would never run: kernel.ftrace_enabled is 0");
	return true;
}

/*
 * Attached is not yet run: BPF_PROG_TEST_RUN of an fentry program calls the
 * function that it hangs on. 0, or -errno: -ENODATA where nothing happened.
 */
static int fentry_fires(uint32_t btf_id)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY,
		.attach_btf_id = btf_id);
	LIBBPF_OPTS(bpf_test_run_opts, run);
	auto_fd int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "nswatch_try", 4, 4, 1, NULL);
	/* *value = 1; r0 = 0; exit */
	const struct bpf_insn mark[] = {
		{.code = BPF_LD | BPF_DW | BPF_IMM,
			.dst_reg = BPF_REG_1,
			.src_reg = BPF_PSEUDO_MAP_VALUE,
			.imm = map},
		{0},
		{.code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = BPF_REG_1, .imm = 1},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	auto_fd int prog = -1, link = -1;
	uint32_t key = 0, value = 0;
	int r;

	if (map < 0)
		return map;
	prog = bpf_prog_load(BPF_PROG_TYPE_TRACING, "nswatch_try", "GPL", mark, INSNS(mark), &opts);
	if (prog < 0)
		return prog;
	link = bpf_raw_tracepoint_open(NULL, prog);
	if (link < 0)
		return link;
	r = bpf_prog_test_run_opts(prog, &run);
	if (!r)
		r = bpf_map_lookup_elem(map, &key, &value);
	return r ? r : value ? 0 : -ENODATA;
}

static int trial_run(enum feature feat, bool attach, struct feature_answer *f)
{
	const struct trial *t = &trials[feat];
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = t->attach);
	auto_fd int prog = -1, link = -1;
	uint32_t id;
	int r;

	if (t->targets[0]) {
		r = trial_target(t, &id, f);
		if (r)
			return r;
		opts.attach_btf_id = id;
	}
	prog = bpf_prog_load(t->type, "nswatch_try", "GPL", reader, INSNS(reader), &opts);
	if (prog < 0)
		return fact_refused(f, prog, "load");
	if (attach && t->attach_fn) {
		link = t->attach_fn(prog);
		if (link < 0)
			return fact_refused(f, link, "attach");
		f->attached = true;
	}
	return fact_is(f, ANSWER_YES, 0, "%s", "");
}

static int try_trampoline(bool attach, struct feature_answer *f)
{
	uint32_t id;
	int r;

	if (ftrace_off(f))
		return f->code;
	r = trial_run(FEAT_TRAMPOLINE, attach, f);
	if (r || !attach || kbtf_kernel_find(QUIET_FUNC, BTF_KIND_FUNC, &id, NULL))
		return r;
	r = fentry_fires(id);
	return r == -ENODATA ? fact_is(f, ANSWER_NO, r, "attaches, but does not run") : 0;
}

/* --- the others ------------------------------------------------------------------------------ */

static int try_ringbuf(struct feature_answer *f)
{
	auto_fd int fd = bpf_map_create(
		BPF_MAP_TYPE_RINGBUF, "nswatch_try", 0, 0, (uint32_t)sysconf(_SC_PAGESIZE), NULL);

	return fd < 0 ? fact_refused(f, fd, "create") : fact_is(f, ANSWER_YES, 0, "%s", "");
}

static int try_btf(struct feature_answer *f)
{
	struct err err = {0};
	size_t size;
	int r = kbtf_kernel(&size, &err);

	if (!r)
		return fact_is(f, ANSWER_YES, 0, "%.1f MB", (double)size / 1e6);
	snprintf(f->hint, sizeof(f->hint), "%.199s", err.hint);
	return fact_is(f, r == -EACCES ? ANSWER_UNKNOWN : ANSWER_NO, r, "%.199s", err.what);
}

static int try_tracefs(struct feature_answer *f)
{
	struct err err = {0};
	int fd = tracefs_open(&err);

	if (fd >= 0 && faccessat(fd, "events", X_OK, AT_EACCESS)) {
		/* Lockdown leaves it empty. */
		if (errno == ENOENT)
			return fact_is(f, ANSWER_NO, -ENOENT, "%s is empty", tracefs_where());
		snprintf(f->hint, sizeof(f->hint), "run nswatch as root");
		return fact_is(
			f, ANSWER_UNKNOWN, -EACCES, "only root may look into %s", tracefs_where());
	}
	if (fd >= 0)
		return fact_is(f, ANSWER_YES, 0, "%s", tracefs_where());
	snprintf(f->hint, sizeof(f->hint), "%.199s", err.hint);
	return fact_is(f, fd == -EACCES ? ANSWER_UNKNOWN : ANSWER_NO, fd, "%.199s", err.what);
}

/*
 * Facts that show without rights. A kprobe one byte into a function is never
 * possible, but where the kernel has kprobes it says so only after it found the
 * function: no probe is made and nothing has to be waited for.
 */
static int try_kprobe(bool attach, struct feature_answer *f)
{
	int type = kprobe_pmu(), fd;

	if (type == -ENOENT && features_get()->sysfs) {
		snprintf(
			f->hint, sizeof(f->hint), "a kernel with CONFIG_KPROBE_EVENTS=y is needed");
		return fact_is(f, ANSWER_NO, -ENOENT, "this kernel has none");
	}
	if (type < 0)
		return fact_is(f, ANSWER_UNKNOWN, -EACCES, "sysfs can't be read");
	if (ftrace_off(f))
		return f->code;
	fd = kprobe_open(QUIET_FUNC, 1);
	if (fd >= 0)
		close(fd);
	else if (errno == EPERM || errno == EACCES || errno == EOPNOTSUPP)
		return fact_refused(f, -errno, "make");
	return trial_run(FEAT_KPROBE, attach, f);
}

static int try_tracepoint(bool attach, struct feature_answer *f)
{
	uint64_t id;
	int r;

	if (kconfig_get("FTRACE_SYSCALLS") == ANSWER_NO) {
		snprintf(f->hint, sizeof(f->hint),
			"a kernel with CONFIG_FTRACE_SYSCALLS=y is needed");
		return fact_is(f, ANSWER_NO, -ENOENT, "built without CONFIG_FTRACE_SYSCALLS");
	}
	if (features_fact(FEAT_TRACEFS, false)->answer == ANSWER_NO) {
		*f = *features_fact(FEAT_TRACEFS, false);
		return f->code;
	}
	r = tracefs_tp_id("syscalls", QUIET_SYSCALL, &id);
	if (r == -EACCES && *features_missing_rights())
		return fact_refused(f, r, "find");
	if (r == -EACCES)
		return fact_is(f, ANSWER_UNKNOWN, r, "tracefs can't be read");
	if (r)
		return fact_is(f, ANSWER_NO, r, "tracefs has no syscalls/" QUIET_SYSCALL);
	return trial_run(FEAT_TRACEPOINT, attach, f);
}

static void fact_try(enum feature feat, bool attach, struct feature_answer *f)
{
	*f = (struct feature_answer){0};
	switch (feat) {
	case FEAT_RINGBUF:
		try_ringbuf(f);
		break;
	case FEAT_BTF:
		try_btf(f);
		break;
	case FEAT_TRAMPOLINE:
		try_trampoline(attach, f);
		break;
	case FEAT_KPROBE:
		try_kprobe(attach, f);
		break;
	case FEAT_TRACEFS:
		try_tracefs(f);
		break;
	case FEAT_TRACEPOINT:
		try_tracepoint(attach, f);
		break;
	case FEAT_PIDFD_SETNS:
	case FEAT_NS_ID:
	case FEAT_MNT_NEXT:
	case FEAT_NS_HANDLE:
	case FEAT_LISTNS:
		f->code = nstrial_run(feat);
		f->answer = f->code == -EACCES ? ANSWER_UNKNOWN : answer_of(!f->code);
		if (f->code)
			snprintf(f->why, sizeof(f->why),
				f->code == -EACCES ? "can't be tried here" : "not in this kernel");
		break;
	default:
		trial_run(feat, attach, f);
	}
}

const struct feature_answer *features_fact(enum feature feat, bool attach)
{
	if (!facts[feat].done || (attach && !facts[feat].attach)) {
		fact_try(feat, attach, &facts[feat].fact);
		facts[feat].done = true;
		facts[feat].attach = attach;
	}
	return &facts[feat].fact;
}

int features_check(enum feature feat, struct err *err)
{
	const struct feature_answer *f = features_fact(feat, false);

	if (f->answer == ANSWER_YES)
		return 0;
	err_say(err, f->code, "%s", f->why);
	err_hint(err, "%s", f->hint);
	return f->code;
}

/* --- functions of this kernel ---------------------------------------------------------------- */

bool features_btf_has_func(const char *name)
{
	uint32_t id;

	return !kbtf_kernel_find(name, BTF_KIND_FUNC, &id, NULL);
}

/*
 * Tracepoints are read under the fast kind of SRCU (include/linux/tracepoint.h), which came shortly
 * before (the other name is that of kernels with lockdep).
 */
bool features_tp_preempted(void)
{
	return features_btf_has_func("init_srcu_struct_fast") ||
	       features_btf_has_func("__init_srcu_struct_fast");
}

/*
 * See try_kprobe: ENOENT for no such symbol, EADDRNOTAVAIL for several of them.
 * Old kernels look through all symbols for each call: then one reading of all
 * is cheaper, and *ret_slow says so.
 */
static bool kprobe_has_symbol(const char *name, bool *ret_slow)
{
	uint64_t began = clock_ns(CLOCK_MONOTONIC);
	int fd = kprobe_open(name, 1), e = errno;

	*ret_slow = (clock_ns(CLOCK_MONOTONIC) - began) / 1000 > SLOW_LOOKUP_US;
	if (fd >= 0)
		close(fd);
	return fd >= 0 || e != ENOENT;
}

bool features_has_symbol(const char *name)
{
	static int slow;
	bool this_slow, has;

	if (features_kprobe(NULL) || (slow > 2 && ksyms_known()))
		return ksyms_has(name);
	has = kprobe_has_symbol(name, &this_slow);
	slow += this_slow;
	return has;
}

bool features_fentry_func(const char *name)
{
	return features_btf_has_func(name) && (features_kprobe(NULL) || features_has_symbol(name));
}

void features_release(void)
{
	tracefs_close();
	kbtf_kernel_release();
	kconfig_release();
	ksyms_release();
}
