/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * subject.h - what can be read of a process that the kernel refused something, or will:
 * this one, which create and enter ask about, one that `explain` looks at, or the caller
 * of an event of now. The conditions behind reasons are here, once for all who ask.
 *
 * What can't be read is not known, and no condition holds on it.
 */
#ifndef NSWATCH_WHY_SUBJECT_H
#define NSWATCH_WHY_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ev_caller;
struct event;

struct subject {
	/* "/proc/self", "/proc/812", "/proc/812/task/813"; "": it can't be asked any more */
	char dir[40];
	/*
	 * Of the caller of an event: what the kernel looked at when the call returned, which is
	 * believed before anything in /proc; NULL: the event does not have it.
	 */
	const struct ev_caller *then;
	uint32_t user_ns; /* where it was then, 0: not known */
};

/* The calling process; a process; a thread. */
struct subject subject_self(void);
struct subject subject_process(uint32_t pid);
struct subject subject_thread(uint32_t pid, uint32_t tid);
/* Of an event of now (live) or of a recording, valid as long as the event. */
struct subject subject_caller(const struct event *ev, bool live);
/* Nobody in particular: a user of this system without any capability. */
struct subject subject_ordinary(void);
bool subject_is_self(const struct subject *s);

/* The first number of a line ("Threads") of its status; base as of strtoull(3). */
bool subject_num(const struct subject *s, const char *key, int base, uint64_t *ret);
/* Has the capability (a number of linux/capability.h) in its effective set; or is known to lack it.
 */
bool subject_has(const struct subject *s, unsigned int cap);
bool subject_lacks(const struct subject *s, unsigned int cap);
/* The same where the kernel asks over the initial user namespace: capable(). */
bool subject_lacks_initially(const struct subject *s, unsigned int cap);
/* Threads of its process, filters in force on it; 0: not known, or none. */
uint32_t subject_threads(const struct subject *s);
uint32_t subject_filters(const struct subject *s);
/* The number of a namespace of it, by its file below ns/ ("user", "pid_for_children"). */
bool subject_ns(const struct subject *s, const char *name, uint32_t *ret);
/*
 * Its root is not that of its mount namespace, where create_user_ns() refuses
 * (current_chrooted()). Chroots to a directory that is a mount point are not seen.
 */
bool subject_chrooted(const struct subject *s);

enum subject_id {
	SUBJECT_UID,
	SUBJECT_GID,
};

enum subject_map {
	MAP_UNKNOWN,
	MAP_HOLDS, /* its effective id has a number in its user namespace */
	MAP_EMPTY, /* nobody has: nothing was written */
	MAP_LACKS, /* others have */
};

/*
 * Whether its effective user or group has a number in its own user namespace: it needs
 * both to own another one (kuid_has_mapping(), kgid_has_mapping() in create_user_ns()).
 * *ret_id (NULL: not asked for): the id, as this process numbers it.
 */
enum subject_map subject_mapped(const struct subject *s, enum subject_id id, uint32_t *ret_id);
/* The same of the text of a map: inner, if ids are to be looked for in its first column. */
enum subject_map map_lookup(const char *text, bool inner, uint32_t id);

/* Why this process may not look into another one: __ptrace_may_access() in kernel/ptrace.c. */
enum subject_look {
	LOOK_ALLOWED,    /* or it is gone */
	LOOK_OTHER_NS,   /* it is in a user namespace that is neither ours nor below it */
	LOOK_OTHER_USER, /* and we lack CAP_SYS_PTRACE */
	LOOK_UNDUMPABLE, /* it is ours, but not dumpable */
	LOOK_MORE_CAPS,  /* it is ours, and has capabilities that we lack */
	LOOK_UNSAID,     /* one of these, or a security module */
};
enum subject_look subject_looked_at(const struct subject *s);

#define LABEL_MAX 128
/*
 * The AppArmor profile that is enforced on it, as attr/apparmor/current names it,
 * without " (enforce)". Untrusted.
 */
bool subject_confined(const struct subject *s, char ret[LABEL_MAX]);

/* The hierarchy that the memory controller is in: 1, 2; 0: unknown. */
int memory_cgroup_version(void);

/* A sysctl: a path below /proc/sys. */
bool sysctl_num(const char *path, int64_t *ret);
bool sysctl_is(const char *path, int64_t want);

#endif
