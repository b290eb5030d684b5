/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session.h - how large the maps of a trace may become on this machine.
 *
 * From 6.1 (bpf_mem_alloc) they grow with what they hold, and only a table of 16 bytes per
 * possible entry is there from the start. Before, a program of a tracepoint that lets a map grow
 * may meet the allocator of memory in the midst of its work; those kernels warn of it in their
 * log, and PREEMPT_RT refuses: so there all room is taken at once, and less of it. What finds no
 * room is told (EV_LOST_NAMESPACE, EV_LOST_PROCESS, EV_LOST_MOUNT).
 */
#ifndef NSWATCH_SOURCE_SESSION_H
#define NSWATCH_SOURCE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/source.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "source/hooks.h"
#include "source/losses.h"

struct nswatch_bpf;

/* What the machine can hold. */
struct maps_room {
	uint64_t memory;    /* bytes */
	uint64_t processes; /* now */
	uint64_t threads;   /* at most: kernel.threads-max */
};

struct maps_size {
	uint32_t known, tree, pins, nets;
};

/*
 * grows: the kernel lets maps grow. tree: only of some processes. Each sweep goes through all of
 * known, so that a trace of those pays for room that they will hardly need.
 */
struct maps_size maps_size(const struct maps_room *room, bool grows, bool tree);

/* Between open and load, when programs were chosen; 0 or -errno. */
int maps_prepare(struct nswatch_bpf *skel, bool task_storage, bool filtered, bool tree);

/* --- attach ------------------------------------------------------------------------------ */

/* One program to its hook, whatever that is. */

struct bpf_link;
struct bpf_program;

/* Attaches by the section's name; 0 or -errno. The link is the caller's. */
/* Runs an iterator whose output is of no interest once. */
int iter_run(const struct bpf_program *prog);

int attach_program(struct bpf_program *prog, struct bpf_link **ret);

/* --- session ----------------------------------------------------------------------------- */

/*
 * A running trace: loads the programs that the hooks chosen need,
 * attaches them, reads the ring buffer. The only user of the trace skeleton.
 *
 * Nothing is pinned: when the process ends, however it ends, the kernel takes
 * everything back.
 */

#define SESSION_RING_DEFAULT (4u << 20)

struct session_opts {
	uint64_t kinds; /* bit per enum ev_kind */
	uint32_t slots; /* bit per enum ns_slot, 0: all */
	bool uid_on;
	uint32_t uid;
	bool tree;        /* only processes of session_tree_add */
	bool tree_follow; /* and their descendants */
	bool cgroups;     /* notes of cgroups are wanted: NSW_CGROUP and those behind it */
	bool own;         /* in the beginning all of them are in namespaces of this process */
	size_t ring_size; /* bytes: a power of two, of pages; 0: the default */
	const struct hook_force *forces;
	size_t nforces;
	bool compat; /* look for calls of the 32-bit ABI from the beginning: session_compat_tick */
	bool debug;  /* what libbpf says, on stderr */
};

struct session;

typedef int (*session_ready)(struct session *s, void *ctx, struct err *err);

/*
 * Chooses, loads and attaches. A hook whose alternative fails falls to its next
 * one; a wanted hook with none left is only recorded in its choice. -EPERM,
 * -EOPNOTSUPP, ... with reason and remedy where nothing can be traced, or where
 * a forced alternative is not to be had.
 *
 * Between load and attach, `ready` (may be NULL) is called with the session, again
 * where it is loaded again: the place for session_tree_add.
 */
int session_open(const struct session_opts *opts, session_ready ready, void *ctx, struct err *err,
	struct session **ret);
void session_close(struct session *s); /* NULL allowed */

/*
 * The number that records have of a process which this pid namespace knows by pid
 * (in the initial one the same, whether it lives or not); 0: there is no such process.
 */
uint32_t session_pid(struct session *s, uint32_t pid);
/*
 * A process that is to be traced, by the caller's number, and no later one that gets it; -ESRCH:
 * there is none.
 */
int session_tree_add(struct session *s, uint32_t pid);

/* When processes were added after session_open: the namespaces that they are in, 0 or -errno. */
int session_learn(struct session *s, struct err *err);

/* Readable when records wait. */
int session_fd(const struct session *s);

/*
 * Gives all records that wait to the sink; how many, or a negative errno of the sink. After
 * 50 ms it comes back though more may wait: session_fd is readable then.
 */
int session_consume(struct session *s, source_sink sink, void *ctx);
/* Whether the last one left records. */
bool session_consumed_partly(const struct session *s);
/* CLOCK_BOOTTIME: all records of before were given to the sink. */
uint64_t session_taken_until(const struct session *s);

/*
 * Looks for namespaces that went away unseen; where the hooks see all, nothing to do. Of very many
 * a part is looked at, and not with every call.
 */
bool session_sweeps(const struct session *s);
int session_sweep(struct session *s);

/*
 * Where tracepoints are the hooks, calls of the 32-bit ABI are looked for only while a 32-bit
 * program lives or such a call was seen within a minute: programs for them run at every system
 * call of the host. To be called now and then; session_consume begins it.
 */
void session_compat_tick(struct session *s);

/* Records that are no events (enum nsw_note of bpf/wire/config.h) go there; before session_consume.
 */
void session_on_note(struct session *s, source_sink sink, void *ctx);

/* How the hook gives its events; ALT_NONE where it does not, or is not needed. */
enum hook_alt session_alt(const struct session *s, const char *hook);

/*
 * Looks at the devices of all net namespaces where something changed (or of all):
 * the records come by session_consume. How many could not be told for want of room
 * and will be next time; -ENOENT where this way was not chosen.
 */
int session_netscan(struct session *s, bool all);
/*
 * The inum of the net namespace called id in the one called via here (-1: in
 * ours); 0: there is none, or it can't be told.
 */
uint32_t session_netid(struct session *s, int32_t via, int32_t id);
/* A device that is in no namespace is on its way to one; false also where nobody can tell. */
bool session_netdev_moving(struct session *s, uint64_t dev, uint32_t ifindex);

/*
 * The low half of the unique id of the mount namespace of a thread, by the number that
 * this pid namespace has for it; 0: there is none, or it can't be told.
 */
uint32_t session_mnt_ns_id(struct session *s, uint32_t tid);

typedef int (*session_mnt_fn)(void *ctx, uint32_t inum, uint32_t tid);
/*
 * Calls fn with each mount namespace in which a process is, and such a process, until it returns
 * not 0, which is returned; one may come more than once. -EOPNOTSUPP, ...: it can't be told.
 */
int session_mnt_each(struct session *s, session_mnt_fn fn, void *ctx);

struct nsw_pin;
/*
 * A bind mount that is there already: its end will be told. 0 also where it is known; -E2BIG or
 * -ENOMEM where there is no room for it, which is counted as a lost change of mounts.
 */
int session_pin_add(struct session *s, uint32_t mnt_id, const struct nsw_pin *pin);

/* A task of the traced tree made it. */
bool session_tree_made(struct session *s, uint32_t inum);

int session_counts(struct session *s, struct session_counts *ret);
/* The same with the rights that are in effect, whatever the program's file gave. */
int session_counts_barely(struct session *s, struct session_counts *ret);

/* Gives the sink a lost event (struct ev_lost) for each kind of loss since the last time. */
int session_losses(struct session *s, source_sink sink, void *ctx);

/* How many namespaces that the traced tree made still exist. */
size_t session_tree_namespaces(struct session *s);

const struct hook_set *session_hooks(const struct session *s);

#endif
