/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * features.h - what this kernel allows this process: found out by trying,
 * never concluded from a version, and remembered.
 *
 * Nothing stays behind: no mount, no pin, no program, no descriptor.
 */
#ifndef NSWATCH_SOURCE_FEATURES_H
#define NSWATCH_SOURCE_FEATURES_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/wire/event.h"
#include "kernel/answer.h"
#include "lib/err.h"

/* --- facts that only need reading ------------------------------------------------------------ */

enum features_lockdown {
	LOCKDOWN_UNKNOWN,
	LOCKDOWN_NONE,
	LOCKDOWN_INTEGRITY,
	LOCKDOWN_CONFIDENTIALITY,
};

/* Capabilities that matter, in the order of the bits of struct features. */
struct features_cap {
	const char *name; /* "CAP_BPF" */
	int number;
	const char *help; /* what nswatch needs it for */
};

extern const struct features_cap features_caps[];
extern const size_t features_caps_count;

struct features_sysctl {
	const char *name; /* "kernel.kptr_restrict" */
	const char *help; /* what it does to us */
};

#define FEATURES_SYSCTLS 16

extern const struct features_sysctl features_sysctls[FEATURES_SYSCTLS];

/* Kernel options that matter, without CONFIG_. */
extern const char *const features_options[];
extern const size_t features_options_count;

struct features {
	char release[65], arch[65];
	uint32_t euid;
	uint64_t caps; /* effective, bit per capability number */
	bool caps_known;
	/* In the initial namespace of the type? The kernel asks there for CAP_BPF and the like. */
	enum answer initial[NS_TYPES];
	uint32_t types; /* bit per enum ns_slot that /proc/self/ns has, children included */
	int seccomp;    /* 0 none, 1 strict, 2 filtered, -1 unknown */
	struct {
		int code; /* 0, or -ENOENT: this kernel has none, or -errno */
		int64_t value;
	} sysctl[FEATURES_SYSCTLS];
	uint64_t memlock;      /* RLIMIT_MEMLOCK, UINT64_MAX: unlimited */
	const char *container; /* "docker", "podman", ..., "" where nothing hints at one */
	bool sysfs, procfs;    /* mounted where they belong */
};

/* Read on the first call: 1 ms. */
const struct features *features_get(void);
bool features_has_cap(int number);
/* One of features_sysctls: 0, or -errno as it could not be read. */
int features_sysctl(const char *name, int64_t *ret);
/* CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN, in the initial user namespace. */
bool features_may_trace(void);
/* What of that is missing ("CAP_PERFMON"), "" for nothing. */
const char *features_missing_rights(void);

/* Names with commas between; "" and where "" stand for unknown. */
const char *features_lsm(const char **ret_where);
enum features_lockdown features_lockdown_mode(void);
const char *features_lockdown_name(enum features_lockdown mode);

/* --- facts that need a try ------------------------------------------------------------------- */

enum feature {
	FEAT_BPF,
	FEAT_RINGBUF,
	FEAT_BTF,
	FEAT_TRAMPOLINE,
	FEAT_KPROBE,
	FEAT_TP_BTF,
	FEAT_TRACEFS,
	FEAT_TRACEPOINT,
	FEAT_ITER_TASK,
	FEAT_ITER_FILE,
	FEAT_PIDFD_SETNS,
	FEAT_NS_ID,
	FEAT_MNT_NEXT,
	FEAT_NS_HANDLE,
	FEAT_LISTNS,
	FEAT_COUNT,
};

struct feature_row {
	const char *key;   /* of JSON: "trampoline" */
	const char *title; /* "fentry/fexit programs" */
	const char *help;  /* what nswatch does with it */
};

extern const struct feature_row features_rows[FEAT_COUNT];

struct feature_answer {
	enum answer answer;
	int code;      /* 0 for YES; -EACCES for UNKNOWN; else why not */
	bool attached; /* it was attached too, not only loaded */
	char why[200]; /* "" for YES where nothing is to be said */
	char hint[200];
};

/*
 * Tries once and remembers. Without attach, programs are only loaded (some
 * 0.2 ms each) and what fails at attaching is not found out. With attach they
 * are attached as well, to something that hardly ever happens; taking that back
 * waits for the kernel (RCU): up to 100 ms. For doctor, not for trace.
 */
const struct feature_answer *features_fact(enum feature f, bool attach);

/*
 * The same as 0 or -errno with reason and remedy in err: -EACCES where it can't
 * be told for want of rights, anything else where the kernel says no.
 */
int features_check(enum feature f, struct err *err);

static inline int features_ringbuf(struct err *err)
{
	return features_check(FEAT_RINGBUF, err);
}

static inline int features_trampoline(struct err *err)
{
	return features_check(FEAT_TRAMPOLINE, err);
}

static inline int features_kprobe(struct err *err)
{
	return features_check(FEAT_KPROBE, err);
}

static inline int features_tp_btf(struct err *err)
{
	return features_check(FEAT_TP_BTF, err);
}

static inline int features_tracepoint(struct err *err)
{
	return features_check(FEAT_TRACEPOINT, err);
}

static inline int features_iter_task(struct err *err)
{
	return features_check(FEAT_ITER_TASK, err);
}

/* --- functions of this kernel ---------------------------------------------------------------- */

/*
 * The function is in the kernel's BTF. The first call reads it: 5 to 20 ms, then
 * nothing. BTF also names functions that the compiler renamed (.isra.0), which
 * then can't be attached to by that name.
 */
bool features_btf_has_func(const char *name);
/* As above, and where kprobes work also not renamed: what fentry needs. */
bool features_fentry_func(const char *name);
/* Programs on typed tracepoints may be preempted, and are left out meanwhile: from 7.0. */
bool features_tp_preempted(void);
/*
 * The symbol is there, by exactly this name. Where kprobes work the kernel is
 * asked (0.1 ms); else /proc/kallsyms is read once (60 ms).
 */
bool features_has_symbol(const char *name);

/* Gives memory and descriptors back; answers stay. */
void features_release(void);

/* --- features_text ----------------------------------------------------------------------- */

/* Readers of what the kernel says about itself, free of any file. */

/* "none [integrity] confidentiality" */
enum features_lockdown lockdown_parse(const char *text);

/* Whether a list with commas has the name. */
bool lsm_has(const char *list, const char *name);

/* Ids of lsm_list_modules(2) as names with commas between. */
void lsm_ids_format(const uint64_t *ids, size_t n, char *buf, size_t size);

/* --- nstrial ----------------------------------------------------------------------------- */

/* Which system calls for namespaces the kernel has. */

/*
 * FEAT_PIDFD_SETNS, FEAT_NS_ID, FEAT_MNT_NEXT, FEAT_NS_HANDLE or FEAT_LISTNS: 0,
 * -EOPNOTSUPP: not in this kernel, -EACCES: something (seccomp, no /proc) does
 * not let us try.
 */
int nstrial_run(enum feature f);

#endif
